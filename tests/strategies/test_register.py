"""strategies/__init__.py: the register finds, refuses and reads settings."""

import pytest

import strategies
from oms.values.decisions import Quotes
from strategies import BadParams, Scope, UnknownStrategy, market_making, negrisk_arbitrage
from tests.strategies.words_arbitrage import given_event, given_outcome
from tests.words import given_snapshot


@pytest.mark.parametrize("name", strategies.names())
def test_every_strategy_is_found_by_its_name_and_runs_on_its_defaults(name: str) -> None:  # req 2.25, 2.26
    strategy = strategies.lookup(name)
    seen = given_snapshot() if strategy.scope is Scope.MARKET else given_event([given_outcome(0), given_outcome(1)])
    decision = strategy.evaluate(seen, strategies.params_from(name, {}))
    assert strategy.name == name
    assert decision.why
    assert strategy.levels(strategies.params_from(name, {})) >= 0


def test_market_making_looks_at_both_tokens_of_a_market() -> None:
    assert strategies.lookup("market_making").scope is Scope.MARKET


@pytest.mark.parametrize("name", ["binary_arbitrage", "negrisk_arbitrage"])
def test_arbitrage_looks_at_whole_events(name: str) -> None:
    assert strategies.lookup(name).scope is Scope.EVENT


def test_shapes_of_an_arbitrage_are_set_by_name() -> None:
    params = strategies.params_from("negrisk_arbitrage", {"shapes": ["BUY_NO_HOLD"], "min_edge_pips": 25})
    assert params == negrisk_arbitrage.Params(shapes=("BUY_NO_HOLD",), min_edge_pips=25)
    with pytest.raises(BadParams, match=r"\[strategy.binary_arbitrage\] shapes\[0\]: Invalid enum value 'BUY_ALL_YES'"):
        strategies.params_from("binary_arbitrage", {"shapes": ["BUY_ALL_YES"]})
    with pytest.raises(BadParams, match="min_edge_pips must be from 1 to 5000, not 0"):
        strategies.params_from("binary_arbitrage", {"min_edge_pips": 0})


def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(UnknownStrategy, match="no strategy 'maket_making'; choose one of: market_making, binary"):
        strategies.lookup("maket_making")


def test_settings_become_parameters_and_the_rest_keeps_its_default() -> None:
    params = strategies.params_from("market_making", {"depth": 3, "fair": "microprice"})
    assert params == market_making.Params(depth=3, fair="microprice")


def test_parameters_change_what_is_quoted() -> None:  # req 2.40: spread, delta and depth are configurable
    strategy = strategies.lookup("market_making")
    decision = strategy.evaluate(given_snapshot(), strategies.params_from("market_making", {"depth": 4}))
    assert isinstance(decision, Quotes)
    assert len(decision.quotes) == 8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"half_spred_pips": 5},
            r"\[strategy.market_making\] has no setting 'half_spred_pips'; it knows: book_age_max_ms, depth, fair, half_spread_",
        ),
        ({"depth": "3"}, r"\[strategy.market_making\] depth: Expected `int`, got `str`; mend it"),
        ({"depth": True}, r"depth: Expected `int`, got `bool`"),
        ({"size_shares": 1.5}, r"size_shares: Expected `int`, got `float`"),
        ({"fair": "median"}, r"fair: Invalid enum value 'median'"),
        ({"depth": 0}, r"depth must be from 1 to 20, not 0; mend it"),
        ({"half_spread_pips": 5_000}, r"half_spread_pips must be from 1 to 4999, not 5000"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_in_one_line(settings: dict[str, object], message: str) -> None:
    with pytest.raises(BadParams, match=message) as refused:
        strategies.params_from("market_making", settings)
    assert "\n" not in str(refused.value)
