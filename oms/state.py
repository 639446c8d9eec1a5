"""All machines joined, and nothing decided: the one place where state lives.

apply*.py changes it by facts; decide.py reads it and asks for effects.
"""

from collections import Counter
from typing import Final

import msgspec

from oms.desk import Desk as Desk
from oms.engine_settings import OVER_KEPT as OVER_KEPT
from oms.engine_settings import EngineSettings as EngineSettings
from oms.engine_settings import EventLine as EventLine
from oms.engine_settings import StrategyLine as StrategyLine
from oms.machines.balances import Balances
from oms.machines.blotter import Blotter, Order
from oms.machines.book import Book
from oms.machines.bundle import Bundles
from oms.machines.bundle_gate import BundleGate
from oms.machines.by_hand import ByHand
from oms.machines.deadlines import Deadlines
from oms.machines.guard import Guard
from oms.machines.inventory import Inventory
from oms.machines.ledger import CASH, Ledger
from oms.machines.lifecycle import Happening
from oms.machines.past import Past
from oms.machines.risk import Gate, Reason, reserve_micro
from oms.machines.session import Session
from oms.machines.settlement import Settlements
from oms.machines.watch import Watch
from oms.machines.windows import Windows
from oms.values.commands import Alert
from oms.values.events import OrderFact, SettlementMoved, SettlementStage, TickChanged
from oms.values.market import EventGroup, Market, MarketId, TokenId
from oms.values.orders import OrderId, Side, TradeId
from oms.values.snapshot import STALE_DOUBTS, Doubt
from oms.values.units import NS_PER_SECOND, Nanos, SharesMicro

HOLD_NS: Final = NS_PER_SECOND // 4
"""After a first refusal by the venue: orders that race the market are refused now and then, and that is no reason to stay away."""
HOLD_MAX_NS: Final = 30 * NS_PER_SECOND
SILENCE_LOOKS: Final = 4
"""Books are looked at for silence this many times within the bound, so one is called STALE at most a quarter of the bound late."""
_STALE: Final = int(STALE_DOUBTS)


EARLY_SETTLEMENTS_MAX = 1_000
"""Trades whose settlement was told before their fill; beyond it the oldest is forgotten (it was asked about)."""


class State:
    """The machines."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.first_settings = settings
        """As the process began; a person may have changed parameters since."""
        self.blotter = Blotter()
        self.ledger = Ledger(settings.place)
        self.inventory = Inventory()
        self.settlements = Settlements()
        self.session = Session()
        self.balances = Balances()
        self.deadlines = Deadlines()
        self.bundles = Bundles()
        self.gate = Gate(settings.limits, self.blotter, self.ledger, self.inventory)
        self.bundle_gate = BundleGate(self.gate, self.inventory)
        self.by_hand = ByHand()
        self.guard = Guard(settings.guards)
        self.watch = Watch()
        self.windows = Windows()
        self.desks: dict[MarketId, Desk] = {}
        self.by_token: dict[TokenId, tuple[Desk, Book]] = {}
        self.over: dict[MarketId, Desk] = {}
        """Closed markets, oldest first; those at the front are forgotten when nothing needs them any more (forgetting.py)."""
        self.past = Past()
        self.groups: dict[str, EventGroup] = {}
        self.dirty: dict[MarketId, Desk] = {}
        """Markets to decide about, in the order in which they became dirty."""
        self.order_count = 0
        self.refusals: Counter[Reason] = Counter()
        self.oddities: Counter[str] = Counter()
        """Facts that made no sense, by name; each also raised an alert."""
        self.foreign_orders = 0
        self.foreign_known_ns: Nanos = 0
        """When the latest complete report of what stands was asked for."""
        self.trades_known_ns: Nanos = 0
        """Every trade of ours before this moment has been reported to us."""
        self.settled_by_market: dict[MarketId, list[int]] = {}
        """Market → [trades that settled, trades that failed]."""
        self.fills_by: Counter[tuple[str, str]] = Counter()
        """Fills by (outcome, side)."""
        self.shares_by: Counter[tuple[str, str]] = Counter()
        """Filled micro-shares by (outcome, side)."""
        self.inferred_fills = 0
        self.settlements_failed = 0
        self.settlements_done = 0
        self.early_settlements: dict[tuple[TradeId, OrderId], list[SettlementStage]] = {}
        """Settlement steps that were told before their fill, in the order told; applied when the fill comes."""
        self.owed_fills: dict[OrderId, tuple[SharesMicro, Happening]] = {}
        """Orders that are over at the venue with more filled than we know: how much in all, and how they ended."""
        self.alerts: list[Alert] = []
        """Raised since the last decision; decide() sends them on."""

    def list_market(self, market: Market) -> Desk:
        """Open a desk for the market, or refresh its facts.

        One that is not paid out is open again when its end moves to later: venues trade past the end they named first, and name another.
        """
        desk = self.desks.get(market.market_id)
        if desk is None:
            desk = self.desks[market.market_id] = Desk(market, self.settings)
            self.by_token[market.yes] = (desk, desk.yes)
            self.by_token[market.no] = (desk, desk.no)
        elif market.tick_pips != desk.market.tick_pips:
            for book in (desk.yes, desk.no):
                book.change_tick(TickChanged(token=book.token, tick_pips=market.tick_pips, exchange_ns=book.exchange_ns))
        if desk.closed and desk.payout is None and _ends_later(market, desk.market):
            desk.closed = False
            self.over.pop(market.market_id, None)
        desk.market = market
        self._join_group(market)
        self.inventory.list_market(market)
        if market.end_ns is None:
            self.deadlines.clear(f"end {market.market_id}")
        else:
            self.deadlines.set(f"end {market.market_id}", market.end_ns)
        return desk

    def group_of(self, market: Market) -> EventGroup:
        """The event the market belongs to; a market without one is its own."""
        return self.groups[market.event_id or market.market_id]

    def list_event(self, group: EventGroup) -> None:
        """What is known of an event now. Markets of it that only we know of stay in it, and then its list is not whole."""
        known = self.groups.get(group.event_id)
        self.groups[group.event_id] = group
        for market_id in known.market_ids if known else ():
            if market_id in self.desks:
                self._join_group(self.desks[market_id].market)
        for market_id in group.market_ids:
            if market_id in self.desks:
                self.soil(self.desks[market_id])

    def _join_group(self, market: Market) -> None:
        """Without word that its markets exclude each other an event is taken as any number of markets that may all go wrong."""
        name = market.event_id or market.market_id
        group = self.groups.get(name)
        if group is None:
            self.groups[name] = EventGroup(event_id=name, market_ids=(market.market_id,), exclusive=False, exhaustive=False)
        elif market.market_id not in group.market_ids:
            gaps = (*group.gaps, f"market {market.market_id} is listed as of this event, and the event's own list does not have it")
            self.groups[name] = msgspec.structs.replace(
                group, market_ids=(*group.market_ids, market.market_id), exclusive=False, exhaustive=False, gaps=gaps if group.exclusive else ()
            )

    def close(self, desk: Desk) -> None:
        """Trading in this market is over, unless a listing moves its end to later."""
        desk.closed = True
        self.over.setdefault(desk.market.market_id, desk)

    def hold(self, desk: Desk, at_ns: Nanos) -> None:
        """The venue refused an order here: wait before the next one, twice as long each time, until it takes one."""
        desk.rejections += 1
        desk.held_until_ns = at_ns + min(HOLD_MAX_NS, HOLD_NS << min(desk.rejections - 1, 20))
        self.deadlines.set(f"held {desk.market.market_id}", desk.held_until_ns)

    def soil(self, desk: Desk) -> None:
        """Something about this market changed that a strategy must see, whatever the books look like."""
        desk.seen = ()
        self.touch(desk)

    def soil_all(self) -> None:
        """Something changed that concerns every market: whether we may trade, how much cash there is."""
        for desk in self.desks.values():
            self.soil(desk)

    def touch(self, desk: Desk) -> None:
        """The market's books may have changed."""
        if not desk.dirty:
            desk.dirty = True
            self.dirty[desk.market.market_id] = desk

    def alert(self, kind: str, text: str) -> None:
        """Tell a person, once a turn at most 20 times (the count goes on in `oddities`)."""
        self.oddities[kind] += 1
        if len(self.alerts) < 20:
            self.alerts.append(Alert(kind=kind, text=text))

    def settle_reservation(self, order: Order) -> None:
        """Bring reservation and inventory in step with what is left of an order.

        An order that is back from ABSENT has nothing reserved any more: what it still needs is set aside again, as far as that is free.
        """
        ledger, spec = self.ledger, order.spec
        if order.is_terminal:
            ledger.void(order.order_id)
        else:
            needed = reserve_micro(spec, self.desks[spec.market_id].market, order.remaining_micro)
            if ledger.reserved(order.order_id) < needed:
                self._reserve_again(order.order_id, CASH if spec.side is Side.BUY else spec.token, needed)
            else:
                ledger.shrink(order.order_id, needed)
        self.inventory.track(order, ledger.reserved(order.order_id))

    def _reserve_again(self, order_id: OrderId, asset: str, needed: int) -> None:
        """Set aside what is needed in place of what is left: a fee that nobody expected may have drawn on it too."""
        self.ledger.void(order_id)
        amount = min(needed, self.ledger.free(asset))
        if amount > 0:
            self.ledger.reserve(order_id, asset, amount)

    def find_ours(self, event: OrderFact) -> Order | None:
        """The order that a fact is about; an alarm when there is none."""
        order = self.blotter.find(event.order_id)
        if order is None:
            self.alert("fact about an unknown order", f"{type(event).__name__} for order {event.order_id}, which is not ours or long forgotten")
        return order

    def quarantine(self, order: Order, kind: str, text: str) -> None:
        """An invariant about this order broke: keep the evidence, stop its market, tell a person."""
        desk = self.desks[order.spec.market_id]
        desk.quarantine = desk.quarantine or text
        self.alert(kind, text)
        self.soil(desk)

    def settled_early(self, event: SettlementMoved) -> None:
        """Keep a settlement step whose fill has not been told yet."""
        stages = self.early_settlements.setdefault((event.trade_id, event.order_id), [])
        if event.stage not in stages:
            stages.append(event.stage)
        if len(self.early_settlements) > EARLY_SETTLEMENTS_MAX:
            del self.early_settlements[next(iter(self.early_settlements))]

    def listen(self, at_ns: Nanos) -> None:
        """A book is believed from now on: look for silence, unless that is arranged already."""
        if self.settings.silence_ns and "silence" not in self.deadlines:
            self.deadlines.set("silence", at_ns + self.settings.silence_ns // SILENCE_LOOKS)

    def silence(self, at_ns: Nanos) -> None:
        """Mark every book STALE that has not been heard of for too long, and look again as long as there is one left to lose."""
        bound = self.settings.silence_ns
        heard = False
        for desk in self.desks.values():
            if desk.closed:
                continue
            for book in (desk.yes, desk.no):
                if book.doubts & _STALE:
                    continue
                if at_ns - book.changed_ns > bound:
                    book.doubt(Doubt.SILENCE)
                    self.soil(desk)
                else:
                    heard = True
        if heard:
            self.listen(at_ns)


def _ends_later(told: Market, known: Market) -> bool:
    return told.end_ns is not None and (known.end_ns is None or told.end_ns > known.end_ns)


def fill_transfer_id(trade_id: str, order_id: str) -> str:
    """The ledger's name for one fill."""
    return f"{trade_id}/{order_id}"


def payout_transfer_id(name: str) -> str:
    """The ledger's name for a payout: of a market, or of one fill (or its undoing) that came after its market's."""
    return f"resolved {name}"
