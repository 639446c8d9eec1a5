from connectors.operator.terminal.ink import Cell
from connectors.operator.terminal.panels import cells
from oms.values.units import NS_PER_SECOND


def test_what_there_is_none_of_is_a_faint_dash() -> None:
    dash = Cell("–", "faint")
    assert [cells.said(""), cells.priced(0), cells.priced(10_000), cells.sized(0)] == [dash] * 4


def test_sides_say_themselves_besides_their_ink() -> None:
    assert cells.side("YES", "BUY") == Cell("BUY  YES", "bid")
    assert cells.side("NO", "SELL") == Cell("SELL NO", "ask")


def test_a_result_has_its_sign_and_an_unknown_one_says_so() -> None:
    assert [cells.gained(value) for value in (5_000_000, -5_000_000, None)] == [Cell("+$5.00", "good"), Cell("-$5.00", "loss"), Cell("n/a", "dim")]


def test_only_what_needs_a_person_is_red() -> None:
    assert [name for name, ink in {**cells.HEALTH, **cells.STAGES, **cells.STATES}.items() if ink == "alarm"] == ["FAILED", "failed"]
    assert cells.stated("UNKNOWN", "unknown") == Cell("unknown", "warn")
    assert cells.stated("", "") == Cell("n/a")


def test_foreign_words_are_made_harmless() -> None:
    assert cells.said("[red]a\x1b[2J").text == "[red]a\\x1b[2J"
    assert "\x1b" not in cells.stated("", "\x1b[2J").text + cells.side("\x1b", "\x1b").text


def test_ages_are_told_against_the_runs_clock() -> None:
    assert cells.aged(0, 5) == Cell("never", "dim")
    assert cells.aged(NS_PER_SECOND, 3 * NS_PER_SECOND) == Cell("2.0s", "dim")
