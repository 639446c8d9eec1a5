"""What to ask for: deadlines first, then each dirty market once. The order of calls is all that is written here; the rules are in the machines.

For a market: build the frozen snapshot, ask the strategy, subtract what rests, pass each new order through the gate, reserve, and only then is
there a Place. Cancels go before places, because they free what the places need.
"""

import msgspec

from oms.decide_audit import ask, audit
from oms.decide_bundles import BundleDecider
from oms.decide_by_hand import carry_out, watch_out
from oms.machines.by_hand import BY_HAND
from oms.machines.ladder import VIEW_DEPTH
from oms.machines.lifecycle import State as OrderState
from oms.machines.quoting import difference
from oms.machines.risk import Approved
from oms.orders_out import cancelled, opened, situation_of
from oms.snapshots import snapshot_of
from oms.state import Desk, State, StrategyLine
from oms.values.commands import AskTransfer, Cancel, Command
from oms.values.decisions import Decision, Quote, Quotes, StandAside
from oms.values.market import Market, MarketId
from oms.values.orders import OrderId, OrderSpec
from oms.values.record import BundleMade, Made, Verdict
from oms.values.snapshot import STALE_DOUBTS
from oms.values.units import Nanos

_STALE = int(STALE_DOUBTS)


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one decide()."""

    commands: tuple[Command, ...]
    decisions: tuple[Made | BundleMade, ...]
    """Those that led to a command."""


NOTHING = Decided(commands=(), decisions=())


class Decider:
    """Reads the state, asks strategies, opens orders."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._bundles = BundleDecider(state)
        self._is_guarded = state.settings.guards.any_set
        self._learn()

    def _learn(self) -> None:
        """What the settings say, again when a person changed them."""
        self._settings = settings = self.state.settings
        self._names = (*[line.name for line in settings.strategies], *[line.name for line in settings.event_strategies])
        # Where a source shows our own orders, somebody else's best may stand below ours: then the touch alone does not tell what is seen.
        self._levels = VIEW_DEPTH if settings.own_orders_in_book else max((line.levels for line in settings.strategies), default=0)

    def decide(self, at_ns: Nanos) -> Decided:
        """Everything that should be asked for now."""
        state = self.state
        commands: list[Command] = []
        decisions: list[Made] = []
        if state.settings is not self._settings:
            self._learn()
        next_ns = state.deadlines.next_ns()
        if next_ns is not None and next_ns <= at_ns:
            for key in state.deadlines.take_due(at_ns):
                self._meet(key, at_ns, commands)
        if self._is_guarded and state.guard.is_due(at_ns):
            watch_out(state, at_ns)
        if state.by_hand.is_waiting:
            carry_out(state, at_ns, commands)
        if state.bundles.in_flight:
            self._bundles.step_all(at_ns, commands)
        if state.dirty:
            desks = [state.dirty.pop(market_id) for market_id in self._next_markets()]
            for desk in desks:
                desk.dirty = False
            if state.settings.event_strategies:
                self._bundles.look(desks, at_ns, commands)
            for desk in desks:
                self._decide_market(desk, at_ns, commands, decisions)
        if state.alerts:
            commands.extend(state.alerts)
            state.alerts.clear()
        return Decided(commands=tuple(commands), decisions=(*self._bundles.made(), *decisions)) if commands else NOTHING

    def _next_markets(self) -> list[MarketId]:
        """Those to look at in this turn: all, or, when it would be too much, the nearest to an arbitrage first and then in the order of arrival."""
        state = self.state
        most = state.settings.evaluations_max
        if len(state.dirty) <= most or not len(state.watch):
            return list(state.dirty)[:most]
        first: dict[MarketId, None] = {}
        for near in state.watch.nearest():
            group = state.groups.get(near.event_id)
            first.update(dict.fromkeys([name for name in (group.market_ids if group else ()) if name in state.dirty]))
            if len(first) >= most:
                break
        return list({**first, **dict.fromkeys(state.dirty)})[:most]

    def _meet(self, key: str, at_ns: Nanos, commands: list[Command]) -> None:
        """One deadline: what kind it is stands before the space."""
        state = self.state
        kind, _, name = key.partition(" ")
        if kind == "silence":
            state.silence(at_ns)
        elif kind == "ask":
            order = state.blotter.find(name)
            if order is not None:
                ask(state, order, at_ns, commands)
        elif kind == "undead":
            commands.append(Cancel(order_id=name, why="the venue lists it, though it was over"))
        elif kind == "audit":
            audit(state, at_ns, commands)
        elif kind == "transfer":
            if state.bundles.is_open(name):
                commands.append(AskTransfer(command_id=name, sent_ns=state.bundles.asked_ns(name)))
                state.deadlines.set(key, at_ns + state.settings.ask_again_ns)
        elif kind == "bundle":
            pass  # bundles in flight are looked at in every turn
        elif kind in {"end", "look", "held"}:
            desk = state.desks[name]
            if kind == "end":
                desk.closed = True
            state.soil(desk)
        else:
            raise AssertionError(f"a deadline of no known kind: {key}")

    def _decide_market(self, desk: Desk, at_ns: Nanos, commands: list[Command], decisions: list[Made]) -> None:
        state = self.state
        seen = self._seen(desk)
        if seen == desk.seen:
            return
        desk.seen = seen
        nothing = self._stop_reason(desk)
        paused = state.by_hand.paused.get(desk.market.market_id)
        stop = nothing or ("" if paused is None else f"paused by hand: {paused}")
        if stop and not state.blotter.open_orders(desk.market.market_id):
            return
        self._cancel_orphans(desk, nothing, at_ns, commands)
        snapshot = snapshot_of(state, desk, at_ns)
        look_ns: Nanos | None = None
        for line in state.settings.strategies:
            decision = StandAside(why=stop) if stop else line.evaluate(snapshot, line.params)
            if isinstance(decision, Quotes) and decision.look_again_ns is not None and decision.look_again_ns > at_ns:
                look_ns = decision.look_again_ns if look_ns is None else min(look_ns, decision.look_again_ns)
            first = len(commands)
            verdicts = self._pursue(desk, line, decision, at_ns, commands)
            last = len(commands)
            if last > first:
                decisions.append(Made(strategy=line.name, snapshot=snapshot, decision=decision, verdicts=tuple(verdicts), first=first, last=last))
        if look_ns is not None:
            state.deadlines.set(f"look {desk.market.market_id}", look_ns)

    def _seen(self, desk: Desk) -> tuple[object, ...]:
        """As much of both books as the strategies look at: the same again is not worth asking about."""
        yes, no = desk.yes, desk.no
        if self._levels > 1 or desk.debts:
            return yes.top_bids(), yes.top_asks(), no.top_bids(), no.top_asks(), yes.doubts, no.doubts
        prices = (yes.best_bid, yes.best_ask, no.best_bid, no.best_ask, yes.doubts, no.doubts)
        return (*prices, yes.touch_sizes(), no.touch_sizes()) if self._levels else prices

    def _stop_reason(self, desk: Desk) -> str:
        """Why no strategy is asked about this market; empty when they are."""
        if desk.quarantine:
            return f"quarantined: {desk.quarantine}"
        if desk.closed:
            return "the market is closed"
        if (desk.yes.doubts | desk.no.doubts) & _STALE:
            return "a book is STALE: what rests there rests unseen"
        if not self.state.session.may_quote:
            return f"the session is {self.state.session.name}: {self.state.session.why}"
        return ""

    def _pursue(self, desk: Desk, line: StrategyLine, decision: Decision, at_ns: Nanos, commands: list[Command]) -> list[Verdict]:
        """From what is wanted to commands; what the gate said to each new order."""
        state = self.state
        wanted = decision if isinstance(decision, Quotes) else None
        standing = state.blotter.open_orders(desk.market.market_id)
        mine = [order for order in standing.values() if order.strategy == line.name]
        sellable = {token: state.inventory.sellable(token) for token in (desk.market.yes, desk.market.no)} if wanted is not None else {}
        todo = difference(wanted, mine, standing.values(), desk.market.yes, sellable)
        for order in todo.cancels:
            if order.order_id not in state.owed_fills:  # what is over at the venue and only owes us its fills cannot be cancelled any more
                commands.append(cancelled(state, order, decision.why, at_ns))
        return [self._place(desk, line, quote, at_ns, commands) for quote in todo.places]

    def _cancel_orphans(self, desk: Desk, stop: str, at_ns: Nanos, commands: list[Command]) -> None:
        """Orders of a strategy that is not at work any more (recovered under other settings) belong to nobody who would ever take them away.

        Those that a person placed stay, but where nothing may stand at all.
        """
        state = self.state
        for order in list(state.blotter.open_orders(desk.market.market_id).values()):
            if order.state is not OrderState.LIVE or order.strategy in self._names or order.order_id in state.owed_fills:
                continue
            if order.strategy != BY_HAND:
                commands.append(cancelled(state, order, f"no strategy named {order.strategy} is at work", at_ns))
            elif stop:
                commands.append(cancelled(state, order, stop, at_ns))

    def _place(self, desk: Desk, line: StrategyLine, quote: Quote, at_ns: Nanos, commands: list[Command]) -> Verdict:
        state = self.state
        market = desk.market
        spec = OrderSpec(
            market_id=market.market_id,
            token=quote.token,
            side=quote.side,
            price_pips=quote.price_pips,
            size_micro=quote.shares_micro,
            post_only=True,
        )
        verdict = state.gate.review(spec, situation_of(state, desk, quote.token, at_ns))
        if not isinstance(verdict, Approved):
            state.refusals[verdict.reason] += 1
            return _verdict(quote, market, refused=verdict.reason.name)
        place = opened(state, verdict, line.name, quote.why)
        commands.append(place)
        return _verdict(quote, market, order_id=place.order_id, reserve_micro=verdict.reserve_micro)


def _verdict(quote: Quote, market: Market, *, order_id: OrderId = "", reserve_micro: int = 0, refused: str = "") -> Verdict:
    return Verdict(
        is_yes=quote.token == market.yes,
        side=quote.side,
        price_pips=quote.price_pips,
        shares_micro=quote.shares_micro,
        order_id=order_id,
        reserve_micro=reserve_micro,
        refused=refused,
    )
