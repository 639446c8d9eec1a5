"""Test words for asking every endpoint anything: a whole gateway with a history, what it knows written down, and requests that are almost right."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from connectors.polymarket.authentication import login_headers
from oms.values.events import SettlementStage
from oms.values.market import FeeCurve
from oms.values.orders import Lifetime
from oms.values.units import MICRO, NS_PER_MS
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.records import HostSettings, Terms
from sim.gateway.server import Gateway
from sim.gateway.wire import Asked, Route
from tests.fuzz.nasty import BYTES, GOOD_VALUES, TEXTS, VALUES
from tests.sim.gateway.words_gateway import TOKEN, Site, User
from tests.words import NOON_NS

Drawn = Callable[[st.SearchStrategy[Any]], Any]
TEN: Final = 10 * MICRO
MARKETS: Final = (new_market("a", fee=FeeCurve(rate_bps=700)), new_market("b", generation="v2"), new_market("c", neg_risk=True))
HELD: Final = Terms(hold_ns=500 * NS_PER_MS, hold_keeps_reply=True)


class Whole(Site):
    """Everything that `exchange` serves, with three users: they hold sets, have traded, and each has orders that stand."""

    def __init__(self) -> None:
        self.at_ns = NOON_NS
        self.is_spoilt = False
        """An admin has ordered that something goes wrong."""
        self.host = Host(lambda: self.at_ns, HostSettings(grant_micro=10_000 * MICRO))
        self.gateway = Gateway(self.host, admin_token=TOKEN)
        self.keyring, self.conditions = self.gateway.keyring, self.gateway.conditions
        self.catalogue, self.rest = self.gateway.catalogue, self.gateway.rest
        for market in MARKETS:
            self.host.list_market(market, HELD if market.generation == "v2" else None)
        self.users = [User(self, digit) for digit in "123"]
        alice, bob, carol = self.users
        self.orders = [
            user.rests(market, what, price, TEN)
            for user, market, what, price in (
                (alice, MARKETS[0], "BUY YES", 4_900),
                (bob, MARKETS[0], "BUY NO", 4_800),
                (bob, MARKETS[1], "BUY YES", 4_000),
                (carol, MARKETS[1], "BUY NO", 3_000),
            )
        ]
        carol.holds_sets(MARKETS[0], 100 * MICRO)
        assert carol.sends(MARKETS[0], "SELL YES", 4_900, 6 * MICRO)[1]["status"] == "matched"
        keys = [self.keyring.issue(user.key.address, 0) for user in self.users]
        self.secrets = {user.account: (key.api_key, key.secret, key.passphrase) for user, key in zip(self.users, keys, strict=True)}
        """Of each user; no stranger may be told the last two."""
        self.known = [
            *self.orders,
            *(text for market in MARKETS for text in (market.market_id, market.yes, market.no, market.title)),
            *(user.key.address for user in self.users),
            *(user.credentials.api_key for user in self.users),
            *self.host.book.trades,
            *("BUY", "SELL", "1", "COLLATERAL", "0x" + "a" * 40, ""),
        ]

    def picture(self) -> tuple[dict[str, object], object]:
        """(what each account has and has standing, everything else that a request could change)."""
        host, conditions = self.host, self.conditions
        keys = {user.account: self.keyring.keys_of(user.account) for user in self.users}
        standing = {
            name: [(one.order_key, one.filled_shares_micro) for one in host.exchange.open_orders(name)] for name in host.exchange.clearing.accounts
        }
        accounts: dict[str, object] = {name: (host.exchange.account(name), orders, keys.get(name)) for name, orders in standing.items()}
        venue = (
            [(name, host.state(name), host.market(name)) for name in host.listed],
            [(trade.trade_id, trade.stage) for trade in host.book.trades.values()],
            [(order.order_id, order.status, order.matched_micro) for order in host.book.orders.values()],
            (host.settings, host.next_due_ns(), host.exchange.clearing.paid_in_micro),
            (conditions.mode, conditions.restarting_until_ns, conditions.post_only_until_ns, conditions.geoblocked, conditions.rates),
            (dict(conditions.closed_only), dict(conditions.unapproved), dict(conditions.faults.rates)),
        )
        return accounts, venue


class Attempt(msgspec.Struct, frozen=True):
    """One request, and who has proved with it that he may ask: an account, "admin", or "" for nobody."""

    asked: Asked
    who: str


def role_of(method: str, path: str) -> str:
    """What proves a right here."""
    if path.startswith("/admin"):
        return "admin"
    return "login" if path == "/auth/derive-api-key" or (method, path) == ("POST", "/auth/api-key") else "key"


INTEGERS: Final = st.sampled_from([0, 1, -1, 2, 10, 100, 999_999, 1_000_000, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 2**256, 10**30, -(2**63)])
FLOATS: Final = st.sampled_from([0.0, -1.0, 0.5, 1e-9, 1e18, 1e300, 1.7e308, float("nan"), float("inf"), float("-inf")])
ODD: Final = st.one_of(INTEGERS, FLOATS, st.sampled_from(GOOD_VALUES).map(msgspec.json.decode), st.text(max_size=8))
ODD_TEXT: Final = st.one_of(st.sampled_from(TEXTS), st.text(max_size=8), st.sampled_from(["\udc80", "0x" + "f" * 64, "a" * 10_000, "MQ==", "LTE="]))
METHODS: Final = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post", ""])
NAMES: Final = st.sampled_from([
    *("token_id", "side", "market", "asset_id", "id", "next_cursor", "after", "before", "asset_type", "signature_type", "interval", "fidelity"),
    *("startTs", "endTs", "user", "condition", "condition_id", "limit", "offset", "cursor", "after_cursor", "order", "ascending", "closed", "type"),
    *("filter_type", "filter_amount", "sizeThreshold", "status", "start", "end", "taker_only", "sort_direction", "slug", "condition_ids"),
    *("clob_token_ids", "tag_slug", "order_id", "order_ids", "volume_num_min", "liquidity_num_min", "end_date_min", "include_tag", "version"),
])  # fmt: skip
_RAW: Final = (*VALUES, "", '{"orderID":', "[" * 100_000)
SHAPES: Final = st.one_of(st.sampled_from(_RAW).map(lambda text: text.encode()), st.sampled_from(BYTES), st.binary(max_size=20))


def drawn_attempt(draw: Drawn, site: Whole, route: Route) -> Attempt:
    """A request to this route, with some of it not as it should be."""
    method = draw(METHODS) if _sometimes(draw, 8) else route.method
    path = _path(draw, site, route.path)
    user = draw(st.sampled_from(site.users))
    query = {draw(NAMES): _text(draw, site) for _ in range(draw(st.integers(0, 3)))}
    body = drawn_body(draw, site, route, user)
    headers, who = _headers(draw, site, user, method, path, body)
    return Attempt(Asked(method=method, path=path, query=query, headers=headers, body=body), who)


def _sometimes(draw: Drawn, times: int) -> bool:
    return bool(draw(st.integers(1, times)) == times)


def _text(draw: Drawn, site: Whole) -> str:
    return str(draw(ODD_TEXT) if _sometimes(draw, 3) else draw(st.sampled_from(site.known)))


def _path(draw: Drawn, site: Whole, path: str) -> str:
    head, brace, _ = path.partition("{")
    whole = head + _text(draw, site) if brace else path
    return whole + draw(st.sampled_from(["/", "//", "%00", "\udc80", "/../order", "?x"])) if _sometimes(draw, 12) else whole


# Bodies.


def drawn_body(draw: Drawn, site: Whole, route: Route, user: User) -> bytes:
    """A body that this route takes, perhaps with one place in it changed, or anything at all."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return bytes(draw(SHAPES))
    whole = _right_body(draw, site, route, user)
    if whole is None:
        return b"" if kind < 7 else bytes(draw(SHAPES))
    if kind < 7:
        whole = _with_one_change(draw, site, whole)
    return json.dumps(whole).encode()


def _with_one_change(draw: Drawn, site: Whole, whole: Any) -> Any:  # noqa: ANN401 (JSON)
    """The same with something else in one place, or without it, or with it twice as deep."""
    whole = deepcopy(whole)
    places = _places(whole)
    if not places:
        return draw(ODD)
    holder, key = draw(st.sampled_from(places))
    new = draw(st.sampled_from(site.known)) if _sometimes(draw, 3) else draw(ODD)
    if isinstance(holder, dict) and _sometimes(draw, 6):
        del holder[key]
    elif _sometimes(draw, 6):
        holder[key] = [holder[key]]
    else:
        holder[key] = new
    return whole


def _places(value: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 (JSON)
    """Every (container, key) in it."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [place for key in keys for place in [(value, key), *_places(value[key])]]


def drawn_order(draw: Drawn, user: User) -> Any:  # noqa: ANN401 (JSON)
    """A signed order, most of them good; what is odd in it was signed."""
    lifetime = draw(st.sampled_from(Lifetime))
    more: dict[str, Any] = {"expiration_s": user.now_s + 200 if lifetime is Lifetime.GTD else 0}
    if _sometimes(draw, 3):
        amounts = st.sampled_from([0, 1, 100, 4_900_000, TEN, 10**15, 2**63, 2**255])
        more |= {"amounts": (draw(amounts), draw(amounts)), "salt": draw(st.sampled_from([0, 1, 2**53 - 1])), "post_only": draw(st.booleans())}
    if _sometimes(draw, 6):
        more["expiration_s"] = draw(st.sampled_from([0, 1, 2**40, 2**63]))
    what = draw(st.sampled_from(["BUY YES", "SELL YES", "BUY NO", "SELL NO"]))
    market, price = draw(st.sampled_from(MARKETS)), draw(st.integers(1, 99)) * 100
    return msgspec.json.decode(user.body(market, what, price, draw(st.integers(1, 30)) * MICRO, lifetime, **more))


def _right_body(draw: Drawn, site: Whole, route: Route, user: User) -> Any:  # noqa: ANN401 (JSON)
    """What this route takes; None: nothing. A new route that takes a body is named here."""
    if (route.method, route.path) == ("POST", "/order"):
        return drawn_order(draw, user)
    if (route.method, route.path) == ("POST", "/orders"):
        return [drawn_order(draw, draw(st.sampled_from(site.users))) for _ in range(draw(st.integers(0, 3)))]
    if route.method == "GET":
        return None
    number = draw(st.integers(0, 11))
    market, order, address = MARKETS[number % 3], site.orders[number % 4], site.users[number // 4].key.address
    trade, stage = next(iter(site.host.book.trades)), list(SettlementStage)[number % 5]
    rows = [{"token_id": market.yes, "side": "BUY"}, {"token_id": market.no, "side": "SELL"}]
    return {
        "DELETE /order": {"orderID": order},
        "DELETE /orders": [order, site.orders[0]],
        "DELETE /cancel-market-orders": {"market": market.market_id, "asset_id": market.yes},
        "POST /v1/heartbeats": {"heartbeat_id": None},
        "POST /orders-scoring": [order],
        **{f"POST /{name}": rows for name in ("books", "midpoints", "prices", "spreads", "last-trades-prices")},
        "POST /admin/markets": {"title": "new", "tick": "0.01", "min_size": "5", "fee_bps": 0, "end_s": 1_800_000_000, "hold_ms": 0,
                                "pays_after_s": 1, "tags": ["x"], "generation": "v1"},
        "POST /admin/close": {"market": market.market_id},
        "POST /admin/resolve": {"market": market.market_id, "yes_ppm": 1_000_000},
        "POST /admin/void": {"market": market.market_id, "refund": True},
        "POST /admin/tick": {"market": market.market_id, "tick": "0.001"},
        "POST /admin/faucet": {"address": address, "cash": "5", "market": market.market_id, "sets": "3"},
        "POST /admin/cancel-all": {"address": address},
        "POST /admin/settlement": {"mined_ms": 10, "confirmed_ms": 20, "failed_ppm": 500_000},
        "POST /admin/settle": {"trade": trade, "stage": stage.value},
        "POST /admin/conditions": {"mode": "cancel_only", "restart_s": 2.0, "post_only_s": 1.0, "geoblocked": False, "standing": {address: "banned"},
                                   "approved": {address: False}, "is_limited": True, "rates": {"orders_per_s": 40, "orders_burst": 60,
                                                                                            "cancels_per_s": 80, "cancels_burst": 120}},
        "POST /admin/faults": {"seed": 3, "rates": {"place late": 0.5, "query failed": 0.5}, "next": {"place 5xx": 1}},
        "POST /admin/streams": {"channel": "market", "pathologies": {"duplicate_ppm": 10, "opening_shift_ms": -5}},
        "POST /admin/disconnect": {"channel": "user", "code": 1013, "reason": "x"},
    }.get(f"{route.method} {route.path}")  # fmt: skip


# Who asks.

_LIES: Final = st.sampled_from(["late", "early", "other path", "other body", "other method", "name", "key", "passphrase", "signature", "odd", "half"])


def _headers(draw: Drawn, site: Whole, user: User, method: str, path: str, body: bytes) -> tuple[dict[str, str], str]:
    """(headers, who has the right): nothing, the right words for this place, those of another place, or a lie."""
    role = role_of(method, path)
    shown = draw(st.sampled_from(["nothing", "right", "right", "right", "lie", "lie", "misplaced"]))
    if shown == "nothing":
        return {}, ""
    if shown == "misplaced":
        role = draw(st.sampled_from([other for other in ("admin", "login", "key") if other != role]))
        return _proof(site, role, user, method, path, body), ""
    headers = _proof(site, role, user, method, path, body)
    if shown == "right":
        return headers, "admin" if role == "admin" else user.account
    if role == "admin":
        return {"authorization": draw(st.one_of(ODD_TEXT.filter(lambda text: TOKEN not in text), st.just("Bearer sesam")))}, ""
    return _lied(draw, site, user, (method, path, body), headers, role), ""


def _proof(site: Whole, role: str, user: User, method: str, path: str, body: bytes) -> dict[str, str]:
    if role == "admin":
        return {"authorization": f"Bearer {TOKEN}"}
    path = path.encode("utf-8", "replace").decode()  # what no client could sign is not proved by anybody
    told = login_headers(user.key, 137, user.now_s) if role == "login" else user.credentials.headers(method, path, body, user.now_s)
    return {name.lower(): value for name, value in told.items()}


def _lied(draw: Drawn, site: Whole, user: User, what: tuple[str, str, bytes], headers: dict[str, str], role: str) -> dict[str, str]:
    """Headers of which one thing is not so."""
    method, path, body = what
    path = path.encode("utf-8", "replace").decode()
    other = site.users[(site.users.index(user) + 1) % len(site.users)]
    lie = draw(_LIES)
    if lie in ("late", "early"):
        at_s = user.now_s + (61 if lie == "early" else -61)
        told = login_headers(user.key, 137, at_s) if role == "login" else user.credentials.headers(method, path, body, at_s)
        return {name.lower(): value for name, value in told.items()}
    if lie == "half":
        lost = draw(st.sampled_from(_needed(headers)))
        return {name: value for name, value in headers.items() if name != lost}
    if role == "key" and lie.startswith("other"):
        signed = {"other path": (method, path + "s", body), "other body": (method, path, body + b" ")}.get(lie, (method + "X", path, body))
        return {name.lower(): value for name, value in user.credentials.headers(*signed, user.now_s).items()}
    theirs = _proof(site, role, other, *what)
    names = {"name": "poly_address", "key": "poly_api_key", "passphrase": "poly_passphrase", "signature": "poly_signature"}
    name = names.get(lie, "poly_signature")
    if name not in headers or lie == "odd":
        name = draw(st.sampled_from(_needed(headers)))
        return {**headers, name: draw(ODD_TEXT)}
    return {**headers, name: theirs[name]}


def _needed(headers: dict[str, str]) -> list[str]:
    """Headers without which nothing is proved; a login without a nonce means nonce 0."""
    return [name for name in sorted(headers) if name != "poly_nonce"]
