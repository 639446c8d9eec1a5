"""What users ask of their own: orders, trades, balances, standing (polymarket.md §3.8). No socket."""

from collections.abc import Mapping
from typing import Final

from oms.values.units import NS_PER_SECOND
from sim.gateway.authentication import ApiKey, Keyring
from sim.gateway.cancelling import standing
from sim.gateway.conditions import Conditions
from sim.gateway.host import Host
from sim.gateway.records import OrderFacts, VenueTrade
from sim.gateway.rows import order_row, trade_row
from sim.gateway.typed_data import contract_of
from sim.gateway.wire import Asked, Route, WireError, page_of

_UNLIMITED: Final = str((1 << 256) - 1)
_ASSET_TYPES: Final = {"COLLATERAL": "", "CONDITIONAL": "v1", "CONDITIONAL-V2": "v2"}
"""Asset type → the generation of its tokens."""


class AccountData:
    """Answers questions of signed-in users."""

    def __init__(self, host: Host, keyring: Keyring, conditions: Conditions) -> None:
        self._host = host
        self._keyring = keyring
        self._conditions = conditions

    def routes(self) -> list[Route]:
        """What the gateway serves of this."""
        return [
            Route("GET", "/data/orders", self._orders, "query"),
            Route("GET", "/data/order/{id}", self._order, "query"),
            Route("GET", "/data/trades", self._trades, "query"),
            Route("GET", "/balance-allowance", self._balance, "query"),
            Route("GET", "/balance-allowance/update", self._update, "query"),
            Route("GET", "/auth/ban-status/closed-only", self._closed_only),
            Route("GET", "/order-scoring", self._scoring),
            Route("POST", "/orders-scoring", self._all_scoring),
            Route("GET", "/notifications", self._notifications),
            Route("DELETE", "/notifications", self._drop_notifications),
            Route("GET", "/data/pre-migration-orders", self._none_before),
        ]

    def _orders(self, asked: Asked) -> object:
        """What stands; with `id` that order, also when it is over."""
        key, query = self._keyring.authorized(asked), asked.query
        if "id" in query:
            order = self._own(key, query["id"])
            found = [] if order is None else [order]
        else:
            found = [order for account in self._keyring.accounts_of(key) for order in standing(self._host, account)]
        wanted = [
            order
            for order in found
            if query.get("market", order.spec.market_id).lower() == order.spec.market_id
            and query.get("asset_id", order.spec.token) == order.spec.token
        ]
        return page_of(wanted, query.get("next_cursor"), tell=lambda order: order_row(self._host, order))

    def _order(self, asked: Asked) -> object:
        order = self._own(self._keyring.authorized(asked), asked.named["id"])
        if order is None:
            raise WireError(404, "order not found")
        return order_row(self._host, order)

    def _own(self, key: ApiKey, order_id: str) -> OrderFacts | None:
        order = self._host.book.orders.get(order_id.lower())
        return order if order is not None and order.account in self._keyring.accounts_of(key) else None

    def _trades(self, asked: Asked) -> object:
        """Newest first. `asset_id` is the taker's, as at the venue: makers who traded the other token are left out by it."""
        key, query = self._keyring.authorized(asked), asked.query
        mine = self._keyring.accounts_of(key)
        if "id" in query:
            known = self._host.book.trades.get(query["id"])
            found = {known.number: known} if known is not None and _is_of(known, mine) else {}
        else:
            found = {trade.number: trade for account in mine for trade in self._host.book.trades_of.get(account, ())}
        after, before = (_time(query, name) for name in ("after", "before"))
        wanted = [
            trade
            for _, trade in sorted(found.items(), reverse=True)
            if _is_wanted(trade, query)
            and (after is None or trade.matched_ns >= after * NS_PER_SECOND)
            and (before is None or trade.matched_ns <= before * NS_PER_SECOND)
        ]
        return page_of(wanted, query.get("next_cursor"), tell=lambda trade: trade_row(self._host, trade, is_taker=trade.taker.account in mine))

    def _balance(self, asked: Asked) -> object:
        """What the wallet has on chain: orders that stand take nothing away, trades that are not confirmed bring nothing yet."""
        key = self._keyring.authorized(asked)
        generation = _ASSET_TYPES.get(asked.query.get("asset_type", ""))
        kind = asked.query.get("signature_type", "0")
        if generation is None:
            raise WireError(400, "Invalid asset type")
        if kind not in {"0", "1", "2", "3"}:
            raise WireError(400, "Invalid signature_type")
        account = self._keyring.account_for(key, int(kind))
        token = asked.query.get("token_id", "")
        balance = 0
        if generation:
            market_id = self._host.by_token.get(token)
            if market_id is None or self._host.market(market_id).generation != generation:
                raise WireError(400, "Invalid token id")
        books = self._host.exchange.clearing.accounts
        if account is not None and account in books:
            held = books[account].tokens.get(token) if generation else books[account].cash
            balance = held.available + held.frozen if held is not None else 0
        allowance = "0" if account in self._conditions.unapproved else _UNLIMITED
        return {"balance": str(balance), "allowances": dict.fromkeys(self._spenders(generation), allowance)}

    def _spenders(self, generation: str) -> list[str]:
        """Who may spend: for cash all exchanges, for shares those of their generation."""
        chain = self._host.settings.chain_id
        generations = [generation] if generation else ["v1", "v2"]
        return list(dict.fromkeys(contract_of(one, neg_risk=neg_risk, chain_id=chain) for one in generations for neg_risk in (False, True)))

    def _update(self, asked: Asked) -> object:
        self._keyring.authorized(asked)
        return {}

    def _closed_only(self, asked: Asked) -> object:
        return {"closed_only": self._keyring.authorized(asked).account in self._conditions.closed_only}

    # Rewards and notices are not simulated: nothing scores, there is never news.

    def _scoring(self, asked: Asked) -> object:
        self._keyring.authorized(asked)
        return {"scoring": False}

    def _all_scoring(self, asked: Asked) -> object:
        self._keyring.authorized(asked)
        ids = asked.parsed()
        return dict.fromkeys([one for one in ids if isinstance(one, str)], False) if isinstance(ids, list) else {}

    def _notifications(self, asked: Asked) -> object:
        self._keyring.authorized(asked)
        return []

    def _drop_notifications(self, asked: Asked) -> object:
        self._keyring.authorized(asked)
        return "OK"

    def _none_before(self, asked: Asked) -> object:
        self._keyring.authorized(asked)
        return page_of([], asked.query.get("next_cursor"))


def _is_of(trade: VenueTrade, accounts: list[str]) -> bool:
    return trade.taker.account in accounts or any(order.account in accounts for order, _ in trade.makers)


def _is_wanted(trade: VenueTrade, query: Mapping[str, str]) -> bool:
    if query.get("market", trade.market.market_id).lower() != trade.market.market_id:
        return False
    if query.get("asset_id", trade.token) != trade.token:
        return False
    wallet = query.get("maker_address", "").lower()
    return not wallet or wallet in [trade.taker.maker_address.lower(), *(order.maker_address.lower() for order, _ in trade.makers)]


def _time(query: Mapping[str, str], name: str) -> int | None:
    """Seconds since 1970. Raises WireError 400."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise WireError(400, f"Invalid {name}")
    return int(text)
