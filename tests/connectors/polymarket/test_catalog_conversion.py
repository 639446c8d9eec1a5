"""What an arbitrage needs to know of an event, read from Gamma's rows: augmented or not, the fee of a conversion, and why its list is not whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.polymarket.catalog_groups import EventRead, event_of
from connectors.polymarket.catalog_wire import page_of
from tests.connectors.polymarket.words_catalog import gamma_row, negrisk_event, recorded, v2_row


def given(count: int = 3, **event: Any) -> EventRead:  # noqa: ANN401 (JSON)
    """A whole negRisk event with these keys of its own."""
    return event_of(json.dumps({**json.loads(negrisk_event(count)), **event}).encode())


@pytest.mark.parametrize(
    ("told", "fee_bps"),
    [({}, 0), ({"negRiskFeeBips": None}, 0), ({"negRiskFeeBips": 0}, 0), ({"negRiskFeeBips": 33}, 33), ({"negRiskFeeBips": "100"}, 100)],
)
def test_the_fee_of_a_conversion_is_read_and_one_that_is_not_told_is_none(told: dict[str, Any], fee_bps: int) -> None:
    assert given(**told).group.conversion_fee_bps == fee_bps


@pytest.mark.parametrize("told", [-1, 10_001, "a lot", "", "²", 0.5, [1], True])
def test_where_the_fee_cannot_be_read_nothing_is_converted(told: object) -> None:
    assert given(negRiskFeeBips=told).group.conversion_fee_bps is None
    assert given(negRiskFeeBips=told).group.exclusive


def test_outside_of_negrisk_and_on_the_second_ledger_nothing_is_converted() -> None:
    assert given(negRisk=False, enableNegRisk=None, negRiskFeeBips=0).group.conversion_fee_bps is None
    event = {"id": "9", "negRisk": True, "negRiskFeeBips": 0, "markets": [json.loads(v2_row(negRisk=True))]}
    assert event_of(json.dumps(event).encode()).group.conversion_fee_bps is None


def test_the_group_itself_says_that_it_is_augmented_and_why_it_is_not_whole() -> None:  # trap T10
    told = given(negRiskAugmented=True)
    assert told.group.augmented
    assert told.group.gaps == told.gaps == ("the event is augmented: an outcome without a name yet may win",)
    assert (given().group.augmented, given().group.gaps) == (False, ())


@pytest.mark.data
def test_recorded_negrisk_groups_are_read_as_they_are(data_dir: Path) -> None:
    """Ids and labels are recorded; the numbering of the questions is ours, so that what is there is whole unless a test takes something away."""
    targets = json.loads(recorded(data_dir / "polymarket-rest" / "negrisk_groups_2026-03.json.gz"))["targets"]
    assert targets
    for target in targets:
        rows = [
            json.loads(
                gamma_row(
                    conditionId=leg["condition_id"],
                    groupItemTitle=leg["outcome_label"],
                    clobTokenIds=json.dumps([leg["yes_token_id"], leg["no_token_id"]]),
                    questionID=f"0x{int(target['event_id']):062x}{number:02x}",
                    negRisk=True,
                )
            )
            for number, leg in enumerate(target["legs"])
        ]
        event = {"id": target["event_id"], "negRisk": True, "enableNegRisk": True, "markets": rows}
        whole = event_of(json.dumps(event).encode(), questions=len(rows)).group
        assert (whole.exclusive, whole.exhaustive, whole.augmented, whole.conversion_fee_bps, whole.gaps) == (True, True, False, 0, ())
        assert (len(whole.market_ids), whole.questions) == (target["outcome_count"], len(rows))
        augmented = event_of(json.dumps({**event, "negRiskAugmented": True}).encode()).group
        assert (augmented.exhaustive, augmented.augmented, augmented.conversion_fee_bps) == (False, True, 0)
        short = event_of(json.dumps({**event, "markets": rows[:-1]}).encode(), questions=len(rows)).group
        assert not short.exhaustive
        assert short.gaps == (f"the contract counts {len(rows)} outcomes, the venue tells {len(rows) - 1}",)


@pytest.mark.data
@pytest.mark.parametrize("name", ["gamma_events_bitcoin_2026", "gamma_events_updown"])
def test_recorded_events_without_negrisk_are_neither_augmented_nor_converted(data_dir: Path, name: str) -> None:
    rows = page_of(recorded(data_dir / "polymarket-rest" / f"{name}.json.gz")).rows
    assert rows
    for row in rows:
        group = event_of(row, assume_v1=True).group
        assert (group.exclusive, group.exhaustive, group.augmented, group.conversion_fee_bps) == (False, False, False, None)
        assert "does not promise" in group.gaps[0]


@pytest.mark.data
def test_the_recorded_augmented_event_says_so(data_dir: Path) -> None:
    (row,) = page_of(recorded(data_dir / "polymarket-fixtures" / "nautilus" / "rs-gamma_event.json")).rows
    group = event_of(row, assume_v1=True).group
    assert json.loads(row)["negRiskAugmented"] is True
    assert (group.exclusive, group.exhaustive, group.augmented, group.conversion_fee_bps) == (True, False, True, 0)
    assert "without a name" in group.gaps[0]
