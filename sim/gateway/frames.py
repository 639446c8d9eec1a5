"""What passes between a channel's pure parts and its sockets: a message with who hears it, and a reason to hang up."""

from typing import Final

import msgspec

from oms.values.market import MarketId, TokenId


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One message of the market channel and who hears it."""

    body: bytes
    """Empty: nothing is said, but `ends` holds."""
    tokens: tuple[TokenId, ...] = ()
    """Subscribers of any of these; none: everybody."""
    is_custom: bool = False
    """Only for clients with `custom_feature_enabled`."""
    ends: bool = False
    """The tokens are settled: nothing comes of them any more."""


class UserFrame(msgspec.Struct, frozen=True, gc=False):
    """One message of the user channel and who hears it."""

    body: bytes
    account: str
    """At the exchange."""
    market_id: MarketId


class Closing(msgspec.Struct, frozen=True):
    """A socket is closed with this code, for this reason."""

    code: int
    reason: str = ""


RESOLVED: Final = Closing(1000, "all subscribed assets resolved")
SLOW: Final = Closing(1013, "slow consumer: send buffer full")
SILENT: Final = Closing(1000, "no PING for 125 s")
NOT_AUTHENTICATED: Final = Closing(1008)
"""Bad credentials: closed without a word (polymarket.md §6.4); the code is our choice, nobody wrote it down."""
