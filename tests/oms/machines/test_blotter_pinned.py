"""Orders that a bundle in flight counts on are not forgotten before it ends."""

import pytest

from oms.machines.blotter import Blotter
from oms.machines.lifecycle import Happening
from tests.oms.words_oms import given_spec
from tests.words import NOON_NS


def test_an_order_that_somebody_counts_on_stays_in_memory_whatever_else_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oms.machines.blotter.RETIRED_MAX", 2)
    blotter = Blotter()
    blotter.pinned["first"] = None
    for order_id in ("first", *(f"o{number}" for number in range(9))):
        order = blotter.open(order_id, given_spec(), "maker", "a test wants it")
        for happening in (Happening.SEND, Happening.REJECT):
            blotter.happen(order, happening, NOON_NS)
    assert blotter.find("first") is not None
    assert blotter.find("o0") is None
    blotter.unpin(["first"])
    for number in range(10, 20):
        order = blotter.open(f"o{number}", given_spec(), "maker", "a test wants it")
        for happening in (Happening.SEND, Happening.REJECT):
            blotter.happen(order, happening, NOON_NS)
    assert blotter.find("first") is None
