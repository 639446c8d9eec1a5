"""What a run tells its operator: seen from outside, from the turns that were committed, so that the core need not log.

A flood tells no more than its first drop: what is refused again and again is told the first time, then at the tenth, the hundredth, …
"""

import logging
import time
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from config.logs import room, say
from oms.machines.risk import Reason
from oms.ports import Turned
from oms.values import commands as c
from oms.values import events as e
from oms.values.market import TokenId
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos

OMS, VENUE, STREAM, RUN = room("oms"), room("venue"), room("stream"), room("run")
NAMES_MAX: Final = 100
"""So many different names of one count are told apart; the others are told as one, as some are written by strangers."""


class Told(msgspec.Struct, frozen=True):
    """How one kind of fact or command is told."""

    room: logging.Logger
    level: int
    what: str
    fields: tuple[str, ...]


_ORDER: Final = ("spec.market_id", "spec.token", "spec.side", "spec.price_pips", "spec.size_micro", "spec.lifetime")
_SET: Final = ("command_id", "market_id", "shares_micro")
TOLD: Final[Mapping[type, Told]] = {
    e.MarketListed: Told(STREAM, logging.INFO, "market listed", ("market.market_id", "market.title")),
    e.MarketClosed: Told(VENUE, logging.INFO, "market closed", ("market_id",)),
    e.MarketResolved: Told(VENUE, logging.INFO, "market paid", ("market_id", "payout.yes_ppm", "payout.no_ppm")),
    e.Deposited: Told(VENUE, logging.INFO, "cash arrived", ("cash_micro", "deposit_id")),
    e.VenueSyncing: Told(VENUE, logging.INFO, "venue away", ("why",)),
    e.VenueReady: Told(VENUE, logging.INFO, "venue ready", ("post_only",)),
    e.Restarted: Told(RUN, logging.INFO, "restarted", ("why",)),
    e.Paused: Told(RUN, logging.INFO, "paused", ("why",)),
    e.Resumed: Told(RUN, logging.INFO, "resumed", ("why",)),
    e.Halted: Told(RUN, logging.WARNING, "halted", ("why",)),
    e.Acked: Told(VENUE, logging.DEBUG, "order acknowledged", ("order_id", "venue_order_id")),
    e.Rejected: Told(VENUE, logging.DEBUG, "order rejected", ("order_id", "why")),
    e.Filled: Told(
        VENUE,
        logging.DEBUG,
        "order filled",
        ("order_id", "trade_id", "price_pips", "shares_micro", "cash_micro", "fee_cash_micro", "is_maker", "inferred"),
    ),
    e.CancelTaken: Told(VENUE, logging.DEBUG, "cancel taken", ("order_id", "why")),
    e.CancelDone: Told(VENUE, logging.DEBUG, "order cancelled", ("order_id", "why")),
    e.CancelRefused: Told(VENUE, logging.DEBUG, "cancel refused", ("order_id", "why")),
    e.Expired: Told(VENUE, logging.DEBUG, "order expired", ("order_id",)),
    e.ReplyLost: Told(VENUE, logging.DEBUG, "answer lost", ("order_id", "why")),
    e.ProvenAbsent: Told(VENUE, logging.DEBUG, "order absent", ("order_id",)),
    e.SettlementMoved: Told(VENUE, logging.DEBUG, "settlement moved", ("order_id", "trade_id", "stage")),
    c.Place: Told(OMS, logging.DEBUG, "place", ("order_id", *_ORDER, "strategy", "why")),
    c.Cancel: Told(OMS, logging.DEBUG, "cancel", ("order_id", "why")),
    c.AskOrder: Told(OMS, logging.DEBUG, "ask about an order", ("order_id",)),
    c.Split: Told(OMS, logging.INFO, "split", _SET),
    c.Merge: Told(OMS, logging.INFO, "merge", _SET),
    c.Convert: Told(OMS, logging.INFO, "convert", ("command_id", "event_id", "shares_micro")),
    c.Redeem: Told(OMS, logging.INFO, "redeem", ("command_id", "market_id")),
    c.Alert: Told(OMS, logging.WARNING, "alert", ("kind", "text")),
}
"""Kind → how it is told; what is not here is not: market data, questions, reports, the passing of time."""


class Counted(msgspec.Struct, frozen=True):
    """Something that is counted elsewhere, by name, and told as it grows."""

    room: logging.Logger
    what: str
    counts: Mapping[Any, int]
    pairs: dict[str, str] = {}
    ordinary: frozenset[str] = frozenset()
    """Names that belong to a healthy run: told at info, the others at warning."""

    def level(self, name: object) -> int:
        """How loud this name is."""
        return logging.INFO if getattr(name, "name", name) in self.ordinary else logging.WARNING


def refused_by_gate(refusals: Mapping[Reason, int]) -> Counted:
    """What our own gate did not let pass. That it waits after a refusal by the venue is no louder than that refusal, which is told at info.

    Nor is what a bundle meets that is looked for while quotes of ours stand, or while trading is paused, which is told by itself.
    """
    ordinary = (Reason.VENUE_REFUSED, Reason.OWN_CROSS, Reason.SESSION)
    return Counted(OMS, "refused by our own gate", refusals, ordinary=frozenset([reason.name for reason in ordinary]))


class PowersOfTen:
    """Which counts of a name are worth an entry: the first, the tenth, the hundredth, …"""

    def __init__(self) -> None:
        self._next: dict[object, int] = {}

    def is_due(self, name: object, count: int) -> bool:
        """Has it passed the next mark?"""
        due = self._next.get(name, 1)
        if count < due:
            return False
        while due <= count:
            due *= 10
        self._next[name] = due
        return True


class RunLog:
    """Hears of every committed turn, and tells what is worth telling. Never raises, never changes anything."""

    def __init__(self, counted: Sequence[Counted] = ()) -> None:
        self._counted = [(one, PowersOfTen()) for one in counted] if OMS.isEnabledFor(logging.WARNING) else []
        self._told = {
            kind: (told, [(field.rpartition(".")[2], attrgetter(field)) for field in told.fields])
            for kind, told in TOLD.items()
            if told.room.isEnabledFor(told.level)
        }
        followed = {e.ContinuityLost: logging.INFO, e.BookReset: logging.INFO, e.Rejected: logging.INFO, e.SettlementMoved: logging.WARNING}
        self._follows = {kind for kind, level in followed.items() if STREAM.isEnabledFor(level)}
        self._hears = self._follows | self._told.keys()
        self._lost: dict[TokenId, Nanos] = {}
        self._rejections: dict[str, int] = {}
        self._rejected = PowersOfTen()

    def begins(self, what: str, **pairs: object) -> None:
        """A run begins."""
        say(RUN, logging.INFO, "run begins", run=what, **pairs)

    def ends(self, how: str, report: Mapping[str, Any]) -> None:
        """It ended, with this report."""
        kept = ("seed", "events", "turns", "commands", "commands_hash")
        say(RUN, logging.INFO, "run ends", how=how, **{key: report[key] for key in kept})
        if report["conserved"] is not True:
            say(RUN, logging.ERROR, "the books disagree", why=report["conserved"])

    def committed(self, record: Turned) -> None:
        """A turn is on the record."""
        hears, at_ns = self._hears, record.at_ns
        for event in record.batch:  # market data in the main, so that one look must do for most of it
            if type(event) in hears:
                if type(event) in self._told:
                    self._tell(event, at_ns)
                if type(event) in self._follows:
                    self._follow(event, at_ns)
        for prepared in record.ready:
            if type(prepared.command) in hears:
                self._tell(prepared.command, at_ns)
        for counted, marks in self._counted:
            for name, count in counted.counts.items():
                if marks.is_due(name, count):
                    say(counted.room, counted.level(name), counted.what, at=utc(at_ns), name=name, count=count, **counted.pairs)

    def _tell(self, what: object, at_ns: Nanos) -> None:
        told, fields = self._told[type(what)]
        say(told.room, told.level, told.what, at=utc(at_ns), **{name: read(what) for name, read in fields})

    def _follow(self, event: e.Event, at_ns: Nanos) -> None:
        """What one fact alone does not tell."""
        if isinstance(event, e.ContinuityLost):
            self._lost |= dict.fromkeys(event.tokens, at_ns)
            say(STREAM, logging.INFO, "stream lost", at=utc(at_ns), tokens=len(event.tokens), why=event.why)
        elif isinstance(event, e.BookReset) and event.token in self._lost and not event.from_rest:
            since_ns = self._lost.pop(event.token)
            if not self._lost:
                say(STREAM, logging.INFO, "stream back", at=utc(at_ns), after_s=f"{(at_ns - since_ns) / NS_PER_SECOND:.3f}")
        elif isinstance(event, e.SettlementMoved) and event.stage is e.SettlementStage.FAILED:
            say(VENUE, logging.WARNING, "settlement failed", at=utc(at_ns), order_id=event.order_id, trade_id=event.trade_id)
        elif isinstance(event, e.Rejected):
            name = event.why if event.why in self._rejections or len(self._rejections) < NAMES_MAX else "others"
            count = self._rejections[name] = self._rejections.get(name, 0) + 1
            if self._rejected.is_due(name, count):
                say(VENUE, logging.INFO, "refused by the venue", at=utc(at_ns), name=name, count=count)


def utc(at_ns: Nanos) -> str:
    """A moment for people; one that no calendar has, as it is."""
    try:
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at_ns // NS_PER_SECOND))}.{at_ns % NS_PER_SECOND // NS_PER_MS:03}Z"
    except (ValueError, OverflowError, OSError):
        return str(at_ns)
