"""The log's latest lines in memory: the newest first, bounded, without secrets, and never a reason to stop."""

import logging

import pytest

from config.log_tail import KEPT, LogTail, tailed
from config.logs import HIDDEN, SECRETS, room, say

OMS = room("tail-test")


def lines(tail: LogTail, most: int = KEPT) -> list[str]:
    return [row.text for row in tail.latest(most)]


def test_the_newest_line_is_the_first_and_each_has_its_level_and_time() -> None:
    tail = LogTail()
    with tailed(tail):
        say(OMS, logging.WARNING, "first", name="a b")
        say(OMS, logging.ERROR, "second")
    newest, oldest = tail.latest(9)
    assert (newest.text, oldest.text) == ("level=error room=tail-test what=second", 'level=warning room=tail-test what=first name="a b"')
    assert (newest.level, oldest.level) == ("error", "warning")
    assert newest.at_ns >= oldest.at_ns > 1_700_000_000 * 10**9


def test_only_the_latest_are_kept_and_no_more_are_told_than_were_asked_for() -> None:
    tail = LogTail()
    with tailed(tail):
        for number in range(KEPT + 20):
            say(OMS, logging.WARNING, f"line{number}")
    assert len(lines(tail, 10**6)) == KEPT
    assert [text.rpartition("=")[2] for text in lines(tail, 2)] == [f"line{KEPT + 19}", f"line{KEPT + 18}"]
    assert lines(tail, 0) == []


def test_outside_nothing_is_remembered() -> None:
    tail = LogTail()
    say(OMS, logging.WARNING, "before")
    with tailed(tail):
        pass
    say(OMS, logging.WARNING, "after")
    assert lines(tail) == []


def test_a_secret_does_not_come_out_here_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SECRETS, "_ways", [])
    monkeypatch.setattr(SECRETS, "_pattern", None)
    SECRETS.register("hunter2-the-key")
    tail = LogTail()
    with tailed(tail):
        say(OMS, logging.WARNING, "told", key="hunter2-the-key")
        logging.getLogger("some.library").warning("request with %s", "hunter2-the-key")
    assert all(HIDDEN in text and "hunter2" not in text for text in lines(tail))
    assert len(lines(tail)) == 2


def test_a_line_stays_a_line_whatever_a_venue_wrote() -> None:
    tail = LogTail()
    with tailed(tail):
        say(OMS, logging.WARNING, "listed", title='x\nlevel=error room=oms what="all is lost"\x1b[2J')
    (text,) = lines(tail)
    assert text.isprintable()
    assert text.startswith("level=warning")


def test_words_and_values_that_do_not_fit_stop_nobody() -> None:
    tail = LogTail()
    record = logging.LogRecord("some.library", logging.ERROR, "f.py", 1, "%d of %d", ("x",), None)
    tail.handle(record)
    assert lines(tail) == ["level=error room=some.library what=unreadable"]
