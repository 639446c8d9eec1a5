"""The board: every figure on it exists, its panels have places of their own, and Prometheus understands what it asks."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.config.prometheus.words_promtool import names_told, promtool
from tests.house.tree import ROOT

BOARD: dict[str, Any] = json.loads((ROOT / "config" / "grafana" / "steelyard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = BOARD["panels"]
PLACED_BY_PROMETHEUS = {"instance", "job"}
COLUMNS = 24


def expressions() -> list[str]:
    """Everything it asks of Prometheus."""
    asked = [target["expr"] for panel in PANELS for target in panel.get("targets", ())]
    return [*asked, *(note["expr"] for note in BOARD["annotations"]["list"])]


def test_every_name_it_asks_for_is_told_and_has_the_labels_it_chooses_by() -> None:
    names = names_told()
    for expression in expressions():
        found = re.findall(r"(steelyard_[a-z_]+)(?:\{([^}]*)\})?", expression)
        assert found, expression
        for name, chosen in found:
            assert name in names, f"{name} in {expression}"
            labels = set(re.findall(r"(\w+)=", chosen)) - PLACED_BY_PROMETHEUS
            assert labels <= set(names[name]), f"{name} has no label {labels - set(names[name])}"
    for panel in PANELS:
        for target in panel.get("targets", ()):
            name = re.findall(r"steelyard_[a-z_]+", target["expr"])[0]
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= set(names[name]), target


def test_every_figure_that_is_told_is_on_it_somewhere() -> None:
    asked = " ".join(expressions())
    shown_otherwise = {"steelyard_markets_open", "steelyard_last_turn_timestamp_seconds", "steelyard_settlements_done_total"}
    assert {name for name in names_told() if not re.search(rf"\b{name}\b", asked)} == shown_otherwise


def test_prometheus_understands_all_of_it(tmp_path: Path) -> None:
    def filled(text: str) -> str:
        return text.replace("$instance", ".*").replace("$__rate_interval", "1m")

    rules = [{"record": f"asked:{number}", "expr": filled(text)} for number, text in enumerate(expressions())]
    path = tmp_path / "asked.yml"
    path.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", path)


def test_panels_and_their_questions_are_told_apart() -> None:
    ids = [panel["id"] for panel in PANELS]
    assert len(ids) == len(set(ids))
    titles = [panel["title"] for panel in PANELS]
    assert len(titles) == len(set(titles))
    for panel in PANELS:
        refs = [target["refId"] for target in panel.get("targets", ())]
        assert len(refs) == len(set(refs)), panel["title"]
        assert refs or panel["type"] == "row", panel["title"]


def test_no_panel_lies_on_another_or_beyond_the_edge() -> None:
    places = [(panel["title"], panel["gridPos"]) for panel in PANELS]
    for title, place in places:
        assert 0 <= place["x"] < place["x"] + place["w"] <= COLUMNS, title
        assert place["h"] > 0, title
    for (one, a), (other, b) in combinations(places, 2):
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert apart, f"{one} lies on {other}"


def test_it_is_a_classic_board_that_asks_the_prometheus_one_chooses() -> None:
    assert {"uid", "title", "tags", "timezone", "refresh", "time", "schemaVersion", "panels", "templating", "annotations"} <= set(BOARD)
    assert BOARD["timezone"] == "utc"
    variable = BOARD["templating"]["list"][0]
    assert (variable["name"], variable["type"], variable["query"]) == ("DS", "datasource", "prometheus")
    sources = [panel["datasource"] for panel in PANELS if panel["type"] != "row"]
    assert all(source == {"type": "prometheus", "uid": "${DS}"} for source in sources)
    assert [panel["type"] for panel in PANELS if panel["type"] not in {"row", "stat", "timeseries"}] == []
    assert [panel["title"] for panel in PANELS if panel["type"] == "row"] == ["Overview", "Money", "Orders", "Feeds", "Latency", "Health"]


def test_money_and_time_have_their_units() -> None:
    units = {"_usd": "currencyUSD", "_seconds": "s", "_bytes": "bytes", "_ratio": "percentunit"}
    for panel in PANELS:
        for target in panel.get("targets", ()):
            name = re.findall(r"steelyard_[a-z_]+", target["expr"])[0]
            unit = next((unit for ending, unit in units.items() if name.endswith(ending)), None)
            if unit is not None and "rate(" not in target["expr"] and name != "steelyard_telegram_last_success_timestamp_seconds":
                assert panel["fieldConfig"]["defaults"]["unit"] == unit, panel["title"]
