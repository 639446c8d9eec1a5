"""Every screen as text at both sizes, held against what was looked at and found good. `STEELYARD_SNAPSHOTS=write` writes them anew."""

import functools
import os
import re
from pathlib import Path

import pytest

from oms.values.panels import Topic
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import LARGE, SMALL, FakeLink, Stage, play

FOLDER = Path(__file__).parent / "__snapshots__"
SCREENS: dict[str, tuple[str, ...]] = {
    "overview": ("1",),
    "markets": ("2",),
    "ladder": ("2", "enter"),
    "orders": ("3",),
    "story": ("3", "enter"),
    "inventory": ("4",),
    "arbitrage": ("5",),
    "health": ("6",),
    "log": ("7",),
    "fills": ("8",),
    "help": ("question_mark",),
    "confirm": ("3", "C"),
    "order-form": ("2", "o"),
    "params-form": ("1", "e"),
    "filter": ("2", "slash", "f", "e", "d"),
}
SIZES = {"80x24": SMALL, "200x60": LARGE}


BUSY_ONLY = ("ladder", "story", "confirm", "params-form")
"""Of a daemon that has just begun there is nothing to open, to cancel or to edit."""


async def _each(stage: Stage) -> dict[str, str]:
    seen = {}
    is_busy = bool(stage.link.views.get(Topic.STRATEGIES) != made_up_days.nothing()[Topic.STRATEGIES])
    for name, keys in SCREENS.items():
        if name in BUSY_ONLY and not is_busy:
            continue
        await stage.press(*keys)
        seen[name] = stage.text()
        await stage.press("escape")
    return seen


@functools.cache
def screens(size: str, day: str) -> dict[str, str]:
    """All of them, from one dashboard."""
    found: dict[str, str] = play(_each, SIZES[size], FakeLink(made_up_days.everything() if day == "busy" else made_up_days.nothing()))
    return found


def held_against(name: str, text: str) -> None:
    """The stored picture of this name."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("STEELYARD_SNAPSHOTS") == "write":
        path.write_text(text + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text + "\n", f"{path.name} looks otherwise; if it is meant to: STEELYARD_SNAPSHOTS=write"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_looks_as_it_was_found_good(screen: str, size: str) -> None:
    held_against(f"{screen}-{size}", screens(size, "busy")[screen])


@pytest.mark.parametrize("screen", [name for name in SCREENS if name not in BUSY_ONLY])
def test_a_daemon_that_has_just_begun_says_so_on_every_screen(screen: str) -> None:
    held_against(f"empty-{screen}-80x24", screens("80x24", "empty")[screen])


@pytest.mark.parametrize("size", SIZES)
def test_no_line_is_wider_than_the_terminal(size: str) -> None:
    for name, text in screens(size, "busy").items():
        lines = text.splitlines()
        assert len(lines) <= SIZES[size][1], name
        assert max(map(len, lines)) <= SIZES[size][0], name


def test_live_is_said_so_that_nobody_can_miss_it() -> None:
    async def scene(stage: Stage) -> str:
        return stage.lines()[0]

    for size in SIZES.values():
        link = FakeLink({**made_up_days.everything(), Topic.OVERVIEW: made_up.overview(verb="live", phase="halted", why="fell $260 from the peak")})
        line = play(scene, size, link)
        assert "LIVE · REAL MONEY" in line
        assert "halted" in line


def test_every_number_that_may_be_unknown_says_so_and_never_reads_as_nothing() -> None:
    texts = screens("80x24", "empty")
    assert "mark n/a" in texts["overview"].splitlines()[1]
    assert "start n/a" in texts["overview"].splitlines()[1]
    for name in ("a turn", "loop is late", "memory", "disk free", "book hash"):
        assert re.search(rf"{name} +n/a", texts["health"]), name


@pytest.mark.parametrize("number", [0, 2**63 - 1, -(2**63)])
def test_strange_numbers_and_hostile_texts_are_drawn_on_every_screen(number: int) -> None:
    seen: dict[str, str] = play(_each, SMALL, FakeLink(made_up_days.strange(made_up.HOSTILE, number)))
    for name, text in seen.items():
        assert not [sign for sign in text if not sign.isprintable() and sign != "\n"], name
        assert len(text.splitlines()) <= SMALL[1], name
    assert "[red]" in seen["markets"]
    assert "\\x1b" in seen["log"]


def test_no_stored_picture_is_left_that_no_screen_draws() -> None:
    known = [f"{name}-{size}.txt" for name in SCREENS for size in SIZES] + [f"empty-{name}-80x24.txt" for name in SCREENS if name not in BUSY_ONLY]
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(known)
