"""Rate budgets as data: which request draws how much from which bucket, and when it may leave. Pure: the time is given.

A limit is a token bucket. A limit of the venue either *delays* what comes too fast (per address: Cloudflare queues it) or *rejects* it (per
signer: 429). Ours decides before the venue does, and answers the same for both: `Granted`, `Later` with a time, or `Never`, because a batch
that costs more than the bucket holds can never pass (polymarket.md §4.7). The asker sees from `Later.rejects` what sending anyway would do.

Some tokens of a bucket are kept for requests marked urgent (cancels): an order that cannot be placed is a missed chance, an order that cannot
be cancelled is a loss. Nothing is taken unless every bucket of the route has enough, so an answer other than `Granted` changes nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from oms.values.units import NS_PER_SECOND, Nanos


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket: holds at most `burst`, gains `refill` every `window_s`."""

    name: str
    burst: int
    refill: int
    window_s: int = 1
    reserve: int = 0
    """So many of `burst` are for urgent requests only."""
    rejects: bool = False
    """What the venue does with what is too much: False: delays it, True: refuses it with 429."""

    def __post_init__(self) -> None:
        if not (0 <= self.reserve < self.burst and self.refill > 0 and self.window_s > 0):
            raise ValueError(f"limit {self.name}: burst above reserve, reserve not negative, refill and window above zero; found {self}")


class Use(msgspec.Struct, frozen=True):
    """What one request draws from one limit: `fixed` + `each` × the number of things in it."""

    limit: str
    fixed: int = 0
    each: int = 0


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of request and all it draws."""

    name: str
    uses: tuple[Use, ...]
    is_urgent: bool = False
    """May use the reserves."""


class Granted(msgspec.Struct, frozen=True):
    """Send it now: the tokens are taken."""


class Later(msgspec.Struct, frozen=True):
    """Not before `at_ns`, because of `limit`, or of the route of that name, which was shut; nothing was taken.

    `rejects`: the venue would refuse it now, not only delay it.
    """

    at_ns: Nanos
    limit: str
    rejects: bool


class Never(msgspec.Struct, frozen=True):
    """More than `limit` can ever give at once; `count_max` of the same could pass (0: not even one)."""

    limit: str
    count_max: int


Verdict = Granted | Later | Never
_GRANTED: Final = Granted()


class _Bucket:
    """Level of one limit, in units of 1 / (window in ns) of a token, so that refilling is exact in integers."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.unit = limit.window_s * NS_PER_SECOND
        self.level = limit.burst * self.unit
        self.at_ns: Nanos | None = None
        self.shut_until_ns: Nanos = 0

    def refill(self, at_ns: Nanos) -> None:
        """Add what time brought; a clock that goes back brings nothing."""
        if self.at_ns is not None and at_ns > self.at_ns:
            self.level = min(self.limit.burst * self.unit, self.level + (at_ns - self.at_ns) * self.limit.refill)
        self.at_ns = at_ns if self.at_ns is None else max(at_ns, self.at_ns)

    def ready_at_ns(self, cost: int, kept: int, at_ns: Nanos) -> Nanos:
        """When `cost` tokens can be taken with `kept` left over; not later than `at_ns`: now."""
        lacking = (cost + kept) * self.unit - self.level
        if lacking <= 0:
            return max(at_ns, self.shut_until_ns)
        full_ns = (self.at_ns or at_ns) - (-lacking // self.limit.refill)  # from where the clock was furthest, rounded up
        return max(full_ns, self.shut_until_ns)


class Budget:
    """All buckets of one account at one venue."""

    def __init__(self, limits: Iterable[Limit], routes: Iterable[Route]) -> None:
        """Buckets begin full. Raises KeyError when a route draws on a limit that does not exist."""
        self._buckets = {limit.name: _Bucket(limit) for limit in limits}
        self._routes: Mapping[str, Route] = {route.name: route for route in routes}
        for route in self._routes.values():
            for use in route.uses:
                if use.limit not in self._buckets:
                    raise KeyError(f"route {route.name} draws on {use.limit}, which is no limit")
        self._shut_until_ns: dict[str, Nanos] = {}
        self.postponed: dict[str, int] = {}
        """How often the answer was not Granted, by limit, or by route where that was shut."""

    def ask(self, route: str, at_ns: Nanos, count: int = 1) -> Verdict:
        """May a request of this route with `count` things in it leave at `at_ns`? Granted takes its tokens; anything else takes none."""
        kind = self._routes[route]
        shut_ns = self._shut_until_ns.get(route, 0)
        worst = Later(shut_ns, route, rejects=True) if shut_ns > at_ns else None
        for use in kind.uses:
            bucket = self._buckets[use.limit]
            bucket.refill(at_ns)
            limit = bucket.limit
            kept = 0 if kind.is_urgent else limit.reserve
            cost = use.fixed + use.each * count
            if cost > limit.burst - kept:
                self._count(use.limit)
                return Never(use.limit, max(0, limit.burst - kept - use.fixed) // use.each if use.each else 0)
            ready_ns = bucket.ready_at_ns(cost, kept, at_ns)
            if ready_ns > at_ns and (worst is None or ready_ns > worst.at_ns):
                worst = Later(ready_ns, use.limit, limit.rejects)
        if worst is not None:
            self._count(worst.limit)
            return worst
        for use in kind.uses:
            bucket = self._buckets[use.limit]
            bucket.level -= (use.fixed + use.each * count) * bucket.unit
        return _GRANTED

    def _count(self, limit: str) -> None:
        self.postponed[limit] = self.postponed.get(limit, 0) + 1

    def refused(self, limit: str, until_ns: Nanos, at_ns: Nanos) -> None:
        """The venue answered 429: it knows better. The bucket is empty, and shut until `until_ns` (its Retry-After)."""
        bucket = self._buckets[limit]
        bucket.refill(at_ns)
        bucket.level = min(bucket.level, 0)
        bucket.shut_until_ns = max(bucket.shut_until_ns, until_ns)

    def shut(self, route: str, until_ns: Nanos) -> None:
        """The venue answered 429 to a request of this route and did not say by which limit: this kind of request stays here until `until_ns`.

        What shares limits with it goes on, cancels above all; if the venue means those too, it says so to each. Raises KeyError: no such route.
        """
        self._shut_until_ns[self._routes[route].name] = max(until_ns, self._shut_until_ns.get(route, 0))

    def told(self, limit: str, left: int, at_ns: Nanos) -> None:
        """The venue said how many tokens are left (Poly-RateLimit-Remaining). Only less than we believe is believed: others may be on their way."""
        bucket = self._buckets[limit]
        bucket.refill(at_ns)
        bucket.level = min(bucket.level, left * bucket.unit)

    def left(self, at_ns: Nanos) -> dict[str, int]:
        """Whole tokens in each bucket at `at_ns`, reserve included: the gauge of the dashboard."""
        for bucket in self._buckets.values():
            bucket.refill(at_ns)
        return {name: max(0, bucket.level // bucket.unit) for name, bucket in self._buckets.items()}
