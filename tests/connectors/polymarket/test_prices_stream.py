"""RTDS without a socket: what is asked for, what is believed, and when the socket is given up."""

import gzip
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.price_lines import LINE_SILENCE_NS, SILENCE_NS
from connectors.polymarket.prices_stream import PING_EVERY_NS, PricesStream, binance_symbol
from oms.values.reference import PriceSource, ReferencePrice
from oms.values.units import NS_PER_SECOND
from tests.connectors.polymarket.test_wire_prices import CHAINLINK, RELAYED, SNAPSHOT

T0 = 1_777_428_654 * NS_PER_SECOND
FIXED_POINT = 10**18


def given_update(topic: str, symbol: str, timestamp: int, value: str = "64000", **other: object) -> bytes:
    """An update as RTDS writes it."""
    full = str(int(value) * FIXED_POINT) if "/" in symbol else value
    payload = {"symbol": symbol, "timestamp": timestamp, "value": float(value), "full_accuracy_value": full, **other}
    return msgspec.json.encode({"topic": topic, "type": "update", "timestamp": timestamp + 900, "payload": payload})


def given_open(*pairs: str) -> PricesStream:
    stream = PricesStream(pairs)
    stream.opened(T0)
    stream.bytes_to_send()
    return stream


def test_prices_of_both_sources_are_told_with_their_own_time() -> None:  # req 2.18
    stream = PricesStream([])
    told = [*stream.receive(RELAYED, T0), *stream.receive(CHAINLINK, T0)]
    assert told == [
        ReferencePrice(
            source=PriceSource.BINANCE,
            symbol="ethusdt",
            price_nano=3_929_010_000_000,
            exact="3929.01000000",
            exchange_ms=1_761_765_906_000,
            is_relayed=True,
        ),
        ReferencePrice(
            source=PriceSource.CHAINLINK,
            symbol="sol/usd",
            price_nano=84_107_586_855,
            exact="84.10758685598929",
            exchange_ms=1_777_428_853_000,
            is_relayed=True,
        ),
    ]


def test_every_point_of_a_snapshot_is_told_though_it_comes_under_the_wrong_topic() -> None:
    stream = given_open("btc/usd")
    told = stream.receive(SNAPSHOT, T0)
    assert [(price.source, price.symbol) for price in told] == [(PriceSource.CHAINLINK, "btc/usd")] * 2
    assert [price.exchange_ms for price in told if isinstance(price, ReferencePrice)] == [1_777_428_595_000, 1_777_428_596_000]


def test_an_average_says_over_how_long() -> None:
    stream = PricesStream([])
    for topic, window_s in (("crypto_prices_twap_sixty", 60), ("crypto_prices_twap_thirty", 30)):
        (price,) = stream.receive(given_update(topic, "btc/usd", 1_777_428_654_000, window_s=window_s), T0)
        assert isinstance(price, ReferencePrice)
        assert (price.average_s, price.exact) == (window_s, "64000")
    assert list(stream.receive(given_update("crypto_prices_twap_sixty", "btc/usd", 1_777_428_654_000, window_s=30), T0)) == []
    assert stream.refusals == {"contradiction": 1}


def test_each_topic_is_asked_for_alone_and_one_symbol_by_a_compact_filter() -> None:
    stream = PricesStream(["btc/usd"])
    stream.opened(T0)
    asked = [json.loads(message) for message in stream.bytes_to_send()]
    assert [len(message["subscriptions"]) for message in asked] == [1, 1, 1]
    wanted = [message["subscriptions"][0] for message in asked]
    assert [(one["topic"], one["type"], one["filters"]) for one in wanted] == [
        ("crypto_prices", "update", '{"symbol":"btcusdt"}'),
        ("crypto_prices_chainlink", "update", '{"symbol":"btc/usd"}'),
        ("crypto_prices_twap_sixty", "update", '{"symbol":"btc/usd"}'),
    ]


def test_several_symbols_are_asked_for_without_a_filter_and_picked_here() -> None:
    stream = PricesStream(["btc/usd", "eth/usd"])
    stream.opened(T0)
    assert all("filters" not in json.loads(message)["subscriptions"][0] for message in stream.bytes_to_send())
    told = [stream.receive(given_update("crypto_prices_chainlink", symbol, 1_777_428_654_000), T0) for symbol in ("btc/usd", "xrp/usd", "eth/usd")]
    assert [len(prices) for prices in told] == [1, 0, 1]
    assert (stream.other_symbols, stream.refusals) == (1, {})


def test_a_ping_is_due_every_five_seconds_and_its_answer_is_no_price() -> None:
    stream = given_open("btc/usd")
    assert stream.wake_at_ns() == T0 + PING_EVERY_NS
    stream.woken(T0 + PING_EVERY_NS - 1)
    assert stream.bytes_to_send() == []
    stream.woken(T0 + PING_EVERY_NS)
    assert stream.bytes_to_send() == [b"PING"]
    assert [list(stream.receive(frame, T0)) for frame in (b"PONG", b"pong", b"")] == [[], [], []]
    assert stream.refusals == {}


def test_a_socket_that_only_answers_pings_is_given_up() -> None:  # req 2.65, polymarket.md §6.6
    stream = given_open("btc/usd")
    stream.receive(given_update("crypto_prices", "btcusdt", 1_777_428_654_000), T0)
    wants: list[bool] = []
    for after in (5, 10, 15):
        stream.receive(b"PONG", T0 + after * NS_PER_SECOND)
        stream.woken(T0 + after * NS_PER_SECOND)
        wants.append(stream.wants_reconnect)
    stream.opened(T0 + 2 * SILENCE_NS)
    wants.append(stream.wants_reconnect)
    assert wants == [False, False, True, False]


def test_one_price_that_freezes_while_others_go_on_gives_the_socket_up() -> None:
    stream = given_open("btc/usd")
    stream.receive(given_update("crypto_prices_chainlink", "btc/usd", 1), T0)
    wants_after_s = 0
    for after_s in range(1, 200):
        at_ns = T0 + after_s * NS_PER_SECOND
        stream.receive(given_update("crypto_prices", "btcusdt", 1_000 * after_s), at_ns)
        stream.receive(given_update("crypto_prices_chainlink", "btc/usd", 1), at_ns)
        stream.woken(at_ns)
        wants_after_s = wants_after_s or after_s * stream.wants_reconnect
    assert wants_after_s == LINE_SILENCE_NS // NS_PER_SECOND


def test_a_snapshot_under_the_wrong_topic_does_not_freeze_later() -> None:
    stream = given_open("btc/usd")
    stream.receive(SNAPSHOT, T0)
    for after_s in range(1, 200):
        at_ns = T0 + after_s * NS_PER_SECOND
        stream.receive(given_update("crypto_prices_chainlink", "btc/usd", 1_000 * after_s), at_ns)
        stream.woken(at_ns)
    assert not stream.wants_reconnect
    assert stream.lines.never_came() == [("crypto_prices", "btcusdt"), ("crypto_prices_twap_sixty", "btc/usd")]


def test_a_closed_stream_waits_for_nothing() -> None:
    stream = given_open("btc/usd")
    assert stream.closed(T0) == []
    assert stream.woken(T0 + 10 * SILENCE_NS) == []
    assert (stream.wake_at_ns(), stream.bytes_to_send(), stream.wants_reconnect) == (None, [], False)


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"{cut", "not_json"),
        (b"[]", "wrong_shape"),
        (b"{}", "wrong_shape"),
        (b'{"message": "Invalid request body", "connectionId":"x"}', "request_refused"),
        (given_update("crypto_prices_chainlink", "btcusdt", 1_777_428_654_000), "wrong_shape"),
        (given_update("crypto_prices", "btcusdt", 0), "bad_timestamp"),
        (given_update("crypto_prices", "btcusdt", 1_777_428_654_000_000), "bad_timestamp"),
        (given_update("crypto_prices", "btcusdt", 1_777_428_654_000, full_accuracy_value="64001"), "contradiction"),
        (given_update("crypto_prices", "btcusdt", 1_777_428_654_000, value="0"), "bad_number"),
    ],
)
def test_a_bad_frame_is_counted_by_name_and_gives_nothing(frame: bytes, name: str) -> None:
    stream = PricesStream([])
    assert list(stream.receive(frame, T0)) == []
    assert stream.refusals == {name: 1}
    assert name in stream.last_refusal


def test_a_snapshot_with_one_bad_point_is_refused_whole() -> None:
    stream = PricesStream([])
    assert list(stream.receive(SNAPSHOT.replace(b"76578.51", b"-1"), T0)) == []
    assert stream.refusals == {"bad_number": 1}


def test_topics_that_nothing_reads_are_counted() -> None:
    stream = PricesStream([])
    for number in range(40):
        stream.receive(msgspec.json.encode({"topic": f"comments{number % 30}", "payload": {"body": [number]}}), T0)
    assert sum(stream.not_read.values()) == 40
    assert len(stream.not_read) <= 17


@pytest.mark.parametrize(("pair", "symbol"), [("btc/usd", "btcusdt"), ("doge/usd", "dogeusdt"), ("eth/btc", "ethbtc")])
def test_a_pair_has_a_name_at_binance(pair: str, symbol: str) -> None:
    assert binance_symbol(pair) == symbol


@given(st.sampled_from([RELAYED, CHAINLINK, SNAPSHOT]), st.integers(0, 250), st.binary(max_size=4))
def test_a_spoilt_frame_is_prices_or_one_refusal(frame: bytes, at: int, put: bytes) -> None:
    stream = PricesStream([])
    told = stream.receive(frame[:at] + put + frame[at + len(put) :], T0)
    assert (sum(stream.refusals.values()) + sum(stream.not_read.values()) == 1) or all(isinstance(price, ReferencePrice) for price in told)


@pytest.mark.data
def test_every_recorded_frame_is_prices(data_dir: Path) -> None:
    frames: list[bytes] = []
    for path in sorted((data_dir / "polymarket-rtds-2025-10-29").glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            frames += [line.rstrip(b"\n") for line in lines]
    for path in sorted((data_dir / "polymarket-ws-updown-2026-04").glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            rows = [json.loads(line) for line in lines]
        frames += [row["payload"].encode() for row in rows if row["source"] == "polymarket_rtds_chainlink"]
    assert frames
    stream, seen = PricesStream([]), Counter[str]()
    for frame in frames:
        prices = stream.receive(frame, T0)
        assert prices or not frame
        seen.update(f"{price.source.value} {price.symbol}" for price in prices)
    print(dict(seen))
    assert (stream.refusals, stream.not_read) == ({}, {})
