"""Every way to kill a bot, against the exchange and with 500 open orders: from the moment somebody wants it to the moment two looks saw nothing open.

The bot, the command line and the console in Telegram are processes; the exchange and Telegram's API are here. After each kill a start must be refused
until `resume`. The dashboard's route is its instruction over the same socket; that the key K sends it is shown in tests/connectors/operator/terminal.
"""

import asyncio
import io
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import run_bot
from config.assembly.latch import KILL_NAME, LATCH_NAME, Latch
from connectors.operator.control.client import ControlClient
from connectors.operator.control.protocol import SOCKET_NAME, Kill
from tests.campaign.judge import Finding
from tests.campaign.size import Say, Size
from tests.config.verbs.words_process import Process
from tests.config.words_live import Floor, Trader, open_floor
from tests.config.words_runs import BOT, environment
from tests.connectors.operator.telegram.fake_api import CHAT, OPERATOR, TOKEN, FakeApi

ROUTES: Final = ("command line", "dashboard", "telegram", "file", "signal")
ORDERS: Final = 500
WITHIN_S: Final = 2.0
_LOOK_S: Final = 0.005
_PATIENCE_S: Final = 60.0
_QUOTES: Final = 8


class Scene:
    """A trader, the exchange, and everybody who can kill."""

    def __init__(self, floor: Floor, folder: Path, telegram: "Telegram") -> None:
        self.floor = floor
        folder.mkdir()
        self.trader = Trader(folder)
        self.path = self.trader.files()
        with self.path.open("a") as file:
            file.write(telegram.table(folder))
        self.telegram = telegram
        self._typed: subprocess.Popen[bytes] | None = None
        """What was typed at the command line, and has not ended yet."""
        self.routes: Mapping[str, Callable[[Process], Callable[[], None]]] = {
            "command line": self._command_line,
            "dashboard": self._dashboard,
            "telegram": self._telegram,
            "file": lambda _bot: (self.trader.state / KILL_NAME).touch,
            "signal": lambda bot: lambda: os.kill(bot.process.pid, signal.SIGUSR1),
        }
        """Each prepares what may be ready before somebody wants to kill, and returns the deed."""

    def kills(self, route: str) -> float:
        """One bot, one kill; the seconds it took. Raises AssertionError: something was not as it must be."""
        trader, floor = self.trader, self.floor
        bot = Process(floor, self.path)
        try:
            bot.until(lambda: len(floor.standing(trader.address)) >= _QUOTES, _PATIENCE_S)
            floor.rests(trader.address, ORDERS)
            deed = self.routes[route](bot)
            began_s = time.monotonic()
            deed()
            self._wait(self._is_verified, route)
            took_s = time.monotonic() - began_s
            assert bot.process.wait(_PATIENCE_S) == 42, f"{route}: the bot ended with {bot.process.returncode}"
            assert not floor.standing(trader.address), f"{route}: something stands after the end"
            self._is_refused_until_resume(route)
            return took_s
        finally:
            if self._typed is not None:
                self._typed.wait(_PATIENCE_S)
                self._typed = None
            if bot.process.poll() is None:
                bot.process.kill()
                bot.process.wait()

    def _is_verified(self) -> bool:
        halt = Latch(self.trader.state / LATCH_NAME).halt()
        return halt is not None and halt.verified is True and not self.floor.standing(self.trader.address)

    def _is_refused_until_resume(self, route: str) -> None:
        with redirect_stdout(io.StringIO()):
            refused = run_bot.main(["live", "--live", "--host", self.floor.url, "--config", str(self.path)])
            resumed = run_bot.main(["resume", "--config", str(self.path)])
        assert (refused, resumed) == (42, 0), f"{route}: a start after it ended with {refused}, resume with {resumed}"
        assert Latch(self.trader.state / LATCH_NAME).halt() is None, f"{route}: resume left the latch"

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        end_s = time.monotonic() + _PATIENCE_S
        while not is_so():
            assert time.monotonic() < end_s, f"{what}: not verified within {_PATIENCE_S:g} s"
            time.sleep(_LOOK_S)

    def _command_line(self, _bot: Process) -> Callable[[], None]:
        """Typed by a person: the start of the interpreter counts."""
        words = [*BOT, "kill", "--host", self.floor.url, "--config", str(self.path)]

        def type_it() -> None:
            self._typed = _spawned(words)

        return type_it

    def _dashboard(self, _bot: Process) -> Callable[[], None]:
        path = self.trader.state / SOCKET_NAME

        async def press() -> None:
            client = await ControlClient.connect(path, "dashboard", 5.0)
            try:
                answer = await client.do(Kill(why="K was pressed"))
                assert answer.ok, answer.text
            finally:
                await client.close()

        return lambda: asyncio.run(press())

    def _telegram(self, _bot: Process) -> Callable[[], None]:
        """The question is asked before, when the console has found the new bot; what counts is from the button on."""
        self.telegram.waits_for_the_bot()
        question = self.telegram.asks("/kill")
        return lambda: self.telegram.presses(question)


class Telegram:
    """Its API here, and the console in a process of its own."""

    def __init__(self, api: FakeApi, loop: asyncio.AbstractEventLoop) -> None:
        self._api = api
        self._loop = loop
        self._console: subprocess.Popen[bytes] | None = None

    def table(self, folder: Path) -> str:
        """What the settings say of it."""
        token = folder / "telegram.token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        return f'[telegram]\nchats = [{CHAT}]\noperators = [{OPERATOR}]\ntoken_file = "{token}"\napi = "{self._api.base}"\nsummary_hour_utc = -1\n'

    def begin(self, path: Path) -> None:
        """The console; it waits for a daemon."""
        with path.with_name("telegram.log").open("ab") as log:
            self._console = subprocess.Popen([*BOT, "telegram", "--config", str(path)], stdout=log, stderr=log, env=environment({}))

    def end(self) -> None:
        """The console goes."""
        if self._console is not None:
            self._console.terminate()
            self._console.wait(_PATIENCE_S)

    def waits_for_the_bot(self) -> None:
        """Until the console tells how it does, and not that nobody answers at its socket."""
        end_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end_s:
            seen = self.do(lambda: len(self._api.messages))
            self.do(lambda: self._api.say("/status"))
            time.sleep(0.5)
            for message in self.do(lambda seen=seen: list(self._api.messages[seen:])):  # type: ignore[misc]
                if "resting" in message["text"] and SOCKET_NAME not in message["text"]:
                    return
        raise AssertionError("the console in Telegram does not find the bot")

    def asks(self, text: str) -> dict[str, Any]:
        """Say it until the console answers with a button: it may not have found the new daemon yet."""
        end_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end_s:
            seen = self.do(lambda: len(self._api.messages))
            self.do(lambda: self._api.say(text))
            until_s = time.monotonic() + 2.0
            while time.monotonic() < until_s:
                for message in self.do(lambda seen=seen: list(self._api.messages[seen:])):  # type: ignore[misc]
                    if "reply_markup" in message:
                        return dict(message)
                time.sleep(0.02)
        raise AssertionError("the console in Telegram does not ask back")

    def presses(self, message: dict[str, Any]) -> None:
        """The first button."""
        self.do(lambda: self._api.press(message))

    def do(self, action: Callable[[], Any]) -> Any:  # noqa: ANN401 (whatever it returns)
        """In its own loop."""

        async def done() -> Any:  # noqa: ANN401
            return action()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(20)


@contextmanager
def telegram() -> Iterator[Telegram]:
    """Telegram's API in a thread of its own."""
    ready, made, stop = threading.Event(), [], asyncio.Event()

    async def serve() -> None:
        async with FakeApi() as api:
            made.append(Telegram(api, asyncio.get_running_loop()))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(20), "Telegram's API did not open"
    try:
        yield made[0]
    finally:
        made[0].end()
        made[0].do(stop.set)
        thread.join(20)


def kill_routes(size: Size, say: Say) -> Iterator[Finding]:
    """So many tries of every route."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="steelyard-kills-")))
        floor, chat = stack.enter_context(open_floor()), stack.enter_context(telegram())
        for number, route in enumerate(ROUTES):
            # A wallet for each: a signer that starts anew takes a hundredth of its day's cap, whether it signs or not.
            scene = Scene(floor, folder / route, chat)
            if route == "telegram":
                chat.begin(scene.path)
            took: list[float] = []
            wrong = ""
            for trial in range(size.kill_tries):
                say(f"{route} {trial + 1}/{size.kill_tries}, route {number + 1} of {len(ROUTES)}")
                try:
                    took.append(scene.kills(route))
                except AssertionError as error:
                    wrong = str(error)[-300:]
                    break
            yield _judged(route, sorted(took), wrong, size)


def _judged(route: str, took: list[float], wrong: str, size: Size) -> Finding:
    what = f"killed by {route} with {ORDERS} open orders"
    if wrong or not took:
        return Finding(what=what, ok=False, figures=wrong or "not tried")
    p50, p99, longest = took[len(took) // 2], took[min(len(took) - 1, round(0.99 * (len(took) - 1)))], took[-1]
    spread = f"p50 {p50:.2f} s, p99 {p99:.2f} s, longest {longest:.2f} s"
    figures = f"{len(took)} tries, from the trigger to verified nothing open: {spread}; each restart refused until resume"
    return Finding(what=what, ok=p99 <= size.kill_within_s, figures=figures)


def _spawned(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment({}))
