"""A market whose title is an attack, from the exchange to all who read it: the log, the command line, the dashboard, the chat, the report's page.

Everywhere the title is seen, as text, and obeyed by nobody.
"""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import run_bot
from connectors.operator.control.link import ControlLink
from connectors.operator.control.protocol import SOCKET_NAME
from connectors.operator.terminal.app import Dashboard
from oms.values.orders import Side
from oms.values.panels import Fills, Topic
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.ids import new_market
from sim.gateway.records import Terms
from tests.config.report.words_history import Read
from tests.config.words_live import MAKER, QUOTING, Floor, open_floor
from tests.config.words_runs import BOT, environment
from tests.connectors.operator.telegram.fake_api import CHAT, OPERATOR, TOKEN, FakeApi
from tests.connectors.operator.terminal.stage import LARGE, Clock, FakeLink, Stage

TITLE = "<script>x()</script><b>T</b>[bold red]U[/][@click=app.kill]V[/]\x1b]0;W\x07\x1b[2J\u202eX\u202c\r\n/kill now\nlevel=error what=forged"
SEEN = "<script>x()</script><b>T</b>[bold red]U[/][@click=app.kill]V[/]"
"""How it begins; what comes after is shown by its numbers, or left out where there is no room."""
LASTS_S = 120


class Scene:
    """A paper daemon on an exchange with this one market."""

    def __init__(self, folder: Path, floor: Floor) -> None:
        self.folder = folder
        self.floor = floor
        self.config = folder / "paper.toml"
        self.journal = folder / "journal"
        self.socket = folder / "state" / SOCKET_NAME
        self.config.write_text(_settings(folder))

    @contextmanager
    def daemon(self) -> Iterator[None]:
        words = ["paper", "--host", self.floor.url, "--config", str(self.config), "--journal", str(self.journal), "--log-level", "debug"]
        with (self.folder / "out").open("wb") as out:
            bot = subprocess.Popen([*BOT, *words], stdout=out, stderr=out, env=environment({"PYTHONUNBUFFERED": "1"}))
            try:
                yield
                bot.terminate()
                assert bot.wait(60) == 0, self.said()
            finally:
                bot.kill()
                bot.wait()

    def said(self) -> str:
        return (self.folder / "out").read_bytes().decode()


def _settings(folder: Path) -> str:
    quoting = "".join(f"{name} = {value}\n" for name, value in QUOTING.items())
    return f'[live]\nstate = "{folder}/state"\n[latency]\norder_ms = [1, 2]\nreply_ms = [1, 2]\n[strategy.market_making]\n{quoting}'


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with open_floor(0) as floor:
        market = new_market(TITLE, tick_pips=100, end_ns=floor.host.now_ns() + 86_400 * NS_PER_SECOND)

        def begin() -> None:
            floor.host.list_market(market, Terms(slug="hostile"))
            assert floor.host.exchange.split(MAKER.lower(), market.market_id, 1_000_000 * MICRO) is None
            floor.submits(MAKER, market, Side.BUY, 4_000, 100_000)
            floor.submits(MAKER, market, Side.SELL, 6_000, 100_000)

        floor.do(begin)
        yield Scene(tmp_path, floor)


def assert_plain(text: str, seen: str = SEEN) -> None:
    """The title is seen in the text, nothing steers a terminal, and no line begins as somebody else wants."""
    assert seen in text, text
    lines = text.split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line.lstrip().startswith(("/kill", "level=error"))] == []


def test_an_attack_in_a_title_is_shown_everywhere_and_obeyed_nowhere(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    with scene.daemon():
        asyncio.run(it_is_harmless_on_the_dashboard(scene))
        for words in (["status"], ["pause", "--market", scene.floor.markets[0].market_id]):
            assert run_bot.main([*words, "--config", str(scene.config)]) == 0
            assert_plain(capsys.readouterr().out)
        assert run_bot.main(["status", "--json", "--config", str(scene.config)]) == 0
        told = capsys.readouterr().out
        assert json.loads(told)["markets"]["rows"][0]["title"] == TITLE, "programs are told it as it is,"
        assert "\x1b" not in told, "and a terminal is not steered by it"
        asyncio.run(it_is_harmless_in_the_chat(scene))
    said = scene.said()
    assert_plain(said)
    assert [line for line in said.splitlines() if "forged" in line and 'what="market listed"' not in line] == []
    page = scene.folder / "page.html"
    assert run_bot.main(["report", str(scene.journal), "--html", str(page)]) == 0
    capsys.readouterr()
    it_is_harmless_on_the_page(page.read_text(encoding="utf-8"))


async def it_is_harmless_on_the_dashboard(scene: Scene) -> None:
    """On every screen that shows titles, once something was traded and more is asked for."""
    app = Dashboard(ControlLink(scene.socket, "test"))
    async with asyncio.timeout(LASTS_S), app.run_test(size=LARGE) as pilot:
        stage = Stage(app, pilot, FakeLink(), Clock())
        await stage.press("8")
        while not (isinstance(fills := app.sight.view(Topic.FILLS), Fills) and fills.rows):
            scene.floor.trades(Side.SELL, 10)
            await pilot.pause(0.2)
        for keys in (["2"], ["2", "enter"], ["3"], ["4"], ["8"]):
            await stage.press(*keys)
            while SEEN[:20] not in stage.text():
                await pilot.pause(0.1)
            assert_plain(stage.text(), SEEN[:20])
        assert list(app.desk.asked) == [], "nothing was asked of the daemon"


async def it_is_harmless_in_the_chat(scene: Scene) -> None:
    """Telegram obeys markup, and makes commands of whatever looks like one outside <code>."""
    (scene.folder / "token").write_text(TOKEN)
    (scene.folder / "token").chmod(0o600)
    async with FakeApi() as api:
        config = scene.folder / "telegram.toml"
        chat = f'[telegram]\nchats = [{CHAT}]\noperators = [{OPERATOR}]\ntoken_file = "token"\napi = "{api.base}"\n'
        config.write_text(_settings(scene.folder) + chat)
        console = await asyncio.create_subprocess_exec(*BOT, "telegram", "--config", str(config), stdout=subprocess.DEVNULL, env=environment())
        try:
            await api.until(lambda: api.told("getUpdates"), LASTS_S)
            for command in ("/fills", "/positions"):
                api.messages.clear()
                api.say(command)
                await api.until(api.texts, LASTS_S)
                (told,) = api.texts()
                answer = Read(told)
                assert answer.names() == {"b", "code"}
                assert_plain(answer.text, SEEN[:50])
                assert "script" not in re.sub("<code>.*?</code>", "", told)
        finally:
            console.terminate()
            await console.wait()


def it_is_harmless_on_the_page(page: str) -> None:
    """It is words there, once and again, and no tag."""
    found = Read(page)
    assert SEEN in found.text
    assert "script" not in found.names()
    assert "\x1b" not in page
    assert "\u202e" not in page
