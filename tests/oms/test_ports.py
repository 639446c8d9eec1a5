import inspect

import pytest

from oms import ports
from oms.journal import MemoryJournal, SqliteJournal
from oms.replay import AuditJournal
from sim.paper_venue import PaperVenue
from sim.venue import SimVenue
from sim.world import World
from tests.oms.words_engine import ListeningVenue

FILLED_BY = [
    (ports.Journal, MemoryJournal),
    (ports.Journal, SqliteJournal),
    (ports.Journal, AuditJournal),
    (ports.Clock, World),
    (ports.Venue, SimVenue),
    (ports.Venue, PaperVenue),
    (ports.Venue, ListeningVenue),
]


@pytest.mark.parametrize(("socket", "plug"), FILLED_BY)
def test_whoever_fills_a_socket_has_its_methods_with_its_parameters(socket: type, plug: type) -> None:  # req 2.29
    for name, method in inspect.getmembers(socket, inspect.isfunction):
        if not name.startswith("_"):
            assert list(inspect.signature(getattr(plug, name)).parameters) == list(inspect.signature(method).parameters), name


def test_what_a_turn_did_is_told_with_nothing_made_up() -> None:
    record = ports.Turned(number=1, at_ns=2, batch=[])
    assert (record.decisions, record.ready, record.frames) == ((), (), None)
