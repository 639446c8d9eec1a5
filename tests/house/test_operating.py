"""docs/operating.md is whole: every alarm has its row, every verb and every guard is named."""

import re
from pathlib import Path

import msgspec

import run_bot
from config.outside import GuardsSection
from tests.house.alarms import alarm_kinds
from tests.house.tree import text_of

PAGE = Path("docs/operating.md")
ALARMS = "## What an alarm means"


def rows_of(heading: str) -> dict[str, tuple[str, ...]]:
    """Names in the first column of the table below a heading, each with the rest of its row."""
    section = text_of(PAGE).partition(f"\n{heading}")[2].partition("\n## ")[0]
    found: dict[str, tuple[str, ...]] = {}
    for line in section.splitlines():
        first, *others = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("|"):
            found |= dict.fromkeys(re.findall("`([^`]+)`", first), tuple(others))
    return found


def spans() -> list[str]:
    """Everything that is written as code."""
    return re.findall("`([^`\n]+)`", text_of(PAGE))


def test_every_alarm_that_can_be_raised_is_explained_with_the_first_thing_to_do() -> None:
    rows, raised = rows_of(ALARMS), alarm_kinds()
    assert len(raised) > 20, "the alarms are not found any more"
    assert [f"{where}: the alarm {kind!r} has no row in {PAGE}" for kind, where in raised.items() if kind not in rows] == []
    assert [f"{PAGE}: nothing raises {name!r} any more" for name in rows if name not in raised] == []
    assert [name for name, cells in rows.items() if len(cells) != 2 or not all(cells)] == [], "a row tells what it means, and what to do first"


def test_every_verb_is_named() -> None:
    verbs = next(action.choices for action in run_bot._parser()._actions if action.dest == "verb")
    assert verbs is not None
    named = spans()
    assert [verb for verb in verbs if not any(re.match(rf"(run_bot\.py )?{verb}\b", span) for span in named)] == []


def test_every_guard_is_named() -> None:
    named = [word for span in spans() for word in span.split()]
    assert [field.name for field in msgspec.structs.fields(GuardsSection) if field.name not in named] == []
