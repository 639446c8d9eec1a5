"""Where a bundle in flight stands, read from the machines: what its orders filled and its transfers moved. For the engine and for a journal."""

import msgspec

from oms.machines.blotter import Order
from oms.machines.bundle import Run
from oms.machines.bundle_gate import pledges
from oms.machines.bundle_sums import Moved, Standing, TokenNow, moved
from oms.machines.lifecycle import State as OrderState
from oms.machines.proof import involved_in
from oms.machines.session import OperatorPhase
from oms.machines.settlement import FINAL
from oms.snapshots import snapshot_of
from oms.state import Desk, State
from oms.values.bundles import NOBODY, Bundle, EventSnapshot
from oms.values.market import PAYOUT_ONE_PPM, EventGroup, MarketId, TokenId
from oms.values.orders import SettlementStage, Side, TradeId
from oms.values.snapshot import Health, Snapshot
from oms.values.units import CashMicro, Nanos, SharesMicro


def orders_of(state: State, run: Run) -> list[Order]:
    """Its orders that are in memory, in the order in which they were sent."""
    return [order for order in map(state.blotter.find, run.orders) if order is not None]


def moved_by(state: State, run: Run) -> tuple[dict[TokenId, int], CashMicro]:
    """(token → shares, cash) that its fills and its transfers brought; fills that were undone are left out."""
    held: dict[TokenId, int] = {}
    cash = 0
    for order in orders_of(state, run):
        for fill in order.fills.values():
            if state.settlements.stage(fill.trade_id, order.order_id) is not SettlementStage.FAILED:
                token, shares, brought = moved(order.spec.token, order.spec.side, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro)
                held[token] = held.get(token, 0) + shares
                cash += brought
    for asked in run.transfers.values():
        cash += asked.cash_micro
        for token, shares in asked.moved:
            held[token] = held.get(token, 0) + shares
    return held, cash


def pledge(state: State, bundle: Bundle, sign: int) -> None:
    """A bundle that converts begins (1) or ends (−1): what it may give away is counted on by nobody meanwhile."""
    for market_id, cash_micro in pledges(bundle).items():
        state.inventory.pledge(market_id, sign * cash_micro)


def winners_of(state: State, bundle: Bundle) -> tuple[MarketId, ...]:
    """Who can still win: of one market, it or NOBODY; of an event, each that did not resolve NO, and NOBODY unless it is exhaustive."""
    involved = involved_in(bundle)
    group = state.groups.get(bundle.event_id)
    if len(involved) == 1 or group is None:
        return (*involved, NOBODY)
    won = [name for name in group.market_ids if name in state.desks and _won(state.desks[name])]
    if won:
        return tuple(won)
    open_ids = [name for name in group.market_ids if name not in state.desks or state.desks[name].payout is None]
    whole = group.exclusive and group.exhaustive and all(name in state.desks for name in open_ids)
    listed = [name for name in open_ids if name in state.desks]
    return tuple(listed) if whole and listed else (*listed, NOBODY)


def _won(desk: Desk) -> bool:
    return desk.payout is not None and desk.payout.yes_ppm == PAYOUT_ONE_PPM


def standing_of(state: State, run: Run, at_ns: Nanos) -> Standing:
    """Where it stands now."""
    orders = orders_of(state, run)
    held, cash = moved_by(state, run)
    desks = [state.desks[name] for name in _markets_of(state, run, held) if name in state.desks]
    tokens: dict[TokenId, TokenNow] = {}
    for desk in desks:
        snapshot = snapshot_of(state, desk, at_ns)
        for is_yes, view in ((True, snapshot.yes), (False, snapshot.no)):
            is_believed = view.health is Health.LIVE and not desk.closed and not desk.quarantine and at_ns >= desk.held_until_ns
            tokens[view.token] = TokenNow(
                market=desk.market,
                is_yes=is_yes,
                bids=view.bids if is_believed else (),
                asks=view.asks if is_believed else (),
                min_shares_micro=desk.market.min_shares_micro,
                sellable_micro=_sellable(state, run, view.token),
                paid_ppm=None if desk.payout is None else desk.payout.yes_ppm if is_yes else desk.payout.no_ppm,
            )
    first = tuple(dict.fromkeys([order.spec.token for order in orders if run.orders[order.order_id] == 1]))
    return Standing(
        at_ns=at_ns,
        tokens=tokens,
        held=held,
        cash_micro=cash,
        winners=winners_of(state, run.bundle),
        is_waiting=any(not order.is_terminal or order.order_id in state.owed_fills for order in orders),
        is_settled=all(order.unsettled == 0 for order in orders),
        first=first,
        may_take=state.session.may_take and not any(desk.closed or desk.quarantine for desk in desks),
        may_move=state.session.is_there and not state.session.missing,
        is_halted=state.session.operator is OperatorPhase.HALTED,
        undecided=_undecided(state, orders),
        loss_max_micro=state.gate.limits.bundle_loss_max_micro,
    )


def _undecided(state: State, orders: list[Order]) -> tuple[Moved, ...]:
    """What trades of these orders moved that may still be undone."""
    open_stages = [
        (order, fill)
        for order in orders
        if order.unsettled
        for fill in order.fills.values()
        if state.settlements.stage(fill.trade_id, order.order_id) not in FINAL
    ]
    return tuple([moved(order.spec.token, order.spec.side, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro) for order, fill in open_stages])


def seen_by(state: State, run: Run, at_ns: Nanos) -> tuple[Snapshot, ...]:
    """The markets of a bundle as they are seen now, for the record; those too of which only a conversion brought shares."""
    held, _ = moved_by(state, run)
    return tuple([snapshot_of(state, state.desks[name], at_ns) for name in _markets_of(state, run, held) if name in state.desks])


def _sellable(state: State, run: Run, token: TokenId) -> SharesMicro:
    """Its own settled shares, as far as nothing else needs them: what it sells of others' would be missing if its own purchase then failed."""
    own = run.kept.get(token, 0)
    state.inventory.keep(token, -own)
    free = state.inventory.sellable(token)
    state.inventory.keep(token, own)
    return min(own, free)


def _markets_of(state: State, run: Run, held: dict[TokenId, int]) -> list[MarketId]:
    names = [*involved_in(run.bundle), *(state.by_token[token][0].market.market_id for token in held if token in state.by_token)]
    return list(dict.fromkeys(names))


def count_legs(state: State, run: Run) -> None:
    """A bundle is over: how often its orders filled, whole or in part."""
    for order in orders_of(state, run):
        counts = state.bundles.legs[order.spec.lifetime]
        counts[0] += 1
        counts[1] += order.state is OrderState.FILLED
        counts[2] += bool(order.fills) and order.state is not OrderState.FILLED


def keep_for(state: State, run: Run) -> None:
    """Set aside in the inventory what the bundle has that could be sold: settled purchases, less its own sales. Nobody else may sell these."""
    wanted: dict[TokenId, int] = {}
    for order in orders_of(state, run):
        token = order.spec.token
        if order.spec.side is Side.BUY:
            own = sum(fill.shares_micro for fill in order.fills.values() if _is_settled(state, fill.trade_id, order))
        else:
            undone = SettlementStage.FAILED
            sold = sum(fill.shares_micro for fill in order.fills.values() if state.settlements.stage(fill.trade_id, order.order_id) is not undone)
            own = -sold - (0 if order.is_terminal else order.remaining_micro)
        wanted[token] = wanted.get(token, 0) + own
    for asked in run.transfers.values():
        for token, shares in asked.moved:
            wanted[token] = wanted.get(token, 0) + shares
    for token in {**run.kept, **wanted}:
        now = max(0, wanted.get(token, 0))
        change = now - run.kept.get(token, 0)
        if change:
            state.inventory.keep(token, change)
            run.kept[token] = now


def _is_settled(state: State, trade_id: TradeId, order: Order) -> bool:
    return state.settlements.stage(trade_id, order.order_id) is SettlementStage.CONFIRMED


def event_snapshot(state: State, group: EventGroup, at_ns: Nanos) -> EventSnapshot:
    """The event as its strategies see it: markets that are not resolved, each as fresh as its last change."""
    left = [name for name in group.market_ids if name not in state.desks or state.desks[name].payout is None]
    markets, stopped = [], []
    for name in left:
        desk = state.desks.get(name)
        if desk is None:
            stopped.append((name, "not listed with us"))
            continue
        if desk.snapshot is None or desk.dirty:  # dirty: it changed in this turn, and there was too much to decide about it too
            desk.snapshot = snapshot_of(state, desk, at_ns)
        elif desk.snapshot.at_ns != at_ns:  # a book that nobody spoke of grows older all the same
            desk.snapshot = msgspec.structs.replace(desk.snapshot, at_ns=at_ns)
        markets.append(desk.snapshot)
        why = _stopped(desk, at_ns)
        if why:
            stopped.append((name, why))
    return EventSnapshot(
        group=group if len(left) == len(group.market_ids) else _narrowed(group, tuple(left)),
        at_ns=at_ns,
        markets=tuple(markets),
        stopped=tuple(stopped),
        cash_free_micro=state.gate.spendable_micro(),
    )


def _narrowed(group: EventGroup, left: tuple[MarketId, ...]) -> EventGroup:
    """Without the outcomes that are out."""
    return EventGroup(
        event_id=group.event_id,
        market_ids=left,
        exclusive=group.exclusive,
        exhaustive=group.exhaustive,
        augmented=group.augmented,
        questions=group.questions,
        conversion_fee_bps=group.conversion_fee_bps,
        gaps=group.gaps,
    )


def _stopped(desk: Desk, at_ns: Nanos) -> str:
    if desk.quarantine:
        return "quarantined"
    if desk.closed:
        return "closed"
    return "held: the venue refused an order here a moment ago" if at_ns < desk.held_until_ns else ""
