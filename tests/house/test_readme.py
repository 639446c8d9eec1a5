"""The README shows what a reader would see."""

import pytest

from tests.house import readme


@pytest.mark.parametrize("name", readme.SHOWN)
def test_an_output_in_the_readme_is_what_the_command_prints_now(name: str) -> None:  # req 0.25
    shown = readme.block(readme.README.read_text(encoding="utf-8"), name)[0]
    assert readme.without_wall_time(shown) == readme.without_wall_time(readme.printed(name)), "draw it again with: make docs"
