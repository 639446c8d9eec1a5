#!/usr/bin/env python3
"""`make fuzz`: a million inputs to everything that reads what others wrote; only facts or named errors may come of them.

* `make fuzz`: 1,000,000 inputs over all targets, as their shares are
* `make fuzz ARGS="--target frame --runs 200000 --seed 5"`: one target, another seed
* `make fuzz ARGS="--target frame --input out/fuzz/frame-1a2b3c4d"`: one input again, as a finding says it
* `make fuzz ARGS="--target frame --engine atheris"`: guided by coverage, where out/atheris holds atheris (the message says how to put it there)

A finding is cut down, kept in out/fuzz and named with the command that repeats it; the exit code is then 1. Once it is mended, its file goes to
tests/fuzz/past/<target>/ under a name that says what it was, and `make test` reads it for ever.
"""

import argparse
import hashlib
import os
import resource
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

import msgspec

from tests.fuzz.engine import FOUND, REFUSED, Finding, Result, Target, answered, fuzz
from tests.fuzz.targets import all_targets

ROOT: Final = Path(__file__).resolve().parents[2]
RUNS: Final = 1_000_000
KEPT: Final = ROOT / "out" / "fuzz"
APART: Final = ROOT / "out" / "atheris"
MEMORY_BYTES_MAX: Final = 4 * 2**30
"""An input that wants more gets a MemoryError, which is a finding."""
HOW_TO: Final = f"python3 -m venv {APART} && {APART}/bin/python -m pip install --require-hashes -r tests/fuzz/requirements.txt"
HEADING: Final = f"{'target':<15}{'inputs':>10}{'taken':>10}{'refused':>10}{'found':>7}{'kept':>6}{'seconds':>9}   answers"
"""Taken: facts came of it. Found: something broke. Kept: inputs answered in a new way, of which others were made."""
STOPPED: Final = 130
_WIDTH: Final = 110

Engine = Callable[[Target, int, int], Result]


def main(words: list[str] | None = None) -> int:
    """Parse, run, say. 0: nothing found, 1: something, 2: wrong words, 130: stopped before the end, and nothing found until then."""
    parser = argparse.ArgumentParser(prog="make fuzz", description="A million inputs to everything that reads what others wrote.")
    parser.add_argument("--target", action="append", default=[], metavar="NAME", help="only this one (may be repeated)")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=f"inputs altogether (default: {RUNS:,})")
    parser.add_argument("--seed", type=int, default=1, help="decides all inputs (default: 1)")
    parser.add_argument("--engine", choices=("own", "atheris"), default="own", help="who makes the inputs (default: own)")
    parser.add_argument("--input", type=Path, metavar="FILE", help="this one input to the one --target, with all that it says")
    chosen = parser.parse_args(words)
    with tempfile.TemporaryDirectory(dir=_fast()) as folder:
        targets = all_targets(Path(folder))
        unknown = [name for name in chosen.target if name not in targets]
        if unknown:
            parser.error(f"there is no target {unknown[0]!r}; choose from {', '.join(targets)}")
        wanted = [targets[name] for name in dict.fromkeys(chosen.target or targets)]
        if chosen.input is not None:
            return _one(wanted, chosen.input, parser)
        if chosen.engine == "atheris" and not (APART / "bin" / "python").exists():
            parser.error(f"there is no atheris in {APART}; put it there with: {HOW_TO}")
        engine: Engine = _with_atheris if chosen.engine == "atheris" else _with_our_own
        results = campaign(wanted, chosen.runs, chosen.seed, engine)
    if any(result.findings for result in results.values()):
        return 1
    return 0 if len(results) == len(wanted) else STOPPED


def campaign(wanted: list[Target], runs: int, seed: int, engine: Engine) -> dict[str, Result]:
    """Each target with its share of the runs, told as soon as it is done; Ctrl-C ends it after those that are done."""
    results: dict[str, Result] = {}
    shares = sum(target.share for target in wanted)
    print(HEADING, flush=True)
    with suppress(KeyboardInterrupt):
        for target in wanted:
            results[target.name] = result = engine(target, -(-runs * target.share // shares), seed)
            print(
                "\n".join([row(target.name, result), *(told(target.name, found, keep(KEPT, target.name, found)) for found in result.findings)]),
                flush=True,
            )
    print(sums(results))
    return results


def _fast() -> str | None:
    """Memory for the files of the targets, where there is a disk of memory."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a folder of ours is made in it)


def _with_our_own(target: Target, runs: int, seed: int) -> Result:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, resource.getrlimit(resource.RLIMIT_AS)[1]))
    try:
        return fuzz(target, runs, seed, partial(_progress, target.name))
    finally:
        _progress("", "")


def _with_atheris(target: Target, runs: int, seed: int) -> Result:
    """In a process of its own, which changes the code it watches and does not come back from libFuzzer."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "result.json"
        command = [APART / "bin" / "python", ROOT / "tests" / "fuzz" / "with_atheris.py", target.name, str(runs), str(seed), answer]
        ended = subprocess.run(
            [str(word) for word in command],
            env={**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")},  # our packages; only atheris itself lives there
            capture_output=True,
            check=False,
            cwd=ROOT,
        )
        if not answer.exists():
            words = ended.stderr.decode(errors="replace")[-2_000:]
            raise SystemExit(f"with_atheris.py {target.name} ended with {ended.returncode} and no result; its last words:\n{words}")
        result = msgspec.json.decode(answer.read_bytes(), type=Result)
    result.seconds = time.monotonic() - began
    return result


def _progress(name: str, text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{f'{name}: {text}'[:_WIDTH] if name else '':<{_WIDTH}}\r", end="", file=sys.stderr, flush=True)


def _one(wanted: list[Target], path: Path, parser: argparse.ArgumentParser) -> int:
    if len(wanted) != 1:
        parser.error("--input belongs to one target; name it with --target")
    try:
        data = path.read_bytes()
    except OSError as error:
        parser.error(f"--input {path}: cannot be read ({error.strerror})")
    found = answered(wanted[0], data)
    print(f"{found.what}\n{found.trace}" if isinstance(found, Finding) else f"answered: {found}")
    return 1 if isinstance(found, Finding) else 0


def keep(folder: Path, name: str, found: Finding) -> Path:
    """The input of a finding, in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(found.data).hexdigest()[:8]}"
    path.write_bytes(found.data)
    return path


def told(name: str, found: Finding, path: Path) -> str:
    """One finding, and the command that repeats it."""
    again = f"python tests/fuzz/run.py --target {name} --input {shlex.quote(str(path))}"
    return f"FOUND   {name}: {found.where}\n        {found.what[:300]}\n        {len(found.data):,} bytes; repeat it: {again}"


def row(name: str, result: Result) -> str:
    """What became of the inputs of one target."""
    refused = sum(count for answer, count in result.answers.items() if answer.startswith(REFUSED))
    bad = result.answers.get(FOUND, 0)
    taken = sum(result.answers.values()) - refused - bad
    head = f"{name:<15}{result.inputs:>10,}{taken:>10,}{refused:>10,}{bad:>7,}{result.kept:>6,}{result.seconds:>9.1f}"
    parts = [f"{answer.removeprefix(REFUSED)} {count:,}" for answer, count in sorted(result.answers.items(), key=lambda item: -item[1])]
    return "\n".join([head + "   " + ", ".join(parts[:4]), *(" " * 70 + ", ".join(parts[at : at + 4]) for at in range(4, len(parts), 4))])


def sums(results: dict[str, Result]) -> str:
    """The end of it."""
    inputs, seconds = sum(result.inputs for result in results.values()), sum(result.seconds for result in results.values())
    found = sum(len(result.findings) for result in results.values())
    return f"{'together':<15}{inputs:>10,} inputs in {seconds:,.1f} s, {found} different findings"


if __name__ == "__main__":
    sys.exit(main())
