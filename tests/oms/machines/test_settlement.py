import itertools

import pytest

from oms.machines.settlement import FINAL, LATELY_NS, TRANSITIONS, IllegalSettlement, Settlements
from oms.values.events import SettlementStage
from oms.values.units import NS_PER_SECOND

S = SettlementStage
LETTERS = {"m": S.MATCHED, "i": S.MINED, "C": S.CONFIRMED, "r": S.RETRYING, "F": S.FAILED}
COLUMNS = (S.MATCHED, S.MINED, S.CONFIRMED, S.RETRYING, S.FAILED)
TABLE = {
    #            matched mined confirmed retrying failed (told); "." is a blank
    S.MATCHED:   "m i C r F",
    S.MINED:     "i i C r F",
    S.RETRYING:  "r i C r F",
    S.CONFIRMED: "C C C C .",
    S.FAILED:    "F F . F F",
}  # fmt: skip
CELLS = [(held, told, LETTERS.get(letter)) for held, row in TABLE.items() for told, letter in zip(COLUMNS, row.split(), strict=True)]


def given_trade(stage: SettlementStage) -> Settlements:
    settlements = Settlements()
    settlements.start("t1", "o1", 7)
    settlements.move("t1", "o1", stage)
    return settlements


def test_the_referee_knows_every_stage() -> None:
    assert set(TABLE) == set(TRANSITIONS) == set(COLUMNS) == set(SettlementStage)


@pytest.mark.parametrize(("held", "told", "expected"), CELLS)
def test_every_cell_leads_where_the_referee_says_and_every_blank_changes_nothing(held: S, told: S, expected: S | None) -> None:
    # req 2.34 (trap T5)
    settlements = given_trade(held)
    if expected is None:
        with pytest.raises(IllegalSettlement, match=f"trade t1 of order o1: told {told.name} after {held.name}"):
            settlements.move("t1", "o1", told)
        assert settlements.stage("t1", "o1") is held
    else:
        assert settlements.move("t1", "o1", told) == (held, expected)
        assert settlements.stage("t1", "o1") is expected


@pytest.mark.parametrize("held", [stage for stage in S if stage not in FINAL])
@pytest.mark.parametrize("end", FINAL, ids=lambda stage: stage.name)
def test_every_trade_on_its_way_can_become_final_either_way(held: S, end: S) -> None:
    assert given_trade(held).move("t1", "o1", end)[1] is end


@pytest.mark.parametrize(
    "story", [(S.MATCHED, S.MINED, S.CONFIRMED), (S.MATCHED, S.RETRYING, S.MINED, S.CONFIRMED), (S.MATCHED, S.RETRYING, S.FAILED)]
)
def test_the_order_and_repetition_of_messages_do_not_change_the_end(story: tuple[S, ...]) -> None:
    for told in itertools.permutations((*story, story[-1])):
        settlements = given_trade(S.MATCHED)
        became_final = [stage for stage in told if (move := settlements.move("t1", "o1", stage))[0] not in FINAL and move[1] in FINAL]
        assert settlements.stage("t1", "o1") is story[-1]
        assert len(became_final) == 1  # so whoever acts on it acts once


def test_one_trade_may_fill_two_of_our_orders_and_settles_for_each() -> None:
    settlements = Settlements()
    settlements.start("t1", "o1", 7)
    settlements.start("t1", "o2", 7)
    settlements.move("t1", "o1", S.CONFIRMED)
    assert settlements.stage("t1", "o2") is S.MATCHED
    assert settlements.open_count == 1


def test_a_fill_told_again_does_not_send_its_trade_back_to_the_start() -> None:
    settlements = given_trade(S.MINED)
    settlements.start("t1", "o1", 7)
    assert settlements.stage("t1", "o1") is S.MINED


@pytest.mark.parametrize("end", FINAL, ids=lambda stage: stage.name)
def test_a_fill_told_again_after_the_end_opens_nothing(end: S) -> None:
    settlements = given_trade(end)
    settlements.start("t1", "o1", 9)
    assert (settlements.stage("t1", "o1"), settlements.open_count, settlements.oldest_open_ns()) == (end, 0, None)


def test_the_oldest_open_trade_is_the_one_made_first_however_late_it_was_told() -> None:
    # issue 4: catching up reaches back to it
    settlements = Settlements()
    assert settlements.oldest_open_ns() is None
    for trade, made_ns in (("t1", 50), ("t2", 20), ("t3", 70)):
        settlements.start(trade, "o1", made_ns)
    assert settlements.oldest_open_ns() == 20
    settlements.move("t2", "o1", S.RETRYING)
    assert settlements.oldest_open_ns() == 20
    settlements.move("t2", "o1", S.FAILED)
    assert settlements.oldest_open_ns() == 50
    settlements.forget("t1", "o1")
    assert (settlements.oldest_open_ns(), settlements.open_count) == (70, 1)
    settlements.move("t3", "o1", S.CONFIRMED)
    assert settlements.oldest_open_ns() is None


def test_trades_confirmed_lately_are_known_for_two_minutes() -> None:
    settlements = Settlements()
    for number in range(4):
        settlements.confirmed(f"t{number}", "o1", number * NS_PER_SECOND)
    assert settlements.confirmed_since(2 * NS_PER_SECOND) == [("t2", "o1"), ("t3", "o1")]
    settlements.confirmed("t9", "o1", LATELY_NS + 3 * NS_PER_SECOND)
    assert settlements.confirmed_since(0) == [("t3", "o1"), ("t9", "o1")]


def test_a_trade_that_was_never_ours_is_named() -> None:
    with pytest.raises(KeyError):
        Settlements().move("t1", "o1", S.MINED)


def test_forgotten_trades_leave_nothing_behind() -> None:
    settlements = given_trade(S.CONFIRMED)
    settlements.forget("t1", "o1")
    settlements.forget("t1", "o1")
    assert settlements.stage("t1", "o1") is None
    assert settlements.open_count == 0


def test_trades_that_are_long_overdue_are_told_apart_by_their_orders() -> None:
    settlements = Settlements()
    for trade_id, order_id, at_ns in (("t1", "o1", 10), ("t2", "o1", 20), ("t3", "o2", 30), ("t4", "o3", 40)):
        settlements.start(trade_id, order_id, at_ns)
    assert settlements.orders_before(40) == ["o1", "o2"]
    assert (settlements.oldest_open_ns(31), settlements.oldest_open_ns(41)) == (40, None)
    settlements.move("t3", "o2", SettlementStage.CONFIRMED)
    assert settlements.orders_before(40) == ["o1"]
