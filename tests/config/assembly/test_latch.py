"""The halt latch: set durably before anything else, taken away by a person only, and set when in doubt."""

import os
from pathlib import Path

import pytest

from config.assembly.latch import Latch, LatchFailed


def given_latch(tmp_path: Path) -> Latch:
    return Latch(tmp_path / "state" / "run.halted")


def test_a_latch_that_was_never_set_says_nothing(tmp_path: Path) -> None:
    assert given_latch(tmp_path).halt() is None


def test_a_latch_outlives_the_process_that_set_it_and_ends_only_when_it_is_cleared(tmp_path: Path) -> None:
    # ruling 0.10
    given_latch(tmp_path).set("the operator said kill")
    halt = given_latch(tmp_path).halt()
    assert halt is not None
    assert (halt.why, halt.verified) == ("the operator said kill", None)
    assert given_latch(tmp_path).clear() == halt
    assert given_latch(tmp_path).halt() is None


def test_the_first_reason_stays_and_what_is_learnt_is_added(tmp_path: Path) -> None:
    latch = given_latch(tmp_path)
    latch.set("a drawdown")
    first = latch.halt()
    assert first is not None
    latch.set("and a signal", verified=True)
    halt = latch.halt()
    assert halt is not None
    assert (halt.why, halt.at_ns, halt.verified) == ("a drawdown", first.at_ns, True)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"why": 3}', b"\xff\xfe", b'{"why": "x"}'])
def test_a_latch_that_says_nothing_readable_is_set(tmp_path: Path, text: bytes) -> None:
    latch = given_latch(tmp_path)
    latch.path.parent.mkdir()
    latch.path.write_bytes(text)
    halt = latch.halt()
    assert halt is not None
    assert str(latch.path) in halt.why


def test_a_folder_in_its_place_counts_as_set_and_cannot_be_written_or_cleared_in_words(tmp_path: Path) -> None:
    latch = given_latch(tmp_path)
    latch.path.mkdir(parents=True)
    (latch.path / "in it").touch()
    assert latch.halt() is not None
    for deed in (lambda: latch.set("why"), latch.clear):
        with pytest.raises(LatchFailed, match=str(latch.path)):
            deed()


def test_a_half_written_latch_never_replaces_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    latch = given_latch(tmp_path)
    latch.set("first")

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LatchFailed, match="No space left"):
        latch.set("second", verified=False)
    halt = latch.halt()
    assert halt is not None
    assert halt.verified is None
