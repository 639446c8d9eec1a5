"""Counts of whole numbers by size, in constant memory: percentiles that are at most an eighth too high, without a float."""

from collections import Counter

FINE_BITS = 3
"""Eight buckets to each doubling; numbers below sixteen are exact."""


class Buckets:
    """So many numbers of each size."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.count = 0
        self.most = 0

    def add(self, number: int) -> None:
        """Count one, not below 0."""
        assert number >= 0, f"{number} has no size"
        coarse = max(0, number.bit_length() - FINE_BITS - 1)
        self._counts[(coarse << (FINE_BITS + 1)) | number >> coarse] += 1
        self.count += 1
        self.most = max(self.most, number)

    def percentile(self, percent: int) -> int | None:
        """The largest number of the bucket up to which so many of a hundred lie, and none beyond the largest; None: nothing was counted."""
        if not self.count:
            return None
        left = -(-percent * self.count // 100)
        for key in sorted(self._counts):
            left -= self._counts[key]
            if left <= 0:
                coarse, fine = key >> (FINE_BITS + 1), key & (1 << FINE_BITS + 1) - 1
                return min((fine + 1 << coarse) - 1, self.most)
        raise AssertionError("the buckets hold fewer than were counted")
