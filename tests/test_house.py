"""The house rules that a machine can judge: who imports whom, sizes, names, manners. Papers are judged in tests/house/test_papers.py.

Every failure is a list of `file:line: what`, to be clicked.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.elsewhere import TESTED_ELSEWHERE
from tests.house.tree import (
    ROOMS,
    ROOT,
    core_files,
    cycle_in,
    functions_of,
    import_graph,
    imports_of,
    module_name,
    product_files,
    python_files,
    text_of,
    tree_of,
    words_of,
)

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 60

UNSPEAKING_WORDS = {"utils", "util", "helpers", "helper", "misc", "manager"}
UNSPEAKING_VERBS = ("get_", "handle_", "process_")
NAMED_BY_TEXTUAL = ("get_theme_variable_defaults", "get_system_commands", "get_content_height")
"""What a class of Textual's calls, and nobody can rename."""

TIME_AND_DICE = {"time", "datetime", "random", "uuid", "secrets"}
MAY_KNOW_TIME_OR_DICE = {
    "config": "assembly chooses the wall clock and prints durations",
    "run_bot.py": "the top of the house",
    "connectors": "the edge stamps what it receives; streams and codecs are told the time and are listed in PURE_EDGES",
    "sim": "a seeded random.Random only",
}
PURE_EDGES = (
    "connectors/binance/ticker_stream.py",
    "connectors/binance/wire.py",
    "connectors/polymarket/amounts.py",
    "connectors/polymarket/answers.py",
    "connectors/polymarket/authentication.py",
    "connectors/polymarket/book_audit.py",
    "connectors/polymarket/book_hash.py",
    "connectors/polymarket/catalog_clob.py",
    "connectors/polymarket/catalog_groups.py",
    "connectors/polymarket/catalog_wire.py",
    "connectors/polymarket/key.py",
    "connectors/polymarket/market_orders.py",
    "connectors/polymarket/market_stream.py",
    "connectors/polymarket/names.py",
    "connectors/polymarket/polybolt_stream.py",
    "connectors/polymarket/presence.py",
    "connectors/polymarket/price_lines.py",
    "connectors/polymarket/prices_stream.py",
    "connectors/polymarket/rates.py",
    "connectors/polymarket/reference.py",
    "connectors/polymarket/rest.py",
    "connectors/polymarket/shard_stream.py",
    "connectors/polymarket/shards.py",
    "connectors/polymarket/signing.py",
    "connectors/polymarket/typed_data.py",
    "connectors/polymarket/user_facts.py",
    "connectors/polymarket/user_stream.py",
    "connectors/polymarket/venue_mode.py",
    "connectors/polymarket/wire.py",
    "connectors/polymarket/wire_prices.py",
    "connectors/polymarket/wire_rest.py",
    "connectors/polymarket/wire_user.py",
    "connectors/signer_chain.py",
    "connectors/signer_transaction.py",
    "connectors/transport/budget.py",
    "connectors/transport/server_clock.py",
)

NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

INIT_WITH_A_REGISTER = ("strategies/__init__.py", "connectors/importers/__init__.py")


def assert_none(found: list[str]) -> None:
    """An empty list, or a failure that reads as one."""
    assert not found, "\n" + "\n".join(found)


def fresh_interpreter(code: str) -> str:
    """What `code` prints in a Python that has imported nothing of ours yet."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_import_contracts_hold() -> None:
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_import_goes_round_in_a_circle_not_even_for_typing() -> None:
    assert " → ".join(cycle_in(import_graph())) == ""


def test_the_search_for_circles_finds_one() -> None:
    assert cycle_in({"a": ("b",), "b": ("c",), "c": ("b",)}) == ["b", "c", "b"]


def test_no_file_is_too_long_for_one_idea() -> None:
    lengths = {path: text_of(path).count("\n") for path in python_files()}
    assert_none([f"{path}:{FILE_LINES_MAX}: {lines} lines, at most {FILE_LINES_MAX}" for path, lines in lengths.items() if lines > FILE_LINES_MAX])


def test_no_function_is_longer_than_a_screen() -> None:
    assert_none([
        f"{path}:{node.lineno}: {node.name} has {lines} lines, at most {FUNCTION_LINES_MAX}"
        for path in python_files()
        for node in functions_of(path)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ])  # fmt: skip


def words_in(name: str) -> set[str]:
    """`bookManager_utils` → book, manager, utils."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def test_names_carry_information() -> None:
    found = [f"{path}:1: a file named {path.stem}" for path in python_files() if words_in(path.as_posix()) & UNSPEAKING_WORDS]
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, NAMED):
                continue
            if words_in(node.name) & UNSPEAKING_WORDS:
                found.append(f"{path}:{node.lineno}: {node.name} says nothing; find the real word")
            if not isinstance(node, ast.ClassDef) and node.name.lstrip("_").startswith(UNSPEAKING_VERBS) and node.name not in NAMED_BY_TEXTUAL:
                found.append(f"{path}:{node.lineno}: {node.name} begins with a verb that says nothing")
    assert_none(found)


def test_the_core_has_no_clock_and_no_dice() -> None:  # req 0.4
    core = [*core_files(), *(path for path in product_files() if path.as_posix() in PURE_EDGES)]
    assert_none([
        f"{path}:{line}: imports {name}"
        for path in core
        for line, name in imports_of(path)
        if name.split(".")[0] in TIME_AND_DICE
    ])  # fmt: skip


def test_clock_and_dice_are_known_only_at_the_edges() -> None:
    found = []
    for path in product_files():
        for line, name in imports_of(path):
            if name.split(".")[0] in TIME_AND_DICE and path.parts[0] not in MAY_KNOW_TIME_OR_DICE:
                found.append(f"{path}:{line}: imports {name}")
            if path.parts[0] == "sim" and name.split(".")[0] in TIME_AND_DICE and name not in {"random", "random.Random"}:
                found.append(f"{path}:{line}: imports {name}; the simulator knows only a seeded random.Random")
    assert_none(found)


def test_the_simulators_dice_are_seeded_and_passed_in() -> None:
    assert_none([
        f"{path}:{node.lineno}: random.{node.attr} is not a seeded generator"
        for path in product_files()
        if path.parts[0] == "sim"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random" and node.attr != "Random"
    ])  # fmt: skip


def own_test(path: Path) -> Path:
    """oms/machines/book.py → tests/oms/machines/test_book.py."""
    return Path("tests") / path.parent / f"test_{path.name}"


def only_reexports(path: Path) -> bool:
    """Docstring, imports and __all__; nothing that runs."""
    return all(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__")
        for node in tree_of(path).body
    )


def test_every_product_file_has_a_test_file_of_its_own() -> None:
    tests = frozenset(python_files())
    missing = [
        f"{path}:1: no {own_test(path)}; write it, or name it in TESTED_ELSEWHERE with the reason"
        for path in product_files()
        if own_test(path) not in tests and path.as_posix() not in TESTED_ELSEWHERE and not (path.name == "__init__.py" and only_reexports(path))
    ]
    product = {path.as_posix() for path in product_files()}
    stale = [f"{name}: in TESTED_ELSEWHERE, but there is no such file" for name in TESTED_ELSEWHERE if name not in product]
    assert_none([*missing, *stale])


def test_an_init_file_only_reexports() -> None:
    inits = [path for path in product_files() if path.name == "__init__.py" and path.as_posix() not in INIT_WITH_A_REGISTER]
    assert_none([f"{path}:1: does more than re-export" for path in inits if not only_reexports(path)])


def test_every_room_is_a_package() -> None:
    rooms = sorted({path.parent for path in product_files() if path.parts[0] in ROOMS})
    blind = [room for room in rooms if not (ROOT / room / "__init__.py").is_file()]
    assert_none([f"{room}: has no __init__.py, so the import contracts do not see it" for room in blind])


def test_no_except_swallows_everything() -> None:
    everything = {"Exception", "BaseException"}
    found = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler):
                names = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else everything
                if names & everything:
                    found.append(f"{path}:{node.lineno}: catches everything; name what you expect")
    assert_none(found)


def test_nothing_is_left_for_later_and_no_test_is_skipped() -> None:
    # Put together here, so that this file does not find itself.
    later = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" * 3 + r"\b", "NotImplemented" + "Error"]))
    skipped = {"skip", "skipif", "xfail", "importorskip"}
    found = [f"{path}:{line}: {text[:60]}" for path in python_files() for line, _, text in words_of(path) if later.search(text)]
    found += [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in skipped and ast.unparse(node).startswith("pytest.")
    ]
    assert_none(found)


def test_public_names_say_what_they_are() -> None:
    found = []
    for path in product_files():
        module = tree_of(path)
        if not ast.get_docstring(module):
            found.append(f"{path}:1: the file does not say what it is")
        public = [node for node in module.body if isinstance(node, NAMED) and not node.name.startswith("_")]
        for outer in list(public):
            if isinstance(outer, ast.ClassDef):
                public += [node for node in outer.body if isinstance(node, NAMED) and not node.name.startswith("_")]
        found += [f"{path}:{node.lineno}: {node.name} has no docstring" for node in public if not ast.get_docstring(node)]
    assert_none(found)


@pytest.mark.parametrize("core", ["oms.engine", "strategies"])
def test_the_core_loads_no_loop_no_socket_and_no_database(core: str) -> None:
    shell = ["asyncio", "socket", "sqlite3", "logging", "random", "selectors", "ssl"]
    assert fresh_interpreter(f"import sys, {core}; print(*[name for name in {shell} if name in sys.modules])") == ""


def test_what_holds_no_key_loads_no_chain_no_curve_and_no_screen() -> None:  # rulings §3
    heavy = ["web3", "textual", "aiogram", "prometheus_client", "aiohttp", "eth_account", "coincurve", "sha3", "py_clob_client_v2"]
    light_verbs = {f"config.{room}.{verb}" for room in ("assembly", "verbs") for verb in ("demo", "replay", "report", "why")}
    there = sorted(light_verbs & {module_name(path) for path in product_files()})
    assert fresh_interpreter(f"import sys, {', '.join(['run_bot', *there])}; print(*[name for name in {heavy} if name in sys.modules])") == ""
