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
from tests.bench.rounds import Line, in_turn, median_ratio, significant, timed


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
    """Frames a second, and against the floor and the naive way."""
    tape = Tape(markets=markets, frames=frames)
    rates = in_turn(
        {
            "ours": lambda: frames / ours(tape),
            "lean decode": lambda: frames / lean_decode(tape),
            "naive json+SortedDict+Decimal": lambda: frames / naive(tape),
        },
        rounds,
    )
    best = rates.pop("ours")
    return Line(
        bench=f"raw bytes to best prices, {markets} market{'s' if markets > 1 else ''}",
        value=round(median(best)),
        unit="frames/s",
        rounds=rounds,
        ratio_to={name: median_ratio(best, theirs) for name, theirs in rates.items()},
        aim="0.35 × lean decode",
        more={"bytes_mean": significant(tape.bytes_mean)},
    )


def view_each_update(frames: int, rounds: int) -> Line:
    """What a view of both sides costs beyond the change that made it new, against SortedDict."""
    tape = Tape(markets=1, frames=frames)
    token = tape.markets[0].yes

    def our_changes() -> tuple[Engine, list[tuple[LevelsChanged, int]]]:
        stream, engine = given_engine(tape)
        found = [(event, at_ns) for at_ns, frame in tape.frames for event in stream.receive(frame, at_ns)]
        return engine, [(event, at_ns) for event, at_ns in found if isinstance(event, LevelsChanged) and event.token == token]

    def our_view() -> float:
        engine, changes = our_changes()
        book = engine.state.by_token[token][1]
        spent_ns = 0
        for event, at_ns in changes:
            book.change(event, at_ns)
            began_ns = clock_ns()
            book.top_bids()
            book.top_asks()
            spent_ns += clock_ns() - began_ns
        return spent_ns / len(changes) / 1e3

    def naive_view() -> float:
        books = NaiveBooks()
        for frame in tape.opening:
            books.receive(frame)
        spent_ns = 0
        for _, frame in tape.frames:
            books.receive(frame)
            began_ns = clock_ns()
            books.top(token)
            spent_ns += clock_ns() - began_ns
        return spent_ns / len(tape.frames) / 1e3

    found = in_turn({"ours": our_view, "SortedDict": naive_view}, rounds)
    ratio = median_ratio(found["ours"], found["SortedDict"], more_is_better=False)
    return Line(
        bench="view of ten levels a side after each change",
        value=significant(median(found["ours"])),
        unit="us",
        rounds=rounds,
        ratio_to={"SortedDict": ratio},
        aim="3 × SortedDict",
    )
