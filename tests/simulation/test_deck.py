"""One deck, three venues: every card is told in the same words by the simulated exchange, by the connector on the gateway, and from recordings."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from oms.ports import Venue
from oms.values import events as e
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO
from tests.simulation import deck, deck_gateway
from tests.simulation.deck import DECK, EXCEPTIONS, VENUES, play
from tests.simulation.deck_player import Card, wish
from tests.simulation.deck_recorded import ORDERS_IN, RECORDINGS
from tests.simulation.deck_sim import SimStand
from tests.simulation.deck_words import Asked, Teller
from tests.words import MARKET, NOON_NS, YES, given_market

C_HAS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 25, 26, 28, 30, 31, 35, 38, 43, 44, 47, 54, 55)
BY_NUMBER = {card.number: card for card in DECK}


def cards(venue: str) -> list[Card]:
    return [card for card in DECK if card.number not in EXCEPTIONS[venue]]


def named(card: Card) -> str:
    return f"{card.number}-{card.title.replace(' ', '-')}"


@pytest.mark.parametrize("card", cards("a"), ids=named)
def test_the_simulated_exchange_tells_the_card(card: Card) -> None:  # req 2.29
    assert play(card, "a") == card.lines


@pytest.mark.parametrize("card", cards("b"), ids=named)
def test_the_connector_on_the_gateway_tells_the_card(card: Card) -> None:  # req 2.29
    assert play(card, "b") == card.lines


@pytest.mark.data
@pytest.mark.parametrize("card", cards("c"), ids=named)
def test_the_connector_on_recorded_answers_tells_the_card(card: Card, data_dir: Path) -> None:  # req 2.29
    assert play(card, "c", data_dir) == card.lines


def test_cards_are_numbered_one_after_the_other_and_there_are_enough() -> None:
    assert [card.number for card in DECK] == list(range(1, len(DECK) + 1))
    assert len(DECK) >= 25


def test_the_exceptions_are_exactly_these_and_each_has_a_reason() -> None:
    assert {venue: sorted(given) for venue, given in EXCEPTIONS.items()} == {
        "a": [],
        "b": [],
        "c": [card.number for card in DECK if card.number not in C_HAS],
    }
    assert tuple(RECORDINGS) == C_HAS
    assert [why for given in EXCEPTIONS.values() for why in given.values() if len(why) < 20] == []


@pytest.mark.data
def test_every_recording_that_is_named_holds_the_ids_that_are_replaced(data_dir: Path) -> None:
    for file, ids in ORDERS_IN.items():
        text = (data_dir / "polymarket-fixtures" / file).read_text(encoding="utf-8")
        assert [theirs for theirs in ids if f'"{theirs}"' not in text] == [], file
    played = {play.file for lines in RECORDINGS.values() for plays in lines for play in plays if play.orders}
    assert played == set(ORDERS_IN)


@pytest.mark.data
@pytest.mark.parametrize("venue", VENUES)
def test_a_card_that_is_not_true_is_told_otherwise_at_each_venue(venue: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck_gateway, "PATIENCE_S", 0.1)
    card = BY_NUMBER[2]
    wrong = replace(card, story=card.story.replace("takes 5@52", "takes 5@51").replace("997.4 ", "997.45 "))
    assert play(wrong, venue, data_dir) == card.lines


def test_the_table_says_what_was_told_otherwise_and_ends_with_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(deck_gateway, "PATIENCE_S", 0.1)
    monkeypatch.setattr(deck, "DECK", (BY_NUMBER[9], replace(BY_NUMBER[16], story=BY_NUMBER[16].story.replace("5@51", "5@49"))))
    assert deck.main([9]) == 0
    assert "yes       yes       -" in capsys.readouterr().out
    assert deck.main([]) == 1
    out = capsys.readouterr().out
    assert "TOLD OTHERWISE" in out
    assert "o1 takes 5@51" in out


def test_each_venue_is_behind_the_socket_of_the_oms() -> None:
    socket: Venue = SimStand(BY_NUMBER[1]).venue
    assert socket.prepare([], NOON_NS) == []


# The words.


def spec(size: int = 10) -> OrderSpec:
    return OrderSpec(market_id=MARKET, token=YES, side=Side.BUY, price_pips=5_000, size_micro=size * MICRO)


def given_teller() -> Teller:
    teller = Teller(given_market())
    teller.specs["o1"] = spec()
    return teller


def fill(trade_id: str, shares: int, price_pips: int = 5_000, **more: int) -> e.Filled:
    cash = shares * price_pips * 100 + more.get("beyond", 0)
    return e.Filled(
        order_id="o1", trade_id=trade_id, price_pips=price_pips, shares_micro=shares * MICRO, cash_micro=cash,
        fee_cash_micro=more.get("fee", 0), is_maker=False, exchange_ns=NOON_NS,
    )  # fmt: skip


ACKED = e.Acked(order_id="o1", venue_order_id="v1")
DONE = e.CancelDone(order_id="o1", why="w", filled_micro=4 * MICRO)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ([ACKED, ACKED], "o1 accepted"),
        ([fill("t1", 4), ACKED, fill("t1", 4)], "o1 accepted, o1 takes 4@50"),
        ([fill("t1", 4), fill("t2", 2)], "o1 takes 6@50"),
        ([fill("t1", 4), fill("t2", 2, 5_100)], "o1 takes 4@50, o1 takes 2@51"),
        ([fill("t1", 4, beyond=1, fee=20)], "o1 takes 4@50 for 2.000001 fee 0.00002"),
        ([DONE, fill("t1", 4)], "o1 takes 4@50, o1 cancelled after 4"),
        ([DONE, DONE, fill("t1", 3)], "o1 takes 3@50, o1 cancelled after 3 (it says 4)"),
        ([fill("t1", 10), e.CancelDone(order_id="o1", filled_micro=10 * MICRO)], "o1 takes 10@50"),
        ([e.Rejected(order_id="o1", why="TICK: no"), e.CancelDone(order_id="o1")], "o1 refused: off tick"),
        ([e.Rejected(order_id="o1", why="NEW_WORD: no")], "o1 refused: NEW_WORD: no"),
        ([e.ReplyLost(order_id="o1")], "o1 unknown"),
        ([e.ReplyLost(order_id="o1"), ACKED], "o1 accepted"),
        ([], "o1 unknown"),
    ],
)
def test_an_echo_is_not_told_and_a_difference_is(facts: list[e.Event], told: str) -> None:
    teller = given_teller()
    asked = Asked(placed=["o1"])
    assert teller.try_to_tell(facts, asked) == told
    assert teller.tell(facts, asked) == told
    assert teller.tell(facts, Asked()) == ""


def test_a_question_without_an_answer_is_told() -> None:
    assert given_teller().tell([], Asked(questions=1)) == "no answer"
    assert given_teller().tell([ACKED], Asked(questions=1, orders=["o1"])) == "o1 found standing"


def test_a_wish_that_is_none_is_refused() -> None:
    for text in ("BUY o1 YES $5@50", "BUY o1 YES 5@50 FOK", "SELL o1 YES $5@50 FAK", "BUY o1 YES 5@50.123", "HOLD o1 YES 5@50"):
        with pytest.raises(AssertionError):
            wish(text, given_market(), NOON_NS)
