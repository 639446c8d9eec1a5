import itertools

import pytest

from oms.machines.session import OPERATOR, VENUE, OperatorPhase, Session, VenuePhase, Word

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
