"""One picture: everything lies in its box, ticks are words beside it, and it can be read without being seen."""

import xml.etree.ElementTree as ET

from config.report.charts import Area, Block, Figure, Key, Line, Mark, Panel, draw, legend, sample
from config.report.paths import COLUMNS
from config.report.scale import Scale, count_word
from tests.config.report.words_history import Read

PANEL = Panel(
    unit="things",
    scale=Scale(0, 10),
    word=count_word,
    height=112,
    blocks=(Block("stale", 50, 50), Block("live", 0, 100, 2, 4)),
    areas=(Area("book", ((0, 2, 4), (50, 3, 5), (100, 3, 5))),),
    rules=(("start", 5),),
    lines=(Line("mark", ((0, 1), (100, 9))),),
    marks=(Mark("up-yes", 100, 9, "what <happened>"),),
)
FIGURE = Figure(
    ident="it", title="It", words="It rose.", first_ns=0, last_ns=100, keys=(Key("line", "mark", "things that are"),), panels=(PANEL, PANEL)
)


def drawn() -> ET.Element:
    return ET.fromstring(draw(FIGURE))  # noqa: S314 (our own)


def test_a_picture_is_well_formed_and_told_in_words_to_those_who_do_not_see_it() -> None:
    figure = drawn()
    assert figure.tag == "figure"
    ids = {element.get("id"): "".join(element.itertext()) for element in figure.iter() if element.get("id")}
    assert (ids["it-title"], ids["it-words"]) == ("It", "It rose.")
    seen = [element for element in figure.iter("svg") if element.get("role") == "img"]
    assert [(element.get("aria-labelledby"), element.get("aria-describedby")) for element in seen] == [("it-title", "it-words")] * 2


def test_the_drawing_is_stretched_and_its_markers_are_not() -> None:
    outer = next(element for element in drawn().iter("svg") if element.get("role") == "img")
    inner = next(element for element in outer if element.tag == "svg")
    assert (inner.get("viewBox"), inner.get("preserveAspectRatio")) == (f"0 0 {COLUMNS} 112", "none")
    mark = outer.find("use")
    assert mark is not None
    assert (outer.get("viewBox"), mark.get("x"), mark.get("y"), mark.findtext("title")) == (None, "100%", "10%", "what <happened>")


def test_a_short_trouble_is_wide_enough_to_be_seen() -> None:
    block = next(element for element in drawn().iter("rect") if element.get("class") == "block stale")
    assert (block.get("x"), block.get("width"), block.get("height")) == ("50%", "0.15%", "100%")


def test_ticks_are_text_beside_the_drawing_and_times_stand_once_under_all_panels() -> None:
    read = Read(draw(FIGURE))
    classes = [attributes.get("class", "") for _, attributes in read.elements]
    assert (classes.count("numbers"), classes.count("times"), classes.count("unit")) == (2, 1, 2)
    assert "text" not in read.names()
    assert "--gutter:4ch" in draw(FIGURE)


def test_a_narrow_page_leaves_out_every_second_time_unless_they_are_few() -> None:
    few, many = (Figure(ident="it", title="It", words="", first_ns=0, last_ns=last, keys=(), panels=()) for last in (2_500_000, 5_000_000))
    assert [draw(figure).count('class="odd') for figure in (few, many)] == [0, 3]


def test_a_legend_shows_how_a_thing_looks_and_says_what_it_means() -> None:
    keys = [Key("line", "mark", "a line"), Key("block", "stale", "a block"), Key("mark", "up-yes", "a mark")]
    assert Read(legend(keys)).text.split() == ["a", "line", "a", "block", "a", "mark"]
    assert [("path" in sample(key), "rect" in sample(key), "#up-yes" in sample(key)) for key in keys] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_a_picture_of_one_moment_can_be_drawn() -> None:
    moment = Figure(ident="it", title="It", words="", first_ns=5, last_ns=5, keys=(), panels=(PANEL,))
    assert ET.fromstring(draw(moment)).tag == "figure"  # noqa: S314 (our own)
