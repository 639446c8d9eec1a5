"""One market on the exchange: its facts, its pool, its orders, and what the public is told about its book."""

import enum

import msgspec
from msgspec.structs import replace

from oms.values.events import BookReset, Event, LevelsChanged, MarketFact, TickChanged, Traded
from oms.values.levels import Level, LevelChange
from oms.values.market import Market, TokenId
from oms.values.orders import OrderSpec, Side
from oms.values.units import PRICE_ONE_PIPS, CashMicro, Nanos, Pips, SharesMicro
from sim.matching import Pool
from sim.outcomes import CancelWhy, Leg
from sim.pool_orders import PoolOrder, SelfTrades

TimerKey = tuple[Nanos, int]
"""(end time, order number): ties end in the order of arrival."""


class MarketState(enum.Enum):
    """A market's life (requirement 3.34)."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    """No orders any more; shares are still worth something."""
    RESOLVED = "RESOLVED"
    """Paid out, by a payout vector or as a refund."""


class OrderRecord(msgspec.Struct, eq=False, gc=False):
    """One order at the exchange, standing or ended. Read only for others."""

    account: str
    order_key: str
    spec: OrderSpec
    listing: "Listing"
    pooled: PoolOrder
    filled_shares_micro: SharesMicro = 0
    filled_cash_micro: CashMicro = 0
    filled_whole: bool = False
    """Complete, by its own unit."""
    why_ended: CancelWhy | None = None
    """None: stands or is complete."""

    @property
    def key(self) -> tuple[str, str]:
        """(account, order key)."""
        return self.account, self.order_key

    @property
    def left_micro(self) -> int:
        """Not filled, in the order's own unit."""
        return self.pooled.size_micro

    @property
    def stands(self) -> bool:
        """It rests in the book."""
        return self.pooled.rung > 0

    @property
    def timer(self) -> TimerKey | None:
        """When it ends by itself; None: never."""
        number = self.pooled.order_id
        assert isinstance(number, int), "the exchange numbers its orders"
        return None if self.spec.expires_ns is None else (self.spec.expires_ns, number)


class Listing:
    """One market: pool, state, and the changes that the public has not been told yet."""

    def __init__(self, market: Market, self_trades: SelfTrades) -> None:
        self.market = market
        self.pool = Pool(market.tick_pips, self_trades)
        self.state = MarketState.OPEN
        self.standing: dict[int | str, OrderRecord] = {}
        """By order number, oldest first."""
        self._touched: dict[tuple[Pips, bool], None] = {}
        self._trades: list[MarketFact] = []
        self.changed_ns: Nanos = 0

    def touch(self, order: PoolOrder) -> None:
        """The level of this order changed."""
        self._touched[order.yes_pips, order.is_bid] = None

    def print_trade(self, taker: Leg, at_ns: Nanos) -> None:
        """A trade happened: the public hears the taker's token, side and price."""
        self._trades.append(
            Traded(token=taker.token, price_pips=taker.price_pips, shares_micro=taker.shares_micro, taker_side=taker.side, exchange_ns=at_ns)
        )

    def change_tick(self, tick_pips: Pips, at_ns: Nanos) -> list[Event]:
        """New orders must fit the new step; resting orders stay as they are. Raises BadPoolOrder: not a step that divides a dollar."""
        self.pool.regrid(tick_pips)
        self.market = replace(self.market, tick_pips=tick_pips)
        return [TickChanged(token=token, tick_pips=tick_pips, exchange_ns=at_ns) for token in (self.market.yes, self.market.no)]

    def news(self, at_ns: Nanos) -> list[Event]:
        """What happened since the last call: trades, then the new absolute sizes of all changed levels, once for each token."""
        told: list[Event] = [*self._trades]
        self._trades.clear()
        if not self._touched:
            return told
        self.changed_ns = at_ns
        yes: list[LevelChange] = []
        no: list[LevelChange] = []
        for yes_pips, is_bid in self._touched:
            size = self.pool.size_micro(yes_pips, is_bid=is_bid)
            yes.append((Side.BUY if is_bid else Side.SELL, yes_pips, size))
            no.append((Side.SELL if is_bid else Side.BUY, PRICE_ONE_PIPS - yes_pips, size))
        self._touched.clear()
        bid, ask = self.pool.best_bid_pips, self.pool.best_ask_pips
        market = self.market
        told.append(LevelsChanged(token=market.yes, levels=tuple(yes), exchange_ns=at_ns, best_bid_pips=bid, best_ask_pips=ask))
        told.append(
            LevelsChanged(
                token=market.no, levels=tuple(no), exchange_ns=at_ns, best_bid_pips=PRICE_ONE_PIPS - ask, best_ask_pips=PRICE_ONE_PIPS - bid
            )
        )
        return told

    def book(self, token: TokenId) -> BookReset:
        """The whole book of one token, best first: the other token's is its exact mirror (polymarket.md fact 8)."""
        bids, asks = self.pool.depth(is_bid=True), self.pool.depth(is_bid=False)
        if token == self.market.no:
            bids, asks = _mirrored(asks), _mirrored(bids)
        return BookReset(token=token, bids=tuple(bids), asks=tuple(asks), exchange_ns=self.changed_ns, tick_pips=self.market.tick_pips)


def _mirrored(levels: list[Level]) -> list[Level]:
    return [(PRICE_ONE_PIPS - price, size) for price, size in levels]
