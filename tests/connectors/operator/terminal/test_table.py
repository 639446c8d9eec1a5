import asyncio
from typing import NamedTuple

from textual.app import App, ComposeResult

from connectors.operator.terminal.ink import Cell
from connectors.operator.terminal.table import Column, Table, laid_out, matches
from connectors.operator.terminal.themes import THEMES
from oms.values.panels import FillRow, Fills, Topic
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import LARGE, SMALL, FakeLink, Stage, play


class Row(NamedTuple):
    name: str
    size: int


COLUMNS: tuple[Column[Row], ...] = (
    Column(head="name", width=10, most=20, is_text=True, cell=lambda row, _: Cell(row.name), sort=lambda row: row.name),
    Column(head="size", width=5, cell=lambda row, _: Cell(str(row.size)), sort=lambda row: row.size),
    Column(head="less", width=8, rank=1, cell=lambda _row, _: Cell("x")),
    Column(head="least", width=8, rank=2, cell=lambda _row, _: Cell("y")),
)


def widths(width: int) -> list[tuple[int, int]]:
    return laid_out(COLUMNS, width)


def test_where_there_is_no_room_the_columns_of_the_highest_rank_go_and_those_of_rank_0_stay() -> None:
    assert [i for i, _ in widths(60)] == [0, 1, 2, 3]
    assert [i for i, _ in widths(30)] == [0, 1, 2]
    assert [i for i, _ in widths(17)] == [0, 1]
    assert [i for i, _ in widths(3)] == [0, 1]


def test_what_room_is_left_goes_to_the_columns_that_stretch_as_far_as_they_may() -> None:
    assert widths(16) == [(0, 10), (1, 5)]
    assert widths(20) == [(0, 14), (1, 5)]
    assert widths(200)[0] == (0, 20)


def test_a_filter_wants_each_of_its_words_somewhere() -> None:
    assert matches("fed OCT", "Will the Fed cut rates in October?")
    assert not matches("fed nov", "Will the Fed cut rates in October?")
    assert matches("", "anything")


def rows_of(stage: Stage, name: str) -> "Table[Row]":
    table: Table[Row] = stage.app.query_one(name, Table)
    return table


class Alone(App[None]):
    """A table and nothing else."""

    CSS_PATH = "../../../../connectors/operator/terminal/theme.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(THEMES[0])
        self.theme = THEMES[0].name
        self.chosen: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEMES[0].variables

    def compose(self) -> ComposeResult:
        yield Table(COLUMNS, key=lambda row: row.name, words=lambda row: row.name, empty="none", id="t")

    def on_table_chosen(self, message: Table.Chosen) -> None:
        row = message.table.row
        assert row is not None
        self.chosen.append(row.name)


async def _alone(rows: list[Row]) -> list[str]:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        table: Table[Row] = app.query_one("#t", Table)
        table.focus()
        table.fill(rows, 0)
        await pilot.press("down", "down")
        assert table.row == rows[2]
        table.fill([Row("new", 0), *rows], 0)
        assert table.row == rows[2]  # it went down by one, and the cursor with it
        table.fill([Row("new", 0), *rows[:2], *rows[3:]], 0)
        assert table.row == rows[3]  # it is gone: what stands in its place
        await pilot.press("s")
        assert [row.name for row in table.rows][:3] == ["a0", "a1", "a3"]  # by name, and texts upwards
        await pilot.press("s")
        assert table.rows[0].size == 19
        await pilot.press("S")
        assert table.rows[0].size == 0
        await pilot.click(table, offset=(2, 0))  # the head of `name`
        assert [row.name for row in table.rows][:2] == ["a0", "a1"]
        await pilot.press("end")
        assert table.row == table.rows[-1]
        assert table.scroll_offset.y > 0
        await pilot.press("home", "pagedown", "k", "j", "enter")
        await pilot.pause()
        assert table.row is not None
        assert app.chosen == [table.row.name]
        await pilot.click(table, offset=(2, 1), times=2)
        assert len(app.chosen) == 2
        table.narrow("a7")
        assert [row.name for row in table.rows] == ["a7"]
        table.narrow("nothing like it")
        assert not table.rows
        table.clear()
        assert len(table.rows) == 0
    return app.chosen


def test_the_cursor_stays_on_its_row_and_heads_keys_and_clicks_sort_and_open() -> None:
    assert len(asyncio.run(_alone([Row(f"a{i}" if i < 10 else f"b{i}", i) for i in range(20)]))) == 2


def test_where_the_newest_stand_first_a_cursor_at_the_top_stays_there_and_one_below_stays_on_its_row() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("8")
        old = made_up.fills()
        newer = Fills(at_ns=old.at_ns, rows=(made_up.fill_row(30), *old.rows), count=1, shares_micro=1)
        await stage.show(Topic.FILLS, newer)
        at_top: object = rows_of(stage, "#fills-table").row
        await stage.show(Topic.FILLS, old)
        await stage.press("down")
        await stage.show(Topic.FILLS, newer)
        below: object = rows_of(stage, "#fills-table").row
        assert isinstance(at_top, FillRow)
        assert isinstance(below, FillRow)
        return at_top.order_id, below.order_id

    assert play(scene) == ("7-1030", "7-1001")


def test_three_thousand_markets_cost_what_the_lines_in_sight_cost() -> None:
    drawn: list[str] = []

    async def scene(stage: Stage) -> tuple[int, int]:
        await stage.press("2")
        table = rows_of(stage, "#markets-table")
        lines = table._line

        def counted(row: Row) -> list[Cell]:
            drawn.append("line")
            return lines(row)

        table._line = counted  # type: ignore[method-assign]
        await stage.show(Topic.MARKETS, made_up.markets(3_000))
        first = len(drawn)
        drawn.clear()
        await stage.press("end")
        assert "(2999)" in stage.text()
        assert table.rows[-1] == table.row
        return first, len(drawn)

    first, later = play(scene, SMALL, FakeLink())
    assert 0 < first <= 3 * SMALL[1]
    assert later <= 3 * SMALL[1]


def test_the_filter_finds_one_of_three_thousand_and_says_when_it_finds_none() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("2")
        await stage.show(Topic.MARKETS, made_up.markets(3_000))
        await stage.press("slash")
        await stage.type("2345")
        found = stage.text()
        await stage.type("zz")
        return found, stage.text()

    found, none = play(scene, LARGE)
    assert "(2345)" in found
    assert "(2346)" not in found
    assert "none of 3,000 matches the filter" in none


def test_before_the_first_picture_a_table_says_that_it_waits_and_an_empty_one_that_it_is_empty() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("8")
        before = stage.text()
        await stage.show(Topic.FILLS, made_up_days.nothing()[Topic.FILLS])
        return before, stage.text()

    views = made_up_days.everything()
    del views[Topic.FILLS]
    before, after = play(scene, SMALL, FakeLink(views))
    assert "waiting for the first picture" in before
    assert "no fills yet" in after
