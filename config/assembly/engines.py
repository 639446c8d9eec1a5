"""From settings to an engine: the same for every run, live or not."""

from collections.abc import Mapping

from config.settings import Settings
from oms.state import EngineSettings, EventLine, StrategyLine
from oms.values.levels import BookDigest
from oms.values.units import NS_PER_SECOND
from strategies import Scope, lookup, params_from
from strategies.arbitrage import Settings as ArbitrageSettings


def strategy_line(name: str, given: Mapping[str, object]) -> StrategyLine:
    """A strategy at work, as settings name it."""
    strategy = lookup(name)
    params = params_from(name, given)

    def remake(values: Mapping[str, object]) -> StrategyLine:
        return strategy_line(name, {**given, **values})

    return StrategyLine(name=name, evaluate=strategy.evaluate, params=params, levels=strategy.levels(params), remake=remake)


def event_line(name: str, given: Mapping[str, object]) -> EventLine:
    """The same of one that looks at whole events."""
    params = params_from(name, given)
    assert isinstance(params, ArbitrageSettings)

    def remake(values: Mapping[str, object]) -> EventLine:
        return event_line(name, {**given, **values})

    return EventLine(name=name, evaluate=lookup(name).evaluate, params=params, near_pips=params.near_miss_pips, remake=remake)


def engine_settings(settings: Settings, prefix: str, *, digest: BookDigest | None, own_orders_in_book: bool) -> EngineSettings:
    """What an engine is told once.

    Args:
        settings: what the user set.
        prefix: of the order ids; two runs of one wallet must not share one.
        digest: how the source's book hashes are computed; None: it has none.
        own_orders_in_book: our own resting orders are part of the displayed sizes.
    """
    engine = settings.engine
    return EngineSettings(
        strategies=tuple(strategy_line(name, given) for name, given in settings.strategy.items() if lookup(name).scope is Scope.MARKET),
        event_strategies=tuple(event_line(name, given) for name, given in settings.strategy.items() if lookup(name).scope is Scope.EVENT),
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
