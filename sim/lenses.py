"""What each lens would have made of the same orders: fills, cash, position; and their value at the end, at the mark and at the worst."""

from collections.abc import Callable, Mapping
from typing import Any

from oms.values.market import PAYOUT_ONE_PPM, Market, Payout, TokenId
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS
from sim.paper_book import LENSES, PaperFill

Mark = Callable[[Market], float | None]
"""The mark of YES in pips, or None when there is no honest price."""


class Lens:
    """The running tally of one lens."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fills = 0
        self.inferred = 0
        self.shares_micro = 0
        self.cash_micro = 0
        """Brought (positive) or cost (negative), fees included."""
        self.fees_micro = 0
        self.position: dict[TokenId, int] = {}
        """May be negative for a shadow: its orders were sized by what the queue lens held."""

    def take(self, fill: PaperFill) -> None:
        """Count one fill."""
        sign = 1 if fill.side is Side.BUY else -1
        self.fills += 1
        self.inferred += fill.inferred
        self.shares_micro += fill.shares_micro
        self.cash_micro -= sign * fill.cash_micro + fill.fee_micro
        self.fees_micro += fill.fee_micro
        self.position[fill.token] = self.position.get(fill.token, 0) + sign * fill.shares_micro

    def resolve(self, market: Market, payout: Payout) -> None:
        """Positions of a market become cash."""
        for token, ppm in ((market.yes, payout.yes_ppm), (market.no, payout.no_ppm)):
            self.cash_micro += self.position.pop(token, 0) * ppm // PAYOUT_ONE_PPM

    def result(self, markets: Mapping[TokenId, Market], mark: Mark) -> dict[str, Any]:
        """The tally with what is left valued: `result_mark_micro` is None as soon as one position has no honest price."""
        worst, marked = self.cash_micro, self.cash_micro
        is_marked = True
        seen: dict[str, Market] = {markets[token].market_id: markets[token] for token in self.position}
        for market in seen.values():
            yes, no = self.position.get(market.yes, 0), self.position.get(market.no, 0)
            worst += min(yes, no)
            if yes == no:
                marked += yes
                continue
            price = mark(market)
            if price is None:
                is_marked = False
            else:
                marked += int((yes * price + no * (PRICE_ONE_PIPS - price)) // PRICE_ONE_PIPS)
        return {
            "fills": self.fills,
            "inferred": self.inferred,
            "shares_micro": self.shares_micro,
            "fees_micro": self.fees_micro,
            "result_worst_micro": worst,
            "result_mark_micro": marked if is_marked else None,
        }


def new_lenses() -> tuple[Lens, ...]:
    """One a lens, in the order of LENSES."""
    return tuple(Lens(name) for name in LENSES)
