"""tests/conftest.py, Makefile and .ci/run: what happens without the recorded data, and on a machine that cannot run us."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

SAMPLE = """
import pytest

@pytest.mark.data
def test_on_data(data_dir):
    assert (data_dir / "README.md").is_file()

@pytest.mark.data
@pytest.mark.parametrize("name", [])
def test_on_each_file(name):
    raise AssertionError(name)

def test_without_data():
    assert True
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project with our conftest and three tests, and no ../shared beside it."""
    root = tmp_path / "inner" / "clone"
    (root / "tests").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "conftest.py", root / "tests" / "conftest.py")
    shutil.copy(ROOT / "pyproject.toml", root / "pyproject.toml")
    (root / "tests" / "test_sample.py").write_text(SAMPLE)
    return root


def ran(root: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and words of a test run in `root`."""
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "STEELYARD_DATA"} and not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=root, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_clone_without_data_runs_the_rest_and_says_loudly_what_did_not_run(clone: Path, workers: str) -> None:
    code, words = ran(clone, "-n", workers)
    assert code == 0, words
    assert "2 TESTS ON RECORDED DATA DID NOT RUN" in words
    assert "1 passed" in words


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"STEELYARD_DATA": "elsewhere/data"}])
def test_where_data_is_demanded_its_absence_fails_every_data_test(clone: Path, environment: dict[str, str]) -> None:
    code, words = ran(clone, **environment)
    assert code == 1, words
    assert words.count("no recorded data at ") >= 2
    assert "1 passed, 2 errors" in words


def test_data_tests_run_on_the_folder_that_is_named(clone: Path) -> None:
    folder = clone / "elsewhere"
    folder.mkdir()
    (folder / "README.md").write_text("recordings")
    code, words = ran(clone, "-k", "on_data or without", STEELYARD_DATA=str(folder))
    assert code == 0, words
    assert "2 passed" in words


def test_ci_fails_at_once_without_the_data() -> None:
    environment = {**os.environ, "STEELYARD_DATA": "/nowhere/data"}
    done = subprocess.run(["/usr/bin/env", "bash", ".ci/run"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "there is none at /nowhere/data" in done.stderr


def test_an_unfit_python_is_refused_by_name(tmp_path: Path) -> None:
    command = ["/usr/bin/env", "make", f"VENV={tmp_path / 'venv'}", "PYTHON=false", "run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "Steelyard needs Python 3.11 or newer, but 'false' is:" in done.stderr
    assert "make PYTHON=python3.12 run" in done.stderr
