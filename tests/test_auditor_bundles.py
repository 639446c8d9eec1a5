"""The auditor's questions about bundles and sets, on cases made by hand: every kind of violation fires, and not on its nearest innocent neighbour."""

from typing import Any

import pytest
from msgspec.structs import replace

from oms.values.commands import Convert, Merge, Split
from oms.values.events import MarketResolved, SetsChanged, TransferRefused
from oms.values.market import Payout
from oms.values.orders import Side
from tests.auditor import ONE
from tests.words_auditor_bundles import STAGES, BundleCase
from tests.words_bundles import EVENT, given_bundle, given_no_bundle, given_split_bundle

ALL_YES = given_bundle("a", "b", "c", prices=(4_000, 3_000, 2_000))
NOS = given_no_bundle("a", "b", others=("c",))
SPLIT = Split(command_id="b1/t1", market_id="a", shares_micro=20 * ONE)
MERGE = Merge(command_id="b1/t2", market_id="a", shares_micro=20 * ONE)
CONVERT = Convert(command_id="b1/t1", event_id=EVENT, market_ids=("a", "b"), shares_micro=20 * ONE)
BUY, SELL = Side.BUY, Side.SELL


def given_nos(**limits: Any) -> BundleCase:  # noqa: ANN401 - as BundleCase has them
    """Twenty NO of a for 11 and of b for 8 were bought for a bundle; nothing was converted yet."""
    case = BundleCase(**limits)
    case.open(NOS)
    case.trade("1", "a:NO", BUY, 20, 11)
    case.trade("2", "b:NO", BUY, 20, 8)
    return case


def test_a_bundle_from_its_opening_to_its_end_is_found_right() -> None:
    case = given_nos()
    assert case.found() == ""
    case.move(CONVERT)
    assert case.found() == ""
    case.end(1)
    case.seen.transfers.clear()
    assert (case.found(), case.found_after()) == ("", "")


def test_sets_made_and_merged_again_are_found_right_and_count_once_however_often_they_are_told() -> None:
    case = BundleCase()
    case.open(given_split_bundle())
    case.move(SPLIT)
    case.hear(SetsChanged(market_id="a", shares_micro=20 * ONE, command_id="b1/t1"))
    assert case.found() == ""
    case.move(MERGE)
    assert case.found() == ""
    assert (case.seen.cash, case.seen.tokens) == (1_000 * ONE, {})


def test_sets_that_the_bot_heard_of_and_did_not_book_are_found() -> None:
    case = BundleCase()
    case.open(given_split_bundle())
    case.move(SPLIT)
    case.seen.cash, case.seen.tokens = 1_000 * ONE, {}
    assert case.found().count("money: ") == 3


def test_sets_that_were_not_told_yet_are_no_money_yet() -> None:
    case = BundleCase()
    case.open(given_split_bundle())
    case.move(SPLIT, heard=False)
    assert case.found() == ""
    assert case.found_after().split("; ") == [
        "after the faults: bundle b1 is still in flight",
        "after the faults: transfer b1/t1 is still unknown",
        "after the faults: transfer b1/t1 was done and never heard of",
        "after the faults: the bot holds 1000000000 cash, the exchange 980000000",
        "after the faults: the bot holds 0 of a:NO, the exchange 20000000",
        "after the faults: the bot holds 0 of a:YES, the exchange 20000000",
    ]


def test_a_bundle_that_was_forgotten_is_found_and_one_that_is_over_may_be() -> None:
    case = given_nos()
    case.seen.bundles.clear()
    assert case.found() == "lost: bundle b1 is half done and the bot has forgotten it"
    case = given_nos()
    case.end(1)
    assert case.found() == ""
    case.seen.bundles.append("b1")
    assert case.found() == "invented: bundle b1 is in flight and was not opened, or has ended"


def test_a_transfer_of_a_bundle_that_was_forgotten_is_found() -> None:
    case = given_nos()
    case.move(CONVERT)
    case.seen.transfers.clear()
    assert case.found() == "lost: transfer b1/t1 was asked for and the bot has forgotten it"


def test_a_transfer_that_is_said_to_be_otherwise_than_it_is_is_found() -> None:
    case = given_nos()
    case.move(CONVERT, heard=False)
    case.seen.transfers["b1/t1"] = "refused"
    assert case.found() == "dead: transfer b1/t1 is refused for the bot and was done"
    case.hear(TransferRefused(command_id="b1/t1", why="no"))
    assert case.found() == "dead: transfer b1/t1 is refused for the bot and was done; invented: transfer b1/t1 was refused and done"
    case = given_nos()
    case.move(CONVERT, heard=False, done=False)
    case.seen.transfers["b1/t1"] = "done"
    assert case.found() == "invented: transfer b1/t1 is done for the bot alone"
    case.seen.transfers["b1/t1"] = "refused"
    assert case.found() == ""


def test_what_was_heard_of_sets_must_be_what_was_done() -> None:
    case = BundleCase()
    case.open(given_split_bundle())
    case.move(SPLIT)
    case.truth.moved.clear()
    assert "invented: transfer b1/t1 was heard as {'cash': -20000000, 'a:YES': 20000000, 'a:NO': 20000000} and is None" in case.found()
    case.truth.moved.append(("b1/t1", {"cash": -20 * ONE, "a:YES": 20 * ONE, "a:NO": 20 * ONE - 1}))
    assert "invented: transfer b1/t1 was heard as " in case.found()


def test_what_happens_twice_is_found_and_two_alike_are_not() -> None:
    case = given_nos()
    case.open(NOS)
    assert case.found() == "doubled: bundle b1 was opened 2 times"
    case = given_nos()
    case.move(CONVERT)
    case.commit(CONVERT)
    assert case.found() == "doubled: transfer b1/t1 was committed 2 times"
    case = given_nos()
    case.move(CONVERT)
    case.truth.moved *= 2
    assert "doubled: transfer b1/t1 was done 2 times" in case.found()
    case = BundleCase()
    case.open(given_split_bundle())
    case.move(SPLIT)
    case.move(replace(SPLIT, command_id="b1/t2", market_id="b"))
    case.move(replace(MERGE, command_id="b1/t3"))
    assert case.found() == "", "another market, and another deed"
    case.move(replace(SPLIT, command_id="b1/t4"))
    assert case.found() == "doubled: bundle b1 asks 2 times for a Split of a"


def test_a_transfer_that_no_journal_knows_is_found() -> None:
    case = BundleCase()
    case.truth.moved.append(("x", {"cash": -ONE, "a:YES": ONE, "a:NO": ONE}))
    assert "orphan: transfer x was done and is in no journal" in case.found()


@pytest.mark.parametrize(("dollars", "found"), [(1, ""), (1.000001, "ended: bundle b1 leaves 1000000 at worst and is said to leave 1000001")])
def test_what_a_bundle_is_said_to_leave_is_added_up_again(dollars: float, found: str) -> None:
    """Twenty converted pairs for 19: at least 20 come back, and 40 if c wins."""
    case = given_nos()
    case.move(CONVERT)
    case.end(dollars)
    assert case.found() == found


def test_what_a_bundle_leaves_is_that_of_the_winner_who_pays_least_of_those_who_can_still_win() -> None:
    for exhaustive, dollars in ((True, 2), (False, -18)):
        case = BundleCase(exhaustive=exhaustive)
        case.open(ALL_YES)
        for order_id, token, cost in (("1", "a:YES", 8), ("2", "b:YES", 6), ("3", "c:YES", 4)):
            case.trade(order_id, token, BUY, 20, cost)
        case.end(dollars)
        assert case.found() == ""
    case = given_nos()
    case.hear(MarketResolved(market_id="c", payout=Payout(yes_ppm=ONE, no_ppm=0)))
    case.truth.payouts["c"] = (ONE, 0)
    case.end(21)
    assert case.found() == "", "c has won, and both NO pay"


def test_a_bundle_may_not_end_before_all_of_it_is_final() -> None:
    case = BundleCase()
    case.open(NOS)
    case.trade("1", "a:NO", BUY, 20, 11, STAGES.MINED)
    case.end(-11)
    assert case.found() == "ended: bundle b1 is over while trade t1 of it may still fail"
    case = given_nos()
    case.move(CONVERT, heard=False)
    case.end(1)
    assert case.found() == "ended: bundle b1 is over while nobody knows what became of transfer b1/t1"
    case = given_nos()
    case.move(CONVERT, heard=False, done=False)
    case.hear(TransferRefused(command_id="b1/t1", why="reverted"))
    case.end(1)
    assert case.found() == "", "refused is known"


def test_a_trade_that_failed_is_no_part_of_what_a_bundle_leaves() -> None:
    case = BundleCase()
    case.open(NOS)
    case.trade("1", "a:NO", BUY, 20, 11)
    case.trade("2", "b:NO", BUY, 20, 8, STAGES.FAILED)
    case.end(-11)
    assert case.found() == ""


def test_a_bundle_that_ends_must_have_been_opened() -> None:
    case = BundleCase()
    case.seen.bundles.append("b1")
    case.end(0)
    assert case.found() == "invented: bundle b1 ends and was never opened"


@pytest.mark.parametrize(("stage", "loss"), [(STAGES.CONFIRMED, 0), (STAGES.MATCHED, 11), (STAGES.FAILED, 11)])
def test_a_bundle_may_cost_as_much_as_the_limit_whichever_trades_fail_and_no_more(stage: object, loss: int) -> None:
    """If a wins, a's NO is lost, and b's pays for it unless it was undone: then 11 are lost."""
    for limit, found in ((loss, ""), (loss - 1, f"bundle: b1 may lose {loss}000000 if a wins, the limit is {loss - 1}000000")):
        if limit < 0:
            continue
        case = BundleCase(bundle=limit)
        case.open(NOS)
        case.trade("1", "a:NO", BUY, 20, 11)
        case.trade("2", "b:NO", BUY, 20, 8, stage)  # type: ignore[arg-type]
        assert case.found() == found


def test_what_was_done_with_sets_counts_in_what_a_bundle_may_cost() -> None:
    case = BundleCase(bundle=14)
    case.open(given_split_bundle())
    case.move(SPLIT)
    assert case.found() == "", "a set is worth what it cost"
    case.trade("1", "a:YES", SELL, 20, 6, STAGES.MATCHED)
    assert case.found() == "", "sold for 6, and 14 more are due if a wins"
    case = BundleCase(bundle=13)
    case.open(given_split_bundle())
    case.move(SPLIT)
    case.trade("1", "a:YES", SELL, 20, 6)
    assert case.found() == "bundle: b1 may lose 14000000 if a wins, the limit is 13000000"


def test_what_was_paid_costs_no_more() -> None:
    case = BundleCase(bundle=0, market=1_000)
    case.open(NOS)
    case.trade("1", "a:NO", BUY, 20, 11)
    assert case.found() == "bundle: b1 may lose 11000000 if a wins, the limit is 0"
    for name in ("a", "b", "c"):
        payout = (ONE, 0) if name == "a" else (0, ONE)
        case.hear(MarketResolved(market_id=name, payout=Payout(yes_ppm=payout[0], no_ppm=payout[1])))
        case.truth.payouts[name] = payout
    case.seen.tokens.clear()
    case.truth.tokens.clear()
    assert case.found() == ""


def test_an_event_may_lose_as_much_as_its_limit_and_no_more() -> None:
    """Alone, a's market may lose 11 and b's 8; only one of them can win, so the event loses nothing at worst, while all trades hold."""
    assert given_nos(market=11, event=0, total=0).found() == ""
    case = BundleCase(event=10, market=11)
    case.open(NOS)
    case.trade("1", "a:NO", BUY, 20, 11)
    assert case.found() == f"limits: event {EVENT} may lose 11000000, the limit is 10000000"
    assert given_nos(market=10).found() == "limits: market a may lose 11000000, the limit is 10000000"


def test_markets_between_which_a_conversion_moved_something_are_judged_by_their_event() -> None:
    """Sets of a and b are held for 39 and pay 40. Converted, a's NO is gone and half of what came for it is b's: taken alone, a could lose 11."""
    case = given_nos(market=10, event=0, total=0)
    case.trade("3", "a:YES", BUY, 20, 10)
    case.trade("4", "b:YES", BUY, 20, 10)
    assert case.found() == ""
    case.move(CONVERT)
    assert case.found() == ""
    case.trade("5", "c:YES", BUY, 2, 1.5)
    assert case.found() == f"limits: event {EVENT} may lose 500000, the limit is 0; limits: everything may lose 500000, the limit is 0"


def test_two_orders_of_ours_that_met_are_found() -> None:
    case = given_nos()
    case.truth.fills["t1", "9"] = case.truth.fills["t1", "1"]
    assert "self: both orders of trade t1 are ours" in case.found()


def test_the_exchange_itself_is_added_up() -> None:
    case = given_nos()
    case.move(CONVERT)
    assert case.found() == ""
    case.truth.cash += 1
    assert case.found().startswith("exchange: our account holds 1001000001 cash and {'c:YES': 20000000}, what was done with it comes to ")
    case.truth.cash -= 1
    case.truth.tokens["a:NO"] = 1
    assert "exchange: our account holds" in case.found()
