"""Polymarket's rate limits as data (polymarket.md §4.7, docs of 2026-10): which request draws on which bucket.

Per address and 10 seconds the venue counts requests and delays the rest. A bucket that held the whole window's number *and* refilled at that
rate could send nearly twice as much within one window; so ours holds half and refills half: never more than the limit in any window.
Per signer the venue itself speaks of buckets (rate, burst), orders and cancels apart; those are taken over as they stand.
"""

from typing import Final

from connectors.transport.budget import Budget, Limit, Route, Use

POST_ORDERS_MAX: Final = 15
"""Orders in one POST /orders."""
DELETE_ORDERS_MAX: Final = 1_000
"""Ids in one DELETE /orders."""
POST_BOOKS_MAX: Final = 500
"""Tokens in one POST /books."""

SIGNER_ORDERS: Final = "signer orders"
SIGNER_CANCELS: Final = "signer cancels"

TIERS: Final = {
    "Standard": (40, 80),
    "Copper": (60, 120),
    "Bronze": (80, 160),
    "Silver": (200, 400),
    "Gold": (400, 800),
    "Platinum": (450, 900),
    "Diamond": (525, 1_050),
    "Elite": (600, 1_200),
}
"""Tier → orders and cancels a second; each burst is half as much again."""

_TEN_MINUTES_S: Final = 600


def _window(name: str, count: int, window_s: int = 10, reserve: int = 0) -> Limit:
    return Limit(name=name, burst=count // 2, refill=count // 2, window_s=window_s, reserve=reserve)


_ADDRESS_LIMITS: Final = (
    _window("everything", 15_000, reserve=1_500),
    _window("clob", 9_000, reserve=900),
    _window("/book", 1_500),
    _window("/books", 500),
    _window("/tick-size", 200),
    _window("/balance-allowance", 200),
    _window("/balance-allowance/update", 50),
    _window("/auth", 100),
    _window("/data", 900),
    _window("/data/orders", 500),
    _window("/data/trades", 500),
    _window("POST /order", 5_000),
    _window("POST /order 10 min", 120_000, _TEN_MINUTES_S),
    _window("POST /orders", 2_000),
    _window("POST /orders 10 min", 21_000, _TEN_MINUTES_S),
    _window("DELETE /order", 5_000),
    _window("DELETE /order 10 min", 120_000, _TEN_MINUTES_S),
    _window("DELETE /orders", 2_000),
    _window("DELETE /orders 10 min", 15_000, _TEN_MINUTES_S),
    _window("cancel-all", 250),
    _window("cancel-all 10 min", 6_000, _TEN_MINUTES_S),
    _window("cancel-market-orders", 1_500),
    _window("cancel-market-orders 10 min", 21_000, _TEN_MINUTES_S),
    _window("gamma", 4_000),
    _window("gamma /events", 500),
    _window("gamma /markets", 300),
    _window("data-api", 1_000),
    _window("relayer /submit", 25, 60),
)


def _route(name: str, *limits: str, clob: bool = True, signer: Use | None = None) -> Route:
    shared = ("everything", "clob") if clob else ("everything",)
    uses = tuple(Use(limit, fixed=1) for limit in (*shared, *limits))
    return Route(name=name, uses=uses if signer is None else (*uses, signer), is_urgent=signer is not None and signer.limit == SIGNER_CANCELS)


ROUTES: Final = (
    _route("POST /order", "POST /order", "POST /order 10 min", signer=Use(SIGNER_ORDERS, fixed=1)),
    _route("POST /orders", "POST /orders", "POST /orders 10 min", signer=Use(SIGNER_ORDERS, each=1)),
    _route("DELETE /order", "DELETE /order", "DELETE /order 10 min", signer=Use(SIGNER_CANCELS, fixed=1)),
    _route("DELETE /orders", "DELETE /orders", "DELETE /orders 10 min", signer=Use(SIGNER_CANCELS, each=1)),
    _route("DELETE /cancel-all", "cancel-all", "cancel-all 10 min", signer=Use(SIGNER_CANCELS, fixed=1, each=1)),
    _route("DELETE /cancel-market-orders", "cancel-market-orders", "cancel-market-orders 10 min", signer=Use(SIGNER_CANCELS, fixed=1, each=1)),
    _route("POST /v1/heartbeats"),
    _route("GET /data/order", "/data"),
    _route("GET /data/orders", "/data", "/data/orders"),
    _route("GET /data/trades", "/data", "/data/trades"),
    _route("GET /book", "/book"),
    _route("POST /books", "/books"),
    _route("GET /tick-size", "/tick-size"),
    _route("GET /balance-allowance", "/balance-allowance"),
    _route("GET /balance-allowance/update", "/balance-allowance/update"),
    _route("/auth", "/auth"),
    _route("GET clob"),
    _route("GET gamma", "gamma", clob=False),
    _route("GET gamma /events", "gamma", "gamma /events", clob=False),
    _route("GET gamma /markets", "gamma", "gamma /markets", clob=False),
    _route("GET data-api", "data-api", clob=False),
    _route("POST relayer /submit", "relayer /submit", clob=False),
)
"""Every kind of request we make, by the name to ask with; `GET clob` is any other read of the CLOB (/time, /clob-markets, …)."""


def polymarket_budget(tier: str = "Standard") -> Budget:
    """Full buckets for one key of this tier. Raises KeyError for a tier that does not exist."""
    orders, cancels = TIERS[tier]
    signer = (
        Limit(name=SIGNER_ORDERS, burst=orders * 3 // 2, refill=orders, rejects=True),
        Limit(name=SIGNER_CANCELS, burst=cancels * 3 // 2, refill=cancels, rejects=True),
    )
    return Budget((*_ADDRESS_LIMITS, *signer), ROUTES)
