"""A market's desk: which book is whose, and what is known of how good they are."""

import pytest

from oms.desk import Desk
from oms.engine_settings import EngineSettings
from tests.oms.words_engine import given_floor
from tests.oms.words_oms import told_change
from tests.words import MARKET, NO, YES, given_market


def given_desk() -> Desk:
    return Desk(given_market(tick_pips=10), EngineSettings())


def test_each_token_has_its_own_book_on_the_markets_tick() -> None:
    desk = given_desk()
    assert (desk.book(YES), desk.book(NO)) == (desk.yes, desk.no)
    assert (desk.yes.token, desk.no.token) == (YES, NO)
    assert (desk.yes.tick_pips, desk.no.tick_pips) == (10, 10)


def test_a_new_desk_is_open_clean_and_owes_nothing() -> None:
    desk = given_desk()
    assert (desk.closed, desk.payout, desk.quarantine, desk.dirty, desk.rejections, desk.held_until_ns) == (False, None, "", False, 0, 0)
    assert (desk.debts, desk.paid_shares, desk.sets_changed, desk.seen, desk.snapshot) == ({}, {}, [], (), None)
    assert desk.evidence() == (0, 0, 0, 0)


def test_two_desks_share_nothing_that_changes() -> None:
    first, second = given_desk(), given_desk()
    first.debts[True, 100] = 1
    first.sets_changed.append("x")
    assert (second.debts, second.sets_changed) == ({}, [])


def test_evidence_counts_what_both_books_and_their_mirror_were_judged_by() -> None:
    floor = given_floor()
    desk = floor.state.desks[MARKET]
    assert desk.evidence()[2:] == (desk.mirror.judged, desk.mirror.agreed)
    floor.tell(floor.stir())
    floor.tell(told_change(at_ms=5_000), after_ms=5_000)
    assert desk.mirror.judged > 0
    assert desk.evidence() == (0, 0, desk.mirror.judged, desk.mirror.agreed)


def test_a_desk_takes_no_field_that_nobody_declared() -> None:
    with pytest.raises(AttributeError):
        given_desk().whatever = 1  # type: ignore[attr-defined]
