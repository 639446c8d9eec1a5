"""Views: one kind a topic, frozen, each told apart on the wire, and short where there is nothing to tell."""

from typing import Any, get_args

import msgspec
import pytest

from oms.values import panels
from oms.values.panels import Curve, CurvePoint, Health, Ladder, MarketRow, OrderRow, Overview, Story, Topic, View

ROW = OrderRow(order_id="7-1", market_id="m", title="Will it?", outcome="YES", side="BUY", price_pips=4_000, size_micro=5)
NEEDS: dict[Any, dict[str, Any]] = {
    Overview: {"verb": "demo", "phase": "trading"},
    Ladder: {"market": MarketRow(market_id="m", title="Will it?")},
    Story: {"order": ROW},
}


def smallest(kind: type) -> View:
    """With nothing but what it must have."""
    view: View = kind(at_ns=1, **NEEDS.get(kind, {}))
    return view


def test_every_topic_has_its_view_and_every_view_its_topic() -> None:
    assert {topic.value for topic in Topic} == {kind.__name__.lower() for kind in get_args(View)}
    assert [topic.name.lower() for topic in Topic] == [topic.value for topic in Topic]


@pytest.mark.parametrize("kind", get_args(View))
def test_a_view_is_told_apart_on_the_wire_and_comes_back_as_it_was(kind: type) -> None:
    view = smallest(kind)
    encoded = msgspec.json.encode(view)
    assert msgspec.json.decode(encoded)["type"] == kind.__name__
    assert msgspec.json.decode(encoded, type=View) == view
    assert type(view).__struct_config__.frozen


@pytest.mark.parametrize("kind", get_args(View))
def test_what_is_nothing_is_not_sent(kind: type) -> None:
    assert set(msgspec.json.decode(msgspec.json.encode(smallest(kind)))) == {"type", "at_ns", *NEEDS.get(kind, {})}


def test_what_is_not_known_is_not_zero() -> None:
    back = msgspec.json.decode(msgspec.json.encode(Overview(at_ns=1, verb="demo", phase="x", equity_mark_micro=0)), type=View)
    assert isinstance(back, Overview)
    assert (back.equity_mark_micro, back.peak_micro) == (0, None)
    health = msgspec.json.decode(msgspec.json.encode(Health(at_ns=1, lag_ms=0.0)), type=View)
    assert isinstance(health, Health)
    assert (health.lag_ms, health.memory_bytes) == (0.0, None)


def test_a_long_curve_is_short_on_the_wire() -> None:
    points = tuple([CurvePoint(at_ns=1_767_225_600_000_000_000 + n, mark_micro=10**9, worst_micro=10**9) for n in range(720)])
    curve = Curve(at_ns=1, points=points)
    assert len(msgspec.json.encode(curve)) < 40_000
    assert msgspec.json.decode(msgspec.json.encode(curve), type=View) == curve


def test_views_name_their_rows_in_one_place() -> None:
    assert panels.OrderRow is OrderRow
