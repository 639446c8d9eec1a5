"""What the exchange is ready for, from its refusals: restart, post-only, cancel-only, disabled, and how each ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.presence import Presence
from connectors.polymarket.venue_mode import PART, POST_ONLY_S, STEADY_S, ExchangeMode, retry_after_s
from connectors.transport.http import Absent, Answer, Failed, Found
from oms.values.events import VenueReady, VenueSyncing

S = 1_000_000_000


def failed(status: int | None, text: str = "", retry: str = "") -> Failed:
    return Failed("why", True, status, text, {"retry-after": retry} if retry else {})  # noqa: FBT003 (as Failed takes it)


def given_mode() -> ExchangeMode:
    mode = ExchangeMode(Presence(PART))
    assert mode.reached() == [VenueReady(post_only=False)]
    return mode


def test_a_425_ends_in_post_only_and_that_ends_in_everything() -> None:
    mode = given_mode()
    assert mode.heard(failed(425, retry="20"), 0) == [VenueSyncing(why="exchange: HTTP 425: the matching engine restarts")]
    assert mode.wake_at_ns() == 20 * S
    assert mode.woken(20 * S - 1) == []
    assert mode.woken(20 * S) == [VenueReady(post_only=True)]
    assert mode.wake_at_ns() == (20 + POST_ONLY_S) * S
    assert mode.woken((20 + POST_ONLY_S) * S) == [VenueReady(post_only=False)]
    assert mode.wake_at_ns() is None


def test_several_425_are_one_restart_and_one_after_it_doubles_the_wait() -> None:
    mode = given_mode()
    assert len(mode.heard(failed(425), 0)) == 1
    assert mode.heard(failed(425), S) == []
    at_ns = mode.wake_at_ns()
    assert at_ns == 5 * S  # the second wait is longer, because it is not known that both mean the same
    for _ in range(8):
        assert mode.woken(at_ns) == [VenueReady(post_only=True)]
        assert len(mode.heard(failed(425), at_ns)) == 1
        at_ns = mode.wake_at_ns() or 0
    assert mode.woken(at_ns) == [VenueReady(post_only=True)]
    mode.heard(failed(425), at_ns)
    assert (mode.wake_at_ns() or 0) - at_ns == 30 * S


def test_a_post_only_refusal_names_its_own_end() -> None:
    mode = given_mode()
    body = '{"error":"post-only mode: only post-only orders and cancels are allowed","code":"post_only_mode","retry_after_seconds":79}'
    assert mode.heard(failed(503, body), 0) == [VenueReady(post_only=True)]
    assert mode.heard(failed(503, body), 0) == []
    assert mode.woken(80 * S) == [VenueReady(post_only=False)]


@pytest.mark.parametrize(
    "text", ["Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.", "Trading is currently disabled."]
)
def test_a_closed_exchange_is_tried_again_after_a_while(text: str) -> None:
    mode = given_mode()
    told = mode.heard(failed(503, f'{{"error":"{text}"}}'), 0)
    assert isinstance(told[0], VenueSyncing)
    assert mode.woken(30 * S) == [VenueReady(post_only=False)]


def test_after_all_is_well_again_the_waits_begin_anew() -> None:
    mode = given_mode()
    mode.heard(failed(425), 0)
    mode.woken(2 * S)
    mode.woken(200 * S)
    mode.heard(Found(b""), 201 * S)
    mode.heard(failed(425), 300 * S)
    assert mode.wake_at_ns() == 302 * S


@given(
    st.one_of(
        st.just(Found(b"x")),
        st.builds(Absent, st.integers(400, 499), st.text(max_size=20)),
        st.builds(failed, st.sampled_from([None, 408, 500, 502, 503, 504]), st.text(max_size=20)),
    )
)
def test_other_answers_say_nothing_about_the_mode(answer: Answer) -> None:
    mode = given_mode()
    assert mode.heard(answer, 0) == []
    assert mode.wake_at_ns() is None


def test_an_exchange_in_a_mode_is_not_reached_by_a_first_answer_before_its_time() -> None:
    mode = ExchangeMode(Presence(PART))
    assert mode.heard(failed(425), 0) == []
    assert mode.reached() == []
    assert mode.woken(2 * S) == [VenueReady(post_only=True)]


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("7", "", 7),
        ("", '{"retry_after_seconds":79}', 80),
        ("", '{"retry_after_seconds":1.5}', 2),
        ("5", '{"retry_after_seconds":79}', 5),
        ("999999", "", 600),
        ("soon", "", None),
        ("-1", "", None),
        ("", '{"retry_after_seconds":-1}', None),
        ("", '{"retry_after_seconds":1e300}', None),
        ("", "<html>", None),
    ],
)
def test_how_long_to_stay_away(header: str, body: str, seconds: int | None) -> None:
    assert retry_after_s(failed(429, body, header)) == seconds


def test_a_venue_that_answers_questions_and_takes_no_orders_is_tried_ever_more_slowly() -> None:
    """Every probe is a volley of orders whose fate is unknown for half a minute; that reads are answered says nothing about orders."""
    mode = given_mode()
    at_ns, waits = 0, list[int]()
    for _ in range(6):
        mode.heard(failed(503, '{"error":"Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."}'), at_ns)
        wake_ns = mode.wake_at_ns()
        assert wake_ns is not None
        waits.append((wake_ns - at_ns) // S)
        assert mode.woken(wake_ns) == [VenueReady(post_only=False)]
        at_ns = wake_ns + S
        mode.heard(Found(b"{}"), at_ns)  # what stands and what was traded is asked first
    assert waits == [30, 60, 120, 240, 300, 300]
    mode.heard(Found(b"{}"), at_ns + STEADY_S * S)
    mode.heard(failed(503, '{"error":"Trading is currently disabled."}'), at_ns + STEADY_S * S)
    assert mode.wake_at_ns() == at_ns + (STEADY_S + 30) * S
