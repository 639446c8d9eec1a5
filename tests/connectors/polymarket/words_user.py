"""Messages of the user channel as tests need them, shaped as in polymarket.md §6.4."""

from typing import Any

from connectors.polymarket.names import Names
from connectors.polymarket.presence import Presence
from connectors.polymarket.user_stream import PART, Login, UserStream
from oms.values.events import Event
from oms.values.market import FeeCurve, Market
from oms.values.units import NS_PER_SECOND
from tests.connectors.frames import frame

YES, NO = "713210", "521143"
MARKET = Market(market_id="0xc0nd", title="a market", yes=YES, no=NO, fee=FeeCurve(rate_bps=700))
ADDRESS = "0xF39Fd6E51Aad88F6F4Ce6Ab8827279CffFb92266"
STRANGER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
KEY, SECRET, PASSPHRASE = "00000000-0000-0000-0000-000000000001", "c2VjcmV0", "passphrase-of-it"
MINE, MINE_TOO, THEIRS = "0x" + "ab" * 32, "0x" + "cd" * 32, "0x" + "ee" * 32
MATCH_S = 1_782_753_357
MATCH_NS = MATCH_S * NS_PER_SECOND
AT_NS = MATCH_NS + NS_PER_SECOND // 2


def given_names() -> Names:
    """Two orders of ours."""
    names = Names()
    names.learn("our-1", MINE)
    names.learn("our-2", MINE_TOO)
    return names


def given_stream(*markets: Market, address: str = ADDRESS) -> tuple[UserStream, Presence]:
    """A stream of one account whose exchange is up, not opened yet."""
    presence = Presence(PART, "exchange")
    presence.up("exchange")
    tokens = {token: market for market in markets or (MARKET,) for token in (market.yes, market.no)}
    return UserStream(lambda: Login(KEY, SECRET, PASSPHRASE), given_names(), tokens, address, presence), presence


def told(stream: UserStream, *messages: dict[str, Any], at_ns: int = AT_NS) -> list[Event]:
    """The facts of one frame that holds these messages."""
    return [*stream.receive(frame(messages[0] if len(messages) == 1 else messages), at_ns)]


def order(order_id: str = MINE, **other: object) -> dict[str, Any]:
    """An `order` message: a placement that rests."""
    message = {
        "event_type": "order",
        "type": "PLACEMENT",
        "id": order_id,
        "owner": KEY,
        "market": MARKET.market_id,
        "asset_id": YES,
        "side": "BUY",
        "original_size": "10",
        "size_matched": "0",
        "price": "0.49",
        "associate_trades": None,
        "status": "LIVE",
        "timestamp": f"{MATCH_S}257",
    }
    return {**message, **other}


def maker(order_id: str = MINE, amount: str = "10", price: str = "0.51", **other: object) -> dict[str, Any]:
    """An element of `maker_orders`: a resting sale of YES of ours."""
    entry = {"order_id": order_id, "owner": KEY, "maker_address": ADDRESS, "matched_amount": amount, "price": price, "asset_id": YES, "side": "SELL"}
    return {**entry, **other}


def trade(*entries: dict[str, Any], taker: str = THEIRS, **other: object) -> dict[str, Any]:
    """A `trade` message: a stranger bought YES from these."""
    message = {
        "event_type": "trade",
        "type": "TRADE",
        "id": "28c4d2eb",
        "taker_order_id": taker,
        "market": MARKET.market_id,
        "asset_id": YES,
        "side": "BUY",
        "size": "10",
        "price": "0.51",
        "fee_rate_bps": "0",
        "status": "MATCHED",
        "match_time": str(MATCH_S),
        "owner": "somebody",
        "maker_address": STRANGER,
        "maker_orders": [*entries],
        "trader_side": "MAKER",
        "timestamp": f"{MATCH_S}257",
    }
    return {**message, **other}


def stranger(amount: str = "10", price: str = "0.51", **other: object) -> dict[str, Any]:
    """An element of `maker_orders` of somebody else."""
    return maker(THEIRS, amount, price, **{"owner": "somebody else", "maker_address": STRANGER, **other})
