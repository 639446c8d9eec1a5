"""Our own tapes open like all others; their markets are on them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.chunks import TapeCut, TapeError
from connectors.importers import open_tape
from connectors.reference_frames import CHANNEL_BINANCE, CHANNELS, ReferenceFrames
from connectors.tape import CHANNEL_EVENT_LISTED, CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, Frame, TapeWriter, TurnMark
from oms.values.market import EventGroup, FeeCurve, Market
from tests.connectors.binance.test_wire import QUOTE
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


def test_reference_prices_on_a_tape_come_back_between_the_books(tmp_path: Path) -> None:  # req 2.18
    told = [(5, CHANNEL_MARKET_LISTED, LISTED), (6, CHANNEL_BINANCE, QUOTE), (7, CHANNEL_POLYMARKET_MARKET, b"a"), (8, CHANNEL_BINANCE, b"cut")]
    recording, prices = open_tape(given_tape(tmp_path / "prices.tape", *told)), ReferenceFrames()
    frames = list(recording.frames())
    assert [(frame.at_ns, frame.channel, frame.payload) for frame in frames] == told
    for frame in frames:
        if frame.channel in CHANNELS:
            prices.receive(frame.channel, frame.payload, frame.at_ns)
    (price,) = prices.summary()["told"]
    assert (price["symbol"], price["count"], price["first_ns"], price["latest"]) == ("btcusdt", 1, 6, "61685.99/61686")
    assert prices.summary()["refused"] == {CHANNEL_BINANCE: {"not_json": 1}}


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


UNFIT: dict[str, list[dict[str, Any]]] = {
    "an id and two different tokens": [{"market_id": ""}, {"yes": ""}, {"no": MARKET.yes}],
    "not a step that divides one dollar": [{"tick_pips": 7}, {"tick_pips": 0}, {"tick_pips": -100}, {"tick_pips": 10_000}],
    "its smallest order of": [{"min_shares_micro": -1}, {"min_shares_micro": 10**18 + 1}],
    "its fee of": [{"fee": FeeCurve(rate_bps=-1)}, {"fee": FeeCurve(rate_bps=1, exponent=10**9)}],
    "is not a time of our age": [{"end_ns": -1}, {"end_ns": 2**62}],
}


@pytest.mark.parametrize("words", UNFIT)
def test_a_market_that_nobody_can_trade_is_named(tmp_path: Path, words: str) -> None:
    for number, other in enumerate(UNFIT[words]):
        listed = msgspec.json.encode(msgspec.structs.replace(MARKET, **other))
        with pytest.raises(TapeError, match=rf"unfit\.tape{number}: market .*{words}"):
            open_tape(given_tape(tmp_path / f"unfit.tape{number}", (1, CHANNEL_MARKET_LISTED, listed)))


def test_a_listing_nested_without_end_is_named(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="a market-listed or origin frame cannot be read"):
        open_tape(given_tape(tmp_path / "deep.tape", (1, CHANNEL_MARKET_LISTED, b'{"a":' * 50_000)))


def test_what_a_listing_assumes_is_said_in_one_line_that_can_be_printed(tmp_path: Path) -> None:
    listed = msgspec.json.encode(msgspec.structs.replace(MARKET, assumptions=("tick\x1b[31m\nassumed",)))
    assert open_tape(given_tape(tmp_path / "red.tape", (1, CHANNEL_MARKET_LISTED, listed))).assumptions == ("tick\\x1b[31m assumed",)


def test_a_time_weeks_after_the_record_before_it_is_named(tmp_path: Path) -> None:
    day_ns = 86_400 * 10**9
    paused = given_tape(tmp_path / "paused.tape", (5, CHANNEL_MARKET_LISTED, LISTED), (30 * day_ns, CHANNEL_POLYMARKET_MARKET, b""))
    assert len(list(open_tape(paused).frames())) == 2
    with pytest.raises(TapeError, match=r"jump\.tape: frame 2 is weeks after what stands before it, so its time is wrong"):
        open_tape(given_tape(tmp_path / "jump.tape", (5, CHANNEL_MARKET_LISTED, LISTED), (32 * day_ns, CHANNEL_POLYMARKET_MARKET, b"")))
    path = tmp_path / "turn.tape"
    with TapeWriter(path) as tape:
        tape.frame(5, CHANNEL_MARKET_LISTED, LISTED)
        tape.turn(TurnMark(number=1, at_ns=10**18, first_seq=1, last_seq=1))
    with pytest.raises(TapeError, match=r"turn\.tape: turn 1 is weeks after"):
        open_tape(path)


GROUP = EventGroup(event_id="event", market_ids=(MARKET.market_id, "another"), exclusive=True, exhaustive=False, conversion_fee_bps=0)


def test_events_come_back_and_later_word_of_one_wins_and_an_older_tape_has_none(tmp_path: Path) -> None:
    later = msgspec.structs.replace(GROUP, exhaustive=True)
    told = [(5, CHANNEL_MARKET_LISTED, LISTED), *((6, CHANNEL_EVENT_LISTED, msgspec.json.encode(group)) for group in (GROUP, later))]
    assert open_tape(given_tape(tmp_path / "event.tape", *told)).groups == (later,)
    assert open_tape(given_tape(tmp_path / "older.tape", (5, CHANNEL_MARKET_LISTED, LISTED))).groups == ()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"{}", "an event-listed, a market-listed or origin frame cannot be read"),
        (b'{"a":' * 50_000, "an event-listed, a market-listed or origin frame cannot be read"),
        (msgspec.json.encode(msgspec.structs.replace(GROUP, event_id="")), "event '': it needs an id"),
        (msgspec.json.encode(msgspec.structs.replace(GROUP, market_ids=())), "it needs an id, and markets, each once"),
        (msgspec.json.encode(msgspec.structs.replace(GROUP, market_ids=("a", "a"))), "it needs an id, and markets, each once"),
        (msgspec.json.encode(msgspec.structs.replace(GROUP, conversion_fee_bps=10_001)), "its conversion fee of 10001 bps is none"),
        (msgspec.json.encode(msgspec.structs.replace(GROUP, conversion_fee_bps=-1)), "its conversion fee of -1 bps is none"),
    ],
)
def test_an_event_that_is_none_is_named(tmp_path: Path, payload: bytes, words: str) -> None:
    with pytest.raises(TapeError, match=words):
        open_tape(given_tape(tmp_path / "odd.tape", (1, CHANNEL_MARKET_LISTED, LISTED), (1, CHANNEL_EVENT_LISTED, payload)))


def test_what_is_listed_after_the_head_counts_from_its_place_on(tmp_path: Path) -> None:
    market = msgspec.structs.replace(MARKET, end_ns=100)
    moved, other = msgspec.structs.replace(market, end_ns=200), Market(market_id="0xlater", title="later", yes="8001", no="8002")
    group = EventGroup(event_id="e", market_ids=("0xlater",), exclusive=True, exhaustive=False)
    told: list[tuple[int, str, Any]] = [
        (5, CHANNEL_MARKET_LISTED, market),
        (5, CHANNEL_EVENT_LISTED, group),
        (6, CHANNEL_POLYMARKET_MARKET, {}),
        (7, CHANNEL_MARKET_LISTED, moved),
        (8, CHANNEL_MARKET_LISTED, other),
        (9, CHANNEL_EVENT_LISTED, msgspec.structs.replace(group, exclusive=False)),
    ]
    recording = open_tape(given_tape(tmp_path / "ours.tape", *((at_ns, channel, msgspec.json.encode(fact)) for at_ns, channel, fact in told)))
    assert (recording.markets, recording.begins_with, recording.groups) == ((market, other), (market,), (group,))
    assert recording.later == (moved, other, msgspec.structs.replace(group, exclusive=False))
    assert len(list(recording.frames())) == 6


def test_a_tape_may_begin_without_a_market_and_what_nobody_can_trade_is_refused_wherever_it_is_listed(tmp_path: Path) -> None:
    quiet = (5, CHANNEL_BINANCE, QUOTE)
    recording = open_tape(given_tape(tmp_path / "late.tape", quiet, (6, CHANNEL_MARKET_LISTED, LISTED)))
    assert (len(recording.markets), recording.begins_with) == (1, ())
    unfit = msgspec.json.encode(msgspec.structs.replace(MARKET, tick_pips=0))
    with pytest.raises(TapeError, match="its tick of 0 pips"):
        open_tape(given_tape(tmp_path / "unfit.tape", (5, CHANNEL_MARKET_LISTED, LISTED), quiet, (6, CHANNEL_MARKET_LISTED, unfit)))
