"""The console when Telegram fails it, in every way in which it does, and when it comes back."""

import asyncio
import logging
import re
from collections import deque

import pytest

from config.logs import SECRETS, Line
from connectors.operator.telegram.bot import Rules
from connectors.operator.telegram.polling import TokenRefused
from oms.values.units import NS_PER_SECOND
from tests.connectors.operator.telegram.fake_api import CHAT, OPERATOR, TOKEN, FakeApi, Fault, too_many
from tests.connectors.operator.telegram.words_telegram import WELCOME, Stand, pause, quicken, run, standing

GROUP = -100_500


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quicken(monkeypatch)


def test_retry_after_is_obeyed_for_everything_that_leaves_and_nothing_is_lost() -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        telegram.faults["sendMessage"] = deque([too_many(1), too_many(1)])
        stand.bot.joined(WELCOME)
        telegram.say("/help")
        await telegram.until(lambda: len(telegram.messages) == 2)
        at = [when for method, when in telegram.times if method == "sendMessage"]
        assert len(at) == 4
        assert at[1] - at[0] >= 1.0
        assert at[2] - at[1] >= 1.0
        assert sorted(["/near" in text for text in telegram.texts()]) == [False, True]

    run(story)


def test_a_poll_that_is_told_to_wait_waits() -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        telegram.faults["getUpdates"] = deque([too_many(1)])
        telegram.say("/help")  # ends the poll that hangs now
        await telegram.until(lambda: len(telegram.told("getUpdates")) >= 3)
        at = [when for method, when in telegram.times if method == "getUpdates"]
        assert at[2] - at[1] >= 1.0

    run(story)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(502, "Bad Gateway"),
        Fault(500, body="<html>nginx</html>"),
        Fault(409, "Conflict: terminated by other getUpdates request"),
        Fault(200, body="not JSON \udcff".encode(errors="replace").decode()),
        Fault(400, "Bad Request: whatever"),
    ],
)
def test_telegram_may_be_away_for_minutes_and_come_back(fault: Fault) -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        assert "TRADING" in await stand.asked("/status")
        telegram.always["getUpdates"] = fault
        if fault.status != 400:
            telegram.always["sendMessage"] = fault
        before = len(telegram.calls)
        telegram.say("/help")  # ends the poll that hangs now, and is answered or waits
        stand.bot.joined(WELCOME)
        await telegram.until(lambda: len(telegram.calls) > before + 3)
        stand.hands.now_ns += 200 * NS_PER_SECOND
        telegram.always.clear()
        await telegram.until(lambda: "Telegram did not answer this console for 3 min" in "\n".join(telegram.texts()))
        assert "the daemon is there" in "\n".join(telegram.texts())
        assert "TRADING" in await stand.asked("/status")

    run(story)


def test_another_poller_with_our_token_is_told_to_the_chat() -> None:
    async def story(stand: Stand) -> None:
        stand.telegram.faults["getUpdates"] = deque([Fault(409, "Conflict")])
        stand.telegram.say("/help")
        await stand.telegram.until(lambda: "another process polls" in "\n".join(stand.telegram.texts()))

    run(story)


def test_telegram_may_be_away_when_the_console_begins() -> None:
    async def told() -> None:
        telegram = FakeApi()
        telegram.always["*"] = Fault(503, "Service Unavailable")
        async with standing(telegram=telegram) as stand:
            await telegram.until(lambda: len(telegram.told("getMe")) >= 2)
            del telegram.always["*"]
            await telegram.until(lambda: telegram.told("getUpdates"))
            assert "TRADING" in await stand.asked("/status")

    asyncio.run(told())


@pytest.mark.parametrize("fault", [Fault(401, "Unauthorized"), Fault(404, "Not Found")])
def test_a_refused_token_ends_the_console_with_words(fault: Fault) -> None:
    async def told() -> None:
        telegram = FakeApi()
        async with standing(telegram=telegram) as stand:
            telegram.always["*"] = fault
            telegram.say("/help")
            await asyncio.wait([stand.running], timeout=20)

    with pytest.raises(TokenRefused, match=re.escape("does not know this token")) as refused:
        asyncio.run(told())
    assert TOKEN not in str(refused.value)


def test_a_chat_that_throws_us_out_does_not_keep_the_others_from_hearing() -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        telegram.faults["sendMessage"] = deque([Fault(403, "Forbidden: bot was blocked by the user")])
        stand.bot.joined(WELCOME)
        await telegram.until(lambda: telegram.messages)
        await pause()
        assert len(telegram.messages) == 1  # one chat heard it, the other is left alone for a while
        stand.hands.now_ns += 61 * NS_PER_SECOND
        stand.bot.lost("gone")
        await telegram.until(lambda: len(telegram.texts(CHAT)) + len(telegram.texts(GROUP)) >= 3)
        for chat in (CHAT, GROUP):
            assert "the daemon is there" in "\n".join(telegram.texts(chat))

    run(story, rules=Rules(chats=(CHAT, GROUP), operators=(OPERATOR,), poll_s=1))


def test_a_message_that_telegram_will_not_have_is_told_as_such_and_not_repeated() -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        telegram.faults["sendMessage"] = deque([Fault(400, "Bad Request: can't parse entities: <b>")])
        telegram.say("/status")
        await telegram.until(lambda: len(telegram.told("sendMessage")) == 1)
        stand.hands.now_ns += 61 * NS_PER_SECOND
        await telegram.until(lambda: telegram.messages)
        assert "did not take a message (an answer)" in telegram.texts()[0]
        assert "&lt;b&gt;" in telegram.texts()[0]

    run(story)


def test_an_update_that_cannot_be_read_is_left_out_and_the_next_one_is_heard() -> None:
    async def story(stand: Stand) -> None:
        stand.telegram.update(message={"message_id": "none", "chat": 5})
        assert "TRADING" in await stand.asked("/status")
        assert "updates that could not be read 1" in await stand.asked("/health")

    run(story)


def test_a_poll_that_hangs_is_ended_and_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.operator.telegram.api.POLL_MARGIN_S", -1)  # a poll of 2 s may then last one

    async def story(stand: Stand) -> None:
        stand.telegram.faults["getUpdates"] = deque([Fault(200, hangs_s=30.0)])
        stand.telegram.say("/help")
        await stand.telegram.until(lambda: len(stand.telegram.told("getUpdates")) >= 3)
        assert "TRADING" in await stand.asked("/status")

    run(story, rules=Rules(chats=(CHAT,), operators=(OPERATOR,), poll_s=2))


def test_the_token_is_in_no_line_of_the_log_whatever_goes_wrong(caplog: pytest.LogCaptureFixture) -> None:
    """Everything that any library logs at any level, as config/logs.py would write it; and before that."""
    SECRETS.register(TOKEN)

    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        words = [Fault(500, f"oops /bot{TOKEN}/x"), Fault(500, body=f"<a href=/bot{TOKEN}/getMe>"), too_many(1), Fault(409, "Conflict")]
        telegram.faults["getUpdates"] = deque(words)
        telegram.faults["sendMessage"] = deque([Fault(400, f"/bot{TOKEN}/"), *words])
        telegram.say("/status")
        await telegram.until(lambda: telegram.told("sendMessage"))
        stand.bot.joined(WELCOME)

        def has_told_all() -> bool:
            stand.hands.now_ns += NS_PER_SECOND  # the message that tells of the first fault may itself meet the last: its successor waits a minute
            return "did not take a message" in "\n".join(telegram.texts()) and not telegram.faults["getUpdates"]

        await telegram.until(has_told_all, 60.0)
        await telegram._runner.cleanup()  # now nobody listens there
        await pause(0.3)
        assert TOKEN.partition(":")[2] not in "\n".join(telegram.texts())

    with caplog.at_level(logging.DEBUG):
        run(story)
    assert len(caplog.records) > 5
    line = Line()
    assert not [text for record in caplog.records if TOKEN.partition(":")[2] in (text := line.format(record))]
    assert not [record for record in caplog.records if TOKEN.partition(":")[2] in f"{record.getMessage()} {record.__dict__.get('pairs')}"]


def test_the_figures_say_when_telegram_answered_last_and_how_many_messages_went_out() -> None:
    async def story(stand: Stand) -> None:
        await stand.asked("/status")
        await stand.telegram.until(lambda: "telegram_messages_total 1.0" in stand.figures.text().decode())
        stand.telegram.always["*"] = Fault(502, "Bad Gateway")
        polls = len(stand.telegram.told("getUpdates"))
        stand.telegram.say("/help")  # ends the poll that hangs now, which Telegram still answers
        await stand.telegram.until(lambda: len(stand.telegram.told("getUpdates")) > polls + 1)
        before = stand.figures.text()
        stand.hands.wall_ns += 500 * NS_PER_SECOND
        await pause()
        assert stand.figures.text() == before
        stand.telegram.always.clear()
        await stand.telegram.until(lambda: stand.figures.text() != before)

    run(story)
