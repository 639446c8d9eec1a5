"""What became of a market that ended: the stream's `market_resolved` may never come (polymarket.md §6.6), so Gamma is asked.

A payout is believed only when Gamma says closed, resolved, and prices that pay out a whole dollar: 1 and 0, or half and half.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from connectors.polymarket.catalog import UnlistedError, tokens_of
from connectors.polymarket.catalog_wire import BadRow, gamma_market, texts_of
from connectors.polymarket.reads import Reads
from connectors.transport.http import Request
from oms.values.market import PAYOUT_ONE_PPM, Market, Payout

_PPM: Final[Mapping[str, int]] = {"1": PAYOUT_ONE_PPM, "1.0": PAYOUT_ONE_PPM, "0.5": PAYOUT_ONE_PPM // 2, "0": 0, "0.0": 0}
"""Every price that a settled outcome can have."""


class Resolutions:
    """Asks Gamma."""

    def __init__(self, gamma: Reads) -> None:
        self._gamma = gamma
        self.unreadable = 0
        """Answers that say resolved, and not what is paid."""

    async def payout(self, market: Market) -> Payout | None:
        """What the market pays; None: nobody knows yet, or it could not be asked."""
        pages = await self._gamma.pages("GET gamma /markets", partial(_request, market))
        for row in pages.rows:
            try:
                found = payout_in(row, market)
            except BadRow:
                self.unreadable += 1
                continue
            if found is not None:
                return found
        return None


def _request(market: Market, cursor: str) -> Request:
    """By the token: condition ids of the second generation are written in two ways (polymarket.md §1.2)."""
    name = "position_ids" if market.generation == "v2" else "clob_token_ids"
    query = [("closed", "true"), (name, market.yes)]
    return Request(method="GET", path="/markets/keyset", query=tuple(query + [("after_cursor", cursor)] * bool(cursor)))


def payout_in(row: bytes, market: Market) -> Payout | None:
    """What a row of Gamma says this market pays; None: it is another market's, or not resolved. Raises BadRow: resolved, but it is unclear how."""
    told = gamma_market(row)
    if not told.closed or "resolved" not in (told.uma_resolution_status, told.resolution_status):
        return None
    try:
        tokens = tokens_of(told, market.generation)
    except UnlistedError as error:
        raise BadRow(str(error)) from None
    if tokens not in ((market.yes, market.no), (market.no, market.yes)):
        return None
    prices = texts_of(told.outcome_prices, "outcomePrices")
    parts = dict(zip(tokens, (_PPM.get(price, -1) for price in prices), strict=False))
    try:
        return Payout(yes_ppm=parts[market.yes], no_ppm=parts[market.no])
    except (KeyError, ValueError):
        raise BadRow(f"outcomePrices {prices} of a resolved market pay no whole dollar") from None
