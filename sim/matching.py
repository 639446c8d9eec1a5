"""One pool a market: price-time priority over both tokens at once.

Everything is told in **YES pips**: buying NO at q is selling YES at 1 − q, so BUY YES and SELL NO stand on the bid side, SELL YES and BUY NO on
the ask side, and one list of levels indexed by rung (`yes_pips // step`) holds both: an uncrossed pool has bids below the best ask and asks
above the best bid, never both on a rung. A level is an insertion-ordered dict of its orders, so time priority is the dict's order and a cancel
is O(1) and leaves nothing behind (trap T6). A trade prints at the maker's price.

**The exact-cash rule.** Shares × pips need not divide 10 000. Instead of rounding money, the pool only trades whole *quanta*: the smallest number
of micro-shares whose cost at that price is a whole number of micro-dollars, 10 000 / gcd(price, 10 000): at most 100 on a one-cent grid (the
venue's own four decimals of a share), at most 10 000 (0.01 share) on any. p and 1 − p have the same quantum, so the cash of every match is exact
on both sides: a buyer pays what a seller gets, and the two payments of a mint are exactly the collateral. What is left of an order below one
quantum cannot trade any more: it is dust and leaves the pool (`size_micro` then still says how much it was).

Not here: money, validation of who may trade, time. What surprised us: `next(iter(d))` walks over the holes that deletions leave at the front of a
dict, so a level eaten order by order costs a little more than O(1); a sweep iterates once and does not.
"""

from functools import lru_cache
from math import gcd

from oms.values.units import PRICE_ONE_PIPS, Pips, SharesMicro
from sim.pool_orders import DUST_MICRO, QUANTUM_MICRO, BadPoolOrder, Kind, Match, Plan, PoolId, PoolOrder, SelfTrades


@lru_cache(maxsize=64)
def _grid(step_pips: Pips) -> tuple[dict[Pips, int], dict[Pips, int]]:
    """Price → rung for YES and for NO prices; a price off the grid is not in them. Shared by all pools of one step."""
    count = PRICE_ONE_PIPS // step_pips
    return {n * step_pips: n for n in range(1, count)}, {n * step_pips: count - n for n in range(1, count)}


class Pool:
    """The resting orders of one market, and how a new one meets them."""

    def __init__(self, step_pips: Pips = 100, self_trades: SelfTrades = SelfTrades.OFF) -> None:
        self.self_trades = self_trades
        self.orders: dict[PoolId, PoolOrder] = {}
        """Everything that rests. Read only for others."""
        self.dropped: list[PoolOrder] = []
        """Resting orders that self-trade prevention took away in the last execution."""
        _check_step(step_pips)
        self._lay_grid(step_pips)

    def _lay_grid(self, step_pips: Pips) -> None:
        self.step_pips = step_pips
        self._yes_rungs, self._no_rungs = _grid(step_pips)
        self._top = PRICE_ONE_PIPS // step_pips
        self._levels: list[dict[PoolId, PoolOrder] | None] = [None] * self._top
        self._sizes: list[SharesMicro] = [0] * self._top
        self._bid = 0
        self._ask = self._top

    def regrid(self, step_pips: Pips) -> None:
        """Make room for prices that are multiples of `step_pips`; resting orders keep price and priority. A coarser step changes nothing.

        Raises:
            BadPoolOrder: not a step that divides a dollar.
        """
        _check_step(step_pips)
        finer = gcd(step_pips, self.step_pips)
        if finer == self.step_pips:
            return
        factor = self.step_pips // finer
        levels, sizes, bid, ask = self._levels, self._sizes, self._bid * factor, self._ask * factor
        self._lay_grid(finer)
        self._levels[::factor], self._sizes[::factor], self._bid, self._ask = levels, sizes, bid, ask
        for order in self.orders.values():
            order.rung *= factor

    # What stands.

    @property
    def best_bid_pips(self) -> Pips:
        """In YES pips; 0: no bids."""
        return self._bid * self.step_pips

    @property
    def best_ask_pips(self) -> Pips:
        """In YES pips; 10 000: no asks."""
        return self._ask * self.step_pips

    @property
    def spread_pips(self) -> Pips | None:
        """Best ask − best bid; None if a side is empty."""
        return (self._ask - self._bid) * self.step_pips if self._bid and self._ask < self._top else None

    def size_micro(self, yes_pips: Pips, *, is_bid: bool) -> SharesMicro:
        """All that rests at this YES price on this side."""
        rung = self._yes_rungs.get(yes_pips, 0)
        return self._sizes[rung] if rung and (rung <= self._bid if is_bid else rung >= self._ask) else 0

    def depth(self, *, is_bid: bool, levels: int = PRICE_ONE_PIPS) -> list[tuple[Pips, SharesMicro]]:
        """(YES price, size) of up to `levels` levels, best first."""
        rungs = range(self._bid, 0, -1) if is_bid else range(self._ask, self._top)
        found = []
        for rung in rungs:
            if self._sizes[rung]:
                found.append((rung * self.step_pips, self._sizes[rung]))
                if len(found) >= levels:
                    break
        return found

    def queue(self, yes_pips: Pips) -> list[PoolOrder]:
        """The orders at this YES price, first to trade first."""
        return list((self._levels[self._yes_rungs[yes_pips]] or {}).values())

    def would_cross(self, order: PoolOrder) -> bool:
        """Would it meet a resting order?"""
        rung = self._rung(order)
        return rung >= self._ask if order.is_buy is order.is_yes else rung <= self._bid

    # What happens.

    def submit(self, order: PoolOrder) -> list[Match]:
        """A limit order in shares: trade what crosses, then rest what is left (`order.rung` says whether it rests).

        Raises:
            BadPoolOrder: the order cannot stand in this pool.
        """
        order_id, size, is_bid = order.order_id, order.size_micro, order.is_buy is order.is_yes
        rung = (self._yes_rungs if order.is_yes else self._no_rungs).get(order.price_pips, 0)
        if not rung or size <= 0 or order.is_in_cash or order_id in self.orders:
            raise BadPoolOrder(self._complaint(order))
        matches: list[Match] = []
        if rung >= self._ask if is_bid else rung <= self._bid:
            plan = self.plan(order)
            matches = self.execute(order, plan)
            size = order.size_micro if plan.may_rest else 0
        if size < QUANTUM_MICRO[order.price_pips]:
            return matches
        level = self._levels[rung]
        if level is None:
            self._levels[rung] = {order_id: order}
        else:
            level[order_id] = order
        self.orders[order_id] = order
        self._sizes[rung] += size
        order.rung = rung
        if is_bid:
            if rung > self._bid:
                self._bid = rung
        elif rung < self._ask:
            self._ask = rung
        return matches

    def take(self, order: PoolOrder, *, all_or_nothing: bool = False) -> list[Match]:
        """An immediate order (FAK; FOK if `all_or_nothing`): trade what is there, never rest. A FOK that cannot be filled changes nothing."""
        plan = self.plan(order)
        if all_or_nothing and plan.left_micro >= DUST_MICRO:
            return []
        return self.execute(order, plan)

    def plan(self, order: PoolOrder) -> Plan:
        """What this order would take at its limit or better, without doing it."""
        limit = self._rung(order)
        plan = Plan([], order.size_micro, may_rest=True, drops=[])
        rungs = range(self._ask, limit + 1) if order.is_buy is order.is_yes else range(self._bid, limit - 1, -1)
        for rung in rungs:
            if self._sizes[rung] and not self._plan_level(order, rung, plan):
                break
        return plan

    def _plan_level(self, order: PoolOrder, rung: int, plan: Plan) -> bool:
        """Add one level to the plan. False: the order is done."""
        price = rung * self.step_pips if order.is_yes else PRICE_ONE_PIPS - rung * self.step_pips
        quantum, left = QUANTUM_MICRO[price], plan.left_micro
        watches_self = self.self_trades is not SelfTrades.OFF
        for maker in (self._levels[rung] or {}).values():
            if watches_self and maker.owner == order.owner:
                if self.self_trades is SelfTrades.CANCEL_NEWEST:
                    plan.may_rest = False
                    break
                plan.drops.append(maker)
                continue
            shares = left * PRICE_ONE_PIPS // price if order.is_in_cash else left
            if maker.size_micro < shares:
                shares = maker.size_micro
            shares -= shares % quantum
            if shares:
                plan.takes.append((maker, shares))
                left -= shares * price // PRICE_ONE_PIPS if order.is_in_cash else shares
            if not left:
                break
            if maker.size_micro - shares >= quantum:  # dust: too little for a maker that still stands, so it may not stand against it
                plan.may_rest = False
                break
        plan.left_micro = left
        return left > 0 and plan.may_rest

    def execute(self, order: PoolOrder, plan: Plan) -> list[Match]:
        """Do what was planned just now."""
        matches = []
        for maker, shares in plan.takes:
            maker.size_micro -= shares
            self._sizes[maker.rung] -= shares
            if maker.size_micro < QUANTUM_MICRO[maker.price_pips]:
                self._remove(maker)
            if maker.is_yes is order.is_yes:
                kind, price = Kind.COMPLEMENTARY, maker.price_pips
            else:
                kind, price = (Kind.MINT if order.is_buy else Kind.MERGE), PRICE_ONE_PIPS - maker.price_pips
            matches.append(Match(maker, order, kind, shares, maker.price_pips, price))
        self.dropped = plan.drops
        for dropped in plan.drops:
            self._remove(dropped)
        order.size_micro = plan.left_micro
        return matches

    def cancel(self, order_id: PoolId) -> PoolOrder | None:
        """Take an order out; None if it does not rest here (filled, cancelled or never known)."""
        order = self.orders.get(order_id)
        if order is not None:
            self._remove(order)
        return order

    def reduce(self, order_id: PoolId, size_micro: SharesMicro) -> bool:
        """Make a resting order smaller in place: it keeps its priority. False if it does not rest here.

        Raises:
            BadPoolOrder: not smaller, or below one quantum (cancel it instead).
        """
        order = self.orders.get(order_id)
        if order is None:
            return False
        if not QUANTUM_MICRO[order.price_pips] <= size_micro <= order.size_micro:
            raise BadPoolOrder(f"{size_micro} micro-shares is not a smaller size for an order of {order.size_micro}")
        self._sizes[order.rung] -= order.size_micro - size_micro
        order.size_micro = size_micro
        return True

    def _remove(self, order: PoolOrder) -> None:
        rung, sizes = order.rung, self._sizes
        level = self._levels[rung]
        assert level is not None, "a resting order has a level"
        del level[order.order_id], self.orders[order.order_id]
        sizes[rung] -= order.size_micro
        order.rung = 0
        if not sizes[rung]:
            if rung == self._bid:
                while rung and not sizes[rung]:
                    rung -= 1
                self._bid = rung
            elif rung == self._ask:
                while rung < self._top and not sizes[rung]:
                    rung += 1
                self._ask = rung

    def _rung(self, order: PoolOrder) -> int:
        rung = (self._yes_rungs if order.is_yes else self._no_rungs).get(order.price_pips, 0)
        if not rung or order.size_micro <= 0:
            raise BadPoolOrder(self._complaint(order))
        return rung

    def _complaint(self, order: PoolOrder) -> str:
        if order.order_id in self.orders:
            return f"order {order.order_id} already rests here"
        if order.size_micro <= 0:
            return f"order {order.order_id} asks for nothing"
        if order.is_in_cash:
            return f"order {order.order_id} is sized in cash and cannot rest"
        return f"order {order.order_id}: {order.price_pips} pips is not on the grid of {self.step_pips} pips inside (0, 1)"


def _check_step(step_pips: Pips) -> None:
    if not 0 < step_pips <= PRICE_ONE_PIPS // 2 or PRICE_ONE_PIPS % step_pips:
        raise BadPoolOrder(f"a step of {step_pips} pips does not divide a dollar")
