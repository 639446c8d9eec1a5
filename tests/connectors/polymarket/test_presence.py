import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.presence import Presence
from oms.values.events import VenueReady, VenueSyncing


def test_the_venue_is_there_when_the_last_part_is_up() -> None:
    presence = Presence("user channel", "exchange")
    assert presence.why == "user channel: not connected yet; exchange: not connected yet"
    assert presence.up("exchange") == []
    assert presence.up("user channel") == [VenueReady()]
    assert presence.up("user channel") == []
    assert (presence.is_there, presence.why) == (True, "")


def test_the_first_part_that_goes_down_is_told_and_the_others_only_remembered() -> None:
    presence = Presence("user channel", "exchange")
    assert presence.down("exchange", "425") == []
    presence.up("exchange")
    presence.up("user channel")
    assert presence.down("exchange", "425") == [VenueSyncing(why="exchange: 425")]
    assert presence.down("user channel", "closed") == []
    assert presence.up("exchange") == []
    assert presence.up("user channel") == [VenueReady()]
    assert presence.losses == {"user channel": 1, "exchange": 1}


def test_post_only_is_told_with_the_return_and_when_it_ends() -> None:
    presence = Presence("exchange")
    assert presence.mode(post_only=True) == []
    assert presence.up("exchange") == [VenueReady(post_only=True)]
    assert presence.mode(post_only=True) == []
    assert presence.mode(post_only=False) == [VenueReady()]


def test_a_part_that_was_never_named_is_an_error_of_ours() -> None:
    with pytest.raises(AssertionError, match="none of"):
        Presence("exchange").up("exchnage")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_losses_and_returns_are_told_in_turn_and_agree_with_what_is_up(steps: list[tuple[str, bool]]) -> None:
    presence, down, facts = Presence("a", "b", "c"), set("abc"), list[VenueReady | VenueSyncing]()
    for part, is_up in steps:
        facts += presence.up(part) if is_up else presence.down(part, "gone")
        down = down - {part} if is_up else down | {part}
        assert presence.is_there is not bool(down)
    assert [isinstance(fact, VenueReady) for fact in facts] == [number % 2 == 0 for number in range(len(facts))]
    assert presence.is_there is (len(facts) % 2 == 1)
