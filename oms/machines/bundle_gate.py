"""The gate for a bundle: all of its legs together, or none. Each leg must be allowed by itself; then what they come to in sum.

While it is in flight a bundle counts at its worst: its orders are reserved like any others, so under each winner exactly those that hurt are taken
as filled. That is the worst loss of a broken bundle, and no limit is passed by it.
"""

from collections.abc import Mapping, Sequence

import msgspec

from oms.machines.inventory import Inventory
from oms.machines.ledger import CASH
from oms.machines.proof import broken_worst, flaw
from oms.machines.quoting import in_yes_terms
from oms.machines.risk import Gate, Reason, Situation, reserve_micro
from oms.values.bundles import Bundle, Leg, TransferKind
from oms.values.market import EventGroup, Market, MarketId
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import CashMicro, Pips


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle with what the gate must know."""

    bundle: Bundle
    group: EventGroup
    winners: tuple[MarketId, ...]
    situations: Mapping[MarketId, Situation]
    standing: Mapping[MarketId, Sequence[tuple[bool, Pips]]]
    """Our own open orders: (is a YES bid, YES price)."""
    orders_open: int


class BundleGate:
    """The door to a bundle."""

    def __init__(self, gate: Gate, inventory: Inventory) -> None:
        self._gate = gate
        self._inventory = inventory

    def refusal(self, wanted: Wanted) -> tuple[Reason, str] | None:
        """Why the bundle may not be; None: it may."""
        bundle = wanted.bundle
        markets = {name: situation.market for name, situation in wanted.situations.items()}
        wrong = flaw(bundle, wanted.group, markets, wanted.winners)
        if wrong:
            return Reason.PROOF_FAILS, wrong
        if -broken_worst(bundle, markets, wanted.winners) > self._gate.limits.bundle_loss_max_micro:
            return Reason.BUNDLE_LOSS_CAP, Reason.BUNDLE_LOSS_CAP.value
        for leg in bundle.legs:
            reason = self._leg(leg, wanted)
            if reason is not None:
                return reason, f"{leg.side.value} {markets[leg.market_id].outcome(leg.token)} of {leg.market_id}: {reason.value}"
        return self._sum(wanted, markets)

    def _leg(self, leg: Leg, wanted: Wanted) -> Reason | None:
        """What is wrong with one leg."""
        situation = wanted.situations[leg.market_id]
        spec = spec_of(leg)
        reason = self._gate.form(spec, situation)
        if reason is not None:
            return reason
        cost = reserve_micro(spec, situation.market) if spec.side is Side.BUY else spec.cost_micro
        if cost > self._gate.limits.order_max_micro:
            return Reason.ORDER_CAP
        standing = wanted.standing.get(leg.market_id, ())
        legs = sum(other.market_id == leg.market_id for other in wanted.bundle.legs)
        if len(standing) + legs > self._gate.limits.market_orders_max:
            return Reason.MARKET_ORDERS_CAP
        return own_cross(spec, situation.market, standing)

    def _sum(self, wanted: Wanted, markets: Mapping[MarketId, Market]) -> tuple[Reason, str] | None:
        """What all legs come to."""
        gate, inventory, limits = self._gate, self._inventory, self._gate.limits
        bundle = wanted.bundle
        splits = sum(transfer.shares_micro for transfer in bundle.before if transfer.kind is TransferKind.SPLIT)
        reserves = [reserve_micro(spec_of(leg), markets[leg.market_id]) for leg in bundle.legs if leg.side is Side.BUY]
        needed = sum(reserves) + splits
        at_ns = wanted.situations[bundle.legs[0].market_id].at_ns
        pairs, worse = self._pairs(bundle, markets)
        event_after = inventory.event_worst(wanted.group, pairs)
        event_is_worse = event_after < inventory.event_worst(wanted.group)
        found: Reason | None = None
        if gate.spendable_micro() < needed:
            found = Reason.NOT_ENOUGH_CASH
        elif wanted.orders_open + len(bundle.legs) > limits.total_orders_max:
            found = Reason.TOTAL_ORDERS_CAP
        elif inventory.day_spent(at_ns) + inventory.resting_buy_cash_micro + sum(reserves) > limits.day_spend_max_micro:
            found = Reason.DAY_SPEND_CAP
        elif any(-min(pair) > limits.market_loss_max_micro and min(pair) < inventory.market_worst(name) for name, pair in pairs.items()):
            found = Reason.MARKET_LOSS_CAP
        elif event_is_worse and -event_after > limits.event_loss_max_micro:
            found = Reason.EVENT_LOSS_CAP
        elif worse - inventory.total_worst_micro + inventory.foreign_micro > limits.total_loss_max_micro and gate.total_is_broken(
            wanted.group, pairs
        ):
            found = Reason.TOTAL_LOSS_CAP
        return None if found is None else (found, found.value)

    def _pairs(self, bundle: Bundle, markets: Mapping[MarketId, Market]) -> tuple[dict[MarketId, tuple[CashMicro, CashMicro]], CashMicro]:
        """Market → its outcome worsts with every leg standing; and by how much that is worse in sum, market by market."""
        pairs: dict[MarketId, tuple[CashMicro, CashMicro]] = {}
        for leg in bundle.legs:
            market = markets[leg.market_id]
            if_yes, if_no = pairs.get(leg.market_id) or self._inventory.outcome_worsts(leg.market_id)
            buying = leg.side is Side.BUY
            # A buy counts with all that is set aside for it, as the gate will count the order: else some legs would pass there and others not.
            reserve = reserve_micro(spec_of(leg), market)
            hurt = max(reserve, leg.cash_micro + leg.fee_micro) if buying else leg.shares_micro - leg.cash_micro + leg.fee_micro
            hurts_yes = (leg.token == market.yes) is not buying
            pairs[leg.market_id] = (if_yes - hurt, if_no) if hurts_yes else (if_yes, if_no - hurt)
        for market_id, pledged in pledges(bundle).items():
            if_yes, if_no = pairs.get(market_id) or self._inventory.outcome_worsts(market_id)
            pairs[market_id] = (if_yes, if_no - pledged)
        return pairs, sum(self._inventory.market_worst(name) - min(pair) for name, pair in pairs.items())


def pledges(bundle: Bundle) -> dict[MarketId, CashMicro]:
    """Market → what of the bundle nobody else may count on there if NO wins, from its first order to its end.

    NO that is to be converted stands against other losses until then; a conversion of k gives (k − 1) of k dollars back, so half a dollar a share at
    least, less the fee. Whatever else the bundle is by then (sent, filled, settled), its market comes to no less than this leaves.
    """
    turned = next((transfer for transfer in bundle.after if transfer.kind is TransferKind.CONVERT), None)
    if turned is None:
        return {}
    shares = turned.shares_micro
    kept = shares - shares * turned.fee_bps // 10_000
    return dict.fromkeys(turned.market_ids, shares - kept // 2)


def own_cross(spec: OrderSpec, market: Market, standing: Sequence[tuple[bool, Pips]]) -> Reason | None:
    """Would the order meet one of our own, in the same token or through a mint or a merge? `standing`: (is a YES bid, YES price)."""
    is_bid, price = in_yes_terms(spec.token, spec.side, spec.price_pips, market.yes)
    meets = any(other_is_bid is not is_bid and (other <= price if is_bid else other >= price) for other_is_bid, other in standing)
    return Reason.OWN_CROSS if meets else None


def spec_of(leg: Leg) -> OrderSpec:
    """The order that a leg is: a BUY is an amount of cash, a SELL of shares (ruling 2.10)."""
    size = leg.cash_micro if leg.side is Side.BUY else leg.shares_micro
    return OrderSpec(market_id=leg.market_id, token=leg.token, side=leg.side, price_pips=leg.price_pips, size_micro=size, lifetime=Lifetime.FOK)


def asset_of(spec: OrderSpec) -> str:
    """What is set aside for an order."""
    return CASH if spec.side is Side.BUY else spec.token
