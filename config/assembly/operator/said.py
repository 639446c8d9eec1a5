"""What people said to a run, read from its journal: a run that is done again from its seed or tape must hear it again, at the same instants."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from oms.entries import read_journal
from oms.ports import JournalFailed
from oms.values import events as e
from oms.values.units import Nanos

_ALWAYS: Final = (e.MarketPaused, e.MarketResumed, e.CancelAsked, e.OrderAsked, e.ParamsSet)
_IF_BY_SOMEBODY: Final = (e.Paused, e.Resumed)


def said_by_hand(path: Path) -> list[tuple[Nanos, e.Event]]:
    """In order, with the instant of each, as far as the journal can be read: what is wrong with it is said by whoever goes on with it."""
    found: list[tuple[Nanos, e.Event]] = []
    with suppress(JournalFailed):
        for entry in read_journal(path)[1]:
            body = entry.body
            if isinstance(body, _ALWAYS) or (isinstance(body, _IF_BY_SOMEBODY) and body.by):
                found.append((entry.at_ns, body))
    return found
