"""What breaks while trading for real: the journal, a turn, a part. What stands of ours is taken away, for nobody watches it any more."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.assembly.outside import VenueSaidNo
from oms.ports import JournalFailed
from tests.config.assembly.words_live_story import quotes, told
from tests.config.words_live import Floor, Stage, Trader, open_floor


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor() as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


def test_a_journal_that_takes_nothing_more_ends_the_run_and_what_stood_is_taken_away(
    floor: Floor, trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        floor.rests(trader.address, 1)

        def full(_record: object) -> None:
            raise JournalFailed("no room")

        monkeypatch.setattr(made.live.books.journal, "commit", full)
        with pytest.raises(JournalFailed, match="no room"):
            await made.until(lambda: False)

    told(floor, trader, story)
    assert len(floor.standing(trader.address)) == 1  # the one that is not ours


def test_a_turn_that_breaks_one_of_our_invariants_ends_the_run_and_what_stood_is_taken_away(
    floor: Floor, trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the dead man's switch (or in the ten seconds it takes) nobody else would take it away."""

    async def story(made: Stage) -> None:
        await quotes(made)
        floor.rests(trader.address, 1)

        def broken(_at_ns: int) -> None:
            raise AssertionError("the gate approved what the ledger refuses")

        monkeypatch.setattr(made.live.engine, "decide", broken)
        with pytest.raises(AssertionError, match="the ledger refuses"):
            await made.until(lambda: False)

    told(floor, trader, story, live={"heartbeat_s": 0})
    assert len(floor.standing(trader.address)) == 1  # the one that is not ours


def test_orders_that_were_on_their_way_when_it_broke_are_taken_away_too(floor: Floor, trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(made: Stage) -> None:
        floor.do(lambda: floor.gateway.conditions.order("place late", 3))
        await made.until(lambda: made.open_count)
        monkeypatch.setattr(made.live.engine, "decide", lambda _at_ns: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            await made.until(lambda: False)

    told(floor, trader, story, live={"heartbeat_s": 0})
    time.sleep(0.2)
    assert floor.orders_of(trader.address)
    assert floor.standing(trader.address) == []


def test_a_part_that_breaks_down_ends_the_run_in_order_and_is_named(floor: Floor, trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        monkeypatch.setattr(made.live.feed, "_act", lambda _group: 1 // 0)
        with pytest.raises(VenueSaidNo, match="a part of the bot broke down: ZeroDivisionError"):
            await made.until(lambda: False)

    told(floor, trader, story)
    assert floor.standing(trader.address) == []
