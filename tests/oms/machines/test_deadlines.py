import random

from hypothesis import given
from hypothesis import strategies as st

from oms.machines.deadlines import Deadlines


def test_what_is_due_comes_in_the_order_of_its_time_and_is_gone_then() -> None:
    deadlines = Deadlines()
    for key, at_ns in (("c", 30), ("a", 10), ("b", 20)):
        deadlines.set(key, at_ns)
    assert deadlines.next_ns() == 10
    assert deadlines.take_due(9) == []
    assert deadlines.take_due(20) == ["a", "b"]
    assert deadlines.take_due(20) == []
    assert deadlines.next_ns() == 30


def test_ties_come_in_the_order_of_setting() -> None:
    # req 0.4
    deadlines = Deadlines()
    for key in ("z", "a", "m"):
        deadlines.set(key, 5)
    deadlines.set("z", 5)
    assert deadlines.take_due(5) == ["a", "m", "z"]


def test_a_key_has_one_moment_the_latest_wish() -> None:
    deadlines = Deadlines()
    deadlines.set("a", 10)
    deadlines.set("a", 50)
    assert len(deadlines) == 1
    assert deadlines.take_due(49) == []
    assert deadlines.take_due(50) == ["a"]


def test_what_was_cleared_does_not_come_and_clearing_nothing_is_harmless() -> None:
    deadlines = Deadlines()
    deadlines.set("a", 10)
    deadlines.clear("a")
    deadlines.clear("a")
    deadlines.clear("never set")
    assert deadlines.next_ns() is None
    assert deadlines.take_due(10**20) == []


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 20) | st.none())), st.integers(0, 20))
def test_it_is_a_dict_sorted_by_time_and_age(wishes: list[tuple[str, int | None]], now: int) -> None:
    deadlines, naive = Deadlines(), dict[str, int]()
    for key, at_ns in wishes:
        naive.pop(key, None)
        if at_ns is None:
            deadlines.clear(key)
        else:
            deadlines.set(key, at_ns)
            naive[key] = at_ns
    assert len(deadlines) == len(naive)
    assert deadlines.next_ns() == min(naive.values(), default=None)
    assert deadlines.take_due(now) == sorted((key for key in naive if naive[key] <= now), key=lambda key: naive[key])
    assert len(deadlines) == sum(at_ns > now for at_ns in naive.values())


def test_after_a_busy_day_nothing_is_left_in_memory() -> None:
    # req 2.57
    dice, deadlines = random.Random(1), Deadlines()
    for now in range(20_000):
        deadlines.set(f"ask {dice.randrange(3_000)}", now + dice.randrange(500))
        if dice.random() < 0.5:
            deadlines.clear(f"ask {dice.randrange(3_000)}")
        deadlines.take_due(now)
        assert len(deadlines) <= 500
    deadlines.take_due(10**9)
    assert (len(deadlines), len(deadlines._queue), len(deadlines._place)) == (0, 0, 0)
