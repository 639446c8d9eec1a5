"""What `paper` and `live` hear is on a tape that `replay` lives again, turn for turn."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from config.assembly.joined import Joined
from config.assembly.outside import Chosen, choose, services
from config.assembly.own_tape import ENDED
from config.assembly.paper import Paper
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, Settings, load
from config.tape_section import TapeSection
from connectors.importers import open_tape
from connectors.polymarket.catalog import Listing
from connectors.polymarket.market_stream import MarketStream
from connectors.polymarket.reference import Reference, Source
from connectors.tape import (
    CHANNEL_BOOKS_CONFIRMED,
    CHANNEL_CONTINUITY_LOST,
    CHANNEL_MARKET_LISTED,
    CHANNEL_POLYMARKET_MARKET,
    Frame,
    TurnMark,
    read_frames,
    read_records,
)
from oms.ports import Turned
from oms.values.commands import EFFECTS, canonical_line
from oms.values.events import BestTold, BookReset, BooksConfirmed, ContinuityLost, Event, LevelsChanged, TickChanged, Traded
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import NS_PER_SECOND, Nanos
from tests.config.assembly.test_paper import TABLES, until
from tests.config.words_live import Floor, Trader, open_floor, stage

SAMPLE = next((FOLDER / "samples").glob("*.jsonl.gz"))
LIVED_FRAMES = 3_000
HEARD = (BestTold, BookReset, BooksConfirmed, ContinuityLost, LevelsChanged, TickChanged, Traded)
"""Facts that come from frames and holes; what the engine and the simulated venue make of them does not."""
T0 = 1_795_267_800 * NS_PER_SECOND
Commands = list[tuple[Nanos, bytes]]
Turns = dict[Nanos, list[Event]]


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(2) as opened:
        yield opened


def settings_of(folder: Path, **tables: dict[str, Any]) -> Settings:
    return msgspec.convert({**TABLES, "live": {"state": str(folder)}, **tables}, Settings)


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "tape").glob("*.tape*"))


def commands_of(joined: Joined) -> Commands:
    """Every command of the run that has an effect, with its time, as it is committed."""
    lines: Commands = []
    commit = joined.journal.commit

    def noted(record: Turned) -> None:
        lines.extend((record.at_ns, canonical_line(ready.command)) for ready in record.ready if isinstance(ready.command, EFFECTS))
        commit(record)

    joined.journal.commit = noted  # type: ignore[method-assign]
    return lines


def heard_by(joined: Joined) -> Turns:
    """What the market data told in each turn, by the turn's time."""
    turns: Turns = {}

    def hears(event: Event, at_ns: Nanos) -> None:
        if isinstance(event, HEARD):
            turns.setdefault(at_ns, []).append(event)

    joined.watchers.append(hears)
    return turns


class Clock:
    """Stands where it is put."""

    def __init__(self, at_ns: Nanos) -> None:
        self.at_ns = at_ns

    def __call__(self) -> Nanos:
        return self.at_ns


def rounds_until(paper: Paper, clock: Clock, until_ns: Nanos) -> None:
    """As on a machine without delay: a round at each moment when something is due."""
    while (due_ns := paper.loop._due_ns()) is not None and due_ns < until_ns:
        clock.at_ns = max(due_ns, clock.at_ns)
        paper.loop._round(clock.at_ns)


def live_through(paper: Paper, clock: Clock, frames: list[Frame], stream: MarketStream) -> None:
    """Frames arrive at their times, several at once make one turn."""
    paper.loop._round(clock.at_ns)
    for number, frame in enumerate(frames):
        rounds_until(paper, clock, frame.at_ns)
        clock.at_ns = frame.at_ns
        paper.tape.sink(CHANNEL_POLYMARKET_MARKET, frame.payload, frame.at_ns)
        facts = stream.receive(frame.payload, frame.at_ns)
        if facts:
            paper._heard(facts, frame.at_ns)
        if number + 1 == len(frames) or frames[number + 1].at_ns != frame.at_ns:
            paper.loop._round(clock.at_ns)


@pytest.mark.parametrize(("segment_s", "count"), [(3_600, 1), (60, 29)])
def test_a_paper_run_without_delays_of_its_machine_is_replayed_to_the_same_commands(tmp_path: Path, segment_s: int, count: int) -> None:
    recording = open_tape(SAMPLE)
    frames = [frame for frame in recording.frames() if frame.channel == CHANNEL_POLYMARKET_MARKET][:LIVED_FRAMES]
    reference = Reference(source=Source.UNKNOWN, symbol="", average_s=60)
    chosen = Chosen(listings=tuple(Listing(market=market, slug="s", outcomes=("Up", "Down"), reference=reference) for market in recording.markets))
    given = load(FOLDER / "replay.toml", {})
    settings = replace(given, live=replace(given.live, state=str(tmp_path)), tape=TapeSection(segment_s=segment_s))

    async def lived() -> tuple[Commands, Turns]:
        clock = Clock(frames[0].at_ns - NS_PER_SECOND)
        async with services(settings.venue.at_host("http://127.0.0.1:9")) as nobody:
            paper = Paper(settings, chosen, nobody, now=clock)
            commands, turns = commands_of(paper.joined), heard_by(paper.joined)
            paper.tape.begin(paper.start_ns)
            live_through(paper, clock, frames, MarketStream({token: market for market in recording.markets for token in (market.yes, market.no)}))
            paper.tape.close()
        return commands, turns

    commands, turns = asyncio.run(lived())
    assert len(segments(tmp_path)) == count
    again = Replay(settings, open_tapes(settings, segments(tmp_path)))
    repeated, same_turns = commands_of(again.joined), heard_by(again.joined)
    again.run()
    assert len(commands) > 100
    assert [command for command in repeated if command[0] <= frames[-1].at_ns] == commands
    assert {at_ns: told for at_ns, told in same_turns.items() if at_ns <= frames[-1].at_ns} == turns


def told_on_paper(floor: Floor, settings: Settings, story: Callable[[Paper], Awaitable[None]]) -> tuple[Paper, Turns]:
    """A run against the exchange that ends when the story has been told, and what it heard turn by turn."""
    settings = replace(settings, venue=settings.venue.at_host(floor.url))

    async def run() -> tuple[Paper, Turns]:
        async with asyncio.timeout(40), services(settings.venue) as venue:
            paper = Paper(settings, await choose(settings.markets, venue.catalog(), all_of_them=True), venue)
            turns, over = heard_by(paper.joined), list[bool]()
            running = asyncio.create_task(paper.run(lambda _at_ns: not over))
            try:
                await story(paper)
            finally:
                over.append(True)
            await running
            return paper, turns

    return asyncio.run(run())


async def trades_and_a_closed_socket(paper: Paper, floor: Floor) -> None:
    await until(lambda: paper.joined.engine.state.blotter.open_count)
    for _ in range(5):
        for side in (Side.SELL, Side.BUY):
            await asyncio.to_thread(floor.trades, side, 20)
            await asyncio.sleep(0.05)
    holes = paper.tape.holes
    await asyncio.to_thread(floor.do, lambda: floor.gateway.streams.close_all("market"))
    await until(lambda: paper.tape.holes > holes)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(floor.trades, Side.BUY, 20)
    await asyncio.sleep(0.2)


def test_a_paper_run_over_real_sockets_is_replayed_with_the_same_facts_in_every_turn(floor: Floor, tmp_path: Path) -> None:  # req 2.65
    # The simulated venue's answers come to paper when its loop wakes up, a moment late, and to a replay when they are due: those turns may differ.
    paper, turns = told_on_paper(floor, settings_of(tmp_path), lambda paper: trades_and_a_closed_socket(paper, floor))
    again = Replay(paper.settings, open_tapes(paper.settings, segments(tmp_path)))
    repeated = heard_by(again.joined)
    again.run()
    assert sum(map(len, turns.values())) > 20
    assert any(isinstance(fact, ContinuityLost) for told in turns.values() for fact in told)
    assert repeated == turns


def test_on_a_venue_where_nothing_happens_the_books_stay_believed_and_in_the_replay_too(floor: Floor, tmp_path: Path) -> None:
    # user-asks 17: silence_s passes twice without a word of the stream; REST is the witness
    settings = settings_of(tmp_path, engine={"silence_s": 2}, strategy={})

    def are_believed(paper: Paper) -> bool:
        return all(book.health is Health.LIVE for desk in paper.joined.engine.state.desks.values() for book in (desk.yes, desk.no))

    async def nothing(paper: Paper) -> None:
        await until(lambda: are_believed(paper))
        await asyncio.sleep(5)
        assert are_believed(paper)

    paper, turns = told_on_paper(floor, settings, nothing)
    confirmed = [fact for told in turns.values() for fact in told if isinstance(fact, BooksConfirmed)]
    assert len(confirmed) >= 4
    again = Replay(paper.settings, open_tapes(paper.settings, segments(tmp_path)))
    repeated = heard_by(again.joined)
    again.run()
    assert {at_ns: repeated.get(at_ns) for at_ns in turns} == turns  # the tape ends with the closing of the socket, after the last turn


def test_a_turn_names_the_frames_that_its_facts_came_from_and_no_segment_ends_within_one(floor: Floor, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    paper, turns = told_on_paper(floor, settings, lambda paper: trades_and_a_closed_socket(paper, floor))
    records = [record for path in segments(tmp_path) for record in read_records(path)]
    frames = {record.seq: record for record in records if isinstance(record, Frame)}
    marks = [record for record in records if isinstance(record, TurnMark)]
    assert {mark.at_ns: True for mark in marks}.keys() == turns.keys()
    for mark in marks:
        assert all(frames[seq].at_ns <= mark.at_ns for seq in range(mark.first_seq, mark.last_seq + 1))
    claimed = [seq for mark in marks for seq in range(mark.first_seq, mark.last_seq + 1)]
    assert claimed == sorted(set(claimed))
    assert [frame.channel for frame in frames.values()][:2] == [CHANNEL_MARKET_LISTED] * 2
    holes = [frame for frame in frames.values() if frame.channel == CHANNEL_CONTINUITY_LOST]
    assert len(holes) == paper.tape.holes >= 2
    assert paper.tape.words() == f"{tmp_path}/tape, {paper.tape.frames} frames"


def test_live_records_the_market_and_not_the_account(floor: Floor, tmp_path: Path) -> None:
    trader = Trader(tmp_path)

    async def play() -> None:
        async with stage(floor, trader) as process:
            process.begin()
            await process.until(process.is_quoting)
            await process.ends()

    asyncio.run(play())
    (path,) = segments(trader.state)
    frames = list(read_frames(path))
    channels = {CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, CHANNEL_CONTINUITY_LOST}
    assert {frame.channel for frame in frames} - {CHANNEL_BOOKS_CONFIRMED} == channels
    assert any(isinstance(record, TurnMark) for record in read_records(path))
    assert not any(trader.address[2:].lower().encode() in frame.payload.lower() for frame in frames)


def test_a_tape_that_cannot_be_begun_is_one_alert_and_the_run_goes_on(floor: Floor, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "tape").write_text("not a folder")

    async def quotes(paper: Paper) -> None:
        await until(lambda: paper.joined.engine.state.blotter.open_count)
        await asyncio.sleep(1.2)

    paper, _ = told_on_paper(floor, settings_of(tmp_path), quotes)
    alerts = [row for row in paper.keeper.steward.recent.alerts() if row.kind == ENDED]
    assert [(row.count, "trading goes on" in row.text) for row in alerts] == [(1, True)]
    assert paper.tape.words().startswith(f"ended: {tmp_path}/tape: ")
    assert [record.levelname for record in caplog.records if "alarm" in record.message] == ["WARNING"]
