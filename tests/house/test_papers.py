"""What stands beside the code: drawn pages are fresh, pins are whole, requirements that tests claim to show exist, decisions are complete."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house import draw
from tests.house.tree import ROOMS, ROOT, functions_of, imports_of, product_files, python_files, text_files, text_of, tree_of, words_of

LOCKS = (
    "requirements.txt",
    "requirements-dev.txt",
    "tests/referee/requirements.txt",
    "tests/referee/requirements-sdk.txt",
    "tests/bench/peers/requirements.txt",
    "tests/fuzz/requirements.txt",
)
"""What the bot imports, what the checks need, the official client, which lives apart (tests/referee/official_client.py), the peers of the benchmarks,
and the fuzzer that is guided by coverage."""
REQUIREMENT = re.compile(r"req (\d+\.\d+(?:, \d+\.\d+)*)\b")
OWN_BOOKS = "The books of the exchange do not know the doors to the OMS"
NOT_BOOKS = {
    "sim.world": "a door: runs turns",
    "sim.conservation": "a door: holds the exchange's books against our ledger",
    "sim.messenger": "carries between the books and the world's clock",
    "sim.market_series": "opens and ends markets at their times in the world",
    "sim.traders": "act on the exchange at their times in the world",
    "sim.venue": "joins the exchange, messenger and clock behind the venue's socket",
    "sim.link": "the messenger with faults: carries between the books and the world's clock",
    "sim.faulty_venue": "the venue with faults: joins the exchange, link and clock behind the venue's socket",
    "sim.own_transfers": "our account's sets, told with statements for the door to the OMS",
    "sim.paper_markets": "the same of the paper account: which markets its venue keeps",
    "sim.paper_transfers": "the same of the paper account, at their times in the world",
    "sim.own_account": "our account's statements for the door to the OMS",
    "sim.event_series": "opens and ends events at their times in the world",
    "sim.event_crowd": "acts on the exchange at its times in the world",
    "sim.event_truth": "hidden chances that the crowd trades on; nothing of the books",
    "sim.rivals": "act on the exchange at their times in the world",
    "sim.paper_venue": "joins books, messenger and clock behind the venue's socket",
}


@pytest.mark.parametrize("name", draw.PAGES)
def test_a_drawn_page_is_what_the_code_says_now(name: str) -> None:
    assert (draw.FOLDER / name).read_text(encoding="utf-8") == draw.PAGES[name](), f"docs/generated/{name} is stale; draw it again with: make docs"


def test_no_page_is_left_that_nobody_draws() -> None:
    assert sorted(path.name for path in draw.FOLDER.iterdir()) == sorted(draw.PAGES)


def locked(name: str) -> dict[str, str]:
    """Package → its whole entry in a lock file, lines joined."""
    joined = re.sub(r"\\\n", " ", text_of(Path(name)))
    entries = [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]
    return {re.split(r"[=<>~! ]", entry)[0]: entry for entry in entries}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_carries_hashes(name: str) -> None:
    entries = locked(name)
    assert entries
    loose = [entry for entry in entries.values() if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( +--hash=sha256:[0-9a-f]{64})+", entry)]
    assert loose == []


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_is_what_is_locked(name: str) -> None:
    asked = [line for line in text_of(Path(name).with_suffix(".in")).splitlines() if line and not line.startswith(("#", "-c"))]
    entries = locked(name)
    assert [line for line in asked if not entries.get(line.split("==")[0], "").startswith(line + " ")] == []


@pytest.mark.parametrize("other", [name for name in LOCKS[1:] if not name.endswith("-sdk.txt")])  # the SDK never runs beside the bot
def test_the_locks_agree_with_what_the_bot_runs_on(other: str) -> None:
    runtime, entries = locked(LOCKS[0]), locked(other)
    assert [name for name in runtime if name in entries and runtime[name] != entries[name]] == []


def test_every_lock_there_is_is_written_by_make_lock() -> None:
    assert [str(path) for path in text_files() if path.name.startswith("requirements") and path.suffix == ".txt" and str(path) not in LOCKS] == []
    recipe = text_of(Path("Makefile")).partition("\nlock:")[2].partition("\n\n")[0].replace("$(PEERS_PINS)", "tests/bench/peers/requirements.txt")
    assert [name for name in LOCKS if not re.search(rf" {re.escape(name.removesuffix('.txt'))}(\.txt)?[ ;\n]", recipe + "\n")] == []


def test_we_pin_what_the_bot_imports_and_nothing_else() -> None:  # decision 0003
    ours = {*ROOMS, "run_bot", "tests"}  # the chaos verb takes its auditor from the tests: it may share no code with what it judges
    imported = {name.split(".")[0] for path in product_files() for _, name in imports_of(path)}
    packages = packages_distributions()  # a package may be imported by another name than it is installed by: sha3 is safe-pysha3
    foreign = {packages.get(name, [name])[0].replace("_", "-") for name in imported if name not in sys.stdlib_module_names and name not in ours}
    asked = [re.split(r"[=<>~! ]", line)[0] for line in text_of(Path("requirements.in")).splitlines() if line and not line.startswith("#")]
    assert [name for name in asked if name not in foreign] == [], "nothing of ours imports these"
    assert [name for name in sorted(foreign) if name not in locked("requirements.txt")] == [], "these are imported and not locked"


def test_no_file_names_a_package_index() -> None:
    # Put together here, so that this file does not find itself.
    index = re.compile(
        "|".join([r"(?<!no-emit-)" + "index" + "-url", r"(?<!no-emit-)" + "find" + "-links", "py" + r"pi\.org", "python" + "hosted", "/" + "simple/"])
    )
    found = [
        f"{path}:{n}: {line.strip()[:80]}" for path in text_files() for n, line in enumerate(text_of(path).splitlines(), 1) if index.search(line)
    ]
    assert found == []


def shown_requirements() -> dict[str, list[str]]:
    """Requirement number → the places whose comment claims to show it."""
    shown: dict[str, list[str]] = {}
    for path in python_files():
        if path.parts[0] != "tests":
            continue
        for line, kind, text in words_of(path):
            if kind == "comment" and (claim := REQUIREMENT.search(text)):
                for number in claim[1].split(", "):
                    shown.setdefault(number, []).append(f"{path}:{line}")
    return shown


def test_requirements_that_tests_claim_to_show_exist() -> None:
    """Run with -s to see the list. Without ../shared/docs only the form of the numbers is judged (texts 0 to 4)."""
    shown = shown_requirements()
    print(f"{len(shown)} requirements are shown:")
    for number in sorted(shown, key=lambda number: [int(part) for part in number.split(".")]):
        print(f"  {number:<5} {' '.join(shown[number])}")
    written = ROOT.parent / "shared" / "docs" / "requirements.md"
    existing = set(re.findall(r"^- (\d+\.\d+) ", written.read_text(encoding="utf-8"), re.MULTILINE)) if written.is_file() else None
    unknown = [
        f"{where[0]}: there is no requirement {number}"
        for number, where in shown.items()
        if (number not in existing if existing is not None else number[0] not in "01234")
    ]
    assert unknown == []


def test_a_claim_to_show_a_requirement_is_written_so_that_it_is_found() -> None:
    claims = [
        (f"{path}:{line}", text) for path in python_files() if path.parts[0] == "tests" for line, kind, text in words_of(path) if kind == "comment"
    ]
    sloppy = [f"{where}: {text}" for where, text in claims if re.search(r"\breq\w*\.? *\d", text, re.IGNORECASE) and not REQUIREMENT.search(text)]
    assert sloppy == []


def test_a_test_that_reads_recorded_data_is_marked() -> None:
    """Otherwise it would fail, not be left out, on a clone without the folder (ruling 0.9)."""
    found = []
    for path in python_files():
        if path.parts[0] != "tests" or not path.name.startswith("test_"):
            continue
        marks_all = any(
            "pytestmark" in ast.unparse(node) and "mark.data" in ast.unparse(node) for node in tree_of(path).body if isinstance(node, ast.Assign)
        )
        for node in functions_of(path):
            asks = "data_dir" in [argument.arg for argument in node.args.args]
            is_test = node.name.startswith("test_")
            if asks and is_test and not marks_all and not any("mark.data" in ast.unparse(mark) for mark in node.decorator_list):
                found.append(f"{path}:{node.lineno}: {node.name} asks for data_dir without @pytest.mark.data")
    assert found == []


def test_each_decision_is_ten_lines_with_its_four_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    papers = sorted(folder.glob("*.md"))
    assert papers
    assert [paper.name[:4] for paper in papers] == [f"{number:04}" for number in range(1, len(papers) + 1)]
    for paper in papers:
        text = paper.read_text(encoding="utf-8")
        assert re.match(rf"# {paper.name[:4]} \S", text), paper.name
        assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == ["Context", "Choice", "Rejected", "What would change our mind"], paper.name
        assert len([line for line in text.splitlines() if line.strip()]) <= 14, f"{paper.name} is longer than a decision record"


def test_every_part_of_the_simulator_is_under_contract_or_named_as_none_of_its_books() -> None:
    contracts = tomllib.loads(text_of(Path("pyproject.toml")))["tool"]["importlinter"]["contracts"]
    bound = next(contract["source_modules"] for contract in contracts if contract["name"] == OWN_BOOKS)
    inside = [path for path in product_files() if path.parts[0] == "sim" and path != Path("sim/__init__.py")]
    parts = list(dict.fromkeys(f"sim.{path.with_suffix('').parts[1]}" for path in inside))
    known = [*bound, *NOT_BOOKS]
    assert [part for part in parts if part not in known] == [], f"name them in pyproject.toml under {OWN_BOOKS!r}, or here with the reason"
    assert [part for part in known if part not in parts] == [], "these are gone; take them out"
