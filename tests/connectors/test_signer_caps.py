"""Caps: each reason to refuse, no run of orders that gets past them, and a file that forgets nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.polymarket.signing import VenueOrder
from connectors.signer_caps import BadState, Cap, Caps, Over, OverCap, Spent, SpentFile, ahead, counted, covers
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO
from tests.connectors.words_signer import an_order, given_caps

DAY = 19_675
NOTHING = Spent()
ORDER = an_order().order  # 10 shares at 0.49: 4.9 dollars leave


def refusal(order: VenueOrder, caps: Caps, spent: Spent = NOTHING, day: int = DAY) -> Over:
    with pytest.raises(OverCap) as refused:
        counted(order, caps, spent, day)
    return refused.value.reason


def small(order: int, day: int, total: int) -> Caps:
    cap = Cap(order_micro=order, day_micro=day, total_micro=total)
    return given_caps(buy=cap, sell=cap)


def test_a_buy_counts_its_cash_and_a_sell_its_shares() -> None:
    sell = an_order(side=Side.SELL).order
    spent = counted(sell, given_caps(), counted(ORDER, given_caps(), Spent(), DAY), DAY)
    assert spent == Spent(day=DAY, buy_day_micro=4_900_000, sell_day_micro=10 * MICRO, buy_total_micro=4_900_000, sell_total_micro=10 * MICRO)


def test_each_cap_refuses_by_its_name_and_allows_what_just_fits() -> None:  # req 0.15
    just = 4_900_000
    assert counted(ORDER, small(just, just, just), Spent(), DAY).buy_total_micro == just
    assert refusal(ORDER, small(just - 1, just, just)) is Over.ORDER_CAP
    assert refusal(ORDER, small(just, just - 1, just)) is Over.DAY_CAP
    assert refusal(ORDER, small(just, just, just - 1)) is Over.TOTAL_CAP
    assert refusal(ORDER, given_caps(price_max_pips=4_898)) is Over.PRICE_RANGE
    assert refusal(ORDER, given_caps(price_min_pips=4_902)) is Over.PRICE_RANGE


def test_an_immediate_order_at_the_edge_of_the_price_range_is_signed_though_its_amounts_are_rounded() -> None:
    buy = an_order(price=9_700, micro=10 * MICRO, lifetime=Lifetime.FAK).order
    sell = replace(an_order(side=Side.SELL, price=300, micro=5_330_000, lifetime=Lifetime.FAK).order, taker_micro=159_850)
    assert buy.maker_micro * 10_000 > 9_700 * buy.taker_micro
    assert sell.taker_micro * 10_000 < 300 * sell.maker_micro
    caps = given_caps(price_min_pips=300, price_max_pips=9_700)
    assert counted(sell, caps, counted(buy, caps, Spent(), DAY), DAY).day == DAY


@pytest.mark.parametrize("field", ["maker_micro", "taker_micro", "salt", "timestamp_ms"])
@pytest.mark.parametrize("value", [-1, -(10**30), 10**30])
def test_a_number_no_order_of_ours_has_is_refused(field: str, value: int) -> None:
    assert refusal(replace(ORDER, **{field: value}), given_caps()) is Over.BAD_ORDER


def test_a_new_day_begins_anew_but_not_the_total_and_a_clock_set_back_opens_no_earlier_day() -> None:
    caps = small(5 * MICRO, 5 * MICRO, 10 * MICRO)
    spent = counted(ORDER, caps, Spent(), DAY)
    assert refusal(ORDER, caps, spent) is Over.DAY_CAP
    assert refusal(ORDER, caps, spent, DAY - 1) is Over.DAY_CAP
    spent = counted(ORDER, caps, spent, DAY + 1)
    assert spent.buy_day_micro == 4_900_000
    assert refusal(ORDER, caps, spent, DAY + 2) is Over.TOTAL_CAP


@given(st.lists(st.tuples(st.integers(DAY - 2, DAY + 2), st.sampled_from(Side), st.integers(500, 5_000)), max_size=60))
def test_no_run_of_orders_gets_past_the_caps(wishes: list[tuple[int, Side, int]]) -> None:  # req 0.15
    caps = given_caps(
        buy=Cap(order_micro=20 * MICRO, day_micro=60 * MICRO, total_micro=120 * MICRO),
        sell=Cap(order_micro=30 * MICRO, day_micro=70 * MICRO, total_micro=130 * MICRO),
    )
    signed: dict[Side, list[tuple[int, int]]] = {Side.BUY: [], Side.SELL: []}
    spent = Spent()
    for day, side, cents in wishes:
        order = an_order(side=side, micro=cents * 10_000).order
        try:
            spent = counted(order, caps, spent, day)
        except OverCap:
            continue
        assert spent.day >= day
        signed[side].append((spent.day, order.maker_micro))
    for side, cap in ((Side.BUY, caps.buy), (Side.SELL, caps.sell)):
        assert all(micro <= cap.order_micro for _, micro in signed[side])
        assert sum(micro for _, micro in signed[side]) <= cap.total_micro
        for day in range(DAY - 2, DAY + 3):
            assert sum(micro for when, micro in signed[side] if when == day) <= cap.day_micro


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(Side), st.integers(500, 9_000), st.booleans()), max_size=80))
def test_no_restart_opens_a_cap_and_few_orders_need_a_write(steps: list[tuple[int, Side, int, bool]]) -> None:  # req 0.15
    """As the desk does it, with a process that may die after any signature and begin again from what was written."""
    cap = Cap(order_micro=100 * MICRO, day_micro=400 * MICRO, total_micro=900 * MICRO)
    caps = given_caps(buy=cap, sell=cap)
    signed: dict[Side, list[tuple[int, int]]] = {Side.BUY: [], Side.SELL: []}
    spent = written = Spent()
    writes = 0
    for later, side, cents, dies in steps:
        order = an_order(side=side, micro=cents * 10_000).order
        try:
            counted_now = counted(order, caps, spent, DAY + later)
        except OverCap:
            continue
        if not covers(written, counted_now):
            written, writes = ahead(counted_now, caps), writes + 1
        assert covers(written, counted_now)
        spent = written if dies else counted_now
        signed[side].append((counted_now.day, order.maker_micro))
    for rows in signed.values():
        assert sum(micro for _, micro in rows) <= cap.total_micro
        for day in range(DAY, DAY + 3):
            assert sum(micro for when, micro in rows if when == day) <= cap.day_micro


def test_a_thousand_small_orders_need_a_hundred_writes() -> None:
    caps, spent, written, writes = given_caps(), Spent(), Spent(), 0
    order = an_order(price=500, micro=10 * MICRO).order  # half a dollar of a day's 500
    for _ in range(1_000):
        spent = counted(order, caps, spent, DAY)
        if not covers(written, spent):
            written, writes = ahead(spent, caps), writes + 1
    assert writes <= 101
    assert written.buy_day_micro == caps.buy.day_micro


def test_what_was_signed_survives_a_restart(tmp_path: Path) -> None:
    file = SpentFile(tmp_path / "signer.json")
    assert file.load() == Spent()
    spent = Spent(day=DAY, buy_day_micro=1, sell_day_micro=2, buy_total_micro=3, sell_total_micro=4)
    file.save(spent)
    file.close()
    again = SpentFile(tmp_path / "signer.json")
    assert again.load() == spent
    assert (tmp_path / "signer.json").stat().st_mode & 0o777 == 0o600
    again.close()


def test_two_signers_never_share_one_file(tmp_path: Path) -> None:
    first = SpentFile(tmp_path / "signer.json")
    with pytest.raises(BadState, match="another signer holds"):
        SpentFile(tmp_path / "signer.json")
    first.close()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"day":1,"more":2}', b'{"day":"x"}', b"\xff", b"[]"])
def test_a_damaged_file_is_not_taken_for_an_empty_one(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "signer.json").write_bytes(damage)
    file = SpentFile(tmp_path / "signer.json")
    with pytest.raises(BadState, match="cannot read what was signed"):
        file.load()
    file.close()


def test_a_file_that_cannot_be_made_says_where_and_why(tmp_path: Path) -> None:
    with pytest.raises(BadState, match=r"cannot lock .*nowhere.*No such file"):
        SpentFile(tmp_path / "nowhere" / "signer.json")
    (tmp_path / "signer.json.new").mkdir()
    file = SpentFile(tmp_path / "signer.json")
    with pytest.raises(BadState, match="cannot write"):
        file.save(Spent())
    file.close()
