"""Bad files through the whole house: one line and a code, or a count and a replay that ends normally; never a traceback."""

import gzip
from pathlib import Path

import pytest
import zstandard

from config.assembly.replay import Replay, open_tapes
from connectors.chunks import TapeError
from tests.config.words_runs import SAMPLE, assert_adds_up, assert_refused, report_of, run_bot
from tests.connectors.frames import book, frame
from tests.replay.words_spoilt import GOOD, given_tape
from tests.replay.words_tapes import SETTINGS, Watched

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
    if suffix == ".zst":  # in two pieces, as a recorder that flushes writes it: of the last one nothing can be read when it is cut
        return zstandard.compress(data[: len(data) // 2]) + zstandard.compress(data[len(data) // 2 :])
    return gzip.compress(data) if suffix == ".gz" else data


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
    "bad-market.st": (b"steelyard-tape 1\nframe 1 1 market-listed 2\n{}\n", "a market-listed or origin frame cannot be read"),
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
    for text, words in (
        ("[account]\ncash = 5", "unknown setting account.cash"),
        ("[limits]\norder_max_usd = -1", "limits.order_max_usd must be from"),
    ):
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
