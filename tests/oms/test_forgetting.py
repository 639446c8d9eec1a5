import msgspec
import pytest

from oms.machines import blotter
from oms.machines.ledger import CASH
from oms.report import run_report
from oms.values import events as e
from oms.values.market import Market
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.oms.words_engine import (
    NO_WINS,
    STAGES,
    YES_WINS,
    Floor,
    acked,
    alerts,
    buy,
    filled,
    given_floor,
    given_other_market,
    moved,
    resolved,
    sell,
)
from tests.oms.words_oms import told_book, told_change
from tests.words import MARKET, NO, YES, given_market

CLOSED = e.MarketClosed(market_id=MARKET)
STORY: list[e.Event] = [acked(), filled("t1", 40), moved("t1", STAGES.CONFIRMED), e.CancelDone(order_id="7-1"), resolved(YES_WINS)]
"""A bid for 100 YES at 0.40: 40 filled and settled, the rest cancelled, and YES wins."""
WORTH = (1_000 - 16 + 40) * MICRO


@pytest.fixture(autouse=True)
def ended_orders_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blotter, "RETIRED_MAX", 0)


def given_traded(*, over_kept: int = 0, sets: int = 0, market: Market | None = None) -> Floor:
    """A floor with order 7-1 under way."""
    floor = given_floor(over_kept=over_kept, sets=sets, market=market)
    assert floor.rest(buy()) == ["7-1"]
    return floor


def given_forgotten() -> Floor:
    """A floor whose market is over and gone."""
    floor = given_traded(sets=10)
    floor.tell(*STORY)
    assert floor.state.desks == {}
    return floor


def cash(floor: Floor) -> tuple[int, int, int]:
    ledger = floor.state.ledger
    return ledger.total(CASH), ledger.free(CASH), ledger.fees()


def test_a_market_that_is_over_leaves_no_trace_but_the_sums() -> None:  # req 2.57
    floor = given_forgotten()
    state = floor.state
    assert (state.by_token, state.groups, state.over, state.dirty, state.settled_by_market, state.inventory.markets()) == ({}, {}, {}, {}, {}, [])
    assert not state.blotter.remembers(MARKET)
    assert list(state.ledger._applied) == ["d1"]
    assert {asset for _, asset, _ in state.ledger._accounts} == {CASH}
    assert len(state.deadlines) == 0
    assert cash(floor) == (WORTH, WORTH, 0)
    floor.assert_sound()


def test_no_deadline_of_a_forgotten_market_is_left_to_be_met() -> None:
    floor = given_floor(over_kept=0)
    floor.script.want(buy(), look_again_ns=floor.now_ns + 10**12)
    floor.tell(floor.stir())
    assert "end market" in floor.state.deadlines
    assert "look market" in floor.state.deadlines
    floor.tell(e.Rejected(order_id="7-1", why="no"), resolved(NO_WINS))
    assert (floor.state.desks, len(floor.state.deadlines)) == ({}, 0)
    assert floor.tell(after_ms=10**7) == []


def test_a_report_says_the_same_whether_markets_are_forgotten_or_not() -> None:
    floors = [given_traded(over_kept=over_kept) for over_kept in (0, 100)]
    for floor in floors:
        for at_ms, size in enumerate((1, 2, 3), 10):  # both books told of one change, so the mirror is judged
            floor.tell(told_change((Side.BUY, 300, size), at_ms=at_ms), told_change((Side.SELL, 9_700, size), at_ms=at_ms, token=NO))
        floor.tell(*STORY)
    forgetful, other = floors
    assert (len(forgetful.state.desks), len(other.state.desks)) == (0, 1)
    told = run_report(forgetful.state)
    assert told == run_report(other.state)
    assert (told["markets"], told["books"]["health"]["CLOSED"]) == ({"known": 1, "resolved": 1}, 2)
    assert told["books"]["mirror_judged"] > 0


@pytest.mark.parametrize(
    ("fact", "alarm"),
    [
        (filled("t1", 40), ["fact about an unknown order"]),
        (filled("t9", 60), ["fact about an unknown order"]),
        (moved("t1", STAGES.FAILED), ["fact about an unknown order"]),
        (e.SetsChanged(market_id=MARKET, shares_micro=10 * MICRO, command_id="split-1"), ["fact about an unknown market"]),
        (resolved(YES_WINS), []),
        (resolved(NO_WINS), ["contradictory payout"]),
        (e.Deposited(cash_micro=1_000 * MICRO, deposit_id="d1"), []),
        (CLOSED, []),
        (e.MarketListed(market=given_market()), []),
        (told_book(((4_800, 100),), ((5_200, 100),)), []),
    ],
)
def test_whatever_is_told_late_of_a_forgotten_market_moves_nothing(fact: e.Event, alarm: list[str]) -> None:  # req 0.18, 2.57
    floor = given_forgotten()
    before = run_report(floor.state)
    assert alerts(floor.tell(fact)) == alarm
    assert floor.state.desks == {}
    after = run_report(floor.state)
    assert {**after, "oddities": before["oddities"]} == before
    floor.assert_sound()


def test_a_forgotten_market_that_is_listed_again_is_not_traded() -> None:
    floor = given_forgotten()
    shown = len(floor.script.shown)
    floor.script.want(buy())
    books = [told_book(((4_800, 100),), ((5_200, 100),), token=token, at_ms=500) for token in (YES, NO)]
    assert floor.tell(e.MarketListed(market=given_market()), *books) == []
    assert len(floor.script.shown) == shown


def test_a_market_stays_as_long_as_one_of_its_orders_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blotter, "RETIRED_MAX", 1)
    floor = given_traded()
    floor.tell(*STORY)
    assert list(floor.state.desks) == [MARKET]
    assert alerts(floor.tell(filled("t1", 40))) == []
    assert cash(floor) == (WORTH, WORTH, 0)


def test_a_market_stays_until_its_trades_are_settled_and_a_late_failure_is_undone_with_its_payout() -> None:  # req 0.18
    floor = given_traded()
    floor.tell(acked(), filled("t1", 40), e.CancelDone(order_id="7-1"), resolved(YES_WINS))
    assert list(floor.state.desks) == [MARKET]
    floor.tell(moved("t1", STAGES.FAILED))
    assert cash(floor) == (1_000 * MICRO, 1_000 * MICRO, 0)
    floor.assert_sound()


def test_a_closed_market_stays_as_long_as_anything_of_it_is_held() -> None:
    floor = given_floor(over_kept=0, sets=10)
    floor.tell(CLOSED)
    assert list(floor.state.desks) == [MARKET]
    floor.tell(resolved(NO_WINS))
    assert floor.state.desks == {}
    assert cash(floor) == (1_000 * MICRO, 1_000 * MICRO, 0)


def test_a_closed_market_of_which_nothing_is_held_goes_before_it_is_paid_out_and_its_payout_is_counted_later() -> None:
    floor = given_floor(over_kept=0)
    floor.tell(CLOSED)
    assert floor.state.desks == {}
    assert run_report(floor.state)["markets"] == {"known": 1, "resolved": 0}
    assert alerts(floor.tell(resolved(NO_WINS), resolved(NO_WINS), resolved(YES_WINS))) == ["contradictory payout"]
    assert run_report(floor.state)["markets"] == {"known": 1, "resolved": 1}


def test_what_a_closed_market_lost_counts_against_the_limit_until_it_is_paid_out() -> None:  # req 2.12
    floors = [given_traded(over_kept=over_kept) for over_kept in (0, 100)]
    for floor in floors:
        floor.tell(acked(), filled("t1", 100), moved("t1", STAGES.CONFIRMED))
        assert floor.rest(sell(3_000)) == ["7-2"]
        floor.tell(acked("7-2"), filled("t2", 100, price_pips=3_000, order_id="7-2"), moved("t2", STAGES.CONFIRMED, "7-2"))
        floor.rest(buy(1_000, 5))
        floor.tell(acked("7-3"), e.CancelDone(order_id="7-3"), CLOSED)  # with one more order ended, the settled ones are dropped
    assert [len(floor.state.desks) for floor in floors] == [0, 1]
    assert [floor.state.inventory.total_worst_micro for floor in floors] == [-10 * MICRO] * 2
    for floor in floors:
        floor.tell(resolved(NO_WINS), resolved(NO_WINS))
    assert [floor.state.inventory.total_worst_micro for floor in floors] == [0, 0]


def test_the_last_closed_markets_are_kept_whatever_they_are() -> None:
    floor = given_floor(over_kept=3)
    names = [f"m{number}" for number in range(10)]
    for name in names:
        floor.tell(e.MarketListed(market=given_other_market(name)), e.MarketClosed(market_id=name))
    assert list(floor.state.desks) == [MARKET, *names[-3:]]


def test_markets_that_must_stay_do_not_keep_those_behind_them_in_memory() -> None:
    floor = given_floor(over_kept=0, sets=10)
    floor.tell(CLOSED)
    for number in range(50):
        name = f"m{number}"
        floor.tell(e.MarketListed(market=given_other_market(name)), e.MarketClosed(market_id=name))
    assert list(floor.state.desks) == [MARKET]


def of_event(name: str) -> Market:
    return msgspec.structs.replace(given_other_market(name), event_id="the election")


def test_a_market_stays_until_its_whole_event_has_closed_so_that_its_losses_count() -> None:
    floor = given_floor(over_kept=0)
    for name in ("a", "b"):
        floor.tell(e.MarketListed(market=of_event(name)))
    floor.tell(e.MarketClosed(market_id="a"))
    assert floor.state.group_of(of_event("b")).market_ids == ("a", "b")
    floor.tell(e.MarketClosed(market_id="b"))
    assert list(floor.state.desks) == [MARKET]
    assert list(floor.state.groups) == [MARKET]


def test_a_market_listed_into_an_event_whose_first_markets_are_forgotten_begins_a_new_one() -> None:
    floor = given_floor(over_kept=0)
    floor.tell(e.MarketListed(market=of_event("a")), e.MarketClosed(market_id="a"), e.MarketListed(market=of_event("b")))
    assert floor.state.group_of(of_event("b")).market_ids == ("b",)
