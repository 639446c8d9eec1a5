"""When the steward takes which picture: as often as somebody wants, at once for a new wish, and no oftener than it can be had cheaply."""

import pytest

from config.assembly.operator import steward as module
from config.assembly.operator.steward import SHOWN_MAX, Steward
from connectors.operator.control.bridge import Wanted
from oms.values.panels import Topic, View
from tests.config.assembly.operator.words_operator import given_steward
from tests.oms.words_engine import given_floor


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The wall's clock in ns, by which pictures are spaced, and the thread's; the test moves them."""
    now = [10**12, 0]
    monkeypatch.setattr(module, "time", type("Clock", (), {"monotonic_ns": lambda: now[0], "thread_time_ns": lambda: now[1]}))
    return now


def shown(steward: Steward, at_ns: int = 5) -> dict[Wanted, View]:
    steward.look(at_ns)
    return steward.bridge.fetch()[0]


def test_what_is_watched_is_shown_at_once_then_as_often_as_somebody_wants(clock: list[int]) -> None:
    steward = given_steward(given_floor().state)
    steward.bridge.every_ns = 500
    steward.bridge.watched = (Wanted(Topic.OVERVIEW), Wanted(Topic.LADDER, "nobody's"))
    assert set(shown(steward)) == {Wanted(Topic.OVERVIEW)}
    clock[0] += 499
    assert shown(steward) == {}
    clock[0] += 1
    assert set(shown(steward)) == {Wanted(Topic.OVERVIEW)}
    steward.bridge.watched = ()
    clock[0] += 10**9
    assert shown(steward) == {}


def test_a_new_wish_is_heeded_in_the_next_round_and_an_old_one_keeps_its_pace(clock: list[int]) -> None:
    steward = given_steward(given_floor().state)
    overview, health = Wanted(Topic.OVERVIEW), Wanted(Topic.HEALTH)
    steward.bridge.every_ns = 500
    steward.bridge.watched = (overview,)
    assert set(shown(steward)) == {overview}
    clock[0] += 300
    steward.bridge.watched = (overview, health)
    assert set(shown(steward)) == {health}
    clock[0] += 200
    assert set(shown(steward)) == {overview}, "its own half second is over"
    clock[0] += 299
    assert shown(steward) == {}
    clock[0] += 1
    assert set(shown(steward)) == {health}
    steward.bridge.every_ns, steward.bridge.watched = 100, (overview, health)  # as the talking side writes them
    assert set(shown(steward)) == {overview}


def test_rounds_between_two_pictures_do_not_look_through_the_list(clock: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    steward = given_steward(given_floor().state)
    show, looks = steward._show, list[int]()

    def noted(watched: tuple[Wanted, ...], now_ns: int, at_ns: int) -> int:
        looks.append(now_ns)
        return show(watched, now_ns, at_ns)

    monkeypatch.setattr(steward, "_show", noted)
    steward.bridge.every_ns, steward.bridge.watched = 500, (Wanted(Topic.OVERVIEW),)
    for _ in range(1_001):
        steward.look(5)
        clock[0] += 1
    assert looks == [10**12, 10**12 + 500, 10**12 + 1_000]


def test_a_dear_picture_is_taken_less_often_but_is_never_kept_back_for_long(clock: list[int]) -> None:
    steward = given_steward(given_floor().state)
    take = steward._table[Topic.HEALTH]
    cost = 4 * 10**6
    steward._table = {**steward._table, Topic.HEALTH: lambda *of: (clock.__setitem__(1, clock[1] + cost), take(*of))[1]}
    steward.bridge.every_ns, steward.bridge.watched = 10**9 // 2, (Wanted(Topic.OVERVIEW), Wanted(Topic.HEALTH))
    taken = [len(shown(steward)) for clock[0] in range(10**12, 10**12 + 4 * 10**9, 10**9 // 2)]
    assert taken == [2, 1, 1, 1, 2, 1, 1, 1], "two thousand times as long would be eight seconds, and two are the most"


def test_whoever_looks_at_one_market_after_another_fills_no_memory(clock: list[int]) -> None:
    steward = given_steward(given_floor().state)
    for number in range(3 * SHOWN_MAX):
        clock[0] += 10**9
        steward.bridge.watched = (Wanted(Topic.LADDER, f"market {number}"), Wanted(Topic.OVERVIEW))
        assert Wanted(Topic.OVERVIEW) in shown(steward)
    assert len(steward._shown_ns) <= SHOWN_MAX


def test_the_curve_is_sampled_by_the_walls_clock_while_nobody_watches(clock: list[int]) -> None:
    steward = given_steward(given_floor().state)
    for second in range(10):
        clock[0] += module.SAMPLE_NS // 2
        steward.look(second * 10**9)
    assert [point.at_ns for point in steward.recent.curve()] == [second * 10**9 for second in range(0, 10, 2)]
