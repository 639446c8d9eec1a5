"""What ends a verb with a line for a person and no traceback, whoever said it."""

from typing import Final

HALTED: Final = 42
"""The exit code of a halt; systemd must not start such a bot again."""


class SaidNo(RuntimeError):
    """A file, a process or the venue said no; one line says what, where and how to mend it. Exit code 3."""
