"""A paper run follows its markets, and its tape tells it so that a replay lists the same at the same moments."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from config.assembly import live_resolutions
from config.assembly.outside import choose, services
from config.assembly.paper import Paper
from config.assembly.replay import Replay, open_tapes
from oms.values.events import ContinuityLost, Event, EventListed, MarketListed
from oms.values.market import Market, Payout
from oms.values.orders import Side
from oms.values.units import NS_PER_SECOND, Nanos
from tests.config.assembly.test_own_tape_replayed import heard_by, segments, settings_of
from tests.config.assembly.test_paper import until
from tests.config.words_live import Floor, open_floor, open_market

YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)
Lists = list[tuple[Nanos, Event]]


async def opens(floor: Floor, name: str, left_s: int = 86_400) -> Market:
    return await asyncio.to_thread(lambda: floor.do(lambda: open_market(floor, name, left_s=left_s)))


def listings(run: Paper | Replay) -> Lists:
    """What the engine is told of markets and events, and when."""
    told: Lists = []
    run.joined.watchers.append(lambda event, at_ns: told.append((at_ns, event)) if isinstance(event, MarketListed | EventListed) else None)
    return told


def books(turns: dict[Nanos, list[Event]]) -> dict[Nanos, list[Event]]:
    """What was told of books in each turn. A loss of some books is one of all on a tape (own_tape.py), so losses may name other tokens."""
    told: dict[Nanos, list[Event]] = {at_ns: [fact for fact in facts if type(fact) is not ContinuityLost] for at_ns, facts in turns.items()}
    return {at_ns: facts for at_ns, facts in told.items() if facts}


def lived(tmp_path: Path, story: Callable[[Floor, Paper], Awaitable[None]], *, segment_s: int = 3_600) -> None:
    """A run until the story is told, and its replay: the same listings, and the same facts in every turn."""
    settings = settings_of(tmp_path, tape={"segment_s": segment_s})

    async def run(floor: Floor) -> tuple[Lists, dict[Nanos, list[Event]]]:
        at_floor = replace(settings, venue=settings.venue.at_host(floor.url))
        async with asyncio.timeout(50), services(at_floor.venue) as venue:
            paper = Paper(at_floor, await choose(at_floor.markets, venue.catalog(), all_of_them=True), venue)
            told, turns, over = listings(paper), heard_by(paper.joined), list[bool]()
            running = asyncio.create_task(paper.run(lambda _at_ns: not over))
            try:
                await until(lambda: paper.joined.engine.state.blotter.open_count)
                await story(floor, paper)
            finally:
                over.append(True)
            report = await running
            assert report["conserved"] is True
            return told, turns

    with open_floor(1) as floor:
        told, turns = asyncio.run(run(floor))
    again = Replay(settings, open_tapes(settings, segments(tmp_path)))
    repeated, same_turns = listings(again), heard_by(again.joined)
    again.run()
    assert [event for _, event in repeated] == [event for _, event in told]
    assert repeated[1:] == told[1:]  # the first are listed when the run begins, a moment before the first frame
    assert books(same_turns) == books(turns)


def test_a_market_that_opens_is_traded_and_one_that_is_paid_out_is_let_go_and_a_replay_lives_it_again(tmp_path: Path) -> None:
    async def story(floor: Floor, paper: Paper) -> None:
        state, first = paper.joined.engine.state, floor.markets[0]
        market = await opens(floor, "the next one")
        await paper.following.look()
        await until(lambda: state.blotter.open_orders(market.market_id))
        await asyncio.to_thread(floor.do, lambda: floor.host.resolve(first.market_id, YES_WINS))
        await until(lambda: state.desks[first.market_id].payout is not None)
        await paper.following.look()
        assert list(paper.following.roster.followed) == [market.market_id]
        assert [token for line in paper.feed.shards.lines for token in line.live] == [market.yes, market.no]
        third = await opens(floor, "the third")
        await paper.following.look()
        await until(lambda: state.blotter.open_orders(third.market_id))

    lived(tmp_path, story)


def test_an_end_that_passes_and_then_moves_is_replayed_where_it_moved(tmp_path: Path) -> None:
    async def story(floor: Floor, paper: Paper) -> None:
        market = floor.markets[0]
        desk = paper.joined.engine.state.desks[market.market_id]

        def says(left_s: int) -> None:
            listed = floor.host.listed[market.market_id]
            end_ns = (floor.host.now_ns() // NS_PER_SECOND + left_s) * NS_PER_SECOND
            floor.host.listed[market.market_id] = replace(listed, market=replace(listed.market, end_ns=end_ns))

        await asyncio.to_thread(floor.do, lambda: says(2))
        await paper.following.look()
        await until(lambda: desk.closed)
        await asyncio.to_thread(floor.do, lambda: says(86_400))
        await paper.following.look()
        await until(lambda: not desk.closed and paper.joined.engine.state.blotter.open_orders(market.market_id))

    lived(tmp_path, story)


def test_each_segment_of_a_tape_lists_what_is_followed_when_it_begins(tmp_path: Path) -> None:
    async def story(floor: Floor, paper: Paper) -> None:
        state = paper.joined.engine.state
        for number in range(3):
            market = await opens(floor, f"window {number}")
            await paper.following.look()
            await until(lambda: state.blotter.open_orders(market.market_id))  # noqa: B023 (awaited at once)
            await asyncio.sleep(1.1)

    lived(tmp_path, story, segment_s=1)
    assert len(segments(tmp_path)) >= 3
    first, *_, last = open_tapes(settings_of(tmp_path), segments(tmp_path))
    assert (len(first.recording.begins_with), len(last.recording.begins_with)) == (1, 4)


def test_a_venue_on_paper_forgets_what_was_paid_out_and_the_engine_forgot(tmp_path: Path) -> None:
    async def story(floor: Floor, paper: Paper) -> None:
        first = floor.markets[0]
        await opens(floor, "the next one")
        await paper.following.look()
        await asyncio.to_thread(floor.do, lambda: floor.host.resolve(first.market_id, YES_WINS))
        await until(lambda: paper.joined.engine.state.desks[first.market_id].payout is not None)
        await paper.following.look()
        assert first.market_id in paper.venue.markets
        await until(lambda: not paper.joined.engine.state.blotter.open_orders(first.market_id))
        paper.joined.engine.state.desks.pop(first.market_id)  # as forgetting does in time
        await paper.following.look()
        assert first.market_id not in paper.venue.markets
        raise _EnoughError

    try:
        lived(tmp_path, story)
    except _EnoughError:
        return
    raise AssertionError("the story was not told")


class _EnoughError(Exception):
    """The rest of the run is of no interest: its engine was tampered with."""


def test_a_payout_that_the_stream_did_not_tell_is_asked_for_on_paper_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_resolutions, "LOOK_S", 0.2)

    async def run(floor: Floor) -> None:
        settings = settings_of(tmp_path)
        settings = replace(settings, venue=settings.venue.at_host(floor.url))
        async with asyncio.timeout(50), services(settings.venue) as venue:
            paper, over = Paper(settings, await choose(settings.markets, venue.catalog(), all_of_them=True), venue), list[bool]()
            running = asyncio.create_task(paper.run(lambda _at_ns: not over))
            state, market = paper.joined.engine.state, floor.markets[0]
            await until(lambda: state.blotter.open_count)
            while not state.ledger.total(market.yes):  # our quote may be on the move just when somebody trades
                await asyncio.to_thread(floor.trades, Side.SELL, 100)
                await asyncio.sleep(0.1)
            paper.feed.drop(market)  # nobody tells of it any more
            await asyncio.to_thread(floor.do, lambda: floor.gateway.streams.close_all("market"))
            await asyncio.to_thread(floor.do, lambda: floor.host.resolve(market.market_id, YES_WINS))
            await until(lambda: state.desks[market.market_id].payout == YES_WINS)
            over.append(True)
            assert (await running)["conserved"] is True

    with open_floor(1) as floor:
        asyncio.run(run(floor))
