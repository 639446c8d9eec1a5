"""The feed against a venue in miniature on loopback: sockets, POST /books, and what goes wrong with them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve

from connectors.polymarket.feed import BOOKS_ROUTE, Feed, FeedSettings
from connectors.polymarket.market_stream import MarketStream
from connectors.transport.budget import Budget, Limit, Route, Use
from connectors.transport.http import Http
from connectors.transport.websocket import Ends
from oms.values.events import BookReset, BooksConfirmed, ContinuityLost, Event
from oms.values.units import Nanos
from tests.connectors.frames import frame
from tests.connectors.polymarket.words_feed import SECOND, T0, book_of, given_market, given_markets, rest_book_of
from tests.connectors.transport.words_sockets import QUICK

BUDGET = Budget((Limit(name="books", burst=3, refill=200),), (Route(name=BOOKS_ROUTE, uses=(Use("books", fixed=1),)),))


class Venue:
    """Knows one hash a token; tells it on subscription, and to REST."""

    def __init__(self) -> None:
        self.hashes: dict[str, str] = {}
        self.connections: dict[ServerConnection, list[str]] = {}
        self.asked: list[list[str]] = []
        self.is_mute = False
        self.rest_body: bytes | None = None
        self.refuses = False
        """The next question of books gets a 429."""
        self.refused_at_s: list[float] = []

    async def stream(self, connection: ServerConnection) -> None:
        """One socket of the market channel."""
        tokens = self.connections.setdefault(connection, [])
        async for message in connection:
            if message == "PING":
                await connection.send("PONG")
                continue
            wanted = json.loads(message)
            if wanted.get("operation") == "unsubscribe":
                tokens[:] = [token for token in tokens if token not in wanted["assets_ids"]]
                continue
            tokens += wanted["assets_ids"]
            if not self.is_mute:
                await connection.send(frame([book_of(token, T0, self.hashes.get(token, "h")) for token in wanted["assets_ids"]]).decode())

    async def books(self, request: web.Request) -> web.Response:
        """POST /books."""
        tokens = [row["token_id"] for row in await request.json()]
        if self.refuses:
            self.refuses = False
            self.refused_at_s.append(time.monotonic())
            return web.Response(status=429, headers={"Retry-After": "1"})
        self.asked.append(tokens)
        told = frame([rest_book_of(token, T0, self.hashes.get(token, "h")) for token in tokens])
        return web.Response(body=told if self.rest_body is None else self.rest_body)

    def of(self, token: str) -> ServerConnection:
        """The open socket that was last asked for this token."""
        return [connection for connection, tokens in self.connections.items() if token in tokens and connection.close_code is None][-1]


class Play:
    """A feed at work on a venue, and everything it taped and delivered."""

    def __init__(self, venue: Venue, feed: Feed) -> None:
        self.venue = venue
        self.feed = feed
        self.taped: list[bytes] = []
        self.facts: list[Event] = []
        self.task: asyncio.Task[None] | None = None

    def resets(self, token: str, *, from_rest: bool = False) -> int:
        """How many whole books of this token were delivered."""
        return sum(isinstance(fact, BookReset) and fact.token == token and fact.from_rest is from_rest for fact in self.facts)

    def confirmations(self, token: str) -> int:
        """How often a quiet book was confirmed."""
        return sum(isinstance(fact, BooksConfirmed) and token in fact.tokens for fact in self.facts)

    def losses(self, token: str) -> int:
        """How often its continuity was lost."""
        return sum(isinstance(fact, ContinuityLost) and token in fact.tokens for fact in self.facts)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; at most five seconds."""
        async with asyncio.timeout(5):
            while not is_so():
                assert self.task is not None
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.002)


def played(act: Callable[[Play], Awaitable[None]], markets: int = 3, **settings: Any) -> Play:  # noqa: ANN401 (the knobs of FeedSettings)
    """A feed of some markets, two a socket, until `act` is through."""

    async def play() -> Play:
        venue = Venue()
        app = web.Application()
        app.router.add_post("/books", venue.books)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        rest = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with serve(venue.stream, "127.0.0.1", 0, close_timeout=0.1) as server, Http(rest) as http:
            url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws/market"
            knobs = {"tokens_max": 4, "audit_s": 60.0, "look_s": 0.01, "pace": QUICK, **settings}

            def sink(channel: str, body: bytes, _at_ns: Nanos) -> None:
                assert channel == "polymarket-market"
                it.taped.append(body)

            def deliver(facts: Sequence[Event], _at_ns: Nanos) -> None:
                it.facts.extend(facts)

            feed = Feed(given_markets(markets), FeedSettings(url=url, **knobs), Ends("polymarket-market", sink, deliver), http, BUDGET)
            it = Play(venue, feed)
            it.task = asyncio.create_task(feed.run())
            await act(it)
            it.task.cancel()
            with suppress(asyncio.CancelledError):
                await it.task
        await runner.cleanup()
        return it

    return asyncio.run(play())


async def until_all_are_told(play: Play, markets: int = 3) -> None:
    tokens = [token for market in given_markets(markets) for token in (market.yes, market.no)]
    standby = play.feed.shards.standby
    await play.until(lambda: standby.is_open and all(play.resets(token) and play.resets(token, from_rest=True) for token in tokens))


def test_every_token_is_told_by_stream_and_rest_over_as_few_sockets_as_needed_and_one_waits() -> None:
    play = played(until_all_are_told)
    assert [(line.number, line.is_standby, line.tokens, line.socket.connects) for line in play.feed.health(T0)] == [
        (0, True, 0, 1),
        (1, False, 4, 1),
        (2, False, 2, 1),
    ]
    assert sorted(map(len, play.venue.asked)) == [2, 4]
    assert play.feed.clock.is_known


def test_what_was_taped_tells_a_replay_the_same_books() -> None:
    play = played(until_all_are_told)
    replay = MarketStream({token: market for market in given_markets(3) for token in (market.yes, market.no)})
    again = [fact for body in play.taped for fact in replay.receive(body, T0)]
    assert again == [fact for fact in play.facts if not isinstance(fact, ContinuityLost)]


def test_when_a_socket_closes_the_standby_brings_its_books_and_the_closed_one_waits_next() -> None:
    async def act(play: Play) -> None:
        await until_all_are_told(play)
        await play.venue.of("1000").close(1001)
        await play.until(lambda: play.resets("1000") == 2 and play.resets("1000", from_rest=True) == 2)
        await play.until(lambda: play.feed.shards.standby.number == 1 and play.feed.shards.standby.is_open)
        await play.venue.of("1000").close(1001)
        await play.until(lambda: play.resets("1000") == 3)

    play = played(act)
    assert play.feed.shards.takeovers == 2
    assert play.losses("1000") >= 2
    assert play.losses("1002") == 1  # at the very end, with everything


def test_a_frozen_socket_is_left_when_rest_contradicts_it() -> None:
    async def act(play: Play) -> None:
        await until_all_are_told(play)
        lines = play.feed.shards.lines
        play.venue.hashes["1000"] = "newer"
        for line in lines:
            line._heard_ns -= 6_000_000_000  # as if it had been silent since six seconds
            line._looked_ns -= 6_000_000_000
        await play.until(lambda: any(line.audit.due_ns is not None for line in lines))
        for line in lines:
            if line.audit.due_ns is not None:
                line.audit.due_ns -= 2_000_000_000  # the grace is over
        await play.until(lambda: play.resets("1000") == 2)

    play = played(act)
    losses = [fact for fact in play.facts if isinstance(fact, ContinuityLost)]
    assert "frozen" in losses[0].why
    assert play.feed.shards.takeovers == 1
    assert [line.socket.reasons.get("the stream wanted another socket", 0) for line in play.feed.health(T0)] == [0, 1, 0]


def test_audits_of_a_quiet_venue_agree_and_leave_nothing_on_the_tape() -> None:
    async def act(play: Play) -> None:
        await until_all_are_told(play)
        frames = len(play.taped)
        await play.until(lambda: all(line.audits_agreed >= 4 for line in play.feed.health(T0) if line.tokens))
        assert len(play.taped) == frames

    play = played(act, audit_s=0.05)
    assert all(line.audits_differed == 0 for line in play.feed.health(T0))
    assert all("closed" in fact.why for fact in play.facts if isinstance(fact, ContinuityLost))


def test_quiet_books_are_confirmed_again_and_again_and_the_lively_one_is_not_asked_about() -> None:  # user-asks 17
    async def act(play: Play) -> None:
        await until_all_are_told(play)
        count = 0

        def is_confirmed() -> bool:
            nonlocal count
            count += 1
            if count % 5 == 0:
                asyncio.get_running_loop().create_task(play.venue.of("1000").send(frame(book_of("1000", T0 + count * 10**6, "h"))))
            return all(play.confirmations(token) >= 4 for token in quiet)

        quiet = [token for market in given_markets(3) for token in (market.yes, market.no) if token != "1000"]
        await play.until(is_confirmed)

    play = played(act, audit_s=0.2)
    assert play.confirmations("1000") <= 1
    assert not any(isinstance(fact, ContinuityLost) and "closed" not in fact.why for fact in play.facts)


def test_a_book_without_a_word_for_too_long_comes_whole_again_when_rest_is_back() -> None:  # ruling 2.8
    async def act(play: Play) -> None:
        await until_all_are_told(play)
        play.venue.rest_body = b"<html>"
        await asyncio.sleep(0.6)
        before = play.resets("2002")
        play.venue.rest_body = None
        await play.until(lambda: play.resets("2002") > before)

    play = played(act, audit_s=0.05, given_up_ns=SECOND // 2)
    assert play.losses("2002") <= 1  # the end


def test_an_answer_that_is_no_list_of_books_is_counted_and_spoils_nothing() -> None:
    async def act(play: Play) -> None:
        play.venue.rest_body = b"<html>"
        await play.until(lambda: play.feed.rest_failures >= 4)
        assert not any(isinstance(fact, ContinuityLost) for fact in play.facts)

    play = played(act, audit_s=0.05)
    assert b"<html>" not in play.taped
    assert all(line.refusals == {} for line in play.feed.health(T0))


def test_after_a_429_books_are_not_asked_for_until_the_venue_lets_us() -> None:
    async def act(play: Play) -> None:
        await until_all_are_told(play)
        play.venue.refuses = True
        await play.until(lambda: bool(play.venue.refused_at_s))
        before = len(play.venue.asked)
        await play.until(lambda: len(play.venue.asked) > before)
        assert time.monotonic() - play.venue.refused_at_s[0] >= 1

    play = played(act, audit_s=0.05)
    assert play.feed.rest_failures >= 1


def test_markets_come_and_go_while_it_runs() -> None:
    async def act(play: Play) -> None:
        await until_all_are_told(play)
        play.feed.add([given_market(7), given_market(8)])
        await play.until(lambda: bool(play.resets("1007") and play.resets("2008") and play.resets("2008", from_rest=True)))
        play.feed.drop(given_market(0))
        await play.until(lambda: all("1000" not in tokens for tokens in play.venue.connections.values()))

    play = played(act)
    assert [line.tokens for line in play.feed.health(T0)] == [0, 2, 4, 2]


def test_an_error_of_ours_ends_the_whole_feed_with_that_error() -> None:
    errors: list[str] = []

    async def act(play: Play) -> None:
        await until_all_are_told(play)

        def broken(_body: bytes, _at_ns: Nanos) -> Sequence[Event]:
            raise ZeroDivisionError("ours")

        play.feed.shards.lines[1].receive = broken  # type: ignore[method-assign, assignment]
        await play.venue.of("1000").send("x")
        try:
            await play.until(lambda: False)
        except* ZeroDivisionError as group:
            errors.append(str(group.exceptions[0]))

    async def swallow(play: Play) -> None:
        await act(play)
        play.task = asyncio.create_task(asyncio.sleep(0))

    played(swallow)
    assert errors == ["ours"]
