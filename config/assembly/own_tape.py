"""The tape that `paper` and `live` keep of what they hear, for `replay` to live it again: frames as they came, holes, the turns that took them.

It is beside trading and never in its way. Whatever the disk or the folder says, the tape ends, a person is told once, and trading goes on; closed
segments are packed in a thread of their own at the lowest priority; less room than `tape.free_min_mb` ends it too, before the guard of the disk would
halt the bot for what only the tape has taken.

A frame has its number from when it came; the turn that takes its facts names the first and the last. A loss that no frame tells (a socket closed, or
REST told other books) is a hole, and a hole is one for all books, because the tape has no other. What REST confirmed of quiet books is put down too,
or a replay would give up books that the run believed. Facts about our account are not on it: they are in
the journal, and the account's channel names API keys. In a live tape our own orders are part of the books.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from config.assembly.outside import Chosen
from config.assembly.record import LOOK_S, SEEN_BY_A_REPLAY
from config.assembly.tape_head import TapeHead
from config.settings import Settings
from connectors.chunks import TapeError
from connectors.tape import CHANNEL_BOOKS_CONFIRMED, CHANNEL_CONTINUITY_LOST, TurnMark
from connectors.tape_segments import SegmentedTape
from oms.ports import Turned
from oms.values.commands import Alert
from oms.values.events import BooksConfirmed, ContinuityLost, Event, EventListed, MarketListed
from oms.values.market import MarketId
from oms.values.units import Nanos

FOLDER_NAME: Final = "tape"
ENDED: Final = "tape ended"
"""The kind of its one alert."""
PACKED_WITHIN_S: Final = 5
"""At the end so long is waited for a segment that is being packed; it is packed anew when the next run begins."""
_LOWEST_PRIORITY: Final = 19
_MB: Final = 1_000_000


class OwnTape:
    """One run's tape. Before `begin`, after `close` and when it ended by itself it takes everything and writes nothing."""

    def __init__(self, settings: Settings, chosen: Chosen, alarm: Callable[[Alert], None]) -> None:
        self.folder: Path = settings.live.folder / FOLDER_NAME
        self.frames = 0
        """Written so far; holes too."""
        self.holes = 0
        self.ended = ""
        """Why nothing is written any more; empty: something is, or never was to be."""
        self._settings = settings.tape
        self._free_min_mb = max(settings.tape.free_min_mb, 2 * settings.guards.disk_free_min_mb)
        self._listed = TapeHead(chosen)
        self._alarm = alarm
        self._is_told = False
        self._tape: SegmentedTape | None = None
        self._latest = 0
        """The number of the frame that came last, until its facts are asked about."""
        self._packing: threading.Thread | None = None
        self._look_due_s = 0.0

    def begin(self, at_ns: Nanos) -> None:
        """The run begins at this moment."""
        if not self._settings.record:
            return
        try:
            self._tape = SegmentedTape(self.folder, at_ns, self._listed.frames, self._settings.limits(), by_turns=True)
        except (TapeError, OSError) as error:
            self.ended = str(error)

    def sink(self, channel: str, frame: bytes, at_ns: Nanos) -> None:
        """A frame came, and nobody has read it yet."""
        self._latest = self._write(channel, frame, at_ns)

    def behind(self, facts: Sequence[Event], at_ns: Nanos) -> int:
        """The number of the frame that these facts come from, which is the latest; what came from none is put down. 0: there is no tape."""
        for fact in facts:
            if isinstance(fact, BooksConfirmed):
                self._latest = self._write(CHANNEL_BOOKS_CONFIRMED, msgspec.json.encode(fact), at_ns)
        lost = next((fact for fact in facts if isinstance(fact, ContinuityLost) and not fact.why.startswith(SEEN_BY_A_REPLAY)), None)
        if lost is not None:
            self.holes += 1
            self._latest = self._write(CHANNEL_CONTINUITY_LOST, lost.why.encode(), at_ns)
        return self._latest

    def listed(self, fact: MarketListed | EventListed, at_ns: Nanos) -> int:
        """A market or an event came, or changed: it is put down now, and is at the head of what follows. The number of its frame, as in `behind`."""
        return self._write(*self._listed.take(fact), at_ns)

    def let_go(self, market_id: MarketId) -> None:
        """A market is over: what follows begins without it."""
        self._listed.let_go(market_id)

    def turn(self, record: Turned) -> None:
        """A turn is about to be committed."""
        if self._tape is None or record.frames is None:
            return
        try:
            self._tape.turn(TurnMark(record.number, record.at_ns, *record.frames))
        except (TapeError, OSError) as error:
            self._end(str(error))

    def look(self) -> None:
        """A moment to spare: what came goes to the operating system, what is closed is packed, room is looked after, an end is told."""
        now_s = time.monotonic()
        if now_s < self._look_due_s:
            return
        self._look_due_s = now_s + LOOK_S
        if self._tape is not None:
            try:
                self._tape.flush()
                self._pack(self._tape)
                free_mb = shutil.disk_usage(self.folder).free // _MB
                if free_mb < self._free_min_mb:
                    self._end(f"{self.folder}: {free_mb} MB are free on its disk, and {self._free_min_mb} MB are needed; make room")
            except (TapeError, OSError) as error:
                self._end(str(error))
        if self.ended and not self._is_told:
            self._is_told = True
            self._alarm(Alert(kind=ENDED, text=f"{self.ended}; trading goes on, and nothing more of it is recorded until the next start"))

    def close(self) -> None:
        """The run is over. Its last segment is packed when the next one begins."""
        if self._packing is not None:
            self._packing.join(PACKED_WITHIN_S)
        self._leave()

    def words(self) -> str:
        """What became of it, for a person; empty: none was to be kept."""
        if self.ended:
            return f"ended: {self.ended}"
        return f"{self.folder}, {self.frames:,} frames" if self._settings.record else ""

    def _write(self, channel: str, payload: bytes, at_ns: Nanos) -> int:
        if self._tape is None:
            return 0
        try:
            number = self._tape.frame(at_ns, channel, payload)
        except (TapeError, OSError) as error:
            self._end(str(error))
            return 0
        self.frames += 1
        return number

    def _pack(self, tape: SegmentedTape) -> None:
        """One segment at a time, by a thread of its own, which gives way to everybody and holds up no end of the process."""
        if self._packing is not None:
            if self._packing.is_alive():
                return
            self._packing = None
            tape.drop_oldest()
        if tape.to_pack:
            self._packing = threading.Thread(target=_pack_one, args=(tape,), name="tape packing", daemon=True)
            self._packing.start()

    def _end(self, why: str) -> None:
        self.ended = why
        self._leave()

    def _leave(self) -> None:
        """Write nothing any more, and give the folder free."""
        tape, self._tape = self._tape, None
        if tape is not None:
            try:
                tape.close()
            except TapeError as error:
                self.ended = self.ended or str(error)
            tape.release()


def _pack_one(tape: SegmentedTape) -> None:
    """In its thread: on Linux a priority is a thread's own."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)
    tape.pack_one()
