"""What a book is told in: levels, changes of levels, and what a venue's book hash covers."""

from collections.abc import Callable, Sequence

import msgspec

from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.units import Nanos, Pips, SharesMicro

Level = tuple[Pips, SharesMicro]
"""(price_pips, shares_micro)."""
LevelChange = tuple[Side, Pips, SharesMicro]
"""(side, price_pips, new absolute shares_micro; 0 removes the level)."""


class HashContext(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a venue's book hash covers beside the levels; texts verbatim, because a hash is over text.

    `recipe` names the field set ("A-2025-06", "B-2025-10", "C-2026-04" in data/vectors/orderbook_hash.json).
    """

    recipe: str
    market: str
    min_order_size: str = ""
    tick_size: str = ""
    neg_risk: bool = False
    last_trade_price: str = ""


BookDigest = Callable[[HashContext, TokenId, Nanos, Sequence[Level], Sequence[Level]], str]
"""(context, token, exchange time, bids ascending by price, asks descending by price) → the hash the venue would send for this book.
A venue's connector supplies it; the book machine only compares."""
