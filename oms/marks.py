"""What holdings are worth: at the mark, where there is an honest one, and if everything goes against us."""

from oms.desk import Desk
from oms.machines.book import Book
from oms.machines.ledger import CASH
from oms.state import State
from oms.values.units import PRICE_ONE_PIPS, CashMicro, SharesMicro


def mark_pips(book: Book) -> float | None:
    """The mid of the last uncrossed book, else the one side there is, in pips; None without any (requirement 3.47). It may be old: `marks` tells."""
    bid, ask = book.best_bid, book.best_ask
    if bid >= ask:
        return None
    if not bid:
        return ask if ask < PRICE_ONE_PIPS else None
    return (bid + ask) / 2 if ask < PRICE_ONE_PIPS else bid


def market_mark_pips(desk: Desk) -> float | None:
    """The mark of YES: from its own book, else from the mirror of NO's."""
    mark = mark_pips(desk.yes)
    if mark is not None:
        return mark
    other = mark_pips(desk.no)
    return None if other is None else PRICE_ONE_PIPS - other


def held_value_micro(yes: SharesMicro, no: SharesMicro, mark_half_pips: int | None) -> CashMicro | None:
    """What holdings are worth with YES at the mark, None without one; a complete set is a dollar whatever the mark is."""
    if yes == no:
        return yes
    if mark_half_pips is None:
        return None
    return no + (yes - no) * mark_half_pips // (2 * PRICE_ONE_PIPS)


def market_mark_half_pips(desk: Desk) -> int | None:
    """The mark in half pips: a mid lies on half a pip at most, so from here on there are whole numbers, exact at any size."""
    mark = market_mark_pips(desk)
    return None if mark is None else int(2 * mark)


def equity_mark_micro(state: State) -> CashMicro | None:
    """Cash and holdings at their marks; None as soon as one holding has no honest price."""
    total = state.ledger.total(CASH)
    for desk in state.desks.values():
        if not state.inventory.is_resolved(desk.market.market_id):
            market = desk.market
            value = held_value_micro(state.inventory.held(market.yes), state.inventory.held(market.no), market_mark_half_pips(desk))
            if value is None:
                return None
            total += value
    return total


def equity_worst_micro(state: State) -> CashMicro:
    """Cash and what the holdings bring if every outcome goes against us."""
    return state.ledger.total(CASH) + state.inventory.holdings_worst(state.groups.values())
