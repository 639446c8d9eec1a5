"""A refusal, whoever says it, ends a verb with one line and code 3."""

import pytest

import run_bot
from config.assembly.latch import LatchFailed
from config.assembly.lock import AnotherRuns, FolderUnusable
from config.assembly.outside import VenueSaidNo
from config.refusals import SaidNo
from config.verbs import why
from config.verbs.ending import FileSaidNo


@pytest.mark.parametrize("kind", [SaidNo, VenueSaidNo, FileSaidNo, LatchFailed, AnotherRuns, FolderUnusable])
def test_a_refusal_is_one_line_and_code_3(kind: type[SaidNo], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuses(_chosen: object) -> int:
        raise kind("what, where\nand how to mend it")

    monkeypatch.setattr(why, "run", refuses)
    assert run_bot.main(["why", "o", "--journal", "j"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("run_bot.py: what, where")
    assert len(told.err.splitlines()) == 1
