"""What anybody may ask about markets and books (polymarket.md §5.1). No socket, no signature.

Books are sorted as the venue's: bids ascending, asks descending, the best last. Of an empty side the best bid is 0 and the best ask 1: what the venue
says of one is not documented.
"""

from collections.abc import Callable, Mapping
from typing import Final

from oms.values.market import TokenId
from oms.values.units import NS_PER_SECOND, PRICE_ONE_PIPS, Pips, micro_text, price_text
from sim.gateway.book_hash import last_price_text, signed_book
from sim.gateway.host import Host
from sim.gateway.price_history import PriceHistory
from sim.gateway.wire import Asked, Route, WireError
from sim.listing import Listing, MarketState

BATCH_MAX: Final = 500
_INTERVALS_S: Final = {"1h": 3_600, "6h": 21_600, "1d": 86_400, "1w": 604_800, "1m": 2_592_000, "max": 1 << 40, "all": 1 << 40}
_NO_BOOK: Final = "No orderbook exists for the requested token id"


class MarketData:
    """Answers questions about books and prices."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._history = PriceHistory(host)

    def routes(self) -> list[Route]:
        """What the gateway serves of this."""
        one: list[tuple[str, Callable[[TokenId, Asked], object]]] = [
            ("/book", lambda token, _asked: self._book(token)),
            ("/midpoint", lambda token, _asked: {"mid": self._mid(token)}),
            ("/price", self._price),
            ("/spread", lambda token, _asked: {"spread": self._spread(token)}),
            ("/last-trade-price", lambda token, _asked: self._last(token)),
            ("/tick-size", lambda token, _asked: {"minimum_tick_size": self._listing(token).market.tick_pips / PRICE_ONE_PIPS}),
            ("/neg-risk", lambda token, _asked: {"neg_risk": self._listing(token).market.neg_risk}),
            ("/fee-rate", lambda token, _asked: {"base_fee": 1_000 if self._listing(token).market.fee.rate_bps else 0}),
        ]
        many: list[tuple[str, Callable[[list[dict[str, str]]], object]]] = [
            ("/books", lambda rows: [self._book(token) for token in self._known(rows)]),
            ("/midpoints", lambda rows: {token: self._mid(token) for token in self._known(rows)}),
            ("/prices", self._prices),
            ("/spreads", lambda rows: {token: self._spread(token) for token in self._known(rows)}),
            ("/last-trades-prices", self._lasts),
        ]
        return [
            *[Route("GET", path, _of_token(answer), "query") for path, answer in one],
            *[Route("POST", path, _of_tokens(answer), "query") for path, answer in many],
            Route("GET", "/prices-history", self._prices_history, "query"),
            Route("GET", "/ok", lambda _asked: "OK"),
            Route("GET", "/", lambda _asked: "OK"),
            Route("GET", "/time", lambda _asked: self._host.now_ns() // NS_PER_SECOND),
            Route("GET", "/version", lambda _asked: {"version": 2}),
        ]

    def _listing(self, token: TokenId) -> Listing:
        """The market of a token that has a book. Raises WireError."""
        if not (token.isascii() and token.isdecimal()):
            raise WireError(400, "Invalid token id")
        market_id = self._host.by_token.get(token)
        if market_id is None or self._host.state(market_id) is MarketState.RESOLVED:
            raise WireError(404, _NO_BOOK)
        return self._host.listing(market_id)

    def _known(self, rows: list[dict[str, str]]) -> list[TokenId]:
        """The tokens asked about that have books, each once; unknown ones are dropped without a word, as at the venue."""
        found = []
        for token in dict.fromkeys(row["token_id"] for row in rows):
            market_id = self._host.by_token.get(token)
            if market_id is not None and self._host.state(market_id) is not MarketState.RESOLVED:
                found.append(token)
        return found

    def _book(self, token: TokenId) -> object:
        listing = self._listing(token)
        last = self._host.last_trades.get(listing.market.market_id)
        return signed_book(listing.market, listing.book(token), last[0] if last else None)

    def _best(self, token: TokenId) -> tuple[Pips, Pips]:
        """Best bid (0: none) and ask (10 000: none) in this token's terms."""
        listing = self._listing(token)
        bid, ask = listing.pool.best_bid_pips, listing.pool.best_ask_pips
        return (bid, ask) if token == listing.market.yes else (PRICE_ONE_PIPS - ask, PRICE_ONE_PIPS - bid)

    def _mid(self, token: TokenId) -> str:
        return micro_text(sum(self._best(token)) * 50)

    def _spread(self, token: TokenId) -> str:
        bid, ask = self._best(token)
        return price_text(ask - bid)

    def _side_price(self, token: TokenId, side: str | None) -> str:
        """The side is the book's, not the asker's: BUY is the best bid (polymarket.md fact 7)."""
        if side not in ("BUY", "SELL"):  # of a body it may be anything, also what has no hash
            raise WireError(400, "Invalid side")
        return price_text(self._best(token)[side == "SELL"])

    def _price(self, token: TokenId, asked: Asked) -> object:
        return {"price": self._side_price(token, asked.query.get("side"))}

    def _prices(self, rows: list[dict[str, str]]) -> object:
        known = self._known(rows)
        told: dict[str, dict[str, str]] = {}
        for row in rows:
            if row["token_id"] in known:
                told.setdefault(row["token_id"], {})[row.get("side", "")] = self._side_price(row["token_id"], row.get("side"))
        return told

    def _last(self, token: TokenId) -> dict[str, str]:
        last = self._host.last_trades.get(self._listing(token).market.market_id)
        return {"price": last_price_text(last[0]), "side": last[1].value} if last else {"price": "0.5", "side": ""}

    def _lasts(self, rows: list[dict[str, str]]) -> object:
        """Of markets that have traded."""
        return [{"token_id": token, **told} for token in self._known(rows) if (told := self._last(token))["side"]]

    def _prices_history(self, asked: Asked) -> object:
        token, query = asked.query.get("market", ""), asked.query
        if token not in self._host.by_token:
            raise WireError(400, "Invalid token id")
        now_s = self._host.now_ns() // NS_PER_SECOND
        span_s = _INTERVALS_S.get(query.get("interval", "max"))
        if span_s is None:
            raise WireError(400, "Invalid interval")
        start_s, end_s = _number(query, "startTs", max(0, now_s - span_s)), _number(query, "endTs", now_s)
        points = self._history.between(token, start_s, end_s, 60 * max(1, _number(query, "fidelity", 1)))
        return {"history": [{"t": at_s, "p": pips / PRICE_ONE_PIPS} for at_s, pips in points]}


def _of_token(answer: Callable[[TokenId, Asked], object]) -> Callable[[Asked], object]:
    def endpoint(asked: Asked) -> object:
        return answer(asked.query.get("token_id", ""), asked)

    return endpoint


def _of_tokens(answer: Callable[[list[dict[str, str]]], object]) -> Callable[[Asked], object]:
    def endpoint(asked: Asked) -> object:
        rows = asked.parsed()
        if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("token_id"), str) for row in rows):
            raise WireError(400, "Invalid payload")
        if len(rows) > BATCH_MAX:
            raise WireError(400, "Payload exceeds the limit")
        return answer(rows)

    return endpoint


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise WireError(400, f"Invalid {name}")
    return int(text)
