from connectors.operator.terminal.flow import Block
from connectors.operator.terminal.panels.overview import blocks
from oms.values.panels import Overview, Topic
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import LARGE, Stage, play


def pairs(found: list[Block]) -> dict[str, tuple[str, str]]:
    return {pair.label: (pair.text, pair.ink) for block in found for pair in block.pairs}


def test_the_counts_are_the_daemons() -> None:
    told = pairs(blocks(made_up.overview(), made_up_days.arbitrage().near))
    assert told["resting"] == ("64", "strong")
    assert told["in doubt"] == ("1", "warn")
    assert told["books"] == ("6 ok 1 ? 1 stale", "warn")
    assert told["off its peak"] == ("-$16.59", "loss")
    assert told["best"] == ("+0.12 ¢ a set", "text")
    assert told["settling"] == ("3, 1 failed", "warn")
    assert told["up for"] == ("2h14m", "text")


def test_what_is_not_known_is_not_nothing() -> None:
    told = pairs(blocks(Overview(at_ns=made_up.NOW, verb="demo", phase="starting"), None))
    assert [told[name][0] for name in ("off its peak", "best", "up for", "version", "commands")] == ["n/a"] * 5
    assert pairs(blocks(made_up.overview(), ()))["best"][0] == "none"


def test_books_that_differ_are_told_with_the_difference_in_red() -> None:
    assert pairs(blocks(made_up.overview(conserved="cash: 5 against 4"), None))["books agree"] == ("NO: cash: 5 against 4", "alarm")


def test_curves_follow_the_pictures_and_alerts_come_as_they_are_raised() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        before = stage.text()
        await stage.show(Topic.CURVE, made_up.curve(20))
        await stage.show(Topic.OVERVIEW, made_up.overview(equity_mark_micro=10_100_000_000))
        return before, stage.text()

    before, after = play(scene, LARGE)
    assert "EQUITY AT THE MARK $10,042.31" in before
    assert "EQUITY AT THE MARK $10,100.00" in after
    assert "11:00:00" in before
    assert "12:50:00" in after
