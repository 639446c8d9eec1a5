"""What is over leaves memory, a while later and for good: ended orders with their trades, then their market. Totals stay: they are running sums.

A market is forgotten when `over_kept` others closed after it, it was paid out or nothing of it is held, every known market of its event has closed
(what it lost counts against the event's limit until then), and no order of it is in memory any more. So what is kept beyond `over_kept` is bounded
too: each such market has one of the blotter's `RETIRED_MAX` ended orders, or a trade that is not settled.

Nothing that is forgotten can come back wrong:

    a fill, a step of settlement     its order went first, and a fact about an order that is not in memory is refused, with an alarm
    a payout                         moves only what is held, and nothing is; another one than before raises an alarm; the first one ends what the
                                     market lost counting against the limit, as it would have
    sets made or merged              refused, with an alarm: there is no such market
    a listing                        passed over as long as the name is known (past.py); after that it would be a market without holdings, whose end
                                     has passed or was never told, and neither is bought into
    books                            passed over, as those of any market that is not watched

So a transfer's name may go with the order or the market through which alone it could be posted again.
"""

from typing import Final

import msgspec

from oms.machines.past import Gone
from oms.machines.proof import involved_in
from oms.state import Desk, State, fill_transfer_id, payout_transfer_id
from oms.values.market import Market

LOOKS: Final = 4
"""Closed markets looked at whenever something ends: each one that must stay is in the way of one that could go."""


def forget_over(state: State) -> None:
    """Forget the orders that the blotter dropped, then markets that nothing needs any more."""
    _forget_orders(state)
    for _ in range(min(LOOKS, len(state.over) - state.settings.over_kept)):
        market_id = next(iter(state.over))
        desk = state.over.pop(market_id)
        if _is_needed(state, desk):
            state.over[market_id] = desk  # at the back: it is looked at again
        else:
            _forget_market(state, desk)


def _forget_orders(state: State) -> None:
    for order in state.blotter.dropped:
        for trade_id in order.fills:
            name = fill_transfer_id(trade_id, order.order_id)
            state.settlements.forget(trade_id, order.order_id)
            state.ledger.forget(name)
            state.ledger.forget(payout_transfer_id(name))
        state.owed_fills.pop(order.order_id, None)
    state.blotter.dropped.clear()


def _is_needed(state: State, desk: Desk) -> bool:
    market, ledger = desk.market, state.ledger
    if state.blotter.remembers(market.market_id) or ledger.total(market.yes) or ledger.total(market.no):
        return True
    if any(market.market_id in involved_in(run.bundle) for run in state.bundles.in_flight.values()):
        return True
    event = [state.desks[name] for name in state.group_of(market).market_ids if name in state.desks]
    return not all(other.closed for other in event)


def _leave_event(state: State, market: Market) -> None:
    """The event is forgotten with the last of its markets."""
    group = state.group_of(market)
    left = tuple([name for name in group.market_ids if name != market.market_id])
    if any(name in state.desks for name in left):
        state.groups[group.event_id] = msgspec.structs.replace(group, market_ids=left)
    else:
        del state.groups[group.event_id]
        state.watch.forget(group.event_id)
        state.bundles.rests_until_ns.pop(group.event_id, None)


def _forget_market(state: State, desk: Desk) -> None:
    """Everywhere; its sums stay."""
    market = desk.market
    market_id = market.market_id
    _leave_event(state, market)
    state.blotter.forget_market(market_id)
    state.past.bury(market_id, Gone(desk.payout, state.inventory.forget_market(market_id)), desk.evidence())
    for transfer_id in (payout_transfer_id(market_id), *desk.sets_changed):
        state.ledger.forget(transfer_id)
    for token in (market.yes, market.no):
        state.ledger.forget_asset(token)
        state.balances.forget(token)
        del state.by_token[token]
    for kind in ("end", "held", "look"):
        state.deadlines.clear(f"{kind} {market_id}")
    state.settled_by_market.pop(market_id, None)
    state.dirty.pop(market_id, None)
    del state.desks[market_id]
