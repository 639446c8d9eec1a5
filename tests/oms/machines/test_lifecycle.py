"""THE table, cell by cell. The letters below are the referee: the same table written a second time, to be read across."""

from collections.abc import Iterable

import pytest

from oms.machines.blotter import Blotter
from oms.machines.lifecycle import TERMINAL, TRANSITIONS, Happening, IllegalTransition, State, after, public_status
from tests.oms.words_oms import given_spec

S, H = State, Happening

LETTERS = {
    "s": S.SENT,
    "u": S.UNKNOWN,
    "l": S.LIVE,
    "g": S.CANCELLING,
    "F": S.FILLED,
    "C": S.CANCELLED,
    "E": S.EXPIRED,
    "R": S.REJECTED,
    "A": S.ABSENT,
}
COLUMNS = (
    H.SEND, H.ACK, H.PART_FILL, H.LAST_FILL, H.REJECT, H.CANCEL_ASKED, H.CANCEL_DONE, H.CANCEL_REFUSED, H.EXPIRE, H.REPLY_LOST,
    H.PROVEN_ABSENT, H.RESTART,
)  # fmt: skip
TABLE = {
    #              send ack part last rej ask done refd exp lost abs restart; "." is a blank
    S.STAGED:     "s    .   .    .    .   C   .    .    .   u    .   u",
    S.SENT:       ".    l   l    F    R   g   C    s    E   u    A   u",
    S.UNKNOWN:    ".    l   l    F    R   u   C    u    E   u    A   u",
    S.LIVE:       ".    l   l    F    R   g   C    l    E   l    A   u",
    S.CANCELLING: ".    g   g    F    R   g   C    l    E   g    A   u",
    S.FILLED:     ".    F   F    F    .   .   F    F    F   F    F   .",
    S.CANCELLED:  ".    C   C    F    C   .   C    C    C   C    C   .",
    S.EXPIRED:    ".    E   E    F    E   .   C    E    E   E    E   .",
    S.REJECTED:   ".    R   .    .    R   .   C    R    E   R    R   .",
    S.ABSENT:     ".    l   l    F    R   .   C    A    E   A    A   .",
}  # fmt: skip

CELLS = [(state, happening, LETTERS.get(letter)) for state, row in TABLE.items() for happening, letter in zip(COLUMNS, row.split(), strict=True)]
VENUE_WORDS = (H.ACK, H.PART_FILL, H.LAST_FILL, H.REJECT, H.CANCEL_DONE, H.CANCEL_REFUSED, H.EXPIRE, H.REPLY_LOST, H.PROVEN_ABSENT)
"""What comes from outside; the rest is ours to say."""


def test_the_referee_knows_every_state_and_every_happening() -> None:
    assert set(TABLE) == set(State) == set(TRANSITIONS)
    assert set(COLUMNS) == set(Happening)
    assert len(CELLS) == len(State) * len(Happening)


@pytest.mark.parametrize(("state", "happening", "expected"), [cell for cell in CELLS if cell[2]], ids=lambda part: part.name)
def test_every_cell_leads_where_the_referee_says(state: State, happening: Happening, expected: State) -> None:
    # req 2.34, 2.35
    assert after("o1", state, happening) is expected


@pytest.mark.parametrize(("state", "happening"), [cell[:2] for cell in CELLS if not cell[2]], ids=lambda part: part.name)
def test_every_blank_is_refused_by_name_and_changes_nothing(state: State, happening: Happening) -> None:
    # req 2.35
    blotter = Blotter()
    order = blotter.open("o1", given_spec(), "maker", "a test wants it")
    for step in path_to(state):
        blotter.happen(order, step, 1)
    history, ended, open_count = order.history, dict(blotter.ended), blotter.open_count
    with pytest.raises(IllegalTransition, match=f"order o1: {happening.name} cannot happen to an order that is {state.name}") as caught:
        blotter.happen(order, happening, 2)
    assert (caught.value.order_id, caught.value.state, caught.value.happening) == ("o1", state, happening)
    assert (order.state, order.history, blotter.ended, blotter.open_count) == (state, history, ended, open_count)


def path_to(goal: State, start: State = State.STAGED, words: Iterable[Happening] = Happening) -> list[Happening]:
    """A shortest way through the table; AssertionError when there is none."""
    words = tuple(words)
    ways: dict[State, list[Happening]] = {start: []}
    border = [start]
    for state in border:  # grows while we look
        for happening in words:
            reached = TRANSITIONS[state].get(happening)
            if reached is not None and reached not in ways:
                ways[reached] = [*ways[state], happening]
                border.append(reached)
    assert goal in ways, f"{goal.name} cannot be reached from {start.name}"
    return ways[goal]


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached(state: State) -> None:
    path_to(state)


@pytest.mark.parametrize("state", [state for state in State if state not in TERMINAL])
@pytest.mark.parametrize("end", TERMINAL, ids=lambda state: state.name)
def test_every_order_that_stands_can_end_in_every_way(state: State, end: State) -> None:
    path_to(end, state)


@pytest.mark.parametrize("state", [state for state in State if state not in TERMINAL and state is not State.STAGED])
def test_the_venue_alone_can_end_every_order_that_was_sent(state: State) -> None:
    # ruling 1.10: not even an order that the venue has forgotten can hang for ever
    path_to(State.ABSENT, state, VENUE_WORDS)
    path_to(State.CANCELLED, state, VENUE_WORDS)


@pytest.mark.parametrize("state", TERMINAL, ids=lambda state: state.name)
def test_what_a_venue_repeats_after_the_end_never_stands_an_order_up_again_unless_it_was_only_absent(state: State) -> None:
    # req 2.35; ruling 0.6
    reached = {TRANSITIONS[state][word] for word in VENUE_WORDS if word in TRANSITIONS[state]}
    revived = {found for found in reached if found not in TERMINAL}
    assert revived == ({State.LIVE} if state is State.ABSENT else set())


def test_cancelled_wins_over_expired_either_way_round() -> None:
    # ruling 0.6
    assert after("o1", State.EXPIRED, Happening.CANCEL_DONE) is State.CANCELLED
    assert after("o1", State.CANCELLED, Happening.EXPIRE) is State.CANCELLED


@pytest.mark.parametrize(("end", "state"), [(Happening.CANCEL_DONE, State.CANCELLED), (Happening.EXPIRE, State.EXPIRED)])
def test_an_end_wins_over_a_refusal_either_way_round(end: Happening, state: State) -> None:
    """A market is resolved while a POST is under way, and then the POST is refused: both say that nothing stands."""
    assert after("o1", State.REJECTED, end) is state
    assert after("o1", state, Happening.REJECT) is state


def test_the_table_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[State.FILLED] = {}  # type: ignore[index]


@pytest.mark.parametrize(
    ("state", "status", "status_when_part_filled"),
    [
        (S.STAGED, "pending", "partial"), (S.SENT, "pending", "partial"), (S.LIVE, "pending", "partial"), (S.CANCELLING, "pending", "partial"),
        (S.UNKNOWN, "unknown", "unknown"), (S.FILLED, "filled", "filled"), (S.CANCELLED, "cancelled", "cancelled"),
        (S.EXPIRED, "expired", "expired"), (S.REJECTED, "rejected", "rejected"), (S.ABSENT, "failed", "failed"),
    ],
)  # fmt: skip
def test_every_state_has_its_published_name(state: State, status: str, status_when_part_filled: str) -> None:
    # req 2.34, 3.11
    assert public_status(state, part_filled=False) == status
    assert public_status(state, part_filled=True) == status_when_part_filled
