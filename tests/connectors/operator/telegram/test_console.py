"""Commands to answers, without Telegram: what is asked of the daemon, and what is said back."""

import asyncio

import pytest

from connectors.operator.control.protocol import Answer, Instruction, Kill, Pause, Resume, Shown
from connectors.operator.telegram.confirmations import Confirmations
from connectors.operator.telegram.console import COMMANDS, Asked, Console, Pressed, asked
from connectors.operator.telegram.outbox import Reply
from connectors.operator.telegram.senders import Sender
from oms.values.panels import Health, Topic
from tests.connectors.operator.telegram.words_telegram import AT_NS, FakeDaemon

WHO = Sender(42, 7)


def answered(daemon: FakeDaemon, name: str, rest: str = "") -> Reply:
    return asyncio.run(Console(daemon, Confirmations()).answer(Asked(name, rest), WHO, 0))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/status", Asked("status", "")),
        ("  /Status  ", Asked("status", "")),
        ("/pause  the venue lies ", Asked("pause", "the venue lies")),
        ("/status@My_Bot", Asked("status", "")),
        ("/status@other", None),
        ("status", None),
        ("/", None),
        ("", None),
        ("@my_bot /status", None),
    ],
)
def test_a_command_is_a_slash_and_a_word_meant_for_us(text: str, found: Asked | None) -> None:
    assert asked(text, "my_bot") == found


def test_pause_and_resume_say_who_and_why_and_what_the_daemon_said() -> None:  # req 4.20
    daemon = FakeDaemon()
    assert answered(daemon, "pause", "x\ny" + "z" * 500).text == "Pause: <code>Pause &amp; done &lt;here&gt;</code>"
    assert answered(daemon, "resume").text == "Resume: <code>Resume &amp; done &lt;here&gt;</code>"
    pause, resume = daemon.did
    assert isinstance(pause, Pause)
    assert pause.why.startswith("Telegram, operator 7: x y")
    assert len(pause.why) <= 230
    assert resume == Resume(why="Telegram, operator 7")


def test_an_instruction_that_the_daemon_refused_is_not_called_done() -> None:
    class Stubborn(FakeDaemon):
        async def do(self, what: Instruction) -> Answer:
            return Answer(id=1, ok=False, text=f"{type(what).__name__}: it is halted")

    assert answered(Stubborn(), "resume").text == "Resume: <b>NOT CONFIRMED</b>: <code>Resume: it is halted</code>"


def test_a_picture_of_another_kind_than_asked_for_is_said_to_be_one() -> None:
    daemon = FakeDaemon()
    daemon.views[Topic.ORDERS] = Health(at_ns=AT_NS)
    assert answered(daemon, "orders").text == "The daemon showed Health instead."


def test_help_lists_every_command() -> None:
    told = answered(FakeDaemon(), "help").text
    assert [line.split(" ")[0] for line in told.split("\n")] == [f"/{name}" for name in COMMANDS]
    assert answered(FakeDaemon(), "start").text == told


def test_kill_asks_and_does_nothing_until_its_button_is_pressed() -> None:
    async def story() -> None:
        daemon = FakeDaemon()
        console = Console(daemon, Confirmations())
        question = await console.answer(Asked("kill", ""), WHO, 0)
        assert daemon.did == []
        (button,) = question.buttons
        assert button.data == f"kill:{question.nonce}"
        assert question.nonce not in question.text
        pressed = await console.press(button.data, WHO, 1)
        assert pressed.is_done
        assert pressed.reply is not None
        assert pressed.reply.text.startswith("Kill: ")
        assert daemon.did == [Kill(why="Telegram, operator 7")]
        assert await console.press(button.data, WHO, 2) == Pressed("this button was pressed already")
        assert len(daemon.did) == 1

    asyncio.run(story())


def test_a_kill_that_the_daemon_did_not_confirm_names_the_way_without_telegram() -> None:
    async def story() -> None:
        daemon = FakeDaemon()
        daemon.away = "nobody there"
        console = Console(daemon, Confirmations())
        question = await console.answer(Asked("kill", ""), WHO, 0)
        assert "does not answer now" in question.text
        pressed = await console.press(question.buttons[0].data, WHO, 1)
        assert pressed.reply is not None
        assert "NOT CONFIRMED" in pressed.reply.text
        assert "run_bot.py kill" in pressed.reply.text

    asyncio.run(story())


def test_pictures_that_cannot_be_had_are_left_out() -> None:
    async def story() -> None:
        class Half(FakeDaemon):
            async def ask(self, topic: Topic) -> Shown | Answer:
                return Answer(id=1, ok=False, text="no") if topic is Topic.HEALTH else await super().ask(topic)

        assert list(await Console(Half(), Confirmations()).pictures(Topic.HEALTH, Topic.ORDERS)) == [Topic.ORDERS]

    asyncio.run(story())
