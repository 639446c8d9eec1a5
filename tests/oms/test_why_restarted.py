"""What became of an order across the death of a process: found again by reports, told as it was, and added up as if it had been heard at once."""

from pathlib import Path

import pytest

from oms.entries import Entry, read_journal
from oms.history import history_of
from oms.journal import ContinuedJournal
from oms.machines.ledger import CASH
from oms.machines.lifecycle import State as OrderState
from oms.replay import recover
from oms.values import events as e
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_SECOND
from oms.why import story
from tests.oms.words_engine import STAGES, Floor, acked, buy, filled, given_floor, moved, ready
from tests.oms.words_journal import entries_of, given_journal
from tests.oms.words_record import assert_adds_up
from tests.words import YES


def given_heir(tmp_path: Path) -> tuple[Floor, ContinuedJournal]:
    """A bid for 100 rested and was part filled when its process died; the next one has folded the journal."""
    journal = given_journal(tmp_path)
    floor = given_floor(journal=journal)
    floor.rest(buy())
    floor.tell(acked(), filled("t1", 10), moved("t1", STAGES.MINED))
    journal.abandon()
    continued = ContinuedJournal(journal.path, money_is_real=False)
    heir, at_ns = Floor(continued), floor.now_ns + NS_PER_SECOND
    heir.now_ms = (at_ns - heir.now_ns) // 1_000_000
    recover(heir.engine, read_journal(journal.path)[1])
    heir.turner.count = continued.last_turn
    heir.tell(e.Restarted(why="again"))
    return heir, continued


def told(heir: Floor, *, stands: bool) -> None:
    """The venue is there and reports: the order stands or not; 30 more were filled meanwhile, and the first trade is settled."""
    there, _, _ = ready(heir.now_ns + 1)
    row = e.OpenOrder(venue_order_id="v-7-1", token=YES, side=Side.BUY, price_pips=4_000, shares_micro=100 * MICRO, filled_micro=40 * MICRO)
    at_ns = heir.now_ns + 2
    trades = e.TradesReported(
        fills=(filled("t1", 10), filled("t2", 30)),
        settlements=(moved("t1", STAGES.CONFIRMED), moved("t2", STAGES.MATCHED)),
        since_ns=0,
        asked_ns=at_ns,
    )
    heir.tell(there, e.OpenOrdersReported(orders=(row,) if stands else (), asked_ns=at_ns), trades)


def lines_after_restart(entries: list[Entry]) -> list[str]:
    texts = [step.text for step in story(entries, "7-1")]
    return texts[next(number for number, text in enumerate(texts) if "started again" in text) :]


def test_an_order_that_stands_after_a_restart_is_told_with_what_the_reports_said_of_it(tmp_path: Path) -> None:  # req 2.36
    heir, journal = given_heir(tmp_path)
    told(heir, stands=True)
    told(heir, stands=True)  # the next audit says the same again
    heir.tell(filled("t3", 60))
    journal.close("running")
    lines = lines_after_restart(entries_of(journal.path))
    assert [line for line in lines if "we asked the venue" not in line] == [
        "our process started again; what was on its way to it is lost → UNKNOWN",
        "the venue reported it among what stands → LIVE",
        "in a report of our trades: 30 filled at 0.4 for $12 as maker, fee $0, trade t2 → LIVE, 40 filled in all",
        "in a report of our trades: trade t1 is CONFIRMED",
        "in a report of our trades: trade t2 is MATCHED",
        "we asked to cancel it, because a book is STALE: what rests there rests unseen → CANCELLING",
        "60 filled at 0.4 for $24 as maker, fee $0, trade t3 → FILLED, 100 filled in all",
    ]
    assert all(line.startswith("so that nothing is missed: we asked the venue") for line in lines if "we asked the venue" in line)
    assert heir.order().state is OrderState.FILLED


def test_an_order_that_is_gone_after_a_restart_is_told_as_the_venue_answered(tmp_path: Path) -> None:
    heir, journal = given_heir(tmp_path)
    told(heir, stands=False)
    heir.tell(e.CancelDone(order_id="7-1", why="asked", filled_micro=40 * MICRO))
    journal.close("running")
    lines = lines_after_restart(entries_of(journal.path))
    assert lines[0].endswith("→ UNKNOWN")
    assert lines[-1] == "it was cancelled (asked) → CANCELLED"
    assert heir.order().state is OrderState.CANCELLED


@pytest.mark.parametrize("stands", [True, False])
def test_fills_that_only_a_report_told_count_as_those_that_were_heard(tmp_path: Path, *, stands: bool) -> None:  # req 2.12, 2.58
    heir, journal = given_heir(tmp_path)
    told(heir, stands=stands)
    told(heir, stands=stands)
    journal.close("running")
    found = history_of(journal.path)
    assert [(fill.trade_id, fill.shares_micro) for fill in found.markets[0].fills] == [("t1", 10 * MICRO), ("t2", 30 * MICRO)]
    assert_adds_up(found, heir.state.ledger.total(CASH))
    maker = found.measures[2]
    assert (maker.value, maker.count) == (1.0, 2)
