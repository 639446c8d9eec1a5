import msgspec
import pytest

from oms.values.snapshot import STALE_DOUBTS, Doubt, Health
from oms.values.units import MICRO
from tests.words import given_book_view, given_holding, given_mirror_of, given_snapshot


@pytest.mark.parametrize("yes", Health)
@pytest.mark.parametrize("no", Health)
def test_a_market_is_as_healthy_as_its_worse_book(yes: Health, no: Health) -> None:
    # req 2.10
    order = (Health.LIVE, Health.SUSPECT, Health.STALE)
    view = given_snapshot(yes=given_book_view(health=yes), no=given_book_view("no-token", health=no))
    assert view.health is max(yes, no, key=order.index)


def test_a_complete_set_is_no_exposure() -> None:
    # req 2.31
    assert given_snapshot(yes_holding=given_holding(70), no_holding=given_holding(70)).net_micro == 0
    assert given_snapshot(yes_holding=given_holding(70, provisional=-20), no_holding=given_holding(10, provisional=5)).net_micro == 35 * MICRO


def test_what_is_held_is_confirmed_and_provisional_together() -> None:
    # req 2.30
    assert given_holding(40, provisional=-15).held_micro == 25 * MICRO


def test_a_snapshot_is_a_point_in_time_that_nobody_can_change() -> None:
    # req 2.20
    view = given_snapshot()
    for part in (view, view.yes, view.yes_holding, view.market):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(part, part.__struct_fields__[0], None)


def test_a_snapshot_comes_back_from_the_journal_as_it_was() -> None:
    # req 2.27
    book = given_book_view(doubts=Doubt.HASH | Doubt.MIRROR, health=Health.SUSPECT)
    view = given_snapshot(yes=book, no=given_mirror_of(book))
    assert msgspec.json.decode(msgspec.json.encode(view), type=type(view)) == view


def test_losses_make_a_book_stale_and_contradictions_make_it_suspect() -> None:
    # req 2.10
    assert set(STALE_DOUBTS) == {Doubt.NO_BOOK, Doubt.CONTINUITY, Doubt.SILENCE}
