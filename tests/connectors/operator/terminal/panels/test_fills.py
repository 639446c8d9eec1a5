from connectors.operator.terminal.panels.fills import fill_key, fill_words
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import LARGE, SMALL, Stage, play


def test_two_fills_of_one_order_are_two_rows() -> None:
    keys = [fill_key(row) for row in made_up.fills().rows]
    assert len(keys) == len(dict.fromkeys(keys))


def test_a_filter_finds_makers_and_stages() -> None:
    assert "taker" in fill_words(made_up.fill_row(0))
    assert "maker" in fill_words(made_up.fill_row(1))
    assert "RETRYING" in fill_words(made_up.fill_row(4))


def test_each_fill_tells_how_far_its_settlement_is_at_both_sizes() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("8")
        return stage.text()

    for size in (SMALL, LARGE):
        text = play(scene, size)
        assert "FILLS 1,377 of 33,412.25 shares, the latest 24" in text
        for stage in ("matched", "mined", "confirmed", "retrying", "failed"):
            assert stage in text
    assert "taker" in play(scene, LARGE)
