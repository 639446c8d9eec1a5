"""Binance's prices as facts, and when another socket is wanted. Everything without a socket."""

import gzip
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from connectors.binance.ticker_stream import LIFE_NS, SILENCE_NS, TickerStream
from oms.values.reference import PriceSource, ReferencePrice, ReferenceQuote
from oms.values.units import NS_PER_SECOND
from tests.connectors.binance.test_wire import AGGREGATE, QUOTE, TRADE

T0 = 1_777_428_647 * NS_PER_SECOND


def given_open() -> TickerStream:
    stream = TickerStream(["btcusdt", "ethusdt"])
    stream.opened(T0)
    stream.bytes_to_send()
    return stream


def test_quotes_and_trades_become_reference_prices() -> None:  # req 2.18
    stream = TickerStream([])
    told = [*stream.receive(QUOTE, T0), *stream.receive(AGGREGATE, T0)]
    exact = "76516.93000000"
    assert told == [
        ReferenceQuote(source=PriceSource.BINANCE, symbol="btcusdt", bid_nano=61_685_990_000_000, ask_nano=61_686_000_000_000, update=50_093_421_613),
        ReferencePrice(source=PriceSource.BINANCE, symbol="btcusdt", price_nano=76_516_930_000_000, exact=exact, exchange_ms=1_777_429_381_247),
    ]
    assert (stream.frames, stream.refusals) == (2, {})


def test_an_open_socket_asks_for_quotes_and_trades_of_every_symbol_in_one_command() -> None:
    stream = TickerStream(["btcusdt", "ethusdt"])
    stream.opened(T0)
    (command,) = stream.bytes_to_send()
    params = ["btcusdt@bookTicker", "btcusdt@aggTrade", "ethusdt@bookTicker", "ethusdt@aggTrade"]
    assert json.loads(command) == {"method": "SUBSCRIBE", "params": params, "id": 1}
    assert stream.bytes_to_send() == []


def test_silence_wants_another_socket_and_a_price_puts_it_off() -> None:  # req 2.65
    stream = given_open()
    assert stream.wake_at_ns() == T0 + SILENCE_NS
    stream.receive(TRADE, T0 + 5)
    assert stream.wake_at_ns() == T0 + 5 + SILENCE_NS
    stream.woken(T0 + SILENCE_NS)
    assert not stream.wants_reconnect
    stream.woken(T0 + 5 + SILENCE_NS)
    assert (stream.wants_reconnect, stream.wake_at_ns()) == (True, None)
    stream.opened(T0 + 10 * SILENCE_NS)
    assert not stream.wants_reconnect


@pytest.mark.parametrize("frame", [b'{"result":null,"id":1}', b'{"stream":"btcusdt@depth","data":{}}', b"rubbish", QUOTE.replace(b"61685", b"x")])
def test_what_is_no_price_is_no_sign_of_life(frame: bytes) -> None:
    stream = given_open()
    assert list(stream.receive(frame, T0 + 5)) == []
    assert stream.wake_at_ns() == T0 + SILENCE_NS


def test_before_the_day_is_over_another_socket_is_wanted() -> None:
    stream = given_open()
    assert LIFE_NS < 24 * 3_600 * NS_PER_SECOND
    stream.receive(TRADE, T0 + LIFE_NS - 1)
    assert stream.wake_at_ns() == T0 + LIFE_NS
    stream.woken(T0 + LIFE_NS)
    assert stream.wants_reconnect


def test_a_server_that_says_goodbye_is_left_at_once_but_a_tape_is_not() -> None:
    goodbye = b'{"e":"serverShutdown","E":1770123456789}'
    stream = given_open()
    assert list(stream.receive(goodbye, T0)) == []
    assert stream.wants_reconnect
    replayed = TickerStream([])
    replayed.receive(goodbye, T0)
    assert not replayed.wants_reconnect


def test_a_closed_stream_waits_for_nothing() -> None:
    stream = given_open()
    assert stream.closed(T0) == []
    assert stream.woken(T0 + 10 * LIFE_NS) == []
    assert (stream.wake_at_ns(), stream.wants_reconnect) == (None, False)


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (QUOTE.replace(b"61685.99", b"61685,99"), "bad_number"),
        (QUOTE.replace(b"61685.99", b"61687.99"), "crossed"),
        (TRADE.replace(b"76516.93000000", b"0.00000000"), "bad_number"),
        (TRADE.replace(b'"T":1777429381247', b'"T":1777429381247000'), "bad_timestamp"),
        (b"rubbish", "not_json"),
    ],
)
def test_a_bad_frame_is_counted_by_name_and_told_in_words(frame: bytes, name: str) -> None:
    stream = given_open()
    assert list(stream.receive(frame, T0)) == []
    assert stream.refusals == {name: 1}
    assert stream.last_refusal.startswith(f"frame 1 ({len(frame)} bytes): {name}: ")


def test_kinds_that_nothing_reads_are_counted_and_bounded() -> None:
    stream = TickerStream([])
    for number in range(40):
        stream.receive(msgspec.json.encode({"stream": f"btcusdt@depth{number}", "data": {}}), T0)
    assert sum(stream.not_read.values()) == 40
    assert len(stream.not_read) <= 17


@pytest.mark.data
def test_every_recorded_frame_is_a_price_or_has_a_name(data_dir: Path) -> None:
    files = sorted((data_dir / "binance-ws-spot-2024-08").glob("*.txt.gz"))
    assert files
    for path in files:
        stream, seen = TickerStream([]), Counter[str]()
        with gzip.open(path) as lines:
            for line in lines:
                received, _, frame = line.rstrip(b"\n").partition(b" ")
                told = stream.receive(frame, int(received))
                seen.update([type(price).__name__ for price in told])
                assert [price for price in told if isinstance(price, ReferenceQuote) and price.bid_nano > price.ask_nano] == []
                seen["without a stream"] += not frame.startswith(b'{"stream"')
        print(path.name, dict(seen), stream.not_read, stream.refusals)
        assert stream.refusals == ({"wrong_shape": seen["without a stream"]} if seen["without a stream"] else {})  # answers of REST among the frames
        assert seen["ReferenceQuote"] + seen["ReferencePrice"] + stream.not_read["depth"] + seen["without a stream"] == stream.frames
