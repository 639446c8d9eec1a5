"""Shared test vocabulary: what is given, in words of the domain. Prices in pips, sizes in whole shares unless the name says micro."""

from collections.abc import Sequence

from oms.values.market import FeeCurve, Market
from oms.values.orders import OrderId, Side
from oms.values.snapshot import BookView, Doubt, Health, RestingOrder, Snapshot, TokenHolding
from oms.values.units import MICRO, NS_PER_SECOND, PRICE_ONE_PIPS

YES = "yes-token"
NO = "no-token"
MARKET = "market"
NOON_NS = 1_750_000_000 * NS_PER_SECOND
"""An instant to stand at."""
NO_DOUBT = Doubt(0)

Ladder = Sequence[tuple[int, int]]
"""(price in pips, whole shares), best first."""


def given_market(
    *,
    tick_pips: int = 100,
    min_shares: int = 5,
    left_s: int | None = 3_600,
    fee: FeeCurve | None = None,
) -> Market:
    """A binary market that ends `left_s` after NOON_NS; None: nobody knows when."""
    return Market(
        market_id=MARKET,
        title="Will it?",
        yes=YES,
        no=NO,
        tick_pips=tick_pips,
        min_shares_micro=min_shares * MICRO,
        fee=fee or FeeCurve(),
        end_ns=None if left_s is None else NOON_NS + left_s * NS_PER_SECOND,
    )


def given_book_view(
    token: str = YES,
    *,
    bids: Ladder = ((4_900, 100),),
    asks: Ladder = ((5_100, 100),),
    health: Health = Health.LIVE,
    doubts: Doubt = NO_DOUBT,
    tick_pips: int = 100,
    age_ms: int = 0,
) -> BookView:
    """The top of one book, last heard of `age_ms` before NOON_NS."""
    return BookView(
        token=token,
        bids=tuple((price, shares * MICRO) for price, shares in bids),
        asks=tuple((price, shares * MICRO) for price, shares in asks),
        health=health,
        doubts=doubts,
        epoch=1,
        changed_ns=NOON_NS - age_ms * 1_000_000,
        tick_pips=tick_pips,
    )


def given_mirror_of(book: BookView, token: str = NO) -> BookView:
    """The other token's book of the same pool: a bid at p is an ask at 1 − p."""
    return BookView(
        token=token,
        bids=tuple((PRICE_ONE_PIPS - price, shares) for price, shares in book.asks),
        asks=tuple((PRICE_ONE_PIPS - price, shares) for price, shares in book.bids),
        health=book.health,
        doubts=book.doubts,
        epoch=book.epoch,
        changed_ns=book.changed_ns,
        tick_pips=book.tick_pips,
    )


def given_holding(shares: int = 0, *, provisional: int = 0, resting_buy: int = 0, resting_sell: int = 0) -> TokenHolding:
    """`shares` confirmed, of which `resting_sell` are offered."""
    return TokenHolding(
        confirmed_micro=shares * MICRO,
        provisional_micro=provisional * MICRO,
        resting_buy_micro=resting_buy * MICRO,
        resting_sell_micro=resting_sell * MICRO,
        sellable_micro=max(0, shares - resting_sell) * MICRO,
    )


def given_resting(order_id: OrderId, side: Side, price_pips: int, shares: int, *, token: str = YES) -> RestingOrder:
    """One of our orders that stands."""
    return RestingOrder(order_id=order_id, token=token, side=side, price_pips=price_pips, remaining_micro=shares * MICRO)


def given_snapshot(
    *,
    market: Market | None = None,
    yes: BookView | None = None,
    no: BookView | None = None,
    yes_holding: TokenHolding | None = None,
    no_holding: TokenHolding | None = None,
    resting: Sequence[RestingOrder] = (),
    cash: int = 1_000,
) -> Snapshot:
    """One market at NOON_NS with `cash` whole dollars free; the NO book mirrors the YES book unless given."""
    yes_book = yes or given_book_view()
    return Snapshot(
        market=market or given_market(tick_pips=yes_book.tick_pips),
        at_ns=NOON_NS,
        yes=yes_book,
        no=no or given_mirror_of(yes_book),
        yes_holding=yes_holding or TokenHolding(),
        no_holding=no_holding or TokenHolding(),
        resting=tuple(resting),
        cash_free_micro=cash * MICRO,
    )


def given_swapped(view: Snapshot) -> Snapshot:
    """The same moment with the names YES and NO exchanged: what was called NO is now YES."""
    market = view.market
    swapped = {YES: NO, NO: YES}
    return Snapshot(
        market=market,
        at_ns=view.at_ns,
        yes=_renamed(view.no, YES),
        no=_renamed(view.yes, NO),
        yes_holding=view.no_holding,
        no_holding=view.yes_holding,
        resting=tuple(given_resting(o.order_id, o.side, o.price_pips, o.remaining_micro // MICRO, token=swapped[o.token]) for o in view.resting),
        cash_free_micro=view.cash_free_micro,
    )


def _renamed(book: BookView, token: str) -> BookView:
    return BookView(
        token=token,
        bids=book.bids,
        asks=book.asks,
        health=book.health,
        doubts=book.doubts,
        epoch=book.epoch,
        changed_ns=book.changed_ns,
        tick_pips=book.tick_pips,
    )
