"""A tape of segments: each whole by itself, together the whole stream, bounded on disk, and never half a file under a whole name."""

from pathlib import Path

import pytest

from connectors.chunks import TapeError
from connectors.tape import CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, Frame, TurnMark, read_frames, read_records
from connectors.tape_segments import SegmentedTape, SegmentLimits
from oms.values.units import NS_PER_SECOND
from tests.words_disk import no_file_longer_than

T0 = 1_795_267_800 * NS_PER_SECOND
"""2026-11-21 13:30:00."""
HEAD = [(CHANNEL_MARKET_LISTED, b"one"), (CHANNEL_MARKET_LISTED, b"two")]
SMALL = SegmentLimits(segment_bytes=1_000, segment_s=60, total_bytes=1_000_000)


def given_tape(folder: Path, limits: SegmentLimits = SMALL) -> SegmentedTape:
    return SegmentedTape(folder, T0, lambda: HEAD, limits)


def write(tape: SegmentedTape, count: int, size: int = 200) -> list[bytes]:
    """Frames a second apart."""
    payloads = [b"%04d" % number + b"x" * size for number in range(count)]
    for number, payload in enumerate(payloads):
        tape.frame(T0 + number * NS_PER_SECOND, CHANNEL_POLYMARKET_MARKET, payload)
    return payloads


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tape*"))


def ended(tape: SegmentedTape) -> None:
    tape.close()
    while tape.to_pack:
        tape.pack_one()
    tape.release()


def left(tape: SegmentedTape) -> None:
    """As a death leaves it: closed by the system, nothing packed."""
    tape.close()
    tape.release()


def test_segments_are_tapes_with_the_head_and_together_they_are_the_stream(tmp_path: Path) -> None:
    tape = given_tape(tmp_path / "new" / "folder")
    payloads = write(tape, 20)
    ended(tape)
    found = segments(tape.folder)
    assert len(found) == tape.rotations + 1 == 5
    assert [path.name for path in found][:2] == ["000001-20261121T133000Z.tape.zst", "000002-20261121T133004Z.tape.zst"]
    frames: list[Frame] = []
    for path in found:
        own = list(read_frames(path))
        assert [(frame.channel, frame.payload) for frame in own[:2]] == HEAD
        frames += own
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
    assert [frame.payload for frame in frames if frame.channel == CHANNEL_POLYMARKET_MARKET] == payloads


def test_a_segment_ends_by_time_too(tmp_path: Path) -> None:
    tape = given_tape(tmp_path, SegmentLimits(segment_bytes=10_000, segment_s=60, total_bytes=1_000_000))
    for at_s in (0, 59, 60, 61):
        tape.frame(T0 + at_s * NS_PER_SECOND, CHANNEL_POLYMARKET_MARKET, b"x")
    assert tape.rotations == 1
    left(tape)


def test_a_tape_that_is_written_by_turns_ends_its_segments_between_them(tmp_path: Path) -> None:
    tape = SegmentedTape(tmp_path, T0, lambda: HEAD, SMALL, by_turns=True)
    for number in range(1, 7):
        first = tape.frame(T0 + number, CHANNEL_POLYMARKET_MARKET, b"x" * 400)
        last = tape.frame(T0 + number, CHANNEL_POLYMARKET_MARKET, b"x" * 400)
        tape.turn(TurnMark(number, T0 + number, first, last))
    left(tape)
    for path in segments(tmp_path)[:-1]:
        mark = list(read_records(path))[-1]
        assert isinstance(mark, TurnMark)
        assert {frame.seq for frame in list(read_frames(path))[-2:]} == {mark.first_seq, mark.last_seq}
    assert tape.rotations == 6
    assert [frame.channel for frame in read_frames(segments(tmp_path)[-1])] == [CHANNEL_MARKET_LISTED] * 2


def test_what_was_flushed_survives_our_death(tmp_path: Path) -> None:
    tape = given_tape(tmp_path)
    tape.frame(T0, CHANNEL_POLYMARKET_MARKET, b"seen")
    tape.flush()
    (path,) = segments(tmp_path)
    assert [frame.payload for frame in read_frames(path)] == [b"one", b"two", b"seen"]
    left(tape)


def test_the_oldest_make_room_and_the_one_being_written_stays(tmp_path: Path) -> None:
    limits = SegmentLimits(segment_bytes=1_000, segment_s=60, total_bytes=2_000)
    tape = given_tape(tmp_path, limits)
    for number in range(60):
        write(tape, 1, size=500 + number)
        while tape.to_pack:
            tape.pack_one()
        tape.drop_oldest()
        closed = [path for path in segments(tmp_path) if path.name.endswith(".zst")]
        assert sum(path.stat().st_size for path in closed) <= limits.total_bytes
    assert tape.dropped
    assert tape.dropped == sorted(tape.dropped)
    assert all(read_records(path) for path in segments(tmp_path))
    assert segments(tmp_path)[-1].name.endswith(".tape")
    left(tape)


def test_a_segment_that_waits_to_be_packed_is_not_dropped(tmp_path: Path) -> None:
    tape = given_tape(tmp_path, SegmentLimits(segment_bytes=1_000, segment_s=60, total_bytes=1_000))
    write(tape, 20)
    assert tape.to_pack == 4
    assert len(segments(tmp_path)) == 5
    ended(tape)
    tape.drop_oldest()
    assert sum(path.stat().st_size for path in segments(tmp_path)) <= 1_000


def test_another_recorder_goes_on_counting_and_tidies_up_after_one_that_was_killed(tmp_path: Path) -> None:
    first = given_tape(tmp_path)
    write(first, 9)
    first.flush()
    first.pack_one()
    left(first)
    whole = segments(tmp_path)[0]
    half = tmp_path / "000002-20261121T133004Z.tape.zst.part"
    half.write_bytes(b"half")
    twice = tmp_path / whole.name.removesuffix(".zst")
    twice.write_bytes(b"packed already")
    second = given_tape(tmp_path)
    assert not half.exists()
    assert not twice.exists()
    assert second.to_pack == 2
    ended(second)
    names = [path.name[:6] for path in segments(tmp_path)]
    assert names == ["000001", "000002", "000003", "000004"]
    assert all(list(read_records(path)) for path in segments(tmp_path))


def test_strangers_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    strangers = [tmp_path / name for name in ("notes.txt", "mine.tape", "1-2.tape.zst")]
    for path in strangers:
        path.write_bytes(b"x" * 10_000)
    tape = given_tape(tmp_path, SegmentLimits(segment_bytes=100, segment_s=60, total_bytes=100))
    write(tape, 5)
    ended(tape)
    tape.drop_oldest()
    assert [path.stat().st_size for path in strangers] == [10_000] * 3


def test_two_recorders_do_not_share_a_folder(tmp_path: Path) -> None:
    first = given_tape(tmp_path)
    with pytest.raises(TapeError, match="another recorder writes there; end it, or name another folder"):
        given_tape(tmp_path)
    left(first)
    first.release()
    left(given_tape(tmp_path))


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TapeError, match=r"file/below: no tape can be written there"):
        given_tape(tmp_path / "file" / "below")


def test_a_full_disk_is_a_named_error_and_what_was_flushed_can_be_read(tmp_path: Path) -> None:
    tape = given_tape(tmp_path, SegmentLimits(segment_bytes=10**6, segment_s=10**6, total_bytes=10**7))
    write(tape, 10)
    tape.flush()
    with no_file_longer_than(20_000), pytest.raises(TapeError, match=r"cannot be written \(File too large\); make room or name another disk"):
        write(tape, 10_000)
    left(tape)
    (path,) = segments(tmp_path)
    assert len(list(read_frames(path))) >= 12


def test_a_segment_that_cannot_be_packed_stays_as_it_is(tmp_path: Path) -> None:
    tape = given_tape(tmp_path)
    write(tape, 5)
    closed = segments(tmp_path)[0]
    before = closed.read_bytes()
    with no_file_longer_than(5):
        tape.pack_one()
    assert (tape.pack_failures, tape.to_pack, closed.read_bytes()) == (1, 0, before)
    assert list(tmp_path.glob("*.part")) == []
    left(tape)


@pytest.mark.parametrize("limits", [{"segment_bytes": 0}, {"segment_s": 0}, {"segment_bytes": 11, "total_bytes": 10}])
def test_limits_that_make_no_sense_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a segment takes something"):
        SegmentLimits(**limits)
