"""What is wrong with the venue right now: modes, restarts, limits, regions, and single mishaps on request or from a seed. Pure; told the time.

An admin sets it, the endpoints ask it. The kinds of mishap and their dice are those of the in-process twin (sim/faults.py); here also a single one
can be ordered ("the next place loses its reply"), which is what a test of a client wants. Texts and statuses: polymarket.md §3.6, §4.5 to §4.8.
"""

import enum
from collections import Counter
from typing import Annotated, Final

import msgspec

from oms.values.units import NS_PER_SECOND, Nanos
from sim.faults import KINDS, Faults
from sim.gateway.wire import WireError

POST_ONLY_AFTER_RESTART_NS: Final = 120 * NS_PER_SECOND
_DISABLED: Final = "Trading is currently disabled. Check polymarket.com for updates"
_CANCEL_ONLY: Final = "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
_POST_ONLY: Final = "post-only mode: only post-only orders and cancels are allowed"


class Mode(enum.Enum):
    """What the venue takes."""

    OPEN = "open"
    CANCEL_ONLY = "cancel_only"
    DISABLED = "disabled"


class Fate(enum.Enum):
    """What becomes of one request besides its answer."""

    NORMAL = "normal"
    LOST = "lost"
    """It never arrives, and the connection breaks."""
    REPLY_LOST = "reply lost"
    """It is done, and the connection breaks."""
    BROKEN = "5xx"
    """Not done, and answered with a server's error."""
    TOO_MANY = "429"
    LATE = "late"
    """Done seconds late."""
    CUT = "incomplete"
    """The answer breaks off in its middle."""


_A_RATE: Final = msgspec.Meta(ge=1, le=1_000_000)
"""What an admin may say; with 0 nobody would ever be served, and be told to wait for ever."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Token buckets of one signer (polymarket.md §4.7). The defaults are the Standard tier."""

    orders_per_s: Annotated[int, _A_RATE] = 40
    orders_burst: Annotated[int, _A_RATE] = 60
    cancels_per_s: Annotated[int, _A_RATE] = 80
    cancels_burst: Annotated[int, _A_RATE] = 120


class _Bucket:
    __slots__ = ("at_ns", "level_ns")

    def __init__(self, at_ns: Nanos) -> None:
        self.at_ns = at_ns
        self.level_ns = 0
        """How much has been taken and not yet been refilled, in nanoseconds of refilling."""

    def take(self, cost: int, per_s: int, burst: int, at_ns: Nanos) -> Nanos:
        """0: taken; else how long to wait. A cost above the burst is never taken."""
        self.level_ns = max(0, self.level_ns - (at_ns - self.at_ns))
        self.at_ns = at_ns
        one_ns = NS_PER_SECOND // per_s
        wait_ns = self.level_ns + cost * one_ns - burst * one_ns
        if wait_ns <= 0:
            self.level_ns += cost * one_ns
        return max(0, wait_ns)


_FATES: Final = {
    "place": (("place lost", Fate.LOST), ("place reply lost", Fate.REPLY_LOST), ("place 5xx", Fate.BROKEN), ("place 429", Fate.TOO_MANY),
              ("place late", Fate.LATE)),
    "cancel": (("cancel lost", Fate.LOST), ("cancel reply lost", Fate.REPLY_LOST), ("cancel 429", Fate.TOO_MANY), ("cancel late", Fate.LATE)),
    "query": (("query failed", Fate.BROKEN), ("answer incomplete", Fate.CUT)),
}  # fmt: skip
"""What kind of request → which mishaps it may meet, as sim/faults.py names them."""


class Conditions:
    """The state of the venue's health, and of everybody's standing with it."""

    def __init__(self, seed: int = 0) -> None:
        self.mode = Mode.OPEN
        self.restarting_until_ns: Nanos = 0
        self.post_only_until_ns: Nanos = 0
        self.geoblocked = False
        """Orders are refused by region; cancels and market data are not."""
        self.closed_only: dict[str, str] = {}
        """Account → "banned" or "closed only"."""
        self.unapproved: dict[str, bool] = {}
        """Accounts whose allowances are gone."""
        self.rates: Rates | None = None
        """None: nobody is limited."""
        self.faults = Faults(seed, rates={})
        self._ordered: Counter[str] = Counter()
        self._buckets: dict[tuple[str, bool], _Bucket] = {}

    def order(self, kind: str, count: int = 1) -> None:
        """Let the next `count` occasions of this kind go wrong. Raises ValueError: there is no such kind."""
        if kind not in KINDS:
            raise ValueError(f"there is no fault named {kind!r}; there are {', '.join(KINDS)}")
        self._ordered[kind] = count

    def strikes(self, kind: str) -> bool:
        """Is this occasion one at which it goes wrong? Also asked by the streams."""
        if self._ordered[kind] > 0:
            self._ordered[kind] -= 1
            return True
        return self.faults.strikes(kind)

    def fate(self, what: str) -> Fate:
        """What becomes of a request that is a "place", a "cancel" or a "query"."""
        for kind, fate in _FATES[what]:
            if self.strikes(kind):
                return fate
        return Fate.NORMAL

    def late_ns(self, what: str) -> Nanos:
        """How late a late request is done."""
        return self.faults.how_long_ns(f"{what} late", 0.5, 3.0)

    def restart(self, seconds: float, at_ns: Nanos) -> None:
        """The engine restarts: 425 for so long, then two minutes of post-only mode."""
        self.restarting_until_ns = at_ns + int(seconds * NS_PER_SECOND)
        self.post_only_until_ns = self.restarting_until_ns + POST_ONLY_AFTER_RESTART_NS

    def check_engine(self, at_ns: Nanos) -> None:
        """Before any order or cancel. Raises WireError 425 while the engine restarts."""
        if at_ns < self.restarting_until_ns:
            raise WireError(
                425, "Too Early: the matching engine is restarting", headers={"Retry-After": _wait_text(self.restarting_until_ns - at_ns)}
            )

    def check_place(self, at_ns: Nanos, *, all_post_only: bool) -> None:
        """Before orders. Raises WireError 403 or 503."""
        self.check_engine(at_ns)
        if self.geoblocked:
            raise WireError(403, "Trading restricted in your region")
        if self.mode is not Mode.OPEN:
            raise WireError(503, _DISABLED if self.mode is Mode.DISABLED else _CANCEL_ONLY)
        left_ns = self.post_only_until_ns - at_ns
        if left_ns > 0 and not all_post_only:
            wait = _wait_text(left_ns)
            raise WireError(503, _POST_ONLY, {"code": "post_only_mode", "retry_after_seconds": int(wait)}, {"Retry-After": wait})

    def check_cancel(self, at_ns: Nanos) -> None:
        """Before cancels. Raises WireError 425 or 503."""
        self.check_engine(at_ns)
        if self.mode is Mode.DISABLED:
            raise WireError(503, _DISABLED)

    def check_maker(self, account: str, address: str) -> None:
        """Before an order of this wallet. Raises WireError 400."""
        standing = self.closed_only.get(account)
        if standing is not None:
            raise WireError(400, f"'{address}' address {'banned' if standing == 'banned' else 'in closed only mode'}")

    def check_rate(self, signer: str, cost: int, at_ns: Nanos, *, is_cancel: bool) -> None:
        """Take `cost` tokens of this signer's bucket. Raises WireError 429 with the wait in its headers."""
        rates = self.rates
        if rates is None:
            return
        per_s, burst = (rates.cancels_per_s, rates.cancels_burst) if is_cancel else (rates.orders_per_s, rates.orders_burst)
        bucket = self._buckets.setdefault((signer, is_cancel), _Bucket(at_ns))
        wait_ns = bucket.take(cost, per_s, burst, at_ns)
        if wait_ns:
            wait = _wait_text(wait_ns)
            raise WireError(429, "Too Many Requests", headers={"Retry-After": wait, "Poly-RateLimit-Remaining": "0", "Poly-RateLimit-Reset": wait})


def _wait_text(wait_ns: Nanos) -> str:
    """Whole seconds, rounded up."""
    return str(-(-wait_ns // NS_PER_SECOND))
