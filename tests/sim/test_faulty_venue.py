"""A venue that restarts, forgets, answers with old pages and settles badly: each fault does what its words say and no more."""

import pytest

from oms.values import events as e
from oms.values.commands import AskOpenOrders, AskOrder
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.faulty_venue import POST_ONLY_NS, SETTLE_NS
from sim.link import LATE_MAX_NS
from sim.outcomes import CancelWhy
from tests.sim.words_faults import FaultyFloor
from tests.sim.words_sim import spec
from tests.words import MARKET, NO, NOON_NS, YES

BUY, SELL = Side.BUY, Side.SELL


def _asks(floor: FaultyFloor) -> list[int]:
    return [price for price, _ in floor.venue.exchange.book(YES).asks]


def test_without_faults_it_is_the_venue_it_was() -> None:
    floor = FaultyFloor()
    floor.place("a", spec(BUY, 40, 20))
    floor.stranger(spec(SELL, 40, 15))
    for _ in range(10):
        floor.a_second()
    floor.cancel("a")
    assert floor.names() == ["Acked", "Filled", "SettlementMoved", "SettlementMoved", "CancelDone"]
    assert (floor.venue.entered, floor.venue.audit(), floor.faults.struck) == (["a"], "", [])


# What goes wrong of itself.


def test_a_cut_stream_says_so_loses_frames_and_comes_back_with_full_books() -> None:
    floor = FaultyFloor({"stream cut": 1.0})
    floor.venue.each_second(floor.now_ns)
    floor.faults.active = False
    floor.stranger(spec(SELL, 60, 15))
    floor.live(21)
    told = floor.heard()
    assert [type(fact).__name__ for fact in told] == ["ContinuityLost", "BookReset", "BookReset"]
    assert isinstance(told[1], e.BookReset)
    assert dict(told[1].asks) == {6_000: 15 * MICRO}
    assert floor.venue.frames_lost > 0


def test_a_silent_stream_loses_frames_and_does_not_say_so() -> None:
    floor = FaultyFloor({"stream silent": 1.0})
    floor.venue.each_second(floor.now_ns)
    floor.faults.active = False
    floor.stranger(spec(SELL, 60, 15))
    floor.place("a", spec(BUY, 40, 20))
    assert floor.names() == ["Acked"], "what is private is another stream"
    assert floor.venue.frames_lost > 0
    floor.live(46)
    floor.heard()
    floor.stranger(spec(SELL, 61, 15))
    floor.live(1)
    assert floor.heard(e.LevelsChanged), "it speaks again"


def test_after_a_missed_heartbeat_nothing_of_ours_stands_and_nothing_of_others_is_touched() -> None:
    floor = FaultyFloor({"venue cancels all": 1.0})
    floor.stranger(spec(SELL, 60, 15))
    for name, cents in (("a", 40), ("b", 39)):
        floor.place(name, spec(BUY, cents, 20))
    floor.heard()
    floor.a_second()
    assert floor.names() == ["CancelDone", "CancelDone"]
    assert (floor.stands("a"), floor.stands("b"), _asks(floor)) == (False, False, [6_000])
    assert floor.venue.frozen("cash") == 0


def test_a_restart_takes_the_venue_away_then_it_is_post_only_for_two_minutes() -> None:
    floor = FaultyFloor({"venue restart": 1.0})
    floor.place("a", spec(BUY, 40, 20))
    floor.heard()
    began_ns = floor.now_ns
    floor.venue.each_second(began_ns)
    floor.faults.active = False
    floor.place("b", spec(BUY, 40, 20))
    floor.live(300)
    told = floor.heard_when(e.VenueSyncing, e.VenueReady, e.Rejected, e.ReplyLost)
    assert [(type(fact).__name__, getattr(fact, "post_only", None)) for _, fact in told] == [
        ("VenueSyncing", None),
        ("ReplyLost", None),
        ("VenueReady", True),
        ("VenueReady", False),
    ]
    assert 2 * NS_PER_SECOND <= told[2][0] - began_ns <= 30 * NS_PER_SECOND
    assert told[3][0] - told[2][0] == POST_ONLY_NS
    assert (floor.stands("a"), floor.venue.entered) == (True, ["a"])


def test_the_step_becomes_finer_under_our_orders_which_stay() -> None:
    floor = FaultyFloor({"tick change": 1.0})
    floor.place("a", spec(BUY, 40, 20))
    floor.heard()
    floor.a_second()
    assert sorted((fact.token, fact.tick_pips) for fact in floor.heard() if isinstance(fact, e.TickChanged)) == [(NO, 10), (YES, 10)]
    assert floor.stands("a")


def test_a_market_told_without_its_first_book_is_told_whole_when_it_is_calm() -> None:
    floor = FaultyFloor({"first book missing": 1.0})
    floor.venue.begin_outage("a test")
    floor.venue.end_outage()
    floor.live(1)
    assert [type(fact).__name__ for fact in floor.heard()] == ["ContinuityLost"]
    floor.faults.active = False
    floor.venue.calm(floor.now_ns)
    floor.live(1)
    assert [type(fact).__name__ for fact in floor.heard()] == ["BookReset", "BookReset"]


# What goes wrong with market data.


def test_a_lost_frame_is_lost() -> None:
    floor = FaultyFloor({"frame lost": 1.0})
    floor.stranger(spec(SELL, 60, 15))
    floor.live(5)
    assert (floor.heard(), floor.venue.frames_lost > 0) == ([], True)


def test_that_a_market_closed_is_private_word_and_not_lost_with_a_frame() -> None:
    floor = FaultyFloor({"frame lost": 1.0})
    floor.venue.act(lambda exchange: exchange.close(MARKET, floor.now_ns), floor.now_ns)
    floor.live(5)
    assert floor.names() == ["MarketClosed"]


@pytest.mark.parametrize("kind", ["frame doubled", "frame late"])
def test_a_doubled_frame_is_told_twice_and_a_late_one_later_than_what_came_after_it(kind: str) -> None:
    quiet, floor = FaultyFloor(), FaultyFloor({kind: 1.0})
    for one in (quiet, floor):
        one.stranger(spec(SELL, 60, 15))
    if kind == "frame late":
        floor.faults.active = False
    for one in (quiet, floor):
        one.stranger(spec(SELL, 61, 10))
        one.live(5)
    right, told = quiet.heard(), floor.heard()
    if kind == "frame doubled":
        assert sorted(map(repr, told)) == sorted(map(repr, [*right, *right]))
    else:
        assert sorted(map(repr, told)) == sorted(map(repr, right))
        assert told != right


# What goes wrong with answers.


def test_a_stale_page_is_how_things_were_some_seconds_ago() -> None:
    floor = FaultyFloor({"answer stale": 1.0})
    floor.place("a", spec(BUY, 40, 20))
    for _ in range(10):
        floor.a_second()
    floor.cancel("a")
    floor.place("b", spec(BUY, 39, 20))
    floor.a_second()
    floor.heard()
    floor.send(AskOpenOrders(asked_ns=77))
    floor.live(1)
    (report,) = floor.heard()
    assert isinstance(report, e.OpenOrdersReported)
    assert [row.venue_order_id for row in report.orders] in (["sim-a"], ["sim-b"])
    assert (report.omitted, report.asked_ns) == ((), 77)
    assert {row.venue_order_id for page in floor.venue._pages for row in page.orders} == {"sim-a", "sim-b"}


def test_an_incomplete_page_says_so_and_what_it_holds_stands() -> None:
    floor = FaultyFloor({"answer incomplete": 1.0})
    for name, cents in (("a", 40), ("b", 39), ("c", 38)):
        floor.place(name, spec(BUY, cents, 20))
    floor.heard()
    floor.send(AskOpenOrders())
    floor.live(1)
    (report,) = floor.heard()
    assert isinstance(report, e.OpenOrdersReported)
    assert ([row.venue_order_id for row in report.orders], report.omitted) == (["sim-a"], ("page 2",))


def test_an_order_is_absent_only_so_long_after_it_was_sent_and_never_when_it_may_still_come() -> None:
    assert SETTLE_NS > LATE_MAX_NS
    floor = FaultyFloor({"place lost": 1.0})
    sent_ns = floor.now_ns
    floor.place("a", spec(BUY, 40, 20), 0)
    for _ in range(40):
        floor.send(AskOrder(order_id="a"))
        floor.live(0.5)
    told = floor.heard_when(e.ProvenAbsent)
    assert told, "in the end it is said"
    assert sent_ns + SETTLE_NS < told[0][0] <= sent_ns + SETTLE_NS + NS_PER_SECOND
    assert floor.heard() == []


def test_whoever_asks_about_an_order_hears_its_trades_before_its_end() -> None:
    floor = FaultyFloor(dict.fromkeys(("word lost", "cancel reply lost", "place reply lost"), 1.0))
    floor.place("a", spec(BUY, 40, 20))
    floor.stranger(spec(SELL, 40, 15))
    floor.cancel("a")
    assert floor.names() == []
    floor.send(AskOrder(order_id="a"))
    floor.live(1)
    trades, end = floor.heard()
    assert isinstance(trades, e.TradesReported)
    assert [(fill.order_id, fill.shares_micro) for fill in trades.fills] == [("a", 15 * MICRO)]
    assert end == e.CancelDone(order_id="a", why=CancelWhy.ASKED.value, filled_micro=15 * MICRO)


# A process that begins anew, and the end of the faults.


def test_a_process_that_begins_is_told_everything_anew() -> None:
    floor = FaultyFloor()
    floor.venue.greet()
    floor.live(1)
    assert [type(fact).__name__ for fact in floor.heard()] == ["Deposited", "MarketListed", "BookReset", "BookReset", "VenueReady"]
    floor.venue.act(lambda exchange: exchange.close(MARKET, floor.now_ns), floor.now_ns)
    floor.live(1)
    floor.heard()
    floor.venue.greet()
    floor.live(1)
    assert floor.names() == ["Deposited", "MarketListed", "MarketClosed", "VenueReady"]
    payout = Payout(yes_ppm=1_000_000, no_ppm=0)
    floor.venue.act(lambda exchange: exchange.resolve(MARKET, payout, floor.now_ns), floor.now_ns)
    floor.live(1)
    floor.heard()
    floor.venue.greet()
    floor.live(1)
    told = floor.heard()
    assert [type(fact).__name__ for fact in told] == ["Deposited", "MarketListed", "MarketResolved", "VenueReady"]
    assert told[2] == e.MarketResolved(market_id=MARKET, payout=payout)


def test_whoever_begins_while_the_venue_is_away_is_not_told_that_it_is_there_and_after_that_that_it_is_post_only() -> None:
    floor = FaultyFloor({"venue restart": 1.0})
    floor.venue.each_second(floor.now_ns)
    floor.faults.active = False
    floor.venue.greet()
    floor.live(0.5)
    assert "VenueReady" not in floor.names()
    floor.live(31)
    floor.heard()
    floor.venue.greet()
    floor.live(0.5)
    assert floor.heard(e.VenueReady) == [e.VenueReady(post_only=True)]


def test_what_a_dead_process_sent_is_called_absent_only_so_long_after_the_next_one_began() -> None:
    floor = FaultyFloor({"place lost": 1.0})
    floor.place("a", spec(BUY, 40, 20), 10)
    floor.link.hang_up()
    floor.venue.greet()
    began_ns = floor.now_ns
    for _ in range(30):
        floor.send(AskOrder(order_id="a"))
        floor.live(0.5)
    assert began_ns + SETTLE_NS < floor.heard_when(e.ProvenAbsent)[0][0] <= began_ns + SETTLE_NS + NS_PER_SECOND


def test_calm_ends_an_outage_a_silence_and_a_restart() -> None:
    floor = FaultyFloor({"stream cut": 1.0, "stream silent": 1.0, "venue restart": 1.0})
    floor.venue.each_second(floor.now_ns)
    floor.faults.active = False
    floor.venue.calm(floor.now_ns)
    floor.live(0.5)
    assert floor.link.is_up
    assert floor.heard(e.VenueReady, e.BookReset)[-1] == e.VenueReady(post_only=True)
    floor.stranger(spec(SELL, 60, 15))
    floor.place("a", spec(BUY, 40, 20))
    told = [type(fact).__name__ for fact in floor.heard()]
    assert "LevelsChanged" in told
    assert "Acked" in told


@pytest.mark.parametrize(("kind", "confirmations"), [("frame lost", 0), ("witness silent", 0), ("frame late", 1)])
def test_a_witness_confirms_no_book_of_which_a_frame_was_lost_and_may_be_silent(kind: str, confirmations: int) -> None:
    floor = FaultyFloor({kind: 1.0})
    floor.stranger(spec(SELL, 60, 15))
    floor.live(19 - (floor.now_ns - NOON_NS) / NS_PER_SECOND)
    floor.heard()
    floor.a_second()
    assert floor.heard(e.BooksConfirmed) == []  # 19: it is asked each ten seconds
    floor.a_second()
    assert len(floor.heard(e.BooksConfirmed)) == confirmations
