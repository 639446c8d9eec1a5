from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from connectors.operator.terminal.ink import Cell, cut, fitted, gain, spread, width_of
from connectors.operator.terminal.words import harmless
from oms.values.panels import MarketRow, Markets, Topic
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import LARGE, Stage, play


@given(st.text(max_size=40).map(harmless), st.integers(0, 50))
def test_a_text_is_fitted_into_exactly_its_columns_whatever_its_signs_are_wide(text: str, width: int) -> None:
    assert [cell_len(fitted(text, width, right=right, middle=middle)) for right in (True, False) for middle in (True, False)] == [width] * 4


def test_that_a_text_was_cut_shows_at_its_end_or_in_its_middle() -> None:
    assert fitted("event-3: will it be outcome 2 of 3?", 20) == "event-3: will it be…"
    assert fitted("event-3: will it be outcome 2 of 3?", 20, middle=True) == "event-3: wil…2 of 3?"
    assert fitted("49", 5, right=True) == "   49"


def test_the_right_end_of_a_line_stays_and_the_left_is_cut() -> None:
    line = spread([Cell("a long beginning")], [Cell("12:00")], 12)
    assert "".join([cell.text for cell in line]) == "a long…12:00"
    assert width_of(spread([Cell("a")], [Cell("12:00")], 12)) == 12
    assert width_of(spread([Cell("a")], [Cell("far too long")], 4)) == 4


def test_a_line_is_cut_to_its_width_across_cells() -> None:
    assert "".join([cell.text for cell in cut([Cell("abc"), Cell("def"), Cell("ghi")], 5)]) == "abcd…"
    assert width_of(cut([], 7)) == 7


def test_gains_and_losses_have_their_ink_and_nothing_has_none() -> None:
    assert [gain(value) for value in (5, -5, 0, None)] == ["good", "loss", "dim", "dim"]


def test_text_that_looks_like_markup_is_drawn_sign_by_sign() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("2")
        row = MarketRow(market_id="m", title="[red]x[/red][@click=app.kill]y[/]")
        await stage.show(Topic.MARKETS, Markets(at_ns=made_up.NOW, rows=(row,)))
        x = stage.lines()[5].index("y")
        await stage.pilot.click(offset=(x, 5))
        return f"{stage.lines()[5]} {stage.link.done}"

    text = play(scene, LARGE)
    assert "[red]x[/red][@click=app.kill]y[/]" in text
    assert text.endswith("[]")
