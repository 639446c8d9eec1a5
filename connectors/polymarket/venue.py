"""Polymarket behind the socket oms.ports.Venue: commands out over REST, answers back as facts, in the loop that called.

`prepare` names orders by their EIP-712 hash without key, clock or network. `send` returns at once; tasks carry the commands out. What an answer means
is decided in rest.py and answers.py, what the exchange is ready for in venue_mode.py; this file only joins them.

The caller owes: a running loop; `begin` once; `hear` for every fact before the turn that applies it (it keeps ticks and markets of now); `close`.
On-chain commands are refused by name: they are no part of this connector.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from connectors.polymarket import wire_rest as wire
from connectors.polymarket.amounts import UnfitOrder
from connectors.polymarket.heartbeats import Heartbeats
from connectors.polymarket.rates import POST_ORDERS_MAX
from connectors.polymarket.reads import Reads
from connectors.polymarket.signing import NamedOrder, salt_of
from connectors.polymarket.user_facts import UserFacts
from connectors.polymarket.venue_mode import ExchangeMode
from connectors.polymarket.venue_orders import OrderRoad, Placing
from connectors.polymarket.venue_parts import SIGNER_PART, Mouth, Parts
from connectors.polymarket.venue_questions import Questions
from connectors.transport.http import Absent, Answer, Found, Request
from oms.values import commands as c
from oms.values.events import BookReset, CancelTaken, Event, MarketListed, OpenOrdersReported, Rejected, ReplyLost, TickChanged, TransferRefused
from oms.values.market import Market, MarketId, TokenId
from oms.values.orders import OrderId
from oms.values.units import NS_PER_SECOND, Nanos

BEGIN_WAIT_S: Final = (1, 30)
"""First and longest wait between attempts to reach the venue at the start."""

AskReport = c.AskOpenOrders | c.AskTrades | c.AskBalances


class CancelledAll(msgspec.Struct, frozen=True, kw_only=True):
    """What came of cancelling everything. `answered` False: nobody knows; ask what stands."""

    answered: bool
    cancelled: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    """Venue's id and reason."""
    why: str = ""


class PolymarketVenue:
    """The venue socket. `deliver` gets facts in the order in which they became known; `alarm` gets what a person must see."""

    def __init__(
        self,
        parts: Parts,
        deliver: Callable[[list[Event]], None],
        alarm: Callable[[c.Alert], None],
        *,
        now_ns: Callable[[], Nanos] = time.time_ns,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.markets: dict[MarketId, Market] = {}
        self.by_token: dict[TokenId, Market] = {}
        """Both are kept by `hear`."""
        self._parts = parts
        self._deliver = deliver
        self._alarm = alarm
        self._now_ns = now_ns
        self._sleep = sleep
        mouth = Mouth(tell=self._tell, heard=self._heard, unsigned=self._unsigned, alarm=self._call, now_ns=now_ns, sleep=sleep)
        reads = Reads(parts.carrier, parts.budget, now_ns=now_ns, sleep=sleep)
        wallet = parts.form.wallet
        reader = UserFacts(parts.names, self.by_token, wallet.funder, parts.calls.api_key)
        self._reads = reads
        self._road = OrderRoad(parts, mouth)
        self._heartbeats = Heartbeats(parts, mouth)
        self.questions = Questions(parts, reads, reader, self._road, mouth)
        """Also for a person's checks outside the engine: balances and allowances."""
        self._mode = ExchangeMode(parts.presence)
        self._timer: asyncio.TimerHandle | None = None
        self._signing: asyncio.Task[None] | None = None
        """Waits for the signer to be back."""
        self._drafts: dict[OrderId, NamedOrder | str] = {}
        """Between `prepare` and `send`: the named order, or why it cannot be one."""
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._reports: dict[type[AskReport], tuple[AskReport, Nanos] | None] = {}
        """Kinds of report that are being asked for → the latest that was asked for meanwhile, and when."""

    def hear(self, event: Event) -> None:
        """Keep what naming an order needs: its market, with the tick of now."""
        if isinstance(event, MarketListed):
            self._keep(event.market)
        elif isinstance(event, TickChanged) or (isinstance(event, BookReset) and event.tick_pips is not None):
            market = self.by_token.get(event.token)
            if market is not None and event.tick_pips is not None and market.tick_pips != event.tick_pips:
                self._keep(replace(market, tick_pips=event.tick_pips))

    def _keep(self, market: Market) -> None:
        self.markets[market.market_id] = market
        self.by_token |= {market.yes: market, market.no: market}

    def forget(self, market: Market) -> None:
        """A market is over and done with: nothing of it is named, read or asked about any more."""
        self.markets.pop(market.market_id, None)
        for token in (market.yes, market.no):
            self.by_token.pop(token, None)

    def prepare(self, commands: Sequence[c.Command], at_ns: Nanos) -> list[c.Prepared]:
        """Name each command as the venue will: pure and quick (Venue). An order that cannot be named has no name, and is refused by `send`."""
        ready: list[c.Prepared] = []
        for command in commands:
            name = ""
            if isinstance(command, c.Place):
                draft = self._drafts[command.order_id] = self._named(command, at_ns)
                name = "" if isinstance(draft, str) else draft.venue_order_id
            elif isinstance(command, c.Cancel | c.AskOrder):
                name = self._parts.names.venue_id(command.order_id) or ""
            ready.append(c.Prepared(command=command, venue_order_id=name))
        return ready

    def _named(self, place: c.Place, at_ns: Nanos) -> NamedOrder | str:
        market = self.markets.get(place.spec.market_id)
        if market is None:
            return f"UNKNOWN_MARKET: {place.spec.market_id}"
        try:
            return self._parts.form.named(place.spec, market, salt_of(place.order_id), at_ns)
        except UnfitOrder as error:
            return f"{error.reason.name}: {error}"

    def send(self, ready: Sequence[c.Prepared], at_ns: Nanos) -> None:
        """Carry the commands out, once each (Venue). Returns at once; cancels leave first, because they free what the places need."""
        cancels: list[OrderId] = []
        placings: list[Placing] = []
        for prepared in ready:
            command = prepared.command
            if isinstance(command, c.Cancel):
                cancels.append(command.order_id)
            elif isinstance(command, c.Place):
                placings += self._draft(command.order_id)
            else:
                self._send_other(command, at_ns)
        if cancels:
            self._spawn(self._road.cancel(cancels), cancels)
        self._road.expect(placings)
        for first in range(0, len(placings), POST_ORDERS_MAX):
            part = placings[first : first + POST_ORDERS_MAX]
            self._spawn(self._road.place(part), [placing.order_id for placing in part])

    def _draft(self, order_id: OrderId) -> list[Placing]:
        """The order as it was named; none, if it could not be: then it is refused, and never left us."""
        draft = self._drafts.pop(order_id)
        if isinstance(draft, str):
            asyncio.get_running_loop().call_soon(self._tell, [Rejected(order_id=order_id, why=draft)])
            return []
        self._parts.names.learn(order_id, draft.venue_order_id)
        return [Placing(order_id, draft)]

    def _send_other(self, command: c.Command, at_ns: Nanos) -> None:
        if isinstance(command, c.AskOrder):
            self._spawn(self.questions.about(command.order_id, at_ns))
        elif isinstance(command, c.AskOpenOrders | c.AskTrades | c.AskBalances):
            self._spawn(self._report(command, at_ns))
        elif isinstance(command, c.Heartbeat):
            self._spawn(self._heartbeats.beat())
        elif isinstance(command, c.Alert):
            self._alarm(command)
        elif isinstance(command, c.Split | c.Merge | c.Convert | c.Redeem):
            kind = type(command).__name__
            self._tell([TransferRefused(command_id=command.command_id, why="this connector does nothing on the chain")])
            self._call(
                "not carried out", f"{kind} {command.command_id}: this connector does nothing on the chain; do it by hand, or remove its cause"
            )

    async def _report(self, command: AskReport, at_ns: Nanos) -> None:
        """One of a kind at a time: what is asked for meanwhile is asked when it is answered, and only the latest of it.

        The engine asks again every few seconds until it knows. An account with thousands of trades takes longer to tell them, and queries beside
        each other would use up the rate limit, so that none would ever come to its end.
        """
        kind: type[AskReport] = type(command)
        again: tuple[AskReport, Nanos] | None = (command, at_ns)
        if kind in self._reports:
            self._reports[kind] = again
            return
        try:
            while again is not None:
                self._reports[kind] = None
                await self._reported(*again)
                again = self._reports[kind]
        finally:
            del self._reports[kind]

    async def _reported(self, command: AskReport, at_ns: Nanos) -> None:
        if isinstance(command, c.AskOpenOrders):
            self._tell([await self.questions.open_orders(command)])
        elif isinstance(command, c.AskTrades):
            self._tell([await self.questions.trades(command, at_ns)])
        else:
            self._tell([await self.questions.balances(command, int(self._parts.form.wallet.signature_type), self.by_token)])

    async def begin(self) -> None:
        """Reach the venue: try until it answers, then say that it is there."""
        first, longest = BEGIN_WAIT_S
        wait_s = first
        while not isinstance(await self._reads.ask("GET clob", lambda: Request(method="GET", path="/ok")), Found):
            await self._sleep(wait_s)
            wait_s = min(2 * wait_s, longest)
        self._tell([*self._parts.presence.up(SIGNER_PART), *self._mode.reached()])

    async def cancel_all_now(self) -> CancelledAll:
        """Cancel every order of the API key, whatever the budget says: for the kill switch."""
        now_ns = self._now_ns()
        self._parts.budget.ask("DELETE /cancel-all", now_ns)
        answer = await self._parts.carrier.act(self._parts.calls.cancel_all())
        self._heard(answer)
        reply = wire.cancel_reply(answer.body) if isinstance(answer, Found) else None
        if reply is None:
            why = "its answer cannot be read" if isinstance(answer, Found) else answer.text[:200] if isinstance(answer, Absent) else answer.why
            return CancelledAll(answered=False, why=why)
        cancelled = tuple(name.lower() for name in reply.canceled or ())
        ours = [order_id for order_id in map(self._parts.names.ours, cancelled) if order_id is not None]
        self._tell([CancelTaken(order_id=order_id, why="everything was cancelled") for order_id in ours])
        return CancelledAll(answered=True, cancelled=cancelled, kept=tuple((reply.not_canceled or {}).items()))

    async def open_orders_now(self) -> OpenOrdersReported:
        """What stands now; with anything in `omitted` it may be more. For the kill switch, and not told to the engine."""
        return await self.questions.open_orders(c.AskOpenOrders(asked_ns=self._now_ns()))

    async def close(self) -> None:
        """Give up what is under way. What becomes of it, the next process asks."""
        if self._timer is not None:
            self._timer.cancel()
        tasks = [*self._tasks, *([] if self._signing is None else [self._signing])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until nothing is under way; at the end of a run, and in tests."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def _tell(self, facts: Sequence[Event]) -> None:
        if facts:
            self._deliver(list(facts))

    def _unsigned(self, why: str) -> None:
        """Nothing new can be placed until the signer is back."""
        if self._signing is None:
            self._signing = asyncio.get_running_loop().create_task(self._signer_back())
            self._tell(self._parts.presence.down(SIGNER_PART, why))

    async def _signer_back(self) -> None:
        await self._parts.signer.back()
        self._signing = None
        self._tell(self._parts.presence.up(SIGNER_PART))

    def _call(self, kind: str, text: str) -> None:
        self._alarm(c.Alert(kind=kind, text=text))

    def _heard(self, answer: Answer) -> None:
        """Every answer of a private request may say what the exchange is ready for."""
        self._tell(self._mode.heard(answer, self._now_ns()))
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake_ns = self._mode.wake_at_ns()
        if wake_ns is not None:
            wait_s = max(0, wake_ns - self._now_ns()) / NS_PER_SECOND
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._woken)

    def _woken(self) -> None:
        self._tell(self._mode.woken(self._now_ns()))
        self._set_timer()

    def _spawn(self, work: Coroutine[Any, Any, None], order_ids: Sequence[OrderId] = ()) -> None:
        """Start a task, and keep it from being forgotten. A fault of ours in it leaves its orders unknown, and a person is told."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.pop(done, None)
            error = None if done.cancelled() else done.exception()
            if error is not None:
                place = traceback.extract_tb(error.__traceback__)[-1]
                self._call("fault in the venue connector", f"{type(error).__name__} at {place.filename}:{place.lineno}; its orders are unknown")
                self._tell([ReplyLost(order_id=order_id, why="a fault of ours") for order_id in order_ids])

        task.add_done_callback(ended)
