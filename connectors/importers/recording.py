"""What every recording offers, ours or foreign: its markets, what had to be assumed, and its frames."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final, Literal, get_args

import msgspec

from connectors.chunks import TapeError
from connectors.tape import Frame
from oms.values.market import Market, MarketId, Payout
from oms.values.units import MICRO, Nanos, Pips, SharesMicro

TradeRule = Literal["mlb-book", "l2-vanish", "announced"]
"""How trades may be told from a recording (ruling 2.1): from a `book` message that follows each trade, from a level that vanished while the
opposite best reached it, or only as the venue announced them."""
TRADE_RULES: Final[dict[str, TradeRule]] = {rule: rule for rule in get_args(TradeRule)}
"""By name."""


class Assumptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a recording does not tell and the user may set; each one used is printed."""

    fee_rate_bps: int | None = None
    """None: the importer's own default for its period."""
    tick_pips: Pips = 100
    """Price step of new orders, in 10⁻⁴ USD."""
    min_shares_micro: SharesMicro = 5 * MICRO
    """Smallest order, in 10⁻⁶ shares."""
    end_after_first_s: int | None = None
    """Trading ends so long after the first frame; None: unknown, where the recording does not tell."""
    reopened_after_s: int = 10
    """So long without a stream message in a recording of short sessions means that the socket was closed between."""
    payouts: dict[MarketId, Payout] = {}
    """What markets paid, for recordings that do not say."""


class Recording(ABC):
    """One opened recording. `frames` may be called again; the counters then begin anew."""

    kind: ClassVar[str]
    trade_rule: TradeRule

    def __init__(self, path: Path, assume: Assumptions) -> None:
        self.path = path
        self.name = path.name.split(".", 1)[0]
        self.assume = assume
        self.markets: tuple[Market, ...] = ()
        self.payouts: dict[MarketId, Payout] = {}
        self.assumptions: tuple[str, ...] = ()
        """Everything that was assumed, as sentences to print."""
        self.first_ns: Nanos = 0
        """Time of the first frame."""
        self.last_ns: Nanos = 0
        """About the time of the last frame, for progress only; 0 = not known without reading it all."""
        self.not_read: dict[str, int] = {}
        """Lines of sources that nothing uses yet, by name."""
        self.bad_lines = 0
        self.first_bad_line = ""
        """The first bad line in words: number, what is wrong, how it begins."""
        self.clamped = 0
        """Frames whose time lay before that of the frame before; they were given that one's time."""
        self._survey()
        self.payouts = {**{key: value for key, value in assume.payouts.items() if self._has(key)}, **self.payouts}

    @abstractmethod
    def _survey(self) -> None:
        """Find markets, payouts, first time and assumptions. Raises TapeError when there is nothing to trade."""

    @abstractmethod
    def frames(self) -> Iterator[Frame]:
        """The frames, lazily, in order, times never going back.

        Raises:
            TapeCut: the file ends too early; everything whole has been handed out.
        """

    def _restart(self) -> None:
        """Begin the counters anew."""
        self.not_read = {}
        self.bad_lines = self.clamped = 0
        self.first_bad_line = ""

    def _has(self, market_id: MarketId) -> bool:
        return any(market.market_id == market_id for market in self.markets)

    def _said(self, *sentences: str) -> None:
        self.assumptions = (*self.assumptions, *sentences)


def nothing_to_trade(path: Path, words: str) -> TapeError:
    """The error of a recording from which no market can be made."""
    return TapeError(f"{path}: {words}, so there is no market to trade; record both tokens or name another file")
