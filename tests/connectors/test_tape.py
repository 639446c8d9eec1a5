"""Our tape: byte for byte back in every packing, turns between frames, and named errors for everything that can be wrong with a file."""

import errno
import gzip
import io
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.chunks import TapeCut, TapeError
from connectors.tape import Frame, TapeWriter, TurnMark, read_frames, read_records

SUFFIXES = ("", ".gz", ".zst")
PAYLOADS = [b"", b"{}", b"two\nlines\n", bytes(range(256)), b"frame 9 9 x 9\n", b"x" * 200_000]


def given_tape(path: Path, payloads: list[bytes]) -> list[Frame | TurnMark]:
    """A tape with a turn after every second frame; what it holds."""
    records: list[Frame | TurnMark] = []
    with TapeWriter(path) as tape:
        for payload in payloads:
            seq = tape.frame(1_000 + len(records), "polymarket-market", payload)
            records.append(Frame(seq, 1_000 + len(records), "polymarket-market", payload))
            if seq % 2 == 0:
                mark = TurnMark(seq // 2, 5_000, seq - 1, seq)
                tape.turn(mark)
                records.append(mark)
    return records


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_tape_comes_back_byte_for_byte(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"day.tape{suffix}"
    written = given_tape(path, PAYLOADS)
    assert list(read_records(path)) == written
    assert list(read_frames(path)) == [record for record in written if isinstance(record, Frame)]


@given(st.lists(st.binary(max_size=200), max_size=8))
@settings(max_examples=30)
def test_any_payload_comes_back(tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("tapes") / "any.tape"
    written = given_tape(path, payloads)
    assert list(read_records(path)) == written


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_a_turn_was_told_survives_our_death(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"killed.tape{suffix}"
    tape = TapeWriter(path)
    tape.frame(1, "polymarket-market", b"seen")
    tape.turn(TurnMark(1, 2, 1, 1))
    as_left = tmp_path / f"left.tape{suffix}"
    as_left.write_bytes(path.read_bytes())
    tape.close()
    got: list[Frame | TurnMark] = []
    if suffix:
        with pytest.raises(TapeCut, match="2 whole records before"):
            got.extend(read_records(as_left))
    else:
        got.extend(read_records(as_left))
    assert got == [Frame(1, 1, "polymarket-market", b"seen"), TurnMark(1, 2, 1, 1)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_cut_tape_gives_every_whole_record_and_then_says_where_it_broke(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut.tape{suffix}"
    written = given_tape(path, [b"%d" % (n * 7_919) * 50 for n in range(300)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    got: list[Frame | TurnMark] = []
    with pytest.raises(TapeCut, match=rf"cut\.tape{suffix}: .*whole"):
        got.extend(read_records(path))
    assert got == written[: len(got)]
    assert got


def test_a_plain_tape_cut_anywhere_is_whole_records_or_a_named_error(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.tape", tmp_path / "cut.tape"
    written = given_tape(whole, PAYLOADS[:5])
    data = whole.read_bytes()
    for length in range(len(data)):
        cut.write_bytes(data[:length])
        got: list[Frame | TurnMark] = []
        said = ""
        try:
            got.extend(read_records(cut))
        except TapeError as error:
            said = str(error)
        assert got == written[: len(got)]
        assert str(cut) in said or data[:length].endswith(b"\n")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b'{"event_type":"book"}\n', "is no steelyard tape, it begins"),
        (b"x" * 5_000, "does not end within 256 bytes"),
        (b"steelyard-tape 2\n", "version b'2' and we read version 1; use a newer steelyard"),
        (b"steelyard-tape 1\nhello\n", "record 1: line b'hello' is neither a frame nor a turn"),
        (b"steelyard-tape 1\nframe 1 2 x -3\nabc\n", "neither a frame nor a turn"),
        (b"steelyard-tape 1\nframe 1 2 x 99999999999\nabc\n", "neither a frame nor a turn"),
        (b"steelyard-tape 1\nframe 1 2 x 2\nabc\n", "the payload of frame 1 does not end after 2 bytes; the 0 records before it are whole"),
        (b"steelyard-tape 1\nframe 1 2 x 3\nabc\nframe 3 2 x 0\n\n", "record 2: frame 3 follows frame 1: something between them is missing"),
        (b"steelyard-tape 1\nturn 1 2 x 3\n", "neither a frame nor a turn"),
        (b"steelyard-tape 1\n" + b"y" * 5_000, "does not end within"),
        (b"steelyard-tape 1\nframe 1 4102444800000000001 x 0\n\n", "its time 4102444800000000001 is later than the year 2100"),
        (b"steelyard-tape 1\nturn 1 4102444800000000001 1 1\n", "is later than the year 2100"),
        (b"steelyard-tape 1\nframe 1 " + b"9" * 200 + b" x 0\n\n", "neither a frame nor a turn"),
        (b"steelyard-tape 1\nframe 01 2 x 0\n\n", "neither a frame nor a turn"),
        (b"steelyard-tape 1\nframe 1 2  0\n\n", "neither a frame nor a turn"),
        (b"steelyard-tape 1\nframe 1 2 \t 0\n\n", "neither a frame nor a turn"),
        (b"steelyard-tape 1\nframe 0 2 x 0\n\nframe 2 2 x 0\n\n", "frame 2 follows frame 0: something between them is missing"),
    ],
)
def test_a_bad_tape_is_named_with_the_place_and_the_cure(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "bad.tape"
    path.write_bytes(data)
    with pytest.raises(TapeError) as caught:
        list(read_records(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)])
def test_an_empty_packed_tape_is_empty(tmp_path: Path, suffix: str, pack: object) -> None:
    path = tmp_path / f"empty.tape{suffix}"
    assert callable(pack)
    path.write_bytes(pack(b""))
    with pytest.raises(TapeError, match="is empty"):
        list(read_records(path))


def test_a_tape_is_never_overwritten_and_needs_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "once.tape"
    TapeWriter(path).close()
    with pytest.raises(TapeError, match="exists already and tapes are never overwritten"):
        TapeWriter(path)
    with pytest.raises(TapeError, match="cannot be written"):
        TapeWriter(tmp_path / "nowhere" / "x.tape")


class FullDisk(io.BytesIO):
    """Takes nothing."""

    def write(self, data: object) -> int:  # noqa: ARG002 (the shape of a file)
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    tape = TapeWriter(tmp_path / "full.tape")
    tape.close()
    tape._raw = tape._out = FullDisk()
    with pytest.raises(TapeError, match=r"full\.tape: cannot be written \(No space left on device\); make room"):
        tape.turn(TurnMark(1, 1, 1, 1))
