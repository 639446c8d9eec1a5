"""Where the private key is read from: an encrypted keystore (JSON v3) with a passphrase, or a systemd credential. Never argv, never environment.

The passphrase comes from a file, from a systemd credential, or from a person at the terminal. A file that others can read is refused, because by
then it is no secret any more. (A credential of systemd may carry its group's bit: with DynamicUser the access list shows up there.)
"""

import getpass
import os
import stat
import sys
import warnings
from pathlib import Path
from typing import Final

import msgspec
from eth_account import Account

from connectors.polymarket.key import BadKey, Key

sys.setrecursionlimit(1_000)  # eth_account raises it a hundredfold when it is imported: a deeply nested text would then kill the process
_FILE_BYTES_MAX: Final = 65_536
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeySource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which key, and how to open it. Exactly one of `keystore` and `credential`."""

    keystore: str = ""
    """Path of a JSON v3 file."""
    credential: str = ""
    """Name of a systemd credential that holds the key in hexadecimal digits (`LoadCredentialEncrypted=`)."""
    passphrase_file: str = ""
    passphrase_credential: str = ""
    """Neither: a person is asked at the terminal."""


class NoKey(RuntimeError):
    """The key cannot be had; the message says what, where and how to mend it, and never what is in any file."""


def read_key(source: KeySource) -> Key:
    """The key. Raises NoKey."""
    if bool(source.keystore) is bool(source.credential):
        raise NoKey("[key] needs either keystore or credential, and not both")
    if source.credential:
        return _key(_credential(source.credential).decode(errors="replace"), f"the credential {source.credential}")
    stored = _private_file(Path(source.keystore), _OTHERS)
    try:
        opened = Account.decrypt(stored.decode(), _passphrase(source))
    except (ValueError, TypeError, KeyError, AttributeError):  # every complaint of eth-account about a file or a passphrase; its text is not shown
        raise NoKey(f"the keystore {source.keystore} cannot be opened: it is damaged, no JSON v3 keystore, or the passphrase is wrong") from None
    return _key(bytes(opened).hex(), f"the keystore {source.keystore}")


def _key(text: str, where: str) -> Key:
    try:
        return Key(text)
    except BadKey as error:
        raise NoKey(f"{where} holds no private key: {error}") from None


def _passphrase(source: KeySource) -> str:
    if source.passphrase_file and source.passphrase_credential:
        raise NoKey("[key] takes passphrase_file or passphrase_credential, not both")
    if source.passphrase_credential:
        return _line(_credential(source.passphrase_credential))
    if source.passphrase_file:
        return _line(_private_file(Path(source.passphrase_file), _OTHERS))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would read standard input instead, which is the bot's socket
            return getpass.getpass(f"Passphrase of {source.keystore}: ")
    except (OSError, EOFError, getpass.GetPassWarning):
        raise NoKey("there is no terminal to ask for the passphrase at: name a passphrase_file or passphrase_credential") from None


def _line(found: bytes) -> str:
    """A passphrase as people write it into a file: the line end is not part of it."""
    return found.decode(errors="replace").rstrip("\r\n")


def _credential(name: str) -> bytes:
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        raise NoKey(f"there are no systemd credentials here (no CREDENTIALS_DIRECTORY), so none named {name}: add LoadCredential= to the unit")
    if Path(name).name != name:
        raise NoKey(f"{name[:80]!r} is no name of a credential: a plain file name, without folders")
    return _private_file(Path(folder) / name, stat.S_IRWXO)


def _private_file(path: Path, forbidden: int) -> bytes:
    """The file's bytes, if nobody has a right to it who should not. Its mode is looked at on the open file, so it cannot be swapped between."""
    try:
        with path.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise NoKey(f"{path} is not a plain file")
            if mode & forbidden:
                raise NoKey(f"others may use {path} (mode {stat.S_IMODE(mode):04o}): chmod 600 it, and think about who has read it")
            return opened.read(_FILE_BYTES_MAX)
    except OSError as error:
        raise NoKey(f"cannot read {path}: {error.strerror}") from None
