"""Telegram's Bot API on loopback, as far as the console uses it; it can fail in every way that Telegram does, and remembers what it was told."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

TOKEN = "1234567:AAverySECRETtokenOFtheBOT"
CHAT = 42
OPERATOR = 7
NAME = "steelyard_bot"


class Fault:
    """One answer that is none."""

    def __init__(self, status: int, words: str = "", *, retry_after: int = 0, body: str | None = None, hangs_s: float = 0.0) -> None:
        self.status = status
        self.hangs_s = hangs_s
        self.body = body
        self.answer: dict[str, Any] = {"ok": False, "error_code": status, "description": words}
        if retry_after:
            self.answer["parameters"] = {"retry_after": retry_after}


def too_many(seconds: int) -> Fault:
    return Fault(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class FakeApi:
    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.times: list[tuple[str, float]] = []
        self.faults: dict[str, deque[Fault]] = {}
        self.always: dict[str, Fault] = {}
        """Method (or "*") → how it fails until it is taken out again."""
        self.messages: list[dict[str, Any]] = []
        """Those that were taken, in order."""
        self._updates: list[dict[str, Any]] = []
        self._count = 100
        self._there = asyncio.Event()
        self.base = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    # What people do.

    def say(self, text: str, *, chat: int = CHAT, user: int | None = OPERATOR, ago_s: int = 0, kind: str = "private") -> None:
        message: dict[str, Any] = {"message_id": self._count, "date": int(time.time()) - ago_s, "chat": {"id": chat, "type": kind}, "text": text}
        if user is not None:
            message["from"] = {"id": user, "is_bot": False, "first_name": "<b>op</b>\n"}
        self.update(message=message)

    def press(self, message: dict[str, Any], *, user: int = OPERATOR, chat: int = CHAT, data: str | None = None) -> None:
        on = {"message_id": message["message_id"], "date": int(time.time()), "chat": {"id": chat, "type": "private"}, "text": "q"}
        sender = {"id": user, "is_bot": False, "first_name": "op"}
        data = message["reply_markup"]["inline_keyboard"][0][0]["callback_data"] if data is None else data
        self.update(callback_query={"id": f"cb{self._count}", "from": sender, "chat_instance": "x", "data": data, "message": on})

    def update(self, **what: Any) -> None:  # noqa: ANN401 - any JSON
        self._updates.append({"update_id": self._count, **what})
        self._count += 1
        self._there.set()

    # What the bot is answered.

    def texts(self, chat: int = CHAT) -> list[str]:
        return [message["text"] for message in self.messages if message["chat_id"] == chat]

    def told(self, method: str) -> list[dict[str, Any]]:
        return [form for name, form in self.calls if name == method]

    async def until(self, is_so: Callable[[], object], within_s: float = 5.0) -> None:
        ends = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < ends, self.calls[-5:]
            await asyncio.sleep(0.01)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        kind = request.content_type
        assert kind in {"application/x-www-form-urlencoded", "multipart/form-data"}, kind
        form = {name: _read(str(value)) for name, value in (await request.post()).items()}
        self.calls.append((method, form))
        self.times.append((method, time.monotonic()))
        if request.match_info["token"] != TOKEN:
            return _answer(Fault(401, "Unauthorized"))
        fault = self._fault(method)
        if fault is not None:
            await asyncio.sleep(fault.hangs_s)
            return _answer(fault)
        serve: Callable[[dict[str, Any]], Awaitable[Any]] = getattr(self, f"_{method}")
        return web.json_response({"ok": True, "result": await serve(form)})

    def _fault(self, method: str) -> Fault | None:
        once = self.faults.get(method)
        return once.popleft() if once else self.always.get(method, self.always.get("*"))

    async def _getMe(self, _: dict[str, Any]) -> object:  # noqa: N802 - Telegram's name
        return {"id": 1234567, "is_bot": True, "first_name": "b", "username": NAME}

    async def _deleteWebhook(self, form: dict[str, Any]) -> object:  # noqa: N802
        if form.get("drop_pending_updates"):
            self._updates.clear()
        return True

    async def _setMyCommands(self, _: dict[str, Any]) -> object:  # noqa: N802
        return True

    async def _answerCallbackQuery(self, _: dict[str, Any]) -> object:  # noqa: N802
        return True

    async def _editMessageText(self, form: dict[str, Any]) -> object:  # noqa: N802
        return _message(form, form["message_id"])

    async def _sendMessage(self, form: dict[str, Any]) -> object:  # noqa: N802
        assert 0 < len(form["text"].encode("utf-16-le")) // 2 <= 4096
        self.messages.append({**form, "message_id": 1_000 + len(self.messages)})
        return _message(form, self.messages[-1]["message_id"])

    async def _getUpdates(self, form: dict[str, Any]) -> object:  # noqa: N802
        assert form["allowed_updates"] == ["message", "callback_query"]
        offset = form.get("offset", 0)
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        if not self._updates:
            self._there.clear()
            try:
                await asyncio.wait_for(self._there.wait(), form.get("timeout", 0))
            except TimeoutError:
                return []
        return self._updates[: form["limit"]]


def _read(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Numbers, truths and nested values travel as JSON inside a field; a text that looks like one stays one only in `text`, which is never digits."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _message(form: dict[str, Any], message_id: int) -> object:
    return {"message_id": message_id, "date": int(time.time()), "chat": {"id": form["chat_id"], "type": "private"}, "text": form["text"]}


def _answer(fault: Fault) -> web.Response:
    if fault.body is not None:
        return web.Response(status=fault.status, text=fault.body, content_type="text/html")
    return web.json_response(fault.answer, status=fault.status)
