"""Which markets exclude each other: what may be listed together, what may still become of an event, and every refusal by name."""

import pytest
from msgspec.structs import replace

from oms.values.events import EventListed, MarketResolved
from oms.values.market import EventGroup, Payout
from oms.values.units import MICRO
from sim import event_register
from sim.books import FEES
from sim.exchange import Exchange
from sim.outcomes import NotPossible, Refusal
from tests.sim.words_events import EVENT, NO_WINS, YES_WINS, given_event, given_group, given_question, names_of
from tests.words import NOON_NS


def test_an_event_is_told_and_known_as_it_was_listed_last() -> None:
    exchange = given_event(2)
    exchange.list_market(given_question("q2"), NOON_NS)
    exchange.drain_public()
    wider = given_group(*names_of(3))
    exchange.list_event(wider, NOON_NS)
    assert exchange.drain_public() == [EventListed(group=wider)]
    assert (exchange.events.groups(), exchange.events.open_markets(EVENT)) == ([wider], names_of(3))
    assert exchange.events.open_markets("another") == ()


@pytest.mark.parametrize(
    ("group", "complaint"),
    [
        (given_group("q0", "q1", exclusive=False), "exclusive"),
        (given_group(), "name each of its markets once"),
        (given_group("q0", "q0", "q1"), "name each of its markets once"),
        (given_group("q0", "q1", conversion_fee_bps=10_001), "a conversion fee of 10001 bps"),
        (given_group("q0", "q1", conversion_fee_bps=5), "cannot change"),
        (given_group("q0"), "cannot leave"),
        (given_group("q0", "q1", "never listed"), "'never listed' is not known"),
        (given_group("q0", "q1", "foreign"), "'foreign' is of event 'other'"),
        (given_group("q0", "q1", "over"), "'over' is not known, or paid out"),
        (replace(given_group("q0", "foreign"), event_id="other"), "'q0' is of event 'event'"),
    ],
)
def test_a_group_that_cannot_be_is_refused_and_changes_nothing(group: EventGroup, complaint: str) -> None:
    exchange = given_event(2)
    exchange.list_market(given_question("foreign", event_id="other"), NOON_NS)
    exchange.list_market(given_question("over"), NOON_NS)
    exchange.resolve("over", NO_WINS, NOON_NS)
    exchange.drain_public()
    with pytest.raises(NotPossible, match=complaint):
        exchange.list_event(group, NOON_NS)
    assert (exchange.events.groups(), exchange.drain_public()) == ([given_group("q0", "q1")], [])


def test_every_refusal_of_a_conversion_has_its_name() -> None:
    exchange = given_event(2)
    exchange.split("alice", "q0", MICRO)
    one = ("q0",)
    asked = [
        exchange.convert("nobody", EVENT, one, 1),
        exchange.convert(FEES, EVENT, one, 1),
        exchange.convert("alice", EVENT, one, 0),
        exchange.convert("alice", "another", one, 1),
        exchange.convert("alice", EVENT, (), 1),
        exchange.convert("alice", EVENT, ("q0", "q0"), 1),
        exchange.convert("alice", EVENT, ("q0", "q7"), 1),
        exchange.convert("alice", EVENT, one, MICRO + 1),
        given_event(1).convert("alice", EVENT, (), 1),
        given_event(3, conversion_fee_bps=None).convert("alice", EVENT, one, 1),
    ]
    assert asked == [
        Refusal.ACCOUNT_UNKNOWN,
        Refusal.ACCOUNT_UNKNOWN,
        Refusal.BAD_SIZE,
        Refusal.EVENT_UNKNOWN,
        Refusal.INVALID_INDEX_SET,
        Refusal.INVALID_INDEX_SET,
        Refusal.INVALID_INDEX_SET,
        Refusal.NOT_ENOUGH_SHARES,
        Refusal.NO_CONVERTIBLE_POSITIONS,
        Refusal.NO_CONVERTIBLE_POSITIONS,
    ]


def test_outcomes_that_nobody_lists_count_as_questions() -> None:
    exchange = given_event(1, exhaustive=False)
    exchange.list_event(given_group("q0", exhaustive=False, questions=3), NOON_NS)
    exchange.split("alice", "q0", MICRO)
    assert exchange.convert("alice", EVENT, ("q0",), MICRO) is None
    assert (exchange.token_total("alice", "q0:NO"), exchange.cash_total("alice"), exchange.audit()) == (0, 999 * MICRO, None)


def test_a_second_winner_half_a_dollar_and_a_refund_are_not_possible() -> None:  # polymarket.md §10, onchain.md §5
    exchange = given_event(3)
    with pytest.raises(NotPossible, match="it can only resolve YES or NO"):
        exchange.resolve("q0", Payout(yes_ppm=500_000, no_ppm=500_000), NOON_NS)
    for refund in (False, True):
        with pytest.raises(NotPossible, match="it can only resolve YES or NO"):
            exchange.void("q0", NOON_NS, refund=refund)
    exchange.resolve("q1", YES_WINS, NOON_NS)
    with pytest.raises(NotPossible, match="'q0' cannot win: 'q1' has won"):
        exchange.resolve("q0", YES_WINS, NOON_NS)
    with pytest.raises(NotPossible, match="it is decided"):
        exchange.list_event(given_group(*names_of(3)), NOON_NS)
    exchange.resolve("q0", NO_WINS, NOON_NS)
    exchange.resolve_event(EVENT, "q1", NOON_NS)
    with pytest.raises(NotPossible, match="that is not over"):
        exchange.resolve_event(EVENT, "q1", NOON_NS)


def test_of_an_exhaustive_event_somebody_must_win() -> None:
    exchange = given_event(2)
    with pytest.raises(NotPossible, match=r"one of .* must win"):
        exchange.resolve_event(EVENT, "", NOON_NS)
    exchange.resolve("q0", NO_WINS, NOON_NS)
    with pytest.raises(NotPossible, match="'q1' cannot lose: it is the last"):
        exchange.resolve("q1", NO_WINS, NOON_NS)
    open_end = given_event(2, exhaustive=False)
    open_end.resolve("q0", NO_WINS, NOON_NS)
    open_end.resolve("q1", NO_WINS, NOON_NS)
    assert open_end.events.open_markets(EVENT) == ()


def test_an_event_is_resolved_as_a_whole_the_winner_first() -> None:
    exchange = given_event(3)
    exchange.resolve("q0", NO_WINS, NOON_NS)
    exchange.drain_public()
    for nobody in ("q0", "q7"):
        with pytest.raises(NotPossible, match=f"'{nobody}' cannot win"):
            exchange.resolve_event(EVENT, nobody, NOON_NS)
    with pytest.raises(NotPossible, match="no event 'another'"):
        exchange.resolve_event("another", "q1", NOON_NS)
    exchange.resolve_event(EVENT, "q2", NOON_NS)
    told = [event for event in exchange.drain_public() if isinstance(event, MarketResolved)]
    assert told == [MarketResolved(market_id="q2", payout=YES_WINS), MarketResolved(market_id="q1", payout=NO_WINS)]
    assert exchange.convert("alice", EVENT, ("q1",), 1) is Refusal.EVENT_DECIDED


def test_events_that_are_over_are_known_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    # req 2.57
    monkeypatch.setattr(event_register, "OVER_KEPT", 2)
    exchange = Exchange()
    for number in range(5):
        event_id, market_id = f"event{number}", f"q{number}"
        exchange.list_market(given_question(market_id, event_id=event_id), NOON_NS)
        exchange.list_event(replace(given_group(market_id), event_id=event_id), NOON_NS)
        exchange.resolve_event(event_id, market_id, NOON_NS)
    assert [group.event_id for group in exchange.events.groups()] == ["event3", "event4"]
    assert (exchange.clearing.pots, exchange.events._event_of) == ({}, {})
