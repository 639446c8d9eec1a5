"""Paper trading on live books: money is conserved, hashes agree, fills are judged by three lenses, and nothing is sent to the venue."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assembly.joined import Keep
from config.assembly.outside import VenueSaidNo, choose, services
from config.assembly.paper import PAPER, Paper
from config.settings import Settings
from oms.entries import read_journal
from oms.history import history_of
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.config.words_live import QUOTING, Floor, open_floor
from tests.config.words_runs import assert_adds_up

# Hashes of every book, answers within a few milliseconds: a run of a second then says something.
TABLES: dict[str, Any] = {
    "engine": {"hash_every": 1},
    "latency": {"order_ms": [1, 2], "reply_ms": [1, 2], "market_data_ms": [1, 2]},
    "strategy": {"market_making": {**QUOTING, "depth": 1}},
}


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(2) as opened:
        yield opened


def told(floor: Floor, story: Callable[[Paper], Awaitable[None]], *, keep: Keep | None = None) -> tuple[Paper, dict[str, Any]]:
    """A run that ends when the story has been told."""

    async def run() -> tuple[Paper, dict[str, Any]]:
        settings = msgspec.convert(TABLES, Settings)
        settings = msgspec.structs.replace(settings, venue=settings.venue.at_host(floor.url))
        async with asyncio.timeout(30), services(settings.venue) as venue:
            paper = Paper(settings, await choose(settings.markets, venue.catalog(), all_of_them=True), venue, keep=keep)
            over: list[bool] = []
            running = asyncio.create_task(paper.run(lambda _at_ns: not over))
            try:
                await story(paper)
            finally:
                over.append(True)
            return paper, await running

    return asyncio.run(run())


async def until(is_so: Callable[[], object]) -> None:
    end_s = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < end_s, "it did not come to that in time"
        await asyncio.sleep(0.01)


async def is_filled(paper: Paper, floor: Floor) -> None:
    """Quotes rest, and somebody trades through them on the real exchange."""
    await until(lambda: len(paper.joined.engine.state.blotter.open_orders(floor.markets[0].market_id)) == 2)
    fills = paper.joined.engine.state.fills_by
    for side, outcome in ((Side.SELL, "YES"), (Side.BUY, "NO")):
        for _ in range(100):  # our quotes may not be there yet, or on the move, just when somebody trades
            floor.trades(side, 100)
            await asyncio.sleep(0.1)
            if fills[outcome, "BUY"] or fills["NO" if outcome == "YES" else "YES", "SELL"]:
                break
    await until(lambda: sum(fills.values()) >= 2)


def test_money_is_conserved_hashes_agree_and_quotes_that_are_traded_through_are_filled(floor: Floor) -> None:  # req 2.54
    _, report = told(floor, lambda paper: is_filled(paper, floor))
    assert_adds_up(report)
    assert report["orders"]["filled"] >= 2
    assert 0 < report["books"]["hash_checked"] == report["books"]["hash_agreed"]
    assert report["books"]["mirror_agreement"] == 1
    assert {name: report["lenses"][name]["fills"] > 0 for name in ("touch", "queue", "through")} == dict.fromkeys(("touch", "queue", "through"), True)
    assert report["lenses"]["queue"]["fills"] == report["fills"]["count"]
    assert report["refused_frames"] == {}
    assert report["cash"]["start_micro"] == 1_000 * MICRO


def test_the_venue_is_sent_nothing_but_questions(floor: Floor) -> None:
    before = floor.do(lambda: (len(floor.host.book.orders), len(floor.host.exchange.clearing.accounts)))

    async def quotes(paper: Paper) -> None:
        await until(lambda: paper.joined.engine.state.blotter.open_count)

    _, report = told(floor, quotes)
    assert report["orders"]["placed"] > 0
    assert floor.do(lambda: (len(floor.host.book.orders), len(floor.host.exchange.clearing.accounts))) == before


def test_the_journal_of_a_paper_run_tells_what_the_run_told(floor: Floor, tmp_path: Path) -> None:
    keep = Keep(path=tmp_path / "j", run_id="paper")
    _, report = told(floor, lambda paper: is_filled(paper, floor), keep=keep)
    history = history_of(tmp_path / "j")
    assert history.disagreement == ""
    assert history.totals["fills"]["count"] == report["fills"]["count"]
    assert PAPER in read_journal(tmp_path / "j")[0].about["notes"]


def test_feeds_that_break_down_end_the_run_with_a_name(floor: Floor) -> None:
    def breaks(_group: asyncio.TaskGroup) -> None:
        raise ZeroDivisionError

    async def break_it(paper: Paper) -> None:
        await until(lambda: paper.joined.engine.state.desks)
        paper.feed._act = breaks  # type: ignore[method-assign,assignment]
        await until(lambda: paper.feed.shards.is_ending)

    with pytest.raises(VenueSaidNo, match="the market data broke down: ZeroDivisionError"):
        told(floor, break_it)


def test_what_a_feed_refuses_is_counted_by_name_over_all_its_sockets(floor: Floor) -> None:
    async def spoil(paper: Paper) -> None:
        await until(lambda: paper.feed.shards.lines and paper.joined.engine.state.blotter.open_count)
        line = paper.feed.shards.lines[0]
        line.receive(b"rubbish", time.time_ns())
        line.receive(b"rubbish", time.time_ns())

    _, report = told(floor, spoil)
    assert sum(report["refused_frames"].values()) == 2
