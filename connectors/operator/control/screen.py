"""Which picture is shown to whom and when, without a socket and without a clock: moments are told.

A gallery holds the latest picture of everything that is watched, and its line, which is made once however many look. A screen remembers what one
client was shown last. It is shown a picture when there is another one, at most as often as it wants; one that is the same but for its age is shown
every ALIVE_S, so that ages go on. A picture that the trading side did not renew is never repeated: its silence must be seen.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from connectors.operator.control.bridge import Wanted
from connectors.operator.control.protocol import VIEW_BYTES_MAX, Shown, line
from oms.values.panels import View

ALIVE_S: Final = 2.0


class Picture:
    """The latest of one kind."""

    def __init__(self, wanted: Wanted, view: View, number: int) -> None:
        self.wanted = wanted
        self.view = view
        self.number = number
        """Grows when anything but the moment changes."""
        self.line: bytes | None = None
        """See Gallery.line."""


def line_of(shown: Shown) -> bytes:
    """A view as a line; empty: it is longer than any client reads, or holds what no line can (half a letter)."""
    try:
        text = line(shown)
    except ValueError:
        return b""
    return text if len(text) <= VIEW_BYTES_MAX else b""


class Gallery:
    """The latest pictures. `unshowable` hears of each kind that cannot go over a socket, once."""

    def __init__(self, unshowable: Callable[[Wanted], None]) -> None:
        self._pictures: dict[Wanted, Picture] = {}
        self._unshowable = unshowable
        self._told: dict[Wanted, None] = {}

    def hang(self, wanted: Wanted, view: View) -> None:
        """There is a newer one."""
        before = self._pictures.get(wanted)
        number = 0 if before is None else before.number + (replace(before.view, at_ns=0) != replace(view, at_ns=0))
        self._pictures[wanted] = Picture(wanted, view, number)

    def keep(self, watched: Iterable[Wanted]) -> None:
        """Only of these from now on."""
        kept = dict.fromkeys(watched)
        self._pictures = {wanted: picture for wanted, picture in self._pictures.items() if wanted in kept}
        self._told = {wanted: None for wanted in self._told if wanted in kept}

    def picture(self, wanted: Wanted) -> Picture | None:
        """The latest; None: there is none yet."""
        return self._pictures.get(wanted)

    def line(self, picture: Picture) -> bytes:
        """As it goes over the socket; empty: it cannot go."""
        if picture.line is None:
            wanted = picture.wanted
            picture.line = line_of(Shown(topic=wanted.topic, view=picture.view, subject=wanted.subject))
            if not picture.line and wanted not in self._told:
                self._told[wanted] = None
                self._unshowable(wanted)
        return picture.line


class _Seen(msgspec.Struct, frozen=True):
    """What was shown last of one kind, and when."""

    number: int
    at_ns: int
    when_s: float


class Screen:
    """What one client looks at."""

    def __init__(self) -> None:
        self.watched: tuple[Wanted, ...] = ()
        self.every_s = 0.5
        self._seen: dict[Wanted, _Seen] = {}

    def watch(self, watched: tuple[Wanted, ...], every_s: float) -> None:
        """Look at these and at no others, at most this often each."""
        self.watched = watched
        self.every_s = every_s
        self._seen = {wanted: self._seen[wanted] for wanted in watched if wanted in self._seen}

    def next(self, gallery: Gallery, now_s: float) -> Picture | None:
        """What to show now: of all that is due, what was shown longest ago. It counts as shown."""
        chosen: tuple[float, Wanted, Picture] | None = None
        for wanted in self.watched:
            picture = gallery.picture(wanted)
            due_s = self._due_s(wanted, picture)
            if picture is not None and due_s is not None and due_s <= now_s and (chosen is None or due_s < chosen[0]):
                chosen = (due_s, wanted, picture)
        if chosen is None:
            return None
        _, wanted, picture = chosen
        self._seen[wanted] = _Seen(picture.number, picture.view.at_ns, now_s)
        return picture

    def wake_s(self, gallery: Gallery) -> float | None:
        """When the next picture that hangs already is due; None: none is, until another one is hung."""
        dues = [due_s for wanted in self.watched if (due_s := self._due_s(wanted, gallery.picture(wanted))) is not None]
        return min(dues, default=None)

    def _due_s(self, wanted: Wanted, picture: Picture | None) -> float | None:
        seen = self._seen.get(wanted)
        if picture is None:
            return None
        if seen is None:
            return 0.0
        if picture.number != seen.number:
            return seen.when_s + self.every_s
        return seen.when_s + max(self.every_s, ALIVE_S) if picture.view.at_ns != seen.at_ns else None
