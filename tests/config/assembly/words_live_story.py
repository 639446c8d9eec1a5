"""Test words of stories in which one process trades for real."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from oms.entries import read_journal
from oms.values.commands import Place, Prepared
from tests.config.words_live import QUOTING, Floor, Stage, Trader, stage

TRIES = 7
DEEP: dict[str, Any] = {**QUOTING, "depth": 20, "size_shares": 5, "max_net_shares": 1_000, "max_collateral_usd": 100_000}


def told(floor: Floor, trader: Trader, story: Callable[[Stage], Awaitable[None]], **more: object) -> Stage:
    """A story with one process that trades."""

    async def run() -> Stage:
        settings = trader.settings(**more)
        async with asyncio.timeout(30), stage(floor, trader, settings) as made:
            made.begin()
            await story(made)
            return made

    return asyncio.run(run())


def placed_ids(trader: Trader) -> list[str]:
    """What the journal says was sent, by the venue's ids, in order."""
    bodies = [entry.body for entry in read_journal(trader.state / "live.journal")[1]]
    return [body.venue_order_id for body in bodies if isinstance(body, Prepared) and isinstance(body.command, Place)]


async def quotes(made: Stage) -> None:
    await made.until(made.is_quoting)
