"""One wallet as the exchange's own books have it: what an operator, or a check of somebody else's books, looks at. Pure; whole micro units."""

from oms.values.units import CashMicro, SharesMicro
from sim.accounts import HoldingView
from sim.gateway.host import Host
from sim.gateway.ids import checksummed
from sim.gateway.records import OrderFacts


def account_row(host: Host, address: str) -> dict[str, object]:
    """Balances, and every order that is remembered, oldest first. Raises BadId: not an address; ValueError: no such wallet."""
    account = checksummed(address).lower()
    if account not in host.exchange.clearing.accounts:
        raise ValueError(f"there is no wallet {address}")
    view = host.exchange.account(account)
    return {
        "cash": _balance(view.cash),
        "tokens": {token: _balance(held) for token, held in view.tokens.items()},
        "orders": [_order(order) for order in host.book.orders.values() if order.account == account],
        "trades": {trade.trade_id: trade.stage.value for trade in host.book.trades_of.get(account, ())},
    }


def _balance(held: HoldingView) -> dict[str, CashMicro | SharesMicro]:
    return {"available": held.available_micro, "frozen": held.frozen_micro, "unsettled": held.unsettled_micro}


def _order(order: OrderFacts) -> dict[str, object]:
    return {
        "id": order.order_id,
        "token": order.spec.token,
        "side": order.spec.side.value,
        "price_pips": order.spec.price_pips,
        "status": order.status,
        "stands": order.rests,
        "shares_micro": order.original_micro,
        "matched_micro": order.matched_micro,
        "paid_micro": order.paid_micro,
        "trades": order.trade_ids,
    }
