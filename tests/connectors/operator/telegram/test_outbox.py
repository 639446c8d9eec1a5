"""What leaves, in which order and when; what becomes of it when it cannot."""

from connectors.operator.telegram.alerts import SETTLE_NS, Degree, Item
from connectors.operator.telegram.outbox import (
    ANSWER_GOOD_NS,
    ANSWERS_MAX,
    AWAY_FIRST_NS,
    AWAY_MAX_NS,
    CHAT_PAUSE_NS,
    REFUSED_PAUSE_NS,
    Button,
    Outbox,
    Parcel,
    Reply,
)
from oms.values.units import NS_PER_SECOND

A, B = 42, -100
URGENT = Item("halt", "stop", Degree.URGENT)


def taken(outbox: Outbox, now_ns: int) -> Parcel:
    parcel = outbox.take(now_ns, 0)
    assert parcel is not None
    return parcel


def sent(outbox: Outbox, now_ns: int) -> Parcel:
    parcel = taken(outbox, now_ns)
    outbox.sent(parcel, now_ns)
    return parcel


def test_answers_go_before_alerts_and_a_chat_rests_between_two_messages() -> None:
    outbox = Outbox((A,), 10)
    outbox.tell(URGENT, 0, 0)
    outbox.answer(A, Reply("first", (Button("Yes", "kill:1"),), nonce="1"), 0, 0)
    outbox.answer(A, Reply("second"), 0, 0)
    first = sent(outbox, 0)
    assert (first.text, first.buttons, first.nonce) == ("first", (Button("Yes", "kill:1"),), "1")
    assert outbox.take(CHAT_PAUSE_NS - 1, 0) is None
    assert outbox.wake_ns() == CHAT_PAUSE_NS
    assert sent(outbox, CHAT_PAUSE_NS).text == "second"
    assert "stop" in sent(outbox, 2 * CHAT_PAUSE_NS).text
    assert outbox.wake_ns() is None
    assert outbox.sent_count == 3


def test_no_chat_starves_behind_another() -> None:
    outbox = Outbox((A, B), 10)
    for number in range(3):
        outbox.answer(A, Reply(f"a{number}"), 0, 0)
    outbox.answer(B, Reply("b"), 0, 0)
    assert [sent(outbox, now).text for now in (0, 1, CHAT_PAUSE_NS)] == ["a0", "b", "a1"]


def test_what_is_for_all_goes_to_each_chat_and_what_is_for_one_to_it_alone() -> None:
    outbox = Outbox((A, B), 10)
    outbox.tell(URGENT, 0, 0)
    outbox.tell(Item("mine", "x"), 0, 0, B)
    texts = {parcel.chat_id: parcel.text for parcel in (sent(outbox, SETTLE_NS), sent(outbox, SETTLE_NS))}
    assert {chat: ("stop" in text, "mine" in text) for chat, text in texts.items()} == {A: (True, False), B: (True, True)}
    assert outbox.wake_ns() is None


def test_nothing_leaves_before_the_time_that_telegram_named() -> None:
    outbox = Outbox((A, B), 10)
    outbox.tell(URGENT, 0, 0)
    outbox.later(taken(outbox, 0), 0, 7 * NS_PER_SECOND)
    outbox.answer(B, Reply("x"), 1, 0)
    assert outbox.take(7 * NS_PER_SECOND - 1, 0) is None
    assert outbox.wake_ns() == 7 * NS_PER_SECOND
    outbox.hold(3 * NS_PER_SECOND)  # a shorter one does not undo a longer one
    assert outbox.take(7 * NS_PER_SECOND - 1, 0) is None
    assert {sent(outbox, 7 * NS_PER_SECOND).chat_id, sent(outbox, 7 * NS_PER_SECOND).chat_id} == {A, B}


def test_when_nobody_is_there_each_try_waits_longer_up_to_half_a_minute() -> None:
    outbox = Outbox((A,), 10)
    outbox.tell(URGENT, 0, 0)
    now, waits = 0, []
    for _ in range(12):
        outbox.later(taken(outbox, now), now)
        wake = outbox.wake_ns()
        assert wake is not None
        waits.append((wake - now) // NS_PER_SECOND)
        now = wake
    assert waits == [1, 2, 4, 8, 16, *[30] * 7]
    assert (AWAY_FIRST_NS, AWAY_MAX_NS) == (NS_PER_SECOND, 30 * NS_PER_SECOND)
    assert "stop" in sent(outbox, now).text  # it is still there
    outbox.tell(URGENT, now, 0)
    outbox.later(taken(outbox, now + CHAT_PAUSE_NS), now)
    assert outbox.wake_ns() == now + CHAT_PAUSE_NS  # and the next trouble begins anew


def test_an_answer_that_waited_too_long_is_dropped_and_said_so_but_a_summary_lasts() -> None:
    outbox = Outbox((A,), 10)
    outbox.answer(A, Reply("old"), 0, 0)
    outbox.answer(A, Reply("summary", lasts=True), 0, 0)
    late = ANSWER_GOOD_NS + 1
    assert sent(outbox, late).text == "summary"
    assert "an answer could not be sent in time" in sent(outbox, late + SETTLE_NS).text
    assert outbox.dropped == 1


def test_more_answers_than_can_wait_drop_the_oldest_and_say_so() -> None:
    outbox = Outbox((A,), 10)
    for number in range(ANSWERS_MAX + 5):
        outbox.answer(A, Reply(str(number)), 0, 0)
    texts = [sent(outbox, now * CHAT_PAUSE_NS).text for now in range(ANSWERS_MAX)]
    assert texts == [str(number) for number in range(5, ANSWERS_MAX + 5)]
    assert "5×" in sent(outbox, ANSWERS_MAX * CHAT_PAUSE_NS).text


def test_a_chat_that_bars_us_is_left_alone_and_hears_it_later() -> None:
    outbox = Outbox((A, B), 10)
    outbox.tell(URGENT, 0, 0)
    barred = taken(outbox, 0)
    outbox.barred(barred, 0)
    assert sent(outbox, 0).chat_id != barred.chat_id
    assert outbox.take(REFUSED_PAUSE_NS - 1, 0) is None
    again = sent(outbox, REFUSED_PAUSE_NS)
    assert again.chat_id == barred.chat_id
    assert "stop" in again.text


def test_a_message_that_is_never_taken_is_told_of_with_its_count() -> None:
    outbox = Outbox((A,), 10)
    for _ in range(3):
        outbox.tell(URGENT, 0, 0)
    outbox.refused(taken(outbox, 0), "Bad <Request>", 0, 0)
    assert outbox.take(REFUSED_PAUSE_NS - 1, 0) is None
    told = sent(outbox, REFUSED_PAUSE_NS).text
    assert "<b>telegram</b> 3×" in told
    assert "did not take a message (halt): Bad &lt;Request&gt;" in told
    assert outbox.wake_ns() is None
