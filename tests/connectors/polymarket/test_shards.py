import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.polymarket.shard_stream import ShardStream
from connectors.polymarket.shards import Shards
from oms.values.events import ContinuityLost
from tests.connectors.polymarket.words_feed import SECOND, T0, given_market, given_markets, hears


def given_shards(count: int, tokens_max: int = 4) -> Shards:
    shards = Shards(lambda: None, tokens_max)
    shards.add(given_markets(count))
    return shards


def opened(shards: Shards) -> Shards:
    for line in shards.lines:
        line.opened(T0)
        line.bytes_to_send()
    shards.to_open.clear()
    shards.to_fetch.clear()
    return shards


def names(line: ShardStream) -> list[str]:
    return sorted({market.market_id for market in line.live.values()})


def test_no_line_has_more_tokens_than_it_may_and_one_line_waits() -> None:
    shards = given_shards(5)
    assert [names(line) for line in shards.lines] == [[], ["0x0", "0x1"], ["0x2", "0x3"], ["0x4"]]
    assert shards.standby is shards.lines[0]
    assert shards.to_open == shards.lines


def test_five_hundred_tokens_stay_below_two_hundred_a_socket() -> None:
    shards = Shards(lambda: None)
    shards.add(given_markets(250))
    assert [len(line.live) for line in shards.lines] == [0, 200, 200, 100]


def test_a_market_added_later_fills_a_free_place_first_and_is_subscribed_at_once() -> None:
    shards = opened(given_shards(3))
    shards.add([given_market(3), given_market(4), given_market(0)])
    assert [names(line) for line in shards.lines] == [[], ["0x0", "0x1"], ["0x2", "0x3"], ["0x4"]]
    assert shards.to_open == [shards.lines[3]]
    assert shards.to_poke == [shards.lines[2]]
    assert list(shards.to_fetch) == [2]
    (message,) = shards.lines[2].bytes_to_send()
    assert json.loads(message) == {"operation": "subscribe", "assets_ids": ["1003", "2003"], "custom_feature_enabled": True}


def test_a_known_market_keeps_its_line_and_takes_its_new_facts() -> None:
    shards = opened(given_shards(2))
    shards.add([replace(given_market(1), tick_pips=10)])
    assert [line.markets["1001"].tick_pips for line in shards.lines if "1001" in line.markets] == [10]
    assert (shards.to_poke, shards.to_fetch, len(shards.lines)) == ([], {}, 2)


def test_a_market_that_is_over_frees_its_place() -> None:
    shards = opened(given_shards(2))
    shards.drop(given_market(0))
    shards.drop(given_market(7))
    assert json.loads(shards.lines[1].bytes_to_send()[0]) == {"operation": "unsubscribe", "assets_ids": ["1000", "2000"]}
    shards.add([given_market(5)])
    assert names(shards.lines[1]) == ["0x1", "0x5"]
    assert len(shards.lines) == 2


def test_the_standby_takes_over_with_one_message_and_the_line_that_failed_waits_next() -> None:
    stirred: list[int] = []
    shards = Shards(lambda: stirred.append(1), 4)
    shards.add(given_markets(3))
    opened(shards)
    stirred.clear()
    standby, failing = shards.lines[0], shards.lines[1]
    (fact,) = failing.closed(T0)
    assert isinstance(fact, ContinuityLost)
    assert sorted(fact.tokens) == ["1000", "1001", "2000", "2001"]
    assert (names(standby), names(failing)) == (["0x0", "0x1"], [])
    assert shards.standby is failing
    assert (shards.to_poke, list(shards.to_fetch), stirred, shards.takeovers) == ([standby], [0], [1], 1)
    (message,) = standby.bytes_to_send()
    assert json.loads(message)["assets_ids"] == ["1000", "2000", "1001", "2001"]
    failing.opened(T0 + SECOND)
    assert json.loads(failing.bytes_to_send()[0])["assets_ids"] == []
    assert list(shards.to_fetch) == [0]
    shards.add([given_market(9)])  # markets follow the lines
    assert names(shards.lines[2]) == ["0x2", "0x9"]
    shards.drop(given_market(0))
    assert names(standby) == ["0x1"]


def test_without_an_open_standby_a_line_keeps_its_markets_and_has_its_books_fetched_when_it_is_back() -> None:
    shards = opened(given_shards(3))
    shards.standby.closed(T0)
    assert shards.takeovers == 0
    shards.lines[1].closed(T0)
    assert (shards.takeovers, names(shards.lines[1]), shards.to_fetch) == (0, ["0x0", "0x1"], {})
    shards.lines[1].opened(T0)
    assert list(shards.to_fetch) == [1]


def test_a_standby_that_wants_to_leave_itself_takes_nothing_over() -> None:
    shards = opened(given_shards(1))
    shards.standby.wants_reconnect = True
    shards.lines[1].closed(T0)
    assert names(shards.lines[1]) == ["0x0"]


def test_when_all_lines_are_about_to_close_nobody_takes_over() -> None:
    shards = opened(given_shards(1))
    shards.is_ending = True
    shards.lines[1].closed(T0)
    assert (shards.takeovers, names(shards.lines[1])) == (0, ["0x0"])


def test_what_is_held_against_a_token_moves_with_it() -> None:
    shards = opened(given_shards(1))
    line = shards.lines[1]
    hears(line, "1000", T0, "h")
    line.audit.records["1000"] = record = type("Strikes", (), {"strikes": 1, "needed": 8})()
    line.closed(T0)
    assert shards.lines[0].audit.records["1000"] is record


def test_a_line_of_less_than_a_market_is_an_error() -> None:
    with pytest.raises(AssertionError, match="two tokens"):
        Shards(lambda: None, 1)


@given(st.lists(st.tuples(st.sampled_from(["add", "drop", "open", "close"]), st.integers(0, 9)), max_size=60))
def test_every_market_is_told_by_exactly_one_line_whatever_opens_and_closes(steps: list[tuple[str, int]]) -> None:
    shards, wanted = given_shards(3), {"0x0", "0x1", "0x2"}
    for what, number in steps:
        line = shards.lines[number % len(shards.lines)]
        if what == "add":
            shards.add([given_market(number)])
            wanted.add(f"0x{number:x}")
        elif what == "drop":
            shards.drop(given_market(number))
            wanted.discard(f"0x{number:x}")
        elif what == "open" and not line.is_open:
            line.opened(T0)
        elif what == "close" and line.is_open:
            line.closed(T0)
        told = [name for line in shards.lines for name in names(line)]
        assert sorted(told) == sorted(wanted)
        assert names(shards.standby) == []
        assert all(len(line.live) <= 4 for line in shards.lines)
