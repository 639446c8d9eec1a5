import pytest

from connectors.operator.control.protocol import Answer, CancelAll, CancelOrder, Instruction, Kill, Pause, PauseMarket, Resume, ResumeMarket
from connectors.operator.terminal.desk import WHY, order_in_words
from oms.values.panels import Topic
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import FakeLink, Stage, play


def after(*keys: str, link: FakeLink | None = None) -> list[Instruction]:
    """What was sent after these keys."""

    async def scene(stage: Stage) -> list[Instruction]:
        for key in keys:
            await stage.press(key)
            await stage.pilot.pause()
        return stage.link.done

    return play(scene, link=link)


def given_paused() -> FakeLink:
    return FakeLink({**made_up_days.everything(), Topic.OVERVIEW: made_up.overview(phase="paused", why="asked for")})


KILL = Kill(why=WHY)
STOPPED = "0x0003"


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        (("K",), [KILL]),
        (("ctrl+k",), [KILL]),
        (("p",), [Pause(why=WHY)]),
        (("C",), []),
        (("C", "enter"), [CancelAll()]),
        (("3", "c"), []),
        (("3", "c", "enter"), [CancelOrder(order_id="7-1000")]),
        (("3", "down", "c", "y"), [CancelOrder(order_id="7-1001")]),
        (("3", "tab", "c", "y"), [CancelOrder(order_id="7-1020")]),
        (("2", "enter", "c", "y"), [CancelOrder(order_id="7-1001")]),
        (("1", "c"), []),
        (("2", "m"), [PauseMarket(market_id="0x0000", why=WHY)]),
        (("2", "down", "down", "down", "m"), []),
        (("2", "down", "down", "down", "m", "y"), [ResumeMarket(market_id=STOPPED, why=WHY)]),
        (("2", "enter", "m"), [PauseMarket(market_id="0x0000", why=WHY)]),
        (("6", "m"), []),
    ],
)
def test_a_key_sends_its_instruction_stopping_at_once_and_the_rest_after_one_yes(keys: tuple[str, ...], sent: list[Instruction]) -> None:
    assert after(*keys) == sent


def test_when_paused_p_resumes_after_a_question_and_the_footer_says_so() -> None:
    assert after("p", link=given_paused()) == []
    assert after("p", "y", link=given_paused()) == [Resume(why=WHY)]

    async def scene(stage: Stage) -> str:
        return stage.lines()[-1]

    assert "p resume" in play(scene, link=given_paused())


def test_an_order_that_is_asked_about_is_told_in_full() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("3", "down", "down", "down", "c")
        return stage.text()

    text = play(scene)
    assert "BUY NO 35 at 82.0 ¢, 5 filled" in text
    assert "in Will it rain in New York on Friday?" in text
    assert order_in_words(made_up.order_row(1, in_cash=True, size_micro=12_500_000)) == "BUY YES $12.5 at 59.0 ¢"


def test_what_the_daemon_answers_is_shown_and_noted_in_the_log() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        stage.link.say = lambda _what: Answer(id=1, ok=True, text="paused: 64 orders are being cancelled")
        await stage.press("p")
        await stage.pilot.pause(0.2)
        toast = stage.text()
        await stage.press("7")
        return toast, stage.text()

    toast, log = play(scene, (120, 45))
    assert "paused: 64 orders are being cancelled" in toast
    assert "ASKED FOR HERE" in log
    assert "pause" in log.split("ASKED FOR HERE")[1]


def test_a_kill_without_a_connection_is_not_kept_for_later_and_says_what_else_kills() -> None:
    async def scene(stage: Stage) -> tuple[list[Instruction], str]:
        await stage.press("K")
        await stage.pilot.pause(0.2)
        stage.link.is_open = True
        assert stage.link.listener is not None
        stage.link.listener.joined(made_up.WELCOME)
        stage.link.show()
        await stage.pilot.pause()
        return stage.link.done, stage.text()

    done, text = play(scene, (120, 45), FakeLink(answers=False))
    assert done == []
    assert "NOT KILLED" in text
    assert "run_bot.py kill" in text


def test_a_hostile_answer_is_only_drawn() -> None:
    async def scene(stage: Stage) -> str:
        stage.link.say = lambda _what: Answer(id=1, ok=False, text=made_up.HOSTILE)
        await stage.press("p")
        await stage.pilot.pause(0.2)
        return stage.text()

    text = play(scene, (120, 45))
    assert "[red]paid[/red]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
