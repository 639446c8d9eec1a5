"""Test words for the gateway's streams: a venue with a clock we hold, traders inside it, and a client who hears the public channel."""

from typing import Any

import msgspec

from oms.values.market import FeeCurve, Market, TokenId
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_MS, Nanos
from sim.exchange import Exchange
from sim.gateway.book_hash import WireBook, signed_book
from sim.gateway.catalogue import Catalogue
from sim.gateway.frames import Frame
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.market_channel import MarketSubscriber
from sim.gateway.market_feed import MarketFeed
from sim.gateway.records import HostSettings, Terms
from sim.outcomes import Outcome
from tests.words import NOON_NS

CASH = 10_000


class Repeated(dict[str, str]):
    """A query in which a name may stand several times, as an HTTP server has it."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(reversed(pairs))
        self._pairs = pairs

    def getall(self, name: str, otherwise: list[str]) -> list[str]:
        return [value for one, value in self._pairs if one == name] or otherwise


class Venue:
    """A host, its time, and shorthand for what traders inside the process do."""

    def __init__(self, *names: str, exchange: Exchange | None = None, **settings: Any) -> None:  # noqa: ANN401
        self.at_ns: Nanos = NOON_NS
        self.host = Host(lambda: self.at_ns, HostSettings(**settings), exchange)
        self.catalogue = Catalogue(self.host)
        self._orders = 0
        for name in names:
            self.host.deposit(name, CASH * MICRO)

    def lists(self, title: str = "Will it?", terms: Terms | None = None, **more: Any) -> Market:  # noqa: ANN401
        return self.host.list_market(new_market(title, **more), terms).market

    def passes(self, ms: int) -> None:
        self.at_ns += ms * NS_PER_MS
        self.host.run_due(self.at_ns)

    def sends(self, name: str, market: Market, what: str, price: int, size: float, **more: Any) -> tuple[str, list[Outcome]]:  # noqa: ANN401
        """`what` is "BUY YES" and so on; size in shares, or dollars for an immediate BUY. Returns (order key, outcomes)."""
        side, token = what.split()
        self._orders += 1
        key = f"o{self._orders}"
        spec = OrderSpec(
            market_id=market.market_id, token=market.yes if token == "YES" else market.no, side=Side[side], price_pips=price,
            size_micro=round(size * MICRO), **more,
        )  # fmt: skip
        return key, self.host.act(lambda exchange, at_ns: exchange.submit(name, key, spec, at_ns))

    def cancels(self, name: str, key: str) -> list[Outcome]:
        return self.host.act(lambda exchange, at_ns: exchange.cancel(name, key, at_ns))

    def splits(self, name: str, market: Market, shares: float) -> None:
        def split(exchange: Exchange, _at_ns: Nanos) -> list[Outcome]:
            assert exchange.split(name, market.market_id, round(shares * MICRO)) is None
            return []

        self.host.act(split)

    def merges(self, name: str, market: Market, shares: float) -> None:
        def merge(exchange: Exchange, _at_ns: Nanos) -> list[Outcome]:
            assert exchange.merge(name, market.market_id, round(shares * MICRO)) is None
            return []

        self.host.act(merge)

    def ticks(self, market: Market, tick_pips: int) -> None:
        def change(exchange: Exchange, at_ns: Nanos) -> list[Outcome]:
            exchange.change_tick(market.market_id, tick_pips, at_ns)
            return []

        self.host.act(change)


def rest_book(venue: Venue, token: TokenId) -> WireBook:
    """What GET /book says now, from the exchange's own pool."""
    market = venue.host.market(venue.host.by_token[token])
    last = venue.host.last_trades.get(market.market_id)
    return signed_book(market, venue.host.exchange.book(token), last[0] if last else None)


class Feed:
    """Everything the public channel says at one venue."""

    def __init__(self, venue: Venue) -> None:
        self.feed = MarketFeed(venue.catalogue)
        self.frames: list[Frame] = []
        self.subscribers: list[Subscriber] = []
        venue.host.listeners.append(self)

    def public(self, facts: Any, at_ns: Nanos) -> None:  # noqa: ANN401
        frames = self.feed.told(facts, at_ns)
        self.frames += frames
        for subscriber in self.subscribers:
            for frame in frames:
                if subscriber.wishes.hears(frame) and frame.body:
                    subscriber.heard.append(frame.body)
                subscriber.closing = subscriber.wishes.after(frame) or subscriber.closing

    def private(self, happening: Any, at_ns: Nanos) -> None: ...  # noqa: ANN401


class Subscriber:
    """One client of the public channel."""

    def __init__(self, feed: Feed, at_ns: Nanos = NOON_NS) -> None:
        self.wishes = MarketSubscriber(feed.feed, at_ns)
        self.heard: list[bytes] = []
        self.closing: object = None
        feed.subscribers.append(self)

    def says(self, at_ns: Nanos = NOON_NS, **message: Any) -> Any:  # noqa: ANN401
        answers = self.wishes.receive(msgspec.json.encode(message).decode(), at_ns)
        self.heard += answers if isinstance(answers, list) else []
        return answers

    def subscribes(self, *tokens: str, custom: bool = True) -> Any:  # noqa: ANN401
        return self.says(type="market", assets_ids=tokens, custom_feature_enabled=custom)

    def messages(self) -> list[dict[str, Any]]:
        """What was heard since the last call, arrays taken apart."""
        told: list[dict[str, Any]] = []
        for body in self.heard:
            message = msgspec.json.decode(body)
            told += message if isinstance(message, list) else [message]
        self.heard.clear()
        return told

    def kinds(self) -> list[str]:
        return [message["event_type"] for message in self.messages()]


FEE = FeeCurve(rate_bps=700)
FAK, FOK = Lifetime.FAK, Lifetime.FOK
