"""Writes what a replay reads as a tape of ours: every frame, and the boundary of every turn before the turn is committed (rulings §3).

The new tape replays to the same commands as the recording it was made from: what was known and assumed of that one stands at its head.
"""

from pathlib import Path

import msgspec

from connectors.importers import Recording
from connectors.tape import CHANNEL_EVENT_LISTED, CHANNEL_MARKET_LISTED, CHANNEL_ORIGIN, Frame, Origin, TapeWriter, TurnMark
from oms.ports import Turned


class Recorder:
    """One new tape. Raises TapeError when the file exists or cannot be written."""

    def __init__(self, path: Path, recording: Recording) -> None:
        self._tape = TapeWriter(path)
        self._is_at_head = True
        origin = Origin(
            name=recording.name,
            kind=recording.kind,
            trade_rule=recording.trade_rule,
            assumptions=recording.assumptions,
            payouts=recording.payouts,
        )
        self._tape.frame(recording.first_ns, CHANNEL_ORIGIN, msgspec.json.encode(origin))
        for market in recording.begins_with:
            self._tape.frame(recording.first_ns, CHANNEL_MARKET_LISTED, msgspec.json.encode(market))
        for group in recording.groups:
            self._tape.frame(recording.first_ns, CHANNEL_EVENT_LISTED, msgspec.json.encode(group))

    def frame(self, frame: Frame) -> int:
        """A frame was read, but for those that this tape has at its head already. Returns its number on the new tape."""
        is_listing = frame.channel in {CHANNEL_MARKET_LISTED, CHANNEL_EVENT_LISTED}
        self._is_at_head = self._is_at_head and (is_listing or frame.channel == CHANNEL_ORIGIN)
        if self._is_at_head or frame.channel == CHANNEL_ORIGIN:
            return self._tape.seq
        return self._tape.frame(frame.at_ns, frame.channel, frame.payload)

    def turn(self, record: Turned) -> None:
        """A turn is about to be committed."""
        if record.frames is not None:
            self._tape.turn(TurnMark(record.number, record.at_ns, *record.frames))

    def close(self) -> None:
        """The run is over."""
        self._tape.close()
