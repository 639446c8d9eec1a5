"""What all foreign recordings share: lines stream once, bad ones are counted and leave a hole that is said, time never goes back."""

import gzip
import json
from pathlib import Path

import pytest

from connectors.chunks import TapeCut
from connectors.importers import Assumptions, open_tape
from connectors.importers.foreign import BadLine, ns_from_ms
from connectors.tape import CHANNEL_CONTINUITY_LOST, CHANNEL_POLYMARKET_MARKET, Frame

MS = 1_750_000_000_000


def message(token: str, ms: int = MS) -> bytes:
    return json.dumps({"event_type": "price_change", "asset_id": token, "timestamp": str(ms), "hash": "h", "changes": []}).encode()


def given_file(folder: Path, *lines: bytes, name: str = "game.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def test_bad_lines_are_counted_the_first_kept_and_each_leaves_a_hole_in_the_frames(tmp_path: Path) -> None:
    bad = [b"{nonsense", b'{"asset_id":"1"}', message("1").replace(b'"1750', b'"-750'), b"\xff", b"[" * 50_000]
    recording = open_tape(given_file(tmp_path, message("1"), *bad, b"", message("2", MS + 5)))
    frames = list(recording.frames())
    assert [frame.channel for frame in frames] == [CHANNEL_POLYMARKET_MARKET, *[CHANNEL_CONTINUITY_LOST] * len(bad), CHANNEL_POLYMARKET_MARKET]
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
    assert recording.bad_lines == len(bad)
    assert recording.first_bad_line.startswith("line 2: ")
    assert "nonsense" in recording.first_bad_line
    assert max(len(frame.payload) for frame in frames) <= 250


def test_time_never_goes_back_and_reading_again_counts_anew(tmp_path: Path) -> None:
    recording = open_tape(given_file(tmp_path, message("1", MS + 9), message("2", MS), message("1", MS + 10)))
    for _ in range(2):
        assert [frame.at_ns for frame in recording.frames()] == [(MS + 9) * 1_000_000, (MS + 9) * 1_000_000, (MS + 10) * 1_000_000]
        assert recording.clamped == 1


def test_a_cut_file_opens_gives_its_whole_lines_and_then_says_so(tmp_path: Path) -> None:
    lines = [message(str(n % 2), MS + n * 7_919 % 1_000) for n in range(3_000)]
    packed = gzip.compress(b"\n".join(lines))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    recording = open_tape(path)
    frames: list[Frame] = []
    with pytest.raises(TapeCut, match=r"cut\.jsonl\.gz: its compressed data ends too early"):
        frames.extend(recording.frames())
    assert 100 < len(frames) < 3_000
    assert recording.bad_lines == 0


def test_what_is_configured_is_used_and_said(tmp_path: Path) -> None:
    path = given_file(tmp_path, message("1"), message("2"))
    assume = Assumptions(fee_rate_bps=50, tick_pips=10, min_shares_micro=1_000_000, end_after_first_s=60)
    recording = open_tape(path, assume)
    (market,) = recording.markets
    assert (market.fee.rate_bps, market.tick_pips, market.min_shares_micro) == (50, 10, 1_000_000)
    assert market.end_ns == MS * 1_000_000 + 60 * 10**9
    said = " | ".join(recording.assumptions)
    for words in ("taker fee rate 50 bps: as configured", "tick 0.001 and minimum order 1 shares", "trading ends 60 s after the first frame"):
        assert words in said
    assert market.assumptions == recording.assumptions


def test_an_unknown_end_is_said_to_allow_no_new_buys(tmp_path: Path) -> None:
    recording = open_tape(given_file(tmp_path, message("1"), message("2")))
    assert recording.markets[0].end_ns is None
    assert any("no new buys happen without a configured end" in sentence for sentence in recording.assumptions)


def test_a_time_is_milliseconds_of_our_age() -> None:
    assert ns_from_ms(MS) == MS * 1_000_000
    for bad in (0, -1, 10**15):
        with pytest.raises(BadLine, match="milliseconds"):
            ns_from_ms(bad)


def test_the_words_about_a_bad_line_are_one_line_that_can_be_printed(tmp_path: Path) -> None:
    recording = open_tape(given_file(tmp_path, message("1"), message("2"), b'{"asset_id":"1","timestamp":"\\n\\u001b[31m"}'))
    list(recording.frames())
    assert recording.bad_lines == 1
    assert recording.first_bad_line.isprintable()


def test_a_time_weeks_after_the_line_before_it_is_a_bad_line_and_not_a_pause(tmp_path: Path) -> None:
    day_ms = 86_400_000
    times = (MS, MS + 30 * day_ms, MS + 62 * day_ms, MS + 60 * day_ms, MS + 3_000 * day_ms)
    recording = open_tape(given_file(tmp_path, message("1"), message("2"), *(message("1", ms) for ms in times)))
    told = [(frame.channel, frame.at_ns // 1_000_000) for frame in recording.frames()][2:]
    lost, good = CHANNEL_CONTINUITY_LOST, CHANNEL_POLYMARKET_MARKET
    assert told == [(good, times[0]), (good, times[1]), (lost, times[1]), (good, times[3]), (lost, times[3])]
    assert "its time is 32 days after that of the line before it" in recording.first_bad_line
