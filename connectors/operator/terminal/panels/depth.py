"""The ladder drawn: asks above, bids below, bars for what stands, our own orders marked."""

from collections.abc import Sequence
from typing import Final

from connectors.operator.terminal.ink import Cell, Ink, Line, Lines, fitted
from connectors.operator.terminal.words import bar, price, shares
from oms.values.panels import Ladder, LadderLevel

_PRICE: Final = 6
_SIZE: Final = 11
_OURS: Final = 10
_BAR_MOST: Final = 48
_WITH_SUMS: Final = 60
"""From this width on there is room for what stands up to each price."""


def depth_lines(ladder: Ladder, width: int, height: int) -> list[Line]:
    """As many levels of each side as there is room for, the spread between them."""
    each = max(1, (height - 2) // 2)
    asks, bids = ladder.asks[:each], ladder.bids[:each]
    largest = max([level.shares_micro for level in (*asks, *bids)], default=0)
    with_sums = width >= _WITH_SUMS
    room = min(_BAR_MOST, max(0, width - _PRICE - _SIZE * (1 + with_sums) - _OURS))
    head = fitted("¢", _PRICE, right=True) + fitted("shares", _SIZE, right=True) + (fitted("up to here", _SIZE, right=True) if with_sums else "")
    lines: list[Line] = [[Cell(f"{head} {fitted('ours', _OURS - 1)}{fitted('depth', room)}", "head")]]
    lines += [[] for _ in range(each - len(asks))]
    lines += reversed(_side(asks, "ask", largest, room, with_sums=with_sums))
    lines.append([Cell(fitted(_between(ladder), width), "dim")])
    return lines + _side(bids, "bid", largest, room, with_sums=with_sums)


def _side(levels: Sequence[LadderLevel], ink: Ink, largest: int, room: int, *, with_sums: bool) -> list[Line]:
    """One side, best first."""
    lines: list[Line] = []
    so_far = 0
    for level in levels:
        so_far += level.shares_micro
        ours = f"◆ {shares(level.our_micro)}" if level.our_micro else ""
        line = [
            Cell(fitted(price(level.price_pips), _PRICE, right=True), "ours" if ours else ink),
            Cell(fitted(shares(level.shares_micro), _SIZE, right=True)),
        ]
        if with_sums:
            line.append(Cell(fitted(shares(so_far), _SIZE, right=True), "dim"))
        line.append(Cell(f" {fitted(ours, _OURS - 1)}", "ours"))
        line.append(Cell(bar(level.shares_micro / largest if largest else 0.0, room), "askbar" if ink == "ask" else "bidbar"))
        lines.append(line)
    return lines


def _between(ladder: Ladder) -> str:
    """`─── 2.0 ¢ wide, middle 50.0 ¢ ───`."""
    if not ladder.bids or not ladder.asks:
        return f"─── {_missing(ladder.bids, ladder.asks)} ───"
    bid, ask = ladder.bids[0].price_pips, ladder.asks[0].price_pips
    if ask <= bid:
        return f"─── crossed by {price(bid - ask) if bid > ask else '0.0'} ¢ ───"
    return f"─── {price(ask - bid)} ¢ wide, middle {price((ask + bid) // 2)} ¢ ───"


def _missing(bids: Sequence[LadderLevel], asks: Sequence[LadderLevel]) -> str:
    return "nobody bids, nobody asks" if not bids and not asks else "nobody bids" if not bids else "nobody asks"


class Depth(Lines):
    """The ladder on a screen."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._ladder: Ladder | None = None

    def fill(self, ladder: Ladder | None) -> None:
        """Draw this; None: nothing is known yet."""
        self._ladder = ladder
        self.refresh()

    def composed(self) -> list[Line]:
        """From the latest picture."""
        return [[Cell("waiting for the first picture", "dim")]] if self._ladder is None else depth_lines(self._ladder, *self.content_size)
