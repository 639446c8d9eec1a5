"""The gate: a flat list of refusals, each with a name; only what is Approved can become a command.

Resting orders count in every limit at their worst: that is the point of two inventories. An order that makes nothing worse (selling what we hold)
passes the loss limits even when they are already exceeded, because refusing it would keep us in trouble.

Day means UTC day (ruling 2.16). All limits are in 10⁻⁶ USD and read "at most".
"""

import enum
from collections.abc import Mapping

import msgspec

from oms.machines.blotter import Blotter
from oms.machines.counters import sale_cash_micro
from oms.machines.inventory import Inventory
from oms.machines.ledger import CASH, Ledger
from oms.values.market import EventGroup, Market, MarketId
from oms.values.orders import OrderSpec, Side
from oms.values.snapshot import Health
from oms.values.units import PRICE_ONE_PIPS, SIZE_MICRO_MAX, CashMicro, Nanos, Pips


class Reason(enum.Enum):
    """Why an order was not sent. The value is the sentence people read."""

    SESSION = "trading is paused, halted or not ready"
    POST_ONLY_ONLY = "the venue takes only post-only orders just now"
    TOKEN_FOREIGN = "the token is not one of this market's"
    VENUE_REFUSED = "the venue refused an order in this market a moment ago"
    MARKET_CLOSED = "the market is closed or resolved"
    BOOK_NOT_LIVE = "the book is not believed (SUSPECT or STALE)"
    END_UNKNOWN = "the market's end is unknown, and buying into an unknown end needs one configured"
    PRICE_OUT_OF_RANGE = "the price is not between 0 and 1"
    OFF_TICK = "the price is not on the market's tick"
    BAD_SIZE = "the size is not above zero or beyond anything a venue can hold"
    BELOW_VENUE_MINIMUM = "the size is below the venue's minimum"
    ORDER_CAP = "the order costs more than one order may"
    MARKET_ORDERS_CAP = "too many open orders in this market"
    TOTAL_ORDERS_CAP = "too many open orders in all"
    NOT_ENOUGH_SHARES = "not enough confirmed shares that are not already for sale"
    NOT_ENOUGH_CASH = "not enough free cash for the order and its worst fee"
    MARKET_LOSS_CAP = "the worst case of this market would exceed its limit"
    EVENT_LOSS_CAP = "the worst case of this event would exceed its limit"
    DAY_SPEND_CAP = "bought and resting buys of this UTC day would exceed the limit"
    TOTAL_LOSS_CAP = "the worst case of everything would exceed the limit"
    BUNDLE_LOSS_CAP = "the bundle would lose more than one may if only the wrong legs of it filled"
    PROOF_FAILS = "the bundle's proof does not add up, or says that an outcome loses"
    OWN_CROSS = "it would trade with an order of our own"


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every cap. Amounts in 10⁻⁶ USD."""

    order_max_micro: CashMicro = 100_000_000
    market_loss_max_micro: CashMicro = 300_000_000
    event_loss_max_micro: CashMicro = 600_000_000
    day_spend_max_micro: CashMicro = 50_000_000_000
    total_loss_max_micro: CashMicro = 2_000_000_000
    market_orders_max: int = 40
    total_orders_max: int = 1_000
    bundle_loss_max_micro: CashMicro = 100_000_000
    """The worst that one bundle may come to, whichever of its legs fill and whoever wins."""


class Situation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the gate must know beside inventory and money."""

    at_ns: Nanos
    market: Market
    group: EventGroup | None
    tick_pips: Pips
    """The token's tick now."""
    health: Health
    may_quote: bool
    may_take: bool
    is_closed: bool
    is_held: bool = False
    """The venue refused an order in this market a moment ago."""


class Approved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Passed. Carries what must be reserved, so that nobody reckons it twice."""

    spec: OrderSpec
    reserve_asset: str
    reserve_micro: int


class Refused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Not passed."""

    spec: OrderSpec
    reason: Reason


class Gate:
    """The only door to a Place command."""

    def __init__(self, limits: Limits, blotter: Blotter, ledger: Ledger, inventory: Inventory) -> None:
        self.limits = limits
        self._blotter = blotter
        self._ledger = ledger
        self._inventory = inventory

    def review(self, spec: OrderSpec, situation: Situation) -> Approved | Refused:
        """Judge one order."""
        reserve = reserve_micro(spec, situation.market)
        reason = self.form(spec, situation) or self._caps(spec, situation, reserve)
        if reason is not None:
            return Refused(spec=spec, reason=reason)
        return Approved(spec=spec, reserve_asset=CASH if spec.side is Side.BUY else spec.token, reserve_micro=reserve)

    def spendable_micro(self) -> CashMicro:
        """Free cash less what unsettled sales brought, which may go back, what strangers' orders on our account may cost, and what the venue has not.

        May be below 0.
        """
        inventory = self._inventory
        return self._ledger.free(CASH) - inventory.coming_micro - inventory.foreign_micro - inventory.missing_cash_micro

    def form(self, spec: OrderSpec, situation: Situation) -> Reason | None:
        """What is wrong with the order itself or the moment; None: nothing."""
        buying = spec.side is Side.BUY
        if not situation.may_quote:
            return Reason.SESSION
        if not (spec.post_only or situation.may_take):
            return Reason.POST_ONLY_ONLY
        if spec.token not in (situation.market.yes, situation.market.no):
            return Reason.TOKEN_FOREIGN
        if situation.is_held:
            return Reason.VENUE_REFUSED
        if situation.is_closed:
            return Reason.MARKET_CLOSED
        if situation.health is not Health.LIVE:
            return Reason.BOOK_NOT_LIVE
        if buying and situation.market.end_ns is None:
            return Reason.END_UNKNOWN
        if not 0 < spec.price_pips < PRICE_ONE_PIPS:
            return Reason.PRICE_OUT_OF_RANGE
        if spec.price_pips % situation.tick_pips:
            return Reason.OFF_TICK
        if not 0 < spec.size_micro <= SIZE_MICRO_MAX:
            return Reason.BAD_SIZE
        if spec.shares_micro < situation.market.min_shares_micro:
            return Reason.BELOW_VENUE_MINIMUM
        return None

    def _caps(self, spec: OrderSpec, situation: Situation, reserve: int) -> Reason | None:
        """What it would do to money."""
        limits, inventory = self.limits, self._inventory
        buying = spec.side is Side.BUY
        cost = reserve if buying else spec.cost_micro
        if cost > limits.order_max_micro:
            return Reason.ORDER_CAP
        if len(self._blotter.open_orders(spec.market_id)) >= limits.market_orders_max:
            return Reason.MARKET_ORDERS_CAP
        if self._blotter.open_count >= limits.total_orders_max:
            return Reason.TOTAL_ORDERS_CAP
        if not buying and inventory.sellable(spec.token) < spec.size_micro:
            return Reason.NOT_ENOUGH_SHARES
        if buying and self.spendable_micro() < reserve:
            return Reason.NOT_ENOUGH_CASH
        if_yes, if_no = inventory.outcome_worsts(spec.market_id)
        before = min(if_yes, if_no)
        hurt = reserve if buying else spec.size_micro - sale_cash_micro(spec, spec.size_micro, situation.market.fee)
        hurts_yes = (spec.token == situation.market.yes) is not buying
        pair = (if_yes - hurt, if_no) if hurts_yes else (if_yes, if_no - hurt)
        after = min(pair)
        worse = before - after
        if worse > 0 and -after > limits.market_loss_max_micro:
            return Reason.MARKET_LOSS_CAP
        if situation.group is not None:
            # Not `worse`: the outcome that hurts this market least may be the one that hurts the event most.
            event_after = inventory.event_worst(situation.group, {spec.market_id: pair})
            if -event_after > limits.event_loss_max_micro and event_after < inventory.event_worst(situation.group):
                return Reason.EVENT_LOSS_CAP
        if buying and inventory.day_spent(situation.at_ns) + inventory.resting_buy_cash_micro + reserve > limits.day_spend_max_micro:
            return Reason.DAY_SPEND_CAP
        if worse - inventory.total_worst_micro + inventory.foreign_micro > limits.total_loss_max_micro and (
            worse > 0 if situation.group is None else self.total_is_broken(situation.group, {spec.market_id: pair})
        ):
            return Reason.TOTAL_LOSS_CAP
        return None

    def total_is_broken(self, group: EventGroup, changed: Mapping[MarketId, tuple[CashMicro, CashMicro]]) -> bool:
        """Market by market it would be too much. Is it still, and worse than before, when of this event at most one market wins?"""
        inventory = self._inventory
        after = inventory.total_if(group, changed)
        return inventory.foreign_micro - after > self.limits.total_loss_max_micro and after < inventory.total_if(group)


def reserve_micro(spec: OrderSpec, market: Market, remaining_micro: int | None = None) -> int:
    """What to set aside for the order, or for the `remaining_micro` of it: shares for a sell; cash and the worst fee for a buy."""
    size = spec.size_micro if remaining_micro is None else remaining_micro
    if spec.side is Side.SELL or size == 0:
        return size
    left = msgspec.structs.replace(spec, size_micro=size) if size != spec.size_micro else spec
    if spec.post_only:
        return left.cost_micro
    if spec.is_in_cash:
        # More shares than at the limit may be bought; shares × p(1−p) for a fixed amount of cash grows as the price falls: (1−p) × cash × rate.
        return left.cost_micro + market.fee.worst_fee_for_cash(left.cost_micro)
    return left.cost_micro + market.fee.worst_fee_cash_micro(size, spec.price_pips, buying=True)
