"""What a person says: done, or refused in words and then nothing has changed."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.assembly.operator.instructions import WHY_SIGNS_MAX
from connectors.operator.control import protocol as p
from oms.machines.risk import Limits
from oms.values import events as e
from oms.values.commands import Place
from oms.values.units import MICRO
from tests.config.assembly.operator.words_operator import CLIENT, Speaker, given_speaker
from tests.oms.words_engine import acked, cancelled_ids, filled, of_kind
from tests.oms.words_fingerprint import fingerprint
from tests.words import MARKET, YES

# All of it.


def test_a_pause_cancels_what_stands_and_resuming_trades_again() -> None:
    speaker = given_speaker()
    assert speaker.says(p.Pause(why="lunch")) == (True, "paused: no new orders; 1 order is being cancelled", "")
    assert speaker.told == [e.Paused(why="lunch", by=CLIENT)]
    assert cancelled_ids(speaker.turn()) == ["7-1"]
    speaker.floor.tell(e.CancelDone(order_id="7-1"))
    assert speaker.says(p.Resume())[:2] == (True, "resumed: strategies trade again")
    assert speaker.told == [e.Resumed(why=f"from the {CLIENT}", by=CLIENT)]
    assert len(of_kind(speaker.turn(), Place)) == 1


def test_a_pause_and_its_end_in_one_breath_leave_it_trading() -> None:
    speaker = given_speaker()
    speaker.says(p.Pause())
    assert speaker.says(p.Resume())[0]
    assert speaker.turn() == []
    assert speaker.floor.state.session.name == "trading"
    speaker.says(p.PauseMarket(market_id=MARKET))
    assert speaker.says(p.ResumeMarket(market_id=MARKET))[0]
    speaker.turn()
    assert speaker.floor.state.by_hand.paused == {}


def test_resuming_what_was_not_paused_says_so_and_does_no_harm() -> None:
    speaker = given_speaker()
    assert speaker.says(p.Resume())[:2] == (True, "it was not paused")
    assert speaker.turn() == []
    assert "neither paused nor quarantined" in speaker.says(p.ResumeMarket(market_id=MARKET))[1]


def test_a_halt_is_ended_by_nobody_who_merely_watches() -> None:
    speaker = given_speaker()
    speaker.floor.tell(e.Halted(why="kill"))
    ok, text, _ = speaker.says(p.Resume())
    assert not ok
    assert text == "it is halted: kill. Look at it, then `run_bot.py resume` and a new start"
    assert speaker.says(p.Pause())[:2] == (False, "it is halted already: kill")
    assert speaker.told == []


def test_a_kill_never_asks_back_and_says_who_and_why() -> None:
    speaker = given_speaker()
    assert speaker.says(p.Kill(why="fire\nin the\x1bhouse")) == (True, "the kill has begun", "")
    speaker.says(p.Kill())
    assert speaker.killed == [f"kill from the {CLIENT}: fire in the\\x1bhouse", f"kill from the {CLIENT}"]


def test_a_reason_without_end_is_cut_before_it_goes_into_every_cancel() -> None:
    speaker = given_speaker()
    for said in (p.Pause(why="x" * 60_000), p.PauseMarket(market_id=MARKET, why="x" * 60_000), p.Kill(why="x" * 60_000)):
        assert speaker.says(said)[0]
    assert all(len(fact.why) <= WHY_SIGNS_MAX for fact in speaker.told)  # type: ignore[union-attr]
    assert len(speaker.killed[0]) < WHY_SIGNS_MAX + 100


# Markets and orders.


def test_a_market_is_paused_and_resumed_by_its_title() -> None:
    speaker = given_speaker()
    assert "in “Will it?”" in speaker.says(p.PauseMarket(market_id=MARKET, why="odd"))[1]
    assert cancelled_ids(speaker.turn()) == ["7-1"]
    speaker.floor.state.desks[MARKET].quarantine = "two fills"
    assert speaker.says(p.ResumeMarket(market_id=MARKET))[1].endswith("(it was quarantined: two fills)")
    speaker.turn()
    assert speaker.floor.state.desks[MARKET].quarantine == ""


@pytest.mark.parametrize(
    "said",
    [
        p.PauseMarket(market_id="gone"),
        p.ResumeMarket(market_id="gone"),
        p.CancelMarket(market_id="gone"),
        p.PlaceOrder(market_id="gone", outcome="YES", side="BUY", price_pips=4_000, shares_micro=10 * MICRO),
    ],
)
def test_a_market_that_is_not_there_is_refused_by_name(said: p.Instruction) -> None:
    speaker = given_speaker()
    assert speaker.says(said) == (False, "there is no market 'gone' here", "")
    assert speaker.told == []


def test_cancels_by_order_by_market_and_of_everything() -> None:
    for said in (p.CancelOrder(order_id="7-1"), p.CancelMarket(market_id=MARKET), p.CancelAll()):
        speaker = given_speaker()
        assert speaker.says(said)[1] == "1 order is being cancelled; a strategy that wants them places others (pause it first)"
        assert cancelled_ids(speaker.turn()) == ["7-1"]
        speaker.floor.tell(e.CancelDone(order_id="7-1"), e.Paused(why="lunch"))
        if not isinstance(said, p.CancelOrder):
            assert speaker.says(said)[:2] == (True, "nothing is open there")


def test_an_order_that_is_over_or_not_ours_is_not_cancelled() -> None:
    speaker = given_speaker()
    assert speaker.says(p.CancelOrder(order_id="8-1" + "\n" * 500))[0] is False
    speaker.floor.tell(filled("t1", 100))
    assert speaker.says(p.CancelOrder(order_id="7-1"))[:2] == (False, "order 7-1 is over: FILLED")
    assert speaker.told == []


# Parameters.


def params(speaker: Speaker) -> Any:  # noqa: ANN401
    return next(line.params for line in speaker.floor.state.settings.strategies if line.name == "market_making")


def test_parameters_are_changed_told_and_kept_until_the_process_ends() -> None:
    speaker = given_speaker()
    ok, text, _ = speaker.says(p.SetParams(strategy="market_making", values={"depth": 3, "half_spread_pips": 4_000}))
    assert (ok, text) == (True, f"market_making: depth 2 → 3, until the process ends (from the {CLIENT})")
    speaker.turn()
    assert (params(speaker).depth, params(speaker).half_spread_pips) == (3, 4_000)
    speaker.does(p.SetParams(strategy="market_making", values={"size_shares": 7}))
    assert (params(speaker).depth, params(speaker).size_shares) == (3, 7)
    speaker.floor.tell(e.Restarted(why="again"))
    assert (params(speaker).depth, params(speaker).half_spread_pips) == (2, 4_000)


BAD: list[tuple[Mapping[str, object], str]] = [
    ({"depht": 3}, "has no setting 'depht'"),
    ({"depth": "deep"}, "depth: Expected `int`, got `str`"),
    ({"depth": 0}, "depth"),
    ({"depth": 2.5}, "depth"),
    ({"depth": None}, "depth"),
    ({"depth": [1]}, "depth"),
    ({"depth": 10**30}, "depth"),
    ({"fair": "guess"}, "fair"),
    ({"": 1}, "has no setting ''"),
    ({"depth": 3, "size_shares": -1}, "size_shares"),
]


@pytest.mark.parametrize(("values", "why"), BAD)
def test_a_wrong_name_type_or_range_is_refused_whole(values: dict[str, object], why: str) -> None:
    speaker = given_speaker()
    before = params(speaker)
    ok, text, _ = speaker.says(p.SetParams(strategy="market_making", values=values))
    assert (ok, why in text) == (False, True), text
    assert speaker.told == []
    assert params(speaker) is before


def test_what_is_set_already_and_what_cannot_be_set_is_said() -> None:
    speaker = given_speaker()
    for values in ({}, {"depth": 2}):
        assert speaker.says(p.SetParams(strategy="market_making", values=dict(values)))[:2] == (True, "that is how it is set already")
    assert speaker.says(p.SetParams(strategy="maker", values={}))[:2] == (False, "the parameters of maker cannot be changed while it runs")
    ok, text, _ = speaker.says(p.SetParams(strategy="nobody", values={}))
    assert (ok, text) == (False, "no strategy 'nobody' is at work; these are: maker, market_making")
    assert speaker.told == []


TEXTS = st.text(max_size=12) | st.sampled_from([MARKET, YES, "7-1", "7-2", "market_making", "maker", "YES", "NO", "BUY", "SELL", ""])
VALUES = st.dictionaries(
    st.sampled_from(["depth", "fair", "size_shares", "x"]), st.none() | st.integers() | st.floats() | TEXTS | st.lists(TEXTS), max_size=3
)
NUMBERS = st.integers(-(2**63), 2**63) | st.integers(0, 10_000) | st.integers(1, 30).map(lambda shares: shares * MICRO)
ANYTHING = st.one_of(
    st.builds(p.Pause, why=TEXTS),
    st.builds(p.Resume, why=TEXTS),
    st.builds(p.Kill, why=TEXTS),
    st.builds(p.PauseMarket, market_id=TEXTS, why=TEXTS),
    st.builds(p.ResumeMarket, market_id=TEXTS, why=TEXTS),
    st.builds(p.CancelOrder, order_id=TEXTS),
    st.builds(p.CancelMarket, market_id=TEXTS),
    st.just(p.CancelAll()),
    st.builds(p.SetParams, strategy=TEXTS, values=VALUES),
    st.builds(p.PlaceOrder, market_id=TEXTS, outcome=TEXTS, side=TEXTS, price_pips=NUMBERS, shares_micro=NUMBERS, takes=st.booleans()),
    st.builds(p.Confirm, word=TEXTS),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(ANYTHING, st.booleans()), max_size=6))
def test_whatever_is_said_is_answered_changes_nothing_by_itself_and_harms_nothing(story: list[tuple[p.Instruction, bool]]) -> None:
    speaker = given_speaker(limits=Limits(market_orders_max=5))
    for said, does_turn in story:
        before, told = fingerprint(speaker.floor.state), len(speaker.told)
        ok, text, word = speaker.says(said)
        assert text
        assert fingerprint(speaker.floor.state) == before
        assert ok or len(speaker.told) == told  # what is refused tells nobody anything
        assert not (word and len(speaker.told) > told)
        if word:
            assert speaker.says(p.Confirm(word=word))[0]
        if does_turn:
            for place in of_kind(speaker.turn(), Place):
                speaker.floor.tell(acked(place.order_id))
            speaker.floor.assert_sound()
