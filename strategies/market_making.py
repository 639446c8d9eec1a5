"""A ladder round fair value, leaned against what we hold, at every price.

All of it is said twice with one function, because the two tokens of a market are one pool (a bid for NO at p is an offer of YES at 1 − p):
the left half of the ladder is bids for YES round `centre`, the right half is bids for NO round `1 − centre`. A bid for a token becomes a
sale of the *other* token as far as we hold that, and a purchase beyond it; so a bot without inventory offers YES by bidding for NO.

    fair    mid or microprice of the pool's touch, without our own orders
    centre  fair − net shares × lean            net = YES − NO; a complete set is no exposure
    rung k  centre − half spread − k × step     k = 0 … depth − 1

All arithmetic is in integers; a price is rounded once to a pip and then to the grid, both times away from us.
Not decided here: what to cancel and place (machines/quoting.py), whether it is allowed (machines/risk.py).
"""

import math
from itertools import zip_longest
from typing import Final, Literal

import msgspec

from oms.values.decisions import Quote, Quotes, StandAside
from oms.values.levels import Level
from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.snapshot import BookView, Doubt, Health, Snapshot, TokenHolding
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND, PRICE_ONE_PIPS, CashMicro, Nanos, Pips, SharesMicro, cost_cash_micro, micro_text

_LEAN_UNIT_MICRO: Final = 100 * MICRO
_LOT_MICRO: Final = MICRO // 100
"""Venues take sizes in hundredths of a share (polymarket.md §3.3; Kalshi's grid is the same); a finer size would be cut on its way."""

_RANGES: Final = {
    "half_spread_pips": (1, 4_999),
    "step_pips": (1, 4_999),
    "depth": (1, 20),
    "size_shares": (1, 1_000_000),
    "lean_pips_per_100_shares": (0, 10_000),
    "max_net_shares": (1, 10_000_000),
    "max_collateral_usd": (1, 10_000_000),
    "stop_buying_above_pips": (1, PRICE_ONE_PIPS),
    "stop_buying_before_end_s": (0, 86_400),
    "patience_pips": (0, 4_999),
    "book_age_max_ms": (1, 86_400_000),
}


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set. Prices in pips (10⁻⁴ USD a share), whole shares, whole dollars."""

    fair: Literal["mid", "microprice"] = "mid"
    """Fair value: the middle of the touch, or the middle weighed by the sizes of the other side."""
    half_spread_pips: int = 100
    """From the centre to the best rung of either side."""
    step_pips: int = 100
    """From rung to rung."""
    depth: int = 2
    """Rungs a side."""
    size_shares: int = 20
    """Shares a rung."""
    lean_pips_per_100_shares: int = 50
    """How far the centre moves against us for each 100 shares of net exposure; 0 = no lean."""
    max_net_shares: int = 200
    """Bound on |YES − NO|, standing quotes counted as filled."""
    max_collateral_usd: int = 200
    """Bound on what this market ties up: holdings at fair value plus the cost of standing buys (requirement 2.44)."""
    stop_buying_above_pips: int = 9_000
    """A token whose price is above this is not bought any more; judged for each token by its own price (trap T15)."""
    stop_buying_before_end_s: int = 60
    """Nothing is bought this close to the end; sales go on."""
    patience_pips: int = 0
    """Passed on with the quotes: how much less aggressive a resting order may be and still stay."""
    book_age_max_ms: int = 60_000
    """No quoting on a book about which nothing was heard for longer."""

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} must be from {least} to {most}, not {value}")


def levels(params: Params) -> int:
    """How deep into a book `evaluate` looks: at the touch, and at its sizes only for a microprice."""
    return 1 if params.fair == "microprice" else 0


class _Seat(msgspec.Struct, frozen=True, gc=False):
    """The market seen from one token: this half of the ladder is bids for it."""

    outcome: str
    token: TokenId
    other: TokenId
    fair_pips: Pips
    """Rounded up: what we hold is never reckoned too small."""
    centre_pips: int
    """Rounded down, away from us; beyond 0 or 10 000 when the lean is strong."""
    net_micro: int
    """Exposure to this token going up."""
    ask_pips: Pips
    """Best ask of this token in the pool: its own book's, or the other's best bid in the mirror."""
    other_holding: TokenHolding


_Piece = tuple[Pips, SharesMicro, SharesMicro]
"""A bid for a token at a price: (price, shares of the other token to sell, shares of the token to buy)."""
_NOTHING: Final[_Piece] = (0, 0, 0)


def evaluate(view: Snapshot, params: Params) -> Quotes | StandAside:
    """Quote both sides of one market, leaned against what we hold.

    Never crosses the book of either token (we stay the maker) nor itself, never sells more than is sellable, and never lets standing quotes
    carry exposure or capital over their caps.
    """
    doubt = _doubt("YES", view.yes, view.at_ns, params) or _doubt("NO", view.no, view.at_ns, params)
    if doubt:
        return StandAside(why=doubt)
    yes_bid, no_bid = _best_bid(view.yes, view.no), _best_bid(view.no, view.yes)
    if yes_bid is None or no_bid is None:
        return StandAside(why=f"nobody bids for {'YES' if yes_bid is None else 'NO'}, so there is no fair value")
    if yes_bid[0] + no_bid[0] >= PRICE_ONE_PIPS:
        return StandAside(why=f"YES bid {yes_bid[0]} and NO bid {no_bid[0]} pips reach a dollar: one of the books is torn")
    return _decided(view, params, *_seats(view, params, yes_bid, no_bid))


def _doubt(outcome: str, book: BookView, at_ns: Nanos, params: Params) -> str:
    """Why this book may not be quoted on; empty when it may."""
    if book.health is not Health.LIVE:
        doubts = ", ".join(doubt.name or "" for doubt in Doubt if doubt in book.doubts)
        return f"{outcome} book is {book.health.name}: {doubts or 'no reason told'}"
    age_ns = at_ns - book.changed_ns
    if age_ns > params.book_age_max_ms * NS_PER_MS:
        return f"{outcome} book is {age_ns // NS_PER_MS} ms old, more than {params.book_age_max_ms}"
    return ""


def _best_bid(book: BookView, other: BookView) -> Level | None:
    """Best bid for a token in the pool: its own book's or the other token's best ask in the mirror; of two equal ones the larger."""
    own = book.bids[0] if book.bids else None
    if not other.asks:
        return own
    price_pips, shares_micro = other.asks[0]
    mirrored = (PRICE_ONE_PIPS - price_pips, shares_micro)
    return mirrored if own is None else max(own, mirrored)


def _seats(view: Snapshot, params: Params, yes_bid: Level, no_bid: Level) -> tuple[_Seat, _Seat]:
    """Fair value, and the centre moved against what we hold by the same rule at every price (requirement 2.42); once from each token."""
    bid_pips, ask_pips = yes_bid[0], PRICE_ONE_PIPS - no_bid[0]
    # Microprice: each price weighs with the size against it, so fair value is nearer to the thinner side.
    bid_weight, ask_weight = (no_bid[1], yes_bid[1]) if params.fair == "microprice" else (1, 1)
    weight = bid_weight + ask_weight
    fair = bid_pips * bid_weight + ask_pips * ask_weight
    net_micro, pip = view.net_micro, weight * _LEAN_UNIT_MICRO
    centre = fair * _LEAN_UNIT_MICRO - net_micro * params.lean_pips_per_100_shares * weight
    yes, no = view.yes.token, view.no.token
    return (
        _Seat("YES", yes, no, -(-fair // weight), centre // pip, net_micro, ask_pips, view.no_holding),
        _Seat(
            "NO",
            no,
            yes,
            PRICE_ONE_PIPS - fair // weight,
            PRICE_ONE_PIPS + -centre // pip,
            -net_micro,
            PRICE_ONE_PIPS - bid_pips,
            view.yes_holding,
        ),
    )


def _decided(view: Snapshot, params: Params, yes: _Seat, no: _Seat) -> Quotes | StandAside:
    """Both halves of the ladder, within the caps, as quotes."""
    yes_silent, no_silent = _why_not_buy(yes, view, params), _why_not_buy(no, view, params)
    tick_pips = math.lcm(view.yes.tick_pips, view.no.tick_pips)
    minimum_micro = view.market.min_shares_micro
    yes_pieces = _pieces(_rungs(yes, params, tick_pips), yes, minimum_micro, may_buy=not yes_silent)
    no_pieces = _pieces(_rungs(no, params, tick_pips), no, minimum_micro, may_buy=not no_silent)
    _cut_to_budget(yes_pieces, no_pieces, _budget_micro(view, params, yes, no), minimum_micro)

    why = f"fair {yes.fair_pips} ({params.fair}), net {yes.net_micro // MICRO} shares, centre {yes.centre_pips} pips"
    if yes_silent:
        why += f"; YES is not bought: {yes_silent}"
    if no_silent:
        why += f"; NO is not bought: {no_silent}"
    quotes = (*_quotes(yes, yes_pieces, why), *_quotes(no, no_pieces, why))
    if not quotes:
        return StandAside(why=f"nothing fits the caps and the venue's minimum of {micro_text(minimum_micro)} shares; {why}")
    return Quotes(quotes=quotes, why=why, patience_pips=params.patience_pips)


def _why_not_buy(seat: _Seat, view: Snapshot, params: Params) -> str:
    """Why this token may only be sold now; empty when it may be bought (requirement 2.43, trap T15: by the token's own price)."""
    end_ns = view.market.end_ns
    if end_ns is None:
        return "the market's end is unknown"
    left_ns = end_ns - view.at_ns
    if left_ns < params.stop_buying_before_end_s * NS_PER_SECOND:
        return f"{left_ns // NS_PER_SECOND} s are left, less than {params.stop_buying_before_end_s}"
    if seat.fair_pips > params.stop_buying_above_pips:
        return f"its price {seat.fair_pips} is above {params.stop_buying_above_pips} pips"
    return ""


def _rungs(seat: _Seat, params: Params, tick_pips: Pips) -> list[tuple[Pips, SharesMicro]]:
    """Bids for the seat's token, best first: on the grid, below its best ask, below the centre, within the cap on exposure.

    Rungs that fall on one price become one. Where the grid has no price on our side of the centre there is no rung.
    """
    ceiling_pips = seat.ask_pips - 1
    want_pips = seat.centre_pips - params.half_spread_pips
    size_micro = params.size_shares * MICRO
    room_micro = (params.max_net_shares * MICRO - seat.net_micro) // _LOT_MICRO * _LOT_MICRO
    rungs: list[tuple[Pips, SharesMicro]] = []
    for _ in range(params.depth):
        price_pips = (want_pips if want_pips < ceiling_pips else ceiling_pips) // tick_pips * tick_pips
        want_pips -= params.step_pips
        if price_pips < tick_pips:
            if tick_pips > ceiling_pips or tick_pips >= seat.centre_pips:
                break
            price_pips = tick_pips
        shares_micro = size_micro if size_micro < room_micro else room_micro
        if shares_micro <= 0:
            break
        room_micro -= shares_micro
        if rungs and rungs[-1][0] == price_pips:
            shares_micro += rungs.pop()[1]
        rungs.append((price_pips, shares_micro))
    return rungs


def _pieces(rungs: list[tuple[Pips, SharesMicro]], seat: _Seat, minimum_micro: SharesMicro, *, may_buy: bool) -> list[_Piece]:
    """Each rung as a sale of the other token as far as it is sellable (best rung first), and a purchase of the rest.

    A part below the venue's minimum is not quoted; a sale that would be too small leaves its shares to the purchase.
    """
    # Our own resting sells will be replaced by these quotes, so what they hold back is ours to divide again.
    sellable_micro = (seat.other_holding.sellable_micro + seat.other_holding.resting_sell_micro) // _LOT_MICRO * _LOT_MICRO
    pieces: list[_Piece] = []
    for price_pips, shares_micro in rungs:
        sell_micro = shares_micro if shares_micro < sellable_micro else sellable_micro
        if sell_micro < minimum_micro:
            sell_micro = 0
        sellable_micro -= sell_micro
        buy_micro = shares_micro - sell_micro
        pieces.append((price_pips, sell_micro, buy_micro if may_buy and buy_micro >= minimum_micro else 0))
    return pieces


def _budget_micro(view: Snapshot, params: Params, yes: _Seat, no: _Seat) -> CashMicro:
    """Cash that standing buys of this market may cost: the cap less what we hold at fair value, and no more than there is.

    Our resting buys will be replaced by these quotes, so the cash they hold back counts as there.
    """
    held_micro = cost_cash_micro(view.yes_holding.held_micro, yes.fair_pips) + cost_cash_micro(view.no_holding.held_micro, no.fair_pips)
    there_micro = view.cash_free_micro
    for order in view.resting:
        if order.side is Side.BUY:
            there_micro += cost_cash_micro(order.remaining_micro, order.price_pips)
    return max(0, min(params.max_collateral_usd * MICRO - held_micro, there_micro))


def _cut_to_budget(yes: list[_Piece], no: list[_Piece], budget_micro: CashMicro, minimum_micro: SharesMicro) -> None:
    """Pay for rung after rung from the best outward, both sides of a rung together; the rung that no longer fits is shrunk, the rest dropped."""
    for k, (yes_piece, no_piece) in enumerate(zip_longest(yes, no, fillvalue=_NOTHING)):
        cost_micro = cost_cash_micro(yes_piece[2], yes_piece[0]) + cost_cash_micro(no_piece[2], no_piece[0])
        if cost_micro <= budget_micro:
            budget_micro -= cost_micro
            continue
        for half in (yes, no):
            if k < len(half):
                price_pips, sell_micro, buy_micro = half[k]
                # Two micro-dollars are kept back because each of the two costs is rounded up.
                buy_micro = buy_micro * (budget_micro - 2) // cost_micro // _LOT_MICRO * _LOT_MICRO
                half[k] = (price_pips, sell_micro, buy_micro if buy_micro >= minimum_micro else 0)
        budget_micro = 0


def _quotes(seat: _Seat, pieces: list[_Piece], why: str) -> list[Quote]:
    """The pieces as orders; each says its rung and the numbers behind it."""
    quotes: list[Quote] = []
    for k, (price_pips, sell_micro, buy_micro) in enumerate(pieces, 1):
        reason = f"{seat.outcome} bid {k} at {price_pips}: {why}"
        if sell_micro:
            sell_pips = PRICE_ONE_PIPS - price_pips
            quotes.append(Quote(token=seat.other, side=Side.SELL, price_pips=sell_pips, shares_micro=sell_micro, why=reason))
        if buy_micro:
            quotes.append(Quote(token=seat.token, side=Side.BUY, price_pips=price_pips, shares_micro=buy_micro, why=reason))
    return quotes
