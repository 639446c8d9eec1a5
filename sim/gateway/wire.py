"""A request and its answer without the socket: what every part of the gateway takes and gives, and the one error that becomes a status."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from oms.values.nesting import check_nesting
from oms.values.units import NS_PER_SECOND, Nanos

START_CURSOR: Final = "MA=="
END_CURSOR: Final = "LTE="
_PAGE_ROWS: Final = 100
_Row = TypeVar("_Row")


class WireError(Exception):
    """A refusal that a user sees: status and text; the body is `{"error": text}` and `more`."""

    def __init__(self, status: int, text: str, more: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.body: dict[str, object] = {"error": text, **(more or {})}
        self.headers = dict(headers or {})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    method: str
    path: str
    """Without host and query; what the HMAC covers."""
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """Names in lower case."""
    body: bytes = b""
    named: Mapping[str, str] = {}
    """Parts of the path, by their name in the route."""
    who: str | None = None
    """Who asks, where that is settled, in the words of `Route.who`; empty: nobody. None: the headers must prove it. It never comes from a wire."""

    def parsed(self) -> object:
        """The body as JSON; an empty one is None. Raises WireError 400."""
        if not self.body:
            return None
        try:
            check_nesting(self.body)
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise WireError(400, "Invalid payload") from None


class Later(msgspec.Struct, eq=False):
    """An answer that is not known yet: it comes when `finish` is called; whoever waits sets `then`."""

    answer: object = None
    is_known: bool = False
    then: Callable[[], None] | None = None

    def finish(self, answer: object) -> None:
        """The answer is known."""
        self.answer, self.is_known = answer, True
        if self.then is not None:
            self.then()


Answer = object
"""Anything msgspec can write as JSON, or a Later of it."""
Endpoint = Callable[[Asked], Answer]


class Route(msgspec.Struct, frozen=True):
    """One endpoint and its place."""

    method: str
    path: str
    """A last part in braces is whatever stands there; the endpoint finds it in `Asked.named`."""
    endpoint: Endpoint
    kind: str = ""
    """ "place", "cancel" or "query": which mishaps it may meet (conditions.py)."""
    who: Callable[[Asked], str] | None = None
    """Of endpoints that change something: who asks, without any secret, as a journal may hold it; raises WireError 401 when that is not proved.

    Such an endpoint happens in one instant, reads nothing of its request but who asks, path and body, and is what a restarted exchange does again."""


def _as_it_is(row: object) -> object:
    return row


def page_of(rows: Sequence[_Row], cursor: str | None, limit: int = _PAGE_ROWS, tell: Callable[[_Row], object] = _as_it_is) -> dict[str, object]:
    """One page of rows, of which only these are told: cursors are base64 of the offset, as at the venue. Raises WireError 400: not a cursor."""
    start = 0 if not cursor else _offset(cursor)
    shown = rows[start : start + limit]
    following = start + limit
    told = END_CURSOR if following >= len(rows) else b64encode(str(following).encode()).decode()
    return {"limit": limit, "count": len(shown), "next_cursor": told, "data": [tell(row) for row in shown]}


def _offset(cursor: str) -> int:
    try:
        text = b64decode(cursor, validate=True).decode()
    except ValueError:
        text = ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise WireError(400, "Invalid cursor")
    return int(text)


def seconds(at_ns: Nanos) -> int:
    """Whole seconds since 1970."""
    return at_ns // NS_PER_SECOND


def iso_text(at_ns: Nanos) -> str:
    """A time as `2026-11-21T12:00:00Z`. The simulator knows no calendar module; this is the civil calendar by counting from March (Hinnant)."""
    days, second = divmod(at_ns // NS_PER_SECOND, 86_400)
    era, day = divmod(days + 719_468, 146_097)
    year_of_era = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day_of_year = day - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    clock = f"{second // 3_600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{year:04d}-{month:02d}-{day_of_year - (153 * shifted + 2) // 5 + 1:02d}T{clock}Z"
