"""The auditor on cases made by hand: every kind of violation fires, and does not on its nearest innocent neighbour."""

from pathlib import Path

import msgspec
import pytest

from oms.values.commands import Cancel
from oms.values.events import MarketListed, MarketResolved, SettlementStage, TradesReported
from oms.values.market import Payout
from oms.values.orders import Side
from tests.auditor import ONE, SET_OFF_NS
from tests.house.tree import imports_of
from tests.words import MARKET, NO, NOON_NS, YES, given_market
from tests.words_auditor import Case, given_fill, given_step

STAGES = SettlementStage


def test_when_all_is_well_nothing_is_found() -> None:
    case = Case()
    assert (case.found(), case.found_after(), case.auditor.checks) == ("", "", 1)


def test_a_ledger_that_differs_by_a_millionth_is_found() -> None:
    case = Case()
    case.seen.cash += 1
    assert case.found() == "money: the bot's ledger holds 996000001, what it heard comes to 996000000"
    case = Case()
    case.seen.tokens[YES] -= 1
    assert case.found() == "money: the bot's ledger holds 9999999 of yes-token, what it heard comes to 10000000"
    case = Case()
    case.seen.tokens[NO] = 1
    assert case.found() == "money: the bot's ledger holds 1 of no-token, what it heard comes to 0"


def test_a_fill_told_twice_counts_once_and_a_report_counts_like_the_words_in_it() -> None:
    case = Case()
    case.hear(given_fill(), TradesReported(fills=(given_fill(),), settlements=(given_step(STAGES.MINED),), since_ns=0, asked_ns=NOON_NS))
    assert case.found() == ""
    case.hear(TradesReported(fills=(given_fill("t2", shares=ONE, cash=ONE),), settlements=(), since_ns=0, asked_ns=NOON_NS))
    assert "money: the bot's ledger holds 996000000, what it heard comes to 995000000" in case.found()


def test_a_fee_is_part_of_what_a_fill_costs() -> None:
    case = Case()
    case.auditor.book.fills.clear()
    case.hear(given_fill(fee=5))
    case.truth.fills["t1", "1"] = (YES, "BUY", 10 * ONE, 4 * ONE, 5, "MATCHED")
    case.seen.cash -= 5
    assert case.found() == ""
    case.seen.cash += 5
    assert case.found().startswith("money: ")


def test_a_sale_brings_cash_and_takes_shares() -> None:
    case = Case()
    case.commit("2", Side.SELL)
    case.hear(given_fill("t2", "2"))
    case.truth.fills["t2", "2"] = (YES, "SELL", 10 * ONE, 4 * ONE, 0, "MATCHED")
    case.seen.cash, case.seen.tokens = 1_000 * ONE, {}
    assert case.found() == ""


def _undone(case: Case) -> None:
    case.seen.cash, case.seen.tokens = 1_000 * ONE, {}


@pytest.mark.parametrize("told", [1, 2])
def test_a_failed_trade_must_be_undone_and_once(told: int) -> None:
    case = Case()
    case.hear(*[given_step(STAGES.FAILED)] * told)
    assert case.found().count("money: ") == 2
    case = Case()
    case.hear(*[given_step(STAGES.FAILED)] * told)
    _undone(case)
    assert case.found() == ""
    case.seen.cash += 4 * ONE
    assert case.found() == "money: the bot's ledger holds 1004000000, what it heard comes to 1000000000"


@pytest.mark.parametrize("stage", [STAGES.RETRYING, STAGES.MINED, STAGES.CONFIRMED])
def test_a_trade_that_did_not_fail_must_not_be_undone(stage: SettlementStage) -> None:
    case = Case()
    case.hear(given_step(stage))
    assert case.found() == ""
    _undone(case)
    assert case.found().count("money: ") == 2


@pytest.mark.parametrize(("yes_ppm", "dollars"), [(1_000_000, 1_006), (0, 996), (500_000, 1_001)])
def test_a_payout_turns_shares_into_cash(yes_ppm: int, dollars: int) -> None:
    case = Case()
    case.hear(MarketResolved(market_id=MARKET, payout=Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm)))
    assert "money: the bot's ledger holds 10000000 of yes-token" in case.found()
    case.auditor.violations.clear()
    case.seen.cash, case.seen.tokens = dollars * ONE, {}
    assert case.found() == ""


def test_a_fill_that_is_no_trade_of_the_exchange_is_found() -> None:
    case = Case()
    case.truth.fills.clear()
    assert case.found() == "invented: fill ('t1', '1') is no trade of the exchange"
    case = Case()
    case.truth.fills["t2", "1"] = (YES, "BUY", 10 * ONE, 4 * ONE, 0, "MATCHED")
    assert case.found() == "", "what was not told yet is no lie"


@pytest.mark.parametrize("numbers", [(10 * ONE + 1, 4 * ONE, 0), (10 * ONE, 4 * ONE - 1, 0), (10 * ONE, 4 * ONE, 1)])
def test_a_fill_with_other_numbers_than_the_exchange_has_is_found(numbers: tuple[int, int, int]) -> None:
    case = Case()
    case.truth.fills["t1", "1"] = (YES, "BUY", *numbers, "MATCHED")
    assert case.found() == f"invented: fill ('t1', '1') is {numbers} at the exchange"


def test_an_order_that_entered_twice_is_found_and_two_alike_are_not() -> None:
    case = Case()
    case.truth.entered = ["1", "1"]
    assert case.found() == "doubled: order 1 entered the exchange 2 times"
    case = Case()
    case.commit("2")
    case.truth.entered = ["1", "2"]
    case.seen.orders["2"] = ("LIVE", 0)
    assert case.found() == ""


def test_an_order_that_was_committed_twice_is_found_and_two_cancels_are_not() -> None:
    case = Case()
    case.commit("1")
    assert case.found() == "doubled: order 1 was committed 2 times"
    case = Case()
    for _ in range(2):
        case.auditor.committed(Cancel(order_id="1", why=""))
    assert case.found() == ""


def test_an_order_at_the_exchange_that_no_journal_knows_is_found_and_one_that_never_arrived_is_not() -> None:
    case = Case()
    case.truth.entered = ["1", "2"]
    assert case.found() == "orphan: order 2 is at the exchange and in no journal"
    case = Case()
    case.commit("2")
    case.seen.orders["2"] = ("UNKNOWN", 0)
    assert case.found() == ""


@pytest.mark.parametrize("state", ["FILLED", "CANCELLED", "EXPIRED", "REJECTED", "ABSENT"])
def test_an_order_taken_for_dead_that_stands_is_found(state: str) -> None:
    case = Case()
    case.seen.orders["1"] = (state, 10 * ONE)
    assert case.found() == f"dead: order 1 is {state} for the bot and stands"
    case = Case()
    case.seen.orders["1"] = (state, 10 * ONE)
    case.truth.standing.clear()
    assert case.found() == "", "dead and gone"


@pytest.mark.parametrize("state", ["SENT", "UNKNOWN", "LIVE", "CANCELLING"])
def test_an_order_that_may_stand_may_be_gone(state: str) -> None:
    case = Case()
    case.seen.orders["1"] = (state, 10 * ONE)
    assert case.found() == ""
    case.truth.standing.clear()
    assert case.found() == ""


def test_an_order_that_stands_and_was_forgotten_is_found_and_one_that_is_over_may_be_forgotten() -> None:
    case = Case()
    case.seen.orders.clear()
    assert case.found() == "lost: order 1 stands and the bot has forgotten it"
    case = Case()
    case.seen.orders.clear()
    case.truth.standing.clear()
    assert case.found() == ""


def test_filled_and_resting_together_may_lose_as_much_as_the_limit_and_no_more() -> None:
    assert Case(market_loss_max=8, total_loss_max=8).found() == ""
    assert Case(market_loss_max=7, total_loss_max=8).found() == "limits: market market may lose 8000000, the limit is 7000000"
    assert Case(market_loss_max=8, total_loss_max=7).found() == "limits: everything may lose 8000000, the limit is 7000000"


def test_a_payout_that_takes_a_sure_gain_away_breaks_no_limit_and_what_is_added_then_does() -> None:
    """Ten sets of another market bought for 7 bring 3 for certain, so 8 may be lost elsewhere where 5 are allowed in all."""
    case = Case(total_loss_max=5)
    case.hear(MarketListed(market=msgspec.structs.replace(given_market(), market_id="other", yes="o-yes", no="o-no")))
    others = {("t8", "8"): ("o-yes", "BUY", 10 * ONE, 4 * ONE, 0, "CONFIRMED"), ("t9", "9"): ("o-no", "BUY", 10 * ONE, 3 * ONE, 0, "CONFIRMED")}
    case.truth.fills |= others

    def limits_found() -> bool:
        before = len(case.auditor.violations)
        case.auditor.check(NOON_NS, case.seen, case.truth)
        return any("limits: everything" in words for words in case.auditor.violations[before:])

    assert not limits_found()
    case.truth.payouts["other"] = (ONE, 0)
    assert not limits_found()
    case.truth.standing["1"] = (YES, "BUY", 4_000, 11 * ONE)
    assert limits_found()
    case.truth.standing.clear()
    assert not limits_found()
    case.auditor.check(NOON_NS + SET_OFF_NS + 1, case.seen, case.truth)
    case.truth.standing["1"] = (YES, "BUY", 4_000, 10 * ONE)
    assert limits_found()


@pytest.mark.parametrize(("stage", "loss"), [("MATCHED", 7), ("RETRYING", 7), ("CONFIRMED", 6)])
def test_a_trade_that_may_fail_saves_nobody_until_it_is_confirmed(stage: str, loss: int) -> None:
    """Ten YES for 4 confirmed and ten NO for 3 together pay 10 whoever wins, if the second trade holds."""
    for limit, words in ((loss, ""), (loss - 1, f"limits: market market may lose {loss}000000, the limit is {loss - 1}000000")):
        case = Case(market_loss_max=limit)
        case.commit("2", token=NO)
        case.hear(given_fill("t2", "2", cash=3 * ONE))
        case.truth.fills = {
            ("t1", "1"): (YES, "BUY", 10 * ONE, 4 * ONE, 0, "CONFIRMED"),
            ("t2", "2"): (NO, "BUY", 10 * ONE, 3 * ONE, 0, stage),
        }
        case.truth.standing = {"1": (YES, "BUY", 9_000, 10 * ONE)} if stage == "CONFIRMED" else {"1": (YES, "BUY", 3_000, 10 * ONE)}
        case.seen.cash, case.seen.tokens = 993 * ONE, {YES: 10 * ONE, NO: 10 * ONE}
        assert case.found() == words


def test_a_failed_trade_and_a_market_that_paid_risk_nothing() -> None:
    case = Case(market_loss_max=7)
    case.hear(given_step(STAGES.FAILED))
    _undone(case)
    case.truth.fills["t1", "1"] = (YES, "BUY", 10 * ONE, 4 * ONE, 0, "FAILED")
    assert case.found() == "", "4 resting are left"
    case = Case(market_loss_max=1)
    case.hear(MarketResolved(market_id=MARKET, payout=Payout(yes_ppm=0, no_ppm=1_000_000)))
    case.seen.tokens = {}
    assert case.found() == ""


def test_a_sale_risks_what_is_missing_from_a_dollar() -> None:
    for limit, is_found in ((6, False), (5, True)):
        case = Case(market_loss_max=limit)
        case.truth.standing["1"] = (YES, "SELL", 4_000, 10 * ONE)
        assert ("limits: market market may lose" in case.found()) is is_found


@pytest.mark.parametrize("state", ["UNKNOWN", "SENT", "STAGED"])
def test_after_the_faults_nothing_may_be_unsure(state: str) -> None:
    case = Case()
    case.seen.orders["1"] = (state, 10 * ONE)
    assert case.found_after() == f"after the faults: order 1 is still {state}"
    case.auditor.violations.clear()
    assert case.found() == "", "before that it may"


def test_after_the_faults_both_sides_hold_the_same_orders() -> None:
    case = Case()
    case.truth.standing.clear()
    assert case.found_after() == "after the faults: order 1 stands for the bot and not at the exchange"
    case = Case()
    case.seen.orders["1"] = ("CANCELLED", 10 * ONE)
    assert case.found_after() == "after the faults: order 1 stands at the exchange and not for the bot"
    case.truth.standing.clear()
    case.auditor.violations.clear()
    assert case.found_after() == ""


def test_after_the_faults_every_fill_was_heard_of_and_both_sides_hold_the_same_money() -> None:
    case = Case()
    case.truth.fills["t2", "1"] = case.truth.fills["t1", "1"]
    assert case.found_after() == "after the faults: fill ('t2', '1') was never heard of"
    case = Case()
    case.truth.cash += 1
    assert case.found_after() == "after the faults: the bot holds 996000000 cash, the exchange 996000001"
    case = Case()
    case.truth.tokens[NO] = 1
    assert case.found_after() == "after the faults: the bot holds 0 of no-token, the exchange 1"


def test_the_auditor_shares_no_code_with_what_it_judges() -> None:
    files = sorted(Path("tests").glob("auditor*.py"))
    imported = {name for path in files for _, name in imports_of(path) if not name.startswith("tests.auditor")}
    assert len(files) == 3
    assert imported == {*("collections.Counter", "collections.abc.Mapping", "dataclasses.dataclass", "dataclasses.field", "typing.Any")}
