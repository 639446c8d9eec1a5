"""Books for the flows: outcomes of an event that nearly add up to a dollar, some of which stay behind; and views of one market that are torn."""

import random
from collections.abc import Collection, Sequence
from typing import Final

from oms.values import events as e
from oms.values.levels import Level
from oms.values.market import Market
from oms.values.units import MICRO, PRICE_ONE_PIPS, Nanos, Pips

TICK: Final = 100
_LOW: Final = 3 * TICK


def told_books(dice: random.Random, markets: Sequence[Market], paid: Collection[str], now_ns: Nanos) -> list[e.Event]:
    """What the stream tells in one turn: whole books of some of the markets, seldom that a stream broke off."""
    event = [market for market in markets if market.event_id]
    shares = [dice.random() + 0.1 for _ in event]
    whole = PRICE_ONE_PIPS * dice.choice((0.8, 1.0, 1.0, 1.0, 1.0, 1.0))  # what is missing is somebody else's chance
    facts: list[e.Event] = []
    for number, market in enumerate(markets):
        if market.market_id in paid or dice.random() < 0.6:
            continue
        mid = int(whole * shares[number] / sum(shares)) if market.event_id else dice.randrange(1_000, 9_000)
        facts += _pair(dice, market, mid + dice.randrange(-500, 501), now_ns)
    if dice.random() < 0.01:
        market = dice.choice(markets)
        facts.append(e.ContinuityLost(tokens=(market.yes, market.no), why="gone"))
    return facts


def _pair(dice: random.Random, market: Market, mid: Pips, now_ns: Nanos) -> list[e.Event]:
    """Both books of a market, one the mirror of the other; sometimes they are not, and there may be a gap between them."""
    bids, asks = _sides(dice, mid)
    torn = dice.random() < 0.08
    other_bids, other_asks = _sides(dice, mid + dice.randrange(-1_500, 1_501)) if torn else (bids, asks)
    return [
        e.BookReset(token=market.yes, bids=bids, asks=asks, exchange_ns=now_ns),
        e.BookReset(token=market.no, bids=_mirrored(other_asks), asks=_mirrored(other_bids), exchange_ns=now_ns),
    ]


def _sides(dice: random.Random, mid: Pips) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Two levels a side round a middle that is not too near to the ends."""
    mid = max(_LOW, min(PRICE_ONE_PIPS - _LOW, mid))
    half = dice.choice((30, 60, 150, 300))
    bid, ask = (mid - half) // TICK * TICK, -(-(mid + half) // TICK) * TICK
    bids = [(price, _size(dice)) for price in (bid, bid - TICK) if price > 0]
    return tuple(bids), tuple([(price, _size(dice)) for price in (ask, ask + TICK) if price < PRICE_ONE_PIPS])


def _size(dice: random.Random) -> int:
    return dice.randrange(5, 90) * MICRO


def _mirrored(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    return tuple([(PRICE_ONE_PIPS - price, size) for price, size in levels])
