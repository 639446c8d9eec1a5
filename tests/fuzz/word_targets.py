"""What a person types or writes down: settings and the command line."""

import contextlib
import gc
import io
import re
import zlib
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest import mock

import run_bot
from config.assembly.demo import Demo
from config.settings import FOLDER, BadSettings, Settings, load
from tests.fuzz.engine import REFUSED, Target
from tests.fuzz.facts import TICKS
from tests.fuzz.file_targets import own_tape
from tests.oms.words_record import given_demo

APART: Final = b"%%"
"""A line between a file of settings and the environment beside it."""
BUILT_IN: Final = 32
"""One in so many good settings is also built into a demo."""
WORDS_MAX: Final = 12
_QUOTED: Final = re.compile(r"'[^']*'|[\d.]+|\S*/\S*")
_OUTPUT: Final = re.compile("--(h|j|rep)")
ENVIRONMENT: Final = b"STEELYARD__LIMITS__ORDER_MAX_USD=50\nSTEELYARD__STRATEGY__MARKET_MAKING__DEPTH=3\nHOME=/root\nSTEELYARD__DEMO__WINDOW_S=120"
LATENCY: Final = (
    b"[latency]\norder_ms = [60, 180]\n[assume]\nfee_rate_bps = 0\npayouts = {m = {yes_ppm = 1000000, no_ppm = 0}}\n[engine]\naudit_s = 0\n"
)
COMMANDS: Final = (
    "demo --seconds 1 --speed 0 --seed 3",
    "demo --seconds 1 --config conf.toml --report out.json --journal new.journal",
    "replay tape.st --seed 0 --report out.json",
    "replay tape.st tape.st --each",
    "replay tape.st --record new.st --journal new.journal",
    "replay tape.st --journal run.journal --resume",
    "demo --seconds 2 --seed 3 --speed 0 --journal run.journal --resume",
    "why 3-1 --journal run.journal",
    "report run.journal --html out.html --json out.json",
    "chaos --seeds 1..3 --jobs 2 --report out.json",
    "chaos --seeds 7 --only kill:3;place_lost:2,14 --config bad.toml",
    "--seconds 5",
    "-h",
    "why -h",
)
ODD_WORDS: Final = (
    *(
        "",
        ".",
        "..",
        "/",
        "~",
        "-",
        "--",
        "-1",
        "nan",
        "inf",
        "1e9",
        "0x10",
        "1_000",
        "٣",
        "9" * 30,
        "9" * 5_000,
        "x" * 300,
        "a\nb",
        "\x1b[31m",
        "\udcff",
    ),
    *("/dev/null", "/dev/full", "/proc/self/mem", "folder", "folder/x", "nowhere/x", "dangling", "tape.st/x", "empty", "conf.toml", "bad.toml"),
    *("run.journal", "tape.st", "out.json", "--seconds=", "--seconds=1", "--seed=-1", "--speed=nan", "1..", "..", "3..1", "0..99999999999", "kill:0"),
    *(
        "--journal",
        "--report",
        "--config",
        "--record",
        "--html",
        "--json",
        "--resume",
        "--each",
        "--only",
        "--seeds",
        "--jobs",
        "demo",
        "why",
        "report",
    ),
)


def check_settings(path: Path, data: bytes) -> str:
    """A file and an environment: settings inside their ranges that a demo can be built of, or BadSettings."""
    told, _, environment = data.partition(b"\n" + APART + b"\n")
    path.write_bytes(told)
    pairs = [line.partition("=") for line in environment.decode("utf-8", "surrogateescape").replace("\x00", "").split("\n")]
    settings = load(path, {name: value for name, _, value in pairs})
    assert len(settings.hash()) == 64
    assert all(amount >= 0 for amount in _numbers(settings.limits.limits()))
    assert settings.demo.tick_pips in (*TICKS, 25)
    if zlib.crc32(data) % BUILT_IN == 0:
        Demo(settings, seed=1, seconds=1)
    return f"settings:{' '.join(_differing(settings))}"


def _numbers(values: object) -> list[int]:
    return [getattr(values, name) for name in getattr(values, "__struct_fields__", ())]


def _differing(settings: Settings) -> Iterator[str]:
    """The sections that are not as they are by themselves."""
    ours = Settings()
    return (name for name in settings.__struct_fields__ if getattr(settings, name) != getattr(ours, name))


def check_command(folder: Path, kept: dict[str, bytes], data: bytes) -> str:
    """A command line: one of our exit codes, one line for a person when it is no 0, and no file of theirs touched."""
    words = [word.replace("\x00", "") for word in data.decode("utf-8", "surrogateescape").split("\n")[:WORDS_MAX]]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _short_runs(), contextlib.ExitStack() as stack:
        stack.callback(_tidy, folder, kept)
        try:
            code: object = run_bot.main(words)
        except SystemExit as error:
            code = error.code
            assert code in (0, 2), code
        _assert_untouched(folder, kept, words)
    said = err.getvalue()
    assert code in (0, 2, 3, 4), code
    assert "Traceback" not in said
    if code in (2, 3):
        lines = said.splitlines()
        assert lines[-1].startswith("run_bot.py"), said
        assert len(lines) == 1 or lines[0].startswith("usage:"), said
        assert lines[-1].isprintable(), said
    else:
        assert said == "", said
    return f"{REFUSED if code in (2, 3) else ''}exit {code}:{_QUOTED.sub('', said.splitlines()[-1])[:90] if said else words[0][:8]}"


@contextlib.contextmanager
def _short_runs() -> Iterator[None]:
    """Verbs that take their time take little of it; those that start processes or listen stop before they do."""
    changes: dict[str, Callable[[Namespace], object]] = {"demo": _short_demo, "replay": _short_replay, "why": _as_it_is, "report": _as_it_is}
    names = sorted(path.stem for path in (FOLDER / "verbs").glob("*.py") if not path.stem.startswith("_") and path.stem != "ending")
    with contextlib.ExitStack() as stack:
        for name in names:
            module = import_module(f"config.verbs.{name}")
            if name in changes:
                stack.enter_context(mock.patch.object(module, "run", partial(_changed, module.run, changes[name])))
            elif hasattr(module, "run"):
                stack.enter_context(mock.patch.object(module, "run", partial(_prepared_only, module)))
        yield
    gc.unfreeze()


def _changed(run: Callable[[Namespace], int], change: Callable[[Namespace], object], chosen: Namespace) -> int:
    change(chosen)
    return run(chosen)


def _prepared_only(module: ModuleType, chosen: Namespace) -> int:
    """What is refused before anything runs."""
    prepared: Callable[[Namespace], Any] = getattr(module, "_prepared", _as_it_is)
    prepared(chosen)
    return 0


def _as_it_is(_chosen: Namespace) -> None:
    pass


def _short_demo(chosen: Namespace) -> None:
    chosen.seconds, chosen.speed = min(chosen.seconds or 1, 2), 0.0


def _short_replay(chosen: Namespace) -> None:
    chosen.tapes = chosen.tapes[:3] or [Path("tape.st")]


def _assert_untouched(folder: Path, kept: dict[str, bytes], words: list[str]) -> None:
    """Nothing is written over but what a report was told to go to."""
    outputs = [word for before, word in pairwise(["", *words]) if _OUTPUT.match(before) or _OUTPUT.match(word)]
    for name, content in kept.items():
        if name != "run.journal" and not any(word.endswith(name) for word in outputs):  # SQLite may tidy a journal up that a run goes on in
            assert (folder / name).read_bytes() == content, f"{name} was written over"


def _tidy(folder: Path, kept: dict[str, bytes]) -> None:
    """As it was before."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in kept and not path.is_symlink():
            path.unlink()
    for path in (folder / "folder").iterdir():
        path.unlink()
    for name, content in kept.items():
        if (folder / name).read_bytes() != content:
            (folder / name).write_bytes(content)


def given_files(folder: Path) -> dict[str, bytes]:
    """The files that a command line may name, in `folder`; what they hold."""
    (folder / "folder").mkdir()
    (folder / "dangling").symlink_to(folder / "gone")
    own_tape(folder / "tape.st")
    given_demo(folder / "run.journal", seed=3, seconds=2).run()
    (folder / "conf.toml").write_bytes((FOLDER / "demo.toml").read_bytes())
    (folder / "bad.toml").write_bytes(b"[limits]\norder_max_usd = -1\n")
    (folder / "empty").touch()
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.is_symlink()}


def targets(folder: Path) -> list[Target]:
    """Those of this file; each writes below `folder`."""
    place = folder / "typed"
    place.mkdir()
    files = [(FOLDER / f"{name}.toml").read_bytes() for name in ("demo", "replay", "chaos")]
    beside = b"\n" + APART + b"\n" + ENVIRONMENT
    commands = [command.replace(" ", "\n").encode() for command in COMMANDS]
    return [
        Target(
            name="settings",
            about="a file of settings and the environment beside it",
            check=partial(check_settings, folder / "some.toml"),
            seeds=[*files, files[0] + beside, LATENCY + beside, LATENCY],
            shape="toml",
            refusals=(BadSettings,),
            share=40,
        ),
        Target(
            name="command",
            about="a command line, with files of every sort to name",
            check=partial(check_command, place, given_files(place)),
            seeds=[*commands, *["\n".join(ODD_WORDS).encode("utf-8", "surrogateescape")] * 6],
            shape="words",
            share=12,
        ),
    ]
