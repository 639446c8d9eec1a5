"""The page of settings: name, type and default from the structs, words from their docstrings, and the range by trying what is accepted."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, Literal, get_args, get_origin

import msgspec

from config.settings import Settings
from strategies import lookup, names

_FAR: Final = 10**30
_FEW: Final = 20
_ROWS_HEAD: Final = ("| setting | type | default | range | what it is |", "|---|---|---|---|---|")

_ADDRESSES: Final = {
    "https://host/…": "https://host.example/path",
    "http://… to this machine": "http://127.0.0.1:8080",
    "http://…": "http://host.example",
    "wss://host/…": "wss://host.example/path",
    "ws://… to this machine": "ws://127.0.0.1:8080",
    "ws://…": "ws://host.example",
}
"""How a kind of address is written → one of it."""
_ENTRIES: Final = {
    "any text": "two words",
    "a slug": "btc-above-100k",
    "a number in quotes": "10684",
    "0x and 64 hexadecimal digits": "0x" + "1f" * 32,
}
"""What the entries of a list may be, from what takes most → one of it."""

Try = Callable[[object], bool]
"""Is this value accepted?"""


def sections() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """(name of the TOML table, the struct behind it), in the order of Settings, strategies last."""
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield field.name, field.type
    for name in names():
        yield f"strategy.{name}", lookup(name).params


def words_of_fields(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Field → the text that stands under it, on one line."""
    words = {}
    for kind in reversed([kind for kind in struct.__mro__ if issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct]):
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, below in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
                words[field.target.id] = " ".join(str(ast.literal_eval(below.value)).split()).replace("|", "\\|")
    return words


def accepts(section: str, name: str) -> Try:
    """Tries values where a user writes them: in a table of that name, the other settings at their defaults."""

    def is_accepted(value: object) -> bool:
        table: dict[str, object] = {name: value}
        for key in reversed(section.split(".")):
            table = {key: table}
        try:
            msgspec.convert(table, Settings)
        except ValueError:
            return False
        return True

    return is_accepted


def edge(is_accepted: Try, inside: int, outside: int) -> int | None:
    """The accepted number nearest to `outside`; None when even that is accepted."""
    if is_accepted(outside):
        return None
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if is_accepted(middle):
            inside = middle
        else:
            outside = middle
    return inside


def range_of(is_accepted: Try, default: int) -> str:
    """A range of whole numbers in words, or the few numbers there are."""
    if not is_accepted(default + 1) and not is_accepted(default - 1):
        few = [value for value in range(10_001) if is_accepted(value)]
        assert len(few) <= _FEW
        return "one of " + ", ".join(f"{value:,}" for value in few)
    low, high = edge(is_accepted, default, -_FAR), edge(is_accepted, default, _FAR)
    return f"{'…' if low is None else f'{low:,}'} to {'…' if high is None else f'{high:,}'}"


def is_list(field: msgspec.structs.FieldInfo) -> bool:
    """A list of texts, of any length."""
    return get_origin(field.type) is tuple and get_args(field.type) == (str, ...)


def names_of(field: msgspec.structs.FieldInfo) -> tuple[str, ...]:
    """Of a list of names from a fixed set: the set; else nothing."""
    inside = get_args(field.type) if get_origin(field.type) is tuple else ()
    return get_args(inside[0]) if len(inside) == 2 and get_origin(inside[0]) is Literal else ()


def in_words(field: msgspec.structs.FieldInfo, is_accepted: Try) -> dict[str, object]:
    """Of a switch, a text or a list of texts: what is accepted, in words → a value of that kind; found by trying. Empty for everything else."""
    if field.type is bool:
        tried: dict[str, object] = {"`true`": True, "`false`": False}
    elif field.type is str:
        tried = {"any text": "two words"} if is_accepted("two words") else {**_ADDRESSES, "empty": ""}
    elif names_of(field):
        names = list(names_of(field))
        tried = {f"a list of {', '.join(f'`{name}`' for name in names)}": names}
    elif is_list(field):
        fits = next((words for words, entry in _ENTRIES.items() if is_accepted([entry])), "")
        tried = {f"a list, each entry {fits}": [_ENTRIES[fits]]} if fits else {}
    elif field.type == dict[str, datetime]:
        tried = {"a table: slug or condition id = a time with its zone": {"a-slug": "2030-01-01T00:00:00Z"}}
    else:
        tried = {}
    return {words: value for words, value in tried.items() if is_accepted(value)}


def _range(section: str, field: msgspec.structs.FieldInfo, default: object) -> str:
    is_accepted = accepts(section, field.name)
    if get_origin(field.type) is Literal:
        return " or ".join(f'`"{value}"`' for value in get_args(field.type))
    words = in_words(field, is_accepted)
    if words:
        return " or ".join(words)
    if isinstance(default, tuple) and not default:
        return "whole numbers"
    if isinstance(default, tuple):
        return f"two numbers, the smaller first, {range_of(lambda value: is_accepted([value, value]), default[0])}"
    if isinstance(default, int) or default is None:
        return range_of(is_accepted, 100 if default is None else default)
    return ""


def _type_text(kind: object) -> str:
    if get_origin(kind) is Literal:
        return "text"
    if get_origin(kind) is tuple and get_origin(get_args(kind)[0]) is Literal:
        return "list of texts"
    if kind == dict[str, datetime]:
        return "table of times"
    text = kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
    return text.replace("oms.values.market.", "").replace("|", "\\|")


def _default_text(default: object) -> str:
    if default is None:
        return "not set"
    return f"`{msgspec.json.encode(default).decode()}`"


def rows(section: str, struct: type[msgspec.Struct]) -> list[str]:
    """One line a setting."""
    words, defaults = words_of_fields(struct), struct()
    lines = []
    for field in msgspec.structs.fields(struct):
        default = getattr(defaults, field.name)
        cells = (f"`{field.name}`", _type_text(field.type), _default_text(default), _range(section, field, default), words.get(field.name, ""))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def tables() -> list[str]:
    """Every section: its name, what it is, its settings."""
    lines = []
    for section, struct in sections():
        what = (inspect.getdoc(struct) or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")
        lines += [f"## [{section}]", "", what, "", *_ROWS_HEAD, *rows(section, struct), ""]
    return lines
