"""Our own tapes open like all others; their markets are on them."""

from pathlib import Path

import msgspec
import pytest

from connectors.chunks import TapeCut, TapeError
from connectors.importers import open_tape
from connectors.tape import CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, Frame, TapeWriter, TurnMark
from oms.values.market import Market
from tests.connectors.frames import MARKET

LISTED = msgspec.json.encode(msgspec.structs.replace(MARKET, assumptions=("tick assumed",)))


def given_tape(path: Path, *frames: tuple[int, str, bytes]) -> Path:
    with TapeWriter(path) as tape:
        for at_ns, channel, payload in frames:
            tape.frame(at_ns, channel, payload)
    return path


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_markets_and_frames_come_back_and_time_does_not_go_back(tmp_path: Path, suffix: str) -> None:
    told = [(5, CHANNEL_MARKET_LISTED, LISTED), (9, CHANNEL_POLYMARKET_MARKET, b"a"), (7, CHANNEL_POLYMARKET_MARKET, b"b")]
    recording = open_tape(given_tape(tmp_path / f"ours.tape{suffix}", *told))
    assert recording.markets == (msgspec.json.decode(LISTED, type=Market),)
    assert [(frame.seq, frame.at_ns, frame.payload) for frame in recording.frames()] == [(1, 5, LISTED), (2, 9, b"a"), (3, 9, b"b")]
    assert (recording.clamped, recording.first_ns, recording.kind, recording.trade_rule) == (1, 5, "steelyard", "announced")
    assert recording.assumptions == ("tick assumed",)


def test_frames_come_at_the_time_of_the_turn_that_took_them(tmp_path: Path) -> None:  # ruling 2.6
    path = tmp_path / "turns.tape"
    with TapeWriter(path) as tape:
        tape.frame(5, CHANNEL_MARKET_LISTED, LISTED)
        for at_ns in (6, 7):
            tape.frame(at_ns, CHANNEL_POLYMARKET_MARKET, b"x")
        tape.turn(TurnMark(number=1, at_ns=8, first_seq=2, last_seq=3))
        tape.frame(7, CHANNEL_POLYMARKET_MARKET, b"late for the first turn")
        tape.turn(TurnMark(number=2, at_ns=9, first_seq=4, last_seq=4))
        tape.turn(TurnMark(number=3, at_ns=10, first_seq=5, last_seq=4))  # a turn of a deadline, without a frame
        tape.frame(12, CHANNEL_POLYMARKET_MARKET, b"claimed by nobody")
    recording = open_tape(path)
    assert [(frame.seq, frame.at_ns) for frame in recording.frames()] == [(1, 5), (2, 8), (3, 8), (4, 9), (5, 12)]
    assert recording.clamped == 0


def test_a_tape_that_lists_no_market_is_named(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="lists no market"):
        open_tape(given_tape(tmp_path / "bare.tape", (1, CHANNEL_POLYMARKET_MARKET, b"{}")))


def test_a_listing_that_is_no_market_is_named(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="a market-listed or origin frame cannot be read"):
        open_tape(given_tape(tmp_path / "odd.tape", (1, CHANNEL_MARKET_LISTED, b"{}")))


def test_a_cut_tape_opens_and_says_so_at_its_end(tmp_path: Path) -> None:
    path = given_tape(tmp_path / "cut.tape", (5, CHANNEL_MARKET_LISTED, LISTED), (9, CHANNEL_POLYMARKET_MARKET, b"payload"))
    path.write_bytes(path.read_bytes()[:-4])
    recording = open_tape(path)
    got: list[Frame] = []
    with pytest.raises(TapeCut, match="record 2"):
        got.extend(recording.frames())
    assert [frame.seq for frame in got] == [1]
