"""Several books walked together: for every number of sets what a bundle leaves at least, with which legs, and what it takes up.

Every shape is the same sum. A set has a base (what the set itself costs or pays whatever else happens), and each leg adds its cash flow and a share
of the payout:

    worst(n) = base(n) + Σ over legs (flow(n) + adds(n))

    shape             base       adds
    BUY_ALL_YES       n          0           all legs
    BUY_BOTH_MERGE    n          0           all legs
    SPLIT_SELL_BOTH   −n         0           all legs
    BUY_NO_HOLD       −n         n           any two or more legs
    BUY_NO_CONVERT    −kept(n)   kept(n)     any two or more legs; kept = n less the conversion's fee
    SPLIT_SELL_YES    −kept(n)   kept(n)−n   any two or more legs

Where legs may be left out, the best choice for n sets is every leg whose own term is positive: the terms do not know of each other. One leg alone
never pays (its flow and what it adds stay below what the base takes), so the rule of two needs no care. Otherwise there is no choice.

Which n is best: strategies/sizing.py.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from oms.values.bundles import Shape
from oms.values.market import FeeCurve
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, CashMicro, Pips, SharesMicro
from strategies.stairs import PICO, Stairs, net_pico

_BPS: Final = 10_000
ALL_OR_NOTHING: Final = (Shape.BUY_ALL_YES, Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH)
LEGS_MIN: Final = 2


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What a size takes up."""

    capital_micro: CashMicro
    broken_micro: CashMicro


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """One shape over the stairs of its legs."""

    shape: Shape
    stairs: tuple[Stairs, ...]
    fee_bps: int = 0
    """Of the conversion."""

    @property
    def needs_all(self) -> bool:
        """No leg may be left out."""
        return self.shape in ALL_OR_NOTHING

    def kept(self, sets: int) -> int:
        """What a conversion leaves of so many: the fee is rounded down (polymarket.md §9.2)."""
        return sets - sets * self.fee_bps // _BPS

    def terms(self, sets: int) -> tuple[int, int]:
        """(base, adds) of so many sets, in the unit of `sets`."""
        return terms(self.shape, sets, self.kept(sets))

    def choice(self, sets_micro: SharesMicro, edge_pico: int | None = None) -> tuple[CashMicro, list[Stairs]] | None:
        """What so many sets leave at least, and with which legs; None: a leg that is needed cannot be had, or the last set earns less than this edge.

        A leg may add on the whole and cost something on its last share. Where the edge is too small with such legs, it is tried without them.
        """
        worst_micro, adds_micro = self.terms(sets_micro)
        needs_all = self.needs_all
        chosen: list[tuple[CashMicro, Stairs]] = []
        for stairs in self.stairs:
            flow_micro = stairs.flow(sets_micro)
            if flow_micro is None:
                if needs_all:
                    return None
            elif needs_all or flow_micro + adds_micro > 0:
                chosen.append((flow_micro + adds_micro, stairs))
        if edge_pico is not None:
            base_pico, adds_pico = self.terms(PICO)
            gains = [stairs.last_pico(sets_micro) + adds_pico for _, stairs in chosen]
            if base_pico + sum(gains) < edge_pico:
                if needs_all or base_pico + sum(gain for gain in gains if gain >= 0) < edge_pico:
                    return None
                chosen = [leg for leg, gain in zip(chosen, gains, strict=True) if gain >= 0]
        if len(chosen) < LEGS_MIN:
            return None
        return worst_micro + sum([term for term, _ in chosen]), [stairs for _, stairs in chosen]

    def use(self, sets_micro: SharesMicro, legs: Sequence[Stairs]) -> Use:
        """Capital, and the most that is lost if it breaks: under each winner exactly those legs fill that then hurt.

        What a split made costs nothing by itself, because it can be merged again; NO that was bought is held, which needs no conversion. Where a
        winner may come from outside, one of these is worse: it is their own win that makes NO worthless, or YES that was sold due.
        """
        paid_micro = 0
        special: list[CashMicro] = []
        total_micro = 0
        no_shape = self.shape in (Shape.BUY_NO_CONVERT, Shape.BUY_NO_HOLD)
        for stairs in legs:
            dead_micro = pays_micro = 0
            for piece in stairs.pieces(sets_micro):
                paid_micro -= piece.flow_micro
                value_micro = piece.shares_micro if stairs.side is Side.BUY else -piece.shares_micro
                dead_micro += max(0, -piece.flow_micro)
                pays_micro += max(0, -piece.flow_micro - value_micro)
            usual_micro, own_micro = (pays_micro, dead_micro) if no_shape else (dead_micro, pays_micro)
            total_micro += usual_micro
            special.append(own_micro - usual_micro)
        splits = {Shape.SPLIT_SELL_YES: len(legs), Shape.SPLIT_SELL_BOTH: 1}.get(self.shape)
        capital_micro = paid_micro if splits is None else splits * sets_micro
        return Use(capital_micro=capital_micro, broken_micro=total_micro + max(special))


def terms(shape: Shape, whole: int, kept: int) -> tuple[int, int]:
    """(base, adds) of the table above, for `whole` sets of which a conversion leaves `kept`."""
    if shape is Shape.BUY_ALL_YES or shape is Shape.BUY_BOTH_MERGE:
        return whole, 0
    if shape is Shape.SPLIT_SELL_BOTH:
        return -whole, 0
    if shape is Shape.BUY_NO_HOLD:
        return -whole, whole
    return -kept, kept if shape is Shape.BUY_NO_CONVERT else kept - whole


def break_even_pips(curve: FeeCurve, outcomes: int) -> Pips:
    """The highest sum of asks at which one of `outcomes` equally priced tokens pays a dollar and nothing is lost, after fees (trap T11).

    Of two it is YES and NO of one market, of more all YES of an event.
    """
    price_pips = PRICE_ONE_PIPS // outcomes
    while PICO + outcomes * net_pico(curve, Side.BUY, price_pips) < 0:
        price_pips -= 1
    return outcomes * price_pips
