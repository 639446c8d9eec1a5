"""Markers and hatchings."""

import xml.etree.ElementTree as ET

from config.report.shapes import definitions, shape, shape_of
from oms.values.orders import Side
from tests.config.report.words_history import given_fill


def test_side_outcome_and_inference_look_different_without_colour() -> None:
    found = {element.get("id"): ET.tostring(element).decode() for element in ET.fromstring(definitions()).iter("g")}  # noqa: S314 (our own)
    outlines = {name: drawing.split("class", 1)[1].split(">", 1)[1] for name, drawing in found.items() if name}
    assert outlines["up-yes"] != outlines["down-yes"]
    assert outlines["up-yes"] != outlines["up-yes-inferred"]
    assert 'class="fill yes"' in found["up-yes"]
    assert 'class="fill no"' in found["up-no"]  # page.css fills the one and leaves the other hollow


def test_every_fill_has_a_shape_that_is_defined() -> None:
    defined = {element.get("id") for element in ET.fromstring(definitions()).iter()}  # noqa: S314 (our own)
    kinds = [(side, outcome, inferred) for side in Side for outcome in ("YES", "NO") for inferred in (False, True)]
    assert {shape(side, outcome, inferred=inferred) for side, outcome, inferred in kinds} < defined
    assert len({shape(side, outcome, inferred=inferred) for side, outcome, inferred in kinds}) == 8
    assert shape_of(given_fill(1, "NO", Side.SELL, inferred=True)) == "down-no-inferred"
