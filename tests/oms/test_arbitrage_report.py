"""The arbitrage section of a report: nothing where nobody looked, else parts that add up."""

from oms.arbitrage_report import arbitrage
from oms.state import EngineSettings, State
from tests.oms.words_event import EventFloor
from tests.words_bundles import given_bundle


def test_where_nobody_looked_there_is_no_section() -> None:  # ruling 2.16
    assert arbitrage(State(EngineSettings())) is None


def test_windows_bundles_and_legs_add_up() -> None:  # req 4.10, 4.15, 4.22
    floor = EventFloor()
    first, second = floor.opens(given_bundle("a", "b", prices=(4_000, 4_000)))
    floor.fills(first)
    floor.fills(second)
    told = arbitrage(floor.state)
    assert told is not None
    windows = told["windows"]
    assert {name: windows[name] for name in ("seen", "taken", "missed", "open")} == {"seen": 1, "taken": 1, "missed": {}, "open": 0}
    assert windows["lifetime_ms"].keys() == windows["edge_pips"].keys() == {"p50", "p90", "most"}
    assert [(day["taken"], day["missed"]) for day in windows["days"]] == [(1, 0)]
    assert told["result_by_end_micro"] == {"complete": 4_000_000, "missed": 0, "unwound": 0, "exposed": 0}
    assert told["bundles"] == {"opened": 1, "complete": 1, "missed": 0, "unwound": 0, "exposed": 0, "in_flight": 0}
    assert (told["result_micro"], told["worst_micro"]) == (4_000_000, 0)
    assert told["legs"] == {
        "fok": {"sent": 2, "filled_whole": 2, "filled_in_part": 0},
        "fak": {"sent": 0, "filled_whole": 0, "filled_in_part": 0},
    }
    assert [near["edge_pips"] for near in told["near_misses"]] == [-50]
