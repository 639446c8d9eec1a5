"""The whole turn for one frame: bytes → stream → recorded facts → books with health, sampled hashes and mirror → snapshot → strategy → quoting →
gate → journal in memory → commands on their way to the paper venue. Measured inside a living world, so orders are acknowledged and filled too.
"""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

from config.settings import FOLDER, load
from connectors.polymarket.book_hash import digest
from connectors.polymarket.market_stream import MarketStream
from oms.engine import Engine
from oms.journal import MemoryJournal
from oms.ports import Journal, Turned, Venue
from oms.state import EngineSettings, StrategyLine
from oms.turn import Turner
from oms.values.events import Event
from oms.values.units import Nanos
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger
from sim.paper_venue import PaperVenue
from sim.world import Action, World
from strategies import lookup, params_from
from tests.bench.frames import START_NS, Tape
from tests.bench.rounds import Aim, Line, percentile, significant, timed

AIM_US = 30


class StoppedTurner(Turner):
    """Knows when the bytes of the frame behind a turn arrived, and how long it was until the turn was over, in time of the processor: what else
    runs on the machine does not count, our own collector does.
    """

    def __init__(self, engine: Engine, venue: Venue, journal: Journal) -> None:
        super().__init__(engine, venue, journal)
        self.began_ns = 0
        self.frame_ns: list[int] = []
        self.other_ns: list[int] = []
        """Turns without a frame: answers, fills, deadlines."""

    def turn(self, batch: Sequence[Event], at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:
        """One turn, timed."""
        began_ns = self.began_ns or time.thread_time_ns()
        super().turn(batch, at_ns, frames)
        (self.frame_ns if self.began_ns else self.other_ns).append(time.thread_time_ns() - began_ns)
        self.began_ns = 0


class PaperDesk:
    """One market maker against the paper venue, on made-up frames."""

    def __init__(self, tape: Tape, *, levels: int | None = None, **params: int) -> None:
        """`levels` asks the strategy also about changes that deep; else as deep as it says that it looks."""
        settings = load(FOLDER / "replay.toml", {})
        self.tape = tape
        self.world = World(START_NS)
        rules = {token: "announced" for market in tape.markets for token in (market.yes, market.no)}
        messenger = Messenger(self.world, Latency(LatencySettings(), 1))
        self.venue = PaperVenue(self.world, messenger, trade_rules=rules, payouts={})
        given = {**settings.strategy["market_making"], **params}
        strategy, chosen = lookup("market_making"), params_from("market_making", given)
        depth = strategy.levels(chosen) if levels is None else levels
        line = StrategyLine(name="market_making", evaluate=strategy.evaluate, params=chosen, levels=depth)
        self.journal = MemoryJournal()
        self.engine = Engine(EngineSettings(strategies=(line,), limits=settings.limits.limits(), order_prefix="1-", digest=digest))
        self.turner = StoppedTurner(self.engine, self.venue, self.journal)
        self.stream = MarketStream({token: market for market in tape.markets for token in (market.yes, market.no)})
        self.venue.open_account(settings.account.cash_usd * 1_000_000, START_NS)
        for market in tape.markets:
            self.venue.list_market(market)
        for frame in tape.opening:
            self._take(frame, START_NS)

    def run(self) -> float:
        """Live through the tape. Returns seconds."""
        return timed(partial(self.world.run, self.turner, until_ns=self.tape.frames[-1][0], feed=self._feed()))

    def _feed(self) -> Iterator[tuple[Nanos, Action]]:
        for at_ns, frame in self.tape.frames:
            yield at_ns, partial(self._take, frame)

    def _take(self, frame: bytes, at_ns: Nanos) -> None:
        self.turner.began_ns = time.thread_time_ns()
        for event in self.stream.receive(frame, at_ns):
            self.venue.recorded(event, at_ns)


def whole_turn(name: str, frames: int, rounds: int, *, restless: bool, **params: int) -> Line:
    """Microseconds from the bytes of a frame to the end of its turn."""
    tape = Tape(markets=1, frames=frames, restless=restless)
    means: list[float] = []
    samples: list[int] = []
    all_in_us: list[float] = []
    desk = PaperDesk(tape, **params)
    for number in range(rounds):
        if number:
            desk = PaperDesk(tape, **params)
        all_in_us.append(desk.run() / frames * 1e6)
        turns = desk.turner.frame_ns[10:] or desk.turner.frame_ns
        means.append(sum(turns) / len(turns) / 1e3)
        samples += turns
    samples.sort()
    state = desk.engine.state
    assert not state.desks[tape.markets[0].market_id].quarantine
    book = state.desks[tape.markets[0].market_id].yes
    assert book.hash_checked == book.hash_agreed > 0, "the made-up hashes are right"
    return Line(
        bench=name,
        value=significant(median(means)),
        unit="us",
        rounds=rounds,
        p50=significant(percentile(samples, 0.5) / 1e3),
        p99=significant(percentile(samples, 0.99) / 1e3),
        max=significant(samples[-1] / 1e3),
        ratio_to={f"{AIM_US} us mean": significant(AIM_US / median(means))},
        aims=(Aim(f"{AIM_US} us mean", 1),),
        more={"commands_a_frame": significant(desk.journal.hash.count / frames), "all_in_us": significant(median(all_in_us))},
    )


def commanding_turn(frames: int = 400) -> Turned:
    """A turn that commands, as the journal is shown it: of those of a restless market the one in the middle by the number of commands."""
    desk = PaperDesk(Tape(markets=1, frames=frames, restless=True))
    desk.run()
    turns = sorted(desk.journal.tail, key=lambda record: len(record.ready))
    return turns[len(turns) // 2]
