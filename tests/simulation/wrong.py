"""Intentionally wrong order management, one mistake each, as small changes of the right engine: what the auditor must catch (A/B contrast).

Each mistake is one that somebody made with real money: the texts behind requirements 3.x name most of them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from config.assembly.chaos_process import MortalTurner
from oms.apply import Applier
from oms.decide import Decided, Decider
from oms.engine import Engine
from oms.journal import SqliteJournal
from oms.machines.blotter import Order
from oms.machines.ledger import CASH, Role
from oms.machines.lifecycle import State as OrderState
from oms.machines.risk import reserve_micro
from oms.state import EngineSettings, State, fill_transfer_id
from oms.values.commands import AskOpenOrders, AskOrder, AskTrades, Place, Prepared
from oms.values.events import (
    BalancesReported,
    CancelDone,
    Event,
    Filled,
    OpenOrdersReported,
    ProvenAbsent,
    Restarted,
    SettlementMoved,
    SettlementStage,
    TradesReported,
)
from oms.values.units import Nanos
from tests.simulation.words_chaos import Watched


class ForgetsWhenNoAnswerComes(Engine):
    """Silence is taken for no: what has to be asked about is dropped at once."""

    patience = 0
    """Questions without an answer that an order survives."""

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        self._asked: Counter[str] = Counter()

    def decide(self, at_ns: Nanos) -> Decided:
        """As ever, and forget."""
        decided = super().decide(at_ns)
        for command in decided.commands:
            if isinstance(command, AskOrder):
                self._asked[command.order_id] += 1
                if self._asked[command.order_id] > self.patience:
                    self.apply(ProvenAbsent(order_id=command.order_id), at_ns)
        return decided


class ForgetsWhenTheQueryFails(ForgetsWhenNoAnswerComes):
    """It asks, but a question that failed counts as an answer."""

    patience = 1


class SendsAgain(Engine):
    """After a timeout the same order is placed once more."""

    def decide(self, at_ns: Nanos) -> Decided:
        """As ever, and once more."""
        decided = super().decide(at_ns)
        asked = [order for command in decided.commands if isinstance(command, AskOrder) and (order := self.state.blotter.find(command.order_id))]
        again = [self.again(order) for order in asked if order.state is OrderState.UNKNOWN]
        return msgspec.structs.replace(decided, commands=(*decided.commands, *again))

    def again(self, order: Order) -> Place:
        """The order once more."""
        return Place(order_id=order.order_id, spec=order.spec, strategy=order.strategy, why="no answer: once more")

    def sent(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """An order that is sent again was SENT before."""
        super().sent([prepared for prepared in ready if not self._was_sent(prepared)], at_ns)

    def _was_sent(self, prepared: Prepared) -> bool:
        order = self.state.blotter.find(prepared.command.order_id) if isinstance(prepared.command, Place) else None
        return order is not None and order.state is not OrderState.STAGED


class SendsAgainUnderANewName(SendsAgain):
    """After a timeout the same wish is sent as a new order, which no gate has seen, beside the old one."""

    def again(self, order: Order) -> Place:
        """The wish once more."""
        state = self.state
        state.order_count += 1
        order_id = f"{state.settings.order_prefix}{state.order_count}"
        twin = state.blotter.open(order_id, order.spec, order.strategy, order.why)
        state.inventory.track(twin, reserve_micro(order.spec, state.desks[order.spec.market_id].market))
        return Place(order_id=order_id, spec=order.spec, strategy=order.strategy, why="no answer: once more")


class Mishears(Engine):
    """Takes every fill and every settlement step by itself, however it was told, and makes of it what `misheard` says."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """Take one fact in, wrongly."""
        if isinstance(event, Filled | SettlementMoved):
            for fact in self.misheard(event):
                super().apply(fact, at_ns)
        elif isinstance(event, TradesReported):
            for fill in event.fills:
                self.apply(fill, at_ns)
            for step in event.settlements:
                self.apply(step, at_ns)
            super().apply(msgspec.structs.replace(event, fills=(), settlements=()), at_ns)
        else:
            super().apply(event, at_ns)

    def misheard(self, fact: Filled | SettlementMoved) -> list[Filled | SettlementMoved]:
        """What is made of it."""
        return [fact]


class CountsPartFillsTwice(Mishears):
    """A fill that is not the last counts once from the order's own message and once from the trade's."""

    def misheard(self, fact: Filled | SettlementMoved) -> list[Filled | SettlementMoved]:
        """Twice, where there is room for two."""
        order = self.state.blotter.find(fact.order_id)
        if not isinstance(fact, Filled) or order is None or order.filled_micro + 2 * fact.shares_micro > order.spec.size_micro:
            return [fact]
        return [fact, msgspec.structs.replace(fact, trade_id=f"{fact.trade_id} again")]


class CountsDoubledTradesTwice(Mishears):
    """Nobody looks at the trade's id."""

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        self._told: Counter[str] = Counter()

    def misheard(self, fact: Filled | SettlementMoved) -> list[Filled | SettlementMoved]:
        """A trade told again is another trade."""
        if not isinstance(fact, Filled):
            return [fact]
        self._told[fact.trade_id] += 1
        return [msgspec.structs.replace(fact, trade_id=f"{fact.trade_id}{' again' * (self._told[fact.trade_id] - 1)}")]


class VoidsOnCancelAck(Mishears):
    """A cancel that is confirmed ends the order for good: a fill that comes after it is thrown away."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """How much the venue filled is not looked at."""
        super().apply(msgspec.structs.replace(event, filled_micro=None) if isinstance(event, CancelDone) else event, at_ns)

    def misheard(self, fact: Filled | SettlementMoved) -> list[Filled | SettlementMoved]:
        """Nothing, of an order that is over."""
        order = self.state.blotter.find(fact.order_id)
        return [] if order is not None and order.state is OrderState.CANCELLED and fact.trade_id not in order.fills else [fact]


class TakesAbsenceForDeath(Engine):
    """What is not on the page of open orders is gone, however old or short the page is."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """Bury what is missing."""
        super().apply(event, at_ns)
        if isinstance(event, OpenOrdersReported):
            listed = {row.venue_order_id: True for row in event.orders}
            for order in self.state.blotter.all_open():
                if order.venue_order_id not in listed and 0 < order.sent_ns < event.asked_ns:
                    super().apply(ProvenAbsent(order_id=order.order_id), at_ns)


class UndoesFailuresTwice(Mishears):
    """Every word that a trade failed takes the money back."""

    def misheard(self, fact: Filled | SettlementMoved) -> list[Filled | SettlementMoved]:
        """Reverse what is reversed."""
        ledger, done = self.state.ledger, fill_transfer_id(fact.trade_id, fact.order_id)
        if isinstance(fact, SettlementMoved) and fact.stage is SettlementStage.FAILED and f"{done}/reversed" in ledger._applied:
            ledger.post(f"{done}/reversed {ledger.transfer_count}", ledger._applied[f"{done}/reversed"])
        return [fact]


class NeverUndoesFailures(Mishears):
    """Matched is settled."""

    def misheard(self, fact: Filled | SettlementMoved) -> list[Filled | SettlementMoved]:
        """Nothing, when it failed."""
        return [] if isinstance(fact, SettlementMoved) and fact.stage is SettlementStage.FAILED else [fact]


class ForgetfulState(State):
    """Sets nothing aside for an order of which nobody knows whether it stands."""

    def settle_reservation(self, order: Order) -> None:
        """As ever, but for the unknown."""
        super().settle_reservation(order)
        if order.state is OrderState.UNKNOWN:
            self.ledger.void(order.order_id)
            old = self.inventory._contributions.pop(order.order_id, None)
            if old is not None:
                self.inventory._count(old, -1)
                self.inventory._reckon(self.inventory._tokens[order.spec.token][0])


class ForgetsReservations(Engine):
    """Orders of unknown outcome count for nothing in the limits."""

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        self.state = ForgetfulState(settings)
        self._applier = Applier(self.state)
        self._decider = Decider(self.state)


class CountsOnSettlement(Engine):
    """What was matched is taken for settled when limits are asked: nobody thinks that a trade which helps may fail."""

    def decide(self, at_ns: Nanos) -> Decided:
        """As ever, with the hopes left out of what is reckoned."""
        books = list(self.state.inventory._markets.values())
        hopes = [(book.hope_yes, book.hope_no) for book in books]
        for book in books:
            book.hope_yes = book.hope_no = 0
            self.state.inventory._reckon(book)
        decided = super().decide(at_ns)
        for book, (hope_yes, hope_no) in zip(books, hopes, strict=True):
            book.hope_yes, book.hope_no = hope_yes, hope_no
            self.state.inventory._reckon(book)
        return decided


class BooksTheBalance(Engine):
    """The venue's word on what we hold is written into the books."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """Make the ledger say the same."""
        super().apply(event, at_ns)
        if isinstance(event, BalancesReported) and event.cash_micro is not None:
            ledger = self.state.ledger
            more = event.cash_micro - ledger.total(CASH)
            if more:
                source, target = (Role.WORLD, Role.FREE) if more > 0 else (Role.FREE, Role.WORLD)
                ledger.post(f"balance {ledger.transfer_count}", [(CASH, source, target, abs(more))])


class StartsAfresh(Engine):
    """After a start nothing stands: the process before would have cancelled."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """Bury everything."""
        super().apply(event, at_ns)
        if isinstance(event, Restarted):
            for order in self.state.blotter.all_open():
                super().apply(ProvenAbsent(order_id=order.order_id), at_ns)


class NeverAsks(Engine):
    """Waits for answers and asks no questions."""

    def decide(self, at_ns: Nanos) -> Decided:
        """As ever, without questions."""
        decided = super().decide(at_ns)
        if any(isinstance(command, AskOrder | AskOpenOrders | AskTrades) for command in decided.commands):
            self.state.session.missing.clear()
            kept = tuple(command for command in decided.commands if not isinstance(command, AskOrder | AskOpenOrders | AskTrades))
            return msgspec.structs.replace(decided, commands=kept, decisions=())
        return decided


class HastyTurner(MortalTurner):
    """The bytes leave first, for speed, and then the turn is written."""

    def prepare(self, commands: Sequence[Any], at_ns: Nanos) -> list[Prepared]:
        """Name them, and out with them."""
        ready = super().prepare(commands, at_ns)
        self._chaos.venue.send(ready, self._chaos.world.now_ns())
        return ready

    def send(self, ready: Sequence[Prepared], _at_ns: Nanos) -> None:
        """They are gone already."""


class SendsBeforeItCommits(Watched):
    """A run in which every process is hasty."""

    def _begin(self, journal: SqliteJournal) -> MortalTurner:
        right = super()._begin(journal)
        return HastyTurner(self, right.engine, right.disk)
