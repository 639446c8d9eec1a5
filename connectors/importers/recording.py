"""What every recording offers, ours or foreign: its markets, what had to be assumed, and its frames."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final, Literal, get_args

import msgspec

from connectors.chunks import TapeError
from connectors.tape import Frame
from oms.values.market import EventGroup, Market, MarketId, Payout
from oms.values.texts import one_line
from oms.values.units import MICRO, MS_MAX, NS_PER_DAY, NS_PER_MS, PRICE_ONE_PIPS, SIZE_MICRO_MAX, Nanos, Pips, SharesMicro

TradeRule = Literal["mlb-book", "l2-vanish", "announced"]
"""How trades may be told from a recording (ruling 2.1): from a `book` message that follows each trade, from a level that vanished while the
opposite best reached it, or only as the venue announced them."""
TRADE_RULES: Final[dict[str, TradeRule]] = {rule: rule for rule in get_args(TradeRule)}
"""By name."""
JUMP_NS_MAX: Final = 31 * NS_PER_DAY
"""A longer step from one time to the next is a wrong time, not a pause: a replay lives every minute of it, and would be at it for hours."""
TICK_PIPS_MAX: Final = 1_000
RATE_BPS_MAX: Final = 10_000
EXPONENT_MAX: Final = 8
"""Of a fee curve; venues use 1 and 2, and a large one would compute for ever."""


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
    lists_itself: ClassVar[bool] = False
    """Its markets and events are listed by frames of its own, at its head and later."""

    def __init__(self, path: Path, assume: Assumptions) -> None:
        self.path = path
        self.name = path.name.split(".", 1)[0]
        self.assume = assume
        self.markets: tuple[Market, ...] = ()
        """All that it is about, as they are told of first."""
        self.groups: tuple[EventGroup, ...] = ()
        """Events of which it tells at its head that their markets exclude each other, or not; of others nothing is known."""
        self.later: tuple[Market | EventGroup, ...] = ()
        """What it lists after its head, in order: more markets, new facts about known ones, events."""
        self.begins_with: tuple[Market, ...] = ()
        """Those of its markets that are listed at its head."""
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
        if not self.later:
            self.begins_with = self.markets
        self._check_markets()
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

    def _check_markets(self) -> None:
        """Raises TapeError for a market that nobody can trade, or an event that is none."""
        for market in (*self.markets, *(one for one in self.later if isinstance(one, Market))):
            if what := _unfit(market):
                raise TapeError(f"{self.path}: market {market.market_id[:80]!r}: {what}; mend it, or name another file")
        for group in (*self.groups, *(one for one in self.later if isinstance(one, EventGroup))):
            if what := _odd(group):
                raise TapeError(f"{self.path}: event {group.event_id[:80]!r}: {what}; mend it, or name another file")

    def _restart(self) -> None:
        """Begin the counters anew."""
        self.not_read = {}
        self.bad_lines = self.clamped = 0
        self.first_bad_line = ""

    def _has(self, market_id: MarketId) -> bool:
        return any(market.market_id == market_id for market in self.markets)

    def _said(self, *sentences: str) -> None:
        self.assumptions = (*self.assumptions, *map(one_line, sentences))


def _unfit(market: Market) -> str:
    """Why nobody can trade this market, whoever listed it so; empty: one can."""
    if not (market.market_id and market.yes and market.no) or market.yes == market.no:
        return "it needs an id and two different tokens"
    if not 0 < market.tick_pips <= TICK_PIPS_MAX or PRICE_ONE_PIPS % market.tick_pips:
        return f"its tick of {market.tick_pips} pips is not a step that divides one dollar"
    if not 0 <= market.min_shares_micro <= SIZE_MICRO_MAX:
        return f"its smallest order of {market.min_shares_micro} micro-shares is none"
    if not (0 <= market.fee.rate_bps <= RATE_BPS_MAX and 0 <= market.fee.exponent <= EXPONENT_MAX):
        return f"its fee of {market.fee.rate_bps} bps with exponent {market.fee.exponent} is none"
    if market.end_ns is not None and not 0 < market.end_ns <= MS_MAX * NS_PER_MS:
        return f"its end at {market.end_ns} ns is not a time of our age"
    return ""


def _odd(group: EventGroup) -> str:
    """Why this is no event, whoever listed it so; empty: it is one."""
    if not group.event_id or not group.market_ids or len(dict.fromkeys(group.market_ids)) < len(group.market_ids):
        return "it needs an id, and markets, each once"
    if not 0 <= (group.conversion_fee_bps or 0) <= RATE_BPS_MAX:
        return f"its conversion fee of {group.conversion_fee_bps} bps is none"
    return ""


def nothing_to_trade(path: Path, words: str) -> TapeError:
    """The error of a recording from which no market can be made."""
    return TapeError(f"{path}: {words}, so there is no market to trade; record both tokens or name another file")
