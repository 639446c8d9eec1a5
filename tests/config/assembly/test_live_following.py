"""A live run follows its markets: over real sockets, with a wallet, through ends that come, move, and pass while nobody is there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from config.assembly import live_resolutions, roster
from connectors.tape import CHANNEL_MARKET_LISTED, read_frames
from oms.values.market import Market, MarketId, Payout
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.user_channel import UserSubscriber
from tests.config.words_live import Floor, Stage, Trader, open_floor, open_market, stage

Story = Callable[[Floor, Stage], Awaitable[None]]
YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)


def told(tmp_path: Path, story: Story, *, trader: Trader | None = None, floor: Floor | None = None, at_most: int = 50) -> None:
    """A run from its first quotes to the end of the story, and then the books add up."""
    trader = trader or Trader(tmp_path)

    async def play(opened: Floor) -> None:
        async with asyncio.timeout(50), stage(opened, trader, trader.settings(markets={"at_most": at_most})) as process:
            process.begin()
            await process.until(process.is_quoting)
            await story(opened, process)
            if process.task is not None and not process.task.done():
                assert (await process.ends())["conserved"] is True

    if floor is not None:
        asyncio.run(play(floor))
        return
    with open_floor(1) as opened:
        asyncio.run(play(opened))


async def do(floor: Floor, action: Callable[[], object]) -> None:
    await asyncio.to_thread(floor.do, action)


async def opens(floor: Floor, name: str, left_s: int = 86_400) -> Market:
    return await asyncio.to_thread(lambda: floor.do(lambda: open_market(floor, name, left_s=left_s)))


def standing_in(process: Stage, market: Market) -> list[str]:
    return [order.state.name for order in process.live.engine.state.blotter.open_orders(market.market_id).values()]


def subscribed(floor: Floor) -> list[MarketId]:
    """What our account's channel asked the exchange for."""
    clients = [client for client, _ in floor.gateway.streams._channels["user"].clients.values() if isinstance(client, UserSubscriber)]
    return floor.do(lambda: [name for client in clients for name in client.markets])


async def is_quoted(process: Stage, market: Market) -> None:
    await process.until(lambda: "LIVE" in standing_in(process, market))


def test_a_market_that_opens_while_it_runs_is_traded_with_what_the_wallet_holds_of_it(tmp_path: Path) -> None:
    trader = Trader(tmp_path)

    async def story(floor: Floor, process: Stage) -> None:
        market = await opens(floor, "a second one")
        await do(floor, lambda: floor.host.exchange.split(trader.address.lower(), market.market_id, 30 * MICRO))
        await process.live.following.look()
        await is_quoted(process, market)
        ledger = process.live.engine.state.ledger
        assert (ledger.total(market.yes), ledger.total(market.no)) == (30 * MICRO, 30 * MICRO)
        assert market.market_id in await asyncio.to_thread(subscribed, floor)
        await asyncio.to_thread(floor.trades, Side.SELL, 20, market=market)
        await process.until(lambda: sum(process.live.engine.state.fills_by.values()))

    told(tmp_path, story, trader=trader)
    frames = [frame for path in sorted((trader.state / "tape").glob("*.tape")) for frame in read_frames(path)]
    assert [frame.seq > 1 for frame in frames if frame.channel == CHANNEL_MARKET_LISTED] == [False, True]


def test_a_market_that_is_paid_out_is_let_go_by_feed_and_account_and_the_run_goes_on(tmp_path: Path) -> None:
    async def story(floor: Floor, process: Stage) -> None:
        live, first = process.live, floor.markets[0]
        await asyncio.to_thread(floor.trades, Side.SELL, 20)
        await process.until(lambda: live.engine.state.ledger.total(first.yes))
        market = await opens(floor, "the next one")
        await live.following.look()
        await is_quoted(process, market)
        await process.until(lambda: not live.engine.state.settlements.open_count)
        await do(floor, lambda: floor.host.resolve(first.market_id, YES_WINS))
        await process.until(lambda: live.engine.state.desks[first.market_id].payout is not None)
        await live.following.look()
        await live.following.look()
        assert list(live.following.roster.followed) == [market.market_id]
        assert [token for line in live.feed.shards.lines for token in line.live] == [market.yes, market.no]
        assert list(live.user.markets) == [market.yes, market.no]
        await process.until(lambda: subscribed(floor) == [market.market_id])
        assert standing_in(process, market)

    told(tmp_path, story)


def test_an_end_that_passes_stops_quotes_and_one_that_then_moves_to_later_brings_them_back(tmp_path: Path) -> None:
    async def story(floor: Floor, process: Stage) -> None:
        live, market = process.live, floor.markets[0]

        def says(left_ms: int) -> Callable[[], None]:
            """Gamma tells of another end; the exchange itself goes on."""
            listed = floor.host.listed[market.market_id]
            end_ns = floor.host.now_ns() // NS_PER_SECOND * NS_PER_SECOND + left_ms * 1_000_000
            return lambda: floor.host.listed.update({market.market_id: replace(listed, market=replace(listed.market, end_ns=end_ns))})

        desk = live.engine.state.desks[market.market_id]
        await do(floor, says(2_000))
        await live.following.look()
        await process.until(lambda: desk.closed and not process.open_count)
        await live.following.look()
        assert desk.closed
        await do(floor, says(86_400_000))
        await live.following.look()
        await is_quoted(process, market)
        assert not desk.closed

    told(tmp_path, story)


def test_a_run_that_was_killed_goes_on_with_markets_that_came_meanwhile_and_is_paid_for_those_that_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_resolutions, "LOOK_S", 0.2)
    trader = Trader(tmp_path)

    async def dies(floor: Floor, process: Stage) -> None:
        await asyncio.to_thread(floor.trades, Side.SELL, 20)
        ledger = process.live.engine.state.ledger
        await process.until(lambda: ledger.total(floor.markets[0].yes) and not process.live.engine.state.settlements.open_count)
        await process.dies()

    async def goes_on(floor: Floor, process: Stage) -> None:
        state, (first, second) = process.live.engine.state, floor.markets[:2]
        await is_quoted(process, second)
        await process.until(lambda: state.desks[first.market_id].payout == YES_WINS)
        assert state.ledger.total(first.yes) == 0
        third = await opens(floor, "a third one")
        await process.live.following.look()
        await is_quoted(process, third)

    with open_floor(1) as floor:
        told(tmp_path, dies, trader=trader, floor=floor)
        floor.do(lambda: open_market(floor, "came meanwhile"))
        floor.do(lambda: floor.host.resolve(floor.markets[0].market_id, YES_WINS))
        told(tmp_path, goes_on, trader=trader, floor=floor)


def test_what_ended_and_is_not_ours_is_let_go_a_while_later_and_the_engine_may_forget_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "KEPT_NS", 0)
    monkeypatch.setattr("config.assembly.standing.KEPT_NS", 0)

    async def story(floor: Floor, process: Stage) -> None:
        live = process.live
        market = await opens(floor, "a short one", left_s=2)
        await live.following.look()
        await process.until(lambda: market.market_id in live.engine.state.desks)
        await process.until(lambda: live.engine.state.desks[market.market_id].closed)
        await live.following.look()
        assert market.market_id not in live.following.roster.followed
        await process.until(lambda: market.market_id in live.engine.state.over)

    told(tmp_path, story)


def test_a_wallet_that_is_not_told_keeps_a_market_out_aloud_until_it_is(tmp_path: Path) -> None:
    async def story(floor: Floor, process: Stage) -> None:
        live = process.live
        market = await opens(floor, "a second one")
        with floor.answers("/balance-allowance", {"balance": "no number"}):
            await live.following.look()
        assert market.market_id not in live.following.roster.followed
        assert live.alerts == {"market not taken up": 1}
        await live.following.look()
        await is_quoted(process, market)

    told(tmp_path, story)
