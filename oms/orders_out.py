"""Orders on their way out: the moment as the gate sees it, an order opened with what is set aside for it, an order that is asked to be cancelled."""

from oms.desk import Desk
from oms.machines.blotter import Order
from oms.machines.ledger import Answer
from oms.machines.lifecycle import Happening
from oms.machines.quoting import in_yes_terms
from oms.machines.risk import Approved, Situation
from oms.state import State
from oms.values.commands import Cancel, Place
from oms.values.market import Market, TokenId
from oms.values.units import Nanos, Pips


def situation_of(state: State, desk: Desk, token: TokenId, at_ns: Nanos) -> Situation:
    """What the gate must know beside inventory and money."""
    book = desk.book(token)
    return Situation(
        at_ns=at_ns,
        market=desk.market,
        group=state.group_of(desk.market),
        tick_pips=book.tick_pips,
        health=book.health,
        may_quote=state.session.may_quote,
        may_take=state.session.may_take,
        is_closed=desk.closed or bool(desk.quarantine),
        is_held=at_ns < desk.held_until_ns,
    )


def stands(state: State, market: Market) -> list[tuple[bool, Pips]]:
    """Our open orders there: (is a YES bid, YES price)."""
    specs = [order.spec for order in state.blotter.open_orders(market.market_id).values()]
    return [in_yes_terms(spec.token, spec.side, spec.price_pips, market.yes) for spec in specs]


def opened(state: State, approved: Approved, strategy: str, why: str) -> Place:
    """The order exists from now on: STAGED, counted at its worst, with what it needs set aside."""
    state.order_count += 1
    order_id = f"{state.settings.order_prefix}{state.order_count}"
    answer = state.ledger.reserve(order_id, approved.reserve_asset, approved.reserve_micro)
    assert answer is Answer.APPLIED, f"the gate approved what the ledger refuses: {answer}"
    order = state.blotter.open(order_id, approved.spec, strategy, why)
    state.inventory.track(order, approved.reserve_micro)
    return Place(order_id=order_id, spec=approved.spec, strategy=strategy, why=why)


def cancelled(state: State, order: Order, why: str, at_ns: Nanos) -> Cancel:
    """The order is to go; silence is looked into after a while."""
    state.blotter.happen(order, Happening.CANCEL_ASKED, at_ns)
    order.cancel_asked_ns = at_ns
    state.deadlines.set(f"ask {order.order_id}", at_ns + state.settings.reply_timeout_ns)
    return Cancel(order_id=order.order_id, why=why)
