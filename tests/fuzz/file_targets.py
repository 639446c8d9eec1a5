"""Recordings: other people's of every kind, their side file, and our own tapes, plain and packed."""

import gzip
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, load
from connectors.chunks import TapeCut, TapeError
from connectors.importers import KINDS, Recording, open_tape
from connectors.polymarket.market_stream import MarketStream
from connectors.tape import (
    CHANNEL_BOOKS_CONFIRMED,
    CHANNEL_CONTINUITY_LOST,
    CHANNEL_MARKET_LISTED,
    CHANNEL_ORIGIN,
    CHANNEL_POLYMARKET_MARKET,
    Frame,
    Origin,
    TapeWriter,
    TurnMark,
    read_records,
)
from oms.values.events import BooksConfirmed, Event
from oms.values.market import Payout
from oms.values.units import Nanos
from tests.config.words_runs import SAMPLE, assert_adds_up
from tests.connectors.frames import AT_NS, CONDITION, MARKET, NO, YES, book, entry, frame, old_price_change, price_change, rest_book
from tests.fuzz.engine import Target
from tests.fuzz.facts import NS_MAX, assert_book, assert_market, assert_payout, assert_valid, is_int
from tests.replay.words_spoilt import GOOD, given_tape

FRAMES_MAX: Final = 2_000
"""So many frames of a recording are read on."""
SIDE_FILE: Final = b'[{"slug":"btc","market_id":"0xb","question":"?","end_ts":1790600400000,"payout_up":1,"payout_down":0}]'
SETTINGS: Final = load(FOLDER / "replay.toml", {"STEELYARD__ENGINE__AUDIT_S": "3600"})
"""With an audit every hour: of two frames a month apart each audit between them is lived, and a tape may have many such."""
_MS: Final = 1_777_428_643_288


def check_recording(path: Path, data: bytes) -> str:
    """The bytes as a file: a recording whose markets one can trade and whose frames are in order, or a TapeError."""
    path.write_bytes(data)
    recording = open_tape(path)
    assert_recording(recording)
    frames: list[Frame] = []
    cut = ""
    try:
        frames.extend(islice(recording.frames(), FRAMES_MAX))
    except TapeCut as error:
        cut = str(error)
    assert_frames(frames)
    told = _told(recording, frames)
    bad = min(recording.bad_lines, 3)
    return f"{recording.kind if bad + bool(cut) == 0 else 'in part'}:{len(recording.markets)} {bad} {bool(cut)} {recording.clamped > 0} {told}"


def assert_recording(recording: Recording) -> None:
    """What is known before it is read."""
    assert recording.markets
    assert recording.kind in KINDS
    for market in recording.markets:
        assert_market(market)
    for payout in recording.payouts.values():
        assert_payout(payout)
    assert is_int(recording.first_ns, 0, NS_MAX), recording.first_ns
    assert is_int(recording.last_ns, 0, NS_MAX), recording.last_ns


def assert_frames(frames: Sequence[Frame]) -> None:
    """In order, in time, each with a payload."""
    before = Frame(-1, 0, "", b"")
    for one in frames:
        assert one.seq > before.seq, (one.seq, before.seq)
        assert is_int(one.at_ns, before.at_ns, NS_MAX), one.at_ns
        assert one.channel
        assert isinstance(one.payload, bytes)
        before = one


def _told(recording: Recording, frames: Sequence[Frame]) -> str:
    """Every frame through the recording's stream: valid facts."""
    stream = MarketStream({token: market for market in recording.markets for token in (market.yes, market.no)})
    seen: Counter[str] = Counter()
    for one in frames:
        if one.channel == CHANNEL_POLYMARKET_MARKET:
            for fact in stream.receive(one.payload, one.at_ns):
                assert_valid(fact)
                seen[type(fact).__name__] += 1
        else:
            seen[one.channel[:10]] += 1
    return f"{' '.join(sorted(seen))} {' '.join(sorted(stream.refusals))}"


def check_replay(path: Path, data: bytes) -> str:
    """A tape of ours through the whole house: money is conserved, parts add up, no book is ever LIVE while crossed."""
    path.write_bytes(data)
    replay = Replay(SETTINGS, open_tapes(SETTINGS, [path]))
    by_token = replay.joined.engine.state.by_token

    def watch(event: Event, _at_ns: Nanos) -> None:
        if (entry := by_token.get(getattr(event, "token", ""))) is not None:
            assert_book(entry[1])

    replay.joined.watchers.append(watch)
    report = replay.run()
    assert_adds_up(report)
    (told,) = report["tapes"]
    assert report["conserved"] is True
    return f"replayed:{report['orders']['placed'] > 0} {report['fills']['count'] > 0} {sorted(told['refused_frames'])} {bool(told['cut'])}"


def check_side_file(folder: Path, data: bytes) -> str:
    """The bytes as the side file of a good recording."""
    (folder / "markets.json").write_bytes(data)
    recording = open_tape(folder / "btc.jsonl")
    assert_recording(recording)
    (market,) = recording.markets
    return f"row {'read' if market.market_id != 'btc' else 'missing'}:{market.end_ns is None} {len(recording.payouts)}"


def check_records(path: Path, data: bytes) -> str:
    """Our own format below the recording: records that, written again, are the bytes they came from; or where they break off, said so."""
    path.write_bytes(data)
    records: list[Frame | TurnMark] = []
    end = "whole"
    try:
        records.extend(islice(read_records(path), FRAMES_MAX))
    except TapeCut:
        end = "cut off"
    again = path.with_suffix(".again")
    again.unlink(missing_ok=True)
    with TapeWriter(again) as tape:
        for record in records:
            if isinstance(record, TurnMark):
                tape.turn(record)
            else:
                tape.seq = record.seq - 1
                tape.frame(record.at_ns, record.channel, record.payload)
    written = again.read_bytes()
    assert not records or data.startswith(written), (written[:80], data[:80])
    assert end != "whole" or len(records) == FRAMES_MAX or written == data
    return f"{end}:{min(len(records), 9)}"


def _session(after_ms: int, payload: object, source: str = "polymarket_clob") -> bytes:
    at_ms = _MS + after_ms
    text = frame(payload).decode()
    return frame({"run_id": "r", "source": source, "recv_wall_ts": at_ms, "recv_mono_ns": at_ms * 1_000_000 + 430, "ingest_seq": 1, "payload": text})


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """Small good recordings by kind."""
    rung = {"price": "0.37", "size": "12.5", "side": "SELL"}
    game = [book(), book(NO), old_price_change(rung), old_price_change(rung, token=NO), {**book(), "gamma_market_id": 7}]
    session = [
        _session(0, rest_book(NO, tick_size="0.001")),
        _session(200, rest_book(YES)),
        _session(900, [book(), book(NO)]),
        _session(1_000, {"symbol": "BTC"}, "binance"),
        _session(1_500, price_change(entry(), entry(NO, price="0.63", side="SELL"))),
        _session(15_000, {"event_type": "new_market", "market": "0x9"}),
        _session(16_000, [rest_book(), rest_book(NO)]),
    ]
    return {
        "mlb": [b"\n".join(map(frame, game)), b"\n".join(map(frame, game[2:4]))],
        "l2": [
            b"\n".join(gzip.decompress(SAMPLE.read_bytes()).splitlines()[:4]),
            b'{"ts":1790599600000,"side":"UP","bids":[[0.5,1.50]],"asks":[]}\n',
        ],
        "updown": [b"\n".join(session), b"\n".join(session[:2])],
        "own": [own_tape(folder / "seed.st")],
    }


def own_tape(path: Path) -> bytes:
    """Everything that a tape of ours may hold."""
    path.unlink(missing_ok=True)
    listed = msgspec.structs.replace(MARKET, end_ns=AT_NS + 10**12, assumptions=("tick assumed",))
    origin = Origin(name="btc", kind="l2", trade_rule="l2-vanish", assumptions=("UP is YES",), payouts={CONDITION: Payout(yes_ppm=10**6, no_ppm=0)})
    with TapeWriter(path) as tape:
        tape.frame(AT_NS, CHANNEL_ORIGIN, msgspec.json.encode(origin))
        tape.frame(AT_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(listed))
        tape.frame(AT_NS + 1, CHANNEL_POLYMARKET_MARKET, frame([book(), book(NO)]))
        tape.turn(TurnMark(1, AT_NS + 2, 3, 3))
        tape.frame(AT_NS + 3, CHANNEL_POLYMARKET_MARKET, frame(price_change(entry())))
        tape.frame(AT_NS + 4, CHANNEL_CONTINUITY_LOST, b"silence")
        tape.turn(TurnMark(2, AT_NS + 5, 4, 5))
        tape.turn(TurnMark(3, AT_NS + 6, 6, 5))
        tape.frame(AT_NS + 6, CHANNEL_BOOKS_CONFIRMED, msgspec.json.encode(BooksConfirmed(tokens=(YES, NO), asked_ns=AT_NS)))
        tape.frame(AT_NS + 7, CHANNEL_POLYMARKET_MARKET, frame([book(), book(NO)]))
    return path.read_bytes()


def targets(folder: Path) -> list[Target]:
    """Those of this file; each writes below `folder`."""
    good = seeds(folder)
    named: Callable[[str], Path] = partial(_place, folder)
    side = named("side")
    (side / "btc.jsonl").write_bytes(good["l2"][0])
    tapes: list[tuple[str, str, str, Sequence[bytes], int]] = [
        ("mlb", "btc.jsonl", "lines", good["mlb"], 50),
        ("l2", "btc.jsonl", "lines", good["l2"], 50),
        ("updown", "btc.jsonl", "lines", good["updown"], 50),
        ("own", "tape.st", "tape", good["own"], 60),
        ("mixed", "btc.jsonl", "lines", [seed for of_kind in good.values() for seed in of_kind], 30),
        ("gz", "tape.st.gz", "bytes", [gzip.compress(good["own"][0], mtime=0), gzip.compress(good["l2"][0], mtime=0) * 2], 30),
        ("zst", "tape.st.zst", "bytes", [zstandard.compress(good["own"][0]), zstandard.compress(good["updown"][0]) + zstandard.compress(b"")], 30),
    ]
    return [*_recordings(tapes, named), *_own_and_aside(folder, good, named, side)]


def _recordings(tapes: Sequence[tuple[str, str, str, Sequence[bytes], int]], named: Callable[[str], Path]) -> list[Target]:
    return [
        Target(
            name=f"tape-{name}",
            about=f"a file that is, or nearly is, {'a packed recording' if name in {'gz', 'zst'} else 'a recording: ' + name}",
            check=partial(check_recording, named(name) / file),
            seeds=of_kind,
            shape=shape,
            refusals=(TapeError,),
            share=share,
        )
        for name, file, shape, of_kind, share in tapes
    ]


def _own_and_aside(folder: Path, good: Mapping[str, Sequence[bytes]], named: Callable[[str], Path], side: Path) -> list[Target]:
    return [
        Target(
            name="tape-records",
            about="our own format, record by record",
            check=partial(check_records, named("records") / "tape.st"),
            seeds=good["own"],
            shape="tape",
            refusals=(TapeError,),
            share=50,
        ),
        Target(
            name="replay",
            about="a tape of ours through the whole house",
            check=partial(check_replay, named("replay") / "tape.st"),
            seeds=[given_tape(folder, GOOD).read_bytes(), *good["own"]],
            shape="tape",
            refusals=(TapeError,),
            share=8,
        ),
        Target(
            name="side-file",
            about="markets.json beside a recording",
            check=partial(check_side_file, side),
            seeds=[SIDE_FILE, SIDE_FILE.replace(b"1,", b'"1",'), b"[]"],
            shape="json",
            refusals=(TapeError,),
            share=40,
        ),
    ]


def _place(folder: Path, name: str) -> Path:
    place = folder / name
    place.mkdir(exist_ok=True)
    return place
