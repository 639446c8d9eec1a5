"""Orders, bundles and strategies as a person is shown them; see show.py."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from oms.machines.blotter import Order
from oms.machines.bundle import Ended, Run
from oms.machines.lifecycle import public_status
from oms.state import State
from oms.values.bundles import BundleEnd
from oms.values.market import Market
from oms.values.orders import OrderId
from oms.values.panels import Arbitrage, BundleRow, NearRow, OrderRow, Orders, Story, Strategies, StrategyRow
from oms.values.units import Nanos

OPEN_MAX: Final = 1_000
ENDED_MAX: Final = 100
NEAR_MAX: Final = 100
LOOKED_AT_MAX: Final = 2_000
"""Orders looked at for the latest that ended."""


class OrderRows:
    """Rows of the orders that were shown last. Most have not changed since: their rows are the same objects, cheap to have and to compare."""

    def __init__(self) -> None:
        self._kept: dict[OrderId, tuple[tuple[object, ...], OrderRow]] = {}

    def of(self, state: State, *lists: Iterable[Order]) -> list[tuple[OrderRow, ...]]:
        """The rows of each list; an order whose market is forgotten has none. What is in no list is not kept."""
        before, self._kept = self._kept, {}
        return [
            tuple([self._row(state.desks[order.spec.market_id].market, order, before) for order in found if order.spec.market_id in state.desks])
            for found in lists
        ]

    def _row(self, market: Market, order: Order, before: dict[OrderId, tuple[tuple[object, ...], OrderRow]]) -> OrderRow:
        """Every change of an order but these names and times is a step of its history."""
        mark = (order.history, order.filled_micro, order.sent_ns, order.venue_order_id)
        kept = before.get(order.order_id)
        if kept is None or kept[0] != mark:
            kept = (mark, order_row(market, order))
        self._kept[order.order_id] = kept
        return kept[1]


def orders(state: State, at_ns: Nanos, rows: OrderRows | None = None) -> Orders:
    """Open ones, oldest first; those placed last of the ended, newest first. `rows`: of the picture before, if there was one."""
    standing = state.blotter.all_open()
    ended: list[Order] = []
    for order, _ in zip(state.blotter.newest_first(), range(LOOKED_AT_MAX), strict=False):
        if order.is_terminal:
            ended.append(order)
            if len(ended) == ENDED_MAX:
                break
    shown = (rows or OrderRows()).of(state, standing[:OPEN_MAX], ended)
    return Orders(at_ns=at_ns, open=shown[0], ended=shown[1], left_out=max(0, len(standing) - OPEN_MAX))


def order_row(market: Market, order: Order) -> OrderRow:
    """One order."""
    spec, history = order.spec, order.history
    return OrderRow(
        order_id=order.order_id,
        market_id=spec.market_id,
        title=market.title,
        outcome=market.outcome(spec.token),
        side=spec.side.value,
        price_pips=spec.price_pips,
        size_micro=spec.size_micro,
        in_cash=order.in_cash,
        filled_micro=order.filled_micro,
        state=order.state.name,
        status=public_status(order.state, part_filled=bool(order.filled_micro)),
        strategy=order.strategy,
        why=order.why,
        opened_ns=order.sent_ns or (history[0].at_ns if history else 0),
        changed_ns=history[-1].at_ns if history else 0,
        venue_order_id=order.venue_order_id,
    )


def story(state: State, order_id: OrderId, at_ns: Nanos) -> Story | None:
    """One order and its audit trail as far as memory goes; None: there is none of this name in memory. The journal tells more."""
    order = state.blotter.find(order_id)
    if order is None or order.spec.market_id not in state.desks:
        return None
    lines = [f"{order.strategy} wanted it: {order.why}"]
    lines += [
        f"{step.happening.name.lower().replace('_', ' ')} → {step.state.name}"
        + (f", {step.filled_micro / 1_000_000:g} shares filled so far" if step.filled_micro else "")
        for step in order.history
    ]
    return Story(at_ns=at_ns, order=order_row(state.desks[order.spec.market_id].market, order), lines=tuple(lines))


def arbitrage(state: State, at_ns: Nanos) -> Arbitrage:
    """Near misses, bundles, and what became of windows."""
    bundles, windows = state.bundles, state.windows
    near = [
        NearRow(
            event_id=miss.event_id,
            title=event_title(state, miss.event_id),
            strategy=miss.strategy,
            shape=miss.shape.name,
            edge_pips=miss.edge_pips,
            raw_pips=miss.raw_pips,
            sets_micro=miss.sets_micro,
            seen_ns=miss.seen_ns,
            why=miss.why,
        )
        for miss, _ in zip(state.watch.nearest(), range(NEAR_MAX), strict=False)
    ]
    return Arbitrage(
        at_ns=at_ns,
        near=tuple(near),
        in_flight=tuple([_bundle_row(run) for run in bundles.in_flight.values()]),
        ended=tuple([_bundle_row(ended) for ended in reversed(bundles.latest[-ENDED_MAX:])]),
        seen=windows.seen,
        taken=windows.taken,
        missed=dict(sorted(windows.missed.items())),
        ends={end.name.lower(): bundles.ends[end] for end in BundleEnd},
        result_micro=bundles.result_micro,
    )


def event_title(state: State, event_id: str) -> str:
    """The title of its first market, which is what there is; of a market without an event, its own."""
    group = state.groups.get(event_id)
    for market_id in group.market_ids if group else (event_id,):
        if market_id in state.desks:
            return state.desks[market_id].market.title
    return event_id


def strategies(state: State, at_ns: Nanos) -> Strategies:
    """Each with what is set, and the caps."""
    settings = state.settings
    lines: list[tuple[str, Any]] = [(line.name, line.params) for line in settings.strategies]
    lines += [(line.name, line.params) for line in settings.event_strategies]
    return Strategies(
        at_ns=at_ns,
        rows=tuple([StrategyRow(name=name, params=msgspec.to_builtins(params) if params is not None else {}) for name, params in lines]),
        limits=msgspec.to_builtins(settings.limits),
    )


def _bundle_row(one: Run | Ended) -> BundleRow:
    bundle = one.bundle
    row = BundleRow(
        bundle_id=one.bundle_id,
        event_id=bundle.event_id,
        strategy=one.strategy,
        shape=bundle.shape.name,
        legs=len(bundle.legs),
        sets_micro=bundle.sets_micro,
        worst_micro=bundle.worst_micro,
        opened_ns=one.opened_ns,
        why=bundle.why,
    )
    if isinstance(one, Ended):
        return msgspec.structs.replace(row, ended_ns=one.ended_ns, end=one.end.name, result_micro=one.result_micro, why=one.why)
    return msgspec.structs.replace(row, end="SETTLING" if one.is_settling else "")
