"""Orders, bundles and strategies as a person is shown them: the newest of what is over first, bounded, each with its reason."""

import msgspec

from oms import show_orders
from oms.engine_settings import StrategyLine
from oms.machines.risk import Limits
from oms.show_orders import ENDED_MAX, OPEN_MAX, OrderRows
from oms.values import events as e
from oms.values.bundles import BundleEnd
from oms.values.decisions import StandAside
from oms.values.orders import Lifetime
from oms.values.units import MICRO
from strategies import params_from
from tests.oms.words_by_hand import order as asked
from tests.oms.words_engine import acked, buy, filled, given_floor, given_other_market, given_standing, sell
from tests.oms.words_event import STRATEGY, EventFloor
from tests.oms.words_oms import given_spec
from tests.words import MARKET, NO, NOON_NS
from tests.words_bundles import EVENT, given_bundle


def test_open_orders_come_oldest_first_and_ended_ones_newest_first() -> None:
    floor = given_floor(cash=100_000)
    ids = floor.rest(*(buy(4_000 - 100 * step, 10) for step in range(6)))
    floor.tell(acked(ids[0]), *[e.CancelDone(order_id=name) for name in ids[2:5]])
    seen = show_orders.orders(floor.state, 9)
    assert [row.order_id for row in seen.open] == [ids[0], ids[1], ids[5]]
    assert [row.order_id for row in seen.ended] == [ids[4], ids[3], ids[2]]
    assert (seen.left_out, seen.at_ns) == (0, 9)


def test_of_very_many_orders_the_first_open_and_the_last_ended_are_shown() -> None:
    limits = Limits(market_orders_max=10**6, total_orders_max=10**6, total_loss_max_micro=10**15, market_loss_max_micro=10**15)
    floor = given_floor(cash=10**7, limits=limits)
    blotter = floor.state.blotter
    for number in range(OPEN_MAX + ENDED_MAX + 20):
        blotter.open(f"o{number}", given_spec(), "maker", "")
    seen = show_orders.orders(floor.state, 1)
    assert (len(seen.open), seen.left_out, seen.ended) == (OPEN_MAX, ENDED_MAX + 20, ())
    ids = floor.rest(*(buy(100 * (1 + step % 40), 10) for step in range(ENDED_MAX + 7)))
    floor.tell(*[e.CancelDone(order_id=name) for name in ids])
    assert [row.order_id for row in show_orders.orders(floor.state, 1).ended] == ids[::-1][:ENDED_MAX]


def test_rows_that_are_kept_from_picture_to_picture_are_always_those_of_now_and_nothing_else_is_kept() -> None:
    floor = given_floor(cash=100_000)
    rows = OrderRows()
    ids = floor.rest(*(buy(4_000 - 100 * step, 10) for step in range(4)))
    first, second, third, _ = ids
    happenings: list[e.Event] = [acked(first), acked(second), filled("t1", 4, order_id=first), filled("t2", 6, order_id=first)]
    happenings += [e.ReplyLost(order_id=third, why="silence"), acked(third), e.CancelDone(order_id=second), filled("t3", 3, order_id=second)]
    before = show_orders.orders(floor.state, 1, rows)
    for happening in happenings:
        floor.tell(happening)
        seen = show_orders.orders(floor.state, 1, rows)
        assert seen == show_orders.orders(floor.state, 1)
        assert seen != before
        before = seen
    floor.tell(*[e.CancelDone(order_id=name) for name in ids])
    again = show_orders.orders(floor.state, 2, rows)
    assert all(row is kept for row, kept in zip(show_orders.orders(floor.state, 3, rows).ended, again.ended, strict=True))
    floor.state.desks.clear()  # their market was forgotten
    assert show_orders.orders(floor.state, 4, rows).ended == ()
    assert rows._kept == {}


def test_an_order_row_tells_what_it_asks_and_how_far_it_is() -> None:
    floor = given_standing(buy(4_000, 100, NO))
    floor.tell(filled("t1", 30))
    (row,) = show_orders.orders(floor.state, 1).open
    assert (row.order_id, row.market_id, row.title, row.outcome, row.side) == ("7-1", MARKET, "Will it?", "NO", "BUY")
    assert (row.price_pips, row.size_micro, row.filled_micro, row.in_cash) == (4_000, 100 * MICRO, 30 * MICRO, False)
    assert (row.state, row.status, row.strategy, row.why, row.venue_order_id) == ("LIVE", "partial", "maker", "bid 4000", "v-7-1")
    assert NOON_NS < row.opened_ns < row.changed_ns == floor.now_ns


def test_an_order_that_takes_is_told_as_an_amount_of_cash() -> None:
    floor = given_floor()
    floor.tell(asked(given_spec(price_pips=5_200, shares=50, lifetime=Lifetime.FOK)))
    (row,) = show_orders.orders(floor.state, 1).open
    assert (row.in_cash, row.size_micro, row.strategy) == (True, 50 * MICRO, "by hand")


def test_a_story_tells_why_and_every_step() -> None:
    floor = given_standing()
    floor.tell(filled("t1", 40))
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=40 * MICRO))
    told = show_orders.story(floor.state, "7-1", 5)
    assert told is not None
    assert told.lines[0] == "maker wanted it: bid 4000"
    assert told.lines[1:] == (
        "send → SENT",
        "ack → LIVE",
        "part fill → LIVE, 40 shares filled so far",
        "cancel done → CANCELLED, 40 shares filled so far",
    )
    assert told.order.status == "cancelled"


def test_there_is_no_story_of_an_order_that_nobody_remembers() -> None:
    floor = given_standing()
    assert show_orders.story(floor.state, "7-2", 1) is None
    assert show_orders.story(floor.state, "", 1) is None
    floor.state.desks.clear()  # its market was forgotten
    assert show_orders.story(floor.state, "7-1", 1) is None
    assert show_orders.orders(floor.state, 1).open == ()


def test_near_misses_come_nearest_first_with_the_title_of_their_event() -> None:
    floor = EventFloor()
    seen = show_orders.arbitrage(floor.state, 9)
    (near,) = seen.near
    assert (near.event_id, near.title, near.strategy, near.edge_pips, near.raw_pips) == (EVENT, "a", STRATEGY, -50, 10_050)
    assert (seen.in_flight, seen.ended, seen.seen, seen.at_ns) == ((), (), 0, 9)


def test_a_bundle_is_shown_in_flight_then_settling_then_with_its_end() -> None:
    floor = EventFloor()
    legs = floor.opens(given_bundle("a", "b", prices=(4_000, 4_000)))
    (row,) = show_orders.arbitrage(floor.state, 1).in_flight
    assert (row.bundle_id, row.strategy, row.legs, row.sets_micro, row.worst_micro, row.end) == ("7-b1", STRATEGY, 2, 20 * MICRO, 4 * MICRO, "")
    floor.fills(legs[0], settled=False)
    floor.fills(legs[1], settled=False)
    (row,) = show_orders.arbitrage(floor.state, 1).in_flight
    assert row.end == "SETTLING"
    floor.settles(legs[0])
    floor.settles(legs[1])
    seen = show_orders.arbitrage(floor.state, 1)
    (over,) = seen.ended
    assert (seen.in_flight, over.end, over.result_micro, over.ended_ns) == ((), BundleEnd.COMPLETE.name, 4 * MICRO, floor.now_ns)
    assert (seen.seen, seen.taken, seen.ends["complete"], seen.result_micro) == (1, 1, 1, 4 * MICRO)
    assert set(seen.ends) == {end.name.lower() for end in BundleEnd}


def test_of_the_bundles_that_are_over_the_newest_comes_first() -> None:
    floor = EventFloor()
    for _ in range(2):
        for leg in floor.opens(given_bundle("a", "b", prices=(4_000, 4_000))):
            floor.fills(leg, 0)
        floor.tell(e.Tick(), after_ms=1_500)
    seen = show_orders.arbitrage(floor.state, 1)
    assert [(row.bundle_id, row.end) for row in seen.ended] == [("7-b2", "MISSED"), ("7-b1", "MISSED")]


def test_an_event_without_a_market_that_is_known_goes_by_its_own_name() -> None:
    floor = given_floor()
    assert show_orders.event_title(floor.state, "nobody's") == "nobody's"
    assert show_orders.event_title(floor.state, MARKET) == "Will it?"
    floor.tell(e.MarketListed(market=given_other_market("other")))
    assert show_orders.event_title(floor.state, "other") == "And this?"


def test_strategies_are_shown_with_everything_that_is_set_and_the_caps() -> None:
    params = params_from("market_making", {"depth": 3})
    line = StrategyLine(name="market_making", evaluate=lambda _view, _params: StandAside(why=""), params=params)
    seen = show_orders.strategies(given_floor(also=[line]).state, 1)
    assert [row.name for row in seen.rows] == ["maker", "market_making"]
    assert seen.rows[0].params == {}
    assert seen.rows[1].params == msgspec.to_builtins(params)
    assert seen.rows[1].params["depth"] == 3
    assert seen.limits == msgspec.to_builtins(Limits())


def test_event_strategies_are_shown_too_and_what_is_shown_can_be_sent() -> None:
    floor = EventFloor()
    assert [row.name for row in show_orders.strategies(floor.state, 1).rows] == ["maker", STRATEGY]
    legs = floor.opens(given_bundle("a", "b", prices=(4_000, 4_000)))
    floor.fills(legs[0])
    pictures = (show_orders.orders, show_orders.arbitrage, show_orders.strategies)
    for picture in pictures:
        view = picture(floor.state, 1)
        assert msgspec.json.decode(msgspec.json.encode(view), type=type(view)) == view


def test_both_sides_of_a_sale_are_rows_of_their_own() -> None:
    floor = given_floor(sets=100)
    floor.rest(sell(6_000, 50), buy(4_000, 50))
    assert [(row.side, row.outcome) for row in show_orders.orders(floor.state, 1).open] == [("SELL", "YES"), ("BUY", "YES")]
