"""Which reader a recording needs; what is none is refused by name; every recorded file opens and streams to its end."""

import gzip
import json
from pathlib import Path

import pytest

from connectors.chunks import TapeError
from connectors.importers import KINDS, Recording, open_tape
from connectors.polymarket.book_hash import digest
from connectors.polymarket.market_stream import MarketStream
from connectors.tape import CHANNEL_CONTINUITY_LOST, CHANNEL_POLYMARKET_MARKET
from oms.values.events import BookReset, Event
from tests.conftest import ROOT

FOLDERS = {"polymarket-ws-mlb-2025": "mlb", "polymarket-ws-updown-2026-04": "updown", "polymarket-l2-btc15m-2026-09": "l2"}


@pytest.mark.parametrize(
    "data", [b"hello there\n", b"[1,2]\n", b'{"a":1}\n', b'{"ts":1,"side":"UP"}\n', b"\xff\xfe\n", b"{" * 9_000, b"time,price\n1,2\n"]
)
def test_what_is_no_recording_is_refused_with_its_first_bytes_and_the_known_kinds(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "what.jsonl"
    path.write_bytes(data)
    begins = data.split(b"\n")[0][:40]
    with pytest.raises(TapeError) as caught:
        open_tape(path)
    assert str(caught.value).startswith(f"{path}: is no recording we know, it begins {begins!r}")
    assert str(caught.value).endswith(", ".join(KINDS))


@pytest.mark.parametrize("data", [b"", b"\n\n  \n"])
def test_an_empty_recording_is_refused(tmp_path: Path, data: bytes) -> None:
    for path, packed in ((tmp_path / "empty.jsonl", data), (tmp_path / "empty.jsonl.gz", gzip.compress(data))):
        path.write_bytes(packed)
        with pytest.raises(TapeError, match="is empty; record again or name another file"):
            open_tape(path)


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match=r"missing\.jsonl: cannot be read"):
        open_tape(tmp_path / "missing.jsonl")


def streamed(recording: Recording) -> tuple[MarketStream, list[Event], int]:
    """All frames through one stream: its facts, and how often the recording had a hole."""
    stream = MarketStream({token: market for market in recording.markets for token in (market.yes, market.no)})
    events: list[Event] = []
    holes = 0
    last_ns = 0
    for frame in recording.frames():
        assert frame.at_ns >= last_ns
        last_ns = frame.at_ns
        holes += frame.channel == CHANNEL_CONTINUITY_LOST
        if frame.channel == CHANNEL_POLYMARKET_MARKET:
            events += stream.receive(frame.payload, frame.at_ns)
    return stream, events, holes


def paid_in_side_file(path: Path, recording: Recording) -> set[str]:
    """Ids of the recording's markets whose payout stands beside the file."""
    side_file = path.parent / "markets.json"
    rows = json.loads(side_file.read_bytes()) if side_file.exists() else []
    return {row["market_id"] for row in rows if row["slug"] == recording.name and row.get("payout_up") is not None}


def assert_every_hash_agrees(events: list[Event]) -> int:
    """How many books could be checked."""
    books = [event for event in events if isinstance(event, BookReset) and event.context is not None]
    for book in books:
        assert book.context is not None
        assert digest(book.context, book.token, book.exchange_ns, sorted(book.bids), sorted(book.asks, reverse=True)) == book.hash
    return len(books)


@pytest.mark.data
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_recorded_file_opens_and_streams_to_its_end_without_a_refusal(data_dir: Path, folder: str) -> None:  # req 2.17, 2.27
    paths = sorted((data_dir / folder).glob("*.jsonl.gz"))
    assert paths
    for path in paths:
        recording = open_tape(path)
        stream, events, holes = streamed(recording)
        assert recording.kind == FOLDERS[folder]
        assert (stream.refusals, stream.other_tokens, recording.bad_lines) == ({}, 0, 0), (path.name, stream.last_refusal, recording.first_bad_line)
        assert recording.markets
        assert any(isinstance(event, BookReset) for event in events)
        assert holes == 0 or recording.kind == "updown"
        checked = assert_every_hash_agrees(events)
        assert checked or recording.kind != "updown"
        assert set(recording.payouts) == paid_in_side_file(path, recording)
        assert recording.assumptions


def test_the_shipped_sample_streams_without_any_other_data() -> None:
    recording = open_tape(next((ROOT / "config" / "samples").glob("*.jsonl.gz")))
    stream, events, holes = streamed(recording)
    (market,) = recording.markets
    assert (stream.refusals, recording.bad_lines, holes) == ({}, 0, 0)
    assert {event.token for event in events if isinstance(event, BookReset)} == {market.yes, market.no}
    assert list(recording.payouts) == [market.market_id]
    assert market.end_ns is not None
    assert recording.first_ns < market.end_ns
