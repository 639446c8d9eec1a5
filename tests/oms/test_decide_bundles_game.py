"""Bundles against a venue that plays dice: whatever it does, a bundle ends, and says what ledger and holdings say."""

import random
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from oms.machines.lifecycle import State as OrderState
from oms.machines.proof import leg_fee
from oms.values import events as e
from oms.values.bundles import NOBODY, Bundle, BundleEnd, Terms
from oms.values.commands import Convert, Merge, Split
from oms.values.market import FeeCurve, Payout
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.oms.words_engine import NO_WINS, STAGES, YES_WINS, ready
from tests.oms.words_event import EventFloor
from tests.words_bundles import EVENT, given_bundle, given_no_bundle, given_split_bundle

NAMES = ("a", "b", "c")
SHAPES: tuple[Bundle, ...] = (
    given_bundle(*NAMES, prices=(3_000, 3_000, 3_500)),
    given_no_bundle("a", "b", prices=(5_500, 4_000), others=("c",)),
    given_no_bundle(*NAMES, prices=(6_000, 6_500, 6_500)),
    given_split_bundle("a"),
)
RESTLESS_STEPS = 25
ENDS_WITHIN = 80


class Dicing:
    """A venue that does with what it was sent what the dice say, never twice and never impossible."""

    def __init__(self, floor: EventFloor, dice: random.Random) -> None:
        self.floor = floor
        self.dice = dice
        self.trades = 0
        self.resolved: dict[str, Payout] = {}

    def step(self, *, restless: bool) -> None:
        """One turn of the world; when not `restless` everything that is open comes to its end."""
        facts = [*self._about_orders(restless), *self._about_trades(restless), *self._about_transfers(restless)]
        if restless:
            facts += self._about_us()
            if self.dice.random() < 0.5:
                self._move_a_book()
        self.floor.tell(*facts, after_ms=self.dice.choice((1, 40, 700)) if restless else 700)

    def _lets(self, restless: bool) -> bool:  # noqa: FBT001 (said by name above)
        return not restless or self.dice.random() < 0.6

    def _about_orders(self, restless: bool) -> Iterator[e.Event]:  # noqa: FBT001
        for order in self.floor.state.blotter.all_open():
            if order.state is OrderState.UNKNOWN and self._lets(restless):
                yield e.ProvenAbsent(order_id=order.order_id)
            elif self._lets(restless):
                part = self.dice.choice((0, 1, 1, 1, 3, 7)) if restless else self.dice.choice((0, 1))
                shares = order.spec.shares_micro // part // 10_000 * 10_000 if part else 0
                yield from self._filled(order.order_id, shares)

    def _filled(self, order_id: str, shares: int) -> Iterator[e.Event]:
        order = self.floor.order(order_id)
        if not shares and self.dice.random() < 0.5:
            yield e.Rejected(order_id=order_id, why="could not be filled")
            return
        yield e.Acked(order_id=order_id)
        if shares:
            self.trades += 1
            spec, fee = order.spec, self.floor.state.desks[order.spec.market_id].market.fee
            yield e.Filled(
                order_id=order_id,
                trade_id=f"t{self.trades}",
                price_pips=spec.price_pips,
                shares_micro=shares,
                cash_micro=shares * spec.price_pips // 10_000,
                fee_cash_micro=fee.fee_cash_micro(shares, spec.price_pips),
                is_maker=False,
                exchange_ns=self.floor.now_ns,
            )
        yield e.CancelDone(order_id=order_id, why="the rest is killed", filled_micro=shares)

    def _about_trades(self, restless: bool) -> Iterator[e.Event]:  # noqa: FBT001
        for trade_id, order_id in self.floor.state.settlements.open_trades():
            if self._lets(restless):
                stage = STAGES.FAILED if self.dice.random() < 0.25 else STAGES.CONFIRMED
                yield e.SettlementMoved(trade_id=trade_id, order_id=order_id, stage=stage)

    def _about_transfers(self, restless: bool) -> Iterator[e.Event]:  # noqa: FBT001
        state = self.floor.state
        sent = {one.command_id: one for one in self.floor.venue.sent if isinstance(one, Split | Merge | Convert)}
        for command_id in state.bundles.open_transfers():
            if not self._lets(restless):
                continue
            if self.dice.random() < 0.3:
                yield e.TransferRefused(command_id=command_id, why="paused")
                continue
            command = sent[command_id]
            if isinstance(command, Convert):
                others = tuple([name for name in NAMES if name not in command.market_ids])
                cash = (len(command.market_ids) - 1) * command.shares_micro
                yield e.Converted(
                    event_id=EVENT,
                    market_ids=command.market_ids,
                    shares_micro=command.shares_micro,
                    cash_micro=cash,
                    yes_market_ids=others,
                    yes_micro=command.shares_micro if others else 0,
                    command_id=command_id,
                )
            else:
                shares = command.shares_micro if isinstance(command, Split) else -command.shares_micro
                yield e.SetsChanged(market_id=command.market_id, shares_micro=shares, command_id=command_id)

    def _about_us(self) -> Iterator[e.Event]:
        """The session comes and goes, and now and then a market pays."""
        kind = self.dice.randrange(30)
        if kind == 0:
            yield e.VenueSyncing(why="restart")
        elif kind < 4:
            yield from ready(self.floor.now_ns + MICRO)
        elif kind == 4:
            yield e.Paused(why="lunch")
        elif kind < 8:
            yield e.Resumed(why="back")
        elif kind == 8 and len(self.resolved) < 2:
            name = self.dice.choice([name for name in NAMES if name not in self.resolved])
            payout = NO_WINS if YES_WINS in self.resolved.values() or self.dice.random() < 0.6 else YES_WINS
            self.resolved[name] = payout
            yield e.MarketResolved(market_id=name, payout=payout)

    def _move_a_book(self) -> None:
        ask = self.dice.randrange(5, 96) * 100
        size = self.dice.choice((3, 20, 100))
        self.floor.book(f"{self.dice.choice(NAMES)}:{self.dice.choice(('YES', 'NO'))}", ((ask - 300, size),), ((ask, size),))


def worth_at_worst(floor: EventFloor, resolved: dict[str, Payout]) -> int:
    """Cash beyond the thousand we began with, and what all shares bring whoever may still win."""
    won = [name for name, payout in resolved.items() if payout == YES_WINS]
    winners = won or [name for name in NAMES if name not in resolved]
    if not won and not floor.state.groups[EVENT].exhaustive:
        winners = [*winners, NOBODY]
    ledger = floor.state.ledger

    def worth(winner: str) -> int:
        return sum(ledger.total(f"{name}:YES" if name == winner else f"{name}:NO") for name in NAMES)

    return ledger.total("cash") - 1_000 * MICRO + min(worth(winner) for winner in winners)


def with_fees(bundle: Bundle, curve: FeeCurve) -> Bundle:
    """The same bundle where takers pay."""
    legs = tuple([replace(leg, fee_micro=leg_fee(curve, leg)) for leg in bundle.legs])
    fees = sum(leg.fee_micro for leg in legs)
    bought = sum(leg.fee_micro for leg in legs if leg.side is Side.BUY)
    ends = tuple([replace(end, result_micro=end.result_micro - fees) for end in bundle.ends])
    return replace(bundle, legs=legs, ends=ends, capital_micro=bundle.capital_micro + bought)


def played(bundle: Bundle, dice: random.Random, *, at_once: bool, exhaustive: bool, rate_bps: int) -> tuple[EventFloor, Dicing, int]:
    """The bundle opened, and the venue restless and then decisive. Returns how many steps it took in all."""
    floor = EventFloor(*NAMES, exhaustive=exhaustive, fee=FeeCurve(rate_bps=rate_bps))
    for leg in bundle.legs:
        levels = ((leg.price_pips, dice.choice((20, 60, 100))),)
        floor.book(leg.token, *((), levels) if leg.side is Side.BUY else (levels, ()))
    floor.opens(replace(with_fees(bundle, FeeCurve(rate_bps=rate_bps)), terms=Terms(at_once=at_once)))
    assert floor.state.bundles.count == 1, dict(floor.state.refusals)
    venue = Dicing(floor, dice)
    steps = 0
    while floor.state.bundles.in_flight and steps < RESTLESS_STEPS:
        venue.step(restless=True)
        steps += 1
    floor.tell(e.Resumed(why="back"), *ready(floor.now_ns + MICRO))
    while floor.state.bundles.in_flight and steps < RESTLESS_STEPS + ENDS_WITHIN:
        venue.step(restless=False)
        steps += 1
    return floor, venue, steps


@settings(max_examples=150, deadline=None)
@given(
    shape=st.sampled_from(range(len(SHAPES))),
    dice=st.randoms(use_true_random=False),
    at_once=st.booleans(),
    exhaustive=st.booleans(),
    rate_bps=st.sampled_from((0, 300)),
)
def test_a_bundle_always_ends_and_its_result_is_what_ledger_and_holdings_say(
    shape: int, dice: random.Random, *, at_once: bool, exhaustive: bool, rate_bps: int
) -> None:
    bundle = SHAPES[shape]
    floor, venue, steps = played(bundle, dice, at_once=at_once, exhaustive=exhaustive or shape == 0, rate_bps=rate_bps)
    assert steps < RESTLESS_STEPS + ENDS_WITHIN
    ((end, result),) = floor.ended()
    assert result == worth_at_worst(floor, venue.resolved)
    assert result >= 0 or end is not BundleEnd.MISSED
    floor.assert_sound()
