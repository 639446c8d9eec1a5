"""Orders and trades as the REST endpoints write them (polymarket.md §3.8): decimals in texts, seconds, never a null."""

from oms.values.market import Market, TokenId
from oms.values.units import micro_text, price_text
from sim.gateway.host import Host
from sim.gateway.records import OrderFacts, VenueTrade
from sim.gateway.user_channel import owner_of
from sim.gateway.wire import seconds
from sim.outcomes import Leg


def outcome_of(host: Host, market: Market, token: TokenId) -> str:
    """The name of a token's outcome."""
    return host.listed[market.market_id].terms.outcomes[token == market.no]


def order_row(host: Host, order: OrderFacts) -> dict[str, object]:
    """An OpenOrder."""
    spec = order.spec
    return {
        "id": order.order_id,
        "status": order.status,
        "owner": owner_of(order),
        "maker_address": order.maker_address,
        "market": spec.market_id,
        "asset_id": spec.token,
        "side": spec.side.value,
        "original_size": micro_text(order.original_micro),
        "size_matched": micro_text(order.matched_micro),
        "price": price_text(spec.price_pips),
        "outcome": outcome_of(host, host.listed[spec.market_id].market, spec.token),
        "expiration": str(order.expiration_s),
        "order_type": spec.lifetime.value,
        "associate_trades": order.trade_ids,
        "created_at": seconds(order.created_ns),
    }


def trade_row(host: Host, trade: VenueTrade, *, is_taker: bool) -> dict[str, object]:
    """A Trade as one of its parties reads it."""
    taker, market = trade.taker, trade.market
    return {
        "id": trade.trade_id,
        "taker_order_id": taker.order_id,
        "market": market.market_id,
        "asset_id": trade.token,
        "side": taker.spec.side.value,
        "size": micro_text(trade.shares_micro),
        "fee_rate_bps": "0",
        "price": price_text(trade.price_pips),
        "status": trade.stage.value,
        "match_time": str(seconds(trade.matched_ns)),
        "match_time_nano": str(trade.matched_ns),
        "last_update": str(seconds(trade.updated_ns)),
        "outcome": outcome_of(host, market, trade.token),
        "bucket_index": trade.bucket_index,
        "owner": owner_of(taker),
        "maker_address": taker.maker_address,
        "transaction_hash": trade.transaction_hash,
        "err_msg": "",
        "maker_orders": [_maker_row(host, market, order, leg) for order, leg in trade.makers],
        "trader_side": "TAKER" if is_taker else "MAKER",
    }


def _maker_row(host: Host, market: Market, order: OrderFacts, leg: Leg) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "owner": owner_of(order),
        "maker_address": order.maker_address,
        "matched_amount": micro_text(leg.shares_micro),
        "price": price_text(leg.price_pips),
        "fee_rate_bps": "0",
        "asset_id": leg.token,
        "outcome": outcome_of(host, market, leg.token),
        "side": leg.side.value,
    }
