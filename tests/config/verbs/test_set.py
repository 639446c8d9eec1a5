"""`set`: values as TOML has them, or text; refusals before anything is sent."""

from pathlib import Path

import pytest

from connectors.operator.control.protocol import SetParams
from tests.config.words_daemon import Place


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("150", 150),
        ("-0.5", -0.5),
        ("true", True),
        ('"150"', "150"),
        ("fast", "fast"),
        ("", ""),
        ("a=b", "a=b"),
        ("1\nother = 2", "1\nother = 2"),
        ("2026-01-01", "2026-01-01"),
        ("[1, 2]", "[1, 2]"),
        ("[" * 3_000, "[" * 3_000),
    ],
)
def test_a_value_is_what_it_would_be_in_a_file_of_settings_or_text(tmp_path: Path, text: str, value: object) -> None:
    place = Place(tmp_path)
    with place.daemon() as daemon:
        assert place.typed("set", "market_making", f"depth={text}", "on=false") == 0
        (order,) = daemon.heard
    assert order.instruction == SetParams(strategy="market_making", values={"depth": value, "on": False})


@pytest.mark.parametrize(
    "words", [[], ["market_making"], ["market_making", "depth"], ["market_making", "=3"], ["market_making", "depth=" + "9" * 30]]
)
def test_what_is_no_pair_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        Place(tmp_path).typed("set", *words)
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_a_parameter_that_is_named_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Place(tmp_path).typed("set", "market_making", "depth=1", "depth=2") == 2
    assert "named twice" in capsys.readouterr().err
