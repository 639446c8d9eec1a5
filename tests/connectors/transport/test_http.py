"""A real server on loopback answers well and badly; what we conclude must never be more than what it said."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from connectors.transport.http import Absent, Answer, Failed, Found, Http, Request, Timeouts

SECRET = "s3cr3t-hmac"
Talk = Callable[[Http], Awaitable[Answer]]


class Server:
    """Counts what it is asked and answers as its path says."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes, dict[str, str]]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request.method, request.path_qs, body, {name.lower(): text for name, text in request.headers.items()}))
        what = request.path.removeprefix("/")
        if what == "hang":
            await asyncio.sleep(30)
        if what == "drop":
            assert request.transport is not None
            request.transport.abort()
        if what == "long":
            return web.Response(body=b"x" * 5_000)
        if what == "cut":
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b"half")
            assert request.transport is not None
            request.transport.abort()
            return response
        if what == "moved":
            return web.Response(status=302, headers={"Location": "/200"})
        if what == "late":
            return web.Response(headers={"Date": "not a date"})
        return web.Response(
            status=int(what), text="the server's words", headers={"Retry-After": "7", "X-Other": "1", "Poly-RateLimit-Remaining": "3"}
        )


def talked(talk: Talk, **knobs: float) -> tuple[Answer, Server, Http]:
    """What one conversation with a fresh server came to."""

    async def run() -> tuple[Answer, Server, Http]:
        server = Server()
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", server.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with Http(f"http://127.0.0.1:{port}/", timeouts=Timeouts(**knobs), body_bytes_max=1_000) as http:
            answer = await talk(http)
        await runner.cleanup()
        return answer, server, http

    return asyncio.run(run())


def asking(path: str) -> Talk:
    return lambda http: http.ask(Request(method="GET", path=path))


def acting(path: str, method: str = "POST") -> Talk:
    return lambda http: http.act(Request(method=method, path=path, body=b'{"secret":1}', headers={"POLY_SIGNATURE": SECRET}))


def test_a_2xx_is_found_with_its_bytes_and_the_hints_about_rates() -> None:
    answer, server, http = talked(lambda http: http.ask(Request(method="GET", path="/200", query=(("id", "a b&c"), ("next_cursor", "MA==")))))
    assert answer == Found(b"the server's words", 200, {"retry-after": "7", "poly-ratelimit-remaining": "3"})
    assert server.seen[0][:3] == ("GET", "/200?id=a+b%26c&next_cursor=MA%3D%3D", b"")
    assert http.answers == {"200": 1}


@pytest.mark.parametrize("status", [404, 410])
def test_only_a_404_proves_to_a_reader_that_something_is_not_there(status: int) -> None:
    answer, _, _ = talked(asking(f"/{status}"))
    assert isinstance(answer, Absent)
    assert (answer.status, answer.text) == (status, "the server's words")


@pytest.mark.parametrize("status", [400, 401, 403, 408, 425, 429, 500, 502, 503])
def test_any_other_status_tells_a_reader_nothing(status: int) -> None:
    answer, _, _ = talked(asking(f"/{status}"))
    assert isinstance(answer, Failed)
    assert (answer.status, answer.text, answer.maybe_took_effect) == (status, "the server's words", False)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_a_refused_effect_was_not_done(status: int) -> None:
    answer, _, _ = talked(acting(f"/{status}"))
    assert isinstance(answer, Absent)
    assert answer.status == status


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503])
def test_an_effect_answered_by_a_broken_server_may_have_been_done(status: int) -> None:
    answer, server, _ = talked(acting(f"/{status}"))
    assert isinstance(answer, Failed)
    assert answer.maybe_took_effect
    assert len(server.seen) == 1


@pytest.mark.parametrize("path", ["/hang", "/drop", "/cut", "/long"])
def test_an_effect_whose_answer_is_lost_may_have_been_done_and_is_sent_once(path: str) -> None:
    answer, server, _ = talked(acting(path), read_s=0.2)
    assert isinstance(answer, Failed)
    assert answer.maybe_took_effect
    assert [seen[0] for seen in server.seen] == ["POST"]


@pytest.mark.parametrize("path", ["/hang", "/drop", "/cut", "/long"])
def test_a_read_whose_answer_is_lost_had_no_effect(path: str) -> None:
    answer, _, _ = talked(asking(path), read_s=0.2)
    assert isinstance(answer, Failed)
    assert not answer.maybe_took_effect


def test_an_effect_that_found_no_server_was_not_done() -> None:
    async def run() -> Answer:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, never listening: the port refuses
            async with Http(f"http://127.0.0.1:{taken.getsockname()[1]}") as http:
                return await http.act(Request(method="POST", path="/order", body=b"x"))

    answer = asyncio.run(run())
    assert isinstance(answer, Failed)
    assert not answer.maybe_took_effect
    assert "POST /order at http://127.0.0.1" in answer.why


def test_an_effect_that_got_no_connection_in_time_was_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_args: object, **_knobs: object) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", hang)
    answer, server, _ = talked(acting("/200"), total_s=0.05)
    assert isinstance(answer, Failed)
    assert not answer.maybe_took_effect
    assert server.seen == []


def test_a_timeout_names_its_bounds() -> None:
    answer, _, http = talked(asking("/hang"), read_s=0.1, total_s=5.0)
    assert isinstance(answer, Failed)
    assert "connect 3 s, silence 0.1 s, total 5 s" in answer.why
    assert http.answers == {"SocketTimeoutError": 1}


def test_a_redirect_is_not_followed_with_our_headers() -> None:
    answer, server, _ = talked(acting("/moved"))
    assert isinstance(answer, Failed)
    assert not answer.maybe_took_effect
    assert [seen[1] for seen in server.seen] == ["/moved"]


def test_the_body_goes_out_byte_for_byte_and_our_name_is_not_urllib() -> None:
    _, server, _ = talked(acting("/200", method="DELETE"))
    method, _, body, headers = server.seen[0]
    assert (method, body, headers["user-agent"], headers["content-type"]) == ("DELETE", b'{"secret":1}', "steelyard/1", "application/json")


def test_nothing_secret_is_in_any_text_of_requests_and_answers() -> None:  # req 1.17
    request = Request(method="POST", path="/order", query=(("token", SECRET),), body=SECRET.encode(), headers={"POLY_SIGNATURE": SECRET})
    lost, _, http = talked(lambda http: http.act(Request(method="POST", path="/drop", body=SECRET.encode(), headers={"POLY_SIGNATURE": SECRET})))
    for text in (repr(request), repr(Found(SECRET.encode())), repr(lost), str(http.answers)):
        assert SECRET not in text


def test_every_answer_tells_the_servers_clock() -> None:
    _, _, http = talked(asking("/404"))
    assert http.clock.is_known
    assert abs(http.clock.offset_ns) <= http.clock.error_ns


def test_a_date_that_is_none_is_passed_over() -> None:
    answer, _, http = talked(asking("/late"))
    assert isinstance(answer, Found)
    assert not http.clock.is_known


def test_an_effect_does_not_wait_behind_reads_that_hang_however_many() -> None:
    """A venue whose questions hang may still cancel, and its dead man's switch must be fed: they have connections of their own."""

    async def talk(http: Http) -> Answer:
        reads = [asyncio.ensure_future(asking("/hang")(http)) for _ in range(150)]
        await asyncio.sleep(0.3)
        answer = await acting("/200", "DELETE")(http)
        assert not any(read.done() for read in reads)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        return answer

    answer, _, _ = talked(talk, total_s=2.0)
    assert isinstance(answer, Found)
