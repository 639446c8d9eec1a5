import itertools
import random
from collections.abc import Sequence

import pytest

from oms.machines.blotter import Blotter, Order
from oms.machines.lifecycle import Happening, State
from oms.machines.quoting import Difference, difference, in_yes_terms
from oms.values.decisions import Quote, Quotes
from oms.values.orders import Side
from oms.values.units import MICRO, PRICE_ONE_PIPS
from tests.oms.words_oms import given_fill, given_order, given_spec
from tests.words import MARKET, NO, YES

BUY, SELL = Side.BUY, Side.SELL
H = Happening


def quote(side: Side, price_pips: int, shares: int = 100, *, token: str = YES) -> Quote:
    return Quote(token=token, side=side, price_pips=price_pips, shares_micro=shares * MICRO, why="a test wants it")


def wanted(*quotes: Quote, patience_pips: int = 0) -> Quotes:
    return Quotes(quotes=quotes, why="a test wants them", patience_pips=patience_pips)


class Resting:
    """What stands, and the difference to what is wanted."""

    def __init__(self, sellable: int = 10_000) -> None:
        self.blotter = Blotter()
        self.sellable = dict.fromkeys((YES, NO), sellable * MICRO)
        self.count = 0

    def order(self, side: Side, price_pips: int, shares: int = 100, *happenings: Happening, token: str = YES, strategy: str = "maker") -> Order:
        self.count += 1
        spec = given_spec(side, price_pips, shares, token=token)
        return given_order(spec, *(happenings or (H.ACK,)), order_id=f"o{self.count}", blotter=self.blotter, strategy=strategy)

    def to(self, quotes: Quotes | None) -> Difference:
        standing = self.blotter.open_orders(MARKET)
        mine = [order for order in standing.values() if order.strategy == "maker"]
        return difference(quotes, mine, standing.values(), YES, self.sellable)

    def end(self, *order_ids: str) -> None:
        """Cancels of these were asked for and are done."""
        for order_id in order_ids:
            order = self.blotter.find(order_id)
            assert order is not None
            self.blotter.happen(order, H.CANCEL_DONE, 1)


def told(found: Difference) -> tuple[list[str], list[tuple[Side, int]], int]:
    """(ids to cancel, what to place, how many wait)."""
    return [order.order_id for order in found.cancels], [(place.side, place.price_pips) for place in found.places], found.waiting


def test_what_stands_as_wanted_stays_and_keeps_its_place_in_the_queue() -> None:
    # req 2.44
    resting = Resting()
    resting.order(BUY, 4_900)
    resting.order(SELL, 5_100)
    assert told(resting.to(wanted(quote(SELL, 5_100), quote(BUY, 4_900)))) == ([], [], 0)


def test_from_nothing_everything_wanted_is_placed_in_the_order_wanted() -> None:
    quotes = wanted(quote(BUY, 4_900), quote(SELL, 5_100), quote(BUY, 4_800))
    assert told(Resting().to(quotes)) == ([], [(BUY, 4_900), (SELL, 5_100), (BUY, 4_800)], 0)


@pytest.mark.parametrize("nothing", [None, wanted()], ids=["stand aside", "no quotes"])
def test_when_nothing_is_wanted_all_of_ours_is_cancelled(nothing: Quotes | None) -> None:
    resting = Resting()
    resting.order(BUY, 4_900)
    resting.order(SELL, 5_100)
    assert told(resting.to(nothing)) == (["o1", "o2"], [], 0)


def test_only_what_differs_is_touched_and_what_replaces_it_waits_for_its_room() -> None:
    resting = Resting()
    resting.order(BUY, 4_900)
    resting.order(BUY, 4_800)
    quotes = wanted(quote(BUY, 4_800), quote(BUY, 4_700))
    assert told(resting.to(quotes)) == (["o1"], [], 1)
    resting.end("o1")
    assert told(resting.to(quotes)) == ([], [(BUY, 4_700)], 0)


@pytest.mark.parametrize(
    ("side", "resting_at", "stays"),
    [(BUY, 4_900, True), (BUY, 4_700, True), (BUY, 4_600, False), (BUY, 5_000, False), (SELL, 4_900, True), (SELL, 5_100, True), (SELL, 5_200, False),
     (SELL, 4_800, False)],
)  # fmt: skip
def test_patience_keeps_what_is_a_little_less_aggressive_and_nothing_more_aggressive(side: Side, resting_at: int, *, stays: bool) -> None:
    resting = Resting()
    resting.order(side, resting_at)
    quotes = wanted(quote(side, 4_900), patience_pips=200)
    assert told(resting.to(quotes)) == (([], [], 0) if stays else (["o1"], [], 1))
    resting.end("o1")
    assert told(resting.to(quotes)) == ([], [(side, 4_900)], 0)


@pytest.mark.parametrize(("left", "stays"), [(100, True), (101, False), (50, True), (49, False)])
def test_an_order_stays_while_at_least_half_and_not_more_than_all_of_the_size_is_left(left: int, *, stays: bool) -> None:
    resting = Resting()
    resting.order(BUY, 4_900, left)
    assert told(resting.to(wanted(quote(BUY, 4_900, 100)))) == (([], [], 0) if stays else (["o1"], [], 1))


def test_what_counts_is_what_is_left_after_fills() -> None:
    # req 2.12
    resting = Resting()
    order = resting.order(BUY, 4_900, 200)
    resting.blotter.fill(order, given_fill("t1", 120, price_pips=4_900), 1)
    assert told(resting.to(wanted(quote(BUY, 4_900, 100)))) == ([], [], 0)


@pytest.mark.parametrize(("token", "side"), [(NO, BUY), (YES, SELL)], ids=["other token", "other side"])
def test_an_order_of_another_token_or_side_is_not_what_was_wanted(token: str, side: Side) -> None:
    resting = Resting()
    resting.order(side, 4_900, token=token)
    assert told(resting.to(wanted(quote(BUY, 4_900))))[0] == ["o1"]


def test_two_equal_quotes_need_two_orders() -> None:
    resting = Resting()
    resting.order(BUY, 4_900)
    assert told(resting.to(wanted(quote(BUY, 4_900), quote(BUY, 4_900)))) == ([], [(BUY, 4_900)], 0)


def test_of_two_orders_where_one_is_wanted_the_older_keeps_its_place() -> None:
    resting = Resting()
    resting.order(BUY, 4_900)
    resting.order(BUY, 4_900)
    assert told(resting.to(wanted(quote(BUY, 4_900)))) == (["o2"], [], 0)


def test_a_patient_quote_takes_the_nearest_order_and_leaves_the_farther_to_the_next_quote() -> None:
    resting = Resting()
    resting.order(BUY, 4_800)
    resting.order(BUY, 4_900)
    assert told(resting.to(wanted(quote(BUY, 4_900), quote(BUY, 4_800), patience_pips=100))) == ([], [], 0)


@pytest.mark.parametrize(
    ("happenings", "state", "is_there"),
    [
        ((H.ACK, H.CANCEL_ASKED), State.CANCELLING, False),
        ((H.REPLY_LOST,), State.UNKNOWN, False),
        ((H.ACK, H.ACK), State.LIVE, True),
    ],
)
def test_an_order_that_is_leaving_or_unknown_takes_its_room_but_is_not_counted_on_and_not_cancelled_again(
    happenings: tuple[Happening, ...], state: State, *, is_there: bool
) -> None:
    # req 0.18: what may stand is not sent a second time
    resting = Resting()
    assert resting.order(BUY, 4_900, 100, *happenings).state is state
    assert told(resting.to(wanted(quote(BUY, 4_900)))) == ([], [], 0 if is_there else 1)
    assert told(resting.to(None)) == (["o1"] if is_there else [], [], 0)


def test_an_order_whose_answer_is_still_out_counts_as_there_and_is_not_cancelled_yet() -> None:
    resting = Resting()
    given_order(given_spec(BUY, 4_900), order_id="sent", blotter=resting.blotter)
    assert told(resting.to(wanted(quote(BUY, 4_900)))) == ([], [], 0)
    assert told(resting.to(None)) == ([], [], 0)


@pytest.mark.parametrize(
    ("ours", "new"),
    [
        ((BUY, 5_000, YES), (SELL, 5_000, YES)),
        ((BUY, 5_000, YES), (SELL, 4_900, YES)),
        ((BUY, 6_000, YES), (BUY, 4_000, NO)),
        ((BUY, 6_000, YES), (BUY, 4_100, NO)),
        ((SELL, 4_000, YES), (SELL, 6_000, NO)),
        ((SELL, 4_000, YES), (SELL, 5_900, NO)),
        ((SELL, 5_000, NO), (BUY, 5_000, NO)),
    ],
    ids=["same price", "through", "mint", "mint with profit to others", "merge", "merge below a dollar", "NO against NO"],
)
@pytest.mark.parametrize("leaving", [False, True], ids=["standing", "being cancelled"])
def test_a_quote_that_would_meet_our_own_order_waits(ours: tuple[Side, int, str], new: tuple[Side, int, str], *, leaving: bool) -> None:
    # req 0.13: also through a mint or a merge
    for first, second in ((ours, new), (new, ours)):
        resting = Resting()
        (side, price, token), (new_side, new_price, new_token) = first, second
        resting.order(side, price, 100, *((H.ACK, H.CANCEL_ASKED) if leaving else (H.ACK,)), token=token)
        found = resting.to(wanted(quote(new_side, new_price, token=new_token)))
        assert told(found) == ([] if leaving else ["o1"], [], 1)


def test_another_strategys_order_is_never_cancelled_and_never_crossed() -> None:
    # req 0.13, 2.28
    resting = Resting()
    resting.order(SELL, 5_000, strategy="another")
    assert told(resting.to(wanted(quote(BUY, 5_000), quote(BUY, 4_900)))) == ([], [(BUY, 4_900)], 1)


def test_quotes_that_cross_each_other_are_not_both_placed() -> None:
    assert told(Resting().to(wanted(quote(BUY, 5_000), quote(SELL, 5_000), quote(BUY, 5_100, token=NO)))) == ([], [(BUY, 5_000)], 2)


def test_a_sale_of_what_is_still_offered_elsewhere_waits_and_purchases_do_not() -> None:
    # req 2.30
    resting = Resting(sellable=150)
    found = resting.to(wanted(quote(SELL, 5_200), quote(SELL, 5_300), quote(SELL, 5_400, 50), quote(BUY, 4_900)))
    assert told(found) == ([], [(SELL, 5_200), (SELL, 5_400), (BUY, 4_900)], 1)


@pytest.mark.parametrize(
    ("token", "side", "price_pips", "meaning"),
    [(YES, BUY, 4_000, (True, 4_000)), (YES, SELL, 4_000, (False, 4_000)), (NO, BUY, 4_000, (False, 6_000)), (NO, SELL, 4_000, (True, 6_000))],
)
def test_every_order_has_its_meaning_in_yes_terms(token: str, side: Side, price_pips: int, meaning: tuple[bool, int]) -> None:
    assert in_yes_terms(token, side, price_pips, YES) == meaning


def meet(one: Order, two: Order) -> bool:
    """Would the venue match these two? By crossing, by minting (two buys worth a dollar or more) or by merging (two sells worth one or less)."""
    a, b = one.spec, two.spec
    if a.token == b.token:
        return a.side is not b.side and (a.price_pips - b.price_pips) * (1 if a.side is BUY else -1) >= 0
    together = a.price_pips + b.price_pips
    return a.side is b.side and (together >= PRICE_ONE_PIPS if a.side is BUY else together <= PRICE_ONE_PIPS)


def _random_quotes(dice: random.Random) -> Quotes | None:
    """Up to four quotes at distinct places of a narrow band, so that own crosses are likely."""
    places = dice.sample([(side, token, price) for side in Side for token in (YES, NO) for price in range(4_600, 5_500, 100)], k=dice.randrange(5))
    return wanted(*(quote(side, price, dice.choice((60, 100)), token=token) for side, token, price in places)) if places else None


def _assert_no_two_meet(orders: Sequence[Order]) -> None:
    for one, two in itertools.combinations(orders, 2):
        assert not meet(one, two), (one.spec, two.spec)


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_wanted_no_two_of_our_orders_ever_meet_and_no_command_is_wasted(seed: int) -> None:
    # req 0.13, 2.44
    dice, resting = random.Random(seed), Resting()
    placed = cancelled = 0
    for _ in range(400):
        quotes = _random_quotes(dice) if dice.random() < 0.5 else None
        live = {order.order_id: order for order in resting.blotter.open_orders(MARKET).values() if order.state is State.LIVE}
        found = resting.to(quotes)
        _assert_fewest(found, quotes, list(live.values()))
        for order in found.cancels:
            resting.blotter.happen(order, H.CANCEL_ASKED, 1)
        for place in found.places:
            resting.order(place.side, place.price_pips, place.shares_micro // MICRO, token=place.token)
        placed, cancelled = placed + len(found.places), cancelled + len(found.cancels)
        _assert_no_two_meet(resting.blotter.all_open())
        for order in resting.blotter.all_open():
            if order.state is State.CANCELLING and dice.random() < 0.5:
                resting.blotter.happen(order, dice.choice((H.CANCEL_DONE, H.CANCEL_DONE, H.CANCEL_REFUSED)), 1)
    assert placed > 100
    assert cancelled > 100


def _assert_fewest(found: Difference, quotes: Quotes | None, live: list[Order]) -> None:
    """Places are distinct here, so a quote is served when any live order will do: that many stay, all others go, the rest is placed or waits."""
    served = 0
    for want in quotes.quotes if quotes else ():
        served += any(
            (order.spec.side, order.spec.token, order.spec.price_pips) == (want.side, want.token, want.price_pips)
            and want.shares_micro / 2 <= order.remaining_micro <= want.shares_micro
            for order in live
        )
    assert len(found.cancels) == len(live) - served
    assert len(found.places) + found.waiting == (len(quotes.quotes) if quotes else 0) - served


def test_once_everything_wanted_stands_nothing_more_is_asked_for() -> None:
    resting = Resting()
    resting.order(SELL, 4_900)
    quotes = wanted(quote(BUY, 4_900), quote(SELL, 5_000), quote(BUY, 4_900, token=NO))
    commands = []
    for _ in range(4):
        found = resting.to(quotes)
        for order in found.cancels:
            resting.blotter.happen(order, H.CANCEL_DONE, 1)
        for place in found.places:
            resting.order(place.side, place.price_pips, token=place.token)
        commands.append((len(found.cancels), len(found.places), found.waiting))
    assert commands == [(1, 1, 2), (0, 2, 0), (0, 0, 0), (0, 0, 0)]
