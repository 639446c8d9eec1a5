"""How trading for real begins: nothing that arrives is lost because we were not ready for it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from config.assembly.live_books import held
from connectors.polymarket.signing import Wallet
from connectors.polymarket.venue_questions import Questions
from oms.values.events import Event
from oms.values.market import Market
from tests.config.words_live import Trader, open_floor, stage


def test_in_a_market_where_nothing_moves_it_quotes_however_long_the_wallet_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slowly(questions: Questions, wallet: Wallet, markets: Sequence[Market], *, with_cash: bool) -> list[Event]:
        await asyncio.sleep(1.0)  # by then the books of an open market channel would have come, and they come once
        return await held(questions, wallet, markets, with_cash=with_cash)

    monkeypatch.setattr("config.assembly.live.held", slowly)

    async def story() -> None:
        with open_floor() as floor:
            async with asyncio.timeout(30), stage(floor, Trader(tmp_path)) as made:
                made.begin()
                await made.until(made.is_quoting)
                await made.ends()

    asyncio.run(story())
