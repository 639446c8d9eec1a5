"""The state as a person is shown it: pure functions from the machines to the views of values/panels.py. Nothing here changes anything.

What the engine does not know (which verb runs, feeds, memory, the log) is put in by whoever runs it (config/assembly/steward.py).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from oms.desk import Desk
from oms.machines.blotter import Order
from oms.machines.ledger import CASH
from oms.machines.lifecycle import State as OrderState
from oms.machines.quoting import in_yes_terms
from oms.marks import equity_mark_micro, equity_worst_micro, market_mark_half_pips
from oms.report import order_parts
from oms.show_orders import order_row
from oms.state import State
from oms.values.levels import Level
from oms.values.market import MarketId
from oms.values.panels import HoldingRow, Inventory, Ladder, LadderLevel, MarketRow, Markets, Overview
from oms.values.snapshot import Doubt, Health
from oms.values.units import PRICE_ONE_PIPS, Nanos, Pips, SharesMicro

LADDER_MAX: Final = 40
"""Levels a side that are shown."""
_TWICE: Final = 2 * PRICE_ONE_PIPS


def overview(state: State, at_ns: Nanos) -> Overview:
    """May we trade, what are we worth, is anything wrong."""
    parts, session, ledger, guard = order_parts(state.blotter), state.session, state.ledger, state.guard
    start = state.ledger.deposits()
    health = Counter([book.health for desk in state.desks.values() if not desk.closed for book in (desk.yes, desk.no)])
    return Overview(
        at_ns=at_ns,
        verb="",
        phase=session.name,
        why=session.why,
        cash_free_micro=ledger.free(CASH),
        cash_pending_micro=ledger.pending(CASH),
        fees_micro=ledger.fees(),
        start_micro=start,
        equity_mark_micro=equity_mark_micro(state),
        equity_worst_micro=equity_worst_micro(state),
        peak_micro=None if guard.peak_micro is None else guard.peak_micro + start,
        day_start_micro=None if guard.day_start_micro is None else guard.day_start_micro + start,
        placed=parts["placed"],
        filled=parts["filled"],
        cancelled=parts["cancelled"],
        resting=parts["resting"],
        unknown=parts["unknown"],
        fills=state.blotter.fill_count,
        settlements_open=state.settlements.open_count,
        settlements_failed=state.settlements_failed,
        markets=sum(not desk.closed for desk in state.desks.values()),
        books_live=health[Health.LIVE],
        books_suspect=health[Health.SUSPECT],
        books_stale=health[Health.STALE],
        near=len(state.watch),
        bundles=len(state.bundles.in_flight),
    )


def markets(state: State, at_ns: Nanos) -> Markets:
    """Every market in which there is still something to see: it trades, or we hold something there."""
    return Markets(at_ns=at_ns, rows=tuple([market_row(state, desk) for desk in state.desks.values() if _is_shown(state, desk)]))


def market_row(state: State, desk: Desk) -> MarketRow:
    """One market, in YES terms."""
    market, inventory = desk.market, state.inventory
    orders = state.blotter.open_orders(market.market_id)
    bids, asks = _our_levels(desk, orders.values())
    return MarketRow(
        market_id=market.market_id,
        title=market.title,
        event_id=market.event_id,
        bid_pips=desk.yes.best_bid,
        ask_pips=min(desk.yes.best_ask, PRICE_ONE_PIPS),
        our_bid_pips=max(bids, default=0),
        our_ask_pips=min(asks, default=0),
        health="CLOSED" if desk.closed else max((desk.yes.health, desk.no.health), key=lambda health: _GRAVITY[health.name]).name,
        doubts=_in_words(desk.yes.doubts | desk.no.doubts),
        changed_ns=max(desk.yes.changed_ns, desk.no.changed_ns),
        net_micro=inventory.held(market.yes) - inventory.held(market.no),
        orders=len(orders),
        worst_micro=inventory.market_worst(market.market_id),
        end_ns=market.end_ns,
        stopped=_stopped(state, desk),
    )


def ladder(state: State, market_id: MarketId, at_ns: Nanos) -> Ladder | None:
    """One market closely; None: there is no such market. Its latest fills are put in by whoever remembers them."""
    desk = state.desks.get(market_id)
    if desk is None:
        return None
    orders = state.blotter.open_orders(market_id)
    bids, asks = _our_levels(desk, orders.values())
    return Ladder(
        at_ns=at_ns,
        market=market_row(state, desk),
        bids=_levels(desk.yes.all_bids(), bids, best_first=-1),
        asks=_levels(desk.yes.all_asks(), asks, best_first=1),
        tick_pips=desk.yes.tick_pips,
        epoch=desk.yes.epoch,
        fee_rate_bps=desk.market.fee.rate_bps,
        yes_token=desk.market.yes,
        no_token=desk.market.no,
        hash_checked=desk.yes.hash_checked + desk.no.hash_checked,
        hash_agreed=desk.yes.hash_agreed + desk.no.hash_agreed,
        orders=tuple([order_row(desk.market, order) for order in orders.values()]),
    )


def inventory(state: State, at_ns: Nanos) -> Inventory:
    """Everything held or asked for."""
    rows: list[HoldingRow] = []
    for desk in state.desks.values():
        market = desk.market
        if state.inventory.is_resolved(market.market_id):
            continue
        mark = market_mark_half_pips(desk)
        for token, half_pips in ((market.yes, mark), (market.no, None if mark is None else _TWICE - mark)):
            held = state.inventory.holding(token)
            if held.confirmed_micro or held.provisional_micro or held.resting_buy_micro or held.resting_sell_micro:
                rows.append(
                    HoldingRow(
                        market_id=market.market_id,
                        title=market.title,
                        outcome=market.outcome(token),
                        confirmed_micro=held.confirmed_micro,
                        provisional_micro=held.provisional_micro,
                        at_risk_micro=held.at_risk_micro,
                        resting_buy_micro=held.resting_buy_micro,
                        resting_sell_micro=held.resting_sell_micro,
                        sellable_micro=held.sellable_micro,
                        mark_half_pips=half_pips,
                        market_cash_micro=state.inventory.market_cash(market.market_id),
                        market_worst_micro=state.inventory.market_worst(market.market_id),
                    )
                )
    differs = state.balances.differences.items()
    return Inventory(
        at_ns=at_ns,
        rows=tuple(rows),
        cash_free_micro=state.ledger.free(CASH),
        cash_pending_micro=state.ledger.pending(CASH),
        worst_micro=equity_worst_micro(state),
        day_spent_micro=state.inventory.day_spent(at_ns),
        differences=tuple([f"{asset[:24]}: the venue has {more:+} micro beyond our books" for asset, more in differs]),
    )


_GRAVITY: Final = {"LIVE": 0, "SUSPECT": 1, "STALE": 2}
_WORDS: Final = {
    Doubt.NO_BOOK: "no book yet",
    Doubt.CONTINUITY: "messages were lost",
    Doubt.SILENCE: "silent for too long",
    Doubt.CROSSED: "crossed",
    Doubt.HASH: "its hash does not agree",
    Doubt.BEST: "the venue told other best prices",
    Doubt.TICK: "finer than its tick",
    Doubt.MIRROR: "YES and NO disagree",
}


def _in_words(doubts: int) -> str:
    return ", ".join([words for doubt, words in _WORDS.items() if doubts & doubt]) if doubts else ""


def _stopped(state: State, desk: Desk) -> str:
    if desk.quarantine:
        return f"quarantined: {desk.quarantine}"
    paused = state.by_hand.paused.get(desk.market.market_id)
    return "" if paused is None else f"paused by hand: {paused}" if paused else "paused by hand"


def _is_shown(state: State, desk: Desk) -> bool:
    market = desk.market
    return not desk.closed or (
        desk.payout is None
        and bool(state.inventory.held(market.yes) or state.inventory.held(market.no) or state.blotter.open_orders(market.market_id))
    )


def _our_levels(desk: Desk, orders: Iterable[Order]) -> tuple[dict[Pips, SharesMicro], dict[Pips, SharesMicro]]:
    """What of ours stands or may stand at each price, in YES terms: bids, asks."""
    found: tuple[dict[Pips, SharesMicro], dict[Pips, SharesMicro]] = ({}, {})
    for order in orders:
        if order.state is not OrderState.STAGED:
            is_bid, price = in_yes_terms(order.spec.token, order.spec.side, order.spec.price_pips, desk.market.yes)
            side = found[0] if is_bid else found[1]
            side[price] = side.get(price, 0) + order.remaining_shares_micro
    return found


def _levels(told: Sequence[Level], ours: dict[Pips, SharesMicro], *, best_first: int) -> tuple[LadderLevel, ...]:
    """The book's levels with ours beside them; a price at which the book shows nothing and we stand is a level too."""
    sizes = dict(told)
    prices = sorted({**sizes, **ours}, key=lambda price: best_first * price)[:LADDER_MAX]
    return tuple([LadderLevel(price_pips=price, shares_micro=sizes.get(price, 0), our_micro=ours.get(price, 0)) for price in prices])
