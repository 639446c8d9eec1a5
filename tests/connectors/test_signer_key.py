"""Where a key comes from: keystores and credentials; what is refused, and that no refusal shows a secret."""

import getpass
import io
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.polymarket.key import Key
from connectors.signer_key import KeySource, NoKey, read_key
from tests.connectors.polymarket.words_signing import EOA, SECRET
from tests.connectors.words_signer import KEYSTORE, KEYSTORE_SECRET

ROOT = Path(__file__).resolve().parents[2]


def private(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def refusal(source: KeySource) -> str:
    with pytest.raises(NoKey) as refused:
        read_key(source)
    told = str(refused.value)
    assert refused.value.__cause__ is None
    assert "\n" not in told
    for secret in (SECRET, KEYSTORE_SECRET, "testpassword", "wrong phrase"):
        assert secret not in told
    return told


def test_a_keystore_opens_with_the_passphrase_of_its_file(tmp_path: Path) -> None:
    """The published example of the format."""
    source = KeySource(keystore=private(tmp_path / "key.json", KEYSTORE), passphrase_file=private(tmp_path / "phrase", "testpassword\n"))
    assert read_key(source).address == Key(KEYSTORE_SECRET).address


def test_a_keystore_opens_with_a_passphrase_that_systemd_or_a_person_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keystore = private(tmp_path / "key.json", KEYSTORE)
    private(tmp_path / "phrase", "testpassword\r\n", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    address = Key(KEYSTORE_SECRET).address
    assert read_key(KeySource(keystore=keystore, passphrase_credential="phrase")).address == address
    asked: list[str] = []
    monkeypatch.setattr(getpass, "getpass", lambda prompt: asked.append(prompt) or "testpassword")  # type: ignore[func-returns-value]
    assert read_key(KeySource(keystore=keystore)).address == address
    assert asked == [f"Passphrase of {keystore}: "]


def test_a_credential_of_systemd_is_the_key_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private(tmp_path / "signer.key", f"0x{SECRET}\n", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_key(KeySource(credential="signer.key")).address == EOA


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_keystore_or_passphrase_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    keystore, phrase = tmp_path / "key.json", tmp_path / "phrase"
    private(keystore, KEYSTORE, mode)
    private(phrase, "testpassword")
    assert f"others may use {keystore} (mode {mode:04o}): chmod 600" in refusal(KeySource(keystore=str(keystore), passphrase_file=str(phrase)))
    keystore.chmod(0o600)
    phrase.chmod(mode)
    assert f"others may use {phrase}" in refusal(KeySource(keystore=str(keystore), passphrase_file=str(phrase)))


def test_a_world_readable_credential_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private(tmp_path / "signer.key", SECRET, 0o444)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "others may use" in refusal(KeySource(credential="signer.key"))


def test_a_wrong_passphrase_and_a_damaged_keystore_say_so_without_showing_anything(tmp_path: Path) -> None:
    wrong = private(tmp_path / "phrase", "wrong phrase")
    for stored in (KEYSTORE, KEYSTORE[:200], "{}", "[]", "null", '{"version":3,"crypto":{}}', KEYSTORE.replace("5318b4d5", "zz"), "\udce4"):
        path = tmp_path / "key.json"
        path.write_text(stored, errors="surrogateescape")
        path.chmod(0o600)
        assert "cannot be opened" in refusal(KeySource(keystore=str(path), passphrase_file=wrong))


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    keystore = private(tmp_path / "key.json", KEYSTORE)
    assert "either keystore or credential" in refusal(KeySource())
    assert "either keystore or credential" in refusal(KeySource(keystore=keystore, credential="x"))
    assert "not both" in refusal(KeySource(keystore=keystore, passphrase_file="a", passphrase_credential="b"))
    assert "no systemd credentials here" in refusal(KeySource(credential="signer.key"))
    assert "No such file" in refusal(KeySource(keystore=str(tmp_path / "none")))
    assert "not a plain file" in refusal(KeySource(keystore="/dev/null"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "no name of a credential" in refusal(KeySource(credential="../key.json"))
    private(tmp_path / "empty", "")
    assert "holds no private key" in refusal(KeySource(credential="empty"))


def test_without_a_terminal_the_bots_socket_is_not_read_for_a_passphrase(tmp_path: Path) -> None:
    path = private(tmp_path / "key.json", KEYSTORE)
    story = f"from connectors.signer_key import KeySource, read_key\nread_key(KeySource(keystore={path!r}))"
    ours, its = socket.socketpair()
    with ours, its:
        ours.sendall(b"a question\n")
        done = subprocess.run(
            [sys.executable, "-c", story], stdin=its.fileno(), capture_output=True, text=True, start_new_session=True, check=False, cwd=ROOT
        )
        assert "there is no terminal to ask for the passphrase at" in done.stderr
        assert its.recv(100) == b"a question\n", "it is the signer's to answer"


def test_without_a_terminal_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_terminal(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", no_terminal)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "no terminal to ask" in refusal(KeySource(keystore=private(tmp_path / "key.json", KEYSTORE)))
