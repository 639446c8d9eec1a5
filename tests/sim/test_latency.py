"""How long things take: above zero, within the settings, from the seed alone."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.units import NS_PER_MS
from sim.latency import Latency, LatencySettings

KINDS = LatencySettings.__struct_fields__


@given(st.integers(0, 99), st.sampled_from(KINDS), st.integers(1, 500), st.integers(0, 500))
@settings(max_examples=60)
def test_a_delay_lies_within_its_range_and_is_never_zero(seed: int, kind: str, low: int, width: int) -> None:  # req 4.14
    ranges: dict[str, Any] = {kind: (low, low + width)}
    latency = Latency(LatencySettings(**ranges), seed)
    for _ in range(20):
        assert 0 < low * NS_PER_MS <= latency.draw_ns(kind) <= (low + width) * NS_PER_MS


def test_each_kind_has_dice_of_its_own() -> None:
    plain, disturbed = Latency(LatencySettings(), 7), Latency(LatencySettings(), 7)
    for _ in range(5):
        disturbed.draw_ns("order_ms")
    assert [plain.draw_ns("mined_ms") for _ in range(5)] == [disturbed.draw_ns("mined_ms") for _ in range(5)]
    assert Latency(LatencySettings(), 8).draw_ns("mined_ms") != Latency(LatencySettings(), 7).draw_ns("mined_ms")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [(0, 5), (5, 4), (1, 600_001), (-1, -1)])
def test_a_range_that_is_none_is_refused_by_name(kind: str, bad: tuple[int, int]) -> None:
    ranges: dict[str, Any] = {kind: bad}
    with pytest.raises(ValueError, match=f"{kind} must be two numbers from 1 to 600000"):
        LatencySettings(**ranges)
