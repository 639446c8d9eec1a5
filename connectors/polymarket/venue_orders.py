"""The road of orders and cancels: signed, counted against the budget, sent once, judged. A POST is never sent twice.

An order waits here for two things, its signature and its turn in the rate budget, and until its bytes leave it can be withdrawn by its cancel. What
waits too long is refused rather than sent late. From the moment the bytes may have left, only an answer that is certain says more than `ReplyLost`.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from connectors.polymarket.rates import DELETE_ORDERS_MAX, POST_ORDERS_MAX, SIGNER_CANCELS, SIGNER_ORDERS
from connectors.polymarket.rereads import COLLATERAL, Rereads
from connectors.polymarket.rest import NOT_LET_IN, Judged, judge_cancelled, judge_placed, said
from connectors.polymarket.signing import NamedOrder
from connectors.polymarket.venue_mode import too_many_s
from connectors.polymarket.venue_parts import Mouth, Parts
from connectors.signer_protocol import SignerGone, SignRefused
from connectors.transport.budget import Granted, Later, Never
from connectors.transport.http import Absent, Answer, Found
from oms.values.events import Acked, CancelDone, Rejected, ReplyLost
from oms.values.orders import OrderId, Side, VenueOrderId
from oms.values.units import NS_PER_SECOND, Nanos

PLACE_WAIT_NS: Final = NS_PER_SECOND
"""An order that would have to wait longer for the budget is refused: by then the quote is old. It is refused only after that wait, so that whoever
places it again at once does not spin."""
CANCEL_WAIT_NS: Final = 4 * NS_PER_SECOND
"""A cancel gives up after so long; the engine cancels once more (EngineSettings.reply_timeout_ns)."""
_WANTING: Final = ("BALANCE:", "ALLOWANCE:")
REMEMBERED_MAX: Final = 50_000
_PERSONS: Final = (
    "UNAUTHORIZED",
    "FORBIDDEN",
    "REGION",
    "BANNED",
    "CLOSED_ONLY",
    "MAKER_NOT_ALLOWED",
    "WRONG_",
    "BAD_SIGNATURE",
    "ALLOWANCE",
    "SIGNER_",
)
"""Refusals that no waiting mends: a person is told of the first of each kind."""


class Placing(msgspec.Struct, frozen=True):
    """One order that is to be placed."""

    order_id: OrderId
    named: NamedOrder


class OrderRoad:
    """Carries places and cancels out."""

    def __init__(self, parts: Parts, mouth: Mouth) -> None:
        self._form = parts.form
        self._signer = parts.signer
        self._calls = parts.calls
        self._carrier = parts.carrier
        self._budget = parts.budget
        self._names = parts.names
        self._mouth = mouth
        self._waiting: dict[OrderId, None] = {}
        """Not left yet: a cancel can still take them back."""
        self._withdrawn: dict[OrderId, None] = {}
        self._leaving: dict[OrderId, None] = {}
        """Their POST is under way."""
        self._cancelling: dict[OrderId, None] = {}
        self._quiet_since_ns: dict[OrderId, Nanos] = {}
        self.rereads: Final = Rereads(parts, mouth)
        self._told_persons: dict[str, None] = {}
        self._cannot_cancel = False
        """A person was told so."""

    def is_under_way(self, order_id: OrderId) -> bool:
        """Nobody can say yet what became of it: it waits to leave, or its answer is awaited."""
        return order_id in self._waiting or order_id in self._leaving

    def quiet_since_ns(self, order_id: OrderId) -> Nanos | None:
        """When its POST ended, however; None: it was not of this process."""
        return self._quiet_since_ns.get(order_id)

    def expect(self, placings: Sequence[Placing]) -> None:
        """These are about to be placed: from now on a cancel of theirs withdraws them."""
        for placing in placings:
            self._waiting[placing.order_id] = None

    async def place(self, placings: Sequence[Placing]) -> None:
        """Sign and send up to 15 orders in one request."""
        assert 0 < len(placings) <= POST_ORDERS_MAX
        try:
            signatures = await asyncio.gather(*(self._signature(placing) for placing in placings))
            bodies = {
                placing.order_id: self._form.body(placing.named, signature)
                for placing, signature in zip(placings, signatures, strict=True)
                if signature is not None
            }
            if bodies and not await self._turn("POST /order" if len(bodies) == 1 else "POST /orders", len(bodies), PLACE_WAIT_NS):
                self._refuse(list(bodies), "RATE_BUDGET: it would have left too late")
                return
            await self._leave(placings, bodies)
        finally:
            for placing in placings:
                self._waiting.pop(placing.order_id, None)
                self._withdrawn.pop(placing.order_id, None)

    async def _signature(self, placing: Placing) -> bytes | None:
        """The signature; None: there is none, and that is told."""
        try:
            return await self._signer.sign(placing.named)
        except SignRefused as error:
            self._refuse([placing.order_id], f"SIGNER_{error}")
        except SignerGone as error:
            self._refuse([placing.order_id], f"SIGNER_GONE: {error}")
            self._mouth.unsigned(str(error))
        return None

    async def _leave(self, placings: Sequence[Placing], bodies: dict[OrderId, bytes]) -> None:
        """The bytes leave, of those that are still wanted."""
        names: dict[VenueOrderId, OrderId] = {}
        for placing in placings:
            order_id = placing.order_id
            if order_id in bodies and order_id not in self._withdrawn:
                names[placing.named.venue_order_id] = order_id
            self._waiting.pop(order_id, None)
        if not names:
            return
        self._leaving |= dict.fromkeys(names.values())
        try:
            answer = await self._carrier.act(self._calls.place([bodies[order_id] for order_id in names.values()]))
        finally:
            now_ns = self._mouth.now_ns()
            for order_id in names.values():
                del self._leaving[order_id]
                self._remember(order_id, now_ns)
        self._heed(SIGNER_ORDERS, answer)
        judged = judge_placed(answer, names)
        self._say(judged)
        await self._look_again(placings, [fact.order_id for fact in judged.facts if isinstance(fact, Rejected) and fact.why.startswith(_WANTING)])

    async def _look_again(self, placings: Sequence[Placing], wanting: Sequence[OrderId]) -> None:
        """These were refused for want of balance or allowance, and our books say otherwise: the venue may remember what is no longer so."""
        for placing in placings:
            order = placing.named.order
            if placing.order_id in wanting:
                generation = "v2" if order.exchange.version == "3" else "v1"  # the domain's version is one ahead (polymarket.md §1.2)
                await self.rereads.of(COLLATERAL if order.side is Side.BUY else order.token, generation)

    async def cancel(self, order_ids: Sequence[OrderId]) -> None:
        """Take these back, or ask the venue to cancel them; one that is being cancelled already is not cancelled twice at a time."""
        names: dict[VenueOrderId, OrderId] = {}
        for order_id in order_ids:
            name = self._names.venue_id(order_id)
            if order_id in self._waiting:
                self._withdrawn[order_id] = None
                self._mouth.tell([CancelDone(order_id=order_id, why="withdrawn before it left", filled_micro=0)])
            elif name is None:
                self._mouth.tell([ReplyLost(order_id=order_id, why="the venue's name of this order is not known")])
                self._mouth.alarm("order without a name", f"order {order_id} cannot be cancelled by id: cancel all, and look at the journal")
            elif order_id not in self._cancelling:
                names[name] = order_id
        self._cancelling |= dict.fromkeys(names.values())
        try:
            await self._cancel_in_parts(list(names.items()))
        finally:
            for order_id in names.values():
                self._cancelling.pop(order_id, None)

    async def _cancel_in_parts(self, names: Sequence[tuple[VenueOrderId, OrderId]]) -> None:
        """As many in one request as the venue takes and the budget can ever give."""
        part = DELETE_ORDERS_MAX
        at = 0
        while at < len(names):
            here = dict(names[at : at + part])
            route = "DELETE /order" if len(here) == 1 else "DELETE /orders"
            verdict = self._budget.ask(route, self._mouth.now_ns(), len(here))
            if isinstance(verdict, Never) and verdict.count_max:
                part = verdict.count_max
                continue
            if not isinstance(verdict, Granted) and not await self._turn(route, len(here), CANCEL_WAIT_NS):
                self._mouth.tell([ReplyLost(order_id=order_id, why="the rate limit of cancels is used up") for order_id in here.values()])
            else:
                answer = await self._carrier.act(self._calls.cancel(list(here)))
                self._heed(SIGNER_CANCELS, answer)
                self._tell_of_cancel(answer)
                self._say(judge_cancelled(answer, here))
            at += len(here)

    async def _turn(self, route: str, count: int, wait_max_ns: Nanos) -> bool:
        """Wait for the budget; False: not within `wait_max_ns`."""
        ends_ns = self._mouth.now_ns() + wait_max_ns
        while not isinstance(verdict := self._budget.ask(route, now_ns := self._mouth.now_ns(), count), Granted):
            at_ns = verdict.at_ns if isinstance(verdict, Later) else ends_ns + 1
            await self._mouth.sleep(max(0, min(at_ns, ends_ns) - now_ns) / NS_PER_SECOND)
            if at_ns > ends_ns:
                return False
        return True

    def _heed(self, limit: str, answer: Answer) -> None:
        """What an answer says of the budget and of the exchange's mode."""
        now_ns = self._mouth.now_ns()
        left = answer.hints.get("poly-ratelimit-remaining", "")
        if left.isascii() and left.isdecimal() and len(left) <= 6:
            self._budget.told(limit, int(left), now_ns)
        pause_s = too_many_s(answer)
        if pause_s is not None:
            self._budget.refused(limit, now_ns + pause_s * NS_PER_SECOND, now_ns)
        self._mouth.heard(answer)

    def _say(self, judged: Judged) -> None:
        for text in judged.alarms:
            self._mouth.alarm("answer for another order", text)
        for fact in judged.facts:
            if isinstance(fact, Acked):
                self._told_persons.clear()
            elif isinstance(fact, Rejected):
                self._tell_person(fact.why)
        self._mouth.tell(judged.facts)

    def _refuse(self, order_ids: Sequence[OrderId], why: str) -> None:
        """Orders that never left us, unless they were withdrawn meanwhile."""
        self._tell_person(why)
        self._mouth.tell([Rejected(order_id=order_id, why=why) for order_id in order_ids if order_id not in self._withdrawn])

    def _tell_person(self, why: str) -> None:
        name = why.partition(":")[0]
        if name.startswith(_PERSONS) and name not in self._told_persons:
            self._told_persons[name] = None
            self._mouth.alarm("orders are refused", why)

    def _tell_of_cancel(self, answer: Answer) -> None:
        """Orders that cannot be taken away are worse than orders that cannot be placed: told at once, and again after it was well in between."""
        if isinstance(answer, Found):
            self._cannot_cancel = False
        elif isinstance(answer, Absent) and answer.status in NOT_LET_IN and not self._cannot_cancel:
            self._cannot_cancel = True
            self._mouth.alarm("cancels are refused", said(answer))

    def _remember(self, order_id: OrderId, now_ns: Nanos) -> None:
        self._quiet_since_ns[order_id] = now_ns
        if len(self._quiet_since_ns) > REMEMBERED_MAX:
            del self._quiet_since_ns[next(iter(self._quiet_since_ns))]
