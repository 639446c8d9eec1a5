"""The exchange's own books: table scripts that can be proof-read, and how a market's end shares out what is locked."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.market import FeeCurve, Payout
from oms.values.orders import Side
from oms.values.units import MICRO
from sim.accounts import AccountView
from sim.books import DUST, FEES
from sim.clearing import Clearing
from sim.outcomes import Leg, NotPossible, Trade
from sim.payouts import cost_refunds, vector_payouts
from sim.pool_orders import Kind
from tests.words import MARKET, NO, NOON_NS, YES, given_market

ALICE, BOB = ("alice", "1"), ("bob", "1")


def given_clearing(cash: int = 100) -> Clearing:
    """Alice and Bob with `cash` dollars each, one market."""
    clearing = Clearing()
    clearing.open_market(given_market())
    for name in ("alice", "bob"):
        clearing.deposit(name, cash * MICRO)
    return clearing


def leg(key: tuple[str, str], what: str, price: int, shares: int, *, fee: int = 0) -> Leg:
    side, token = what.split()
    return Leg(
        account=key[0], order_key=key[1], token=YES if token == "YES" else NO, side=Side[side], price_pips=price, shares_micro=shares * MICRO,
        cash_micro=shares * price * 100, fee_cash_micro=fee, is_last=True,
    )  # fmt: skip


def given_trade(kind: Kind, taker: Leg, maker: Leg, name: str = "t1") -> Trade:
    return Trade(trade_id=name, market_id=MARKET, kind=kind, taker=taker, maker=maker, at_ns=NOON_NS)


def cash(view: AccountView) -> tuple[float, float, float]:
    """(available, frozen, unsettled) dollars."""
    return view.cash.available_micro / MICRO, view.cash.frozen_micro / MICRO, view.cash.unsettled_micro / MICRO


def shares(view: AccountView, token: str = YES) -> tuple[int, int, int]:
    held = view.tokens[token]
    return held.available_micro // MICRO, held.frozen_micro // MICRO, held.unsettled_micro // MICRO


def test_money_is_frozen_on_order_given_on_fill_and_free_again_on_cancel() -> None:
    # req 0.6, 0.7, 0.12, 3.44
    clearing = given_clearing()
    assert clearing.split("bob", MARKET, 10 * MICRO)
    assert clearing.freeze_cash(ALICE, YES, 6 * MICRO, MICRO // 10)
    assert clearing.freeze_shares(BOB, YES, 5 * MICRO)
    assert cash(clearing.account("alice")) == (93.9, 6.1, 0)
    clearing.settle(given_trade(Kind.COMPLEMENTARY, leg(ALICE, "BUY YES", 5_000, 5, fee=20_000), leg(BOB, "SELL YES", 5_000, 5)))
    assert cash(clearing.account("alice")) == (93.9, 3.58, 0)
    assert (shares(clearing.account("alice")), shares(clearing.account("bob"))) == ((0, 0, 5), (5, 0, 0))
    assert cash(clearing.account("bob")) == (90, 0, 2.5)
    assert clearing.audit() is None
    clearing.release(ALICE)
    clearing.release(BOB)
    clearing.confirm("t1")
    assert cash(clearing.account("alice")) == (97.48, 0, 0)
    assert (shares(clearing.account("alice")), cash(clearing.account("bob")), cash(clearing.account(FEES))) == ((5, 0, 0), (92.5, 0, 0), (0.02, 0, 0))
    assert clearing.audit() is None


def test_nobody_can_freeze_what_is_not_free_and_nobody_sells_what_he_does_not_hold() -> None:
    # trap T8; req 0.19
    clearing = given_clearing(cash=10)
    assert not clearing.freeze_cash(ALICE, YES, 10 * MICRO, 1)
    assert clearing.freeze_cash(ALICE, YES, 10 * MICRO, 0)
    assert not clearing.freeze_cash(("alice", "2"), YES, 1, 0)
    assert not clearing.freeze_shares(BOB, YES, 1)
    assert clearing.split("bob", MARKET, 4 * MICRO)
    assert not clearing.freeze_shares(BOB, YES, 4 * MICRO + 1)
    assert clearing.audit() is None


def test_a_mint_locks_the_two_payments_and_a_merge_lets_them_go() -> None:
    clearing = given_clearing()
    clearing.freeze_cash(ALICE, YES, 6 * MICRO, 0)
    clearing.freeze_cash(BOB, NO, 4 * MICRO, 0)
    clearing.settle(given_trade(Kind.MINT, leg(ALICE, "BUY YES", 6_000, 10), leg(BOB, "BUY NO", 4_000, 10)))
    assert (clearing.locked_micro, clearing.balanced(MARKET), clearing.audit()) == (10 * MICRO, True, None)
    clearing.confirm("t1")
    for key in (ALICE, BOB):
        clearing.release(key)
    clearing.freeze_shares(("alice", "2"), YES, 10 * MICRO)
    clearing.freeze_shares(("bob", "2"), NO, 10 * MICRO)
    taker, maker = leg(("alice", "2"), "SELL YES", 7_000, 10), leg(("bob", "2"), "SELL NO", 3_000, 10)
    clearing.settle(given_trade(Kind.MERGE, taker, maker, "t2"))
    clearing.confirm("t2")
    assert (clearing.locked_micro, cash(clearing.account("alice")), cash(clearing.account("bob"))) == (0, (101, 0, 0), (99, 0, 0))


def test_a_failed_trade_goes_back_completely_and_only_once() -> None:
    # trap T5; req 0.18
    clearing = given_clearing()
    clearing.split("bob", MARKET, 10 * MICRO)
    clearing.freeze_cash(ALICE, YES, 6 * MICRO, MICRO)
    clearing.freeze_shares(BOB, YES, 10 * MICRO)
    clearing.settle(given_trade(Kind.COMPLEMENTARY, leg(ALICE, "BUY YES", 6_000, 10, fee=MICRO), leg(BOB, "SELL YES", 6_000, 10)))
    clearing.fail("t1")
    for key in (ALICE, BOB):
        clearing.release(key)
    assert (cash(clearing.account("alice")), cash(clearing.account("bob")), shares(clearing.account("bob"))) == ((100, 0, 0), (90, 0, 0), (10, 0, 0))
    assert (cash(clearing.account(FEES)), clearing.audit()) == ((0, 0, 0), None)
    assert clearing.accounts["bob"].tokens[YES].cost_micro == 5 * MICRO, "what it cost came back with the shares"
    for again in (clearing.fail, clearing.confirm):
        with pytest.raises(KeyError):
            again("t1")


def test_a_fee_is_never_more_than_was_frozen_for_it_or_than_a_sale_brings() -> None:
    clearing = given_clearing()
    clearing.split("bob", MARKET, MICRO)
    clearing.freeze_cash(ALICE, YES, MICRO, 15)
    clearing.freeze_shares(BOB, YES, 10_000)
    curve = FeeCurve(rate_bps=700)
    assert clearing.taker_fee(ALICE, curve, 1_000_000, (Side.BUY, 5_000, 500_000)) == 15
    assert clearing.taker_fee(BOB, curve, 100, (Side.SELL, 100, 1)) == 1


def test_cash_comes_and_goes_only_by_name_and_only_if_free() -> None:
    # req 0.16
    clearing = given_clearing()
    for name, amount in (("alice", 0), ("alice", -1), (FEES, 5)):
        with pytest.raises(NotPossible):
            clearing.deposit(name, amount)
    assert not clearing.withdraw("alice", 101 * MICRO)
    assert not clearing.withdraw(DUST, 0)
    assert clearing.withdraw("alice", 99 * MICRO)
    assert (cash(clearing.account("alice")), clearing.audit()) == ((1, 0, 0), None)


def test_average_cost_follows_buys_and_sales_and_is_nothing_when_flat() -> None:
    # req 3.10, 3.45
    clearing = given_clearing()
    clearing.split("alice", MARKET, 3)
    held = clearing.accounts["alice"].tokens
    assert (held[YES].cost_micro, held[NO].cost_micro) == (1, 2)
    assert not clearing.merge("alice", MARKET, 4)
    clearing.merge("alice", MARKET, 2)
    clearing.merge("alice", MARKET, 1)
    assert (held[YES].cost_micro, held[NO].cost_micro, held[YES].total, cash(clearing.account("alice"))) == (0, 0, 0, (100, 0, 0))


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda c: setattr(c.accounts["alice"].cash, "available", -1), "alice has a negative balance of cash"),
        (lambda c: setattr(c.accounts["alice"].cash, "available", 1), "cash 5000001 + locked 4000000"),
        (lambda c: setattr(c.accounts["alice"].cash, "frozen", 5), "alice: frozen cash"),
        (lambda c: setattr(c.accounts["alice"].cash, "unsettled", 5), "alice: unsettled cash"),
        (lambda c: setattr(c.accounts["bob"].tokens[YES], "available", 7), "of token yes-token are out"),
        (lambda c: setattr(c.accounts["bob"].tokens[NO], "cost_micro", -1), "bob has a negative cost"),
        (lambda c: setattr(c, "cash_held_micro", 7), "running totals of cash"),
        (lambda c: c.shares_held_micro.update({NO: 7}), "running total of token no-token"),
        (lambda c: setattr(c.sets[MARKET], "locked_micro", -1), "deposits"),
    ],
)
def test_the_audit_names_what_is_wrong(spoil: Callable[[Clearing], None], complaint: str) -> None:
    # req 0.3
    clearing = given_clearing(cash=9)
    clearing.split("bob", MARKET, 4 * MICRO)
    assert clearing.audit() is None
    spoil(clearing)
    assert complaint in (clearing.audit() or "")


def test_only_a_market_that_has_paid_out_can_be_forgotten() -> None:
    clearing = given_clearing(cash=9)
    clearing.split("bob", MARKET, 4 * MICRO)
    clearing.resolve(MARKET, Payout(yes_ppm=MICRO, no_ppm=0))
    clearing.forget_market(MARKET)
    assert (clearing.sets, clearing.shares_held_micro, clearing.audit(), clearing.cash_held_micro) == ({}, {}, None, 18 * MICRO)
    other = given_clearing()
    other.split("bob", MARKET, MICRO)
    with pytest.raises(AssertionError, match="forgotten with"):
        other.forget_market(MARKET)


HOLDINGS = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=8)


@given(HOLDINGS, st.integers(0, MICRO))
def test_any_payout_vector_pays_at_most_what_is_locked_and_leaves_only_dust(held: list[tuple[int, int]], yes_ppm: int) -> None:
    # req 1.19, 3.35, 3.37
    locked = max(sum(yes for yes, _ in held), sum(no for _, no in held))
    whole = [*held, (locked - sum(yes for yes, _ in held), locked - sum(no for _, no in held))]
    paid = vector_payouts(Payout(yes_ppm=yes_ppm, no_ppm=MICRO - yes_ppm), whole)
    assert 0 <= locked - sum(paid) < 2 * len(whole)
    assert all(pay >= 0 for pay in paid)


@given(HOLDINGS, st.integers(0, 10**10))
def test_a_refund_at_cost_never_pays_more_than_is_locked_and_leaves_only_dust(held: list[tuple[int, int]], locked: int) -> None:
    # trap T9; req 1.20, 3.36
    claims, counts = [claim for claim, _ in held], [count for _, count in held]
    paid = cost_refunds(locked, claims, counts)
    leftover = locked - sum(paid)
    assert leftover >= 0
    if sum(claims) >= locked:
        assert all(pay <= claim for pay, claim in zip(paid, claims, strict=True))
        assert leftover < len(held)
    else:
        assert all(pay >= claim for pay, claim in zip(paid, claims, strict=True))
        assert leftover < len(held) or not any(counts)
