"""Which markets a paper venue keeps, and how far each is: open, closed, paid out.

A listing that comes again brings new facts. One that moves the end of a market to later opens it again, if it was closed and not paid out: venues
trade past the end they named first. Its books must then be told whole before anything is judged by them.
"""

from collections.abc import Mapping
from typing import Final

from oms.values.market import Market, MarketId, Payout, TokenId
from sim.inference import Inference

ANNOUNCED: Final = "announced"
"""How a source tells of trades unless something else is said of a token."""


class PaperMarkets:
    """The markets of one venue."""

    def __init__(self, trade_rules: Mapping[TokenId, str]) -> None:
        """`trade_rules`: how trades are told, by token (sim/inference.py); a token that is not in it has its trades announced."""
        self.known: dict[MarketId, Market] = {}
        self.by_token: dict[TokenId, Market] = {}
        self.paid: dict[MarketId, Payout] = {}
        """What those that are paid out paid."""
        self._closed: dict[MarketId, bool] = {}
        self._inferences: dict[MarketId, Inference] = {}
        self._trade_rules = trade_rules

    def take(self, market: Market) -> bool:
        """A listing. Returns whether the market is open now. One that contradicts an earlier one about tokens is passed over."""
        market_id, known = market.market_id, self.known.get(market.market_id)
        owners = [self.by_token.get(token) for token in (market.yes, market.no)]
        if (known is None and owners != [None, None]) or (known is not None and (known.yes, known.no) != (market.yes, market.no)):
            return False
        if known is None:
            self._closed[market_id] = False
            self._inferences[market_id] = Inference(self._trade_rules.get(market.yes, ANNOUNCED), market.yes)
        elif market_id not in self.paid and market.end_ns is not None and (known.end_ns is None or market.end_ns > known.end_ns):
            self._closed[market_id] = False
        self.known[market_id] = market
        self.by_token[market.yes] = self.by_token[market.no] = market
        return not self._closed[market_id]

    def is_closed(self, market_id: MarketId) -> bool:
        """Does it take no orders? Raises KeyError: no such market."""
        return self._closed[market_id]

    def close(self, market_id: MarketId) -> bool:
        """It takes no orders from now on. Returns False when it did not take any before."""
        was_open = not self._closed[market_id]
        self._closed[market_id] = True
        return was_open

    def is_still(self, market: Market) -> bool:
        """Is the end of this listing still the market's? A later listing may have moved it."""
        known = self.known.get(market.market_id)
        return known is not None and known.end_ns == market.end_ns

    def inference(self, token: TokenId) -> Inference:
        """What tells trades from other changes of this token's book. Raises KeyError: no such token."""
        return self._inferences[self.by_token[token].market_id]

    def forget(self, market: Market) -> None:
        """A market that is paid out is kept no longer, any other stays. The caller owes that nobody asks about it any more."""
        if self.paid.pop(market.market_id, None) is None:
            return
        del self.known[market.market_id], self._closed[market.market_id], self._inferences[market.market_id]
        del self.by_token[market.yes], self.by_token[market.no]
