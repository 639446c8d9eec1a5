from textual.color import Color

from connectors.operator.terminal.themes import INKS, LOOKS, THEMES, next_theme
from tests.connectors.operator.terminal.stage import Stage, play

TEXT_INKS = ("dim", "head", "good", "loss", "bid", "ask", "ours")


def test_the_themes_follow_each_other_round() -> None:
    names = [theme.name for theme in THEMES]
    assert [next_theme(name) for name in names] == [*names[1:], names[0]]
    assert next_theme("textual-dark") == names[0]


def test_all_themes_know_the_same_inks() -> None:
    assert [sorted(theme.variables) for theme in THEMES] == [sorted(THEMES[0].variables)] * len(THEMES)


def test_every_ink_has_a_look_in_every_theme() -> None:
    assert [name for theme in THEMES for name in INKS if LOOKS[theme.name][name].color is None and LOOKS[theme.name][name].bgcolor is None] == []


def test_a_theme_redraws_what_stands_there() -> None:
    async def scene(stage: Stage) -> list[str]:
        seen = []
        for _ in THEMES:
            seen.append(stage.app.export_screenshot())
            await stage.press("t")
        return seen

    pictures = play(scene)
    assert all(THEMES[i].variables["ink-good"] in picture for i, picture in enumerate(pictures))


def contrast(one: str, other: str) -> float:
    """As the web's accessibility rules reckon it."""

    def light(colour: str) -> float:
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in Color.parse(colour).normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_everything_that_is_to_be_read_can_be_read() -> None:
    poor = []
    for theme in THEMES:
        least = 7.0 if theme.name.endswith("contrast") else 4.0
        colours = {name: theme.variables[f"ink-{name}"] for name in TEXT_INKS}
        colours |= {"text": theme.foreground or "", "alarm": theme.error or "", "warn": theme.warning or ""}
        for name, colour in colours.items():
            if (found := contrast(colour, theme.background or "")) < least:
                poor.append(f"{theme.name} {name}: {found:.1f}")
    assert poor == []
