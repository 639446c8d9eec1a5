"""The log's latest lines, kept in memory for whoever watches the run; secrets are taken out as on stderr (logs.py)."""

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from config.logs import Line
from oms.values.panels import LogRow

KEPT: Final = 500


class LogTail(logging.Handler):
    """A handler that remembers. Levels are the loggers' own."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(Line(is_stamped=True))
        self._rows: deque[LogRow] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember one line, without its time, which stands beside it."""
        try:
            text = self.format(record).partition(" ")[2]
        except (TypeError, ValueError, LookupError):  # a library whose words and values do not fit: no log is worth a halt
            text = f"level={record.levelname.lower()} room={record.name} what=unreadable"
        self._rows.append(LogRow(at_ns=time.time_ns(), level=record.levelname.lower(), text=text))

    def latest(self, most: int) -> tuple[LogRow, ...]:
        """Newest first."""
        return tuple(list(self._rows)[::-1][:most])


@contextmanager
def tailed(tail: LogTail) -> Iterator[None]:
    """Remember what is logged meanwhile, by whichever room, at the levels that are set."""
    root = logging.getLogger()
    root.addHandler(tail)
    try:
        yield
    finally:
        root.removeHandler(tail)
