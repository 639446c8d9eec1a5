"""`live`: real orders. The same engine and turns as everywhere; sockets for the market and for our account, a journal that survives a power cut.

Recovery is the only start: the journal in the state folder is gone on with, whatever ended the process before. There is one process a folder.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from config.assembly.account import Account
from config.assembly.engines import engine_settings
from config.assembly.kill import Killed, kill
from config.assembly.latch import Latch
from config.assembly.outside import Chosen, Services, VenueSaidNo
from config.assembly.realtime import RealTime
from config.assembly.run_log import OMS, STREAM, Counted, RunLog
from config.measure import MeasuredTurner, commit_id
from config.settings import Settings
from connectors.polymarket.book_hash import digest
from connectors.polymarket.feed import Feed, FeedSettings
from connectors.polymarket.user_stream import UserStream
from connectors.polymarket.venue import PolymarketVenue
from connectors.tape import CHANNEL_POLYMARKET_MARKET
from connectors.transport.websocket import Ends, StreamSocket
from oms.camera import Camera
from oms.engine import Engine
from oms.entries import RunRow, read_journal
from oms.journal import ContinuedJournal, SqliteJournal
from oms.machines.session import OperatorPhase
from oms.ports import Turned
from oms.replay import recover
from oms.report import run_report
from oms.values import events as e
from oms.values.commands import Alert, Heartbeat, Prepared
from oms.values.market import Market
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos
from oms.values.views import Picture
from sim.world import World

JOURNAL_NAME: Final = "live.journal"
LATCH_NAME: Final = "halted.json"
KILL_NAME: Final = "KILL"
"""A file of this name in the state folder kills the bot: the route that needs nothing but a shell."""
WIND_DOWN_S: Final = 30


class Live:
    """One account, one engine, real time. Make it inside a running loop; `run` it once."""

    def __init__(self, settings: Settings, chosen: Chosen, services: Services, account: Account, *, now: Callable[[], Nanos] = time.time_ns) -> None:
        """Raises JournalFailed: the journal in the state folder cannot be gone on with."""
        self.settings = settings
        self.latch = Latch(settings.live.folder / LATCH_NAME)
        self.killed: Killed | None = None
        self.alerts: dict[str, int] = {}
        """What a person was told, by kind."""
        self._account = account
        self._markets = [listing.market for listing in chosen.listings]
        self._kill_file = settings.live.folder / KILL_NAME
        self._now = now
        self._ending = ""
        """Not empty: why this run winds down."""
        self.venue = PolymarketVenue(account.parts, self._told, self._alarm, now_ns=now)
        self._path = settings.live.folder / JOURNAL_NAME
        self.is_first_start = not self._path.exists()
        self.journal, prefix, started_ns = self._open_journal()
        self.engine = Engine(engine_settings(settings, prefix, digest=digest, own_orders_in_book=True))
        self.world = World(max(now(), started_ns))
        self.turner = MeasuredTurner(self.engine, self.venue, self)
        self.turner.camera = Camera(self.engine.state, settings.journal.picture_ns, self._beside)
        self.loop = RealTime(self.world, self.turner, now=now, beat=self._beat)
        self._last_beat_ns: Nanos = 0
        self._began_ns = self.world.now_ns()
        ends = Ends(CHANNEL_POLYMARKET_MARKET, lambda _channel, _frame, _at_ns: None, self._heard)
        self.feed = Feed(self._markets, FeedSettings(url=f"{settings.venue.stream}/market"), ends, services.clob, services.budget, now)
        by_token = {token: market for market in self._markets for token in (market.yes, market.no)}
        funder = account.wallet.funder
        self.user = UserStream(lambda: account.login, account.parts.names, by_token, funder, account.parts.presence)
        user_ends = Ends("polymarket-user", lambda _channel, _frame, _at_ns: None, self._heard)
        self._user_socket = StreamSocket(self.user, f"{settings.venue.stream}/user", user_ends, now_ns=now)
        self.log = RunLog(
            (Counted(OMS, "refused by our own gate", self.engine.state.refusals), Counted(STREAM, "user frame refused", self.user.refusals))
        )

    # The journal.

    def _open_journal(self) -> tuple[SqliteJournal, str, Nanos]:
        """A new one, or the one that is there; the prefix of its order ids; when it last was written."""
        if not self.is_first_start:
            run, _entries = read_journal(self._path)
            return ContinuedJournal(self._path, money_is_real=True), f"{run.seed}-", run.started_ns
        self._path.parent.mkdir(parents=True, exist_ok=True)
        seed = self._now() // NS_PER_SECOND
        row = RunRow(
            run_id=f"live, wallet {self._account.wallet.funder}",
            commit_id=commit_id(),
            config_hash=self.settings.hash(),
            seed=seed,
            started_ns=self._now(),
            about={"notes": ["Real orders."], "strategies": {name: dict(given) for name, given in self.settings.strategy.items()}},
        )
        return SqliteJournal(self._path, row, money_is_real=True), f"{seed}-", self._now()

    def commit(self, record: Turned) -> None:
        """One turn to the disk (Journal), then to the log."""
        self.journal.commit(record)
        self.log.committed(record)

    def _beside(self) -> Picture:
        return Picture(
            events=self.turner.event_count, turns=self.turner.count, lenses=(), statements_compared=0, full_recounts=0, violation=self._conserved()
        )

    # What arrives.

    def _told(self, facts: list[e.Event]) -> None:
        """The venue answers."""
        self._heard(facts, 0)

    def _heard(self, facts: Sequence[e.Event], _at_ns: Nanos) -> None:
        """Whatever reaches us: to the venue's own knowledge first, then to the engine."""
        for fact in facts:
            self.venue.hear(fact)
        self.loop.tell(facts)

    def _alarm(self, alert: Alert) -> None:
        self.alerts[alert.kind] = self.alerts.get(alert.kind, 0) + 1

    def _beat(self, at_ns: Nanos) -> None:
        """The loop has turned: feed the dead-man switch, look for the kill file."""
        live = self.settings.live
        if live.heartbeat_s and at_ns - self._last_beat_ns >= live.heartbeat_s * NS_PER_SECOND and not self._ending:
            self._last_beat_ns = at_ns
            if self.loop.lag_ns <= live.lag_max_ms * NS_PER_MS and self.engine.state.session.is_there:
                self.venue.send([Prepared(command=Heartbeat())], at_ns)
        if not self._ending and self._kill_file.exists():
            self.end(f"the file {self._kill_file} was put there", for_good=True)

    # The run.

    def end(self, why: str, *, for_good: bool = False) -> None:
        """Wind down: cancel what is ours and end; or (`for_good`) kill: latch, cancel everything, verify. Called from a signal or the kill file."""
        if for_good and self.killed is None and not self._ending.startswith("kill: "):
            self._ending = f"kill: {why}"
            self.latch.set(why)
        self._ending = self._ending or why
        self.loop.stop()

    async def run(self) -> dict[str, Any]:
        """Trade until somebody ends it. Returns the report. Raises what a turn raises (JournalFailed): nothing was sent after that."""
        tasks = [asyncio.create_task(self.feed.run()), asyncio.create_task(self._user_socket.run())]
        try:
            await self._begin()
            tasks.append(asyncio.create_task(self.venue.begin()))
            await self.loop.run(lambda: not any(task.done() and task.exception() for task in tasks))
            if self._ending.startswith("kill: "):
                await self._kill(self._ending.removeprefix("kill: "))
            else:
                await self._wind_down(self._ending or "a part of the bot broke down")
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await self.venue.close()
        broken = [error for error in ended if isinstance(error, Exception)]
        if broken:
            raise VenueSaidNo(f"a part of the bot broke down: {type(broken[0]).__name__}: {broken[0]}")
        return self.report()

    async def _begin(self) -> None:
        """From the journal, or from what the account holds."""
        state = self.engine.state
        if self.is_first_start:
            for market in self._markets:
                self._heard([e.MarketListed(market=market)], 0)
            await self._bring_in()
            return
        assert isinstance(self.journal, ContinuedJournal)
        recover(self.engine, read_journal(self._path)[1])
        self.turner.count = self.journal.last_turn
        for order in state.blotter.in_memory():
            if order.venue_order_id:
                self._account.parts.names.learn(order.order_id, order.venue_order_id)
        for desk in state.desks.values():
            self.venue.hear(e.MarketListed(market=desk.market))
        facts: list[e.Event] = [e.Restarted(why="started again from the journal: the venue must report first")]
        facts += [e.MarketListed(market=market) for market in self._markets if _is_new(market, state.desks.get(market.market_id))]
        if state.session.operator is not OperatorPhase.RUNNING:
            facts.append(e.Resumed(why="started again by the operator, without a latch"))
        self._heard(facts, 0)

    async def _bring_in(self) -> None:
        """The first start of a wallet: what it has is what we begin with."""
        kind = int(self._account.wallet.signature_type)
        cash = await self.venue.questions.balance(kind)
        if cash is None:
            raise VenueSaidNo("the venue does not tell how much collateral the wallet has; start again when it does")
        facts: list[e.Event] = []
        if cash.held_micro:
            facts.append(e.Deposited(cash_micro=cash.held_micro, deposit_id="first balance"))
        for market in self._markets:
            for token in (market.yes, market.no):
                held = await self.venue.questions.balance(kind, token, market.generation)
                if held is None:
                    raise VenueSaidNo(f"the venue does not tell how many shares of {market.title!r} the wallet has; start again when it does")
                if held.held_micro:
                    facts.append(e.SharesArrived(token=token, shares_micro=held.held_micro, deposit_id=f"first balance {token}"))
        self._heard(facts, 0)

    async def _wind_down(self, why: str) -> None:
        """No new orders, cancel what is ours, wait until it is gone."""
        self._heard([e.Paused(why=why)], 0)
        end = time.monotonic() + WIND_DOWN_S
        await self.loop.run(lambda: bool(self.engine.state.blotter.open_count) and time.monotonic() < end and not self._ending.startswith("kill: "))
        if self._ending.startswith("kill: "):
            await self._kill(self._ending.removeprefix("kill: "))

    async def _kill(self, why: str) -> None:
        """The switch, while the loop goes on to write down what it hears."""
        self._heard([e.Halted(why=why)], 0)
        loop = asyncio.create_task(self.loop.run())
        try:
            self.killed = await kill(self.latch, why, self.venue, self.settings.live.kill_within_s, sent=self.venue.settled)
            with suppress(OSError):
                self._kill_file.unlink(missing_ok=True)
            await asyncio.sleep(0)
        finally:
            self.loop.stop()
            await loop

    def _conserved(self) -> str:
        """Our own books, and what the venue says of them; empty when all is well."""
        state = self.engine.state
        differs = "; ".join(f"{asset[:24]}: the venue has {more:+} micro beyond our books" for asset, more in state.balances.differences.items())
        return state.ledger.audit() or differs

    def report(self) -> dict[str, Any]:
        """The run report of this process and its journal."""
        return {
            **run_report(self.engine.state),
            "conserved": self._conserved() or True,
            "conservation": None,
            "lenses": None,
            "events": self.turner.event_count,
            "turns": self.turner.count,
            "virtual_s": (self.world.now_ns() - self._began_ns) // NS_PER_SECOND,
            "seed": int(self.engine.state.settings.order_prefix.rstrip("-")),
            "commit": commit_id(),
            "config_hash": self.settings.hash(),
            "commands": self.journal.hash.count,
            "commands_hash": self.journal.hash.hexdigest(),
            "alerts": dict(sorted(self.alerts.items())),
            "killed": None if self.killed is None else msgspec.to_builtins(self.killed),
            "left_open": self.engine.state.blotter.open_count,
            "machine": {
                "wall_s": round((self.world.now_ns() - self._began_ns) / NS_PER_SECOND, 3),
                "latency_us": {"turn": self.turner.turn_wall.summary_us()},
                "pid": os.getpid(),
            },
        }


def _is_new(market: Market, desk: Any) -> bool:  # noqa: ANN401 - a desk or nothing
    return desk is None or desk.market != market
