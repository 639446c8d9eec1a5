"""The story of an order is told from the journal alone: what was seen, wanted, sent, and what became of it."""

from pathlib import Path

import pytest

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.settings import FOLDER, load
from oms.entries import Entry, read_journal
from oms.machines.blotter import Order
from oms.values import events as e
from oms.values.commands import Place, Prepared
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO
from oms.why import UnknownOrder, story
from tests.words import MARKET, NOON_NS, YES, given_market


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
        lived = [state.name for _, _, state, _ in order.history]
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
