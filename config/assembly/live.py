"""`live`: real orders. The same engine and turns as everywhere; sockets for the market and for our account, a journal that survives a power cut.

Recovery is the only start: the journal in the state folder is gone on with, whatever ended the process before. There is one process a folder.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from config.assembly.account import Account
from config.assembly.engines import engine_settings
from config.assembly.following import Following
from config.assembly.kill import Killed, kill
from config.assembly.latch import KILL_NAME as KILL_NAME
from config.assembly.latch import LATCH_NAME as LATCH_NAME
from config.assembly.latch import Latch, LatchFailed
from config.assembly.live_books import held, open_books, recovered, unlisted
from config.assembly.live_following import LiveParty
from config.assembly.live_resolutions import ResolutionWatch
from config.assembly.live_watched import keeper_of, live_report
from config.assembly.outside import Chosen, Services, broken_down, feed_settings
from config.assembly.owed import Owed
from config.assembly.own_tape import OwnTape
from config.assembly.realtime import RealTime
from config.assembly.run_log import STREAM, VENUE, Counted, RunLog, refused_by_gate
from config.logs import say
from config.measure import Histogram, MeasuredTurner
from config.settings import Settings
from connectors.operator.control.bridge import Bridge
from connectors.polymarket.book_hash import digest
from connectors.polymarket.feed import Feed
from connectors.polymarket.reads import Reads
from connectors.polymarket.resolutions import Resolutions
from connectors.polymarket.user_stream import UserStream
from connectors.polymarket.venue import PolymarketVenue
from connectors.systemd import Notifier
from connectors.tape import CHANNEL_POLYMARKET_MARKET
from connectors.transport.websocket import Ends as StreamEnds
from connectors.transport.websocket import StreamSocket
from oms.camera import Camera
from oms.engine import Engine
from oms.machines.lifecycle import State as OrderState
from oms.ports import Turned
from oms.values import events as e
from oms.values.commands import Alert, Cancel, Heartbeat, Prepared
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos
from oms.values.views import Picture
from sim.world import World

WIND_DOWN_S: Final = 30
LET_GO_S: Final = 5
_UNDER_WAY: Final = (OrderState.STAGED, OrderState.SENT, OrderState.UNKNOWN)


class Live:
    """One account, one engine, real time. Make it inside a running loop; `run` it once."""

    def __init__(
        self,
        settings: Settings,
        chosen: Chosen,
        services: Services,
        account: Account,
        *,
        notifier: Notifier | None = None,
        now: Callable[[], Nanos] = time.time_ns,
    ) -> None:
        """Raises JournalFailed: the journal in the state folder cannot be gone on with."""
        self.settings = settings
        self.latch = Latch(settings.live.folder / LATCH_NAME)
        self.killed: Killed | None = None
        self.alerts: dict[str, int] = {}
        """What a person was told, by kind."""
        self._account = account
        self.budget = services.budget
        self._markets = [listing.market for listing in chosen.listings]
        self._groups = chosen.groups
        self.kill_file = settings.live.folder / KILL_NAME
        self._now = now
        self._ending = ""
        """Not empty: why this run ends."""
        self._is_killed = False
        self._answered = asyncio.Event()
        self.venue = PolymarketVenue(account.parts, self._told, self.alarm, now_ns=now)
        self.books = open_books(settings, account.wallet, now())
        self.engine = Engine(engine_settings(settings, self.books.prefix, digest=digest, own_orders_in_book=True, on_chain=False))
        self.world = World(max(now(), self.books.started_ns))
        self.turner = MeasuredTurner(self.engine, self.venue, self)
        self.turner.camera = Camera(self.engine.state, settings.journal.picture_ns, self._beside)
        self.loop = RealTime(self.world, self.turner, now=now, beat=self._beat)
        self.commit_wall = Histogram()
        self._last_beat_ns: Nanos = 0
        self._owed = Owed()
        self._logged: list[Alert] = []
        self.began_ns = self.world.now_ns()
        self.tape = OwnTape(settings, chosen, self.alarm)
        ends = StreamEnds(CHANNEL_POLYMARKET_MARKET, self.tape.sink, self._market_told)
        self.feed = Feed(self._markets, feed_settings(settings.venue, settings.engine.silence_ns), ends, services.clob, services.budget, now)
        by_token = {token: market for market in self._markets for token in (market.yes, market.no)}
        funder = account.wallet.funder
        self.user = UserStream(lambda: account.login, account.parts.names, by_token, funder, account.parts.presence)
        user_ends = StreamEnds("polymarket-user", lambda _channel, _frame, _at_ns: None, self._channel_told)
        self.user_socket = StreamSocket(self.user, f"{settings.venue.stream}/user", user_ends, now_ns=now)
        resolutions = Resolutions(Reads(services.gamma, services.budget, now_ns=now))
        self.following = Following(chosen, services.catalog(), LiveParty(self, account.wallet), now)
        self._resolutions = ResolutionWatch(self.engine.state, resolutions, lambda facts: self._heard(facts, 0), now)
        self.bridge = Bridge()
        self.keeper = keeper_of(self, notifier or Notifier(""))
        self.log = RunLog((refused_by_gate(self.engine.state.refusals), Counted(STREAM, "user frame refused", self.user.refusals)))

    # The journal.

    def commit(self, record: Turned) -> None:
        """One turn to the disk (Journal), then to the log; before it, its boundary to the tape."""
        self.tape.turn(record)
        began = time.perf_counter_ns()
        self.books.journal.commit(record)
        self.commit_wall.add(time.perf_counter_ns() - began)
        self.keeper.steward.committed(record)
        self._owed.sent(record.ready)
        self._logged = [prepared.command for prepared in record.ready if isinstance(prepared.command, Alert)]
        self.log.committed(record)

    def _beside(self) -> Picture:
        return Picture(
            events=self.turner.event_count, turns=self.turner.count, lenses=(), statements_compared=0, full_recounts=0, violation=self.conserved()
        )

    # What arrives.

    def _told(self, facts: list[e.Event]) -> None:
        """The venue answers; of what it did the channel must tell too."""
        if self._owed.answered(facts):
            self.user.expect(self._now())
            self.user_socket.poke()
        self._heard(facts, 0)

    def _channel_told(self, facts: Sequence[e.Event], at_ns: Nanos) -> None:
        """Our account's own channel."""
        self._owed.told(facts)
        self._heard(facts, at_ns)

    def _market_told(self, facts: Sequence[e.Event], at_ns: Nanos) -> None:
        """The market data: a frame on the tape is behind it."""
        frame = self.tape.behind(facts, at_ns)
        if frame:
            self.loop.arrive(lambda _at_ns: self.world.saw_frame(frame))
        self._heard(facts, at_ns)

    def _heard(self, facts: Sequence[e.Event], _at_ns: Nanos) -> None:
        """Whatever reaches us: to the venue's own knowledge first, then to the engine."""
        for fact in facts:
            self.venue.hear(fact)
        self.loop.tell(facts)

    def tell(self, fact: e.Event) -> None:
        """A fact of our own making."""
        self._heard([fact], 0)

    def alarm(self, alert: Alert) -> None:
        """A person must see this. The engine's own alerts are in the turn that was just logged, those of the connector are told here."""
        self.alerts[alert.kind] = self.alerts.get(alert.kind, 0) + 1
        if not any(alert is told for told in self._logged):
            self.keeper.steward.recent.alarm(alert, self._now())
        if not any(alert is told for told in self._logged):
            say(VENUE, logging.WARNING, "alarm", kind=alert.kind, text=alert.text)

    def _beat(self, at_ns: Nanos) -> None:
        """The loop has turned: feed the dead-man switch, look round; in a kill, say when all orders are answered."""
        live = self.settings.live
        self.tape.look()
        self.keeper.is_halting = self.keeper.is_halting or bool(self._ending)
        self.keeper.beat(at_ns, is_healthy=self.loop.lag_ns <= live.lag_max_ms * NS_PER_MS)
        if live.heartbeat_s and at_ns - self._last_beat_ns >= live.heartbeat_s * NS_PER_SECOND and not self._ending:
            self._last_beat_ns = at_ns
            if self.loop.lag_ns <= live.lag_max_ms * NS_PER_MS and self.engine.state.session.is_there:
                self.venue.send([Prepared(command=Heartbeat())], at_ns)
        if self._is_killed and not any(order.state in _UNDER_WAY for order in self.engine.state.blotter.all_open()):
            self._answered.set()

    # The run.

    def end(self, why: str, *, for_good: bool = False) -> None:
        """Wind down: cancel what is ours and end; or (`for_good`) kill: latch, cancel everything, verify. Called from a signal or the kill file.

        A second call ends the waiting of a wind-down; a kill always goes before one.
        """
        if for_good and not self._is_killed:
            self._is_killed = True
            self._ending = why
            with suppress(LatchFailed):  # the kill itself tries again, and tells
                self.latch.set(why)
        self._ending = self._ending or why
        self.keeper.stopping(why)
        self.loop.stop()

    async def run(self) -> dict[str, Any]:
        """Trade until somebody ends it. Returns the report. Raises what a turn raises (JournalFailed): nothing was sent after that."""
        tasks: list[asyncio.Task[None]] = []
        is_watched = False
        self.tape.begin(self.began_ns)
        try:
            await self._begin()  # before anything is heard: a book of a market that is not listed yet would be lost
            works = (self.feed.run(), self.user_socket.run(), self.venue.begin(), self._resolutions.run(), self.following.run())
            tasks += [asyncio.create_task(work) for work in works]
            await self.loop.run(lambda: not self._ending and not any(task.done() and task.exception() for task in tasks))
            if self._is_killed:
                await self._kill()
            else:
                await self._wind_down(self._ending or "a part of the bot broke down")
            is_watched = True
        except asyncio.CancelledError:
            is_watched = True  # the process goes at once
            raise
        finally:
            if not is_watched:  # whatever broke, also an invariant of ours: nobody looks after what stands any more
                await self._let_go()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await self.venue.close()
            self.books.journal.abandon()  # it goes on with the next process: there is no other end
            self.tape.close()
        broken = [error for error in ended if isinstance(error, Exception)]
        if broken and self.killed is None:
            raise broken_down("a part of the bot", broken[0])
        return self.report()

    async def _begin(self) -> None:
        """From the journal, or from what the account holds."""
        books, names, questions = self.books, self._account.parts.names, self.venue.questions
        facts: list[e.Event] = []
        if books.last_turn:
            facts += recovered(self.engine, books.journal.path, names)
            self.turner.count = books.last_turn
            for desk in self.engine.state.desks.values():
                self.venue.hear(e.MarketListed(market=desk.market))
        listed = unlisted(self.engine, self._markets)
        strange = [market for market in listed if market.market_id not in self.engine.state.desks]
        facts += [e.MarketListed(market=market) for market in listed]
        facts += [e.EventListed(group=group) for group in self._groups if self.engine.state.groups.get(group.event_id) != group]
        facts += await held(questions, self._account.wallet, strange, with_cash=not books.last_turn)
        self._heard(facts, 0)

    async def _let_go(self) -> None:
        """The journal takes nothing more, or a turn broke, so nothing new may be sent; what stands is taken away, as far as that goes."""
        left = [order.order_id for order in self.engine.state.blotter.all_open() if order.venue_order_id]
        cancels = [Prepared(command=Cancel(order_id=order_id, why="the bot broke down")) for order_id in left]
        for _ in range(2):  # a cancel may have come before the order that was still on its way
            self.venue.send(cancels, self._now())
            with suppress(TimeoutError):
                await asyncio.wait_for(self.venue.settled(), LET_GO_S)

    async def _wind_down(self, why: str) -> None:
        """No new orders, cancel what is ours, wait until it is gone."""
        self.tell(e.Paused(why=why))
        end = time.monotonic() + WIND_DOWN_S
        await self.loop.run(lambda: bool(self.engine.state.blotter.open_count) and time.monotonic() < end and not self._is_killed)
        if self._is_killed:
            await self._kill()

    async def _kill(self) -> None:
        """The switch, while the loop goes on to write down what it hears; that it cannot be written down any more stops no kill."""
        why = self._ending
        self.tell(e.Halted(why=why))
        loop = asyncio.create_task(self.loop.run())
        try:
            self.killed = await kill(self.latch, why, self.venue, self.settings.live.kill_within_s, sent=lambda: self._all_answered(loop))
            with suppress(OSError):
                self.kill_file.unlink(missing_ok=True)
            await asyncio.sleep(0)
        finally:
            self.loop.stop()
            (error,) = await asyncio.gather(loop, return_exceptions=True)
        if error is not None:
            self.alarm(Alert(kind="not written down", text=f"{type(error).__name__}: {error}"))

    async def _all_answered(self, loop: asyncio.Task[None]) -> None:
        """No order is under way any more: of each the venue has said what became of it, or, if nothing is written down any more, has answered."""
        told = asyncio.create_task(self._answered.wait())
        await asyncio.wait([loop, told], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if loop.done():
            await self.venue.settled()

    def conserved(self) -> str:
        """Our own books, and what the venue says of them; empty when all is well."""
        state = self.engine.state
        differs = "; ".join(f"{asset[:24]}: the venue has {more:+} micro beyond our books" for asset, more in state.balances.differences.items())
        return state.ledger.audit() or differs

    def report(self) -> dict[str, Any]:
        """The run report of this process and its journal."""
        return live_report(self)
