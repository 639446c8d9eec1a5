"""What a person is shown of markets, money and holdings is what is so, and looking changes nothing."""

import pytest

from oms import report, show, show_orders
from oms.machines.guard import GuardLimits
from oms.values import events as e
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.oms.sessions import Session
from tests.oms.words_engine import YES_WINS, Floor, acked, buy, filled, given_floor, given_other_market, given_standing, resolved, sell
from tests.oms.words_event import EventFloor
from tests.oms.words_fingerprint import fingerprint
from tests.oms.words_marks import given_holdings
from tests.oms.words_oms import told_book
from tests.words import MARKET, NO, YES
from tests.words_bundles import given_bundle


def look_at_everything(floor: Floor) -> None:
    """Every picture there is."""
    state, at_ns = floor.state, floor.now_ns
    for picture in (show.overview, show.markets, show.inventory, show_orders.orders, show_orders.arbitrage, show_orders.strategies):
        picture(state, at_ns)
    for market_id in [*state.desks, "nobody's"]:
        show.ladder(state, market_id, at_ns)
    for order in [*state.blotter.in_memory()]:
        show_orders.story(state, order.order_id, at_ns)
    show_orders.story(state, "nobody's", at_ns)


@pytest.mark.parametrize("seed", range(8))
def test_looking_changes_nothing_whatever_happened(seed: int) -> None:
    session = Session(seed)
    for _ in range(4):
        floor = session.live(15)
        before = fingerprint(floor.state)
        look_at_everything(floor)
        assert fingerprint(floor.state) == before


def test_looking_at_bundles_changes_nothing_either() -> None:
    floor = EventFloor()
    legs = floor.opens(given_bundle("a", "b", prices=(4_000, 4_000)))
    floor.fills(legs[0])
    before = fingerprint(floor.state)
    look_at_everything(floor)
    assert fingerprint(floor.state) == before


def test_a_fingerprint_sees_the_smallest_change() -> None:
    floor = given_standing()
    before = fingerprint(floor.state)
    assert fingerprint(floor.state) == before
    floor.state.desks[MARKET].yes.hash_checked += 1
    assert fingerprint(floor.state) != before


@pytest.mark.parametrize("seed", range(8))
def test_the_overview_says_what_the_report_says(seed: int) -> None:
    state = Session(seed).live(60).state
    seen, told = show.overview(state, 5), report.run_report(state)
    orders, cash = told["orders"], told["cash"]
    assert (seen.placed, seen.filled, seen.cancelled, seen.resting, seen.unknown) == tuple(
        orders[part] for part in ("placed", "filled", "cancelled", "resting", "unknown")
    )
    assert (seen.cash_free_micro, seen.cash_pending_micro, seen.fees_micro) == (cash["free_micro"], cash["pending_micro"], cash["fees_micro"])
    assert (seen.equity_mark_micro, seen.equity_worst_micro) == (cash["equity_mark_micro"], cash["equity_worst_micro"])
    assert (seen.fills, seen.settlements_failed) == (told["fills"]["count"], told["fills"]["settlements_failed"])
    assert (seen.at_ns, seen.start_micro) == (5, cash["start_micro"])


def test_the_best_and_the_days_beginning_are_shown_as_equity() -> None:
    floor = given_floor(guards=GuardLimits(drawdown_max_micro=MICRO))
    seen = show.overview(floor.state, floor.now_ns)
    assert (seen.peak_micro, seen.day_start_micro, seen.start_micro) == (1_000 * MICRO, 1_000 * MICRO, 1_000 * MICRO)
    unguarded = show.overview(given_floor().state, 1)
    assert (unguarded.peak_micro, unguarded.day_start_micro) == (None, None)


@pytest.mark.parametrize(
    ("facts", "phase", "why"),
    [
        ((), "trading", "the venue is ready"),
        ((e.VenueReady(post_only=True),), "post-only", "the venue is ready"),
        ((e.Paused(why="lunch"),), "paused", "lunch"),
        ((e.Halted(why="kill"),), "halted", "kill"),
        ((e.VenueSyncing(why="restart"),), "syncing", "restart"),
    ],
)
def test_the_phase_is_one_word_with_its_reason(facts: tuple[e.Event, ...], phase: str, why: str) -> None:
    floor = given_floor()
    floor.tell(*facts)
    seen = show.overview(floor.state, 1)
    assert (seen.phase, seen.why) == (phase, why)


def test_a_market_is_shown_in_yes_terms_with_our_best_on_each_side() -> None:
    floor = given_floor(sets=200)
    floor.rest(buy(4_000, 50), buy(4_100, 50), sell(6_000, 50), buy(4_300, 50, NO), sell(5_800, 50, NO))
    floor.tell(*[acked(f"7-{number}") for number in range(1, 6)])
    (row,) = show.markets(floor.state, 1).rows
    assert (row.bid_pips, row.ask_pips, row.orders) == (4_800, 5_200, 5)
    assert (row.our_bid_pips, row.our_ask_pips) == (4_200, 5_700)  # the sale of NO at 0.58, the purchase of NO at 0.43
    assert (row.health, row.doubts, row.stopped) == ("LIVE", "", "")


def test_an_empty_book_and_no_orders_are_said_by_the_ends_of_the_scale() -> None:
    floor = given_floor()
    floor.tell(told_book((), (), at_ms=9), e.MarketListed(market=given_other_market("new")))
    first, new = show.markets(floor.state, 1).rows
    assert (first.bid_pips, first.ask_pips, first.our_bid_pips, first.our_ask_pips) == (0, 10_000, 0, 0)
    assert (new.health, new.doubts, new.changed_ns) == ("STALE", "no book yet", 0)


def test_the_worse_of_the_two_books_is_the_markets_health_with_every_doubt() -> None:
    floor = given_floor()
    floor.tell(told_book(((5_300, 9),), ((5_200, 9),), at_ms=9), e.ContinuityLost(tokens=(NO,), why="gone"))
    (row,) = show.markets(floor.state, 1).rows
    assert row.health == "STALE"
    assert row.doubts.startswith("messages were lost, crossed")
    floor.tell(e.MarketClosed(market_id=MARKET), e.SetsChanged(market_id=MARKET, shares_micro=MICRO, command_id="c"))
    assert show.market_row(floor.state, floor.state.desks[MARKET]).health == "CLOSED"


def test_why_a_market_is_stopped_is_said_and_a_quarantine_before_a_pause() -> None:
    floor = given_floor()
    desk = floor.state.desks[MARKET]
    floor.tell(e.MarketPaused(market_id=MARKET, why=""))
    assert show.market_row(floor.state, desk).stopped == "paused by hand"
    floor.tell(e.MarketPaused(market_id=MARKET, why="lunch"))
    assert show.market_row(floor.state, desk).stopped == "paused by hand: lunch"
    desk.quarantine = "two fills of one trade"
    assert show.market_row(floor.state, desk).stopped == "quarantined: two fills of one trade"


def test_a_closed_market_is_shown_as_long_as_something_of_ours_is_in_it() -> None:
    empty, holding = given_floor(), given_floor(sets=5)
    for floor in (empty, holding):
        floor.tell(e.MarketClosed(market_id=MARKET))
    assert show.markets(empty.state, 1).rows == ()
    assert show.overview(empty.state, 1).markets == 0
    assert len(show.markets(given_closed_with_an_order().state, 1).rows) == 1
    assert len(show.markets(given_sold_yes_of(holding).state, 1).rows) == 1
    holding.tell(resolved(YES_WINS))
    assert show.markets(holding.state, 1).rows == ()


def given_closed_with_an_order() -> Floor:
    floor = given_standing()
    floor.tell(e.MarketClosed(market_id=MARKET))
    return floor


def given_sold_yes_of(floor: Floor) -> Floor:
    """Only NO is left."""
    floor.state.inventory.filled(YES, -5 * MICRO, 2 * MICRO, floor.now_ns)
    return floor


def test_the_ladder_has_our_orders_in_it_also_where_the_book_shows_nothing() -> None:
    floor = given_floor(sets=100)
    floor.rest(buy(4_800, 50), buy(4_000, 50), buy(4_500, 50, NO))
    floor.tell(*[acked(f"7-{number}") for number in (1, 2, 3)])
    ladder = show.ladder(floor.state, MARKET, 9)
    assert ladder is not None
    assert [(level.price_pips, level.shares_micro, level.our_micro) for level in ladder.bids[:2]] == [
        (4_800, 100 * MICRO, 50 * MICRO),
        (4_000, 0, 50 * MICRO),
    ]
    assert [(level.price_pips, level.shares_micro, level.our_micro) for level in ladder.asks] == [
        (5_200, 100 * MICRO, 0),
        (5_500, 0, 50 * MICRO),
    ]
    assert [row.order_id for row in ladder.orders] == ["7-1", "7-2", "7-3"]
    assert (ladder.yes_token, ladder.no_token, ladder.tick_pips, ladder.at_ns) == (YES, NO, 100, 9)


def test_a_deep_book_is_cut_to_its_best_levels() -> None:
    floor = given_floor()
    bids = tuple((price, 1) for price in range(4_900, 100, -100))
    asks = tuple((price, 1) for price in range(5_000, 9_900, 100))
    floor.tell(told_book(bids, asks, at_ms=9))
    ladder = show.ladder(floor.state, MARKET, 9)
    assert ladder is not None
    assert [level.price_pips for level in ladder.bids] == [price for price, _ in bids[: show.LADDER_MAX]]
    assert [level.price_pips for level in ladder.asks] == [price for price, _ in asks[: show.LADDER_MAX]]


@pytest.mark.parametrize("name", ["", "another", YES])
def test_there_is_no_ladder_of_a_market_that_is_not_there(name: str) -> None:
    assert show.ladder(given_floor().state, name, 1) is None


def test_holdings_are_told_with_the_mark_of_their_own_token() -> None:
    floor = given_holdings(((4_300, 9),), ((4_500, 9),))
    seen = show.inventory(floor.state, floor.now_ns)
    yes, no = seen.rows
    assert (yes.outcome, yes.confirmed_micro, yes.mark_half_pips, yes.resting_buy_micro) == ("YES", 100 * MICRO, 8_800, 100 * MICRO)
    assert (no.outcome, no.provisional_micro, no.mark_half_pips) == ("NO", -70 * MICRO, 11_200)
    assert yes.market_worst_micro == no.market_worst_micro == floor.state.inventory.market_worst(MARKET)
    assert (seen.cash_free_micro, seen.worst_micro) == (910 * MICRO, 960 * MICRO)


def test_what_is_merely_asked_for_is_a_row_and_what_is_nothing_is_none() -> None:
    floor = given_floor()
    assert show.inventory(floor.state, floor.now_ns).rows == ()
    floor.rest(buy(4_000, 10, NO))
    (row,) = show.inventory(floor.state, floor.now_ns).rows
    assert (row.outcome, row.resting_buy_micro, row.confirmed_micro) == ("NO", 10 * MICRO, 0)


def test_what_was_paid_out_is_held_no_more() -> None:
    floor = given_standing()
    floor.tell(filled("t1", 100), resolved(YES_WINS))
    assert show.inventory(floor.state, floor.now_ns).rows == ()


def test_where_the_venue_holds_something_else_it_is_said() -> None:
    floor = given_floor()
    floor.state.balances.differences["cash"] = -5
    assert show.inventory(floor.state, 1).differences == ("cash: the venue has -5 micro beyond our books",)


def test_an_order_that_has_not_left_yet_stands_in_no_ladder() -> None:
    floor = given_floor()
    floor.rest(buy(4_000, 50))
    ladder = show.ladder(floor.state, MARKET, 1)
    assert ladder is not None
    assert ladder.market.our_bid_pips == 4_000  # it has left: it may stand
    floor.state.blotter.open("7-99", floor.order().spec, "maker", "staged")
    seen = show.ladder(floor.state, MARKET, 1)
    assert seen is not None
    assert [level.our_micro for level in seen.bids if level.price_pips == 4_000] == [50 * MICRO]
    assert floor.order().spec.side is Side.BUY
