"""From matches to what users of the venue are told: orders as they change, trades as the venue groups them, settlement as it proceeds.

The exchange says what each operation did (sim/outcomes.py), match by match and in its own keys. `VenueTrades.told` turns that into happenings, one by
one: a listener reads the live record at once, so each happening shows the order as it was at that point. Matches of one taker at one price are one
trade (records.py). Pure.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from oms.values.events import SettlementStage
from oms.values.market import Market, MarketId
from oms.values.orders import Lifetime, TradeId
from oms.values.units import Nanos
from sim.exchange import Exchange
from sim.gateway.ids import checksummed, hash_text, uuid_text
from sim.gateway.records import Happening, OrderFacts, OrderMove, OrderMoved, TradeMoved, VenueTrade
from sim.outcomes import Accepted, Cancelled, CancelWhy, Executed, Leg, Outcome, Resting, SettlementStepped, Trade

REMEMBERED_MAX: Final = 100_000
"""Ended orders and final trades that are remembered, as at the exchange."""
ACCOUNT_TRADES_MAX: Final = 10_000
"""Trades of one account that can be asked for; older ones are forgotten."""
_FINAL: Final = (SettlementStage.CONFIRMED, SettlementStage.FAILED)
_STATUS: Final = {CancelWhy.EXPIRED: "CANCELED_EXPIRED_ORDER", CancelWhy.MARKET_CLOSED: "CANCELED_MARKET_RESOLVED"}


class VenueTrades:
    """All orders and trades that users can ask for."""

    def __init__(self, exchange: Exchange, seed: int) -> None:
        self._exchange = exchange
        self._seed = seed
        self.orders: dict[str, OrderFacts] = {}
        """By order id; standing and remembered. Read only for others."""
        self.trades: dict[str, VenueTrade] = {}
        """By trade id. Read only for others."""
        self.trades_of: dict[str, deque[VenueTrade]] = {}
        """By account, oldest first. Read only for others."""
        self._by_key: dict[tuple[str, str], OrderFacts] = {}
        self._by_match: dict[TradeId, VenueTrade] = {}
        self._ended: deque[OrderFacts] = deque()
        self._final: deque[VenueTrade] = deque()
        self._count = 0
        self._drafted: OrderFacts | None = None

    def draft(self, order: OrderFacts) -> None:
        """An order that is about to be submitted under its id."""
        self._drafted = order

    def hold(self, order: OrderFacts) -> None:
        """An order that waits before it meets the book: it is known, and cannot be sent again."""
        order.status = "DELAYED"
        self._by_key[order.account, order.order_id] = self.orders[order.order_id] = order

    def release(self, order: OrderFacts) -> None:
        """The wait is over; the order is about to be submitted."""
        order.status = "LIVE"

    def drop(self, order: OrderFacts) -> OrderMoved:
        """An order that waited was then refused."""
        order.status = "CANCELED"
        self._end(order)
        return OrderMoved(OrderMove.CANCELLATION, order)

    def told(self, outcomes: Sequence[Outcome], at_ns: Nanos) -> Iterator[Happening]:
        """What these outcomes mean for users, in order. Must be read to its end."""
        matches: list[Trade] = []
        bucket = 0
        for outcome in outcomes:
            if matches and not (isinstance(outcome, Executed) and outcome.trade.taker.price_pips == matches[0].taker.price_pips):
                yield from self._matched(matches, bucket, at_ns)
                matches, bucket = [], bucket + 1
            if isinstance(outcome, Executed):
                matches.append(outcome.trade)
            elif isinstance(outcome, SettlementStepped):
                yield from self._settled(outcome, at_ns)
            elif isinstance(outcome, Accepted | Resting | Cancelled):
                yield from self._of_order(outcome, at_ns)
        if matches:
            yield from self._matched(matches, bucket, at_ns)

    def _of_order(self, outcome: Accepted | Resting | Cancelled, at_ns: Nanos) -> Iterator[OrderMoved]:
        order = self._facts(outcome.account, outcome.order_key, at_ns)
        if isinstance(outcome, Accepted):
            if order.spec.lifetime in (Lifetime.GTC, Lifetime.GTD):
                yield OrderMoved(OrderMove.PLACEMENT, order)
        elif isinstance(outcome, Resting):
            order.rests = True
        else:
            order.status = _STATUS.get(outcome.why, "CANCELED")
            self._end(order)
            yield OrderMoved(OrderMove.CANCELLATION, order)

    def _matched(self, matches: list[Trade], bucket: int, at_ns: Nanos) -> Iterator[Happening]:
        self._count += 1
        first = matches[0]
        trade = VenueTrade(
            trade_id=uuid_text(self._seed, "trade", self._count),
            number=self._count,
            market=self.market(first.market_id),
            bucket_index=bucket,
            taker=self._facts(first.taker.account, first.taker.order_key, at_ns),
            makers=[(self._facts(match.maker.account, match.maker.order_key, at_ns), match.maker) for match in matches],
            matches=matches,
            matched_ns=at_ns,
            updated_ns=at_ns,
        )
        self.trades[trade.trade_id] = trade
        for match in matches:
            self._by_match[match.trade_id] = trade
        for account in dict.fromkeys([trade.taker.account, *(order.account for order, _ in trade.makers)]):
            self.trades_of.setdefault(account, deque(maxlen=ACCOUNT_TRADES_MAX)).append(trade)
        moved = [self._fill(order, leg, trade) for order, leg in [*trade.makers, *((trade.taker, match.taker) for match in matches)]]
        yield TradeMoved(trade)
        for order in dict.fromkeys(moved):
            yield OrderMoved(OrderMove.UPDATE, order)

    def _fill(self, order: OrderFacts, leg: Leg, trade: VenueTrade) -> OrderFacts:
        order.matched_micro += leg.shares_micro
        order.paid_micro += leg.cash_micro
        if trade.trade_id not in order.trade_ids:
            order.trade_ids.append(trade.trade_id)
        if leg.is_last:
            order.status = "MATCHED"
            self._end(order)
        return order

    def _settled(self, outcome: SettlementStepped, at_ns: Nanos) -> Iterator[TradeMoved]:
        """A step of one match; the matches of a trade step together, so the first of them tells it."""
        trade = self._by_match.get(outcome.trade.trade_id)
        if trade is None or trade.stage is outcome.stage:
            return
        trade.stage, trade.updated_ns = outcome.stage, at_ns
        if outcome.stage is not SettlementStage.RETRYING and not trade.transaction_hash:
            trade.transaction_hash = hash_text(self._seed, "transaction", trade.number)
        if outcome.stage in _FINAL:
            self._final.append(trade)
            if len(self._final) > REMEMBERED_MAX:
                self._forget(self._final.popleft())
        yield TradeMoved(trade)

    def _forget(self, trade: VenueTrade) -> None:
        del self.trades[trade.trade_id]
        for match in trade.exchange_ids:
            del self._by_match[match]

    def _end(self, order: OrderFacts) -> None:
        order.rests = False
        self._ended.append(order)
        if len(self._ended) > REMEMBERED_MAX:
            gone = self._ended.popleft()
            self._by_key.pop((gone.account, gone.order_id), None)
            self.orders.pop(gone.order_id, None)

    def facts(self, account: str, order_key: str) -> OrderFacts | None:
        """An order by its key at the exchange; None: never seen, or too long ago."""
        return self._by_key.get((account, order_key))

    def _facts(self, account: str, order_key: str, at_ns: Nanos) -> OrderFacts:
        """The record of an order that the exchange just spoke of; a trader inside the process may have sent it without one."""
        found = self._by_key.get((account, order_key))
        if found is not None:
            return found
        drafted = self._drafted
        if drafted is not None and (drafted.account, drafted.order_id) == (account, order_key):
            order = drafted
        else:
            record = self._exchange.find(account, order_key)
            assert record is not None, "the exchange remembers what it just spoke of"
            order = OrderFacts(
                order_id=hash_text(account, order_key),
                account=account,
                maker_address=address_of(account),
                owner="",
                spec=record.spec,
                created_ns=at_ns,
            )
        self._by_key[account, order_key] = self.orders[order.order_id] = order
        return order

    def market(self, market_id: MarketId) -> Market:
        """A market as it is now. Raises KeyError: no such market."""
        return self._exchange.listings[market_id].market


def address_of(account: str) -> str:
    """The address of an account in EIP-55 case; a trader inside the process, who has none, gets one made of his name."""
    return checksummed(account if account.startswith("0x") and len(account) == 42 else "0x" + hash_text(account)[26:])
