"""Stop for good: latch first, cancel everything, look whether anything is left, and say so. Used by a running bot and by `kill` without one.

The latch is set before the first byte leaves, so that a process that dies in the middle stays off; where it cannot be set (a full disk) the kill goes
on all the same, and says so. Cancelling everything takes every order of the API key away, also those that a person placed by hand: after a kill
nothing may be open.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from config.assembly.latch import Latch, LatchFailed
from connectors.polymarket.venue import CancelledAll
from oms.values.events import OpenOrdersReported

LOOK_AGAIN_S: Final = 0.25
"""From one round to the next, and before the second look that confirms the first."""


class Cancelling(Protocol):
    """A venue that can be told to take everything away."""

    async def cancel_all_now(self) -> CancelledAll:
        """Cancel every order of the account."""
        ...

    async def open_orders_now(self) -> OpenOrdersReported:
        """What stands."""
        ...


class Killed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    verified: bool
    """Two looks, a moment apart, saw nothing open."""
    rounds: int
    left: tuple[str, ...] = ()
    """The venue's ids of what was open when it was looked at last."""
    why_not: str = ""
    """What kept us from looking or cancelling, the last time."""
    not_latched: str = ""
    """Not empty: the latch could not be set, so a restart would trade again."""


async def kill(latch: Latch, why: str, venue: Cancelling, within_s: float, *, sent: Callable[[], Awaitable[object]] | None = None) -> Killed:
    """Latch, cancel, verify.

    Args:
        latch: set before anything else.
        why: for whoever reads the latch.
        venue: the account.
        within_s: give up looking after so long; the latch stays set.
        sent: ends when nothing of ours is on its way any more, where there may be something. Only a look that begins after that counts: what arrives
            after the last look would stand, and nobody would know.
    """
    not_latched = _latched(latch, why)
    clock = asyncio.get_running_loop().time
    end_s = clock() + within_s
    last = Killed(verified=False, rounds=0, why_not="there was no time")
    waiting = asyncio.ensure_future(asyncio.sleep(0) if sent is None else sent())
    seen_empty = False
    try:
        while clock() < end_s:
            all_arrived = sent is None or waiting.done()
            why_not = await _cancelled(venue, end_s - clock())
            left, cannot_look = await _left(venue, end_s - clock())
            is_empty = not left and not cannot_look and all_arrived
            why_not = cannot_look or why_not or ("" if all_arrived else "orders of ours were on their way and not answered yet")
            last = Killed(verified=is_empty and seen_empty, rounds=last.rounds + 1, left=left, why_not=why_not)
            if last.verified:
                break
            seen_empty = is_empty
            pause_s = min(LOOK_AGAIN_S, max(0.0, end_s - clock()))
            await (asyncio.sleep(pause_s) if all_arrived else asyncio.wait([waiting], timeout=pause_s))
    finally:
        waiting.cancel()
    not_latched = _latched(latch, why, verified=last.verified) and not_latched
    return replace(last, not_latched=not_latched)


def _latched(latch: Latch, why: str, *, verified: bool | None = None) -> str:
    """Set it; why it could not be set, if it could not."""
    try:
        latch.set(why, verified=verified)
    except LatchFailed as error:
        return str(error)
    return ""


async def _cancelled(venue: Cancelling, left_s: float) -> str:
    """Cancel everything; why it is not certain, if it is not."""
    try:
        told = await asyncio.wait_for(venue.cancel_all_now(), max(0.01, left_s))
    except TimeoutError:
        return "cancelling everything was not answered in time"
    return "" if told.answered else told.why


async def _left(venue: Cancelling, left_s: float) -> tuple[tuple[str, ...], str]:
    """What stands, and why that may not be all."""
    try:
        report = await asyncio.wait_for(venue.open_orders_now(), max(0.01, left_s))
    except TimeoutError:
        return (), "what is open was not answered in time"
    return tuple(row.venue_order_id for row in report.orders), "; ".join(report.omitted[:3])


def in_words(killed: Killed) -> str:
    """For the person who killed."""
    latch = f". NOT LATCHED, so a restart would trade again: {killed.not_latched}" if killed.not_latched else ""
    if killed.verified:
        return f"halted: everything is cancelled, and two looks at the venue saw nothing open{latch}"
    if killed.left:
        count = len(killed.left)
        return f"halted, but {count} orders were still open when we looked last ({killed.left[0]}, …): cancel them at the venue by hand{latch}"
    return f"halted, but nobody could verify that nothing is open ({killed.why_not}): look at the venue by hand{latch}"
