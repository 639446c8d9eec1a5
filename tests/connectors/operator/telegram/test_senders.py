"""Who may speak, and how old a command may be."""

import pytest

from connectors.operator.telegram.senders import Door, Sender, too_old
from oms.values.units import NS_PER_SECOND


def test_only_a_listed_person_in_a_listed_chat_is_let_in() -> None:  # req 4.21
    door = Door((42, -100), (7,))
    assert door.admitted(42, 7) == Sender(42, 7)
    assert door.admitted(-100, 7) == Sender(-100, 7)
    assert door.strangers == 0
    for chat, user in ((42, 8), (43, 7), (7, 42), (42, None), (None, 7), (None, None)):
        assert door.admitted(chat, user) is None
    assert door.strangers == 6


def test_with_empty_lists_nobody_is_let_in() -> None:
    assert Door((), ()).admitted(0, 0) is None


def test_strangers_are_logged_once_a_minute_with_their_count() -> None:
    door = Door((), ())
    told = []
    for second in range(125):
        door.admitted(1, 1)
        told.append(door.to_log(second * NS_PER_SECOND))
    assert [(second, count) for second, count in enumerate(told) if count] == [(0, 1), (60, 60), (120, 60)]


@pytest.mark.parametrize(
    ("said", "words"),
    [(1_000, ""), (940, ""), (939, "61 s old"), (1_060, ""), (1_061, "61 s ahead of this machine's clock, which must be set right first")],
)
def test_a_minute_is_the_age_of_a_command(said: int, words: str) -> None:
    assert too_old(said, 1_000) == words
