"""Shared fixtures: where the recorded data is, what happens without it, and how hypothesis runs."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job; the programs that tests start and interrupt would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # the same under nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("house", deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.register_profile("ci", deadline=None, suppress_health_check=_SLOW_IS_FINE, derandomize=True)
# CI judges a change by the same examples each time; fresh examples are looked for at every desk and in `make campaign`.
settings.load_profile("ci" if os.environ.get("CI") == "true" else "house")

WAITS = "tests/campaign/test_campaign.py"
_left_out = pytest.StashKey[int]()


def data_folder() -> Path:
    """The folder of recorded data: STEELYARD_DATA, else ../shared/data beside the project."""
    return Path(os.environ.get("STEELYARD_DATA") or ROOT.parent / "shared" / "data")


def data_is_demanded() -> bool:
    """Whether a missing folder is a failure: in CI, or when somebody named a folder (ruling 0.9)."""
    return os.environ.get("CI") == "true" or bool(os.environ.get("STEELYARD_DATA"))


def _no_data() -> str:
    return f"no recorded data at {data_folder()}: set STEELYARD_DATA to a folder of the layout of ../shared/data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The recorded data; a test that asks for it fails when it is missing."""
    folder = data_folder()
    if not folder.is_dir():
        pytest.fail(_no_data())
    return folder


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the folder, and where it is not demanded, the data tests are left out and counted."""
    config.stash[_left_out] = 0
    items.sort(key=lambda item: WAITS not in item.nodeid)  # what waits long begins first, and not when the others are through
    if data_folder().is_dir() or data_is_demanded():
        return
    data_tests = [item for item in items if item.get_closest_marker("data")]
    if data_tests:
        items[:] = [item for item in items if not item.get_closest_marker("data")]
        config.hook.pytest_deselected(items=data_tests)
        config.stash[_left_out] = len(data_tests)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where the folder is demanded and missing every data test fails, also one whose list of files came out empty."""
    if item.get_closest_marker("data") and not data_folder().is_dir():
        pytest.fail(_no_data())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its count to the process that reports."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["data_tests_left_out"] = session.config.stash.get(_left_out, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 (a type of pytest-xdist's inside)
    """Every worker collects the same tests, so the largest count is the count."""
    told = getattr(node, "workeroutput", {}).get("data_tests_left_out", 0)
    node.config.stash[_left_out] = max(node.config.stash.get(_left_out, 0), told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly what did not run."""
    left_out = config.stash.get(_left_out, 0)
    if not left_out:
        return
    lines = [
        f"{left_out} TESTS ON RECORDED DATA DID NOT RUN",
        f"there is no folder {data_folder()}",
        "put ../shared beside the clone, or set STEELYARD_DATA; CI fails without it",
    ]
    width = max(len(line) for line in lines) + 2
    for line in ("┌" + "─" * width + "┐", *(f"│ {line:<{width - 1}}│" for line in lines), "└" + "─" * width + "┘"):
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture(autouse=True)
def _usual_recursion_limit() -> None:
    """eth_account raises the interpreter's recursion limit when it is imported; a deeply nested text would then kill the process."""
    sys.setrecursionlimit(1_000)
