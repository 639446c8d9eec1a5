"""Made-up frames of the live market channel: one integer decides every byte, and a venue could have sent each of them.

The shape is that of recordings of 2026: about 700 bytes, 2.3 changes a message, both tokens of a market in one `price_change` with mirrored
entries, told best prices, and for each entry the hash of the token's book after the whole message. 80 levels a side on a grid of 0.001.
"""

import json
import random
from typing import Any, Final

from connectors.polymarket.book_hash import RECIPE_2026_04, digest
from oms.values.levels import HashContext, Level
from oms.values.market import FeeCurve, Market
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND, PRICE_ONE_PIPS, Nanos, Pips, micro_text, price_text

START_NS: Final[Nanos] = 1_790_000_000 * NS_PER_SECOND
FRAME_EVERY_NS: Final[Nanos] = 5 * NS_PER_MS
_ENTRIES_EVERY: Final = 7
"""One frame in so many carries two changes of the pool (four entries), the others one (two entries): 2.3 in the mean."""


def given_market(number: int, tick_pips: Pips = 10) -> Market:
    """A market with ids as long as the venue's."""
    dice = random.Random(f"market {number}")
    yes, no = (str(dice.randrange(10**76, 10**77)) for _ in range(2))
    return Market(
        market_id=f"0x{dice.randrange(16**64):064x}",
        title=f"made-up market {number}",
        yes=yes,
        no=no,
        tick_pips=tick_pips,
        fee=FeeCurve(rate_bps=700),
        end_ns=START_NS + 86_400 * NS_PER_SECOND,
    )


class MadeUpMarket:
    """The venue's side of one market: a pool in YES terms, and the frames about its changes."""

    def __init__(self, market: Market, seed: int, levels: int = 80) -> None:
        self.market = market
        self._dice = random.Random(f"{seed} {market.market_id}")
        self._tick = tick = market.tick_pips
        self._bids = {5_000 - n * tick: self._size() for n in range(1, levels + 1)}
        self._asks = {5_000 + n * tick: self._size() for n in range(1, levels + 1)}

    def opening(self, at_ns: Nanos) -> list[bytes]:
        """A `book` for each token."""
        return [self._book(token, at_ns) for token in (self.market.yes, self.market.no)]

    def calm(self, at_ns: Nanos) -> bytes:
        """Sizes change within the top ten of either side, the best more often than the tenth; the best prices stay."""
        changes = [self._resize() for _ in range(2 if self._dice.randrange(_ENTRIES_EVERY) == 0 else 1)]
        return self._price_change(changes, at_ns)

    def restless(self, at_ns: Nanos) -> bytes:
        """A best price moves with each frame, and the middle with it: a bidder or an offerer steps forward, or the one in front leaves."""
        dice, tick = self._dice, self._tick
        is_bid = dice.random() < 0.5
        side, best = (self._bids, max(self._bids)) if is_bid else (self._asks, min(self._asks))
        if min(self._asks) - max(self._bids) > 2 * tick and 1_000 < best < 9_000:
            price, size = best + (tick if is_bid else -tick), self._size()
        else:
            price, size = best, 0
        if size:
            side[price] = size
        else:
            del side[price]
        return self._price_change([(is_bid, price, size)], at_ns)

    def _size(self) -> int:
        return self._dice.choice((self._dice.randint(5, 5_000) * MICRO, self._dice.randint(500, 500_000) * MICRO // 100))

    def _resize(self) -> tuple[bool, Pips, int]:
        dice = self._dice
        is_bid = dice.random() < 0.5
        side = self._bids if is_bid else self._asks
        rank = min(9, int(dice.expovariate(0.4)))
        price = sorted(side, reverse=is_bid)[rank]
        side[price] = self._size()
        return is_bid, price, side[price]

    def _ladders(self, token: str) -> tuple[list[Level], list[Level]]:
        """Bids ascending, asks descending: as on the wire, best last."""
        if token == self.market.yes:
            return sorted(self._bids.items()), sorted(self._asks.items(), reverse=True)
        return (
            [(PRICE_ONE_PIPS - price, size) for price, size in sorted(self._asks.items(), reverse=True)],
            [(PRICE_ONE_PIPS - price, size) for price, size in sorted(self._bids.items())],
        )

    def _hash(self, token: str, at_ns: Nanos) -> str:
        context = HashContext(
            recipe=RECIPE_2026_04,
            market=self.market.market_id,
            min_order_size="5",
            tick_size=price_text(self._tick),
            last_trade_price="0.500",
        )
        return digest(context, token, at_ns, *self._ladders(token))

    def _book(self, token: str, at_ns: Nanos) -> bytes:
        bids, asks = ([{"price": price_text(price), "size": micro_text(size)} for price, size in side] for side in self._ladders(token))
        return _bytes({
            "market": self.market.market_id, "asset_id": token, "timestamp": str(at_ns // NS_PER_MS), "hash": self._hash(token, at_ns),
            "bids": bids, "asks": asks, "min_order_size": "5", "tick_size": price_text(self._tick), "neg_risk": False,
            "last_trade_price": "0.500", "event_type": "book",
        })  # fmt: skip

    def _price_change(self, changes: list[tuple[bool, Pips, int]], at_ns: Nanos) -> bytes:
        market = self.market
        bid, ask = max(self._bids), min(self._asks)
        yes, no = self._told(market.yes, at_ns, bid, ask), self._told(market.no, at_ns, PRICE_ONE_PIPS - ask, PRICE_ONE_PIPS - bid)
        entries = []
        for is_bid, price, size in changes:
            mirrored = price_text(PRICE_ONE_PIPS - price)
            entries += [
                {"asset_id": market.yes, "price": price_text(price), "size": micro_text(size), "side": "BUY" if is_bid else "SELL", **yes},
                {"asset_id": market.no, "price": mirrored, "size": micro_text(size), "side": "SELL" if is_bid else "BUY", **no},
            ]
        return _bytes(
            {"market": market.market_id, "price_changes": entries, "timestamp": str(at_ns // NS_PER_MS), "event_type": "price_change"}
        )  # fmt: skip

    def _told(self, token: str, at_ns: Nanos, bid: Pips, ask: Pips) -> dict[str, str]:
        """What each entry of a token says of its whole book."""
        return {"hash": self._hash(token, at_ns), "best_bid": price_text(bid), "best_ask": price_text(ask)}


def _bytes(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


class Tape:
    """Frames of some markets in turn: first every book, then changes."""

    def __init__(self, *, markets: int, frames: int, seed: int = 1, restless: bool = False) -> None:
        self.markets = [given_market(number) for number in range(markets)]
        made_up = [MadeUpMarket(market, seed) for market in self.markets]
        dice = random.Random(f"tape {seed}")
        self.opening = [frame for market in made_up for frame in market.opening(START_NS)]
        self.frames: list[tuple[Nanos, bytes]] = []
        """(time of receipt, bytes)."""
        for number in range(1, frames + 1):
            at_ns = START_NS + number * FRAME_EVERY_NS
            market = dice.choice(made_up)
            self.frames.append((at_ns, market.restless(at_ns) if restless else market.calm(at_ns)))

    @property
    def bytes_mean(self) -> float:
        """Mean length of a change."""
        return sum(len(frame) for _, frame in self.frames) / len(self.frames)
