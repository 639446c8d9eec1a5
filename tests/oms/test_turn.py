from collections.abc import Sequence

import pytest

from oms.journal import MemoryJournal
from oms.machines.lifecycle import State as OrderState
from oms.ports import JournalFailed, Turned
from oms.turn import Turner
from oms.values import events as e
from oms.values.commands import Command, Prepared
from oms.values.units import NS_PER_SECOND, Nanos
from tests.oms.words_engine import Floor, ListeningVenue, acked, alerts, buy, cancelled_ids, filled, given_floor, given_standing, opening_facts
from tests.words import MARKET, YES


class BrokenJournal(MemoryJournal):
    """Fails whenever there is something to commit that leads to a command."""

    def commit(self, record: Turned) -> None:
        if record.ready:
            raise JournalFailed("the disk is full")
        super().commit(record)


class Witness(MemoryJournal, ListeningVenue):
    """Journal and venue in one, noting who was called first."""

    def __init__(self) -> None:
        MemoryJournal.__init__(self)
        ListeningVenue.__init__(self)
        self.calls: list[str] = []
        self.committed: list[Turned] = []

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:
        self.calls.append("prepare")
        return super().prepare(commands, at_ns)

    def commit(self, record: Turned) -> None:
        self.calls.append("commit")
        self.committed.append(record)
        super().commit(record)

    def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        self.calls.append("send")
        super().send(ready, at_ns)


def given_witness() -> tuple[Floor, Witness]:
    witness = Witness()
    floor = Floor(witness)
    floor.venue = witness
    floor.turner = Turner(floor.engine, witness, witness)
    floor.tell(*opening_facts())
    witness.calls.clear()
    witness.committed.clear()
    return floor, witness


def test_nothing_is_sent_before_it_is_committed_with_the_venues_name_for_it() -> None:  # req 0.18, 1.26
    floor, witness = given_witness()
    floor.script.want(buy())
    floor.tell(floor.stir())
    assert witness.calls == ["prepare", "commit", "send"]
    (prepared,) = witness.committed[0].ready
    assert prepared.venue_order_id == "v-7-1"
    assert floor.order().state is OrderState.SENT


def test_a_turn_without_a_command_is_committed_and_nothing_is_prepared_or_sent() -> None:
    floor, witness = given_witness()
    floor.tell(floor.stir())
    assert witness.calls == ["commit"]


def test_when_the_journal_fails_nothing_leaves() -> None:  # req 0.18
    floor = given_floor(journal=BrokenJournal())
    floor.script.want(buy())
    with pytest.raises(JournalFailed, match="the disk is full"):
        floor.tell(floor.stir())
    assert floor.venue.sent == []
    assert floor.order().state is OrderState.STAGED


def test_a_fill_in_the_batch_is_seen_before_anything_is_decided() -> None:  # req 2.15
    floor = given_standing()
    floor.tell(floor.stir(), filled("t1", 40))
    assert floor.shown().yes_holding.provisional_micro == 40_000_000
    assert floor.shown().resting[0].remaining_micro == 60_000_000


def test_facts_are_applied_in_the_order_of_the_batch() -> None:  # req 2.13
    floor = given_floor()
    (order_id,) = floor.rest(buy())
    assert alerts(floor.tell(e.ProvenAbsent(order_id=order_id), acked(order_id))) == ["absent order lives"]
    floor.script.want_nothing()
    assert cancelled_ids(floor.tell(floor.stir())) == [order_id]


def test_the_journal_is_told_batch_time_number_and_frames() -> None:
    floor, witness = given_witness()
    number = floor.turner.count
    stir = floor.stir()
    floor.turner.turn([stir, acked("x")], 5, (17, 19))
    record = witness.committed[0]
    assert (record.number, record.at_ns, record.batch, record.frames) == (number + 1, 5, [stir, acked("x")], (17, 19))
    assert floor.turner.event_count == len(opening_facts()) + 2


def test_time_itself_matters_next_at_the_earliest_deadline_or_at_once_when_something_waits_to_be_decided() -> None:
    floor = given_floor(reply_timeout_ns=5 * NS_PER_SECOND)
    assert floor.turner.wake_at_ns() == floor.state.desks[MARKET].market.end_ns
    floor.rest(buy())
    assert floor.turner.wake_at_ns() == floor.now_ns + 5 * NS_PER_SECOND
    floor.engine.apply(floor.stir(), floor.now_ns)
    assert floor.turner.wake_at_ns() == 0


def test_a_watcher_sees_the_state_after_each_fact() -> None:
    floor = given_standing()
    seen: list[tuple[str, int]] = []

    def watch(event: e.Event, at_ns: Nanos) -> None:
        seen.append((type(event).__name__, floor.state.ledger.total(YES)))
        assert at_ns == 9

    Turner(floor.engine, floor.venue, MemoryJournal(), watch).turn([e.Tick(), filled("t1", 40), e.Tick()], 9)
    assert seen == [("Tick", 0), ("Filled", 40_000_000), ("Tick", 40_000_000)]
