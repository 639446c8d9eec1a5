"""Counterparties of one exclusive event: makers who follow its truth and now and then leave an outcome's quotes behind, and noise.

    makers    two accounts quote each outcome round its true probability, one through YES orders, the other through NO orders, in the one pool
    news      the truth jumps; the makers move all quotes at once, but often those of the outcome that jumped stay a moment where they were: until
              then the asks may add up to less than a dollar, or the bids to more
    noise     trades for reasons of its own, in either direction, at market

All flow is synthetic: it shows that the machinery is right, not that a strategy earns anything.
"""

import random
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND, PRICE_ONE_PIPS, Nanos, Pips, SharesMicro
from sim.event_truth import EventTruth
from sim.exchange import Exchange
from sim.outcomes import Outcome
from sim.traders import Floor, Timetable
from sim.world import MARKET

YES_MAKER: Final = "event-maker-yes"
NO_MAKER: Final = "event-maker-no"
NOISE: Final = "event-noise"
PEOPLE: Final = (YES_MAKER, NO_MAKER, NOISE)
_STOCK_MICRO: Final[SharesMicro] = 20_000 * MICRO
"""Sets that each of them has of each outcome."""
_CHEAPEST_MICRO: Final = 3 * MICRO
"""What a quote is worth at least, so that a marketable order of the least size can take it."""
_SHARES_MAX: Final = 2_000
Rung = tuple[bool, Pips]
"""(is YES bid, YES price)."""


class CrowdSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How lively an event is."""

    reprice_s: float = 1.0
    """Mean time between two looks of the makers at the truth."""
    volatility: float = 0.02
    """Of each log-odds, a root of a second."""
    half_pips: Pips = 80
    """Half the makers' spread, of an outcome in the middle; less of unlikely ones, never less than a tick."""
    shares: tuple[int, int] = (40, 200)
    """At the best level of an outcome."""
    news_s: float = 5.0
    """Mean time between two jumps."""
    news_log_odds: tuple[float, float] = (0.2, 1.2)
    """How far, up or down."""
    left_behind: float = 0.7
    """Of so many jumps the outcome's quotes stay behind…"""
    left_ms: tuple[int, int] = (50, 500)
    """…for so long."""
    noise_s: float = 2.0
    """Mean time between two trades of the noise."""


class EventCrowd:
    """Everybody who trades in one event until it ends."""

    def __init__(self, world: Timetable, venue: Floor, markets: tuple[Market, ...], truth: EventTruth, settings: CrowdSettings, seed: str) -> None:
        self._world = world
        self._venue = venue
        self._markets = markets
        self._truth = truth
        self._settings = settings
        self._random = random.Random(f"{seed} crowd")
        self._base = [self._random.randint(*settings.shares) for _ in markets]
        self._quotes: list[dict[Rung, tuple[str, str]]] = [{} for _ in markets]
        """Of each outcome: rung → (account, order key)."""
        self._held_until_ns = [0] * len(markets)
        self._end_ns = markets[0].end_ns or 0
        self._count = 0
        self.left_behind = 0
        """How often an outcome's quotes stayed behind."""

    def open(self, at_ns: Nanos) -> None:
        """Give everybody their holdings and let each begin."""
        for market in self._markets:
            for name in PEOPLE:
                self._venue.exchange.split(name, market.market_id, _STOCK_MICRO)
        self._reprice_all(at_ns)
        self._again(at_ns, self._settings.reprice_s, self._reprice_all)
        self._again(at_ns, self._settings.news_s, self._news)
        self._again(at_ns, self._settings.noise_s, self._noise)

    def _again(self, at_ns: Nanos, mean_s: float, act: Callable[[Nanos], None]) -> None:
        """Act at the next arrival of a Poisson process, and go on until the event's end."""
        next_ns = at_ns + max(1, int(self._random.expovariate(1 / mean_s) * NS_PER_SECOND))
        if next_ns < self._end_ns:

            def arrive(now_ns: Nanos) -> None:
                act(now_ns)
                self._again(now_ns, mean_s, act)

            self._world.at(next_ns, MARKET, arrive)

    # Makers.

    def _news(self, at_ns: Nanos) -> None:
        """One outcome jumps, a likely one rather than another; its quotes may stay behind."""
        dice, settings = self._random, self._settings
        (outcome,) = dice.choices(range(len(self._markets)), self._truth.probabilities(at_ns))
        self._truth.jump(outcome, dice.choice((-1, 1)) * dice.uniform(*settings.news_log_odds))
        if dice.random() < settings.left_behind:
            self.left_behind += 1
            back_ns = at_ns + dice.randint(settings.left_ms[0] * NS_PER_MS, settings.left_ms[1] * NS_PER_MS)
            self._held_until_ns[outcome] = max(self._held_until_ns[outcome], back_ns)
            self._world.at(back_ns, MARKET, lambda now_ns: self._follow(outcome, now_ns))
        self._reprice_all(at_ns)

    def _follow(self, outcome: int, at_ns: Nanos) -> None:
        """What was left behind moves to where it belongs."""
        if at_ns < self._end_ns:
            self._reprice(outcome, self._truth.probabilities(at_ns)[outcome], at_ns)

    def _reprice_all(self, at_ns: Nanos) -> None:
        for outcome, probability in enumerate(self._truth.probabilities(at_ns)):
            self._reprice(outcome, probability, at_ns)

    def _reprice(self, outcome: int, probability: float, at_ns: Nanos) -> None:
        """Move an outcome's quotes to where they belong, leaving what stands right already."""
        if at_ns < self._held_until_ns[outcome]:
            return
        wanted, standing, exchange = self._wanted(outcome, probability), self._quotes[outcome], self._venue.exchange
        stays = {rung: order for rung, order in standing.items() if rung in wanted and _stands(exchange, *order)}
        gone = [order for rung, order in standing.items() if rung not in stays and _stands(exchange, *order)]
        new = {rung: shares for rung, shares in wanted.items() if rung not in stays}
        if not gone and not new:
            return
        placed = {rung: self._quote(outcome, rung, shares) for rung, shares in new.items()}
        self._quotes[outcome] = stays | {rung: (account, key) for rung, (account, key, _) in placed.items()}

        def move(exchange: Exchange) -> list[Outcome]:
            out = [said for account, key in gone for said in exchange.cancel(account, key, at_ns)]
            return out + [said for account, key, spec in placed.values() for said in exchange.submit(account, key, spec, at_ns)]

        self._venue.act(move, at_ns)

    def _wanted(self, outcome: int, probability: float) -> Mapping[Rung, SharesMicro]:
        """Two rungs a side round the truth, none of them outside (0, 1)."""
        tick, worth = self._markets[outcome].tick_pips, probability * PRICE_ONE_PIPS
        half = max(tick / 2, self._settings.half_pips * min(1.0, 4 * probability, 4 * (1 - probability)))
        wanted: dict[Rung, SharesMicro] = {}
        for level in range(2):
            bid = int((worth - half) // tick - level) * tick
            ask = int(-((-worth - half) // tick) + level) * tick
            for is_bid, price in ((True, bid), (False, ask)):
                if tick <= price <= PRICE_ONE_PIPS - tick:
                    cheaper = min(price, PRICE_ONE_PIPS - price)
                    least = _CHEAPEST_MICRO // (cheaper * 100) + 1
                    wanted[is_bid, price] = min(_SHARES_MAX, max(self._base[outcome] * (1 + level), least)) // 10 * 10 * MICRO
        return wanted

    def _quote(self, outcome: int, rung: Rung, shares: SharesMicro) -> tuple[str, str, OrderSpec]:
        """Who quotes this rung, and how: every other rung through NO, so that mints, merges and plain trades all happen."""
        (is_bid, price), market = rung, self._markets[outcome]
        self._count += 1
        key = f"{market.market_id}/{self._count}"
        if (price // market.tick_pips + outcome) % 2:
            spec = _spec(market, market.yes, Side.BUY if is_bid else Side.SELL, price, shares)
            return YES_MAKER, key, spec
        return NO_MAKER, key, _spec(market, market.no, Side.SELL if is_bid else Side.BUY, PRICE_ONE_PIPS - price, shares)

    # Noise.

    def _noise(self, at_ns: Nanos) -> None:
        """A market order for no reason, of either token of any outcome."""
        dice = self._random
        market = dice.choice(self._markets)
        token, is_buy = dice.choice((market.yes, market.no)), dice.random() < 0.6
        dollars = min(60.0, dice.lognormvariate(1.5, 0.8))
        size = max(MICRO, round(dollars * 100) * 10_000) if is_buy else max(5, round(dollars)) * MICRO
        limit = PRICE_ONE_PIPS - market.tick_pips if is_buy else market.tick_pips
        spec = OrderSpec(
            market_id=market.market_id,
            token=token,
            side=Side.BUY if is_buy else Side.SELL,
            price_pips=limit,
            size_micro=size,
            lifetime=Lifetime.FAK,
        )
        self._count += 1
        key = f"{market.market_id}/{self._count}"
        self._venue.act(lambda exchange: exchange.submit(NOISE, key, spec, at_ns), at_ns)


def _spec(market: Market, token: str, side: Side, price: Pips, shares: SharesMicro) -> OrderSpec:
    return OrderSpec(market_id=market.market_id, token=token, side=side, price_pips=price, size_micro=shares)


def _stands(exchange: Exchange, account: str, key: str) -> bool:
    record = exchange.find(account, key)
    return record is not None and record.stands
