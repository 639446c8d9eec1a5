"""Polymarket's book hash, recomputed from our integers.

The hash is the only integrity check of the market channel (polymarket.md §6.3): SHA-1 over compact JSON with fixed keys, prices and sizes
as the venue writes them. The venue always writes the shortest decimal text (all 64 vectors of data/vectors/orderbook_hash.json do), so an
integer ladder can rebuild it. Three field sets are known, by period; whether V2 books follow the third is unverified.
"""

from collections.abc import Sequence
from hashlib import sha1
from typing import Final

from oms.values.levels import HashContext, Level
from oms.values.market import TokenId
from oms.values.units import MICRO, NS_PER_MS, Nanos, Pips, micro_text, price_text

RECIPE_2025_06: Final = "A-2025-06"
"""Levels only."""
RECIPE_2025_10: Final = "B-2025-10"
"""... and min_order_size, tick_size, neg_risk."""
RECIPE_2026_04: Final = "C-2026-04"
"""... and last_trade_price, "" when there was none."""
_LEVEL_TEXTS_MAX: Final = 16_384
_CENT_MICRO: Final = MICRO // 100
_CENTS: Final = tuple(micro_text(cents * _CENT_MICRO)[1:] for cents in range(100))
"""".01" to ".99" as the venue writes them (".1", not ".10"); "" for none. Nearly all sizes have at most two decimals."""


class _PriceHeads(dict[Pips, str]):
    """Price → the text of a level up to its size; at most 9 999 of them."""

    def __missing__(self, price_pips: Pips) -> str:
        head = self[price_pips] = f'{{"price":"{price_text(price_pips)}","size":"'
        return head


class _LevelTexts(dict[Level, str]):
    """Level → its JSON text. Most levels of a book are those of its last hash, so the text is kept (3 MB at the bound, then begun anew)."""

    def __missing__(self, level: Level) -> str:
        if len(self) >= _LEVEL_TEXTS_MAX:
            self.clear()
        price_pips, size_micro = level
        whole, part = divmod(size_micro, MICRO)
        cents, finer = divmod(part, _CENT_MICRO)
        size = micro_text(size_micro) if finer else f"{whole}{_CENTS[cents]}"
        text = self[level] = f'{_price_head(price_pips)}{size}"}}'
        return text


_price_head = _PriceHeads().__getitem__
_level_text = _LevelTexts().__getitem__


def digest(context: HashContext, token: TokenId, exchange_ns: Nanos, bids: Sequence[Level], asks: Sequence[Level]) -> str:
    """The hash the venue would send for this book: an `oms.ports.BookDigest`.

    Args:
        context: texts the hash covers beside the levels.
        token: the book's asset id.
        exchange_ns: the message's own time; whole milliseconds count.
        bids: ascending by price.
        asks: descending by price.

    Raises:
        ValueError: `context.recipe` is none of the three known.
    """
    text = (
        f'{{"market":"{context.market}","asset_id":"{token}","timestamp":"{exchange_ns // NS_PER_MS}","hash":"",'
        f'"bids":[{",".join(map(_level_text, bids))}],"asks":[{",".join(map(_level_text, asks))}]{_tail(context)}}}'
    )
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _tail(context: HashContext) -> str:
    """The fields after the levels."""
    recipe = context.recipe
    if recipe == RECIPE_2025_06:
        return ""
    if recipe not in (RECIPE_2025_10, RECIPE_2026_04):
        raise ValueError(f"no recipe {recipe!r} for a Polymarket book hash: known are {RECIPE_2025_06}, {RECIPE_2025_10}, {RECIPE_2026_04}")
    neg_risk = "true" if context.neg_risk else "false"
    tail = f',"min_order_size":"{context.min_order_size}","tick_size":"{context.tick_size}","neg_risk":{neg_risk}'
    return tail if recipe == RECIPE_2025_10 else f'{tail},"last_trade_price":"{context.last_trade_price}"'
