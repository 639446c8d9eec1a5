"""What a strategy returns: what it would like to stand in the market, and why. Never what to do: that difference is taken once, in the OMS."""

import msgspec

from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.units import Nanos, Pips, SharesMicro


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order that should rest, post-only."""

    token: TokenId
    side: Side
    price_pips: Pips
    shares_micro: SharesMicro
    why: str


class Quotes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The whole of what should rest in this market; anything else of this strategy's is taken away."""

    quotes: tuple[Quote, ...]
    why: str
    patience_pips: Pips = 0
    """An order already resting up to this much *less* aggressive than a wanted one stays, so that queue places are not thrown away."""
    look_again_ns: Nanos | None = None
    """Ask again at this moment even if nothing else happens (a rule of time is about to bite)."""


class StandAside(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing of this strategy's should rest in this market."""

    why: str


Decision = Quotes | StandAside
