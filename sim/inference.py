"""Trades that a recording implies but does not announce (ruling 2.1). A named assumption: every fill that rests on one is marked inferred.

None of the recordings we replay announces trades. Two rules, one a recording:

    mlb-book    a `book` message follows every trade: size that is missing at the old touch, against the book kept until then, was traded
    l2-vanish   snapshots only: a level that vanished while the opposite best reached it was traded, in full

Nothing else is a trade. A recording that announces its trades uses the rule "announced": nothing is inferred.
"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from oms.values.events import BookReset, Traded
from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, Nanos, Pips, SharesMicro

Levels = Mapping[Pips, SharesMicro]


def none_inferred(_bids: Levels, _asks: Levels, _event: BookReset) -> list[Traded]:
    """The rule "announced"."""
    return []


def missing_at_the_touch(bids: Levels, asks: Levels, event: BookReset) -> list[Traded]:
    """The rule "mlb-book"."""
    found: list[Traded] = []
    if bids:
        best = max(bids)
        missing = bids[best] - dict(event.bids).get(best, 0)
        if missing > 0:
            found.append(_trade(event, best, missing, Side.SELL))
    if asks:
        best = min(asks)
        missing = asks[best] - dict(event.asks).get(best, 0)
        if missing > 0:
            found.append(_trade(event, best, missing, Side.BUY))
    return found


def vanished_when_reached(bids: Levels, asks: Levels, event: BookReset) -> list[Traded]:
    """The rule "l2-vanish"."""
    new_bids, new_asks = dict(event.bids), dict(event.asks)
    best_bid, best_ask = max(new_bids, default=0), min(new_asks, default=None)
    found: list[Traded] = []
    if best_ask is not None:
        for price in sorted((price for price in bids if price >= best_ask and price not in new_bids), reverse=True):
            found.append(_trade(event, price, bids[price], Side.SELL))
    for price in sorted(price for price in asks if price <= best_bid and price not in new_asks):
        found.append(_trade(event, price, asks[price], Side.BUY))
    return found


RULES: Final[Mapping[str, Callable[[Levels, Levels, BookReset], list[Traded]]]] = {
    "announced": none_inferred,
    "mlb-book": missing_at_the_touch,
    "l2-vanish": vanished_when_reached,
}


class Inference:
    """One market's inferred trades. Both tokens' books show each of them, at one exchange time: it is told once, by the book that comes first."""

    def __init__(self, rule: str, yes: TokenId) -> None:
        self._infer = RULES[rule]
        self._yes = yes
        self._stamp: Nanos = 0
        self._told: dict[tuple[bool, Pips], SharesMicro] = {}
        """This exchange time's trades, in YES terms: (the taker sold YES, YES price) → shares told so far."""

    def trades(self, bids: Levels, asks: Levels, event: BookReset) -> list[Traded]:
        """What the step from the book kept until now (`bids`, `asks`) to `event` implies, less what the other token's book told already."""
        if event.exchange_ns != self._stamp:
            self._stamp = event.exchange_ns
            self._told.clear()
        fresh: list[Traded] = []
        for trade in self._infer(bids, asks, event):
            is_yes = event.token == self._yes
            sells_yes = (trade.taker_side is Side.SELL) is is_yes
            key = (sells_yes, trade.price_pips if is_yes else PRICE_ONE_PIPS - trade.price_pips)
            told = self._told.get(key, 0)
            if trade.shares_micro > told:
                self._told[key] = trade.shares_micro
                fresh.append(msgspec.structs.replace(trade, shares_micro=trade.shares_micro - told))
        return fresh


def _trade(event: BookReset, price: Pips, shares: SharesMicro, taker: Side) -> Traded:
    return Traded(token=event.token, price_pips=price, shares_micro=shares, taker_side=taker, exchange_ns=event.exchange_ns, inferred=True)
