"""The built-in exchange behind the socket: everything that concerns us is told, late, in order, with a statement of our account."""

import pytest
from msgspec.structs import replace

from oms.values.commands import AskOpenOrders, AskOrder, Cancel, Command, Merge, Place, Prepared, Split
from oms.values.events import (
    Acked,
    BookReset,
    BooksConfirmed,
    Event,
    Expired,
    Filled,
    LevelsChanged,
    MarketResolved,
    OpenOrdersReported,
    Rejected,
    ReplyLost,
    SetsChanged,
    SettlementMoved,
    SettlementStage,
)
from oms.values.market import FeeCurve, Payout
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.exchange import Exchange
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger
from sim.venue import US, SimVenue
from sim.world import MARKET as MARKET_RANK
from sim.world import World
from tests.sim.words_sim import Ears, spec
from tests.words import MARKET, NO, NOON_NS, YES, given_market


class Floor:
    """The exchange with one market, us, a stranger with a thousand sets, and somebody who listens on our side."""

    def __init__(self, latency: LatencySettings | None = None) -> None:
        self.world = World(NOON_NS)
        self.venue = SimVenue(self.world, Messenger(self.world, Latency(latency or LatencySettings(), 1)), Exchange())
        self.venue.open_account(1_000 * MICRO, NOON_NS)
        self.venue.list_market(given_market(fee=FeeCurve(rate_bps=700)), NOON_NS)
        self.venue.exchange.deposit("stranger", 10_000 * MICRO)
        self.venue.exchange.split("stranger", MARKET, 1_000 * MICRO)
        self.count = 0
        self.ears = Ears(self.venue)
        self.live(1)

    def stranger(self, wish: OrderSpec) -> None:
        self.count += 1
        now_ns = self.world.now_ns()
        self.venue.act(lambda exchange: exchange.submit("stranger", f"s{self.count}", wish, now_ns), now_ns)

    def command(self, command: Command, seconds: float = 1) -> None:
        self.venue.send(self.venue.prepare([command], self.world.now_ns()), self.world.now_ns())
        self.live(seconds)

    def place(self, order_id: str, wish: OrderSpec) -> None:
        self.command(Place(order_id=order_id, spec=wish, strategy="test", why=""))

    def live(self, seconds: float) -> None:
        until_ns = self.world.now_ns() + round(seconds * NS_PER_SECOND)
        self.world.at(until_ns, MARKET_RANK, lambda _now: None)
        self.world.run(self.ears, until_ns=until_ns)

    def heard(self, *kinds: type) -> list[Event]:
        heard, self.ears.heard = self.ears.heard, []
        return [event for _, event in heard if not kinds or isinstance(event, kinds)]

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.heard() if not isinstance(event, LevelsChanged)]


def test_we_hear_ready_money_market_and_empty_books_first() -> None:
    assert Floor().names() == ["Deposited", "MarketListed", "BookReset", "BookReset", "VenueReady"]


def test_an_order_is_acknowledged_filled_by_a_stranger_and_settled() -> None:
    floor = Floor()
    floor.place("a", spec(Side.BUY, 40, 20))
    floor.stranger(spec(Side.SELL, 40, 15))
    floor.heard()
    floor.live(30)
    facts = [event for event in floor.heard() if isinstance(event, Filled | SettlementMoved)]
    assert [type(fact).__name__ for fact in facts] == ["Filled", "SettlementMoved", "SettlementMoved"]
    fill, mined, confirmed = facts
    assert isinstance(fill, Filled)
    assert (fill.order_id, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro, fill.is_maker) == ("a", 15 * MICRO, 6 * MICRO, 0, True)
    assert isinstance(mined, SettlementMoved)
    assert isinstance(confirmed, SettlementMoved)
    assert (mined.stage, confirmed.stage) == (SettlementStage.MINED, SettlementStage.CONFIRMED)
    assert list(floor.venue.statements)[-1].cash_micro == floor.venue.held("cash") == 994 * MICRO
    assert (floor.venue.held(YES), floor.venue.frozen("cash"), floor.venue.audit()) == (15 * MICRO, 2 * MICRO, "")
    floor.command(Cancel(order_id="a", why=""))
    floor.command(Cancel(order_id="a", why=""))
    assert floor.names() == ["CancelDone", "CancelRefused"]
    assert (floor.venue.frozen("cash"), floor.venue.is_quiet()) == (0, True)


def test_an_order_with_an_end_ends_then_though_nobody_does_anything() -> None:
    floor = Floor()
    ends_ns = floor.world.now_ns() + 10 * NS_PER_SECOND
    floor.place("a", replace(spec(Side.BUY, 40, 20), lifetime=Lifetime.GTD, expires_ns=ends_ns))
    floor.heard()
    floor.live(8.9)
    assert floor.names() == []
    floor.live(0.5)
    assert floor.heard(Expired) == [Expired(order_id="a", filled_micro=0)]
    assert floor.venue.frozen("cash") == 0


def test_the_second_sending_of_an_order_says_nothing_of_the_first() -> None:
    floor = Floor()
    floor.place("a", spec(Side.BUY, 40, 20))
    floor.place("a", spec(Side.BUY, 40, 20))
    assert floor.heard(Acked, Rejected, ReplyLost)[1:] == [ReplyLost(order_id="a", why="this order was sent before")]
    assert floor.venue.frozen("cash") == 8 * MICRO


def test_a_taker_pays_its_fee_and_a_refusal_moves_nothing() -> None:
    floor = Floor()
    floor.stranger(spec(Side.SELL, 40, 15))
    floor.place("a", spec(Side.BUY, 45, 10))
    floor.place("b", spec(Side.BUY, 45, 10, post_only=True))
    floor.place("c", spec(Side.BUY, 99, 1_011))
    (fill,) = [event for event in floor.ears.heard if isinstance(event[1], Filled)]
    assert isinstance(fill[1], Filled)
    assert (fill[1].price_pips, fill[1].fee_cash_micro, fill[1].is_maker) == (4_000, 168_000, False)
    assert [event.order_id for event in floor.heard(Rejected) if isinstance(event, Rejected)] == ["b", "c"]
    assert len(floor.venue.statements) == 2
    assert floor.venue.held("cash") == 996 * MICRO - 168_000


def test_sets_are_made_and_merged_with_a_statement_of_all_three_balances() -> None:
    floor = Floor()
    floor.command(Split(command_id="s", market_id=MARKET, shares_micro=30 * MICRO))
    floor.command(Merge(command_id="m", market_id=MARKET, shares_micro=10 * MICRO))
    floor.command(Merge(command_id="too much", market_id=MARKET, shares_micro=100 * MICRO))
    assert [event.shares_micro for event in floor.heard(SetsChanged) if isinstance(event, SetsChanged)] == [30 * MICRO, -10 * MICRO]
    last = floor.venue.statements[-1]
    assert (last.cash_micro, dict(last.shares_micro)) == (980 * MICRO, {YES: 20 * MICRO, NO: 20 * MICRO})
    assert floor.venue.audit() == ""


def test_questions_are_answered_from_what_the_exchange_knows() -> None:
    floor = Floor()
    floor.place("a", spec(Side.BUY, 40, 20))
    floor.place("b", spec(Side.BUY, 39, 20))
    floor.stranger(spec(Side.SELL, 40, 5))
    floor.command(Cancel(order_id="b", why=""), 30)
    floor.heard()
    floor.command(AskOpenOrders())
    (report,) = floor.heard(OpenOrdersReported)
    assert isinstance(report, OpenOrdersReported)
    assert [(row.venue_order_id, row.shares_micro, row.filled_micro) for row in report.orders] == [("sim-a", 20 * MICRO, 5 * MICRO)]
    for name in ("a", "b", "never"):
        floor.command(AskOrder(order_id=name))
    assert floor.names() == ["Acked", "CancelDone", "ProvenAbsent"]


@pytest.mark.parametrize(("is_void", "dollars"), [(False, 1_010), (True, 1_000)])
def test_a_market_closes_cancels_and_pays_or_is_voided_at_half(*, is_void: bool, dollars: int) -> None:
    floor = Floor()
    floor.stranger(spec(Side.SELL, 50, 20))
    floor.stranger(spec(Side.BUY, 50, 20))
    floor.place("a", spec(Side.BUY, 50, 20))
    floor.place("b", spec(Side.SELL, 49, 1))
    floor.stranger(spec(Side.SELL, 50, 20))
    floor.place("c", spec(Side.BUY, 30, 20))
    floor.heard()
    now_ns = floor.world.now_ns()
    floor.venue.act(lambda exchange: exchange.close(MARKET, now_ns), now_ns)
    floor.live(1)
    assert floor.names()[-2:] == ["CancelDone", "MarketClosed"]
    assert not floor.venue.is_quiet(), "a payout is due"
    payout = Payout(yes_ppm=1_000_000, no_ppm=0)
    now_ns = floor.world.now_ns()
    floor.venue.act(lambda exchange: exchange.void(MARKET, now_ns) if is_void else exchange.resolve(MARKET, payout, now_ns), now_ns)
    floor.live(30)
    (resolved,) = floor.heard(MarketResolved)
    assert isinstance(resolved, MarketResolved)
    assert resolved.payout.yes_ppm == (500_000 if is_void else 1_000_000)
    assert (floor.venue.held("cash"), floor.venue.frozen("cash")) == (dollars * MICRO, 0)
    assert (floor.venue.statements[-1].cash_micro, floor.venue.audit(), floor.venue.is_quiet()) == (dollars * MICRO, "", True)
    assert not floor.venue._shares, "nothing is kept of a market that is over"
    assert not floor.venue._open_markets


def test_the_stream_breaks_off_and_comes_back_with_full_books_and_nothing_older_after_them() -> None:
    floor = Floor(LatencySettings(market_data_ms=(2_000, 2_000)))
    floor.stranger(spec(Side.SELL, 60, 15))
    floor.venue.begin_outage("a test")
    floor.stranger(spec(Side.SELL, 60, 10))
    floor.live(1)
    assert floor.names()[-1] == "ContinuityLost"
    floor.venue.end_outage()
    floor.live(9)
    told = floor.heard()
    assert [type(event).__name__ for event in told] == ["BookReset", "BookReset"], "what was on its way when the stream broke off is lost"
    assert isinstance(told[0], BookReset)
    assert dict(told[0].asks) == {6_000: 25 * MICRO}
    assert floor.venue.frames_lost == 4
    floor.stranger(spec(Side.SELL, 61, 10))
    floor.live(9)
    assert len(floor.heard(LevelsChanged)) == 2


def test_a_venue_whose_statements_drift_from_its_clearing_says_so() -> None:  # ruling 0.8
    floor = Floor()
    floor.place("a", spec(Side.BUY, 40, 20))
    floor.stranger(spec(Side.SELL, 40, 15))
    assert floor.venue.audit() == ""
    floor.venue._shares[YES] += 1
    floor.stranger(spec(Side.SELL, 90, 15))
    assert "the clearing holds 15000000 of yes-token for us, our statements say 15000001" in floor.venue.audit()
    other = Floor()
    other.venue._cash -= 1
    other.stranger(spec(Side.SELL, 90, 15))
    assert "the clearing holds 1000000000 of cash for us, our statements say 999999999" in other.venue.audit()


def test_only_orders_are_given_a_name() -> None:
    floor = Floor()
    wish = Place(order_id="7", spec=spec(Side.BUY, 40, 20), strategy="test", why="")
    assert floor.venue.prepare([wish], NOON_NS) == [Prepared(command=wish, venue_order_id="sim-7")]
    assert US in floor.venue.exchange.clearing.accounts


def test_the_witness_knows_quiet_books_that_were_told_whole_and_not_one_that_changed_lately_or_of_which_a_word_was_lost() -> None:
    floor = Floor()
    floor.live(8)
    floor.venue.confirm_quiet(floor.world.now_ns())
    assert floor.venue.exchange.listings[MARKET].changed_ns == NOON_NS
    floor.live(1)
    assert floor.heard(BooksConfirmed) == []
    floor.venue.confirm_quiet(floor.world.now_ns())
    floor.live(0)
    assert floor.heard(BooksConfirmed) == [BooksConfirmed(tokens=(YES, NO), asked_ns=NOON_NS + 10 * NS_PER_SECOND)]
    floor.stranger(spec(Side.SELL, 60, 5))
    floor.live(9)
    floor.venue.confirm_quiet(floor.world.now_ns())
    floor.live(1)
    floor.venue.confirm_quiet(floor.world.now_ns())
    floor.live(0)
    assert len(floor.heard(BooksConfirmed)) == 1
    floor.venue.begin_outage("gone")
    floor.stranger(spec(Side.SELL, 61, 5))
    floor.live(11)
    floor.venue.confirm_quiet(floor.world.now_ns())
    floor.live(0)
    assert floor.heard(BooksConfirmed) == []
    floor.venue.end_outage()
    floor.venue.confirm_quiet(floor.world.now_ns())
    floor.live(0)
    assert len(floor.heard(BooksConfirmed)) == 1
