"""What a person says, turned into facts: checked against the state first, so that whatever cannot be done is refused in words and changes nothing."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from connectors.operator.control import protocol as p
from connectors.polymarket.amounts import UnfitOrder, amounts
from oms.decide_by_hand import verdict
from oms.machines.bundle_sums import cost_in_cents
from oms.machines.risk import Approved
from oms.machines.session import OperatorPhase
from oms.state import EventLine, State, StrategyLine
from oms.values import events as e
from oms.values.orders import Lifetime, OrderId, OrderSpec, Side
from oms.values.texts import one_line
from oms.values.units import MICRO, PRICE_ONE_PIPS, SIZE_MICRO_MAX, Nanos

CONFIRMATIONS_MAX: Final = 100
WHY_SIGNS_MAX: Final = 200
Said = tuple[bool, str, str]
"""(is it done or to be confirmed, in words, the word that confirms it)."""


class Refusal(ValueError):
    """It cannot be done; the message says why and what would do."""


class Instructions:
    """Carries instructions out for one run.

    Args:
        state: of the engine; only read.
        tell: hands facts to the engine, for its next turn.
        kill: halts for good; says at once what was begun.
    """

    def __init__(self, state: State, tell: Callable[[e.Event], None], kill: Callable[[str], str]) -> None:
        self._state = state
        self._tell = tell
        self._kill = kill
        self._confirmable: dict[str, tuple[p.PlaceOrder, float, str]] = {}
        self._table: Mapping[type, Callable[[Any, str, Nanos], Said]] = {
            p.Pause: self._pause,
            p.Resume: self._resume,
            p.Kill: self._killed,
            p.PauseMarket: self._pause_market,
            p.ResumeMarket: self._resume_market,
            p.CancelOrder: self._cancel_order,
            p.CancelMarket: self._cancel_market,
            p.CancelAll: self._cancel_all,
            p.SetParams: self._set_params,
            p.PlaceOrder: self._place_order,
            p.Confirm: self._confirm,
        }

    def carry_out(self, instruction: p.Instruction, client: str, at_ns: Nanos) -> Said:
        """Do it, or say why not."""
        try:
            return self._table[type(instruction)](instruction, client, at_ns)
        except Refusal as refusal:
            return False, str(refusal), ""

    # All of it.

    def _pause(self, said: p.Pause, client: str, _at_ns: Nanos) -> Said:
        session = self._state.session
        if session.operator is OperatorPhase.HALTED:
            raise Refusal(f"it is halted already: {session.why}")
        self._tell(e.Paused(why=_why(said.why, client), by=client))
        return True, f"paused: no new orders; {_orders(self._state.blotter.open_count)} cancelled", ""

    def _resume(self, said: p.Resume, client: str, _at_ns: Nanos) -> Said:
        session = self._state.session
        if session.operator is OperatorPhase.HALTED:
            raise Refusal(f"it is halted: {session.why}. Look at it, then `run_bot.py resume` and a new start")
        # Told in any case: a pause that was said a moment ago may not have reached the engine yet.
        self._tell(e.Resumed(why=_why(said.why, client), by=client))
        return True, "it was not paused" if session.operator is OperatorPhase.RUNNING else "resumed: strategies trade again", ""

    def _killed(self, said: p.Kill, client: str, _at_ns: Nanos) -> Said:
        return True, self._kill(f"kill from the {client}" + (f": {one_line(said.why, WHY_SIGNS_MAX)}" if said.why else "")), ""

    # Markets and orders.

    def _pause_market(self, said: p.PauseMarket, client: str, _at_ns: Nanos) -> Said:
        title = self._title(said.market_id)
        self._tell(e.MarketPaused(market_id=said.market_id, why=_why(said.why, client)))
        return True, f"paused: no strategy trades in {title}; what strategies have there is cancelled", ""

    def _resume_market(self, said: p.ResumeMarket, client: str, _at_ns: Nanos) -> Said:
        title, desk = self._title(said.market_id), self._state.desks[said.market_id]
        self._tell(e.MarketResumed(market_id=said.market_id, why=_why(said.why, client)))  # as in _resume
        if said.market_id not in self._state.by_hand.paused and not desk.quarantine:
            return True, f"{title} was neither paused nor quarantined", ""
        was = f" (it was quarantined: {desk.quarantine})" if desk.quarantine else ""
        return True, f"resumed: strategies trade in {title} again{was}", ""

    def _cancel_order(self, said: p.CancelOrder, client: str, _at_ns: Nanos) -> Said:
        order = self._state.blotter.find(said.order_id)
        if order is None:
            raise Refusal(f"there is no order {said.order_id[:80]!r} (or it ended long ago)")
        if order.is_terminal:
            raise Refusal(f"order {said.order_id} is over: {order.state.name}")
        return self._cancel((said.order_id,), client)

    def _cancel_market(self, said: p.CancelMarket, client: str, _at_ns: Nanos) -> Said:
        self._title(said.market_id)
        return self._cancel(tuple(self._state.blotter.open_orders(said.market_id)), client)

    def _cancel_all(self, _said: p.CancelAll, client: str, _at_ns: Nanos) -> Said:
        return self._cancel(tuple(order.order_id for order in self._state.blotter.all_open()), client)

    def _cancel(self, order_ids: tuple[OrderId, ...], client: str) -> Said:
        if not order_ids:
            return True, "nothing is open there", ""
        self._tell(e.CancelAsked(order_ids=order_ids, why=f"from the {client}"))
        again = "" if self._state.session.operator is not OperatorPhase.RUNNING else "; a strategy that wants them places others (pause it first)"
        return True, f"{_orders(len(order_ids))} cancelled{again}", ""

    # Parameters.

    def _set_params(self, said: p.SetParams, client: str, _at_ns: Nanos) -> Said:
        settings = self._state.settings
        lines: list[StrategyLine | EventLine] = [*settings.strategies, *settings.event_strategies]
        line = next((line for line in lines if line.name == said.strategy), None)
        if line is None:
            raise Refusal(f"no strategy {said.strategy[:80]!r} is at work; these are: {', '.join(one.name for one in lines) or 'none'}")
        if line.remake is None:
            raise Refusal(f"the parameters of {line.name} cannot be changed while it runs")
        try:
            remade = line.remake(said.values)
        except (ValueError, LookupError) as error:
            raise Refusal(str(error)) from None
        before, after = msgspec.to_builtins(line.params), msgspec.to_builtins(remade.params)
        changed = [f"{name} {before[name]} → {after[name]}" for name in after if before[name] != after[name]]
        if not changed:
            return True, "that is how it is set already", ""
        self._tell(e.ParamsSet(strategy=line.name, values={name: after[name] for name in said.values}))
        return True, f"{line.name}: {', '.join(changed)}, until the process ends (from the {client})", ""

    # Orders by hand.

    def _place_order(self, said: p.PlaceOrder, client: str, at_ns: Nanos) -> Said:
        spec = self._spec(said)
        judged = verdict(self._state, spec, at_ns)
        if not isinstance(judged, Approved):
            raise Refusal(f"the gate says no: {judged.value}")
        self._must_fit(spec)
        now_s = time.monotonic()
        self._confirmable = {word: kept for word, kept in self._confirmable.items() if kept[1] > now_s}
        if len(self._confirmable) >= CONFIRMATIONS_MAX:
            raise Refusal(f"{CONFIRMATIONS_MAX} orders wait for their confirmation; wait until they are forgotten")
        word = secrets.token_hex(4)
        self._confirmable[word] = (said, now_s + p.CONFIRM_S, client)
        return True, f"{self._in_words(said, spec)}; confirm within {p.CONFIRM_S} s", word

    def _confirm(self, said: p.Confirm, client: str, at_ns: Nanos) -> Said:
        wanted, until_s, asker = self._confirmable.pop(said.word, (None, 0.0, ""))
        if wanted is None or until_s < time.monotonic() or asker != client:
            raise Refusal(f"nothing waits for this word; it is good once, for {p.CONFIRM_S} s. Ask anew")
        spec = self._spec(wanted)
        judged = verdict(self._state, spec, at_ns)
        if not isinstance(judged, Approved):
            raise Refusal(f"the gate says no by now: {judged.value}")
        self._tell(e.OrderAsked(spec=spec, why=f"by hand from the {client}"))
        return True, f"sent: {self._in_words(wanted, spec)}", ""

    def _spec(self, said: p.PlaceOrder) -> OrderSpec:
        self._title(said.market_id)
        market = self._state.desks[said.market_id].market
        tokens, sides = {"YES": market.yes, "NO": market.no}, {side.value: side for side in Side}
        if said.outcome not in tokens or said.side not in sides:
            raise Refusal(f"{said.side[:80]!r} {said.outcome[:80]!r}: write BUY or SELL, and YES or NO")
        if not 0 < said.price_pips < PRICE_ONE_PIPS or not 0 < said.shares_micro <= SIZE_MICRO_MAX:
            raise Refusal("the price must be between 0 and 1 dollar, and the shares above zero and below anything a venue holds")
        side = sides[said.side]
        in_cash = said.takes and side is Side.BUY  # what takes at once is an amount of cash when it buys (polymarket.md §4.1)
        return OrderSpec(
            market_id=said.market_id,
            token=tokens[said.outcome],
            side=side,
            price_pips=said.price_pips,
            size_micro=cost_in_cents(said.shares_micro, said.price_pips) if in_cash else said.shares_micro,
            lifetime=Lifetime.FOK if said.takes else Lifetime.GTC,
            post_only=not said.takes,
        )

    def _must_fit(self, spec: OrderSpec) -> None:
        """What the venue's own integers cannot say is refused here, where a person reads it, and not by the venue, which would hold the market up."""
        desk = self._state.desks[spec.market_id]
        try:
            amounts(spec, msgspec.structs.replace(desk.market, tick_pips=desk.book(spec.token).tick_pips))
        except UnfitOrder as error:
            raise Refusal(f"the venue would refuse it: {error}") from None

    def _in_words(self, said: p.PlaceOrder, spec: OrderSpec) -> str:
        how = "fills at once and whole, or not at all" if said.takes else "rests, and never takes"
        money = f"{'costs at most' if spec.side is Side.BUY else 'brings at least'} ${spec.cost_micro / MICRO:,.2f} before fees"
        what = f"{said.side} {said.shares_micro / MICRO:,.2f} {said.outcome} at ${said.price_pips / PRICE_ONE_PIPS:.4f}"
        return f"{what} in {self._title(said.market_id)}; {how}; {money}"

    def _title(self, market_id: str) -> str:
        desk = self._state.desks.get(market_id)
        if desk is None:
            raise Refusal(f"there is no market {market_id[:80]!r} here")
        return f"“{desk.market.title}”"


def _why(said: str, client: str) -> str:
    """A person's reason as it goes into every order that is cancelled for it."""
    return one_line(said, WHY_SIGNS_MAX) or f"from the {client}"


def _orders(count: int) -> str:
    return f"{count} {'order is' if count == 1 else 'orders are'} being"
