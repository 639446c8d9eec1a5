"""Two views of one account, held against each other to the last micro: a bot's, folded from its journal, and the exchange's, told by its admin."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from oms.engine import Engine
from oms.entries import Entry, begun, chained, read_head, unpacked
from oms.machines.ledger import CASH
from oms.machines.lifecycle import State
from oms.ports import JournalFailed
from oms.replay import fold
from oms.state import EngineSettings
from oms.values.commands import Place, Prepared
from oms.values.events import Event, OpenOrdersReported
from oms.values.orders import OrderId
from oms.values.units import Nanos

_NEW_ROWS: Final = "SELECT seq, turn, at_ns, flow, kind, order_id, cause_seq, body, crc FROM entry WHERE seq > ? ORDER BY seq"
_DECODERS: Final[dict[str, msgspec.json.Decoder[Event] | msgspec.json.Decoder[Prepared]]] = {
    "fact": msgspec.json.Decoder(Event),
    "command": msgspec.json.Decoder(Prepared),
}
"""Of what changes our state; the rest is only held against its checksum."""
UNDECIDED: Final = (State.SENT, State.UNKNOWN)
"""It may stand or not; nobody has told us yet."""


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal amounts to."""

    cash_micro: int
    shares_micro: dict[str, int]
    """Of tokens we ever had."""
    orders: dict[str, tuple[State, int, int]]
    """By the venue's id: state, shares filled, their cash. Of every order that was ever committed."""
    names: dict[OrderId, list[str]]
    """Our id → the venue's ids it was sent under: one, if nothing was ever sent twice."""
    audit: str


class Follower:
    """Reads a bot's journal while the bot writes it, whoever of its processes that is."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._engine: Engine | None = None
        self._seq = 0
        self._crc = 0
        self.reported_ns: Nanos = 0
        """When the bot last heard in full what stands: it is there, and in touch."""
        self._names: dict[OrderId, list[str]] = {}
        self._orders: dict[str, tuple[State, int, int]] = {}

    def look(self) -> Ours:
        """Everything up to its last commit. Raises JournalFailed: there is none yet, or it is damaged; RecoveryFailed: it contradicts itself."""
        if self._engine is None:
            run, ending = read_head(self._journal)
            self._engine, self._crc = Engine(EngineSettings(order_prefix=f"{run.seed}-")), begun(run, ending.schema)
        for entry in self._new_entries():
            fold(self._engine, entry)
            if isinstance(entry.body, OpenOrdersReported) and not entry.body.omitted:
                self.reported_ns = entry.at_ns
            if isinstance(entry.body, Prepared) and isinstance(entry.body.command, Place):
                self._names.setdefault(entry.body.command.order_id, []).append(entry.body.venue_order_id)
        return self._told(self._engine)

    def _new_entries(self) -> Iterator[Entry]:
        """What was committed since the last look, but decisions and pictures; every row must follow the one before it."""
        try:
            with closing(sqlite3.connect(f"{self._journal.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                for seq, turn, at_ns, flow, kind, order_id, cause_seq, stored, crc in connection.execute(_NEW_ROWS, (self._seq,)):
                    body = unpacked(stored)
                    if (seq, crc) != (self._seq + 1, chained(self._crc, (turn, at_ns, flow, kind, order_id, cause_seq), body)):
                        raise JournalFailed(f"{self._journal}: entry {seq} does not follow entry {self._seq}")
                    if flow in _DECODERS:
                        yield Entry(seq=seq, turn=turn, at_ns=at_ns, body=_DECODERS[flow].decode(body), cause_seq=cause_seq)
                    self._seq, self._crc = seq, crc  # only now: what could not be folded is in the way of every later look
        except (sqlite3.Error, zlib.error) as error:
            raise JournalFailed(f"{self._journal} cannot be read ({error})") from error

    def _told(self, engine: Engine) -> Ours:
        state = engine.state
        for order_id, told in self._names.items():
            order = state.blotter.find(order_id)
            if order is not None:  # else it ended so long ago that it is forgotten
                self._orders[told[0]] = order.state, order.filled_micro, order.filled_cash_micro
        tokens = [token for desk in state.desks.values() for token in (desk.market.yes, desk.market.no)]
        return Ours(
            cash_micro=state.ledger.total(CASH),
            shares_micro={token: held for token in tokens if (held := state.ledger.total(token))},
            orders=dict(self._orders),
            names={order_id: list(told) for order_id, told in self._names.items()},
            audit=state.ledger.audit(),
        )


def differences(mine: Ours, theirs: dict[str, Any], *, all_decided: bool) -> list[str]:
    """Everything in which the two views differ, in words. `all_decided`: an order of which nobody knows is a difference too."""
    found = [f"our ledger: {mine.audit}"] if mine.audit else []
    found += [f"{order_id} was sent under {len(told)} names: sent twice" for order_id, told in mine.names.items() if len(told) != 1]
    cash = sum(theirs["cash"].values())
    if cash != mine.cash_micro:
        found.append(f"cash: ours {mine.cash_micro}, theirs {cash}, {mine.cash_micro - cash:+}")
    held = {token: total for token, parts in theirs["tokens"].items() if (total := sum(parts.values()))}
    for token in {**held, **mine.shares_micro}:
        if held.get(token, 0) != mine.shares_micro.get(token, 0):
            found.append(f"shares of {token[:12]}…: ours {mine.shares_micro.get(token, 0)}, theirs {held.get(token, 0)}")
    return found + _orders(mine, {row["id"]: row for row in theirs["orders"]}, all_decided=all_decided)


def _orders(mine: Ours, there: dict[str, dict[str, Any]], *, all_decided: bool) -> list[str]:
    found = [f"{name[:12]}… is at the exchange, and was never ours: an orphan" for name in there if name not in mine.orders]
    for name, (state, shares, cash) in mine.orders.items():
        row = there.get(name)
        filled = (row["matched_micro"], row["paid_micro"]) if row is not None else (0, 0)
        if (shares, cash) != filled:
            found.append(f"{name[:12]}… ({state.name}): filled ours {(shares, cash)}, theirs {filled}")
        stands = row is not None and row["stands"]
        if state in UNDECIDED:
            if all_decided or stands:
                found.append(f"{name[:12]}… is {state.name}, and {'stands' if stands else 'does not stand'} at the exchange")
        elif stands is not (state in (State.LIVE, State.CANCELLING)):
            found.append(f"{name[:12]}… is {state.name}, and {'stands' if stands else 'does not stand'} at the exchange")
    return found
