"""The log back through the engine. Two uses, one rule: state is what you get by applying the log from the start.

* **recover**: fold a journal's own facts and commands into a fresh engine. Nothing is decided and nothing is sent; at the end every order that was
  open is UNKNOWN until the venue says otherwise, and nothing new is asked of the venue until it has reported. Books come back from the stream.
* **audit**: run the same facts again and compare each turn's commands with the recorded ones, byte for byte.
"""

from collections.abc import Iterable, Iterator

from oms.bundle_state import count_legs, keep_for, pledge
from oms.engine import Engine
from oms.entries import Entry
from oms.journal import MemoryJournal
from oms.machines.ledger import CASH, Answer
from oms.machines.lifecycle import Happening
from oms.machines.lifecycle import State as OrderState
from oms.machines.risk import reserve_micro
from oms.ports import Turned
from oms.state import State
from oms.values.bundles import Transfer, TransferKind
from oms.values.commands import (
    EFFECTS,
    AskOrder,
    BundleEnded,
    BundleOpened,
    Cancel,
    Convert,
    Merge,
    Place,
    Prepared,
    Split,
    WindowClosed,
    canonical_line,
)
from oms.values.events import Event, Restarted
from oms.values.orders import Side
from oms.values.units import Nanos


class RecoveryFailed(RuntimeError):
    """The journal contradicts itself; the message names the entry."""


def recover(engine: Engine, entries: Iterable[Entry]) -> Nanos:
    """Fold the journal into `engine`. Returns the time of the last entry (0 when there was none).

    Raises:
        RecoveryFailed: an entry cannot follow the ones before it.
    """
    at_ns = 0
    for entry in entries:
        at_ns = entry.at_ns
        fold(engine, entry)
    engine.state.alerts.clear()  # the process in whose turns they were raised has told them
    engine.apply(Restarted(why="started again from the journal: the venue must report first"), at_ns)
    return at_ns


def fold(engine: Engine, entry: Entry) -> None:
    """One entry of a journal into the engine: facts are applied, commands count as sent, decisions and pictures change nothing.

    Raises:
        RecoveryFailed: the entry cannot follow the ones before it.
    """
    if isinstance(entry.body, Prepared):
        _redo(engine, entry, entry.body)
    elif isinstance(entry.body, Event):
        engine.apply(entry.body, entry.at_ns)


def _redo(engine: Engine, entry: Entry, prepared: Prepared) -> None:
    """What a committed command did to our own state."""
    state, command = engine.state, prepared.command
    if isinstance(command, Place):
        spec = command.spec
        desk = state.desks.get(spec.market_id)
        if desk is None or spec.token not in (desk.market.yes, desk.market.no) or state.blotter.find(command.order_id) is not None:
            raise RecoveryFailed(f"entry {entry.seq}: order {command.order_id} is placed twice, or in a market or token that was never listed")
        amount = reserve_micro(spec, desk.market)
        asset = CASH if spec.side is Side.BUY else spec.token
        if state.ledger.reserve(command.order_id, asset, amount) is not Answer.APPLIED:
            raise RecoveryFailed(f"entry {entry.seq}: {amount} of {asset} for order {command.order_id} were not free when it was placed")
        order = state.blotter.open(command.order_id, spec, command.strategy, command.why)
        state.order_count += 1
        state.inventory.track(order, amount)
        if state.bundles.replaced(command.bundle, command.order_id):
            state.blotter.pinned[command.order_id] = None
        engine.sent([prepared], entry.at_ns)
    elif isinstance(command, BundleOpened | BundleEnded | WindowClosed | Split | Merge | Convert):
        _redo_bundle(engine, entry, command)
    elif isinstance(command, Cancel):
        order_to_cancel = state.blotter.find(command.order_id)
        if order_to_cancel is None:
            raise RecoveryFailed(f"entry {entry.seq}: order {command.order_id} is cancelled but was never placed")
        if not order_to_cancel.is_terminal:
            state.blotter.happen(order_to_cancel, Happening.CANCEL_ASKED, entry.at_ns)
    elif isinstance(command, AskOrder):
        order_asked = state.blotter.find(command.order_id)
        if order_asked is not None and order_asked.state is OrderState.SENT:  # it was asked because no answer had come in time
            state.blotter.happen(order_asked, Happening.REPLY_LOST, entry.at_ns)
            state.settle_reservation(order_asked)


def _redo_bundle(engine: Engine, entry: Entry, command: BundleOpened | BundleEnded | WindowClosed | Split | Merge | Convert) -> None:
    """What was done with bundles, and for them."""
    state = engine.state
    bundles = state.bundles
    if isinstance(command, WindowClosed):
        state.windows.hear(command, entry.at_ns)
    elif isinstance(command, BundleOpened):
        if command.bundle_id in bundles.in_flight:
            raise RecoveryFailed(f"entry {entry.seq}: bundle {command.bundle_id} is opened twice")
        bundles.open(command.bundle_id, command.strategy, command.bundle, entry.at_ns)
        pledge(state, command.bundle, 1)
    elif isinstance(command, BundleEnded):
        run = bundles.in_flight.get(command.bundle_id)
        if run is None:
            raise RecoveryFailed(f"entry {entry.seq}: bundle {command.bundle_id} ends and was never opened")
        keep_for(state, run)
        count_legs(state, run)
        pledge(state, run.bundle, -1)
        bundles.end(command.bundle_id, command.end, command.result_micro, command.why, entry.at_ns)
        state.blotter.unpin(run.orders)
    else:
        bundle_id = command.command_id.rpartition("/")[0]
        if bundle_id in bundles.in_flight:
            bundles.asked(bundle_id, command.command_id, _transfer(state, command), entry.at_ns)
            if isinstance(command, Split) and state.ledger.reserve(command.command_id, CASH, command.shares_micro) is not Answer.APPLIED:
                text = f"{command.shares_micro} of {CASH} for transfer {command.command_id} were not free when it was asked for"
                raise RecoveryFailed(f"entry {entry.seq}: {text}")


def _transfer(state: State, command: Split | Merge | Convert) -> Transfer:
    if isinstance(command, Convert):
        group = state.groups.get(command.event_id)
        fee_bps = (group.conversion_fee_bps or 0) if group is not None else 0
        return Transfer(kind=TransferKind.CONVERT, market_ids=command.market_ids, shares_micro=command.shares_micro, fee_bps=fee_bps)
    kind = TransferKind.SPLIT if isinstance(command, Split) else TransferKind.MERGE
    return Transfer(kind=kind, market_ids=(command.market_id,), shares_micro=command.shares_micro)


def recorded_commands(entries: Iterable[Entry]) -> Iterator[tuple[int, bytes]]:
    """(turn, canonical line) of every effect in a journal, in order."""
    for entry in entries:
        if isinstance(entry.body, Prepared) and isinstance(entry.body.command, EFFECTS):
            yield entry.turn, canonical_line(entry.body.command)


class AuditJournal(MemoryJournal):
    """A journal that writes nothing and compares: put it in the socket of a run that is repeated."""

    def __init__(self, recorded: Iterable[tuple[int, bytes]]) -> None:
        super().__init__()
        self._recorded = iter(recorded)
        self.difference = ""
        """The first difference in words; empty while all is equal."""
        self.compared = 0

    def commit(self, record: Turned) -> None:
        """Compare this turn's effects with the next recorded ones."""
        super().commit(record)
        for prepared in record.ready:
            if isinstance(prepared.command, EFFECTS) and not self.difference:
                self._compare(record.number, canonical_line(prepared.command))

    def finish(self) -> str:
        """After the last turn: the first difference, or that recorded commands are left over, or empty when all is equal."""
        if not self.difference:
            left = next(self._recorded, None)
            if left is not None:
                self.difference = f"turn {left[0]}: recorded, but not repeated: {left[1].decode().strip()}"
        return self.difference

    def _compare(self, turn: int, line: bytes) -> None:
        expected = next(self._recorded, None)
        self.compared += 1
        if expected != (turn, line):
            was = "nothing" if expected is None else f"turn {expected[0]}: {expected[1].decode().strip()}"
            self.difference = f"turn {turn}: {line.decode().strip()}; recorded was {was}"
