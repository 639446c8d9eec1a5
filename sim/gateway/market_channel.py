"""One client of the public channel, without its socket: what it asked for, and so which frames it hears.

The first message names assets, later ones add or remove some (polymarket.md §6.1). Unknown assets are kept without a word, because they may be listed
later; settled ones are passed over. What is not a message of this channel is answered with "INVALID OPERATION" and changes nothing.
"""

from typing import Final

import msgspec

from oms.values.market import TokenId
from oms.values.nesting import check_nesting
from oms.values.units import Nanos
from sim.gateway.frames import RESOLVED, Closing, Frame
from sim.gateway.keepalive import INVALID_OPERATION, PONG, Keepalive
from sim.gateway.market_feed import MarketFeed

ASSETS_MAX: Final = 500
"""With more assets on one socket the venue sends no opening books, without a word (polymarket.md §6.1)."""
ASSETS_KEPT_MAX: Final = 20_000
"""Ours: further ones are passed over, so that no client can fill our memory."""
_NOTHING: Final = b"[]"


class _Request(msgspec.Struct, gc=False):
    type: str = ""
    operation: str = ""
    assets_ids: list[TokenId] = []
    custom_feature_enabled: bool | None = None
    initial_dump: bool = True


_decoder: Final = msgspec.json.Decoder(_Request)


class MarketSubscriber:
    """What one client wants to hear. The caller sends what `receive` returns, and asks `hears` of each frame and then `after` of those it heard."""

    def __init__(self, feed: MarketFeed, at_ns: Nanos, opening_shift_ms: int = 0) -> None:
        self.keepalive: Final = Keepalive(at_ns)
        self.tokens: Final[dict[TokenId, None]] = {}
        self.is_custom = False
        self._feed = feed
        self._opening_shift_ms = opening_shift_ms

    def receive(self, text: str, at_ns: Nanos) -> list[bytes] | Closing:
        """The answers to one text message of the client."""
        if self.keepalive.is_ping(text, at_ns):
            return [PONG]
        try:
            raw = text.encode()
            check_nesting(raw)
            request = _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return [INVALID_OPERATION]
        if request.operation == "unsubscribe":
            for token in request.assets_ids:
                self.tokens.pop(token, None)
            return []
        if request.operation not in ("", "subscribe") or (not request.operation and request.type.lower() != "market"):
            return [INVALID_OPERATION]
        return self._subscribe(request)

    def _subscribe(self, request: _Request) -> list[bytes]:
        """The first message is answered with an array in any case, a later one only if it added something."""
        if request.custom_feature_enabled is not None:
            self.is_custom = request.custom_feature_enabled
        added = [token for token in dict.fromkeys(request.assets_ids) if token not in self.tokens and not self._feed.is_settled(token)]
        added = added[: max(0, ASSETS_KEPT_MAX - len(self.tokens))]
        self.tokens.update(dict.fromkeys(added))
        if not request.initial_dump:
            return []
        wanted = added if len(self.tokens) <= ASSETS_MAX else []
        opening = self._feed.opening(wanted, self._opening_shift_ms)
        return [opening] if opening != _NOTHING or not request.operation else []

    def hears(self, frame: Frame) -> bool:
        """The frame is for this client."""
        if frame.is_custom and not self.is_custom:
            return False
        return not frame.tokens or any(token in self.tokens for token in frame.tokens)

    def after(self, frame: Frame) -> Closing | None:
        """What the frame means for the socket, heard or not: with its last asset settled a client is sent away."""
        if not frame.ends:
            return None
        gone = [token for token in frame.tokens if token in self.tokens]
        for token in gone:
            del self.tokens[token]
        return RESOLVED if gone and not self.tokens else None
