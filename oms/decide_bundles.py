"""What to ask for as bundles: look at events whose markets changed, open what pays and is allowed, and take each bundle in flight one step on.

The order of calls is all that is written here: whether it pays is said by the strategies, whether it may be by machines/bundle_gate.py, what comes
next by machines/bundle_steps.py.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from oms.bundle_state import count_legs, event_snapshot, keep_for, pledge, seen_by, standing_of, winners_of
from oms.machines.bundle import Run
from oms.machines.bundle_gate import Wanted, own_cross
from oms.machines.bundle_steps import Finish, Fire, Move, Wait, next_step
from oms.machines.bundle_sums import Standing, Wish, cost_in_cents
from oms.machines.ledger import CASH, Answer
from oms.machines.proof import involved_in
from oms.machines.risk import Reason, Refused
from oms.orders_out import opened, situation_of, stands
from oms.state import Desk, EventLine, State
from oms.values.bundles import Bundle, BundleEnd, Look, Transfer, TransferKind
from oms.values.commands import BundleEnded, BundleOpened, Command, Convert, Merge, Place, Split
from oms.values.market import EventId, TokenId
from oms.values.orders import OrderSpec, Side
from oms.values.record import BundleMade
from oms.values.snapshot import Health
from oms.values.units import NS_PER_SECOND, Nanos, micro_text

REST_NS: Final = NS_PER_SECOND
"""After a bundle that did not come off: what was seen may have been a torn view, and the next look would see it again."""
REFUSED_NS: Final = NS_PER_SECOND // 4
"""After an unwinding of which our own gate let nothing pass: what stands in its way may go away."""
STEPS_MAX: Final = 4
"""Steps of one bundle in one turn: opened, fired; or refused in part and looked at once more."""


class BundleDecider:
    """Opens bundles and brings them to an end."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._made: list[BundleMade] = []

    def made(self) -> tuple[BundleMade, ...]:
        """What had been seen behind the commands since the last time this was asked."""
        made = tuple(self._made)
        self._made.clear()
        return made

    def look(self, desks: Iterable[Desk], at_ns: Nanos, commands: list[Command]) -> None:
        """Ask the event strategies about the events of these markets, in which something changed."""
        state = self.state
        event_ids: dict[EventId, None] = {}
        for desk in desks:
            desk.snapshot = None
            event_ids[desk.market.event_id or desk.market.market_id] = None
        for event_id in event_ids:
            snapshot = event_snapshot(state, state.groups[event_id], at_ns)
            for line in state.settings.event_strategies:
                look = line.evaluate(snapshot, line.params)
                state.watch.see(event_id, line.name, look, at_ns, line.near_pips)
                closed = state.windows.see(event_id, line.name, look, at_ns)
                if closed is not None:
                    commands.append(closed)
                if look.bundle is not None:
                    self._take(event_id, line, look, at_ns, commands)

    def step_all(self, at_ns: Nanos, commands: list[Command]) -> None:
        """Take every bundle in flight as far as it goes now."""
        for run in list(self.state.bundles.in_flight.values()):
            self._step(run, at_ns, commands)

    def _take(self, event_id: EventId, line: EventLine, look: Look, at_ns: Nanos, commands: list[Command]) -> None:
        """Open the bundle, if it may be."""
        state, bundle = self.state, look.bundle
        assert bundle is not None
        if any(run.bundle.event_id == event_id and not run.is_settling for run in state.bundles.in_flight.values()):
            state.windows.missed_for(event_id, line.name, "IN_FLIGHT: another bundle of this event is under way")
            return
        if at_ns < state.bundles.rests_until_ns.get(event_id, 0):
            state.windows.missed_for(event_id, line.name, "RESTS: a bundle of this event did not come off a moment ago")
            return
        if any(market_id in state.by_hand.paused for market_id in involved_in(bundle)):
            state.windows.missed_for(event_id, line.name, "PAUSED: a person paused a market of it")
            return
        refused = state.bundle_gate.refusal(self._wanted(bundle, at_ns))
        if refused is not None:
            reason, why = refused
            state.refusals[reason] += 1
            state.windows.missed_for(event_id, line.name, f"{reason.name}: {why}")
            return
        bundle_id = f"{state.settings.order_prefix}b{state.bundles.count + 1}"
        commands.append(BundleOpened(bundle_id=bundle_id, strategy=line.name, bundle=bundle))
        run = state.bundles.open(bundle_id, line.name, bundle, at_ns)
        pledge(state, bundle, 1)
        state.windows.took(event_id, line.name, bundle_id)
        self._step(run, at_ns, commands)

    def _wanted(self, bundle: Bundle, at_ns: Nanos) -> Wanted:
        state = self.state
        desks = {name: state.desks[name] for name in involved_in(bundle) if name in state.desks}
        return Wanted(
            bundle=bundle,
            group=state.groups[bundle.event_id],
            winners=winners_of(state, bundle),
            situations={name: situation_of(state, desk, _least_believed(desk, bundle), at_ns) for name, desk in desks.items()},
            standing={name: stands(state, desk.market) for name, desk in desks.items()},
            orders_open=state.blotter.open_count,
        )

    def _step(self, run: Run, at_ns: Nanos, commands: list[Command]) -> None:
        state = self.state
        for _ in range(STEPS_MAX):
            keep_for(state, run)
            now = standing_of(state, run, at_ns)
            step = next_step(run, now)
            run.is_settling = isinstance(step, Wait) and step.settling
            if isinstance(step, Wait):
                if step.mending and run.mend_until_ns is None:
                    run.mend_until_ns = at_ns + run.bundle.terms.patience_ns
                    state.deadlines.set(f"bundle {run.bundle_id}", run.mend_until_ns)
                return
            if isinstance(step, Finish):
                self._finish(run, step, at_ns, commands)
                return
            seen, first = seen_by(state, run, at_ns), len(commands)
            if isinstance(step, Move):
                for transfer in step.transfers:
                    self._move(run, transfer, at_ns, commands)
            else:
                self._fire(run, step, now, commands)
            if seen and len(commands) > first:
                if first and isinstance(commands[first - 1], BundleOpened):  # it was opened on what was seen here
                    first -= 1
                self._made.append(BundleMade(strategy=run.strategy, bundle_id=run.bundle_id, snapshots=seen, first=first, last=len(commands)))

    def _fire(self, run: Run, step: Fire, now: Standing, commands: list[Command]) -> None:
        """Send a round of orders. What the gate does not let pass now is a leg that was missed."""
        state = self.state
        state.bundles.begin_round(run.bundle_id)
        placed = [place for wish in step.wishes if (place := self._place(run, wish, step.why, now.at_ns)) is not None]
        commands += placed
        if len(placed) < len(step.wishes):
            keep_for(state, run)  # what was to be sold, and is not
        if step.again and not placed:
            run.rests_until_ns = now.at_ns + REFUSED_NS
            state.deadlines.set(f"bundle {run.bundle_id}", run.rests_until_ns)

    def _place(self, run: Run, wish: Wish, why: str, at_ns: Nanos) -> Place | None:
        """One order of a round; None: it may not be."""
        state = self.state
        desk = state.by_token[wish.token][0]
        if wish.side is Side.SELL:  # its own shares may be sold by itself
            own = min(wish.shares_micro, run.kept.get(wish.token, 0))
            state.inventory.keep(wish.token, -own)
            run.kept[wish.token] = run.kept.get(wish.token, 0) - own
        spec = _spec(wish, desk)
        verdict = state.gate.review(spec, situation_of(state, desk, wish.token, at_ns))
        reason = verdict.reason if isinstance(verdict, Refused) else own_cross(spec, desk.market, stands(state, desk.market))
        if isinstance(verdict, Refused) or reason is not None:
            assert reason is not None
            state.refusals[reason] += 1
            return None
        placed = opened(state, verdict, run.strategy, why)
        state.bundles.placed(run.bundle_id, placed.order_id)
        state.blotter.pinned[placed.order_id] = None
        return msgspec.structs.replace(placed, bundle=f"{run.bundle_id}/{run.rounds}")

    def _move(self, run: Run, transfer: Transfer, at_ns: Nanos, commands: list[Command]) -> None:
        """Ask for a transfer. The cash for a split is set aside; shares are, by what bundles keep."""
        state = self.state
        command_id = f"{run.bundle_id}/t{len(run.transfers) + 1}"
        state.bundles.asked(run.bundle_id, command_id, transfer, at_ns)
        market_id, shares = transfer.market_ids[0], transfer.shares_micro
        if transfer.kind is TransferKind.SPLIT:
            if state.gate.spendable_micro() < shares or state.ledger.reserve(command_id, CASH, shares) is not Answer.APPLIED:
                state.bundles.refused(command_id, Reason.NOT_ENOUGH_CASH.value)
                return
            commands.append(Split(command_id=command_id, market_id=market_id, shares_micro=shares))
        elif transfer.kind is TransferKind.MERGE:
            commands.append(Merge(command_id=command_id, market_id=market_id, shares_micro=shares))
        else:
            commands.append(Convert(command_id=command_id, event_id=run.bundle.event_id, market_ids=transfer.market_ids, shares_micro=shares))
        state.deadlines.set(f"transfer {command_id}", at_ns + state.settings.reply_timeout_ns)

    def _finish(self, run: Run, step: Finish, at_ns: Nanos, commands: list[Command]) -> None:
        state = self.state
        state.deadlines.clear(f"bundle {run.bundle_id}")
        count_legs(state, run)
        pledge(state, run.bundle, -1)
        state.bundles.end(run.bundle_id, step.end, step.result_micro, step.why, at_ns)
        state.blotter.unpin(run.orders)
        if step.end is not BundleEnd.COMPLETE:
            state.bundles.rests_until_ns[run.bundle.event_id] = at_ns + REST_NS
        if step.end is BundleEnd.EXPOSED:
            state.alert("bundle exposed", f"{run.bundle_id}: {step.why}; at worst {micro_text(step.result_micro)} dollars are left of it")
        commands.append(BundleEnded(bundle_id=run.bundle_id, end=step.end, result_micro=step.result_micro, why=step.why))


def _least_believed(desk: Desk, bundle: Bundle) -> TokenId:
    """Of the tokens that it trades there, one whose book is not believed, if there is one."""
    tokens = [leg.token for leg in bundle.legs if leg.token in (desk.market.yes, desk.market.no)]
    return next((token for token in tokens if desk.book(token).health is not Health.LIVE), desk.market.yes)


def _spec(wish: Wish, desk: Desk) -> OrderSpec:
    size = cost_in_cents(wish.shares_micro, wish.price_pips) if wish.side is Side.BUY else wish.shares_micro
    return OrderSpec(
        market_id=desk.market.market_id, token=wish.token, side=wish.side, price_pips=wish.price_pips, size_micro=size, lifetime=wish.lifetime
    )
