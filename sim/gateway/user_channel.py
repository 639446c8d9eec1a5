"""The private channel without its sockets: what happens to orders and trades becomes messages for their owners.

`UserFeed` writes a message for each account concerned; a `UserSubscriber` is one client, who first says who he is (polymarket.md §6.4).

    order   PLACEMENT, UPDATE (`size_matched` is cumulative), CANCELLATION
    trade   one a step of settlement, always the same id: MATCHED, MINED, CONFIRMED or MATCHED, RETRYING, FAILED

The top level of a trade is the taker's, whoever reads it; a maker finds his part in `maker_orders`, where token, side and price are his own: if
the two met across tokens (MINT, MERGE) his token is the other one. An account on both sides of a trade hears it once, as TAKER, like the answer of
GET /data/trades; what the venue does then is unknown.
"""

from typing import Final

import msgspec

from oms.values.market import Market, MarketId, TokenId
from oms.values.nesting import check_nesting
from oms.values.units import Nanos, micro_text, price_text
from sim.gateway.authentication import ApiKey, Keyring
from sim.gateway.book_hash import ms_text
from sim.gateway.frames import NOT_AUTHENTICATED, Closing, UserFrame
from sim.gateway.host import Host
from sim.gateway.ids import uuid_text
from sim.gateway.keepalive import INVALID_OPERATION, PONG, Keepalive
from sim.gateway.records import Happening, OrderFacts, OrderMoved, VenueTrade
from sim.gateway.wire import seconds
from sim.outcomes import Leg

MARKETS_KEPT_MAX: Final = 10_000
"""Ours: more markets in one client's filter are passed over."""
_encode: Final = msgspec.json.Encoder().encode


class UserFeed:
    """Writes the messages; reads the live records at once, as the host demands."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def told(self, happening: Happening, at_ns: Nanos) -> list[UserFrame]:
        """A message for each account that this concerns."""
        if isinstance(happening, OrderMoved):
            order = happening.order
            body = _encode(self._order(order, happening.move.value, at_ns))
            return [UserFrame(body, order.account, order.spec.market_id)]
        trade = happening.trade
        common = self._trade(trade, at_ns)
        makers = dict.fromkeys(order.account for order, _ in trade.makers if order.account != trade.taker.account)
        readers = [(trade.taker.account, "TAKER"), *((account, "MAKER") for account in makers)]
        return [
            UserFrame(_encode({**common, "trader_side": side, "timestamp": ms_text(at_ns)}), account, trade.market.market_id)
            for account, side in readers
        ]

    def _order(self, order: OrderFacts, move: str, at_ns: Nanos) -> dict[str, object]:
        spec = order.spec
        return {
            "event_type": "order",
            "type": move,
            "id": order.order_id,
            "owner": owner_of(order),
            "order_owner": owner_of(order),
            "market": spec.market_id,
            "asset_id": spec.token,
            "side": spec.side.value,
            "original_size": micro_text(order.original_micro),
            "size_matched": micro_text(order.matched_micro),
            "price": price_text(spec.price_pips),
            "associate_trades": order.trade_ids or None,
            "outcome": self._outcome(self._host.listed[spec.market_id].market, spec.token),
            "created_at": str(seconds(order.created_ns)),
            "expiration": str(order.expiration_s),
            "order_type": spec.lifetime.value,
            "status": order.status,
            "maker_address": order.maker_address,
            "timestamp": ms_text(at_ns),
        }

    def _trade(self, trade: VenueTrade, at_ns: Nanos) -> dict[str, object]:
        taker = trade.taker
        return {
            "event_type": "trade",
            "type": "TRADE",
            "id": trade.trade_id,
            "taker_order_id": taker.order_id,
            "market": trade.market.market_id,
            "asset_id": trade.token,
            "side": taker.spec.side.value,
            "size": micro_text(trade.shares_micro),
            "price": price_text(trade.price_pips),
            "fee_rate_bps": "0",
            "status": trade.stage.value,
            "match_time": str(seconds(trade.matched_ns)),
            "last_update": str(seconds(at_ns)),
            "outcome": self._outcome(trade.market, trade.token),
            "owner": owner_of(taker),
            "trade_owner": owner_of(taker),
            "maker_address": taker.maker_address,
            "transaction_hash": trade.transaction_hash,
            "bucket_index": trade.bucket_index,
            "maker_orders": [self._maker(trade.market, order, leg) for order, leg in trade.makers],
        }

    def _maker(self, market: Market, order: OrderFacts, leg: Leg) -> dict[str, object]:
        return {
            "order_id": order.order_id,
            "owner": owner_of(order),
            "maker_address": order.maker_address,
            "matched_amount": micro_text(leg.shares_micro),
            "price": price_text(leg.price_pips),
            "fee_rate_bps": "0",
            "asset_id": leg.token,
            "outcome": self._outcome(market, leg.token),
            "outcome_index": int(leg.token == market.no),
            "side": leg.side.value,
        }

    def _outcome(self, market: Market, token: TokenId) -> str:
        return self._host.listed[market.market_id].terms.outcomes[token == market.no]


def owner_of(order: OrderFacts) -> str:
    """The API key that sent the order; a trader inside the process has none, and gets one made of his name."""
    return order.owner or uuid_text("in process", order.account)


class _Auth(msgspec.Struct, gc=False):
    apiKey: str = ""  # noqa: N815 (the venue's name)
    secret: str = ""
    passphrase: str = ""


class _Request(msgspec.Struct, gc=False):
    type: str = ""
    operation: str = ""
    auth: _Auth | None = None
    markets: list[MarketId] | None = None


_decoder: Final = msgspec.json.Decoder(_Request)


class UserSubscriber:
    """What one client may and wants to hear. The caller sends what `receive` returns; nothing is heard before the credentials are right."""

    def __init__(self, keyring: Keyring, at_ns: Nanos) -> None:
        self.keepalive: Final = Keepalive(at_ns)
        self.key: ApiKey | None = None
        self.markets: Final[dict[str, None]] = {}
        """In lower case; none: all markets."""
        self._keyring = keyring

    def receive(self, text: str, at_ns: Nanos) -> list[bytes] | Closing:
        """The answers to one text message of the client. Nothing is answered to good credentials, bad ones end the socket."""
        if self.keepalive.is_ping(text, at_ns):
            return [PONG]
        try:
            raw = text.encode()
            check_nesting(raw)
            request = _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return [INVALID_OPERATION] if self.key else NOT_AUTHENTICATED
        if request.auth is not None:
            auth = request.auth
            self.key = self._keyring.knows(auth.apiKey, auth.secret, auth.passphrase)
        if self.key is None:
            return NOT_AUTHENTICATED
        if request.operation not in ("", "subscribe", "unsubscribe") or (not request.operation and request.type.lower() != "user"):
            return [INVALID_OPERATION]
        self._select(request)
        return []

    def _select(self, request: _Request) -> None:
        wanted = [market.lower() for market in request.markets or ()]
        if request.operation == "unsubscribe":
            for market in wanted:
                self.markets.pop(market, None)
            return
        room = max(0, MARKETS_KEPT_MAX - len(self.markets))
        self.markets.update(dict.fromkeys([market for market in wanted if market not in self.markets][:room]))

    def hears(self, frame: UserFrame) -> bool:
        """The message is about an account this client signs for, in a market it asked for, and its key is still valid."""
        key = self.key
        if key is None or self._keyring.find(key.api_key) is not key or (self.markets and frame.market_id.lower() not in self.markets):
            return False
        return frame.account in self._keyring.accounts_of(key)

    def after(self, _frame: UserFrame) -> Closing | None:
        """Nothing that happens ends this channel."""
        return None
