"""What can be traded: tokens, markets, groups of markets, fee curves, payouts."""

from typing import Final

import msgspec

from oms.values.units import MICRO, PRICE_ONE_PIPS, CashMicro, Nanos, Pips, SharesMicro

TokenId = str
"""A venue's asset id, verbatim (Polymarket: a 256-bit decimal as text; never a number)."""
MarketId = str
EventId = str

PAYOUT_ONE_PPM: Final = 1_000_000
_BPS: Final = 10_000
_FEE_STEP_MICRO: Final = 10
"""Fees are rounded to 5 decimals of a dollar (venue docs, 2026-08; polymarket.md §7.1)."""


class FeeCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Taker fee: shares × rate × (p·(1−p))^exponent in collateral (Polymarket `feeSchedule`, exponent 1 on all current schedules).

    The venue rounds to 5 decimals; the direction is undocumented, so we round up: a fee is never reckoned too small
    (decision 0004). Makers pay nothing.
    """

    rate_bps: int = 0
    """0.07 is 700."""
    exponent: int = 1

    def fee_cash_micro(self, shares_micro: SharesMicro, price_pips: Pips) -> CashMicro:
        """What a taker pays for `shares_micro` at `price_pips`, in 10⁻⁶ USD, a multiple of 10."""
        if not self.rate_bps:
            return 0
        curve: int = (price_pips * (PRICE_ONE_PIPS - price_pips)) ** self.exponent
        divisor: int = _BPS * (PRICE_ONE_PIPS * PRICE_ONE_PIPS) ** self.exponent * _FEE_STEP_MICRO
        return -(-shares_micro * self.rate_bps * curve // divisor) * _FEE_STEP_MICRO

    def worst_fee_cash_micro(self, shares_micro: SharesMicro, limit_pips: Pips, *, buying: bool) -> CashMicro:
        """The largest total fee any sequence of fills of this size can cost when it may not be worse than `limit_pips`.

        p(1−p) is largest at ½, so a buy below ½ is worst at its limit, a buy above it at ½ (and the other way round for a sell).
        One fee step is added for each of up to 64 partial fills, because each fill is rounded up on its own.
        """
        if not self.rate_bps:
            return 0
        half = PRICE_ONE_PIPS // 2
        worst_pips = min(limit_pips, half) if buying else max(limit_pips, half)
        return self.fee_cash_micro(shares_micro, worst_pips) + 64 * _FEE_STEP_MICRO

    def worst_fee_for_cash(self, cash_micro: CashMicro) -> CashMicro:
        """The largest total fee of spending `cash_micro`: a fee of rate × (1−p) a dollar spent, so less than the rate itself."""
        if not self.rate_bps:
            return 0
        return -(-cash_micro * self.rate_bps // _BPS) + 64 * _FEE_STEP_MICRO


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """One binary market: two tokens that together are worth one dollar.

    `assumptions` lists, in words, everything that was not told by the venue or a recording but taken from configuration; reports print it.
    """

    market_id: MarketId
    title: str
    yes: TokenId
    no: TokenId
    event_id: EventId = ""
    """Empty: the market is its own event."""
    tick_pips: Pips = 100
    min_shares_micro: SharesMicro = 5 * MICRO
    fee: FeeCurve = FeeCurve()
    end_ns: Nanos | None = None
    """When trading is expected to end; None is unknown, and an unknown end allows no new buys."""
    neg_risk: bool = False
    generation: str = "v1"
    """Protocol generation, v1 or v2 (polymarket.md §1.2); ids, domain and contract follow it."""
    assumptions: tuple[str, ...] = ()

    def other(self, token: TokenId) -> TokenId:
        """The complementary token."""
        return self.no if token == self.yes else self.yes

    def outcome(self, token: TokenId) -> str:
        """The name of the token's outcome: YES or NO."""
        return "YES" if token == self.yes else "NO"


class EventGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Markets about one event. Exclusive: at most one resolves YES. Exhaustive: at least one of `market_ids` does.

    An exhaustive event may have had more outcomes; those are resolved NO. `conversion_fee_bps` and `questions` are about negRisk (polymarket.md §9).
    """

    event_id: EventId
    market_ids: tuple[MarketId, ...]
    exclusive: bool
    exhaustive: bool
    augmented: bool = False
    """Outcomes without a name yet may win: never exhaustive."""
    questions: int = 0
    """How many outcomes the venue's contract knows, those that are not listed included; 0: not told."""
    conversion_fee_bps: int | None = None
    """What the venue keeps of a conversion; None: NO shares of this event cannot be converted."""
    gaps: tuple[str, ...] = ()
    """Why it is not exhaustive, in words."""


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """What one share of each token pays, in parts per million of a dollar; the two always add up to a whole dollar."""

    yes_ppm: int
    no_ppm: int

    def __post_init__(self) -> None:
        if self.yes_ppm < 0 or self.no_ppm < 0 or self.yes_ppm + self.no_ppm != PAYOUT_ONE_PPM:
            raise ValueError(f"a payout vector must be two non-negative parts that add up to one dollar, not {self.yes_ppm} + {self.no_ppm} ppm")
