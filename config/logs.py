"""The log: what an operator is told while a run goes on, on stderr, one line an entry, pairs of key and value.

    time=2026-11-21T12:00:00.123Z level=warning room=oms what="refused by our own gate" name=EVENT_LOSS_CAP count=10

The standard `logging` does the work; its loggers are named by room (`oms`, `venue`, `stream`, `run`, …). Whoever logs says what happened in fixed
words and everything else as pairs, and is on the outer floor: nothing in the core logs.

A line stays a line. Whatever a venue wrote into a title or a reason is quoted, and what a terminal or a reader of lines would obey is escaped: no
text from outside can forge an entry, or a pair of one. Secrets that were registered never come out. Under systemd (JOURNAL_STREAM is set, and
stderr is no terminal) an entry begins with its priority, `<4>`, which journald takes off, and has no time, which journald knows (systemd.exec(5),
sd-daemon(3)).
"""

import enum
import json
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote, quote_plus

LEVELS: Final = ("debug", "info", "warning", "error")
"""From all to little."""
VALUE_SIGNS_MAX: Final = 2_000
"""A longer value is cut, and ends in `…`; journald would split a line beyond 48 KiB."""
SECRET_SIGNS_MIN: Final = 4
"""Anything shorter would blot out ordinary words."""
HIDDEN: Final = "[secret]"
_HOUSE: Final = logging.getLogger("steelyard")
_HOUSE.addHandler(logging.NullHandler())  # where nobody asked for a log there is none, not even of warnings
_BARE: Final = re.compile(r"[A-Za-z0-9_.,:/+@%$-]+")
_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))
_LINE_OF_A_SECRET_MIN: Final = 12
"""A key in a file has many lines; from so many signs on each is a secret of its own."""


class Secrets:
    """Texts that must not come out, in any of the ways in which they are usually written."""

    def __init__(self) -> None:
        self._ways: list[str] = []
        self._pattern: re.Pattern[str] | None = None

    def register(self, text: str) -> None:
        """Never let this out again. Raises ValueError (which does not tell it) when it is too short to be told from ordinary words."""
        whole = text.strip()
        if len(whole) < SECRET_SIGNS_MIN:
            raise ValueError(f"a secret of fewer than {SECRET_SIGNS_MIN} signs cannot be kept out of a log; is it the right one?")
        parts = [whole, *(line.strip() for line in whole.splitlines() if len(line.strip()) >= _LINE_OF_A_SECRET_MIN)]
        parts += [part[2:] for part in parts if part[:2].lower() == "0x" and len(part) - 2 >= SECRET_SIGNS_MIN]
        for part in parts:
            self._ways += [part, quote(part, safe=""), quote_plus(part), json.dumps(part)[1:-1], repr(part)[1:-1]]
        ways = sorted(set(self._ways), key=lambda way: (-len(way), way))
        self._pattern = re.compile("|".join(map(re.escape, ways)), re.IGNORECASE)

    def hidden(self, text: str) -> str:
        """The text without them."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)


SECRETS: Final = Secrets()
"""Those of this process."""


def room(name: str) -> logging.Logger:
    """The logger of a room."""
    return _HOUSE.getChild(name)


def say(where: logging.Logger, level: int, what: str, **pairs: object) -> None:
    """One entry: `what` in fixed words, the rest as pairs; a pair of which nothing is known (None, "") is left out."""
    if where.isEnabledFor(level):
        where.log(level, what, extra={"pairs": pairs})


def shown(text: str) -> str:
    """A value as it stands in a line: bare if it is one plain word, else quoted, with everything escaped that is not to be read."""
    if _BARE.fullmatch(text) and len(text) <= VALUE_SIGNS_MAX:
        return text
    escaped = "".join([_escaped(sign) for sign in text[: VALUE_SIGNS_MAX + 1]])
    return f'"{escaped}"' if len(escaped) <= VALUE_SIGNS_MAX else f'"{escaped[:VALUE_SIGNS_MAX]}…"'


def _escaped(sign: str) -> str:
    if sign in {'"', "\\"}:
        return f"\\{sign}"
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")


class Line(logging.Formatter):
    """An entry as one line."""

    def __init__(self, secrets: Secrets = SECRETS, *, is_stamped: bool = True) -> None:
        super().__init__()
        self._secrets = secrets
        self._is_stamped = is_stamped

    def format(self, record: logging.LogRecord) -> str:
        """One line, without its end."""
        level = record.levelname.lower()
        told: dict[str, object] = {"time": self._time(record)} if self._is_stamped else {}
        told |= {"level": level, "room": record.name.removeprefix("steelyard."), "what": record.getMessage()}
        told |= getattr(record, "pairs", {})
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        line = " ".join([f"{key}={self._value(value)}" for key, value in told.items() if value is not None and value != ""])
        return line if self._is_stamped else f"<{_priority(record.levelno)}>{line}"

    def _value(self, value: object) -> str:
        """Secrets go first: what is quoted or cut may not be recognised any more."""
        return shown(self._secrets.hidden(value.name if isinstance(value, enum.Enum) else str(value)))

    def _time(self, record: logging.LogRecord) -> str:
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03}Z"


def _priority(level: int) -> int:
    """That of syslog."""
    return next((priority for at_least, priority in _PRIORITIES if level >= at_least), 7)


class OnStderr(logging.Handler):
    """Writes each entry at once. One that cannot be written (nobody reads any more, the disk is full) is lost: no log is worth a halt."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; on a terminal over the progress line, which is drawn again below it."""
        line = self.format(record)
        try:
            if sys.stderr.isatty():
                line = "\r" + line.ljust(shutil.get_terminal_size().columns - 1)
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.lost += 1


@contextmanager
def on_stderr(level: str, secrets: Secrets = SECRETS) -> Iterator[OnStderr]:
    """Log from `level` (one of LEVELS) up.

    Libraries are heard from `warning` up only: what they say below it was written for their authors, and some tell whole requests.
    """
    handler, number = OnStderr(), logging.getLevelNamesMapping()[level.upper()]
    is_journal = "JOURNAL_STREAM" in os.environ and not sys.stderr.isatty()
    handler.setFormatter(Line(secrets, is_stamped=not is_journal))
    root = logging.getLogger()
    before = [(logger, logger.level) for logger in (root, _HOUSE)]
    root.addHandler(handler)
    root.setLevel(max(number, logging.WARNING))
    _HOUSE.setLevel(number)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        for logger, was in before:
            logger.setLevel(was)
