"""Draws docs/generated from the code: `make docs`, or `python -m tests.house.draw` from the root. tests/test_house.py fails when one is stale."""

import enum
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from oms.machines import lifecycle, risk, settlement
from oms.values.events import SettlementStage
from tests.house import settings_page

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "generated"
_HEAD: Final = "<!-- Drawn from {source} by tests/house/draw.py (`make docs`). Do not edit: a test compares. -->\n\n# {title}\n\n{words}\n"

S = TypeVar("S", bound=enum.Enum)
H = TypeVar("H", bound=enum.Enum)
Table = Mapping[S, Mapping[H, S]]


def state_page(head: str, table: Table[S, H], happenings: Iterable[H], final: Collection[S]) -> str:
    """A transition table as a picture of the steps that change the state, and as the whole table with its blanks."""
    columns = list(happenings)
    return "\n".join([
        head,
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {next(iter(table)).name}",
        *_arrows(table),
        *(f"    {state.name} --> [*]" for state in table if state in final),
        "```",
        "",
        "Every cell: the state afterwards; `·` is the same state (quantities may move). An empty cell is illegal: refused by name, nothing changes.",
        "",
        "| | " + " | ".join(column.name for column in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
        *(f"| **{state.name}** | " + " | ".join(_cell(state, row.get(column)) for column in columns) + " |" for state, row in table.items()),
        "",
    ])  # fmt: skip


def _arrows(table: Table[S, H]) -> list[str]:
    """One arrow for each pair of states, named by everything that leads along it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, row in table.items():
        for happening, then in row.items():
            if then is not state:
                arrows.setdefault((state.name, then.name), []).append(happening.name)
    return [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()]


def _cell(state: enum.Enum, then: enum.Enum | None) -> str:
    if then is None:
        return ""
    return "·" if then is state else then.name


def lifecycle_page() -> str:
    """The states of an order."""
    head = _HEAD.format(
        source="oms/machines/lifecycle.py",
        title="The life of an order",
        words="“Partial” is no state: it is LIVE with something filled. Settlement of each fill is a table of its own (settlement.md).",
    )
    return state_page(head, lifecycle.TRANSITIONS, lifecycle.Happening, lifecycle.TERMINAL)


def settlement_page() -> str:
    """The stages of a trade after the match."""
    head = _HEAD.format(
        source="oms/machines/settlement.py",
        title="The settlement of a trade",
        words="Rows: the stage we hold. Columns: the stage the venue tells. FAILED undoes the fill, once.",
    )
    return state_page(head, settlement.TRANSITIONS, SettlementStage, settlement.FINAL)


def refusals_page() -> str:
    """Every reason for which the gate refuses an order."""
    rows = [f"| `{reason.name}` | {reason.value} |" for reason in risk.Reason]
    words = "An order passes the gate or is refused with the first of these that holds. Reports count them by name."
    head = _HEAD.format(source="oms/machines/risk.py", title="Refusals", words=words)
    return "\n".join([head, "| reason | in words |", "|---|---|", *rows, ""])


def page_of_settings() -> str:
    """Everything the user may set."""
    words = (
        "Defaults are those of the code; the files in `config/` set some of them otherwise. Ranges were found by trying what is accepted.\n"
        "Any setting may be overridden by an environment variable with a TOML value, such as `STEELYARD__LIMITS__ORDER_MAX_USD=50`.\n"
        "An unknown name, a wrong type or a value out of range is refused in one line, with exit code 2.\n"
        "Units: 1 pip is 10⁻⁴ USD a share, 1 bps is 10⁻⁴ of a rate, 1 ppm and `_micro` are 10⁻⁶."
    )
    source = "config/settings.py, strategies/, connectors/importers/recording.py and sim/latency.py"
    return "\n".join([_HEAD.format(source=source, title="Settings", words=words), *settings_page.tables()])


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "lifecycle.md": lifecycle_page,
    "settlement.md": settlement_page,
    "refusals.md": refusals_page,
    "settings.md": page_of_settings,
}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(f"drew {FOLDER / name}")


if __name__ == "__main__":
    main()
