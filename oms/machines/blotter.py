"""All our orders: facts through the tables, the audit trail, ids both ways.

An order is found by our id or the venue's; a fill is known by (trade id, order id) and applied once; whether a fill is the last one is decided
here from quantities, before the table is asked. Every transition is kept with its time and the quantity filled so far (requirements 2.36).

Memory is bounded: an order that ended, and whose trades are all final, is kept among the last `RETIRED_MAX` and then dropped, counters staying.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from oms.machines.lifecycle import TERMINAL, Happening, State, after
from oms.values.events import Filled
from oms.values.market import MarketId
from oms.values.orders import OrderId, OrderSpec, VenueOrderId
from oms.values.units import CashMicro, Nanos, SharesMicro, shares_for_cash_micro

RETIRED_MAX: Final = 20_000
"""Ended orders kept in memory: hours of late facts at ten orders a second, about 20 MB."""

DROP_LOOKS: Final = 4
"""Ended orders looked at for dropping whenever one ends."""

CASH_DUST_MICRO: Final = 10_000
"""An order sized in cash is done when less than a cent is left: no venue sells a lot for less."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """One transition of an order, in its audit trail."""

    at_ns: Nanos
    happening: Happening
    state: State
    filled_micro: SharesMicro


class Order(msgspec.Struct, eq=False, gc=False):
    """One order of ours and everything that happened to it. Changed only by the blotter. gc=False: it holds no cycles."""

    order_id: OrderId
    spec: OrderSpec
    strategy: str
    why: str
    venue_order_id: VenueOrderId = ""
    state: State = State.STAGED
    in_cash: bool = False
    remaining_micro: int = 0
    """What is still to fill, in the order's own unit (shares; cash for an immediate BUY). Never below zero."""
    filled_micro: SharesMicro = 0
    filled_cash_micro: CashMicro = 0
    fees_micro: CashMicro = 0
    fills: dict[str, Filled] = {}
    history: tuple[Step, ...] = ()
    sent_ns: Nanos = 0
    cancel_asked_ns: Nanos = 0
    is_cancel_taken: bool = False
    """The venue took a cancel of it, and has not said yet what was filled before."""
    unanswered: int = 0
    """Questions about it, asked while the venue was there, since anything was last learnt of it."""
    unsettled: int = 0
    failed_fills: int = 0

    def __post_init__(self) -> None:
        self.in_cash = self.spec.is_in_cash
        self.remaining_micro = self.spec.size_micro

    @property
    def is_terminal(self) -> bool:
        """Stands nowhere, as far as anybody knows."""
        return self.state in TERMINAL

    @property
    def remaining_shares_micro(self) -> SharesMicro:
        """What is still to fill in shares (for an order in cash: at its limit price)."""
        return shares_for_cash_micro(self.remaining_micro, self.spec.price_pips) if self.in_cash else self.remaining_micro


class FillVerdict:
    """What became of a Filled fact: names, compared by identity."""

    NEW: Final = "new"
    ALREADY_APPLIED: Final = "already applied"
    CONFLICT: Final = "conflicts with the fill applied under this trade id"
    OVERFILL: Final = "more than the order asked for"


class Blotter:
    """The orders."""

    def __init__(self) -> None:
        self._orders: dict[OrderId, Order] = {}
        self._by_venue_id: dict[VenueOrderId, OrderId] = {}
        self._open: dict[MarketId, dict[OrderId, Order]] = {}
        self._in_market: Counter[MarketId] = Counter()
        """Orders in memory, by market; no zeros."""
        self._retired: deque[OrderId] = deque()
        self.pinned: dict[OrderId, None] = {}
        """Orders that somebody still counts on (bundles in flight): they stay in memory, whatever else ends."""
        self.ended: dict[State, int] = dict.fromkeys(sorted(TERMINAL, key=lambda state: state.name), 0)
        """How many orders are in each terminal state, including those no longer in memory."""
        self.part_filled_ended = 0
        """Of the ended but not FILLED: how many had something filled."""
        self.undone = 0
        """Of the FILLED: how many had every one of their trades fail in settlement."""
        self.placed = 0
        self.fill_count = 0
        self.open_count = 0
        self.dropped: list[Order] = []
        """Orders just dropped from memory, for the engine to forget elsewhere; emptied by it."""

    def find(self, order_id: OrderId) -> Order | None:
        """By our id."""
        return self._orders.get(order_id)

    def find_by_venue_id(self, venue_order_id: VenueOrderId) -> Order | None:
        """By the venue's id."""
        order_id = self._by_venue_id.get(venue_order_id)
        return None if order_id is None else self._orders.get(order_id)

    def open_orders(self, market_id: MarketId) -> dict[OrderId, Order]:
        """Orders of this market that are not terminal, oldest first. Read only."""
        return self._open.get(market_id, {})

    def all_open(self) -> list[Order]:
        """Every order that is not terminal."""
        return [order for orders in self._open.values() for order in orders.values()]

    def in_memory(self) -> list[Order]:
        """Every order still in memory, oldest first."""
        return list(self._orders.values())

    def newest_first(self) -> Iterator[Order]:
        """Every order still in memory, the latest placed first. Nothing may be placed meanwhile."""
        return reversed(self._orders.values())

    def remembers(self, market_id: MarketId) -> bool:
        """An order of this market is in memory."""
        return market_id in self._in_market

    def unpin(self, order_ids: Iterable[OrderId]) -> None:
        """Nobody counts on these any more."""
        for order_id in order_ids:
            self.pinned.pop(order_id, None)

    def forget_market(self, market_id: MarketId) -> None:
        """There will be no order in this market any more, and none is in memory."""
        assert not self.remembers(market_id), f"market {market_id} is forgotten before its orders"
        self._open.pop(market_id, None)

    def open(self, order_id: OrderId, spec: OrderSpec, strategy: str, why: str) -> Order:
        """A new order, STAGED."""
        assert order_id not in self._orders, f"order id {order_id} is used twice"
        order = Order(order_id, spec, strategy, why)
        self._orders[order_id] = order
        self._open.setdefault(spec.market_id, {})[order_id] = order
        self._in_market[spec.market_id] += 1
        self.placed += 1
        self.open_count += 1
        return order

    def name(self, order: Order, venue_order_id: VenueOrderId) -> None:
        """The venue's id for the order became known (before sending, where it can be computed)."""
        if venue_order_id and not order.venue_order_id:
            order.venue_order_id = venue_order_id
            self._by_venue_id[venue_order_id] = order.order_id

    def happen(self, order: Order, happening: Happening, at_ns: Nanos) -> State:
        """Move the order. Returns the state before. Raises IllegalTransition for a blank cell, changing nothing."""
        was_part = _is_part_filled_end(order)
        before = self._move(order, happening, at_ns)
        self.part_filled_ended += _is_part_filled_end(order) - was_part
        return before

    def fill(self, order: Order, fill: Filled, at_ns: Nanos) -> str:
        """Apply one fill once. Returns one of FillVerdict's names; only NEW changed anything.

        Raises:
            IllegalTransition: the order cannot have fills (REJECTED); nothing was changed.
        """
        known = order.fills.get(fill.trade_id)
        if known is not None:
            return FillVerdict.ALREADY_APPLIED if _same_fill(known, fill) else FillVerdict.CONFLICT
        spec = order.spec
        shares, cash = order.filled_micro + fill.shares_micro, order.filled_cash_micro + fill.cash_micro
        left = spec.size_micro - (cash if order.in_cash else shares)
        if left < -CASH_DUST_MICRO:
            return FillVerdict.OVERFILL
        is_last = left < CASH_DUST_MICRO if order.in_cash else left <= 0
        happening = Happening.LAST_FILL if is_last else Happening.PART_FILL
        after(order.order_id, order.state, happening)  # a blank cell stops here, before any change
        was_part, was_undone = _is_part_filled_end(order), _is_undone(order)
        order.fills[fill.trade_id] = fill
        order.filled_micro, order.filled_cash_micro = shares, cash
        order.remaining_micro = max(0, left)
        order.fees_micro += fill.fee_cash_micro
        order.unsettled += 1
        self.fill_count += 1
        self._move(order, happening, at_ns)
        self.part_filled_ended += _is_part_filled_end(order) - was_part
        self.undone += _is_undone(order) - was_undone
        return FillVerdict.NEW

    def settled(self, order: Order, *, failed: bool) -> None:
        """One of the order's trades became final."""
        was_undone = _is_undone(order)
        order.unsettled -= 1
        order.failed_fills += failed
        assert order.unsettled >= 0
        self.undone += _is_undone(order) - was_undone

    def _move(self, order: Order, happening: Happening, at_ns: Nanos) -> State:
        before = order.state
        now = after(order.order_id, before, happening)
        order.state = now
        step, last = Step(at_ns, happening, now, order.filled_micro), order.history[-1] if order.history else None
        # An echo of the latest step (a doubled ACK, a reply lost again) tells nothing new, and echoes have no bound.
        if last is None or last.happening is not happening or last.state is not now or last.filled_micro != step.filled_micro:
            order.history += (step,)
            order.unanswered = 0
        if now is not before:
            self._file(order, before, now)
        return before

    def _file(self, order: Order, before: State, now: State) -> None:
        """Keep the counters and the list of open orders in step with a change of state."""
        was, ends = before in TERMINAL, now in TERMINAL
        if was:
            self.ended[before] -= 1
        if ends:
            self.ended[now] += 1
        if ends and not was:
            del self._open[order.spec.market_id][order.order_id]
            self.open_count -= 1
            self._retired.append(order.order_id)
            self._drop_oldest()
        elif was and not ends:  # back from ABSENT
            self._open.setdefault(order.spec.market_id, {})[order.order_id] = order
            self.open_count += 1

    def _drop_oldest(self) -> None:
        """Keep memory bounded. An order that is still settling goes to the back of the queue; one that is open again comes back when it ends.

        A few are looked at each time, because each one still settling is in the way of one that could go.
        """
        for _ in range(DROP_LOOKS):
            if len(self._retired) <= RETIRED_MAX:
                return
            order = self._orders.get(self._retired.popleft())
            if order is None or not order.is_terminal:
                continue
            if order.unsettled or order.order_id in self.pinned:
                self._retired.append(order.order_id)
                continue
            del self._orders[order.order_id]
            self._by_venue_id.pop(order.venue_order_id, None)
            market_id = order.spec.market_id
            self._in_market[market_id] -= 1
            if not self._in_market[market_id]:
                del self._in_market[market_id]
            self.dropped.append(order)


def _same_fill(one: Filled, two: Filled) -> bool:
    return (one.price_pips, one.shares_micro, one.cash_micro, one.fee_cash_micro) == (
        two.price_pips,
        two.shares_micro,
        two.cash_micro,
        two.fee_cash_micro,
    )


def _is_part_filled_end(order: Order) -> int:
    """1 when the order ended with some but not all of it filled."""
    return int(order.state in TERMINAL and order.state is not State.FILLED and bool(order.fills))


def _is_undone(order: Order) -> int:
    """1 when the order is FILLED and every one of its trades failed in settlement."""
    return int(order.state is State.FILLED and 0 < order.failed_fills == len(order.fills))
