"""Facts of events: which markets exclude each other, conversions, transfers that were refused, sets made after the payout."""

import pytest
from msgspec.structs import replace

from oms.values import events as e
from oms.values.market import Payout
from oms.values.units import MICRO
from tests.oms.words_engine import NO_WINS, YES_WINS, alerts
from tests.oms.words_event import EventFloor
from tests.words_bundles import EVENT, given_group, given_no_bundle, given_outcome

HALF = Payout(yes_ppm=500_000, no_ppm=500_000)
CONVERTED = e.Converted(
    event_id=EVENT,
    market_ids=("a", "b"),
    shares_micro=20 * MICRO,
    cash_micro=19 * MICRO,
    yes_market_ids=("c",),
    yes_micro=19 * MICRO,
    command_id="c1",
)


def given_nos() -> EventFloor:
    """Three outcomes, and twenty sets of a and of b in hand."""
    floor = EventFloor("a", "b", "c")
    floor.tell(*[e.SetsChanged(market_id=name, shares_micro=20 * MICRO, command_id=f"split {name}") for name in ("a", "b")])
    return floor


def held(floor: EventFloor) -> dict[str, int]:
    """Whole shares of each token that is held, by inventory."""
    tokens = [f"{name}:{outcome}" for name in floor.names for outcome in ("YES", "NO")]
    return {token: floor.state.inventory.held(token) // MICRO for token in tokens if floor.state.inventory.held(token)}


def test_a_conversion_takes_no_and_gives_cash_and_yes_of_the_others_less_its_fee() -> None:  # polymarket.md §9.2
    floor = given_nos()
    floor.tell(CONVERTED)
    assert floor.state.ledger.total("cash") == (1_000 - 40 + 19) * MICRO
    assert held(floor) == {"a:YES": 20, "b:YES": 20, "c:YES": 19}
    cash = {name: floor.state.inventory.market_cash(name) for name in ("a", "b", "c")}
    assert cash == {"a": -10_500_000, "b": -10_500_000, "c": 0}
    assert floor.state.inventory.sellable("c:YES") == 19 * MICRO
    floor.assert_sound()


def test_a_conversion_told_twice_counts_once_and_one_that_differs_is_not_taken() -> None:
    floor = given_nos()
    floor.tell(CONVERTED)
    before = (held(floor), floor.state.ledger.total("cash"))
    floor.tell(CONVERTED)
    assert alerts(floor.tell(replace(CONVERTED, cash_micro=20 * MICRO))) == ["contradictory transfer"]
    assert (held(floor), floor.state.ledger.total("cash")) == before
    floor.assert_sound()


def test_cash_that_cannot_be_shared_out_evenly_is_all_there() -> None:
    floor = given_nos()
    floor.tell(replace(CONVERTED, cash_micro=19 * MICRO + 1))
    assert sum(floor.state.inventory.market_cash(name) for name in ("a", "b", "c")) == -21 * MICRO + 1


def test_a_conversion_of_one_outcome_brings_no_cash() -> None:
    floor = given_nos()
    floor.tell(replace(CONVERTED, market_ids=("a",), cash_micro=0, yes_market_ids=("b", "c"), yes_micro=20 * MICRO))
    assert held(floor) == {"a:YES": 20, "b:YES": 40, "b:NO": 20, "c:YES": 20}
    floor.assert_sound()


def test_a_conversion_whose_other_outcomes_nobody_lists_brings_cash_alone() -> None:
    floor = given_nos()
    floor.tell(replace(CONVERTED, yes_market_ids=(), yes_micro=0))
    assert held(floor) == {"a:YES": 20, "b:YES": 20}
    floor.assert_sound()


@pytest.mark.parametrize("fact", [replace(CONVERTED, market_ids=("a", "z")), replace(CONVERTED, yes_market_ids=("z",))])
def test_a_conversion_in_a_market_that_is_not_known_is_told_to_a_person(fact: e.Converted) -> None:
    floor = given_nos()
    before = (held(floor), floor.state.ledger.total("cash"))
    assert alerts(floor.tell(fact)) == ["fact about an unknown market"]
    assert (held(floor), floor.state.ledger.total("cash")) == before


def test_more_than_was_there_is_followed_and_told() -> None:
    floor = EventFloor("a", "b", "c")
    assert "overdrawn" in alerts(floor.tell(CONVERTED))
    assert held(floor) == {"a:NO": -20, "b:NO": -20, "c:YES": 19}


@pytest.mark.parametrize(("payout", "no_brings"), [(YES_WINS, 0), (NO_WINS, 20), (HALF, 10)])
def test_a_conversion_told_after_a_payout_takes_back_what_the_no_shares_were_paid(payout: Payout, no_brings: int) -> None:
    floor = given_nos()
    floor.tell(e.MarketResolved(market_id="a", payout=payout))
    paid = floor.state.ledger.total("cash")
    floor.tell(CONVERTED)
    floor.tell(CONVERTED)
    assert floor.state.ledger.total("cash") == paid + (19 - no_brings) * MICRO
    assert held(floor) == {"b:YES": 20, "c:YES": 19}
    floor.assert_sound()


def test_yes_of_an_outcome_that_has_paid_is_paid_out_at_once() -> None:
    floor = given_nos()
    floor.tell(e.MarketResolved(market_id="c", payout=YES_WINS))
    before = floor.state.ledger.total("cash")
    floor.tell(CONVERTED)
    assert floor.state.ledger.total("cash") == before + (19 + 19) * MICRO
    assert "c:YES" not in held(floor)
    floor.assert_sound()


@pytest.mark.parametrize("payout", [YES_WINS, NO_WINS, HALF, Payout(yes_ppm=333_333, no_ppm=666_667)])
def test_sets_made_or_merged_after_the_payout_cost_and_bring_the_same_dollar(payout: Payout) -> None:
    floor = EventFloor()
    floor.tell(e.MarketResolved(market_id="a", payout=payout))
    late = e.SetsChanged(market_id="a", shares_micro=20 * MICRO, command_id="late")
    floor.tell(late)
    floor.tell(late)
    assert (floor.state.ledger.total("cash"), held(floor)) == (1_000 * MICRO, {})
    floor.tell(e.SetsChanged(market_id="a", shares_micro=-20 * MICRO, command_id="later"))
    assert (floor.state.ledger.total("cash"), held(floor), floor.state.inventory.market_cash("a")) == (1_000 * MICRO, {}, 0)
    floor.assert_sound()


def test_a_transfer_that_was_refused_frees_what_was_set_aside_and_is_told() -> None:
    floor = EventFloor()
    floor.state.ledger.reserve("s1", "cash", 20 * MICRO)
    assert alerts(floor.tell(e.TransferRefused(command_id="s1", why="paused"))) == ["transfer refused"]
    assert floor.state.ledger.free("cash") == 1_000 * MICRO
    assert alerts(floor.tell(e.TransferRefused(command_id="never asked for", why="paused"))) == ["transfer refused"]
    floor.assert_sound()


def test_a_split_draws_on_what_was_set_aside_for_it() -> None:
    floor = EventFloor()
    floor.state.ledger.reserve("s1", "cash", 20 * MICRO)
    floor.tell(e.SetsChanged(market_id="a", shares_micro=20 * MICRO, command_id="s1"))
    assert (floor.state.ledger.free("cash"), floor.state.ledger.reserved("s1")) == (980 * MICRO, 0)
    floor.assert_sound()


def test_what_an_event_is_may_be_told_again_and_its_markets_are_looked_at_anew() -> None:
    floor = EventFloor("a", "b")
    floor.seen.clear()
    floor.tell(e.EventListed(group=given_group("a", "b", exhaustive=False, fee_bps=30)))
    assert [(shown.group.exhaustive, shown.group.conversion_fee_bps) for shown in floor.seen] == [(False, 30)]


def test_a_market_that_an_event_claims_from_another_stays_where_it_was() -> None:
    floor = EventFloor("a", "b")
    before = floor.state.groups[EVENT]
    told = replace(given_group("a", "b"), event_id="another")
    assert alerts(floor.tell(e.EventListed(group=told))) == ["contradictory listing"]
    assert (floor.state.groups[EVENT], "another" in floor.state.groups) == (before, False)


def test_a_market_that_only_we_know_of_makes_an_event_neither_whole_nor_exclusive() -> None:
    floor = EventFloor("a", "b", "c")
    floor.tell(e.EventListed(group=given_group("a", "b")))
    group = floor.state.groups[EVENT]
    assert (group.market_ids, group.exclusive, group.exhaustive) == (("a", "b", "c"), False, False)
    assert group.gaps == ("market c is listed as of this event, and the event's own list does not have it",)


def test_an_event_may_be_told_before_its_markets() -> None:
    floor = EventFloor("a")
    group = replace(given_group("y", "z"), event_id="later")
    floor.tell(e.EventListed(group=group), e.MarketListed(market=replace(given_outcome("y"), event_id="later")))
    assert floor.state.groups["later"] == group


def test_a_bundle_whose_market_pays_in_the_middle_counts_what_was_paid() -> None:
    floor = EventFloor("a", "b", "c")
    first, second = floor.opens(given_no_bundle("a", "b", prices=(5_500, 4_000), others=("c",)))
    floor.fills(first)
    floor.tell(e.MarketResolved(market_id="a", payout=NO_WINS), e.MarketResolved(market_id="b", payout=YES_WINS))
    floor.tell(e.MarketResolved(market_id="c", payout=NO_WINS))
    assert second.order_id not in floor.state.blotter.open_orders("b")
    assert floor.ended()[0][1] == floor.state.ledger.total("cash") - 1_000 * MICRO == 9 * MICRO
    floor.assert_sound()
