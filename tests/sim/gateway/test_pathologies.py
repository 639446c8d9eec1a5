"""Bad luck on demand: each kind does what it says, always to the same frames."""

from typing import Any

import msgspec
import pytest

from sim.gateway.pathologies import HEALTHY, Mishap, Pathologies, due_ns

FRAMES = [str(number).encode() for number in range(200)]


def heard(seed: int = 1, client: int = 1, **settings: Any) -> list[bytes]:  # noqa: ANN401
    mishap, pathologies = Mishap(seed, client), Pathologies(**settings)
    return [part for frame in FRAMES for part in mishap.strike(frame, pathologies)]


def test_without_pathologies_everything_comes_once_and_in_order() -> None:
    assert heard() == FRAMES
    mishap = Mishap(1, 1)
    assert [part for frame in FRAMES for part in mishap.strike(frame, HEALTHY)] == FRAMES


def test_a_dropped_frame_never_comes() -> None:
    found = heard(drop_ppm=300_000)
    assert 0 < len(found) < len(FRAMES)
    assert found == sorted(found, key=FRAMES.index)
    assert heard(drop_ppm=1_000_000) == []


def test_a_duplicated_frame_comes_twice_at_once() -> None:
    assert heard(duplicate_ppm=1_000_000) == [frame for frame in FRAMES for _ in range(2)]


def test_a_reordered_frame_comes_after_its_successor() -> None:
    found = heard(reorder_ppm=1_000_000)
    assert found == [FRAMES[index ^ 1] for index in range(len(FRAMES))]


def test_with_reordering_and_duplicates_nothing_is_lost() -> None:
    found = heard(reorder_ppm=400_000, duplicate_ppm=400_000)
    assert {*FRAMES[:-1]} <= {*found}
    assert found != sorted(found, key=FRAMES.index)


def test_a_mute_socket_says_nothing() -> None:
    assert heard(is_mute=True) == []


def test_a_frame_that_was_held_back_is_not_lost_when_the_venue_gets_well() -> None:
    mishap = Mishap(1, 1)
    assert mishap.strike(b"1", Pathologies(reorder_ppm=1_000_000)) == []
    assert mishap.strike(b"2", HEALTHY) == [b"2", b"1"]


def test_the_same_seed_and_client_have_the_same_luck() -> None:
    assert heard(drop_ppm=500_000) == heard(drop_ppm=500_000)
    assert heard(drop_ppm=500_000) != heard(client=2, drop_ppm=500_000)
    assert heard(drop_ppm=500_000) != heard(seed=2, drop_ppm=500_000)


def test_a_delay_is_a_later_time() -> None:
    assert due_ns(5, Pathologies(delay_ms=2)) == 2_000_005


@pytest.mark.parametrize("told", [{"drop_ppm": -1}, {"duplicate_ppm": 1_000_001}, {"delay_ms": -1}, {"delay_ms": 10**9}, {"dorp_ppm": 1}])
def test_what_cannot_be_is_refused_with_its_name(told: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(told))):
        msgspec.convert(told, Pathologies)
