"""What ends a verb with a line for a person and no traceback, whoever said it."""


class SaidNo(RuntimeError):
    """A file, a process or the venue said no; one line says what, where and how to mend it. Exit code 3."""
