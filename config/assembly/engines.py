"""From settings to an engine: the same for every run, live or not."""

from collections.abc import Mapping
from typing import Final

import msgspec

from config.settings import BadSettings, Settings
from oms.state import EngineSettings, EventLine, StrategyLine
from oms.values.levels import BookDigest
from oms.values.units import NS_PER_SECOND
from strategies import Scope, lookup, params_from
from strategies.arbitrage import Settings as ArbitrageSettings
from strategies.binary_arbitrage import Params as BinaryParams
from strategies.negrisk_arbitrage import Params as NegRiskParams

OF_THE_CHAIN: Final = ("BUY_NO_CONVERT", "SPLIT_SELL_YES", "SPLIT_SELL_BOTH")
"""Shapes that are worth nothing until a split or a conversion is mined; NO is held to the end instead (BUY_NO_HOLD)."""


def strategy_line(name: str, given: Mapping[str, object]) -> StrategyLine:
    """A strategy at work, as settings name it."""
    strategy = lookup(name)
    params = params_from(name, given)

    def remake(values: Mapping[str, object]) -> StrategyLine:
        return strategy_line(name, {**given, **values})

    return StrategyLine(name=name, evaluate=strategy.evaluate, params=params, levels=strategy.levels(params), remake=remake)


def event_line(name: str, given: Mapping[str, object], *, on_chain: bool = True) -> EventLine:
    """The same of one that looks at whole events; not `on_chain`: nobody can ask it for what needs the chain later either."""
    params = params_from(name, given)
    assert isinstance(params, ArbitrageSettings)

    def remake(values: Mapping[str, object]) -> EventLine:
        if not on_chain:
            _check_off_chain(name, values)
        return event_line(name, {**given, **values}, on_chain=on_chain)

    return EventLine(name=name, evaluate=lookup(name).evaluate, params=params, near_pips=params.near_miss_pips, remake=remake)


def without_chain(settings: Settings) -> Settings:
    """The same for a venue where nothing is done on the chain: no shape is looked for that needs it before it is worth anything.

    BUY_BOTH_MERGE stays: a pair that nobody merges pays as much when the market ends, and an alert asks a person to do it.

    Raises:
        BadSettings: the settings ask for such a shape by name.
    """
    strategy: dict[str, dict[str, object]] = {}
    for name, given in settings.strategy.items():
        strategy[name] = {**given}
        params = params_from(name, given)
        if not isinstance(params, BinaryParams | NegRiskParams):
            continue
        _check_off_chain(name, given)
        strategy[name]["shapes"] = [shape for shape in params.shapes if shape not in OF_THE_CHAIN]
    return msgspec.structs.replace(settings, strategy=strategy)


def _check_off_chain(name: str, given: Mapping[str, object]) -> None:
    """Raises BadSettings: a shape is asked for by name that is worth nothing without the chain."""
    params = params_from(name, given)
    shapes = params.shapes if isinstance(params, BinaryParams | NegRiskParams) and "shapes" in given else ()
    barred = [shape for shape in shapes if shape in OF_THE_CHAIN]
    if barred:
        raise BadSettings(
            f"strategy.{name}.shapes: {', '.join(barred)} needs a transaction on the chain, and this version sends none; leave it out for `live`"
        )


def engine_settings(settings: Settings, prefix: str, *, digest: BookDigest | None, own_orders_in_book: bool, on_chain: bool = True) -> EngineSettings:
    """What an engine is told once.

    Args:
        settings: what the user set.
        prefix: of the order ids; two runs of one wallet must not share one.
        digest: how the source's book hashes are computed; None: it has none.
        own_orders_in_book: our own resting orders are part of the displayed sizes.
        on_chain: splits, merges and conversions are carried out there.

    Raises:
        BadSettings: not `on_chain`, and a shape of the chain is asked for by name.
    """
    settings = settings if on_chain else without_chain(settings)
    engine = settings.engine
    return EngineSettings(
        strategies=tuple(strategy_line(name, given) for name, given in settings.strategy.items() if lookup(name).scope is Scope.MARKET),
        event_strategies=tuple(
            event_line(name, given, on_chain=on_chain) for name, given in settings.strategy.items() if lookup(name).scope is Scope.EVENT
        ),
        limits=settings.limits.limits(),
        guards=settings.guards.limits(),
        order_prefix=prefix,
        digest=digest,
        hash_every=engine.hash_every,
        silence_ns=engine.silence_ns,
        reply_timeout_ns=engine.reply_timeout_ns,
        ask_again_ns=engine.ask_again_ns,
        audit_ns=engine.audit_s * NS_PER_SECOND,
        own_orders_in_book=own_orders_in_book,
    )
