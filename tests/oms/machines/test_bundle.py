import pytest

from oms.machines.bundle import KEPT_MAX, Bundles
from oms.values.bundles import BundleEnd, Transfer, TransferKind
from oms.values.units import MICRO
from tests.words_bundles import given_bundle, given_split_bundle

SPLIT = Transfer(kind=TransferKind.SPLIT, market_ids=("a",), shares_micro=20 * MICRO)


def given_bundles(bundle_id: str = "7-b1") -> Bundles:
    """One bundle in flight."""
    bundles = Bundles()
    bundles.open(bundle_id, "arbitrage", given_split_bundle(), 5)
    return bundles


def test_an_order_is_of_the_round_in_which_it_left() -> None:
    bundles = given_bundles()
    for round_of in (("7-1", "7-2"), ("7-3",)):
        bundles.begin_round("7-b1")
        for order_id in round_of:
            bundles.placed("7-b1", order_id)
    assert bundles.in_flight["7-b1"].orders == {"7-1": 1, "7-2": 1, "7-3": 2}


def test_a_journal_tells_bundle_and_round_by_name() -> None:
    bundles = given_bundles()
    for name, order_id in (("7-b1/1", "7-1"), ("7-b1/3", "7-4"), ("7-b2/1", "7-9"), ("", "7-10"), ("7-b1/x", "7-11"), ("7-b1", "7-12")):
        bundles.replaced(name, order_id)
    run = bundles.in_flight["7-b1"]
    assert (run.orders, run.rounds) == ({"7-1": 1, "7-4": 3}, 3)


def test_a_bundle_is_opened_once() -> None:
    with pytest.raises(AssertionError, match="7-b1 is opened twice"):
        given_bundles().open("7-b1", "arbitrage", given_bundle("a", "b"), 6)


def test_a_transfer_is_open_until_it_was_done_or_refused() -> None:
    bundles = given_bundles()
    for number in (1, 2, 3):
        bundles.asked("7-b1", f"7-b1/t{number}", SPLIT, 7)
    assert bundles.open_transfers() == ["7-b1/t1", "7-b1/t2", "7-b1/t3"]
    bundles.transferred("7-b1/t1", (("a:YES", 5), ("a:NO", 5)), -5)
    bundles.refused("7-b1/t2", "")
    assert [bundles.is_open(f"7-b1/t{number}") for number in (1, 2, 3, 4)] == [False, False, True, False]
    first, second, _ = bundles.in_flight["7-b1"].transfers.values()
    assert (first.moved, first.cash_micro) == ((("a:YES", 5), ("a:NO", 5)), -5)
    assert second.refused == "no reason given"


def test_what_was_done_counts_though_a_refusal_came_before_or_comes_after_it() -> None:
    bundles = given_bundles()
    bundles.asked("7-b1", "7-b1/t1", SPLIT, 7)
    bundles.refused("7-b1/t1", "it never arrived")
    bundles.transferred("7-b1/t1", (("a:YES", 5), ("a:NO", 5)), -5)
    bundles.refused("7-b1/t1", "it never arrived")
    (asked,) = bundles.in_flight["7-b1"].transfers.values()
    assert (asked.is_done, asked.refused) == (True, "")


def test_a_transfer_that_is_no_bundles_is_passed_over() -> None:
    bundles = given_bundles()
    bundles.transferred("split-1", (("a:YES", 5),), -5)
    bundles.refused("split-2", "no")
    assert bundles.in_flight["7-b1"].transfers == {}


def test_what_ended_is_counted_and_its_transfers_are_nobodys_any_more() -> None:
    bundles = given_bundles()
    bundles.asked("7-b1", "7-b1/t1", SPLIT, 7)
    bundles.open("7-b2", "arbitrage", given_bundle("a", "b"), 6)
    bundles.end("7-b1", BundleEnd.UNWOUND, -300, "sold again", 9)
    bundles.end("7-b2", BundleEnd.COMPLETE, 500, "every leg filled", 9)
    bundles.transferred("7-b1/t1", (("a:YES", 5),), -5)
    assert (bundles.in_flight, bundles.count, bundles.open_transfers()) == ({}, 2, [])
    assert bundles.ends == {BundleEnd.UNWOUND: 1, BundleEnd.COMPLETE: 1}
    assert (bundles.result_micro, bundles.worst_micro) == (200, -300)
    first, _ = bundles.latest
    assert (first.bundle_id, first.opened_ns, first.ended_ns, first.end, first.why) == ("7-b1", 5, 9, BundleEnd.UNWOUND, "sold again")


def test_only_the_latest_that_ended_are_remembered() -> None:
    bundles = Bundles()
    for number in range(KEPT_MAX + 3):
        bundles.open(f"7-b{number}", "arbitrage", given_bundle("a", "b"), number)
        bundles.end(f"7-b{number}", BundleEnd.MISSED, 0, "no leg filled", number)
    assert [bundles.latest[0].bundle_id, bundles.latest[-1].bundle_id, len(bundles.latest)] == ["7-b3", f"7-b{KEPT_MAX + 2}", KEPT_MAX]
    assert bundles.ends[BundleEnd.MISSED] == KEPT_MAX + 3
