"""Pictures for people and the run report (version 1): values only, no text layout. Parts always add up to the whole, by construction.

Nothing that does not exist yet is 0: it is None. No price is "n/a", never a half: a holding without a believable mark makes the mark value None,
while the worst case is always known. Wall-clock figures live under `machine`, so that two runs of one seed differ nowhere else (ruling 2.12).
"""

from typing import Any

from oms.arbitrage_report import arbitrage
from oms.machines.blotter import Blotter, Order
from oms.machines.ledger import CASH
from oms.machines.lifecycle import State as OrderState
from oms.machines.lifecycle import public_status
from oms.machines.past import Evidence
from oms.marks import equity_mark_micro as equity_mark_micro
from oms.marks import equity_worst_micro as equity_worst_micro
from oms.marks import held_value_micro as held_value_micro
from oms.marks import mark_pips as mark_pips
from oms.marks import market_mark_half_pips as market_mark_half_pips
from oms.marks import market_mark_pips as market_mark_pips
from oms.state import State
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import CashMicro, Nanos
from oms.values.views import OrderView, ProgressView, TransitionView

REPORT_VERSION = 1


def order_parts(blotter: Blotter) -> dict[str, int]:
    """Orders by what became of them; the parts sum to `placed`.

    A part-filled order that was cancelled counts as cancelled (`of_which_part_filled`); one in flight as resting; one that our own gate refused
    was not placed.
    """
    ended = blotter.ended
    unknown = sum(order.state is OrderState.UNKNOWN for order in blotter.all_open())
    parts = {
        "filled": ended[OrderState.FILLED] - blotter.undone,
        "cancelled": ended[OrderState.CANCELLED],
        "expired": ended[OrderState.EXPIRED],
        "rejected": ended[OrderState.REJECTED],
        "failed": ended[OrderState.ABSENT] + blotter.undone,
        "resting": blotter.open_count - unknown,
        "unknown": unknown,
    }
    return {"placed": blotter.placed, **parts, "of_which_part_filled": blotter.part_filled_ended}


def fills(state: State) -> dict[str, Any]:
    """Fills by outcome and side, in numbers and shares (the format of requirements 2.58)."""
    sides = (Side.BUY.value, Side.SELL.value)
    by = {outcome: {side: state.fills_by[outcome, side] for side in sides} for outcome in ("YES", "NO")}
    shares = {outcome: {side: state.shares_by[outcome, side] for side in sides} for outcome in ("YES", "NO")}
    return {
        "count": sum(state.fills_by.values()),
        "shares_micro": sum(state.shares_by.values()),
        "by_outcome_side": by,
        "shares_micro_by_outcome_side": shares,
        "inferred": state.inferred_fills,
        "settlements_failed": state.settlements_failed,
        "settlements_open": state.settlements.open_count,
    }


def cash(state: State) -> dict[str, CashMicro | None]:
    """Where the money is."""
    ledger = state.ledger
    return {
        "start_micro": ledger.deposits(),
        "free_micro": ledger.free(CASH),
        "pending_micro": ledger.pending(CASH),
        "fees_micro": ledger.fees(),
        "equity_worst_micro": equity_worst_micro(state),
        "equity_mark_micro": equity_mark_micro(state),
    }


def marks(state: State) -> dict[str, int]:
    """How good the marks of unresolved holdings are: from a LIVE book, from an older or doubted one, or none at all."""
    counts = {"live": 0, "old": 0, "none": 0}
    for desk in state.desks.values():
        held = state.inventory.held(desk.market.yes) - state.inventory.held(desk.market.no)
        if held and not state.inventory.is_resolved(desk.market.market_id):
            is_live = desk.yes.health is Health.LIVE and mark_pips(desk.yes) is not None
            counts["live" if is_live else "none" if market_mark_pips(desk) is None else "old"] += 1
    return counts


def evidence(state: State) -> Evidence:
    """How often the evidence about books was judged and agreed, those of forgotten markets included."""
    checked, agreed, judged, mirrored = zip(state.past.evidence, *(desk.evidence() for desk in state.desks.values()), strict=True)
    return sum(checked), sum(agreed), sum(judged), sum(mirrored)


def books(state: State) -> dict[str, Any]:
    """Health of the books now (those of closed markets are nobody's concern any more), and how often the evidence agreed."""
    open_books = [book for desk in state.desks.values() if not desk.closed for book in (desk.yes, desk.no)]
    closed = 2 * (len(state.desks) + state.past.markets) - len(open_books)
    checked, agreed, judged, mirrored = evidence(state)
    return {
        "health": {**{health.name: sum(book.health is health for book in open_books) for health in Health}, "CLOSED": closed},
        **evidence_parts(checked, agreed, judged, mirrored),
    }


def evidence_parts(checked: int, agreed: int, judged: int, mirrored: int) -> dict[str, Any]:
    """The evidence with its ratios; a ratio of nothing is None."""
    return {
        "hash_checked": checked,
        "hash_agreed": agreed,
        "hash_agreement": round(agreed / checked, 6) if checked else None,
        "mirror_judged": judged,
        "mirror_agreed": mirrored,
        "mirror_agreement": round(mirrored / judged, 6) if judged else None,
    }


def run_report(state: State) -> dict[str, Any]:
    """Everything the engine itself can say; the assembly adds what it knows (seed, lenses, conservation, assumptions, machine)."""
    return {
        "report": REPORT_VERSION,
        "orders": order_parts(state.blotter),
        "fills": fills(state),
        "cash": cash(state),
        "marks": marks(state),
        "books": books(state),
        "refused_by_gate": {reason.name: state.refusals[reason] for reason in sorted(state.refusals, key=lambda reason: reason.name)},
        "oddities": dict(sorted(state.oddities.items())),
        "markets": markets(state),
        "markouts": None,
        "arbitrage": arbitrage(state),
    }


def markets(state: State) -> dict[str, int]:
    """How many there were so far, and how many of them were paid out; also those that are forgotten."""
    resolved = sum(state.inventory.is_resolved(market_id) for market_id in state.desks)
    return {"known": len(state.desks) + state.past.markets, "resolved": resolved + state.past.resolved}


def progress(state: State, at_ns: Nanos, events: int) -> ProgressView:
    """One line of live progress."""
    health = books(state)["health"]
    ended = state.blotter.ended
    return ProgressView(
        at_ns=at_ns,
        events=events,
        placed=state.blotter.placed,
        filled=state.blotter.fill_count,
        cancelled=ended[OrderState.CANCELLED],
        resting=state.blotter.open_count,
        cash_free_micro=state.ledger.free(CASH),
        equity_mark_micro=equity_mark_micro(state),
        equity_worst_micro=equity_worst_micro(state),
        books=" ".join(f"{count} {name}" for name, count in health.items() if count),
    )


def order_view(order: Order) -> OrderView:
    """One order with its audit trail."""
    spec = order.spec
    return OrderView(
        order_id=order.order_id,
        venue_order_id=order.venue_order_id,
        market_id=spec.market_id,
        token=spec.token,
        side=spec.side.value,
        price_pips=spec.price_pips,
        size_micro=spec.size_micro,
        filled_micro=order.filled_micro,
        state=order.state.name,
        status=public_status(order.state, part_filled=bool(order.filled_micro)),
        strategy=order.strategy,
        why=order.why,
        history=tuple(
            TransitionView(at_ns=step.at_ns, happening=step.happening.name, state=step.state.name, filled_micro=step.filled_micro)
            for step in order.history
        ),
    )
