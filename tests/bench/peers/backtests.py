"""The same quoting strategy over the same changes in other people's backtests: nautilus' BacktestEngine and hftbacktest.

What is easier for them than for us: they are fed changes that are decoded, their strategy has fewer rules, and hftbacktest's is compiled. It leans
the middle against what it holds on each change, wants two rungs a side, leaves an order that is at most `PATIENCE` behind where it wants it, and
replaces one only when its cancel is confirmed.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from oms.values.market import Market, TokenId
from oms.values.units import MICRO, NS_PER_MS, Nanos, Pips, SharesMicro
from tests.bench.frames import START_NS
from tests.bench.peers.books import instrument
from tests.bench.peers.found import Theirs, load
from tests.bench.rounds import timed

Change = tuple[bool, Pips, SharesMicro]
"""(is bid, price, new size; 0: gone)."""
TICK: Final = 0.001
HALF_SPREAD: Final = 10
STEP: Final = 10
PATIENCE: Final = 10
SIZE: Final = 20.0
LEAN: Final = 0.05
"""Ticks the middle moves for each share that we hold. All as in config/replay.toml, in ticks."""
ORDER_NS: Final = 120 * NS_PER_MS
ANSWER_NS: Final = 80 * NS_PER_MS
"""The means of what our simulated venue draws."""


class History(msgspec.Struct, frozen=True):
    """One token's book, from its opening."""

    market: Market
    token: TokenId
    opening: Sequence[Change]
    changes: Sequence[tuple[Nanos, Sequence[Change]]]


class NautilusBacktest:
    """nautilus' BacktestEngine with one venue, a token or both, and the strategy, which sees the best prices, or also ten levels a side.

    It quotes the first token; of the other one it is told.
    """

    def __init__(self, histories: Sequence[History], *, sees_levels: bool) -> None:
        enums, objects = load("nautilus_trader.model.enums"), load("nautilus_trader.model.objects")
        engines, config = load("nautilus_trader.backtest.engine"), load("nautilus_trader.config")
        tokens = [instrument(history.market, history.token) for history in histories]
        given = tokens[0]
        quiet = config.LoggingConfig(bypass_logging=True)
        self.engine = engines.BacktestEngine(engines.BacktestEngineConfig(logging=quiet, run_analysis=False))
        self.engine.add_venue(
            venue=given.id.venue,
            oms_type=enums.OmsType.NETTING,
            account_type=enums.AccountType.MARGIN,
            starting_balances=[objects.Money(1_000_000, given.quote_currency)],
            base_currency=given.quote_currency,
            default_leverage=Decimal(1),
            book_type=enums.BookType.L2_MBP,
            latency_model=load("nautilus_trader.backtest.models").LatencyModel(ORDER_NS),
        )
        for token, history in zip(tokens, histories, strict=True):
            self.engine.add_instrument(token)
            self.engine.add_data(_deltas(token, history))
        self.quoter = _nautilus_quoter()(tokens, sees_levels=sees_levels)
        self.engine.add_strategy(self.quoter)

        self.commands = 0

    def run(self) -> float:
        """Seconds."""
        seconds = timed(self.engine.run)
        self.commands = self.quoter.commands
        self.engine.dispose()
        return seconds


def _deltas(given: Theirs, history: History) -> list[Theirs]:
    data, enums = load("nautilus_trader.model.data"), load("nautilus_trader.model.enums")

    def batch(changes: Sequence[Change], at_ns: Nanos) -> Theirs:
        found: list[Theirs] = []
        for is_bid, price, size in changes:
            side = enums.OrderSide.BUY if is_bid else enums.OrderSide.SELL
            level = data.BookOrder(side, given.make_price(price / 10_000), given.make_qty(size / MICRO), 0)
            action = enums.BookAction.UPDATE if size else enums.BookAction.DELETE
            flags = enums.RecordFlag.F_LAST if len(found) == len(changes) - 1 else 0
            found.append(data.OrderBookDelta(given.id, action, level, flags, 0, at_ns, at_ns))
        return data.OrderBookDeltas(given.id, found)

    return [batch(history.opening, START_NS), *(batch(changes, at_ns) for at_ns, changes in history.changes)]


def _nautilus_quoter() -> Theirs:
    """The strategy as a class of theirs; made when asked for, as its base is only there with them."""
    strategy, enums = load("nautilus_trader.trading.strategy").Strategy, load("nautilus_trader.model.enums")
    buy, sell = enums.OrderSide.BUY, enums.OrderSide.SELL

    class Quoter(strategy):  # type: ignore[misc, valid-type]
        def __init__(self, tokens: list[Theirs], *, sees_levels: bool) -> None:
            super().__init__()
            self.tokens = tokens
            self.given = tokens[0]
            self.sees_levels = sees_levels
            self.standing: list[Theirs] = [None] * 4
            self.prices = [0] * 4
            self.commands = 0

        def on_start(self) -> None:
            for token in self.tokens:
                self.subscribe_order_book_deltas(token.id, book_type=enums.BookType.L2_MBP)

        def on_order_book_deltas(self, deltas: Theirs) -> None:
            book = self.cache.order_book(deltas.instrument_id)
            if self.sees_levels:
                self.view = book.bids()[:10], book.asks()[:10]
            bid, ask = book.best_bid_price(), book.best_ask_price()
            if bid is None or ask is None or deltas.instrument_id != self.given.id:
                return
            best_bid, best_ask = round(float(bid) / TICK), round(float(ask) / TICK)
            centre = (best_bid + best_ask) / 2 - float(self.portfolio.net_position(self.given.id)) * LEAN
            for rung in (0, 1):
                away = HALF_SPREAD + rung * STEP
                self.want(rung, min(math.floor(centre - away), best_ask - 1))
                self.want(2 + rung, max(math.ceil(centre + away), best_bid + 1))

        def want(self, place: int, price: int) -> None:
            order, is_bid = self.standing[place], place < 2
            if order is not None and not order.is_closed:
                behind = price - self.prices[place] if is_bid else self.prices[place] - price
                if not (0 <= behind <= PATIENCE or order.is_pending_cancel or order.is_inflight):
                    self.cancel_order(order)
                    self.commands += 1
                return
            given, self.prices[place] = self.given, price
            order = self.order_factory.limit(given.id, buy if is_bid else sell, given.make_qty(SIZE), given.make_price(price * TICK), post_only=True)
            self.standing[place] = order
            self.submit_order(order)
            self.commands += 1

    return Quoter


class HftBacktest:
    """hftbacktest with the strategy compiled by numba; compiling is not timed."""

    _compiled: Theirs = None

    def __init__(self, history: History) -> None:
        numpy, hft = load("numpy"), load("hftbacktest")
        rows = [(START_NS, change) for change in history.opening]
        rows += [(at_ns, change) for at_ns, changes in history.changes for change in changes]
        events = numpy.zeros(len(rows), dtype=hft.types.event_dtype)
        kinds = hft.DEPTH_EVENT | hft.EXCH_EVENT | hft.LOCAL_EVENT
        for number, (at_ns, (is_bid, price, size)) in enumerate(rows):
            kind = kinds | (hft.BUY_EVENT if is_bid else hft.SELL_EVENT)
            events[number] = (kind, at_ns - NS_PER_MS, at_ns, price / 10_000, size / MICRO, 0, 0, 0.0)
        self._events = events
        if HftBacktest._compiled is None:
            HftBacktest._compiled = _hft_quoter()
            self.run()

    def run(self) -> float:
        """Seconds."""
        hft = load("hftbacktest")
        asset = (
            hft.BacktestAsset()
            .data([self._events])
            .linear_asset(1.0)
            .constant_order_latency(ORDER_NS, ANSWER_NS)
            .risk_adverse_queue_model()
            .no_partial_fill_exchange()
            .trading_value_fee_model(0.0, 0.0)
            .tick_size(0.001)
            .lot_size(0.01)
        )
        backtest = hft.HashMapMarketDepthBacktest([asset])
        self.commands = 0

        def work() -> None:
            self.commands = HftBacktest._compiled(backtest)

        seconds = timed(work)
        backtest.close()
        return seconds


def _hft_quoter() -> Theirs:
    hft, numpy = load("hftbacktest"), load("numpy")
    gtx, limit, forever = hft.GTX, hft.LIMIT, 10**18

    def quote(backtest: Theirs) -> int:
        commands, next_id = 0, 1
        view, standing = numpy.zeros(20), numpy.zeros(4, numpy.uint64)
        while backtest.wait_next_feed(False, forever) == 2:  # noqa: FBT003 (numba takes no keywords here)
            depth = backtest.depth(0)
            bid, ask = depth.best_bid_tick, depth.best_ask_tick
            for rank in range(10):
                view[rank], view[10 + rank] = depth.bid_qty_at_tick(bid - rank), depth.ask_qty_at_tick(ask + rank)
            centre = (bid + ask) / 2 - backtest.position(0) * LEAN
            backtest.clear_inactive_orders(0)
            orders = backtest.orders(0)
            for place in range(4):
                away, is_bid = HALF_SPREAD + (place % 2) * STEP, place < 2
                want = min(math.floor(centre - away), ask - 1) if is_bid else max(math.ceil(centre + away), bid + 1)
                order = orders.get(standing[place])
                if order is not None:
                    behind = want - order.price_tick if is_bid else order.price_tick - want
                    if not 0 <= behind <= PATIENCE and order.cancellable:
                        backtest.cancel(0, standing[place], False)  # noqa: FBT003
                        commands += 1
                    continue
                price = want * TICK
                if is_bid:
                    backtest.submit_buy_order(0, next_id, price, SIZE, gtx, limit, False)  # noqa: FBT003
                else:
                    backtest.submit_sell_order(0, next_id, price, SIZE, gtx, limit, False)  # noqa: FBT003
                standing[place] = next_id
                next_id += 1
                commands += 1
        return commands

    return load("numba").njit(quote)
