"""What the public channel says: each kind of message in the venue's shape, with the hash of GET /book."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from oms.values.market import Market, Payout
from sim.gateway.book_hash import signed_book
from sim.gateway.records import Terms
from sim.listing import MarketState
from tests.sim.gateway.words_streams import FAK, Feed, Subscriber, Venue, rest_book
from tests.words import NOON_NS

NAMES = ("alice", "bob", "carol")
YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)


def given_feed(*names: str, **more: Any) -> tuple[Venue, Market, Feed, Subscriber]:  # noqa: ANN401
    venue = Venue(*(names or NAMES))
    market = venue.lists(**more)
    feed = Feed(venue)
    subscriber = Subscriber(feed)
    subscriber.subscribes(market.yes, market.no)
    subscriber.messages()
    return venue, market, feed, subscriber


def test_one_change_is_one_message_with_an_entry_for_each_token() -> None:
    venue, market, _, subscriber = given_feed()
    venue.sends("alice", market, "BUY YES", 4_900, 100)
    (change, *bests) = subscriber.messages()
    yes, no = change.pop("price_changes")
    assert change == {"market": market.market_id, "timestamp": str(NOON_NS // 1_000_000), "event_type": "price_change"}
    assert {key: yes[key] for key in yes if key != "hash"} == {
        "asset_id": market.yes, "price": "0.49", "size": "100", "side": "BUY", "best_bid": "0.49", "best_ask": "1",
    }  # fmt: skip
    assert {key: no[key] for key in no if key != "hash"} == {
        "asset_id": market.no, "price": "0.51", "size": "100", "side": "SELL", "best_bid": "0", "best_ask": "0.51",
    }  # fmt: skip
    assert yes["hash"] == rest_book(venue, market.yes).hash
    assert no["hash"] == rest_book(venue, market.no).hash
    assert [(best["asset_id"], best["best_bid"], best["best_ask"], best["spread"]) for best in bests] == [
        (market.yes, "0.49", "1", "0.51"), (market.no, "0", "0.51", "0.51"),
    ]  # fmt: skip


def test_the_type_of_a_price_change_is_the_last_thing_in_it() -> None:
    """Recordings have it there, and readers look for it there first."""
    venue, market, feed, _ = given_feed()
    venue.sends("alice", market, "BUY YES", 4_900, 100)
    assert feed.frames[0].body.endswith(b'"event_type":"price_change"}')


def test_a_sweep_is_told_trade_by_trade_then_as_one_change_then_as_whole_books() -> None:
    venue, market, _, subscriber = given_feed()
    for price in (5_100, 5_200):
        venue.sends("alice", market, "BUY NO", 10_000 - price, 10)
    subscriber.messages()
    venue.sends("bob", market, "BUY YES", 5_200, 15)
    told = subscriber.messages()
    assert [message["event_type"] for message in told] == [
        "last_trade_price", "last_trade_price", "price_change", "best_bid_ask", "best_bid_ask", "book", "book",
    ]  # fmt: skip
    first, second, change = told[:3]
    assert [(t["asset_id"], t["price"], t["size"], t["side"]) for t in (first, second)] == [
        (market.yes, "0.51", "10", "BUY"), (market.yes, "0.52", "5", "BUY"),
    ]  # fmt: skip
    assert [(c["asset_id"], c["price"], c["size"]) for c in change["price_changes"] if c["asset_id"] == market.yes] == [
        (market.yes, "0.51", "0"), (market.yes, "0.52", "5"),
    ]  # fmt: skip
    assert {c["hash"] for c in change["price_changes"] if c["asset_id"] == market.yes} == {rest_book(venue, market.yes).hash}
    book = told[-2]
    assert (book["asset_id"], book["last_trade_price"], book["asks"]) == (market.yes, "0.520", [{"price": "0.52", "size": "5"}])


def test_a_book_of_the_stream_has_the_venues_keys() -> None:
    venue, market, feed, _ = given_feed(generation="v2")
    venue.sends("alice", market, "BUY YES", 4_900, 100)
    (book,) = msgspec.json.decode(feed.feed.opening([market.yes]))
    assert list(book) == ["market", "asset_id", "timestamp", "hash", "bids", "asks", "tick_size", "event_type", "last_trade_price", "version"]
    assert (book["event_type"], book["version"], book["last_trade_price"]) == ("book", "v2", "")


def test_a_tick_change_is_told_for_both_tokens_with_the_old_tick() -> None:
    venue, market, _, subscriber = given_feed()
    venue.ticks(market, 10)
    assert [(m["asset_id"], m["old_tick_size"], m["new_tick_size"]) for m in subscriber.messages()] == [
        (market.yes, "0.01", "0.001"), (market.no, "0.01", "0.001"),
    ]  # fmt: skip


def test_a_new_market_is_told_to_everybody_who_wants_custom_messages() -> None:
    venue, _, feed, subscriber = given_feed()
    plain = Subscriber(feed)
    plain.subscribes("1", custom=False)
    plain.messages()
    terms = Terms(slug="btc-up", description="d", outcomes=("Up", "Down"), tags=("crypto",))
    market = venue.lists("Bitcoin up or down", terms)
    (told,) = subscriber.messages()
    assert plain.messages() == []
    assert told["event_type"] == "new_market"
    assert (told["market"], told["condition_id"], told["slug"], told["outcomes"], told["tags"]) == (
        market.market_id, market.market_id, "btc-up", ["Up", "Down"], ["crypto"],
    )  # fmt: skip
    assert told["assets_ids"] == told["clob_token_ids"] == [market.yes, market.no]
    assert told["event_message"]["title"] == "Bitcoin up or down"


def test_a_resolution_names_the_winner() -> None:
    venue, market, _, subscriber = given_feed()
    venue.host.resolve(market.market_id, YES_WINS)
    (told,) = subscriber.messages()
    assert (told["event_type"], told["winning_asset_id"], told["winning_outcome"], told["assets_ids"]) == (
        "market_resolved", market.yes, "Yes", [market.yes, market.no],
    )  # fmt: skip


@pytest.mark.parametrize("is_refund", [False, True])
def test_a_market_that_is_undone_has_no_winner_and_no_book_any_more(is_refund: bool) -> None:  # noqa: FBT001
    venue, market, feed, subscriber = given_feed()
    venue.sends("alice", market, "BUY YES", 4_900, 100)
    subscriber.messages()
    venue.host.void(market.market_id, refund=is_refund)
    assert set(subscriber.kinds()) == {"price_change", "best_bid_ask"}
    assert feed.feed.opening([market.yes]) == b"[]"


def test_a_feed_that_begins_late_begins_with_the_books_as_they_are() -> None:
    venue, market, _, _ = given_feed()
    venue.sends("alice", market, "BUY YES", 4_900, 100)
    venue.sends("bob", market, "SELL NO", 5_100, 10)
    venue.splits("bob", market, 20)
    venue.sends("bob", market, "SELL YES", 4_900, 10)
    late = Feed(venue)
    (book,) = msgspec.json.decode(late.feed.opening([market.no]))
    assert (book["hash"], book["last_trade_price"]) == (rest_book(venue, market.no).hash, "0.490")


def test_the_time_of_an_opening_can_be_shifted_and_its_hash_with_it() -> None:
    venue, market, feed, _ = given_feed()
    (book,) = msgspec.json.decode(feed.feed.opening([market.yes], -5))
    reset = venue.host.exchange.book(market.yes)
    moved = signed_book(market, msgspec.structs.replace(reset, exchange_ns=reset.exchange_ns - 5_000_000), None)
    assert (book["timestamp"], book["hash"]) == (moved.timestamp, moved.hash)


@pytest.mark.data
def test_our_messages_have_the_keys_of_the_recorded_ones(data_dir: Path) -> None:
    """A key that the venue does not send would be an invention; what it sends and we do not is named here."""
    venue, market, _, subscriber = given_feed()
    venue.splits("alice", market, 100)
    venue.sends("alice", market, "SELL YES", 5_000, 10)
    venue.sends("bob", market, "BUY YES", 5_000, 2, lifetime=FAK)
    venue.ticks(market, 10)
    venue.lists("another")
    venue.host.resolve(market.market_id, YES_WINS)
    ours = {message["event_type"]: message for message in subscriber.messages()}
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    recorded = {}
    for name in ("price_change", "last_trade", "tick_size", "best_bid_ask", "new_market", "resolved"):
        message = json.loads((folder / f"rs-ws_market_{name}_msg.json").read_bytes())
        recorded[message["event_type"]] = message
    assert ours.keys() == {*recorded, "book"}
    for kind, message in recorded.items():
        assert ours[kind].keys() == message.keys(), kind
    assert ours["price_change"]["price_changes"][0].keys() == recorded["price_change"]["price_changes"][0].keys()
    assert ours["new_market"]["event_message"].keys() == recorded["new_market"]["event_message"].keys()


def test_a_closed_market_says_that_its_levels_are_gone() -> None:
    venue, market, _, subscriber = given_feed()
    venue.sends("alice", market, "BUY YES", 4_900, 100)
    subscriber.messages()
    venue.host.close(market.market_id)
    change = subscriber.messages()[0]
    assert [(entry["price"], entry["size"]) for entry in change["price_changes"]] == [("0.49", "0"), ("0.51", "0")]
    assert venue.host.state(market.market_id) is MarketState.CLOSED
    assert rest_book(venue, market.yes).bids == []
