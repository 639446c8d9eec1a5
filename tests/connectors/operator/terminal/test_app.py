import asyncio
import os
import subprocess
import sys
from pathlib import Path

from connectors.operator.control.protocol import Ended
from connectors.operator.terminal.ink import Inked
from connectors.operator.terminal.themes import LOOKS
from oms.values.panels import Topic
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import SMALL, FakeLink, Stage, play, staged


def test_only_the_topics_of_the_screen_in_front_are_watched() -> None:
    async def scene(stage: Stage) -> list[tuple[tuple[Topic, ...], str, int]]:
        await stage.press("2", "enter", "escape", "6")
        return stage.link.watched

    watched = play(scene)
    assert [topics for topics, _, _ in watched] == [
        (Topic.OVERVIEW, Topic.CURVE, Topic.ALERTS, Topic.ARBITRAGE, Topic.FILLS),
        (Topic.OVERVIEW, Topic.MARKETS),
        (Topic.OVERVIEW, Topic.LADDER),
        (Topic.OVERVIEW, Topic.MARKETS),
        (Topic.OVERVIEW, Topic.HEALTH),
    ]
    assert [subject for _, subject, _ in watched] == ["", "", "0x0000", "", ""]
    assert min([every_ms for _, _, every_ms in watched]) >= 500


def test_esc_goes_back_the_way_one_came() -> None:
    async def scene(stage: Stage) -> list[str]:
        seen = []
        await stage.press("2", "enter")
        for key in ("enter", "escape", "escape", "escape"):
            seen.append(stage.app.panel.id or "")
            await stage.press(key)
        return [*seen, stage.app.panel.id or ""]

    assert play(scene) == ["ladder", "story", "ladder", "markets", "markets"]


def test_enter_on_a_holding_or_a_fill_opens_its_market() -> None:
    async def scene(stage: Stage) -> list[str]:
        seen = []
        for keys in (("4", "down", "down", "enter"), ("8", "down", "enter")):
            await stage.press(*keys)
            seen.append(stage.app.panel.subject)
        return seen

    assert play(scene) == ["0x0001", "0x0001"]


def inks_drawn(stage: Stage) -> list[str]:
    """With which inks the tables and blocks of the screen in front are drawn."""
    names = {style.color: name for name, style in LOOKS[stage.app.theme].items() if style.bgcolor is None}
    found: dict[str, None] = {}
    for widget in [widget for widget in stage.app.panel.query("*") if isinstance(widget, Inked)]:
        for y in range(widget.size.height if widget.display else 0):
            for segment in widget.render_line(y):
                if segment.text.strip() and segment.style is not None and segment.style.color in names:
                    found[names[segment.style.color]] = None
    return list(found)


def test_a_lost_connection_greys_everything_and_says_for_how_long_and_its_return_ends_that() -> None:
    async def scene(stage: Stage) -> tuple[str, list[str], str, list[str], str]:
        assert stage.link.listener is not None
        stage.link.is_open = False
        stage.link.listener.lost("/run/control.sock: the daemon hung up")
        await stage.wait(4.0)
        lost, grey = stage.text(), inks_drawn(stage)
        await stage.press("2")  # one can still look around
        stage.link.is_open = True
        stage.link.listener.joined(made_up.WELCOME)
        stage.link.show()
        await stage.pilot.pause()
        back, still = stage.text(), inks_drawn(stage)
        return lost, grey, back, still, stage.app.panel.id or ""

    lost, grey, back, still, panel = play(scene)
    assert "no word from the daemon for 4 s, reconnecting: /run/control.sock" in lost
    assert "not connected" in lost
    assert grey == ["faint"]
    assert "no word" not in back
    assert "✓ picture 0.0s" in back
    assert [name for name in ("bid", "ask", "good", "ours", "head") if name not in still] == []
    assert panel == "markets"


def test_a_daemon_that_hangs_is_told_from_one_that_is_gone() -> None:
    async def scene(stage: Stage) -> str:
        await stage.wait(4.0)
        return stage.text()

    assert "no word from the daemon for 4 s, though the connection stands: it may hang" in play(scene)


def test_the_daemons_last_words_stay_on_the_screen() -> None:
    async def scene(stage: Stage) -> str:
        assert stage.link.listener is not None
        stage.link.listener.ended(Ended(code=42, text="halted: fell $260 from the peak"))
        stage.link.listener.lost("the daemon has ended")
        await stage.pilot.pause()
        return stage.text()

    assert "the daemon has ended with exit code 42: halted: fell $260 from the peak" in play(scene)


def test_without_a_daemon_the_dashboard_waits_and_fills_when_one_comes() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        assert stage.link.listener is not None
        stage.link.listener.lost("/run/control.sock: no daemon answers there")
        await stage.pilot.pause()
        before = stage.text()
        stage.link.is_open = True
        stage.link.listener.joined(made_up.WELCOME)
        stage.link.show()
        await stage.pilot.pause()
        return before, stage.text()

    before, after = play(scene, link=FakeLink(answers=False))
    assert "no daemon yet, connecting: /run/control.sock: no daemon answers there" in before
    assert "waiting for the first picture" in before
    assert "mark $10,042.31" in after


def test_a_story_is_asked_for_once_when_an_order_is_opened_and_again_with_r() -> None:
    asked: list[tuple[Topic, str]] = []

    async def scene(stage: Stage) -> str:
        ask = stage.link.ask

        async def counted(topic: Topic, subject: str = "") -> object:
            asked.append((topic, subject))
            return await ask(topic, subject)

        stage.link.ask = counted  # type: ignore[method-assign,assignment]
        await stage.press("3", "down", "enter")
        await stage.pilot.pause()
        stage.link.show()
        await stage.press("r")
        await stage.pilot.pause()
        return stage.text()

    text = play(scene)
    assert asked == [(Topic.STORY, "7-1001")] * 2
    assert "the gate approved it" in text


def test_a_story_that_cannot_be_told_says_why_and_keeps_the_reason_that_is_known() -> None:
    views = made_up_days.everything()
    del views[Topic.STORY]

    async def scene(stage: Stage) -> str:
        await stage.press("3", "enter")
        await stage.pilot.pause()
        return stage.text()

    text = play(scene, link=FakeLink(views))
    assert "quote 1 of 2: fair 48.7" in text
    assert "no daemon answers there" in text


def test_it_follows_the_terminal_when_that_changes_its_size() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.pilot.resize_terminal(200, 60)
        await stage.pilot.pause()
        large = stage.text()
        await stage.pilot.resize_terminal(*SMALL)
        await stage.pilot.pause()
        return large, stage.text()

    large, small = play(scene)
    assert "LATEST FILLS" in large
    assert "LATEST FILLS" not in small
    assert "LATEST ALERTS" in small


def test_q_ends_the_dashboard_and_sends_nothing() -> None:
    async def whole() -> FakeLink:
        link = FakeLink()
        async with staged(link=link) as stage:
            await stage.press("q")
            await stage.pilot.pause()
            assert stage.app.return_code == 0
        return link

    assert asyncio.run(whole()).done == []


def test_the_dashboard_knows_values_and_the_protocol_and_nothing_of_the_machines() -> None:
    code = (
        "import sys, connectors.operator.terminal.app;"
        "print(*[name for name in sys.modules if name.startswith(('oms.', 'sim', 'strategies', 'config', 'connectors.')) ])"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=dict(os.environ), capture_output=True, text=True, check=True, timeout=120)
    allowed = ("oms.values", "connectors.operator")
    assert [name for name in done.stdout.split() if not name.startswith(allowed)] == []
    assert [name for name in done.stdout.split() if name.endswith(("control.server", "control.switchboard"))] == []
