"""The clearing's books, recounted from the ground: each balance, reserve, open trade, and each end of an event. Slow and simple on purpose."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from oms.values.orders import Side

if TYPE_CHECKING:
    from sim.accounts import Balance, EventPot
    from sim.books import Books

_CASH = "cash"


def recount(books: "Books") -> str | None:
    """The first violation in words, or None: nothing negative, totals, frozen against reserves, unsettled against open trades."""
    return next(_violations(books), None)


def _violations(books: "Books") -> Iterator[str]:
    totals: Counter[str] = Counter()
    frozen, unsettled = _owed(books)
    for name, account in books.accounts.items():
        balances: list[tuple[str, Balance]] = [(_CASH, account.cash), *account.tokens.items()]
        for asset, balance in balances:
            totals[asset] += balance.total
            if min(balance.available, balance.frozen, balance.unsettled) < 0:
                yield f"{name} has a negative balance of {asset}"
            if balance.frozen != frozen.pop((name, asset), 0):
                yield f"{name}: frozen {asset} is not the sum of the reserves"
            if balance.unsettled != unsettled.pop((name, asset), 0):
                yield f"{name}: unsettled {asset} is not the sum of the open trades"
        if any(held.cost_micro < 0 for held in account.tokens.values()):
            yield f"{name} has a negative cost"
    for name, asset in [*frozen, *unsettled]:
        yield f"{name} has no balance of {asset} for its reserves or trades"
    yield from _total_violations(books, totals)


def _total_violations(books: "Books", totals: Counter[str]) -> Iterator[str]:
    locked = sum(sets.locked_micro for sets in books.sets.values()) + sum(pot.pot_micro for pot in books.pots.values())
    if totals[_CASH] + locked != books.paid_in_micro:
        yield f"cash {totals[_CASH]} + locked {locked} is not deposits − withdrawals {books.paid_in_micro}"
    if totals[_CASH] != books.cash_held_micro or locked != books.locked_micro:
        yield f"the running totals of cash are wrong: {books.cash_held_micro} held, {books.locked_micro} locked"
    for pot in books.pots.values():
        if {id(sets) for sets in books.sets.values() if sets.pot is pot} != {id(sets) for sets in pot.members.values()}:
            yield f"the markets of event {pot.event_id} are not those that say so"
        yield from _event_violations(pot, totals)
    for sets in books.sets.values():
        if sets.locked_micro < 0:
            yield f"{sets.market_id} has locked less than nothing"
        for token, beyond in ((sets.yes, sets.converted_micro), (sets.no, 0)):
            if totals[token] != sets.locked_micro + beyond:
                yield f"{totals[token]} of token {token} are out, but {sets.locked_micro} are locked for it and {beyond} were converted"
            if totals[token] != books.shares_held_micro[token]:
                yield f"the running total of token {token} is wrong: {books.shares_held_micro[token]}"


def _event_violations(pot: "EventPot", totals: Counter[str]) -> Iterator[str]:
    """What is locked for an event must be exactly what is due, whoever wins; beyond it, only what was converted before the winner joined."""
    locked = pot.pot_micro + sum(sets.locked_micro for sets in pot.members.values())
    due_no = sum(totals[sets.no] for sets in pot.members.values())
    if pot.is_decided:
        if locked != due_no:
            yield f"event {pot.event_id} is decided and owes {due_no}, but has {locked} locked"
        return
    if pot.pot_micro != pot.converted_micro:
        yield f"event {pot.event_id} has {pot.pot_micro} in its pot, but {pot.converted_micro} were converted"
    for sets in pot.members.values():
        due = due_no - totals[sets.no] + totals[sets.yes]
        if locked != due + sets.joined_micro:
            yield f"if {sets.market_id} wins, event {pot.event_id} owes {due} beside {sets.joined_micro} of the venue's, but has {locked} locked"


def _owed(books: "Books") -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """By (account, asset): what should be frozen, what should be unsettled."""
    frozen: Counter[tuple[str, str]] = Counter()
    unsettled: Counter[tuple[str, str]] = Counter()
    for (name, _), reserve in books.reserves.items():
        frozen[name, _CASH] += reserve.cash_micro + reserve.fee_micro
        frozen[name, reserve.token] += reserve.shares_micro
    for done in books.open_trades.values():
        for leg in (done.trade.taker, done.trade.maker):
            if leg.side is Side.BUY:
                unsettled[leg.account, leg.token] += leg.shares_micro
            else:
                unsettled[leg.account, _CASH] += leg.cash_micro - leg.fee_cash_micro
    return Counter({key: n for key, n in frozen.items() if n}), Counter({key: n for key, n in unsettled.items() if n})
