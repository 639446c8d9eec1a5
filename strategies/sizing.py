"""The best number of sets of a basket within bounds, exactly, without trying all of them.

Between two ends of steps what a number of sets leaves lies below a line that is straight (all legs) or convex (the best choice of legs), by no more
than the rounding of each leg's last piece. So the stretches are tried from the most promising line on, each from its ends inward, and left as soon as
even the line is not better than what was found. Of the numbers left the cents are looked at first, and the fees only if the cents allow it.

Bounds: within a stretch what is taken up grows with the number, so its end is found by halving. (Where legs may be left out, one that just stops
paying may break this by the rounding of its own cents: what is found is within the bounds all the same, but a better number may be passed over.)
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from oms.values.orders import Side
from oms.values.units import MICRO, PRICE_ONE_PIPS, CashMicro, SharesMicro
from strategies.basket import LEGS_MIN, Basket, Use
from strategies.stairs import CENT_MICRO, PICO, Run, Stairs

LOOKS_MAX: Final = 4_000
"""So many sizes are looked at at most, far more than it takes as a rule. At the bound the best so far is taken, with as good a proof."""
_CENT: Final = PRICE_ONE_PIPS * CENT_MICRO


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What holds the size down."""

    sets_max: int
    """Whole sets."""
    capital_micro: CashMicro
    """Most cash out before any comes back."""
    broken_micro: CashMicro
    """The most that a broken bundle may cost."""
    edge_pico: int
    """Least net edge of the last set, in 10⁻¹² dollars."""

    def are_broken_by(self, use: Use) -> bool:
        """Does it take more than is allowed?"""
        return use.capital_micro > self.capital_micro or use.broken_micro > self.broken_micro


class Sized(msgspec.Struct, frozen=True, kw_only=True):
    """So many sets of these legs, and what they leave at least."""

    sets_micro: SharesMicro
    worst_micro: CashMicro
    legs: tuple[Stairs, ...]


def best_size(basket: Basket, bounds: Bounds) -> Sized | None:
    """The number of whole sets that leaves most under the worst winner, more than nothing, within the bounds; of equal ones the fewest."""
    return _Search(basket, bounds).best()


_Line = tuple[int, int]
"""What a leg adds, in 10⁻¹² dollars: (without any set of the stretch, for each set)."""


class _Stretch(msgspec.Struct, frozen=True):
    """Whole sets from `first` to `last`, over which every leg stays on one run."""

    promise: int
    """The best that the line comes to in it, in 10⁻¹² dollars."""
    first: int
    last: int
    runs: tuple[Run, ...]
    lines: tuple[_Line, ...]
    """Of the runs."""


class _Search:
    """One search: the best found so far, and the looks left."""

    def __init__(self, basket: Basket, bounds: Bounds) -> None:
        self._basket = basket
        self._bounds = bounds
        self._base_pico, self._adds_pico = basket.terms(PICO)
        self._buying = basket.stairs[0].side is Side.BUY
        self._least_micro = 1
        self._found: Sized | None = None
        self._looks = LOOKS_MAX

    def best(self) -> Sized | None:
        for stretch in sorted(self._stretches(), key=lambda stretch: (-stretch.promise, stretch.first)):
            if not self._may_win(stretch.promise):
                break
            self._try(stretch)
        return self._found

    def _stretches(self) -> Iterator[_Stretch]:
        """From the first set on, as long as one more may earn its edge: the edge only falls with the levels."""
        stairs, needs_all = self._basket.stairs, self._basket.needs_all
        changes = self._changes()
        runs: list[Run | None] = [leg.run(MICRO) for leg in stairs]
        nets = [leg.steps[0].net_pico + self._adds_pico if leg.steps else None for leg in stairs]
        first = 1
        for last, changing in changes:
            gains = [net for net in nets if net is not None]
            if self._base_pico + sum(gains if needs_all else [gain for gain in gains if gain > 0]) < self._bounds.edge_pico:
                return
            there = [run for run in runs if run is not None]
            if len(there) == len(stairs) or not needs_all:
                lines = tuple([self._line(run) for run in there])
                promise = max(self._ideal(first, lines), self._ideal(last, lines))
                yield _Stretch(promise, first, last, tuple(there), lines)
            first = last + 1
            for number in changing:
                leg = stairs[number]
                runs[number] = leg.run(first * MICRO)
                is_there = first * MICRO <= leg.reach_micro
                nets[number] = leg.steps[leg.index(first * MICRO)].net_pico + self._adds_pico if is_there else None

    def _changes(self) -> list[tuple[int, list[int]]]:
        """Ends of stretches in whole sets, and which legs go on otherwise after each.

        A leg does where it ends a step, and where it has become large enough for a piece of its own there. The last end is the most there may be.
        """
        stairs = self._basket.stairs
        reaches = sorted((leg.reach_micro for leg in stairs), reverse=True)
        most = min(self._bounds.sets_max, reaches[-1 if self._basket.needs_all else LEGS_MIN - 1] // MICRO)
        ends: dict[int, list[int]] = {most: []}
        for number, leg in enumerate(stairs):
            for step in leg.steps:
                for end_micro in (step.before_micro + step.room_micro, step.before_micro + step.least_micro - 1):
                    ends.setdefault(end_micro // MICRO, []).append(number)
        return sorted((end, changing) for end, changing in ends.items() if 0 < end <= most)

    def _line(self, run: Run) -> _Line:
        return run.flow_before * MICRO - run.before_micro * run.net_pico // MICRO + 1, run.net_pico + self._adds_pico

    def _ideal(self, sets: int, lines: tuple[_Line, ...]) -> int:
        """What so many sets leave but for the rounding of last pieces, in 10⁻¹² dollars; never less than what they really leave."""
        if self._basket.needs_all:
            return self._base_pico * sets + sum([start + slope * sets for start, slope in lines])
        return self._base_pico * sets + sum([term for start, slope in lines if (term := start + slope * sets) > 0])

    def _may_win(self, ideal_pico: int) -> bool:
        """An equal one may still win with fewer sets. A micro-dollar a leg is granted, because what a conversion leaves is rounded."""
        return ideal_pico // MICRO + 2 + len(self._basket.stairs) >= self._least_micro

    def _try(self, stretch: _Stretch) -> None:
        """From the upper end down, then from the lower end up: what may win lies at the ends."""
        down = self._last_within(stretch)
        while down >= stretch.first and self._looks and self._may_win(self._ideal(down, stretch.lines)):
            self._look(down, stretch.runs)
            down -= 1
        up = stretch.first
        while up < down and self._looks and self._may_win(self._ideal(up, stretch.lines)):
            self._look(up, stretch.runs)
            up += 1

    def _last_within(self, stretch: _Stretch) -> int:
        """The most sets of the stretch that are within the bounds; one less than its first if none is."""
        if self._fits(stretch.last):
            return stretch.last
        fits, fails = stretch.first - 1, stretch.last
        while fails - fits > 1:
            middle = (fits + fails) // 2
            if self._fits(middle):
                fits = middle
            else:
                fails = middle
        return fits

    def _fits(self, sets: int) -> bool:
        found = self._basket.choice(sets * MICRO, self._bounds.edge_pico)
        return found is not None and not self._bounds.are_broken_by(self._basket.use(sets * MICRO, found[1]))

    def _look(self, sets: int, runs: tuple[Run, ...]) -> None:
        """Weigh this size if its cents leave hope."""
        self._looks -= 1
        sets_micro = sets * MICRO
        base_micro, adds_micro = self._basket.terms(sets_micro)
        needs_all, worst_micro = self._basket.needs_all, base_micro
        for run in runs:
            rest_micro = sets_micro - run.before_micro
            if self._buying:
                term = adds_micro + run.flow_before + -rest_micro * run.limit_pips // _CENT * CENT_MICRO - rest_micro * run.fee_pico // PICO
            else:
                term = adds_micro + run.flow_before + rest_micro * run.limit_pips // PRICE_ONE_PIPS - rest_micro * run.fee_pico // PICO
            if needs_all or term > 0:
                worst_micro += term
        if worst_micro >= self._least_micro:
            self._weigh(sets_micro)

    def _weigh(self, sets_micro: SharesMicro) -> None:
        """Keep this size if it is better than what was found."""
        found = self._basket.choice(sets_micro, self._bounds.edge_pico)
        if found is None:
            return
        worst_micro, legs = found
        if worst_micro < self._least_micro or (self._found and worst_micro == self._least_micro and sets_micro > self._found.sets_micro):
            return
        if self._bounds.are_broken_by(self._basket.use(sets_micro, legs)):
            return
        self._found = Sized(sets_micro=sets_micro, worst_micro=worst_micro, legs=tuple(legs))
        self._least_micro = worst_micro
