"""The faulty wire and transactions on a chain: they may come late or never, but what became of each is always told, by and by."""

from collections.abc import Mapping

import pytest

from oms.values.commands import AskTransfer, Convert, Merge, Prepared, Split
from oms.values.events import Converted, Event, EventListed, MarketListed, MarketResolved, SetsChanged, TransferRefused
from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from sim.exchange import Exchange
from sim.faults import Faults
from sim.faulty_venue import FaultyVenue
from sim.latency import Latency
from sim.link import LATE_MAX_NS, FaultyLink
from sim.own_transfers import NEVER_ARRIVED
from sim.world import MARKET as MARKET_RANK
from sim.world import World
from tests.sim.words_events import EVENT, NO_WINS, given_group, given_question, names_of
from tests.sim.words_faults import QUICK
from tests.sim.words_sim import Ears
from tests.words import NOON_NS

COMMANDS = (
    Split(command_id="s", market_id="q0", shares_micro=10 * MICRO),
    Merge(command_id="m", market_id="q1", shares_micro=5 * MICRO),
    Convert(command_id="c", event_id=EVENT, market_ids=("q1",), shares_micro=5 * MICRO),
)
IDS = ["c", "m", "s"]
TOLD_MAX_NS = 2 * LATE_MAX_NS


class Floor:
    """An event of three markets, us with ten sets of q1, and somebody who listens."""

    def __init__(self, rates: Mapping[str, float], seed: int = 1) -> None:
        self.world = World(NOON_NS)
        self.faults = Faults(seed, rates=rates)
        self.link = FaultyLink(self.world, Latency(QUICK, seed), self.faults)
        self.venue = FaultyVenue(self.world, self.link, Exchange(), self.faults)
        self.venue.open_account(1_000 * MICRO, NOON_NS)
        for market_id in names_of(3):
            self.venue.list_market(given_question(market_id), NOON_NS)
        self.venue.list_event(given_group(*names_of(3)), NOON_NS)
        self.ears = Ears(self.venue)
        self.faults.active = False
        self.send(Split(command_id="first", market_id="q1", shares_micro=10 * MICRO))
        self.live(1)
        self.ears.heard.clear()
        self.faults.active = True
        self.begun_ns = self.world.now_ns()

    def prepare(self, *commands: Split | Merge | Convert | AskTransfer) -> list[Prepared]:
        return self.venue.prepare(commands, self.world.now_ns())

    def send(self, *commands: Split | Merge | Convert | AskTransfer) -> None:
        self.venue.send(self.prepare(*commands), self.world.now_ns())

    def live(self, seconds: float = 60) -> None:
        until_ns = self.world.now_ns() + int(seconds * NS_PER_SECOND)
        self.world.at(until_ns, MARKET_RANK, lambda _now: None)
        self.world.run(self.ears, until_ns=until_ns)

    def told(self) -> list[tuple[Nanos, str, Event]]:
        """When after the beginning, of which command, what."""
        return [
            (at_ns - self.begun_ns, event.command_id, event)
            for at_ns, event in self.ears.heard
            if isinstance(event, SetsChanged | Converted | TransferRefused)
        ]

    def held(self, token: str) -> int:
        return self.venue.held(token) // MICRO


def test_a_transfer_that_is_lost_is_told_within_ten_seconds_and_moves_nothing() -> None:
    for seed in range(10):
        floor = Floor({"transfer lost": 1.0}, seed)
        floor.send(*COMMANDS)
        floor.live()
        told = floor.told()
        assert sorted(name for _, name, _ in told) == IDS
        assert all(event == TransferRefused(command_id=name, why=NEVER_ARRIVED) for _, name, event in told)
        assert all(NS_PER_SECOND <= at_ns <= 10 * NS_PER_SECOND for at_ns, _, _ in told)
        assert (floor.held("cash"), floor.held("q1:NO")) == (990, 10)


@pytest.mark.parametrize("fault", ["transfer late", "transfer word late"])
def test_a_late_transfer_or_word_of_it_comes_once_and_within_the_bound(fault: str) -> None:
    for seed in range(10):
        floor = Floor({fault: 1.0}, seed)
        floor.send(*COMMANDS)
        floor.live()
        told = floor.told()
        assert sorted(name for _, name, _ in told) == IDS
        assert not any(isinstance(event, TransferRefused) for _, _, event in told)
        assert all(NS_PER_SECOND // 2 < at_ns <= LATE_MAX_NS for at_ns, _, _ in told)
        assert (floor.held("cash"), floor.held("q1:NO"), floor.held("q2:YES")) == (985, 0, 5)


def test_a_doubled_word_is_told_twice_the_same() -> None:
    floor = Floor({"transfer word doubled": 1.0})
    floor.send(*COMMANDS)
    floor.live()
    told = [event for _, _, event in sorted(floor.told(), key=lambda row: row[1])]
    assert told[0::2] == told[1::2]
    assert sorted(name for _, name, _ in floor.told()) == sorted([*IDS, *IDS])
    assert floor.held("cash") == 985


def test_a_transfer_that_the_venue_refuses_moves_nothing_and_is_judged_once() -> None:
    floor = Floor({"transfer refused": 1.0, "transfer doubled": 1.0})
    floor.send(*COMMANDS)
    floor.live()
    assert sorted((name, event) for _, name, event in floor.told()) == [
        (name, TransferRefused(command_id=name, why="reverted: a fault")) for name in IDS
    ]
    assert (floor.faults.counts(), floor.venue.moved[1:]) == ({"transfer refused": 3, "transfer doubled": 3}, [])
    assert (floor.held("cash"), floor.held("q1:NO")) == (990, 10)


def test_a_transfer_that_comes_twice_is_done_and_told_once() -> None:
    for seed in range(5):
        floor = Floor({"transfer doubled": 1.0}, seed)
        floor.send(*COMMANDS)
        floor.live()
        assert sorted(name for _, name, _ in floor.told()) == IDS
        assert sorted(name for name, _ in floor.venue.moved[1:]) == IDS
        assert (floor.held("cash"), floor.venue.audit()) == (985, "")


def test_what_never_arrived_because_the_venue_was_away_does_not_come_a_second_time() -> None:
    floor = Floor({"transfer doubled": 1.0})
    floor.send(COMMANDS[0])
    floor.link.is_up = False
    floor.live(1)
    floor.venue._back(floor.world.now_ns())
    floor.live()
    assert [event for _, _, event in floor.told()] == [TransferRefused(command_id="s", why=NEVER_ARRIVED)]
    assert floor.held("cash") == 990


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_word_that_is_lost_is_heard_by_who_asks(*, is_lost: bool) -> None:
    """One that arrived is told as it ended; one that did not as never arrived, once it cannot come any more."""
    floor = Floor({"transfer word lost": 1.0, "transfer lost": 1.0 if is_lost else 0.0})
    floor.send(*COMMANDS)
    floor.live()
    assert floor.told() == []
    asked = AskTransfer(command_id="s", sent_ns=floor.begun_ns)
    floor.send(asked)
    floor.live(1)
    assert floor.told() == [], "this word may be lost too"
    floor.faults.active = False
    floor.send(asked)
    floor.live(1)
    told = TransferRefused(command_id="s", why=NEVER_ARRIVED) if is_lost else SetsChanged(market_id="q0", shares_micro=10 * MICRO, command_id="s")
    assert [event for _, _, event in floor.told()] == [told]


def test_what_a_market_paid_while_the_venue_was_away_is_told_when_it_is_back() -> None:
    floor = Floor({})
    floor.link.is_up = False
    now_ns = floor.world.now_ns()
    floor.venue.act(lambda exchange: exchange.resolve("q1", NO_WINS, now_ns), now_ns)
    floor.live(5)
    assert [event for _, event in floor.ears.heard if isinstance(event, MarketResolved)] == []
    floor.venue._back(floor.world.now_ns())
    floor.live(1)
    assert [event for _, event in floor.ears.heard if isinstance(event, MarketResolved)] == [MarketResolved(market_id="q1", payout=NO_WINS)]
    assert floor.venue.payouts == {"q1": NO_WINS}


def test_what_was_moved_is_written_down_as_it_was_moved() -> None:
    floor = Floor({})
    floor.send(*COMMANDS)
    floor.live()
    assert sorted(floor.venue.moved[1:]) == [
        ("c", {"cash": 0, "q1:NO": -5 * MICRO, "q0:YES": 5 * MICRO, "q2:YES": 5 * MICRO}),
        ("m", {"cash": 5 * MICRO, "q1:YES": -5 * MICRO, "q1:NO": -5 * MICRO}),
        ("s", {"cash": -10 * MICRO, "q0:YES": 10 * MICRO, "q0:NO": 10 * MICRO}),
    ]


def test_what_finds_the_venue_away_never_arrived_and_is_told_when_it_is_back() -> None:
    floor = Floor({})
    floor.send(COMMANDS[0])
    floor.link.is_up = False  # after the first left, before it arrives; the others leave into nothing
    floor.send(*COMMANDS[1:])
    floor.live(20)
    assert floor.told() == []
    floor.venue._back(floor.world.now_ns())
    floor.live(1)
    assert sorted((name, event) for _, name, event in floor.told()) == [(name, TransferRefused(command_id=name, why=NEVER_ARRIVED)) for name in IDS]
    assert floor.held("cash") == 990


def test_a_word_that_comes_while_the_venue_is_away_or_no_process_runs_is_told_after() -> None:
    for is_away in (False, True):
        floor = Floor({})
        floor.send(*COMMANDS)
        floor.live(0.12)  # all have arrived, nothing was told
        assert (floor.held("cash"), floor.told()) == (985, [])
        if is_away:
            floor.link.is_up = False
            floor.live(5)
            assert floor.told() == []
            floor.venue._back(floor.world.now_ns())
        else:
            floor.link.hang_up()
            floor.live(5)
            assert floor.told() == []
            floor.venue.greet()
        floor.live(1)
        assert [name for _, name, _ in floor.told()] == ["s", "m", "c"]


def test_what_a_process_heard_in_the_instant_in_which_it_died_is_told_to_the_next() -> None:
    floor = Floor({})
    floor.send(COMMANDS[0])
    floor.live(0.15)
    assert len(floor.told()) == 1
    floor.link.hang_up()
    floor.venue.greet()
    floor.live(1)
    (first, again) = [event for _, _, event in floor.told()]
    assert first == again
    floor.link.hang_up()
    floor.venue.greet()
    floor.live(1)
    assert len(floor.told()) == 2, "it had a second to write it down"


def test_a_transfer_that_was_committed_and_not_sent_is_told_to_the_next_process_as_never_arrived() -> None:
    floor = Floor({})
    floor.venue.committed(floor.prepare(*COMMANDS))
    floor.link.hang_up()
    floor.venue.greet()
    floor.live(1)
    assert sorted((name, event) for _, name, event in floor.told()) == [(name, TransferRefused(command_id=name, why=NEVER_ARRIVED)) for name in IDS]
    floor.venue.greet()
    floor.live(1)
    assert len(floor.told()) == 3


def test_nothing_is_said_of_a_transfer_that_was_named_and_not_committed_as_the_next_process_may_use_its_name() -> None:
    floor = Floor({})
    floor.prepare(*COMMANDS)
    floor.link.hang_up()
    floor.venue.greet()
    floor.live(1)
    assert floor.told() == []


def test_a_process_that_begins_is_told_of_an_event_after_its_markets() -> None:
    floor = Floor({})
    floor.ears.heard.clear()
    floor.venue.greet()
    floor.live(1)
    told = [event for _, event in floor.ears.heard if isinstance(event, MarketListed | EventListed)]
    assert [type(event) for event in told] == [MarketListed] * 3 + [EventListed]
    assert told[-1] == EventListed(group=given_group(*names_of(3)))


def test_under_every_fault_each_transfer_is_told_as_it_ended_and_nothing_else_happened() -> None:
    kinds = ("transfer lost", "transfer late", "transfer word late", "transfer word doubled", "transfer refused", "transfer doubled")
    rates = {**dict.fromkeys(kinds, 0.3), "word lost": 1.0, "place lost": 1.0}
    for seed in range(30):
        floor = Floor(rates, seed)
        floor.send(*COMMANDS)
        floor.live()
        ends: dict[str, Event] = {}
        for at_ns, name, event in floor.told():
            assert ends.setdefault(name, event) == event, "the same end each time"
            assert at_ns <= TOLD_MAX_NS + NS_PER_SECOND
        assert sorted(ends) == IDS
        assert floor.held("q0:YES") == sum(10 for name in ("s",) if isinstance(ends[name], SetsChanged)) + 5 * isinstance(ends["c"], Converted)
        assert floor.held("q1:NO") == 10 - 5 * isinstance(ends["m"], SetsChanged) - 5 * isinstance(ends["c"], Converted)
        assert floor.venue.audit() == ""
