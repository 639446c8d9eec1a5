"""What a person asked for, carried out: orders cancelled as soon as they are known to stand, orders placed if the gate lets them pass.

And the guards: a halt that they call for is taken here too, as a person's would be.
"""

from oms.machines.bundle_gate import own_cross
from oms.machines.by_hand import BY_HAND
from oms.machines.lifecycle import State as OrderState
from oms.machines.risk import Approved, Reason
from oms.machines.session import Word
from oms.marks import equity_mark_micro
from oms.orders_out import cancelled, opened, situation_of, stands
from oms.state import State
from oms.values.commands import Cancel, Command
from oms.values.events import OrderAsked
from oms.values.orders import OrderSpec
from oms.values.units import Nanos

_NOT_YET = (OrderState.STAGED, OrderState.SENT, OrderState.UNKNOWN, OrderState.ABSENT)
"""Where an order may yet turn out to stand; one that was proven absent has come back to life before (lifecycle.py)."""


def carry_out(state: State, at_ns: Nanos, commands: list[Command]) -> None:
    """Everything that waits."""
    commands += cancels(state, at_ns)
    asked, state.by_hand.orders = state.by_hand.orders, []
    for wish in asked:
        _place(state, wish, at_ns, commands)


def cancels(state: State, at_ns: Nanos) -> list[Cancel]:
    """Of those known to stand; one of which that is not known waits until it is, or is over for good."""
    waiting = state.by_hand.cancels
    found: list[Cancel] = []
    for order_id, why in list(waiting.items()):
        order = state.blotter.find(order_id)
        if order is not None and order.state in _NOT_YET:
            continue
        del waiting[order_id]
        if order is not None and order.state is OrderState.LIVE:
            found.append(cancelled(state, order, f"by hand: {why}" if why else "by hand", at_ns))
    return found


def verdict(state: State, spec: OrderSpec, at_ns: Nanos) -> Approved | Reason:
    """What the gate says to an order by hand now, crossing our own orders included."""
    desk = state.desks.get(spec.market_id)
    if desk is None:
        return Reason.TOKEN_FOREIGN
    said = state.gate.review(spec, situation_of(state, desk, spec.token, at_ns))
    if not isinstance(said, Approved):
        return said.reason
    return own_cross(spec, desk.market, stands(state, desk.market)) or said


def _place(state: State, wish: OrderAsked, at_ns: Nanos, commands: list[Command]) -> None:
    said = verdict(state, wish.spec, at_ns)
    if isinstance(said, Approved):
        commands.append(opened(state, said, BY_HAND, wish.why or "by hand"))
    else:
        state.refusals[said] += 1
        state.alert("order by hand refused", said.value)


def watch_out(state: State, at_ns: Nanos) -> None:
    """Let the guards judge. A halt begins in the turn that finds it; whoever runs the engine sees `guard.tripped` and kills."""
    guard, mark = state.guard, equity_mark_micro(state)
    result = None if mark is None else mark - state.ledger.deposits()
    why = guard.look(result, state.settlements_done, state.settlements_failed, at_ns)
    if why:
        state.alert("guard", why)
        if state.session.hear(Word.HALT, why):
            state.soil_all()
