"""Do the two tokens of one market tell the same story?

Both books are one book at the venue: a YES bid at p is a NO ask at 1 − p. But the two halves of one change arrive one after the other, and after
each single message they differ in a third of all cases (measured on recordings); at the end of an exchange timestamp in 0.4 %. So the pair
is judged only when both carry the same exchange timestamp and something later has come, which proves that nothing of that timestamp is
outstanding (ruling 0.2). A STALE book is history: what of its last timestamp was lost can no longer be outstanding, so it is not judged. A
disagreement is a doubt on both, until a later judgement agrees.
"""

from typing import Final

from oms.machines.book import Book
from oms.values.snapshot import STALE_DOUBTS, Doubt
from oms.values.units import PRICE_ONE_PIPS, Nanos

LEVELS_COMPARED: Final = 3
RUNGS_COMPARED: Final = 12
"""Rungs that usually hold these levels."""
_MIRROR: Final = int(Doubt.MIRROR)
_STALE: Final = int(STALE_DOUBTS)


class Mirror:
    """The pair of books of one market."""

    __slots__ = ("_judged_ns", "agreed", "judged", "no", "yes")

    def __init__(self, yes: Book, no: Book) -> None:
        self.yes = yes
        self.no = no
        self.judged = 0
        self.agreed = 0
        self._judged_ns: Nanos = 0

    def before(self, exchange_ns: Nanos) -> None:
        """A message of this exchange time is about to be applied to either book: judge the time before it, if it is over."""
        yes, no = self.yes, self.no
        stamp = yes.exchange_ns
        if exchange_ns <= stamp or stamp != no.exchange_ns or stamp == self._judged_ns or not stamp:
            return
        doubts = yes.doubts | no.doubts
        if doubts & _STALE:
            return
        self._judged_ns = stamp
        self.judged += 1
        if _is_mirror(yes, no):
            self.agreed += 1
            if doubts & _MIRROR:
                yes.undoubt(Doubt.MIRROR)
                no.undoubt(Doubt.MIRROR)
        else:
            yes.doubt(Doubt.MIRROR)
            no.doubt(Doubt.MIRROR)


def _is_mirror(yes: Book, no: Book) -> bool:
    """Best prices add up to a dollar, and the best three levels of each side are the other token's, mirrored."""
    if yes.best_bid + no.best_ask != PRICE_ONE_PIPS or yes.best_ask + no.best_bid != PRICE_ONE_PIPS:
        return False
    return (yes.step == no.step and _is_near_mirror(yes, no) and _is_near_mirror(no, yes)) or _tops_mirror(yes, no)


def _is_near_mirror(bidden: Book, asked: Book) -> bool:
    """The rungs next to the touch, compared one by one on one grid, are equal and hold three levels. False proves nothing: the tops decide then."""
    bids, asks = bidden.bid_sizes, asked.ask_sizes
    rung = asked.best_ask // asked.step
    end = rung + RUNGS_COMPARED
    if end > len(asks):
        end = len(asks)
    missing = LEVELS_COMPARED
    while rung < end:
        size = bids[rung]
        if size != asks[rung]:
            return False
        if size:
            missing -= 1
            if not missing:
                return True
        rung += 1
    return False


def _tops_mirror(yes: Book, no: Book) -> bool:
    """The best three levels of each side are the other token's, mirrored."""
    pairs = ((yes.top_bids(), no.top_asks()), (no.top_bids(), yes.top_asks()))
    for bids, asks in pairs:
        for (bid, bid_size), (ask, ask_size) in zip(bids[:LEVELS_COMPARED], asks[:LEVELS_COMPARED], strict=False):
            if bid + ask != PRICE_ONE_PIPS or bid_size != ask_size:
                return False
        if min(len(bids), LEVELS_COMPARED) != min(len(asks), LEVELS_COMPARED):
            return False
    return True
