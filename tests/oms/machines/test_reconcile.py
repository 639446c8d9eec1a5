import pytest

from oms.machines.blotter import Blotter, Order
from oms.machines.lifecycle import Happening, State
from oms.machines.reconcile import OLD_PAGE_NS, compare
from oms.values.events import OpenOrder, OpenOrdersReported
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.oms.words_oms import given_fill, given_order, given_spec
from tests.words import NOON_NS, YES

H = Happening
ASKED_NS = 1_000


def given_sent(blotter: Blotter, order_id: str, *happenings: Happening, sent_ns: int = ASKED_NS - 1) -> Order:
    order = given_order(given_spec(), *happenings, order_id=order_id, blotter=blotter)
    order.sent_ns = sent_ns
    blotter.name(order, f"0x{order_id}")
    return order


def row(order_id: str, filled: int = 0) -> OpenOrder:
    return OpenOrder(
        venue_order_id=f"0x{order_id}", token=YES, side=Side.BUY, price_pips=4_000, shares_micro=100 * MICRO, filled_micro=filled * MICRO
    )


def report(*rows: OpenOrder, omitted: tuple[str, ...] = ()) -> OpenOrdersReported:
    return OpenOrdersReported(orders=rows, asked_ns=ASKED_NS, omitted=omitted)


@pytest.mark.parametrize("happenings", [(), (H.REPLY_LOST,), (H.REPLY_LOST, H.PROVEN_ABSENT)], ids=["sent", "unknown", "absent"])
def test_an_order_we_were_unsure_of_is_acknowledged_when_the_venue_shows_it(happenings: tuple[Happening, ...]) -> None:
    # req 0.18
    blotter = Blotter()
    given_sent(blotter, "o1", *happenings)
    findings = compare(report(row("o1")), blotter)
    assert [(fact.order_id, fact.venue_order_id) for fact in findings.facts] == [("o1", "0xo1")]
    assert (findings.ask, findings.foreign, findings.complete) == ((), (), True)


@pytest.mark.parametrize("happenings", [(H.ACK,), (H.ACK, H.CANCEL_ASKED)], ids=["live", "cancelling"])
def test_an_order_that_stands_as_we_thought_needs_nothing(happenings: tuple[Happening, ...]) -> None:
    blotter = Blotter()
    given_sent(blotter, "o1", *happenings)
    findings = compare(report(row("o1")), blotter)
    assert (findings.facts, findings.ask, findings.foreign) == ((), (), ())


@pytest.mark.parametrize("happenings", [(), (H.REPLY_LOST,), (H.ACK,), (H.ACK, H.CANCEL_ASKED)], ids=["sent", "unknown", "live", "cancelling"])
def test_an_order_missing_from_a_complete_report_is_asked_about_and_never_concluded_dead(happenings: tuple[Happening, ...]) -> None:
    # style 0.8: silence never means no
    blotter = Blotter()
    order = given_sent(blotter, "o1", *happenings)
    before = order.state
    findings = compare(report(), blotter)
    assert (findings.facts, findings.ask) == ((), ("o1",))
    assert order.state is before


def test_a_report_with_unreadable_rows_proves_nothing_by_absence() -> None:
    blotter = Blotter()
    given_sent(blotter, "o1", H.ACK)
    given_sent(blotter, "o2")
    findings = compare(report(row("o2"), omitted=("row 1: no price",)), blotter)
    assert findings.ask == ()
    assert not findings.complete
    assert [fact.order_id for fact in findings.facts] == ["o2"]  # what is there is there


@pytest.mark.parametrize("sent_ns", [0, ASKED_NS, ASKED_NS + 1], ids=["not sent yet", "sent at that moment", "sent later"])
def test_an_order_sent_after_the_question_is_not_missed(sent_ns: int) -> None:
    blotter = Blotter()
    given_sent(blotter, "o1", sent_ns=sent_ns)
    assert compare(report(), blotter).ask == ()


def test_an_order_that_nobody_knows_is_foreign_and_left_alone() -> None:
    blotter = Blotter()
    given_sent(blotter, "o1", H.ACK)
    findings = compare(report(row("o1"), row("somebody")), blotter)
    assert findings.foreign == (row("somebody"),)
    assert (findings.facts, findings.ask) == ((), ())


def test_an_order_filled_further_than_we_know_is_asked_about() -> None:
    # req 2.12, 2.13
    blotter = Blotter()
    order = given_sent(blotter, "o1", H.ACK)
    blotter.fill(order, given_fill("t1", 40), 1)
    assert compare(report(row("o1", filled=40)), blotter).ask == ()
    assert compare(report(row("o1", filled=41)), blotter).ask == ("o1",)
    assert compare(report(row("o1", filled=39)), blotter).ask == ()  # the report is older than our fill


@pytest.mark.parametrize("end", [H.CANCEL_DONE, H.EXPIRE, H.REJECT])
def test_an_order_that_ended_for_us_but_stands_for_the_venue_is_asked_about(end: Happening) -> None:
    blotter = Blotter()
    order = given_sent(blotter, "o1", end)
    findings = compare(report(row("o1")), blotter)
    assert (findings.facts, findings.ask) == ((), ("o1",))
    assert order.state not in {State.LIVE, State.SENT}


def test_an_order_the_venue_lists_long_after_it_ended_here_is_undead_and_echoes_of_its_end_do_not_count() -> None:
    blotter = Blotter()
    order = given_sent(blotter, "o1", H.ACK, H.CANCEL_DONE)
    blotter.happen(order, H.CANCEL_REFUSED, NOON_NS + OLD_PAGE_NS)
    blotter.happen(order, H.CANCEL_DONE, NOON_NS + OLD_PAGE_NS)
    old, late = (OpenOrdersReported(orders=(row("o1"),), asked_ns=NOON_NS + OLD_PAGE_NS + more) for more in (-1, 0))
    assert [compare(told, blotter).undead for told in (old, late)] == [(), ("o1",)]
    assert compare(late, blotter).ask == ("o1",)
    given_sent(blotter, "o2", H.REPLY_LOST, H.PROVEN_ABSENT)
    assert compare(OpenOrdersReported(orders=(row("o2"),), asked_ns=late.asked_ns), blotter).undead == ()
