import itertools

import pytest

from oms.machines.session import OPERATOR, VENUE, OperatorPhase, Session, VenuePhase, Word

O, V, W = OperatorPhase, VenuePhase, Word
OPERATOR_WORDS = (W.PAUSE, W.RESUME, W.HALT)


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
        (O.RUNNING, W.PAUSE, O.PAUSED), (O.RUNNING, W.RESUME, O.RUNNING), (O.RUNNING, W.HALT, O.HALTED),
        (O.PAUSED, W.PAUSE, O.PAUSED), (O.PAUSED, W.RESUME, O.RUNNING), (O.PAUSED, W.HALT, O.HALTED),
        (O.HALTED, W.PAUSE, O.HALTED), (O.HALTED, W.RESUME, O.RUNNING), (O.HALTED, W.HALT, O.HALTED),
    ],
)  # fmt: skip
def test_the_operators_table(phase: O, word: Word, then: O) -> None:
    session = Session()
    session.operator = phase
    assert session.hear(word, "a test") is (phase is not then)
    assert session.operator is then


@pytest.mark.parametrize("phase", VenuePhase)
@pytest.mark.parametrize(("word", "then"), [(W.SYNC, V.SYNCING), (W.READY, V.READY), (W.READY_POST_ONLY, V.POST_ONLY)])
def test_the_venues_word_alone_decides_its_phase(phase: V, word: Word, then: V) -> None:
    session = Session()
    session.venue = phase
    assert session.hear(word, "a test") is (phase is not then)
    assert session.venue is then


@pytest.mark.parametrize(("venue", "operator"), list(itertools.product(VenuePhase, OperatorPhase)))
def test_orders_need_both_parties_and_taking_needs_a_venue_that_takes_all(venue: V, operator: O) -> None:
    session = Session()
    session.venue, session.operator = venue, operator
    assert session.may_take is ((venue, operator) == (V.READY, O.RUNNING))
    assert session.may_quote is (operator is O.RUNNING and venue in {V.READY, V.POST_ONLY})


@pytest.mark.parametrize("words", list(itertools.product([word for word in Word if word is not W.RESUME], repeat=3)))
def test_nothing_but_an_explicit_resume_ends_a_halt(words: tuple[Word, ...]) -> None:
    # trap T14
    session = given_session(W.READY, W.HALT, *words)
    assert session.operator is O.HALTED
    assert not session.may_quote
    session.hear(W.RESUME, "a person looked")
    assert session.operator is O.RUNNING


def test_a_session_starts_unconnected_and_says_so() -> None:
    session = Session()
    assert (session.name, session.why, session.may_quote, session.may_take) == ("starting", "not connected yet", False, False)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ((W.SYNC,), "syncing"), ((W.READY,), "trading"), ((W.READY_POST_ONLY,), "post-only"), ((W.READY, W.PAUSE), "paused"),
        ((W.PAUSE, W.HALT, W.READY), "halted"), ((W.HALT, W.RESUME, W.READY), "trading"),
    ],
)  # fmt: skip
def test_the_phase_has_one_word_for_people(words: tuple[Word, ...], name: str) -> None:
    assert given_session(*words).name == name


def test_the_reason_shown_is_that_of_the_party_who_holds_us_back() -> None:
    session = given_session(W.READY, W.PAUSE)
    session.hear(W.SYNC, "the venue restarts")
    session.hear(W.READY, "the venue is ready")
    assert (session.name, session.why) == ("paused", "because PAUSE")
    session.hear(W.SYNC, "the venue restarts")
    session.hear(W.RESUME, "lunch is over")
    assert (session.name, session.why) == ("syncing", "the venue restarts")


def test_a_word_said_again_changes_nothing_not_even_the_reason() -> None:
    session = given_session(W.HALT)
    assert session.hear(W.HALT, "again") is False
    assert session.why == "because HALT"
