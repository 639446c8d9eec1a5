"""The four ways of cancelling, and the dead-man switch that cancels when its owner falls silent (polymarket.md §3.9, §4.5). No socket."""

from collections.abc import Iterable
from typing import Final

from oms.values.units import NS_PER_SECOND, Nanos
from sim.gateway.authentication import ApiKey, Keyring
from sim.gateway.conditions import Conditions
from sim.gateway.host import Host
from sim.gateway.ids import uuid_text
from sim.gateway.records import OrderFacts
from sim.gateway.wire import Asked, Route, WireError
from sim.outcomes import Cancelled

CANCELS_MAX: Final = 1_000
SILENCE_NS: Final = 10 * NS_PER_SECOND
"""Without a valid heartbeat for longer than this the orders go,"""
CHECK_NS: Final = 5 * NS_PER_SECOND
"""but somebody looks only so often: after 10 to 15 s."""
_ENDED: Final = "already canceled or matched"
_UNKNOWN: Final = "Order not found or already canceled"


class Cancelling:
    """Takes orders out of the book."""

    def __init__(self, host: Host, keyring: Keyring, conditions: Conditions) -> None:
        self._host = host
        self._keyring = keyring
        self._conditions = conditions
        self._beats: dict[str, tuple[str, Nanos, ApiKey]] = {}
        """API key → the heartbeat id that is expected next, and when the last valid one came. Armed keys only."""
        self._count = 0

    def routes(self) -> list[Route]:
        """What the gateway serves of this."""
        who = self._keyring.who
        return [
            Route("DELETE", "/order", self._one, "cancel", who),
            Route("DELETE", "/orders", self._many, "cancel", who),
            Route("DELETE", "/cancel-all", self._all, "cancel", who),
            Route("DELETE", "/cancel-market-orders", self._of_market, "cancel", who),
            Route("POST", "/v1/heartbeats", self._beat, who=who),
        ]

    def _one(self, asked: Asked) -> object:
        key = self._let_in(asked)
        body = asked.parsed()
        order_id = body.get("orderID") if isinstance(body, dict) else None
        if not isinstance(order_id, str) or not order_id:
            raise WireError(400, "Invalid orderID")
        self._pay(key, 1)
        return self._by_id(key, [order_id])

    def _many(self, asked: Asked) -> object:
        key = self._let_in(asked)
        ids = asked.parsed()
        if not isinstance(ids, list) or not ids or not all(isinstance(order_id, str) for order_id in ids):
            raise WireError(400, "Invalid orderID")
        if len(ids) > CANCELS_MAX:
            raise WireError(400, f"Too many orders in payload: {len(ids)}, max allowed: {CANCELS_MAX}")
        self._pay(key, len(ids))
        return self._by_id(key, ids)

    def _all(self, asked: Asked) -> object:
        key = self._let_in(asked)
        return self._out(key, self._standing(key))

    def _of_market(self, asked: Asked) -> object:
        key = self._let_in(asked)
        body = asked.parsed()
        market, token = (body.get("market", ""), body.get("asset_id", "")) if isinstance(body, dict) else ("", "")
        if not isinstance(market, str) or not isinstance(token, str) or not (market or token):
            raise WireError(400, "Invalid market")
        wanted = [
            order
            for order in self._standing(key)
            if (not market or order.spec.market_id == market.lower()) and (not token or order.spec.token == token)
        ]
        return self._out(key, wanted)

    def _let_in(self, asked: Asked) -> ApiKey:
        key = self._keyring.authorized(asked)
        self._conditions.check_cancel(self._host.now_ns())
        return key

    def _pay(self, key: ApiKey, cost: int) -> None:
        self._conditions.check_rate(key.account, cost, self._host.now_ns(), is_cancel=True)

    def _standing(self, key: ApiKey) -> list[OrderFacts]:
        """What stands of all wallets of the key's owner, each wallet's oldest first."""
        return [order for account in self._keyring.accounts_of(key) for order in standing(self._host, account)]

    def _out(self, key: ApiKey, orders: list[OrderFacts]) -> dict[str, object]:
        self._pay(key, 1 + len(orders))
        return self._by_id(key, [order.order_id for order in orders])

    def _by_id(self, key: ApiKey, order_ids: Iterable[str]) -> dict[str, object]:
        mine = self._keyring.accounts_of(key)
        canceled: list[str] = []
        kept: dict[str, str] = {}
        for order_id in dict.fromkeys(order_ids):
            order = self._host.book.orders.get(order_id.lower())
            if order is None or order.account not in mine:
                kept[order_id] = _UNKNOWN
            elif not order.rests or not self._is_out(order):
                kept[order_id] = _ENDED
            else:
                canceled.append(order_id)
        return {"canceled": canceled, "not_canceled": kept}

    def _is_out(self, order: OrderFacts) -> bool:
        return any(isinstance(outcome, Cancelled) and outcome.order_key == order.order_id for outcome in self._host.cancel(order))

    # The dead-man switch.

    def _beat(self, asked: Asked) -> object:
        key = self._keyring.authorized(asked)
        body = asked.parsed()
        told = body.get("heartbeat_id") if isinstance(body, dict) else None
        if told is not None and not isinstance(told, str):
            raise WireError(400, "Invalid payload")
        at_ns = self._host.now_ns()
        expected = self._beats[key.api_key][0] if key.api_key in self._beats else ""
        if (told or "") != expected:
            raise WireError(400, "Invalid Heartbeat ID", {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": expected})
        if not self._beats:
            self._host.timers.set(at_ns + CHECK_NS, self._check)
        self._count += 1
        following = uuid_text(self._host.settings.seed, "heartbeat", self._count)
        self._beats[key.api_key] = (following, at_ns, key)
        return {"heartbeat_id": following}

    def _check(self, at_ns: Nanos) -> None:
        """Cancel what stands of every key that fell silent, and disarm it; come again while any is armed."""
        for api_key, (_, beaten_ns, key) in list(self._beats.items()):
            if at_ns - beaten_ns > SILENCE_NS:
                del self._beats[api_key]
                for order in [order for order in self._standing(key) if order.owner == api_key]:
                    self._host.cancel(order)
        if self._beats:
            self._host.timers.set(at_ns + CHECK_NS, self._check)


def standing(host: Host, account: str) -> list[OrderFacts]:
    """What stands of an account, oldest first."""
    found = (host.book.facts(record.account, record.order_key) for record in host.exchange.open_orders(account))
    return [order for order in found if order is not None]
