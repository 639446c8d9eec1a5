from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from oms.machines.ledger import CASH
from oms.machines.lifecycle import Happening
from oms.machines.risk import Approved, Limits, Reason, Refused, reserve_micro
from oms.values.market import EventGroup, FeeCurve
from oms.values.orders import Lifetime, OpenOrder, OrderSpec, Side
from oms.values.snapshot import Health
from oms.values.units import MICRO, NS_PER_DAY, SIZE_MICRO_MAX
from tests.oms.account_words import PAIR, Desk, roomy_but, twins
from tests.oms.words_oms import given_spec
from tests.words import NO, YES, given_market

BUY, SELL = Side.BUY, Side.SELL
H = Happening


Shown = tuple[Approved | Refused, Approved | Refused]
"""(just inside, just outside) of one rule."""


def _moment(**otherwise: Any) -> Callable[[], Shown]:  # noqa: ANN401 (any field of Situation)
    return lambda: (Desk().review(given_spec()), Desk().review(given_spec(), **otherwise))


def _spec(inside: OrderSpec, outside: OrderSpec, **limits: int) -> Callable[[], Shown]:
    return lambda: (Desk(limits=roomy_but(**limits)).review(inside), Desk(limits=roomy_but(**limits)).review(outside))


def _size(size_micro: int) -> OrderSpec:
    return msgspec.structs.replace(given_spec(SELL), size_micro=size_micro)


def _after(first: OrderSpec, inside: OrderSpec, outside: OrderSpec, **limits: int) -> Callable[[], Shown]:
    def show() -> Shown:
        desk = Desk(limits=roomy_but(**limits))
        desk.place(first)
        return desk.review(inside), desk.review(outside)

    return show


def _too_many_orders(**limits: int) -> Callable[[], Shown]:
    def show() -> Shown:
        desk = Desk(limits=roomy_but(**limits))
        desk.place(given_spec())
        inside = desk.review(given_spec())
        desk.place(given_spec())
        return inside, desk.review(given_spec())

    return show


def _shares() -> Shown:
    desk = Desk()
    desk.buy(4_000, 50)
    desk.place(given_spec(SELL, 5_000, 20))
    return desk.review(given_spec(SELL, 5_000, 30)), desk.review(given_spec(SELL, 5_000, 31))


def _event_loss() -> Shown:
    desk = Desk(*twins(), group=PAIR, limits=roomy_but(event_loss_max_micro=60 * MICRO))
    desk.place(given_spec(BUY, 4_000, 100, token="y0", market_id="m0"))
    inside, outside = (given_spec(BUY, 2_000, shares, token="y1", market_id="m1") for shares in (100, 101))
    return desk.review(inside), desk.review(outside)


def _total_loss() -> Shown:
    desk = Desk(*twins(), limits=roomy_but(total_loss_max_micro=60 * MICRO))
    desk.place(given_spec(BUY, 4_000, 100, token="y0", market_id="m0"))
    inside, outside = (given_spec(BUY, 2_000, shares, token="n1", market_id="m1") for shares in (100, 101))
    return desk.review(inside), desk.review(outside)


def _unknown_end() -> Shown:
    desk = Desk(given_market(left_s=None))
    desk.inventory.sets_changed("market", 100 * MICRO)
    return desk.review(given_spec(SELL)), desk.review(given_spec(BUY))


TAKER = given_spec(post_only=False)
OF_BUNDLES = (Reason.BUNDLE_LOSS_CAP, Reason.PROOF_FAILS, Reason.OWN_CROSS)
"""Said of several orders together: test_bundle_gate.py."""
SHOWN: dict[Reason, Callable[[], Shown]] = {
    Reason.SESSION: _moment(may_quote=False),
    Reason.POST_ONLY_ONLY: lambda: (Desk().review(given_spec(), may_take=False), Desk().review(TAKER, may_take=False)),
    Reason.TOKEN_FOREIGN: _spec(given_spec(token=NO), given_spec(token="another market's")),
    Reason.MARKET_CLOSED: _moment(is_closed=True),
    Reason.VENUE_REFUSED: _moment(is_held=True),
    Reason.BOOK_NOT_LIVE: _moment(health=Health.SUSPECT),
    Reason.END_UNKNOWN: _unknown_end,
    Reason.PRICE_OUT_OF_RANGE: _spec(given_spec(price_pips=9_900), given_spec(price_pips=10_000)),
    Reason.OFF_TICK: _spec(given_spec(price_pips=4_900), given_spec(price_pips=4_950)),
    Reason.BAD_SIZE: lambda: (Desk().review(given_spec()), Desk().review(_size(SIZE_MICRO_MAX + 1))),
    Reason.BELOW_VENUE_MINIMUM: _spec(given_spec(shares=5), msgspec.structs.replace(given_spec(), size_micro=5 * MICRO - 1)),
    Reason.ORDER_CAP: _spec(given_spec(BUY, 4_000, 100), given_spec(BUY, 4_000, 101), order_max_micro=40 * MICRO),
    Reason.MARKET_ORDERS_CAP: _too_many_orders(market_orders_max=2),
    Reason.TOTAL_ORDERS_CAP: _too_many_orders(total_orders_max=2),
    Reason.NOT_ENOUGH_SHARES: _shares,
    Reason.NOT_ENOUGH_CASH: _spec(given_spec(BUY, 5_000, 2_000), given_spec(BUY, 5_000, 2_001)),
    Reason.MARKET_LOSS_CAP: _after(
        given_spec(BUY, 4_000, 100), given_spec(BUY, 3_000, 100), given_spec(BUY, 3_000, 101), market_loss_max_micro=70 * MICRO
    ),
    Reason.EVENT_LOSS_CAP: _event_loss,
    Reason.DAY_SPEND_CAP: _after(
        given_spec(BUY, 4_000, 100), given_spec(BUY, 3_000, 100, token=NO), given_spec(BUY, 3_000, 101, token=NO), day_spend_max_micro=70 * MICRO
    ),
    Reason.TOTAL_LOSS_CAP: _total_loss,
}


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in OF_BUNDLES])
def test_every_reason_is_shown_and_just_inside_of_it_an_order_passes(reason: Reason) -> None:
    # req 0.12, 0.14, 1.29, 2.44, 3.41: a new reason without a line above fails here
    inside, outside = SHOWN[reason]()
    assert isinstance(inside, Approved), inside
    assert isinstance(outside, Refused)
    assert outside.reason is reason


@pytest.mark.parametrize("health", [Health.SUSPECT, Health.STALE])
@pytest.mark.parametrize("side", Side)
def test_no_order_is_placed_on_a_book_that_is_not_believed(health: Health, side: Side) -> None:
    # req 2.10
    verdict = Desk().review(given_spec(side), health=health)
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.BOOK_NOT_LIVE


@pytest.mark.parametrize("price_pips", [-100, 0, 10_000, 70_000, 10**9])
@pytest.mark.parametrize("size_micro", [-1, 0, 10 * MICRO, SIZE_MICRO_MAX + 1, 10**40])
@pytest.mark.parametrize("lifetime", Lifetime)
@pytest.mark.parametrize("side", Side)
def test_an_absurd_price_is_refused_by_name_whatever_else_is_absurd(price_pips: int, size_micro: int, lifetime: Lifetime, side: Side) -> None:
    # req 0.14; trap T7
    spec = msgspec.structs.replace(given_spec(side, price_pips, lifetime=lifetime), size_micro=size_micro)
    verdict = Desk(given_market(fee=FeeCurve(rate_bps=700))).review(spec)
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.PRICE_OUT_OF_RANGE


@pytest.mark.parametrize("size_micro", [-1, 0, SIZE_MICRO_MAX + 1, 10**40])
@pytest.mark.parametrize("lifetime", Lifetime)
@pytest.mark.parametrize("side", Side)
def test_an_absurd_size_is_refused_by_name(size_micro: int, lifetime: Lifetime, side: Side) -> None:
    # req 0.14
    spec = msgspec.structs.replace(given_spec(side, lifetime=lifetime), size_micro=size_micro)
    verdict = Desk(given_market(fee=FeeCurve(rate_bps=700))).review(spec)
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.BAD_SIZE


@pytest.mark.parametrize("token", [YES, NO])
def test_selling_what_we_hold_passes_every_loss_limit_even_when_it_is_exceeded(token: str) -> None:
    # refusing it would keep us in trouble
    desk = Desk()
    desk.buy(4_000, 100, token=token)
    nothing = Limits(order_max_micro=10**12, market_loss_max_micro=0, event_loss_max_micro=0, day_spend_max_micro=0, total_loss_max_micro=0)
    desk.gate.limits = nothing
    desk.group = EventGroup(event_id="event", market_ids=("market",), exclusive=True, exhaustive=False)
    assert isinstance(desk.review(given_spec(SELL, 3_000, 100, token=token)), Approved)
    assert isinstance(desk.review(given_spec(BUY, 3_000, 10, token=token)), Refused)


def test_an_order_that_hurts_the_event_where_it_does_not_hurt_its_market_most_is_refused() -> None:
    # m0 loses 100 if it wins and 50 if not, m1 loses 200 if it wins: buying more YES of m0 makes only the second number of m0 worse,
    # and that is the one that counts when m1 wins
    desk = Desk(*twins(), group=PAIR, limits=roomy_but(event_loss_max_micro=260 * MICRO), cash=10_000)
    for token, market, shares in (("n0", "m0", 200), ("y0", "m0", 100), ("n1", "m1", 400)):
        desk.place(given_spec(BUY, 5_000, shares, token=token, market_id=market))
    assert desk.inventory.outcome_worsts("m0") == (-100 * MICRO, -50 * MICRO)
    assert desk.inventory.outcome_worsts("m1") == (-200 * MICRO, 0)
    inside, outside = (desk.review(given_spec(BUY, 5_000, shares, token="y0", market_id="m0")) for shares in (20, 21))
    assert isinstance(inside, Approved)
    assert isinstance(outside, Refused)
    assert outside.reason is Reason.EVENT_LOSS_CAP


def test_the_day_begins_anew_at_midnight_utc_but_what_rests_still_counts() -> None:
    # req 0.15; ruling 2.16
    desk = Desk(limits=roomy_but(day_spend_max_micro=100 * MICRO))
    desk.buy(5_000, 100)
    desk.place(given_spec(BUY, 5_000, 100))
    assert isinstance(desk.review(given_spec(BUY, 5_000, 5)), Refused)
    desk.now += NS_PER_DAY
    assert isinstance(desk.review(given_spec(BUY, 5_000, 100)), Approved)
    assert isinstance(desk.review(given_spec(BUY, 5_000, 101)), Refused)


@pytest.mark.parametrize(
    ("spec", "reserve", "asset"),
    [
        (given_spec(BUY, 4_000, 100), 40_000_000, CASH),  # a maker pays no fee
        (given_spec(BUY, 4_000, 100, post_only=False), 40_000_000 + 1_680_000 + 640, CASH),  # 100 × 0.07 × 0.24 and a step for each of 64 fills
        (given_spec(BUY, 6_000, 100, post_only=False), 60_000_000 + 1_750_000 + 640, CASH),  # the worst fee is at a half
        (given_spec(BUY, 6_000, 100, lifetime=Lifetime.FOK), 100_000_000 + 7_000_000 + 640, CASH),  # in cash: less than the rate itself
        (given_spec(SELL, 6_000, 100), 100_000_000, YES),
    ],
)
def test_what_is_set_aside_is_the_worst_the_order_can_cost(spec: OrderSpec, reserve: int, asset: str) -> None:
    # req 0.12, 3.42
    desk = Desk(given_market(fee=FeeCurve(rate_bps=700)))
    desk.inventory.sets_changed("market", 100 * MICRO)
    verdict = desk.review(spec)
    assert isinstance(verdict, Approved)
    assert (verdict.reserve_micro, verdict.reserve_asset, verdict.spec) == (reserve, asset, spec)


def test_the_money_of_strangers_orders_on_our_account_is_not_there_to_spend() -> None:
    # issue 4: foreign orders count in the risk of the account
    bid = OpenOrder(venue_order_id="x", token=YES, side=BUY, price_pips=5_000, shares_micro=200 * MICRO, filled_micro=20 * MICRO)
    desk = Desk(cash=1_000)
    desk.inventory.foreign([bid], all_of_them=True)
    assert isinstance(desk.review(given_spec(BUY, 5_000, 1_820)), Approved)
    verdict = desk.review(given_spec(BUY, 5_000, 1_821))
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.NOT_ENOUGH_CASH


def test_strangers_orders_count_in_the_total_loss_and_do_not_stop_a_sale_that_makes_nothing_worse() -> None:
    bid = OpenOrder(venue_order_id="x", token=YES, side=BUY, price_pips=5_000, shares_micro=80 * MICRO, filled_micro=0)
    desk = Desk(limits=roomy_but(total_loss_max_micro=100 * MICRO))
    desk.buy(4_000, 50)
    desk.inventory.foreign([bid], all_of_them=True)
    inside, outside = (desk.review(given_spec(BUY, 4_000, shares)) for shares in (100, 101))
    assert isinstance(inside, Approved)
    assert isinstance(outside, Refused)
    assert outside.reason is Reason.TOTAL_LOSS_CAP
    desk.inventory.foreign([bid, bid, bid], all_of_them=True)
    assert isinstance(desk.review(given_spec(SELL, 3_000, 50)), Approved)


def test_what_an_unsettled_sale_brought_is_not_spent_before_it_is_settled() -> None:
    # issue 4: the sale may fail, and then the money goes back
    desk = Desk(cash=20)
    desk.buy(4_000, 50)
    desk.match(desk.place(given_spec(SELL, 6_000, 50)), 50 * MICRO)
    assert desk.ledger.free(CASH) == 30 * MICRO
    verdict = desk.review(given_spec(BUY, 5_000, 5))
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.NOT_ENOUGH_CASH
    desk.settle(0, failed=False)
    assert isinstance(desk.review(given_spec(BUY, 5_000, 60)), Approved)


def test_what_an_unsettled_purchase_would_win_makes_no_room_for_another_loss() -> None:
    # issue 4: 100 YES at 0.40 would win 60 if YES wins, and may fail: until it is settled NO may not be bought against it
    desk = Desk(limits=roomy_but(market_loss_max_micro=50 * MICRO))
    desk.match(desk.place(given_spec(BUY, 4_000, 100)), 100 * MICRO)
    inside, outside = (given_spec(BUY, 5_000, shares, token=NO) for shares in (100, 101))
    assert isinstance(desk.review(inside), Approved)
    verdict = desk.review(outside)
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.MARKET_LOSS_CAP
    desk.settle(0, failed=False)
    assert isinstance(desk.review(outside), Approved)


def test_for_a_part_of_an_order_a_part_is_set_aside_and_for_nothing_nothing() -> None:
    # req 0.7
    market = given_market(fee=FeeCurve(rate_bps=700))
    assert reserve_micro(given_spec(BUY, 4_000, 100), market, 25 * MICRO) == 10 * MICRO
    assert reserve_micro(given_spec(SELL, 4_000, 100), market, 25 * MICRO) == 25 * MICRO
    assert reserve_micro(given_spec(BUY, 4_000, 100, post_only=False), market, 0) == 0
