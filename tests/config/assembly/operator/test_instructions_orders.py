"""An order by hand takes a word of confirmation, good once and for a while; what cannot be is refused before anything is confirmed."""

from typing import Any

import pytest

from config.assembly.operator import instructions
from config.assembly.operator.instructions import CONFIRMATIONS_MAX
from connectors.operator.control import protocol as p
from oms.values import events as e
from oms.values.commands import Place
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from tests.config.assembly.operator.words_operator import CLIENT, Speaker, given_speaker
from tests.oms.words_engine import given_floor, of_kind
from tests.words import MARKET, NO

BID = p.PlaceOrder(market_id=MARKET, outcome="YES", side="BUY", price_pips=4_000, shares_micro=10 * MICRO)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds by which confirmations are measured; the test moves them."""
    now = [1_000.0]
    monkeypatch.setattr("config.assembly.operator.instructions.time.monotonic", lambda: now[0])
    return now


def test_an_order_is_placed_by_its_word_once(clock: list[float]) -> None:
    speaker = given_speaker()
    ok, text, word = speaker.says(BID)
    assert ok
    assert text == "BUY 10.00 YES at $0.4000 in “Will it?”; rests, and never takes; costs at most $4.00 before fees; confirm within 30 s"
    assert speaker.told == []
    ok, text, none = speaker.says(p.Confirm(word=word))
    assert (ok, none) == (True, "")
    assert text.startswith("sent: BUY 10.00 YES")
    (place,) = of_kind(speaker.turn(), Place)
    assert (place.strategy, place.why, place.spec.post_only, place.spec.lifetime) == ("by hand", f"by hand from the {CLIENT}", True, Lifetime.GTC)
    ok, text, _ = speaker.says(p.Confirm(word=word))
    assert (ok, text) == (False, "nothing waits for this word; it is good once, for 30 s. Ask anew")
    assert speaker.told == []
    assert clock == [1_000.0]


def test_a_word_is_good_for_its_time_and_not_a_moment_longer(clock: list[float]) -> None:
    speaker = given_speaker()
    in_time, late = speaker.says(BID)[2], speaker.says(BID)[2]
    assert in_time != late
    clock[0] += p.CONFIRM_S
    assert speaker.says(p.Confirm(word=in_time))[0]
    clock[0] += 0.001
    assert not speaker.says(p.Confirm(word=late))[0]
    assert len(speaker.told) == 1


@pytest.mark.parametrize("word", ["", "00000000", "x" * 60_000])
def test_another_word_places_nothing_and_spoils_nothing(word: str) -> None:
    speaker = given_speaker()
    right = speaker.says(BID)[2]
    assert not speaker.says(p.Confirm(word=word))[0]
    assert speaker.told == []
    assert speaker.says(p.Confirm(word=right))[0]


def test_whoever_asked_confirms_and_nobody_else() -> None:
    speaker = given_speaker()
    word = speaker.says(BID, "dashboard#1")[2]
    assert not speaker.says(p.Confirm(word=word), "dashboard#2")[0]
    assert speaker.told == []


def test_what_the_gate_says_by_then_counts_and_the_word_is_spent() -> None:
    speaker = given_speaker()
    word = speaker.says(BID)[2]
    speaker.floor.tell(e.Paused(why="lunch"))
    assert speaker.says(p.Confirm(word=word))[:2] == (False, "the gate says no by now: trading is paused, halted or not ready")
    speaker.floor.tell(e.Resumed(why="back"))
    assert not speaker.says(p.Confirm(word=word))[0]
    assert speaker.told == []


def test_a_pause_in_the_same_breath_as_the_word_lets_nothing_out() -> None:
    speaker = given_speaker()
    word = speaker.says(BID)[2]
    speaker.says(p.Pause())
    assert speaker.says(p.Confirm(word=word))[0]
    assert of_kind(speaker.turn(), Place) == []


def test_more_orders_than_a_person_can_mean_are_not_kept_waiting(clock: list[float]) -> None:
    speaker = given_speaker()
    assert all(speaker.says(BID)[0] for _ in range(CONFIRMATIONS_MAX))
    ok, text, _ = speaker.says(BID)
    assert (ok, text) == (False, "100 orders wait for their confirmation; wait until they are forgotten")
    clock[0] += p.CONFIRM_S + 1
    assert speaker.says(BID)[0]


@pytest.mark.parametrize(("side", "price", "size"), [("BUY", 5_200, 5_200_000), ("SELL", 4_800, 10 * MICRO)])
def test_one_that_takes_is_an_amount_of_cash_when_it_buys_and_shares_when_it_sells(side: str, price: int, size: int) -> None:
    speaker = Speaker(given_floor(sets=100))
    speaker.floor.script.want_nothing()
    ok, text, word = speaker.says(p.PlaceOrder(market_id=MARKET, outcome="NO", side=side, price_pips=price, shares_micro=10 * MICRO, takes=True))
    assert ok, text
    assert "fills at once and whole, or not at all" in text
    speaker.says(p.Confirm(word=word))
    (fact,) = speaker.told
    assert isinstance(fact, e.OrderAsked)
    assert fact.spec == OrderSpec(
        market_id=MARKET, token=NO, side=Side(side), price_pips=price, size_micro=size, lifetime=Lifetime.FOK, post_only=False
    )
    assert len(of_kind(speaker.turn(), Place)) == 1


UNFIT = [
    ({"outcome": "MAYBE"}, "write BUY or SELL, and YES or NO"),
    ({"side": "buy"}, "write BUY or SELL, and YES or NO"),
    ({"price_pips": 0}, "between 0 and 1 dollar"),
    ({"price_pips": 10_000}, "between 0 and 1 dollar"),
    ({"price_pips": 4_050}, "not on the market's tick"),
    ({"shares_micro": 0}, "shares above zero"),
    ({"shares_micro": 10**30}, "shares above zero"),
    ({"shares_micro": 4 * MICRO}, "below the venue's minimum"),
    ({"shares_micro": 10_123_456}, "the venue would refuse it: the size has more than two decimals"),
    ({"shares_micro": 5 * MICRO, "price_pips": 1_000, "takes": True}, "an immediate buy is of at least one dollar"),
    ({"shares_micro": 1_000 * MICRO}, "costs more than one order may"),
    ({"side": "SELL", "price_pips": 6_000}, "not enough confirmed shares"),
]


@pytest.mark.parametrize(("changes", "why"), UNFIT)
def test_an_order_that_cannot_be_is_refused_before_anything_is_confirmed(changes: dict[str, object], why: str) -> None:
    speaker = given_speaker()
    said: dict[str, Any] = {"market_id": MARKET, "outcome": "YES", "side": "BUY", "price_pips": 4_000, "shares_micro": 10 * MICRO, **changes}
    ok, text, word = speaker.says(p.PlaceOrder(**said))
    assert (ok, word) == (False, "")
    assert why in text
    assert speaker.told == []


def test_two_orders_for_the_same_money_are_confirmed_and_one_is_placed() -> None:
    speaker = Speaker(given_floor(cash=5))
    words = [speaker.says(BID)[2], speaker.says(BID)[2]]
    assert all(speaker.says(p.Confirm(word=word))[0] for word in words)
    assert len(of_kind(speaker.turn(), Place)) == 1


def test_the_words_of_confirmation_cannot_be_guessed_and_do_not_repeat() -> None:
    speaker = given_speaker()
    words = {speaker.says(BID)[2] for _ in range(50)}
    assert len(words) == 50
    assert all(len(word) >= 8 for word in words)
    assert instructions.CONFIRMATIONS_MAX >= 50
