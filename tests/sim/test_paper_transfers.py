"""Sets made, merged and converted on a paper venue: what moves and when, what is refused and why, what is told again, and that the books add up."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from oms.values.commands import AskTransfer, Command, Convert, Merge, Place, Split
from oms.values.events import Converted, Event, EventListed, MarketResolved, SetsChanged, TransferRefused
from oms.values.market import EventGroup
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.paper_transfers import REMEMBERED_MAX
from tests.sim.words_events import EVENT, NO_WINS, YES_WINS, given_group, given_question, names_of, no_of, yes_of
from tests.sim.words_sim import PaperDesk

THREE = names_of(3)
SOON_S = 15
"""Mined and confirmed and told by then, whatever the dice say."""


def given_event_desk(*sets_of: str, group: EventGroup | None = None, cash: int = 1_000) -> PaperDesk:
    """A paper venue with q0, q1 and q2 of one event, and ten sets of each market that is named."""
    desk = PaperDesk(cash=cash, market=given_question("q0"), more=[given_question(name) for name in ("q1", "q2")])
    desk.venue.list_event(given_group(*THREE) if group is None else group)
    told = asked(desk, *(Split(command_id=f"given {name}", market_id=name, shares_micro=10 * MICRO) for name in sets_of))
    assert len(told) == len(sets_of)
    return desk


def asked(desk: PaperDesk, *commands: Command) -> Sequence[Event]:
    """What was told of these transfers within a quarter of a minute."""
    for command in commands:
        desk.command(command)
    desk.live(SOON_S)
    return desk.facts(SetsChanged, Converted, TransferRefused)


def held(desk: PaperDesk, *assets: str) -> list[float]:
    """In whole shares or dollars."""
    return [desk.venue.held(asset) / MICRO for asset in assets]


def assert_told_what_is_held(desk: PaperDesk, statements: int) -> None:
    """One statement for each word of a movement (and one for the deposit); the last one says what the account holds. The books add up."""
    assert len(desk.venue.statements) == 1 + statements
    last = desk.venue.statements[-1]
    assert last.cash_micro == desk.venue.held("cash")
    assert [desk.venue.held(token) for token, _ in last.shares_micro] == [shares for _, shares in last.shares_micro]
    assert (desk.venue.audit(), desk.venue.is_quiet()) == ("", True)


def test_a_split_makes_sets_from_cash_and_a_merge_cash_from_sets() -> None:
    desk = given_event_desk()
    assert asked(desk, Split(command_id="s", market_id="q1", shares_micro=7 * MICRO)) == [
        SetsChanged(market_id="q1", shares_micro=7 * MICRO, command_id="s")
    ]
    assert held(desk, "cash", yes_of("q1"), no_of("q1")) == [993, 7, 7]
    assert asked(desk, Merge(command_id="m", market_id="q1", shares_micro=3 * MICRO)) == [
        SetsChanged(market_id="q1", shares_micro=-3 * MICRO, command_id="m")
    ]
    assert held(desk, "cash", yes_of("q1"), no_of("q1")) == [996, 4, 4]
    assert_told_what_is_held(desk, 2)


def test_it_takes_as_long_as_a_transaction_and_the_venue_is_not_quiet_until_it_is_told() -> None:
    desk = given_event_desk()
    begun_ns = desk.world.now_ns()
    desk.command(Split(command_id="s", market_id="q1", shares_micro=MICRO))
    desk.live(3)
    assert (held(desk, "cash"), desk.venue.is_quiet(), desk.venue.transfers.under_way) == ([1_000], False, 1)
    desk.live(SOON_S)
    ((at_ns, _),) = [told for told in desk.ears.heard if isinstance(told[1], SetsChanged)]
    assert 3.5 * NS_PER_SECOND < at_ns - begun_ns < 10.5 * NS_PER_SECOND  # mined 1.5 to 4 s, confirmed 2 to 6 s, and the way there and back
    assert desk.venue.is_quiet()


@pytest.mark.parametrize("fee_bps", [0, 150])
def test_no_of_two_outcomes_become_a_dollar_a_set_and_yes_of_the_third(fee_bps: int) -> None:  # polymarket.md §9.2
    desk = given_event_desk("q0", "q1", group=given_group(*THREE, conversion_fee_bps=fee_bps))
    kept_micro = 4 * MICRO - 4 * MICRO * fee_bps // 10_000
    assert asked(desk, Convert(command_id="c", event_id=EVENT, market_ids=("q0", "q1"), shares_micro=4 * MICRO)) == [
        Converted(
            event_id=EVENT,
            market_ids=("q0", "q1"),
            shares_micro=4 * MICRO,
            cash_micro=kept_micro,
            yes_market_ids=("q2",),
            yes_micro=kept_micro,
            command_id="c",
        )
    ]
    assert held(desk, no_of("q0"), no_of("q1"), no_of("q2"), yes_of("q0")) == [6, 6, 0, 10]
    assert (desk.venue.held("cash"), desk.venue.held(yes_of("q2"))) == (980 * MICRO + kept_micro, kept_micro)
    assert_told_what_is_held(desk, 3)


def test_no_of_all_outcomes_become_cash_alone_and_of_one_yes_alone() -> None:
    desk = given_event_desk(*THREE)
    (every,) = asked(desk, Convert(command_id="c", event_id=EVENT, market_ids=THREE, shares_micro=MICRO))
    (single,) = asked(desk, Convert(command_id="d", event_id=EVENT, market_ids=("q1",), shares_micro=MICRO))
    assert isinstance(every, Converted)
    assert isinstance(single, Converted)
    assert (every.cash_micro, every.yes_market_ids) == (2 * MICRO, ())
    assert (single.cash_micro, single.yes_market_ids) == (0, ("q0", "q2"))
    assert held(desk, "cash", yes_of("q0"), yes_of("q1"), yes_of("q2")) == [972, 11, 10, 11]
    assert_told_what_is_held(desk, 5)


def test_yes_of_an_outcome_that_is_not_listed_or_was_paid_out_does_not_come() -> None:
    desk = given_event_desk("q0", group=given_group(*THREE, "q3"))
    desk.told(MarketResolved(market_id="q2", payout=NO_WINS))
    (told,) = asked(desk, Convert(command_id="c", event_id=EVENT, market_ids=("q0",), shares_micro=MICRO))
    assert isinstance(told, Converted)
    assert told.yes_market_ids == ("q1",)
    assert_told_what_is_held(desk, 3)  # the payout of q2 is one of them


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (Split(command_id="x", market_id="q0", shares_micro=991 * MICRO), "not enough cash"),
        (Split(command_id="x", market_id="q9", shares_micro=MICRO), "no such market"),
        (Split(command_id="x", market_id="q0", shares_micro=0), "not above zero"),
        (Merge(command_id="x", market_id="q0", shares_micro=11 * MICRO), "not enough shares"),
        (Merge(command_id="x", market_id="q1", shares_micro=1), "not enough shares"),
        (Convert(command_id="x", event_id=EVENT, market_ids=("q0",), shares_micro=11 * MICRO), "not enough shares"),
        (Convert(command_id="x", event_id=EVENT, market_ids=("q0", "q1"), shares_micro=MICRO), "not enough shares"),
        (Convert(command_id="x", event_id=EVENT, market_ids=("q0",), shares_micro=0), "not above zero"),
        (Convert(command_id="x", event_id="other", market_ids=("q0",), shares_micro=MICRO), "no such event"),
        (Convert(command_id="x", event_id=EVENT, market_ids=(), shares_micro=MICRO), "no outcome is named"),
        (Convert(command_id="x", event_id=EVENT, market_ids=("q0", "q0"), shares_micro=MICRO), "one twice"),
        (Convert(command_id="x", event_id=EVENT, market_ids=("q0", "q9"), shares_micro=MICRO), "not of this event"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_moves_nothing(command: Command, why: str) -> None:
    desk = given_event_desk("q0")
    (refused,) = asked(desk, command)
    assert isinstance(refused, TransferRefused)
    assert why in refused.why
    assert held(desk, "cash", yes_of("q0"), no_of("q0"), yes_of("q1")) == [990, 10, 10, 0]
    assert_told_what_is_held(desk, 1)


@pytest.mark.parametrize(
    ("group", "why"),
    [
        (given_group(*THREE, conversion_fee_bps=None), "cannot be converted"),
        (given_group("q0"), "cannot be converted"),
    ],
)
def test_an_event_without_conversions_refuses_them(group: EventGroup, why: str) -> None:
    desk = given_event_desk("q0", group=group)
    (refused,) = asked(desk, Convert(command_id="c", event_id=EVENT, market_ids=("q0",), shares_micro=MICRO))
    assert isinstance(refused, TransferRefused)
    assert why in refused.why


def test_what_is_set_aside_for_orders_is_not_there_for_transfers() -> None:
    desk = given_event_desk("q0")
    for order_id, token, side, cents in (("a", yes_of("q0"), Side.SELL, 60), ("b", yes_of("q1"), Side.BUY, 50)):
        size_micro = (4 if side is Side.SELL else 1_900) * MICRO
        wish = OrderSpec(market_id="q0", token=token, side=side, price_pips=cents * 100, size_micro=size_micro, post_only=True)
        desk.command(Place(order_id=order_id, spec=wish, strategy="test", why="a test wants it"))
    desk.live(1)
    merge = Merge(command_id="m", market_id="q0", shares_micro=7 * MICRO)
    split = Split(command_id="s", market_id="q0", shares_micro=41 * MICRO)
    assert [type(fact).__name__ for fact in asked(desk, merge, split)] == ["TransferRefused", "TransferRefused"]
    fits = replace(merge, command_id="n", shares_micro=6 * MICRO), replace(split, command_id="t", shares_micro=40 * MICRO)
    assert [type(fact).__name__ for fact in asked(desk, *fits)] == ["SetsChanged", "SetsChanged"]
    assert desk.venue.audit() == ""


def test_after_the_payout_there_are_no_sets_to_change_and_after_the_winner_nothing_to_convert() -> None:
    desk = given_event_desk("q0", "q1", "q2")
    desk.told(MarketResolved(market_id="q0", payout=YES_WINS))
    commands = (
        Split(command_id="s", market_id="q0", shares_micro=MICRO),
        Merge(command_id="m", market_id="q0", shares_micro=MICRO),
        Convert(command_id="c", event_id=EVENT, market_ids=("q1", "q2"), shares_micro=MICRO),
    )
    told = asked(desk, *commands)
    said = {fact.command_id: fact.why for fact in told if isinstance(fact, TransferRefused)}
    closed, decided = "the market takes no orders", "the event has its winner, or one of these outcomes was paid out"
    assert said == {"s": closed, "m": closed, "c": decided}


def test_a_question_is_answered_with_the_same_fact_once_it_is_done_and_nothing_moves_again() -> None:
    desk = given_event_desk()
    split = Split(command_id="s", market_id="q0", shares_micro=7 * MICRO)
    desk.command(split)
    desk.command(AskTransfer(command_id="s"))
    desk.command(AskTransfer(command_id="never heard of"))
    desk.live(3)
    assert desk.facts(SetsChanged, TransferRefused) == []  # under way: silence
    (done,) = asked(desk)
    desk.command(Split(command_id="t", market_id="q1", shares_micro=MICRO))
    desk.live(SOON_S)
    desk.facts(SetsChanged)
    assert asked(desk, AskTransfer(command_id="s")) == [done]
    assert held(desk, "cash", yes_of("q0")) == [992, 7]
    assert_told_what_is_held(desk, 3)  # also the word that was told again can be compared
    refused = asked(desk, Merge(command_id="m", market_id="q2", shares_micro=MICRO))
    assert asked(desk, AskTransfer(command_id="m")) == refused != []


def test_a_transaction_that_comes_twice_is_carried_out_once() -> None:
    desk = given_event_desk()
    split = Split(command_id="s", market_id="q0", shares_micro=7 * MICRO)
    assert len(asked(desk, split, split)) == 1
    assert asked(desk, split) == []
    assert held(desk, "cash") == [993]


def test_an_event_that_the_recording_tells_is_known_and_passed_on() -> None:
    desk = PaperDesk(market=given_question("q0"), more=[given_question(name) for name in ("q1", "q2")])
    desk.told(EventListed(group=given_group(*THREE)))
    assert len(desk.facts(EventListed)) == 1
    asked(desk, Split(command_id="s", market_id="q0", shares_micro=MICRO))
    (told,) = asked(desk, Convert(command_id="c", event_id=EVENT, market_ids=("q0",), shares_micro=MICRO))
    assert isinstance(told, Converted)


def test_only_a_finite_past_is_remembered() -> None:
    desk = given_event_desk()
    transfers = desk.venue.transfers
    for number in range(REMEMBERED_MAX):
        transfers._told[f"old {number}"] = TransferRefused(command_id=f"old {number}", why="long ago")
    asked(desk, Split(command_id="s", market_id="q0", shares_micro=MICRO))
    assert len(transfers._told) == REMEMBERED_MAX
    assert "old 0" not in transfers._told
    assert "s" in transfers._told
