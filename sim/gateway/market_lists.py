"""Markets as the CLOB describes them: the compact object with all trading parameters, and the pages of markets (polymarket.md §5.1). No socket."""

from typing import Final

from oms.values.market import Market, MarketId, TokenId
from oms.values.units import MICRO, NS_PER_SECOND, PRICE_ONE_PIPS
from sim.gateway.catalogue import Catalogue, neg_risk_market_id, question_id
from sim.gateway.host import Host
from sim.gateway.marks import price_micro as price_micro_of
from sim.gateway.wire import Asked, Route, WireError, iso_text, page_of
from sim.listing import MarketState

_FEES_ON: Final = 1_000
"""`mbf`, `tbf`, `base_fee`: legacy numbers that only say that there are fees."""
_PAGE_ROWS: Final = 1_000
_BPS: Final = 10_000


class MarketLists:
    """Answers questions about what is listed."""

    def __init__(self, host: Host, catalogue: Catalogue) -> None:
        self._host = host
        self._catalogue = catalogue

    def routes(self) -> list[Route]:
        """What the gateway serves of this. All open markets count as sampled, though nobody pays rewards."""
        return [
            Route("GET", "/markets-by-token/{token}", self._by_token, "query"),
            Route("GET", "/clob-markets/{condition}", self._compact, "query"),
            Route("GET", "/markets/{condition}", lambda asked: self._market(self._found(asked)), "query"),
            Route("GET", "/markets", lambda asked: self._page(asked, simplified=False, sampled=False), "query"),
            Route("GET", "/simplified-markets", lambda asked: self._page(asked, simplified=True, sampled=False), "query"),
            Route("GET", "/sampling-markets", lambda asked: self._page(asked, simplified=False, sampled=True), "query"),
            Route("GET", "/sampling-simplified-markets", lambda asked: self._page(asked, simplified=True, sampled=True), "query"),
            Route("GET", "/fees/builder-fees/{code}", lambda _asked: {"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0}, "query"),
        ]

    def _found(self, asked: Asked) -> MarketId:
        """The market of a path; only ids of 64 digits are known, also of v2. Raises WireError 404."""
        market_id = asked.named["condition"].lower()
        if market_id not in self._host.listed:
            raise WireError(404, "market not found")
        return market_id

    def _by_token(self, asked: Asked) -> object:
        market_id = self._host.by_token.get(asked.named["token"])
        if market_id is None:
            raise WireError(404, "market not found")
        market = self._host.market(market_id)
        return {"condition_id": market_id, "primary_token_id": market.yes, "secondary_token_id": market.no}

    def _compact(self, asked: Asked) -> object:
        market_id = self._found(asked)
        market, terms = self._host.market(market_id), self._host.listed[market_id].terms
        fees = _FEES_ON if market.fee.rate_bps else 0
        told: dict[str, object] = {
            "t": [{"t": token, "o": terms.outcomes[index]} for index, token in enumerate((market.yes, market.no))],
            "c": market_id,
            "mos": _number(market.min_shares_micro, MICRO),
            "mts": market.tick_pips / PRICE_ONE_PIPS,
            "mbf": fees,
            "tbf": fees,
            "ao": self._host.state(market_id) is MarketState.OPEN,
            "cbos": False,
            "aot": iso_text(terms.listed_ns),
            "itode": bool(terms.hold_ns) and terms.hold_keeps_reply,
        }
        if market.fee.rate_bps:
            told["fd"] = {"r": market.fee.rate_bps / _BPS, "e": market.fee.exponent, "to": True}
        if market.neg_risk:
            told["nr"] = True
        if terms.hold_ns and not terms.hold_keeps_reply:
            told["oas"] = _number(terms.hold_ns, NS_PER_SECOND)
        if market.generation == "v2":
            told["v"] = "v2"
        return told

    def _page(self, asked: Asked, *, simplified: bool, sampled: bool) -> object:
        wanted = [market_id for market_id in self._host.listed if not sampled or self._host.state(market_id) is MarketState.OPEN]
        return page_of(wanted, asked.query.get("next_cursor"), _PAGE_ROWS, self._simplified if simplified else self._market)

    def _simplified(self, market_id: MarketId) -> dict[str, object]:
        whole = self._market(market_id)
        return {name: whole[name] for name in ("condition_id", "rewards", "tokens", "active", "closed", "archived", "accepting_orders")}

    def _market(self, market_id: MarketId) -> dict[str, object]:
        listed, market, state = self._host.listed[market_id], self._host.market(market_id), self._host.state(market_id)
        terms = listed.terms
        is_leg = market.neg_risk and bool(market.event_id)
        index = self._catalogue.event_of(listed.market).market_ids.index(market_id)
        return {
            "enable_order_book": state is not MarketState.RESOLVED,
            "active": True,
            "closed": state is not MarketState.OPEN,
            "archived": False,
            "accepting_orders": state is MarketState.OPEN,
            "accepting_order_timestamp": iso_text(terms.listed_ns),
            "minimum_order_size": _number(market.min_shares_micro, MICRO),
            "minimum_tick_size": market.tick_pips / PRICE_ONE_PIPS,
            "condition_id": market_id,
            "question_id": question_id(listed, index),
            "question": market.title,
            "description": terms.description,
            "market_slug": self._catalogue.slug(listed),
            "end_date_iso": iso_text(market.end_ns) if market.end_ns is not None else None,
            "game_start_time": None,
            "seconds_delay": 0 if terms.hold_keeps_reply else terms.hold_ns // NS_PER_SECOND,
            "fpmm": "",
            "maker_base_fee": _FEES_ON if market.fee.rate_bps else 0,
            "taker_base_fee": _FEES_ON if market.fee.rate_bps else 0,
            "notifications_enabled": True,
            "neg_risk": market.neg_risk,
            "neg_risk_market_id": neg_risk_market_id(market.event_id) if is_leg else "",
            "neg_risk_request_id": "",
            "icon": "",
            "image": "",
            "rewards": {"rates": None, "min_size": 0, "max_spread": 0},
            "is_50_50_outcome": self._is_half(market_id),
            "tokens": [self._token(market, token, name) for token, name in zip((market.yes, market.no), terms.outcomes, strict=True)],
            "tags": list(terms.tags),
        }

    def _is_half(self, market_id: MarketId) -> bool:
        payout = self._host.payouts.get(market_id)
        return payout is not None and payout.yes_ppm == payout.no_ppm

    def _token(self, market: Market, token: TokenId, name: str) -> dict[str, object]:
        payout = self._host.payouts.get(market.market_id)
        price_micro = price_micro_of(self._host, market.market_id, token)
        return {"token_id": token, "outcome": name, "price": price_micro / MICRO, "winner": payout is not None and price_micro == MICRO}


def _number(amount: int, one: int) -> int | float:
    """A JSON number without a needless point."""
    return amount // one if amount % one == 0 else amount / one
