"""The register of strategies: name → what evaluates, what may be set, how far it looks. A new strategy is one file here and one line below."""

import enum
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from strategies import binary_arbitrage, market_making, negrisk_arbitrage


class Scope(enum.Enum):
    """What one evaluation looks at and answers for."""

    MARKET = "MARKET"
    """Both tokens of one market together, so that they are not quoted against each other (ruling 2.14): Snapshot → Decision."""
    EVENT = "EVENT"
    """All markets of an event, or one alone: EventSnapshot → Look."""


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the register."""

    name: str
    evaluate: Callable[[Any, Any], Any]
    """From what, to what: its scope says."""
    params: type[msgspec.Struct]
    """What may be set: frozen, refuses unknown fields, checks its ranges when made."""
    scope: Scope
    levels: Callable[[Any], int]
    """How deep into a book it looks with these parameters; 1: the touch alone, 0: only its prices."""


class UnknownStrategy(LookupError):
    """No strategy has this name; the message lists those that exist."""


class BadParams(ValueError):
    """A setting of a strategy is unknown, of the wrong type or out of range; one line says which, where and what would do."""


_REGISTER: Final[Mapping[str, Strategy]] = {
    strategy.name: strategy
    for strategy in (
        Strategy(name="market_making", evaluate=market_making.evaluate, params=market_making.Params, scope=Scope.MARKET, levels=market_making.levels),
        Strategy(
            name="binary_arbitrage",
            evaluate=binary_arbitrage.evaluate,
            params=binary_arbitrage.Params,
            scope=Scope.EVENT,
            levels=binary_arbitrage.levels,
        ),
        Strategy(
            name="negrisk_arbitrage",
            evaluate=negrisk_arbitrage.evaluate,
            params=negrisk_arbitrage.Params,
            scope=Scope.EVENT,
            levels=negrisk_arbitrage.levels,
        ),
    )
}  # fmt: skip


def names() -> tuple[str, ...]:
    """Every strategy there is, in the order of the register."""
    return tuple(_REGISTER)


def lookup(name: str) -> Strategy:
    """The strategy of this name. Raises UnknownStrategy."""
    found = _REGISTER.get(name)
    if found is None:
        raise UnknownStrategy(f"there is no strategy {name!r}; choose one of: {', '.join(_REGISTER)}")
    return found


def params_from(name: str, settings: Mapping[str, object]) -> msgspec.Struct:
    """The parameters of strategy `name`, from its `[strategy.<name>]` table; what is not set keeps its default.

    Raises:
        UnknownStrategy: no strategy has this name.
        BadParams: a setting is unknown, of the wrong type (nothing is converted) or out of its range.
    """
    params = lookup(name).params
    known = params.__struct_fields__
    for setting in settings:
        if setting not in known:
            raise BadParams(f"[strategy.{name}] has no setting {setting!r}; it knows: {', '.join(sorted(known))}")
    try:
        return msgspec.convert(dict(settings), params)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        where = f"{path.strip('.`')}: " if path else ""
        raise BadParams(f"[strategy.{name}] {where}{what}; mend it in the configuration") from error
