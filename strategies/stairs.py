"""One token's book as stairs: what so many shares cost or bring at once, level by level, each level a leg of its own.

An immediate BUY is an amount of cash in whole cents (polymarket.md §3.3, §4.1). It needs its whole amount displayed at its limit or better, and gets
at least cash ÷ limit. So a level is worth the whole cents that stand there, and its leg gets what these buy. A SELL is in hundredths of a share. A
level that is too small for a leg (the market's minimum; a BUY of a dollar) is joined with the next, at the next one's price; a last leg that comes
out too small is joined with the one before it, at its own price. The legs of a token must reach the venue in their order, best price first: a
later one that comes first eats what the earlier one was to get.

Cash flows are signed: what is paid is below 0. They are exact, in micro-dollars. Between two ends of steps a flow is a straight line but for the
rounding of its last piece; prices with their fees, the slopes of these lines, are in 10⁻¹² dollars, so that they too are integers.
"""

from functools import lru_cache
from typing import Final

import msgspec

from oms.values.bundles import Leg
from oms.values.market import FeeCurve, Market, MarketId, TokenId
from oms.values.orders import Side
from oms.values.snapshot import BookView
from oms.values.units import MICRO, PRICE_ONE_PIPS, CashMicro, Pips, SharesMicro, proceeds_cash_micro

CENT_MICRO: Final = 10_000
LOT_MICRO: Final = MICRO // 100
PICO: Final = 10**12
"""10⁻¹² dollars in a dollar: the unit of prices with fees."""
PIP_PICO: Final = PICO // PRICE_ONE_PIPS
_BUY_MIN_MICRO: Final = MICRO
"""An immediate BUY below a dollar is refused (polymarket.md §9.3)."""
_FILLS_MICRO: Final = 64 * 10
"""Each of up to 64 partial fills may have its fee rounded up by 10⁻⁵ dollars (as FeeCurve.worst_fee_cash_micro)."""
_MANY: Final = MICRO
"""The fee of so many shares in micro-dollars is the fee of one in 10⁻¹² dollars."""


@lru_cache(maxsize=1 << 16)
def net_pico(curve: FeeCurve, side: Side, price_pips: Pips) -> int:
    """What one share moves at this price, the taker's fee included, in 10⁻¹² dollars: below 0 for a BUY."""
    fee_pico = curve.fee_cash_micro(_MANY * MICRO, price_pips)
    return -price_pips * PIP_PICO - fee_pico if side is Side.BUY else price_pips * PIP_PICO - fee_pico


class Step(msgspec.Struct, frozen=True, gc=False):
    """One level, or several that were joined."""

    before_micro: SharesMicro
    """Shares that the better steps give."""
    room_micro: SharesMicro
    """Shares that this one gives in a leg of its own."""
    least_micro: SharesMicro
    """The smallest leg that may be sent at this limit."""
    limit_pips: Pips
    """On the market's grid, no better than what is displayed."""
    prices: tuple[Pips, ...]
    """What is displayed, best first."""
    cash_room_micro: CashMicro
    """BUY: the whole cents that are displayed."""
    net_pico: int
    """Of one share at the limit."""
    flow_before: CashMicro
    """Exact, of all better steps in full."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """How the flow of one more share goes on from a step: straight, but for the cents and the fee's rounding of the last piece."""

    before_micro: SharesMicro
    """Shares in pieces that stay as they are."""
    flow_before: CashMicro
    """Exact, of these pieces; the rounding of the fee of the piece that grows is in it too."""
    limit_pips: Pips
    fee_pico: int
    """Of one share, in 10⁻¹² dollars."""
    net_pico: int


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One leg to be: so many shares at this limit."""

    limit_pips: Pips
    shares_micro: SharesMicro
    cash_micro: CashMicro
    """What they cost or bring, before the fee."""
    fee_micro: CashMicro
    flow_micro: CashMicro
    """What it moves in all: below 0 for a BUY."""


class Stairs(msgspec.Struct, frozen=True, kw_only=True):
    """One side of one token's book, for one who takes."""

    market: Market
    token: TokenId
    side: Side
    steps: tuple[Step, ...]

    @property
    def market_id(self) -> MarketId:
        """Of the token."""
        return self.market.market_id

    @property
    def reach_micro(self) -> SharesMicro:
        """All shares there are."""
        return self.steps[-1].before_micro + self.steps[-1].room_micro if self.steps else 0

    def index(self, shares_micro: SharesMicro) -> int:
        """The step on which the last of so many shares lies; they must be within reach."""
        for at, step in enumerate(self.steps):
            if shares_micro <= step.before_micro + step.room_micro:
                return at
        raise IndexError(f"{shares_micro} of {self.reach_micro} shares")

    def depth_micro(self, shares_micro: SharesMicro) -> SharesMicro:
        """How many shares stand within the limit at which so many are taken; they must be within reach."""
        step = self.steps[self.index(shares_micro)]
        return step.before_micro + step.room_micro

    def last_pico(self, shares_micro: SharesMicro) -> int:
        """What the last of so many shares moves by its own level, its fee included, in 10⁻¹² dollars."""
        return self.steps[self.index(shares_micro)].net_pico

    def flow(self, shares_micro: SharesMicro) -> CashMicro | None:
        """Exactly what so many shares move at worst; None: they cannot be had in legs the venue takes."""
        if shares_micro > self.reach_micro:
            return None
        at = self.index(shares_micro)
        tail = self._tail(shares_micro, at)
        if tail is None:
            return None
        first, piece = tail
        return self.steps[first].flow_before + piece.flow_micro

    def run(self, shares_micro: SharesMicro) -> Run | None:
        """The straight stretch on which so many shares lie; None where they cannot be had."""
        if shares_micro > self.reach_micro:
            return None
        at = first = self.index(shares_micro)
        step = self.steps[at]
        if shares_micro - step.before_micro < step.least_micro:
            if not at:
                return None
            first = at - 1
        start = self.steps[first]
        sign = -1 if self.side is Side.BUY else 1
        return Run(
            before_micro=start.before_micro,
            flow_before=start.flow_before - (_FILLS_MICRO if self.market.fee.rate_bps else 0),
            limit_pips=step.limit_pips,
            fee_pico=sign * step.limit_pips * PIP_PICO - step.net_pico,
            net_pico=step.net_pico,
        )

    def pieces(self, shares_micro: SharesMicro) -> list[Piece]:
        """The legs for so many shares, best price first; they add up to `flow`. Asked only where there is a flow."""
        tail = self._tail(shares_micro, self.index(shares_micro))
        assert tail is not None
        first, last = tail
        return [*(self._piece(step.room_micro, step, step.prices) for step in self.steps[:first]), last]

    def legs(self, shares_micro: SharesMicro) -> list[Leg]:
        """The pieces as legs."""
        return [
            Leg(
                market_id=self.market_id,
                token=self.token,
                side=self.side,
                price_pips=piece.limit_pips,
                shares_micro=piece.shares_micro,
                cash_micro=piece.cash_micro,
                fee_micro=piece.fee_micro,
            )
            for piece in self.pieces(shares_micro)
        ]

    def _tail(self, shares_micro: SharesMicro, at: int) -> tuple[int, Piece] | None:
        """The last piece, and how many steps before it are taken in full."""
        step = self.steps[at]
        rest_micro, prices, cash_room_micro = shares_micro - step.before_micro, step.prices, step.cash_room_micro
        if rest_micro < step.least_micro:
            if not at:
                return None
            at -= 1
            other = self.steps[at]
            rest_micro += other.room_micro
            prices = other.prices + prices
            cash_room_micro += other.cash_room_micro
        piece = self._piece(rest_micro, step, prices)
        return None if self.side is Side.BUY and piece.cash_micro > cash_room_micro else (at, piece)

    def _piece(self, shares_micro: SharesMicro, step: Step, prices: tuple[Pips, ...]) -> Piece:
        return _piece(self.market.fee, self.side, shares_micro, step.limit_pips, prices)


def _piece(curve: FeeCurve, side: Side, shares_micro: SharesMicro, limit_pips: Pips, prices: tuple[Pips, ...]) -> Piece:
    """A leg with its cash and its fee: the curve at the limit, and 10⁻⁵ dollars for the rounding of each of up to 64 fills.

    A SELL at a better price than its limit brings more, its fee reckoned in. A BUY spends all of its cash at any price: at a better one it gets more
    shares, and as the fee of a dollar spent is rate × (1 − p), it pays more fee, though less than the shares are worth on average. Better prices
    that are displayed are reckoned with here. One that nobody sees yet and that comes between may cost rate × the improvement on the cash spent
    beyond this, for shares that the proof counts as nothing.
    """
    if side is Side.SELL:
        fee_micro = curve.fee_cash_micro(shares_micro, limit_pips) + _FILLS_MICRO if curve.rate_bps else 0
        cash_micro = proceeds_cash_micro(shares_micro, limit_pips)
        return Piece(limit_pips, shares_micro, cash_micro, fee_micro, cash_micro - fee_micro)
    cash_micro = -(-shares_micro * limit_pips // (PRICE_ONE_PIPS * CENT_MICRO)) * CENT_MICRO
    fee_micro = 0
    if curve.rate_bps:
        fee_micro = curve.fee_cash_micro(-(-cash_micro * PRICE_ONE_PIPS // limit_pips), limit_pips)
        for price_pips in prices:
            if price_pips != limit_pips:
                fee_micro = max(fee_micro, curve.fee_cash_micro(-(-cash_micro * PRICE_ONE_PIPS // price_pips), price_pips))
        fee_micro += _FILLS_MICRO
    return Piece(limit_pips, shares_micro, cash_micro, fee_micro, -cash_micro - fee_micro)


def stairs_of(market: Market, book: BookView, side: Side, levels: int) -> Stairs:
    """The best `levels` of one side of a book, as a taker meets them. A level off our grid is taken at the next price on it, which is worse."""
    steps: list[Step] = []
    shown = 0  # BUY: micro-dollars, SELL: micro-shares of the level and of those joined with it
    prices: tuple[Pips, ...] = ()
    too_small: Step | None = None
    for price_pips, shares_micro in (book.asks if side is Side.BUY else book.bids)[:levels]:
        prices = (*prices, price_pips)
        if side is Side.BUY:
            limit_pips = -(-price_pips // book.tick_pips) * book.tick_pips
            shown += shares_micro * price_pips // PRICE_ONE_PIPS
        else:
            limit_pips = price_pips // book.tick_pips * book.tick_pips
            shown += shares_micro
        if not 0 < limit_pips < PRICE_ONE_PIPS:
            return Stairs(market=market, token=book.token, side=side, steps=tuple(steps))
        step = _step(market, side, steps[-1] if steps else None, (limit_pips, prices, shown))
        if step.room_micro >= step.least_micro:
            steps.append(step)
            shown, prices, too_small = 0, (), None
        else:
            too_small = step
    if too_small is not None and steps:
        # Nothing follows it, so it can only be joined with the step before.
        steps.append(too_small)
    return Stairs(market=market, token=book.token, side=side, steps=tuple(steps))


def _step(market: Market, side: Side, above: Step | None, level: tuple[Pips, tuple[Pips, ...], int]) -> Step:
    """A level as the step that follows `above`."""
    limit_pips, prices, shown = level
    least_micro = market.min_shares_micro
    if side is Side.BUY:
        cash_room_micro = shown // CENT_MICRO * CENT_MICRO
        room_micro = cash_room_micro * PRICE_ONE_PIPS // limit_pips
        # The first size whose cash, rounded up to a cent, is a dollar.
        least_micro = max(least_micro, (_BUY_MIN_MICRO - CENT_MICRO) * PRICE_ONE_PIPS // limit_pips + 1)
    else:
        cash_room_micro = 0
        room_micro = shown // LOT_MICRO * LOT_MICRO
        least_micro = -(-least_micro // LOT_MICRO) * LOT_MICRO
    before_micro = flow_before = 0
    if above is not None:
        full = _piece(market.fee, side, above.room_micro, above.limit_pips, above.prices)
        before_micro = above.before_micro + above.room_micro
        flow_before = above.flow_before + full.flow_micro
    return Step(
        before_micro=before_micro,
        room_micro=room_micro,
        least_micro=least_micro,
        limit_pips=limit_pips,
        prices=prices,
        cash_room_micro=cash_room_micro,
        net_pico=net_pico(market.fee, side, limit_pips),
        flow_before=flow_before,
    )
