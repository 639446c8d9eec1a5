"""A market that was resolved while nobody listened is paid all the same."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from config.assembly import live_resolutions
from config.assembly.live_resolutions import ResolutionWatch
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.reads import Reads
from connectors.polymarket.resolutions import Resolutions
from connectors.transport.http import Answer, Request
from oms.engine import Engine
from oms.machines.ledger import CASH
from oms.state import EngineSettings
from oms.values.events import Deposited, Event, MarketClosed, MarketListed, SharesArrived
from oms.values.market import Market, Payout
from oms.values.units import MICRO, NS_PER_SECOND
from tests.words import NOON_NS

MARKET = Market(market_id="0x17", title="Will it?", yes="1", no="2", end_ns=NOON_NS + NS_PER_SECOND)
OTHER = msgspec.structs.replace(MARKET, market_id="0x18", yes="3", no="4")


class Nobody:
    """Is asked nothing: `Told` below answers in place of the wire."""

    async def ask(self, request: Request) -> Answer:
        raise AssertionError(f"{request}")

    act = ask


class Told(Resolutions):
    """Knows what it was given."""

    def __init__(self, **payouts: Payout) -> None:
        super().__init__(Reads(Nobody(), polymarket_budget()))
        self.payouts = payouts
        self.asked: list[str] = []

    async def payout(self, market: Market) -> Payout | None:
        self.asked.append(market.market_id)
        return self.payouts.get(market.title)


class Bot:
    """An engine that holds ten YES shares of MARKET and nothing of OTHER."""

    def __init__(self, told: Told) -> None:
        self.engine = Engine(EngineSettings())
        self.at_ns = NOON_NS
        self.watch = ResolutionWatch(self.engine.state, told, self._hear, lambda: self.at_ns)
        self._hear([
            MarketListed(market=MARKET), MarketListed(market=OTHER), Deposited(cash_micro=5 * MICRO, deposit_id="d"),
            SharesArrived(token=MARKET.yes, shares_micro=10 * MICRO, deposit_id="s"),
        ])  # fmt: skip

    def _hear(self, facts: Sequence[Event]) -> None:
        for fact in facts:
            self.engine.apply(fact, self.at_ns)

    def asked(self) -> list[str]:
        return [market.market_id for market in self.watch.in_question()]


def test_it_asks_about_what_we_hold_when_nobody_tells_of_it_any_more() -> None:
    bot = Bot(Told())
    assert bot.asked() == [MARKET.market_id], "its book was never heard, so it may be over"
    bot.engine.apply(MarketClosed(market_id=OTHER.market_id), bot.at_ns)
    assert bot.asked() == [MARKET.market_id], "in the other one there is nothing of ours"


def test_a_payout_that_the_stream_never_told_reaches_the_ledger_once(monkeypatch: pytest.MonkeyPatch) -> None:  # req 2.41
    monkeypatch.setattr(live_resolutions, "LOOK_S", 0.01)
    told = Told(**{MARKET.title: Payout(yes_ppm=1_000_000, no_ppm=0)})
    bot = Bot(told)

    async def run() -> None:
        task = asyncio.create_task(bot.watch.run())
        await asyncio.sleep(0.1)
        task.cancel()

    asyncio.run(run())
    ledger = bot.engine.state.ledger
    assert (ledger.total(CASH), ledger.total(MARKET.yes)) == (15 * MICRO, 0)
    assert told.asked == [MARKET.market_id], "what is paid is asked about no more"


def test_as_long_as_nobody_knows_it_goes_on_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_resolutions, "LOOK_S", 0.01)
    told = Told()
    bot = Bot(told)

    async def run() -> None:
        task = asyncio.create_task(bot.watch.run())
        await asyncio.sleep(0.1)
        task.cancel()

    asyncio.run(run())
    assert len(told.asked) > 1
    assert bot.engine.state.ledger.total(MARKET.yes) == 10 * MICRO
