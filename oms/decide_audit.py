"""The questions that are asked of themselves: what stands, what we traded, what became of an order of which no answer came in time.

Asked, never sent again. A question repeats until it is answered, at first often; when the venue has not said for minutes what it must know, a person
is told once, and from then on it is asked seldom, so that the orders nobody hears of do not use up the questions of the others.
"""

from typing import Final

from oms.machines.blotter import Order
from oms.machines.lifecycle import Happening
from oms.machines.lifecycle import State as OrderState
from oms.state import State
from oms.values.commands import AskBalances, AskOpenOrders, AskOrder, AskTrades, Cancel, Command
from oms.values.units import NS_PER_SECOND, Nanos, micro_text

OVERLAP_NS: Final = 60 * NS_PER_SECOND
"""Trades are asked for from so long before the last report on: a trade may have been under way when that was written."""

OLD_TRADE_NS: Final = 7_200 * NS_PER_SECOND
"""A trade that has not settled for so long is asked about by its order, so that it does not have all trades since then told again at each audit."""

UNANSWERED_MAX: Final = 150
"""After so many questions about an order a person is told: five minutes, where one is asked every two seconds."""
ASK_SELDOM_NS: Final = 30 * NS_PER_SECOND
"""Between two questions about such an order."""


def audit(state: State, at_ns: Nanos, commands: list[Command]) -> None:
    """Ask for everything of ours that stands, and for our trades; again soon as long as a report is missing that trading waits for."""
    settings = state.settings
    if not state.session.is_there:
        return
    old_ns = at_ns - OLD_TRADE_NS
    oldest_ns = state.settlements.oldest_open_ns(old_ns)
    commands += [AskOrder(order_id=order_id) for order_id in state.settlements.orders_before(old_ns)]
    since_ns = state.trades_known_ns if oldest_ns is None else min(state.trades_known_ns, oldest_ns)
    commands += [AskOpenOrders(asked_ns=at_ns), AskTrades(since_ns=max(0, since_ns - OVERLAP_NS), asked_ns=at_ns)]
    if not state.session.missing:
        commands.append(AskBalances(tokens=state.inventory.held_tokens(), asked_ns=at_ns))
    if state.session.missing:
        state.deadlines.set("audit", at_ns + settings.ask_again_ns)
    elif settings.audit_ns:
        state.deadlines.set("audit", at_ns + settings.audit_ns)


def ask(state: State, order: Order, at_ns: Nanos, commands: list[Command]) -> None:
    """No answer in time: the outcome is unknown. Ask; never send again. A cancel may be repeated, because twice cancelled is once cancelled."""
    if order.state is OrderState.SENT:
        state.blotter.happen(order, Happening.REPLY_LOST, at_ns)
        state.settle_reservation(order)
    never_rests = order.state is OrderState.LIVE and order.spec.is_immediate
    is_overdue = not order.is_terminal and (order.is_cancel_taken or never_rests)
    if order.state is OrderState.UNKNOWN or order.order_id in state.owed_fills or is_overdue:
        commands.append(AskOrder(order_id=order.order_id))
    elif order.state is OrderState.CANCELLING:
        commands.append(Cancel(order_id=order.order_id, why="no answer to the cancel: once more"))
    else:  # Something does not fit, as a venue that still lists an order we take for dead: one question.
        commands.append(AskOrder(order_id=order.order_id))
        return
    order.unanswered += state.session.is_there
    if order.unanswered == UNANSWERED_MAX:
        state.alert(
            "order unanswered", f"order {order.order_id}: {_what_is_missing(state, order)}, asked {UNANSWERED_MAX} times; it goes on counting as open"
        )
    is_seldom = order.unanswered >= UNANSWERED_MAX and isinstance(commands[-1], AskOrder)  # a cancel is never left waiting
    state.deadlines.set(f"ask {order.order_id}", at_ns + max(state.settings.ask_again_ns, ASK_SELDOM_NS if is_seldom else 0))


def _what_is_missing(state: State, order: Order) -> str:
    """What the venue does not say, in words."""
    owed_micro, _ = state.owed_fills.get(order.order_id, (0, None))
    if owed_micro:
        return f"it is over at the venue with {micro_text(owed_micro)} shares filled, of which it told us {micro_text(order.filled_micro)}"
    if order.state is OrderState.UNKNOWN:
        return "the venue does not say whether it has it"
    if order.is_cancel_taken:
        return "the venue took its cancel and does not say what was filled before"
    return (
        "the venue does not answer its cancel" if order.state is OrderState.CANCELLING else "it never rests, and the venue does not say how it ended"
    )
