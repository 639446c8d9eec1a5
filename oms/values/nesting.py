"""How deep JSON may be nested before anybody reads it.

Decoders recurse in C and stop at Python's recursion limit, 1 000. Libraries raise that limit (py_ecc, which eth-account loads, to 100 000), and then
fifty thousand brackets end the process with a segmentation fault instead of an error. So foreign JSON is measured before it is decoded.
"""

from itertools import accumulate
from typing import Final

NESTED_MAX: Final = 10_000
"""Safe on a stack of 8 MiB (20 000 arrays in arrays were, 40 000 were not: msgspec 0.22, Python 3.11, x86-64), and far deeper than anybody writes."""
_BRACKETS: Final = b"[{]}"
_OTHERS: Final = bytes(sorted({*range(256)} - {*_BRACKETS}))
_STEP: Final = {sign: 1 if sign in b"[{" else -1 for sign in _BRACKETS}


def check_nesting(data: bytes) -> None:
    """Look at the brackets, those in texts too; nothing to do where there cannot be so many. Raises RecursionError, as the decoders do."""
    if len(data) > NESTED_MAX and data.count(b"[") + data.count(b"{") > NESTED_MAX:
        # A few milliseconds for the largest books there are.
        deepest = max(accumulate([_STEP[sign] for sign in data.translate(None, _OTHERS)]))
        if deepest > NESTED_MAX:
            raise RecursionError(f"nested {deepest} deep, recursion ends at {NESTED_MAX}")
