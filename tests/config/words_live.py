"""Test words of trading for real: an exchange where nothing happens unless somebody does it, a wallet with its signer, a process that trades."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from eth_account import Account as EthAccount

from config.assembly.account import Account, open_account
from config.assembly.live import Live
from config.assembly.outside import Chosen, Services, choose, services
from config.settings import Settings
from connectors.polymarket.key import Key
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.signing import SignatureType, Wallet
from connectors.signer_caps import Cap, Caps, SpentFile
from connectors.signer_client import LocalSigner
from connectors.signer_desk import SignerDesk
from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.records import HostSettings, OrderFacts, Series, Terms
from sim.gateway.rest import Reply, reply_to
from sim.gateway.server import Gateway, start
from sim.gateway.wire import Asked, Later, WireError

T = TypeVar("T")
MAKER = "0x" + "aa" * 20
"""Whoever else trades."""
WIDE = Cap(order_micro=10_000 * MICRO, day_micro=10**9 * MICRO, total_micro=10**9 * MICRO)
PASSPHRASE = "no words that anybody else would use"
QUOTING: dict[str, Any] = {"half_spread_pips": 100, "step_pips": 100, "depth": 2, "size_shares": 20, "patience_pips": 100}


class Floor:
    """The exchange: its markets have a touch of 20 cents round the middle, and nobody but `trades` takes from anybody."""

    def __init__(self, gateway: Gateway, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.gateway = gateway
        self.host = gateway.host
        self.url = f"http://127.0.0.1:{port}"
        self._loop = loop
        self._count = 0

    def do(self, action: Callable[[], T]) -> T:
        """In the exchange's own thread."""

        async def done() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(timeout=20)

    @property
    def markets(self) -> list[Market]:
        return [listed.market for listed in self.host.listed.values()]

    def submits(self, account: str, market: Market, side: Side, price: int, shares: int, *, lifetime: Lifetime = Lifetime.GTC) -> OrderFacts:
        """An order of that account that did not come over the wire; call it in the exchange's thread."""
        self._count += 1
        size = shares * MICRO * price // 10_000 if side is Side.BUY and lifetime is not Lifetime.GTC else shares * MICRO
        spec = OrderSpec(market_id=market.market_id, token=market.yes, side=side, price_pips=price, size_micro=size, lifetime=lifetime)
        order = OrderFacts(
            order_id=f"0x{self._count:064x}", account=account.lower(), maker_address=account, owner="", spec=spec, created_ns=self.host.now_ns()
        )
        self.host.submit(order)
        return order

    def rests(self, account: str, count: int = 1) -> list[OrderFacts]:
        """Orders that a person put there by hand, far from the touch; call it from the test's thread."""
        return self.do(lambda: [self.submits(account, self.markets[number % len(self.markets)], Side.BUY, 100, 5) for number in range(count)])

    def trades(self, side: Side, shares: int, *, market: Market | None = None) -> None:
        """Somebody takes what stands best against this side."""
        price = 8_900 if side is Side.BUY else 1_100
        self.do(lambda: self.submits(MAKER, market or self.markets[0], side, price, shares, lifetime=Lifetime.FAK))

    @contextmanager
    def answers(self, path: str, told: object) -> Iterator[None]:
        """Everything below that path is answered with this, or with this error."""
        rest = self.gateway.rest
        answer = rest.answer

        def other(asked: Asked) -> Reply | Later:
            is_meant = asked.path.startswith(path)
            return reply_to(told if isinstance(told, WireError) else msgspec.to_builtins(told)) if is_meant else answer(asked)

        rest.answer = other  # type: ignore[method-assign]
        try:
            yield
        finally:
            rest.answer = answer  # type: ignore[method-assign]

    def orders_of(self, address: str) -> list[OrderFacts]:
        """All orders of that account there ever were, as they are now."""
        return self.do(lambda: [order for order in self.host.book.orders.values() if order.account == address.lower()])

    def standing(self, address: str) -> list[OrderFacts]:
        return [order for order in self.orders_of(address) if order.rests]


@contextmanager
def open_floor(markets: int = 2) -> Iterator[Floor]:
    """An exchange on a free port and in a thread of its own."""
    ready, stop = threading.Event(), asyncio.Event()
    made: list[Floor] = []

    async def serve() -> None:
        host = Host(time.time_ns, HostSettings(seed=3, grant_micro=10_000 * MICRO, mined_ns=NS_PER_SECOND // 10, confirmed_ns=NS_PER_SECOND // 5))
        gateway = Gateway(host, admin_token="sesame")
        floor = Floor(gateway, asyncio.get_running_loop(), 0)
        host.deposit(MAKER, 100_000_000 * MICRO)
        for number in range(markets):
            open_market(floor, f"market {number}", generation=("v1", "v2")[number % 2])
        runner, port = await start(gateway)
        floor.url = f"http://127.0.0.1:{port}"
        made.append(floor)
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(timeout=20), "the exchange did not open"
    try:
        yield made[0]
    finally:
        made[0].do(stop.set)
        thread.join(timeout=20)
        assert not thread.is_alive(), "the exchange did not close"


def open_market(floor: Floor, name: str, *, generation: str = "v1", left_s: int | None = 86_400, series: Series | None = None) -> Market:
    """One more market with its touch; call it in the exchange's thread. `left_s` None: nobody knows its end."""
    market = new_market(name, generation=generation, tick_pips=100, end_ns=left_s and floor.host.now_ns() + left_s * NS_PER_SECOND)
    floor.host.list_market(market, Terms(slug=name.replace(" ", "-"), series=series))
    assert floor.host.exchange.split(MAKER.lower(), market.market_id, 1_000_000 * MICRO) is None
    floor.submits(MAKER, market, Side.BUY, 4_000, 100_000)
    floor.submits(MAKER, market, Side.SELL, 6_000, 100_000)
    return market


class Trader:
    """A wallet that nobody had before, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        made = EthAccount.create()
        self.folder = folder
        self.state = folder / "state"
        self.secret: str = bytes(made.key).hex()
        self.address: str = made.address
        self.wallet = Wallet(owner=self.address, funder=self.address, signature_type=SignatureType.EOA)

    def settings(self, **more: Any) -> Settings:  # noqa: ANN401 (tables as in the file)
        """Settings as a file would give them; a table that is named is laid over ours."""
        tables: dict[str, Any] = {
            "live": {"live": True, "state": str(self.state), "heartbeat_s": 0},
            "limits": {"order_max_usd": 1_000, "market_loss_max_usd": 5_000, "event_loss_max_usd": 5_000, "total_loss_max_usd": 9_000},
            "strategy": {"market_making": {**QUOTING, "max_collateral_usd": 5_000}},
        }
        for name, table in more.items():
            tables[name] = {**tables.get(name, {}), **table}
        return msgspec.convert(tables, Settings)

    def desk(self, caps: Caps | None = None) -> "IntroducedSigner":
        """A signer in our own process, for tests that are not about processes."""
        caps = caps or Caps(buy=WIDE, sell=WIDE, price_min_pips=1, price_max_pips=9_999)
        self.folder.mkdir(parents=True, exist_ok=True)
        return IntroducedSigner(SignerDesk(self.wallet, Key(self.secret), caps, SpentFile(self.folder / "signer.json"), lambda: int(time.time())))

    def files(self, **live: Any) -> Path:  # noqa: ANN401
        """Everything a person would have written; the path of the settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stored = EthAccount.encrypt(bytes.fromhex(self.secret), PASSPHRASE, kdf="pbkdf2", iterations=100)
        for name, text in (("key.json", json.dumps(stored)), ("words", PASSPHRASE + "\n"), ("signer.toml", self._signer_text())):
            path = self.folder / name
            path.write_text(text)
            path.chmod(0o600)
        path = self.folder / "live.toml"
        lines = {"live": True, "signer": "signer.toml", "state": str(self.state), "heartbeat_s": 0, **live}
        quoting = {**QUOTING, "max_collateral_usd": 5_000}
        path.write_text(
            "[live]\n"
            + "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
            + "[limits]\nmarket_loss_max_usd = 5000\nevent_loss_max_usd = 5000\ntotal_loss_max_usd = 9000\n[strategy.market_making]\n"
            + "".join(f"{name} = {json.dumps(value)}\n" for name, value in quoting.items())
        )
        return path

    def _signer_text(self) -> str:
        return f"""
state = "{self.folder}/signer.json"
[wallet]
owner = "{self.address}"
funder = "{self.address}"
signature_type = 0
[key]
keystore = "{self.folder}/key.json"
passphrase_file = "{self.folder}/words"
[caps]
price_min = "0.001"
price_max = "0.999"
buy = {{ order = "100000", day = "100000000", total = "1000000000" }}
sell = {{ order = "100000", day = "100000000", total = "1000000000" }}
"""


class IntroducedSigner(LocalSigner):
    """A desk in our own process that says whose orders it signs."""

    async def wallet(self) -> Wallet:
        return self._desk.wallet

    def release(self) -> None:
        """Let another signer have the state file."""
        self._desk._file.close()


class Stage:
    """One process that would trade, in a task of the test's own loop."""

    def __init__(self, live: Live, venue: Services, account: Account) -> None:
        self.live = live
        self.venue = venue
        self.account = account
        self.report: dict[str, Any] = {}
        self.task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Let it trade."""

        async def run() -> None:
            self.report = await self.live.run()

        self.task = asyncio.get_running_loop().create_task(run())

    async def until(self, is_so: Callable[[], object], within_s: float = 10.0) -> None:
        """Wait for something; a run that ended ends the waiting."""
        end_s = time.monotonic() + within_s
        while not is_so():
            assert self.task is not None
            if self.task.done():
                self.task.result()
                raise AssertionError("the run ended before that")
            assert time.monotonic() < end_s, "it did not come to that in time"
            await asyncio.sleep(0.01)

    async def ends(self, why: str = "the test is over", *, for_good: bool = False) -> dict[str, Any]:
        """End it; its report."""
        self.live.end(why, for_good=for_good)
        assert self.task is not None
        await asyncio.wait_for(self.task, 30)
        return self.report

    async def dies(self) -> None:
        """As with kill −9: nothing is said to anybody."""
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def open_count(self) -> int:
        return self.live.engine.state.blotter.open_count

    def is_quoting(self) -> bool:
        """Everything that is wanted stands, or is as it was asked for."""
        state = self.live.engine.state
        return bool(state.blotter.open_count) and all(order.state.name == "LIVE" for order in state.blotter.all_open())


@asynccontextmanager
async def stage(
    floor: Floor, trader: Trader, settings: Settings | None = None, *, caps: Caps | None = None, tier: str = "Elite"
) -> AsyncIterator[Stage]:
    """A process with its own sessions and signer. What runs at the end is ended as by kill −9."""
    settings = settings or trader.settings()
    settings = msgspec.structs.replace(settings, venue=settings.venue.at_host(floor.url))
    async with services(settings.venue) as opened:
        venue = msgspec.structs.replace(opened, budget=polymarket_budget(tier))
        signer = trader.desk(caps)
        try:
            account = await open_account(venue, signer)
            chosen: Chosen = await choose(settings.markets, venue.catalog(), all_of_them=True)
            made = Stage(Live(settings, chosen, venue, account), venue, account)
            try:
                yield made
            finally:
                if made.task is not None and not made.task.done():
                    await made.dies()
                elif made.task is None:
                    made.live.books.journal.abandon()
        finally:
            signer.release()
