import random

from hypothesis import given
from hypothesis import strategies as st

from connectors.transport.backoff import Backoff, Pace


@given(seed=st.integers(), failures=st.integers(1, 60))
def test_no_wait_is_longer_than_the_cap_and_the_bound_doubles_until_then(seed: int, failures: int) -> None:
    pace = Pace(first_s=0.5, cap_s=30.0)
    backoff = Backoff(pace, random.Random(seed))
    for failure in range(failures):
        assert 0 <= backoff.next_s() <= min(30.0, 0.5 * 2**failure)
    backoff.succeeded()
    assert backoff.next_s() <= 0.5


def test_waits_use_the_whole_width_so_that_clients_do_not_come_in_step() -> None:
    backoff = Backoff(Pace(first_s=1.0, cap_s=1.0), random.Random(7))
    waits = [backoff.next_s() for _ in range(200)]
    assert min(waits) < 0.05
    assert max(waits) > 0.95
