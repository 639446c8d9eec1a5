"""A strategy replayed over a market: our whole turn against other people's backtests.

Ours runs as it would live: stream (from raw frames) → paper venue → books with health and mirror → snapshot → strategy → quoting → gate → journal in
memory → orders on their way, acknowledged and filled. Both tokens of the market are kept.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from oms.machines.ladder import VIEW_DEPTH
from oms.values.events import BookReset, Event, LevelsChanged
from oms.values.orders import Side
from oms.values.units import Nanos
from sim.world import Action
from tests.bench.frames import START_NS, Tape
from tests.bench.market_data import given_engine
from tests.bench.peers import backtests as peers
from tests.bench.peers.found import here
from tests.bench.rounds import Aim, Line, compared, in_turn, significant
from tests.bench.turn import PaperDesk

Facts = list[tuple[Nanos, list[Event]]]
NAUTILUS: Final = "nautilus BacktestEngine"
SAME_DATA: Final = f"{NAUTILUS}, both tokens"
"""As much data as ours is shown; of the other contestants of nautilus one is shown a token only, one looks at ten levels of it."""


class FactsDesk(PaperDesk):
    """The desk on facts that were decoded before, its strategy asked about each change of the ten levels that it is shown."""

    def __init__(self, tape: Tape, facts: Facts) -> None:
        super().__init__(tape, levels=VIEW_DEPTH)
        self._facts = facts

    def _feed(self) -> Iterator[tuple[Nanos, Action]]:
        for at_ns, events in self._facts:
            yield at_ns, partial(self._tell, events)

    def _tell(self, events: list[Event], at_ns: Nanos) -> None:
        for event in events:
            self.venue.recorded(event, at_ns)


def lines(frames: int, rounds: int) -> list[Line]:
    """Frames a second, all from the same rounds: from decoded facts with a view each change, and from raw frames as a recording is replayed."""
    return [line for restless in (False, True) for line in _lines(Tape(markets=1, frames=frames, restless=restless), rounds, restless=restless)]


def _lines(tape: Tape, rounds: int, *, restless: bool) -> list[Line]:
    facts, histories = decoded(tape)
    commands: dict[str, float] = {}

    def ours(name: str, desk: PaperDesk) -> float:
        seconds = desk.run()
        commands[f"commands_{name}"] = desk.journal.hash.count
        return len(tape.frames) / seconds

    def theirs(name: str, run: "peers.NautilusBacktest | peers.HftBacktest") -> float:
        seconds = run.run()
        commands[f"commands_{name}"] = run.commands
        return len(tape.frames) / seconds

    contestants = {
        "from facts": lambda: ours("facts", FactsDesk(tape, facts)),
        "from raw": lambda: ours("raw", PaperDesk(tape)),
    }
    if here("nautilus_trader", "py_clob_client"):
        contestants[SAME_DATA] = lambda: theirs("nautilus", peers.NautilusBacktest(histories, sees_levels=False))
        contestants[f"{NAUTILUS}, one token"] = lambda: theirs("nautilus_one", peers.NautilusBacktest(histories[:1], sees_levels=False))
        contestants[f"{NAUTILUS}, one, ten levels"] = lambda: theirs("nautilus_ten", peers.NautilusBacktest(histories[:1], sees_levels=True))
    if here("hftbacktest"):
        contestants["hftbacktest, one token, compiled"] = lambda: theirs("hft", peers.HftBacktest(histories[0]))
    found = in_turn(contestants, rounds)
    others = {name: values for name, values in found.items() if not name.startswith("from")}
    market = "the middle moves" if restless else "calm market"
    return [
        compared(
            f"backtest from facts, a view each, {market}",
            "frames/s",
            {"ours": found["from facts"], **others},
            aims=(Aim(SAME_DATA, 6, 10),),
            more={name: significant(number) for name, number in commands.items()},
        ),
        compared(f"replay of raw frames, whole OMS, {market}", "frames/s", {"ours": found["from raw"], **others}, aims=(Aim(SAME_DATA, 1, 3),)),
    ]


def decoded(tape: Tape) -> tuple[Facts, list[peers.History]]:
    """The tape as our facts, and as changes of the book of YES and of NO."""
    stream, _ = given_engine(tape)
    openings = [event for frame in tape.opening for event in stream.receive(frame, START_NS) if isinstance(event, BookReset)]
    facts = [(at_ns, list(stream.receive(frame, at_ns))) for at_ns, frame in tape.frames]
    histories = []
    for opening in openings:
        changes = [
            (at_ns, [(side is Side.BUY, price, size) for side, price, size in event.levels])
            for at_ns, events in facts
            for event in events
            if isinstance(event, LevelsChanged) and event.token == opening.token
        ]
        levels = [(is_bid, *level) for is_bid, side in ((True, opening.bids), (False, opening.asks)) for level in side]
        histories.append(peers.History(tape.markets[0], opening.token, levels, changes))
    return facts, histories
