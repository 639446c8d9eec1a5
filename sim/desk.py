"""The order desk: orders meet the pool, their money is frozen and moved, and every one of them ends once.

It owns all orders, standing or remembered, and the timers of those with an end. What an order has frozen, and that a match is cleared before the
next thing happens, is seen to here; whether an order is let in at all is the door's business (admission.py).
"""

from collections import deque
from typing import TYPE_CHECKING, Final

from sortedcontainers import SortedDict

from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import PRICE_ONE_PIPS, Nanos, cost_cash_micro
from sim.books import OrderKey
from sim.clearing import Clearing
from sim.listing import Listing, OrderRecord
from sim.outcomes import Accepted, Cancelled, CancelWhy, Executed, Leg, Outcome, Refusal, Resting, Trade
from sim.pool_orders import DUST_MICRO, Match, PoolOrder
from sim.settlement import Settlement

if TYPE_CHECKING:
    from sim.listing import TimerKey

REMEMBERED_MAX: Final = 40_000
"""Ended orders that are remembered, half an hour at twenty a second, about 30 MB; an order key is a duplicate as long as it is."""


class Desk:
    """All orders of all markets."""

    def __init__(self, clearing: Clearing, settlement: Settlement) -> None:
        self._clearing = clearing
        self._settlement = settlement
        self.orders: dict[OrderKey, OrderRecord] = {}
        """Standing and remembered. Read only for others."""
        self._standing_of: dict[str, dict[int | str, OrderRecord]] = {}
        self._timers: SortedDict[TimerKey, OrderRecord] = SortedDict()
        self._ended: deque[OrderKey] = deque()
        self._count = 0

    def standing(self, account: str) -> list[OrderRecord]:
        """What of this account stands, oldest first."""
        return list(self._standing_of.get(account, {}).values())

    def draft(self, key: OrderKey, spec: OrderSpec, listing: Listing) -> OrderRecord:
        """The order with its number, not yet known anywhere."""
        self._count += 1
        is_yes = spec.token == listing.market.yes
        pooled = PoolOrder(self._count, key[0], is_yes, spec.side is Side.BUY, spec.price_pips, spec.size_micro, spec.is_in_cash)
        return OrderRecord(key[0], key[1], spec, listing, pooled)

    def enter(self, record: OrderRecord, out: list[Outcome], at_ns: Nanos) -> Refusal | None:
        """Freeze, meet the pool, rest or end. A refusal (money, or nothing to take) changes nothing."""
        refusal = self._take(record, out, at_ns) if record.spec.is_immediate else self._place(record, out, at_ns)
        if refusal is None:
            self.orders[record.key] = record
            if not record.stands:
                self._forget_later(record.key)
        return refusal

    def next_expired(self, at_ns: Nanos) -> OrderRecord | None:
        """The first order whose time has come and that still stands."""
        if not self._timers:
            return None
        timer, record = self._timers.peekitem(0)
        return record if timer[0] <= at_ns else None

    def withdraw(self, record: OrderRecord, why: CancelWhy) -> Cancelled:
        """Take a standing order out of the pool and end it."""
        record.listing.touch(record.pooled)
        record.listing.pool.cancel(record.pooled.order_id)
        return self._end(record, why)

    def _place(self, record: OrderRecord, out: list[Outcome], at_ns: Nanos) -> Refusal | None:
        """A limit order: freeze the worst case, meet the pool, rest."""
        spec, pooled, listing = record.spec, record.pooled, record.listing
        refusal = self._freeze_limit(record)
        if refusal is not None:
            return refusal
        out.append(Accepted(account=record.account, order_key=record.order_key))
        matches = listing.pool.submit(pooled)
        if matches or listing.pool.dropped:
            self._clear(record, matches, out, at_ns)
        if not pooled.rung:
            self._end_taker(record, out)
            return None
        if spec.side is Side.BUY:
            self._clearing.rest(record.key, cost_cash_micro(pooled.size_micro, spec.price_pips))
        listing.standing[pooled.order_id] = record
        self._standing_of.setdefault(record.account, {})[pooled.order_id] = record
        timer = record.timer
        if timer is not None:
            self._timers[timer] = record
        listing.touch(pooled)
        out.append(Resting(account=record.account, order_key=record.order_key, left_micro=pooled.size_micro))
        return None

    def _freeze_limit(self, record: OrderRecord) -> Refusal | None:
        spec = record.spec
        if spec.side is Side.SELL:
            enough = self._clearing.freeze_shares(record.key, spec.token, spec.size_micro)
            return None if enough else Refusal.NOT_ENOUGH_SHARES
        curve = record.listing.market.fee
        fee = 0 if spec.post_only else curve.worst_fee_cash_micro(spec.size_micro, spec.price_pips, buying=True)
        enough = self._clearing.freeze_cash(record.key, spec.token, spec.cost_micro, fee)
        return None if enough else Refusal.NOT_ENOUGH_CASH

    def _take(self, record: OrderRecord, out: list[Outcome], at_ns: Nanos) -> Refusal | None:
        """An immediate order: look, freeze exactly that and its fees, and do it at once; nothing can come in between."""
        spec, pool = record.spec, record.listing.pool
        plan = pool.plan(record.pooled)
        if spec.side is Side.SELL:
            if not self._clearing.freeze_shares(record.key, spec.token, spec.size_micro):
                return Refusal.NOT_ENOUGH_SHARES
        else:
            curve = record.listing.market.fee
            fee = sum(curve.fee_cash_micro(shares, maker.price_pips) for maker, shares in plan.takes)
            if not self._clearing.freeze_cash(record.key, spec.token, spec.size_micro, fee):
                return Refusal.NOT_ENOUGH_CASH
        is_fok = spec.lifetime is Lifetime.FOK
        if not plan.takes or (is_fok and plan.left_micro >= DUST_MICRO):
            self._clearing.release(record.key)
            return Refusal.FOK_NOT_FILLABLE if is_fok else Refusal.NOTHING_TO_TAKE
        out.append(Accepted(account=record.account, order_key=record.order_key))
        self._clear(record, pool.execute(record.pooled, plan), out, at_ns)
        self._end_taker(record, out)
        return None

    def _clear(self, taker: OrderRecord, matches: list[Match], out: list[Outcome], at_ns: Nanos) -> None:
        """Settle each match as a trade, in order; end the makers that are through."""
        listing = taker.listing
        for match in matches:
            maker = listing.standing[match.maker.order_id]
            is_taker_last = match is matches[-1] and _is_complete(taker.pooled)
            trade = Trade(
                trade_id=self._settlement.next_id(),
                market_id=listing.market.market_id,
                kind=match.kind,
                taker=self._leg(taker, match, is_taker=True, is_last=is_taker_last),
                maker=self._leg(maker, match, is_taker=False, is_last=match.maker.size_micro == 0),
                at_ns=at_ns,
            )
            self._settlement.start(trade)
            listing.touch(match.maker)
            listing.print_trade(trade.taker, at_ns)
            out.append(Executed(trade=trade))
            if not match.maker.rung:
                self._end_maker(maker, out)
        for dropped in listing.pool.dropped:
            listing.touch(dropped)
            out.append(self._end(listing.standing[dropped.order_id], CancelWhy.SELF_TRADE))
        listing.pool.dropped = []

    def _leg(self, record: OrderRecord, match: Match, *, is_taker: bool, is_last: bool) -> Leg:
        price = match.taker_price_pips if is_taker else match.maker_price_pips
        cash = match.shares_micro * price // PRICE_ONE_PIPS  # exact: a match is a whole number of quanta
        side, fee = record.spec.side, 0
        if is_taker:
            fee = self._clearing.taker_fee(record.key, record.listing.market.fee, match.shares_micro, (side, price, cash))
        record.filled_shares_micro += match.shares_micro
        record.filled_cash_micro += cash
        return Leg(
            account=record.account,
            order_key=record.order_key,
            token=record.spec.token,
            side=side,
            price_pips=price,
            shares_micro=match.shares_micro,
            cash_micro=cash,
            fee_cash_micro=fee,
            is_last=is_last,
        )

    # How orders end.

    def _end_taker(self, record: OrderRecord, out: list[Outcome]) -> None:
        """A taker that does not rest: complete, or cancelled with what is left."""
        self._clearing.release(record.key)
        pooled = record.pooled
        if _is_complete(pooled) and record.filled_shares_micro:
            record.filled_whole = True
            return
        if pooled.size_micro < DUST_MICRO:
            record.why_ended = CancelWhy.DUST
        elif record.spec.is_immediate:
            record.why_ended = CancelWhy.UNFILLED
        else:
            record.why_ended = CancelWhy.SELF_TRADE
        out.append(_cancelled(record, record.why_ended))

    def _end_maker(self, record: OrderRecord, out: list[Outcome]) -> None:
        if record.pooled.size_micro:
            out.append(self._end(record, CancelWhy.DUST))
            return
        record.filled_whole = True
        self._unlist(record)

    def _end(self, record: OrderRecord, why: CancelWhy) -> Cancelled:
        record.why_ended = why
        self._unlist(record)
        return _cancelled(record, why)

    def _unlist(self, record: OrderRecord) -> None:
        """The order left the pool: free its reserve, drop it from every list of standing orders."""
        number = record.pooled.order_id
        self._clearing.release(record.key)
        del record.listing.standing[number], self._standing_of[record.account][number]
        timer = record.timer
        if timer is not None:
            del self._timers[timer]
        self._forget_later(record.key)

    def _forget_later(self, key: tuple[str, str]) -> None:
        self._ended.append(key)
        if len(self._ended) > REMEMBERED_MAX:
            del self.orders[self._ended.popleft()]


def _is_complete(pooled: PoolOrder) -> bool:
    """Nothing left, or less cash than buys anything (ruling 2.10)."""
    return pooled.size_micro == 0 or (pooled.is_in_cash and pooled.size_micro < DUST_MICRO)


def _cancelled(record: OrderRecord, why: CancelWhy) -> Cancelled:
    return Cancelled(account=record.account, order_key=record.order_key, why=why, left_micro=record.left_micro)
