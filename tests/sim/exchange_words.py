"""Test words for the simulated exchange: what is given, what was asked, what came out."""

from typing import Any

from oms.values.market import FeeCurve
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from sim.exchange import Exchange
from sim.outcomes import Executed, Outcome, Refusal, Refused
from sim.pool_orders import SelfTrades
from tests.words import MARKET, NO, NOON_NS, YES, given_market


def given_exchange(*names: str, cash: int = 1_000, fee_bps: int = 0, instant: bool = True, self_trades: SelfTrades = SelfTrades.OFF) -> Exchange:
    exchange = Exchange(self_trades, instant_settlement=instant)
    exchange.list_market(given_market(fee=FeeCurve(rate_bps=fee_bps)), NOON_NS)
    for name in names or ("alice", "bob", "carol"):
        exchange.deposit(name, cash * MICRO)
    exchange.drain_public()
    return exchange


def spec(what: str, price: int, size: float, lifetime: Lifetime = Lifetime.GTC, **more: Any) -> OrderSpec:  # noqa: ANN401
    """`what` is "BUY YES" and so on; size in shares, or dollars for an immediate BUY."""
    side, token = what.split()
    return OrderSpec(
        market_id=MARKET, token=YES if token == "YES" else NO, side=Side[side], price_pips=price, size_micro=round(size * MICRO),
        lifetime=lifetime, **more,
    )  # fmt: skip


def names(outcomes: list[Outcome]) -> list[str]:
    return [type(outcome).__name__ for outcome in outcomes]


def trades(outcomes: list[Outcome]) -> list[tuple[str, str, str, float, int, int]]:
    """(taker, maker, kind, shares, taker's price, maker's price)."""
    found = [one.trade for one in outcomes if isinstance(one, Executed)]
    return [(t.taker.account, t.maker.account, t.kind.name, t.taker.shares_micro / MICRO, t.taker.price_pips, t.maker.price_pips) for t in found]


def dollars(exchange: Exchange, name: str) -> tuple[float, float]:
    """(available, frozen)."""
    view = exchange.account(name).cash
    return view.available_micro / MICRO, view.frozen_micro / MICRO


def refusal(exchange: Exchange, wish: OrderSpec, account: str = "alice", key: str = "x") -> Refusal | None:
    before = (exchange.account("alice"), exchange.book(YES))
    (only, *_) = exchange.submit(account, key, wish, NOON_NS)
    if not isinstance(only, Refused):
        return None
    assert before == (exchange.account("alice"), exchange.book(YES)), "a refusal changes nothing"
    return only.reason
