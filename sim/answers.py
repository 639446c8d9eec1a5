"""What the exchange tells of orders, by itself or when we ask: of one order, all that stands, our trades. Nothing here changes anything.

Our trades are remembered here, because the exchange remembers orders and trades of everybody and would have to search them.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from oms.values import events as e
from oms.values.market import TokenId
from oms.values.orders import OrderId
from oms.values.units import Nanos, SharesMicro
from sim.exchange import Exchange
from sim.outcomes import Accepted, Cancelled, CancelWhy, Refusal, Refused

REMEMBERED_MAX: Final = 5_000
"""Trades of ours that can be asked for: hours at ten orders a second. As many as settlement.py remembers: nobody may ask for older ones."""
_CANCEL_REFUSALS: Final = (Refusal.ORDER_UNKNOWN, Refusal.ORDER_ENDED)


class Answers:
    """The venue's answers to one account."""

    def __init__(self, exchange: Exchange, account: str) -> None:
        self._exchange = exchange
        self._account = account
        self._fills: deque[tuple[Nanos, e.Filled]] = deque(maxlen=REMEMBERED_MAX)

    @property
    def remembered(self) -> int:
        """How many trades of ours can be asked for."""
        return len(self._fills)

    def remember(self, at_ns: Nanos, fill: e.Filled) -> None:
        """A trade of ours happened."""
        self._fills.append((at_ns, fill))

    def about(self, order_id: OrderId) -> e.Event | None:
        """Where the order stands, as a fact; None: the exchange does not know it."""
        record = self._exchange.find(self._account, order_id)
        if record is None:
            return None
        if record.stands or record.filled_whole:
            return e.Acked(order_id=order_id, venue_order_id=f"sim-{order_id}")
        if record.why_ended is CancelWhy.EXPIRED:
            return e.Expired(order_id=order_id, filled_micro=record.filled_shares_micro)
        why = record.why_ended.value if record.why_ended else ""
        return e.CancelDone(order_id=order_id, why=why, filled_micro=record.filled_shares_micro)

    def open_orders(self, asked_ns: Nanos) -> e.OpenOrdersReported:
        """All that stands."""
        rows = tuple(
            [
                e.OpenOrder(
                    venue_order_id=f"sim-{record.order_key}",
                    token=record.spec.token,
                    side=record.spec.side,
                    price_pips=record.spec.price_pips,
                    shares_micro=record.spec.shares_micro,
                    filled_micro=record.filled_shares_micro,
                )
                for record in self._exchange.open_orders(self._account)
            ]
        )
        return e.OpenOrdersReported(orders=rows, asked_ns=asked_ns)

    def trades(self, since_ns: Nanos, asked_ns: Nanos, order_id: OrderId = "") -> e.TradesReported:
        """Our trades since then (of one order, if it is named), oldest first, and where their settlement stands."""
        fills = [fill for at_ns, fill in self._recent(since_ns) if not order_id or fill.order_id == order_id]
        stages = []
        for fill in fills:
            trade = self._exchange.trade(fill.trade_id)
            if trade is not None and trade.stage is not e.SettlementStage.MATCHED:
                stages.append(e.SettlementMoved(trade_id=fill.trade_id, order_id=fill.order_id, stage=trade.stage))
        return e.TradesReported(fills=tuple(fills), settlements=tuple(stages), since_ns=since_ns, asked_ns=asked_ns, order_id=order_id)

    def balances(self, tokens: Iterable[TokenId], asked_ns: Nanos) -> e.BalancesReported:
        """What the account has, as a chain would say it: what trades under way bring is not there yet."""
        view = self._exchange.account(self._account)
        shares = [(token, view.tokens[token]) for token in tokens if token in view.tokens]
        return e.BalancesReported(
            cash_micro=view.cash.total_micro - view.cash.unsettled_micro,
            shares_micro=tuple([(token, held.total_micro - held.unsettled_micro) for token, held in shares]),
            asked_ns=asked_ns,
        )

    def _recent(self, since_ns: Nanos) -> list[tuple[Nanos, e.Filled]]:
        """From the newest back, so that a long memory costs nothing."""
        found = []
        for at_ns, fill in reversed(self._fills):
            if at_ns < since_ns:
                break
            found.append((at_ns, fill))
        return found[::-1]


def about_order(outcome: Accepted | Refused | Cancelled, filled_micro: SharesMicro) -> e.Event:
    """What the venue says of an order by itself; of one that is over also how much of it was filled."""
    if isinstance(outcome, Accepted):
        return e.Acked(order_id=outcome.order_key, venue_order_id=f"sim-{outcome.order_key}")
    if isinstance(outcome, Refused):
        if outcome.reason in _CANCEL_REFUSALS:
            return e.CancelRefused(order_id=outcome.order_key, why=outcome.reason.value)
        if outcome.reason is Refusal.DUPLICATE_ORDER_ID:  # says nothing of the first sending, which may stand (polymarket.md §3.6)
            return e.ReplyLost(order_id=outcome.order_key, why=outcome.reason.value)
        return e.Rejected(order_id=outcome.order_key, why=outcome.reason.value)
    if outcome.why is CancelWhy.EXPIRED:
        return e.Expired(order_id=outcome.order_key, filled_micro=filled_micro)
    return e.CancelDone(order_id=outcome.order_key, why=outcome.why.value, filled_micro=filled_micro)
