"""Wanted quotes − resting orders → the fewest commands; our own crosses prevented.

An order that already stands where a quote is wanted stays, and keeps its place in the queue, as long as at least half of the wanted size is left
and not more than all of it; it may also stand up to `patience_pips` less aggressive. Anything else of the strategy's is cancelled.

**No more than wanted.** A cancel takes a while, and a replacement sent at once would stand beside what it replaces; when prices move fast,
generations of orders would pile up. So a new order waits until the side has room for it: what stands on a side, counting what is on its way in or
out, is never more than what is wanted there.

**Own crosses.** Everything of ours that stands or may stand in the market (whatever strategy placed it, also while it is being cancelled) is seen
in YES terms: buying NO at q is selling YES at 1 − q. A new order may not meet any of it: neither in the same token, nor a YES bid a NO bid through
a mint, nor two sells through a merge. Such a quote waits until what stands in its way is gone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from oms.machines.blotter import Order
from oms.machines.lifecycle import State
from oms.values.decisions import Quote, Quotes
from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, Pips, SharesMicro

_KEPT_STATES: Final = (State.LIVE, State.SENT, State.STAGED)


class Difference(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What to do to get from what rests to what is wanted."""

    cancels: tuple[Order, ...]
    places: tuple[Quote, ...]
    waiting: int
    """Quotes held back because something of ours that still stands takes their room, would meet them, or holds the shares they sell."""


def difference(
    wanted: Quotes | None,
    mine: Iterable[Order],
    standing: Iterable[Order],
    yes: TokenId,
    sellable: Mapping[TokenId, SharesMicro],
) -> Difference:
    """Subtract.

    Args:
        wanted: the whole of what should rest; None for nothing.
        mine: open orders of the strategy in this market.
        standing: every open order of ours in this market, `mine` included.
        yes: the market's YES token.
        sellable: shares of each token that are confirmed and not already for sale; a sale of more waits for a cancel to free them.
    """
    mine = list(mine)
    left = [order for order in mine if order.state in _KEPT_STATES]
    missing: list[Quote] = []
    for quote in wanted.quotes if wanted else ():
        order = _already_there(quote, left, wanted.patience_pips if wanted else 0)
        if order is None:
            missing.append(quote)
        else:
            left.remove(order)
    # Only what is known to stand is cancelled: a venue may not know an order yet whose reply is out, and an unknown one is asked about first.
    cancels = tuple(order for order in left if order.state is State.LIVE)
    if not missing:
        return Difference(cancels=cancels, places=(), waiting=0)
    assert wanted is not None
    places = _without_own_crosses(_within(_covered(missing, sellable), wanted, mine, yes), standing, yes)
    return Difference(cancels=cancels, places=places, waiting=len(missing) - len(places))


def in_yes_terms(token: TokenId, side: Side, price_pips: Pips, yes: TokenId) -> tuple[bool, Pips]:
    """(is a YES bid, YES price): what an order means in the one pool of its market."""
    if token == yes:
        return side is Side.BUY, price_pips
    return side is Side.SELL, PRICE_ONE_PIPS - price_pips


def _already_there(quote: Quote, candidates: list[Order], patience_pips: Pips) -> Order | None:
    """The nearest order that will do, the oldest of equals: a farther one may be what another quote needs."""
    token, side, price, shares = quote.token, quote.side, quote.price_pips, quote.shares_micro
    found, nearest = None, patience_pips + 1
    for order in candidates:
        spec = order.spec
        if spec.side is not side or spec.token != token:
            continue
        behind = price - spec.price_pips if side is Side.BUY else spec.price_pips - price
        if 0 <= behind < nearest and shares <= 2 * order.remaining_micro <= 2 * shares:
            found, nearest = order, behind
            if not behind:
                break
    return found


def _covered(places: list[Quote], sellable: Mapping[TokenId, SharesMicro]) -> list[Quote]:
    """The purchases, and the sales that what is sellable covers, in the order wanted."""
    left = dict(sellable)
    covered: list[Quote] = []
    for quote in places:
        if quote.side is Side.SELL:
            if left.get(quote.token, 0) < quote.shares_micro:
                continue
            left[quote.token] -= quote.shares_micro
        covered.append(quote)
    return covered


def _within(places: list[Quote], wanted: Quotes, mine: list[Order], yes: TokenId) -> list[Quote]:
    """Only so much that what stands on a side, in YES terms and counting what is on its way in or out, is never more than is wanted there."""
    room = {True: 0, False: 0}
    for quote in wanted.quotes:
        room[in_yes_terms(quote.token, quote.side, quote.price_pips, yes)[0]] += quote.shares_micro
    for order in mine:
        room[in_yes_terms(order.spec.token, order.spec.side, order.spec.price_pips, yes)[0]] -= order.remaining_shares_micro
    within: list[Quote] = []
    for quote in places:
        is_bid = in_yes_terms(quote.token, quote.side, quote.price_pips, yes)[0]
        if quote.shares_micro <= room[is_bid]:
            room[is_bid] -= quote.shares_micro
            within.append(quote)
    return within


def _without_own_crosses(places: list[Quote], standing: Iterable[Order], yes: TokenId) -> tuple[Quote, ...]:
    best_bid, best_ask = 0, PRICE_ONE_PIPS
    for order in standing:
        is_bid, price = in_yes_terms(order.spec.token, order.spec.side, order.spec.price_pips, yes)
        if is_bid:
            best_bid = max(best_bid, price)
        else:
            best_ask = min(best_ask, price)
    clear: list[Quote] = []
    for quote in places:
        is_bid, price = in_yes_terms(quote.token, quote.side, quote.price_pips, yes)
        if is_bid and price < best_ask:
            best_bid = max(best_bid, price)
            clear.append(quote)
        elif not is_bid and price > best_bid:
            best_ask = min(best_ask, price)
            clear.append(quote)
    return tuple(clear)
