"""The private channel while trading for real: one that is open and tells nothing is found out; and what a run shows of itself."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connectors.polymarket import user_stream
from connectors.polymarket.signing import NamedOrder
from connectors.signer_protocol import SignerGone
from oms.values.orders import Side
from oms.values.units import NS_PER_SECOND
from sim.gateway.pathologies import Pathologies
from tests.config.assembly.words_live_story import quotes, told
from tests.config.words_live import Floor, Stage, Trader, open_floor


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor() as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


def test_a_channel_that_is_open_but_tells_nothing_of_our_orders_is_found_out(floor: Floor, trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_stream, "EXPECT_NS", NS_PER_SECOND // 5)

    async def story(made: Stage) -> None:
        floor.do(lambda: floor.gateway.streams.spoil("user", Pathologies(is_mute=True)))
        try:
            await made.until(lambda: made.live.user.wants_reconnect)
        finally:
            floor.do(lambda: floor.gateway.streams.spoil("user", Pathologies()))
        await made.until(lambda: made.live.engine.state.session.may_quote and made.is_quoting())
        await made.ends()

    made = told(floor, trader, story)
    assert made.report["conserved"] is True
    assert floor.standing(trader.address) == []


def test_a_channel_that_tells_is_never_suspected(floor: Floor, trader: Trader) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        floor.trades(Side.BUY, 45)
        await made.until(lambda: sum(made.live.engine.state.fills_by.values()))
        await quotes(made)
        await made.until(lambda: made.live.user._expected_by_ns is None)
        await made.ends()

    assert told(floor, trader, story).account.parts.presence.losses["user channel"] <= 1  # the last one: the end


def test_while_nobody_signs_its_quotes_are_taken_away_and_they_return_with_the_signer(
    floor: Floor, trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        signer, returned = made.account.parts.signer, asyncio.Event()

        async def gone(_named: NamedOrder) -> bytes:
            raise SignerGone("it hung up")

        with monkeypatch.context() as patched:
            patched.setattr(signer, "sign", gone)
            patched.setattr(signer, "back", returned.wait)
            floor.trades(Side.BUY, 45)  # so that something new is wanted
            session = made.live.engine.state.session
            await made.until(lambda: session.name == "syncing" and not made.open_count)
            assert session.why == "signer: it hung up"
            assert floor.standing(trader.address) == []
        returned.set()
        await made.until(lambda: session.may_quote and made.is_quoting())
        await made.ends()

    assert told(floor, trader, story).report["conserved"] is True


def test_what_it_shows_of_itself_can_be_written_as_json(floor: Floor, trader: Trader) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        await made.ends(for_good=True)

    report = told(floor, trader, story).report
    assert msgspec.json.decode(msgspec.json.encode(report))["killed"]["verified"] is True
