"""One question in two places, held against trying every number of sets in both directions."""

import random

import pytest
from msgspec.structs import replace

from oms.values.market import FeeCurve
from oms.values.units import MICRO
from strategies.across import Equivalent, Pair, Place, evaluate
from strategies.arbitrage import Settings
from tests.words import Ladder, given_book_view, given_mirror_of, given_snapshot

TOLD = Equivalent(here="here", there="there", why="both resolve by the same source at the same hour; read by a test")
LOOSE = Settings(min_edge_pips=1, min_profit_cents=0)


def given_place(name: str, bids: Ladder, asks: Ladder, *, rate_bps: int = 0, cash: int = 1_000) -> Place:
    """A market of this name with these YES prices; NO is its mirror."""
    yes = given_book_view(bids=bids, asks=asks)
    view = given_snapshot(yes=yes, no=given_mirror_of(yes))
    return Place(name=name, view=replace(view, market=replace(view.market, market_id=name, fee=FeeCurve(rate_bps=rate_bps))), cash_micro=cash * MICRO)


def brute(here: Place, there: Place) -> int:
    """The most that any whole number of sets leaves, level by level in whole cents, in either direction; 0: nothing pays."""
    best = 0
    for yes, no in ((here, there), (there, here)):
        for sets in range(1, 60):
            costs = [_cost(place, asks, sets) for place, asks in ((yes, yes.view.yes.asks), (no, no.view.no.asks))]
            if all(cost is not None and cost <= place.cash_micro for cost, place in zip(costs, (yes, no), strict=True)):
                best = max(best, sets * MICRO - sum(cost or 0 for cost in costs))
    return best


def _cost(place: Place, asks: tuple[tuple[int, int], ...], sets: int) -> int | None:
    """What so many shares of one level cost, fee and rounding included; None: the venue does not take such a leg."""
    price, shown = asks[0]
    cash = -(-sets * MICRO * price // 10_000 // 10_000) * 10_000
    if sets < 5 or cash < MICRO or cash > shown * price // 10_000 // 10_000 * 10_000:
        return None
    fee = place.view.market.fee
    return cash + (fee.fee_cash_micro(-(-cash * 10_000 // price), price) + 640 if fee.rate_bps else 0)


@pytest.mark.parametrize("seed", range(200))
def test_what_is_found_is_what_trying_everything_finds(seed: int) -> None:  # req 4.1, 4.4
    dice = random.Random(seed)
    places = []
    for name in ("here", "there"):
        bid = dice.randrange(2_000, 7_000, 100)
        levels = ((bid, dice.randrange(5, 50)),), ((bid + dice.choice((100, 300)), dice.randrange(5, 50)),)
        places.append(given_place(name, *levels, rate_bps=dice.choice((0, 400, 700)), cash=dice.choice((3, 12, 1_000))))
    here, there = places
    found = evaluate(here, there, TOLD, LOOSE)
    assert found.worst_micro == brute(here, there)
    assert_pays(found, here, there)


def assert_pays(found: Pair, here: Place, there: Place) -> None:
    """Under either outcome the legs leave what is told, and each place pays for its own."""
    if not found.legs:
        assert (found.sets_micro, found.worst_micro, found.capital_micro) == (0, 0, ())
        return
    cash = {here.name: here.cash_micro, there.name: there.cash_micro}
    for name, paid in found.capital_micro:
        assert paid == sum(leg.cash_micro + leg.fee_micro for leg in found.legs if leg.market_id == name) <= cash[name]
    for is_yes in (True, False):
        pays = sum(leg.shares_micro for leg in found.legs if (leg.market_id == found.yes_at) is is_yes)
        assert pays - sum(paid for _, paid in found.capital_micro) == found.worst_micro


def test_a_dollar_is_not_the_threshold() -> None:
    cheap, dear = (((3_900, 50),), ((4_000, 50),)), (((4_300, 50),), ((4_400, 50),))
    free = evaluate(given_place("here", *cheap), given_place("there", *dear), TOLD, LOOSE)
    assert (free.yes_at, free.no_at, free.raw_pips, free.edge_pips, free.worst_micro) == ("here", "there", 9_700, 300, 1_500_000)
    charged = evaluate(given_place("here", *cheap, rate_bps=700), given_place("there", *dear, rate_bps=700), TOLD, LOOSE)
    assert (charged.raw_pips, charged.legs) == (9_700, ())
    assert charged.why.startswith("NO_GAP: ")


@pytest.mark.parametrize("told", [replace(TOLD, there="elsewhere"), replace(TOLD, why="")])
def test_what_nobody_said_to_be_the_same_is_refused_by_name(told: Equivalent) -> None:
    place = given_place("here", ((3_900, 50),), ((4_000, 50),))
    assert evaluate(place, given_place("there", ((4_300, 50),), ((4_400, 50),)), told, LOOSE).why.startswith("NOT_EQUIVALENT: ")


def test_an_empty_side_has_no_price() -> None:
    assert evaluate(given_place("here", (), ()), given_place("there", (), ()), TOLD, LOOSE).why.startswith("LEG_EMPTY: ")
