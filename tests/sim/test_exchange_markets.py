"""The simulated exchange after the match: settlement as a stage of its own, changed ticks, and every way a market ends."""

import msgspec
import pytest

from oms.values.events import LevelsChanged, MarketClosed, MarketResolved, SettlementStage, TickChanged
from oms.values.market import Payout
from oms.values.units import MICRO
from sim import desk, settlement
from sim import exchange as exchange_module
from sim.books import DUST, FEES
from sim.exchange import Exchange
from sim.listing import MarketState
from sim.outcomes import MarketEnded, NotPossible, Outcome, Paid, Refusal, Refused
from tests.sim.exchange_words import dollars, given_exchange, names, refusal, spec
from tests.words import MARKET, NOON_NS, YES, given_market

STAGE = SettlementStage


def given_matched() -> Exchange:
    """Alice bought 10 YES of Bob's at 0.60 with a fee; nothing is settled yet."""
    exchange = given_exchange(fee_bps=700, instant=False)
    exchange.split("bob", MARKET, 10 * MICRO)
    exchange.submit("bob", "b", spec("SELL YES", 6_000, 10), NOON_NS)
    exchange.submit("alice", "a", spec("BUY YES", 6_000, 10), NOON_NS)
    return exchange


def test_what_a_trade_brought_can_be_used_only_when_it_is_confirmed() -> None:
    # req 0.20, trap T5
    exchange = given_matched()
    assert refusal(exchange, spec("SELL YES", 7_000, 10)) is Refusal.NOT_ENOUGH_SHARES
    assert exchange.account_totals("alice") == (exchange.cash_total("alice"), {YES: 10 * MICRO}), "totals count it at once"
    for stage in (STAGE.MATCHED, STAGE.MINED, STAGE.RETRYING):
        exchange.settle_step("t1", stage)
        assert refusal(exchange, spec("SELL YES", 7_000, 10), key=stage.name) is Refusal.NOT_ENOUGH_SHARES
    assert names(exchange.settle_step("t1", STAGE.CONFIRMED)) == ["SettlementStepped"]
    assert exchange.settle_step("t1", STAGE.CONFIRMED) == exchange.settle_step("t1", STAGE.MINED) == []
    assert "Resting" in names(exchange.submit("alice", "free", spec("SELL YES", 7_000, 10), NOON_NS))
    with pytest.raises(NotPossible):
        exchange.settle_step("t1", STAGE.FAILED)
    with pytest.raises(NotPossible):
        exchange.settle_step("t99", STAGE.FAILED)
    assert exchange.audit() is None


def test_a_failed_settlement_gives_shares_cash_and_fee_back_exactly_once() -> None:
    # req 0.18, trap T5
    exchange = given_matched()
    exchange.settle_step("t1", STAGE.MINED)
    assert names(exchange.settle_step("t1", STAGE.FAILED)) == ["SettlementStepped"]
    back = [(1_000, 0), (990, 0), (0, 0)]
    for _ in range(2):
        assert [dollars(exchange, name) for name in ("alice", "bob", FEES)] == back
        assert exchange.token_total("bob", YES) == 10 * MICRO
        assert exchange.settle_step("t1", STAGE.FAILED) == []
    record = exchange.trade("t1")
    assert record is not None
    assert (record.stage, exchange.trades(), exchange.audit()) == (STAGE.FAILED, [record], None)


def test_a_market_closes_then_pays_its_winners_a_dollar_and_its_losers_nothing() -> None:
    # req 1.18, 1.19, 3.34, 3.35, 3.39
    exchange = given_matched()
    exchange.submit("carol", "c", spec("BUY YES", 1_000, 10), NOON_NS)
    exchange.drain_public()
    assert names(exchange.close(MARKET, NOON_NS)) == ["Cancelled"]
    assert exchange.close(MARKET, NOON_NS) == []
    out = exchange.resolve(MARKET, Payout(yes_ppm=MICRO, no_ppm=0), NOON_NS)
    assert names(out) == ["SettlementStepped", "Paid", "Paid", "MarketEnded"], "what was unsettled is confirmed before it is paid"
    assert {one.account: one.cash_micro for one in out if isinstance(one, Paid)} == {"alice": 10 * MICRO, "bob": 0}
    ended = out[-1]
    assert isinstance(ended, MarketEnded)
    assert (ended.paid_micro, ended.dust_micro) == (10 * MICRO, 0)
    assert [type(one) for one in exchange.drain_public()] == [LevelsChanged, LevelsChanged, MarketClosed, MarketResolved]
    assert (exchange.clearing.locked_micro, exchange.token_total("alice", YES), exchange.audit()) == (0, 0, None)
    with pytest.raises(NotPossible):
        exchange.resolve(MARKET, Payout(yes_ppm=0, no_ppm=MICRO), NOON_NS)
    assert exchange.split("alice", MARKET, MICRO) is Refusal.MARKET_CLOSED


def test_a_fifty_fifty_market_pays_half_and_its_odd_micro_dollars_go_to_the_dust_account() -> None:
    # req 3.37
    exchange = given_exchange("alice", "bob")
    exchange.split("alice", MARKET, 5 * MICRO + 1)
    exchange.submit("alice", "a", spec("SELL YES", 5_000, 5), NOON_NS)
    exchange.submit("bob", "b", spec("BUY YES", 5_000, 5), NOON_NS)
    out = exchange.void(MARKET, NOON_NS)
    assert isinstance(out[-1], MarketEnded)
    assert exchange.cash_total("alice") + exchange.cash_total("bob") + exchange.cash_total(DUST) == 2_000 * MICRO
    assert (out[-1].payout, exchange.audit()) == (Payout(yes_ppm=500_000, no_ppm=500_000), None)


def test_voiding_at_cost_gives_back_what_it_cost_and_a_shortfall_is_shared() -> None:
    # req 1.20, 3.36; trap T9: who sold keeps his gain, so the refunds are cut to what is locked
    exchange = given_exchange()
    exchange.submit("bob", "b", spec("BUY NO", 6_000, 10), NOON_NS)
    exchange.submit("alice", "a", spec("BUY YES", 4_000, 10), NOON_NS)
    exchange.submit("carol", "c", spec("BUY YES", 9_000, 10), NOON_NS)
    exchange.submit("alice", "a2", spec("SELL YES", 9_000, 10), NOON_NS)
    exchange.void(MARKET, NOON_NS, refund=True)
    assert (dollars(exchange, "alice"), dollars(exchange, "bob"), dollars(exchange, "carol")) == ((1_005, 0), (998, 0), (997, 0))
    assert (exchange.listings[MARKET].state, exchange.audit()) == (MarketState.RESOLVED, None)


def test_a_changed_tick_holds_for_new_orders_and_leaves_old_ones_alone() -> None:
    exchange = given_exchange()
    exchange.submit("alice", "a", spec("BUY YES", 9_600, 10), NOON_NS)
    exchange.change_tick(MARKET, 10, NOON_NS)
    assert refusal(exchange, spec("BUY YES", 9_610, 10), account="bob", key="fine") is None
    exchange.change_tick(MARKET, 100, NOON_NS)
    assert refusal(exchange, spec("BUY YES", 9_620, 10), account="bob", key="late") is Refusal.PRICE_OFF_TICK
    assert exchange.book(YES).bids == ((9_610, 10 * MICRO), (9_600, 10 * MICRO))
    assert sum(isinstance(one, TickChanged) for one in exchange.drain_public()) == 4
    for wrong in (0, 7):
        with pytest.raises(NotPossible):
            exchange.change_tick(MARKET, wrong, NOON_NS)


def test_the_same_orders_make_the_same_trades() -> None:
    # req 0.4
    def played() -> list[Outcome]:
        exchange = given_matched()
        return exchange.submit("carol", "c", spec("BUY NO", 5_500, 7), NOON_NS) + exchange.void(MARKET, NOON_NS, refund=True)

    assert played() == played()


def test_paid_out_markets_are_forgotten_and_what_is_remembered_of_them_can_move_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # req 2.57
    monkeypatch.setattr(exchange_module, "RESOLVED_KEPT", 2)
    exchange = given_matched()
    exchange.void(MARKET, NOON_NS)
    for number in range(5):
        name = f"m{number}"
        exchange.list_market(msgspec.structs.replace(given_market(), market_id=name, yes=f"{name}-yes", no=f"{name}-no"), NOON_NS)
        exchange.split("alice", name, MICRO)
        exchange.void(name, NOON_NS)
    clearing = exchange.clearing
    assert list(exchange.listings) == list(clearing.sets) == ["m3", "m4"]
    assert list(clearing.shares_held_micro) == ["m3-yes", "m3-no", "m4-yes", "m4-no"]
    before = [dollars(exchange, name) for name in ("alice", "bob", FEES, DUST)]
    for key, reason in (("late", Refusal.MARKET_UNKNOWN), ("a", Refusal.DUPLICATE_ORDER_ID)):  # orders are remembered for themselves
        assert exchange.submit("alice", key, spec("BUY YES", 6_000, 10), NOON_NS) == [Refused(account="alice", order_key=key, reason=reason)]
    assert exchange.split("alice", MARKET, MICRO) is Refusal.MARKET_UNKNOWN
    assert exchange.settle_step("t1", STAGE.CONFIRMED) == []
    with pytest.raises(NotPossible):
        exchange.settle_step("t1", STAGE.FAILED)
    with pytest.raises(NotPossible):
        exchange.void(MARKET, NOON_NS)
    assert ([dollars(exchange, name) for name in ("alice", "bob", FEES, DUST)], exchange.audit()) == (before, None)


def test_ended_orders_and_final_trades_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    # req 2.57; trap T6
    monkeypatch.setattr(desk, "REMEMBERED_MAX", 7)
    monkeypatch.setattr(settlement, "REMEMBERED_MAX", 3)
    exchange = given_exchange()
    for number in range(50):
        exchange.submit("bob", f"b{number}", spec("BUY NO", 4_000, 5), NOON_NS)
        exchange.submit("alice", f"a{number}", spec("BUY YES", 6_000, 5), NOON_NS)
    assert [exchange.find("alice", f"a{number}") is not None for number in (45, 46, 49)] == [False, True, True]
    assert [record.trade.trade_id for record in exchange.trades()] == ["t48", "t49", "t50"]
    assert exchange.audit() is None
