"""Listings from Gamma's rows: what each field becomes, each refusal by its name, and every recorded row."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.catalog import ID_SHOWN_MAX, Listing, Rewards, Unlisted, Why, listed, moment_ns
from connectors.polymarket.catalog_wire import page_of
from connectors.polymarket.reference import Source
from connectors.polymarket.typed_data import POLYGON, check_ledger, exchange_of
from oms.values.market import FeeCurve, Market
from oms.values.units import MICRO
from tests.connectors.polymarket.words_catalog import CONDITION, POSITION_CONDITION, gamma_row, recorded, v2_row
from tests.connectors.polymarket.words_signing import CTF_TOKEN, POSITION

END_NS = 1_798_718_400_000_000_000


def listing(row: bytes, **more: Any) -> Listing:  # noqa: ANN401 (what listed takes)
    told = listed(row, **more)
    assert isinstance(told, Listing), told
    return told


def why(row: bytes, **more: Any) -> Why:  # noqa: ANN401 (what listed takes)
    told = listed(row, **more)
    assert isinstance(told, Unlisted), told
    assert told.text.startswith(told.why.value)
    assert "\n" not in told.text
    return told.why


def test_a_v1_market_is_listed_with_its_ids_grid_fee_rewards_and_end() -> None:
    told = listing(gamma_row())
    assert told.market == Market(
        market_id=CONDITION,
        title="Will it?",
        yes=CTF_TOKEN,
        no=str(int(CTF_TOKEN) + 1),
        event_id="9",
        tick_pips=100,
        min_shares_micro=5 * MICRO,
        fee=FeeCurve(rate_bps=700),
        end_ns=END_NS,
    )
    assert told.rewards == Rewards(min_shares_micro=50 * MICRO, max_spread_pips=450, daily_cash_micro=2_500_000)
    assert (told.slug, told.outcomes, told.reference.source) == ("will-it", ("Yes", "No"), Source.UMA)


def test_a_v2_market_trades_its_position_ids_and_its_condition_is_padded() -> None:
    for condition in (POSITION_CONDITION[:64], POSITION_CONDITION, POSITION_CONDITION.upper().replace("0X", "0x")):
        market = listing(v2_row(conditionId=condition)).market
        assert (market.generation, market.yes, market.no) == ("v2", POSITION, str(int(POSITION) + 1))
        assert market.market_id == POSITION_CONDITION


def test_ids_are_chosen_by_the_version_and_never_by_which_field_is_there() -> None:  # polymarket.md §1.2
    both = {"clobTokenIds": json.dumps([CTF_TOKEN, str(int(CTF_TOKEN) + 1)]), "positionIds": [POSITION, str(int(POSITION) + 1)]}
    assert listing(gamma_row(**both)).market.yes == CTF_TOKEN
    assert listing(v2_row(**both)).market.yes == POSITION


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": None}, Why.NO_VERSION),
        ({"version": ""}, Why.NO_VERSION),
        ({"version": "v3"}, Why.UNKNOWN_VERSION),
        ({"version": 1}, Why.UNREADABLE),
        ({"conditionId": None}, Why.NO_CONDITION),
        ({"conditionId": CONDITION[:64]}, Why.NO_CONDITION),
        ({"conditionId": "0xnone"}, Why.NO_CONDITION),
        ({"clobTokenIds": None}, Why.NOT_BINARY),
        ({"clobTokenIds": "[]"}, Why.NOT_BINARY),
        ({"clobTokenIds": json.dumps([CTF_TOKEN])}, Why.NOT_BINARY),
        ({"clobTokenIds": json.dumps([CTF_TOKEN, CTF_TOKEN])}, Why.NOT_BINARY),
        ({"clobTokenIds": json.dumps([POSITION, str(int(POSITION) + 1)])}, Why.WRONG_LEDGER),
        ({"clobTokenIds": '["1e5","x"]'}, Why.WRONG_LEDGER),
        ({"clobTokenIds": "["}, Why.UNREADABLE),
        ({"outcomes": '["A","B","C"]'}, Why.NOT_BINARY),
        ({"outcomes": None}, Why.NOT_BINARY),
        ({"closed": True}, Why.NOT_OPEN),
        ({"archived": True}, Why.NOT_OPEN),
        ({"active": False}, Why.NOT_OPEN),
        ({"active": None}, Why.NOT_OPEN),
        ({"enableOrderBook": False}, Why.NO_BOOK),
        ({"acceptingOrders": None}, Why.NOT_ACCEPTING),
        ({"orderPriceMinTickSize": None}, Why.UNKNOWN_TICK),
        ({"orderPriceMinTickSize": 0.02}, Why.UNKNOWN_TICK),
        ({"orderPriceMinTickSize": 0.5}, Why.UNREADABLE),
        ({"orderPriceMinTickSize": -0.01}, Why.UNREADABLE),
        ({"orderMinSize": None}, Why.BAD_MINIMUM),
        ({"orderMinSize": -5}, Why.UNREADABLE),
        ({"feeSchedule": {"exponent": 3, "rate": 0.07, "takerOnly": True}}, Why.UNKNOWN_FEE),
        ({"feeSchedule": {"exponent": 1.5, "rate": 0.07, "takerOnly": True}}, Why.UNKNOWN_FEE),
        ({"feeSchedule": {"rate": 0.07, "takerOnly": True}}, Why.UNKNOWN_FEE),
        ({"feeSchedule": {"exponent": 1, "takerOnly": True}}, Why.UNKNOWN_FEE),
        ({"feeSchedule": {"exponent": 1, "rate": 0.07, "takerOnly": False}}, Why.UNKNOWN_FEE),
        ({"feeSchedule": {"exponent": 1, "rate": 0.00001, "takerOnly": True}}, Why.UNKNOWN_FEE),
        ({"feeSchedule": {"exponent": 1, "rate": -0.07, "takerOnly": True}}, Why.UNKNOWN_FEE),
        ({"negRiskOther": True}, Why.OTHER_OUTCOME),
    ],
)
def test_what_cannot_be_told_for_certain_is_refused_by_name(changes: dict[str, Any], reason: Why) -> None:
    assert why(gamma_row(**changes)) is reason


@pytest.mark.parametrize(
    "changes",
    [
        {"positionIds": [POSITION, str(int(POSITION) + 2)]},
        {"positionIds": [str(int(POSITION) + 1), POSITION]},
        {"positionIds": [CTF_TOKEN, str(int(CTF_TOKEN) + 1)]},
        {"conditionId": "0x" + "11" * 31},
    ],
)
def test_position_ids_are_the_two_outcomes_of_the_condition_or_refused(changes: dict[str, Any]) -> None:
    assert why(v2_row(**changes)) is Why.WRONG_LEDGER


@pytest.mark.parametrize("title", ["Person C", "Team AB", "Movie Title D", "Another Person X", "Other Company Z"])
def test_an_outcome_without_a_name_yet_is_a_placeholder_in_an_augmented_event_only(title: str) -> None:  # polymarket.md §9.3
    assert why(gamma_row(groupItemTitle=title), augmented=True) is Why.PLACEHOLDER
    assert why(gamma_row(groupItemTitle=title, events=[{"id": "9", "negRiskAugmented": True}])) is Why.PLACEHOLDER
    assert listing(gamma_row(groupItemTitle=title)).market.event_id == "9"


@pytest.mark.parametrize("title", ["Gretchen Whitmer", "JT Toppin", "Philadelphia 76ers", "No change", None])
def test_an_outcome_with_a_name_is_listed_in_an_augmented_event_too(title: str | None) -> None:
    assert listing(gamma_row(groupItemTitle=title), augmented=True, event_id="10").market.event_id == "10"


def test_in_an_augmented_event_what_is_not_active_is_a_placeholder_though_it_takes_orders() -> None:
    assert why(gamma_row(active=False, groupItemTitle="Anybody"), augmented=True) is Why.PLACEHOLDER


def test_fees_are_none_where_they_are_off_and_the_dearest_where_none_is_told() -> None:
    assert listing(gamma_row(feesEnabled=False)).market.fee == FeeCurve()
    assert listing(gamma_row(feesEnabled=None)).market.fee == FeeCurve()
    assert listing(gamma_row(feeType="zero_fees", feeSchedule=None)).market.fee == FeeCurve()
    assert listing(gamma_row(feeSchedule={"exponent": None, "rate": 0, "takerOnly": True})).market.fee == FeeCurve()
    assumed = listing(gamma_row(feeSchedule=None)).market
    assert (assumed.fee, assumed.assumptions) == (FeeCurve(rate_bps=700), ("taker fee 0.07: fees are on and no schedule is told",))
    old = gamma_row(feeSchedule={"exponent": 2, "rate": 0.25, "takerOnly": True})
    assert listing(old).market.fee == FeeCurve(rate_bps=2_500, exponent=2)


def test_a_recording_of_before_there_were_versions_is_v1_by_a_named_assumption() -> None:
    assert why(gamma_row(version=None)) is Why.NO_VERSION
    market = listing(gamma_row(version=None), assume_v1=True).market
    assert (market.generation, market.assumptions) == ("v1", ("protocol generation v1: the recording names none",))
    assert why(gamma_row(version="v9"), assume_v1=True) is Why.UNKNOWN_VERSION


@pytest.mark.parametrize("field", ["version", "conditionId", "outcomes", "clobTokenIds", "groupItemTitle", "orderMinSize"])
def test_a_refusal_is_one_short_line_whatever_the_row_holds(field: str) -> None:
    ugly = "\x1b[31m\n\u202e" * 10_000
    told = listed(gamma_row(**{field: ugly, "negRiskOther": field == "groupItemTitle"}))
    assert isinstance(told, Unlisted)
    assert told.text.isprintable()
    assert told.market_id.isprintable()
    assert len(told.text) < 300
    assert len(told.market_id) <= ID_SHOWN_MAX


def test_times_and_delays_of_sports_and_of_up_down_markets_are_read() -> None:
    row = gamma_row(secondsDelay=3, gameStartTime="2026-04-05 15:10:00+00", eventStartTime="2026-03-12T09:20:00Z", clearBookOnStart=True)
    told = listing(row)
    assert (told.delay_s, told.game_start_ns, told.window_start_ns) == (3, 1_775_401_800_000_000_000, 1_773_307_200_000_000_000)
    assert told.clears_book_at_start
    assert not listing(gamma_row(clearBookOnStart=True)).clears_book_at_start
    assert listing(gamma_row(endDate=None)).market.end_ns is None


@pytest.mark.parametrize("text", [None, "", "soon", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:59"])
def test_a_time_that_cannot_be_read_is_none(text: str | None) -> None:
    assert moment_ns(text) is None


def test_rewards_that_nobody_can_earn_are_none() -> None:
    assert listing(gamma_row(rewardsMinSize=0)).rewards is None
    assert listing(gamma_row(rewardsMaxSpread=None)).rewards is None
    untold = listing(gamma_row(clobRewards=None)).rewards
    assert untold is not None
    assert untold.daily_cash_micro == 0


@given(st.one_of(st.binary(max_size=100), st.integers(0, 2_000).map(lambda cut: gamma_row()[:cut])))
def test_a_damaged_row_is_unreadable_and_raises_nothing(row: bytes) -> None:
    assert isinstance(listed(row), Unlisted) or row == gamma_row()


@given(st.sampled_from(sorted(json.loads(gamma_row()))), st.sampled_from([None, "", 0, -1, 1e300, "x", [], {}, True, "[]", [1], {"a": 1}]))
def test_any_field_may_be_anything_and_a_listing_is_still_sound_or_refused(field: str, told: object) -> None:
    found = listed(gamma_row(**{field: told}))
    if isinstance(found, Listing):
        market = found.market
        check_ledger(market.yes, market.generation)
        assert exchange_of(market, POLYGON).version == "2"
        assert market.min_shares_micro >= 0
        assert len(market.market_id) == 66


@pytest.mark.data
def test_every_recorded_gamma_market_is_listed_or_refused_for_what_it_says(data_dir: Path) -> None:
    rows = page_of(recorded(data_dir / "polymarket-rest" / "gamma_markets_active_2026.json.gz")).rows
    assert rows
    assert {why(row) for row in rows} == {Why.NO_VERSION}
    for row in rows:
        told, raw = listing(row, assume_v1=True), json.loads(row)
        assert [told.market.yes, told.market.no] == json.loads(raw["clobTokenIds"])
        assert told.market.market_id == raw["conditionId"]
        assert told.market.tick_pips == round(raw["orderPriceMinTickSize"] * 10_000)
        assert told.market.neg_risk is raw["negRisk"]
        assert told.market.event_id == raw["events"][0]["id"]


@pytest.mark.data
def test_every_recorded_fixture_of_a_gamma_market_is_listed_or_refused_by_name(data_dir: Path) -> None:
    folder = data_dir / "polymarket-fixtures"
    reasons: Counter[str] = Counter()
    for path in sorted(folder.glob("nautilus/*gamma_market*")):
        told = listed(recorded(path), assume_v1=True)
        assert isinstance(told, Listing) or told.why is Why.NOT_OPEN, path
        reasons[type(told).__name__] += 1
    for row in page_of(recorded(folder / "pmvl" / "polymarket_markets.json")).rows:
        assert listing(row, assume_v1=True).market.neg_risk
    for row in page_of(recorded(folder / "nautilus" / "py-markets_list.json")).rows:
        assert isinstance(listed(row, assume_v1=True), Unlisted)
    assert reasons["Listing"] >= 1
    bitcoin = listing(recorded(folder / "nautilus" / "rs-gamma_market.json"), assume_v1=True)
    assert (bitcoin.outcomes, bitcoin.reference.source, bitcoin.reference.symbol) == (("Up", "Down"), Source.CHAINLINK, "btc/usd")
    assert bitcoin.market.end_ns is not None
    assert bitcoin.window_start_ns == bitcoin.market.end_ns - 300 * 10**9
