"""The README shows what a reader would see."""

import re

import pytest

from tests.house import readme
from tests.house.tree import ROOT


@pytest.mark.parametrize("name", readme.SHOWN)
def test_an_output_in_the_readme_is_what_the_command_prints_now(name: str) -> None:  # req 0.25
    shown = readme.block(readme.README.read_text(encoding="utf-8"), name)[0]
    assert readme.without_wall_time(shown) == readme.without_wall_time(readme.printed(name)), "draw it again with: make docs"


def test_the_official_client_does_on_our_exchange_what_the_readme_says() -> None:  # req 0.25
    if not readme.CLIENT_PYTHON.exists():
        pytest.fail("the official client's environment is not there: make it with `make referees`", pytrace=False)
    text = readme.README.read_text(encoding="utf-8")
    assert readme.block(text, readme.CLIENT)[0] == readme.client_printed(text), "draw it again with: make docs"


def test_every_verb_has_its_line_in_the_readme() -> None:
    verbs = sorted(
        path.stem.replace("_", "-") for path in (ROOT / "config" / "verbs").glob("*.py") if path.stem not in {"__init__", "ending", "chosen_outside"}
    )
    lines = [line for line in readme.README.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    named = sorted(found for line in lines for found in re.findall(r"`([a-z-]+)(?: [A-Z…]+)?`", line.split(" | ")[0]))
    assert named == verbs
