"""Reads wait for their turn, fetch all pages, and say what is missing."""

import asyncio
from functools import partial

import msgspec
import pytest

from connectors.polymarket.reads import WAIT_MAX_NS, Pages, Reads
from connectors.transport.budget import Budget, Limit, Route, Use
from connectors.transport.http import Absent, Answer, Failed, Found, Request
from tests.connectors.polymarket.words_venue import SECOND, Script, page

LIMITS = (Limit(name="few", burst=2, refill=1),)
ROUTES = (Route(name="read", uses=(Use("few", fixed=1),)), Route(name="other", uses=()), Route(name="huge", uses=(Use("few", fixed=5),)))


class Desk:
    def __init__(self, refill: int = 1, window_s: int = 1) -> None:
        self.script = Script()
        self.clock_ns = 0
        self.slept: list[float] = []
        limit = Limit(name="few", burst=2, refill=refill, window_s=window_s)
        self.reads = Reads(self.script, Budget((limit,), ROUTES), now_ns=lambda: self.clock_ns, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock_ns += round(seconds * SECOND)

    def ask(self, times: int, route: str = "read") -> list[Answer]:
        async def run() -> list[Answer]:
            return [await self.reads.ask(route, lambda: Request(method="GET", path="/x")) for _ in range(times)]

        return asyncio.run(run())

    def pages(self) -> Pages:
        return asyncio.run(self.reads.pages("read", partial(lambda cursor: Request(method="GET", path="/p", query=(("c", cursor),))), "MA=="))


def test_a_read_waits_until_the_budget_has_room() -> None:
    desk = Desk()
    desk.script.on("GET /x", Found(b"1"))
    assert desk.ask(4) == [Found(b"1")] * 4
    assert desk.slept == [1.0, 1.0]


def test_a_read_that_would_wait_too_long_or_for_ever_fails_without_being_sent() -> None:
    desk = Desk(window_s=100)
    desk.script.on("GET /x", Found(b"1"))
    answers = desk.ask(3)
    assert isinstance(answers[2], Failed)
    assert "rate limit few" in answers[2].why
    assert desk.clock_ns < WAIT_MAX_NS
    assert isinstance(desk.ask(1, "huge")[0], Failed)
    assert len(desk.script.asked) == 2


@pytest.mark.parametrize(
    ("hints", "text", "wait_s"),
    [({"retry-after": "7"}, "", 7.0), ({}, '{"error":"?","retry_after_seconds":2.5}', 3.0), ({}, "Too Many Requests", 1.0)],
)
def test_after_a_429_the_next_read_of_its_kind_waits_as_long_as_the_venue_asks_and_no_other(hints: dict[str, str], text: str, wait_s: float) -> None:
    desk = Desk()
    desk.script.on("GET /x", Failed("GET /x: HTTP 429", False, 429, text, hints), Found(b"1"))  # noqa: FBT003 (as Failed takes it)
    assert isinstance(desk.ask(1)[0], Failed)
    assert desk.ask(1, "other") == [Found(b"1")]
    assert desk.slept == []
    assert desk.ask(1) == [Found(b"1")]
    assert desk.slept == [wait_s]


def test_a_read_that_is_shut_for_longer_than_it_may_wait_fails_without_being_sent() -> None:
    desk = Desk()
    desk.script.on("GET /x", Failed("GET /x: HTTP 429", False, 429, "", {"retry-after": "31"}))  # noqa: FBT003 (as Failed takes it)
    answers = desk.ask(3)
    assert [answer.why for answer in answers[1:] if isinstance(answer, Failed)] == ["read: the rate limit read is used up"] * 2
    assert len(desk.script.asked) == 1
    assert desk.clock_ns == 0


def test_all_pages_are_fetched_with_the_cursor_of_the_one_before() -> None:
    desk = Desk()
    desk.script.on("GET /p", page([1, 2], "b"), page([3], "c"), page([], "LTE="))
    read = desk.pages()
    assert [msgspec.json.decode(row) for row in read.rows] == [1, 2, 3]
    assert read.missing == []
    assert [dict(request.query)["c"] for request in desk.script.asked] == ["MA==", "b", "c"]


def test_what_comes_after_a_page_that_cannot_be_had_is_named_as_missing() -> None:
    for answer, said in (
        (Failed("GET /p: no answer", False), "page 2: GET /p: no answer"),  # noqa: FBT003 (as Failed takes it)
        (Absent(404, "gone"), "page 2: HTTP 404 gone"),
        (Absent(404, "\x1b[31mgone\n"), "page 2: HTTP 404 \\x1b[31mgone"),
        (Found(b"<html>"), "page 2: "),
        (page([3], "b"), "page 2: it leads back to page 2"),
        (page([3], "MA=="), "page 2: it leads back to page 1"),
    ):
        desk = Desk()
        desk.script.on("GET /p", page([1], "b"), answer)
        read = desk.pages()
        assert msgspec.json.decode(read.rows[0]) == 1
        assert len(read.missing) == 1
        assert read.missing[0].startswith(said)


def test_a_cursor_that_never_ends_is_given_up() -> None:
    desk = Desk(refill=1_000)
    count = iter(range(10**6))
    desk.script.on("GET /p", lambda _request: page([0], str(next(count))))
    read = desk.pages()
    assert read.missing == ["more than 1000 pages"]
    assert len(read.rows) == 1_000
