"""The switch while trading for real: by word, by file, in time, with 500 orders."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.assembly.live import KILL_NAME
from tests.config.assembly.words_live_story import DEEP, TRIES, quotes, told
from tests.config.words_live import Floor, Stage, Trader, open_floor, stage


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor() as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


def test_a_kill_takes_everything_away_latches_and_ends(floor: Floor, trader: Trader) -> None:
    # ruling 0.10
    async def story(made: Stage) -> None:
        await quotes(made)
        floor.rests(trader.address, 3)
        await made.ends("SIGUSR1 was sent", for_good=True)

    made = told(floor, trader, story)
    assert made.live.killed is not None
    assert made.live.killed.verified
    assert floor.standing(trader.address) == []
    halt = made.live.latch.halt()
    assert halt is not None
    assert (halt.why, halt.verified) == ("SIGUSR1 was sent", True)
    assert made.live.engine.state.session.name == "halted"
    assert (made.report["left_open"], made.report["conserved"]) == (0, True)


def test_the_kill_file_kills_and_is_taken_away_and_a_kill_goes_before_a_wind_down(floor: Floor, trader: Trader) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        made.live.end("SIGTERM was sent")
        made.live.end("SIGUSR1 was sent", for_good=True)
        await made.until(lambda: made.report)

    assert told(floor, trader, story).live.killed is not None

    async def by_file(made: Stage) -> None:
        await quotes(made)
        (trader.state / KILL_NAME).touch()
        await made.until(lambda: made.report)

    made = told(floor, trader, by_file)
    assert made.live.killed is not None
    assert made.live.killed.verified
    assert not (trader.state / KILL_NAME).exists()


def test_orders_that_are_on_their_way_when_the_switch_is_pressed_are_caught(floor: Floor, trader: Trader) -> None:
    async def story(made: Stage) -> None:
        floor.do(lambda: floor.gateway.conditions.order("place late", 3))
        await made.until(lambda: made.open_count)
        await made.ends("in the middle of it", for_good=True)

    made = told(floor, trader, story)
    assert made.live.killed is not None
    assert made.live.killed.verified
    time.sleep(0.1)
    assert floor.standing(trader.address) == []


def test_500_orders_are_gone_for_certain_a_moment_after_the_trigger(tmp_path: Path) -> None:
    # ruling 0.10; run with -s to see the figures
    took: dict[str, list[float]] = {"signal": [], "file": []}

    async def once(floor: Floor, trader: Trader, route: str) -> None:
        settings = trader.settings(limits={"market_orders_max": 40}, strategy={"market_making": DEEP})
        async with asyncio.timeout(30), stage(floor, trader, settings) as made:
            made.begin()
            await made.until(lambda: made.open_count >= 500 and made.is_quoting())
            assert len(floor.standing(trader.address)) >= 500
            began = time.monotonic()
            if route == "file":
                (trader.state / KILL_NAME).touch()
            else:
                made.live.end("SIGUSR1 was sent", for_good=True)
            await made.until(lambda: made.report)
            took[route].append(time.monotonic() - began)
            assert made.live.killed is not None
            assert made.live.killed.verified
        assert floor.standing(trader.address) == []
        assert made.report["left_open"] == 0

    with open_floor(13) as floor:
        for number in range(TRIES):
            asyncio.run(once(floor, Trader(tmp_path / str(number)), "file" if number % 7 == 6 else "signal"))
    for route, seconds in took.items():
        p50, most = statistics.median(seconds), max(seconds)
        print(f"kill by {route}, 520 orders: trigger to verified zero p50 {p50 * 1e3:.0f} ms, p99 (the worst of {len(seconds)}) {most * 1e3:.0f} ms")
        assert most < 5


# The caps.
