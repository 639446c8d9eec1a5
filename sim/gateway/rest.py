"""Every endpoint behind one function: a request in, a reply out, with whatever misfortune the conditions have in store for it. No socket.

A user never sees an error of ours: what is refused is a WireError with the venue's status and text, in a body `{"error": …}`.

What changes something happens in one instant, and is written to the journal, if there is one, before it is done.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from sim.gateway.conditions import Conditions, Fate
from sim.gateway.host import Host
from sim.gateway.journal import JournalRefused, Kept, RequestJournal
from sim.gateway.wire import Answer, Asked, Later, Route, WireError

_encode: Final = msgspec.json.Encoder().encode
_REFUSALS: Final = {
    Fate.BROKEN: WireError(500, "could not insert order"),
    Fate.TOO_MANY: WireError(429, "Too Many Requests", headers={"Retry-After": "1"}),
}


_NOT_KEPT: Final = WireError(503, "the exchange cannot write its journal; nothing was done")


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    sent_bytes: int | None = None
    """Only so much of the body is sent, then the connection breaks; None: all of it. With 0 not even the status is sent."""


_BROKEN_OFF: Final = Reply(sent_bytes=0)


class Rest:
    """All routes."""

    def __init__(self, host: Host, conditions: Conditions, routes: Iterable[Route], journal: RequestJournal | None = None) -> None:
        self._host = host
        self._conditions = conditions
        self._journal = journal
        self._routes: dict[str, dict[str, Route]] = {}
        self._named: dict[str, dict[str, Route]] = {}
        """By all of the path but its last part, which is whatever stands there."""
        for route in routes:
            head, _, last = route.path.rpartition("/")
            methods = self._named.setdefault(head, {}) if last.startswith("{") else self._routes.setdefault(route.path, {})
            assert route.method not in methods, f"two endpoints answer {route.method} {route.path}"
            methods[route.method] = route

    def routes(self) -> list[Route]:
        """Every endpoint that is answered."""
        return [route for methods in (*self._routes.values(), *self._named.values()) for route in methods.values()]

    def answer(self, asked: Asked) -> Reply | Later:
        """The reply, or a Later whose answer is one."""
        found = self._found(asked)
        if isinstance(found, WireError):
            return reply_to(found)
        route, asked = found
        if route.who is None:
            return self._met(route, asked)
        with self._host.instant() as at_ns:
            asked = msgspec.structs.replace(asked, who=_who(route.who, asked))
            if self._journal is not None and (asked.who or route.kind):
                try:
                    self._journal.keep(at_ns, asked)
                except JournalRefused:
                    return reply_to(_NOT_KEPT)
            return self._changed(route, asked)

    def again(self, kept: Kept) -> None:
        """Do what was done before the exchange was restarted. Raises JournalRefused: it is not served any more."""
        found = self._found(kept.asked)
        if isinstance(found, WireError):
            raise JournalRefused(f"{kept.asked.method} {kept.asked.path} was done, and is not served now; start the exchange as it was started then")
        with self._host.instant(kept.at_ns):
            self._changed(*found)

    def _changed(self, route: Route, asked: Asked) -> Reply | Later:
        """Do it, and remember its answer, which can be compared when it is done again; an admin's may depend on who is connected."""
        reply = self._met(route, asked)
        if self._journal is not None and route.kind and isinstance(reply, Reply):
            self._journal.answered(reply.status, reply.body)
        return reply

    def _found(self, asked: Asked) -> tuple[Route, Asked] | WireError:
        """Who answers, and the request with the parts of its path."""
        head, _, last = asked.path.rpartition("/")
        methods, is_named = self._routes.get(asked.path), False
        if methods is None and last:
            methods, is_named = self._named.get(head), True
        route = methods.get(asked.method) if methods is not None else None
        if route is None:
            return WireError(404, "not found") if methods is None else WireError(405, "method not allowed")
        if is_named:
            asked = msgspec.structs.replace(asked, named={route.path.rpartition("/")[2][1:-1]: last})
        return route, asked

    def _met(self, route: Route, asked: Asked) -> Reply | Later:
        """The reply, as far as fate allows it."""
        if not route.kind:
            return _known(_done(route, asked))
        fate = self._conditions.fate(route.kind)
        if fate is Fate.LOST:
            return _BROKEN_OFF
        if fate in _REFUSALS:
            return reply_to(_REFUSALS[fate])
        if fate is Fate.LATE:
            later = Later()
            due_ns = self._host.now_ns() + self._conditions.late_ns(route.kind)
            self._host.timers.set(due_ns, lambda _at_ns: _pass_on(_known(_done(route, asked)), later))
            return later
        reply = _known(_done(route, asked))
        if fate is Fate.REPLY_LOST:
            return _BROKEN_OFF
        if fate is Fate.CUT and isinstance(reply, Reply):
            return msgspec.structs.replace(reply, sent_bytes=len(reply.body) // 2)
        return reply


def _who(prove: Callable[[Asked], str], asked: Asked) -> str:
    """Who asks; empty: nobody who can prove it, and the endpoint will say so."""
    try:
        return prove(asked)
    except WireError:
        return ""


def _done(route: Route, asked: Asked) -> Answer:
    try:
        return route.endpoint(asked)
    except WireError as error:
        return error


def _known(answer: Answer) -> Reply | Later:
    """An endpoint's answer as a reply; one that is not known yet becomes one later."""
    if not isinstance(answer, Later):
        return reply_to(answer)
    later = Later()
    _pass_on(answer, later)
    return later


def _pass_on(answer: Reply | Later, later: Later) -> None:
    """Finish `later` with this answer as a reply, as soon as it is known."""
    if not isinstance(answer, Later):
        later.finish(answer)
    elif answer.is_known:
        later.finish(_as_reply(answer.answer))
    else:
        answer.then = lambda: later.finish(_as_reply(answer.answer))


def _as_reply(answer: Answer) -> Reply:
    return answer if isinstance(answer, Reply) else reply_to(answer)


def reply_to(answer: Answer) -> Reply:
    """An endpoint's answer, or its refusal, as bytes."""
    if isinstance(answer, WireError):
        return Reply(status=answer.status, body=_encode(answer.body), headers=answer.headers)
    return Reply(body=_encode(answer))
