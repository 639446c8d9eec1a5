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
