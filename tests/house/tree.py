"""The tree as the house tests read it: its files, their syntax trees, who imports whom. Nothing here imports product code."""

import ast
import functools
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
ROOMS: Final = ("oms", "strategies", "connectors", "sim", "config")
_NOT_OURS: Final = frozenset({".git", "__pycache__", "out", "node_modules"})
_TEXT_NAMES: Final = frozenset({"Makefile", "run", "LICENSE", ".gitignore"})
_TEXT_SUFFIXES: Final = frozenset({".py", ".md", ".toml", ".txt", ".in", ".cfg", ".ini", ".yml", ".yaml", ".json", ".service", ".tcss", ".sh"})


@functools.cache
def text_files() -> tuple[Path, ...]:
    """Every text file of the project, relative to ROOT; caches, environments and recordings apart."""
    found = []
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        if any(part in _NOT_OURS or (part.startswith(".") and part not in {".ci", ".gitignore"}) for part in inside.parts):
            continue
        if path.is_file() and (path.name in _TEXT_NAMES or path.suffix in _TEXT_SUFFIXES):
            found.append(inside)
    return tuple(found)


def python_files() -> tuple[Path, ...]:
    """Product code and tests."""
    return tuple(path for path in text_files() if path.suffix == ".py")


def product_files() -> tuple[Path, ...]:
    """What runs: the rooms and run_bot.py."""
    return tuple(path for path in python_files() if path.parts[0] in ROOMS or path.parts == ("run_bot.py",))


def core_files() -> tuple[Path, ...]:
    """The part without clock, dice and I/O: strategies and the OMS below the turn."""
    shell = {"turn.py", "journal.py", "replay.py", "report.py"}
    return tuple(p for p in product_files() if p.parts[0] == "strategies" or (p.parts[0] == "oms" and not (len(p.parts) == 2 and p.name in shell)))


def text_of(path: Path) -> str:
    """What the file says."""
    return (ROOT / path).read_text(encoding="utf-8")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """Its syntax tree."""
    return ast.parse(text_of(path), filename=str(path))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, methods and inner ones too."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@functools.cache
def words_of(path: Path) -> tuple[tuple[int, str, str], ...]:
    """(line, kind, text) of every name, comment and string, as Python's own tokenizer sees them."""
    kinds = {tokenize.NAME: "name", tokenize.COMMENT: "comment", tokenize.STRING: "string"}
    with (ROOT / path).open("rb") as file:
        return tuple((token.start[0], kinds[token.type], token.string) for token in tokenize.tokenize(file.readline) if token.type in kinds)


def module_name(path: Path) -> str:
    """oms/values/units.py → oms.values.units."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import, also in functions and for typing only; `from a import b` gives a.b."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module_name(path).split(".") if path.name == "__init__.py" else module_name(path).split(".")[:-1]
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def import_graph() -> Mapping[str, tuple[str, ...]]:
    """Module of ours → modules of ours it imports."""
    names = {module_name(path): path for path in product_files()}

    def ours(dotted: str) -> str | None:
        while dotted and dotted not in names:
            dotted = dotted.rpartition(".")[0]
        return dotted or None

    return {
        name: tuple(dict.fromkeys(found for _, dotted in imports_of(path) if (found := ours(dotted)) and found != name))
        for name, path in names.items()
    }


def cycle_in(graph: Mapping[str, tuple[str, ...]]) -> list[str]:
    """One import cycle, first name repeated at the end; empty when there is none."""
    done: set[str] = set()
    road: list[str] = []

    def visit(name: str) -> list[str]:
        if name in road:
            return [*road[road.index(name) :], name]
        if name in done:
            return []
        road.append(name)
        for other in graph.get(name, ()):
            if found := visit(other):
                return found
        road.pop()
        done.add(name)
        return []

    for name in graph:
        if found := visit(name):
            return found
    return []
