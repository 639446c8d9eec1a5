"""Measurements: percentiles against a naive count, and the commit a run is at."""

import math

from hypothesis import given
from hypothesis import strategies as st

from config.measure import Histogram, MeasuredTurner, commit_id
from oms.engine import Engine
from oms.journal import MemoryJournal
from oms.state import EngineSettings
from oms.values.events import Tick
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger
from sim.paper_venue import PaperVenue
from sim.world import World
from tests.conftest import ROOT

WORLD = World(0)
LATENCY = Latency(LatencySettings(), 7)
durations = st.lists(st.integers(0, 10**4) | st.integers(0, 10**10) | st.integers(10**12, 10**17), min_size=1, max_size=300)


def histogram_of(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(durations, st.sampled_from([0.01, 0.25, 0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_never_below_the_true_one_and_at_most_a_tenth_above(values: list[int], part: float) -> None:
    true = sorted(values)[math.ceil(part * len(values)) - 1]
    told = histogram_of(values).percentile(part)
    assert told is not None
    assert true <= told <= max(values)
    if 100 <= true <= 3.6e12:
        assert told <= true * 1.1 + 1e-6
    elif true < 100:
        assert told <= 100


@given(durations)
def test_the_summary_is_in_microseconds_with_exact_mean_and_maximum(values: list[int]) -> None:
    told = histogram_of(values).summary_us()
    assert told is not None
    assert told["max"] == round(max(values) / 1e3, 1)
    assert told["mean"] == round(sum(values) / len(values) / 1e3, 1)
    assert told["p50"] <= told["p99"] <= told["max"]


def test_nothing_measured_is_none_and_not_zero() -> None:
    assert (Histogram().percentile(0.5), Histogram().summary_us()) == (None, None)


def test_a_measured_turner_times_every_turn() -> None:
    turner = MeasuredTurner(Engine(EngineSettings()), PaperVenue(WORLD, Messenger(WORLD, LATENCY), trade_rules={}, payouts={}), MemoryJournal())
    for at_ns in range(3):
        turner.turn([Tick()], at_ns)
    assert (turner.turn_wall.count, turner.count, turner.event_count) == (3, 3, 3)
    assert turner.turn_wall.max > 0


def test_the_commit_is_that_of_the_checkout() -> None:
    head = (ROOT / ".git").exists()
    told = commit_id()
    assert (len(told.rstrip("+")) == 40) if head else (told == "unknown")
