"""Which seeds trade arbitrage and what they pick; the others are the runs that they were without any."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from config.assembly.chaos_world import AUDIT_NS, DEPTH_PERCENT, EVENT_FEES_BPS, EVENT_S, SHAPES, engine_of, kind_of
from config.settings import FOLDER, load
from oms.entries import read_journal
from oms.values.events import EventListed, MarketListed
from oms.values.units import MICRO
from tests.simulation.words_chaos import given_chaos, quoting_alone

SETTINGS = load(FOLDER / "chaos.toml", {})
ARBITRAGE = range(2, 3_000, 3)


def test_a_third_of_the_seeds_trades_arbitrage_if_the_settings_name_a_strategy_for_it() -> None:
    assert [seed for seed in range(12) if kind_of(SETTINGS, seed)] == [2, 5, 8, 11]
    assert [seed for seed in range(12) if kind_of(quoting_alone(SETTINGS), seed)] == []


def test_every_kind_of_run_is_picked_and_always_the_same_for_a_seed() -> None:
    kinds = Counter(kind_of(SETTINGS, seed) for seed in ARBITRAGE)
    assert len(kinds) == len(SHAPES) * len(EVENT_S) * len({*EVENT_FEES_BPS}) * len({*DEPTH_PERCENT})
    assert [kind_of(SETTINGS, seed) for seed in ARBITRAGE[:50]] == [kind_of(SETTINGS, seed) for seed in ARBITRAGE[:50]]


def test_the_engine_is_told_what_the_seed_picked() -> None:
    for seed in ARBITRAGE[:50]:
        told, kind = engine_of(SETTINGS, seed), kind_of(SETTINGS, seed)
        assert kind is not None
        lines = {line.name: line.params for line in told.event_strategies}
        assert list(lines) == ["negrisk_arbitrage", "binary_arbitrage"]
        assert lines["negrisk_arbitrage"].shapes == kind.shapes
        assert {params.depth_percent for params in lines.values()} == {kind.depth_percent}
        near = [told.limits.bundle_loss_max_micro - params.broken_loss_max_usd * MICRO for params in lines.values()]
        assert all(0 <= micro <= MICRO for micro in near), "sized up to the limit, but for fees that a better price may bring"
    quoting = engine_of(SETTINGS, 3)
    assert (quoting.event_strategies, [line.name for line in quoting.strategies]) == ((), ["market_making"])
    assert (quoting.audit_ns, quoting.order_prefix, quoting.own_orders_in_book) == (AUDIT_NS, "3-", True)


def test_what_the_settings_say_of_a_strategy_is_not_picked() -> None:
    mine = {name: {**given, **({"shapes": ["SPLIT_SELL_YES"]} if name == "negrisk_arbitrage" else {})} for name, given in SETTINGS.strategy.items()}
    told = engine_of(msgspec.structs.replace(SETTINGS, strategy=mine), 2)
    assert told.event_strategies[0].params.shapes == ("SPLIT_SELL_YES",)


def test_a_seed_without_arbitrage_is_the_run_that_it_was_to_the_last_entry(tmp_path: Path) -> None:
    """Settings from before there were events give the same journal."""
    rates = dict.fromkeys(("word lost", "place reply lost", "query failed", "settlement failed", "transfer lost"), 0.1)
    before, now = (given_chaos(tmp_path, 3, rates=rates, seconds=20, settings=settings) for settings in (quoting_alone(SETTINGS), SETTINGS))
    assert before.run() == now.run()
    assert list(read_journal(before._path)[1]) == list(read_journal(now._path)[1])


@pytest.mark.parametrize("seed", [8, 3])
def test_events_are_there_where_arbitrage_is_traded_and_nowhere_else(seed: int, tmp_path: Path) -> None:
    chaos = given_chaos(tmp_path, seed, rates={}, seconds=5, settings=SETTINGS)
    outcome = chaos.run()
    assert outcome.violations == ()
    listed = [entry.body for entry in read_journal(chaos._path)[1] if isinstance(entry.body, MarketListed | EventListed)]
    events = [fact.group.event_id for fact in listed if isinstance(fact, EventListed)]
    assert {fact.market.event_id for fact in listed if isinstance(fact, MarketListed)} == {*events, ""}
    assert bool(events) is (kind_of(SETTINGS, seed) is not None)
