"""The page: harmless whatever a venue says, the same each time, everything drawn inside its box, and what matters at the top."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from config.report.page import page
from oms.values.history import History
from oms.values.units import MICRO
from tests.config.report.words_history import (
    LAST,
    Read,
    given_fill,
    given_history,
    given_lenses,
    given_market_history,
    given_point,
    given_totals,
    histories,
)

EVIL = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)> \u202etxt.exe\u2066 \x1b[2J\x00 &lt;b&gt; ]]>"
PLACES = re.compile(r"[A-Z]|-?\d+(?:\.\d+)?")


def assert_harmless(text: str) -> Read:
    """No script, nothing from elsewhere, no sign that steers a reader, and every element closed."""
    read = Read(text)
    assert read.open == []
    assert read.names().isdisjoint({"script", "img", "link", "iframe", "object", "embed", "base", "form", "image", "foreignobject", "animate"})
    for name, attributes in read.elements:
        for key, value in attributes.items():
            assert not key.startswith("on"), (name, key)
            assert key not in {"src", "srcset", "xlink:href", "action"}, (name, key)
            assert key != "href" or value.startswith("#"), value
    assert all(address.startswith("#") for address in re.findall(r"url\(([^)]*)\)", text))
    assert "@import" not in text
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    return read


def assert_drawn_inside(text: str) -> None:
    """Every drawing is well-formed, and no coordinate leaves its box."""
    for drawing in re.findall(r"<svg[^>]*role=\"img\".*?</svg>(?:<use.*?)*</svg>", text, flags=re.DOTALL):
        outer = ET.fromstring(drawing)  # noqa: S314 (our own)
        inner = next(element for element in outer if element.tag == "svg")
        _, _, wide, high = (float(number) for number in inner.attrib["viewBox"].split())
        for path in inner.iter("path"):
            assert_path_inside(path.attrib["d"], wide, high)
        for element in (*outer.findall("use"), *outer.findall("rect")):
            sizes = {key: float(element.attrib.get(key, "0%").removesuffix("%")) for key in ("x", "y", "width", "height")}
            assert all(0 <= size <= 100 for size in sizes.values()), element.attrib
            assert sizes["x"] + sizes["width"] <= 100.02
            assert sizes["y"] + sizes["height"] <= 100.02


def assert_path_inside(path: str, wide: float, high: float) -> None:
    letter, numbers = "", 0
    for piece in PLACES.findall(path):
        if piece.isalpha():
            letter, numbers = piece, 0
        else:
            is_across = letter == "H" or (letter == "M" and numbers == 0)
            assert 0 <= float(piece) <= (wide if is_across else high), path
            numbers += 1


def test_nothing_that_a_venue_or_a_file_says_is_obeyed() -> None:
    history = given_history(
        run_id=EVIL,
        verdict=EVIL,
        disagreement=EVIL,
        about={
            "notes": [EVIL],
            "strategies": {EVIL: {EVIL: EVIL}},
            "limits": {EVIL: [EVIL, EVIL]},
            "tapes": [{"name": EVIL, "kind": EVIL, "trade_rule": EVIL, "assumptions": [EVIL]}],
        },
        totals=given_totals(conserved=EVIL, refused_by_gate={EVIL: 1}, oddities={EVIL: 2}, commit=EVIL),
        markets=(given_market_history(EVIL, fills=(given_fill(1, order_id=EVIL),)),),
    )
    read = assert_harmless(page(history))
    assert "<script>alert(1)</script>" in read.text
    assert "\\x202etxt.exe" in read.text


def test_the_page_forbids_itself_everything_but_its_own_style() -> None:
    read = Read(page(given_history()))
    assert (
        "meta",
        {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"},
    ) in read.elements


@settings(max_examples=60)
@given(histories())
def test_any_history_makes_a_page_that_is_whole_and_drawn_inside_its_boxes(history: History) -> None:
    text = page(history)
    assert_harmless(text)
    assert_drawn_inside(text)


def test_the_search_for_what_leaves_its_box_finds_it() -> None:
    with pytest.raises(AssertionError):
        assert_path_inside("M0 0H1001", 1_000, 100)
    with pytest.raises(AssertionError):
        assert_path_inside("M0 0V-1", 1_000, 100)
    assert page(given_history()).count('role="img"') == 4
    assert len(re.findall(r"<svg[^>]*role=\"img\".*?</svg>(?:<use.*?)*</svg>", page(given_history()), flags=re.DOTALL)) == 4


def test_one_history_makes_the_same_bytes_each_time() -> None:
    assert page(given_history()) == page(given_history())


def test_each_drawing_refers_only_to_what_the_page_defines_and_ids_are_used_once() -> None:
    read = Read(page(given_history(lenses=(given_lenses(0, 0),))))
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = {
        attributes[key].removeprefix("#")
        for _, attributes in read.elements
        for key in ("href", "aria-labelledby", "aria-describedby")
        if key in attributes
    }
    assert used <= set(ids)


def test_the_verdict_stands_with_the_result_before_everything_else() -> None:
    text = Read(page(given_history())).text
    places = [
        text.index(words)
        for words in ("a test, seed 7", "No verdict: 3 fills", "-$15.50", "+$2.25", "Money is conserved.", "What the account was worth")
    ]
    assert places == sorted(places)


def test_a_disagreement_or_money_that_leaks_is_an_alarm_at_the_very_top() -> None:
    text = Read(page(given_history(disagreement="cash: 1, the run said 2", totals=given_totals(conserved="at 5: 1, not 2")))).text
    assert text.index("Alarm: The journal and the run do not agree. ") < text.index("No verdict")
    assert text.index("Alarm: Money is NOT conserved. ") < text.index("No verdict")
    assert "Money is conserved" not in text
    assert "Alarm" not in Read(page(given_history())).text


def test_a_run_that_was_killed_says_up_to_when_it_is_told() -> None:
    text = Read(page(given_history(status="running"))).text
    assert "This run was interrupted or is still going: everything here is up to its last commit at 2025-06-15 15:16:40 UTC." in text
    assert "This run was interrupted; everything here is up to" in Read(page(given_history(status="interrupted"))).text


def test_what_an_early_journal_does_not_hold_is_not_made_up() -> None:
    totals = given_totals(conserved=None, conservation=None, events=None)
    text = Read(page(given_history(totals=totals, about={}, drawdown_mark_micro=None))).text
    assert "Whether money is conserved is not known." in text
    assert "The run left no note." in text
    assert "None" not in text


def test_a_run_at_a_venue_that_shows_no_books_is_conserved_as_far_as_we_can_see() -> None:
    text = " ".join(Read(page(given_history(totals=given_totals(conservation=None)))).text.split())
    assert "Money is conserved, as far as we can see. Our ledger balances, and what the venue says we hold fits it." in text
    assert "agreed after each" not in text


def test_a_long_day_stays_a_small_page() -> None:
    points = tuple(
        given_point(0, at_ns=given_point(0).at_ns + step * 300_000_000, bid_pips=1_000 + step % 97 * 50, our_bid_pips=900 + step % 89 * 50)
        for step in range(2_000)
    )
    fills = tuple(replace(fill, yes_price_pips=1_000 + number % 80 * 100) for number in range(3_000) for fill in (given_fill(number % 590),))
    market = given_market_history(points=points, fills=fills)
    text = page(given_history(markets=(market,) * 30, last_ns=LAST, drawdown_mark_micro=MICRO))
    assert len(text.encode()) < 1_500_000
