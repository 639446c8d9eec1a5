"""strategies/arbitrage.py: settings, refusals by name, and how near a shape is."""

import pytest
from msgspec.structs import replace

from oms.values.bundles import EventSnapshot, Look, Shape
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health, Snapshot
from oms.values.units import MICRO, NS_PER_DAY
from strategies import negrisk_arbitrage
from strategies.arbitrage import Settings, look_at, sight_of, touch_of
from strategies.stairs import PIP_PICO
from tests.strategies.words_arbitrage import DAY_S, given_event, given_outcome
from tests.words import Ladder

LOOSE = Settings(min_edge_pips=1, min_profit_cents=0)


def yes_look(event: EventSnapshot, settings: Settings = LOOSE) -> Look:
    """Buying YES of all, and nothing else."""
    stopped = dict(event.stopped)
    touches = [touch_of(view, view.yes, Side.BUY, settings, stopped) for view in event.markets]
    return look_at([sight_of(Shape.BUY_ALL_YES, touches, Side.BUY)], (), event, settings)


def given_pair(asks: Ladder = ((4_500, 50),), *, rate_bps: int = 0, second: Snapshot | None = None, cash: int = 1_000_000) -> EventSnapshot:
    """Two outcomes, the second one offered at 0.50."""
    return given_event(
        [given_outcome(0, yes_asks=asks, rate_bps=rate_bps), second or given_outcome(1, yes_asks=[(5_000, 50)], rate_bps=rate_bps)], cash=cash
    )


def refused(look: Look) -> str:
    """The name of the refusal."""
    assert look.bundle is None
    return look.why.split(":")[0]


@pytest.mark.parametrize("name", [name for name in Settings.__struct_fields__ if name != "shapes"])
def test_a_setting_out_of_its_range_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be from "):
        Settings(**{name: -1})
    with pytest.raises(ValueError, match=f"{name} must be from "):
        Settings(**{name: 10**9})


def test_a_gap_is_told_net_of_fees_and_as_people_quote_it() -> None:  # req 4.4, 4.11, trap T11
    look = yes_look(given_pair(rate_bps=500))
    fees = (0.05 * 0.45 * 0.55 + 0.05 * 0.25) * 10_000
    assert (look.shape, look.raw_pips, look.edge_pips) == (Shape.BUY_ALL_YES, 9_500, int(500 - fees))
    assert look.bundle is not None


def test_what_is_missing_is_told_too_for_the_pool_of_near_misses() -> None:  # req 4.11
    look = yes_look(given_pair(((5_100, 50),)))
    assert (refused(look), look.edge_pips, look.raw_pips) == ("NO_GAP", -100, 10_100)


def test_a_raw_sum_below_a_dollar_is_no_edge_once_fees_are_paid() -> None:  # req 4.12, trap T11, T13
    look = yes_look(given_pair(((4_700, 50),), rate_bps=700))
    assert (refused(look), look.raw_pips) == ("NO_GAP", 9_700)


def test_an_edge_below_the_least_is_refused_by_name() -> None:
    look = yes_look(given_pair(((4_995, 50),)), Settings(min_edge_pips=10))
    assert (refused(look), look.edge_pips) == ("UNDER_MIN_EDGE", 5)


@pytest.mark.parametrize(
    ("second", "name"),
    [
        (given_outcome(1, yes_asks=[(5_000, 50)], health=Health.SUSPECT, doubts=Doubt.MIRROR), "LEG_SUSPECT"),
        (given_outcome(1, yes_asks=[(5_000, 50)], health=Health.STALE, doubts=Doubt.CONTINUITY), "LEG_STALE"),
        (given_outcome(1, yes_asks=[(5_000, 50)], age_ms=600_001), "LEG_STALE"),
        (given_outcome(1, yes_asks=[(5_000, 50)], left_s=None), "END_UNKNOWN"),
        (given_outcome(1, yes_asks=[(5_000, 50)], left_s=0), "LEG_STOPPED"),
    ],
)
def test_a_leg_that_may_not_be_believed_or_traded_refuses_the_bundle_by_name_and_the_gap_is_told_all_the_same(second: Snapshot, name: str) -> None:
    look = yes_look(given_pair(second=second))
    assert (refused(look), look.edge_pips, look.raw_pips) == (name, 500, 9_500)
    assert "Outcome 1" in look.why


def test_a_doubt_says_what_is_doubted() -> None:
    suspect = given_outcome(1, yes_asks=[(5_000, 50)], health=Health.SUSPECT, doubts=Doubt.MIRROR | Doubt.HASH)
    assert yes_look(given_pair(second=suspect)).why == "LEG_SUSPECT: the book of YES of Outcome 1: HASH, MIRROR"


def test_a_stopped_market_is_no_leg_and_says_why_it_was_stopped() -> None:
    event = given_event([given_outcome(k, yes_asks=[(4_500, 50)]) for k in range(2)], stopped=[("m1", "quarantined")])
    look = yes_look(event)
    assert (refused(look), look.why) == ("LEG_STOPPED", "LEG_STOPPED: YES of Outcome 1: quarantined")


def test_an_empty_book_leaves_nothing_to_be_told() -> None:
    look = yes_look(given_pair(second=given_outcome(1)))
    assert (refused(look), look.shape, look.edge_pips, look.raw_pips) == ("LEG_EMPTY", None, None, None)


def test_an_unknown_end_does_not_matter_to_one_who_sells() -> None:
    view = given_outcome(0, yes_bids=[(5_000, 50)], left_s=None)
    assert touch_of(view, view.yes, Side.SELL, LOOSE, {}).doubt == ""


def test_less_than_the_venues_minimum_at_the_touch_is_too_thin() -> None:  # req 4.5
    assert refused(yes_look(given_pair(((4_500, 4),)))) == "TOO_THIN"


def test_a_profit_below_the_least_is_refused_and_told() -> None:
    look = yes_look(given_pair(((4_500, 50),)), Settings(min_profit_cents=251))
    assert (refused(look), look.why) == ("UNDER_MIN_PROFIT", "UNDER_MIN_PROFIT: 2.5 USD at most, less than 2.51")


@pytest.mark.parametrize(
    ("settings", "held", "sets"),
    [
        (Settings(sets_max=20), "sets_max of 20", 20),
        (Settings(capital_max_usd=20), "capital_max_usd of 20", 21),
        (Settings(broken_loss_max_usd=10), "broken_loss_max_usd of 10", 20),
    ],
)
def test_a_bound_makes_the_bundle_smaller_and_is_named(settings: Settings, held: str, sets: int) -> None:
    look = yes_look(given_pair(), settings)
    assert look.bundle is not None
    assert look.bundle.sets_micro == sets * MICRO
    assert look.why.endswith(f", held by {held}")
    assert look.bundle.why == look.why


def test_bounds_that_leave_no_size_are_named() -> None:
    assert yes_look(given_pair(), Settings(sets_max=4)).why.startswith("CAPPED: sets_max of 4 allows no size that pays; 50 sets would leave 2.5 USD")
    assert yes_look(given_pair(), Settings(capital_max_usd=4)).why.startswith("CAPPED: capital_max_usd of 4")
    assert yes_look(given_pair(), Settings(broken_loss_max_usd=2)).why.startswith("CAPPED: broken_loss_max_usd of 2")
    assert yes_look(given_pair(cash=3)).why.startswith("NO_CASH: cash of 3 USD")


def test_a_bundle_costs_no_more_cash_than_there_is() -> None:
    look = yes_look(given_pair(cash=30))
    assert look.bundle is not None
    assert look.bundle.capital_micro <= 30 * MICRO
    assert look.why.endswith("held by cash of 30 USD")


def test_capital_that_is_tied_up_for_long_must_earn_by_the_day() -> None:
    """2.50 on 47.50 dollars in ten days: 52 bps a day."""
    event = given_event([given_outcome(k, yes_asks=[(4_500 + 500 * k, 50)], left_s=10 * DAY_S) for k in range(2)])
    look = yes_look(event, Settings(min_edge_per_capital_day_bps=52))
    assert look.bundle is not None
    assert (look.bundle.free_ns or 0) - event.at_ns == 10 * NS_PER_DAY
    assert yes_look(event, Settings(min_edge_per_capital_day_bps=53)).why == "UNDER_CAPITAL_DAY: 52 bps a day on the capital, less than 53"


def test_an_hour_is_the_least_that_capital_is_reckoned_to_be_tied_up() -> None:
    event = given_event([given_outcome(k, yes_asks=[(4_500 + 500 * k, 50)], left_s=1) for k in range(2)])
    assert yes_look(event, Settings(min_edge_per_capital_day_bps=12_631)).bundle is not None
    assert refused(yes_look(event, Settings(min_edge_per_capital_day_bps=12_632))) == "UNDER_CAPITAL_DAY"


def test_of_legs_that_may_be_left_out_the_touch_counts_those_that_add_something() -> None:
    views = [given_outcome(k, no_asks=[(price, 50)]) for k, price in enumerate((6_000, 6_500, 9_900))]
    touches = [touch_of(view, view.no, Side.BUY, LOOSE, {}) for view in views]
    with_fee = sight_of(Shape.BUY_NO_CONVERT, touches, Side.BUY, 200)
    assert (with_fee.edge_pico, with_fee.raw_pips) == ((9_800 - 12_500) * PIP_PICO, 12_500)
    assert sight_of(Shape.BUY_NO_CONVERT, touches, Side.BUY).edge_pico == (20_000 - 22_400) * PIP_PICO


def test_two_legs_are_told_of_even_when_none_adds_anything() -> None:
    views = [given_outcome(k, yes_bids=[(price, 50)]) for k, price in enumerate((100, 300, 200))]
    touches = [touch_of(view, view.yes, Side.SELL, LOOSE, {}) for view in views]
    sight = sight_of(Shape.SPLIT_SELL_YES, touches, Side.SELL, 500)
    assert (sight.edge_pico, sight.raw_pips) == ((500 - 1_000 - 9_500) * PIP_PICO, 19_500)


def test_doubted_legs_are_left_out_where_two_others_are_left() -> None:
    views = [given_outcome(k, no_asks=[(5_000, 50)], health=Health.STALE if k == 2 else Health.LIVE) for k in range(3)]
    touches = [touch_of(view, view.no, Side.BUY, LOOSE, {}) for view in views]
    assert sight_of(Shape.BUY_NO_HOLD, touches, Side.BUY).doubt == ""
    assert sight_of(Shape.BUY_NO_HOLD, touches, Side.BUY).edge_pico == 0
    two = sight_of(Shape.BUY_NO_HOLD, touches[1:], Side.BUY)
    assert (two.doubt.split(":")[0], two.edge_pico) == ("LEG_STALE", 0)
    one = sight_of(Shape.BUY_NO_HOLD, touches[:1], Side.BUY)
    assert (one.edge_pico, one.doubt) == (None, "")


def test_the_shape_that_leaves_most_is_chosen_and_of_none_the_nearest_is_told() -> None:
    thin = given_event([given_outcome(k, yes_asks=[(4_000, 5)], no_asks=[(4_800, 50)]) for k in range(2)])
    look = negrisk_arbitrage.evaluate(thin, negrisk_arbitrage.Params())
    assert (look.shape, look.edge_pips) == (Shape.BUY_NO_CONVERT, 400)
    far = given_event([given_outcome(k, yes_asks=[(5_100, 5)], no_asks=[(5_050, 50)]) for k in range(2)])
    look = negrisk_arbitrage.evaluate(far, negrisk_arbitrage.Params())
    assert (look.shape, look.edge_pips) == (Shape.BUY_NO_CONVERT, -100)


def test_nothing_to_look_at_says_so() -> None:
    event = given_pair()
    assert look_at([], ["AUGMENTED: so"], event, LOOSE).why == "AUGMENTED: so"
    assert refused(look_at([], (), event, LOOSE)) == "NOT_ALLOWED"


def test_a_leg_whose_size_is_barely_there_goes_first() -> None:  # issue 6.5
    event = given_pair()
    at_once, careful = (negrisk_arbitrage.evaluate(event, negrisk_arbitrage.Params(depth_percent=percent)).bundle for percent in (100, 10_000))
    assert at_once is not None
    assert careful is not None
    assert (at_once.terms.at_once, careful.terms.at_once) == (True, False)
    assert (at_once.legs, at_once.ends) == (careful.legs, careful.ends)


def test_a_book_that_its_twin_has_left_behind_is_half_of_a_torn_view() -> None:  # design 11.3
    (view, *_) = given_pair().markets
    yes, no = replace(view.yes, exchange_ns=5), replace(view.no, exchange_ns=6)
    torn = replace(view, yes=yes, no=no)
    assert touch_of(torn, torn.yes, Side.BUY, LOOSE, {}).doubt.startswith("LEG_TORN: the book of YES of ")
    whole = replace(view, yes=replace(yes, exchange_ns=6), no=no)
    assert touch_of(whole, whole.yes, Side.BUY, LOOSE, {}).doubt == ""
