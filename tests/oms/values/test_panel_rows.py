"""Rows: frozen, all found in one place, the many of them as short as can be."""

import msgspec
import pytest

from oms.values import panel_rows, panels
from oms.values.panel_rows import AlertRow, CurvePoint, FillRow, LadderLevel, MarketRow

ROWS = [one for one in vars(panel_rows).values() if isinstance(one, type) and issubclass(one, msgspec.Struct) and not one.__name__.startswith("_")]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_frozen_and_found_where_the_views_are(row: type[msgspec.Struct]) -> None:
    assert row.__struct_config__.frozen
    assert getattr(panels, row.__name__) is row


POINT, LEVEL = CurvePoint(at_ns=1, mark_micro=None, worst_micro=-3), LadderLevel(price_pips=4_000, shares_micro=5)


@pytest.mark.parametrize(("row", "text"), [(POINT, b"[1,null,-3]"), (LEVEL, b"[4000,5,0]")])
def test_points_and_levels_are_lists_on_the_wire_and_come_back(row: msgspec.Struct, text: bytes) -> None:
    assert msgspec.json.encode(row) == text
    assert msgspec.json.decode(text, type=type(row)) == row


def test_a_title_is_carried_as_the_venue_wrote_it() -> None:
    evil = 'a\x1b[2J\n"<b>' + "é" * 3
    row = MarketRow(market_id="m", title=evil)
    assert msgspec.json.decode(msgspec.json.encode(row), type=MarketRow).title == evil


def test_a_market_that_nobody_quotes_and_an_alert_told_once_are_the_defaults() -> None:
    row = MarketRow(market_id="m", title="")
    assert (row.bid_pips, row.ask_pips, row.our_bid_pips, row.our_ask_pips, row.end_ns) == (0, 10_000, 0, 0, None)
    assert AlertRow(at_ns=1, kind="k", text="t").count == 1
    assert FillRow.__struct_fields__[-1] == "stage"
