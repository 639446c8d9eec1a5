"""How a market's midpoint went: a point at most every ten seconds. A listener of the host; answers GET /prices-history."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from oms.values.events import Event, LevelsChanged
from oms.values.market import MarketId, TokenId
from oms.values.units import NS_PER_SECOND, PRICE_ONE_PIPS, Nanos, Pips
from sim.gateway.host import Host
from sim.gateway.records import Happening

STEP_S: Final = 10
POINTS_MAX: Final = 60_480
"""A week of a market that never rests; older points are forgotten."""


class PriceHistory:
    """The points of all markets, of the YES token."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._points: dict[MarketId, deque[tuple[int, Pips]]] = {}
        host.listeners.append(self)

    def public(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        """Take the middle of each book that changed, if it has two sides."""
        at_s = at_ns // NS_PER_SECOND
        for fact in facts:
            if isinstance(fact, LevelsChanged) and fact.best_bid_pips and fact.best_ask_pips not in {None, PRICE_ONE_PIPS}:
                self._take(fact, at_s)

    def _take(self, fact: LevelsChanged, at_s: int) -> None:
        market_id = self._host.by_token[fact.token]
        if fact.token != self._host.listed[market_id].market.yes:
            return
        assert fact.best_bid_pips is not None, "asked before"
        assert fact.best_ask_pips is not None, "asked before"
        points = self._points.setdefault(market_id, deque(maxlen=POINTS_MAX))
        point = (at_s, (fact.best_bid_pips + fact.best_ask_pips) // 2)
        if points and points[-1][0] // STEP_S == at_s // STEP_S:
            points[-1] = point
        else:
            points.append(point)

    def private(self, happening: Happening, at_ns: Nanos) -> None:
        """Orders and trades are not prices."""

    def between(self, token: TokenId, start_s: int, end_s: int, fidelity_s: int) -> list[tuple[int, Pips]]:
        """(second, midpoint of this token) in a span, the last of every `fidelity_s`. Raises KeyError: no such token."""
        market_id = self._host.by_token[token]
        is_yes = token == self._host.listed[market_id].market.yes
        kept = {at_s // fidelity_s: (at_s, pips) for at_s, pips in self._points.get(market_id, ()) if start_s <= at_s <= end_s}
        return [(at_s, pips if is_yes else PRICE_ONE_PIPS - pips) for at_s, pips in kept.values()]
