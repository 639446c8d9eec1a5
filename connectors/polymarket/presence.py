"""Is the venue there? Several parts have a say (the user channel, the exchange's own mode, who signs), and the engine hears one word.

All parts up: `VenueReady`. The first one down: `VenueSyncing`. So after any loss of any part there comes a `VenueReady`, and with it the engine asks
anew what stands and what was traded (oms/machines/session.py, `require_reports`) before anything is placed. No time, no I/O.
"""

from collections.abc import Sequence

from oms.values.events import VenueReady, VenueSyncing


class Presence:
    """The parts of one venue, each up or down with a reason."""

    def __init__(self, *parts: str) -> None:
        """All parts begin down; nothing is said about that, because the engine begins so too."""
        self._why_down: dict[str, str] = dict.fromkeys(parts, "not connected yet")
        self._parts = frozenset(parts)
        self.post_only = False
        self.losses: dict[str, int] = dict.fromkeys(parts, 0)
        """How often each part went down after it had been up."""

    @property
    def is_there(self) -> bool:
        """All parts are up."""
        return not self._why_down

    @property
    def why(self) -> str:
        """What is down, and why; empty when nothing is."""
        return "; ".join(f"{part}: {why}" for part, why in self._why_down.items())

    def down(self, part: str, why: str) -> Sequence[VenueSyncing]:
        """A part is lost. One fact, if all were up until now."""
        was_there = self.is_there
        self.losses[self._known(part)] += part not in self._why_down
        self._why_down[part] = why
        return [VenueSyncing(why=f"{part}: {why}")] if was_there else []

    def up(self, part: str) -> Sequence[VenueReady]:
        """A part is there. One fact, if it was the last that was missing."""
        was_there = self.is_there
        self._why_down.pop(self._known(part), None)
        return [VenueReady(post_only=self.post_only)] if self.is_there and not was_there else []

    def mode(self, *, post_only: bool) -> Sequence[VenueReady]:
        """The exchange takes only orders that rest, or again all. One fact, if that is new and all parts are up."""
        changed, self.post_only = post_only is not self.post_only, post_only
        return [VenueReady(post_only=post_only)] if changed and self.is_there else []

    def _known(self, part: str) -> str:
        assert part in self._parts, f"{part} is none of {sorted(self._parts)}"
        return part
