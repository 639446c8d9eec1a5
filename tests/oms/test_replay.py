from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from oms.engine import Engine
from oms.entries import Entry, RunRow, read_journal
from oms.journal import SqliteJournal
from oms.machines.lifecycle import State as OrderState
from oms.machines.session import OperatorPhase
from oms.replay import AuditJournal, RecoveryFailed, fold, recorded_commands, recover
from oms.state import State
from oms.values import events as e
from oms.values.commands import AskOrder, Cancel, Place, Prepared
from oms.values.decisions import StandAside
from oms.values.orders import Side
from oms.values.record import BookSeen, DecisionBody
from oms.values.units import MICRO
from oms.values.views import Picture
from tests.oms.sessions import Session
from tests.oms.words_engine import Floor, acked, buy, filled, given_floor, of_kind, opening_facts, ready
from tests.oms.words_oms import given_spec, told_book
from tests.words import MARKET, NO, YES, given_market

SEEDS = range(44)


@pytest.fixture(params=SEEDS)
def session(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[int, Floor, list[Entry]]:
    """A seed, the engine that lived it, and the journal it left."""
    journal = SqliteJournal(tmp_path / "run.journal", RunRow(run_id="r", commit_id="", config_hash="", seed=1, started_ns=0), money_is_real=False)
    floor = Session(request.param, journal).live(60)
    journal.close()
    return request.param, floor, list(read_journal(journal.path)[1])


def remembered(state: State) -> dict[str, object]:
    """Everything that must be the same after a restart; what was open is UNKNOWN."""
    blotter, ledger, inventory = state.blotter, state.ledger, state.inventory
    orders = {
        order.order_id: (
            order.state if order.is_terminal else OrderState.UNKNOWN,
            order.venue_order_id,
            order.spec,
            order.fills,
            order.filled_micro,
            order.fees_micro,
            order.unsettled,
            ledger.reserved(order.order_id),
            [state.settlements.stage(trade, order.order_id) for trade in order.fills],
        )
        for order in blotter.in_memory()
    }
    counts = (blotter.placed, blotter.ended, blotter.fill_count, blotter.part_filled_ended, blotter.undone, blotter.open_count, state.order_count)
    money = {asset: (ledger.total(asset), ledger.free(asset)) for asset in ("cash", YES, NO)}
    held = [inventory.holding(token) for token in (YES, NO)]
    sums = (ledger.fees(), ledger.deposits(), inventory.market_cash(MARKET), inventory.total_worst_micro, inventory.resting_buy_cash_micro)
    other = (state.fills_by, state.shares_by, state.settlements_failed, state.early_settlements, state.session.operator)
    desk = state.desks[MARKET]
    return {"orders": orders, "counts": counts, "money": money, "held": held, "sums": sums, "other": other, "desk": (desk.payout, desk.quarantine)}


def test_the_sessions_are_worth_recovering() -> None:
    floors = [Session(seed).live(60) for seed in SEEDS]
    ended = {state for floor in floors for state, count in floor.state.blotter.ended.items() if count}
    assert ended == {OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED, OrderState.ABSENT}
    assert sum(floor.state.settlements_failed for floor in floors) > 10
    assert sum(floor.state.blotter.open_count for floor in floors) > 10
    assert any(floor.state.desks[MARKET].payout for floor in floors)
    assert sum(floor.state.desks[MARKET].quarantine == "" for floor in floors) > 10
    assert sum(len(of_kind(floor.venue.sent, Place)) for floor in floors) > 500


def test_a_new_engine_knows_from_the_journal_what_the_old_one_knew(session: tuple[int, Floor, list[Entry]]) -> None:  # req 0.18, 1.26
    _, floor, entries = session
    fresh = Floor()
    assert recover(fresh.engine, entries) == entries[-1].at_ns
    assert remembered(fresh.state) == remembered(floor.state)
    assert all(order.state is OrderState.UNKNOWN for order in fresh.state.blotter.all_open())


def test_after_recovery_what_was_open_is_asked_about_and_nothing_new_is_sent_before_the_venue_reported(
    session: tuple[int, Floor, list[Entry]],
) -> None:
    _, _, entries = session
    fresh = Floor()
    fresh.now_ms = recover(fresh.engine, entries) // MICRO - fresh.now_ns // MICRO
    fresh.script.want(buy(3_000, 5))
    open_ids = [order.order_id for order in fresh.state.blotter.all_open()]
    sent = fresh.tell(told_book(((4_800, 100),), ((5_200, 100),)), told_book(((4_800, 100),), ((5_200, 100),), token=NO), after_ms=0)
    asked = [ask.order_id for ask in of_kind(sent, AskOrder)]
    assert [order_id for order_id in open_ids if order_id not in asked] == []
    assert of_kind(sent, Place) == []
    assert of_kind(sent, Cancel) == []
    if fresh.state.session.operator is OperatorPhase.RUNNING and not fresh.state.desks[MARKET].closed and not fresh.state.desks[MARKET].quarantine:
        placed = of_kind(fresh.tell(*ready(fresh.now_ns + 10**9)), Place)
        assert [place.order_id for place in placed] in ([f"7-{fresh.state.order_count}"], [])


def test_an_empty_journal_recovers_to_an_engine_that_waits_for_the_venue() -> None:
    floor = Floor()
    assert recover(floor.engine, []) == 0
    assert floor.state.session.name == "syncing"


def test_a_halt_survives_the_restart() -> None:
    floor = Floor()
    recover(floor.engine, entries_of(*opening_facts()[:3], e.Halted(why="kill")))
    floor.tell(*ready(floor.now_ns + 10**9))
    assert floor.state.session.name == "halted"


def test_a_restart_that_is_in_the_journal_is_folded_too_and_a_second_recovery_comes_to_the_same(session: tuple[int, Floor, list[Entry]]) -> None:
    # issue 4: recovery is the only start, also the second time
    _, floor, entries = session
    again = Entry(seq=entries[-1].seq + 1, turn=entries[-1].turn + 1, at_ns=entries[-1].at_ns, body=e.Restarted(why="again"), cause_seq=None)
    twice = Floor()
    recover(twice.engine, [*entries, again])
    assert remembered(twice.state) == remembered(floor.state)
    assert {order.state for order in twice.state.blotter.all_open()} <= {OrderState.UNKNOWN}
    assert twice.state.session.may_quote is False


def test_what_is_known_and_what_is_owed_survives_the_restart() -> None:
    # issue 4: trades are asked for from where we were; an order that ended short of its fills still counts and is asked about
    floor = Floor()
    stranger = e.OpenOrder(venue_order_id="x", token=YES, side=Side.BUY, price_pips=5_000, shares_micro=10 * MICRO, filled_micro=0)
    told = (
        e.OpenOrdersReported(orders=(stranger,), asked_ns=5),
        e.TradesReported(fills=(filled("t1", 10),), settlements=(), since_ns=0, asked_ns=6),
        e.CancelDone(order_id="7-1", filled_micro=40 * MICRO),
    )
    recover(floor.engine, entries_of(*opening_facts()[:2], placed("7-1"), acked(), *told))
    state = floor.state
    assert (state.trades_known_ns, state.foreign_orders, state.inventory.foreign_micro) == (6, 1, 5 * MICRO)
    assert (floor.order().state, state.ledger.reserved("7-1")) == (OrderState.UNKNOWN, 36 * MICRO)
    assert floor.tell(e.Tick()) == [AskOrder(order_id="7-1")]
    floor.tell(filled("t2", 30))
    assert (floor.order().state, state.ledger.reserved("7-1")) == (OrderState.CANCELLED, 0)


def test_a_fill_told_again_after_the_restart_is_not_counted_again() -> None:  # req 2.12
    floor = Floor()
    recover(floor.engine, entries_of(*opening_facts()[:3], placed("7-1"), filled("t1", 40)))
    before = floor.money()
    floor.tell(*opening_facts()[3:], filled("t1", 40), acked(), *ready(floor.now_ns + 10**9))
    assert floor.money() == before
    assert floor.order().state is OrderState.LIVE


def placed(order_id: str, **changes: object) -> Prepared:
    spec = msgspec.structs.replace(given_spec(), **changes)
    return Prepared(command=Place(order_id=order_id, spec=spec, strategy="maker", why="bid"), venue_order_id=f"v-{order_id}")


def entries_of(*bodies: e.Event | Prepared | DecisionBody | Picture) -> Iterator[Entry]:
    for seq, body in enumerate(bodies, start=1):
        yield Entry(seq=seq, turn=seq, at_ns=seq, body=body, cause_seq=None)


LISTED = e.MarketListed(market=given_market())
MONEY = e.Deposited(cash_micro=100 * MICRO, deposit_id="d1")
CONTRADICTIONS = [
    ((LISTED, MONEY, placed("7-1"), placed("7-1")), "entry 4: order 7-1 is placed twice"),
    ((MONEY, placed("7-1")), "entry 2: order 7-1 .* never listed"),
    ((LISTED, MONEY, placed("7-1", token="third-token")), "entry 3: order 7-1 .* never listed"),
    ((LISTED, placed("7-1")), "entry 2: 40000000 of cash for order 7-1 were not free"),
    ((LISTED, MONEY, placed("7-1"), placed("7-2"), placed("7-3")), "entry 5: 40000000 of cash for order 7-3"),
    ((LISTED, MONEY, Prepared(command=Cancel(order_id="7-9", why="w"))), "entry 3: order 7-9 is cancelled but was never placed"),
]


@pytest.mark.parametrize(("bodies", "words"), CONTRADICTIONS)
def test_a_journal_that_contradicts_itself_is_refused_at_the_entry(bodies: tuple[e.Event | Prepared, ...], words: str) -> None:
    with pytest.raises(RecoveryFailed, match=words):
        recover(Floor().engine, entries_of(*bodies))


ASKED = Prepared(command=AskOrder(order_id="7-1"))
SILENT = [
    ((), OrderState.UNKNOWN, 40),  # no answer in time
    ((acked(),), OrderState.LIVE, 40),  # asked about for another reason: nothing is lost
    ((filled("t1", 40),), OrderState.LIVE, 24),
    ((filled("t1", 100),), OrderState.FILLED, 0),
    ((e.Rejected(order_id="7-1", why="no"),), OrderState.REJECTED, 0),
    ((e.ReplyLost(order_id="7-1"),), OrderState.UNKNOWN, 40),
]


@pytest.mark.parametrize(("answers", "state", "reserved"), SILENT)
def test_a_committed_question_makes_unknown_only_what_had_no_answer_and_frees_nothing(
    answers: tuple[e.Event, ...], state: OrderState, reserved: int
) -> None:  # req 2.36
    floor = Floor()
    for entry in entries_of(LISTED, MONEY, placed("7-1"), *answers, ASKED, ASKED):
        fold(floor.engine, entry)
    assert floor.order().state is state
    assert floor.state.ledger.reserved("7-1") == reserved * MICRO
    assert [step.state for step in floor.order().history].count(OrderState.UNKNOWN) == (state is OrderState.UNKNOWN)
    floor.assert_sound()


def test_a_question_about_an_order_that_is_long_forgotten_changes_nothing() -> None:
    floor = Floor()
    for entry in entries_of(LISTED, MONEY, Prepared(command=AskOrder(order_id="7-99"))):
        fold(floor.engine, entry)
    assert (floor.state.blotter.placed, floor.state.oddities) == (0, {})


def test_decisions_and_pictures_in_a_journal_change_nothing() -> None:
    floor = Floor()
    looks: list[DecisionBody | Picture] = [
        DecisionBody(strategy="m", market_id=MARKET, yes=BookSeen(), no=BookSeen(), decision=StandAside(why="w")),
        Picture(events=99, refusals={"SESSION": 3}, violation="we hold 1 more"),
    ]
    for entry in entries_of(*looks):
        fold(floor.engine, entry)
    assert (floor.state.desks, floor.state.refusals, floor.state.blotter.placed) == ({}, {}, 0)


def test_what_was_folded_is_what_lived_order_by_order(session: tuple[int, Floor, list[Entry]]) -> None:
    """Unlike after recovery nothing becomes unknown by itself: a report of a journal tells orders as they stood."""
    _, floor, entries = session
    fresh = Floor()
    for entry in entries:
        fold(fresh.engine, entry)
    lived, folded = ({order.order_id: order for order in one.state.blotter.in_memory()} for one in (floor, fresh))
    assert list(lived) == list(folded)
    for order_id, order in lived.items():
        assert (order.state, order.fills, order.unsettled) == (folded[order_id].state, folded[order_id].fills, folded[order_id].unsettled)
        assert floor.state.ledger.reserved(order_id) == fresh.state.ledger.reserved(order_id)
    assert floor.money() == fresh.money()


def audit(seed: int, recorded: list[tuple[int, bytes]]) -> str:
    journal = AuditJournal(recorded)
    Session(seed, journal).live(60)
    return journal.finish()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_run_repeated_from_its_seed_commands_the_same_byte_for_byte(tmp_path: Path, seed: int) -> None:  # req 2.27; ruling 0.7
    journal = SqliteJournal(tmp_path / "run.journal", RunRow(run_id="r", commit_id="", config_hash="", seed=1, started_ns=0), money_is_real=False)
    Session(seed, journal).live(60)
    journal.close()
    recorded = list(recorded_commands(read_journal(journal.path)[1]))
    repeated = AuditJournal(recorded)
    Session(seed, repeated).live(60)
    assert repeated.finish() == ""
    assert (repeated.compared, repeated.hash.hexdigest()) == (len(recorded), journal.hash.hexdigest())
    assert len(recorded) > 20


@pytest.fixture(scope="module")
def recorded() -> list[tuple[int, bytes]]:
    """The commands of session 3."""
    empty = AuditJournal([])
    Session(3, empty).live(60)
    lines = [(record.number, prepared) for record in empty.tail for prepared in record.ready]
    assert empty.commanding_turns == len(empty.tail)
    return list(recorded_commands(Entry(seq=0, turn=turn, at_ns=0, body=prepared, cause_seq=None) for turn, prepared in lines))


def test_a_changed_command_is_found_and_named(recorded: list[tuple[int, bytes]]) -> None:
    assert audit(3, recorded) == ""
    turn, line = recorded[7]
    found = audit(3, [*recorded[:7], (turn, line.replace(b'"type"', b'"typo"')), *recorded[8:]])
    assert found.startswith(f"turn {turn}: ")
    assert "typo" in found


def test_a_command_in_another_turn_is_found(recorded: list[tuple[int, bytes]]) -> None:
    turn, line = recorded[7]
    assert audit(3, [*recorded[:7], (turn + 1, line), *recorded[8:]]).startswith(f"turn {turn}: ")


def test_a_command_that_was_not_recorded_is_found_in_the_middle_and_at_the_end(recorded: list[tuple[int, bytes]]) -> None:
    assert audit(3, [*recorded[:7], *recorded[8:]]).startswith(f"turn {recorded[7][0]}: ")
    assert audit(3, recorded[:-1]).endswith("recorded was nothing")


def test_a_recorded_command_that_is_not_repeated_is_found(recorded: list[tuple[int, bytes]]) -> None:
    assert audit(3, [*recorded, (999, b"ghost\n")]) == "turn 999: recorded, but not repeated: ghost"


def test_recovery_needs_an_engine_of_the_same_place_and_nothing_else() -> None:
    floor = given_floor()
    other = Engine(floor.state.settings)
    recover(other, entries_of(*opening_facts()[:3]))
    assert other.state.ledger.total("cash") == floor.state.ledger.total("cash")
