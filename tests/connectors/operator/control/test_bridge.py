"""Between two threads: what goes in comes out, the latest picture alone, in order, and no side ever waits."""

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.control.bridge import WAITING_MAX, Bridge, Last, Order, Question, Reply, Wanted
from connectors.operator.control.protocol import CancelAll
from oms.values.panels import Fills, Topic

FILLS = Wanted(Topic.FILLS)


def test_what_waits_is_taken_in_order_and_more_than_the_bound_is_refused() -> None:
    bridge = Bridge()
    waiting = [Order(ticket, CancelAll(), "x") if ticket % 2 else Question(ticket, FILLS) for ticket in range(WAITING_MAX)]
    assert all(bridge.put(one) and bridge.has_waiting for one in waiting)
    assert not bridge.put(waiting[0])
    assert bridge.take() == waiting
    assert bridge.take() == []
    assert bridge.put(waiting[0])


@given(st.lists(st.tuples(st.sampled_from([FILLS, Wanted(Topic.LADDER, "m1")]), st.integers(0, 9)), max_size=20))
def test_of_each_kind_the_latest_picture_comes_out_once(shows: list[tuple[Wanted, int]]) -> None:
    bridge = Bridge()
    for wanted, at_ns in shows:
        bridge.show(wanted, Fills(at_ns=at_ns))
    assert bridge.fetch() == ({wanted: Fills(at_ns=at_ns) for wanted, at_ns in shows}, [])
    assert bridge.fetch() == ({}, [])


def test_answers_keep_their_order_and_the_last_words_come_last() -> None:
    bridge = Bridge()
    told: list[Reply | Last] = [Reply(1, ok=True), Reply(2, ok=False, text="no"), Last(42, "killed")]
    for one in told:
        bridge.reply(one)
    assert bridge.fetch() == ({}, told)


def test_whoever_fetches_is_called_once_until_it_has_fetched() -> None:
    bridge, calls = Bridge(), list[int]()
    bridge.attach(lambda: calls.append(1))
    for _ in range(5):
        bridge.show(FILLS, Fills(at_ns=1))
        bridge.reply(Reply(1, ok=True))
    assert len(calls) == 1
    bridge.fetch()
    bridge.show(FILLS, Fills(at_ns=2))
    assert len(calls) == 2


def test_between_two_threads_nothing_is_lost_and_nobody_sleeps_over_news() -> None:
    bridge, called = Bridge(), threading.Event()
    bridge.attach(called.set)
    count, found, latest = 20_000, list[int](), 0

    def trade() -> None:
        for number in range(1, count + 1):
            bridge.reply(Reply(number, ok=True))
            bridge.show(FILLS, Fills(at_ns=number))

    thread = threading.Thread(target=trade)
    thread.start()
    end_s = time.monotonic() + 20
    while (len(found) < count or latest < count) and time.monotonic() < end_s:
        assert called.wait(5), "there was news, and nobody was called"
        called.clear()
        views, replies = bridge.fetch()
        found += [reply.ticket for reply in replies if isinstance(reply, Reply)]
        for view in views.values():
            assert view.at_ns >= latest
            latest = view.at_ns
    thread.join()
    assert found == list(range(1, count + 1))
    assert latest == count
