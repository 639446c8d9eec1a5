"""How sure a count lets one be: intervals at 95 %, without chance and without tables.

Sources: Wilson (1927) for shares; Student's t for means, its quantile by the expansion of Hill (1970) in powers of 1/ν (within 0.01 for ν ≥ 4).
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import Final

CONFIDENCE: Final = 0.95
MEAN_NEEDS: Final = 5
"""Values that a mean must rest on before it gets an interval."""
_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def share(part: int, whole: int) -> tuple[float, float] | None:
    """Where a share of `part` in `whole` independent tries may lie (Wilson's score interval); None without a try."""
    if not whole:
        return None
    found, spread = part / whole, _Z * _Z / whole
    middle = (found + spread / 2) / (1 + spread)
    half = _Z * sqrt(found * (1 - found) / whole + spread / (4 * whole)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def mean(values: Sequence[float]) -> tuple[float, float] | None:
    """Where the mean of independent, alike values may lie (Student's t); None for fewer than MEAN_NEEDS."""
    count = len(values)
    if count < MEAN_NEEDS:
        return None
    half = t_quantile(count - 1) * stdev(values) / sqrt(count)
    return fmean(values) - half, fmean(values) + half


def t_quantile(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t, for at least 4 degrees of freedom."""
    z, v = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92_160 * v**4)
    )
