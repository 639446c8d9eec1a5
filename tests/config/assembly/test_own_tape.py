"""The tape of `paper` and `live` by itself: whatever becomes of it, it says so once, and is in nobody's way."""

from pathlib import Path

from config.assembly.outside import Chosen
from config.assembly.own_tape import ENDED, OwnTape
from config.settings import Settings
from connectors.polymarket.market_stream import MarketStream
from connectors.tape import CHANNEL_BOOKS_CONFIRMED, CHANNEL_POLYMARKET_MARKET, Frame, TurnMark, read_frames, read_records
from oms.ports import Turned
from oms.values.commands import Alert
from oms.values.events import BooksConfirmed, MarketClosed
from oms.values.units import NS_PER_SECOND
from tests.config.assembly.test_own_tape_replayed import segments, settings_of
from tests.words_disk import no_file_longer_than

T0 = 1_795_267_800 * NS_PER_SECOND


class Beside:
    """A tape by itself, without a run, and what a person was told of it."""

    def __init__(self, settings: Settings) -> None:
        self.alerts: list[Alert] = []
        self.tape = OwnTape(settings, Chosen(listings=()), self.alerts.append)
        self.tape.begin(T0)

    def turn(self, at_s: int, payload: bytes = b"x") -> int:
        """One frame, and the turn that takes it."""
        at_ns = T0 + at_s * NS_PER_SECOND
        self.tape.sink(CHANNEL_POLYMARKET_MARKET, payload, at_ns)
        frame = self.tape.behind([MarketClosed(market_id="1")], at_ns)
        self.tape.turn(Turned(number=at_s, at_ns=at_ns, batch=(), frames=(frame, frame) if frame else None))
        return frame

    def looks(self) -> None:
        self.tape._look_due_s = 0
        self.tape.look()


def test_a_full_disk_ends_the_tape_with_one_alert_and_nothing_else(tmp_path: Path) -> None:
    beside = Beside(settings_of(tmp_path))
    assert beside.turn(1) == 1
    with no_file_longer_than(5_000):
        assert beside.turn(2, b"x" * 20_000) in {0, 2}  # what is buffered is refused when the turn hands it on
        assert beside.turn(3) == 0
        beside.looks()
        beside.looks()
    (alert,) = beside.alerts
    assert alert.kind == ENDED
    assert "cannot be written" in alert.text
    beside.tape.close()
    (path,) = segments(tmp_path)
    assert [frame.payload for frame in read_frames(path)] == [b"x"]


def test_too_little_room_for_others_ends_it_before_the_guard_of_the_disk_trips(tmp_path: Path) -> None:
    beside = Beside(settings_of(tmp_path, guards={"disk_free_min_mb": 1_000_000_000 // 2}))
    beside.turn(1)
    beside.looks()
    assert "MB are free on its disk, and 1000000000 MB are needed" in beside.alerts[0].text
    assert beside.turn(2) == 0


def test_segments_end_between_turns_are_packed_beside_and_bounded_together(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, tape={"segment_s": 10, "free_min_mb": 0})
    beside = Beside(settings)
    for at_s in range(35):
        beside.turn(at_s)
        beside.looks()
    for _ in range(4):
        if beside.tape._packing is not None:
            beside.tape._packing.join(5)
        beside.looks()
    beside.tape.close()
    found = segments(tmp_path)
    assert [path.suffix for path in found] == [".zst", ".zst", ".zst", ".tape"]
    assert beside.alerts == []
    for path in found:
        records = list(read_records(path))
        frames = [record.seq for record in records if isinstance(record, Frame)]
        marks = [record for record in records if isinstance(record, TurnMark)]
        assert frames == [seq for mark in marks for seq in range(mark.first_seq, mark.last_seq + 1)]


def test_one_that_is_not_wanted_leaves_no_folder(tmp_path: Path) -> None:
    beside = Beside(settings_of(tmp_path, tape={"record": False}))
    assert beside.turn(1) == 0
    beside.looks()
    beside.tape.close()
    assert (beside.alerts, beside.tape.words(), list(tmp_path.iterdir())) == ([], "", [])


def test_what_a_witness_confirmed_is_a_frame_of_its_own_behind_its_turn(tmp_path: Path) -> None:
    beside = Beside(settings_of(tmp_path))
    told = BooksConfirmed(tokens=("1", "2"), asked_ns=T0)
    beside.turn(1)
    assert beside.tape.behind([told], T0 + 2 * NS_PER_SECOND) == 2
    assert beside.tape.holes == 0
    beside.tape.close()
    (path,) = segments(tmp_path)
    frame = list(read_frames(path))[-1]
    assert (frame.channel, MarketStream({}).confirmed(frame.payload)) == (CHANNEL_BOOKS_CONFIRMED, [told])
