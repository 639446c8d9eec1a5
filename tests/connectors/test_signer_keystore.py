"""A keystore that the signer can open again, made without showing anything; and everything for which none is made."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account import Account

from connectors.signer_key import KeySource, NoKey, read_key
from connectors.signer_keystore import new_keystore
from tests.conftest import ROOT
from tests.connectors.polymarket.words_signing import EOA, SECRET
from tests.connectors.words_signer import PASSPHRASE

QUICK = 2
"""Enough for a test, and nothing else."""


def types(*lines: str) -> Callable[[str], str]:
    """A person at the terminal."""
    left = iter(lines)
    return lambda _question: next(left)


@pytest.mark.parametrize("typed", [SECRET, f"0x{SECRET}", f" {SECRET} "])
def test_a_key_that_is_typed_is_kept_and_only_its_address_is_told(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "key.json"
    assert new_keystore(path, types(typed, PASSPHRASE, PASSPHRASE), QUICK) == EOA
    assert path.stat().st_mode & 0o777 == 0o600
    assert SECRET not in path.read_text()
    words = tmp_path / "words"
    words.write_text(PASSPHRASE + "\n")
    words.chmod(0o600)
    assert read_key(KeySource(keystore=str(path), passphrase_file=str(words))).address == EOA


def test_without_one_a_new_key_is_made_each_time(tmp_path: Path) -> None:
    addresses = [new_keystore(tmp_path / name, types("", PASSPHRASE, PASSPHRASE), QUICK) for name in ("a", "b")]
    assert addresses[0] != addresses[1]
    opened = Account.decrypt((tmp_path / "a").read_text(), PASSPHRASE)
    assert Account.from_key(opened).address == addresses[0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("12", PASSPHRASE, PASSPHRASE), "that is no private key: a private key is 64 hexadecimal digits"),
        (("00" * 32, PASSPHRASE, PASSPHRASE), "that is no private key"),
        (("", "too short", "too short"), "at least 12 signs; nothing was written"),
        (("", PASSPHRASE, PASSPHRASE + "x"), "the two passphrases differ; nothing was written"),
    ],
)
def test_what_cannot_be_used_is_refused_without_repeating_it_and_nothing_is_written(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(NoKey) as caught:
        new_keystore(tmp_path / "key.json", types(*lines), QUICK)
    assert words in str(caught.value)
    assert lines[1] not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_written_over_and_a_folder_that_is_not_is_named(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text("another key")
    with pytest.raises(NoKey, match="is there already and is not written over"):
        new_keystore(tmp_path / "key.json", types(), QUICK)
    assert (tmp_path / "key.json").read_text() == "another key"
    with pytest.raises(NoKey, match=r"cannot write .*: No such file or directory; name a file in a folder that is there"):
        new_keystore(tmp_path / "nosuch" / "key.json", types("", PASSPHRASE, PASSPHRASE), QUICK)


def command(path: Path, stdin: int) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "connectors.signer", "--new-keystore", str(path)]
    return subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True)


def test_the_command_asks_at_the_terminal_and_prints_the_address_only(tmp_path: Path) -> None:
    ours, its = pty.openpty()
    process = command(tmp_path / "key.json", its)
    assert process.stdout is not None
    out = b""
    try:
        for answer in (SECRET, PASSPHRASE, PASSPHRASE):
            while not out.endswith(b": "):  # what is typed before a question is thrown away
                piece = os.read(process.stdout.fileno(), 1_000)
                assert piece, out
                out += piece
            os.write(ours, answer.encode() + b"\n")
            out += b"\n"
        rest, _ = process.communicate(timeout=60)
        shown = os.read(ours, 10_000) if select.select([ours], [], [], 0)[0] else b""
    finally:
        process.kill()
        os.close(its)
        os.close(ours)
    said = (out + rest).decode()
    assert process.returncode == 0, said
    assert said.splitlines()[-1] == f"the key of {EOA} is in {tmp_path / 'key.json'}"
    for secret in (SECRET, PASSPHRASE):
        assert secret not in said
        assert secret.encode() not in shown
    assert json.loads((tmp_path / "key.json").read_text())["crypto"]["kdf"] == "scrypt"


@pytest.mark.parametrize("piped", [b"", f"{SECRET}\n{PASSPHRASE}\n{PASSPHRASE}\n".encode()])
def test_without_a_terminal_nothing_is_made_even_if_something_is_piped_in(tmp_path: Path, piped: bytes) -> None:
    process = command(tmp_path / "key.json", subprocess.PIPE)
    out, _ = process.communicate(piped, timeout=60)
    assert (process.returncode, list(tmp_path.iterdir())) == (2, [])
    assert out == b"signer: there is no terminal to ask at: run this where a person types\n"
