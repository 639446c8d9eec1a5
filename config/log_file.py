"""The log in a file as well, which is given another name when it is full: FILE, FILE.1, FILE.2, … the oldest goes.

For those without journald, or who want to keep more than it does. Levels and secrets are as on stderr (logs.py). A log is worth no halt: what cannot
be written later (the disk is full, the file was taken away) is lost and counted; only a file that cannot be begun is refused.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from config.logs import SECRETS, Line, Secrets
from config.refusals import SaidNo


class LogFileFailed(SaidNo):
    """The file cannot be begun; one line names it and the way out."""


class InFile(RotatingFileHandler):
    """Writes each entry, readable by its owner alone."""

    def __init__(self, path: Path, most_bytes: int, kept: int, secrets: Secrets = SECRETS) -> None:
        """At most `kept` + 1 files of about `most_bytes` each. Raises OSError."""
        self.lost = 0
        super().__init__(path, maxBytes=most_bytes, backupCount=kept, encoding="utf-8", errors="backslashreplace")
        self.setFormatter(Line(secrets))

    def _open(self) -> Any:  # noqa: ANN401 (TextIOWrapper, of typeshed's own kind)
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(handle, "a", encoding=self.encoding, errors=self.errors)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 (logging's own)
        """An entry that could not be written is lost, and nothing is said of it where it would be an entry again."""
        self.lost += 1


@contextmanager
def in_file(path: Path | None, most_bytes: int, kept: int) -> Iterator[InFile | None]:
    """Within `logs.on_stderr`: write what it hears to this file too. None: to none. Raises LogFileFailed."""
    if path is None:
        yield None
        return
    try:
        handler = InFile(path.expanduser(), most_bytes, kept)
    except OSError as error:
        raise LogFileFailed(f"{path}: no log can be written there ({error.strerror}); name another file with log.file, or none") from None
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        with suppress(OSError):  # what a full disk did not take is written once more here
            handler.close()
