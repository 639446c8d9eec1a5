"""Price frames of a tape: each channel read by its own stream, counted by price, and never an error."""

import gzip
import json
from pathlib import Path

import pytest

from connectors.importers import open_tape
from connectors.polymarket.polybolt_stream import CHANNEL_AVERAGE
from connectors.reference_frames import (
    CHANNEL_BINANCE,
    CHANNEL_POLYBOLT,
    CHANNEL_POLYMARKET_PRICES,
    CHANNELS,
    TALLIES_MAX,
    ReferenceFrames,
    Tallies,
    price_words,
)
from oms.values.reference import PriceSource, ReferencePrice
from tests.connectors.binance.test_wire import QUOTE, TRADE
from tests.connectors.polymarket.test_polybolt_stream import MS, given_frame
from tests.connectors.polymarket.test_wire_prices import CHAINLINK, SNAPSHOT


def given_price(symbol: str) -> ReferencePrice:
    return ReferencePrice(source=PriceSource.BINANCE, symbol=symbol, price_nano=1, exact="0.000000001", exchange_ms=1)


def test_each_price_is_counted_with_its_first_and_last() -> None:  # req 2.18
    frames = ReferenceFrames()
    told = [
        (CHANNEL_BINANCE, QUOTE),
        (CHANNEL_BINANCE, TRADE),
        (CHANNEL_POLYMARKET_PRICES, SNAPSHOT),
        (CHANNEL_POLYMARKET_PRICES, CHAINLINK),
        (CHANNEL_POLYBOLT, given_frame(CHANNEL_AVERAGE, 1, (MS, "64000.5"))),
        (CHANNEL_BINANCE, QUOTE),
    ]
    for at_ns, (channel, frame) in enumerate(told):
        assert frames.receive(channel, frame, at_ns)
    summary = frames.summary()
    rows = [(row["channel"], row["source"], row["symbol"], row["kind"], row["count"], row["first_ns"], row["last_ns"]) for row in summary["told"]]
    assert rows == [
        ("binance", "BINANCE", "btcusdt", "quote", 2, 0, 5),
        ("binance", "BINANCE", "btcusdt", "price", 1, 1, 1),
        ("polymarket-prices", "CHAINLINK", "btc/usd", "price", 2, 2, 2),
        ("polymarket-prices", "CHAINLINK", "sol/usd", "price", 1, 3, 3),
        ("polymarket-polybolt", "CHAINLINK", "btc/usd", "average 60 s", 1, 4, 4),
    ]
    assert [row["latest"] for row in summary["told"]] == ["61685.99/61686", "76516.93", "76578.51", "84.107586855", "64000.5"]
    assert (summary["refused"], summary["not_read"]) == ({}, {})
    assert json.loads(json.dumps(summary)) == summary


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_a_frame_that_cannot_be_read_is_counted_and_changes_nothing_else(channel: str) -> None:
    frames = ReferenceFrames()
    assert list(frames.receive(channel, b"rubbish", 1)) == []
    assert frames.summary() == {"told": [], "frames": {channel: 1}, "refused": {channel: {"not_json": 1}}, "not_read": {}}


def test_a_tape_of_ever_new_symbols_does_not_fill_the_memory() -> None:
    tallies = Tallies()
    for number in range(2 * TALLIES_MAX):
        tallies.count(CHANNEL_BINANCE, [given_price(str(number))], number)
    assert len(tallies.all()) == TALLIES_MAX + 1
    last = tallies.all()[-1]
    assert (last.symbol, last.count, last.words()) == ("others", TALLIES_MAX, "others price 0.000000001")


def test_words_of_a_price_have_no_needless_zeros() -> None:
    assert price_words(given_price("x")) == "0.000000001"


@pytest.mark.data
def test_the_recorded_sessions_give_all_their_prices_back(data_dir: Path) -> None:
    paths = sorted((data_dir / "polymarket-ws-updown-2026-04").glob("*.jsonl.gz"))
    assert paths
    for path in paths:
        with gzip.open(path) as lines:
            sources = [json.loads(line)["source"] for line in lines]
        recording, frames = open_tape(path), ReferenceFrames()
        for frame in recording.frames():
            if frame.channel in CHANNELS:
                frames.receive(frame.channel, frame.payload, frame.at_ns)
        summary = frames.summary()
        print(path.name, summary)
        assert summary["refused"] == {}
        assert sum(summary["frames"].values()) == sources.count("binance") + sources.count("polymarket_rtds_chainlink")
        assert "binance" not in recording.not_read
