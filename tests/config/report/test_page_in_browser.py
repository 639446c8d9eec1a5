"""The page in a real browser: narrow and wide, light and dark, no words on top of each other and nothing asked of a network.

Needs Chromium, which .ci/run installs; without it these tests fail and say so.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from config.report.page import page
from oms.values.history import History
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.config.report.browser import Browser, opened
from tests.config.report.words_history import (
    given_fill,
    given_history,
    given_lenses,
    given_market_history,
    given_point,
    given_totals,
)

WIDTHS = (400, 1_400)
LONG = (
    "Will the-longest-of-all-words-that-nobody-ever-cut-into-pieces-0x72fce90c2a8fbfbd6e88780d4e490e346d6a159dfc47d1fae03a57612f8e41e1 rise? <script>"
)

TEXT_BOXES = """(() => {
  const boxes = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const holder = node.parentElement;
    const hidden = holder.closest("svg, thead");
    if (!node.data.trim() || hidden && (hidden.tagName === "svg" || getComputedStyle(hidden).position === "absolute")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      if (box.width > 1 && box.height > 1)
        boxes.push({ text: node.data.trim().slice(0, 40), left: box.left, right: box.right, top: box.top, bottom: box.bottom });
  }
  return boxes;
})()"""
"""Every line of text with its place; a head that is hidden on narrow pages has none."""

OVERLAPS = f"""(() => {{
  const boxes = {TEXT_BOXES}.sort((one, other) => one.top - other.top), found = [];
  boxes.forEach((one, number) => {{
    for (let next = number + 1; next < boxes.length && boxes[next].top < one.bottom - 3; next++) {{
      const other = boxes[next];
      if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 && Math.min(one.bottom, other.bottom) - other.top > 3)
        found.push(one.text + " | " + other.text);
    }}
  }});
  return found;
}})()"""
"""Pairs of texts that lie on each other by more than a pixel across and the air of a line of text down."""


def given_full_history() -> History:
    """Something of everything, with numbers and names that need room."""
    points = tuple(
        given_point(step, bid_pips=4_000 + step % 37 * 30, ask_pips=4_300 + step % 41 * 40, yes_micro=step * 10_000 * MICRO, no_micro=step * MICRO)
        for step in range(0, 600, 5)
    )
    fills = tuple(
        given_fill(step, "NO" if step % 2 else "YES", Side.SELL if step % 3 else Side.BUY, inferred=step % 5 == 0) for step in range(5, 600, 7)
    )
    brief = tuple(given_point(step, yes_micro=step * MICRO) for step in range(28))  # its times are told to the second
    market = given_market_history(LONG, points=points, fills=fills, cash_micro=-(10**15))
    lens = {"fills": 1_234_567, "inferred": 1_000_000, "result_worst_micro": -(10**13), "result_mark_micro": None}
    return given_history(
        run_id=f"replay of {LONG}",
        disagreement="cash: the journal comes to 1, the run said 2",
        lenses=(given_lenses(0, 0), given_lenses(300, -(10**13))),
        totals=given_totals(lenses={"touch": lens, "queue": lens, "through": lens}, oddities={"a fill of an order that we never had": 12_345_678}),
        markets=(market, replace(market, points=points[:1], fills=()), replace(market, points=brief, fills=())),
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests here."""
    with opened(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a file."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(given_full_history()), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_no_words_lie_on_each_other_and_nothing_sticks_out(browser: Browser, written: Path, width: int) -> None:
    browser.show(written, width)
    assert len(browser.value(TEXT_BOXES)) > 200
    assert browser.value(OVERLAPS) == []
    assert browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_does_not_hide_a_part_of_itself(browser: Browser, written: Path, width: int) -> None:
    browser.show(written, width)
    hidden = "[...document.querySelectorAll('.table')].filter(table => table.scrollWidth > table.clientWidth + 1).map(table => table.innerText)"
    assert browser.value(hidden) == []


def test_the_measure_of_overlaps_finds_one(browser: Browser, tmp_path: Path) -> None:
    there = tmp_path / "bad.html"
    there.write_text("<p>under all this</p><p style='margin-top:-2.2em'>over all that</p><p>apart</p>", encoding="utf-8")
    browser.show(there, 400)
    assert browser.value(OVERLAPS) == ["over all that | under all this"]


def test_nothing_is_asked_of_a_network_and_no_word_of_a_title_is_obeyed(browser: Browser, written: Path) -> None:
    browser.show(written, 1_400)
    assert browser.requests() == [written.as_uri()]
    assert [message["params"]["entry"]["text"] for message in browser.heard if message["method"] == "Log.entryAdded"] == []
    assert browser.value("document.scripts.length") == 0
    assert browser.value("document.querySelector('h1').innerText").startswith("replay of Will the-longest-of-all")


def test_a_script_that_got_in_would_not_run(browser: Browser, written: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    evil = "<script>window.evil = 1</script><img src='http://127.0.0.1:9/x.png'></body>"
    broken.write_text(written.read_text(encoding="utf-8").replace("</body>", evil), encoding="utf-8")
    browser.show(broken, 1_400)
    assert browser.value("typeof window.evil") == "undefined"
    assert browser.value("document.scripts.length") == 1


def test_every_picture_has_a_name_and_a_description(browser: Browser, written: Path) -> None:
    browser.show(written, 1_400)
    tree = browser.ask("Accessibility.getFullAXTree")["nodes"]
    images = [node for node in tree if node.get("role", {}).get("value") in {"image", "img"} and not node.get("ignored")]
    assert len(images) == 10  # equity, two of lenses, health, two of each of three markets
    assert all(node["name"]["value"] and node["description"]["value"] for node in images)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser: Browser, written: Path, scheme: str) -> None:
    browser.show(written, 1_400, scheme=scheme)
    luminance = (
        "(name => { const probe = document.createElement('i'); probe.style.color = `var(${name})`; document.body.append(probe);"
        " const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)"
        ".map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4); probe.remove();"
        " return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2]; })"
    )
    light = {
        name: browser.value(f"{luminance}('--{name}')")
        for name in ("paper", "ink", "quiet", "blue", "orange", "alarm", "alarm-ground", "good", "edge")
    }

    def contrast(one: str, other: str) -> float:
        bright, dim = sorted((float(light[one]), float(light[other])), reverse=True)
        return (bright + 0.05) / (dim + 0.05)

    for name in ("ink", "quiet", "blue", "good"):
        assert contrast(name, "paper") >= 4.5, name  # WCAG 2.2, 1.4.3: text
    assert contrast("alarm", "alarm-ground") >= 4.5
    for name in ("orange", "edge"):
        assert contrast(name, "paper") >= 2.5, name  # WCAG 2.2, 1.4.11 asks 3 for lines that carry meaning alone; the book's edge does not
    assert (light["paper"] > 0.5) == (scheme == "light")
