from hypothesis import given
from hypothesis import strategies as st

from connectors.transport.server_clock import ServerClock
from oms.values.units import NS_PER_MS, NS_PER_SECOND

T0 = 1_700_000_000 * NS_PER_SECOND


def test_nothing_is_known_before_the_first_answer() -> None:
    clock = ServerClock()
    assert not clock.is_known
    assert clock.server_ns(T0) == T0


def test_one_answer_tells_the_offset_to_a_second_and_the_way() -> None:
    clock = ServerClock()
    clock.heard(1_700_000_002, T0, T0 + 100 * NS_PER_MS)  # the server was then 1.9 to 3 seconds ahead
    assert clock.is_known
    assert (clock.offset_ns, clock.error_ns) == (1_900 * NS_PER_MS, 1_100 * NS_PER_MS)
    assert clock.server_ns(T0) == T0 + 1_900 * NS_PER_MS
    clock.heard(1_700_000_003, T0 + 900 * NS_PER_MS, T0 + 900 * NS_PER_MS)  # 2.1 to 3.1, so 2.1 to 3
    assert (clock.offset_ns // NS_PER_MS, clock.error_ns // NS_PER_MS) == (2_100, 900)


def test_a_clock_that_may_be_right_is_taken_for_right() -> None:
    clock = ServerClock()
    clock.heard(1_700_000_000, T0 + 300 * NS_PER_MS, T0 + 320 * NS_PER_MS)
    assert clock.offset_ns == 0
    clock.heard(1_699_999_995, T0 + 300 * NS_PER_MS, T0 + 300 * NS_PER_MS)
    assert clock.steps == 1
    assert clock.offset_ns == -4_300 * NS_PER_MS


def test_a_clock_that_was_set_begins_anew_and_is_counted() -> None:
    clock = ServerClock()
    clock.heard(1_700_000_000, T0, T0)
    clock.heard(1_700_000_060, T0 + NS_PER_SECOND, T0 + NS_PER_SECOND)
    assert clock.steps == 1
    assert abs(clock.offset_ns - 59_500 * NS_PER_MS) <= clock.error_ns


def test_an_answer_that_arrived_before_it_was_asked_for_tells_nothing() -> None:
    clock = ServerClock()
    clock.heard(1_700_000_000, T0, T0 - 1)
    assert not clock.is_known


@given(
    offset_ns=st.integers(-90 * NS_PER_SECOND, 90 * NS_PER_SECOND), ways=st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1)
)
def test_the_true_offset_is_always_within_the_error_told(offset_ns: int, ways: list[tuple[int, int]]) -> None:
    clock, now_ns, last_error = ServerClock(), T0, 10**12
    for there_ns, back_ns in ways:
        sent_ns, stamped_ns = now_ns, now_ns + there_ns
        now_ns = stamped_ns + back_ns
        clock.heard((stamped_ns + offset_ns) // NS_PER_SECOND, sent_ns, now_ns)
        assert abs(clock.offset_ns - offset_ns) <= clock.error_ns + 1
        drift_ns = 2 * 10**9 * 50 // 10**6  # of two seconds, the longest pause here; each end of the interval moves by so much
        assert clock.error_ns <= last_error + 2 * drift_ns + 1
        last_error = clock.error_ns
    assert clock.steps == 0
