"""Our account as we are told of it: splits, merges and conversions become facts with a statement beside them, and so does every refusal."""

from oms.values.commands import Command, Convert, Merge, Split
from oms.values.events import Converted, Event, EventListed, MarketListed, MarketResolved, SetsChanged, TransferRefused
from oms.values.units import MICRO, NS_PER_SECOND
from sim.exchange import Exchange
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger
from sim.own_account import US
from sim.venue import SimVenue
from sim.world import MARKET as MARKET_RANK
from sim.world import World
from tests.sim.words_events import EVENT, NO_WINS, given_group, given_question, names_of
from tests.sim.words_sim import Ears
from tests.words import NOON_NS


class Floor:
    """The exchange with one event of four markets, us with a thousand dollars, and somebody who listens on our side."""

    def __init__(self, *, conversion_fee_bps: int = 100) -> None:
        self.world = World(NOON_NS)
        self.venue = SimVenue(self.world, Messenger(self.world, Latency(LatencySettings(), 1)), Exchange())
        self.venue.open_account(1_000 * MICRO, NOON_NS)
        for market_id in names_of(4):
            self.venue.list_market(given_question(market_id), NOON_NS)
        self.group = given_group(*names_of(4), conversion_fee_bps=conversion_fee_bps)
        self.venue.list_event(self.group, NOON_NS)
        self.ears = Ears(self.venue)
        self.live(1)

    def command(self, *commands: Command) -> None:
        self.venue.send(self.venue.prepare(commands, self.world.now_ns()), self.world.now_ns())
        self.live(1)

    def live(self, seconds: float) -> None:
        until_ns = self.world.now_ns() + round(seconds * NS_PER_SECOND)
        self.world.at(until_ns, MARKET_RANK, lambda _now: None)
        self.world.run(self.ears, until_ns=until_ns)

    def heard(self, *kinds: type) -> list[Event]:
        heard, self.ears.heard = self.ears.heard, []
        return [event for _, event in heard if isinstance(event, kinds)]


def test_an_event_is_told_after_its_markets() -> None:
    floor = Floor()
    told = floor.heard(MarketListed, EventListed)
    assert [type(event) for event in told] == [MarketListed] * 4 + [EventListed]
    assert told[-1] == EventListed(group=floor.group)


def test_a_conversion_is_told_with_what_came_of_it_and_a_statement_of_all_that_moved() -> None:
    floor = Floor()
    for number in (0, 1):
        floor.command(Split(command_id=f"s{number}", market_id=f"q{number}", shares_micro=10 * MICRO))
    floor.command(Convert(command_id="c", event_id=EVENT, market_ids=("q0", "q1"), shares_micro=10 * MICRO))
    assert floor.heard(SetsChanged, Converted)[2:] == [
        Converted(
            event_id=EVENT, market_ids=("q0", "q1"), shares_micro=10 * MICRO, cash_micro=9_900_000, yes_market_ids=("q2", "q3"),
            yes_micro=9_900_000, command_id="c",
        )
    ]  # fmt: skip
    last = floor.venue.statements[-1]
    assert (last.cash_micro, dict(last.shares_micro)) == (989_900_000, {"q0:NO": 0, "q1:NO": 0, "q2:YES": 9_900_000, "q3:YES": 9_900_000})
    assert (len(floor.venue.statements), floor.venue.held("cash"), floor.venue.held("q2:YES"), floor.venue.audit()) == (4, 989_900_000, 9_900_000, "")


def test_yes_of_a_market_that_was_paid_out_does_not_come() -> None:
    floor = Floor(conversion_fee_bps=0)
    floor.command(Split(command_id="s", market_id="q1", shares_micro=10 * MICRO))
    now_ns = floor.world.now_ns()
    floor.venue.act(lambda exchange: exchange.resolve("q3", NO_WINS, now_ns), now_ns)
    floor.command(Convert(command_id="c", event_id=EVENT, market_ids=("q1",), shares_micro=10 * MICRO))
    (told,) = floor.heard(Converted)
    assert isinstance(told, Converted)
    assert (told.cash_micro, told.yes_market_ids, told.yes_micro) == (0, ("q0", "q2"), 10 * MICRO)
    now_ns = floor.world.now_ns()
    floor.venue.act(lambda exchange: exchange.resolve_event(EVENT, "q2", now_ns), now_ns)
    floor.live(1)
    assert [event.market_id for event in floor.heard(MarketResolved) if isinstance(event, MarketResolved)] == ["q2", "q0", "q1"]
    assert (floor.venue.held("cash"), floor.venue.statements[-1].cash_micro, floor.venue.audit()) == (1_000 * MICRO, 1_000 * MICRO, "")
    assert not floor.venue._shares


def test_a_transfer_that_is_refused_is_told_by_its_name_and_moves_nothing() -> None:
    floor = Floor()
    floor.command(
        Split(command_id="a", market_id="q0", shares_micro=1_001 * MICRO),
        Merge(command_id="b", market_id="q0", shares_micro=MICRO),
        Split(command_id="c", market_id="never", shares_micro=MICRO),
        Convert(command_id="d", event_id=EVENT, market_ids=("q0",), shares_micro=MICRO),
        Convert(command_id="e", event_id=EVENT, market_ids=("never",), shares_micro=MICRO),
    )
    assert sorted((event.command_id, event.why) for event in floor.heard(TransferRefused) if isinstance(event, TransferRefused)) == [
        ("a", "not enough cash that is free"),
        ("b", "not enough shares that are free"),
        ("c", "no such market, or not its token"),
        ("d", "not enough shares that are free"),
        ("e", "no outcome is named, or one twice, or one that is not of this event"),
    ]
    assert (len(floor.venue.statements), floor.venue.exchange.cash_total(US), floor.venue.is_quiet()) == (1, 1_000 * MICRO, True)


def test_a_statement_of_a_conversion_that_drifts_from_the_clearing_is_told() -> None:  # ruling 0.8
    floor = Floor()
    floor.command(Split(command_id="s", market_id="q1", shares_micro=10 * MICRO))
    floor.venue._shares["q1:NO"] += 1
    floor.command(Convert(command_id="c", event_id=EVENT, market_ids=("q1",), shares_micro=10 * MICRO))
    assert "the clearing holds 0 of q1:NO for us, our statements say 1" in floor.venue.audit()
