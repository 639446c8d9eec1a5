"""A client who applies the public channel has the book of GET /book at any moment, whatever traders, clock and operator do."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.polymarket.book_hash import RECIPE_2026_04, digest
from connectors.polymarket.market_stream import MarketStream
from oms.values.events import BestTold, BookReset, Event, LevelsChanged, MarketResolved, TickChanged, Traded
from oms.values.levels import HashContext
from oms.values.market import Market, TokenId
from oms.values.orders import Lifetime, Side
from oms.values.units import NS_PER_SECOND, PRICE_ONE_PIPS, micro_text, price_text
from tests.sim.gateway.words_streams import FAK, FOK, Feed, Subscriber, Venue, rest_book
from tests.words import NOON_NS

NAMES = ("alice", "bob", "carol")
WHAT = st.sampled_from(["BUY YES", "SELL YES", "BUY NO", "SELL NO"])


class NaiveBook:
    """One token's book as a client keeps it: two dicts, no cleverness; every hash it is told is computed again."""

    def __init__(self, market: Market, token: TokenId) -> None:
        self.market, self.token = market, token
        self.sides: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}
        self.last, self.hash, self.tick = "", "", price_text(market.tick_pips)
        self.at_ns = 0

    def take(self, fact: Event) -> None:
        if isinstance(fact, BookReset):
            assert fact.context is not None
            self.sides = {Side.BUY: dict(fact.bids), Side.SELL: dict(fact.asks)}
            self.last, self.tick = fact.context.last_trade_price, fact.context.tick_size
            self.at_ns, self.hash = fact.exchange_ns, fact.hash
            assert self.computed() == fact.hash
        elif isinstance(fact, LevelsChanged):
            for side, price, size in fact.levels:
                self.sides[side][price] = size
                if not size:
                    del self.sides[side][price]
            self.at_ns, self.hash = fact.exchange_ns, fact.hash
            assert self.computed() == fact.hash
            assert (fact.best_bid_pips, fact.best_ask_pips) == (max(self.sides[Side.BUY], default=0), min(self.sides[Side.SELL], default=10_000))
        elif isinstance(fact, TickChanged):
            self.tick = price_text(fact.tick_pips)
        elif isinstance(fact, BestTold):
            assert (fact.best_bid_pips, fact.best_ask_pips) == (max(self.sides[Side.BUY], default=0), min(self.sides[Side.SELL], default=10_000))

    def traded(self, yes_pips: int) -> None:
        self.last = f"0.{yes_pips:04d}".removesuffix("0")

    def ladders(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return sorted(self.sides[Side.BUY].items()), sorted(self.sides[Side.SELL].items(), reverse=True)

    def computed(self) -> str:
        context = HashContext(
            recipe=RECIPE_2026_04, market=self.market.market_id, min_order_size="5", tick_size=self.tick, neg_risk=self.market.neg_risk,
            last_trade_price=self.last,
        )  # fmt: skip
        bids, asks = self.ladders()
        return digest(context, self.token, self.at_ns, bids, asks)


class Client:
    """The connector's own stream over the frames of one subscriber, into naive books."""

    def __init__(self, feed: Feed, market: Market) -> None:
        self.subscriber = Subscriber(feed)
        self.market = market
        self.stream = MarketStream({market.yes: market, market.no: market})
        self.stream.opened(NOON_NS)
        self.books = {token: NaiveBook(market, token) for token in (market.yes, market.no)}
        for frame in self.stream.bytes_to_send():
            answers = self.subscriber.wishes.receive(frame.decode(), NOON_NS)
            assert isinstance(answers, list)
            self.subscriber.heard += answers

    def hears(self) -> None:
        for body in self.subscriber.heard:
            for fact in self.stream.receive(body, NOON_NS):
                if isinstance(fact, Traded):
                    yes_pips = fact.price_pips if fact.token == self.market.yes else PRICE_ONE_PIPS - fact.price_pips
                    for book in self.books.values():
                        book.traded(yes_pips)
                elif not isinstance(fact, MarketResolved):
                    token = getattr(fact, "token", None)
                    if token is not None:
                        self.books[token].take(fact)
        self.subscriber.heard.clear()
        assert self.stream.refusals == {}, self.stream.last_refusal


class StreamAgainstRest(RuleBasedStateMachine):
    """Whatever traders, clock and operator do: a client who applies the stream has the book of GET /book, rung for rung, and its hash."""

    @initialize(generation=st.sampled_from(["v1", "v2"]), neg_risk=st.booleans())
    def open(self, generation: str, neg_risk: bool) -> None:  # noqa: FBT001 (hypothesis names it)
        self.venue = Venue(*NAMES)
        self.market = self.venue.lists(generation=generation, neg_risk=neg_risk)
        self.feed = Feed(self.venue)
        self.clients = [Client(self.feed, self.market)]
        self.orders: list[tuple[str, str]] = []
        for name in NAMES:
            self.venue.splits(name, self.market, 500)

    @rule(name=st.sampled_from(NAMES), what=WHAT, steps=st.integers(44, 56), shares=st.integers(5, 60), ends=st.booleans())
    def rests(self, name: str, what: str, steps: int, shares: int, ends: bool) -> None:  # noqa: FBT001 (hypothesis names it)
        market = self.venue.host.market(self.market.market_id)
        price = steps * 100 + market.tick_pips % 100
        more: dict[str, Any] = {"lifetime": Lifetime.GTD, "expires_ns": self.venue.at_ns + 3 * NS_PER_SECOND} if ends else {}
        key, _ = self.venue.sends(name, market, what, price, shares, **more)
        self.orders.append((name, key))

    @rule(name=st.sampled_from(NAMES), what=WHAT, steps=st.integers(40, 60), size=st.integers(1, 40), lifetime=st.sampled_from([FAK, FOK]))
    def takes(self, name: str, what: str, steps: int, size: int, lifetime: Lifetime) -> None:
        self.venue.sends(name, self.market, what, steps * 100, size, lifetime=lifetime)

    @precondition(lambda self: self.orders)
    @rule(pick=st.integers(0, 1_000))
    def cancel(self, pick: int) -> None:
        self.venue.cancels(*self.orders.pop(pick % len(self.orders)))

    @rule(ms=st.sampled_from([0, 1, 900, 4_000]))
    def wait(self, ms: int) -> None:
        """Time alone ends nothing here: the exchange ends GTD orders before the next operation, so that one operation changes the book twice."""
        self.venue.at_ns += ms * 1_000_000

    @precondition(lambda self: len(self.orders) % 5 == 4)
    @rule(tick=st.sampled_from([100, 10]))
    def tick(self, tick: int) -> None:
        self.venue.ticks(self.market, tick)

    @precondition(lambda self: len(self.clients) < 3 and len(self.orders) > 2)
    @rule()
    def join(self) -> None:
        """Late: the opening book is all a new client gets of the past."""
        self.clients.append(Client(self.feed, self.market))

    @precondition(lambda self: len(self.orders) > 12)
    @rule()
    def close(self) -> None:
        self.venue.host.close(self.market.market_id)

    @invariant()
    def every_client_has_the_book(self) -> None:
        for client in self.clients:
            client.hears()
            for token, book in client.books.items():
                told = rest_book(self.venue, token)
                bids, asks = book.ladders()
                assert [(rung.price, rung.size) for rung in told.bids] == [(price_text(p), micro_text(s)) for p, s in bids]
                assert [(rung.price, rung.size) for rung in told.asks] == [(price_text(p), micro_text(s)) for p, s in asks]
                assert book.computed() == told.hash


StreamAgainstRest.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAClientWhoAppliesTheStreamHasTheBookOfGetBook = StreamAgainstRest.TestCase  # req 2.9, 2.17, 2.37
