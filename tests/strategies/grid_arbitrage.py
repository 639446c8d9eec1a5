"""Small events, all of them: every book on a coarse grid, and what the strategies and the referee say of each."""

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product

import msgspec

from oms.values.bundles import EventSnapshot, Look, Shape
from strategies import binary_arbitrage, negrisk_arbitrage
from tests.strategies.referee_arbitrage import MICRO, best, replayed, winners
from tests.strategies.words_arbitrage import given_alone, given_event, given_outcome
from tests.words import Ladder

SETS_MAX = 60
"""More than any book of the grid is deep."""
NEGRISK = negrisk_arbitrage.Params(min_edge_pips=1, min_profit_cents=0, capital_max_usd=1_000_000, broken_loss_max_usd=1_000_000)
BINARY = binary_arbitrage.Params(min_edge_pips=1, min_profit_cents=0, capital_max_usd=1_000_000, broken_loss_max_usd=1_000_000)
OF_EVENTS = (Shape.BUY_ALL_YES, Shape.BUY_NO_CONVERT, Shape.BUY_NO_HOLD, Shape.SPLIT_SELL_YES)
OF_MARKETS = (Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH)


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """How fine it is. Prices in pips, depths in whole shares."""

    pair_prices: Sequence[int] = (3_000, 4_500, 5_500)
    """Of events of two outcomes and of markets alone."""
    trio_prices: Sequence[int] = (2_500, 3_500, 6_500)
    """Of each of three."""
    four_prices: Sequence[int] = (2_000, 7_000)
    depths: Sequence[int] = (0, 5, 20)
    step_pips: int = 500
    """To the second level."""
    rates: Sequence[int] = (0, 500)
    fees: Sequence[int | None] = (None, 100)
    """Of a conversion; None: there is none."""


FINE = Grid(
    pair_prices=tuple(range(1_000, 10_000, 1_000)),
    trio_prices=(2_000, 3_000, 3_500, 6_000, 7_000),
    four_prices=(2_000, 2_500, 7_000),
    rates=(0, 700),
    fees=(None, 0, 100),
)
"""Some tens of thousands of events: the campaign's."""


class Count(msgspec.Struct):
    """What was looked at, and what was wrong."""

    events: int = 0
    bundles: int = 0
    losing: int = 0
    missed: int = 0
    """Profitable, executable, and not found."""
    worse: int = 0
    """Found, and another size or choice leaves more."""
    wrong: int = 0
    """The proof says something else than what happens, or a bundle was found where there is none."""
    examples: list[str] = msgspec.field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing was."""
        return not (self.losing or self.missed or self.worse or self.wrong)


def ladders(prices: Sequence[int], grid: Grid, step_pips: int) -> list[Ladder]:
    """Every book side of two levels: the best at a price of the grid, the other a step behind; either may be missing."""
    sides: dict[tuple[tuple[int, int], ...], None] = {}
    for price, first, second in product(prices, grid.depths, grid.depths):
        sides[tuple(level for level in ((price, first), (price + step_pips, second)) if level[1])] = None
    return [side for side in sides if all(0 < price < 10_000 for price, _ in side)]


def events_of(grid: Grid) -> Iterator[EventSnapshot]:
    """Events of two to four outcomes in which one side of the books varies, then events in which all sides do."""
    for count, prices in ((2, grid.pair_prices), (3, grid.trio_prices), (4, grid.four_prices)):
        # All depths of one price for four outcomes would be tens of millions: there each outcome has one of a few sides.
        sides = {2: ladders, 3: _some, 4: _few}[count]
        buys, sells = sides(prices, grid, grid.step_pips), sides(prices, grid, -grid.step_pips)
        for rate in grid.rates:
            for chosen in combinations_with_replacement(buys, count):
                yield given_event([given_outcome(k, yes_asks=side, rate_bps=rate) for k, side in enumerate(chosen)])
                for fee in grid.fees:
                    yield given_event([given_outcome(k, no_asks=side, rate_bps=rate) for k, side in enumerate(chosen)], fee_bps=fee, exhaustive=False)
            for chosen in combinations_with_replacement(sells, count):
                yield given_event([given_outcome(k, yes_bids=side, rate_bps=rate) for k, side in enumerate(chosen)], fee_bps=grid.fees[-1])
    yield from _whole_books(grid)


def markets_of(grid: Grid) -> Iterator[EventSnapshot]:
    """Markets alone: both asks vary, then both bids; the two books need not mirror each other."""
    for rate in grid.rates:
        for yes, no in product(ladders(grid.pair_prices, grid, grid.step_pips), repeat=2):
            yield given_alone(given_outcome(yes_asks=yes, no_asks=no, rate_bps=rate))
        for yes, no in product(ladders(grid.pair_prices, grid, -grid.step_pips), repeat=2):
            yield given_alone(given_outcome(yes_bids=yes, no_bids=no, rate_bps=rate))


def _some(prices: Sequence[int], grid: Grid, step_pips: int) -> list[Ladder]:
    """Three sides for each price: shallow, deep, and shallow at it with more behind. One price is so near a dollar that NO at it is left out."""
    small, large = grid.depths[1], grid.depths[-1]
    return [side for price in (*prices, 9_900) for side in (((price, small),), ((price, large),), ((price, small), (price + step_pips, large)))]


def _few(prices: Sequence[int], grid: Grid, step_pips: int) -> list[Ladder]:
    return [(), *_some(prices, grid, step_pips)[:-2]]


def _whole_books(grid: Grid) -> Iterator[EventSnapshot]:
    """Every side at once, the NO books not the mirror of the YES books, ticks and minimum sizes different from outcome to outcome."""
    small, large = grid.depths[1], grid.depths[-1]
    templates: list[tuple[Ladder, Ladder, Ladder]] = [
        (((ask, small), (ask + 10, large)), ((ask + skew, large),), ((10_000 - ask - 2 * skew, large),))
        for ask in grid.trio_prices[:3]
        for skew in (-500, 500)
    ]
    for count in (2, 3, 4):
        for chosen in product(templates, repeat=count) if count < 3 else combinations_with_replacement(templates, count):
            for rate, fee in product(grid.rates, grid.fees):
                books = [
                    given_outcome(
                        k, yes_asks=asks, yes_bids=bids, no_asks=no_asks, rate_bps=rate, tick_pips=(100, 10)[k % 2], min_shares=(5, 1, 7)[k % 3]
                    )
                    for k, (asks, bids, no_asks) in enumerate(chosen)
                ]
                yield given_event(books, fee_bps=fee)
                yield given_event(books, fee_bps=fee, exhaustive=False)


def judged(event: EventSnapshot, count: Count, *, alone: bool) -> None:
    """Hold what the strategy says against both referees."""
    look: Look = binary_arbitrage.evaluate(event, BINARY) if alone else negrisk_arbitrage.evaluate(event, NEGRISK)
    most, sets = best(event, OF_MARKETS if alone else OF_EVENTS, min_edge_pips=1, sets_max=SETS_MAX)
    count.events += 1
    before = (count.losing, count.missed, count.worse, count.wrong)
    if look.bundle is None:
        count.missed += most > 0
    else:
        count.bundles += 1
        found = replayed(look.bundle, event)
        told = {end.winner: end.result_micro for end in look.bundle.ends}
        count.losing += min(found.values()) < 0
        count.wrong += told != found or tuple(told) != winners(event.group) or most <= 0 or look.bundle.worst_micro > most
        count.worse += look.bundle.worst_micro < most
        count.wrong += look.bundle.worst_micro == most and look.bundle.sets_micro > sets * MICRO
    if before != (count.losing, count.missed, count.worse, count.wrong) and len(count.examples) < 3:
        count.examples.append(f"{look.why}; the referee: {most} with {sets} sets; {look.bundle}; {event}")
