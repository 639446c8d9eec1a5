"""What others wrote, made fit to be shown: an error may quote a frame, a file or a name of which every letter was chosen by somebody else."""

from typing import Final

SAID_MAX: Final = 500
"""Signs that are enough to know an error by; a decoder's own words may quote a whole frame."""


def one_line(text: str, signs_max: int | None = None) -> str:
    """`text` in one line without anything that a terminal or a log would obey: lines are joined, what cannot be printed is shown by its number.

    Half a surrogate pair, which no file can be written with, counts as such; doing it twice changes nothing more. Of what is longer than `signs_max`
    the beginning is kept, and `…` ends it.
    """
    if signs_max is not None:
        # No frame is read to its end for words that nobody sees; but a line's end may be two signs, and the last one is not shown at all.
        text = text[: 2 * signs_max + 4]
    if not text.isprintable():
        text = "".join([sign if sign.isprintable() else _numbered(ord(sign)) for sign in " ".join(text.splitlines())])
    return text if signs_max is None or len(text) <= signs_max else f"{text[: signs_max - 1]}…"


def _numbered(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
