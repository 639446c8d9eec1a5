"""Inputs without end for one target: each made of earlier ones, kept when it is answered in a new way, cut down when it breaks something.

A target may answer, or refuse with one of its named errors; whatever else is raised is a finding. One seed decides all inputs. What is "a new way" is
told by the answers themselves (what was accepted, or the words of the refusal without its numbers), which costs nothing; atheris (with_atheris.py)
looks at the branches instead.
"""

import gc
import re
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final, Self

import msgspec

from tests.fuzz.mutate import BYTES_MAX, mutated

CPU_S_MAX: Final = 10.0
"""An input that takes longer hangs, for somebody who waits for a book."""
KEPT_MAX: Final = 400
"""Inputs kept to make others of."""
FOUND_MAX: Final = 5
"""After so many different findings a target is left alone."""
SHRINK_TRIES: Final = 2_000
"""Inputs spent on cutting a finding down."""
HANGS_TRIED: Final = 10
"""The same where each may take CPU_S_MAX."""
FOUND: Final = "FOUND"
"""What inputs that broke something are counted under."""
REFUSED: Final = "refused "
_MARKS: Final = re.compile(r"b?'[^']*'|b?\"[^\"]*\"|[\d.]+|`[^`]*`")
_WORDS_MAX: Final = 160

Say = Callable[[str], None]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Something that reads bytes."""

    name: str
    about: str
    """What it reads and what must hold of it."""
    check: Callable[[bytes], str]
    """Reads one input. Returns how it was answered: a name to count by, which begins with `refused ` where nothing was taken, and after a colon what
    distinguishes it. An AssertionError is a finding."""
    seeds: Sequence[bytes]
    """Good inputs, to make others of."""
    shape: str
    """json, lines, words, toml, pages, bytes: mutate.STEPS."""
    refusals: tuple[type[Exception], ...] = ()
    """The named errors with which it may refuse."""
    share: int
    """How many inputs it gets, compared with the others."""
    bytes_max: int = BYTES_MAX
    """Longer inputs are cut."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """An input that was neither answered nor refused."""

    data: bytes
    what: str
    where: str
    """Error and place: what makes two findings the same."""
    trace: str


class Result(msgspec.Struct, kw_only=True):
    """What became of all inputs of a target."""

    inputs: int = 0
    answers: dict[str, int] = msgspec.field(default_factory=dict)
    kept: int = 0
    seconds: float = 0.0
    findings: list[Finding] = msgspec.field(default_factory=list)

    def count(self, told: str) -> None:
        """One more that was answered so."""
        name = told.split(":", 1)[0]
        self.answers[name] = self.answers.get(name, 0) + 1

    def add(self, found: Finding, target: Target, wind: Callable[[], None] = lambda: None) -> None:
        """Keep the first finding of each kind, as short as it gets."""
        self.count(FOUND)
        if found.where not in [known.where for known in self.findings]:
            self.findings.append(shrunk(target, found, wind))


class Hangs(BaseException):
    """An input took too long; no `except` of the product may swallow this."""


class Caught:
    """Takes what one input raises."""

    def __init__(self, target: Target) -> None:
        self._refusals = target.refusals
        self.answer = ""
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> bool:
        if kind is None or error is None:
            return False
        if issubclass(kind, self._refusals):
            said = str(error)
            self.answer = f"{REFUSED}{kind.__name__}:{_MARKS.sub('', said)[:_WORDS_MAX]}"
            if not said or not said.isprintable():
                self.error = AssertionError(f"a refusal that is not one line to be shown: {said!r}")
            return True
        if issubclass(kind, KeyboardInterrupt):
            return False
        self.error = error
        return True


def answered(target: Target, data: bytes) -> str | Finding:
    """How one input is answered, or what is wrong."""
    with Caught(target) as caught:
        caught.answer = target.check(data)
    if caught.error is None:
        return caught.answer
    frames = [frame for frame in traceback.extract_tb(caught.error.__traceback__) if "/tests/fuzz/engine.py" not in frame.filename]
    last = next((frame for frame in reversed(frames) if "site-packages" not in frame.filename and "/lib/python" not in frame.filename), None)
    place = f"{Path(last.filename).name}:{last.name}" if last else "?"
    return Finding(
        data=data,
        what=f"{type(caught.error).__name__}: {str(caught.error)[:300]}",
        where=f"{type(caught.error).__name__} in {place}",
        trace="".join(traceback.format_exception(caught.error))[-4_000:],
    )


@contextmanager
def no_hanging(cpu_s: float = CPU_S_MAX) -> Iterator[Callable[[], None]]:
    """What is called before each input winds the clock; an input that lets it run down is interrupted with Hangs. Main thread only."""

    def interrupt(_number: int, _frame: object) -> None:
        raise Hangs(f"more than {cpu_s:g} s of computing")

    before = signal.signal(signal.SIGVTALRM, interrupt)
    try:
        yield lambda: void(signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def void(_value: object) -> None:
    """Nothing."""


def fuzz(target: Target, runs: int, seed: int, say: Say = void) -> Result:
    """Give the target its seeds and then `runs` inputs made of them."""
    dice, result, began = Random(f"{seed} {target.name}"), Result(), time.monotonic()
    kept, ways = list(target.seeds), Counter[str]()
    with no_hanging() as wind:
        for number in range(-len(target.seeds), runs):
            wind()
            data = (
                target.seeds[number]
                if number < 0
                else mutated(_chosen(kept, len(target.seeds), dice), dice.choice(kept), target.shape, dice)[: target.bytes_max]
            )
            told = answered(target, data)
            if isinstance(told, Finding):
                result.inputs += 1
                result.add(told, target, wind)
                if len(result.findings) >= FOUND_MAX:
                    break
                continue
            result.inputs += number >= 0
            result.count(told)
            ways[told] += 1
            if ways[told] == 1 and number >= 0:
                kept[len(target.seeds) + KEPT_MAX :] = ()
                kept.insert(len(target.seeds), data)
            if number % 500 == 0:
                say(f"{number:,} of {runs:,} inputs, {len(ways)} ways to answer, {len(result.findings)} findings")
    result.kept, result.seconds = len(kept) - len(target.seeds), time.monotonic() - began
    gc.collect()
    return result


def _chosen(kept: Sequence[bytes], seeds: int, dice: Random) -> bytes:
    """Half the time a good input, which stand first, else one that was answered in a new way: the latest ones more often."""
    if dice.randrange(2):
        return kept[dice.randrange(seeds)]
    return kept[dice.randrange(min(len(kept), seeds + 40) if dice.randrange(2) else len(kept))]


def shrunk(target: Target, found: Finding, wind: Callable[[], None] = lambda: None) -> Finding:
    """The same finding with less: pieces are left out, large ones first, as long as that succeeds."""
    best, tries = found, SHRINK_TRIES - HANGS_TRIED if found.where.startswith(Hangs.__name__) else 0
    size = max(1, len(best.data) // 2)
    while size and tries < SHRINK_TRIES:
        at = 0
        while at < len(best.data) and tries < SHRINK_TRIES:
            wind()
            tries += 1
            told = answered(target, best.data[:at] + best.data[at + size :])
            if isinstance(told, Finding) and told.where == found.where:
                best = told
            else:
                at += size
        size //= 2
    return best
