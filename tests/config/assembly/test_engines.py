"""From settings to what an engine is told once."""

import msgspec
import pytest

from config.assembly.engines import engine_settings, strategy_line, without_chain
from config.settings import BadSettings, Settings
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from strategies import binary_arbitrage, market_making, negrisk_arbitrage

TABLES = {
    "limits": {"order_max_usd": 7, "market_loss_max_usd": 8, "event_loss_max_usd": 9, "day_spend_max_usd": 10, "total_loss_max_usd": 11},
    "engine": {"silence_s": 3, "reply_timeout_ms": 1_500, "ask_again_ms": 700, "audit_s": 12, "hash_every": 5},
    "strategy": {"market_making": {"fair": "microprice", "depth": 3}},
}


@pytest.mark.parametrize("own", [True, False])
def test_every_setting_of_the_engine_arrives_in_its_own_units(own: bool) -> None:  # noqa: FBT001 (a table)
    told = engine_settings(msgspec.convert(TABLES, Settings), "7-", digest=None, own_orders_in_book=own)
    limits = told.limits
    caps = (
        limits.order_max_micro,
        limits.market_loss_max_micro,
        limits.event_loss_max_micro,
        limits.day_spend_max_micro,
        limits.total_loss_max_micro,
    )
    assert caps == tuple(dollars * MICRO for dollars in (7, 8, 9, 10, 11))
    assert (told.silence_ns, told.reply_timeout_ns, told.ask_again_ns) == (3 * NS_PER_SECOND, 1_500 * NS_PER_MS, 700 * NS_PER_MS)
    assert (told.audit_ns, told.hash_every, told.order_prefix) == (12 * NS_PER_SECOND, 5, "7-")
    assert (told.digest, told.own_orders_in_book) == (None, own)


def test_live_looks_for_no_shape_that_needs_the_chain_first() -> None:
    asked = {"market_making": {}, "binary_arbitrage": {"capital_max_usd": 5}, "negrisk_arbitrage": {}}
    told = engine_settings(msgspec.convert({"strategy": asked}, Settings), "7-", digest=None, own_orders_in_book=True, on_chain=False)
    binary, negrisk = (line.params for line in told.event_strategies)
    assert binary == binary_arbitrage.Params(capital_max_usd=5, shapes=("BUY_BOTH_MERGE",))
    assert negrisk == negrisk_arbitrage.Params(shapes=("BUY_ALL_YES", "BUY_NO_HOLD"))


def test_a_shape_of_the_chain_that_is_asked_for_by_name_is_refused_by_live() -> None:
    asked = msgspec.convert({"strategy": {"negrisk_arbitrage": {"shapes": ["BUY_ALL_YES", "BUY_NO_CONVERT"]}}}, Settings)
    with pytest.raises(BadSettings, match=r"strategy\.negrisk_arbitrage\.shapes: BUY_NO_CONVERT needs a transaction on the chain.*leave it out"):
        without_chain(asked)


@pytest.mark.parametrize(("name", "shape"), [("negrisk_arbitrage", "BUY_NO_CONVERT"), ("binary_arbitrage", "SPLIT_SELL_BOTH")])
def test_a_shape_of_the_chain_is_refused_while_live_runs_too_and_other_parameters_can_be_set(name: str, shape: str) -> None:
    """Nothing there would carry the transfer out: the legs would be bought, the split refused, and the bundle unwound at a loss."""
    live, elsewhere = (
        engine_settings(msgspec.convert({"strategy": {name: {}}}, Settings), "7-", digest=None, own_orders_in_book=True, on_chain=on_chain)
        for on_chain in (False, True)
    )
    (line,) = live.event_strategies
    for _ in range(2):  # also of a line that was made anew already
        assert line.remake is not None
        with pytest.raises(BadSettings, match=rf"strategy\.{name}\.shapes: {shape} needs a transaction on the chain"):
            line.remake({"shapes": [shape]})
        line = line.remake({"capital_max_usd": 7})
        assert line.params.shapes == live.event_strategies[0].params.shapes
        assert line.params.capital_max_usd == 7
    assert elsewhere.event_strategies[0].remake is not None
    assert elsewhere.event_strategies[0].remake({"shapes": [shape]}).params.shapes == (shape,)


def test_a_strategy_is_told_what_was_set_and_how_deep_it_looks() -> None:
    line = strategy_line("market_making", {"fair": "microprice", "depth": 3})
    assert line.evaluate is market_making.evaluate
    assert line.params == market_making.Params(fair="microprice", depth=3)
    assert line.levels == market_making.levels(line.params) == 1
    assert strategy_line("market_making", {}).levels == 0
