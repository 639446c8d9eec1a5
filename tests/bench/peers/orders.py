"""Other people's matching of orders, doing the same list of operations: a yardstick in C, what PyPI has, and nautilus' engine.

PyPI has no C extension that matches as fast as C can, so the yardstick is a file of our own (yardstick.c). What was tried besides: nanobook 0.19.2
(Rust) does not come back after some 15,000 of these operations; litebook 0.0.1 (Rust) and orderly-chaos 0.2.0 (C++ through ctypes) are not faster
than liquibook; order-book 0.6.1 (C) keeps levels and matches nothing.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tests.bench.frames import given_market
from tests.bench.peers.books import instrument
from tests.bench.peers.found import Theirs, here, load

Operation = tuple[int, bool, int, int]
"""(order number, is a bid, YES price in pips; 0: cancel, micro-shares)."""
Works = dict[str, Callable[[], int]]
"""Each does the whole list once on a new book; returns how many matches were made."""
YARDSTICK: Final = "C yardstick"


def bare(todo: Sequence[Operation]) -> Works:
    """Those that are here and report fills."""
    found: Works = {}
    if here("steelyard_yardstick"):
        found[YARDSTICK] = lambda: _yardstick(todo)
    if here("liquibook"):
        found["liquibook in C++"] = lambda: _liquibook(todo)
    if here("lightmatchingengine"):
        found["lightmatchingengine"] = lambda: _light(todo)
    return found


def _yardstick(todo: Sequence[Operation]) -> int:
    matches, book = 0, load("steelyard_yardstick").Book()
    submit, cancel = book.submit, book.cancel
    for number, is_bid, price, size in todo:
        if price:
            fills = submit(number, is_bid, price, size)
            if fills:
                matches += len(fills)
        else:
            cancel(number)
    return matches


def _liquibook(todo: Sequence[Operation]) -> int:
    """Its sizes have 32 bits, so it counts in hundredths of a share. Fills come by callback, and without one for each event it raises."""
    liquibook, matches = load("liquibook"), 0

    class Listener(liquibook.OrderListener):  # type: ignore[misc, name-defined]
        def on_accept(self, order: Theirs) -> None: ...

        def on_cancel(self, order: Theirs) -> None: ...

        def on_cancel_reject(self, order: Theirs, why: Theirs) -> None: ...

        def on_fill(self, maker: Theirs, taker: Theirs, size: int, cost: int) -> None:
            nonlocal matches
            matches += 1
            maker.fill(size, cost, 0)
            taker.fill(size, cost, 0)

    listener, book, orders = Listener(), liquibook.DepthOrderBook(), {}
    book.set_order_listener(listener)
    new = liquibook.SimpleOrder
    for number, is_bid, price, size in todo:
        if price:
            order = orders[number] = new(is_bid, price, size // 10_000)
            book.add(order)
        else:
            book.cancel(orders[number])
    return matches


def _light(todo: Sequence[Operation]) -> int:
    """A cancel of an order that is filled is a broken assertion there, so it is spared that."""
    engine, orders, matches = load("lightmatchingengine.lightmatchingengine").LightMatchingEngine(), {}, 0
    for number, is_bid, price, size in todo:
        if price:
            orders[number], trades = engine.add_order("market", price, size, 1 if is_bid else 2)
            matches += sum(trade.order_id != orders[number].order_id for trade in trades)
        elif orders[number].leaves_qty:
            engine.cancel_order(orders[number].order_id, "market")
    return matches


class NautilusMatching:
    """nautilus' OrderMatchingEngine: it fills our orders against a book of levels that is given and stays, with fees and events, cash elsewhere.

    Resting orders of different owners do not meet there, so it has less to match than an exchange.
    """

    def __init__(self) -> None:
        component, ids = load("nautilus_trader.common.component"), load("nautilus_trader.model.identifiers")
        enums, models = load("nautilus_trader.model.enums"), load("nautilus_trader.backtest.models")
        clock = component.TestClock()
        bus = component.MessageBus(ids.TraderId("BENCH-001"), clock)
        bus.register("ExecEngine.process", self._sink)
        market = given_market(0)
        self._instrument = instrument(market, market.yes)
        self._cache = load("nautilus_trader.cache.cache").Cache()
        self._cache.add_instrument(self._instrument)
        self._account = ids.AccountId("POLYMARKET-001")
        self._factory = load("nautilus_trader.common.factories").OrderFactory(ids.TraderId("BENCH-001"), ids.StrategyId("S-1"), clock)
        self.engine = load("nautilus_trader.backtest.engine").OrderMatchingEngine(
            instrument=self._instrument,
            raw_id=0,
            fill_model=models.FillModel(),
            fee_model=models.MakerTakerFeeModel(),
            book_type=enums.BookType.L2_MBP,
            oms_type=enums.OmsType.NETTING,
            account_type=enums.AccountType.MARGIN,
            msgbus=bus,
            cache=self._cache,
            clock=clock,
            support_gtd_orders=False,
            support_contingent_orders=False,
        )
        self._sides = (enums.OrderSide.SELL, enums.OrderSide.BUY)
        self.fills = 0
        data, action = load("nautilus_trader.model.data"), enums.BookAction.ADD
        for rung in range(1, 401):
            for is_bid in (False, True):
                price = self._instrument.make_price((5_000 - rung * 10 if is_bid else 5_000 + rung * 10) / 10_000)
                level = data.BookOrder(self._sides[is_bid], price, self._instrument.make_qty(10_000), 0)
                self.engine.process_order_book_delta(data.OrderBookDelta(self._instrument.id, action, level, 0, 0, 0, 0))

    def _sink(self, event: Theirs) -> None:
        """What nautilus' ExecutionEngine does at the least: the order takes the event, the cache the order."""
        order = self._cache.order(event.client_order_id)
        order.apply(event)
        self._cache.update_order(order)
        self.fills += type(event).__name__ == "OrderFilled"

    def work(self, todo: Sequence[Operation]) -> int:
        """Do the list; returns how many fills there were."""
        cancel_order, uuid = load("nautilus_trader.execution.messages").CancelOrder, load("nautilus_trader.core.uuid").UUID4
        given, engine, account, orders = self._instrument, self.engine, self._account, {}
        for number, is_bid, price, size in todo:
            if price:
                order = self._factory.limit(given.id, self._sides[is_bid], given.make_qty(size / 1_000_000), given.make_price(price / 10_000))
                orders[number] = order
                self._cache.add_order(order)
                engine.process_order(order, account)
            else:
                order = orders[number]
                names = (order.trader_id, order.strategy_id, order.instrument_id, order.client_order_id, order.venue_order_id)
                engine.process_cancel(cancel_order(*names, uuid(), 0), account)
        return self.fills
