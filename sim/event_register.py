"""Which markets on the exchange exclude each other, and what may still become of them. No money moves here (event_books.py).

A market of an event resolves YES or NO, never in between (polymarket.md §10); at most one resolves YES; of an exhaustive event one does.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from oms.values.market import PAYOUT_ONE_PPM, EventGroup, EventId, MarketId, Payout
from oms.values.units import SharesMicro
from sim.books import VENUE_PREFIX
from sim.clearing import Clearing
from sim.listing import Listing, MarketState
from sim.outcomes import NotPossible, Refusal

OVER_KEPT: Final = 100
"""Events that are over and still known."""
WINS: Final = Payout(yes_ppm=PAYOUT_ONE_PPM, no_ppm=0)
LOSES: Final = Payout(yes_ppm=0, no_ppm=PAYOUT_ONE_PPM)
_FEE_BPS_MAX: Final = 10_000


class ListedEvent:
    """An event and its markets that are not paid out."""

    __slots__ = ("group", "open", "questions", "winner")

    def __init__(self, group: EventGroup) -> None:
        self.group = group
        self.questions = 0
        """How many outcomes the contract knows, unlisted and paid out ones included."""
        self.open: dict[MarketId, None] = {}
        self.winner: MarketId = ""


class EventRegister:
    """All exclusive events."""

    def __init__(self, clearing: Clearing, listings: Mapping[MarketId, Listing]) -> None:
        self._clearing = clearing
        self._listings = listings
        self._events: dict[EventId, ListedEvent] = {}
        self._event_of: dict[MarketId, ListedEvent] = {}
        """Of markets that are not paid out."""
        self._over: deque[EventId] = deque()

    def groups(self) -> list[EventGroup]:
        """Every event that is known, as it was listed last."""
        return [event.group for event in self._events.values()]

    def open_markets(self, event_id: EventId) -> tuple[MarketId, ...]:
        """Those of an event that are not paid out, in the order in which they joined; none: no such event, or it is over."""
        event = self._events.get(event_id)
        return tuple(event.open) if event is not None else ()

    def fee_bps(self, event_id: EventId) -> int:
        """What the venue keeps of a conversion. Raises KeyError: no such event."""
        return self._events[event_id].group.conversion_fee_bps or 0

    # Listing.

    def enter(self, group: EventGroup) -> None:
        """Take an event, or its new facts: markets may join an event that is not decided, none may leave it but by its end.

        Raises NotPossible: not exclusive, no markets, an unknown, foreign or paid-out market, a fee that changed, a conversion fee out of range.
        """
        event = self._events.get(group.event_id)
        complaint = self._complaint(group, event)
        if complaint:
            raise NotPossible(f"event {group.event_id!r}: {complaint}")
        if event is None:
            event = self._events[group.event_id] = ListedEvent(group)
            self._clearing.open_event(group.event_id, group.conversion_fee_bps or 0)
        for market_id in group.market_ids:
            if market_id not in event.open:
                event.open[market_id] = None
                event.questions += 1
                self._event_of[market_id] = event
                self._clearing.join_event(group.event_id, market_id)
        event.questions = max(event.questions, group.questions)
        event.group = group

    def _complaint(self, group: EventGroup, event: ListedEvent | None) -> str:
        if not group.exclusive or not group.market_ids or len(set(group.market_ids)) < len(group.market_ids):
            return "it must be exclusive, and name each of its markets once"
        if not 0 <= (group.conversion_fee_bps or 0) <= _FEE_BPS_MAX:
            return f"a conversion fee of {group.conversion_fee_bps} bps"
        if event is not None:
            if event.winner or not event.open:
                return "it is decided"
            if [market_id for market_id in event.open if market_id not in group.market_ids]:
                return "a market that is not paid out cannot leave it"
            if group.conversion_fee_bps != event.group.conversion_fee_bps:
                return "its conversion fee cannot change"
        return next((said for market_id in group.market_ids if (said := self._market_complaint(market_id, group.event_id))), "")

    def _market_complaint(self, market_id: MarketId, event_id: EventId) -> str:
        listing = self._listings.get(market_id)
        if listing is None or listing.state is MarketState.RESOLVED:
            return f"market {market_id!r} is not known, or paid out"
        other = self._event_of.get(market_id)
        if listing.market.event_id != event_id or (other is not None and other.group.event_id != event_id):
            return f"market {market_id!r} is of event {listing.market.event_id!r}"
        return ""

    # Conversions.

    def convert(self, account: str, event_id: EventId, market_ids: Sequence[MarketId], shares_micro: SharesMicro) -> Refusal | None:
        """NO shares of these markets become cash and YES shares of the event's others; None: done."""
        refusal = self._refusal(account, event_id, market_ids, shares_micro)
        if refusal is None and not self._clearing.convert(account, event_id, market_ids, shares_micro):
            return Refusal.NOT_ENOUGH_SHARES
        return refusal

    def _refusal(self, account: str, event_id: EventId, market_ids: Sequence[MarketId], shares_micro: SharesMicro) -> Refusal | None:
        if account not in self._clearing.accounts or account.startswith(VENUE_PREFIX):
            return Refusal.ACCOUNT_UNKNOWN
        if shares_micro <= 0:
            return Refusal.BAD_SIZE
        event = self._events.get(event_id)
        if event is None:
            return Refusal.EVENT_UNKNOWN
        if event.questions <= 1 or event.group.conversion_fee_bps is None:
            return Refusal.NO_CONVERTIBLE_POSITIONS
        if not market_ids or len(set(market_ids)) < len(market_ids) or any(one not in event.group.market_ids for one in market_ids):
            return Refusal.INVALID_INDEX_SET
        is_over = event.winner or any(market_id not in event.open for market_id in market_ids)
        return Refusal.EVENT_DECIDED if is_over else None

    # The end.

    def check_end(self, market_id: MarketId, payout: Payout | None) -> None:
        """May this market end so? `payout` None: a refund at cost. Raises NotPossible: not in its event."""
        event = self._event_of.get(market_id)
        if event is None:
            return
        if payout not in (WINS, LOSES):
            raise NotPossible(f"market {market_id!r} is of event {event.group.event_id!r}: it can only resolve YES or NO")
        if payout == WINS and event.winner:
            raise NotPossible(f"market {market_id!r} cannot win: {event.winner!r} has won event {event.group.event_id!r}")
        if payout == LOSES and not event.winner and event.group.exhaustive and list(event.open) == [market_id]:
            raise NotPossible(f"market {market_id!r} cannot lose: it is the last of event {event.group.event_id!r}, which is exhaustive")

    def ends(self, event_id: EventId, winner: MarketId) -> Iterator[tuple[MarketId, Payout]]:
        """How each market that is not paid out ends if this one wins (empty: none of them does), the winner first.

        Raises NotPossible: no such event, or it is over; another has won; an unknown winner; nobody, where somebody must.
        """
        event = self._events.get(event_id)
        if event is None or not event.open:
            raise NotPossible(f"no event {event_id!r} that is not over")
        if event.winner not in ("", winner) or (winner and winner != event.winner and winner not in event.open):
            raise NotPossible(f"{winner!r} cannot win event {event_id!r}: {list(event.open)} are open, and the winner so far is {event.winner!r}")
        if not winner and event.group.exhaustive:
            raise NotPossible(f"event {event_id!r} is exhaustive: one of {list(event.open)} must win")
        losers = [market_id for market_id in event.open if market_id != winner]
        won = [(winner, WINS)] if winner in event.open else []
        return iter([*won, *((market_id, LOSES) for market_id in losers)])

    def ended(self, market_id: MarketId, payout: Payout | None) -> None:
        """A market was paid out."""
        event = self._event_of.pop(market_id, None)
        if event is None:
            return
        del event.open[market_id]
        if payout == WINS:
            event.winner = market_id
        if not event.open:
            self._over.append(event.group.event_id)
            if len(self._over) > OVER_KEPT:
                del self._events[self._over.popleft()]
