"""Every kind of alarm that the code can raise, read from its syntax trees: `Alert(kind=…)`, and whatever passes a kind on to one."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from oms.machines.blotter import FillVerdict
from tests.house.tree import functions_of, product_files, tree_of

TELLERS: Final = {"alert": 0, "alarm": 0}
"""Functions that take a kind, and at which place; `quarantine` and others that hand on their own `kind` are found."""
WHOLE: Final = ("alert", "command")
"""Names of variables that hold a whole Alert, whose kind was read where it was made."""
VERDICTS: Final = (FillVerdict.CONFLICT, FillVerdict.OVERFILL)
"""What `verdict` in oms/apply_own.py may be where it becomes a kind."""


def alarm_kinds() -> dict[str, str]:
    """Kind → where it is raised, file:line. A kind that cannot be read is named by its expression in angle brackets."""
    found: dict[str, str] = {}
    everywhere = {**TELLERS, **_handing_on(public=True)}
    for path in product_files():
        tellers = {**everywhere, **_handing_on(public=False, only=path)}
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and (told := _kind_of(node, tellers)) is not None:
                for kind in _read(told, path):
                    found.setdefault(kind, f"{path}:{node.lineno}")
    return found


def _handing_on(*, public: bool, only: Path | None = None) -> dict[str, int]:
    """Functions that hand their own parameter `kind` on, and its place; private ones belong to their file."""
    found: dict[str, int] = {}
    for path in product_files() if only is None else (only,):
        for function in functions_of(path):
            names = [argument.arg for argument in function.args.args if argument.arg != "self"]
            hands_on = any(isinstance(node, ast.Call) and _says_kind(node) for node in ast.walk(function))
            if "kind" in names and hands_on and public is not function.name.startswith("_"):
                found[function.name] = names.index("kind")
    return found


def _says_kind(call: ast.Call) -> bool:
    told = _kind_of(call, TELLERS)
    return isinstance(told, ast.Name) and told.id == "kind"


def _kind_of(call: ast.Call, tellers: dict[str, int]) -> ast.expr | None:
    """What a call says of a kind, if it says anything."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    if name == "Alert":
        return next((word.value for word in call.keywords if word.arg == "kind"), None)
    place = tellers.get(name)
    return call.args[place] if place is not None and len(call.args) > place else None


def _read(told: ast.expr, path: Path) -> Iterator[str]:
    """The kinds that an expression stands for; none where it hands on what is read elsewhere."""
    if isinstance(told, ast.Constant) and isinstance(told.value, str):
        yield told.value
    elif isinstance(told, ast.Name) and told.id == "verdict" and path == Path("oms/apply_own.py"):
        yield from VERDICTS
    elif isinstance(told, ast.Name) and told.id.isupper():
        yield _constant(told.id, path)
    elif isinstance(told, ast.Call) and ast.unparse(told.func) == "Alert":
        return  # a whole alert is handed on: it is read where it is made, which is here
    elif not (isinstance(told, ast.Name) and told.id in (*WHOLE, "kind")) and ast.unparse(told) != "prepared.command":
        yield f"<{ast.unparse(told)}>"


def _constant(name: str, path: Path) -> str:
    for node in tree_of(path).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    return f"<{name}>"
