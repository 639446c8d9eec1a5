import json

import pytest
from msgspec.structs import replace

from connectors.polymarket.book_audit import GRACE_NS, RestHash
from connectors.polymarket.shard_stream import DROPPED_MAX, QUIET_MAX_NS, QUIET_NS, ShardStream
from oms.values.events import BookReset, BooksConfirmed, ContinuityLost, LevelsChanged
from oms.values.units import NS_PER_MS
from tests.connectors.frames import entry, frame, price_change
from tests.connectors.polymarket.words_feed import SECOND, T0, book_of, given_market, hears, ms_text, rest_book_of


class Log:
    """A keeper that writes down what it hears."""

    def __init__(self) -> None:
        self.story: list[str] = []

    def line_opened(self, line: ShardStream) -> None:
        self.story.append(f"opened {line.number}")

    def line_closed(self, line: ShardStream) -> None:
        self.story.append(f"closed {line.number}")


def given_line(*, is_open: bool = True, silence_ns: int = 600 * SECOND) -> ShardStream:
    line = ShardStream(3, Log(), silence_ns)
    line.take([given_market(0), given_market(1)])
    if is_open:
        line.opened(T0)
        line.bytes_to_send()
    return line


def asked(line: ShardStream, text: str, at_ns: int, token: str = "1000") -> list[object]:
    """REST is asked, tells this, and is judged when it is due."""
    line.looked(at_ns)
    line.answered([RestHash(token, ms_text(at_ns), text)], at_ns)
    return [*line.judge()] if line.audit.due_ns is not None else []


def test_the_keeper_hears_of_each_opening_and_close_after_the_line_knows_it() -> None:
    log = Log()
    line = ShardStream(7, log)
    states = [line.is_open]
    line.opened(T0)
    states.append(line.is_open)
    assert line.closed(T0) == []
    assert [*states, line.is_open] == [False, True, False]
    assert log.story == ["opened 7", "closed 7"]


def test_markets_taken_before_the_opening_are_in_the_first_message_and_later_ones_in_one_more() -> None:
    line = given_line(is_open=False)
    line.opened(T0)
    assert [json.loads(message)["assets_ids"] for message in line.bytes_to_send()] == [["1000", "2000", "1001", "2001"]]
    line.take([given_market(2), given_market(3)])
    line.take([])
    assert [json.loads(message)["assets_ids"] for message in line.bytes_to_send()] == [["1002", "2002", "1003", "2003"]]
    assert len(line.receive(frame(book_of("2003", T0, "h")), T0)) == 1


def test_what_was_dropped_is_read_until_the_next_socket_which_begins_without_it() -> None:
    line = given_line()
    line.receive(frame({"event_type": "new_market"}), T0)
    line.drop(given_market(0))
    line.drop(given_market(9))
    assert sorted(line.live) == ["1001", "2001"]
    assert len(line.receive(frame(book_of("1000", T0, "h")), T0)) == 1
    line.closed(T0)
    line.opened(T0)
    assert json.loads(line.bytes_to_send()[0])["assets_ids"] == ["1001", "2001"]
    assert line.receive(frame(book_of("1000", T0, "h")), T0) == []
    assert (line.other_tokens, line.not_read) == (1, {"new_market": 1})


def test_a_market_that_was_dropped_may_be_taken_again() -> None:
    line = given_line()
    line.drop(given_market(0))
    line.take([given_market(0)])
    line.closed(T0)
    line.opened(T0)
    assert len(line.live) == 4


def test_of_what_was_dropped_from_a_socket_that_stays_only_the_latest_is_read() -> None:
    line = given_line()
    line.drop(given_market(0))
    assert len(line.receive(frame(book_of("1000", T0, "h")), T0)) == 1
    for number in range(2, 2 + DROPPED_MAX // 2):
        line.take([given_market(number)])
        line.drop(given_market(number))
    assert line.receive(frame(book_of("1000", T0, "h")), T0) == []
    assert len(line.receive(frame(book_of("1002", T0, "h")), T0)) == 1
    assert len(line.markets) == DROPPED_MAX + 2
    assert sorted(line.live) == ["1001", "2001"]


def test_a_market_whose_facts_changed_is_read_with_its_new_ones() -> None:
    line = given_line()
    line.bytes_to_send()
    line.refresh(replace(given_market(0), tick_pips=10))
    assert line.markets["1000"].tick_pips == 10
    assert line.bytes_to_send() == []


def test_only_a_closed_line_becomes_a_standby() -> None:
    line = given_line()
    with pytest.raises(AssertionError, match="open line"):
        line.clear()
    line.closed(T0)
    line.clear()
    assert line.live == {}


def test_a_rest_answer_is_read_as_rest_and_is_no_sign_of_life() -> None:
    line = given_line()
    (fact,) = line.read_rest(frame([rest_book_of("1000", T0, "h")]), T0 + SECOND)
    assert isinstance(fact, BookReset)
    assert fact.from_rest
    assert line.heard_ns == T0
    assert line.audit.newest == {}


def test_a_change_tells_how_late_it_came() -> None:
    line = given_line()
    (fact, _) = line.receive(frame(price_change(entry("1000"), entry("2000"), timestamp=ms_text(T0))), T0 + 40 * NS_PER_MS)
    assert isinstance(fact, LevelsChanged)
    assert line.lag_ns == 40 * NS_PER_MS
    assert line.audit.newest["2000"] == (T0, "h")


def test_a_quiet_line_asks_ever_more_rarely_and_any_message_but_a_pong_begins_anew() -> None:
    line = given_line()
    assert not line.is_too_quiet(T0 + QUIET_NS - 1)
    now, gaps = T0, list[int]()
    for _ in range(7):
        last = now
        while not line.is_too_quiet(now):
            now += SECOND
        gaps.append((now - last) // SECOND)
        line.looked(now)
        line.answered([], now)
        line.receive(b"PONG", now)
    assert gaps == [5, 10, 20, 40, 60, 60, 60]
    assert QUIET_MAX_NS == 60 * SECOND
    hears(line, "1000", now, "h")
    assert line.is_too_quiet(now + QUIET_NS)


def test_a_line_that_is_closed_empty_or_asking_already_is_not_too_quiet() -> None:
    late = T0 + 99 * SECOND
    assert not given_line(is_open=False).is_too_quiet(late)
    standby = ShardStream(0, Log())
    standby.opened(T0)
    assert not standby.is_too_quiet(late)
    line = given_line()
    line.looked(T0)
    assert not line.is_too_quiet(late)


def test_a_quiet_market_is_never_called_lost_as_long_as_rest_agrees() -> None:
    """A day without a message: no false halt (user-asks 17)."""
    line = given_line()
    hears(line, "1000", T0, "h")
    for minute in range(1, 24 * 60):
        now = T0 + minute * 60 * SECOND
        line.receive(b"PONG", now)
        assert line.is_too_quiet(now)
        assert asked(line, "h", now) == []
        assert line.woken(now) == []
    assert not line.wants_reconnect


def test_silence_without_a_second_witness_is_a_loss_in_the_end() -> None:
    line = given_line()
    hears(line, "1000", T0, "h")
    asked(line, "h", T0 + 300 * SECOND)
    assert line.woken(T0 + 899 * SECOND) == []
    (fact,) = line.woken(T0 + 900 * SECOND)
    assert isinstance(fact, ContinuityLost)
    assert line.wants_reconnect


def test_what_rest_confirmed_counts_only_until_the_next_message() -> None:
    line = given_line()
    hears(line, "1000", T0, "h")
    asked(line, "h", T0 + 300 * SECOND)
    hears(line, "1000", T0 + 400 * SECOND, "h")
    assert line.woken(T0 + 999 * SECOND) == []
    assert len(line.woken(T0 + 1_000 * SECOND)) == 1


def test_a_frozen_socket_on_an_active_market_is_given_up_within_ten_seconds() -> None:  # user-asks 17
    line = given_line()
    hears(line, "1000", T0, "h1")
    line.receive(b"PONG", T0 + 4 * SECOND)
    asked_ns = T0 + QUIET_NS
    assert line.is_too_quiet(asked_ns)
    (fact,) = asked(line, "h2", asked_ns)
    assert isinstance(fact, ContinuityLost)
    assert sorted(fact.tokens) == ["1000", "1001", "2000", "2001"]
    assert "frozen" in fact.why
    assert line.wants_reconnect
    assert asked_ns + GRACE_NS <= T0 + 10 * SECOND


def test_one_lost_token_on_a_lively_socket_is_subscribed_anew_after_the_second_difference() -> None:
    line = given_line()
    hears(line, "1000", T0, "h1")

    def ask(number: int) -> list[object]:
        at_ns = T0 + number * SECOND
        line.looked(at_ns)
        hears(line, "1001", at_ns + 1, f"other {number}")
        line.answered([RestHash("1000", ms_text(at_ns), f"x{number}")], at_ns)
        return [*line.judge()]

    assert ask(1) == []
    assert ask(2) == [ContinuityLost(tokens=("1000",), why="REST told other books twice in a row")]
    assert not line.wants_reconnect
    assert [json.loads(message)["operation"] for message in line.bytes_to_send()] == ["unsubscribe", "subscribe"]


def test_a_verdict_about_a_socket_that_is_closed_meanwhile_is_none() -> None:
    line = given_line()
    hears(line, "1000", T0, "h1")
    line.looked(T0 + SECOND)
    line.answered([RestHash("1000", ms_text(T0 + SECOND), "x")], T0 + SECOND)
    line.closed(T0 + SECOND)
    assert line.audit.due_ns is None
    assert line.judge() == []


def test_what_rest_agrees_about_is_confirmed_as_of_the_question_and_what_was_dropped_is_not() -> None:
    line = given_line()
    hears(line, "1000", T0, "h")
    hears(line, "2001", T0, "h")
    line.drop(given_market(1))
    asked_ns = T0 + 7 * SECOND
    line.asked(["1000", "2001"], asked_ns)
    told = [RestHash("1000", ms_text(T0), "h"), RestHash("2001", ms_text(T0), "h"), RestHash("2000", ms_text(T0), "x")]
    assert line.answered(told, asked_ns + SECOND) == [BooksConfirmed(tokens=("1000",), asked_ns=asked_ns)]
    line.judge()
    line.asked(["1000"], asked_ns)
    assert line.answered([RestHash("1000", ms_text(asked_ns), "x")], asked_ns) == []
    line.closed(asked_ns)
    assert line.answered([RestHash("1000", ms_text(T0), "h")], asked_ns) == []


def test_quiet_books_alone_are_asked_about_each_time_they_were_quiet_for_so_long() -> None:
    line = given_line()
    for token in ("1000", "2000", "1001"):
        hears(line, token, T0 + SECOND, "h")
    hears(line, "2000", T0 + 9 * SECOND, "h2")
    assert line.unheard(T0 - 1) == []
    assert line.unheard(T0 + SECOND) == ["1000", "1001", "2001"]
    line.asked(["1000", "1001", "2001"], T0 + 11 * SECOND)
    assert line.unheard(T0 + 10 * SECOND) == []  # busy
    line.answered([RestHash("1000", ms_text(T0), "h")], T0 + 11 * SECOND)
    assert line.unheard(T0 + 10 * SECOND) == ["2000"]
    assert given_line(is_open=False).unheard(T0) == []


def test_questions_about_single_quiet_books_put_off_no_question_about_the_whole_line() -> None:  # user-asks 17: within ten seconds
    line = given_line()
    hears(line, "1000", T0, "h")
    line.asked(["1000"], T0 + 4 * SECOND)
    line.answered([RestHash("1000", ms_text(T0), "h")], T0 + 4 * SECOND)
    assert line.is_too_quiet(T0 + QUIET_NS)


def test_a_book_that_nobody_believes_any_more_is_subscribed_anew_when_rest_answers_again() -> None:  # ruling 2.8
    line = ShardStream(3, Log(), given_up_ns=30 * SECOND)
    line.take([given_market(0)])
    line.opened(T0)
    for token in ("1000", "2000"):
        hears(line, token, T0, "h")
    hears(line, "2000", T0 + 20 * SECOND, "h")
    line.bytes_to_send()
    late_ns = T0 + 40 * SECOND
    line.asked(["1000", "2000"], late_ns)
    told = [RestHash(token, ms_text(T0), "h") for token in ("1000", "2000")]
    assert line.answered(told, late_ns) == [BooksConfirmed(tokens=("2000",), asked_ns=late_ns)]
    sent = [json.loads(message) for message in line.bytes_to_send()]
    assert [(message["operation"], message["assets_ids"]) for message in sent] == [("unsubscribe", ["1000"]), ("subscribe", ["1000"])]
    hears(line, "1000", late_ns + SECOND, "h")
    line.asked(["1000"], late_ns + 2 * SECOND)
    assert line.answered(told[:1], late_ns + 2 * SECOND) == [BooksConfirmed(tokens=("1000",), asked_ns=late_ns + 2 * SECOND)]
