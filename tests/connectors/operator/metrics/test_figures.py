"""The figures' names keep the conventions, and each says what the view says."""

import re

import pytest

from connectors.operator.metrics.figures import KINDS, PHASES, TOPICS, Figure, drawdown, figures_of, seconds, stats
from oms.machines.session import OperatorPhase, Session, VenuePhase
from tests.connectors.operator.metrics.words_metrics import USD, overview

FIGURES = [(topic, figure) for topic, figures in figures_of(("ORDER_CAP",), {"drawdown": 1}).items() for figure in figures]
UNITS = ("_seconds", "_bytes", "_usd", "_ratio")


@pytest.mark.parametrize("figure", [figure for _, figure in FIGURES], ids=lambda figure: figure.name)
def test_a_name_keeps_the_conventions_of_prometheus(figure: Figure) -> None:
    assert re.fullmatch(r"steelyard_[a-z]+(_[a-z]+)*", figure.name)
    assert figure.name.endswith("_total") is figure.is_counter
    assert not re.search(r"_(ms|us|ns|micro|pips|bps|percent|count|sum|bucket|info)(_|$)", figure.name), "base units, and no suffix of a histogram"
    assert "timestamp" not in figure.name or figure.name.endswith("_timestamp_seconds")
    assert figure.name.count("_total") <= 1
    assert sum(figure.name.count(unit) for unit in UNITS) <= 1
    assert figure.words.endswith(".")
    assert figure.label not in {"order", "market", "token", "slug", "event", "condition", "title"}, "such a label has no end"


def test_no_name_is_told_twice_and_every_topic_has_figures() -> None:
    names = [figure.name for _, figure in FIGURES]
    assert len(names) == len({*names})
    assert {topic for topic, _ in FIGURES} == {*TOPICS} == {*KINDS}


def test_every_phase_a_session_can_be_in_is_told() -> None:
    said = set()
    for operator in OperatorPhase:
        for venue in VenuePhase:
            session = Session()
            session.operator, session.venue = operator, venue
            for missing in (session.missing, type(session.missing)()):
                session.missing = missing
                said.add(session.name)
    assert said == {*PHASES}


@pytest.mark.parametrize(
    ("peak", "mark", "told"),
    [(1_000 * USD, 900 * USD, 0.1), (1_000 * USD, 1_100 * USD, 0.0), (None, 1, None), (1, None, None), (0, 0, None), (-5, -9, None)],
)
def test_a_drawdown_is_a_part_of_the_peak_or_not_known(peak: int | None, mark: int | None, told: float | None) -> None:
    found = drawdown(overview(peak_micro=peak, equity_mark_micro=mark))
    assert found == (None if told is None else pytest.approx(told))


def test_what_did_not_happen_yet_has_no_moment_and_what_was_not_measured_no_figure() -> None:
    assert seconds(0) is None
    assert seconds(1_500_000_000) == 1.5
    assert stats(None) == {"p50": None, "p99": None, "max": None}
    assert stats({"p50": 10.0, "max": 2_000_000.0}) == {"p50": 1e-05, "p99": None, "max": 2.0}
