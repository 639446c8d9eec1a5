"""When a strategy is asked about a market: what it must not miss, what is not worth its time, and what it is not asked about at all."""

import pytest

from oms.state import StrategyLine
from oms.values import events as e
from oms.values.commands import Cancel, Place
from oms.values.decisions import Decision, Quotes, StandAside
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health, Snapshot
from tests.oms.words_engine import Floor, acked, buy, cancelled_ids, given_floor, given_other_market, given_standing, of_kind, opening_facts
from tests.oms.words_oms import told_book, told_change
from tests.words import MARKET, NO, NOON_NS, YES

BUY, SELL = Side.BUY, Side.SELL
BEST_DIFFERS = e.BestTold(token=YES, best_bid_pips=4_900, best_ask_pips=5_200, exchange_ns=NOON_NS)
BEST_AGREES = e.BestTold(token=YES, best_bid_pips=4_800, best_ask_pips=5_200, exchange_ns=NOON_NS)
WHY_STALE = "a book is STALE: what rests there rests unseen"


def whole_books() -> list[e.Event]:
    """Both books, whole: what ends staleness."""
    return opening_facts()[-2:]


def asked_by(floor: Floor, *facts: e.Event) -> int:
    """How often the strategy was asked because of these facts."""
    before = len(floor.script.shown)
    floor.tell(*facts)
    return len(floor.script.shown) - before


@pytest.mark.parametrize("token", [YES, NO])
def test_when_a_book_is_stale_what_stands_is_cancelled_and_nobody_is_asked(token: str) -> None:  # ruling 2.8
    floor = given_standing()
    floor.rest(buy(3_900))
    floor.script.want(buy(4_000), buy(3_900), buy(3_800))
    asked = len(floor.script.shown)
    assert floor.tell(e.ContinuityLost(tokens=(token,), why="socket closed")) == [Cancel(order_id="7-1", why=WHY_STALE)]
    assert floor.tell(acked("7-2")) == [Cancel(order_id="7-2", why=WHY_STALE)]  # its answer was still out: only now it may be cancelled
    assert floor.tell(e.CancelDone(order_id="7-1"), e.CancelDone(order_id="7-2"), floor.stir()) == []
    assert len(floor.script.shown) == asked
    assert [place.spec.price_pips for place in of_kind(floor.tell(*whole_books()), Place)] == [4_000, 3_900, 3_800]


def test_when_a_book_is_stale_no_strategy_keeps_what_it_has() -> None:  # ruling 2.8, req 2.28
    always = Quotes(quotes=(buy(3_000),), why="always")
    asked: list[Health] = []

    def stubborn(snapshot: Snapshot, _params: object) -> Decision:
        asked.append(snapshot.health)
        return always

    floor = Floor(also=[StrategyLine(name="stubborn", evaluate=stubborn, params=None)])
    floor.script.want(buy(4_000))
    floor.tell(*opening_facts())
    floor.tell(acked("7-1"), acked("7-2"))
    assert cancelled_ids(floor.tell(e.ContinuityLost(tokens=(YES, NO), why="socket closed"))) == ["7-1", "7-2"]
    assert set(asked) == {Health.LIVE}


def test_a_market_whose_books_were_never_told_is_not_asked_about() -> None:
    floor = Floor()
    assert asked_by(floor, *opening_facts()[:-2]) == 0
    assert asked_by(floor, *opening_facts()[-2:-1]) == 0
    assert asked_by(floor, *opening_facts()[-1:]) == 1


def test_a_stale_book_stops_its_own_market_and_no_other() -> None:
    asked: list[str] = []

    def note(snapshot: Snapshot, _params: object) -> Decision:
        asked.append(snapshot.market.market_id)
        return StandAside(why="noted")

    floor = Floor(also=[StrategyLine(name="notes", evaluate=note, params=None)])
    others = [told_book((), (), token=f"b-{twin}") for twin in ("yes", "no")]
    floor.tell(*opening_facts(), e.MarketListed(market=given_other_market("b")), *others)
    asked.clear()
    floor.tell(e.ContinuityLost(tokens=(YES,), why="socket closed"), told_change((BUY, 4_000, 5), token="b-yes"))
    assert asked == ["b"]


def test_a_suspect_book_is_the_strategys_to_judge() -> None:
    floor = given_standing()
    floor.script.want(buy(4_000))
    assert asked_by(floor, BEST_DIFFERS) == 1
    assert (floor.shown().health, floor.shown().yes.doubts) == (Health.SUSPECT, Doubt.BEST)
    assert floor.venue.last == []  # it wants to stay, and stays
    floor.script.want_nothing()
    assert cancelled_ids(floor.tell(floor.stir())) == ["7-1"]


BELOW_THE_TOUCH = [
    told_change((BUY, 4_700, 5)),
    told_change((SELL, 5_300, 5)),
    told_change((BUY, 4_700, 5), token=NO),
    told_change((SELL, 5_300, 5), token=NO),
]
SIZES_OF_THE_TOUCH = [told_change((side, price, 99), token=token) for token in (YES, NO) for side, price in ((BUY, 4_800), (SELL, 5_200))]
PRICES_OF_THE_TOUCH = [
    told_change((side, price, shares), token=token)
    for token in (YES, NO)
    for side, price, shares in ((BUY, 4_900, 5), (SELL, 5_100, 5), (BUY, 4_800, 0), (SELL, 5_200, 0))
]


@pytest.mark.parametrize("fact", BELOW_THE_TOUCH)
def test_a_change_below_the_touch_is_a_question_only_where_somebody_looks_there(fact: e.Event) -> None:
    asked = {levels: asked_by(given_floor(levels=levels), fact) for levels in (0, 1, 2, 10)}
    assert asked == {0: 0, 1: 0, 2: 1, 10: 1}


@pytest.mark.parametrize("fact", SIZES_OF_THE_TOUCH)
def test_a_size_at_the_touch_of_either_token_is_a_question_unless_only_prices_are_read(fact: e.Event) -> None:
    asked = {levels: asked_by(given_floor(levels=levels), fact) for levels in (0, 1, 2, 10)}
    assert asked == {0: 0, 1: 1, 2: 1, 10: 1}


@pytest.mark.parametrize("fact", [*PRICES_OF_THE_TOUCH, BEST_DIFFERS])
def test_a_price_of_the_touch_of_either_token_and_a_doubt_are_questions_to_everyone(fact: e.Event) -> None:
    asked = {levels: asked_by(given_floor(levels=levels), fact) for levels in (0, 1, 2, 10)}
    assert asked == {0: 1, 1: 1, 2: 1, 10: 1}


@pytest.mark.parametrize("levels", [0, 1, 10])
def test_a_doubt_that_goes_away_is_a_question_too(levels: int) -> None:
    floor = given_floor(levels=levels)
    assert [asked_by(floor, fact) for fact in (BEST_DIFFERS, BEST_DIFFERS, BEST_AGREES, BEST_AGREES)] == [1, 0, 1, 0]


@pytest.mark.parametrize("fact", BELOW_THE_TOUCH)
def test_one_strategy_that_looks_deeper_has_all_of_them_asked(fact: e.Event) -> None:
    deep = StrategyLine(name="deep", evaluate=lambda _snapshot, _params: StandAside(why="looked"), params=None, levels=3)
    floor = Floor(levels=1, also=[deep])
    floor.tell(*opening_facts())
    assert asked_by(floor, fact) == 1


@pytest.mark.parametrize("fact", BELOW_THE_TOUCH)
@pytest.mark.parametrize("levels", [0, 1])
def test_where_the_source_shows_our_own_orders_the_whole_top_counts(fact: e.Event, levels: int) -> None:  # ruling 2.5
    # somebody else's best may be below ours
    assert asked_by(given_floor(levels=levels, own_orders_in_book=True), fact) == 1


@pytest.mark.parametrize("levels", [0, 1])
def test_with_a_consumption_debt_the_whole_top_counts_until_the_debt_ends(levels: int) -> None:  # ruling 0.5
    floor = given_floor(levels=levels)
    taken = [e.LiquidityTaken(token=YES, side=SELL, price_pips=5_200, debt_micro=debt) for debt in (60_000_000, 0)]
    assert asked_by(floor, taken[0]) == 1
    assert asked_by(floor, told_change((SELL, 5_300, 5), at_ms=1)) == 1
    assert asked_by(floor, taken[1]) == 1
    assert asked_by(floor, told_change((SELL, 5_300, 6), at_ms=2)) == 0


def test_a_strategy_that_reads_the_touch_is_still_shown_what_lies_below_when_it_is_asked() -> None:
    floor = given_floor(levels=1)
    floor.tell(told_change((BUY, 4_700, 5), at_ms=1))
    floor.tell(told_change((BUY, 4_800, 7), at_ms=2))
    assert floor.shown().yes.bids == ((4_800, 7_000_000), (4_700, 5_000_000))
    assert floor.shown().market.market_id == MARKET
