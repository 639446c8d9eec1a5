"""Rival arbitrageurs: accounts that see the same books as we do, and take a window with immediate orders after a latency of their own.

The rule is simple on purpose. The best asks of all YES add up to less than a dollar, fees paid, and one of them must win: buy them all and hold. The
best bids add up to more than a dollar: buy every NO, and convert when the trades are settled. What they send is what they saw; what is gone by then
they miss, and a leg that was missed they simply lack. They act through the exchange alone, one attempt at a time each.
"""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec

from oms.values.events import Event, LevelsChanged
from oms.values.market import EventGroup, Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND, PRICE_ONE_PIPS, Nanos, Pips, SharesMicro
from sim.exchange import Exchange
from sim.outcomes import Executed, Outcome
from sim.traders import Floor, Timetable
from sim.world import MARKET

SETTLED_NS: Final = 15 * NS_PER_SECOND
"""After so long a trade is settled, or failed."""
_BATCH: Final = 10
"""Shares are bought in tens: then a leg costs whole cents at any price."""
_LEG_MIN_MICRO: Final = MICRO
"""A marketable buy is worth at least a dollar (polymarket.md §4.2)."""


class Watched(Floor, Protocol):
    """Where the rivals trade, and where they see what the public is told."""

    watchers: list[Callable[[Sequence[Event], Nanos], None]]


class RivalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who they are."""

    count: int = 2
    latency_ms: tuple[int, int] = (50, 300)
    """From the book's change to their orders' arrival, drawn each time."""
    edge_pips: Pips = 20
    """What a set must bring at least, fees paid."""
    shares_max: int = 200


class Rivals:
    """Those who watch one event."""

    def __init__(self, world: Timetable, venue: Watched, group: EventGroup, markets: tuple[Market, ...], settings: RivalSettings, seed: str) -> None:
        self._world = world
        self._venue = venue
        self._group = group
        self._markets = markets
        self._settings = settings
        self._dice = {name: random.Random(f"{seed} {name}") for name in names(settings.count)}
        self._busy: dict[str, bool] = dict.fromkeys(self._dice, False)
        self._index = {market.yes: number for number, market in enumerate(markets)}
        self._bids = [0] * len(markets)
        self._asks = [PRICE_ONE_PIPS] * len(markets)
        self._asks_sum = PRICE_ONE_PIPS * len(markets)
        self._bids_sum = 0
        self._looks = False
        """A look is due at the end of this instant."""
        self._count = 0
        self.attempts = 0
        """Each is one rival and one window."""
        self.legs_filled = 0
        self.legs_missed = 0
        self.converted = 0
        """Conversions done."""
        venue.watchers.append(self.see)

    def leave(self) -> None:
        """The event is over: look no more."""
        self._venue.watchers.remove(self.see)

    def see(self, public: Sequence[Event], at_ns: Nanos) -> None:
        """Follow the best prices; a window is looked at when everything of this instant has happened."""
        moved = False
        for fact in public:
            if isinstance(fact, LevelsChanged) and fact.token in self._index:
                moved |= self._follow(self._index[fact.token], fact)
        if moved and not self._looks and self._is_window():
            self._looks = True
            self._world.at(at_ns, MARKET, self._look)

    def _follow(self, number: int, fact: LevelsChanged) -> bool:
        bid, ask = fact.best_bid_pips or 0, PRICE_ONE_PIPS if fact.best_ask_pips is None else fact.best_ask_pips
        if (bid, ask) == (self._bids[number], self._asks[number]):
            return False
        self._bids_sum += bid - self._bids[number]
        self._asks_sum += ask - self._asks[number]
        self._bids[number], self._asks[number] = bid, ask
        return True

    def _is_window(self) -> bool:
        return self._asks_sum < PRICE_ONE_PIPS or self._bids_sum > PRICE_ONE_PIPS

    def _look(self, at_ns: Nanos) -> None:
        """A window that is still there starts whoever is free."""
        self._looks = False
        free = [name for name, busy in self._busy.items() if not busy]
        legs = self._legs() if free and self._is_window() else []
        if not legs:
            return
        for name in free:
            self._busy[name] = True
            self.attempts += 1
            delay_ns = self._dice[name].randint(*(ms * NS_PER_MS for ms in self._settings.latency_ms))
            self._world.at(at_ns + delay_ns, MARKET, partial(self._strike, name, legs))

    def _legs(self) -> list[OrderSpec]:
        """What takes the window there is; nothing: it does not pay."""
        if self._asks_sum < PRICE_ONE_PIPS:
            if not self._group.exhaustive:
                return []
            bought = [(market, market.yes, ask) for market, ask in zip(self._markets, self._asks, strict=True)]
            due = PRICE_ONE_PIPS
        else:
            bought = [(market, market.no, PRICE_ONE_PIPS - bid) for market, bid in zip(self._markets, self._bids, strict=True) if bid]
            due = (len(bought) - 1) * PRICE_ONE_PIPS
        cost_micro = sum(price * 100 + market.fee.fee_cash_micro(MICRO, price) for market, _, price in bought)
        if cost_micro + self._settings.edge_pips * 100 > due * 100:
            return []
        sizes = [self._size(token, price) for _, token, price in bought]
        shares = min(self._settings.shares_max, *sizes) // _BATCH * _BATCH
        if any(shares * price * 100 < _LEG_MIN_MICRO for _, _, price in bought):
            return []
        return [
            OrderSpec(
                market_id=market.market_id,
                token=token,
                side=Side.BUY,
                price_pips=price,
                size_micro=shares * price * 100,
                lifetime=Lifetime.FOK,
            )
            for market, token, price in bought
        ]

    def _size(self, token: str, price_pips: Pips) -> int:
        """Whole shares on offer at this price."""
        return sum(size for price, size in self._venue.exchange.book(token).asks if price == price_pips) // MICRO

    def _strike(self, name: str, legs: Sequence[OrderSpec], at_ns: Nanos) -> None:
        """All legs at once, as one request; each is filled or missed by itself."""
        filled: list[OrderSpec] = []

        def take(exchange: Exchange) -> list[Outcome]:
            out: list[Outcome] = []
            for leg in legs:
                self._count += 1
                said = exchange.submit(name, f"{self._group.event_id}/{self._count}", leg, at_ns)
                if any(isinstance(one, Executed) for one in said):
                    filled.append(leg)
                out += said
            return out

        self._busy[name] = False
        self._venue.act(take, at_ns)
        self.legs_filled += len(filled)
        self.legs_missed += len(legs) - len(filled)
        no_tokens = [market.no for market in self._markets]
        if filled and filled[0].token in no_tokens and self._group.conversion_fee_bps is not None:
            self._world.at(at_ns + SETTLED_NS, MARKET, partial(self._convert, name, [leg.market_id for leg in filled]))

    def _convert(self, name: str, market_ids: list[str], _at_ns: Nanos) -> None:
        """What is free of all these NO; the exchange refuses it if the event is over."""
        exchange = self._venue.exchange
        tokens = exchange.account(name).tokens
        held = [tokens.get(market.no) for market in self._markets if market.market_id in market_ids]
        shares: SharesMicro = min((holding.available_micro if holding else 0) for holding in held)
        if shares and exchange.convert(name, self._group.event_id, market_ids, shares) is None:
            self.converted += 1


def names(count: int) -> tuple[str, ...]:
    """The accounts of so many rivals."""
    return tuple([f"rival-{number + 1}" for number in range(count)])
