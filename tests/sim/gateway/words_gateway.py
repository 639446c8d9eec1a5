"""Test words for the gateway's endpoints: a venue with a clock we hold, and users who sign with the connector's hands: each judges the other."""

from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.polymarket.authentication import Credentials, login_headers
from connectors.polymarket.key import Key
from connectors.polymarket.signing import OrderForm, SignatureType, VenueOrder, Wallet
from connectors.polymarket.typed_data import exchange_of
from oms.values.market import Market
from oms.values.orders import Lifetime, Side
from oms.values.units import NS_PER_SECOND, Nanos, cost_cash_micro
from sim.gateway.account_data import AccountData
from sim.gateway.admin import Admin
from sim.gateway.authentication import Keyring
from sim.gateway.cancelling import Cancelling
from sim.gateway.catalogue import Catalogue
from sim.gateway.conditions import Conditions
from sim.gateway.host import Host, Resolver
from sim.gateway.ids import new_market
from sim.gateway.market_data import MarketData
from sim.gateway.market_lists import MarketLists
from sim.gateway.placing import Placing
from sim.gateway.records import Happening, HostSettings, OrderMoved, Terms
from sim.gateway.rest import Reply, Rest
from sim.gateway.wire import Asked, Later
from tests.words import NOON_NS

TOKEN = "sesame"


class Site:
    """A venue behind its endpoints, without a socket."""

    def __init__(self, *, resolver: Resolver | None = None, **settings: Any) -> None:  # noqa: ANN401 (what HostSettings takes)
        self.at_ns: Nanos = NOON_NS
        self.host = Host(lambda: self.at_ns, HostSettings(**settings), resolver=resolver)
        self.keyring = Keyring(self.host)
        self.conditions = Conditions()
        self.catalogue = Catalogue(self.host)
        parts = (
            self.keyring,
            Placing(self.host, self.keyring, self.conditions),
            Cancelling(self.host, self.keyring, self.conditions),
            AccountData(self.host, self.keyring, self.conditions),
            MarketData(self.host),
            MarketLists(self.host, self.catalogue),
            Admin(self.host, self.conditions, TOKEN),
        )
        self.rest = Rest(self.host, self.conditions, [route for part in parts for route in part.routes()])

    def lists(self, title: str = "Will it?", terms: Terms | None = None, **more: Any) -> Market:  # noqa: ANN401
        return self.host.list_market(new_market(title, **more), terms).market

    def passes(self, seconds: float) -> None:
        self.at_ns += int(seconds * NS_PER_SECOND)
        self.host.run_due(self.at_ns)

    def asks(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, **query: str) -> tuple[int, Any]:
        """(status, answer) of a request that is answered at once."""
        reply = self.raw(method, path, body, headers, **query)
        assert isinstance(reply, Reply)
        return reply.status, msgspec.json.decode(reply.body) if reply.body else None

    def raw(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, **query: str) -> Reply | Later:
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        return self.rest.answer(Asked(method=method, path=path, query=query, headers=lower, body=body))

    def admin(self, word: str, **body: Any) -> tuple[int, Any]:  # noqa: ANN401
        return self.asks("POST", f"/admin/{word}", msgspec.json.encode(body), {"Authorization": f"Bearer {TOKEN}"})


class User:
    """A wallet that signs."""

    def __init__(self, site: Site, digit: str = "1", kind: SignatureType = SignatureType.EOA, funder: str = "") -> None:
        self.site = site
        self.key = Key(digit * 64)
        self.account = self.key.address.lower()
        status, told = site.asks("POST", "/auth/api-key", headers=login_headers(self.key, 137, self.now_s))
        assert status == 200
        self.credentials = Credentials(self.key.address, told["apiKey"], told["secret"], told["passphrase"])
        self.form = OrderForm(Wallet(owner=self.key.address, funder=funder or self.key.address, signature_type=kind), told["apiKey"])
        self._salt = 0

    @property
    def now_s(self) -> int:
        return self.site.at_ns // NS_PER_SECOND

    def raw(self, method: str, path: str, body: bytes = b"", **query: str) -> Reply | Later:
        return self.site.raw(method, path, body, self.credentials.headers(method, path, body, self.now_s), **query)

    def asks(self, method: str, path: str, body: bytes = b"", **query: str) -> tuple[int, Any]:
        return self.site.asks(method, path, body, self.credentials.headers(method, path, body, self.now_s), **query)

    def reads(self, path: str, **query: str) -> tuple[int, Any]:
        return self.asks("GET", path, **query)  # type: ignore[arg-type]  # a query has no body

    def body(self, market: Market, what: str, price: int, micro: int, lifetime: Lifetime = Lifetime.GTC, **more: Any) -> bytes:  # noqa: ANN401
        """`what` is "BUY YES" and so on; price in pips; `micro` shares, or cash for an immediate BUY. `amounts` and `market_as` lie on purpose."""
        word, outcome = what.split()
        side, token = Side[word], market.yes if outcome == "YES" else market.no
        cash = micro if side is Side.BUY and lifetime in {Lifetime.FOK, Lifetime.FAK} else cost_cash_micro(micro, price)
        shares = micro * 10_000 // price // 100 * 100 if cash == micro and side is Side.BUY else micro
        maker, taker = more.pop("amounts", (cash, shares) if side is Side.BUY else (shares, cash))
        self._salt += 1
        order = VenueOrder(
            exchange=exchange_of(more.pop("market_as", market), 137), token=token, side=side, maker_micro=maker, taker_micro=taker,
            salt=more.pop("salt", self._salt), timestamp_ms=self.site.at_ns // 10**6, lifetime=lifetime, **more,
        )  # fmt: skip
        named = self.form.hashed(order)
        return self.form.body(named, self.form.signature(named, self.key))

    def sends(self, market: Market, what: str, price: int, micro: int, lifetime: Lifetime = Lifetime.GTC, **more: Any) -> tuple[int, Any]:  # noqa: ANN401
        return self.asks("POST", "/order", self.body(market, what, price, micro, lifetime, **more))

    def rests(self, market: Market, what: str, price: int, micro: int, **more: Any) -> str:  # noqa: ANN401
        """The id of an order that now stands."""
        status, told = self.sends(market, what, price, micro, **more)
        assert (status, told["status"]) == (200, "live"), told
        return str(told["orderID"])

    def holds_sets(self, market: Market, shares_micro: int) -> None:
        assert self.site.host.exchange.split(self.account, market.market_id, shares_micro) is None


class Ear:
    """A listener that writes down what it heard, as it was then."""

    def __init__(self, host: Host) -> None:
        self.heard: list[str] = []
        host.listeners.append(self)

    def public(self, facts: Any, _at_ns: Nanos) -> None:  # noqa: ANN401
        self.heard += [type(fact).__name__ for fact in facts]

    def private(self, happening: Happening, _at_ns: Nanos) -> None:
        if isinstance(happening, OrderMoved):
            order = happening.order
            self.heard.append(f"{happening.move.value} {order.status} {order.matched_micro // 10**6}")
        else:
            trade = happening.trade
            self.heard.append(f"trade {trade.stage.value} {trade.shares_micro // 10**6} at {trade.price_pips} with {len(trade.makers)}")

    def told(self) -> list[str]:
        """What was heard since the last call."""
        heard, self.heard = self.heard, []
        return heard
