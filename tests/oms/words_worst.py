"""Test vocabulary of the two inventories: what a position comes to, counted out naively, and a notebook in which everything is written down."""

import itertools
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from oms.machines.blotter import Blotter, Order
from oms.machines.lifecycle import Happening
from oms.values.orders import OrderSpec, Side
from oms.values.snapshot import TokenHolding
from oms.values.units import cost_cash_micro, proceeds_cash_micro
from tests.oms.words_oms import given_fill, given_inventory, given_order, given_tracked
from tests.words import MARKET, NO, NOON_NS, YES, given_market

BUY, SELL = Side.BUY, Side.SELL
H = Happening
T = TypeVar("T")
Move = tuple[str, int, int]
"""(token, signed micro-shares, signed micro-cash) of a fill or of sets."""


def result(cash: int, held: dict[str, int], filled: Sequence[OrderSpec], winner: str) -> int:
    """What one market ends with, in plain words: cash, what the filled orders cost or brought, a dollar for every share of the winner."""
    shares = held.get(winner, 0)
    for spec in filled:
        if spec.side is BUY:
            cash -= cost_cash_micro(spec.size_micro, spec.price_pips)
            shares += spec.size_micro * (spec.token == winner)
        else:
            cash += proceeds_cash_micro(spec.size_micro, spec.price_pips)
            shares -= spec.size_micro * (spec.token == winner)
    return cash + shares


def subsets(things: Sequence[T]) -> list[tuple[T, ...]]:
    """Every choice among them, from none to all."""
    return [some for count in range(len(things) + 1) for some in itertools.combinations(things, count)]


def brute_worst(certain: Sequence[Move], unsettled: Sequence[Move], resting: Sequence[OrderSpec], winner: str) -> int:
    """The worst over every subset of the unsettled trades that fails and every subset of the resting orders that fills."""
    results = []
    for settled in subsets(unsettled):
        moves = (*certain, *settled)
        held = {token: sum(shares for owner, shares, _ in moves if owner == token) for token, _, _ in moves}
        cash = sum(money for _, _, money in moves)
        results += [result(cash, held, filled, winner) for filled in subsets(resting)]
    return min(results)


class Notebook:
    """Every fill and order written down one by one, and added up anew for each question."""

    def __init__(self) -> None:
        self.market = given_market()
        self.inventory = given_inventory(self.market)
        self.blotter = Blotter()
        self.orders: list[Order] = []
        self.provisional: list[tuple[Order, int, int]] = []
        self.certain: list[Move] = []
        self.retrying: list[tuple[Order, int, int]] = []

    def open(self, spec: OrderSpec) -> None:
        order = given_order(spec, H.ACK, order_id=f"o{len(self.orders)}", blotter=self.blotter)
        self.orders.append(order)
        given_tracked(self.inventory, order)

    def fill(self, order: Order, shares: int, number: int) -> None:
        fill = given_fill(f"t{number}", shares_micro=shares, price_pips=order.spec.price_pips, order_id=order.order_id)
        self.blotter.fill(order, fill, 1)
        sign = 1 if order.spec.side is BUY else -1
        self.provisional.append((order, sign * shares, -sign * fill.cash_micro))
        self.inventory.filled(order.spec.token, sign * shares, -sign * fill.cash_micro, NOON_NS)
        given_tracked(self.inventory, order)

    def cancel(self, order: Order) -> None:
        self.blotter.happen(order, H.CANCEL_DONE, 1)
        given_tracked(self.inventory, order)

    def settle(self, index: int, *, failed: bool) -> None:
        trade = order, shares, cash = self.provisional.pop(index)
        if trade in self.retrying:
            self.retrying.remove(trade)
            self.inventory.at_risk(order.spec.token, -shares)
        if failed:
            self.inventory.failed(order.spec.token, shares, cash)
        else:
            self.certain.append((order.spec.token, shares, cash))
            self.inventory.confirmed(order.spec.token, shares, cash)

    def retry(self, index: int) -> None:
        trade = order, shares, _ = self.provisional[index]
        if trade not in self.retrying:
            self.retrying.append(trade)
            self.inventory.at_risk(order.spec.token, shares)

    def split(self, shares: int) -> None:
        self.inventory.sets_changed(MARKET, shares)
        self.certain += [(YES, shares, -shares), (NO, shares, 0)]

    def holding(self, token: str) -> TokenHolding:
        """Added up anew."""
        resting = {side: sum(o.remaining_micro for o in self.blotter.all_open() if (o.spec.token, o.spec.side) == (token, side)) for side in Side}
        moves = [shares for order, shares, _ in self.provisional if order.spec.token == token]
        sold = -sum(shares for shares in moves if shares < 0)
        confirmed = sum(shares for owner, shares, _ in self.certain if owner == token)
        return TokenHolding(
            confirmed_micro=confirmed,
            provisional_micro=sum(moves),
            at_risk_micro=sum(shares for order, shares, _ in self.retrying if order.spec.token == token),
            resting_buy_micro=resting[BUY],
            resting_sell_micro=resting[SELL],
            sellable_micro=max(0, confirmed - sold - resting[SELL]),
        )

    def left(self) -> list[OrderSpec]:
        """What rests."""
        return [msgspec.structs.replace(order.spec, size_micro=order.remaining_micro) for order in self.blotter.all_open()]

    def unsettled(self) -> list[Move]:
        return [(order.spec.token, shares, cash) for order, shares, cash in self.provisional]

    def assert_equal(self) -> None:
        left = self.left()
        held = {token: self.holding(token).held_micro for token in (YES, NO)}
        worst_if = dict[str, int]()
        for winner in (YES, NO):  # whatever is not certain counts where it hurts
            alone = [brute_worst((), (trade,), (), winner) for trade in self.unsettled()] + [brute_worst((), (), (spec,), winner) for spec in left]
            worst_if[winner] = brute_worst(self.certain, (), (), winner) + sum(alone)
        inventory = self.inventory
        assert inventory.outcome_worsts(MARKET) == (worst_if[YES], worst_if[NO])
        assert inventory.total_worst_micro == min(worst_if.values())
        assert inventory.market_cash(MARKET) == sum(cash for _, _, cash in (*self.certain, *self.unsettled()))
        assert inventory.coming_micro == sum(cash for _, _, cash in self.unsettled() if cash > 0)
        buys = [spec for spec in left if spec.side is BUY]
        assert inventory.resting_buy_cash_micro == sum(cost_cash_micro(spec.size_micro, spec.price_pips) for spec in buys)
        assert inventory.holdings_worst() == max(0, min(held.values()))
        for token in (YES, NO):
            assert inventory.holding(token) == self.holding(token)
            assert inventory.sellable(token) == self.holding(token).sellable_micro
            assert inventory.held(token) == held[token]
