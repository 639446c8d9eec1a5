"""The frozen view of one market that a strategy gets, made from the machines: books without what nobody can trade with us, holdings, our orders."""

from collections.abc import Mapping
from typing import Final

from oms.machines.blotter import Order
from oms.machines.book import Book
from oms.machines.lifecycle import State as OrderState
from oms.machines.quoting import in_yes_terms
from oms.state import Desk, State
from oms.values.levels import Level
from oms.values.orders import OrderId
from oms.values.snapshot import BookView, Doubt, RestingOrder, Snapshot
from oms.values.units import PRICE_ONE_PIPS, Nanos, Pips, SharesMicro

Hidden = Mapping[tuple[bool, Pips], SharesMicro]
"""(is a YES bid, YES price) → displayed shares that nobody can trade with us."""

_DOUBTS: Final = tuple(Doubt(bits) for bits in range(2 * max(Doubt)))
"""Every set of doubts, made once: making one takes as long as a look at the book."""


def snapshot_of(state: State, desk: Desk, at_ns: Nanos) -> Snapshot:
    """One market as its strategies see it now."""
    market, inventory = desk.market, state.inventory
    orders = state.blotter.open_orders(market.market_id)
    resting = tuple(
        [
            RestingOrder(
                order_id=order.order_id,
                token=order.spec.token,
                side=order.spec.side,
                price_pips=order.spec.price_pips,
                remaining_micro=order.remaining_shares_micro,
            )
            for order in orders.values()
        ]
    )
    hidden = _hidden(state, desk, orders)
    return Snapshot(
        market=market,
        at_ns=at_ns,
        yes=_book_view(desk.yes, hidden, is_yes=True),
        no=_book_view(desk.no, hidden, is_yes=False),
        yes_holding=inventory.holding(market.yes),
        no_holding=inventory.holding(market.no),
        resting=resting,
        cash_free_micro=state.gate.spendable_micro(),
    )


def _hidden(state: State, desk: Desk, orders: Mapping[OrderId, Order]) -> Hidden:
    """Displayed size that is not somebody else's to trade with: what our simulated orders took, and our own orders where the book shows them."""
    hidden = dict(desk.debts) if desk.debts else {}
    if state.settings.own_orders_in_book:
        yes = desk.market.yes
        for order in orders.values():
            if order.state is OrderState.LIVE or order.state is OrderState.CANCELLING:
                spec = order.spec
                key = in_yes_terms(spec.token, spec.side, spec.price_pips, yes)
                hidden[key] = hidden.get(key, 0) + order.remaining_shares_micro
    return hidden


def _book_view(book: Book, hidden: Hidden, *, is_yes: bool) -> BookView:
    bids, asks = book.top_bids(), book.top_asks()
    if hidden:
        bids = _without(bids, hidden, is_bid=True, is_yes=is_yes)
        asks = _without(asks, hidden, is_bid=False, is_yes=is_yes)
    return BookView(
        token=book.token,
        bids=bids,
        asks=asks,
        health=book.health,
        doubts=_DOUBTS[book.doubts],
        epoch=book.epoch,
        changed_ns=book.changed_ns,
        tick_pips=book.tick_pips,
        exchange_ns=book.exchange_ns,
    )


def _without(levels: tuple[Level, ...], hidden: Hidden, *, is_bid: bool, is_yes: bool) -> tuple[Level, ...]:
    """The levels less what is hidden at each price; a level with nothing left is gone. The same tuple when nothing of it is hidden."""
    found: list[Level] = []
    is_yes_bid = is_bid is is_yes
    changed = False
    for level in levels:
        price, size = level
        less = hidden.get((is_yes_bid, price if is_yes else PRICE_ONE_PIPS - price))
        if less is None:
            found.append(level)
            continue
        changed = True
        if size > less:
            found.append((price, size - less))
    return tuple(found) if changed else levels
