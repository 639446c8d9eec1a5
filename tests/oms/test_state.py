import msgspec
import pytest

from oms.machines import blotter
from oms.machines.risk import Limits, Reason
from oms.state import SILENCE_LOOKS, StrategyLine, fill_transfer_id
from oms.values import events as e
from oms.values.commands import Place
from oms.values.decisions import Decision, Quotes
from oms.values.market import EventGroup, Market
from oms.values.orders import Side
from oms.values.snapshot import Snapshot
from oms.values.units import MICRO, NS_PER_MS
from tests.oms.words_engine import STAGES, Floor, acked, buy, filled, given_floor, given_other_market, given_standing, moved, of_kind, ready
from tests.oms.words_oms import told_book, told_change
from tests.words import MARKET, NO, NOON_NS, YES, given_market


def test_a_market_has_one_desk_and_both_tokens_lead_to_it() -> None:
    floor = given_floor()
    state = floor.state
    desk = state.desks[MARKET]
    assert (state.by_token[YES], state.by_token[NO]) == ((desk, desk.yes), (desk, desk.no))
    assert (desk.book(YES), desk.book(NO)) == (desk.yes, desk.no)
    assert state.list_market(desk.market) is desk


def test_a_market_is_in_the_queue_of_decisions_once_and_in_the_order_of_arrival() -> None:
    state = given_floor().state
    for name in ("b", "a"):
        state.list_market(given_other_market(name))
    for name in ("b", "a", "b", MARKET, "b"):
        state.touch(state.desks[name])
    assert list(state.dirty) == ["b", "a", MARKET]


def test_the_reservation_follows_what_is_left_of_an_order() -> None:  # req 0.7, 0.10
    floor = given_standing(buy(4_000, 100))
    for trade, left in (("t1", 75), ("t2", 50), ("t3", 25)):
        floor.tell(filled(trade, 25))
        assert floor.state.ledger.reserved("7-1") == left * MICRO * 4 // 10
        assert floor.money()[f"{YES} buying"] == left * MICRO
    floor.tell(filled("t4", 25))
    assert floor.state.ledger.reserved("7-1") == 0
    assert floor.state.ledger.audit() == ""


def test_an_order_that_left_memory_leaves_no_trace_but_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:  # req 2.57
    monkeypatch.setattr(blotter, "RETIRED_MAX", 3)
    floor = given_floor(cash=100_000)
    for number in range(1, 31):
        (order_id,) = floor.rest(buy(4_000, 10))
        trade = f"t{number}"
        floor.tell(acked(order_id), filled(trade, 4, order_id=order_id), moved(trade, STAGES.CONFIRMED, order_id), e.CancelDone(order_id=order_id))
    state = floor.state
    assert len(state.blotter.in_memory()) == 3
    assert state.settlements.stage("t1", "7-1") is None
    assert state.settlements.stage("t30", "7-30") is STAGES.CONFIRMED
    assert fill_transfer_id("t1", "7-1") not in state.ledger._applied
    assert len(state.ledger._applied) == 3 + 1  # fills of the three, and the deposit
    assert len(state.deadlines) == 1  # the end of the market
    assert (state.blotter.placed, floor.money()[f"{YES} confirmed"]) == (30, 120 * MICRO)
    floor.assert_sound()


def of_event(name: str, event_id: str = "the election") -> Market:
    return msgspec.structs.replace(given_other_market(name), event_id=event_id)


def test_a_market_without_an_event_is_its_own_group_and_markets_of_one_event_are_together() -> None:
    state = Floor().state
    alone, one, two, other = given_market(), of_event("a"), of_event("b"), of_event("c", "the cup")
    for market in (alone, one, other, two, one):
        state.list_market(market)
    assert state.group_of(alone) == EventGroup(event_id=MARKET, market_ids=(MARKET,), exclusive=False, exhaustive=False)
    assert state.group_of(one) == EventGroup(event_id="the election", market_ids=("a", "b"), exclusive=False, exhaustive=False)
    assert state.group_of(two) is state.group_of(one)
    assert state.group_of(other).market_ids == ("c",)


def test_what_is_known_of_an_event_before_its_markets_are_listed_stays_known() -> None:
    state = Floor().state
    state.groups["the election"] = EventGroup(event_id="the election", market_ids=("a", "z"), exclusive=True, exhaustive=True)
    for name in ("a", "b"):
        state.list_market(of_event(name))
    group = state.group_of(of_event("b"))
    assert (group.market_ids, group.exclusive, group.exhaustive) == (("a", "z", "b"), False, False)  # its own list did not have b
    assert group.gaps == ("market b is listed as of this event, and the event's own list does not have it",)


def bought_no(*markets: Market, told: EventGroup | None = None) -> tuple[list[str], dict[Reason, int]]:
    """In which of the markets a bid that may lose 40 dollars was placed where an event may lose 60, and what was refused."""

    def bid_no(snapshot: Snapshot, _params: object) -> Decision:
        return Quotes(quotes=(buy(4_000, 100, snapshot.market.no),), why="the script wants NO everywhere")

    limits = Limits(market_loss_max_micro=1_000 * MICRO, event_loss_max_micro=60 * MICRO)
    floor = Floor(also=[StrategyLine(name="bids", evaluate=bid_no, params=None)], limits=limits)
    if told is not None:
        floor.state.groups[told.event_id] = told
    books = [told_book((), (), token=token) for market in markets for token in (market.yes, market.no)]
    listed = [e.MarketListed(market=market) for market in markets]
    sent = floor.tell(*listed, e.Deposited(cash_micro=1_000 * MICRO, deposit_id="d1"), *ready(), *books)
    return [place.spec.market_id for place in of_kind(sent, Place)], dict(floor.state.refusals)


def test_an_event_may_not_lose_more_than_its_limit_and_its_markets_may_all_go_wrong_unless_it_is_known_that_they_cannot() -> None:  # req 2.31
    both = (of_event("a"), of_event("b"))
    assert bought_no(*both) == (["a"], {Reason.EVENT_LOSS_CAP: 1})
    assert bought_no(of_event("a"), of_event("b", "the cup")) == (["a", "b"], {})
    assert bought_no(*(msgspec.structs.replace(market, event_id="") for market in both)) == (["a", "b"], {})
    exclusive = EventGroup(event_id="the election", market_ids=("a", "b"), exclusive=True, exhaustive=False)
    assert bought_no(*both, told=exclusive) == (["a", "b"], {})  # of two NO that exclude each other only one can be worth nothing


def test_a_market_that_is_its_own_event_has_the_limit_of_an_event_too() -> None:  # req 2.31
    floor = given_floor(limits=Limits(market_loss_max_micro=1_000 * MICRO, event_loss_max_micro=60 * MICRO))
    assert len(floor.rest(buy(4_000, 100), buy(3_000, 100))) == 1
    assert floor.state.refusals == {Reason.EVENT_LOSS_CAP: 1}


@pytest.mark.parametrize("tick_pips", [10, 1_000])
def test_a_market_listed_again_with_another_tick_changes_the_tick_of_both_books(tick_pips: int) -> None:
    floor = given_floor()
    desk = floor.state.desks[MARKET]
    before = [book.epoch for book in (desk.yes, desk.no)]
    floor.tell(e.MarketListed(market=given_market(tick_pips=tick_pips)))
    assert [book.tick_pips for book in (desk.yes, desk.no)] == [tick_pips, tick_pips]
    assert [book.epoch for book in (desk.yes, desk.no)] == [epoch + 1 for epoch in before]
    assert (floor.shown().yes.tick_pips, floor.shown().yes.bids) == (tick_pips, ((4_800, 100 * MICRO),))
    floor.tell(e.MarketListed(market=given_market(tick_pips=tick_pips)))
    assert [book.epoch for book in (desk.yes, desk.no)] == [epoch + 1 for epoch in before]


def test_a_listing_that_repeats_the_old_tick_does_not_undo_what_the_venue_announced_since() -> None:
    floor = given_floor()
    floor.tell(*(e.TickChanged(token=token, tick_pips=10, exchange_ns=NOON_NS) for token in (YES, NO)))
    floor.tell(e.MarketListed(market=given_market()))
    assert (floor.shown().yes.tick_pips, floor.shown().no.tick_pips) == (10, 10)


def test_silence_is_looked_for_while_a_book_is_left_to_lose_and_not_after() -> None:  # ruling 2.8
    end_ns, bound_ms = given_market().end_ns, 1_000
    look_ms = bound_ms // SILENCE_LOOKS
    unheard = Floor(silence_ns=bound_ms * NS_PER_MS)
    unheard.tell(e.MarketListed(market=given_market()), *ready())
    assert unheard.engine.wake_at_ns() == end_ns
    floor = given_floor(silence_ns=bound_ms * NS_PER_MS)
    assert floor.engine.wake_at_ns() == floor.now_ns + look_ms * NS_PER_MS
    floor.tell(told_change((Side.BUY, 100, 1)), after_ms=2 * look_ms)  # YES is heard of, NO is not
    floor.tell(e.Tick(), after_ms=3 * look_ms)
    desk = floor.state.desks[MARKET]
    assert (desk.yes.health.name, desk.no.health.name) == ("LIVE", "STALE")
    floor.tell(e.Tick(), after_ms=bound_ms)
    assert (desk.yes.health.name, desk.no.health.name) == ("STALE", "STALE")
    assert floor.engine.wake_at_ns() == end_ns
    floor.tell(told_book((), (), at_ms=9_000))
    assert floor.engine.wake_at_ns() == floor.now_ns + look_ms * NS_PER_MS


def test_a_book_of_which_a_witness_says_every_now_and_then_that_it_is_quiet_is_never_stale() -> None:  # user-asks 17
    bound_ms = 1_000
    floor = given_floor(silence_ns=bound_ms * NS_PER_MS)
    desk = floor.state.desks[MARKET]
    for _ in range(50):
        floor.tell(e.BooksConfirmed(tokens=(YES, NO), asked_ns=floor.now_ns), after_ms=bound_ms // 2)
        floor.tell(e.Tick(), after_ms=bound_ms // SILENCE_LOOKS)
        assert (desk.yes.health.name, desk.no.health.name) == ("LIVE", "LIVE")
    floor.tell(e.Tick(), after_ms=2 * bound_ms)
    assert (desk.yes.health.name, desk.no.health.name) == ("STALE", "STALE")
