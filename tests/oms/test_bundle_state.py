from msgspec.structs import replace

from oms.bundle_state import event_snapshot, keep_for, moved_by, orders_of, seen_by, standing_of, winners_of
from oms.machines.blotter import Order
from oms.machines.bundle import Run
from oms.values import events as e
from oms.values.bundles import NOBODY, Bundle, Terms
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.snapshot import Doubt
from oms.values.units import MICRO
from tests.oms.words_engine import NO_WINS, STAGES, YES_WINS
from tests.oms.words_event import EventFloor
from tests.oms.words_oms import given_fill, told_book
from tests.words_bundles import EVENT, given_bundle, given_group, given_no_bundle, given_split_bundle

ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))
SPLIT = given_split_bundle()


def told_fill(order: Order, shares: int = 20, *, trade_id: str = "t", fee_micro: int = 0) -> e.Filled:
    """So many shares of the order, at its limit."""
    price = order.spec.price_pips
    return replace(given_fill(trade_id, shares, price_pips=price, order_id=order.order_id, fee_micro=fee_micro), is_maker=False)


def given_open(bundle: Bundle, *names: str) -> tuple[EventFloor, Run]:
    """The bundle's legs are on their way."""
    floor = EventFloor(*names)
    floor.opens(bundle)
    return floor, floor.state.bundles.in_flight["7-b1"]


def given_split() -> tuple[EventFloor, Run]:
    """Sets were made, and their YES and NO are for sale."""
    floor = EventFloor()
    for token in ("a:YES", "a:NO"):
        floor.book(token, ((5_500, 100),), ((6_000, 100),))
    floor.opens(SPLIT)
    floor.book("a:YES", ((5_500, 100),), ((6_000, 100),))
    floor.tell(e.SetsChanged(market_id="a", shares_micro=20 * MICRO, command_id="7-b1/t1"))
    return floor, floor.state.bundles.in_flight["7-b1"]


def test_what_moved_is_what_fills_and_transfers_brought_and_undone_fills_are_left_out() -> None:
    floor, run = given_open(ALL_YES)
    first, second = orders_of(floor.state, run)
    assert [order.order_id for order in (first, second)] == list(run.orders)
    for number, (order, shares) in enumerate(((first, 20), (second, 8))):
        floor.tell(told_fill(order, shares, trade_id=f"t{number}", fee_micro=5))
    assert moved_by(floor.state, run) == ({"a:YES": 20 * MICRO, "b:YES": 8 * MICRO}, -11_200_010)
    floor.tell(e.SettlementMoved(trade_id="t0", order_id=first.order_id, stage=STAGES.FAILED))
    assert moved_by(floor.state, run) == ({"b:YES": 8 * MICRO}, -3_200_005)


def test_where_it_stands_follows_orders_and_settlements() -> None:
    floor, run = given_open(replace(ALL_YES, terms=Terms(chases_max=0)))
    places = [order.order_id for order in orders_of(floor.state, run)]
    now = standing_of(floor.state, run, floor.now_ns)
    assert (now.is_waiting, now.is_settled, now.first, now.winners) == (True, True, ("a:YES", "b:YES"), ("a", "b"))
    floor.tell(*[e.CancelDone(order_id=order_id, filled_micro=0) for order_id in places[1:]])
    floor.tell(e.CancelDone(order_id=places[0], filled_micro=5 * MICRO))
    assert standing_of(floor.state, run, floor.now_ns).is_waiting, "five were filled that nobody told us of"


def test_what_a_bundle_bought_may_not_be_sold_before_it_is_settled_not_by_itself_either() -> None:
    floor, run = given_open(replace(ALL_YES, terms=Terms(chases_max=0)))
    first, second = orders_of(floor.state, run)
    floor.tell(e.Acked(order_id=first.order_id), e.Rejected(order_id=second.order_id, why="killed"))
    floor.tell(told_fill(first))
    for _ in range(30):
        floor.tell(e.Tick())
    assert standing_of(floor.state, run, floor.now_ns).tokens["a:YES"].sellable_micro == 0
    assert (run.rounds, dict(floor.state.refusals)) == (1, {}), "what cannot be sold yet is not tried, so no try is lost"
    floor.tell(e.SettlementMoved(trade_id="t", order_id=first.order_id, stage=STAGES.CONFIRMED))
    assert [floor.order(order_id).spec.side for order_id in run.orders] == [Side.BUY, Side.BUY, Side.SELL]


def test_what_a_bundle_has_is_for_its_own_sales_and_nobody_elses() -> None:
    floor, run = given_split()
    state = floor.state
    sales = orders_of(state, run)
    assert [(order.spec.token, order.spec.side) for order in sales] == [("a:YES", Side.SELL), ("a:NO", Side.SELL)]
    assert (run.kept, state.inventory.sellable("a:YES")) == ({"a:YES": 0, "a:NO": 0}, 0)
    floor.tell(e.SharesArrived(token="a:YES", shares_micro=7 * MICRO, deposit_id="d"))
    assert state.inventory.sellable("a:YES") == 7 * MICRO, "others keep what is theirs"
    floor.tell(e.CancelDone(order_id=sales[0].order_id, filled_micro=0), e.Paused(why="lunch"))
    assert (run.kept["a:YES"], state.inventory.sellable("a:YES")) == (20 * MICRO, 7 * MICRO)
    assert standing_of(state, run, floor.now_ns).tokens["a:YES"].sellable_micro == 20 * MICRO, "its own, and not what is others'"


def test_a_bundle_sells_nothing_of_others_while_its_own_purchase_may_fail() -> None:
    """Were the purchase then undone, the shares would be missing, and the bundle would cost a dollar each if they won."""
    floor, run = given_open(replace(ALL_YES, terms=Terms(chases_max=0)))
    first, second = orders_of(floor.state, run)
    floor.tell(e.SharesArrived(token="a:YES", shares_micro=50 * MICRO, deposit_id="d"))
    floor.tell(e.Acked(order_id=first.order_id), e.Rejected(order_id=second.order_id, why="killed"), told_fill(first))
    assert (len(run.orders), standing_of(floor.state, run, floor.now_ns).tokens["a:YES"].sellable_micro) == (2, 0)
    assert floor.state.inventory.sellable("a:YES") == 50 * MICRO
    floor.tell(e.SettlementMoved(trade_id="t", order_id=first.order_id, stage=STAGES.CONFIRMED))
    assert [(order.spec.side, order.spec.size_micro) for order in orders_of(floor.state, run)[2:]] == [(Side.SELL, 20 * MICRO)]


def test_trades_that_may_still_fail_are_told_with_what_they_moved_and_so_is_the_bound() -> None:
    floor, run = given_open(ALL_YES)
    first, second = orders_of(floor.state, run)
    floor.tell(told_fill(first, trade_id="t0", fee_micro=5), told_fill(second, 8, trade_id="t1"))
    now = standing_of(floor.state, run, floor.now_ns)
    assert now.undecided == (("a:YES", 20 * MICRO, -8_000_005), ("b:YES", 8 * MICRO, -3_200_000))
    assert now.loss_max_micro == floor.state.gate.limits.bundle_loss_max_micro
    for trade, order, stage in (("t0", first, STAGES.FAILED), ("t1", second, STAGES.MINED)):
        floor.tell(e.SettlementMoved(trade_id=trade, order_id=order.order_id, stage=stage))
    assert standing_of(floor.state, run, floor.now_ns).undecided == (("b:YES", 8 * MICRO, -3_200_000),)


def test_setting_aside_twice_is_setting_aside_once() -> None:
    floor, run = given_split()
    (sale, _) = orders_of(floor.state, run)
    floor.tell(e.CancelDone(order_id=sale.order_id, filled_micro=0), e.Paused(why="lunch"))
    before = (dict(run.kept), floor.state.inventory.sellable("a:YES"))
    keep_for(floor.state, run)
    keep_for(floor.state, run)
    assert (run.kept, floor.state.inventory.sellable("a:YES")) == before


def test_books_that_are_not_believed_and_markets_that_are_held_show_no_prices() -> None:
    floor, run = given_open(ALL_YES)

    def shown() -> list[bool]:
        tokens = standing_of(floor.state, run, floor.now_ns).tokens
        return [bool(tokens[token].bids or tokens[token].asks) for token in ("a:YES", "a:NO", "b:YES", "b:NO")]

    assert shown() == [True] * 4
    floor.state.desks["a"].yes.doubt(Doubt.CONTINUITY)
    assert shown() == [False, True, True, True]
    floor.tell(e.Rejected(order_id=list(run.orders)[1], why="killed"))
    assert shown() == [False, True, False, False]


def test_who_can_still_win_follows_what_is_known() -> None:
    floor = EventFloor("a", "b", "c")
    state, one, all_three = floor.state, given_split_bundle("a"), given_bundle("a", "b", "c", prices=(3_000, 3_000, 3_500))
    assert winners_of(state, one) == ("a", NOBODY)
    assert winners_of(state, all_three) == ("a", "b", "c")
    floor.tell(e.EventListed(group=given_group("a", "b", "c", "unlisted")))
    assert winners_of(state, all_three) == ("a", "b", "c", NOBODY)
    floor.tell(e.EventListed(group=given_group("a", "b", "c", exhaustive=False)), e.MarketResolved(market_id="a", payout=NO_WINS))
    assert winners_of(state, all_three) == ("b", "c", NOBODY)
    floor.tell(e.MarketResolved(market_id="b", payout=YES_WINS))
    assert winners_of(state, all_three) == ("b",)


def test_what_a_split_payout_brought_counts_as_it_was_paid() -> None:
    floor, run = given_open(replace(given_no_bundle("a", "b", others=("c",)), terms=Terms(chases_max=0)), "a", "b", "c")
    first, second = orders_of(floor.state, run)
    floor.tell(
        told_fill(first),
        e.SettlementMoved(trade_id="t", order_id=first.order_id, stage=STAGES.CONFIRMED),
        e.CancelDone(order_id=second.order_id, filled_micro=0),
        e.MarketResolved(market_id="a", payout=Payout(yes_ppm=500_000, no_ppm=500_000)),
    )
    floor.tell(e.Tick(), after_ms=6_000)
    assert [result for _, result in floor.ended()] == [-MICRO]
    assert floor.state.ledger.total("cash") == 999 * MICRO


def test_an_event_is_shown_without_what_is_decided_and_says_what_cannot_be_traded() -> None:
    floor = EventFloor("a", "b", "c")
    state = floor.state
    floor.tell(
        e.EventListed(group=given_group("a", "b", "c", "d", fee_bps=7)),
        e.MarketResolved(market_id="a", payout=NO_WINS),
        e.MarketClosed(market_id="b"),
    )
    shown = event_snapshot(state, state.groups[EVENT], floor.now_ns)
    assert [view.market.market_id for view in shown.markets] == ["b", "c"]
    assert shown.stopped == (("b", "closed"), ("d", "not listed with us"))
    group = shown.group
    assert (group.market_ids, group.exhaustive, group.conversion_fee_bps, group.questions) == (("b", "c", "d"), True, 7, 4)
    state.desks["c"].quarantine = "an invariant broke"
    state.desks["b"].closed = False
    state.desks["b"].held_until_ns = floor.now_ns + 1
    stopped = dict(event_snapshot(state, state.groups[EVENT], floor.now_ns).stopped)
    assert stopped == {"b": "held: the venue refused an order here a moment ago", "c": "quarantined", "d": "not listed with us"}


def test_a_market_that_changed_in_a_turn_that_was_full_is_shown_as_it_is_now() -> None:
    floor = EventFloor(evaluations_max=1)
    while floor.state.dirty:
        floor.tell(e.Tick())
    floor.seen.clear()
    at_ms = floor.now_ms + 1
    floor.tell(*[told_book(((3_000, 10),), ((price, 10),), token=token, at_ms=at_ms) for token, price in (("a:YES", 3_900), ("b:YES", 3_800))])
    (shown,) = floor.seen
    assert [view.yes.asks[0][0] for view in shown.markets] == [3_900, 3_800]


def test_what_is_kept_for_the_record_names_a_market_too_of_which_only_a_conversion_brought_shares() -> None:
    floor, run = given_open(given_no_bundle("a", "b", others=("c",)), "a", "b", "c")
    assert [snapshot.market.market_id for snapshot in seen_by(floor.state, run, floor.now_ns)] == ["a", "b"]
    for number, order in enumerate(orders_of(floor.state, run)):
        floor.tell(told_fill(order, trade_id=f"t{number}"), e.SettlementMoved(trade_id=f"t{number}", order_id=order.order_id, stage=STAGES.CONFIRMED))
    shares = 20 * MICRO
    floor.tell(
        e.Converted(
            event_id=EVENT,
            market_ids=("a", "b"),
            shares_micro=shares,
            cash_micro=shares,
            yes_market_ids=("c",),
            yes_micro=shares,
            command_id="7-b1/t1",
        )
    )
    seen = seen_by(floor.state, run, floor.now_ns)
    assert [snapshot.market.market_id for snapshot in seen] == ["a", "b", "c"]
    assert seen[2].yes_holding.held_micro == shares
