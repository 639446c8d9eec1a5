"""The Data API: positions, trades, activity, value, holders, open interest, resolutions, from the exchange (polymarket.md §5.4). No socket.

v1 (`/positions`, `/trades`, `/activity`, `/value`; bare arrays, camelCase) was to be switched off in October 2026 and is here for old clients; v2 is
an envelope `{data, pagination}` that pages by `cursor` alone. Kept from the venue: holdings below 0.1 share are left out unless `filter_type=TOKENS`
names another bound; trades show when they are mined, not before; v2 takes condition ids of 64 digits only. Not kept: the indexer's lag.

Not served: splits, merges, redemptions and deposits as activity (the exchange tells them to nobody), combos, leaderboards, user statistics,
prices-history of v2. A market is paid out by itself here, so nothing is ever REDEEMABLE.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from oms.values.events import SettlementStage
from oms.values.market import MarketId
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_SECOND, BadNumber, CashMicro, SharesMicro, size_micro_from_text
from sim.gateway.asking import flag_of, number_of, page_after, values_of
from sim.gateway.catalogue import Catalogue
from sim.gateway.data_rows import DataRows, Told, number, old_names, old_position, wallet
from sim.gateway.ids import BadId, checksummed
from sim.gateway.marks import price_micro
from sim.gateway.positions import Position, positions_of
from sim.gateway.records import VenueTrade
from sim.gateway.wire import Asked, Route, WireError
from sim.listing import MarketState
from sim.outcomes import Leg

DUST_MICRO: Final = MICRO // 10
LIMIT_MAX: Final = 1_000
_LIMIT: Final = 100
_IN_A_BLOCK: Final = (SettlementStage.MINED, SettlementStage.CONFIRMED)
_NOTHING_HERE: Final = ("REDEEMABLE", "REDEEMABLE_LOST")
Query = Mapping[str, str]


class DataApi:
    """Answers questions about wallets."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._host = catalogue.host
        self._rows = DataRows(catalogue)

    def routes(self, prefix: str = "") -> list[Route]:
        """What the gateway serves of this, below `prefix`."""
        served = [
            ("/positions", lambda asked: [old_position(row) for row in _slice(self._positions(asked.query), asked.query)]),
            ("/trades", lambda asked: [old_names(row) for row in _slice(self._trades(asked.query), asked.query)]),
            ("/activity", lambda asked: [old_names(row) for row in _slice(self._activity(asked.query), asked.query)]),
            ("/value", self._old_value),
            ("/v2/positions", lambda asked: _page(self._positions(asked.query), asked.query)),
            ("/v2/trades", lambda asked: _page(self._trades(asked.query), asked.query)),
            ("/v2/activity", lambda asked: _page(self._activity(asked.query), asked.query)),
            ("/v2/holders", lambda asked: _page(self._holders(asked.query), asked.query)),
            ("/v2/value", self._value),
            ("/v2/oi", self._open_interest),
            ("/v2/resolutions", self._resolutions),
        ]
        return [Route("GET", prefix + path, answer, "query") for path, answer in served]

    def _positions(self, query: Query) -> list[Told]:
        account, status = _user(query), query.get("status", "OPEN").upper()
        if status not in ("OPEN", "CLOSED", "MERGEABLE", *_NOTHING_HERE):
            raise _invalid("status")
        if status in _NOTHING_HERE:
            return []
        (least_shares, least_value), wanted = _least(query), self._conditions(query)
        found = [one for one in positions_of(self._host, account) if not wanted or one.market.market_id in wanted]
        held = {one.token for one in found if one.is_open}
        rows: list[Told] = []
        for one in found:
            is_mergeable = one.token in held and one.market.other(one.token) in held
            if status == "CLOSED":
                is_shown = not one.is_open
            else:
                is_shown = one.is_open and one.held_micro >= least_shares and self._worth(one) >= least_value and (is_mergeable or status == "OPEN")
            if is_shown:
                rows.append(self._rows.position(account, one, is_mergeable=is_mergeable))
        return rows

    def _conditions(self, query: Query) -> list[MarketId]:
        """Market ids asked for, by v1's name or v2's; none: all. Raises WireError 400: not 64 digits."""
        told = [text.lower() for name in ("condition_id", "condition", "market") for text in values_of(query, name)]
        if any(len(text) != 66 or not text.startswith("0x") for text in told):
            raise _invalid("condition")
        return told

    def _mined(self, query: Query) -> list[VenueTrade]:
        """Trades that are in a block and pass the filters, newest first."""
        account = _user(query) if "user" in query else None
        wanted = self._conditions(query)
        start_s, end_s = number_of(query, "start", 0, 400), number_of(query, "end", 1 << 40, 400)
        trades = self._host.book.trades.values() if account is None else self._host.book.trades_of.get(account, ())
        return [
            trade
            for trade in reversed(list(trades))
            if trade.stage in _IN_A_BLOCK
            and (not wanted or trade.market.market_id in wanted)
            and start_s <= trade.matched_ns // NS_PER_SECOND <= end_s
        ]

    def _trades(self, query: Query) -> list[Told]:
        """Takers only unless `taker_only=false`: the default of v1, and of v2 as far as anybody knows."""
        account = _user(query) if "user" in query else None
        flag = flag_of(query, "taker_only" if "taker_only" in query else "takerOnly")
        side = _side(query)
        return [
            self._rows.trade(trade, leg)
            for trade in self._mined(query)
            for leg in _parts(trade, account, takers_only=flag is not False)
            if side in (None, leg.side)
        ]

    def _activity(self, query: Query) -> list[Told]:
        account, types = _user(query), values_of(query, "type")
        if types and "TRADE" not in types:
            return []
        rows = [self._rows.activity(trade, leg) for trade in self._mined(query) for leg in _parts(trade, account)]
        return rows[::-1] if query.get("sort_direction", query.get("sortDirection", "DESC")).upper() == "ASC" else rows

    def _worth(self, one: Position) -> CashMicro:
        return one.held_micro * price_micro(self._host, one.market.market_id, one.token) // MICRO

    def _value_micro(self, account: str, wanted: list[MarketId]) -> CashMicro:
        return sum(self._worth(one) for one in positions_of(self._host, account) if not wanted or one.market.market_id in wanted)

    def _value(self, asked: Asked) -> object:
        account = _user(asked.query)
        return {"data": {"proxy_wallet": wallet(account), "value": number(self._value_micro(account, self._conditions(asked.query)))}}

    def _old_value(self, asked: Asked) -> object:
        account = _user(asked.query)
        return [{"user": wallet(account), "value": number(self._value_micro(account, self._conditions(asked.query)))}]

    def _listed(self, query: Query) -> list[MarketId]:
        """The markets asked for that are listed. Raises WireError 400: none were named."""
        wanted = self._conditions(query)
        if not wanted:
            raise _invalid("condition")
        return [market_id for market_id in wanted if market_id in self._host.listed]

    def _holders(self, query: Query) -> list[Told]:
        """By token, the largest first."""
        rows: list[Told] = []
        for market_id in self._listed(query):
            market = self._host.market(market_id)
            for token in (market.yes, market.no):
                held = [
                    (name, account.tokens[token].total) for name, account in self._host.exchange.clearing.accounts.items() if token in account.tokens
                ]
                ranked = sorted([(name, size) for name, size in held if size], key=lambda pair: -pair[1])
                rows.append({"token_id": token, "holders": [self._rows.holder(name, market, token, size) for name, size in ranked]})
        return rows

    def _open_interest(self, asked: Asked) -> object:
        clearing = self._host.exchange.clearing
        if not self._conditions(asked.query):
            return {"data": [{"condition_id": "GLOBAL", "value": number(clearing.locked_micro)}]}
        return {"data": [{"condition_id": one, "value": number(self._host.locked_micro(one))} for one in self._listed(asked.query)]}

    def _resolutions(self, asked: Asked) -> object:
        """Of markets that have an answer or wait for one; an open market has no row."""
        found = [one for one in self._listed(asked.query) if self._host.state(one) is not MarketState.OPEN]
        return {"data": [self._rows.resolution(self._host.market(one)) for one in found]}


def _parts(trade: VenueTrade, account: str | None, *, takers_only: bool = False) -> list[Leg]:
    """A trade's parts, all or one account's: the taker's as one, then each maker's."""
    first = trade.matches[0].taker
    shares, cash, fee = (sum(getattr(match.taker, name) for match in trade.matches) for name in ("shares_micro", "cash_micro", "fee_cash_micro"))
    taker = replace(first, shares_micro=shares, cash_micro=cash, fee_cash_micro=fee)
    makers = [] if takers_only else [match.maker for match in trade.matches]
    return [leg for leg in (taker, *makers) if account in (None, leg.account)]


def _user(query: Query) -> str:
    """The account asked about. Raises WireError 400."""
    try:
        return checksummed(query.get("user", "")).lower()
    except BadId:
        raise _invalid("user") from None


def _side(query: Query) -> Side | None:
    text = query.get("side", "").upper()
    if text not in ("", "BUY", "SELL"):
        raise _invalid("side")
    return Side(text) if text else None


def _least(query: Query) -> tuple[SharesMicro, CashMicro]:
    """(fewest shares, least value) of a holding that is shown. Raises WireError 400."""
    kind, name = query.get("filter_type", "TOKENS").upper(), "filter_amount" if "filter_amount" in query else "sizeThreshold"
    if kind not in ("TOKENS", "CASH"):
        raise _invalid("filter_type")
    try:
        amount = size_micro_from_text(query[name]) if name in query else DUST_MICRO
    except BadNumber:
        raise _invalid(name) from None
    return (amount, 0) if kind == "TOKENS" else (0, amount)


def _slice(rows: list[Told], query: Query) -> list[Told]:
    """A page of v1."""
    start = number_of(query, "offset", 0, 400)
    return rows[start : start + min(LIMIT_MAX, number_of(query, "limit", _LIMIT, 400))]


def _page(rows: list[Told], query: Query) -> Told:
    """A page of v2. Raises WireError 400: an offset, or not a cursor of ours."""
    if "offset" in query:
        raise _invalid("offset")
    limit = max(1, min(LIMIT_MAX, number_of(query, "limit", _LIMIT, 400)))
    try:
        shown, following = page_after(rows, query.get("cursor"), limit)
    except ValueError:
        raise _invalid("cursor") from None
    return {"data": shown, "pagination": {"limit": limit, "offset": 0, "has_more": following is not None, "next_cursor": following}}


def _invalid(parameter: str) -> WireError:
    more = {"code": "invalid_request", "parameter": parameter, "retryable": False, "trace_id": "0" * 32}
    return WireError(400, f"{parameter} is invalid", more)
