"""Virtual time: what comes first at an instant, what may not happen, and when a turn runs."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.engine import Engine
from oms.journal import MemoryJournal
from oms.state import EngineSettings
from oms.turn import Turner
from oms.values.events import Paused, Tick
from oms.values.units import NS_PER_SECOND, Nanos
from sim.world import ANSWERS, ARRIVALS, LIVES_ON_NS, MARKET, Action, World
from tests.sim.words_sim import Ears, PaperDesk
from tests.words import NOON_NS


class Day:
    """A world, somebody who listens, and a diary."""

    def __init__(self) -> None:
        self.world = World(NOON_NS)
        self.ears = Ears(PaperDesk().venue)
        self.diary: list[str] = []

    def note(self, what: str) -> Action:
        return lambda at_ns: self.diary.append(f"{at_ns - NOON_NS} {what}")

    def tell(self, what: str) -> Action:
        return lambda _at_ns: self.world.tell(Paused(why=what))

    def plan(self, after_ns: int, rank: int, what: str) -> None:
        self.world.at(NOON_NS + after_ns, rank, self.note(what))

    def feed(self, *times: int) -> Iterator[tuple[Nanos, Action]]:
        return ((NOON_NS + after_ns, self.note("frame")) for after_ns in times)

    def heard(self) -> list[tuple[int, str]]:
        return [(at_ns - NOON_NS, event.why) for at_ns, event in self.ears.heard if isinstance(event, Paused)]


def test_at_one_instant_the_market_moves_then_answers_come_then_our_commands_arrive() -> None:  # ruling 2.6
    day = Day()
    for rank, what in ((ARRIVALS, "arrival"), (ANSWERS, "answer"), (MARKET, "market"), (ARRIVALS, "second arrival"), (MARKET, "second market")):
        day.plan(5, rank, what)
    day.plan(3, ARRIVALS, "earlier")
    day.world.run(day.ears, feed=day.feed(5))
    assert day.diary == ["3 earlier", "5 frame", "5 market", "5 second market", "5 answer", "5 arrival", "5 second arrival"]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([MARKET, ANSWERS, ARRIVALS])), max_size=30))
@settings(max_examples=60)
def test_things_happen_by_time_then_rank_then_in_the_order_of_planning(plans: list[tuple[int, int]]) -> None:
    day = Day()
    for number, (after_ns, rank) in enumerate(plans):
        day.plan(after_ns, rank, f"{rank} {number}")
    day.world.run(day.ears)
    expected = [f"{after_ns} {rank} {number}" for after_ns, rank, number in sorted((*plan, number) for number, plan in enumerate(plans))]
    assert day.diary == expected


def test_what_is_planned_for_this_very_instant_still_happens_in_it() -> None:
    day = Day()
    day.world.at(NOON_NS + 1, ARRIVALS, lambda at_ns: day.world.at(at_ns, MARKET, day.note("at once")))
    day.plan(2, MARKET, "later")
    day.world.run(day.ears)
    assert day.diary == ["1 at once", "2 later"]


def test_nothing_can_be_done_in_the_past() -> None:
    day = Day()
    day.plan(5, MARKET, "now")
    day.world.run(day.ears)
    with pytest.raises(AssertionError, match="in the past"):
        day.plan(4, MARKET, "too late")


def test_all_that_reached_us_at_an_instant_is_one_turn_and_a_silent_instant_is_none() -> None:
    day = Day()
    for after_ns, rank, what in ((1, ANSWERS, "b"), (1, MARKET, "a"), (3, MARKET, "c")):
        day.world.at(NOON_NS + after_ns, rank, day.tell(what))
    day.plan(2, MARKET, "silence")
    day.world.run(day.ears)
    assert [at_ns - NOON_NS for at_ns in day.ears.turns] == [1, 3]
    assert day.heard() == [(1, "a"), (1, "b"), (3, "c")]


def test_frames_behind_a_turn_are_named_first_and_last() -> None:
    day = Day()
    seen: list[tuple[int, int] | None] = []

    class Frames(Ears):
        def turn(self, batch: object, at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:  # noqa: ARG002
            seen.append(frames)

    def frame(seq: int) -> Action:
        def take(_at_ns: Nanos) -> None:
            day.world.saw_frame(seq)
            day.world.tell(Tick())

        return take

    ears = Frames(PaperDesk().venue)
    day.world.at(NOON_NS + 9, MARKET, day.tell("no frame"))
    day.world.run(ears, feed=iter([(NOON_NS + 1, frame(4)), (NOON_NS + 1, frame(5)), (NOON_NS + 2, frame(6))]))
    assert seen == [(4, 5), (6, 6), None]


def test_instants_after_until_are_not_lived_but_stay_planned() -> None:
    day = Day()
    for after_ns in (1, 2, 3):
        day.plan(after_ns, MARKET, "x")
    day.world.run(day.ears, until_ns=NOON_NS + 2)
    assert (day.diary, day.world.now_ns() - NOON_NS) == (["1 x", "2 x"], 2)
    day.world.run(day.ears)
    assert day.diary == ["1 x", "2 x", "3 x"]


def test_the_pace_is_asked_before_each_instant_and_can_end_the_run() -> None:
    day = Day()
    for after_ns in (1, 1, 2, 3):
        day.plan(after_ns, MARKET, "x")
    asked: list[int] = []

    def pace(at_ns: Nanos) -> bool:
        asked.append(at_ns - NOON_NS)
        return at_ns < NOON_NS + 3

    day.world.run(day.ears, pace=pace)
    assert (asked, day.diary) == ([1, 2, 3], ["1 x", "1 x", "2 x"])


def test_a_feed_is_read_lazily_beside_the_queue_and_the_queue_lives_on_after_it() -> None:
    day = Day()
    read: list[int] = []

    def feed() -> Iterator[tuple[Nanos, Action]]:
        for after_ns in (1, 4, 4):
            read.append(after_ns)
            yield NOON_NS + after_ns, day.note(f"frame, {len(read)} read")

    day.plan(2, MARKET, "between")
    day.plan(9, MARKET, "after")
    day.world.run(day.ears, feed=feed())
    assert day.diary == ["1 frame, 1 read", "2 between", "4 frame, 2 read", "4 frame, 3 read", "9 after"]


def given_sleeper(day: Day, *after_ns: int) -> tuple[Turner, list[int]]:
    """An engine that wants to be woken at these times, and when it was."""
    woken: list[int] = []
    deadlines = list(after_ns)

    class Sleeper(Engine):
        def wake_at_ns(self) -> Nanos | None:
            return NOON_NS + deadlines[0] if deadlines else None

    class Woken(Ears):
        def turn(self, batch: object, at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:  # noqa: ARG002
            woken.append(at_ns - NOON_NS)
            while deadlines and NOON_NS + deadlines[0] <= at_ns:
                deadlines.pop(0)

    ears = Woken(PaperDesk().venue)
    Turner.__init__(ears, Sleeper(EngineSettings()), PaperDesk().venue, MemoryJournal())
    day.world.at(NOON_NS + 4, MARKET, day.note("the world goes on"))
    return ears, woken


def test_a_deadline_wakes_a_turn_at_its_time_or_at_once_when_it_has_passed() -> None:
    day = Day()
    ears, woken = given_sleeper(day, -NS_PER_SECOND, 3, 7)
    day.world.run(ears)
    assert woken == [0, 3, 7]
    assert day.diary == ["4 the world goes on"]


@pytest.mark.parametrize("is_idle", [True, False])
def test_long_after_a_recording_no_deadline_is_lived_before_something_happens_unless_anything_is_under_way(is_idle: bool) -> None:  # noqa: FBT001
    after_ns = 1 + LIVES_ON_NS
    day = Day()
    ears, woken = given_sleeper(day, after_ns, after_ns + 1, after_ns + 2)
    day.world.at(NOON_NS + 10 * after_ns, MARKET, day.tell("the market ends"))
    day.world.run(ears, feed=day.feed(1), is_idle=lambda: is_idle)
    assert woken == [after_ns, *([] if is_idle else [after_ns + 1, after_ns + 2]), 10 * after_ns]


def test_a_deadline_alone_does_not_keep_a_finished_recording_alive() -> None:
    day = Day()
    ears, woken = given_sleeper(day, 3, 7)
    day.world.run(ears, feed=day.feed(1))
    assert woken == [3]
    assert day.diary == ["1 frame", "4 the world goes on"]
