"""Events: exclusive and exhaustive are told apart, and every way in which a list of outcomes may have a hole is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.catalog import Listing, Why, listed
from connectors.polymarket.catalog_groups import event_of, groups_of
from connectors.polymarket.catalog_wire import BadRow, page_of
from oms.values.market import EventGroup
from tests.connectors.polymarket.words_catalog import gamma_row, negrisk_event, recorded, v2_row
from tests.connectors.polymarket.words_signing import POSITION

RESOLVED_NO = {"closed": True, "acceptingOrders": False, "umaResolutionStatus": "resolved", "outcomePrices": '["0", "1"]'}


def test_a_whole_negrisk_event_is_exclusive_and_exhaustive() -> None:
    told = event_of(negrisk_event(3))
    ids = tuple(f"0x{n:064x}" for n in (1, 2, 3))
    assert told.group == EventGroup(event_id="9", market_ids=ids, exclusive=True, exhaustive=True, conversion_fee_bps=0)
    assert (told.gaps, told.unlisted, told.is_counted, told.title) == ((), (), False, "Who?")
    assert event_of(negrisk_event(3), questions=3).is_counted
    assert event_of(negrisk_event(3), questions=3).group.questions == 3


def test_an_augmented_event_is_exclusive_and_never_exhaustive() -> None:  # polymarket.md §9.3
    told = event_of(negrisk_event(3, augmented=True, changes={1: {"groupItemTitle": "Person B"}, 2: {"negRiskOther": True}}))
    assert (told.group.exclusive, told.group.exhaustive) == (True, False)
    assert [one.why for one in told.unlisted] == [Why.PLACEHOLDER, Why.OTHER_OUTCOME]
    assert len(told.listings) == 1
    assert "an outcome without a name yet may win" in told.gaps[0]
    assert not event_of(negrisk_event(3, augmented=True)).group.exhaustive


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (negrisk_event(4, left_out=1), "not numbered 0 to 2"),
        (negrisk_event(3, changes={1: {"questionID": None}}), "without a place among the questions"),
        (negrisk_event(3, changes={1: {"questionID": "0x" + "aa" * 31 + "01"}}), "questions of different markets"),
        (negrisk_event(3, changes={1: {"negRisk": False}}), "an outcome that is not negRisk"),
        (negrisk_event(3, changes={1: {"acceptingOrders": False}}), "an outcome that is not traded"),
        (negrisk_event(3, changes={1: {"closed": True}}), "an outcome that is not traded"),
        (negrisk_event(3, changes={1: {**RESOLVED_NO, "outcomePrices": '["1", "0"]'}}), "an outcome that is not traded"),
        (negrisk_event(3, changes={1: {**RESOLVED_NO, "umaResolutionStatus": "proposed"}}), "an outcome that is not traded"),
        (negrisk_event(3, changes={1: {"feeSchedule": {"exponent": 9}}}), "an outcome that is not traded"),
        (negrisk_event(3, changes={1: {"outcomePrices": "["}, 2: {"conditionId": 5}}), "an outcome without a place"),
        (negrisk_event(0), ""),
    ],
)
def test_a_list_with_a_hole_is_exclusive_but_not_exhaustive_and_the_hole_is_named(event: bytes, said: str) -> None:
    told = event_of(event)
    assert told.group.exclusive
    if said:
        assert not told.group.exhaustive
        assert said in " | ".join(told.gaps)
    else:
        assert told.group.market_ids == ()


def test_an_outcome_that_was_resolved_no_is_out_and_the_rest_are_still_all_there_is() -> None:
    told = event_of(negrisk_event(3, changes={1: RESOLVED_NO}))
    assert told.group.exhaustive
    assert len(told.group.market_ids) == 2


def test_the_contracts_own_count_wins_over_the_venues_list() -> None:
    told = event_of(negrisk_event(3), questions=4)
    assert not told.group.exhaustive
    assert told.gaps == ("the contract counts 4 outcomes, the venue tells 3",)


def test_without_negrisk_nothing_is_promised() -> None:
    event = {**json.loads(negrisk_event(3)), "negRisk": False, "enableNegRisk": None}
    told = event_of(json.dumps(event).encode())
    assert (told.group.exclusive, told.group.exhaustive, len(told.gaps)) == (False, False, 1)


def test_outcomes_of_two_protocol_generations_are_never_one_whole() -> None:  # polymarket.md §9.3 rule 8
    event = json.loads(negrisk_event(2))
    negrisk_position = str((2 << 248) | (7 << 120) | (1 << 8))
    second = {"conditionId": f"0x{int(negrisk_position) >> 8:062x}", "positionIds": [negrisk_position, str(int(negrisk_position) + 1)]}
    event["markets"][1] = json.loads(v2_row(**second, negRisk=True))
    told = event_of(json.dumps(event).encode())
    assert [one.market.generation for one in told.listings] == ["v1", "v2"]
    assert not told.group.exhaustive


def test_v2_outcomes_are_numbered_by_their_positions() -> None:
    def row(index: int) -> dict[str, Any]:
        position = (2 << 248) | (7 << 120) | (index << 8)
        pair = [str(position), str(position + 1)]
        told: dict[str, Any] = json.loads(v2_row(conditionId=f"0x{position >> 8:062x}", positionIds=pair, negRisk=True, questionID=None))
        return told

    event = {"id": "9", "negRisk": True, "markets": [row(0), row(1), row(2)]}
    assert event_of(json.dumps(event).encode()).group.exhaustive
    event["markets"] = [row(0), row(2)]
    assert not event_of(json.dumps(event).encode()).group.exhaustive


def test_from_markets_alone_no_event_is_ever_whole() -> None:
    found = [listed(gamma_row(conditionId=f"0x{n:064x}", negRisk=True)) for n in (1, 2)]
    found += [listed(gamma_row(events=[{"id": "10"}])), listed(gamma_row(events=None, conditionId=f"0x{7:064x}"))]
    groups = groups_of([one for one in found if isinstance(one, Listing)])
    assert [(group.event_id, len(group.market_ids), group.exclusive, group.exhaustive) for group in groups] == [
        ("9", 2, True, False),
        ("10", 1, False, False),
        (f"0x{7:064x}", 1, False, False),
    ]


@given(st.one_of(st.binary(max_size=60), st.integers(0, 4_000).map(lambda cut: negrisk_event(3)[:cut])))
def test_a_damaged_event_is_a_bad_row_and_never_a_whole_one(row: bytes) -> None:
    try:
        told = event_of(row)
    except BadRow:
        return
    assert row == negrisk_event(3) or not told.group.exhaustive or not told.group.market_ids


@pytest.mark.data
@pytest.mark.parametrize("name", ["gamma_events_bitcoin_2026", "gamma_events_updown"])
def test_no_recorded_event_without_negrisk_is_a_group_of_exclusive_outcomes(data_dir: Path, name: str) -> None:
    rows = page_of(recorded(data_dir / "polymarket-rest" / f"{name}.json.gz")).rows
    assert rows
    for row in rows:
        told = event_of(row, assume_v1=True)
        raw = json.loads(row)
        assert len(told.listings) + len(told.unlisted) == len(raw["markets"])
        assert (told.group.exclusive, told.group.exhaustive) == (False, False)
        tradable = [market for market in raw["markets"] if market.get("acceptingOrders") and not market["closed"]]
        assert len(told.listings) == len(tradable)
        assert {one.why for one in told.unlisted} <= {Why.NOT_OPEN}


@pytest.mark.data
def test_the_recorded_augmented_event_and_the_others_of_fixtures_are_not_whole(data_dir: Path) -> None:
    folder = data_dir / "polymarket-fixtures"
    (nominee,) = [event_of(row, assume_v1=True) for row in page_of(recorded(folder / "nautilus" / "rs-gamma_event.json")).rows]
    assert (nominee.group.exclusive, nominee.group.exhaustive, len(nominee.listings)) == (True, False, 2)
    for path in ("pmvl/polymarket_events.json", "nautilus/py-events_list.json"):
        for row in page_of(recorded(folder / path)).rows:
            assert not event_of(row, assume_v1=True).group.exclusive


@pytest.mark.data
def test_recorded_negrisk_legs_are_exclusive_and_whole_only_when_every_question_is_there(data_dir: Path) -> None:
    """The recorder kept ids and labels of each leg; the rest of a row, and the numbering of its questions, is ours."""
    targets = json.loads(recorded(data_dir / "polymarket-rest" / "negrisk_groups_2026-03.json.gz"))["targets"]
    assert targets
    for target in targets:
        legs = [
            json.loads(
                gamma_row(
                    conditionId=leg["condition_id"],
                    question=leg["question"],
                    groupItemTitle=leg["outcome_label"],
                    clobTokenIds=json.dumps([leg["yes_token_id"], leg["no_token_id"]]),
                    questionID=f"0x{int(target['event_id']):062x}{number:02x}",
                    negRisk=True,
                )
            )
            for number, leg in enumerate(target["legs"])
        ]
        event = {"id": target["event_id"], "title": target["event_title"], "negRisk": True, "enableNegRisk": True, "markets": legs}
        told = event_of(json.dumps(event).encode())
        assert [one.market.market_id for one in told.listings] == [leg["condition_id"] for leg in target["legs"]], told.unlisted
        assert (told.group.exclusive, told.group.exhaustive) == (True, True)
        assert not event_of(json.dumps({**event, "markets": legs[1:]}).encode()).group.exhaustive
        assert not event_of(json.dumps({**event, "negRiskAugmented": True}).encode()).group.exhaustive


@pytest.mark.data
def test_groups_of_recorded_markets_are_exclusive_exactly_where_they_are_negrisk(data_dir: Path) -> None:
    rows = page_of(recorded(data_dir / "polymarket-rest" / "gamma_markets_active_2026.json.gz")).rows
    found = [listed(row, assume_v1=True) for row in rows]
    listings = [one for one in found if isinstance(one, Listing)]
    is_negrisk = {one.market.market_id: one.market.neg_risk for one in listings}
    for group in groups_of(listings):
        assert group.exclusive is all(is_negrisk[market_id] for market_id in group.market_ids)
        assert not group.exhaustive


def test_the_reference_position_has_place_zero() -> None:
    """polymarket.md §8.4: conditionIndex is bits 8 to 23."""
    assert int(POSITION) >> 8 & 0xFFFF == 0
