"""A person's orders: once each, never beyond the gate, never against our own, whatever else happens in the same turn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms import decide_by_hand
from oms.machines.by_hand import BY_HAND
from oms.machines.quoting import in_yes_terms
from oms.machines.risk import Approved, Limits, Reason
from oms.values import events as e
from oms.values.commands import Alert, Place
from oms.values.decisions import Quote
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from tests.oms.words_by_hand import by_hand, cancel, order
from tests.oms.words_engine import (
    YES_WINS,
    acked,
    alerts,
    buy,
    cancelled_ids,
    given_floor,
    given_standing,
    of_kind,
    resolved,
    sell,
)
from tests.oms.words_oms import given_spec
from tests.words import MARKET, NO, YES, given_market


def test_an_order_by_hand_goes_out_with_its_reason_under_its_own_name() -> None:
    floor = given_floor()
    (place,) = of_kind(floor.tell(order()), Place)
    assert (place.order_id, place.strategy, place.why, place.spec) == ("7-1", BY_HAND, "a feeling", given_spec())
    assert floor.money()["cash free"] == (1_000 - 40) * MICRO
    (other,) = of_kind(floor.tell(order(given_spec(Side.BUY, 3_000), why="")), Place)
    assert other.why == "by hand"


def test_an_order_is_placed_once_however_many_turns_follow() -> None:
    floor = given_floor()
    floor.script.want_nothing()
    sent = floor.tell(order())
    for _ in range(5):
        sent = [*sent, *floor.tell(floor.stir())]
    assert len(of_kind(sent, Place)) == 1


def test_one_that_takes_goes_out_as_an_amount_of_cash() -> None:
    floor = given_floor()
    spec = given_spec(Side.BUY, 5_200, 50, lifetime=Lifetime.FOK)
    (place,) = of_kind(floor.tell(order(spec)), Place)
    assert place.spec == spec
    assert floor.money()["cash free"] == 950 * MICRO


def test_strategies_leave_an_order_by_hand_alone_and_do_not_cross_it() -> None:
    floor = given_floor(cash=2_000)
    mine = by_hand(floor, given_spec(Side.BUY, 4_500, 20))
    floor.script.want(buy(4_000), sell(4_400, 10), buy(5_700, 10, NO))
    sent = [*floor.tell(floor.stir()), *floor.tell(floor.stir()), *floor.tell(floor.stir())]
    assert cancelled_ids(sent) == []
    assert [place.spec.price_pips for place in of_kind(sent, Place)] == [4_000]
    assert floor.order(mine).state.name == "LIVE"
    floor.script.want_nothing()
    assert mine not in cancelled_ids(floor.tell(floor.stir()))


def test_an_order_by_hand_stays_where_a_person_paused_the_market() -> None:
    floor = given_floor()
    mine = by_hand(floor)
    assert floor.tell(e.MarketPaused(market_id=MARKET, why="lunch")) == []
    assert floor.order(mine).state.name == "LIVE"
    assert len(of_kind(floor.tell(order(given_spec(Side.BUY, 3_000))), Place)) == 1


GONE: list[e.Event] = [e.Paused(why="lunch"), e.Halted(why="kill"), e.ContinuityLost(tokens=(YES,), why="gone"), e.VenueSyncing(why="restart")]


@pytest.mark.parametrize("why", GONE, ids=lambda why: type(why).__name__)
@pytest.mark.parametrize("is_paused", [False, True])
def test_where_nothing_may_stand_no_order_by_hand_stays_either(why: e.Event, is_paused: bool) -> None:  # noqa: FBT001
    floor = given_floor()
    mine = by_hand(floor)
    if is_paused:
        floor.tell(e.MarketPaused(market_id=MARKET, why="lunch"))
    assert cancelled_ids(floor.tell(why)) == [mine]


@pytest.mark.parametrize("why", GONE[:3], ids=lambda why: type(why).__name__)
def test_an_order_by_hand_that_was_on_its_way_then_goes_as_soon_as_it_stands(why: e.Event) -> None:
    floor = given_floor()
    (place,) = of_kind(floor.tell(order()), Place)
    floor.tell(why)
    assert cancelled_ids(floor.tell(acked(place.order_id))) == [place.order_id]


LIMITS = Limits(order_max_micro=60 * MICRO, market_orders_max=3)
FLAWED: dict[Reason, tuple[OrderSpec, tuple[e.Event, ...]]] = {
    Reason.SESSION: (given_spec(), (e.Paused(why="lunch"),)),
    Reason.POST_ONLY_ONLY: (given_spec(Side.BUY, 5_200, 50, lifetime=Lifetime.FOK), (e.VenueReady(post_only=True),)),
    Reason.TOKEN_FOREIGN: (given_spec(token="somebody's"), ()),
    Reason.VENUE_REFUSED: (given_spec(), (e.Rejected(order_id="7-1", why="no"),)),
    Reason.MARKET_CLOSED: (given_spec(), (e.MarketClosed(market_id=MARKET),)),
    Reason.BOOK_NOT_LIVE: (given_spec(), (e.ContinuityLost(tokens=(YES,), why="gone"),)),
    Reason.END_UNKNOWN: (given_spec(), (e.MarketListed(market=given_market(left_s=None)),)),
    Reason.PRICE_OUT_OF_RANGE: (given_spec(Side.BUY, 0), ()),
    Reason.OFF_TICK: (given_spec(Side.BUY, 4_050), ()),
    Reason.BAD_SIZE: (given_spec(Side.BUY, 4_000, -3), ()),
    Reason.BELOW_VENUE_MINIMUM: (given_spec(Side.BUY, 4_000, 4), ()),
    Reason.ORDER_CAP: (given_spec(Side.BUY, 4_000, 151), ()),
    Reason.MARKET_ORDERS_CAP: (given_spec(), (order(given_spec(Side.BUY, 100)), order(given_spec(Side.BUY, 200)))),
    Reason.NOT_ENOUGH_SHARES: (given_spec(Side.SELL, 6_000), ()),
    Reason.NOT_ENOUGH_CASH: (given_spec(Side.BUY, 5_900, 100), ()),
}


@pytest.mark.parametrize("reason", FLAWED, ids=lambda reason: reason.name)
def test_what_the_gate_refuses_is_refused_by_its_name_counted_and_told(reason: Reason) -> None:
    floor = given_standing(buy(1_000, 100), limits=LIMITS, cash=60)  # ten of the sixty are set aside
    spec, before = FLAWED[reason]
    floor.tell(*before)
    counted = floor.state.refusals[reason]
    assert decide_by_hand.verdict(floor.state, spec, floor.now_ns) is reason
    sent = floor.tell(order(spec))
    assert of_kind(sent, Place) == []
    assert [alert.text for alert in of_kind(sent, Alert) if alert.kind == "order by hand refused"] == [reason.value]
    assert floor.state.refusals[reason] == counted + 1
    floor.assert_sound()


def test_the_refused_and_the_passed_of_one_turn_are_each_judged_after_those_before() -> None:
    floor = given_floor(cash=100)
    specs = [given_spec(Side.BUY, price, 100) for price in (4_000, 4_100, 4_200, 1_900)]  # $40, $41, then $19 are left
    sent = floor.tell(*[order(spec) for spec in specs])
    assert [place.spec.price_pips for place in of_kind(sent, Place)] == [4_000, 4_100, 1_900]
    assert alerts(sent).count("order by hand refused") == 1


def test_a_quarantined_market_takes_no_order_by_hand_until_a_person_looked() -> None:
    floor = given_floor()
    floor.state.desks[MARKET].quarantine = "two fills of one trade"
    assert decide_by_hand.verdict(floor.state, given_spec(), floor.now_ns) is Reason.MARKET_CLOSED
    floor.tell(e.MarketResumed(market_id=MARKET, why="looked"))
    assert isinstance(decide_by_hand.verdict(floor.state, given_spec(), floor.now_ns), Approved)


@pytest.mark.parametrize("market_id", ["", "another", YES])
def test_an_order_in_a_market_that_is_not_there_is_refused(market_id: str) -> None:
    floor = given_floor()
    assert alerts(floor.tell(order(given_spec(market_id=market_id)))) == ["order by hand refused"]


def test_in_a_market_that_was_paid_out_nothing_is_placed() -> None:
    floor = given_floor()
    floor.tell(resolved(YES_WINS))
    assert decide_by_hand.verdict(floor.state, given_spec(), floor.now_ns) is Reason.MARKET_CLOSED


CROSSES = [
    (sell(4_000, 50), given_spec(Side.BUY, 4_000, 50)),  # through the same token
    (buy(4_500, 50), given_spec(Side.SELL, 4_400, 50)),
    (buy(4_100, 50, NO), given_spec(Side.BUY, 5_900, 50)),  # through a mint: both buy, for a dollar together
    (sell(5_800, 50, NO), given_spec(Side.SELL, 4_200, 50)),  # through a merge: both sell
    (buy(4_100, 50, NO), given_spec(Side.BUY, 5_900, 50, lifetime=Lifetime.FOK)),
]


@pytest.mark.parametrize(("standing", "spec"), CROSSES)
def test_an_order_by_hand_never_meets_one_of_our_own(standing: Quote, spec: OrderSpec) -> None:
    floor = given_floor(sets=200)
    floor.script.want_nothing()
    floor.rest(standing)
    assert decide_by_hand.verdict(floor.state, spec, floor.now_ns) is Reason.OWN_CROSS  # also while it is on its way
    floor.tell(acked(), cancel("7-1"))
    assert decide_by_hand.verdict(floor.state, spec, floor.now_ns) is Reason.OWN_CROSS  # and while it is being cancelled
    floor.tell(e.CancelDone(order_id="7-1"))
    assert isinstance(decide_by_hand.verdict(floor.state, spec, floor.now_ns), Approved)


@pytest.mark.parametrize(("standing", "spec"), CROSSES[:4])
def test_a_tick_apart_is_no_cross(standing: Quote, spec: OrderSpec) -> None:
    floor = given_floor(sets=200)
    floor.script.want_nothing()
    floor.rest(standing)
    is_bid, price = in_yes_terms(standing.token, standing.side, standing.price_pips, YES)
    apart = given_spec(spec.side, price + (100 if is_bid else -100), 50)
    assert isinstance(decide_by_hand.verdict(floor.state, apart, floor.now_ns), Approved)


PRICES = st.integers(1, 99).map(lambda cents: 100 * cents)
ASKED = st.builds(given_spec, st.sampled_from(Side), PRICES, st.integers(5, 200), token=st.sampled_from([YES, NO]))


@settings(max_examples=60, deadline=None)
@given(st.lists(ASKED, min_size=1, max_size=12))
def test_whatever_a_person_asks_for_no_limit_is_passed_and_no_two_of_our_orders_meet(specs: list[OrderSpec]) -> None:
    floor = given_floor(cash=150, sets=60, limits=Limits(order_max_micro=90 * MICRO, market_loss_max_micro=120 * MICRO))
    for spec in specs:
        floor.tell(*[acked(place.order_id) for place in of_kind(floor.tell(order(spec)), Place)])
    open_specs = [one.spec for one in floor.state.blotter.all_open()]
    bids = [_yes_price(spec) for spec in open_specs if _is_yes_bid(spec)]
    asks = [_yes_price(spec) for spec in open_specs if not _is_yes_bid(spec)]
    assert max(bids, default=0) < min(asks, default=10_000)
    assert floor.money()["cash free"] >= 0
    assert floor.state.inventory.market_worst(MARKET) >= -120 * MICRO
    floor.assert_sound()


def _is_yes_bid(spec: OrderSpec) -> bool:
    return (spec.token == YES) is (spec.side is Side.BUY)


def _yes_price(spec: OrderSpec) -> int:
    return spec.price_pips if spec.token == YES else 10_000 - spec.price_pips
