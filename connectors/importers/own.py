"""Our own tapes as recordings: markets come from `market-listed` frames, events from `event-listed` ones, nothing is assumed but what markets say.

Whoever followed its markets wrote more such frames later, when markets came, or when something about them changed: `later` has them, and they count
from their own place on.

A tape that was made from another recording says so in its `origin` frame and is read by that one's rules.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from connectors.chunks import TapeCut, TapeError
from connectors.importers.recording import JUMP_NS_MAX, TRADE_RULES, Recording, TradeRule, nothing_to_trade
from connectors.tape import CHANNEL_EVENT_LISTED, CHANNEL_MARKET_LISTED, CHANNEL_ORIGIN, Frame, Origin, TurnMark, read_records
from oms.values.market import EventGroup, EventId, Market, MarketId
from oms.values.nesting import check_nesting
from oms.values.units import Nanos

HELD_MAX: Final = 10_000
"""Frames kept back until a turn claims them: more than any turn takes, and a tape without turns is handed on in such portions."""
_decoder = msgspec.json.Decoder(Market)
_group_decoder = msgspec.json.Decoder(EventGroup)
_origin_decoder = msgspec.json.Decoder(Origin)


class _Told:
    """What a tape lists, as it is read."""

    def __init__(self) -> None:
        self.is_head = True
        """No frame of another kind came yet."""
        self.markets: dict[MarketId, Market] = {}
        self.groups: dict[EventId, EventGroup] = {}
        self.later: list[Market | EventGroup] = []


class OwnRecording(Recording):
    """A tape of ours; `connectors.tape.read_records` also gives its turns."""

    kind = "steelyard"
    lists_itself = True
    trade_rule: TradeRule = "announced"

    def _survey(self) -> None:
        told = _Told()
        latest_ns: Nanos | None = None
        try:
            for record in read_records(self.path):
                latest_ns = record.at_ns if latest_ns is None else latest_ns
                if record.at_ns > latest_ns + JUMP_NS_MAX:
                    raise TapeError(f"{self.path}: {_name(record)} is weeks after what stands before it, so its time is wrong; record again")
                latest_ns = max(latest_ns, record.at_ns)
                if isinstance(record, Frame):
                    self._learn(record, told)
        except TapeCut:
            pass  # `frames` comes to the same place and says so.
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            what = "an event-listed, a market-listed or origin frame cannot be read"
            raise TapeError(f"{self.path}: {what} ({error}); this tape was not written by us") from None
        self.begins_with, self.groups, self.later = tuple(told.markets.values()), tuple(told.groups.values()), tuple(told.later)
        for one in told.later:
            if isinstance(one, Market):
                told.markets.setdefault(one.market_id, one)
        self.markets = tuple(told.markets.values())
        if not self.markets:
            raise nothing_to_trade(self.path, f"it lists no market (no {CHANNEL_MARKET_LISTED} frame)")
        self._said(*(sentence for market in self.markets for sentence in market.assumptions if sentence not in self.assumptions))

    def _learn(self, frame: Frame, told: _Told) -> None:
        """What a frame says of the markets and events on this tape, and of its times."""
        self.first_ns = self.first_ns or frame.at_ns
        self.last_ns = frame.at_ns
        if frame.channel == CHANNEL_MARKET_LISTED:
            check_nesting(frame.payload)
            market = _decoder.decode(frame.payload)
            if told.is_head:
                told.markets[market.market_id] = market
            else:
                told.later.append(market)
        elif frame.channel == CHANNEL_EVENT_LISTED:
            check_nesting(frame.payload)
            group = _group_decoder.decode(frame.payload)
            if told.is_head:
                told.groups[group.event_id] = group
            else:
                told.later.append(group)
        elif frame.channel == CHANNEL_ORIGIN:
            check_nesting(frame.payload)
            self._stem_from(_origin_decoder.decode(frame.payload))
        else:
            told.is_head = False

    def _stem_from(self, origin: Origin) -> None:
        if origin.trade_rule not in TRADE_RULES:
            raise TapeError(f"{self.path}: its trades are told by a rule {origin.trade_rule[:40]!r} that we do not know; use a newer steelyard")
        self.trade_rule = TRADE_RULES[origin.trade_rule]
        self.payouts = dict(origin.payouts)
        self._said(*origin.assumptions)

    def frames(self) -> Iterator[Frame]:
        """The frames with their own numbers, at the time of the turn that took them, so that a replay makes the same turns (ruling 2.6).

        Frames that no turn claims keep the time of their receipt; times that go back are clamped and counted.
        """
        self._restart()
        held: list[Frame] = []
        cut: TapeCut | None = None
        try:
            for record in read_records(self.path):
                if isinstance(record, Frame):
                    held.append(record)
                    if len(held) < HELD_MAX:
                        continue
                    yield from self._timed(held)
                    held = []
                else:
                    yield from self._timed([frame for frame in held if frame.seq < record.first_seq])
                    yield from self._timed([frame for frame in held if record.first_seq <= frame.seq <= record.last_seq], record.at_ns)
                    held = [frame for frame in held if frame.seq > record.last_seq and frame.seq >= record.first_seq]
        except TapeCut as error:
            cut = error
        yield from self._timed(held)
        if cut is not None:
            raise cut

    def _restart(self) -> None:
        super()._restart()
        self._at_ns: Nanos = 0

    def _timed(self, frames: list[Frame], turn_ns: Nanos | None = None) -> Iterator[Frame]:
        """The frames at the time of their turn, else of their receipt, never before an earlier one."""
        for frame in frames:
            at_ns = frame.at_ns if turn_ns is None else turn_ns
            self.clamped += at_ns < self._at_ns
            self._at_ns = max(self._at_ns, at_ns)
            yield Frame(frame.seq, self._at_ns, frame.channel, frame.payload)


def _name(record: Frame | TurnMark) -> str:
    return f"frame {record.seq}" if isinstance(record, Frame) else f"turn {record.number}"
