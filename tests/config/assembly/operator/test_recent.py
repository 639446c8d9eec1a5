"""The latest fills, alerts and points of a curve: each told once, moving with its settlement, never more than a bound."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from config.assembly.operator.recent import ALERTS_MAX, CURVE_MAX, FILLS_MAX, Recent
from oms.machines.guard import DAY_NS
from oms.ports import Turned
from oms.values import events as e
from oms.values.commands import Alert, Prepared
from oms.values.units import MICRO, NS_PER_SECOND
from tests.oms.words_engine import STAGES, Floor, filled, given_floor, given_standing, moved
from tests.words import MARKET


def told(recent: Recent, *facts: e.Event, at_ns: int = 5, alerts: Sequence[Alert] = ()) -> None:
    """A turn of these is on the record."""
    recent.committed(Turned(number=1, at_ns=at_ns, batch=facts, ready=[Prepared(command=alert) for alert in alerts]))


def heard(floor: Floor, recent: Recent, *facts: e.Event) -> None:
    """The engine hears them, then whoever remembers."""
    floor.tell(*facts)
    told(recent, *facts, at_ns=floor.now_ns)


def report(*fills: e.Filled, settlements: tuple[e.SettlementMoved, ...] = ()) -> e.TradesReported:
    return e.TradesReported(fills=fills, settlements=settlements, since_ns=0, asked_ns=0)


def test_a_fill_is_a_row_with_its_order_and_its_settlement() -> None:
    floor = given_standing()
    recent = Recent(floor.state)
    heard(floor, recent, filled("t1", 30, fee_micro=7))
    (row,) = recent.fills()
    assert (row.order_id, row.market_id, row.title, row.outcome, row.side, row.strategy) == ("7-1", MARKET, "Will it?", "YES", "BUY", "maker")
    assert (row.shares_micro, row.cash_micro, row.fee_micro, row.is_maker, row.stage) == (30 * MICRO, 12 * MICRO, 7, True, "MATCHED")
    assert row.at_ns == floor.now_ns


def test_its_stage_moves_on_and_one_that_nobody_knows_moves_nothing() -> None:
    floor = given_standing()
    recent = Recent(floor.state)
    heard(floor, recent, filled("t1", 30), filled("t2", 30))
    heard(floor, recent, moved("t1", STAGES.MINED), moved("t9", STAGES.FAILED), moved("t1", STAGES.CONFIRMED, "7-9"))
    assert [row.stage for row in recent.fills()] == ["MATCHED", "MINED"]
    heard(floor, recent, report(settlements=(moved("t1", STAGES.CONFIRMED), moved("t2", STAGES.FAILED))))
    assert [row.stage for row in recent.fills()] == ["FAILED", "CONFIRMED"]


def test_a_fill_told_twice_by_either_way_is_one_row_of_the_first_telling() -> None:
    floor = given_standing()
    recent = Recent(floor.state)
    fill = filled("t1", 30)
    heard(floor, recent, fill)
    first = recent.fills()
    heard(floor, recent, fill, report(fill, fill), fill)
    assert recent.fills() == first


def test_one_that_only_a_report_tells_has_the_venues_time() -> None:
    floor = given_standing()
    recent = Recent(floor.state)
    heard(floor, recent, report(filled("t1", 30)))
    assert recent.fills()[0].at_ns == filled("t1", 30).exchange_ns


def test_fills_of_orders_or_markets_that_nobody_knows_are_passed_over() -> None:
    floor = given_standing()
    recent = Recent(floor.state)
    told(recent, filled("t1", 5, order_id="8-1"), report(filled("t2", 5, order_id="")))
    floor.state.desks.clear()
    told(recent, filled("t3", 5))
    assert recent.fills() == ()


def test_very_many_fills_leave_the_latest_and_what_was_dropped_does_not_come_back_as_news() -> None:
    floor = given_standing()
    recent = Recent(floor.state)
    fills = [msgspec.structs.replace(filled(f"t{n}", shares_of(n)), exchange_ns=10 * n + 1) for n in range(FILLS_MAX + 50)]
    for n, fill in enumerate(fills):
        told(recent, fill, at_ns=10 * n + 5)
    names = [row.at_ns for row in recent.fills()]
    assert names == [10 * n + 5 for n in range(FILLS_MAX + 49, 49, -1)]
    told(recent, report(*fills), at_ns=10**6)  # as an audit tells everything since the oldest trade that is not final
    assert [row.at_ns for row in recent.fills()] == names
    told(recent, report(msgspec.structs.replace(filled("new", 1), exchange_ns=10**5)), at_ns=10**6)
    assert recent.fills()[0].at_ns == 10**5
    assert len(recent.fills()) == FILLS_MAX


def shares_of(number: int) -> int:
    return 1 + number % 3


def test_of_one_market_only_its_fills_and_no_more_than_wanted() -> None:
    floor = given_standing()
    recent = Recent(floor.state)
    told(recent, filled("t1", 5), filled("t2", 5), filled("t3", 5))
    assert len(recent.fills(2)) == 2
    assert len(recent.fills(9, MARKET)) == 3
    assert recent.fills(9, "another") == ()
    assert recent.fills(0) == ()


def test_the_same_alert_again_is_counted_and_comes_to_the_front() -> None:
    recent = Recent(given_floor().state)
    first, second = Alert(kind="a", text="x"), Alert(kind="b", text="x")
    told(recent, alerts=[first, second, first], at_ns=5)
    told(recent, alerts=[second], at_ns=9)
    assert [(row.kind, row.count, row.at_ns) for row in recent.alerts()] == [("b", 2, 9), ("a", 2, 5)]
    assert recent.alert_count == 4


def test_very_many_alerts_leave_the_latest_and_all_are_counted() -> None:
    recent = Recent(given_floor().state)
    told(recent, alerts=[Alert(kind="k", text=f"{n}") for n in range(ALERTS_MAX + 30)])
    rows = recent.alerts()
    assert (len(rows), rows[0].text, rows[-1].text) == (ALERTS_MAX, f"{ALERTS_MAX + 29}", "30")
    assert recent.alert_count == ALERTS_MAX + 30


def test_before_any_money_there_is_no_point_to_draw() -> None:
    recent = Recent(Floor().state)
    recent.sample(5)
    assert recent.curve() == ()


def test_a_point_is_taken_once_a_second_with_both_equities() -> None:
    recent = Recent(given_floor().state)
    for at_ns in (10, 11, NS_PER_SECOND + 9, NS_PER_SECOND + 10):
        recent.sample(at_ns)
    assert [(point.at_ns, point.mark_micro, point.worst_micro) for point in recent.curve()] == [
        (10, 1_000 * MICRO, 1_000 * MICRO),
        (NS_PER_SECOND + 10, 1_000 * MICRO, 1_000 * MICRO),
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 400 * NS_PER_SECOND), min_size=1, max_size=40), st.integers(1, 80))
def test_a_curve_is_bounded_in_order_and_reaches_from_the_first_point_to_nearly_now(steps: list[int], again: int) -> None:
    recent = Recent(given_floor().state)
    at_ns, first_ns = 0, steps[0]
    for step in steps * again:
        at_ns += step
        recent.sample(at_ns)
        assert len(recent.curve()) <= CURVE_MAX
    times = [point.at_ns for point in recent.curve()]
    assert times == sorted(set(times))
    assert times[0] == first_ns
    assert at_ns - times[-1] < max(NS_PER_SECOND, 8 * at_ns // CURVE_MAX)


def test_a_long_life_is_thinned_evenly() -> None:
    recent = Recent(given_floor().state)
    for second in range(5 * CURVE_MAX):
        recent.sample(second * NS_PER_SECOND)
    times = [point.at_ns for point in recent.curve()]
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert CURVE_MAX // 2 <= len(times) <= CURVE_MAX
    assert gaps == {8 * NS_PER_SECOND}


def test_the_best_and_the_beginning_of_the_day_are_known_without_a_guard() -> None:
    recent = Recent(given_floor().state)
    assert (recent.peak_micro, recent.day_start_micro) == (None, None)
    recent.sample(DAY_NS)
    first = recent.curve()[0].mark_micro
    assert first is not None
    assert (recent.peak_micro, recent.day_start_micro) == (first, first)
    recent.sample(2 * DAY_NS)
    assert recent.day_start_micro == recent.curve()[-1].mark_micro
