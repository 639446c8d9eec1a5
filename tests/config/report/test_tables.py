"""The tables: parts above their sum, and the sum is theirs."""

import xml.etree.ElementTree as ET

import pytest

from config.report import tables
from oms.values.history import Measure
from oms.values.units import MICRO
from tests.config.report.words_history import given_fill, given_history, given_market_history, given_totals


def cells(markup: str) -> list[list[str]]:
    """Rows of a table as texts, its heads left out."""
    return [["".join(cell.itertext()).strip() for cell in row] for row in ET.fromstring(markup).iter("tr")][1:]  # noqa: S314 (our own)


def number(text: str) -> float:
    return float(text.replace(",", "").replace("$", "").replace("+", ""))


def test_orders_by_status_sum_to_placed() -> None:  # req 2.58
    *parts, total = cells(tables.orders(given_totals()["orders"]))
    assert [part[0] for part in parts] == ["filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown"]
    assert total[:2] == ["placed", "9"]
    assert sum(number(part[1]) for part in parts) == number(total[1])


def test_fills_by_outcome_and_side_sum_to_their_count_and_shares() -> None:  # req 2.58
    *parts, total = cells(tables.fills(given_totals()["fills"]))
    assert [part[0] for part in parts] == ["YES bought", "YES sold", "NO bought", "NO sold"]
    assert (total[1], total[3]) == ("3", "60")
    for column in (1, 3):
        assert sum(number(part[column]) for part in parts) == number(total[column])


def test_refusals_by_name_sum_up_and_none_is_said() -> None:
    *parts, total = cells(tables.named("Refused", "reason", {"ORDER_CAP": 4, "NOT_ENOUGH_CASH": 3}, "None."))
    assert parts == [["ORDER_CAP", "4"], ["NOT_ENOUGH_CASH", "3"]]
    assert total == ["all", "7"]
    assert "None." in tables.named("Refused", "reason", {}, "None.")


def test_markets_and_those_not_drawn_sum_up() -> None:
    markets = tuple(given_market_history(f"market {each}", fills=(given_fill(1, shares_micro=each * MICRO),)) for each in range(1, 15))
    *parts, total = cells(tables.markets(markets))
    assert parts[-1][0] == "2 markets with less trading"
    assert len(parts) == 13
    for column in (1, 2, 3, 4):
        assert sum(number(part[column]) for part in parts) == pytest.approx(number(total[column]))


def test_worth_and_result_are_shown_with_what_is_not_known() -> None:  # req 3.47
    cash = given_totals()["cash"]
    assert cells(tables.worth(cash)) == [
        ["if every outcome goes against us", "$984.50", "-$15.50"],
        ["with holdings at their marks", "$1,002.25", "+$2.25"],
    ]
    assert cells(tables.worth(cash | {"equity_mark_micro": None}))[1][1:] == ["n/a", "n/a"]
    assert [row[1] for row in cells(tables.cash(cash))] == ["$1,000.00", "$980.00", "$10.00", "$0.01"]


def test_measures_have_their_interval_or_say_that_there_are_too_few() -> None:
    told = cells(tables.measures(given_history().measures))
    assert told[0] == ["a share", "25.00%", "12.50%", "50.00%", "8 orders that ended"]
    assert told[1] == ["a result", "n/a", "n/a", "n/a", "0 markets; too few for an interval"]
    assert "no measures" in tables.measures(())
    assert cells(tables.measures([Measure(name="m", unit="usd", value=1.0, low=-1.0, high=3.0, count=5, of="x")]))[0][1:4] == [
        "$1.00",
        "-$1.00",
        "$3.00",
    ]


def test_lenses_are_told_from_flattering_to_harsh_with_what_they_are() -> None:
    lens = {"fills": 5, "inferred": 2, "result_worst_micro": -MICRO, "result_mark_micro": None}
    told = tables.lenses({"through": lens, "queue": lens, "touch": lens, "note": "n"})
    assert told is not None
    assert [row[0] for row in cells(told)] == ["touch", "queue", "through"]
    assert cells(told)[1][1:] == ["the one we traded by: a trade at our price first eats what stood there before us", "5", "2", "-$1.00", "n/a"]
    assert tables.lenses(None) is None


def test_evidence_without_a_check_has_no_share() -> None:
    assert cells(tables.evidence(given_totals()["books"])) == [
        ["hash told by the venue", "0", "0", "n/a"],
        ["YES and NO as mirrors", "4", "3", "75.00%"],
    ]


def test_the_identity_names_everything_that_it_takes_to_do_it_again() -> None:
    told = tables.identity(given_history())
    for words in ("a test, seed 7", "finished", "<code>7</code>", "abc", "cd" * 32, "ab" * 32):
        assert words in told


def test_settings_are_shown_as_they_were_set() -> None:
    told = cells(tables.settings("Limits", {"order_max_usd": 1_000, "on": True, "reply_ms": [40, 120], "fair": "mid"}))
    assert told == [["order_max_usd", "1,000"], ["on", "yes"], ["reply_ms", "40 to 120"], ["fair", "mid"]]


def test_a_table_that_folds_on_narrow_pages_keeps_its_roles_and_heads() -> None:
    table = ET.fromstring(tables.measures(given_history().measures))  # noqa: S314 (our own)
    assert [cell.get("data-head") for cell in next(table.iter("tbody")).findall("tr/td")][:4] == ["value", "from", "to", "rests on"]
    assert {cell.get("role") for cell in table.iter("td")} == {"cell"}


def test_bars_are_as_long_as_their_part() -> None:
    assert 'width="25%"' in tables.bar(1, 4, "plain")
    assert "rect" not in tables.bar(0, 4, "plain")
    assert "rect" not in tables.bar(0, 0, "plain")


def test_a_run_without_a_fill_says_so() -> None:
    assert "Nothing was filled." in tables.fills(given_totals()["fills"] | {"count": 0})
