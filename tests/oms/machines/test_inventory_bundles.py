"""What bundles keep and what conversions move, in the inventory."""

import pytest

from oms.machines.inventory import Inventory
from oms.values.events import Converted
from oms.values.market import Payout
from oms.values.units import MICRO
from tests.oms.words_oms import given_inventory
from tests.words_bundles import EVENT, given_group, given_outcome

NAMES = ("a", "b", "c")


def given_sets(shares: int = 20) -> Inventory:
    """So many sets of each outcome."""
    inventory = given_inventory(*[given_outcome(name) for name in NAMES])
    for name in NAMES:
        inventory.sets_changed(name, shares * MICRO)
    return inventory


def converted(market_ids: tuple[str, ...], cash_micro: int, yes_market_ids: tuple[str, ...]) -> Converted:
    return Converted(
        event_id=EVENT,
        market_ids=market_ids,
        shares_micro=20 * MICRO,
        cash_micro=cash_micro,
        yes_market_ids=yes_market_ids,
        yes_micro=20 * MICRO,
        command_id="c1",
    )


def test_what_bundles_keep_nobody_may_sell_and_what_they_give_back_anybody_may() -> None:
    inventory = given_sets()
    for change, left in ((12, 8), (8, 0), (5, 0), (-25, 20)):
        inventory.keep("a:YES", change * MICRO)
        assert (inventory.sellable("a:YES"), inventory.held("a:YES")) == (left * MICRO, 20 * MICRO)
    assert inventory.sellable("a:NO") == 20 * MICRO
    inventory.keep("nobody's", 5)


def test_a_payout_leaves_nothing_for_sale_whatever_was_kept() -> None:
    inventory = given_sets()
    inventory.keep("a:YES", 12 * MICRO)
    inventory.resolved("a", Payout(yes_ppm=1_000_000, no_ppm=0), 20 * MICRO)
    inventory.keep("a:YES", -12 * MICRO)
    assert (inventory.sellable("a:YES"), inventory.held("a:YES"), inventory.market_cash("a")) == (0, 0, 0)


@pytest.mark.parametrize(
    ("market_ids", "others", "cash_micro"),
    [(("a", "b"), ("c",), 20 * MICRO), (("a", "b", "c"), (), 40 * MICRO + 1), (("b",), ("a", "c"), 0)],
)
def test_a_conversion_leaves_the_event_as_it_was_whoever_wins(market_ids: tuple[str, ...], others: tuple[str, ...], cash_micro: int) -> None:
    """At no fee it is fair: under each winner the whole is worth what it was (and a micro-dollar more where one was given)."""
    inventory, before = given_sets(), given_sets()
    inventory.converted(converted(market_ids, cash_micro, others))
    odd = cash_micro % MICRO

    def worth(one: Inventory) -> list[int]:
        worsts = {name: one.outcome_worsts(name) for name in NAMES}
        lost = sum(if_no for _, if_no in worsts.values())
        return [lost - if_no + if_yes for if_yes, if_no in worsts.values()]

    assert worth(inventory) == [was + odd for was in worth(before)]
    assert inventory.total_worst_micro == sum(inventory.market_worst(name) for name in NAMES)
    assert inventory.event_worst(given_group(*NAMES)) == odd


def test_an_event_is_judged_with_all_the_markets_changed_that_are_named() -> None:
    inventory, group = given_sets(), given_group(*NAMES)
    changed = {"a": (-3, -5), "b": (-7, -1)}
    assert inventory.event_worst(group, changed) == min(-3 - 1, -5 - 7, -5 - 1)
    assert inventory.event_worst(given_group(*NAMES, exhaustive=False), changed) == min(-3 - 1, -5 - 7, -5 - 1)
    assert inventory.event_worst(group) == 0


def test_of_an_event_that_began_to_pay_only_those_can_win_that_are_left_and_one_that_won_is_the_last() -> None:
    inventory, group = given_sets(), given_group(*NAMES)
    changed = {"b": (-7, -1), "c": (-3, -5)}
    inventory.resolved("a", Payout(yes_ppm=0, no_ppm=1_000_000), 19 * MICRO)
    assert inventory.event_worst(group, changed) == -MICRO + min(-7 - 5, -1 - 3), "a lost a dollar; b or c wins, for one must"
    assert inventory.event_worst(given_group(*NAMES, exhaustive=False), changed) == -MICRO + min(-7 - 5, -1 - 3, -1 - 5)
    assert inventory.total_if(group, changed) == min(-7 - 5, -1 - 3), "what is paid is lost already, and may not be lost again"
    inventory.resolved("b", Payout(yes_ppm=1_000_000, no_ppm=0), 20 * MICRO)
    assert inventory.event_worst(group, changed) == -MICRO - 5


def test_everything_together_is_no_worse_with_one_winner_than_market_by_market() -> None:
    inventory = given_sets()
    for name, pair in (("a", (-4, 2)), ("b", (1, -3)), ("c", (-2, -2))):
        book = inventory._markets[name]
        book.cash += max(pair)
        book.hope_yes, book.hope_no = max(pair) - pair[0], max(pair) - pair[1]
        inventory._reckon(book)
    assert inventory.total_worst_micro == -4 - 3 - 2
    assert inventory.total_if(given_group(*NAMES)) == min(-4 - 3 - 2, 2 + 1 - 2, 2 - 3 - 2) == -9
    assert inventory.total_if(given_group(*NAMES), {"a": (-4, -4), "b": (-9, -1), "c": (0, -2)}) == min(-4 - 1 - 2, -4 - 9 - 2, -4 - 1 + 0)


def test_what_is_pledged_counts_for_nothing_if_no_wins_until_it_is_given_back() -> None:
    inventory = given_sets()
    inventory.pledge("a", 5 * MICRO)
    assert (inventory.outcome_worsts("a"), inventory.total_worst_micro) == ((0, -5 * MICRO), -5 * MICRO)
    inventory.pledge("a", -5 * MICRO)
    inventory.pledge("nobody's", 5)
    assert (inventory.outcome_worsts("a"), inventory.total_worst_micro) == ((0, 0), 0)
