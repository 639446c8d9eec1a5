"""A tiny venue that tells the truth, late and in its own order: what it does with orders, trades and transfers is drawn from the flow's dice.

Orders arrive, are refused, or are lost with their answers; what rests fills in part or whole; cancels are carried out, refused, or forgotten; trades
settle or fail; transfers are made or refused. It forgets nothing, so that whoever asks is told: about an order, all orders, all trades, a transfer.
"""

import random
from collections.abc import Sequence
from typing import Final

import msgspec

from oms.values import events as e
from oms.values.commands import AskOpenOrders, AskOrder, AskTrades, AskTransfer, Cancel, Command, Convert, Merge, Place, Prepared, Split
from oms.values.market import EventGroup, Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS

CENT_MICRO: Final = 10_000
LOT_MICRO: Final = MICRO // 100
_STAGES = e.SettlementStage


class Held(msgspec.Struct):
    """One order at the venue, or on its way there."""

    order_id: str
    spec: OrderSpec
    left: int
    """In the order's own unit."""
    filled: int = 0
    state: str = "flying"
    """flying, standing, over, refused, absent (it never arrived)."""
    is_told: bool = False
    """Somebody said that it arrived."""
    is_cancelled: bool = False
    """We asked for that."""


class Odds(msgspec.Struct, frozen=True):
    """How likely things are in one turn, of a hundred."""

    answers: int = 75
    refused: int = 4
    silent: int = 6
    """No answer comes; half of such orders never arrived."""
    killed: int = 35
    """An immediate order finds nothing any more."""
    filled: int = 15
    """Of one that rests: in part, or whole."""
    cancelled: int = 65
    cancel_refused: int = 10
    settled: int = 40
    failed: int = 12
    """Of those that settle."""
    moved: int = 60
    moved_not: int = 15  # of the others


class Venue:
    """The socket of one flow."""

    def __init__(self, dice: random.Random, odds: Odds, group: EventGroup, markets: Sequence[Market]) -> None:
        self.dice = dice
        self.odds = odds
        self.group = group
        self.markets = {market.market_id: market for market in markets}
        self.orders: dict[str, Held] = {}
        self.untold: dict[str, list[e.Filled]] = {}
        """Fills of which the word is on its way."""
        self.trades: dict[tuple[str, str], tuple[e.Filled, e.SettlementStage]] = {}
        self.moves: dict[str, Split | Merge | Convert] = {}
        self.moved: dict[str, e.Event] = {}
        """What became of transfers, for who asks."""
        self.questions: list[Command] = []
        self.paid: dict[str, bool] = {}
        self.now_ns = 0
        self.sent: list[Command] = []

    # The socket.

    def prepare(self, commands: Sequence[Command], at_ns: int) -> list[Prepared]:  # noqa: ARG002 (the socket's shape)
        """Names orders `v-<id>`."""
        return [Prepared(command=command, venue_order_id=f"v-{command.order_id}" if isinstance(command, Place) else "") for command in commands]

    def send(self, ready: Sequence[Prepared], at_ns: int) -> None:  # noqa: ARG002 (the socket's shape)
        """On its way."""
        self.sent = [prepared.command for prepared in ready]
        for command in self.sent:
            if isinstance(command, Place):
                assert command.order_id not in self.orders, f"{command.order_id} is sent twice"
                self.orders[command.order_id] = Held(command.order_id, command.spec, command.spec.size_micro)
            elif isinstance(command, Cancel):
                self.orders[command.order_id].is_cancelled = True
            elif isinstance(command, Split | Merge | Convert):
                self.moves[command.command_id] = command
            elif isinstance(command, AskOrder | AskOpenOrders | AskTrades | AskTransfer):
                self.questions.append(command)

    # What happens in a turn.

    def happens(self, now_ns: int) -> list[e.Event]:
        """Everything that is told now."""
        self.now_ns = now_ns
        facts: list[e.Event] = []
        for held in list(self.orders.values()):
            if held.state == "flying" and self._is(self.odds.answers):
                facts += self._arrives(held)
            elif held.state == "standing":
                facts += self._rests(held)
        facts += [fact for order_id in list(self.untold) if self._is(50) for fact in self.untold.pop(order_id)]
        facts += self._settles()
        facts += [fact for command_id in list(self.moves) if (fact := self._moves(command_id)) is not None]
        return facts + self._answers()

    def _is(self, of_a_hundred: int) -> bool:
        return self.dice.random() * 100 < of_a_hundred

    def _arrives(self, held: Held) -> list[e.Event]:
        if held.spec.market_id in self.paid or self._is(self.odds.refused):
            held.state = "refused"
            return [_refusal(held)]
        if not self._is(self.odds.silent):
            return self._enters(held)
        if self._is(50):
            held.state = "absent"
        else:
            held.state = "standing"
            if held.spec.is_immediate:
                self._executes(held)
        return [e.ReplyLost(order_id=held.order_id)] if self._is(50) else []

    def _enters(self, held: Held) -> list[e.Event]:
        """It stands, or trades at once; its fills are told now, or a little later."""
        held.state, held.is_told = "standing", True
        facts: list[e.Event] = [e.Acked(order_id=held.order_id, venue_order_id=f"v-{held.order_id}")]
        if held.spec.is_immediate:
            self._executes(held)
            if self._is(80):
                facts += self.untold.pop(held.order_id, [])
            if held.left:
                facts.append(e.CancelDone(order_id=held.order_id, why="killed", filled_micro=held.filled))
        return facts

    def _executes(self, held: Held) -> None:
        """An immediate order takes what there is, and is over."""
        if not self._is(self.odds.killed):
            better = self.dice.choice((0, 0, 0, 100, 300))
            price = held.spec.price_pips + (-better if held.spec.side is Side.BUY else better)
            part = 1.0 if held.spec.lifetime is Lifetime.FOK else self.dice.choice((0.3, 0.7, 1.0, 1.0))
            self._fills(held, part, price if 0 < price < PRICE_ONE_PIPS else held.spec.price_pips)
        held.state = "over"

    def _rests(self, held: Held) -> list[e.Event]:
        """It fills, is cancelled, or nothing happens."""
        if self._is(self.odds.filled):
            self._fills(held, self.dice.choice((0.25, 0.5, 1.0)), held.spec.price_pips)
            if not held.left:
                held.state = "over"
            return [*self.untold.pop(held.order_id, [])] if self._is(85) else []
        if not held.is_cancelled:
            return []
        if self._is(self.odds.cancel_refused):
            held.is_cancelled = False
            return [e.CancelRefused(order_id=held.order_id, why="matched")]
        if self._is(self.odds.cancelled):
            held.state = "over"
            return [e.CancelDone(order_id=held.order_id, filled_micro=held.filled)] if self._is(90) else []
        return []

    def _fills(self, held: Held, part: float, price_pips: int) -> None:
        """So much of what is left trades, in whole lots or cents, at this price."""
        spec, market = held.spec, self.markets[held.spec.market_id]
        unit = CENT_MICRO if spec.is_in_cash else LOT_MICRO
        amount = held.left if part >= 1 else int(held.left * part) // unit * unit
        if amount <= 0:
            return
        cash = amount if spec.is_in_cash else amount * price_pips // PRICE_ONE_PIPS
        shares = amount * PRICE_ONE_PIPS // price_pips if spec.is_in_cash else amount
        held.left -= amount
        held.filled += shares
        fee = market.fee.fee_cash_micro(shares, price_pips) if spec.is_immediate else 0
        fill = e.Filled(
            order_id=held.order_id,
            trade_id=f"t{len(self.trades) + 1}",
            price_pips=price_pips,
            shares_micro=shares,
            cash_micro=cash,
            fee_cash_micro=fee,
            is_maker=not spec.is_immediate,
            exchange_ns=self.now_ns,
        )
        self.trades[fill.trade_id, held.order_id] = fill, _STAGES.MATCHED
        self.untold.setdefault(held.order_id, []).append(fill)

    def _settles(self) -> list[e.Event]:
        """Trades of which we know become final, or take a step; where the market has paid none fails any more, as payouts come long after trading."""
        facts: list[e.Event] = []
        for (trade_id, order_id), (fill, stage) in self.trades.items():
            if stage in (_STAGES.CONFIRMED, _STAGES.FAILED) or order_id in self.untold or not self._is(self.odds.settled):
                continue
            after = _STAGES.CONFIRMED if stage is not _STAGES.MATCHED or self._is(60) else _STAGES.MINED
            if self._is(self.odds.failed) and self.orders[order_id].spec.market_id not in self.paid:
                after = _STAGES.FAILED
            self.trades[trade_id, order_id] = fill, after
            facts.append(e.SettlementMoved(trade_id=trade_id, order_id=order_id, stage=after))
        return facts

    def _moves(self, command_id: str) -> e.Event | None:
        """A transfer is made, or refused, or goes on."""
        if self._is(self.odds.moved):
            fact = self._made(self.moves[command_id])
        elif self._is(self.odds.moved_not):
            fact = e.TransferRefused(command_id=command_id, why="the chain says no")
        else:
            return None
        del self.moves[command_id]
        self.moved[command_id] = fact
        return fact if self._is(90) else None

    def _made(self, asked: Split | Merge | Convert) -> e.Event:
        names = asked.market_ids if isinstance(asked, Convert) else (asked.market_id,)
        if any(name in self.paid for name in names):
            return e.TransferRefused(command_id=asked.command_id, why="its market has paid")
        if not isinstance(asked, Convert):
            sign = 1 if isinstance(asked, Split) else -1
            return e.SetsChanged(market_id=asked.market_id, shares_micro=sign * asked.shares_micro, command_id=asked.command_id)
        kept = asked.shares_micro - asked.shares_micro * (self.group.conversion_fee_bps or 0) // 10_000
        return e.Converted(
            event_id=asked.event_id,
            market_ids=asked.market_ids,
            shares_micro=asked.shares_micro,
            cash_micro=(len(asked.market_ids) - 1) * kept,
            yes_market_ids=tuple([name for name in self.group.market_ids if name not in asked.market_ids and name not in self.paid]),
            yes_micro=kept,
            command_id=asked.command_id,
        )

    # What it is asked.

    def _answers(self) -> list[e.Event]:
        questions, self.questions = self.questions, []
        facts: list[e.Event] = []
        for asked in questions:
            if isinstance(asked, AskOrder):
                facts += self._about(self.orders[asked.order_id])
            elif isinstance(asked, AskTransfer):
                facts += [self.moved[asked.command_id]] if asked.command_id in self.moved else []
            elif isinstance(asked, AskOpenOrders):
                facts.append(
                    e.OpenOrdersReported(
                        orders=tuple([_row(held) for held in self.orders.values() if held.state == "standing"]), asked_ns=asked.asked_ns
                    )
                )
            elif isinstance(asked, AskTrades):
                facts.append(self._all_trades(asked))
        return facts

    def _about(self, held: Held) -> list[e.Event]:
        """The whole truth about one order; nothing while it is on its way."""
        facts: list[e.Event] = [fill for (_, order_id), (fill, _) in self.trades.items() if order_id == held.order_id]
        self.untold.pop(held.order_id, None)
        if held.state == "standing":
            return [e.Acked(order_id=held.order_id, venue_order_id=f"v-{held.order_id}"), *facts]
        if held.state in {"absent", "refused"}:
            return [e.ProvenAbsent(order_id=held.order_id) if held.state == "absent" else _refusal(held)]
        return [*facts, e.CancelDone(order_id=held.order_id, filled_micro=held.filled)] if held.state == "over" else []

    def _all_trades(self, asked: AskTrades) -> e.TradesReported:
        self.untold.clear()
        fills = tuple([fill for fill, _ in self.trades.values()])
        steps = [e.SettlementMoved(trade_id=trade, order_id=order, stage=stage) for (trade, order), (_, stage) in self.trades.items()]
        return e.TradesReported(fills=fills, settlements=tuple(steps), since_ns=0, asked_ns=asked.asked_ns)

    def pays(self, market_id: str, *, yes: bool) -> list[e.Event]:
        """A market pays: nothing stands or moves there any more. Payouts come long after trading, so all its fills are told before."""
        self.paid[market_id] = yes
        facts: list[e.Event] = []
        for held in self.orders.values():
            if held.spec.market_id == market_id:
                facts += self.untold.pop(held.order_id, [])
                held.state = "over" if held.state in {"standing", "flying"} else held.state
        return facts


def _refusal(held: Held) -> e.Rejected:
    return e.Rejected(order_id=held.order_id, why="the venue says no")


def _row(held: Held) -> e.OpenOrder:
    spec = held.spec
    return e.OpenOrder(
        venue_order_id=f"v-{held.order_id}",
        token=spec.token,
        side=spec.side,
        price_pips=spec.price_pips,
        shares_micro=spec.shares_micro,
        filled_micro=held.filled,
    )
