"""Test vocabulary of the machines: orders, fills and books. Prices in pips, sizes in whole shares or dollars unless the name says micro."""

from oms.machines.blotter import Blotter, Order
from oms.machines.book import Book
from oms.machines.inventory import Inventory
from oms.machines.lifecycle import Happening
from oms.machines.risk import reserve_micro
from oms.values.events import BookReset, Filled, LevelsChanged
from oms.values.levels import LevelChange
from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_MS
from tests.words import MARKET, NOON_NS, YES, Ladder, given_market


def given_spec(
    side: Side = Side.BUY,
    price_pips: int = 4_000,
    shares: int = 100,
    *,
    token: str = YES,
    market_id: str = MARKET,
    lifetime: Lifetime = Lifetime.GTC,
    post_only: bool = True,
) -> OrderSpec:
    """What we ask for; for an immediate buy `shares` are dollars."""
    return OrderSpec(
        market_id=market_id,
        token=token,
        side=side,
        price_pips=price_pips,
        size_micro=shares * MICRO,
        lifetime=lifetime,
        post_only=post_only and lifetime is Lifetime.GTC,
    )


def given_order(spec: OrderSpec, *happenings: Happening, order_id: str = "o1", blotter: Blotter | None = None, strategy: str = "maker") -> Order:
    """An order that was sent, and to which then happened what is named."""
    blotter = blotter or Blotter()
    order = blotter.open(order_id, spec, strategy, "a test wants it")
    for happening in (Happening.SEND, *happenings):
        blotter.happen(order, happening, NOON_NS)
    return order


def given_fill(
    trade_id: str,
    shares: int = 0,
    *,
    price_pips: int = 4_000,
    order_id: str = "o1",
    shares_micro: int | None = None,
    cash_micro: int | None = None,
    fee_micro: int = 0,
) -> Filled:
    """A match of our order, at its price unless told otherwise."""
    amount = shares * MICRO if shares_micro is None else shares_micro
    return Filled(
        order_id=order_id,
        trade_id=trade_id,
        price_pips=price_pips,
        shares_micro=amount,
        cash_micro=amount * price_pips // 10_000 if cash_micro is None else cash_micro,
        fee_cash_micro=fee_micro,
        is_maker=True,
        exchange_ns=NOON_NS,
    )


def given_inventory(*markets: Market) -> Inventory:
    """An inventory that knows the markets; the usual one when none is named."""
    inventory = Inventory()
    for market in markets or (given_market(),):
        inventory.list_market(market)
    return inventory


def given_tracked(inventory: Inventory, order: Order, market: Market | None = None) -> None:
    """The order is counted, with the reservation that the gate would make."""
    inventory.track(order, reserve_micro(order.spec, market or given_market(), order.remaining_micro))


def told_book(bids: Ladder, asks: Ladder, at_ms: int = 0, *, token: str = YES, hash_text: str = "", from_rest: bool = False) -> BookReset:
    """A full book of whole shares, stamped `at_ms` after noon."""
    return BookReset(
        token=token,
        bids=tuple((price, shares * MICRO) for price, shares in bids),
        asks=tuple((price, shares * MICRO) for price, shares in asks),
        exchange_ns=NOON_NS + at_ms * NS_PER_MS,
        hash=hash_text,
        from_rest=from_rest,
    )


def told_change(
    *levels: tuple[Side, int, int], at_ms: int = 1, token: str = YES, hash_text: str = "", best: tuple[int | None, int | None] = (None, None)
) -> LevelsChanged:
    """New absolute sizes (side, price, whole shares), stamped `at_ms` after noon."""
    changes: tuple[LevelChange, ...] = tuple((side, price, shares * MICRO) for side, price, shares in levels)
    return LevelsChanged(
        token=token, levels=changes, exchange_ns=NOON_NS + at_ms * NS_PER_MS, hash=hash_text, best_bid_pips=best[0], best_ask_pips=best[1]
    )


def given_live_book(bids: Ladder = ((4_900, 10),), asks: Ladder = ((5_100, 10),), *, tick_pips: int = 100, token: str = YES) -> Book:
    """A book that was told completely at noon and is believed."""
    book = Book(token, tick_pips)
    assert book.reset(told_book(bids, asks, token=token), NOON_NS)
    return book
