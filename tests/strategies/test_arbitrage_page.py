"""docs/arbitrage.md says what the code says: break-even sums, names of refusals, shapes."""

import re

from oms.values.bundles import Shape
from oms.values.market import FeeCurve
from oms.values.units import price_text
from strategies.basket import break_even_pips
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "arbitrage.md").read_text("utf-8")
OUTCOMES = (2, 3, 5, 10)
SOURCES = ("arbitrage", "binary_arbitrage", "negrisk_arbitrage")


def rows_after(words: str) -> list[list[str]]:
    """The body of the table that follows."""
    lines = PAGE.split(words)[1].lstrip("\n").splitlines()
    table = [line for line in lines[: lines.index("")] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_the_table_of_break_even_sums_is_what_the_code_reckons() -> None:  # req 4.2, 4.3, 4.4, trap T11
    rows = rows_after("<!-- break-even: tests/strategies/test_arbitrage_page.py -->")
    assert [row[0] for row in rows] == ["0.07", "0.05", "0.04", "0.03"]
    for rate, *sums in rows:
        curve = FeeCurve(rate_bps=round(float(rate) * 10_000))
        assert [f"{float(price_text(break_even_pips(curve, outcomes))):.4f}" for outcomes in OUTCOMES] == sums


def test_the_page_tells_every_refusal_there_is_and_no_other() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \|", PAGE.split("## What is refused")[1], re.MULTILINE)
    code = "".join((ROOT / "strategies" / f"{name}.py").read_text("utf-8") for name in SOURCES)
    said = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+): ', code)) | set(re.findall(r'"((?:LEG|NO)_[A-Z]+)"', code)) | {"AUGMENTED", "CAPPED"}
    assert sorted(told) == sorted(said)
    assert len(told) == len(set(told))
    listed = code.split("those are\n\n")[1].split('"""')[0].split()
    assert sorted(listed) == sorted(told)


def test_the_page_tells_every_shape() -> None:
    assert re.findall(r"^\| `([A-Z_]+)` \|", PAGE.split("## The dollar")[0], re.MULTILINE) == [shape.name for shape in Shape]
