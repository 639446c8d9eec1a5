from msgspec.structs import replace

from connectors.operator.terminal.panels.markets import market_words, spread_pips
from oms.values.panels import Markets, Topic
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import LARGE, Stage, play


def test_the_spread_is_known_only_where_both_sides_are() -> None:
    row = made_up.market_row(0)
    assert spread_pips(row) == 100
    assert spread_pips(replace(row, bid_pips=0)) is None
    assert spread_pips(replace(row, ask_pips=10_000)) is None


def test_a_filter_finds_stopped_markets_and_books_by_their_health() -> None:
    assert "stopped" in market_words(made_up.market_row(3))
    assert "STALE" in market_words(made_up.market_row(5))


def test_prices_quotes_and_health_stand_in_their_columns_and_a_change_is_drawn_in_place() -> None:
    async def scene(stage: Stage) -> tuple[list[str], list[str]]:
        await stage.press("2", "down")
        before = stage.lines()
        rows = list(made_up.markets().rows)
        rows[1] = replace(rows[1], bid_pips=100, our_bid_pips=100, stopped="quarantined: size below nothing")
        await stage.show(Topic.MARKETS, Markets(at_ns=made_up.NOW, rows=tuple(rows)))
        return before, stage.lines()

    before, after = play(scene, LARGE)
    assert before[6].split()[:9] == ["Will", "the", "Fed", "cut", "rates", "in", "October", "2026?", "–"]
    assert "59.0" in before[6]
    assert "59.0" not in after[6]
    assert "stopped" in after[6]
    assert "quarantined: size below nothing" in after[6]
    assert "quarantined: size below nothing" in "\n".join(after[-4:-1])
    assert before[5] == after[5]
