"""Splits and merges of ours: done once however often they arrive, told again when asked, and refused for good when they are long overdue."""

from oms.values.commands import AskTransfer, Merge, Split
from oms.values.events import SetsChanged, TransferRefused
from oms.values.units import MICRO, NS_PER_SECOND
from sim.own_transfers import LOST_AFTER_NS, NEVER_ARRIVED
from tests.sim.test_venue import Floor
from tests.words import MARKET, NOON_NS, YES

SPLIT = Split(command_id="t1", market_id=MARKET, shares_micro=20 * MICRO)
DONE = SetsChanged(market_id=MARKET, shares_micro=20 * MICRO, command_id="t1")
HEARD = (SetsChanged, TransferRefused)


def test_a_transfer_that_arrives_twice_is_done_once() -> None:
    floor = Floor()
    floor.command(SPLIT)
    floor.command(SPLIT)
    assert floor.heard(*HEARD) == [DONE]
    assert (floor.venue.held(YES), floor.venue.held("cash"), floor.venue.audit()) == (20 * MICRO, 980 * MICRO, "")


def test_what_became_of_one_is_told_again_when_asked_with_how_things_are() -> None:
    floor = Floor()
    floor.command(SPLIT)
    floor.command(Merge(command_id="t2", market_id=MARKET, shares_micro=21 * MICRO))
    floor.heard()
    for command_id in ("t1", "t2"):
        floor.command(AskTransfer(command_id=command_id, sent_ns=floor.world.now_ns()))
    refused = TransferRefused(command_id="t2", why="not enough shares that are free")
    assert floor.heard(*HEARD) == [DONE, refused]
    assert list(floor.venue.statements)[-1].cash_micro == 980 * MICRO


def test_one_that_may_still_be_on_its_way_is_not_spoken_of() -> None:
    floor = Floor()
    floor.command(AskTransfer(command_id="t1", sent_ns=floor.world.now_ns()))
    assert floor.heard(*HEARD) == []


def test_one_that_is_long_overdue_is_refused_and_never_taken() -> None:
    floor = Floor()
    floor.live(LOST_AFTER_NS / NS_PER_SECOND + 1)
    floor.command(AskTransfer(command_id="t1", sent_ns=NOON_NS))
    floor.command(SPLIT)
    assert floor.heard(*HEARD) == [TransferRefused(command_id="t1", why=NEVER_ARRIVED)]
    assert floor.venue.held(YES) == 0
