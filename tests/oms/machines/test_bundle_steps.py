"""What comes next for a bundle, said by hand: where it stands goes in, one step comes out. Whole stories: tests/oms/test_decide_bundles*.py."""

import pytest
from msgspec.structs import replace

from oms.machines.bundle_steps import ROUNDS_MAX, Finish, Fire, Move, Wait, next_step
from oms.values.bundles import NOBODY, BundleEnd, Transfer, TransferKind
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO, NS_PER_SECOND
from tests.oms.machines.words_standing import given_run, given_standing_now, given_token
from tests.words import NOON_NS
from tests.words_bundles import given_bundle, given_leg, given_no_bundle, given_split_bundle

ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))
NOS = given_no_bundle("a", "b", others=("c",))
SPLIT = given_split_bundle()
CONVERT = NOS.after[0]
BOTH_BIDS = (given_token("a:YES", bids=((5_500, 20),), sellable=20), given_token("a:NO", bids=((5_000, 20),), sellable=20))


def merge(shares: int = 20) -> Transfer:
    return Transfer(kind=TransferKind.MERGE, market_ids=("a",), shares_micro=shares * MICRO)


def fired(step: object) -> list[tuple[str, Side, int, float, Lifetime]]:
    """(token, side, price, shares, lifetime) of each order of a round."""
    assert isinstance(step, Fire), step
    return [(wish.token, wish.side, wish.price_pips, wish.shares_micro / MICRO, wish.lifetime) for wish in step.wishes]


def test_nothing_is_done_while_an_order_or_a_transfer_is_under_way() -> None:
    run = given_run(ALL_YES, rounds=1)
    assert next_step(run, given_standing_now(is_waiting=True)) == Wait()
    split = given_run(SPLIT, done=SPLIT.before)
    next(iter(split.transfers.values())).is_done = False
    assert next_step(split, given_standing_now(*BOTH_BIDS)) == Wait()


def test_all_legs_leave_together_or_the_thinnest_first() -> None:  # req 4.8, 4.9
    asks = (given_token("a:YES", asks=((4_000, 90),)), given_token("b:YES", asks=((4_000, 30),)))
    assert fired(next_step(given_run(ALL_YES), given_standing_now(*asks))) == [
        ("a:YES", Side.BUY, 4_000, 20, Lifetime.FOK),
        ("b:YES", Side.BUY, 4_000, 20, Lifetime.FOK),
    ]
    lead = given_run(ALL_YES, at_once=False)
    assert fired(next_step(lead, given_standing_now(*asks))) == [("b:YES", Side.BUY, 4_000, 20, Lifetime.FAK)]


def test_every_level_of_the_leading_token_leaves_and_of_another_as_much_as_was_filled() -> None:
    legs = (given_leg("a:YES", 4_000, 10), given_leg("a:YES", 4_100, 10), given_leg("b:YES", 4_000, 12), given_leg("b:YES", 4_200, 8))
    run = given_run(replace(ALL_YES, legs=legs), at_once=False)
    thin = given_standing_now(given_token("a:YES", asks=((4_000, 10), (4_100, 10))), given_token("b:YES", asks=((4_000, 99), (4_200, 99))))
    assert [(price, shares) for _, _, price, shares, _ in fired(next_step(run, thin))] == [(4_000, 10), (4_100, 10)]
    run.rounds = 1
    follow = next_step(run, given_standing_now(held={"a:YES": 18}, cash=-7.3, first=("a:YES",)))
    assert fired(follow) == [("b:YES", Side.BUY, 4_000, 12, Lifetime.FOK), ("b:YES", Side.BUY, 4_200, 6, Lifetime.FOK)]


def test_a_leading_order_that_our_own_gate_refused_is_a_bundle_that_was_missed() -> None:
    step = next_step(given_run(ALL_YES, rounds=1, at_once=False), given_standing_now())
    assert step == Finish(BundleEnd.MISSED, 0, "no leg filled")


def test_sets_are_made_before_they_are_sold_and_only_sold_while_the_prices_stand() -> None:
    assert next_step(given_run(SPLIT), given_standing_now(*BOTH_BIDS)) == Move(SPLIT.before)
    made = given_run(SPLIT, done=SPLIT.before)
    sets = {"a:YES": 20.0, "a:NO": 20.0}
    assert len(fired(next_step(made, given_standing_now(*BOTH_BIDS, held=sets, cash=-20)))) == 2
    assert next_step(made, given_standing_now(BOTH_BIDS[0], held=sets, cash=-20)) == Move((merge(),))


def test_sets_that_were_turned_back_are_not_sold_any_more_though_the_prices_return() -> None:
    run = given_run(SPLIT, done=(*SPLIT.before, merge()))
    assert next_step(run, given_standing_now(*BOTH_BIDS)) == Finish(BundleEnd.MISSED, 0, "the sets were turned back before the legs could leave")


def test_one_split_refused_of_two_turns_the_other_back() -> None:
    splits = (SPLIT.before[0], replace(SPLIT.before[0], market_ids=("b",)))
    run = given_run(replace(SPLIT, before=splits), done=splits[:1], refused=splits[1:])
    assert next_step(run, given_standing_now(held={"a:YES": 20, "a:NO": 20}, cash=-20)) == Move((merge(),))


HALF = {"a:YES": 20.0}


def test_a_missing_leg_is_sought_as_long_as_the_whole_does_not_lose_and_only_so_many_times() -> None:
    run = given_run(ALL_YES, rounds=1)
    at_break_even = given_standing_now(given_token("b:YES", asks=((6_000, 20),)), held=HALF, cash=-8)
    assert fired(next_step(run, at_break_even)) == [("b:YES", Side.BUY, 6_000, 20, Lifetime.FAK)]
    beyond = given_standing_now(given_token("b:YES", asks=((6_100, 20),)), held=HALF, cash=-8)
    assert next_step(run, beyond) == Wait(mending=True)
    run.rounds = run.bundle.terms.chases_max + 1
    assert next_step(run, at_break_even) == Wait(mending=True)


def test_a_missing_leg_is_not_sought_where_the_bundle_could_come_to_cost_more_than_it_may() -> None:
    """A's purchase may fail: then only b is held, and a may win."""
    run = given_run(ALL_YES, rounds=1)
    bought = ("a:YES", 20 * MICRO, -8 * MICRO)
    now = given_standing_now(given_token("b:YES", asks=((4_500, 20),)), held=HALF, cash=-8, is_settled=False)
    for most, sought in ((9, True), (8, False)):
        step = next_step(run, replace(now, undecided=(bought,), loss_max_micro=most * MICRO))
        assert (fired(step) == [("b:YES", Side.BUY, 4_500, 20, Lifetime.FAK)]) if sought else (step == Wait())
    assert fired(next_step(run, replace(now, loss_max_micro=8 * MICRO))), "a purchase that holds makes up for it"


def test_nothing_is_sold_again_where_the_bundle_could_come_to_cost_more_than_it_may() -> None:
    """NO of a and b for 11 each, and none of c, leave 20 at least. Sold at 0.51, and only b's sale fills, they leave 10.20 if a wins."""
    run = given_run(given_no_bundle("a", "b", "c", prices=(5_500, 5_500, 5_500)), rounds=1)
    books = [given_token(f"{name}:NO", bids=((5_100, 20),), sellable=20) for name in ("a", "b")]
    now = given_standing_now(*books, held={"a:NO": 20, "b:NO": 20}, cash=-22, winners=("a", "b", "c"))
    for most, sold in ((12, True), (11, False)):
        step = next_step(run, replace(now, loss_max_micro=most * MICRO))
        assert (
            ([order[:3] for order in fired(step)] == [("a:NO", Side.SELL, 5_100), ("b:NO", Side.SELL, 5_100)]) if sold else step == Wait(mending=True)
        )


def test_what_is_left_over_is_sold_within_its_bound_and_not_below() -> None:
    run = given_run(ALL_YES, rounds=1)
    for price, sells in ((3_500, True), (3_400, False)):
        now = given_standing_now(given_token("a:YES", bids=((price, 20),), sellable=20), held=HALF, cash=-8)
        step = next_step(run, now)
        assert (fired(step) == [("a:YES", Side.SELL, price, 20, Lifetime.FAK)]) if sells else (step == Wait(mending=True))


def test_what_is_not_settled_cannot_be_sold_and_is_waited_for_without_losing_patience() -> None:
    run = given_run(ALL_YES, rounds=1)
    run.mend_until_ns = NOON_NS - 1
    now = given_standing_now(given_token("a:YES", bids=((3_500, 20),)), held=HALF, cash=-8, is_settled=False)
    assert next_step(run, now) == Wait()


def test_an_unwinding_that_our_gate_refused_rests() -> None:
    run = given_run(ALL_YES, rounds=2)
    now = given_standing_now(given_token("a:YES", bids=((3_500, 20),), sellable=20), held=HALF, cash=-8)
    run.rests_until_ns = NOON_NS + 1
    assert next_step(run, now) == Wait(mending=True)
    run.rests_until_ns = NOON_NS
    step = next_step(run, now)
    assert isinstance(step, Fire)
    assert step.again


@pytest.mark.parametrize(("price", "sells"), [(4_500, True), (4_400, False)])
def test_a_set_of_which_one_side_could_not_be_sold_is_sold_at_a_loss_within_its_bound(price: int, *, sells: bool) -> None:
    run = given_run(SPLIT, rounds=1, done=SPLIT.before)
    lone = given_standing_now(given_token("a:NO", bids=((price, 20),), sellable=20), held={"a:NO": 20}, cash=-9.1, winners=("a", NOBODY))
    step = next_step(run, lone)
    assert (fired(step) == [("a:NO", Side.SELL, price, 20, Lifetime.FAK)]) if sells else (step == Wait(mending=True))
    sold = given_standing_now(held={"a:NO": 0}, cash=-0.1, winners=("a", NOBODY))
    run.rounds = 3
    assert next_step(run, sold) == Finish(BundleEnd.UNWOUND, -100_000, "every leg filled")


def test_when_patience_or_rounds_are_over_it_is_held_as_it_is() -> None:
    run = given_run(ALL_YES, rounds=ROUNDS_MAX)
    now = given_standing_now(given_token("a:YES", bids=((3_900, 20),), sellable=20), held=HALF, cash=-8)
    assert next_step(run, now) == Wait(mending=True)
    run.mend_until_ns = NOON_NS
    assert next_step(run, now) == Finish(BundleEnd.EXPOSED, -8 * MICRO, "what is left over found no price within its bound in time")


def test_a_closed_market_or_session_lets_nothing_leave() -> None:
    now = given_standing_now(given_token("b:YES", asks=((100, 99),)), held=HALF, cash=-8, may_take=False)
    assert next_step(given_run(ALL_YES, rounds=1), now) == Wait(mending=True)


def test_a_market_that_paid_in_the_middle_ends_it_with_what_it_paid() -> None:
    run = given_run(ALL_YES, rounds=1)
    won = given_standing_now(given_token("a:YES", paid_ppm=1_000_000), held=HALF, cash=-8, winners=("a",), may_take=False)
    assert next_step(run, won) == Finish(BundleEnd.COMPLETE, 12 * MICRO, "a smaller bundle that does not lose either")
    lost = given_standing_now(given_token("a:YES", paid_ppm=0), held=HALF, cash=-8, winners=("b",), may_take=False)
    assert next_step(run, lost) == Wait(mending=True)


def test_no_shares_become_cash_once_they_are_settled_and_only_once() -> None:
    held = {"a:NO": 20.0, "b:NO": 20.0}
    run = given_run(NOS, rounds=1)
    now = given_standing_now(held=held, cash=-19, winners=("a", "b", "c", NOBODY))
    assert next_step(run, replace(now, is_settled=False)) == Wait(settling=True)
    assert next_step(run, now) == Move((CONVERT,))
    asked = given_run(NOS, rounds=1, refused=(CONVERT,))
    assert next_step(asked, now) == Finish(BundleEnd.COMPLETE, MICRO, "every leg filled")


def test_of_uneven_no_shares_those_are_converted_that_bring_most() -> None:
    bundle = given_no_bundle("a", "b", "c", prices=(6_000, 6_500, 6_500))
    run = given_run(bundle, rounds=ROUNDS_MAX)
    now = given_standing_now(held={"a:NO": 20, "b:NO": 19, "c:NO": 5}, cash=-18.5, winners=("a", "b", "c", NOBODY))
    (move,) = next_step(run, now).transfers  # type: ignore[union-attr]
    assert (move.market_ids, move.shares_micro) == (("a", "b"), 19 * MICRO)


def test_no_more_is_converted_than_was_pledged_whatever_better_prices_brought() -> None:  # seed 94541 of the flows
    now = given_standing_now(held={"a:NO": 21.0, "b:NO": 20.5}, cash=-19, winners=("a", "b", "c", NOBODY))
    assert next_step(given_run(NOS, rounds=1), now) == Move((CONVERT,))


def test_nothing_is_converted_or_merged_of_what_was_paid_or_when_it_is_known_who_won() -> None:
    held = {"a:NO": 20.0, "b:NO": 20.0}
    known = given_standing_now(held=held, cash=-19, winners=("c",))
    assert next_step(given_run(NOS, rounds=1), known) == Finish(BundleEnd.COMPLETE, 21 * MICRO, "every leg filled")
    paid = given_standing_now(given_token("a:NO", paid_ppm=1_000_000), held=held, cash=-19, winners=("b", "c", NOBODY))
    assert next_step(given_run(NOS, rounds=1), paid) == Finish(BundleEnd.COMPLETE, MICRO, "every leg filled")
    both = (given_token("a:YES", paid_ppm=0), given_token("a:NO", paid_ppm=1_000_000))
    sets = given_standing_now(*both, held={"a:YES": 20, "a:NO": 20}, cash=-20, winners=(NOBODY,), may_take=False)
    step = next_step(given_run(SPLIT, done=SPLIT.before), sets)
    assert step == Finish(BundleEnd.EXPOSED, 0, "the session or a market does not allow immediate orders any more")


def test_sets_wait_for_a_venue_that_is_away_and_a_halt_leaves_them() -> None:
    run = given_run(NOS, rounds=1)
    now = given_standing_now(held={"a:NO": 20, "b:NO": 20}, cash=-19, winners=("a", "b", NOBODY), may_take=False, may_move=False)
    run.mend_until_ns = NOON_NS - 60 * NS_PER_SECOND
    assert next_step(run, now) == Wait()
    assert next_step(run, replace(now, is_halted=True, may_move=True)) == Finish(BundleEnd.COMPLETE, MICRO, "every leg filled")


def test_two_of_three_no_legs_are_a_smaller_bundle() -> None:
    run = given_run(given_no_bundle("a", "b", "c", prices=(6_000, 3_000, 6_500)), rounds=1)
    now = given_standing_now(held={"a:NO": 20, "b:NO": 20}, cash=-18, winners=("a", "b", "c", NOBODY))
    (move,) = next_step(run, now).transfers  # type: ignore[union-attr]
    assert move.market_ids == ("a", "b")
