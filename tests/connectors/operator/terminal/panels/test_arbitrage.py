from msgspec.structs import replace

from connectors.operator.terminal.panels.arbitrage import blocks
from oms.values.panels import Topic
from tests.connectors.operator.terminal import made_up_days
from tests.connectors.operator.terminal.stage import LARGE, Stage, play


def test_windows_are_counted_by_the_reason_for_which_they_were_missed_most_first() -> None:
    windows, missed, bundles = blocks(made_up_days.arbitrage())
    assert [(pair.label, pair.text) for pair in windows.pairs] == [("seen", "312"), ("taken", "41")]
    assert [pair.label for pair in missed.pairs] == ["too short-lived", "gate: cap a market", "book in doubt", "too small"]
    assert [(pair.label, pair.text, pair.ink) for pair in bundles.pairs][:2] == [("result at worst", "+$14.82", "good"), ("complete", "33", "good")]


def test_before_anything_was_seen_there_is_none() -> None:
    assert [pair.text for block in blocks(made_up_days.nothing()[Topic.ARBITRAGE]) for pair in block.pairs if not pair.label] == ["none", "none"]  # type: ignore[arg-type]


def test_near_misses_tell_the_raw_sum_in_dollars_and_the_edge_after_fees_in_cents() -> None:
    async def scene(stage: Stage) -> list[str]:
        await stage.press("5")
        return stage.lines()

    lines = [line for line in play(scene) if "Next UK" in line or "Fed decision" in line]
    assert lines[0].split()[-7:] == ["1.0005", "-0.35", "118", "buy", "every", "Y…", "1.0s"]
    assert "n/a" in lines[1]


def test_bundles_in_flight_stand_above_those_that_ended_each_with_its_promise_and_result() -> None:
    async def scene(stage: Stage) -> tuple[list[str], str]:
        await stage.press("5")
        lines = [line for line in stage.lines() if line.lstrip().startswith("event-")]
        await stage.press("tab", "tab")
        return lines, stage.text()

    lines, _ = play(scene, LARGE)
    assert "in flight" in lines[0]
    assert "complete" in lines[1]
    assert "-$0.21" in lines[3]
    assert "leg 3 was taken by somebody else" in lines[3]


def test_a_bundle_that_is_exposed_is_red() -> None:
    view = replace(made_up_days.arbitrage(), ends={"exposed": 2})
    assert blocks(view)[2].pairs[1].ink == "alarm"
