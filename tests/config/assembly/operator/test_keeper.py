"""Round the engine: ill at exact bounds, halted once, marked now and then, ready only when both books were compared, fed only while healthy."""

from pathlib import Path

import pytest

from config.assembly.operator import keeper as module
from config.assembly.operator.keeper import LOOK_NS, MARK_NS, STATUS_NS, VITALS_NS, Ends, Keeper, Vitals, ailment, disk_free_bytes, vitals_in_words
from config.outside import GuardsSection
from connectors.operator.control.bridge import Question, Reply, Wanted
from connectors.systemd import Notifier
from oms.machines.guard import GuardLimits
from oms.values import events as e
from oms.values.panels import Topic
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from tests.config.assembly.operator.words_operator import given_steward
from tests.oms.words_engine import Floor, given_floor, ready

GUARDS = GuardsSection(user_stream_silent_s=10, clock_off_max_ms=500, disk_free_min_mb=200)
WELL = Vitals(user_silent_ns=0, clock_off_ns=0, disk_free_bytes=10**12)


class Listening(Notifier):
    """A service manager that remembers."""

    def __init__(self) -> None:
        super().__init__("")
        self.heard: list[str] = []

    def ready(self, status: str = "") -> None:
        self.heard.append(f"ready: {status}")

    def status(self, text: str) -> None:
        self.heard.append(f"status: {text}")

    def feed(self, at_ns: int, healthy: bool) -> None:  # noqa: FBT001 - the watchdog's one question
        self.heard.append(f"{'fed' if healthy else 'not fed'} {at_ns}")


class House:
    """A keeper with everything round it in the test's hands. Its clock is monotonic, the run's own is given with each beat."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, floor: Floor | None = None, guards: GuardsSection = GUARDS) -> None:
        self.now_ns = 10**15
        monkeypatch.setattr(module, "time", type("Clock", (), {"monotonic_ns": staticmethod(lambda: self.now_ns)}))
        self.floor = floor or given_floor()
        self.notifier = Listening()
        self.vitals = WELL
        self.looks = 0
        self.halts: list[str] = []
        self.told: list[e.Event] = []
        self.kill_file = folder / "KILL"
        ends = Ends(vitals=self._vitals, halt=self.halts.append, tell=self.told.append)
        self.keeper = Keeper(self.floor.state, given_steward(self.floor.state), self.notifier, guards, self.kill_file, ends)

    def _vitals(self, _at_ns: int) -> Vitals:
        self.looks += 1
        return self.vitals

    def beat(self, after_ns: int = LOOK_NS, at_ns: int = 7, *, is_healthy: bool = True) -> None:
        self.now_ns += after_ns
        self.keeper.beat(at_ns, is_healthy=is_healthy)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> House:
    return House(monkeypatch, tmp_path)


BOUNDS = [
    ({"user_silent_ns": 10 * NS_PER_SECOND}, {"user_silent_ns": 10 * NS_PER_SECOND + 1}, "silent for 10 s; 10 s are allowed"),
    ({"clock_off_ns": 500 * NS_PER_MS}, {"clock_off_ns": 500 * NS_PER_MS + 1}, "our clock is +500 ms off"),
    ({"clock_off_ns": -500 * NS_PER_MS}, {"clock_off_ns": -500 * NS_PER_MS - 1}, "our clock is -500 ms off"),
    ({"disk_free_bytes": 200_000_000}, {"disk_free_bytes": 199_999_999}, "199 MB are free"),
    ({"disk_free_bytes": 200_000_000}, {"disk_free_bytes": 0}, "0 MB are free"),
]


@pytest.mark.parametrize(("well", "ill", "why"), BOUNDS)
def test_the_bound_itself_is_well_and_a_hair_beyond_is_ill(well: dict[str, int], ill: dict[str, int], why: str) -> None:
    assert ailment(Vitals(**well), GUARDS) == ""
    assert why in ailment(Vitals(**ill), GUARDS)


def test_what_nobody_knows_is_no_ailment_and_what_is_not_guarded_is_none_either() -> None:
    assert ailment(Vitals(), GUARDS) == ""
    off = GuardsSection(user_stream_silent_s=0, clock_off_max_ms=0, disk_free_min_mb=0)
    assert ailment(Vitals(user_silent_ns=10**18, clock_off_ns=-(10**18), disk_free_bytes=0), off) == ""
    assert vitals_in_words(Vitals(user_silent_ns=1, clock_off_ns=1, disk_free_bytes=1), off) == vitals_in_words(Vitals(), GUARDS) == {}


def test_how_near_each_is_is_told_in_words() -> None:
    vitals = Vitals(user_silent_ns=3 * NS_PER_SECOND, clock_off_ns=-20 * NS_PER_MS, disk_free_bytes=5_000 * 10**6)
    assert vitals_in_words(vitals, GUARDS) == {
        "user stream": "silent for 3 s of 10 s",
        "clock": "-20 ms of 500 ms",
        "disk": "5,000 MB free, 200 MB needed",
    }


def test_room_is_asked_of_the_folder_and_is_unknown_where_there_is_none(tmp_path: Path) -> None:
    assert (disk_free_bytes(tmp_path) or 0) > 0
    assert disk_free_bytes(tmp_path / "gone") is None


def test_the_kill_file_halts_once_however_long_it_lies_there(house: House) -> None:
    house.beat()
    assert house.halts == []
    house.kill_file.touch()
    for _ in range(5):
        house.beat()
    assert house.halts == [f"the file {house.kill_file} was put there"]
    assert house.keeper.is_halting


def test_it_is_looked_for_four_times_a_second_and_not_at_every_turn(house: House) -> None:
    house.beat()
    house.kill_file.touch()
    house.beat(LOOK_NS - 1)
    assert house.halts == []
    house.beat(1)
    assert len(house.halts) == 1


def test_a_kill_file_that_cannot_be_looked_for_kills_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(_path: Path) -> bool:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr(Path, "exists", no)
    house.beat()
    assert house.halts == []


def test_a_guard_of_the_engine_that_tripped_halts_with_its_words(house: House) -> None:
    house.floor.state.guard.tripped = "too much is lost"
    house.beat()
    house.beat()
    assert house.halts == ["too much is lost"]


def test_an_ailment_halts_at_the_next_look_at_the_vitals(house: House) -> None:
    house.beat()
    house.vitals = Vitals(disk_free_bytes=0)
    house.beat()
    assert house.halts == []
    house.beat(VITALS_NS - LOOK_NS)
    assert len(house.halts) == 1
    assert house.looks == 2
    house.beat(VITALS_NS)
    assert (len(house.halts), house.looks) == (1, 2)
    assert house.keeper.words() == {"disk": "0 MB free, 200 MB needed"}


def test_while_somebody_else_halts_nothing_is_halted_again_and_the_watchdog_is_still_fed(house: House) -> None:
    house.keeper.is_halting = True
    house.kill_file.touch()
    house.beat(at_ns=50)
    assert (house.halts, house.looks, house.told) == ([], 0, [])
    assert house.notifier.heard[-1] == "fed 50"


def test_the_watchdog_hears_whether_the_loop_was_in_time(house: House) -> None:
    house.beat(at_ns=1)
    house.beat(at_ns=2, is_healthy=False)
    assert house.notifier.heard[-2:] == ["fed 1", "not fed 2"]


def test_ready_is_said_once_and_only_after_both_reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    floor = Floor()
    house = House(monkeypatch, tmp_path, floor)
    house.beat()
    opened, *reports = ready()
    floor.tell(opened)
    house.beat()
    floor.tell(reports[0])
    house.beat()
    assert not [line for line in house.notifier.heard if line.startswith("ready")]
    floor.tell(reports[1])
    house.beat()
    floor.tell(e.VenueSyncing(why="restart"), *ready(floor.now_ns))
    house.beat()
    assert [line for line in house.notifier.heard if line.startswith("ready")] == ["ready: trading, 0 orders open"]


def test_systemd_hears_of_another_phase_at_once_and_of_the_rest_now_and_then(house: House) -> None:
    def said() -> list[str]:
        lines = [line.removeprefix("status: ") for line in house.notifier.heard if line.startswith("status")]
        house.notifier.heard.clear()
        return lines

    house.beat()
    said()
    house.beat(STATUS_NS)
    house.beat()
    assert said() == ["trading, 0 orders open"]
    house.floor.tell(e.VenueSyncing(why="signer: it hung up"))
    house.beat()
    house.beat()
    assert said() == ["syncing, 0 orders open: signer: it hung up"]


def guarded(monkeypatch: pytest.MonkeyPatch, folder: Path) -> House:
    floor = given_floor(guards=GuardLimits(drawdown_max_micro=1_000 * MICRO))
    return House(monkeypatch, folder, floor)


def test_the_result_and_the_best_are_written_down_once_a_minute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    house = guarded(monkeypatch, tmp_path)
    guard = house.floor.state.guard
    guard.mark(90 * MICRO, 5)
    guard.mark(40 * MICRO, 6)
    for _ in range(3):
        house.beat()
    assert house.told == [e.ResultMarked(result_micro=40 * MICRO, best_micro=90 * MICRO)]
    house.beat(MARK_NS)
    assert len(house.told) == 2


def test_without_a_result_nothing_is_written_down(house: House) -> None:
    house.beat()
    house.beat(MARK_NS)
    assert house.told == []


def test_a_clock_of_the_run_that_goes_back_holds_nothing_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    house = guarded(monkeypatch, tmp_path)
    house.beat(at_ns=10**18)
    house.kill_file.touch()
    house.beat(MARK_NS, at_ns=5)
    assert len(house.told) == 2
    assert len(house.halts) == 1
    assert house.notifier.heard[-1] == "fed 5"


def test_whoever_watches_is_served_at_every_turn_halting_or_not(house: House) -> None:
    bridge = house.keeper.steward.bridge
    house.keeper.is_halting = True
    for ticket in range(3):
        assert bridge.put(Question(ticket, Wanted(Topic.OVERVIEW)))
        house.beat(1)
    assert [reply.ticket for reply in bridge.fetch()[1] if isinstance(reply, Reply)] == [0, 1, 2]


def test_what_was_marked_is_folded_into_a_guard_that_knows_the_best(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    house = guarded(monkeypatch, tmp_path)
    house.floor.state.guard.mark(90 * MICRO, 5)
    house.floor.state.guard.mark(-20 * MICRO, 6)
    house.beat()
    again = given_floor(guards=GuardLimits(drawdown_max_micro=1_000 * MICRO))
    again.tell(*house.told)
    assert (again.state.guard.peak_micro, again.state.guard.tripped) == (90 * MICRO, "")
