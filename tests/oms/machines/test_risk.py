import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from oms.machines.blotter import Blotter, Order
from oms.machines.ledger import CASH, Answer, Ledger, Role
from oms.machines.lifecycle import Happening
from oms.machines.risk import Approved, Gate, Limits, Reason, Refused, Situation, reserve_micro
from oms.values.market import EventGroup, FeeCurve, Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.snapshot import Health
from oms.values.units import MICRO, NS_PER_DAY, SIZE_MICRO_MAX
from tests.oms.words_oms import given_fill, given_inventory, given_spec
from tests.words import NO, NOON_NS, YES, given_market

BUY, SELL = Side.BUY, Side.SELL
H = Happening
ROOMY = Limits(
    order_max_micro=10**12, market_loss_max_micro=10**12, event_loss_max_micro=10**12, day_spend_max_micro=10**12, total_loss_max_micro=10**12
)
"""Limits that nothing here touches; each test narrows the one it is about."""


class Desk:
    """An account with money, its machines and the gate before them."""

    def __init__(self, *markets: Market, cash: int = 1_000, group: EventGroup | None = None, **limits: int) -> None:
        self.markets = {market.market_id: market for market in markets or (given_market(),)}
        self.group = group
        self.blotter, self.ledger = Blotter(), Ledger()
        self.inventory = given_inventory(*self.markets.values())
        self.gate = Gate(msgspec.structs.replace(ROOMY, **limits), self.blotter, self.ledger, self.inventory)
        self.ledger.post("deposit", [(CASH, Role.DEPOSITS, Role.FREE, cash * MICRO)])
        self.now = NOON_NS
        self.count = 0

    def review(self, spec: OrderSpec, **otherwise: Any) -> Approved | Refused:  # noqa: ANN401 (any field of Situation)
        market = self.markets[spec.market_id]
        usual = Situation(
            at_ns=self.now,
            market=market,
            group=self.group,
            tick_pips=market.tick_pips,
            health=Health.LIVE,
            may_quote=True,
            may_take=True,
            is_closed=False,
        )
        return self.gate.review(spec, msgspec.structs.replace(usual, **otherwise))

    def place(self, spec: OrderSpec) -> Order:
        """Through the gate, reserved, opened and acknowledged."""
        verdict = self.review(spec)
        assert isinstance(verdict, Approved), verdict
        return self.open(verdict)

    def open(self, approved: Approved) -> Order:
        self.count += 1
        order = self.blotter.open(f"o{self.count}", approved.spec, "maker", "a test wants it")
        assert self.ledger.reserve(order.order_id, approved.reserve_asset, approved.reserve_micro) is Answer.APPLIED
        self.inventory.track(order, approved.reserve_micro)
        self.blotter.happen(order, H.SEND, self.now)
        self.blotter.happen(order, H.ACK, self.now)
        return order

    def fill(self, order: Order, shares_micro: int, *, fee_micro: int = 0) -> None:
        """At the limit, settled at once."""
        self.count += 1
        spec = order.spec
        fill = given_fill(f"t{self.count}", shares_micro=shares_micro, price_pips=spec.price_pips, order_id=order.order_id, fee_micro=fee_micro)
        self.blotter.fill(order, fill, self.now)
        legs = [(CASH, Role.FREE, Role.WORLD, fill.cash_micro), (spec.token, Role.WORLD, Role.FREE, shares_micro)]
        if spec.side is SELL:
            legs = [(asset, target, source, amount) for asset, source, target, amount in legs]
        if fee_micro:
            legs.append((CASH, Role.FREE, Role.FEES, fee_micro))
        self.ledger.post(fill.trade_id, legs, draw=order.order_id)
        sign = 1 if spec.side is BUY else -1
        self.inventory.filled(spec.token, sign * shares_micro, -sign * fill.cash_micro - fee_micro, self.now)
        self.inventory.confirmed(spec.token, sign * shares_micro)
        self._settle(order)

    def cancel(self, order: Order) -> None:
        self.blotter.happen(order, H.CANCEL_DONE, self.now)
        self._settle(order)

    def _settle(self, order: Order) -> None:
        if order.is_terminal:
            self.ledger.void(order.order_id)
        else:
            self.ledger.shrink(order.order_id, reserve_micro(order.spec, self.markets[order.spec.market_id], order.remaining_micro))
        self.inventory.track(order, self.ledger.reserved(order.order_id))

    def buy(self, price_pips: int, shares: int, *, token: str = YES) -> None:
        """Own them: bought and settled."""
        self.fill(self.place(given_spec(BUY, price_pips, shares, token=token)), shares * MICRO)


def twins(**facts: Any) -> tuple[Market, Market]:  # noqa: ANN401 (any field of Market)
    """Two markets of one event."""
    first = msgspec.structs.replace(given_market(), event_id="event", **facts)
    return (
        msgspec.structs.replace(first, market_id="m0", yes="y0", no="n0"),
        msgspec.structs.replace(first, market_id="m1", yes="y1", no="n1"),
    )


PAIR = EventGroup(event_id="event", market_ids=("m0", "m1"), exclusive=True, exhaustive=False)

Shown = tuple[Approved | Refused, Approved | Refused]
"""(just inside, just outside) of one rule."""


def _moment(**otherwise: Any) -> Callable[[], Shown]:  # noqa: ANN401 (any field of Situation)
    return lambda: (Desk().review(given_spec()), Desk().review(given_spec(), **otherwise))


def _spec(inside: OrderSpec, outside: OrderSpec, **limits: int) -> Callable[[], Shown]:
    return lambda: (Desk(**limits).review(inside), Desk(**limits).review(outside))


def _size(size_micro: int) -> OrderSpec:
    return msgspec.structs.replace(given_spec(SELL), size_micro=size_micro)


def _after(first: OrderSpec, inside: OrderSpec, outside: OrderSpec, **limits: int) -> Callable[[], Shown]:
    def show() -> Shown:
        desk = Desk(**limits)
        desk.place(first)
        return desk.review(inside), desk.review(outside)

    return show


def _too_many_orders(limit: str) -> Callable[[], Shown]:
    def show() -> Shown:
        desk = Desk(**{limit: 2})
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
    desk = Desk(*twins(), group=PAIR, event_loss_max_micro=60 * MICRO)
    desk.place(given_spec(BUY, 4_000, 100, token="y0", market_id="m0"))
    inside, outside = (given_spec(BUY, 2_000, shares, token="y1", market_id="m1") for shares in (100, 101))
    return desk.review(inside), desk.review(outside)


def _total_loss() -> Shown:
    desk = Desk(*twins(), total_loss_max_micro=60 * MICRO)
    desk.place(given_spec(BUY, 4_000, 100, token="y0", market_id="m0"))
    inside, outside = (given_spec(BUY, 2_000, shares, token="n1", market_id="m1") for shares in (100, 101))
    return desk.review(inside), desk.review(outside)


def _unknown_end() -> Shown:
    desk = Desk(given_market(left_s=None))
    desk.inventory.sets_changed("market", 100 * MICRO)
    return desk.review(given_spec(SELL)), desk.review(given_spec(BUY))


TAKER = given_spec(post_only=False)
SHOWN: dict[Reason, Callable[[], Shown]] = {
    Reason.SESSION: _moment(may_quote=False),
    Reason.POST_ONLY_ONLY: lambda: (Desk().review(given_spec(), may_take=False), Desk().review(TAKER, may_take=False)),
    Reason.MARKET_CLOSED: _moment(is_closed=True),
    Reason.BOOK_NOT_LIVE: _moment(health=Health.SUSPECT),
    Reason.END_UNKNOWN: _unknown_end,
    Reason.PRICE_OUT_OF_RANGE: _spec(given_spec(price_pips=9_900), given_spec(price_pips=10_000)),
    Reason.OFF_TICK: _spec(given_spec(price_pips=4_900), given_spec(price_pips=4_950)),
    Reason.BAD_SIZE: lambda: (Desk().review(given_spec()), Desk().review(_size(SIZE_MICRO_MAX + 1))),
    Reason.BELOW_VENUE_MINIMUM: _spec(given_spec(shares=5), msgspec.structs.replace(given_spec(), size_micro=5 * MICRO - 1)),
    Reason.ORDER_CAP: _spec(given_spec(BUY, 4_000, 100), given_spec(BUY, 4_000, 101), order_max_micro=40 * MICRO),
    Reason.MARKET_ORDERS_CAP: _too_many_orders("market_orders_max"),
    Reason.TOTAL_ORDERS_CAP: _too_many_orders("total_orders_max"),
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


@pytest.mark.parametrize("reason", Reason)
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
    desk = Desk(*twins(), group=PAIR, event_loss_max_micro=260 * MICRO, cash=10_000)
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
    desk = Desk(day_spend_max_micro=100 * MICRO)
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


def test_for_a_part_of_an_order_a_part_is_set_aside_and_for_nothing_nothing() -> None:
    # req 0.7
    market = given_market(fee=FeeCurve(rate_bps=700))
    assert reserve_micro(given_spec(BUY, 4_000, 100), market, 25 * MICRO) == 10 * MICRO
    assert reserve_micro(given_spec(SELL, 4_000, 100), market, 25 * MICRO) == 25 * MICRO
    assert reserve_micro(given_spec(BUY, 4_000, 100, post_only=False), market, 0) == 0


def assert_within(desk: Desk) -> None:
    """No cap is exceeded, whatever fills from here on."""
    limits, inventory = desk.gate.limits, desk.inventory
    assert desk.ledger.free(CASH) >= 0
    assert desk.ledger.audit() == ""
    for market_id in desk.markets:
        assert -inventory.market_worst(market_id) <= limits.market_loss_max_micro
        assert len(desk.blotter.open_orders(market_id)) <= limits.market_orders_max
    assert desk.group is not None
    assert -inventory.event_worst(desk.group) <= limits.event_loss_max_micro
    assert -inventory.total_worst_micro <= limits.total_loss_max_micro
    assert desk.blotter.open_count <= limits.total_orders_max
    assert inventory.day_spent(desk.now) + inventory.resting_buy_cash_micro <= limits.day_spend_max_micro


@pytest.mark.parametrize("seed", range(8))
def test_no_sequence_of_orders_fills_and_cancels_exceeds_any_cap(seed: int) -> None:
    # req 0.12, 0.15, 2.31, 2.44
    dice = random.Random(seed)
    desk = Desk(
        *twins(fee=FeeCurve(rate_bps=700)), group=msgspec.structs.replace(PAIR, exhaustive=seed % 2 == 0), cash=(400, 4_000)[seed // 4],
        order_max_micro=50 * MICRO, market_loss_max_micro=90 * MICRO, event_loss_max_micro=100 * MICRO, total_loss_max_micro=120 * MICRO,
        day_spend_max_micro=500 * MICRO, market_orders_max=18, total_orders_max=28,
    )  # fmt: skip
    verdicts: dict[str, int] = {}
    for _ in range(1_500):
        standing = desk.blotter.all_open()
        roll = dice.random()
        if roll < 0.6:
            number, side = dice.choice("01"), dice.choice((BUY, BUY, SELL))
            spec = given_spec(
                side, dice.randrange(100, 10_000, 100), dice.choice((5, 20, 80)), token=dice.choice("yn") + number, market_id=f"m{number}",
                post_only=side is SELL or dice.random() < 0.5,
            )  # fmt: skip
            verdict = desk.review(spec)
            name = verdict.reason.name if isinstance(verdict, Refused) else "APPROVED"
            verdicts[name] = verdicts.get(name, 0) + 1
            if isinstance(verdict, Approved):
                desk.open(verdict)
        elif roll < 0.8 and standing:
            order = dice.choice(standing)
            shares = dice.choice((order.remaining_micro, min(order.remaining_micro, 10_000 * dice.randint(1, 2_000))))
            market = desk.markets[order.spec.market_id]
            is_taker = not order.spec.post_only and not order.fills
            desk.fill(order, shares, fee_micro=market.fee.fee_cash_micro(shares, order.spec.price_pips) if is_taker else 0)
        elif standing:
            desk.cancel(dice.choice(standing))
        desk.now += NS_PER_DAY // 400
        assert_within(desk)
    assert verdicts["APPROVED"] > 50
    assert {"MARKET_LOSS_CAP", "EVENT_LOSS_CAP"} <= set(verdicts)
