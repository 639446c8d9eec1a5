"""Venue (b): the connector (venue, user channel, feed) on the gateway, over real sockets of this machine, in a loop whose clock the cards move.

Everybody's clock is the loop's: the host's, the connector's, the keepalives'. So `160s pass` takes half a second, and no timer of either side is
skipped on the way. Strangers trade inside the venue; whatever an operator does goes through /admin.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import aiohttp
from aiohttp import web

from connectors.polymarket.authentication import login_headers
from connectors.polymarket.credentials import credentials_of, log_in
from connectors.polymarket.feed import Feed, FeedSettings
from connectors.polymarket.key import Key
from connectors.polymarket.names import Names
from connectors.polymarket.presence import Presence
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.rest import Calls
from connectors.polymarket.signing import NamedOrder, OrderForm, SignatureType, Wallet
from connectors.polymarket.user_stream import PART as USER_CHANNEL
from connectors.polymarket.user_stream import UserStream
from connectors.polymarket.venue import PolymarketVenue
from connectors.polymarket.venue_mode import PART as EXCHANGE
from connectors.polymarket.venue_parts import SIGNER_PART, Parts
from connectors.transport.http import Http
from connectors.transport.websocket import Ends, StreamSocket
from oms.values import events as e
from oms.values.commands import Command, Prepared
from oms.values.orders import OrderSpec
from oms.values.units import MICRO, NS_PER_DAY, NS_PER_SECOND, Nanos
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.records import HostSettings
from sim.gateway.server import Gateway, start
from tests.simulation.deck_player import Card
from tests.words import NOON_NS

ADMIN: Final = "card"
"""No secret: play money in this process."""
THEM: Final = "0x" + "e" * 40
RICH: Final = 1_000_000 * MICRO
PATIENCE_S: Final = 5.0
QUIET_ROUNDS: Final = 200
"""Rounds of the loop in which nothing came. Everything is in this process, so a few rounds carry a frame from one end to the other, however slow
the machine is."""
ROUND_S: Final = 0.001


class CardLoop(asyncio.SelectorEventLoop):
    """A loop whose clock can be moved forward."""

    ahead_s = 0.0

    def time(self) -> float:
        """Seconds."""
        return super().time() + self.ahead_s


class OwnSigner:
    """A throw-away key in this process."""

    def __init__(self) -> None:
        self._key = Key("21" * 32)
        self.wallet = Wallet(owner=self._key.address, funder=self._key.address, signature_type=SignatureType.EOA)

    async def sign(self, named: NamedOrder) -> bytes:
        """As the signer's process does."""
        return OrderForm(self.wallet, "").signature(named, self._key)

    async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:
        """As the signer's process does."""
        return login_headers(self._key, self.wallet.chain_id, at_s, nonce)

    async def back(self) -> None:
        """It is never gone."""


class GatewayStand:
    """One card's venue and connector. Made by `gateway_stand`."""

    def __init__(self, card: Card) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, CardLoop), "cards are played here with asyncio.Runner(loop_factory=CardLoop)"
        self._loop = loop
        self._base_ns = NOON_NS - int(loop.time() * NS_PER_SECOND)
        settings = HostSettings(grant_micro=card.cash * MICRO, mined_ns=NS_PER_DAY, confirmed_ns=NS_PER_DAY)
        self.gateway = Gateway(Host(self.now_ns, settings), admin_token=ADMIN)
        self.host = self.gateway.host
        generation = "v2" if card.kind == "v2" else "v1"
        made = new_market("Will it be played?", generation=generation, neg_risk=card.kind == "negRisk", end_ns=NOON_NS + 2 * NS_PER_DAY)
        self.market = card.terms(made)
        self.host.list_market(self.market)
        self.host.deposit(THEM, 2 * RICH)
        assert self.host.exchange.split(THEM, self.market.market_id, RICH) is None
        self.facts: list[e.Event] = []
        self.alarms: list[str] = []
        self._signer = OwnSigner()
        self._strangers = 0
        self._session: Any = None
        self._url = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._venue: PolymarketVenue

    def now_ns(self) -> Nanos:
        return self._base_ns + int(self._loop.time() * NS_PER_SECOND)

    def _hear(self, facts: Sequence[e.Event], _at_ns: Nanos = 0) -> None:
        for fact in facts:
            self._venue.hear(fact)
        self.facts.extend(facts)

    async def open(self, url: str, http: Http, session: aiohttp.ClientSession) -> None:
        """Log in, connect both channels, wait until the venue is there."""
        self._url, self._session = url, session
        login = await log_in(self._signer, http, lambda: self.now_ns() // NS_PER_SECOND)
        wallet, budget = self._signer.wallet, polymarket_budget()
        calls = Calls(credentials_of(login, wallet.owner), lambda: self.now_ns() // NS_PER_SECOND)
        parts = Parts(
            form=OrderForm(wallet, login.api_key), signer=self._signer, calls=calls, carrier=http, budget=budget, names=Names(),
            presence=Presence(USER_CHANNEL, EXCHANGE, SIGNER_PART),
        )  # fmt: skip
        self._venue = PolymarketVenue(parts, self._hear, lambda alert: self.alarms.append(alert.text), now_ns=self.now_ns)
        self._hear([e.MarketListed(market=self.market)])
        by_token = {self.market.yes: self.market, self.market.no: self.market}
        streams = url.replace("http", "ws", 1) + "/ws"
        user = UserStream(lambda: login, parts.names, by_token, wallet.funder, parts.presence)
        user_socket = StreamSocket(user, f"{streams}/user", Ends("polymarket-user", _drop, self._hear), now_ns=self.now_ns)
        feed = Feed([self.market], FeedSettings(url=f"{streams}/market"), Ends("polymarket-market", _drop, self._hear), http, budget, self.now_ns)
        self._tasks = [asyncio.create_task(work) for work in (feed.run(), user_socket.run(), self._venue.begin())]
        await self.until(self._is_there)
        assert self._is_there(), f"the connector does not come up: {parts.presence.why}"
        await self.until(None)
        self.facts.clear()

    def _is_there(self) -> bool:
        books = {fact.token for fact in self.facts if isinstance(fact, e.BookReset)}
        return len(books) == 2 and any(isinstance(fact, e.VenueReady) for fact in self.facts)

    async def close(self) -> None:
        """End the connector."""
        await self._venue.close()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    def begin_line(self, told: int | None) -> None:
        pass

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:
        return self._venue.prepare(commands, at_ns)

    async def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        self._venue.send(ready, at_ns)
        await asyncio.sleep(0)
        await self._venue.settled()

    async def they(self, spec: OrderSpec) -> None:
        self._strangers += 1
        outcomes = self.host.act(lambda exchange, at_ns: exchange.submit(THEM, f"s{self._strangers}", spec, at_ns))
        assert "Refused" not in [type(outcome).__name__ for outcome in outcomes], outcomes

    async def split(self, shares_micro: int) -> None:
        """On the chain, which this connector leaves alone; the fact is told in its stead."""
        assert self.host.exchange.split(self._account, self.market.market_id, shares_micro) is None
        self._hear([e.SetsChanged(market_id=self.market.market_id, shares_micro=shares_micro, command_id="split")])

    async def settle(self, stages: Sequence[e.SettlementStage]) -> None:
        final = (e.SettlementStage.CONFIRMED, e.SettlementStage.FAILED)
        for stage in stages:
            for trade in list(self.host.book.trades.values()):
                if trade.stage not in final:
                    await self._operate("settle", trade=trade.trade_id, stage=stage.value)

    async def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self._loop.ahead_s += 1
            for _ in range(3):
                await asyncio.sleep(ROUND_S)

    async def happens(self, what: str) -> None:
        market = self.market.market_id
        if what == "no heartbeat":
            await self.passes(16)
        elif what == "restart":
            await self._operate("conditions", restart_s=5)
        elif what == "silent stream":
            await self._operate("streams", channel="user", pathologies={"is_mute": True})
        elif what == "the tick becomes 0.01":
            await self._operate("tick", market=market, tick="0.01")
        elif what == "the market closes":
            await self._operate("close", market=market)
        elif what == "YES wins":
            await self._operate("resolve", market=market, yes_ppm=MICRO)
        else:
            await self._operate("faults", next={what: 1})

    async def until(self, is_so: Callable[[], bool] | None) -> None:
        ends_s = self._loop.time() + PATIENCE_S
        while is_so is not None and not is_so() and self._loop.time() < ends_s:  # noqa: ASYNC110 (it is a question about facts, nobody sets an event)
            await asyncio.sleep(ROUND_S)
        quiet, seen = 0, len(self.facts)
        while quiet < QUIET_ROUNDS:
            await asyncio.sleep(0)
            quiet, seen = (quiet + 1, seen) if len(self.facts) == seen else (0, len(self.facts))

    @property
    def _account(self) -> str:
        return self._signer.wallet.funder.lower()

    def holdings(self) -> tuple[int, int, int]:
        exchange, market, account = self.host.exchange, self.market, self._account
        return exchange.cash_total(account), exchange.token_total(account, market.yes), exchange.token_total(account, market.no)

    async def _operate(self, word: str, **body: object) -> None:
        async with self._session.post(f"{self._url}/admin/{word}", data=json.dumps(body), headers={"Authorization": f"Bearer {ADMIN}"}) as answer:
            assert answer.status == 200, await answer.text()


def _drop(_channel: str, _frame: bytes, _at_ns: Nanos) -> None:
    """No tape."""


@asynccontextmanager
async def gateway_stand(card: Card) -> AsyncIterator[GatewayStand]:
    """A venue on a free port of this machine and the connector on it, for one card."""
    stand = GatewayStand(card)
    runner: web.AppRunner
    runner, port = await start(stand.gateway)
    url = f"http://127.0.0.1:{port}"
    try:
        async with Http(url, now_ns=stand.now_ns) as http, aiohttp.ClientSession() as session:
            try:
                await stand.open(url, http, session)
                yield stand
            finally:
                await stand.close()
    finally:
        await runner.cleanup()
