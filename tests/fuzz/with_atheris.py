#!/usr/bin/env python3
"""One target under atheris: libFuzzer chooses by the branches that an input takes. Called by run.py with the Python of out/atheris.

Words: target, runs, seed, file for the result. Inputs are made half by our own mutator and half by libFuzzer's; findings do not end the run.
"""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

atheris: Any = importlib.import_module("atheris")  # lives in an environment of its own
with atheris.instrument_imports(include=["oms", "connectors", "config", "strategies", "sim"]):
    import run_bot as run_bot  # what is watched has to be imported here
    from tests.fuzz.targets import all_targets

import msgspec  # noqa: E402 (after the code that is watched)

from tests.fuzz.engine import Finding, Result, answered  # noqa: E402 (as above)
from tests.fuzz.mutate import BYTES_MAX, mutated  # noqa: E402 (as above)


def main(name: str, runs: int, seed: int, answer: Path) -> None:
    """Does not return: libFuzzer ends the process, or we do when the runs are done."""
    folder = Path(tempfile.mkdtemp())
    target = all_targets(folder)[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(target.seeds):
        (corpus / f"{number}").write_bytes(data)
    result = Result()

    def one_input(data: bytes) -> None:
        told = answered(target, data)
        result.inputs += 1
        if isinstance(told, Finding):
            result.add(told, target)
        else:
            result.count(told)
        if result.inputs >= runs:
            answer.write_bytes(msgspec.json.encode(result))
            os._exit(0)

    def change(data: bytes, size_max: int, number: int) -> bytes:
        dice = Random(number)
        if dice.randrange(2):
            return mutated(data, dice.choice(target.seeds), target.shape, dice)[:size_max]
        made: Any = atheris.Mutate(data, size_max)
        return bytes(made)

    words = [sys.argv[0], f"-seed={seed}", f"-max_len={BYTES_MAX}", "-rss_limit_mb=4096", "-timeout=60", "-verbosity=0", str(corpus)]
    atheris.Setup(words, one_input, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
