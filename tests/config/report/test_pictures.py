"""The pictures of the run as a whole, and what stands in their place when there is nothing to draw."""

from msgspec.structs import replace

from config.report import pictures
from oms.values.history import HealthPoint
from oms.values.units import MICRO, NS_PER_SECOND
from tests.config.report.words_history import FIRST, LAST, START, Read, given_history, given_lenses, given_totals


def classes(markup: str) -> list[str]:
    return [attributes.get("class", "") for _, attributes in Read(markup).elements]


def test_the_account_is_drawn_at_the_mark_and_at_the_worst_against_what_it_began_with() -> None:
    drawn = pictures.equity(given_history())
    assert {"line mark", "line worst", "line start"} <= set(classes(drawn))
    text = Read(drawn).text
    assert "worth between $980.00 and $1,000.00 at worst, and between $1,000.00 and $1,002.25 at the mark." in text
    assert "The deepest fall at the mark from a peak before, over the whole run, was $3.00." in text
    assert "what it began with, $1,000.00" in text


def test_a_mark_that_is_not_known_is_a_gap_in_the_line_and_said() -> None:  # req 3.47
    drawn = pictures.equity(given_history())
    line = next(
        attributes["d"] for name, attributes in Read(drawn).elements if attributes.get("class") == "line mark" and "M1 6" not in attributes["d"]
    )
    assert line.count("M") == 2
    assert "At 1 point of 3 a holding had no honest price" in Read(drawn).text


def test_the_deepest_fall_is_marked_at_its_peak_and_at_its_low() -> None:
    history = given_history()
    marks = (START, START + 5 * MICRO, START + 2 * MICRO)
    points = tuple(replace(point, mark_micro=mark) for point, mark in zip(history.equity, marks, strict=True))
    rings = pictures.equity(replace(history, equity=points)).split('href="#ring"')[2:]
    assert len(rings) == 2
    assert "$1,005.00" in rings[0]
    assert "$1,002.00" in rings[1]


def test_lenses_are_drawn_at_worst_and_at_the_mark_from_flattering_to_harsh() -> None:
    history = given_history(lenses=(given_lenses(0, 0), given_lenses(500, -9 * MICRO)))
    drawn = pictures.lenses(history)
    assert [kind for kind in classes(drawn) if kind.startswith("line lens")][:3] == ["line lens-touch", "line lens-queue", "line lens-through"]
    assert classes(drawn).count("line lens-queue") == 3  # two panels and the legend
    text = Read(drawn).text
    assert "result at worst, USD" in text
    assert "result at the mark, USD" in text
    assert pictures.in_order(["through", "other", "touch", "through"]) == ["touch", "through", "other"]


def test_the_health_of_the_books_is_stacked_and_told_in_shares_of_time() -> None:
    drawn = pictures.health(given_history())
    text = Read(drawn).text
    assert "both books were live for 50.0%, one was doubted for 0.0% and one was stale for 50.0%" in text
    blocks = [attributes for name, attributes in Read(drawn).elements if name == "rect" and "%" in attributes["x"]]
    assert [(block["class"], block["x"], block["width"]) for block in blocks] == [("block live", "0%", "50%"), ("block stale", "50%", "50%")]


def test_markets_of_different_health_stand_on_each_other() -> None:
    mixed = HealthPoint(at_ns=FIRST, live=2, suspect=1, stale=1)
    drawn = pictures.health(given_history(health=(mixed,), last_ns=LAST))
    blocks = [attributes for name, attributes in Read(drawn).elements if name == "rect" and "%" in attributes["x"]]
    assert [(block["class"], block["y"], block["height"]) for block in blocks] == [
        ("block live", "50%", "50%"),
        ("block suspect", "25%", "25%"),
        ("block stale", "0%", "25%"),
    ]


def test_a_quiet_end_is_told_and_not_drawn() -> None:
    points = given_history().equity[:2]
    early = (points[0], replace(points[1], at_ns=FIRST + 60 * NS_PER_SECOND))
    assert "the quiet time from then to 2025-06-15 15:16:40 UTC is not drawn" in pictures.equity(given_history(equity=early))


def test_what_there_is_nothing_of_is_said_in_words() -> None:
    history = given_history(equity=(), health=(), lenses=(), totals=given_totals())
    assert "no point in time" in pictures.equity(history)
    assert "There are none: lenses judge fills against recorded books" in pictures.lenses(history)
    assert "does not tell how the books were" in pictures.health(history)
    closed = (HealthPoint(at_ns=FIRST, live=0, suspect=0, stale=0),)
    assert "No market was open" in pictures.health(given_history(health=closed))
