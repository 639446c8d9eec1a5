"""Raw bytes → best prices, for one market and for many; and what a view of ten levels costs after each change."""

from statistics import median
from time import perf_counter_ns as clock_ns

import msgspec

from connectors.polymarket.book_hash import digest
from connectors.polymarket.market_stream import MarketStream
from connectors.polymarket.wire import PriceChanges
from oms.engine import Engine
from oms.state import EngineSettings
from oms.values.events import LevelsChanged, MarketListed
from tests.bench.frames import START_NS, Tape
from tests.bench.naive import NaiveBooks
from tests.bench.peers import books as peers
from tests.bench.peers.found import here
from tests.bench.rounds import Aim, Line, compared, in_turn, significant, timed


def given_engine(tape: Tape) -> tuple[MarketStream, Engine]:
    """A stream and an engine that have seen the opening books, hash checks sampled as in production."""
    engine = Engine(EngineSettings(digest=digest))
    for market in tape.markets:
        engine.apply(MarketListed(market=market), START_NS)
    stream = MarketStream({token: market for market in tape.markets for token in (market.yes, market.no)})
    for frame in tape.opening:
        for event in stream.receive(frame, START_NS):
            engine.apply(event, START_NS)
    return stream, engine


def ours(tape: Tape) -> float:
    """Every frame into the engine's books, best prices read after each. Seconds."""
    stream, engine = given_engine(tape)
    receive, apply, books = stream.receive, engine.apply, engine.state.by_token

    def work() -> int:
        best = 0
        for at_ns, frame in tape.frames:
            for event in receive(frame, at_ns):
                apply(event, at_ns)
                assert isinstance(event, LevelsChanged)
                book = books[event.token][1]
                best = book.best_bid + book.best_ask
        return best

    return timed(work)


def lean_decode(tape: Tape) -> float:
    """Nothing but the decoding, with structs that name only what is needed: the floor for anything written in Python. Seconds."""
    decode = msgspec.json.Decoder(PriceChanges).decode
    return timed(lambda: sum(len(decode(frame).price_changes) for _, frame in tape.frames))


def naive(tape: Tape) -> float:
    """json, Decimal, SortedDict. Seconds."""
    books = NaiveBooks()
    for frame in tape.opening:
        books.receive(frame)

    def work() -> object:
        best: object = None
        for _, frame in tape.frames:
            best = books.receive(frame)
        return best

    return timed(work)


def raw_to_best(markets: int, frames: int, rounds: int) -> Line:
    """Frames a second, against the floor, the naive way and the peers that are here."""
    tape = Tape(markets=markets, frames=frames)
    contestants = {
        "ours": lambda: frames / ours(tape),
        "lean decode alone": lambda: frames / lean_decode(tape),
        "json+SortedDict+Decimal": lambda: frames / naive(tape),
        **peers.raw_to_best(tape),
    }
    return compared(
        f"raw bytes to best prices, {markets} market{'s' if markets > 1 else ''}",
        "frames/s",
        in_turn(contestants, rounds),
        aims=(Aim("nautilus adapter", 6, 9), Aim("lean decode alone", 0.35, 0.5)),
        more={"bytes_mean": significant(tape.bytes_mean)},
    )


def view_each_update(frames: int, rounds: int) -> Line:
    """What a view of both sides costs beyond the change that made it new."""
    tape = Tape(markets=1, frames=frames)
    contestants = {"ours": lambda: _our_view(tape), "SortedDict top 10": lambda: _naive_view(tape)}
    if here("nautilus_trader", "py_clob_client"):
        contestants["nautilus OrderBook"] = lambda: peers.NautilusAdapter(tape).view()
    return compared(
        "view of ten levels a side after each change",
        "us p50",
        in_turn(contestants, rounds),
        more_is_better=False,
        aims=(Aim("SortedDict top 10", 3, 5), Aim("nautilus OrderBook", 20)),
    )


def _our_view(tape: Tape) -> float:
    """Microseconds a view."""
    token = tape.markets[0].yes
    stream, engine = given_engine(tape)
    book, spent_ns = engine.state.by_token[token][1], []
    for at_ns, frame in tape.frames:
        for event in stream.receive(frame, at_ns):
            engine.apply(event, at_ns)
        began_ns = clock_ns()
        book.top_bids()
        book.top_asks()
        spent_ns.append(clock_ns() - began_ns)
    return median(spent_ns) / 1e3


def _naive_view(tape: Tape) -> float:
    """Microseconds a view."""
    token = tape.markets[0].yes
    books, spent_ns = NaiveBooks(float), []
    for frame in tape.opening:
        books.receive(frame)
    for _, frame in tape.frames:
        books.receive(frame)
        began_ns = clock_ns()
        books.top(token)
        spent_ns.append(clock_ns() - began_ns)
    return median(spent_ns) / 1e3
