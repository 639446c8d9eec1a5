from pathlib import Path

from connectors.operator.terminal.app import Dashboard
from connectors.operator.terminal.keys import COLOURS, KEYS, TABS, bindings
from connectors.operator.terminal.themes import THEMES
from oms.values.panels import Topic
from tests.connectors.operator.terminal.stage import Stage, play


def test_no_key_means_two_things_and_every_one_does_something() -> None:
    keys = [key for binding in bindings() for key in binding.key.split(",")]
    assert len(keys) == len(dict.fromkeys(keys))
    missing = [binding.action for binding in bindings() if not hasattr(Dashboard, f"action_{binding.action.partition('(')[0]}")]
    assert missing == []


def test_every_key_and_screen_is_in_the_help_and_in_the_command_palette() -> None:
    async def scene(stage: Stage) -> list[str]:
        return [f"{command.title} {command.help}" for command in stage.app.get_system_commands(stage.app.screen)]

    commands = play(scene)
    assert [key.sign for key in KEYS if not any(f"({key.sign})" in text and key.meaning in text for text in commands)] == []
    assert [tab.name for tab in TABS if not any(tab.name in text and tab.title in text for text in commands)] == []


def test_the_palette_does_what_the_key_does() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("ctrl+p")
        await stage.type("screen 6")
        await stage.pilot.pause(0.5)  # the palette waits a moment for more letters
        await stage.press("enter")
        await stage.pilot.pause()
        return stage.app.panel.id or "", stage.app.theme

    assert play(scene)[0] == "health"


def test_t_goes_through_all_themes_and_back() -> None:
    async def scene(stage: Stage) -> list[str]:
        seen = [stage.app.theme]
        for _ in THEMES:
            await stage.press("t")
            seen.append(stage.app.theme)
        return seen

    assert play(scene) == [*[theme.name for theme in THEMES], THEMES[0].name]


def test_kill_never_asks_in_its_own_words() -> None:
    meaning = next(key.meaning for key in KEYS if key.action == "kill")
    assert "Never asks" in meaning
    assert COLOURS[0][:2] == ("alarm", "red")


def test_every_topic_but_those_that_are_asked_for_has_a_screen() -> None:
    panels = Path(__file__).parents[4] / "connectors" / "operator" / "terminal" / "panels"
    words = "\n".join([path.read_text(encoding="utf-8") for path in sorted(panels.glob("*.py"))])
    asked = {Topic.OVERVIEW: "watched always", Topic.STRATEGIES: "the form asks", Topic.STORY: "asked for one order"}
    assert [topic.name for topic in Topic if topic not in asked and f"Topic.{topic.name}" not in words] == []
