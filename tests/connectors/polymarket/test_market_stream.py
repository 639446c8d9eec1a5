"""The stream: facts or a counted refusal and nothing else, losses where they belong, the socket's duties."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.polymarket import wire
from connectors.polymarket.market_stream import PING_EVERY_NS, SILENCE_NS, MarketStream
from oms.values.events import BookReset, BooksConfirmed, ContinuityLost, LevelsChanged
from tests.connectors.frames import AT_NS, MARKETS, NO, OTHER_MARKET, OTHER_YES, YES, book, entry, frame, old_price_change, price_change, rest_book

GOOD = [
    frame(price_change(entry(), entry(NO, side="SELL"))),
    frame([book(), book(NO)]),
    frame(rest_book()),
    frame(old_price_change({"price": "0.38", "side": "SELL", "size": "0"})),
]


def given_stream() -> MarketStream:
    return MarketStream(MARKETS)


def lost_tokens(stream: MarketStream, bad: bytes) -> tuple[str, ...]:
    (event,) = stream.receive(bad, AT_NS)
    assert isinstance(event, ContinuityLost)
    return event.tokens


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        (b"", "not_json"),
        (GOOD[0][: len(GOOD[0]) // 2], "not_json"),
        (frame(book()).replace(b'"0.48"', b"NaN"), "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 50_000, "not_json"),
        (frame(price_change(entry(size="-1"))), "bad_number"),
        (frame(price_change(entry(size="1" + "0" * 30))), "bad_number"),
        (frame(price_change(entry(price="1"))), "bad_number"),
        (frame(price_change(entry(price="0.00001"))), "bad_number"),
        (frame(price_change(entry(best_bid="1.5"))), "bad_number"),
        (frame(price_change(entry(side="UP"))), "wrong_shape"),
        (frame(price_change(entry(size=None))), "wrong_shape"),
        (frame(price_change(entry(), timestamp="soon")), "bad_timestamp"),
        (frame(book(bids=[{"price": "0.5", "size": "1"}] * 2)), "duplicate_level"),
        (frame(book(tick_size="0.03")), "bad_number"),
        (frame({"event_type": "price_change", "asset_id": YES, "timestamp": "1"}), "wrong_shape"),
        (frame({"event_type": "novelty", "asset_id": NO}), "unknown_event_type"),
        (b" " * (50 * 1024 * 1024), "too_long"),
    ],
)
def test_a_bad_frame_is_counted_by_name_and_its_books_are_lost(bad: bytes, name: str) -> None:  # req 1.29, 2.13
    stream = given_stream()
    assert lost_tokens(stream, bad) == (YES, NO)
    assert stream.refusals == {name: 1}
    assert stream.last_refusal.startswith(f"frame 1 ({len(bad)} bytes): {name}: ")
    assert len(stream.last_refusal) <= 300


def test_a_loss_spares_the_markets_that_the_bad_frame_does_not_name() -> None:
    stream = given_stream()
    stream.add_market(OTHER_MARKET)
    assert lost_tokens(stream, frame(book(OTHER_YES, market="", timestamp="x"))) == (OTHER_MARKET.yes, OTHER_MARKET.no)
    assert lost_tokens(stream, b"{") == (YES, NO, OTHER_MARKET.yes, OTHER_MARKET.no)


def test_a_refusal_that_cannot_touch_a_book_loses_nothing() -> None:
    stream = given_stream()
    assert stream.receive(frame({"event_type": "last_trade_price", "asset_id": YES}), AT_NS) == []
    assert stream.receive(frame(book("5", market="0x5", event_type="novelty")), AT_NS) == []
    assert stream.refusals == {"wrong_shape": 1, "unknown_event_type": 1}


def test_pong_and_new_markets_are_no_facts_and_no_refusals() -> None:
    stream = given_stream()
    assert stream.receive(b"PONG", AT_NS) == []
    assert stream.receive(frame({"event_type": "new_market", "description": "a \\ b"}), AT_NS) == []
    assert (stream.refusals, dict(stream.not_read), stream.frames) == ({}, {"new_market": 1}, 2)


def test_the_same_frame_twice_gives_the_same_facts_twice() -> None:
    stream = given_stream()
    for good in GOOD:
        assert stream.receive(good, AT_NS) == stream.receive(good, AT_NS + 1)
    assert stream.refusals == {}


def test_a_refusal_changes_nothing_for_the_frames_after_it() -> None:
    spoilt, clean = given_stream(), given_stream()
    for good in GOOD:
        spoilt.receive(good[:-2], AT_NS)
        assert spoilt.receive(good, AT_NS) == clean.receive(good, AT_NS)


def facts_or_a_counted_refusal(stream: MarketStream, frame_bytes: bytes) -> None:
    before = sum(stream.refusals.values())
    events = stream.receive(frame_bytes, AT_NS)
    refused = sum(stream.refusals.values()) - before
    if refused:
        assert refused == 1
        assert all(isinstance(event, ContinuityLost) for event in events)
    else:
        assert not any(isinstance(event, ContinuityLost) for event in events)


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_random_bytes_are_counted_refusals(noise: bytes) -> None:
    facts_or_a_counted_refusal(given_stream(), noise)


@given(st.sampled_from(GOOD), st.integers(0, 2_000), st.integers(0, 2_000), st.binary(max_size=4))
@settings(max_examples=250)
def test_a_frame_cut_spliced_or_scratched_is_facts_or_a_counted_refusal(good: bytes, start: int, stop: int, noise: bytes) -> None:
    facts_or_a_counted_refusal(given_stream(), good[: start % len(good)] + noise + good[stop % len(good) :])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([YES, "0.5", "book", "BUY"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*price_change(), *book(), *entry(), "changes"]), inner, max_size=6),
    max_leaves=12,
)


@given(st.sampled_from(["book", "price_change", "last_trade_price", "tick_size_change", "best_bid_ask", "market_resolved", "x"]), JSON)
@settings(max_examples=200)
def test_any_json_under_any_type_is_facts_or_a_counted_refusal(kind: str, value: object) -> None:
    told = {**value, "event_type": kind} if isinstance(value, dict) else value
    facts_or_a_counted_refusal(given_stream(), json.dumps(told, separators=(",", ":")).encode())


def test_opening_subscribes_and_pings_keep_the_socket_open() -> None:
    stream = given_stream()
    assert stream.wake_at_ns() is None
    assert stream.woken(AT_NS) == []
    stream.opened(AT_NS)
    (subscription,) = stream.bytes_to_send()
    assert json.loads(subscription) == {"type": "market", "assets_ids": [YES, NO], "custom_feature_enabled": True}
    assert stream.wake_at_ns() == AT_NS + PING_EVERY_NS
    assert stream.woken(AT_NS + 1) == []
    assert stream.bytes_to_send() == []
    assert stream.woken(AT_NS + PING_EVERY_NS) == []
    assert stream.bytes_to_send() == [b"PING"]
    assert stream.wake_at_ns() == AT_NS + 2 * PING_EVERY_NS


def test_a_market_added_on_an_open_socket_is_subscribed_at_once() -> None:
    stream = given_stream()
    stream.opened(AT_NS)
    stream.bytes_to_send()
    stream.add_market(OTHER_MARKET)
    (addition,) = stream.bytes_to_send()
    assert json.loads(addition) == {"operation": "subscribe", "assets_ids": [OTHER_MARKET.yes, OTHER_MARKET.no], "custom_feature_enabled": True}


def test_silence_on_an_open_socket_is_one_loss_and_a_wish_to_reconnect_though_pongs_come() -> None:  # req 2.10
    stream = given_stream()
    stream.opened(AT_NS)
    stream.receive(GOOD[1], AT_NS + 5)
    stream.receive(wire.PONG, AT_NS + SILENCE_NS)
    assert stream.woken(AT_NS + SILENCE_NS) == []
    (lost,) = stream.woken(AT_NS + SILENCE_NS + 5)
    assert isinstance(lost, ContinuityLost)
    assert lost.tokens == (YES, NO)
    assert stream.wants_reconnect
    assert stream.woken(AT_NS + 2 * SILENCE_NS) == []
    stream.opened(AT_NS + 2 * SILENCE_NS)
    assert not stream.wants_reconnect


def test_closing_loses_every_book_and_forgets_what_was_to_be_sent() -> None:  # req 2.65
    stream = given_stream()
    stream.opened(AT_NS)
    (lost,) = stream.closed(AT_NS + 1)
    assert isinstance(lost, ContinuityLost)
    assert lost.tokens == (YES, NO)
    assert stream.bytes_to_send() == []
    assert stream.wake_at_ns() is None
    assert MarketStream({}).closed(AT_NS) == []


@pytest.mark.data
def test_the_golden_price_change_and_book_of_nautilus_become_facts(data_dir: Path) -> None:
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    for name, kind in (("py-price_change_v2", LevelsChanged), ("py-book", BookReset)):
        message = json.loads((folder / f"{name}.json").read_bytes())
        parts = message.get("price_changes", [message])
        stream = MarketStream({parts[0]["asset_id"]: MARKETS[YES]})
        (event,) = stream.receive((folder / f"{name}.json").read_bytes(), AT_NS)
        assert isinstance(event, kind)
        assert stream.refusals == {}


def test_a_tapes_word_of_a_witness_is_told_and_one_that_cannot_be_read_is_counted() -> None:
    stream = MarketStream({})
    told = BooksConfirmed(tokens=("1", "2"), asked_ns=5)
    assert stream.confirmed(msgspec.json.encode(told)) == [told]
    for bad in (b"", b"[]", b'{"type":"ContinuityLost","tokens":[],"why":""}', b'{"type":"BooksConfirmed","tokens":[1],"asked_ns":5}', b"[" * 20_000):
        assert stream.confirmed(bad) == []
    assert stream.refusals == {"books_confirmed": 5}
