"""A console between a made-up Telegram and a made-up daemon, and pictures to show."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from connectors.operator.control.protocol import Answer, Instruction, Shown, Welcome
from connectors.operator.metrics.telegram import TelegramFigures
from connectors.operator.telegram import alerts, bot, outbox, polling
from connectors.operator.telegram.api import Api
from connectors.operator.telegram.bot import Rules, TelegramBot
from connectors.operator.telegram.confirmations import Confirmations
from connectors.operator.telegram.console import Console
from connectors.operator.telegram.polling import Clock
from oms.values.panel_rows import AlertRow, BundleRow, FeedRow, FillRow, HoldingRow, NearRow, OrderRow
from oms.values.panels import Alerts, Arbitrage, Fills, Health, Inventory, Orders, Overview, Topic, View
from oms.values.units import MICRO, NS_PER_SECOND
from tests.connectors.operator.telegram.fake_api import CHAT, OPERATOR, TOKEN, FakeApi

AT_NS = 1_790_000_000 * NS_PER_SECOND
"""2026-09-21 14:13:20 UTC."""
TITLE = "Will it rain?"
WELCOME = Welcome(protocol=1, verb="live", version="1.2", pid=77)


def overview(**given: object) -> Overview:
    known: dict[str, object] = {
        "at_ns": AT_NS,
        "verb": "live",
        "phase": "trading",
        "since_ns": AT_NS - 3_700 * NS_PER_SECOND,
        "version": "1.2",
        "commit": "abcdef",
        "cash_free_micro": 800 * MICRO,
        "cash_pending_micro": 150 * MICRO,
        "fees_micro": 1_234_567,
        "start_micro": 1_000 * MICRO,
        "equity_mark_micro": 1_012_300_000,
        "equity_worst_micro": 950 * MICRO,
        "peak_micro": 1_020 * MICRO,
        "day_start_micro": 1_010 * MICRO,
        "placed": 120,
        "filled": 40,
        "cancelled": 60,
        "resting": 18,
        "fills": 55,
        "settlements_failed": 2,
        "markets": 30,
        "books_live": 58,
        "books_stale": 2,
        "alerts": 7,
        "near": 4,
    }
    return Overview(**(known | given))  # type: ignore[arg-type]


def fill(**given: object) -> FillRow:
    known: dict[str, object] = {
        "at_ns": AT_NS,
        "order_id": "o-1",
        "market_id": "m",
        "title": TITLE,
        "outcome": "YES",
        "side": "BUY",
        "price_pips": 5_300,
        "shares_micro": 10 * MICRO,
        "cash_micro": 5_300_000,
        "fee_micro": 10_000,
        "is_maker": True,
        "stage": "MATCHED",
    }
    return FillRow(**(known | given))  # type: ignore[arg-type]


def alert(text: str = "the venue is slow", kind: str = "slow", count: int = 1) -> AlertRow:
    return AlertRow(at_ns=AT_NS, kind=kind, text=text, count=count)


def pictures(title: str = TITLE) -> dict[Topic, View]:
    """One of each kind that the console asks for; `title` is the venue's."""
    holding = HoldingRow(market_id="m", title=title, outcome="YES", confirmed_micro=12_345_678, mark_half_pips=10_601, market_worst_micro=-3 * MICRO)
    order = OrderRow(order_id="o-1", market_id="m", title=title, outcome="NO", side="SELL", price_pips=4_700, size_micro=5 * MICRO, status="pending")
    near = NearRow(event_id="e", title=title, strategy="negrisk", shape="long", edge_pips=-12, sets_micro=20 * MICRO, why=title)
    bundle = BundleRow(bundle_id="b", event_id="e", strategy="s", shape="long", legs=3, sets_micro=MICRO, worst_micro=1, opened_ns=AT_NS)
    feed = FeedRow(name="market 1", is_open=False, heard_ns=AT_NS - NS_PER_SECOND, trouble=title)
    return {
        Topic.OVERVIEW: overview(why=title),
        Topic.INVENTORY: Inventory(at_ns=AT_NS, rows=(holding,), worst_micro=950 * MICRO, differences=(title,)),
        Topic.ORDERS: Orders(at_ns=AT_NS, open=(order,), left_out=3),
        Topic.FILLS: Fills(at_ns=AT_NS, rows=(fill(title=title),), count=55, shares_micro=550 * MICRO),
        Topic.ARBITRAGE: Arbitrage(at_ns=AT_NS, near=(near,), in_flight=(bundle,), seen=9, taken=2, missed={"too thin": 7}, result_micro=-250_000),
        Topic.HEALTH: Health(at_ns=AT_NS, lag_ms=1.5, turns=9, last_turn_ns=AT_NS, feeds=(feed,), refusals={"CAP": 3}, guards={"loss": title}),
        Topic.ALERTS: Alerts(at_ns=AT_NS, rows=(alert(title),)),
    }


class FakeDaemon:
    """Answers at once, or not at all."""

    def __init__(self, title: str = TITLE) -> None:
        self.views = pictures(title)
        self.did: list[Instruction] = []
        self.away = ""
        """Not empty: nobody answers, and why."""
        self.hangs_s = 0.0

    async def ask(self, topic: Topic) -> Shown | Answer:
        await asyncio.sleep(self.hangs_s)
        if self.away:
            return Answer(id=0, ok=False, text=self.away)
        return Shown(topic=topic, view=self.views[topic])

    async def do(self, what: Instruction) -> Answer:
        await asyncio.sleep(0)
        if self.away:
            return Answer(id=0, ok=False, text=self.away)
        self.did.append(what)
        return Answer(id=0, ok=True, text=f"{type(what).__name__} & done <here>")


class Hands:
    """Clocks that a test may push."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.wall_ns = 0
        real = Clock()
        self.clock = Clock(lambda: real.now_ns() + self.now_ns, lambda: real.wall_ns() + self.wall_ns)


class Stand:
    """Everything that stands around one console, and the console."""

    def __init__(self, telegram: FakeApi, daemon: FakeDaemon, hands: Hands, rules: Rules) -> None:
        self.telegram = telegram
        self.daemon = daemon
        self.hands = hands
        self.figures = TelegramFigures(wall=lambda: hands.clock.wall_ns() / NS_PER_SECOND)
        self.bot = TelegramBot(rules, Api(TOKEN, telegram.base), Console(daemon, Confirmations()), self.figures, hands.clock)
        self.running = asyncio.create_task(self.bot.run())

    async def asked(self, text: str) -> str:
        """What is answered to a command."""
        before = len(self.telegram.messages)
        self.telegram.say(text)
        await self.telegram.until(lambda: len(self.telegram.messages) > before)
        return self.telegram.texts()[-1]


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The paces of a chat, in hundredths; what they are in life is tested without a socket."""
    monkeypatch.setattr(outbox, "CHAT_PAUSE_NS", NS_PER_SECOND // 200)
    monkeypatch.setattr(outbox, "AWAY_FIRST_NS", NS_PER_SECOND // 50)
    monkeypatch.setattr(outbox, "AWAY_MAX_NS", NS_PER_SECOND // 20)
    monkeypatch.setattr(alerts, "SETTLE_NS", NS_PER_SECOND // 50)
    monkeypatch.setattr(polling, "AGAIN_MAX_S", 0.05)
    monkeypatch.setattr(bot, "LOOK_S", 0.02)


def run(story: Callable[[Stand], Awaitable[None]], daemon: FakeDaemon | None = None, rules: Rules | None = None) -> None:
    """One story around one console."""

    async def told() -> None:
        async with standing(daemon, rules=rules) as stand:
            await story(stand)

    asyncio.run(told())


async def pause(seconds: float = 0.15) -> None:
    """Long enough for whatever would have happened."""
    await asyncio.sleep(seconds)


@asynccontextmanager
async def standing(daemon: FakeDaemon | None = None, *, telegram: FakeApi | None = None, rules: Rules | None = None) -> AsyncIterator[Stand]:
    """A console that polls and answers; whatever ends it before the test ends fails the test."""
    async with telegram or FakeApi() as api:
        stand = Stand(api, daemon or FakeDaemon(), Hands(), rules or Rules(chats=(CHAT,), operators=(OPERATOR,), poll_s=1))
        try:
            if "*" not in api.always:
                await api.until(lambda: api.told("getUpdates"))
            yield stand
            if stand.running.done():
                stand.running.result()
        finally:
            stand.running.cancel()
            with suppress(asyncio.CancelledError):
                await stand.running
