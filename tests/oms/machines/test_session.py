import itertools

import pytest

from oms.machines.session import OPEN_ORDERS, OPERATOR, REPORTS, TRADES, VENUE, OperatorPhase, Session, VenuePhase, Word

OPERATOR_WORDS = (Word.PAUSE, Word.RESUME, Word.HALT)


def given_session(*words: Word) -> Session:
    session = Session()
    for word in words:
        session.hear(word, f"because {word.name}")
    return session


def test_every_word_belongs_to_one_of_the_two_parties() -> None:
    assert {*VENUE, *OPERATOR_WORDS} == set(Word)
    assert set(OPERATOR) == set(OperatorPhase)
    for row in OPERATOR.values():
        assert tuple(row) == OPERATOR_WORDS


@pytest.mark.parametrize(
    ("phase", "word", "then"),
    [
        ("RUNNING", "PAUSE", "PAUSED"),
        ("RUNNING", "RESUME", "RUNNING"),
        ("RUNNING", "HALT", "HALTED"),
        ("PAUSED", "PAUSE", "PAUSED"),
        ("PAUSED", "RESUME", "RUNNING"),
        ("PAUSED", "HALT", "HALTED"),
        ("HALTED", "PAUSE", "HALTED"),
        ("HALTED", "RESUME", "RUNNING"),
        ("HALTED", "HALT", "HALTED"),
    ],
)
def test_the_operators_table(phase: str, word: str, then: str) -> None:
    session = Session()
    session.operator = OperatorPhase[phase]
    assert session.hear(Word[word], "a test") is (phase != then)
    assert session.operator is OperatorPhase[then]


@pytest.mark.parametrize("phase", VenuePhase)
@pytest.mark.parametrize(
    ("word", "then"), [(Word.SYNC, VenuePhase.SYNCING), (Word.READY, VenuePhase.READY), (Word.READY_POST_ONLY, VenuePhase.POST_ONLY)]
)
def test_the_venues_word_alone_decides_its_phase(phase: VenuePhase, word: Word, then: VenuePhase) -> None:
    session = Session()
    session.venue = phase
    assert session.hear(word, "a test") is (phase is not then)
    assert session.venue is then


@pytest.mark.parametrize(("venue", "operator"), list(itertools.product(VenuePhase, OperatorPhase)))
def test_orders_need_both_parties_and_taking_needs_a_venue_that_takes_all(venue: VenuePhase, operator: OperatorPhase) -> None:
    session = Session()
    session.venue, session.operator = venue, operator
    assert session.may_take is ((venue, operator) == (VenuePhase.READY, OperatorPhase.RUNNING))
    assert session.may_quote is (operator is OperatorPhase.RUNNING and venue in {VenuePhase.READY, VenuePhase.POST_ONLY})


@pytest.mark.parametrize("words", list(itertools.product([word for word in Word if word is not Word.RESUME], repeat=3)))
def test_nothing_but_an_explicit_resume_ends_a_halt(words: tuple[Word, ...]) -> None:
    # trap T14
    assert given_session(Word.READY, Word.HALT, *words).operator is OperatorPhase.HALTED
    assert not given_session(Word.READY, Word.HALT, *words).may_quote
    assert given_session(Word.READY, Word.HALT, *words, Word.RESUME).operator is OperatorPhase.RUNNING


def test_a_session_starts_unconnected_and_says_so() -> None:
    session = Session()
    assert (session.name, session.why, session.may_quote, session.may_take) == ("starting", "not connected yet", False, False)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ((Word.SYNC,), "syncing"), ((Word.READY,), "trading"), ((Word.READY_POST_ONLY,), "post-only"), ((Word.READY, Word.PAUSE), "paused"),
        ((Word.PAUSE, Word.HALT, Word.READY), "halted"), ((Word.HALT, Word.RESUME, Word.READY), "trading"),
    ],
)  # fmt: skip
def test_the_phase_has_one_word_for_people(words: tuple[Word, ...], name: str) -> None:
    assert given_session(*words).name == name


def test_the_reason_shown_is_that_of_the_party_who_holds_us_back() -> None:
    session = given_session(Word.READY, Word.PAUSE)
    session.hear(Word.SYNC, "the venue restarts")
    session.hear(Word.READY, "the venue is ready")
    assert (session.name, session.why) == ("paused", "because PAUSE")
    session.hear(Word.SYNC, "the venue restarts")
    session.hear(Word.RESUME, "lunch is over")
    assert (session.name, session.why) == ("syncing", "the venue restarts")


def test_a_word_said_again_changes_nothing_not_even_the_reason() -> None:
    session = given_session(Word.HALT)
    assert session.hear(Word.HALT, "again") is False
    assert session.why == "because HALT"


def given_returned(at_ns: int = 10, *words: Word) -> Session:
    """The venue is back since then, and has not reported yet."""
    session = given_session(*(words or (Word.READY,)))
    session.require_reports(at_ns)
    return session


@pytest.mark.parametrize(("first", "second"), [REPORTS, REPORTS[::-1]])
def test_after_a_return_nothing_is_asked_of_the_venue_until_both_reports_are_here(first: str, second: str) -> None:
    # issue 4: refuses to trade on an incomplete report and lists what is missing
    session = given_returned()
    assert (session.is_there, session.may_quote, session.may_take, session.name) == (True, False, False, "syncing")
    assert session.why == "open orders: not reported yet; trades: not reported yet"
    assert session.reported(first, 10, "") is False
    assert (session.may_quote, session.may_take, session.name, session.why) == (False, False, "syncing", f"{second}: not reported yet")
    assert session.reported(second, 12, "") is True
    assert (session.may_quote, session.may_take, session.name, session.why) == (True, True, "trading", "because READY")
    assert session.reported(second, 14, "") is False  # only the last that was missing changes anything


def test_a_report_with_parts_omitted_does_not_count_and_says_what_could_not_be_read() -> None:
    session = given_returned()
    session.reported(TRADES, 11, "")
    assert session.reported(OPEN_ORDERS, 11, "row 3, row 9") is False
    assert (session.may_quote, session.why) == (False, "open orders: could not be read: row 3, row 9")
    assert session.reported(OPEN_ORDERS, 13, "") is True
    assert session.may_quote


def test_a_report_asked_for_before_the_return_does_not_count_however_late_it_comes() -> None:
    session = given_returned(10)
    assert [session.reported(what, 9, "") for what in REPORTS] == [False, False]
    assert not session.may_quote
    assert [session.reported(what, 10, "") for what in REPORTS] == [False, True]


def test_each_return_needs_reports_of_its_own() -> None:
    session = given_returned(10)
    session.reported(TRADES, 11, "")
    session.require_reports(20)
    assert session.reported(OPEN_ORDERS, 21, "") is False
    assert session.reported(TRADES, 15, "") is False
    assert session.missing == {TRADES: "not reported yet"}
    assert session.reported(TRADES, 22, "") is True


@pytest.mark.parametrize(("word", "name", "may_take"), [(Word.READY, "trading", True), (Word.READY_POST_ONLY, "post-only", False)])
def test_with_both_reports_the_venue_is_as_it_says(word: Word, name: str, *, may_take: bool) -> None:
    session = given_returned(10, word)
    for what in REPORTS:
        session.reported(what, 10, "")
    assert (session.name, session.may_quote, session.may_take) == (name, True, may_take)


@pytest.mark.parametrize(("word", "name"), [(Word.PAUSE, "paused"), (Word.HALT, "halted")])
def test_reports_do_not_speak_for_the_operator(word: Word, name: str) -> None:
    session = given_returned(10, Word.READY, word)
    assert (session.name, session.why) == (name, f"because {word.name}")
    for what in REPORTS:
        session.reported(what, 10, "")
    assert (session.name, session.may_quote) == (name, False)


@pytest.mark.parametrize(
    ("words", "is_there"), [((), False), ((Word.SYNC,), False), ((Word.READY,), True), ((Word.READY_POST_ONLY, Word.HALT), True)]
)
def test_the_venue_is_there_when_it_takes_anything_whatever_the_operator_wants(words: tuple[Word, ...], *, is_there: bool) -> None:
    assert given_session(*words).is_there is is_there


def test_while_the_venue_is_away_its_own_reason_is_shown_not_what_it_did_not_report() -> None:
    session = given_returned()
    session.hear(Word.SYNC, "it restarts")
    assert (session.name, session.why, session.may_quote) == ("syncing", "it restarts", False)
