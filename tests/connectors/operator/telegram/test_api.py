"""The Bot API's many ways of failing, as one error with a kind."""

import asyncio
from collections import deque

import pytest

from connectors.operator.telegram import api
from connectors.operator.telegram.api import Api, Heard, Kind, Trouble
from connectors.operator.telegram.outbox import Button, Parcel
from oms.values.units import NS_PER_SECOND
from tests.connectors.operator.telegram.fake_api import CHAT, OPERATOR, TOKEN, FakeApi, Fault, too_many

PARCEL = Parcel(CHAT, "<b>x</b>")


async def troubled(telegram: FakeApi, fault: Fault, token: str = TOKEN) -> Trouble:
    telegram.faults["sendMessage"] = deque([fault])
    client = Api(token, telegram.base)
    try:
        with pytest.raises(Trouble) as trouble:
            await client.send(PARCEL)
    finally:
        await client.close()
    assert trouble.value.__cause__ is None
    assert trouble.value.__suppress_context__
    return trouble.value


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(400, "Bad Request: chat not found"), Kind.REFUSED),
        (Fault(401, "Unauthorized"), Kind.TOKEN),
        (Fault(403, "Forbidden: bot was blocked by the user"), Kind.BARRED),
        (Fault(404, "Not Found"), Kind.TOKEN),
        (Fault(409, "Conflict"), Kind.CONFLICT),
        (too_many(3), Kind.WAIT),
        (Fault(429, body="slow down"), Kind.AWAY),
        (Fault(500, "restart"), Kind.AWAY),
        (Fault(502, body="<html>" + "x" * 10_000), Kind.AWAY),
        (Fault(200, body="{}"), Kind.AWAY),
        (Fault(200, body='{"ok": true, "result": {"message_id": "?"}}'), Kind.UNREADABLE),
        (Fault(418, "teapot"), Kind.AWAY),
    ],
)
def test_every_failure_has_a_kind_and_one_line(fault: Fault, kind: Kind) -> None:
    async def story() -> None:
        async with FakeApi() as telegram:
            trouble = await troubled(telegram, fault)
            assert trouble.kind is kind
            assert "\n" not in str(trouble)
            assert len(str(trouble)) <= 500

    asyncio.run(story())


def test_a_wait_has_its_length_and_an_absurd_one_is_an_hour() -> None:
    async def story() -> None:
        async with FakeApi() as telegram:
            assert (await troubled(telegram, too_many(3))).wait_ns == 3 * NS_PER_SECOND
            assert (await troubled(telegram, too_many(10**9))).wait_ns == 3_600 * NS_PER_SECOND

    asyncio.run(story())


def test_nobody_there_and_nobody_who_answers_are_both_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "CALL_S", 1)

    async def story() -> None:
        async with FakeApi() as telegram:
            assert (await troubled(telegram, Fault(200, hangs_s=30.0))).kind is Kind.AWAY
        assert (await troubled(telegram, too_many(1))).kind is Kind.AWAY

    asyncio.run(story())


def test_a_group_that_moved_names_its_new_id() -> None:
    async def story() -> None:
        async with FakeApi() as telegram:
            fault = Fault(400, "Bad Request: group chat was upgraded to a supergroup chat")
            fault.answer["parameters"] = {"migrate_to_chat_id": -100777}
            trouble = await troubled(telegram, fault)
            assert trouble.kind is Kind.BARRED
            assert "-100777" in str(trouble)

    asyncio.run(story())


def test_what_telegram_says_about_our_token_does_not_show_it() -> None:
    async def story() -> None:
        async with FakeApi() as telegram:
            trouble = await troubled(telegram, Fault(400, f"no such method /bot{TOKEN}/x"))
            assert TOKEN.partition(":")[2] not in str(trouble)
            assert "[token]" in str(trouble)

    asyncio.run(story())


def test_a_message_carries_its_buttons_and_a_calm_one_makes_no_sound() -> None:
    async def story() -> None:
        async with FakeApi() as telegram:
            client = Api(TOKEN, telegram.base)
            await client.send(Parcel(CHAT, "q", (Button("Yes", "kill:abc"),)))
            await client.send(Parcel(CHAT, "t", is_silent=True))
            await client.take_button(CHAT, 1000, "done <b>")
            await client.toast("cb1", "x" * 300)
            await client.close()
            question, calm = telegram.told("sendMessage")
            assert question["reply_markup"]["inline_keyboard"] == [[{"text": "Yes", "callback_data": "kill:abc"}]]
            assert calm["disable_notification"] is True
            (edited,) = telegram.told("editMessageText")
            assert edited["text"] == "done <b>"
            assert "parse_mode" not in edited
            assert "reply_markup" not in edited
            assert len(telegram.told("answerCallbackQuery")[0]["text"]) == 200

    asyncio.run(story())


def test_each_update_is_heard_once_and_what_has_no_sender_has_none() -> None:
    async def story() -> None:
        async with FakeApi() as telegram:
            client = Api(TOKEN, telegram.base)
            telegram.say("/a", ago_s=5)
            telegram.say("/b", user=None, kind="channel")
            telegram.press({"message_id": 9}, data="kill:x")
            telegram.update()  # of a kind that is younger than we are
            first = await client.poll(1)
            assert [(one.chat_id, one.user_id, one.text, one.data, one.is_private) for one in first] == [
                (CHAT, OPERATOR, "/a", "", True),
                (CHAT, None, "/b", "", False),
                (CHAT, OPERATOR, "", "kill:x", False),
                (None, None, "", "", False),
            ]
            assert first[2].press_id
            assert first[2].message_id == 9
            assert await client.poll(1) == []
            await client.close()

    asyncio.run(story())


def test_one_update_that_cannot_be_read_costs_no_other() -> None:
    async def story() -> None:
        async with FakeApi() as telegram:
            client = Api(TOKEN, telegram.base)
            telegram.say("/a")
            telegram.update(message={"message_id": "?"})
            telegram.say("/b")
            heard: list[Heard] = []
            for _ in range(5):
                heard += await client.poll(0)
            assert [one.text for one in heard] == ["/a", "/b"]
            assert client.unreadable == 1
            await client.close()

    asyncio.run(story())
