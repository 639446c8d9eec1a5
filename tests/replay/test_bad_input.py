"""Bad input through the whole house: a named refusal that is counted or one line with a code, never a traceback, never a wrong book that is believed."""

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from config.assembly.replay import Replay, open_tapes
from connectors.chunks import TapeError
from connectors.tape import CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, TapeWriter
from oms.machines.book import Book
from oms.values.snapshot import Health
from oms.values.units import NS_PER_MS, NS_PER_SECOND
from tests.config.words_runs import SAMPLE, assert_adds_up, assert_refused, report_of, run_bot
from tests.connectors.frames import MARKET, NO, YES, book, entry, frame, price_change
from tests.replay.words_tapes import SETTINGS, Watched

FIRST_NS = 1_777_428_640 * NS_PER_SECOND
LISTED = msgspec.structs.replace(MARKET, end_ns=FIRST_NS + 3_600 * NS_PER_SECOND)
PATIENT = msgspec.structs.replace(SETTINGS, engine=msgspec.structs.replace(SETTINGS.engine, silence_s=0))
"""Without the verdict of silence, so that what a frame did to a book can still be seen at the end."""
RUNG = {"price": "0.4", "size": "9"}


def ms(after_s: float) -> str:
    return str(FIRST_NS // NS_PER_MS + int(after_s * 1_000))


def whole_books(at: str) -> list[bytes]:
    """Both books, mirror images."""
    yes = {"bids": [{"price": "0.48", "size": "300"}], "asks": [{"price": "0.52", "size": "300"}]}
    return [frame(book(YES, timestamp=at, hash="", **yes)), frame(book(NO, timestamp=at, hash="", **yes))]


def changes(at: str, size: int, price: str = "0.47") -> bytes:
    """One change of the pool as both tokens tell it, with right best prices."""
    mirrored = f"{1 - float(price):.2f}"
    told = {"hash": "", "best_bid": "0.48", "best_ask": "0.52", "size": str(size)}
    return frame(price_change(entry(YES, price, side="BUY", **told), entry(NO, mirrored, side="SELL", **told), timestamp=at))


GOOD = [*whole_books(ms(0)), *(changes(ms(second), 10 + second, price) for second in range(1, 9) for price in ("0.47", "0.46"))]


def given_tape(folder: Path, frames: Sequence[bytes], name: str = "tape.st") -> Path:
    """A tape of ours: the market, then the frames, half a second apart."""
    path = folder / name
    path.unlink(missing_ok=True)
    with TapeWriter(path) as tape:
        tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(LISTED))
        for number, payload in enumerate(frames):
            tape.frame(FIRST_NS + number * NS_PER_SECOND // 2, CHANNEL_POLYMARKET_MARKET, payload)
    return path


def replayed(path: Path) -> tuple[Watched, dict[str, Any]]:
    watched = Watched([path], PATIENT)
    return watched, watched.run()


def levels(watched: Watched) -> dict[str, tuple[object, object]]:
    return {token: (found.all_bids(), found.all_asks()) for token, (_, found) in watched.state.by_token.items()}


def healths(watched: Watched) -> list[Health]:
    found: list[Book] = [watched.state.by_token[token][1] for token in (YES, NO)]
    return [held.health for held in found]


def changed(**other: object) -> bytes:
    return frame(price_change(entry(**{"best_bid": "0.48", "best_ask": "0.52", **other})))


BAD: dict[str, tuple[str, bytes]] = {
    "a price that is text NaN": ("bad_number", changed(price="NaN")),
    "a price that is NaN": ("not_json", changed(price=float("nan"))),
    "a negative price": ("bad_number", changed(price="-0.37")),
    "a price off every grid": ("bad_number", changed(price="0.12345")),
    "a price of nothing": ("bad_number", changed(price="0")),
    "a price of a dollar": ("bad_number", changed(price="1.0")),
    "a price with an exponent": ("bad_number", changed(price="4e-1")),
    "a size of 10^30": ("bad_number", changed(size="1" + "0" * 30)),
    "a size of 1e30": ("bad_number", changed(size="1e30")),
    "an infinite size": ("bad_number", changed(size="Infinity")),
    "a negative size": ("bad_number", changed(size="-5")),
    "a size that is a number": ("wrong_shape", changed(size=5)),
    "a side that is none": ("wrong_shape", changed(side="HOLD")),
    "a best price beyond a dollar": ("bad_number", changed(best_bid="2")),
    "one bad entry among good ones": ("bad_number", frame(price_change(entry(), entry(price="7")))),
    "one bad message among good ones": ("bad_number", frame([book(), book(NO, bids=[{"price": "7", "size": "1"}])])),
    "a time that is no number": ("bad_timestamp", frame(book(timestamp="noon"))),
    "a time of thirty digits": ("bad_timestamp", frame(book(timestamp="9" * 30))),
    "no time": ("wrong_shape", frame({key: value for key, value in book().items() if key != "timestamp"})),
    "no bids": ("wrong_shape", frame({key: value for key, value in book().items() if key != "bids"})),
    "bids that are null": ("wrong_shape", frame(book(bids=None))),
    "a price twice in one book": ("duplicate_level", frame(book(bids=[RUNG, RUNG]))),
    "a tick that divides no dollar": ("bad_number", frame(book(tick_size="0.03"))),
    "a type nobody knows": ("unknown_event_type", frame({**book(), "event_type": "surprise"})),
    "an empty frame": ("not_json", b""),
    "bytes": ("not_json", bytes(range(256))),
    "half a frame": ("not_json", frame(book())[:-9]),
    "another JSON": ("wrong_shape", b"null"),
    "brackets without end": ("not_json", b"[" * 100_000),
    "a giant": ("too_long", b'{"a":"' + b"x" * (8 * 1024 * 1024)),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_frame_is_counted_by_name_and_leaves_the_book_as_it_was_but_not_believed(tmp_path: Path, what: str) -> None:  # req 0.14, 2.10
    name, bad = BAD[what]
    clean, _ = replayed(given_tape(tmp_path, GOOD))
    assert healths(clean) == [Health.LIVE, Health.LIVE]
    spoilt, report = replayed(given_tape(tmp_path, [*GOOD, bad]))
    assert report["tapes"][0]["refused_frames"] == {name: 1}
    assert levels(spoilt) == levels(clean)
    assert healths(spoilt) == [Health.STALE, Health.STALE]


@pytest.mark.parametrize("what", BAD)
def test_after_a_bad_frame_trading_goes_on_with_the_next_whole_books(tmp_path: Path, what: str) -> None:  # req 2.65
    name, bad = BAD[what]
    later = [*whole_books(ms(20)), *(changes(ms(second), 30 + second) for second in range(21, 29))]
    watched, report = replayed(given_tape(tmp_path, [*GOOD, bad, changes(ms(19), 999), *later]))
    assert report["tapes"][0]["refused_frames"] == {name: 1}
    assert report["tapes"][0]["frames"] == 1 + len(GOOD) + 2 + len(later)
    assert healths(watched) == [Health.LIVE, Health.LIVE]
    assert report["orders"]["placed"] > replayed(given_tape(tmp_path, [*GOOD, bad]))[1]["orders"]["placed"], "quoting began anew"
    fresh, _ = replayed(given_tape(tmp_path, [*whole_books(ms(20)), *later[2:]]))
    assert levels(watched) == levels(fresh)


@pytest.mark.parametrize("harmless", [b"[]", b"PONG", changed(token="5"), frame({"event_type": "new_market", "id": 1})])
def test_a_frame_about_nothing_of_ours_changes_nothing(tmp_path: Path, harmless: bytes) -> None:
    clean, _ = replayed(given_tape(tmp_path, GOOD))
    told, report = replayed(given_tape(tmp_path, [*GOOD, harmless]))
    assert (report["tapes"][0]["refused_frames"], levels(told), healths(told)) == ({}, levels(clean), healths(clean))


def test_doubled_frames_make_the_same_book(tmp_path: Path) -> None:  # req 2.13
    clean, _ = replayed(given_tape(tmp_path, GOOD))
    doubled, report = replayed(given_tape(tmp_path, [copy for payload in GOOD for copy in (payload, payload)]))
    assert (report["tapes"][0]["refused_frames"], levels(doubled), healths(doubled)) == ({}, levels(clean), healths(clean))


def test_a_book_that_says_it_is_crossed_is_held_and_not_believed(tmp_path: Path) -> None:
    crossed = frame(book(hash="", bids=[{"price": "0.6", "size": "1"}], asks=[{"price": "0.5", "size": "1"}]))
    watched, _ = replayed(given_tape(tmp_path, [*GOOD, crossed]))
    assert healths(watched) == [Health.SUSPECT, Health.LIVE]


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**40), 10**40), st.text(max_size=12), st.sampled_from(["NaN", "-1", "0.5", "1e9", "0", "10000"])
)


def _swap(frames: list[bytes], at: int, to: int) -> None:
    frames[at], frames[to] = frames[to], frames[at]


def _put(frames: list[bytes], at: int, value: object, pick: int) -> None:
    """Another value somewhere in a message, or a key less."""
    try:
        told = json.loads(frames[at])
    except ValueError:
        return
    table = told
    while isinstance(table, dict | list) and table:
        key: Any = list(table)[pick % len(table)] if isinstance(table, dict) else pick % len(table)
        inner = table[key]
        if not isinstance(inner, dict | list) or pick % 5 == 0:
            if pick % 7:
                table[key] = value
            else:
                del table[key]
            break
        table = inner
    frames[at] = json.dumps(told).encode()


@st.composite
def spoilt_tapes(draw: st.DrawFn) -> list[bytes]:
    """GOOD, with frames doubled, dropped, exchanged, cut, flipped and rewritten."""
    frames = list(GOOD)
    for _ in range(draw(st.integers(1, 6))):
        at, to, pick = draw(st.integers(0, len(frames) - 1)), draw(st.integers(0, len(frames) - 1)), draw(st.integers(0, 10**6))
        happenings: list[Callable[[], object]] = [
            lambda at=at, to=to: frames.insert(to, frames[at]),  # type: ignore[misc]
            lambda at=at, to=to: _swap(frames, at, to),  # type: ignore[misc]
            lambda at=at, pick=pick: frames.__setitem__(at, frames[at][: pick % (len(frames[at]) + 1)]),  # type: ignore[misc]
            lambda at=at, pick=pick: frames.__setitem__(at, _flipped(frames[at], pick)),  # type: ignore[misc]
            lambda at=at, pick=pick: _put(frames, at, draw(VALUES), pick),  # type: ignore[misc]
        ]
        draw(st.sampled_from(happenings))()
    return frames


def _flipped(payload: bytes, pick: int) -> bytes:
    if not payload:
        return payload
    place = pick % len(payload)
    return payload[:place] + bytes([payload[place] ^ (1 + pick % 255)]) + payload[place + 1 :]


@settings(max_examples=120)
@given(spoilt_tapes())
def test_no_tape_of_spoilt_frames_makes_a_believed_wrong_book_or_loses_a_cent(tmp_path_factory: pytest.TempPathFactory, frames: list[bytes]) -> None:
    watched, report = replayed(given_tape(tmp_path_factory.getbasetemp(), frames))  # Watched looks at every book after every fact
    assert report["tapes"][0]["frames"] == 1 + len(frames)
    assert sum(report["tapes"][0]["refused_frames"].values()) <= len(frames)
    assert watched.seen["snapshots"] >= 0


BAD_LINES = [
    b"{",
    b"\xff\xfe\x00",
    b"null",
    b'{"ts":"noon","side":"UP","bids":[],"asks":[]}',
    b'{"ts":1790599600000,"side":"MIDDLE","bids":[],"asks":[]}',
    b'{"ts":1790599600000,"side":"UP","bids":[[NaN,1]],"asks":[]}',
    b'{"ts":1790599600000,"side":"UP","bids":[[1e-1,1]],"asks":[]}',
    b'{"ts":1790599600000,"side":"UP","bids":[[0.5]],"asks":[]}',
    b'{"ts":1790599600000,"side":"UP"}',
    b'{"ts":-5,"side":"UP","bids":[],"asks":[]}',
    b"[" * 50_000,
    b"x" * 1_000_000,
]
BAD_ROWS = [
    b'{"ts":1790599600000,"side":"UP","bids":[[-0.5,1]],"asks":[]}',
    b'{"ts":1790599600000,"side":"UP","bids":[[0.12345,1]],"asks":[]}',
    b'{"ts":1790599600000,"side":"UP","bids":[[0.5,' + b"9" * 31 + b']],"asks":[]}',
    b'{"ts":1790599600000,"side":"UP","bids":[[0.5,1],[0.50,2]],"asks":[]}',
]
"""Good lines of a bad frame: refused behind the importer, by the stream."""


def test_bad_lines_in_the_middle_of_a_recording_are_counted_and_the_replay_ends_normally(tmp_path: Path) -> None:  # req 2.27
    lines = gzip.decompress(SAMPLE.read_bytes()).splitlines()
    spoilt = list(lines)
    for number, line in enumerate([*BAD_LINES, *BAD_ROWS]):
        spoilt.insert(100 * (number + 1), line)
    path = tmp_path / SAMPLE.name.removesuffix(".gz")
    path.write_bytes(b"\n".join(spoilt))
    (tmp_path / "markets.json").write_bytes((SAMPLE.parent / "markets.json").read_bytes())
    watched = Watched([path])
    (tape,) = watched.run()["tapes"]
    assert (tape["bad_lines"], tape["refused_frames"]) == (len(BAD_LINES), {"bad_number": 3, "duplicate_level": 1})
    assert tape["first_bad_line"].startswith("line 101: ")
    assert tape["frames"] == len(lines) + len(BAD_LINES) + len(BAD_ROWS)


def packed(suffix: str, data: bytes) -> bytes:
    return {"": lambda: data, ".gz": lambda: gzip.compress(data), ".zst": lambda: zstandard.compress(data)}[suffix]()


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_tape_that_breaks_off_is_replayed_to_the_break_and_the_break_is_said(tmp_path: Path, suffix: str) -> None:
    whole = given_tape(tmp_path, GOOD).read_bytes()
    path = tmp_path / f"cut.st{suffix}"
    path.write_bytes(packed(suffix, whole)[: -(40 if suffix else 20)])
    run = run_bot("replay", path, "--report", tmp_path / "r.json")
    assert (run.code, run.err) == (0, "")
    (tape,) = report_of(tmp_path / "r.json")["tapes"]
    assert 0 < tape["frames"] < 1 + len(GOOD)
    assert str(path) in tape["cut"]
    assert f"cut off: {tape['cut']}" in run.out


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_foreign_recording_that_breaks_off_too(tmp_path: Path, suffix: str) -> None:
    data = packed(suffix, gzip.decompress(SAMPLE.read_bytes()))
    path = tmp_path / f"btc.jsonl{suffix}"
    path.write_bytes(data[: len(data) // 2])
    report = Watched([path]).run()
    assert report["tapes"][0]["frames"] > 100
    assert str(path) in report["tapes"][0]["cut"]


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty.jsonl": (b"", "is empty; record again or name another file"),
    "blank.jsonl": (b"\n \n", "is empty; record again or name another file"),
    "empty.jsonl.gz": (gzip.compress(b""), "is empty; record again or name another file"),
    "other.csv": (b"time,price\n1,2\n", "is no recording we know, it begins b'time,price'; known kinds are "),
    "binary.jsonl": (bytes(range(256)) * 9, "is no recording we know, it begins "),
    "plain.jsonl.gz": (b'{"ts":1,"side":"UP","bids":[],"asks":[]}\n', "is damaged or not packed as .gz says"),
    "plain.jsonl.zst": (b'{"ts":1,"side":"UP","bids":[],"asks":[]}\n', "is damaged or not packed as .zst says"),
    "lonely.jsonl": (frame(book()) + b"\n", "it holds messages of 1 token(s) and a market has two"),
    "newer.st": (b"steelyard-tape 99\n", "is a tape of version b'99' and we read version 1"),
    "bare.st": (b"steelyard-tape 1\n", "it lists no market"),
    "bad-record.st": (b"steelyard-tape 1\nframe one two three four\n", "record 1: line b'frame one two three four' is neither a frame nor a turn"),
    "bad-market.st": (b"steelyard-tape 1\nframe 1 1 market-listed 2\n{}\n", "a market-listed frame holds no market"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_tape_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    data, words = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(TapeError) as caught:
        open_tapes(SETTINGS, [path])
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_cannot_be_opened_is_refused_in_one_line_with_code_3(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    broken = tmp_path / "broken.st"
    broken.write_bytes(given_tape(tmp_path, GOOD).read_bytes().replace(b"\nframe 9 ", b"\nframe 8 "))
    assert_refused(run_bot("replay", tmp_path), 3, f"{tmp_path}: cannot be read (Is a directory)")
    assert_refused(run_bot("replay", tmp_path / "dangling"), 3, "dangling: cannot be read (No such file or directory)")
    assert_refused(run_bot("replay", SAMPLE, broken), 3, f"{broken}: record 9: frame 8 follows frame 8")


@pytest.mark.parametrize("row", ['{"a":1}', "[1]", "[", '[{"slug":"btc","market_id":"m","payout_up":0.5,"payout_down":0.1}]', "\x00"])
def test_a_side_file_that_cannot_be_understood_is_refused_in_one_line(tmp_path: Path, row: str) -> None:
    (tmp_path / "markets.json").write_text(row)
    (tmp_path / "btc.jsonl").write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    with pytest.raises(TapeError, match=r"markets\.json: .*mend (it|the row)") as caught:
        open_tapes(SETTINGS, [tmp_path / "btc.jsonl"])
    assert len(str(caught.value).splitlines()) == 1


def test_a_configuration_that_is_bad_is_refused_in_one_line_with_code_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    for text, words in (("[account]\ncash = 5", "unknown setting account.cash"), ("[limits]\norder_max_usd = -1", "limits.order_max_usd must be from")):
        bad.write_text(text)
        assert_refused(run_bot("demo", "--config", bad), 2, str(bad), words)
    bad.write_bytes(bytes(range(256)))
    assert_refused(run_bot("replay", "--config", bad), 2, "is not UTF-8 text")
    assert_refused(run_bot("demo", env={"STEELYARD__LIMITS__ORDER_MAX": "5"}), 2, "unknown setting limits.order_max")
    assert_refused(run_bot("demo", env={"STEELYARD__LIMITS__ORDER_MAX_USD": "five"}), 2, "STEELYARD__LIMITS__ORDER_MAX_USD", "is not a TOML value")


def test_two_copies_of_one_tape_are_one_market_and_one_set_of_books(tmp_path: Path) -> None:
    paths = [given_tape(tmp_path, GOOD, name) for name in ("one.st", "two.st")]
    report = Replay(SETTINGS, open_tapes(SETTINGS, paths)).run()
    assert_adds_up(report)
    assert (report["markets"]["known"], len(report["tapes"])) == (1, 2)
