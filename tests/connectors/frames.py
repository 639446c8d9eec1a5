"""Messages of the market channel as tests need them, shaped as recorded in April 2026 unless a name says otherwise."""

import json
from typing import Any

from oms.values.market import Market

YES = "27448765958169370376840659891253135070283440064149054119528661558586854112636"
NO = "91142423701454842861191578505872031960783126619422886989052065939254328921955"
CONDITION = "0xebe5ad2a2f14ac898953556d7b1ad294d0191f04ffc57c48e2642142412b0619"
MARKET = Market(market_id=CONDITION, title="up or down", yes=YES, no=NO)
MARKETS = {YES: MARKET, NO: MARKET}
OTHER_YES, OTHER_NO = "7001", "7002"
OTHER_MARKET = Market(market_id="0xother", title="another", yes=OTHER_YES, no=OTHER_NO)
MS = "1777428645794"
AT_NS = 1_777_428_647_128_000_000
EXCHANGE_NS = 1_777_428_645_794_000_000


def frame(message: object) -> bytes:
    """As the venue writes it: compact, keys in the order given."""
    return json.dumps(message, separators=(",", ":")).encode()


def book(token: str = YES, **other: object) -> dict[str, Any]:
    """A `book` of the stream."""
    rungs = {"bids": [{"price": "0.48", "size": "30"}, {"price": "0.49", "size": "100.5"}], "asks": [{"price": "0.51", "size": "7"}]}
    return {"market": CONDITION, "asset_id": token, "timestamp": MS, "hash": "h", **rungs, "tick_size": "0.01", "event_type": "book", **other}


def rest_book(token: str = YES, **other: object) -> dict[str, Any]:
    """An answer of GET /book."""
    told = {**book(token), "min_order_size": "15", "neg_risk": True, "last_trade_price": "0.500", **other}
    del told["event_type"]
    return told


def entry(token: str = YES, price: object = "0.37", size: object = "2525", side: object = "BUY", **other: object) -> dict[str, Any]:
    """One element of `price_changes`."""
    return {"asset_id": token, "price": price, "size": size, "side": side, "hash": "h", "best_bid": "0.49", "best_ask": "0.5", **other}


def price_change(*entries: dict[str, Any], **other: object) -> dict[str, Any]:
    """A `price_change` of today: event_type last."""
    return {"market": CONDITION, "price_changes": [*entries], "timestamp": MS, **other, "event_type": "price_change"}


def old_price_change(*changes: dict[str, Any], token: str = YES) -> dict[str, Any]:
    """A `price_change` of mid-2025."""
    return {"event_type": "price_change", "asset_id": token, "market": CONDITION, "timestamp": MS, "hash": "h", "changes": [*changes]}
