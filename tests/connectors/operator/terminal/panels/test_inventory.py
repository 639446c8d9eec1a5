from msgspec.structs import replace

from connectors.operator.terminal.panels.inventory import half_cents, sum_lines, value_micro
from oms.values.panels import HoldingRow, Inventory
from oms.values.units import MICRO
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import LARGE, Stage, play


def test_a_holding_is_worth_its_mark_rounded_down_and_nothing_is_known_without_one() -> None:
    row = HoldingRow(market_id="m", title="t", outcome="YES", confirmed_micro=10 * MICRO, provisional_micro=3, mark_half_pips=9_701)
    assert value_micro(row) == (10 * MICRO + 3) * 9_701 // 20_000
    assert value_micro(replace(row, mark_half_pips=None)) is None
    assert value_micro(replace(row, confirmed_micro=0, provisional_micro=0, mark_half_pips=None)) == 0
    assert [half_cents(value) for value in (None, 9_700, 9_702)] == ["n/a", "48.50", "48.51"]


def texts(view: Inventory) -> list[str]:
    return ["".join([cell.text for cell in line]) for line in sum_lines(view)]


def test_totals_tell_cash_the_worst_case_and_what_has_no_price() -> None:
    first, second = texts(made_up.inventory())
    assert first == "cash $9,512.33  in orders $341.20  spent today $1,204.55  worst case $9,873.11"
    assert second.endswith("; 1 without an honest price")


def test_where_the_venue_says_otherwise_that_comes_first_and_in_red() -> None:
    lines = sum_lines(replace(made_up.inventory(), differences=("cash: 5 less",)))
    assert lines[1][0] == ("the venue says otherwise: cash: 5 less", "alarm", "")


def test_resting_filled_provisional_at_risk_sellable_and_worst_have_their_columns() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("4")
        return stage.text()

    text = play(scene, LARGE)
    for head in ("held", "unsettled", "at risk", "buying", "selling", "sellable", "mark ¢", "value", "cash so far", "worst"):
        assert head in text
    small = play(scene)
    for head in ("held", "unsettled", "buying", "selling", "worst"):
        assert head in small
