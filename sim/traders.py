"""Seeded counterparties: who else trades on the built-in exchange, and why quoting against them is not free money.

    noise      trades for reasons of its own, in either direction, at market
    makers     two of them quote a ladder round what they believe, a little wrong and a little late; one sells YES, the other buys NO
    informed   sees the true probability and takes whatever is mispriced by more than its fee: adverse selection in person

All flow is synthetic: it shows that the machinery is right, not that a strategy earns anything.
"""

import random
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, Protocol

from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND, PRICE_ONE_PIPS, Nanos, Pips
from sim.exchange import Exchange
from sim.latent import Latent
from sim.outcomes import Outcome
from sim.world import MARKET

NOISE: Final = "noise"
MAKERS: Final = ("maker-1", "maker-2")
INFORMED: Final = "informed"
PEOPLE: Final = (NOISE, *MAKERS, INFORMED)
_CENT_MICRO: Final = 10_000
Act = Callable[[Nanos], None]
Accounts = Mapping[str, str]


class Timetable(Protocol):
    """Whoever lets things happen at their time: a world, or a venue with timers of its own."""

    def at(self, at_ns: Nanos, rank: int, action: Act, /) -> None:
        """Let this happen then."""
        ...


class Floor(Protocol):
    """Where the crowd trades."""

    exchange: Exchange

    def act(self, operation: Callable[[Exchange], list[Outcome]], at_ns: Nanos, /) -> object:
        """Do something, and let everybody know."""
        ...


class Crowd:
    """Everybody who trades in one market until it ends."""

    def __init__(self, world: Timetable, venue: Floor, market: Market, latent: Latent, seed: str, accounts: Accounts = MappingProxyType({})) -> None:
        """`accounts`: under which name each of them trades, where it is not their own."""
        self._accounts = accounts
        self._world = world
        self._venue = venue
        self._market = market
        self._latent = latent
        self._random = random.Random(f"{seed} crowd")
        self._count = 0
        self._bias = dict.fromkeys(MAKERS, 0.0)
        """How far each maker's belief is off, in pips; it changes its mind now and then."""
        self._ladders: dict[str, dict[tuple[bool, Pips], str]] = {name: {} for name in MAKERS}
        """Each maker's standing orders: (is YES bid, YES price) → order key."""

    def open(self, at_ns: Nanos) -> None:
        """Fund everybody's holdings in this market and let each begin."""
        for name in PEOPLE:
            self._venue.exchange.split(self._account(name), self._market.market_id, 20_000 * MICRO)
        for mean_s, act in ((2.5, self._noise), (1.0, self._informed)):
            self._again(at_ns, mean_s, act)
        for name in MAKERS:
            self._requote(name, at_ns)

    def _again(self, at_ns: Nanos, mean_s: float, act: Act) -> None:
        """Act at the next arrival of a Poisson process, and go on until the market's end."""
        next_ns = at_ns + max(1, int(self._random.expovariate(1 / mean_s) * NS_PER_SECOND))
        end_ns = self._market.end_ns
        if end_ns is not None and next_ns < end_ns:

            def arrive(now_ns: Nanos) -> None:
                act(now_ns)
                self._again(now_ns, mean_s, act)

            self._world.at(next_ns, MARKET, arrive)

    def _noise(self, at_ns: Nanos) -> None:
        """A market order for no reason: mostly buys of either outcome, some sells."""
        token = self._market.yes if self._random.random() < 0.5 else self._market.no
        size = round(min(400.0, self._random.lognormvariate(2.6, 0.8)) * 100) * _CENT_MICRO
        if self._random.random() < 0.6:
            self._take(NOISE, token, Side.BUY, PRICE_ONE_PIPS - self._market.tick_pips, max(MICRO, size // 2 // _CENT_MICRO * _CENT_MICRO), at_ns)
        else:
            self._take(NOISE, token, Side.SELL, self._market.tick_pips, max(5 * MICRO, size), at_ns)

    def _informed(self, at_ns: Nanos) -> None:
        """Take what is worth more than it costs, fee included, by more than a third of a cent."""
        truth = self._latent.probability(at_ns) * PRICE_ONE_PIPS
        for token, worth in ((self._market.yes, truth), (self._market.no, PRICE_ONE_PIPS - truth)):
            asks = self._venue.exchange.book(token).asks
            if not asks:
                continue
            ask = min(price for price, _ in asks)
            fee = self._market.fee.fee_cash_micro(MICRO, ask) / 100
            if ask + fee + 30 < worth:
                cash = self._random.randint(5, 40) * MICRO
                self._take(INFORMED, token, Side.BUY, ask, cash, at_ns)
                return

    def _take(self, name: str, token: str, side: Side, limit: Pips, size: int, at_ns: Nanos) -> None:
        spec = OrderSpec(market_id=self._market.market_id, token=token, side=side, price_pips=limit, size_micro=size, lifetime=Lifetime.FAK)
        self._submit(name, spec, at_ns)

    def _requote(self, name: str, at_ns: Nanos) -> None:
        """Move a maker's ladder to where it now believes, leaving what stands right already; then do it again later."""
        if self._market.end_ns is None or at_ns >= self._market.end_ns:
            return
        wanted = self._wanted(name, at_ns)
        ladder = self._ladders[name]
        for rung in [rung for rung in ladder if rung not in wanted]:
            self._venue.act(partial(_cancel, self._account(name), ladder.pop(rung), at_ns), at_ns)
        for rung, shares in wanted.items():
            record = self._venue.exchange.find(self._account(name), ladder.get(rung, ""))
            if record is None or not record.stands:
                ladder[rung] = self._submit(name, self._resting(name, rung, shares), at_ns)
        wait_ns = int(self._random.uniform(2.0, 5.0) * NS_PER_SECOND)
        self._world.at(at_ns + wait_ns, MARKET, lambda now_ns: self._requote(name, now_ns))

    def _wanted(self, name: str, at_ns: Nanos) -> dict[tuple[bool, Pips], int]:
        """A ladder of four rungs a side round a belief that is off by about a cent."""
        tick = self._market.tick_pips
        if self._random.random() < 0.1:
            self._bias[name] = self._random.gauss(0, 80)
        belief = self._latent.probability(at_ns) * PRICE_ONE_PIPS + self._bias[name]
        half = 200 if name == MAKERS[0] else 250
        wanted: dict[tuple[bool, Pips], int] = {}
        for k in range(4):
            shares = (40 + 30 * k) * MICRO
            bid = int(belief - half - k * 100) // tick * tick
            ask = -int(-(belief + half + k * 100) // tick) * tick
            if tick <= bid < PRICE_ONE_PIPS:
                wanted[True, bid] = shares
            if 0 < ask <= PRICE_ONE_PIPS - tick:
                wanted[False, ask] = shares
        return wanted

    def _resting(self, name: str, rung: tuple[bool, Pips], shares: int) -> OrderSpec:
        """Bids buy YES; asks sell YES (first maker) or buy NO (second), so that mints and merges happen."""
        is_bid, price = rung
        market = self._market
        if is_bid or name == MAKERS[0]:
            token, side, limit = market.yes, Side.BUY if is_bid else Side.SELL, price
        else:
            token, side, limit = market.no, Side.BUY, PRICE_ONE_PIPS - price
        return OrderSpec(market_id=market.market_id, token=token, side=side, price_pips=limit, size_micro=shares, post_only=True)

    def _account(self, name: str) -> str:
        return self._accounts.get(name, name)

    def _submit(self, name: str, spec: OrderSpec, at_ns: Nanos) -> str:
        self._count += 1
        key = f"{self._market.market_id}/{self._count}"

        def submit(exchange: Exchange) -> list[Outcome]:
            return exchange.submit(self._account(name), key, spec, at_ns)

        self._venue.act(submit, at_ns)
        return key


def _cancel(name: str, key: str, at_ns: Nanos, exchange: Exchange) -> list[Outcome]:
    return exchange.cancel(name, key, at_ns)


def fund(exchange: Exchange, accounts: Accounts = MappingProxyType({})) -> None:
    """Everybody's accounts, with more than they will need."""
    for name in PEOPLE:
        exchange.deposit(accounts.get(name, name), 1_000_000_000 * MICRO)
