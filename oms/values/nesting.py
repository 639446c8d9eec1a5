"""How deep JSON may be nested before anybody reads it.

Decoders recurse in C and stop at Python's recursion limit, 1 000. Libraries raise that limit (py_ecc, which eth-account loads, to 100 000), and then
fifty thousand brackets end the process with a segmentation fault instead of an error. So foreign JSON is measured before it is decoded.
"""

import re
from itertools import accumulate
from typing import Final

NESTED_MAX: Final = 10_000
"""Safe on a stack of 8 MiB (20 000 arrays in arrays were, 40 000 were not: msgspec 0.22, Python 3.11, x86-64), and far deeper than anybody writes."""
_BRACKETS: Final = b"[{]}"
_OTHERS: Final = bytes(sorted({*range(256)} - {*_BRACKETS, *b'"'}))
_STEP: Final = {sign: 1 if sign in b"[{" else -1 for sign in _BRACKETS}
_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)
_TEXT: Final = re.compile(rb'"[^"]*"?')
_PEELED: Final = 2
"""So often the innermost pairs are taken off, before everything is counted step by step: books are three or four deep."""


def check_nesting(data: bytes) -> None:
    """Look at the brackets outside of texts; nothing to do where there cannot be so many. Raises RecursionError, as the decoders do."""
    if len(data) > NESTED_MAX and _opened(data) > NESTED_MAX:
        # A few milliseconds for the largest books there are.
        deepest = _deepest(_bare(data))
        if deepest > NESTED_MAX:
            raise RecursionError(f"nested {deepest} deep, recursion ends at {NESTED_MAX}")


def _opened(data: bytes) -> int:
    return data.count(b"[") + data.count(b"{")


def _bare(data: bytes) -> bytes:
    """The brackets alone. Those in texts are none: closing ones there would hide as many that open elsewhere."""
    if b"\\" in data:
        data = _ESCAPED.sub(b"", data)
    kept = data.translate(None, _OTHERS).replace(b'""', b"")  # texts without brackets vanish; two that touch become one
    return _TEXT.sub(b"", kept) if b'"' in kept else kept


def _deepest(brackets: bytes) -> int:
    """How deep they are nested; where that is little, only an upper bound of it."""
    left = brackets
    for peeled in range(2, 2 * _PEELED + 1, 2):
        left = left.replace(b"{}", b"").replace(b"[]", b"")  # either makes the deepest place at most one less deep
        if (bound := _opened(left) + peeled) <= NESTED_MAX:
            return bound
    return max(accumulate(map(_STEP.__getitem__, brackets)))
