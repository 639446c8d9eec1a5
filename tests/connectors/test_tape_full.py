"""A disk that fills up under a tape: it ends with the last turn that was written whole, can be read to there, and takes nothing more."""

import random
from pathlib import Path

import pytest

from connectors.chunks import TapeCut, TapeError
from connectors.tape import Frame, TapeWriter, TurnMark, read_records
from tests.words_disk import no_file_longer_than

SUFFIXES = ("", ".gz", ".zst")
CANNOT = r"full\.tape.*: cannot be written \(File too large\); make room or name another disk"


def write_on(tape: TapeWriter, whole: list[Frame | TurnMark]) -> None:
    """Turns of three frames each; the records of those that fitted."""
    dice = random.Random(1)
    for number in range(1, 10_000):
        turn = [Frame(tape.seq + 1 + i, number, "polymarket-market", dice.randbytes(700)) for i in range(3)]
        for frame in turn:
            assert tape.frame(number, frame.channel, frame.payload) == frame.seq
        mark = TurnMark(number, number, turn[0].seq, turn[-1].seq)
        tape.turn(mark)
        whole += [*turn, mark]


def written_until_full(tape: TapeWriter) -> list[Frame | TurnMark]:
    """What fitted."""
    whole: list[Frame | TurnMark] = []
    with pytest.raises(TapeError, match=CANNOT):
        write_on(tape, whole)
    return whole


def read(path: Path) -> list[Frame | TurnMark]:
    """Everything whole; packed tapes have no end, as after a kill."""
    got: list[Frame | TurnMark] = []
    if path.suffix not in {".gz", ".zst"}:
        return list(read_records(path))
    with pytest.raises(TapeCut, match=r"whole records before"):
        got.extend(read_records(path))
    return got


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [3_000, 60_000, 60_001, 123_456])
def test_a_tape_on_a_full_disk_ends_with_the_last_whole_turn(tmp_path: Path, suffix: str, size: int) -> None:
    path = tmp_path / f"full.tape{suffix}"
    with no_file_longer_than(size):
        whole = written_until_full(TapeWriter(path))
    assert len(whole) >= 4 * (size > 10_000)
    assert read(path) == whole


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_after_that_nothing_is_added_though_there_is_room_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"full.tape{suffix}"
    tape = TapeWriter(path)
    with no_file_longer_than(30_000):
        whole = written_until_full(tape)
    length = path.stat().st_size
    for write in (lambda: tape.frame(1, "polymarket-market", b"late"), lambda: tape.turn(TurnMark(1, 1, 1, 1))):
        with pytest.raises(TapeError, match="ended already, as it could not be written"):
            write()
    tape.close()
    tape.close()
    assert path.stat().st_size == length
    assert read(path) == whole


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_end_that_does_not_fit_is_said_and_the_turns_before_it_are_there(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"full.tape{suffix}"
    tape = TapeWriter(path)
    tape.frame(1, "polymarket-market", b"seen")
    tape.turn(TurnMark(1, 1, 1, 1))
    tape.frame(2, "polymarket-market", random.Random(2).randbytes(4_000))
    with no_file_longer_than(path.stat().st_size + 5), pytest.raises(TapeError, match=CANNOT):
        tape.close()
    assert read(path) == [Frame(1, 1, "polymarket-market", b"seen"), TurnMark(1, 1, 1, 1)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_tape_that_cannot_be_begun_leaves_nothing_behind(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"full.tape{suffix}"
    with no_file_longer_than(4), pytest.raises(TapeError, match=CANNOT):
        TapeWriter(path)
    assert not path.exists()
    TapeWriter(path).close()
