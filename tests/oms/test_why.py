"""The story of an order is told from the journal alone: what was seen, wanted, sent, and what became of it."""

from pathlib import Path

import msgspec
import pytest

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.settings import FOLDER, load
from oms.entries import Entry, read_journal
from oms.machines.blotter import Order
from oms.machines.risk import Reason
from oms.values import events as e
from oms.values.bundles import Shape
from oms.values.commands import AskOrder, Place, Prepared
from oms.values.decisions import Quotes
from oms.values.orders import OrderSpec, Side
from oms.values.record import BookSeen, DecisionBody, Verdict
from oms.values.snapshot import Health, TokenHolding
from oms.values.units import MICRO
from oms.why import UnknownOrder, story
from tests.oms.words_engine import YES_WINS
from tests.oms.words_event import EventFloor
from tests.oms.words_journal import given_journal
from tests.oms.words_record import given_session
from tests.words import MARKET, NOON_NS, YES, given_market
from tests.words_bundles import given_bundle


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Order]]:
    """A journal of two virtual minutes, and the orders as they were in life."""
    path = tmp_path_factory.mktemp("why") / "demo.sqlite"
    demo = Demo(load(FOLDER / "demo.toml", {}), seed=4, seconds=120, keep=Keep(path=path, run_id="demo"))
    demo.run()
    return path, demo.joined.engine.state.blotter.in_memory()


def test_every_order_of_a_run_is_told_with_the_states_it_had(told: tuple[Path, list[Order]]) -> None:  # req 2.36
    path, orders = told
    entries = list(read_journal(path)[1])
    assert len(orders) > 100
    for order in orders[::7]:
        steps = story(entries, order.order_id)
        states = [step.text.rsplit(" → ", 1)[1].split(",")[0] for step in steps if " → " in step.text]
        lived = [step.state.name for step in order.history]
        # An echo (a state told again without anything new) is one step in life and may be two in the journal.
        assert [now for k, now in enumerate(states) if k == 0 or now != states[k - 1]] == [
            now for k, now in enumerate(lived) if k == 0 or now != lived[k - 1]
        ]
        fills = [step for step in steps if " filled at " in step.text]
        assert len(fills) == len(order.fills)
        assert [step.at_ns for step in steps] == sorted(step.at_ns for step in steps)


def test_the_story_begins_with_what_was_seen_and_wanted(told: tuple[Path, list[Order]]) -> None:
    path, orders = told
    first, held, wanted, gate, sent = (step.text for step in story(read_journal(path)[1], orders[0].order_id)[:5])
    assert first.startswith("market_making saw “Demo market ")
    assert "YES bid " in first
    assert "free and 0 orders standing" in held
    assert wanted.startswith("market_making wanted ")
    spec = orders[0].spec
    assert gate.startswith(f"the gate approved: {spec.side.value} ")
    assert sent.endswith(f"{orders[0].why} → SENT")


def test_an_order_that_was_never_placed_is_named_with_those_that_were(told: tuple[Path, list[Order]]) -> None:
    path, orders = told
    with pytest.raises(UnknownOrder, match=f"no order '4-0'; it placed {len(orders)} orders, from 4-1 to 4-{len(orders)}"):
        story(read_journal(path)[1], "4-0")
    with pytest.raises(UnknownOrder, match="it placed none"):
        story([], "4-1")


def entries_of(*bodies: e.Event | Prepared) -> list[Entry]:
    return [Entry(seq=k, turn=k, at_ns=NOON_NS + k, body=body, cause_seq=None) for k, body in enumerate(bodies, 1)]


PLACED = Prepared(
    command=Place(
        order_id="1-1",
        spec=OrderSpec(market_id=MARKET, token=YES, side=Side.BUY, price_pips=4_900, size_micro=10 * MICRO),
        strategy="market_making",
        why="because",
    ),
    venue_order_id="0x1",
)
FILL = e.Filled(
    order_id="1-1",
    trade_id="t1",
    price_pips=4_900,
    shares_micro=10 * MICRO,
    cash_micro=4_900_000,
    fee_cash_micro=0,
    is_maker=True,
    exchange_ns=NOON_NS,
    inferred=True,
)


def test_failures_and_echoes_are_told_as_such() -> None:
    failed = e.SettlementMoved(trade_id="t1", order_id="1-1", stage=e.SettlementStage.FAILED)
    rejected = e.Rejected(order_id="1-1", why="too late")
    steps = story(entries_of(e.MarketListed(market=given_market()), PLACED, e.ReplyLost(order_id="1-1"), FILL, FILL, failed, rejected), "1-1")
    texts = [step.text for step in steps]
    assert texts[0] == "the gate approved: BUY 10 YES at 0.49"
    assert texts[2] == "no readable answer came → UNKNOWN"
    assert texts[3] == "10 filled at 0.49 for $4.9 as maker, fee $0, trade t1 (inferred) → FILLED, 10 filled in all"
    assert "not counted: already applied" in texts[4]
    assert texts[5] == "trade t1 is FAILED: shares, cash and fee went back"
    assert "REJECT cannot happen to an order that is FILLED" in texts[6]


SAW = DecisionBody(
    strategy="market_making",
    market_id=MARKET,
    yes=BookSeen(bids=((4_800, MICRO),)),
    no=BookSeen(health=Health.SUSPECT),
    no_mirrors=True,
    yes_holding=TokenHolding(confirmed_micro=7 * MICRO, provisional_micro=MICRO),
    resting=(("1-0", MICRO),),
    cash_free_micro=12_345_678,
    decision=Quotes(quotes=(), why="both sides"),
    frames=(5, 8),
    verdicts=(
        Verdict(side=Side.SELL, price_pips=5_200, shares_micro=30 * MICRO, refused="NOT_ENOUGH_SHARES", is_yes=False),
        Verdict(side=Side.BUY, price_pips=4_900, shares_micro=10 * MICRO, order_id="1-1", reserve_micro=4_925_000),
        Verdict(side=Side.BUY, price_pips=100, shares_micro=MICRO, refused="A_RULE_OF_ANOTHER_VERSION"),
        Verdict(side=Side.SELL, price_pips=9_900, shares_micro=2 * MICRO, order_id="1-2", reserve_micro=2 * MICRO),
    ),
)


def decided_story(body: DecisionBody, order_id: str = "1-1", side: Side = Side.BUY) -> list[str]:
    """An order placed in the turn of a decision that it names."""
    assert isinstance(PLACED.command, Place)
    spec = msgspec.structs.replace(PLACED.command.spec, side=side)
    placed = Prepared(command=msgspec.structs.replace(PLACED.command, order_id=order_id, spec=spec), venue_order_id="0x1")
    bodies: tuple[e.Event | DecisionBody | Prepared, ...] = (e.MarketListed(market=given_market()), body, placed)
    entries = [Entry(seq=seq, turn=1, at_ns=NOON_NS, body=one, cause_seq=2 if one is placed else None) for seq, one in enumerate(bodies, 1)]
    return [step.text for step in story(entries, order_id)]


def test_the_story_tells_what_was_seen_what_the_gate_set_aside_and_which_siblings_it_refused() -> None:  # req 2.36
    saw, held, wanted, no_shares, unknown, gate, sent = decided_story(SAW)
    assert saw == "market_making saw “Will it?” (tape frames 5 to 8): YES bid 0.48, ask none, LIVE; NO bid none, ask 0.52, SUSPECT"
    assert held == "we held 8 YES and 0 NO, had $12.345678 free and 1 orders standing"
    assert wanted == "market_making wanted 0 quotes: both sides"
    assert no_shares == f"the gate refused another of them, SELL 30 NO at 0.52: NOT_ENOUGH_SHARES ({Reason.NOT_ENOUGH_SHARES.value})"
    assert unknown == "the gate refused another of them, BUY 1 YES at 0.01: A_RULE_OF_ANOTHER_VERSION"
    assert gate == "the gate approved: BUY 10 YES at 0.49, and set $4.925 aside"
    assert sent == "committed and sent (GTC), known to the venue as 0x1: because → SENT"


def test_what_was_set_aside_for_a_sale_is_shares() -> None:
    assert decided_story(SAW, "1-2", Side.SELL)[5] == "the gate approved: SELL 10 YES at 0.49, and set 2 shares aside"


def test_without_verdicts_of_an_earlier_schema_nothing_is_said_of_them() -> None:
    texts = decided_story(msgspec.structs.replace(SAW, verdicts=(), frames=None))
    assert texts[0].startswith("market_making saw “Will it?”: YES bid")
    assert texts[3] == "the gate approved: BUY 10 YES at 0.49"


def test_a_question_after_silence_is_the_moment_at_which_the_order_became_unknown_and_a_second_one_is_only_a_question() -> None:
    asked = Prepared(command=AskOrder(order_id="1-1"))
    about_another = Prepared(command=AskOrder(order_id="1-9"))
    listed = e.MarketListed(market=given_market())
    entries = entries_of(listed, asked, PLACED, about_another, asked, asked, e.Acked(order_id="1-1"), asked, FILL)
    texts = [step.text for step in story(entries, "1-1")]
    assert texts[2:] == [
        "no answer in time: we asked the venue what became of it → UNKNOWN",
        "no answer in time: we asked the venue what became of it",
        "the venue acknowledged it → LIVE",
        "no answer in time: we asked the venue what became of it",
        "10 filled at 0.49 for $4.9 as maker, fee $0, trade t1 (inferred) → FILLED, 10 filled in all",
    ]


def test_a_cancel_that_was_taken_is_told_and_why_it_is_asked_about() -> None:
    asked = Prepared(command=AskOrder(order_id="1-1"))
    listed, acked, taken = e.MarketListed(market=given_market()), e.Acked(order_id="1-1"), e.CancelTaken(order_id="1-1", why="by our wish")
    entries = entries_of(listed, PLACED, acked, taken, asked, e.CancelDone(order_id="1-1", filled_micro=0))
    texts = [step.text for step in story(entries, "1-1")]
    assert texts[-3:] == [
        "the venue took the cancel (by our wish); how much was filled before is not told yet",
        "not told in time how much was filled before the cancel: we asked the venue what became of it",
        "it was cancelled → CANCELLED",
    ]


def test_a_fill_that_cannot_be_is_told_and_not_counted() -> None:
    texts = [
        step.text for step in story(entries_of(e.MarketListed(market=given_market()), PLACED, e.Rejected(order_id="1-1", why="no"), FILL), "1-1")
    ]
    assert texts[2] == "the venue refused it (no) → REJECTED"
    assert "trade t1 (inferred); not counted: order 1-1: LAST_FILL cannot happen to an order that is REJECTED → REJECTED, 0 filled in all" in texts[3]


def test_an_order_that_still_stood_when_its_market_was_paid_out_is_gone_with_it() -> None:
    paid = e.MarketResolved(market_id=MARKET, payout=YES_WINS)
    listed = e.MarketListed(market=given_market())
    assert story(entries_of(listed, PLACED, paid), "1-1")[-1].text == "the market paid out: YES 1, NO 0 of a dollar → CANCELLED"
    assert story(entries_of(listed, PLACED, FILL, paid, paid), "1-1")[-1].text == "the market paid out: YES 1, NO 0 of a dollar"


@pytest.mark.parametrize("seed", range(40))
def test_whatever_a_venue_does_the_story_ends_in_the_state_the_order_has(tmp_path: Path, seed: int) -> None:
    session, recorded = given_session(tmp_path / "j", seed)
    floor = session.live(60)
    recorded.end()
    entries = list(read_journal(recorded.path)[1])
    for order in floor.state.blotter.in_memory():
        states = [step.text.rsplit(" → ", 1)[1].split(",")[0] for step in story(entries, order.order_id) if " → " in step.text]
        assert states[-1] == order.state.name


def test_an_order_of_a_bundle_is_told_with_the_bundle_and_how_that_ended(tmp_path: Path) -> None:  # req 2.36, 4.22
    journal = given_journal(tmp_path)
    floor = EventFloor(journal=journal)
    first, second = floor.opens(given_bundle("a", "b", prices=(4_000, 4_000)))
    floor.fills(first)
    floor.fills(second)
    told = [step.text for step in story(read_journal(journal.path)[1], first.order_id)]
    assert [text.partition(";")[0] for text in told[:3]] == [
        "arbitrage saw “a”: YES bid 0.36, ask 0.4, LIVE",
        "arbitrage saw “b”: YES bid 0.35, ask 0.4, LIVE",
        "we had $1000 free",
    ]
    assert told[3:7] == [
        "arbitrage saw in the election: the asks add up to less than a dollar",
        f"it opened bundle 7-b1 of 2 legs: {Shape.BUY_ALL_YES.value}; 20 sets for $16 at most, which leave at least $4 whoever wins",
        "this order was of its round 1",
        "the gate approved: BUY $8 of YES at 0.4",
    ]
    assert told[-1] == "its bundle 7-b1 ended COMPLETE, at least $4: every leg filled"
    unrelated = [step.text for step in story(read_journal(journal.path)[1], second.order_id)]
    assert sum("ended COMPLETE" in text for text in unrelated) == 1
