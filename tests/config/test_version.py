"""One version, wherever it is told."""

import re
import tomllib

from config.version import VERSION
from tests.conftest import ROOT


def test_the_version_is_three_numbers() -> None:
    assert re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", VERSION)


def test_the_changelog_and_the_project_file_name_no_other() -> None:
    told = re.findall(r"^## \[?v?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    assert {*told[:1], *([project["version"]] if "version" in project else [])} <= {VERSION}
