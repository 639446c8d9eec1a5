from functools import partial

from sim.gateway.timers import Timers


def _note(log: list[tuple[str, int]], name: str, at_ns: int) -> None:
    log.append((name, at_ns))


def given_log(timers: Timers, *times: int) -> list[tuple[str, int]]:
    log: list[tuple[str, int]] = []
    for number, at_ns in enumerate(times):
        timers.set(at_ns, partial(_note, log, f"{number}"))
    return log


def test_deeds_are_done_in_order_of_time_and_then_of_setting() -> None:
    timers = Timers()
    log = given_log(timers, 30, 10, 20, 10)
    assert timers.next_due_ns() == 10
    assert timers.run_due(20) == 3
    assert log == [("1", 10), ("3", 10), ("2", 20)]
    assert timers.next_due_ns() == 30


def test_what_is_set_meanwhile_and_due_is_done_too() -> None:
    timers = Timers()
    log: list[int] = []
    timers.set(10, lambda at_ns: timers.set(at_ns + 5, log.append))
    assert timers.run_due(20) == 2
    assert log == [15]


def test_nothing_is_due_when_nothing_was_set() -> None:
    timers = Timers()
    assert timers.next_due_ns() is None
    assert timers.run_due(10**20) == 0
