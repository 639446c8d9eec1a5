"""Rival arbitrageurs: what they see, how late they are, what they take, and what they lack when somebody was faster."""

from itertools import pairwise

import pytest

from oms.values.units import MICRO, NS_PER_MS
from sim.rivals import SETTLED_NS, Rivals, RivalSettings, names
from tests.sim.words_event_floor import EventFloor
from tests.sim.words_events import holds

ONE = RivalSettings(count=1)


class Desk(EventFloor):
    """The floor with rivals who have a thousand dollars each."""

    def __init__(self, settings: RivalSettings = ONE, *, exhaustive: bool = True, conversion_fee_bps: int | None = 0, fee_bps: int = 0) -> None:
        super().__init__(exhaustive=exhaustive, conversion_fee_bps=conversion_fee_bps, fee_bps=fee_bps)
        for name in names(settings.count):
            self.venue.exchange.deposit(name, 1_000 * MICRO)
        self.rivals = Rivals(self.world, self.venue, self.group, self.markets, settings, "1")

    def offer_all_yes(self, *cents: int, size: int = 40) -> list[str]:
        return [self.stranger(f"SELL q{number}:YES", price, size) for number, price in enumerate(cents)]

    def bid_all_yes(self, *cents: int, size: int = 40) -> list[str]:
        return [self.stranger(f"BUY q{number}:YES", price, size) for number, price in enumerate(cents)]

    def held(self, name: str = "rival-1") -> dict[str, float]:
        return holds(self.venue.exchange, name)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """(attempts, legs filled, legs missed, conversions)."""
        rivals = self.rivals
        return rivals.attempts, rivals.legs_filled, rivals.legs_missed, rivals.converted


def test_cheap_yes_of_all_outcomes_is_bought_and_held() -> None:
    desk = Desk()
    desk.offer_all_yes(30, 30, 35)
    desk.live(0.049)
    assert desk.held() == {}, "nobody is faster than 50 ms"
    desk.live(0.26)
    assert desk.held() == {"q0:YES": 40, "q1:YES": 40, "q2:YES": 40}
    assert desk.venue.exchange.cash_total("rival-1") == 962 * MICRO
    desk.live(60)
    assert desk.counts == (1, 3, 0, 0)
    assert desk.venue.audit() == ""


def test_dear_yes_of_all_outcomes_means_cheap_no_which_is_bought_and_converted_when_settled() -> None:
    desk = Desk()
    desk.bid_all_yes(40, 35, 30)
    desk.live(0.31)
    assert desk.held() == {"q0:NO": 40, "q1:NO": 40, "q2:NO": 40}
    desk.live(SETTLED_NS / 1e9 - 0.4)
    assert desk.rivals.converted == 0
    desk.live(0.5)
    assert (desk.held(), desk.counts) == ({}, (1, 3, 0, 1))
    assert desk.venue.exchange.cash_total("rival-1") == (1_000 - 40 * 1.95 + 80) * MICRO
    assert desk.venue.audit() == ""


def test_no_of_those_that_are_bid_for_is_enough_and_the_others_yes_comes_for_it() -> None:
    desk = Desk()
    desk.bid_all_yes(60, 45)
    desk.live(30)
    assert (desk.held(), desk.counts) == ({"q2:YES": 40}, (1, 2, 0, 1))


def test_no_that_cannot_be_converted_is_held() -> None:
    desk = Desk(conversion_fee_bps=None)
    desk.bid_all_yes(40, 35, 30)
    desk.live(30)
    assert (len(desk.held()), desk.counts) == (3, (1, 3, 0, 0))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_gone_by_then_is_missed_and_simply_lacks(seed: int) -> None:
    desk = Desk()
    keys = desk.offer_all_yes(30, 30, 35)
    desk.live(0.04)
    desk.cancel(keys[seed])
    desk.live(1)
    assert desk.counts == (1, 2, 1, 0)
    assert f"q{seed}:YES" not in desk.held()


def test_the_faster_of_two_rivals_gets_it() -> None:
    desk = Desk(RivalSettings(count=2))
    desk.offer_all_yes(30, 30, 35)
    desk.live(1)
    assert desk.counts == (2, 3, 3, 0)
    assert sorted(len(desk.held(name)) for name in names(2)) == [0, 3]


def test_latencies_are_drawn_between_their_bounds_each_time() -> None:
    desk = Desk(RivalSettings(count=1, latency_ms=(50, 300)))
    seen_ns = [desk.world.now_ns()]
    desk.venue.watchers.append(lambda _public, at_ns: seen_ns.append(at_ns))
    for _ in range(40):
        desk.offer_all_yes(30, 30, 35, size=20)
        desk.live(1)
    assert desk.counts == (40, 120, 0, 0)
    delays = [(late_ns - early_ns) // NS_PER_MS for early_ns, late_ns in pairwise(seen_ns)]
    strikes = [delay for delay in delays if 0 < delay < 500]
    assert len(strikes) == 40
    assert 50 <= min(strikes) < 80
    assert 270 < max(strikes) <= 300


def test_what_does_not_pay_after_fees_is_left_alone() -> None:
    for desk, prices in ((Desk(), (33, 33, 34)), (Desk(fee_bps=700), (30, 32, 34)), (Desk(RivalSettings(count=1, edge_pips=600)), (30, 30, 35))):
        desk.offer_all_yes(*prices)
        desk.live(1)
        assert desk.counts == (0, 0, 0, 0)
    paying = Desk(fee_bps=700)
    paying.offer_all_yes(30, 30, 34)
    paying.live(1)
    assert paying.counts == (1, 3, 0, 0)


def test_yes_of_all_that_are_named_is_not_everything_if_somebody_else_may_win() -> None:
    desk = Desk(exhaustive=False)
    desk.offer_all_yes(20, 20, 20)
    desk.live(1)
    assert desk.counts == (0, 0, 0, 0)


def test_a_leg_below_a_dollar_cannot_be_sent_and_a_size_is_never_more_than_is_seen_or_allowed() -> None:
    small = Desk()
    small.offer_all_yes(2, 30, 35, size=40)
    small.live(1)
    assert small.counts == (0, 0, 0, 0)
    large = Desk(RivalSettings(count=1, shares_max=25))
    large.offer_all_yes(30, 30, 35)
    large.live(0.31)
    assert set(large.held().values()) == {20}, "in tens, and at most 25"


def test_a_window_that_closes_in_the_instant_in_which_it_opened_is_not_seen() -> None:
    desk = Desk()
    for key in desk.offer_all_yes(30, 30, 35):
        desk.cancel(key)
    desk.live(1)
    assert desk.counts == (0, 0, 0, 0)


def test_who_has_left_sees_nothing_any_more() -> None:
    desk = Desk()
    desk.rivals.leave()
    desk.offer_all_yes(30, 30, 35)
    desk.live(1)
    assert (desk.counts, desk.venue.watchers) == ((0, 0, 0, 0), [])


def test_a_conversion_after_the_events_end_is_refused_and_does_no_harm() -> None:
    desk = Desk()
    desk.bid_all_yes(40, 35, 30)
    desk.live(5)
    now_ns = desk.world.now_ns()
    desk.venue.act(lambda exchange: exchange.resolve_event("event", "q1", now_ns), now_ns)
    desk.live(30)
    assert (desk.held(), desk.rivals.converted, desk.venue.audit()) == ({}, 0, "")
    assert desk.venue.exchange.cash_total("rival-1") == (1_000 - 40 * 1.95 + 80) * MICRO
