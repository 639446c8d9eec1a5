import msgspec
import pytest

from oms.values import events as e
from oms.values.market import PAYOUT_ONE_PPM, Market, Payout
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health
from oms.values.units import MICRO, NS_PER_MS, price_text
from tests.oms.words_engine import Floor, acked, alerts, buy, cancelled_ids, given_floor, given_other_market
from tests.oms.words_oms import told_book, told_change
from tests.words import MARKET, NO, NOON_NS, YES, given_market


def asked_by(floor: Floor, *facts: e.Event, after_ms: int = 1) -> int:
    """How often the strategy was asked because of these facts."""
    before = len(floor.script.shown)
    floor.tell(*facts, after_ms=after_ms)
    return len(floor.script.shown) - before


def test_levels_reach_the_book_of_their_token_and_no_other() -> None:
    floor = given_floor()
    floor.tell(told_change((Side.BUY, 4_900, 7)))
    shown = floor.shown()
    assert shown.yes.bids[0] == (4_900, 7 * MICRO)
    assert shown.no.bids[0] == (4_800, 100 * MICRO)


def test_a_burst_of_changes_in_one_batch_is_one_question() -> None:
    floor = given_floor()
    burst = [told_change((Side.BUY, 4_900, size), at_ms=size) for size in range(1, 501)]
    assert asked_by(floor, *burst) == 1
    assert floor.shown().yes.bids[0] == (4_900, 500 * MICRO)


def test_the_tokens_are_judged_as_mirrors_when_their_common_time_is_over() -> None:
    floor = given_floor()  # both books were told at the same instant and mirror each other
    floor.tell(told_change((Side.BUY, 4_900, 7), at_ms=1))
    mirror = floor.state.desks[MARKET].mirror
    assert (mirror.judged, mirror.agreed) == (1, 1)
    floor.tell(told_change((Side.BUY, 4_700, 7), at_ms=1, token=NO), told_change((Side.BUY, 4_900, 8), at_ms=2))
    assert (mirror.judged, mirror.agreed) == (2, 1)
    assert floor.shown().no.doubts & Doubt.MIRROR


def test_a_lost_stream_makes_the_books_stale_until_both_were_told_whole() -> None:
    floor = given_floor()
    desk = floor.state.desks[MARKET]
    lost = e.ContinuityLost(tokens=(YES, "elsewhere", NO), why="socket closed")
    assert asked_by(floor, lost) == 0
    assert (desk.yes.health, desk.no.health) == (Health.STALE, Health.STALE)
    assert asked_by(floor, told_change((Side.BUY, 4_900, 7)), told_book(((4_800, 100),), ((5_200, 100),))) == 0
    assert (desk.yes.health, desk.no.health) == (Health.LIVE, Health.STALE)
    assert asked_by(floor, told_book(((4_800, 100),), ((5_200, 100),), token=NO)) == 1
    assert floor.shown().health is Health.LIVE


def test_a_quiet_book_that_a_witness_confirmed_is_as_young_as_the_question_and_shown_again() -> None:  # req 2.10
    floor = given_floor()
    yes, no = floor.state.desks[MARKET].yes, floor.state.desks[MARKET].no
    told_ns = yes.changed_ns
    asked_ns = told_ns + 500 * NS_PER_MS
    assert asked_by(floor, e.BooksConfirmed(tokens=(YES, "elsewhere"), asked_ns=asked_ns), after_ms=1_000) == 1
    assert (yes.changed_ns, no.changed_ns, floor.now_ns) == (asked_ns, told_ns, told_ns + 1_000 * NS_PER_MS)
    assert asked_by(floor, e.BooksConfirmed(tokens=(YES,), asked_ns=asked_ns - 1)) == 0
    assert yes.changed_ns == asked_ns
    floor.tell(e.BooksConfirmed(tokens=(YES,), asked_ns=floor.now_ns + 10**18))
    assert yes.changed_ns == floor.now_ns


def test_a_witness_ends_no_doubt_and_brings_no_stale_book_back() -> None:  # ruling 2.8
    floor = given_floor()
    desk = floor.state.desks[MARKET]
    floor.tell(
        e.ContinuityLost(tokens=(YES,), why="socket closed"),
        e.BestTold(token=NO, best_bid_pips=4_700, best_ask_pips=5_200, exchange_ns=NOON_NS),
    )
    told_ns = desk.yes.changed_ns
    floor.tell(e.BooksConfirmed(tokens=(YES, NO), asked_ns=floor.now_ns), after_ms=5)
    assert (desk.yes.health, desk.no.health) == (Health.STALE, Health.SUSPECT)
    assert desk.yes.changed_ns == told_ns


def test_a_new_tick_is_shown_though_no_level_moved() -> None:
    floor = given_floor()
    assert asked_by(floor, e.TickChanged(token=YES, tick_pips=10, exchange_ns=NOON_NS)) == 1
    assert floor.shown().yes.tick_pips == 10


def test_best_prices_that_differ_from_ours_make_the_book_suspect() -> None:
    floor = given_floor()
    floor.tell(e.BestTold(token=YES, best_bid_pips=4_900, best_ask_pips=5_200, exchange_ns=NOON_NS))
    assert floor.shown().health is Health.SUSPECT


def test_a_public_trade_is_no_reason_to_ask_again_but_keeps_the_book_young() -> None:
    floor = given_floor()
    trade = e.Traded(token=YES, price_pips=5_200, shares_micro=MICRO, taker_side=Side.BUY, exchange_ns=NOON_NS)
    assert asked_by(floor, trade) == 0
    assert floor.state.desks[MARKET].yes.changed_ns == floor.now_ns


@pytest.mark.parametrize(("token", "side", "price"), [(YES, Side.SELL, 5_200), (NO, Side.BUY, 4_800)])
def test_what_our_simulated_orders_took_is_gone_for_both_tokens_until_the_debt_ends(token: str, side: Side, price: int) -> None:  # ruling 0.5
    floor = given_floor()
    floor.tell(e.LiquidityTaken(token=token, side=side, price_pips=price, debt_micro=60 * MICRO))
    assert floor.shown().yes.asks == ((5_200, 40 * MICRO),)
    assert floor.shown().no.bids == ((4_800, 40 * MICRO),)
    floor.tell(e.LiquidityTaken(token=token, side=side, price_pips=price, debt_micro=100 * MICRO))
    assert floor.shown().yes.asks == ()
    floor.tell(e.LiquidityTaken(token=token, side=side, price_pips=price, debt_micro=0))
    assert floor.shown().yes.asks == ((5_200, 100 * MICRO),)
    assert floor.state.desks[MARKET].debts == {}


def test_a_debt_in_a_market_that_was_never_listed_is_passed_over() -> None:
    floor = given_floor()
    assert floor.tell(e.LiquidityTaken(token="elsewhere", side=Side.BUY, price_pips=1, debt_micro=1)) == []


def test_a_closed_market_is_left_and_no_other() -> None:  # req 3.34
    floor = given_floor()
    (one,) = floor.rest(buy())
    floor.tell(acked(one), e.MarketListed(market=given_other_market("other")))
    assert cancelled_ids(floor.tell(e.MarketClosed(market_id=MARKET))) == [one]
    assert not floor.state.desks["other"].closed
    assert asked_by(floor, floor.stir()) == 0


def test_a_market_listed_again_takes_its_new_facts_and_keeps_its_books() -> None:
    floor = given_floor()
    later = msgspec.structs.replace(given_market(left_s=7_200), min_shares_micro=9 * MICRO)
    assert asked_by(floor, e.MarketListed(market=later)) == 1
    assert floor.shown().market == later
    assert floor.shown().yes.bids == ((4_800, 100 * MICRO),)


@pytest.mark.parametrize("left_s", [7_200, None])
def test_an_end_that_is_put_off_or_taken_back_does_not_close_the_market_at_the_old_one(left_s: int | None) -> None:
    floor = given_floor()
    floor.tell(e.MarketListed(market=given_market(left_s=left_s)))
    floor.tell(e.Tick(), after_ms=3_600_000)
    assert not floor.state.desks[MARKET].closed


@pytest.mark.parametrize("by_word", [False, True])
def test_a_market_that_ended_is_traded_again_when_its_end_moves_to_later(by_word: bool) -> None:  # noqa: FBT001
    floor = given_floor()
    floor.tell(e.MarketClosed(market_id=MARKET) if by_word else e.Tick(), after_ms=3_600_000)
    desk = floor.state.desks[MARKET]
    assert (desk.closed, MARKET in floor.state.over) == (True, by_word)
    assert asked_by(floor, e.MarketListed(market=given_market(left_s=7_200)), floor.stir()) == 1
    assert (desk.closed, MARKET in floor.state.over) == (False, False)
    floor.tell(e.Tick(), after_ms=3_600_000)
    assert desk.closed


def test_an_ended_market_stays_closed_when_it_is_listed_with_its_old_end_or_an_end_that_has_passed() -> None:
    floor = given_floor()
    floor.tell(e.Tick(), after_ms=3_600_000)
    assert asked_by(floor, e.MarketListed(market=given_market()), floor.stir()) == 0
    floor.tell(e.Tick(), after_ms=3_600_000)
    assert asked_by(floor, e.MarketListed(market=given_market(left_s=7_000)), floor.stir()) == 0
    assert floor.state.desks[MARKET].closed


def test_what_was_paid_out_is_never_open_again() -> None:
    floor = given_floor()
    floor.tell(e.MarketResolved(market_id=MARKET, payout=Payout(yes_ppm=PAYOUT_ONE_PPM, no_ppm=0)))
    assert asked_by(floor, e.MarketListed(market=given_market(left_s=7_200)), floor.stir()) == 0
    assert floor.state.desks[MARKET].closed


@pytest.mark.parametrize(
    "market",
    [
        msgspec.structs.replace(given_market(), yes=NO, no=YES),
        msgspec.structs.replace(given_market(), no="third-token"),
        msgspec.structs.replace(given_other_market("thief"), yes=YES),
    ],
)
def test_a_listing_that_contradicts_an_earlier_one_is_refused_aloud(market: Market) -> None:
    floor = given_floor()
    assert alerts(floor.tell(e.MarketListed(market=market))) == ["contradictory listing"]
    assert list(floor.state.desks) == [MARKET]
    assert floor.state.desks[MARKET].market == given_market()


@pytest.mark.parametrize(("token", "price", "told"), [(YES, 3_800, "0.380"), (NO, 6_200, "0.380"), (YES, 3_805, "0.3805"), (NO, 10, "0.999")])
def test_after_a_trade_the_hash_of_both_books_may_hold_its_price_in_yes_terms(token: str, price: int, told: str) -> None:
    # polymarket.md §5: last_trade_price is the market's, in outcome-0 terms, identical on both books
    floor = given_floor()
    trade = e.Traded(token=token, price_pips=price, shares_micro=MICRO, taker_side=Side.BUY, exchange_ns=floor.now_ns, price_text=price_text(price))
    floor.tell(trade)
    desk = floor.state.desks[MARKET]
    assert (desk.yes.last_prices[0], desk.no.last_prices[0]) == (told, told)
    assert price_text(price) in desk.book(token).last_prices
