"""What a share is worth on display: the middle of its book, else the last trade, else a half; after the end what it paid. For catalogues only."""

from oms.values.market import MarketId, TokenId
from oms.values.units import MICRO, PRICE_ONE_PIPS, CashMicro
from sim.gateway.host import Host

_MICRO_PER_PIP = MICRO // PRICE_ONE_PIPS


def price_micro(host: Host, market_id: MarketId, token: TokenId) -> CashMicro:
    """Micro-dollars a share; the two tokens of a market always add up to a dollar. Raises KeyError: no such market."""
    yes_micro = _yes_micro(host, market_id)
    return yes_micro if token == host.listed[market_id].market.yes else MICRO - yes_micro


def _yes_micro(host: Host, market_id: MarketId) -> CashMicro:
    payout = host.payouts.get(market_id)
    if payout is not None:
        return payout.yes_ppm
    pool = host.listing(market_id).pool
    if pool.spread_pips is not None:
        return (pool.best_bid_pips + pool.best_ask_pips) * _MICRO_PER_PIP // 2
    last = host.last_trades.get(market_id)
    return last[0] * _MICRO_PER_PIP if last is not None else MICRO // 2
