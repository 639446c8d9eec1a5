"""Guards that halt the bot: too far below its best, too much lost in a day, too many trades that never settle.

They judge the result (equity at the mark less what was paid in), so that a deposit is no win and a withdrawal no loss. What is seen once may be a
torn book; a guard trips when it has been so for `confirm_ns`. The highest result outlives the process (ResultMarked). Day means UTC day.
"""

from collections import deque
from typing import Final

import msgspec

from oms.values.units import MICRO, NS_PER_SECOND, CashMicro, Nanos

DAY_NS: Final = 86_400 * NS_PER_SECOND
HOUR_NS: Final = 3_600 * NS_PER_SECOND
SAMPLE_NS: Final = 60 * NS_PER_SECOND
LOOK_NS: Final = NS_PER_SECOND
PPM: Final = 1_000_000
FAILING: Final = "failing"
"""The guard that needs no price."""


class GuardLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When to halt; 0: never for that."""

    drawdown_max_micro: CashMicro = 0
    """Below the highest result so far."""
    day_loss_max_micro: CashMicro = 0
    """Below the result with which the UTC day began."""
    failing_max_ppm: int = 0
    """Of a million trades of the last hour so many may fail to settle."""
    failing_min: int = 10
    """Fewer failures than this in the hour trip nothing."""
    confirm_ns: Nanos = 5 * NS_PER_SECOND

    @property
    def any_set(self) -> bool:
        """Somebody wants to be guarded."""
        return bool(self.drawdown_max_micro or self.day_loss_max_micro or self.failing_max_ppm)


class Guard:
    """One account's."""

    def __init__(self, limits: GuardLimits) -> None:
        self.limits = limits
        self.peak_micro: CashMicro | None = None
        """The highest result so far."""
        self.day_start_micro: CashMicro | None = None
        self.tripped = ""
        """Why the bot must halt; empty: it need not."""
        self._day = -1
        self._breached_ns: dict[str, Nanos] = {}
        self._hour: deque[tuple[Nanos, int, int]] = deque()
        self._due_ns: Nanos = 0
        self.latest_micro: CashMicro | None = None

    def is_due(self, at_ns: Nanos) -> bool:
        """Is it worth a look? Once a second."""
        return at_ns >= self._due_ns

    def mark(self, result_micro: CashMicro, at_ns: Nanos) -> None:
        """The result at some moment."""
        self.latest_micro = result_micro
        self._reach(result_micro)
        if at_ns // DAY_NS != self._day:
            self._day, self.day_start_micro = at_ns // DAY_NS, result_micro

    def recall(self, result_micro: CashMicro, best_micro: CashMicro, at_ns: Nanos) -> None:
        """The result at some moment as the journal has it, and the highest until then."""
        self.mark(result_micro, at_ns)
        self._reach(best_micro)

    def look(self, result_micro: CashMicro | None, settled: int, failed: int, at_ns: Nanos) -> str:
        """Judge. Returns why the bot must halt, once; empty: all is well, or it was said before.

        Args:
            result_micro: equity at the mark less what was paid in; None: a holding has no honest price, and then nothing is concluded from it.
            settled: trades that settled for good so far.
            failed: trades that failed so far.
            at_ns: now.
        """
        self._due_ns = at_ns + LOOK_NS
        if result_micro is not None:
            self.mark(result_micro, at_ns)
        self._sample(settled, failed, at_ns)
        if self.tripped:
            return ""
        said, before = self._breaches(is_marked=result_micro is not None), self._breached_ns
        # That nobody knows a price just now is no sign that all is well again: what was breached stays so until the next honest look.
        kept = {} if result_micro is not None else {name: since_ns for name, since_ns in before.items() if name != FAILING}
        self._breached_ns = {**kept, **{name: before.get(name, at_ns) for name in said}}
        for name, why in said.items():
            if at_ns - self._breached_ns[name] >= self.limits.confirm_ns:
                self.tripped = why
                return self.tripped
        return ""

    def rearm(self) -> None:
        """A person has looked and resumes: what is now is the new measure."""
        self.tripped, self._breached_ns = "", {}
        self.peak_micro = self.day_start_micro = self.latest_micro
        self._hour.clear()

    def words(self) -> dict[str, str]:
        """Each guard that is set → how near it is, for people."""
        limits, told = self.limits, {}
        now = self.latest_micro
        if limits.drawdown_max_micro:
            down = "not known" if now is None or self.peak_micro is None else _usd(self.peak_micro - now)
            told["drawdown"] = f"{down} of {_usd(limits.drawdown_max_micro)}"
        if limits.day_loss_max_micro:
            lost = "not known" if now is None or self.day_start_micro is None else _usd(max(0, self.day_start_micro - now))
            told["day loss"] = f"{lost} of {_usd(limits.day_loss_max_micro)}"
        if limits.failing_max_ppm:
            settled, failed = self._in_hour()
            told["failing settlements"] = f"{failed} of {settled + failed} in the last hour, at most {limits.failing_max_ppm / 10_000:g} %"
        return told

    def _reach(self, result_micro: CashMicro) -> None:
        if self.peak_micro is None or result_micro > self.peak_micro:
            self.peak_micro = result_micro

    def _sample(self, settled: int, failed: int, at_ns: Nanos) -> None:
        """Counts so far, once a minute for an hour; the newest is always there, and one from before the hour to count from."""
        hour = self._hour
        if len(hour) > 1 and at_ns - hour[-2][0] < SAMPLE_NS:
            hour.pop()
        hour.append((at_ns, settled, failed))
        while len(hour) > 1 and at_ns - hour[1][0] >= HOUR_NS:
            hour.popleft()

    def _in_hour(self) -> tuple[int, int]:
        if not self._hour:
            return 0, 0
        first, last = self._hour[0], self._hour[-1]
        return last[1] - first[1], last[2] - first[2]

    def _breaches(self, *, is_marked: bool) -> dict[str, str]:
        limits, told = self.limits, {}
        if is_marked:
            assert self.latest_micro is not None
            assert self.peak_micro is not None
            assert self.day_start_micro is not None
            down, lost = self.peak_micro - self.latest_micro, self.day_start_micro - self.latest_micro
            if limits.drawdown_max_micro and down > limits.drawdown_max_micro:
                told["drawdown"] = f"the result is {_usd(down)} below its best; {_usd(limits.drawdown_max_micro)} are allowed"
            if limits.day_loss_max_micro and lost > limits.day_loss_max_micro:
                told["day loss"] = f"{_usd(lost)} are lost since this UTC day began; {_usd(limits.day_loss_max_micro)} are allowed"
        settled, failed = self._in_hour()
        if limits.failing_max_ppm and failed >= limits.failing_min and failed * PPM > limits.failing_max_ppm * (settled + failed):
            told[FAILING] = (
                f"{failed} of {settled + failed} trades of the last hour failed to settle; {limits.failing_max_ppm / 10_000:g} % are allowed"
            )
        return told


def _usd(micro: CashMicro) -> str:
    return f"${micro / MICRO:,.2f}"
