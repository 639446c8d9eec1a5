"""Our account at the paper venue: what is set aside, what moves, and an audit that catches what was planted."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.market import FeeCurve, Payout
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO
from sim.paper_account import PaperAccount
from sim.paper_book import QUEUE, PaperFill
from tests.sim.words_sim import CENT, spec
from tests.words import NO, YES, given_market


def given_account(cash: int = 100, yes: int = 0) -> PaperAccount:
    account = PaperAccount()
    account.deposit(cash * MICRO + yes * MICRO // 2)
    if yes:
        account.fill(given_fill(Side.BUY, 50, yes))
    return account


def given_fill(side: Side, cents: int, shares: int, fee: int = 0, token: str = YES) -> PaperFill:
    return PaperFill(
        lens=QUEUE, order_id="a", token=token, side=side, price_pips=cents * CENT, shares_micro=shares * MICRO, cash_micro=shares * cents * 10_000,
        fee_micro=fee, is_maker=not fee, inferred=False,
    )  # fmt: skip


def test_only_what_is_free_can_be_set_aside() -> None:
    account = given_account(cash=100, yes=10)
    assert account.freeze("a", spec(Side.BUY, 50, 1), 60 * MICRO)
    assert not account.freeze("b", spec(Side.BUY, 50, 1), 40 * MICRO + 1)
    assert account.freeze("c", spec(Side.BUY, 50, 1), 40 * MICRO)
    assert account.freeze("d", spec(Side.SELL, 50, 10), 10 * MICRO)
    assert not account.freeze("e", spec(Side.SELL, 50, 1), 1)
    assert not account.freeze("f", spec(Side.SELL, 50, 1, token=NO), 1)
    assert (account.frozen("cash"), account.frozen(YES), account.frozen(NO)) == (100 * MICRO, 10 * MICRO, 0)


def test_what_is_set_aside_only_shrinks_and_comes_back_once() -> None:
    account = given_account()
    account.freeze("a", spec(Side.BUY, 50, 1), 60 * MICRO)
    account.refreeze("a", 70 * MICRO)
    assert account.frozen("cash") == 60 * MICRO
    account.refreeze("a", 20 * MICRO)
    assert account.frozen("cash") == 20 * MICRO
    account.refreeze("stranger", 0)
    account.unfreeze("a")
    account.unfreeze("a")
    assert account.frozen("cash") == 0
    assert account.audit() == ""


def test_a_fill_moves_cash_shares_and_fee_between_us_the_street_and_the_venue() -> None:
    account = given_account(cash=100)
    account.fill(given_fill(Side.BUY, 40, 50, fee=1_000))
    account.fill(given_fill(Side.SELL, 60, 20, fee=500))
    assert account.held("cash") == 100 * MICRO - 20 * MICRO + 12 * MICRO - 1_500
    assert (account.held(YES), account.street_shares[YES], account.fees) == (30 * MICRO, -30 * MICRO, 1_500)
    assert account.audit() == ""


@pytest.mark.parametrize(("yes_ppm", "dollars"), [(1_000_000, 130), (0, 107), (500_000, 118.5)])
def test_a_payout_turns_every_share_into_its_part_of_a_dollar(yes_ppm: int, dollars: float) -> None:
    account = given_account(cash=100, yes=30)
    account.deposit(7 * 140_000)
    account.fill(given_fill(Side.BUY, 14, 7, token=NO))
    account.resolve(given_market(), Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm))
    assert account.held("cash") == dollars * MICRO
    assert (account.held(YES), account.held(NO), account.audit()) == (0, 0, "")


def test_a_payout_is_rounded_down_token_by_token() -> None:
    account = given_account(cash=1)
    fill = PaperFill(
        lens=QUEUE, order_id="a", token=YES, side=Side.BUY, price_pips=1, shares_micro=3, cash_micro=1, fee_micro=0, is_maker=True, inferred=False
    )
    account.fill(fill)
    account.resolve(given_market(), Payout(yes_ppm=500_000, no_ppm=500_000))
    assert account.held("cash") == MICRO - 1 + 1


def test_what_an_order_needs_is_its_worst_case() -> None:
    market = given_market(fee=FeeCurve(rate_bps=700))
    need = PaperAccount.needed
    assert need(spec(Side.SELL, 40, 10), market, 7) == 7
    assert need(spec(Side.BUY, 40, 10, post_only=True), market, 10 * MICRO) == 4 * MICRO
    assert need(spec(Side.BUY, 40, 10), market, 10 * MICRO) == 4 * MICRO + 168_000 + 640
    assert need(spec(Side.BUY, 40, 10, lifetime=Lifetime.FAK), market, 10 * MICRO) == 10 * MICRO + 700_000 + 640
    assert need(spec(Side.BUY, 40, 10), market, 0) == 0


def _lose_cash(account: PaperAccount) -> None:
    account.cash -= 1


def _invent_fee(account: PaperAccount) -> None:
    account.fees += 1


def _overdraw(account: PaperAccount) -> None:
    account.fill(given_fill(Side.BUY, 99, 10_000))


def _invent_share(account: PaperAccount) -> None:
    account.shares[YES] += 1


def _sell_naked(account: PaperAccount) -> None:
    account.fill(given_fill(Side.SELL, 50, 11))


def _leak(account: PaperAccount) -> None:
    account._frozen_by["cash"] = 1


def _leak_shares(account: PaperAccount) -> None:
    account._frozen["ghost"] = (YES, 1)


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_lose_cash, "is not the 105000000 deposited"),
        (_invent_fee, "is not the 105000000 deposited"),
        (_overdraw, "our cash is -"),
        (_invent_share, "do not cancel out"),
        (_sell_naked, "we hold -1000000"),
        (_leak, "1 frozen, but orders add up to 0"),
        (_leak_shares, "0 frozen, but orders add up to 1"),
    ],
)
def test_the_audit_names_what_was_planted(plant: Callable[[PaperAccount], None], words: str) -> None:  # ruling 0.8
    account = given_account(cash=100, yes=10)
    assert account.audit() == ""
    plant(account)
    assert words in account.audit()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(list(Side)), st.integers(1, 80), st.integers(0, 80), st.booleans()), max_size=20))
@settings(max_examples=100)
def test_nothing_leaks_whatever_is_set_aside_shrunk_and_freed(steps: list[tuple[str, Side, int, int, bool]]) -> None:
    account = given_account(cash=100, yes=50)
    for name, side, amount, left, is_freed in steps:
        before = account.frozen("cash") + account.frozen(YES)
        if not account.freeze(name, spec(side, 50, 1), amount * MICRO):
            assert account.frozen("cash") + account.frozen(YES) == before
        account.refreeze(name, left * MICRO)
        if is_freed:
            account.unfreeze(name)
        assert account.audit() == ""
        assert account.frozen("cash") <= account.held("cash")
        assert account.frozen(YES) <= account.held(YES)
    for name in "abc":
        account.unfreeze(name)
    assert (account.frozen("cash"), account.frozen(YES)) == (0, 0)
