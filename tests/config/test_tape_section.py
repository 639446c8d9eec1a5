"""Settings of the tape: bounded in every direction, and no part of what makes two runs the same."""

import pytest

from config.settings import Settings
from config.tape_section import TapeSection
from connectors.tape_segments import SegmentLimits


def test_a_tape_is_kept_unless_somebody_says_no_and_has_its_bounds() -> None:
    assert TapeSection().record
    assert TapeSection(total_gb=2, segment_mb=100, segment_s=60).limits() == SegmentLimits(
        segment_bytes=100_000_000, segment_s=60, total_bytes=2_000_000_000
    )


@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        ("total_gb", 0, 1, 1_000_000),
        ("segment_mb", 0, 1, 10_000),
        ("segment_s", 86_401, 1, 86_400),
        ("free_min_mb", -1, 0, 1_000_000_000),
    ],
)
def test_a_bound_that_is_none_is_refused(name: str, value: int, low: int, high: int) -> None:
    with pytest.raises(ValueError, match=rf"tape\.{name} must be from {low} to {high}, not {value}"):
        TapeSection(**{name: value})  # type: ignore[arg-type]


def test_one_segment_is_not_longer_than_all_may_be() -> None:
    with pytest.raises(ValueError, match=r"tape\.segment_mb: 2000 MB do not fit into tape\.total_gb = 1"):
        TapeSection(total_gb=1, segment_mb=2_000)


def test_what_is_recorded_makes_no_other_run() -> None:
    assert Settings(tape=TapeSection(record=False)).hash() == Settings().hash()
