import json

import msgspec
import pytest

from oms import report
from oms.values import events as e
from oms.values.commands import Alert, AskOpenOrders, AskOrder, Cancel, CommandsHash, Heartbeat
from oms.values.orders import Side
from oms.values.units import MICRO
from oms.values.views import TransitionView
from tests.oms.sessions import Session
from tests.oms.words_engine import STAGES, YES_WINS, acked, buy, filled, given_floor, given_other_market, given_standing, moved, resolved, sell
from tests.oms.words_marks import given_holdings
from tests.oms.words_oms import told_change
from tests.words import MARKET, NO, YES

PARTS = ("filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown")
DOLLAR = MICRO


@pytest.mark.parametrize("seed", range(12))
def test_the_parts_add_up_to_the_whole_whatever_happened(seed: int) -> None:  # req 2.58, trap T3
    state = Session(seed).live(80).state
    picture = report.run_report(state)
    orders, fills = picture["orders"], picture["fills"]
    assert sum(orders[part] for part in PARTS) == orders["placed"]
    assert min(orders.values()) >= 0
    assert sum(count for sides in fills["by_outcome_side"].values() for count in sides.values()) == fills["count"] == state.blotter.fill_count
    shares = fills["shares_micro_by_outcome_side"]
    assert sum(shares[outcome][side] for outcome in ("YES", "NO") for side in ("BUY", "SELL")) == fills["shares_micro"]
    assert fills["shares_micro"] == sum(order.filled_micro for order in state.blotter.in_memory())
    assert orders["of_which_part_filled"] <= orders["cancelled"] + orders["expired"] + orders["failed"] + orders["rejected"]
    json.dumps(picture, allow_nan=False)


def test_each_order_is_counted_under_what_became_of_it() -> None:  # req 2.11, 2.34
    floor = given_floor(cash=100_000)
    names = floor.rest(*(buy(4_000 - 100 * step, 10) for step in range(9)))
    done, undone, part, gone, over, refused, lost, absent, rests = names
    endings: list[e.Event] = [
        filled("t1", 10, order_id=done),
        filled("t2", 10, order_id=undone),
        moved("t2", STAGES.FAILED, undone),
        filled("t3", 4, order_id=part),
        *(e.CancelDone(order_id=name) for name in (part, gone)),
        e.Expired(order_id=over),
        e.Rejected(order_id=refused, why="no"),
        e.ReplyLost(order_id=lost),
        e.ProvenAbsent(order_id=absent),
        acked(rests),
    ]
    floor.tell(*endings)
    parts = {"filled": 1, "cancelled": 2, "expired": 1, "rejected": 1, "failed": 2, "resting": 1, "unknown": 1}
    assert report.order_parts(floor.state.blotter) == {"placed": 9, **parts, "of_which_part_filled": 1}


def test_fills_are_told_by_outcome_and_side() -> None:  # req 2.54, 2.58
    floor = given_floor(sets=100)
    bid, offer, no_bid = floor.rest(buy(4_000, 50), sell(6_000, 40), buy(3_000, 30, NO))
    floor.tell(filled("t1", 20, order_id=bid), filled("t2", 30, order_id=bid), filled("t3", 40, price_pips=6_000, order_id=offer))
    floor.tell(msgspec.structs.replace(filled("t4", 10, price_pips=3_000, order_id=no_bid), inferred=True), moved("t1", STAGES.CONFIRMED, bid))
    fills = report.fills(floor.state)
    assert fills["by_outcome_side"] == {"YES": {"BUY": 2, "SELL": 1}, "NO": {"BUY": 1, "SELL": 0}}
    assert fills["shares_micro_by_outcome_side"]["YES"] == {"BUY": 50 * MICRO, "SELL": 40 * MICRO}
    assert (fills["count"], fills["inferred"], fills["settlements_open"], fills["settlements_failed"]) == (4, 1, 3, 0)


def test_money_is_told_at_its_worst_and_at_the_mark() -> None:  # req 3.47, 3.52
    floor = given_holdings(((4_300, 9),), ((4_500, 9),))
    figures = {"start_micro": 1_000, "free_micro": 910, "pending_micro": 20, "fees_micro": 5}
    worst, mark = 930 + 30, 930 + 30 + 70 * 0.44  # 30 complete sets, and 70 YES at the mid
    expected = {name: dollars * DOLLAR for name, dollars in figures.items()}
    assert report.cash(floor.state) == {**expected, "equity_worst_micro": worst * DOLLAR, "equity_mark_micro": round(mark * DOLLAR)}


def test_the_report_says_how_good_its_marks_are() -> None:
    floor = given_holdings(((4_300, 9),), ((4_500, 9),))
    floor.tell(e.MarketListed(market=given_other_market("flat")))
    assert report.marks(floor.state) == {"live": 1, "old": 0, "none": 0}
    floor.tell(e.ContinuityLost(tokens=(YES,), why="gone"))
    assert report.marks(floor.state) == {"live": 0, "old": 1, "none": 0}
    assert report.marks(given_holdings((), ()).state) == {"live": 0, "old": 0, "none": 1}


def test_the_health_of_the_books_is_counted_and_agreement_is_null_before_there_was_any() -> None:
    floor = given_floor()
    books = report.books(floor.state)
    assert books["health"] == {"LIVE": 2, "SUSPECT": 0, "STALE": 0, "CLOSED": 0}
    assert (books["hash_agreement"], books["mirror_agreement"]) == (None, None)
    floor.tell(told_change((Side.BUY, 4_700, 1)))
    assert report.books(floor.state)["mirror_agreement"] == 1.0
    floor.tell(e.MarketClosed(market_id=MARKET))
    assert report.books(floor.state)["health"] == {"LIVE": 0, "SUSPECT": 0, "STALE": 0, "CLOSED": 2}


def test_the_run_report_counts_refusals_oddities_and_markets_and_makes_nothing_up() -> None:
    floor = given_floor()
    floor.rest(buy(4_050), buy(4_000, 1), buy(3_950))
    floor.tell(acked("stranger"), e.MarketListed(market=given_other_market("other")), resolved(YES_WINS))
    picture = report.run_report(floor.state)
    assert picture["refused_by_gate"] == {"BELOW_VENUE_MINIMUM": 1, "OFF_TICK": 2}
    assert picture["oddities"] == {"fact about an unknown order": 1}
    assert picture["markets"] == {"known": 2, "resolved": 1}
    assert (picture["report"], picture["markouts"], picture["arbitrage"]) == (1, None, None)  # ruling 2.16: null, never 0


def test_progress_is_one_line_of_the_same_figures() -> None:
    floor = given_standing()
    floor.tell(filled("t1", 40), e.ContinuityLost(tokens=(YES,), why="gone"))
    view = report.progress(floor.state, 5, 99)
    assert (view.at_ns, view.events, view.placed, view.filled, view.cancelled, view.resting) == (5, 99, 1, 1, 0, 1)
    assert (view.cash_free_micro, view.equity_worst_micro, view.equity_mark_micro) == (960 * DOLLAR, 984 * DOLLAR, 1_004 * DOLLAR)
    assert view.books == "1 LIVE 1 STALE"


def test_an_order_is_shown_with_its_audit_trail() -> None:  # req 2.36, 3.8
    floor = given_standing()
    times = [floor.now_ns - 1_000_000, floor.now_ns]
    for facts in ([filled("t1", 40)], [e.CancelDone(order_id="7-1", why="asked")], [filled("t2", 10)]):
        floor.tell(*facts)
        times.append(floor.now_ns)
    view = report.order_view(floor.order())
    assert (view.order_id, view.venue_order_id, view.market_id, view.token, view.side) == ("7-1", "v-7-1", MARKET, YES, "BUY")
    assert (view.price_pips, view.size_micro, view.filled_micro, view.state, view.status) == (
        4_000,
        100 * MICRO,
        50 * MICRO,
        "CANCELLED",
        "cancelled",
    )
    assert (view.strategy, view.why) == ("maker", "bid 4000")
    steps = [("SEND", "SENT", 0), ("ACK", "LIVE", 0), ("PART_FILL", "LIVE", 40), ("CANCEL_DONE", "CANCELLED", 40), ("PART_FILL", "CANCELLED", 50)]
    assert view.history == tuple(
        TransitionView(at_ns=at_ns, happening=happening, state=state, filled_micro=shares * MICRO)
        for at_ns, (happening, state, shares) in zip(times, steps, strict=True)
    )
    json.loads(msgspec.json.encode(view))


def test_the_hash_of_commands_leaves_out_what_changes_nothing_at_the_venue() -> None:  # ruling 0.7
    plain, chatty = CommandsHash(), CommandsHash()
    for hashed, extra in ((plain, ()), (chatty, (Alert(kind="k", text="t"), AskOrder(order_id="o"), AskOpenOrders(), Heartbeat()))):
        for command in (*extra, Cancel(order_id="o1", why="w"), *extra):
            hashed.add(command)
    assert (chatty.hexdigest(), chatty.count) == (plain.hexdigest(), 1)
    plain.add(Cancel(order_id="o1", why="w"))
    assert chatty.hexdigest() != plain.hexdigest()
