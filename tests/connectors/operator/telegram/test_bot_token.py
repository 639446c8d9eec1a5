"""Where the token comes from, what is refused, and that no refusal shows what is in a file."""

import os
from pathlib import Path

import pytest

from connectors.operator.telegram.bot_token import NoToken, read_token

TOKEN = "123:AA_bb-CC"


def written(path: Path, text: str = TOKEN, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def refusal(token_file: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(NoToken) as refused:
        read_token(token_file, environment or {})
    told = str(refused.value)
    assert refused.value.__cause__ is None
    assert "\n" not in told
    assert "AA_bb" not in told
    return told


def test_the_credential_goes_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path / "file", "1:file")
    assert read_token(file, {}) == "1:file"
    assert read_token(file, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "1:file"  # a unit that has others, but not this one
    written(tmp_path / "telegram.token", f"{TOKEN}\n", 0o440)
    assert read_token(file, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == TOKEN
    assert read_token("", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == TOKEN


def test_without_either_it_is_refused_and_the_environment_is_not_looked_at(tmp_path: Path) -> None:
    told = refusal("", {"TELEGRAM_TOKEN": TOKEN, "BOT_TOKEN": TOKEN, "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert "LoadCredential=telegram.token" in told
    assert "telegram.token_file" in told


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_file_that_others_may_use_is_refused_by_name(tmp_path: Path, mode: int) -> None:
    told = refusal(written(tmp_path / "token", mode=mode))
    assert f"others may use {tmp_path / 'token'} (mode {mode:04o})" in told
    assert "chmod 600" in told


def test_a_credential_that_everybody_may_read_is_refused_too(tmp_path: Path) -> None:
    written(tmp_path / "telegram.token", mode=0o444)
    assert "others may use" in refusal("", {"CREDENTIALS_DIRECTORY": str(tmp_path)})


@pytest.mark.parametrize("text", ["", "AA_bb-CC", "123 AA_bb-CC", f"{TOKEN}\n{TOKEN}", "١٢٣:AA_bb-CC", f"{TOKEN}/", "AA_bb:" + "x" * 9_000])
def test_what_is_no_token_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    assert "holds no bot token" in refusal(written(tmp_path / "token", text))


def test_what_cannot_be_read_is_refused_and_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    assert "No such file" in refusal(str(tmp_path / "none"))
    assert "is not a plain file" in refusal(str(tmp_path)) or "Is a directory" in refusal(str(tmp_path))
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "is not a plain file" in refusal(str(tmp_path / "pipe"))
