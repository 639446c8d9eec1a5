"""What an arbitrage amounts to: the markets of an event are one result, and what transfers moved is told where it came out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from oms.history import history_of
from oms.journal import SqliteJournal
from oms.machines.ledger import CASH
from oms.measures import VERDICT_NEEDS
from oms.values import events as e
from oms.values.commands import Place
from oms.values.history import History
from oms.values.market import Payout
from oms.values.units import MICRO
from tests.oms.words_engine import NO_WINS, YES_WINS, filled, given_other_market
from tests.oms.words_event import EventFloor
from tests.oms.words_journal import RUN, turned
from tests.oms.words_oms import given_spec
from tests.oms.words_record import RecordedFloor, assert_adds_up
from tests.words_bundles import EVENT, given_bundle, given_no_bundle

SETS = 20 * MICRO


def given_recorded_event(path: Path, *names: str) -> tuple[EventFloor, RecordedFloor]:
    """An event of these outcomes, and the journal of who trades it."""
    journal = SqliteJournal(path, RUN, money_is_real=False)
    floor = EventFloor(*names, journal=journal)
    return floor, RecordedFloor(path, floor, journal)


def told_of(recorded: RecordedFloor) -> History:
    recorded.end()
    told = history_of(recorded.path)
    assert_adds_up(told, recorded.floor.state.ledger.total(CASH))
    return told


def paid(floor: EventFloor, **payouts: Payout) -> None:
    floor.tell(*(e.MarketResolved(market_id=name, payout=payout) for name, payout in payouts.items()))


def test_the_markets_of_one_event_are_one_result(tmp_path: Path) -> None:
    """Two legs for 8 and 10 dollars, one of which pays 20: two results of −8 and +10 would be a noise that there is not."""
    floor, recorded = given_recorded_event(tmp_path / "j", "a", "b")
    for place in floor.opens(given_bundle("a", "b")):
        floor.fills(place)
    paid(floor, a=NO_WINS, b=YES_WINS)
    told = told_of(recorded)
    assert [market.cash_micro for market in told.markets] == [-8 * MICRO, 10 * MICRO]
    assert (told.measures[0].value, told.measures[0].count) == (2.0, 1)
    assert "events" in told.measures[0].of


def test_an_event_is_a_result_when_the_last_of_its_markets_is_paid_out(tmp_path: Path) -> None:
    floor, recorded = given_recorded_event(tmp_path / "j", "a", "b")
    for place in floor.opens(given_bundle("a", "b")):
        floor.fills(place)
    paid(floor, a=NO_WINS)
    told = told_of(recorded)
    assert (told.measures[0].value, told.measures[0].count) == (None, 0)


def test_shares_that_a_conversion_brought_are_told_in_a_market_without_an_order(tmp_path: Path) -> None:
    """NO of a and b becomes cash and YES of c, in which we never had an order; c wins."""
    floor, recorded = given_recorded_event(tmp_path / "j", "a", "b", "c")
    for place in floor.opens(given_no_bundle("a", "b", others=("c",))):
        floor.fills(place)
    floor.tell(
        e.Converted(
            event_id=EVENT, market_ids=("a", "b"), shares_micro=SETS, cash_micro=SETS, yes_market_ids=("c",), yes_micro=SETS, command_id="7-b1/t1"
        )
    )
    paid(floor, a=NO_WINS, b=NO_WINS, c=YES_WINS)
    told = told_of(recorded)
    assert [(market.market.market_id, market.orders, market.cash_micro) for market in told.markets] == [
        ("a", 1, -1 * MICRO),
        ("b", 1, 2 * MICRO),
        ("c", 0, 20 * MICRO),
    ]
    assert (told.measures[0].value, told.measures[0].count) == (21.0, 1)


@pytest.mark.parametrize(("about", "began"), [({}, "This run, with simulated fills, made money"), ({"real": True}, "This run made money")])
def test_fills_at_a_venue_that_is_not_ours_are_not_called_simulated(tmp_path: Path, about: dict[str, Any], began: str) -> None:
    journal = SqliteJournal(tmp_path / "j", msgspec.structs.replace(RUN, about=about), money_is_real=True)
    names = [f"m{number}" for number in range(VERDICT_NEEDS)]
    places = [Place(order_id=name, spec=given_spec(shares=1, market_id=name, token=f"{name}-yes"), strategy="maker", why="bid") for name in names]
    listed = [e.MarketListed(market=given_other_market(name)) for name in names]
    journal.commit(turned(1, batch=[e.Deposited(cash_micro=100 * MICRO, deposit_id="d"), *listed], commands=[*places]))
    journal.commit(turned(2, batch=[filled(f"t-{name}", 1, order_id=name) for name in names]))
    journal.commit(turned(3, batch=[e.MarketResolved(market_id=name, payout=YES_WINS) for name in names]))
    journal.close()
    assert history_of(journal.path).verdict.startswith(f"{began} in its events by more than chance explains (40 paid-out events, 40 fills")
