from msgspec.structs import replace

from connectors.operator.terminal.panels.ladder import fact_lines
from oms.values.panels import Ladder, Topic
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import LARGE, Stage, play


def texts(ladder: Ladder) -> list[str]:
    return ["".join([cell.text for cell in line]) for line in fact_lines(ladder, made_up.NOW)]


def test_three_lines_tell_the_market_what_we_have_there_and_its_rules() -> None:
    assert texts(made_up.ladder(0)) == [
        "Will BTC be above $120,000 on October 1?  live",
        "net 0 shares · at worst $0.00 · ends in 1m17s · heard 0.0s ago",
        "tick 1.0 ¢ · fee 7.00% · epoch 3 · hash 100% of 412",
    ]


def test_what_is_the_matter_takes_the_place_of_the_rules() -> None:
    assert texts(made_up.ladder(3))[0].endswith("  stopped")
    assert texts(made_up.ladder(3))[2] == "paused by a person: asked for on the dashboard"
    assert texts(made_up.ladder(5))[2] == "nothing heard for 31 s"
    assert "end unknown" in texts(made_up.ladder(5))[1]


def test_only_pictures_of_the_market_that_is_open_are_drawn() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("2", "down", "enter")  # the fake daemon shows another market's ladder
        waiting = stage.text()
        await stage.show(Topic.LADDER, made_up.ladder(1))
        return waiting, stage.text()

    waiting, shown = play(scene)
    assert "waiting for the first picture" in waiting
    assert "58.5" not in waiting
    assert "1.5 ¢ wide" in shown


def test_our_orders_and_fills_there_stand_beside_it_and_enter_opens_an_order() -> None:
    async def scene(stage: Stage) -> tuple[str, str, str]:
        await stage.press("2", "enter")
        ladder = stage.text()
        order = stage.app.panel.order
        await stage.press("down", "enter")
        return ladder, order.order_id if order is not None else "", stage.app.panel.id or ""

    ladder, order, opened = play(scene, LARGE)
    assert (order, opened) == ("7-1001", "story")
    assert "◆ 20" in ladder
    assert "retrying" in ladder


def test_going_to_another_market_forgets_what_was_drawn_of_the_first() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("2", "enter", "escape", "down", "enter")
        return stage.text()

    text = play(scene)
    assert "Will the Fed cut rates" in text
    assert "48.5" not in text


def test_a_ladder_of_nothing_is_drawn() -> None:
    empty = replace(made_up.ladder(0), bids=(), asks=(), orders=(), fills=())

    async def scene(stage: Stage) -> str:
        await stage.press("2", "enter")
        await stage.show(Topic.LADDER, empty)
        return stage.text()

    text = play(scene)
    assert "nobody bids, nobody asks" in text
    assert "none stands here" in text
