"""The log: one line an entry whatever a stranger wrote, no secret ever, the level that was asked for, and the form that its reader wants."""

import enum
import errno
import io
import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import run_bot
from config.logs import HIDDEN, LEVELS, VALUE_SIGNS_MAX, Line, Secrets, on_stderr, room, say, shown
from tests.config.words_runs import environment
from tests.house.tree import ROOT

PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ "]+)(?: |$)')
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)")
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nEFAASCBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----\n"


def given_line(what: str = "happened", secrets: Secrets | None = None, *, level: int = logging.INFO, is_stamped: bool = True, **pairs: object) -> str:
    record = logging.LogRecord("steelyard.oms", level, "", 0, what, None, None)
    record.pairs = pairs
    return Line(secrets or Secrets(), is_stamped=is_stamped).format(record)


def unescaped(match: re.Match[str]) -> str:
    """What an escape stands for."""
    code = match[1]
    if code[0] in "xuU" and len(code) > 1:
        return chr(int(code[1:], 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)


def read(line: str) -> dict[str, str]:
    """A line as a machine reads it; every sign of it must belong to a pair."""
    assert PAIR.sub("", line) == ""
    return {key: ESCAPE.sub(unescaped, value[1:-1]) if value[0] == '"' else value for key, value in PAIR.findall(line)}


@pytest.fixture(autouse=True)
def nobody_is_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)


@given(st.text(min_size=1, max_size=60) | st.text('\n\r"\\=< 4>\x1b\u202e\u2028', min_size=1), st.text(min_size=1, max_size=20))
@example('Will it?"\n<3>time=2026-01-01T00:00:00.000Z level=error room=oms what="all money lost', "x")
@example("\x1b[2Jgone\u202e\u2028\udcff\0", 'a" level="error')
def test_no_text_from_outside_breaks_its_line_or_makes_a_pair(title: str, why: str) -> None:
    line = given_line(title=title, why=why)
    assert line.isprintable()
    told = read(line)
    assert list(told) == ["time", "level", "room", "what", "title", "why"]
    assert (told["level"], told["title"], told["why"]) == ("info", title, why)


def test_values_are_bare_where_one_word_says_it_and_what_is_not_known_is_left_out() -> None:
    class Colour(enum.Enum):
        RED = 1

    line = given_line(count=3, price=-0.5, is_it=True, side=Colour.RED, why="", whose=None, at="2026-01-01T00:00:00Z", who="a b")
    assert line.split(" what=happened ")[1] == 'count=3 price=-0.5 is_it=True side=RED at=2026-01-01T00:00:00Z who="a b"'


def test_a_value_without_end_is_cut_and_says_so() -> None:
    for sign in ("x", "\0", "é", " "):
        cut = shown(sign * 10**6)
        assert len(cut) <= VALUE_SIGNS_MAX + 3
        assert cut.endswith('…"')


def test_what_a_library_says_and_where_it_broke_stay_on_the_line() -> None:
    broken: BaseException | None = None
    try:
        int("bad\nluck")
    except ValueError as error:
        broken = error
    assert broken is not None
    where = (type(broken), broken, broken.__traceback__)
    record = logging.LogRecord("aiohttp.client", logging.ERROR, "", 0, "asked %s of %s", ("a", "b"), where)
    told = read(Line(Secrets()).format(record))
    assert (told["room"], told["what"], told["level"]) == ("aiohttp.client", "asked a of b", "error")
    assert told["trace"].endswith("ValueError: invalid literal for int() with base 10: 'bad\\nluck'")


@pytest.mark.parametrize(
    "written",
    [
        "hunter2=pass/word+",
        "hunter2%3Dpass%2Fword%2B",
        "HUNTER2=PASS/WORD+",
        "https://api/bothunter2=pass/word+/send",
        "a" * (VALUE_SIGNS_MAX - 5) + "hunter2=pass/word+",
    ],
)
def test_a_secret_never_comes_out_however_it_is_written(written: str) -> None:
    secrets = Secrets()
    secrets.register("hunter2=pass/word+")
    for line in (
        given_line(written, secrets),
        given_line(secrets=secrets, why=f"refused: {written}!"),
        given_line(secrets=secrets, why={"k": written}),
    ):
        assert "hunter2" not in line.lower()
        assert HIDDEN in line or line.endswith('…"')


def test_the_lines_of_a_key_and_a_key_without_its_prefix_are_hidden_too() -> None:
    secrets = Secrets()
    secrets.register(PEM)
    secrets.register("0xDEADBEEFcafe")
    secrets.register('quo"te\\d\n')
    shown_lines = [given_line(secrets=secrets, why=text) for text in (PEM, repr(PEM), *PEM.splitlines(), "deadbeefCAFE", r"quo\"te\\d", 'quo"te\\d')]
    for line in shown_lines:
        for piece in ("MIIEvQ", "EFAASC", "eadbeef", "te\\\\d"):
            assert piece not in line.replace(HIDDEN, "")
        assert HIDDEN in line


@pytest.mark.parametrize("text", ["", "  \n", "abc"])
def test_a_secret_too_short_to_be_told_from_words_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(ValueError, match="fewer than 4 signs") as caught:
        Secrets().register(text)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("level", LEVELS)
def test_from_the_level_up_and_nothing_below_it(level: str, capsys: pytest.CaptureFixture[str]) -> None:  # req 2.59
    with on_stderr(level, Secrets()):
        for each in LEVELS:
            say(room("oms"), logging.getLevelNamesMapping()[each.upper()], f"at-{each}")
    told = [read(line)["what"] for line in capsys.readouterr().err.splitlines()]
    assert told == [f"at-{each}" for each in LEVELS[LEVELS.index(level) :]]


def test_libraries_are_heard_from_warning_up_and_their_secrets_are_hidden_too(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = Secrets()
    secrets.register("token-of-the-bot")
    with on_stderr("debug", secrets):
        logging.getLogger("aiohttp").info("GET /bottoken-of-the-bot/getUpdates")
        logging.getLogger("aiohttp").warning("failed: GET /bottoken-of-the-bot/getUpdates")
    (line,) = capsys.readouterr().err.splitlines()
    assert read(line)["what"] == f"failed: GET /bot{HIDDEN}/getUpdates"


def test_where_nobody_asked_for_a_log_there_is_none_and_afterwards_all_is_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    before = (logging.getLogger().handlers[:], logging.getLogger().level)
    with on_stderr("debug", Secrets()), on_stderr("error", Secrets()):
        say(room("run"), logging.WARNING, "inner")
    say(room("run"), logging.ERROR, "after")
    assert capsys.readouterr().err == ""
    assert (logging.getLogger().handlers[:], logging.getLogger().level) == before
    assert not room("run").isEnabledFor(logging.INFO)


class Full(io.StringIO):
    """Takes nothing."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_entry_that_cannot_be_written_is_lost_and_nothing_else() -> None:
    closed = io.StringIO()
    closed.close()
    with on_stderr("info", Secrets()) as handler:
        for number, stream in enumerate((Full(), closed), 1):
            with redirect_stderr(stream):
                say(room("run"), logging.INFO, "into the void")
            assert handler.lost == number


SAYS = (
    "import logging; from config.logs import on_stderr, room, say\n"
    "with on_stderr('debug'):\n"
    "    for level in (10, 20, 30, 40): say(room('oms'), level, 'happened', why='a b')"
)


def test_under_systemd_an_entry_begins_with_its_priority_and_has_no_time() -> None:
    words = [sys.executable, "-c", SAYS]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60, env=environment({"JOURNAL_STREAM": "8:1"}))
    names = zip((7, 6, 4, 3), LEVELS, strict=True)
    assert done.stderr.splitlines() == [f'<{priority}>level={level} room=oms what=happened why="a b"' for priority, level in names]
    env = {name: value for name, value in environment().items() if name != "JOURNAL_STREAM"}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60, env=env)
    stamp = r"time=20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level="
    assert all(re.match(stamp, line) for line in done.stderr.splitlines())


def terminal_lines() -> Iterator[str]:
    """What a terminal shows."""
    ours, theirs = pty.openpty()
    env = environment({"JOURNAL_STREAM": "8:1", "COLUMNS": "100"})
    with subprocess.Popen([sys.executable, "-c", SAYS], cwd=ROOT, stderr=theirs, env=env) as process:
        os.close(theirs)
        told = b""
        while b"level=error" not in told:
            told += os.read(ours, 65536)
        assert process.wait(60) == 0
    os.close(ours)
    yield from told.decode().split("\r\n")


def test_on_a_terminal_an_entry_has_its_time_and_wipes_the_progress_line() -> None:
    lines = [line for line in terminal_lines() if line]
    assert len(lines) == 4
    for line in lines:
        assert line.startswith("\rtime=20")
        assert len(line) >= 100, "what stood there before is written over"
        assert "<" not in line


def test_the_words_of_the_command_line_are_the_levels() -> None:
    assert run_bot.LOG_LEVELS == LEVELS
