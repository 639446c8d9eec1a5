"""What others wrote, made fit to be shown: an error may quote a frame, a file or a name of which every letter was chosen by somebody else."""


def one_line(text: str) -> str:
    """`text` in one line without anything that a terminal or a log would obey: lines are joined, what cannot be printed is shown by its number.

    Half a surrogate pair, which no file can be written with, counts as such; doing it twice changes nothing more.
    """
    if text.isprintable():
        return text
    return "".join([sign if sign.isprintable() else _numbered(ord(sign)) for sign in " ".join(text.splitlines())])


def _numbered(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
