"""Everything that can be reached from an object, in words: whoever only looks leaves it as it was."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec

_PLAIN = (int, float, str, bytes, bool, type(None))


def fingerprint(thing: object) -> str:
    """Two are equal just when nothing that can be reached has changed. Functions count by what they are, not by what they hold."""
    return repr(_told(thing, {}))


def _told(thing: Any, met: dict[int, int]) -> object:  # noqa: ANN401 - anything at all
    if isinstance(thing, _PLAIN):
        return thing
    if id(thing) in met:
        return f"as {met[id(thing)]}"
    met[id(thing)] = len(met)
    if isinstance(thing, Mapping):
        return [(_told(key, met), _told(value, met)) for key, value in thing.items()]
    if isinstance(thing, list | tuple | deque):
        return [_told(part, met) for part in thing]
    if callable(thing):
        return type(thing).__name__
    return type(thing).__name__, [(name, _told(getattr(thing, name), met)) for name in _names(thing)]


def _names(thing: object) -> list[str]:
    """Its fields, whether it has a dictionary, slots or both."""
    if isinstance(thing, msgspec.Struct):
        return list(thing.__struct_fields__)
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()) if hasattr(thing, name)]
    return [*getattr(thing, "__dict__", {}), *slots]
