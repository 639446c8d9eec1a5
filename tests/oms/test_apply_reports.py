import pytest

from oms.machines.lifecycle import State as OrderState
from oms.machines.risk import Reason
from oms.values import events as e
from oms.values.commands import AskBalances, AskOrder, Place
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from tests.oms.words_engine import (
    STAGES,
    Floor,
    alerts,
    buy,
    cancelled_ids,
    filled,
    given_floor,
    given_standing,
    moved,
    of_kind,
)
from tests.words import NO, YES


def reported(*venue_ids: str, floor: Floor, filled_shares: int = 0, omitted: tuple[str, ...] = (), asked_ms_ago: int = -1) -> e.OpenOrdersReported:
    rows = tuple(
        e.OpenOrder(
            venue_order_id=name, token=YES, side=Side.BUY, price_pips=4_000, shares_micro=100 * MICRO, filled_micro=filled_shares * MICRO
        )
        for name in venue_ids
    )  # fmt: skip
    return e.OpenOrdersReported(orders=rows, asked_ns=floor.now_ns + 1 - (asked_ms_ago + 1) * NS_PER_MS, omitted=omitted)


def asked(floor: Floor, report: e.OpenOrdersReported) -> list[str]:
    return [ask.order_id for ask in of_kind(floor.tell(report), AskOrder)]


def test_a_report_acknowledges_what_we_were_unsure_of_and_lists_strangers_untouched() -> None:
    floor = given_floor()
    floor.rest(buy())
    floor.tell(e.ReplyLost(order_id="7-1"))
    assert asked(floor, reported("v-7-1", "v-stranger", floor=floor)) == []
    assert floor.order().state is OrderState.LIVE
    assert floor.state.foreign_orders == 1


def test_an_order_missing_from_a_report_is_asked_about_and_not_concluded_dead() -> None:
    floor = given_standing()
    floor.tell(e.Tick())
    assert asked(floor, reported(floor=floor)) == ["7-1"]
    assert floor.order().state is OrderState.LIVE


def test_an_incomplete_report_proves_nothing_by_absence_and_is_told() -> None:
    floor = given_standing()
    sent = floor.tell(reported(floor=floor, omitted=("row 3",)))
    assert (of_kind(sent, AskOrder), alerts(sent)) == ([], ["incomplete report"])


def test_an_order_the_venue_filled_further_or_still_lists_though_it_ended_is_asked_about() -> None:
    floor = given_standing()
    assert asked(floor, reported("v-7-1", floor=floor, filled_shares=40)) == ["7-1"]
    floor.tell(e.CancelDone(order_id="7-1"))
    assert asked(floor, reported("v-7-1", floor=floor)) == ["7-1"]
    assert floor.order().state is OrderState.CANCELLED


def test_a_refused_cancel_is_asked_about_so_that_cancel_and_refusal_do_not_go_round_for_ever() -> None:
    floor = given_standing()
    floor.script.want()
    assert cancelled_ids(floor.tell(floor.stir())) == ["7-1"]
    sent = floor.tell(e.CancelRefused(order_id="7-1", why="not found"))
    assert [ask.order_id for ask in of_kind(sent, AskOrder)] == ["7-1"]
    floor.tell(e.ProvenAbsent(order_id="7-1"))
    assert floor.order().state is OrderState.ABSENT
    assert floor.tell(e.Tick(), after_ms=60_000) == []


def test_trades_that_were_never_told_are_caught_up_with_once() -> None:  # req 2.37
    floor = given_floor()
    floor.rest(buy())
    fill, known = filled("t1", 40), filled("t2", 10)
    floor.tell(known)
    report = e.TradesReported(fills=(known, fill), settlements=(moved("t1", STAGES.CONFIRMED), moved("t2", STAGES.MINED)), since_ns=0, asked_ns=1)
    floor.tell(report)
    floor.tell(report)
    floor.tell(fill)
    assert floor.order().filled_micro == 50 * MICRO
    assert floor.state.blotter.fill_count == 2
    assert floor.state.inventory.holding(YES).confirmed_micro == 40 * MICRO
    assert not floor.state.oddities


def test_pages_of_trades_that_cannot_be_read_raise_an_alarm() -> None:
    floor = given_floor()
    told = floor.tell(e.TradesReported(fills=(), settlements=(), since_ns=0, asked_ns=1, omitted=("page 2",)))
    assert alerts(told) == ["incomplete report"]


def test_strangers_orders_are_counted_in_the_money_that_may_be_spent_until_they_are_gone() -> None:
    # issue 4: seen, counted in account risk, never touched
    floor = given_floor(cash=100)
    floor.script.want(buy(4_000, 60))
    assert of_kind(floor.tell(reported("v-a", "v-b", floor=floor), floor.stir()), Place) == []
    assert (floor.state.foreign_orders, floor.state.inventory.foreign_micro) == (2, 80 * MICRO)
    assert dict(floor.state.refusals) == {Reason.NOT_ENOUGH_CASH: 1}
    assert len(of_kind(floor.tell(reported("v-a", floor=floor), floor.stir()), Place)) == 1
    assert {type(command) for command in floor.venue.sent} == {Place}


def test_neither_an_old_page_nor_one_with_rows_missing_proves_that_a_strangers_order_is_gone() -> None:
    floor = given_floor()
    floor.tell(e.Tick(), after_ms=1_000)
    floor.tell(reported("v-a", "v-b", floor=floor))
    for report in (reported(floor=floor, asked_ms_ago=500), reported("v-b", floor=floor, omitted=("row 1",))):
        floor.tell(report)
        assert (floor.state.foreign_orders, floor.state.inventory.foreign_micro) == (2, 80 * MICRO)
    floor.tell(reported("v-a", "v-b", "v-c", floor=floor, omitted=("row 4",)))
    assert (floor.state.foreign_orders, floor.state.inventory.foreign_micro) == (3, 120 * MICRO)
    floor.tell(reported("v-c", floor=floor))
    assert (floor.state.foreign_orders, floor.state.inventory.foreign_micro) == (1, 40 * MICRO)


def trades(since_ns: int, asked_ns: int, *, omitted: tuple[str, ...] = (), order_id: str = "") -> e.TradesReported:
    return e.TradesReported(fills=(), settlements=(), since_ns=since_ns, asked_ns=asked_ns, omitted=omitted, order_id=order_id)


def test_trades_are_known_up_to_the_latest_report_that_leaves_no_gap() -> None:
    # issue 4: catch-up by trade id after every reconnect
    floor = given_floor()
    start = floor.state.trades_known_ns
    stories = [
        (trades(0, start + 50), start + 50),
        (trades(0, start + 20), start + 50),  # an older answer that comes late takes nothing back
        (trades(0, start + 90, omitted=("page 2",)), start + 50),
        (trades(0, start + 90, order_id="7-1"), start + 50),  # of one order only
        (trades(start + 60, start + 90), start + 50),  # what was traded between is not in it
        (trades(start + 40, start + 90), start + 90),
    ]
    for report, known in stories:
        floor.tell(report)
        assert floor.state.trades_known_ns == known


def test_trading_waits_for_whole_reports_and_says_which_part_is_missing() -> None:
    # issue 4
    floor = given_floor()
    floor.script.want(buy())
    floor.tell(e.VenueSyncing(why="restart"), e.VenueReady())
    now = floor.now_ns + NS_PER_MS
    sent = floor.tell(reported(floor=floor, omitted=("row 7",)), trades(0, now, omitted=("page 2",)), floor.stir())
    assert of_kind(sent, Place) == []
    assert alerts(sent) == ["incomplete report", "incomplete report"]
    assert floor.state.session.why == "open orders: could not be read: row 7; trades: could not be read: page 2"
    assert of_kind(floor.tell(reported(floor=floor), trades(0, now, order_id="7-9"), floor.stir()), Place) == []
    assert floor.state.session.why == "trades: could not be read: page 2"
    assert len(of_kind(floor.tell(trades(0, now)), Place)) == 1  # and every market is looked at, though no book moved


def balances(floor: Floor, cash: int, **shares: int) -> list[str]:
    """The venue says what we have, ten seconds after it said it last; the alerts that follow."""
    asked_ns = floor.now_ns + 10 * NS_PER_SECOND
    told = e.BalancesReported(cash_micro=cash * MICRO, shares_micro=tuple((token, held * MICRO) for token, held in shares.items()), asked_ns=asked_ns)
    return alerts(floor.tell(told, after_ms=10_000))


def test_money_that_the_venue_has_not_is_told_and_withheld_as_long_as_that_lasts() -> None:
    # issue 4: an old balance moves nothing; a lasting difference is not spent
    floor = given_floor(cash=1_000, audit_ns=60 * NS_PER_SECOND)
    gate = floor.state.gate
    assert [balances(floor, 940) for _ in range(2)] == [[], []]
    assert gate.spendable_micro() == 1_000 * MICRO
    assert balances(floor, 940) == ["balance differs"]
    assert (gate.spendable_micro(), floor.state.ledger.total("cash")) == (940 * MICRO, 1_000 * MICRO)
    assert balances(floor, 1_000) == []
    assert gate.spendable_micro() == 1_000 * MICRO


def test_shares_that_the_venue_has_not_are_not_for_sale() -> None:
    floor = given_floor(sets=100)
    for _ in range(3):
        balances(floor, 900, **{YES: 30})
    assert [floor.state.inventory.sellable(token) for token in (YES, NO)] == [30 * MICRO, 100 * MICRO]


def test_trades_under_way_may_have_moved_the_balance_or_not() -> None:
    floor = given_standing()
    floor.tell(filled("t1", 50))  # 50 at 0.40
    for cash, held in ((1_000, 0), (980, 50), (1_000, 50), (980, 0)) * 3:
        assert balances(floor, cash, **{YES: held}) == []
    floor.tell(moved("t1", STAGES.CONFIRMED))
    assert [balances(floor, 1_000, **{YES: 50}) for _ in range(3)][-1] == ["balance differs"]


def test_an_answer_may_be_of_any_moment_since_it_was_asked_for() -> None:
    """The balances of eighty tokens take seconds to read, and trades are confirmed meanwhile."""
    floor = given_standing()
    for number in range(5):
        trade = f"t{number}"
        floor.tell(filled(trade, 10))  # 10 at 0.40
        asked_ns = floor.now_ns
        floor.tell(moved(trade, STAGES.CONFIRMED), after_ms=10_000)
        told = e.BalancesReported(cash_micro=(1_000 - 4 * number) * MICRO, shares_micro=((YES, 10 * number * MICRO),), asked_ns=asked_ns)
        assert alerts(floor.tell(told, after_ms=1_000)) == []
        assert not floor.state.balances.differences
    assert [balances(floor, 984, **{YES: 50}) for _ in range(3)][-1] == ["balance differs"], "asked for after the last of them"


def test_an_answer_that_is_too_old_to_be_judged_changes_nothing() -> None:
    floor = given_floor()
    for _ in range(5):
        told = e.BalancesReported(cash_micro=0, shares_micro=(), asked_ns=floor.now_ns)
        assert alerts(floor.tell(told, after_ms=121_000)) == []
    assert floor.state.gate.spendable_micro() == 1_000 * MICRO


def test_what_does_not_fit_is_asked_about_again_soon_with_the_trades_that_may_explain_it() -> None:
    floor = given_floor(sets=100, audit_ns=60 * NS_PER_SECOND)
    balances(floor, 890)
    sent = floor.tell(e.Tick(), after_ms=10_000)
    assert [ask.tokens for ask in of_kind(sent, AskBalances)] == [(YES, NO)]
    assert [type(command).__name__ for command in sent] == ["AskOpenOrders", "AskTrades", "AskBalances"]


@pytest.mark.parametrize(
    "end", [e.CancelDone(order_id="7-1"), e.Rejected(order_id="7-1", why="no"), e.Expired(order_id="7-1")], ids=lambda end: type(end).__name__
)
def test_an_order_that_stands_after_its_end_is_cancelled_once_more_and_told(end: e.Event) -> None:
    """Nothing counts it, and no strategy would ever take it away."""
    floor = given_standing()
    floor.script.want()
    floor.tell(end)
    assert cancelled_ids(floor.tell(reported("v-7-1", floor=floor), after_ms=5_000)) == []  # an old page
    floor.tell(e.Tick(), after_ms=5_000)
    sent = floor.tell(reported("v-7-1", floor=floor))
    assert ([ask.order_id for ask in of_kind(sent, AskOrder)], cancelled_ids(sent)) == (["7-1"], ["7-1"])
    assert alerts(sent) == ["order stands after its end"]
    sent = floor.tell(e.Acked(order_id="7-1"), e.CancelDone(order_id="7-1", why="by our wish"))
    assert (alerts(sent), cancelled_ids(sent), floor.order().is_terminal) == ([], [], True)


def test_an_order_whose_taken_cancel_was_confirmed_is_not_asked_about_for_ever_because_an_old_page_lists_it() -> None:
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    floor.script.want()
    floor.tell(floor.stir())
    floor.tell(e.CancelTaken(order_id="7-1"))
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=0))
    assert asked(floor, reported("v-7-1", floor=floor)) == ["7-1"]
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=0))
    assert [floor.tell(e.Tick(), after_ms=2_000) for _ in range(5)] == [[]] * 5


def test_an_order_that_stands_though_its_cancel_was_taken_is_cancelled_once_more() -> None:
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    floor.script.want()
    assert cancelled_ids(floor.tell(floor.stir())) == ["7-1"]
    floor.tell(e.CancelTaken(order_id="7-1"))
    assert of_kind(floor.tell(e.Tick(), after_ms=2_000), AskOrder) == [AskOrder(order_id="7-1")]
    floor.tell(e.Acked(order_id="7-1"))  # the venue knows it, and it stands
    assert cancelled_ids(floor.tell(e.Tick(), after_ms=2_000)) == ["7-1"]
    floor.tell(e.CancelTaken(order_id="7-1"))
    assert of_kind(floor.tell(e.Tick(), after_ms=2_000), AskOrder) == [AskOrder(order_id="7-1")]
