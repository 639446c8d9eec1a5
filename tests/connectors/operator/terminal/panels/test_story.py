from connectors.operator.terminal.panels.story import fact_lines
from oms.values.panels import Orders, Topic
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import Stage, play


def test_four_lines_tell_what_the_order_is_and_how_it_stands() -> None:
    lines = ["".join([cell.text for cell in line]) for line in fact_lines(made_up.order_row(3), made_up.NOW)]
    assert lines == [
        "BUY NO 35 at 82.0 ¢, 5 filled  partial",
        "Will it rain in New York on Friday?",
        "opened 1m06s ago · changed 6.0s ago · LIVE · by market-making",
        "ours 7-1003 · the venue's 0xab0003",
    ]


def test_why_this_order_is_told_in_words() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("3", "down", "down", "down", "enter")
        await stage.pilot.pause()
        return stage.text()

    text = play(scene)
    assert "WHY THIS ORDER" in text
    assert "market-making wanted it" in text
    assert "the gate approved it" in text


def test_how_it_stands_follows_the_pictures_of_all_orders() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("3", "enter")
        await stage.show(Topic.ORDERS, Orders(at_ns=made_up.NOW, ended=(made_up.order_row(0, state="CANCELLED", status="cancelled"),)))
        return stage.lines()[3]

    assert play(scene).endswith("cancelled")


def test_a_story_without_words_keeps_the_reason_that_is_known() -> None:
    views = made_up_days.everything()
    views[Topic.STORY] = made_up_days.nothing()[Topic.STORY]

    async def scene(stage: Stage) -> str:
        stage.link.views = views
        await stage.press("3", "enter")
        await stage.pilot.pause()
        return stage.text()

    text = play(scene)
    assert "quote 1 of 2: fair 48.7" in text
    assert "nothing else is known" in text
