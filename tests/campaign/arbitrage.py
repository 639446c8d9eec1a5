"""The campaign's part about arbitrage: every small event on a finer grid, and large random ones, against the referees of tests/strategies."""

from collections.abc import Iterator
from random import Random

from oms.values.bundles import EventSnapshot
from tests.campaign.judge import Finding
from tests.campaign.size import SEED, Say, Size
from tests.strategies.grid_arbitrage import FINE, Count, Grid, events_of, judged, markets_of
from tests.strategies.words_arbitrage import given_event, given_outcome

_SAID_EVERY = 500


def arbitrage(size: Size, say: Say) -> Iterator[Finding]:
    """No bundle that loses, none missed, none better: grid by grid."""
    grid = Grid(rates=(0,), fees=(0,), trio_prices=(3_000,), four_prices=(2_500,), pair_prices=(4_500, 5_500)) if size.coarse else FINE
    yield _judged("small events", events_of(grid), say)
    yield _judged("markets alone", markets_of(grid), say)
    yield _judged(f"random events of two to five outcomes, seed {SEED}", _random_events(size.random_events), say)


def _judged(what: str, events: Iterator[EventSnapshot], say: Say) -> Finding:
    count = Count()
    for event in events:
        judged(event, count, alone=len(event.group.market_ids) == 1)
        if not count.events % _SAID_EVERY:
            say(f"{what}: {count.events:,}")
    faults = f"{count.losing} losing, {count.missed} missed, {count.worse} not the best, {count.wrong} wrong"
    figures = f"{count.events:,} events, {count.bundles:,} bundles: {faults}"
    return Finding(what=what, ok=count.is_clean and count.bundles > 0, figures="; ".join([figures, *count.examples]))


def _random_events(count: int) -> Iterator[EventSnapshot]:
    """Books round a sum that just pays, on grids, minimums, rates and fees of their own."""
    dice = Random(SEED)
    for _ in range(count):
        outcomes = dice.randrange(2, 6)
        views = []
        for number in range(outcomes):
            tick = dice.choice((10, 50, 100))
            fair = 10_000 // outcomes
            steps = [dice.randrange(1, 8) * 50 for _ in range(3)]

            def side(best: int, way: int, tick: int = tick, steps: tuple[int, ...] = tuple(steps)) -> list[tuple[int, int]]:
                price, levels = best // tick * tick, []
                for step in steps[: dice.randrange(4)]:
                    if 0 < price < 10_000:
                        levels.append((price, dice.choice((1, 3, 5, 8, 20))))
                    price += way * max(step // tick, 1) * tick
                return levels

            skew = dice.randrange(-500, 500)
            views.append(
                given_outcome(
                    number,
                    yes_asks=side(fair + skew - dice.randrange(400), 1),
                    yes_bids=side(fair + skew + dice.randrange(400), -1),
                    no_asks=side(10_000 - fair + skew - dice.randrange(600), 1),
                    rate_bps=dice.choice((0, 300, 400, 500, 700)),
                    min_shares=dice.choice((1, 5, 7)),
                    tick_pips=tick,
                )
            )
        yield given_event(views, fee_bps=dice.choice((None, 0, 33, 100)), exhaustive=dice.random() < 0.5)
