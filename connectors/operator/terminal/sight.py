"""What the dashboard knows at a moment: the latest picture of each topic, how long ago the daemon said anything, and the run's own clock.

Nothing here draws or waits; moments are seconds of a clock that only goes forward, handed in by whoever calls.
"""

from typing import Final, NamedTuple

import msgspec

from connectors.operator.control.protocol import Ended, Shown, Welcome
from oms.values.market import MarketId
from oms.values.panels import Overview, Topic, View
from oms.values.units import Nanos

SILENT_S: Final = 3.0
"""From then on what is shown is grey, and a banner says so."""


class At(NamedTuple):
    """A market under the cursor."""

    market_id: MarketId
    title: str
    stopped: str | None
    """Why it is stopped, empty: it is traded; None: the screen does not know."""


class Held(msgspec.Struct, frozen=True):
    """A picture, and of what it is."""

    view: View
    subject: str = ""


class Sight:
    """One dashboard's."""

    def __init__(self, began_s: float) -> None:
        self.welcome: Welcome | None = None
        """Who answered last."""
        self.is_joined = False
        """The connection stands."""
        self.last_words: Ended | None = None
        """The daemon has ended, and no other has answered since."""
        self.now_ns: Nanos = 0
        """The run's clock, of the latest picture; 0: none came."""
        self._held: dict[Topic, Held] = {}
        self._heard_s = began_s
        self._trouble = ""

    def joined(self, welcome: Welcome, now_s: float) -> None:
        """The connection stands. Where another process answers, its pictures and its clock begin anew."""
        if welcome != self.welcome:
            self._held = {}
            self.now_ns = 0
        self.welcome, self.is_joined, self.last_words, self._trouble = welcome, True, None, ""
        self._heard_s = now_s

    def lost(self, why: str) -> None:
        """There is no connection; pictures stay and grow old."""
        self.is_joined, self._trouble = False, why

    def ended(self, ended: Ended) -> None:
        """The daemon ends."""
        self.last_words = ended

    def shown(self, shown: Shown, now_s: float) -> None:
        """A picture came."""
        self._heard_s = now_s
        self.now_ns = max(self.now_ns, shown.view.at_ns)
        self._held[shown.topic] = Held(view=shown.view, subject=shown.subject)

    def view(self, topic: Topic, subject: str = "") -> View | None:
        """The latest picture of this topic, of this subject where it has one."""
        held = self._held.get(topic)
        return None if held is None or (subject and held.subject != subject) else held.view

    @property
    def overview(self) -> Overview | None:
        """The one that every screen watches."""
        view = self.view(Topic.OVERVIEW)
        return view if isinstance(view, Overview) else None

    def silence_s(self, now_s: float) -> float:
        """How long ago the daemon said anything."""
        return max(0.0, now_s - self._heard_s)

    def is_old(self, now_s: float) -> bool:
        """What is shown may no longer be so."""
        return self.last_words is not None or self.silence_s(now_s) > SILENT_S or (bool(self._held) and not self.is_joined)

    def banner(self, now_s: float) -> str:
        """What a person must know about the connection; empty: all is well."""
        silent_s = self.silence_s(now_s)
        if self.last_words is not None:
            return f"the daemon has ended with exit code {self.last_words.code}: {self.last_words.text}"
        if self.is_joined:
            return f"no word from the daemon for {silent_s:.0f} s, though the connection stands: it may hang" if silent_s > SILENT_S else ""
        why = f": {self._trouble}" if self._trouble else ""
        if not self._held:
            return f"no daemon yet, connecting{why}"
        return f"no word from the daemon for {silent_s:.0f} s, reconnecting{why}"
