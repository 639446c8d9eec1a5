from connectors.operator.terminal.ink import Cell
from connectors.operator.terminal.panels.orders import order_size, order_words
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import LARGE, Stage, play


def test_a_size_is_in_shares_or_where_it_was_given_so_in_dollars() -> None:
    assert order_size(made_up.order_row(0)) == Cell("20")
    assert order_size(made_up.order_row(0, in_cash=True, size_micro=12_500_000)) == Cell("$12.50")


def test_a_filter_finds_orders_by_state_strategy_reason_and_both_ids() -> None:
    words = order_words(made_up.order_row(0))
    assert all(part in words for part in ("pending", "market-making", "half a spread", "7-1000", "0xab0000", "SELL", "NO"))


def test_open_and_ended_orders_stand_in_two_tables_and_those_left_out_are_counted() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("3")
        return stage.text()

    text = play(scene, LARGE)
    assert "OPEN ORDERS 15 and 49 more" in text
    assert "ENDED LAST 6" in text
    for state in ("pending", "partial", "unknown", "filled", "cancelled", "expired", "rejected", "failed"):
        assert state in text


def test_s_sorts_by_one_column_after_the_other() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("3", "s")
        by_title = stage.lines()[5]
        await stage.press("s", "s")
        return by_title, stage.lines()[5]

    by_title, by_price = play(scene, LARGE)
    assert "Best Picture" in by_title
    assert "94.0" in by_price
