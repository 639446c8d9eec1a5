"""Test vocabulary of risk: an account with money and its machines, joined as the engine joins them."""

from typing import Any

import msgspec

from oms.machines.blotter import Blotter, Order
from oms.machines.ledger import CASH, Answer, Ledger, Role
from oms.machines.lifecycle import Happening
from oms.machines.risk import Approved, Gate, Limits, Refused, Situation, reserve_micro
from oms.values.market import EventGroup, Market
from oms.values.orders import OrderSpec, Side
from oms.values.snapshot import Health
from oms.values.units import MICRO
from tests.oms.words_oms import given_fill, given_inventory, given_spec
from tests.words import NOON_NS, YES, given_market

BUY, SELL = Side.BUY, Side.SELL
ROOMY = Limits(
    order_max_micro=10**12, market_loss_max_micro=10**12, event_loss_max_micro=10**12, day_spend_max_micro=10**12, total_loss_max_micro=10**12
)
"""Limits that nothing here touches; each test narrows the one it is about."""


def roomy_but(**caps: int) -> Limits:
    """Narrow limits only where named."""
    return msgspec.structs.replace(ROOMY, **caps)


class Desk:
    """An account with money, its machines and the gate before them."""

    def __init__(self, *markets: Market, cash: int = 1_000, group: EventGroup | None = None, limits: Limits = ROOMY) -> None:
        self.markets = {market.market_id: market for market in markets or (given_market(),)}
        self.group = group
        self.blotter, self.ledger = Blotter(), Ledger()
        self.inventory = given_inventory(*self.markets.values())
        self.gate = Gate(limits, self.blotter, self.ledger, self.inventory)
        self.ledger.post("deposit", [(CASH, Role.DEPOSITS, Role.FREE, cash * MICRO)])
        self.now = NOON_NS
        self.count = 0
        self.unsettled: list[tuple[str, str, int, int]] = []
        """Trades that may still fail: (id, token, signed micro-shares, signed cash with the fee)."""

    def review(self, spec: OrderSpec, **otherwise: Any) -> Approved | Refused:  # noqa: ANN401 (any field of Situation)
        market = self.markets[spec.market_id]
        usual = Situation(
            at_ns=self.now,
            market=market,
            group=self.group,
            tick_pips=market.tick_pips,
            health=Health.LIVE,
            may_quote=True,
            may_take=True,
            is_closed=False,
        )
        return self.gate.review(spec, msgspec.structs.replace(usual, **otherwise))

    def place(self, spec: OrderSpec) -> Order:
        """Through the gate, reserved, opened and acknowledged."""
        verdict = self.review(spec)
        assert isinstance(verdict, Approved), verdict
        return self.open(verdict)

    def open(self, approved: Approved) -> Order:
        self.count += 1
        order = self.blotter.open(f"o{self.count}", approved.spec, "maker", "a test wants it")
        assert self.ledger.reserve(order.order_id, approved.reserve_asset, approved.reserve_micro) is Answer.APPLIED
        self.inventory.track(order, approved.reserve_micro)
        self.blotter.happen(order, Happening.SEND, self.now)
        self.blotter.happen(order, Happening.ACK, self.now)
        return order

    def fill(self, order: Order, shares_micro: int, *, fee_micro: int = 0) -> None:
        """At the limit, settled at once."""
        self.match(order, shares_micro, fee_micro=fee_micro)
        self.settle(-1, failed=False)

    def match(self, order: Order, shares_micro: int, *, fee_micro: int = 0) -> None:
        """At the limit, and not settled yet."""
        self.count += 1
        spec = order.spec
        fill = given_fill(f"t{self.count}", shares_micro=shares_micro, price_pips=spec.price_pips, order_id=order.order_id, fee_micro=fee_micro)
        self.blotter.fill(order, fill, self.now)
        legs = [(CASH, Role.FREE, Role.WORLD, fill.cash_micro), (spec.token, Role.WORLD, Role.FREE, shares_micro)]
        if spec.side is SELL:
            legs = [(asset, target, source, amount) for asset, source, target, amount in legs]
        if fee_micro:
            legs.append((CASH, Role.FREE, Role.FEES, fee_micro))
        self.ledger.post(fill.trade_id, legs, draw=order.order_id)
        sign = 1 if spec.side is BUY else -1
        self.unsettled.append((fill.trade_id, spec.token, sign * shares_micro, -sign * fill.cash_micro - fee_micro))
        self.inventory.filled(*self.unsettled[-1][1:], self.now)
        self._settle(order)

    def settle(self, index: int, *, failed: bool) -> None:
        """One of the trades becomes final."""
        trade_id, token, shares, cash = self.unsettled.pop(index)
        if failed:
            assert self.ledger.reverse(trade_id) is Answer.APPLIED
            self.inventory.failed(token, shares, cash)
        else:
            self.inventory.confirmed(token, shares, cash)

    def cancel(self, order: Order) -> None:
        self.blotter.happen(order, Happening.CANCEL_DONE, self.now)
        self._settle(order)

    def _settle(self, order: Order) -> None:
        if order.is_terminal:
            self.ledger.void(order.order_id)
        else:
            self.ledger.shrink(order.order_id, reserve_micro(order.spec, self.markets[order.spec.market_id], order.remaining_micro))
        self.inventory.track(order, self.ledger.reserved(order.order_id))

    def buy(self, price_pips: int, shares: int, *, token: str = YES) -> None:
        """Own them: bought and settled."""
        self.fill(self.place(given_spec(BUY, price_pips, shares, token=token)), shares * MICRO)


def twins(**facts: Any) -> tuple[Market, Market]:  # noqa: ANN401 (any field of Market)
    """Two markets of one event."""
    first = msgspec.structs.replace(given_market(), event_id="event", **facts)
    return (
        msgspec.structs.replace(first, market_id="m0", yes="y0", no="n0"),
        msgspec.structs.replace(first, market_id="m1", yes="y1", no="n1"),
    )


PAIR = EventGroup(event_id="event", market_ids=("m0", "m1"), exclusive=True, exhaustive=False)
