"""Sharing out a market's locked cash: never more than is locked, every micro-dollar accounted for."""

from hypothesis import given
from hypothesis import strategies as st

from oms.values.market import PAYOUT_ONE_PPM, Payout
from oms.values.units import MICRO
from sim.payouts import conversion, cost_refunds, vector_payouts

HOLDERS = st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), min_size=1, max_size=6)


def test_the_winner_gets_a_dollar_a_share_and_the_loser_nothing() -> None:  # req 1.19, 3.35
    assert vector_payouts(Payout(yes_ppm=PAYOUT_ONE_PPM, no_ppm=0), [(7 * MICRO, 0), (0, 7 * MICRO)]) == [7 * MICRO, 0]


def test_a_split_payout_is_rounded_down_once_a_token() -> None:  # req 3.37
    assert vector_payouts(Payout(yes_ppm=500_000, no_ppm=500_000), [(3, 3), (1, 0)]) == [2, 0]


@given(HOLDERS, st.integers(0, PAYOUT_ONE_PPM))
def test_no_payout_is_more_than_what_is_locked_behind_it(held: list[tuple[int, int]], yes_ppm: int) -> None:
    yes, no = sum(pair[0] for pair in held), sum(pair[1] for pair in held)
    locked = max(yes, no)
    complete = [*held, (locked - yes, locked - no)]  # as many YES as NO are outstanding, always
    paid = vector_payouts(Payout(yes_ppm=yes_ppm, no_ppm=PAYOUT_ONE_PPM - yes_ppm), complete)
    assert sum(paid) <= locked < sum(paid) + 2 * len(complete)


@given(st.integers(0, 10**12), st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=6))
def test_a_refund_at_cost_cuts_everybody_alike_and_never_exceeds_the_locked_cash(locked: int, rows: list[tuple[int, int]]) -> None:
    # trap T9, req 3.36
    claims, shares = [claim for claim, _ in rows], [held for _, held in rows]
    paid = cost_refunds(locked, claims, shares)
    assert 0 <= sum(paid) <= locked
    if sum(claims) > locked:
        assert all(got <= claim for got, claim in zip(paid, claims, strict=True))
        assert sum(paid) > locked - len(rows)
    else:
        assert all(got >= claim for got, claim in zip(paid, claims, strict=True))


@given(st.integers(1, 30), st.integers(1, 10**12), st.integers(0, 10_000))
def test_a_conversion_gives_out_exactly_what_was_behind_the_burnt_shares(questions: int, shares: int, fee_bps: int) -> None:
    due = conversion(questions, shares, fee_bps)
    assert due.cash_micro + due.fee_cash_micro == (questions - 1) * shares, "all but one dollar a set, which stands behind the YES that are made"
    assert due.yes_micro + due.fee_yes_micro == shares
    assert 0 <= due.fee_yes_micro * 10_000 <= shares * fee_bps < (due.fee_yes_micro + 1) * 10_000
