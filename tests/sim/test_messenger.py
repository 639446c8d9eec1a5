"""The wire: delays both ways, answers in order, and a count of what is under way."""

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.commands import AskOpenOrders, Cancel, Place
from oms.values.events import Paused
from oms.values.orders import Side
from oms.values.units import NS_PER_MS, Nanos
from sim.conservation import Statement
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger, name_orders
from sim.world import MARKET, World
from tests.sim.words_sim import Ears, PaperDesk, spec
from tests.words import NOON_NS


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(0, 9))
@settings(max_examples=60)
def test_answers_arrive_later_and_in_the_order_they_were_given(gaps_ms: list[int], seed: int) -> None:
    world = World(NOON_NS)
    messenger = Messenger(world, Latency(LatencySettings(reply_ms=(1, 100)), seed))
    ears = Ears(PaperDesk().venue)
    given_ns: list[Nanos] = []

    def answer(at_ns: Nanos) -> None:
        given_ns.append(at_ns)
        messenger.answer(at_ns, Paused(why=str(len(given_ns))))

    for number in range(len(gaps_ms)):
        world.at(NOON_NS + sum(gaps_ms[: number + 1]) * NS_PER_MS, MARKET, answer)
    world.run(ears)
    assert [event.why for _, event in ears.heard if isinstance(event, Paused)] == [str(number + 1) for number in range(len(gaps_ms))]
    for gave_ns, (heard_ns, _) in zip(given_ns, ears.heard, strict=True):
        assert heard_ns >= gave_ns + NS_PER_MS, "a delay is above zero"
    assert messenger.under_way == 0


def test_a_command_never_acts_at_its_own_instant_and_is_under_way_until_it_arrives() -> None:  # req 4.14; ruling 2.6
    world = World(NOON_NS)
    messenger = Messenger(world, Latency(LatencySettings(order_ms=(1, 3)), 0))
    arrived: list[tuple[Nanos, int]] = []
    for _ in range(50):
        messenger.carry(NOON_NS, lambda at_ns: arrived.append((at_ns, messenger.under_way)))
    assert messenger.under_way == 50
    world.run(Ears(PaperDesk().venue))
    assert min(at_ns for at_ns, _ in arrived) >= NOON_NS + NS_PER_MS
    assert [left for _, left in arrived] == list(range(49, -1, -1))


def test_a_statement_is_kept_in_the_order_of_the_answers() -> None:
    messenger = Messenger(World(NOON_NS), Latency(LatencySettings(), 0))
    first, second = (Statement(cash_micro=cash, shares_micro=()) for cash in (1, 2))
    messenger.answer(NOON_NS, Paused(why="a"), first)
    messenger.answer(NOON_NS, Paused(why="no money moved"))
    messenger.answer(NOON_NS, Paused(why="b"), second)
    assert list(messenger.statements) == [first, second]


def test_only_orders_get_a_name_and_it_follows_from_ours() -> None:
    place = Place(order_id="7-1", spec=spec(Side.BUY, 50, 5), strategy="test", why="")
    named = name_orders([place, Cancel(order_id="7-1", why=""), AskOpenOrders()], "sim-")
    assert [one.venue_order_id for one in named] == ["sim-7-1", "", ""]
    assert [one.command for one in named] == [place, Cancel(order_id="7-1", why=""), AskOpenOrders()]
