"""Orders that the venue does not answer for: a person is told, and they do not use up the questions of the others."""

import pytest

from oms.decide_audit import ASK_SELDOM_NS, UNANSWERED_MAX
from oms.values import events as e
from oms.values.commands import Alert, AskOrder, Cancel, Command
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from tests.oms.words_engine import acked, buy, filled, given_floor, given_standing, of_kind


def alarms(commands: list[Command]) -> list[str]:
    return [alert.text for alert in of_kind(commands, Alert) if alert.kind == "order unanswered"]


OWED: tuple[e.Event, ...] = (e.CancelDone(order_id="7-1", filled_micro=70 * MICRO),)
SILENCES: list[tuple[tuple[e.Event, ...], str]] = [
    (OWED, "it is over at the venue with 70 shares filled, of which it told us 0"),
    ((e.CancelTaken(order_id="7-1"),), "the venue took its cancel and does not say what was filled before"),
    ((e.ReplyLost(order_id="7-1"),), "the venue does not say whether it has it"),
]


@pytest.mark.parametrize(("told", "words"), SILENCES)
def test_a_person_is_told_once_of_an_order_that_the_venue_does_not_answer_for_and_it_is_asked_about_seldom(
    told: tuple[e.Event, ...], words: str
) -> None:
    # user-asks 3: what is owed and never comes must not stand unseen
    floor = given_floor(ask_again_ns=2 * NS_PER_SECOND)
    floor.rest(buy())
    if not isinstance(told[0], e.ReplyLost):
        floor.tell(acked())
    sent = floor.tell(*told)
    asked = len(of_kind(sent, AskOrder))
    while asked < UNANSWERED_MAX:
        assert alarms(sent) == []
        sent = floor.tell(e.Tick(), after_ms=2_000)
        assert of_kind(sent, AskOrder) == [AskOrder(order_id="7-1")]
        asked += 1
    (said,) = alarms(sent)
    assert words in said
    for _ in range(5):
        assert floor.tell(e.Tick(), after_ms=ASK_SELDOM_NS // NS_PER_MS - 1) == []
        assert floor.tell(e.Tick()) == [AskOrder(order_id="7-1")]
    floor.tell(filled("t1", 10))  # something was learnt: it starts afresh
    assert floor.order().unanswered == 0


def test_questions_to_a_venue_that_is_away_alarm_nobody() -> None:
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    floor.tell(e.VenueSyncing(why="restart"), *OWED)
    sent = [floor.tell(e.Tick(), after_ms=2_000) for _ in range(2 * UNANSWERED_MAX)]
    assert [alarms(commands) for commands in sent] == [[]] * len(sent)
    assert sum(len(of_kind(commands, AskOrder)) for commands in sent) >= UNANSWERED_MAX


def test_a_cancel_that_is_not_answered_is_repeated_as_often_as_ever() -> None:
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND, reply_timeout_ns=2 * NS_PER_SECOND)
    floor.script.want_nothing()
    floor.tell(floor.stir())
    sent = [floor.tell(e.Tick(), after_ms=2_000) for _ in range(UNANSWERED_MAX + 20)]
    assert [len(of_kind(commands, Cancel)) for commands in sent] == [1] * len(sent)
    assert sum(len(alarms(commands)) for commands in sent) == 1
