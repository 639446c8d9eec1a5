"""What is round a run and may be ill: sockets, rate budgets, memory, the journal's file, the disk. Read from the outside whenever somebody looks."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from config.assembly.operator.keeper import disk_free_bytes
from connectors.polymarket.feed import LineHealth
from connectors.transport.websocket import SocketHealth
from oms.values.panels import FeedRow, Health
from oms.values.units import Nanos

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def machine(at_ns: Nanos, journal: Path | None = None) -> Health:
    """Memory, and where there is a journal its size and the room left for it."""
    return Health(
        at_ns=at_ns,
        memory_bytes=memory_bytes(),
        journal_bytes=None if journal is None else size_bytes(journal),
        disk_free_bytes=None if journal is None else disk_free_bytes(journal.parent),
    )


def memory_bytes() -> int | None:
    """What this process holds of the machine's memory now (statm(5): resident pages)."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return None


def size_bytes(journal: Path) -> int | None:
    """Of the journal, what SQLite has not put into it yet included."""
    total = 0
    for path in (journal, journal.with_name(journal.name + "-wal")):
        try:
            total += path.stat().st_size
        except OSError:
            if path == journal:
                return None
    return total


def feed_rows(lines: Sequence[LineHealth]) -> tuple[FeedRow, ...]:
    """The sockets of the market data."""
    return tuple([socket_row(f"market {line.number}{' (standby)' if line.is_standby else ''}", line.socket, line.refusals) for line in lines])


def socket_row(name: str, socket: SocketHealth, refusals: Mapping[str, int]) -> FeedRow:
    """One socket; its trouble is why it closed last, and what it could not read."""
    reasons = list(socket.reasons)
    trouble = [] if socket.is_open or not reasons else [reasons[-1]]
    trouble += [f"{count} refused as {kind}" for kind, count in refusals.items() if count]
    return FeedRow(
        name=name,
        is_open=socket.is_open,
        heard_ns=socket.last_frame_ns or 0,
        frames=socket.frames,
        reconnects=max(0, socket.connects - 1),
        trouble="; ".join(trouble)[:200],
    )
