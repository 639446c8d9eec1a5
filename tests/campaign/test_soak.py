"""What the soak says of a run can be bad, and then says so."""

from typing import Any

import pytest

from tests.campaign import run
from tests.campaign.interpreters import Ended, Look
from tests.campaign.judge import Finding
from tests.campaign.parts import LONG, PARTS
from tests.campaign.size import DAY_SECONDS, Size
from tests.campaign.soak import BOUNDS, GROWTH_MIB_A_DAY, JOURNAL_BYTES_MAX, ORDERS_A_DAY, growth, hours, journal, pace, rate, remembered

MACHINE = {"wall_s": 60.0, "cpu_s": 50.0, "latency_us": {"turn": {"p50": 100.0, "p99": 400.0, "max": 9_000.0}}}


def given_look(at_hours: float, rss_mib: float, **kept: int) -> Look:
    counts = {**dict.fromkeys(BOUNDS, 1), **kept}
    return Look(hours=at_hours, rss_mib=rss_mib, blocks=1_000, cpu_s=1.0, orders=10, fills=1, markets=2, kept=counts)


def given_ended(placed: int = 1, **machine: Any) -> Ended:  # noqa: ANN401
    return Ended(outcome={"orders": {"placed": placed}}, wall_s=1.0, machine={**MACHINE, **machine})


def test_memory_that_grows_by_the_bound_each_day_after_the_first_hour_is_found() -> None:  # req 2.57
    def looks(a_day_mib: float) -> tuple[Look, ...]:
        return tuple(given_look(hour, 20.0 * hour if hour < 1 else 80.0 + (hour - 1) * a_day_mib / 24) for hour in (0.5, 1, 2, 30, 49))

    assert growth(looks(GROWTH_MIB_A_DAY - 0.01)).ok
    found = growth(looks(GROWTH_MIB_A_DAY))
    assert not found.ok
    assert "+5.00 MiB a virtual day" in found.figures
    assert not growth(looks(0)[:2]).ok, "one look shows no growth"


@pytest.mark.parametrize("what", list(BOUNDS))
def test_a_memory_beyond_its_bound_is_named(what: str) -> None:
    within, beyond = ((given_look(1, 80.0), given_look(2, 80.0, **{what: BOUNDS[what] + more})) for more in (0, 1))
    assert remembered(within).ok
    assert not remembered(beyond).ok
    assert remembered(beyond).figures == f"beyond the bound: {what}"
    assert not remembered(()).ok


def test_fewer_orders_than_the_published_run_placed_are_too_few() -> None:  # req 2.56
    assert rate(given_ended(ORDERS_A_DAY), DAY_SECONDS).ok
    assert not rate(given_ended(ORDERS_A_DAY - 1), DAY_SECONDS).ok
    assert rate(given_ended(-(-ORDERS_A_DAY // 24)), 3_600).ok


@pytest.mark.parametrize(
    "machine", [{"wall_s": 61.0}, {"latency_us": {"turn": {"p50": 100.0, "p99": 5_001.0, "max": 9_000.0}}}], ids=["too slow", "late at p99"]
)
def test_a_machine_that_does_not_keep_up_is_found(machine: dict[str, Any]) -> None:
    size = Size(orders_seconds=600)
    assert pace(given_ended(), size).ok
    assert not pace(given_ended(**machine), size).ok


def test_a_journal_that_is_too_heavy_or_not_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [given_ended(100, journal_bytes=100 * each) for each in (JOURNAL_BYTES_MAX, JOURNAL_BYTES_MAX + 1)]
    answers = iter([*runs, Ended(error="exit code 1")])
    monkeypatch.setattr("tests.campaign.soak.run_apart", lambda *_words: next(answers))
    found = [journal(Size(), lambda _text: None) for _ in range(3)]
    assert [one.ok for one in found] == [True, False, False]
    assert found[2].figures == "exit code 1"


def test_every_look_is_a_line() -> None:
    assert len(hours((given_look(1, 80.0), given_look(2, 81.5))).splitlines()) == 3


def test_long_parts_are_done_only_when_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def campaign(names: list[str], _size: Size) -> dict[str, tuple[list[Finding], float]]:
        asked.extend(names)
        return {}

    monkeypatch.setattr(run, "campaign", campaign)
    assert run.main([]) == 0
    assert sorted([*asked, *LONG]) == sorted(PARTS)
