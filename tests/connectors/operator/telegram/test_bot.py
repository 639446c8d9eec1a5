"""The console at work, end to end: a Bot API on loopback on one side, a daemon on the other."""

import asyncio
import logging
import re

import pytest

from connectors.operator.control.protocol import Ended, Kill, Pause, Resume, Shown
from connectors.operator.telegram import bot
from connectors.operator.telegram.alerts import Item
from connectors.operator.telegram.bot import Rules
from connectors.operator.telegram.console import COMMANDS
from oms.values.panels import Alerts, Topic
from oms.values.units import NS_PER_DAY, NS_PER_SECOND
from tests.connectors.operator.telegram.fake_api import CHAT, NAME, OPERATOR, FakeApi, Fault
from tests.connectors.operator.telegram.words_telegram import AT_NS, WELCOME, FakeDaemon, Stand, alert, overview, pause, quicken, run, standing

GROUP = -100_500


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quicken(monkeypatch)


def test_every_command_is_answered() -> None:  # req 4.19 4.20
    wanted = {
        "status": "TRADING",
        "positions": "12.34",
        "orders": "SELL NO 5 at 0.47",
        "fills": "BUY YES 10 at 0.53",
        "near": "$0.0012 a set is missing",
        "result": "+$12.30",
        "health": "console: messages sent",
        "alerts": "slow",
        "pause": "Pause: ",
        "resume": "Resume: ",
        "kill": "Halt for good?",
        "help": "/near",
    }
    wanted["pause"], wanted["resume"] = "Pause &amp; done &lt;here&gt;", "Resume &amp; done &lt;here&gt;"
    assert list(wanted) == list(COMMANDS)

    async def story(stand: Stand) -> None:
        for name, words in wanted.items():
            told = await stand.asked(f"/{name}")
            assert words in told, name
        assert "/near" in await stand.asked("/start")
        assert [type(what) for what in stand.daemon.did] == [Pause, Resume]
        (menu,) = stand.telegram.told("setMyCommands")
        assert [entry["command"] for entry in menu["commands"]] == list(COMMANDS)

    run(story)


def test_a_message_goes_out_as_html_without_previews_and_never_too_long() -> None:
    async def story(stand: Stand) -> None:
        await stand.asked("/status")
        (sent,) = stand.telegram.told("sendMessage")
        assert sent["parse_mode"] == "HTML"
        assert sent["link_preview_options"]["is_disabled"] is True
        assert "disable_notification" not in sent

    run(story)


def test_what_is_no_command_of_ours_is_said_to_be_none_but_groups_may_talk() -> None:
    async def story(stand: Stand) -> None:
        assert "There is no command" in await stand.asked("/fly<b>")
        assert "&lt;b&gt;" in stand.telegram.texts()[-1]
        assert "no command" in await stand.asked("hello")
        assert "TRADING" in await stand.asked(f"/status@{NAME.upper()}")
        before = len(stand.telegram.messages)
        stand.telegram.say("hello all", chat=GROUP, kind="supergroup")
        stand.telegram.say("/status@other_bot", chat=GROUP, kind="supergroup")
        await pause()
        assert len(stand.telegram.messages) == before
        stand.telegram.say("/status", chat=GROUP, kind="supergroup")
        await stand.telegram.until(lambda: stand.telegram.texts(GROUP))

    run(story, rules=Rules(chats=(CHAT, GROUP), operators=(OPERATOR,), poll_s=1))


def test_strangers_get_no_answer_and_are_counted_and_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:  # req 4.21
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        telegram.say("/kill", chat=666)  # an operator in a chat that is none of ours
        telegram.say("/kill\n<b>x", user=666)  # a stranger in a chat of ours
        telegram.say("/pause", user=None, kind="channel")  # nobody
        telegram.press({"message_id": 1}, user=666, data="kill:x")
        telegram.press({"message_id": 1}, chat=666, data="kill:x")
        sender = {"id": OPERATOR, "is_bot": False, "first_name": "x"}
        telegram.update(callback_query={"id": "1", "from": sender, "chat_instance": "x", "data": "kill:x"})  # on no message that we know
        await telegram.until(lambda: stand.bot.door.strangers == 6)
        await pause()
        assert telegram.messages == []
        assert telegram.told("answerCallbackQuery") == []
        assert "telegram_rejected_senders_total 6.0" in stand.figures.text().decode()
        assert stand.daemon.did == []

    with caplog.at_level(logging.WARNING, logger="steelyard.telegram"):
        run(story)
    assert [record.getMessage() for record in caplog.records] == ["stranger refused"]


def test_an_old_command_is_not_carried_out_and_that_is_said() -> None:
    async def story(stand: Stand) -> None:
        told = await stand_old(stand, "/pause now", 61)
        assert "not carried out" in told
        assert "<code>/pause</code>" in told
        told = await stand_old(stand, "/resume", -70)
        assert "ahead of this machine's clock" in told
        assert stand.daemon.did == []
        stand.telegram.say("/pause", ago_s=50)
        await stand.telegram.until(lambda: stand.daemon.did)

    async def stand_old(stand: Stand, text: str, ago_s: int) -> str:
        before = len(stand.telegram.messages)
        stand.telegram.say(text, ago_s=ago_s)
        await stand.telegram.until(lambda: len(stand.telegram.messages) > before)
        return stand.telegram.texts()[-1]

    run(story)


def test_what_was_typed_before_the_console_began_is_dropped() -> None:
    async def told() -> None:
        telegram = FakeApi()
        telegram.say("/pause")
        async with standing(telegram=telegram) as stand:
            assert "TRADING" in await stand.asked("/status")
            assert stand.daemon.did == []
            assert telegram.told("deleteWebhook")[0]["drop_pending_updates"] is True

    asyncio.run(told())


def test_kill_takes_a_button_that_is_good_once() -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        question = await stand.asked("/kill the venue lies")
        assert "18 orders rest" in question
        message = telegram.messages[-1]
        assert len(message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]) <= 64
        assert stand.daemon.did == []
        telegram.press(message)
        await telegram.until(lambda: telegram.told("editMessageText"))
        assert stand.daemon.did == [Kill(why="Telegram, operator 7: the venue lies")]
        await telegram.until(lambda: "Kill: " in telegram.texts()[-1])
        telegram.press(message)  # the same again: a nervous finger, or a replay
        await telegram.until(lambda: len(telegram.told("answerCallbackQuery")) == 2)
        assert "pressed already" in telegram.told("answerCallbackQuery")[-1]["text"]
        telegram.press(message, data="kill:madeup")
        telegram.press(message, data="x")
        await telegram.until(lambda: len(telegram.told("answerCallbackQuery")) == 4)
        toasts = [answer["text"] for answer in telegram.told("answerCallbackQuery")[2:]]
        assert toasts == ["this button is not known any more", "this button is not known"]
        assert len(stand.daemon.did) == 1

    run(story)


def test_a_kill_button_is_dead_after_half_a_minute_and_for_anybody_else() -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        await stand.asked("/kill")
        message = telegram.messages[-1]
        telegram.press(message, user=8)
        await telegram.until(lambda: telegram.told("answerCallbackQuery"))
        assert "only who asked" in telegram.told("answerCallbackQuery")[-1]["text"]
        stand.hands.now_ns += 31 * NS_PER_SECOND
        telegram.press(message)
        await telegram.until(lambda: len(telegram.told("answerCallbackQuery")) == 2)
        assert "30 s, which are over" in telegram.told("answerCallbackQuery")[-1]["text"]
        assert stand.daemon.did == []

    run(story, rules=Rules(chats=(CHAT,), operators=(OPERATOR, 8), poll_s=1))


def test_a_kill_does_not_wait_for_slow_commands_nor_for_telegram() -> None:
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        await stand.asked("/kill")
        stand.daemon.hangs_s = 30.0
        for method in ("sendMessage", "answerCallbackQuery", "editMessageText"):
            telegram.always[method] = Fault(502, "Bad Gateway")
        telegram.say("/status")
        telegram.press(telegram.messages[-1])
        await telegram.until(lambda: stand.daemon.did)

    run(story)


def test_a_daemon_that_is_away_is_said_with_the_way_to_kill_it_by_hand() -> None:
    async def story(stand: Stand) -> None:
        stand.daemon.away = "/run/control.sock: no daemon answers there <now>"
        told = await stand.asked("/status")
        assert "&lt;now&gt;" in told
        assert "NOT CONFIRMED" in await stand.asked("/pause")
        assert "does not answer now" in await stand.asked("/kill")
        stand.telegram.press(stand.telegram.messages[-1])
        await stand.telegram.until(lambda: "run_bot.py kill" in stand.telegram.texts()[-1])

    run(story)


def test_hostile_titles_are_harmless_in_every_answer() -> None:
    title = "/resume <b>&amp; </code>\x1b[2J\n\u202e" + "A😀" * 5_000

    async def story(stand: Stand) -> None:
        for name in ("status", "positions", "orders", "fills", "near", "health", "alerts"):
            told = await stand.asked(f"/{name}")
            assert "&lt;b&gt;" in told, name
            assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", told)
            assert re.sub("</?(b|code)>", "", told).count("<") == 0
            for bare in re.sub("<code>.*?</code>", "", told).split("\n"):
                assert "/resume" not in bare  # outside of <code> Telegram would make a command of it

    run(story, FakeDaemon(title))


def test_alerts_of_the_daemon_arrive_grouped_and_a_flood_is_a_few_messages() -> None:
    async def story(stand: Stand) -> None:
        console, telegram = stand.bot, stand.telegram
        console.joined(WELCOME)
        console.shown(Shown(topic=Topic.ALERTS, view=Alerts(at_ns=AT_NS)))
        for count in range(1, 501):
            rows = (alert("the venue is slow", "slow", count), alert(f"refused {count}", "refused"))
            console.shown(Shown(topic=Topic.ALERTS, view=Alerts(at_ns=AT_NS, rows=rows)))
            if count % 50 == 0:
                await asyncio.sleep(0.03)
        await telegram.until(lambda: len(telegram.messages) == 2)
        await pause()
        sent = telegram.texts()
        assert len(sent) == 2  # three a minute, the last of which is kept for what is urgent
        assert "the daemon is there: live" in sent[0]
        stand.hands.now_ns += 60 * NS_PER_SECOND
        console.ended(Ended(code=42, text="drawdown"))
        await telegram.until(lambda: len(telegram.messages) > 2)
        await telegram.until(lambda: counted(telegram.texts(), "slow") == counted(telegram.texts(), "refused") == 500)
        assert "HALTED" in "\n".join(telegram.texts()[2:])

    def counted(texts: list[str], kind: str) -> int:
        return sum([int(count or 1) for text in texts for count in re.findall(rf"<b>{kind}</b>(?: (\d+)×)?", text)])

    run(story, rules=Rules(chats=(CHAT,), operators=(OPERATOR,), alerts_per_minute=3, poll_s=1))


def test_the_daily_summary_comes_at_its_hour_and_is_told_from_the_one_before() -> None:  # req 4.19
    async def story(stand: Stand) -> None:
        telegram = stand.telegram
        stand.hands.wall_ns += NS_PER_DAY
        await telegram.until(lambda: len(telegram.messages) == 1)
        assert "Daily summary" in telegram.texts()[0]
        assert "fills 55" in telegram.texts()[0]
        stand.daemon.views[Topic.OVERVIEW] = overview(at_ns=AT_NS + NS_PER_DAY, fills=60, equity_mark_micro=1_010_300_000)
        stand.hands.wall_ns += NS_PER_DAY
        await telegram.until(lambda: len(telegram.messages) == 2)
        assert "fills 5," in telegram.texts()[1]
        assert "<b>-$2.00</b>" in telegram.texts()[1]
        stand.daemon.away = "nobody"
        stand.hands.wall_ns += NS_PER_DAY
        await telegram.until(lambda: len(telegram.messages) == 3)
        assert "the daemon does not answer" in telegram.texts()[2]

    run(story, rules=Rules(chats=(CHAT,), operators=(OPERATOR,), summary_hour_utc=7, poll_s=1))


def test_more_commands_than_can_wait_are_not_carried_out_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot, "WAITING_MAX", 2)

    async def story(stand: Stand) -> None:
        stand.daemon.hangs_s = 0.3
        for _ in range(5):
            stand.telegram.say("/status")
        await stand.telegram.until(lambda: "too many commands at once" in "\n".join(stand.telegram.texts()))

    run(story)


def test_an_item_reaches_every_chat() -> None:
    async def story(stand: Stand) -> None:
        stand.bot.outbox.tell(Item("x", "to all"), 0, 0)
        stand.bot.joined(WELCOME)
        await stand.telegram.until(lambda: all("to all" in "\n".join(stand.telegram.texts(chat)) for chat in (CHAT, GROUP)))

    run(story, rules=Rules(chats=(CHAT, GROUP), operators=(OPERATOR,), poll_s=1))
