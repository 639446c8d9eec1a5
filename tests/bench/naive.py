"""What anybody would write first, as something to compare with: json, Decimal and SortedDict for books; two heaps for matching."""

import heapq
import json
from collections.abc import Callable
from decimal import Decimal
from itertools import islice

from sortedcontainers import SortedDict

Number = Decimal | float


class NaiveBooks:
    """Books of any tokens, straight from bytes."""

    def __init__(self, number: Callable[[str], Number] = Decimal) -> None:
        self.sides: dict[tuple[str, str], SortedDict[Number, Number]] = {}
        self._number = number

    def receive(self, frame: bytes) -> tuple[Number | None, Number | None]:
        """Apply one frame; best bid and best ask of the last token it speaks of."""
        message, number = json.loads(frame), self._number
        if message["event_type"] == "book":
            token = message["asset_id"]
            for side, name in (("BUY", "bids"), ("SELL", "asks")):
                self.sides[token, side] = SortedDict({number(row["price"]): number(row["size"]) for row in message[name]})
            return self.best(token)
        token = ""
        for change in message["price_changes"]:
            token = change["asset_id"]
            levels = self.sides[token, change["side"]]
            price, size = number(change["price"]), number(change["size"])
            if size:
                levels[price] = size
            else:
                levels.pop(price, None)
        return self.best(token)

    def best(self, token: str) -> tuple[Number | None, Number | None]:
        """Best bid and ask."""
        bids, asks = self.sides[token, "BUY"], self.sides[token, "SELL"]
        return (bids.peekitem(-1)[0] if bids else None), (asks.peekitem(0)[0] if asks else None)

    def top(self, token: str) -> tuple[tuple[tuple[Number, Number], ...], tuple[tuple[Number, Number], ...]]:
        """Ten levels a side, best first."""
        bids, asks = self.sides[token, "BUY"], self.sides[token, "SELL"]
        best_bids = tuple((price, bids[price]) for price in islice(reversed(bids), 10))
        return best_bids, tuple(islice(asks.items(), 10))


class NaivePool:
    """Price-time matching with a heap a side and lazy cancels. Prices in YES pips, sizes in micro-shares; no clearing, no exact cash."""

    def __init__(self) -> None:
        self._heaps: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        self._left: dict[int, int] = {}

    def submit(self, number: int, price: int, size: int, *, is_bid: bool) -> list[tuple[int, int]]:
        """Trade what crosses, rest what is left. Returns (maker, shares)."""
        against, left, fills = self._heaps[is_bid], self._left, []
        while size and against:
            key, maker = against[0]
            if maker not in left:
                heapq.heappop(against)
                continue
            if (key > price) if is_bid else (-key < price):
                break
            shares = min(size, left[maker])
            fills.append((maker, shares))
            size -= shares
            if shares == left[maker]:
                del left[maker]
                heapq.heappop(against)
            else:
                left[maker] -= shares
        if size:
            left[number] = size
            heapq.heappush(self._heaps[not is_bid], (-price if is_bid else price, number))
        return fills

    def cancel(self, number: int) -> bool:
        """Forget the order; its place in the heap is passed over later."""
        return self._left.pop(number, None) is not None
