"""Takes a picture of the run for its journal from time to time: what the journal's facts do not tell (books, marks, refusals, lenses).

Pictures are due at whole multiples of their interval of market time, so a run that is done again takes the same ones.
"""

from collections.abc import Callable

import msgspec

from oms.report import evidence, market_mark_half_pips
from oms.state import Desk, State
from oms.values.market import MarketId
from oms.values.units import PRICE_ONE_PIPS, Nanos
from oms.values.views import MarketView, Picture

Beside = Callable[[], Picture]
"""What the engine does not know: events, lenses, conservation; the rest of the picture is left empty."""


class Camera:
    """One run's camera."""

    def __init__(self, state: State, every_ns: Nanos, beside: Beside) -> None:
        self._state = state
        self._every_ns = every_ns
        self._beside = beside
        self._due_ns: Nanos = 0
        self._shown: dict[MarketId, MarketView] = {}

    def __call__(self, at_ns: Nanos) -> Picture | None:
        """A picture if one is due."""
        if at_ns < self._due_ns:
            return None
        self._due_ns = at_ns - at_ns % self._every_ns + self._every_ns
        return self.take()

    def take(self) -> Picture:
        """A picture now."""
        state = self._state
        changed: list[MarketView] = []
        for desk in state.desks.values():
            if desk.payout is None:
                view = _market_view(desk)
                if view != self._shown.get(view.market_id):
                    self._shown[view.market_id] = view
                    changed.append(view)
            else:
                self._shown.pop(desk.market.market_id, None)
        for market_id in [market_id for market_id in self._shown if market_id not in state.desks]:
            del self._shown[market_id]  # forgotten since the last picture
        checked, agreed, judged, mirrored = evidence(state)
        return msgspec.structs.replace(
            self._beside(),
            markets=tuple(changed),
            hash_checked=checked,
            hash_agreed=agreed,
            mirror_judged=judged,
            mirror_agreed=mirrored,
            refusals={reason.name: state.refusals[reason] for reason in sorted(state.refusals, key=lambda reason: reason.name)},
            oddities=dict(sorted(state.oddities.items())),
        )


def _market_view(desk: Desk) -> MarketView:
    bid, ask = desk.yes.best_bid, desk.yes.best_ask
    return MarketView(
        market_id=desk.market.market_id,
        bid_pips=bid,
        ask_pips=min(ask, PRICE_ONE_PIPS),
        mark_half_pips=market_mark_half_pips(desk),
        yes_health=desk.yes.health,
        no_health=desk.no.health,
        is_closed=desk.closed,
    )
