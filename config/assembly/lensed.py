"""How the three lenses of a paper venue stand, for pictures and reports of `replay` and `paper` alike."""

from collections.abc import Callable
from typing import Any, Final

from oms.report import market_mark_pips
from oms.state import State
from oms.values.market import Market
from oms.values.views import LensView
from sim.paper_venue import PaperVenue

LENSES_SAY: Final = (
    "touch and through are shadows on the queue lens's orders, not what one would have quoted under them;"
    " fills are touch ≥ queue ≥ through, results need not be"
)


class Lensed:
    """Looks at a paper venue, marking by the engine's books."""

    def __init__(self, venue: PaperVenue, state: Callable[[], State]) -> None:
        """`state`: of the engine, asked for when somebody looks, since the engine is made after this."""
        self._venue = venue
        self._state = state

    def views(self) -> tuple[LensView, ...]:
        """For a picture."""
        results = [(lens.name, lens.result(self._venue.by_token, self._mark)) for lens in self._venue.lenses]
        return tuple([LensView(name=name, **{key: result[key] for key in LensView.__struct_fields__[1:]}) for name, result in results])

    def report(self) -> dict[str, Any]:
        """For the run report."""
        return {**{lens.name: lens.result(self._venue.by_token, self._mark) for lens in self._venue.lenses}, "note": LENSES_SAY}

    def _mark(self, market: Market) -> float | None:
        desk = self._state().desks.get(market.market_id)  # none: closed long ago, without anything of ours
        return None if desk is None else market_mark_pips(desk)
