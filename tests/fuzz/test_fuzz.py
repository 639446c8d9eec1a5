"""A few thousand inputs to everything that reads what others wrote, every input that ever broke something, and proof that what is broken is found."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from connectors.polymarket import market_facts, wire
from oms import entries
from tests.conftest import ROOT
from tests.fuzz import engine, mutate, nasty
from tests.fuzz.engine import Finding, Target, answered, fuzz, no_hanging, shrunk
from tests.fuzz.run import keep, main, row, sums, told
from tests.fuzz.targets import all_targets

PAST = ROOT / "tests" / "fuzz" / "past"
RUNS = 10_000
"""Over all targets, as their shares are."""
SEED = 20_261_121


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    return all_targets(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(autouse=True)
def shallow() -> Iterator[None]:
    """The recursion limit as Python sets it: a library that another test loaded may have raised it, and a stack that is too deep ends us all."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000 if before > 10_000 else before)
    yield
    sys.setrecursionlimit(before)


NAMES = (
    "frame", "stream", "number", "user-frame", "catalog", "answers", "signer", "control-said", "control-told",
    "tape-mlb", "tape-l2", "tape-updown", "tape-own", "tape-mixed", "tape-gz", "tape-zst", "tape-records", "replay", "side-file",
    "journal-file", "journal-file-1", "journal-rows", "settings", "command",
)  # fmt: skip


def test_every_target_is_named_here(targets: dict[str, Target]) -> None:
    assert tuple(targets) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_only_facts_or_named_errors_come_of_it(targets: dict[str, Target], name: str) -> None:  # req 2.13, 2.27
    target = targets[name]
    runs = RUNS * target.share // sum(one.share for one in targets.values())
    result = fuzz(target, runs, SEED)
    assert [f"{found.what}\n{found.trace}" for found in result.findings] == []
    assert result.inputs == runs
    assert any(not answer.startswith("refused") for answer in result.answers), "nothing of all that was taken"


@pytest.mark.parametrize("name", NAMES)
def test_every_good_input_is_taken(targets: dict[str, Target], name: str) -> None:
    refused = [seed[:60] for seed in targets[name].seeds if isinstance(answered(targets[name], seed), Finding)]
    assert refused == []


def past() -> list[Path]:
    return sorted(path for path in PAST.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", past(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_once_broke_something_is_answered_now(targets: dict[str, Target], path: Path) -> None:
    with no_hanging() as wind:
        wind()
        found = answered(targets[path.parent.name], path.read_bytes())
    assert isinstance(found, str), f"{found.what}\n{found.trace}"


@pytest.mark.parametrize("suffix", ["own", "gz", "zst"])
def test_a_tape_cut_anywhere_is_read_to_the_cut(targets: dict[str, Target], suffix: str) -> None:
    target = targets[f"tape-{suffix}"]
    for length in range(0, len(target.seeds[0]), 7):
        assert isinstance(answered(target, target.seeds[0][:length]), str), length


@pytest.mark.parametrize("shape", mutate.STEPS)
def test_inputs_are_the_same_for_the_same_dice_and_differ_for_others(shape: str) -> None:
    one, two = b'{"a":[1,{"b":"0.5"}]}\nx = 1\nframe 1 2 x 2\n{}\nturn 1 2 3 4\n', b'["c",{"d":null}]\ny = 2'
    made = [[mutate.mutated(one, two, shape, dice) for _ in range(50)] for dice in (Random(3), Random(3), Random(4))]
    assert made[0] == made[1] != made[2]
    assert len(set(made[0])) > 20


def test_json_that_is_changed_in_one_place_is_as_it_was_in_all_others() -> None:
    data = b'{"a":1.50,"a":"\\u00e9","n":%s,"e":1e400}' % (b"9" * 30)
    kept = data.decode().replace("\\u00e9", "é").encode()
    assert "".join(map(mutate._text, [mutate._read(data)])).encode() == kept
    for text in nasty.GOOD_VALUES:
        msgspec.json.decode(text)


def test_a_reader_that_takes_what_is_no_number_is_found_cut_down_kept_and_told(
    monkeypatch: pytest.MonkeyPatch, targets: dict[str, Target], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(market_facts, "size_micro_from_text", lambda text: int(float(text) * 1_000_000))
    result = fuzz(targets["frame"], 1_500, 1)
    assert [found.where for found in result.findings if "ValueError" in found.where or "OverflowError" in found.where] != []
    found = min(result.findings, key=lambda one: len(one.data))
    assert len(found.data) < 600
    path = keep(tmp_path, "frame", found)
    words = told("frame", found, path)
    assert f"--target frame --input {path}" in words
    assert main(["--target", "frame", "--input", str(path)]) == 1
    assert "Traceback" in capsys.readouterr().out
    monkeypatch.undo()
    assert main(["--target", "frame", "--input", str(path)]) == 0
    assert "answered: refused" in capsys.readouterr().out
    assert row("frame", result).split()[:2] == ["frame", f"{result.inputs:,}"]
    assert sums({"frame": result}).endswith(f"{len(result.findings)} different findings")


def test_levels_that_are_not_those_of_the_frame_are_found(monkeypatch: pytest.MonkeyPatch, targets: dict[str, Target]) -> None:
    decode = wire.decode

    def forgetful(frame: bytes) -> wire.PriceChanges | list[wire.Message]:
        found = decode(frame)
        if isinstance(found, wire.PriceChanges):
            del found.price_changes[1:]
        return found

    monkeypatch.setattr(wire, "decode", forgetful)
    assert [found.where for found in fuzz(targets["frame"], 1_000, 1).findings] == ["AssertionError in frame_targets.py:assert_true"]


def test_a_journal_that_is_believed_without_its_checksums_is_found(monkeypatch: pytest.MonkeyPatch, targets: dict[str, Target]) -> None:
    class Believed(int):
        """Equal to whatever it is compared with."""

        __hash__ = int.__hash__

        def __eq__(self, _other: object) -> bool:
            return True

        def __ne__(self, _other: object) -> bool:
            return False

    monkeypatch.setattr(entries, "chained", lambda *_: Believed())
    monkeypatch.setattr(entries, "sealed", lambda *_: Believed())
    monkeypatch.setattr(engine, "SHRINK_TRIES", 5)
    found = fuzz(targets["journal-file"], 400, 2).findings
    assert any("not what was written" in one.what or "AssertionError" in one.where for one in found)


def test_an_input_that_hangs_is_interrupted_and_named() -> None:
    assert threading.current_thread() is threading.main_thread()

    def hang(data: bytes) -> str:
        while data:
            pass
        return "done"

    with no_hanging(0.05) as wind:
        wind()
        found = answered(Target(name="hang", about="", check=hang, seeds=[b""], shape="bytes", share=1), b"x")
    assert isinstance(found, Finding)
    assert "Hangs" in found.what
    assert signal.getsignal(signal.SIGVTALRM) is signal.SIG_DFL


def test_a_finding_is_cut_down_to_what_matters() -> None:
    def check(data: bytes) -> str:
        assert b"7" not in data or b"x" not in data
        return "fine"

    target = Target(name="sevens", about="", check=check, seeds=[b""], shape="bytes", share=1)
    found = answered(target, json.dumps([*range(50), "x" * 9]).encode())
    assert isinstance(found, Finding)
    assert sorted(shrunk(target, found).data) == sorted(b"7x")


def test_words_that_make_no_sense_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in ((["--target", "nothing"], "there is no target 'nothing'"), (["--input", os.devnull], "belongs to one target")):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        assert said in capsys.readouterr().err
