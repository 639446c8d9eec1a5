"""How far a market is, as the engine knows it: what `paper` and `live` tell whoever follows their markets (following.py)."""

from collections.abc import Mapping

from config.assembly.roster import KEPT_NS, Standing
from oms.state import State
from oms.values.events import MarketClosed
from oms.values.market import Market, MarketId
from oms.values.units import Nanos


def standing(state: State, market: Market) -> Standing:
    """Of one market; one that the engine has never heard of is open, as far as is known."""
    desk = state.desks.get(market.market_id)
    if desk is None:
        return Standing.OVER if market.market_id in state.past else Standing.OPEN
    if desk.payout is not None:
        return Standing.OVER
    if not desk.closed:
        return Standing.OPEN
    is_ours = any(state.ledger.total(token) for token in (market.yes, market.no)) or state.blotter.open_orders(market.market_id)
    return Standing.HELD if is_ours else Standing.ENDED


def unsettled(state: State) -> dict[MarketId, bool]:
    """Markets in which an order of ours is open, or a trade of ours is not settled."""
    orders = [*state.blotter.all_open(), *(state.blotter.find(order_id) for _, order_id in state.settlements.open_trades())]
    return {order.spec.market_id: True for order in orders if order is not None}


def closed_long_ago(state: State, followed: Mapping[MarketId, object], at_ns: Nanos) -> list[MarketClosed]:
    """The word that these are closed, which nobody said: their time has passed long ago, and nobody follows them. Then the engine can forget them.

    Should the venue move such an end to later after all, the listing that says so opens the market again.
    """
    return [
        MarketClosed(market_id=market_id)
        for market_id, desk in state.desks.items()
        if desk.closed and market_id not in state.over and market_id not in followed and at_ns >= (desk.market.end_ns or 0) + KEPT_NS
    ]
