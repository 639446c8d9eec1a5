"""Makes the file a signer reads its key from: an encrypted keystore (JSON v3), of a new key or of one that a person types. Nothing secret is shown.

The key is asked for without echo, the passphrase twice; what is printed is the key's address. An existing file is never written over.
"""

import getpass
import json
import os
import secrets
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

from eth_account import Account

from connectors.polymarket.key import BadKey, Key
from connectors.signer_key import NoKey

PASSPHRASE_SIGNS_MIN: Final = 12
"""What a person can guess, a machine that has the file guesses too."""
Ask = Callable[[str], str]
"""Asks a person for a line without showing what is typed."""


def hidden(question: str) -> str:
    """Ask at the terminal. Raises OSError: there is none at which typing can be hidden."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(question)
        except getpass.GetPassWarning:
            raise OSError("typing cannot be hidden here") from None


def new_keystore(path: Path, ask: Ask = hidden, iterations: int | None = None) -> str:
    """Ask, encrypt, write with mode 0600; the address of the key.

    Args:
        path: a file that does not exist yet.
        ask: the terminal.
        iterations: work of the key derivation (scrypt's n); None: the format's own, which takes about a second.

    Raises:
        NoKey: there is no terminal, what was typed cannot be used, or the file cannot be written; nothing was written then.
    """
    if path.exists():
        raise NoKey(f"{path} is there already and is not written over: name another file")
    try:
        told = ask("Private key (64 hexadecimal digits, not shown; empty: a new one is made): ").strip()
        key = Key(secret := told or secrets.token_hex(32))
        passphrase = ask(f"Passphrase of {path} (at least {PASSPHRASE_SIGNS_MIN} signs, not shown): ")
        again = ask("The same again: ")
    except (OSError, EOFError):
        raise NoKey("there is no terminal to ask at: run this where a person types") from None
    except BadKey as error:
        raise NoKey(f"that is no private key: {error}") from None
    if len(passphrase) < PASSPHRASE_SIGNS_MIN:
        raise NoKey(f"a passphrase has at least {PASSPHRASE_SIGNS_MIN} signs; nothing was written")
    if passphrase != again:
        raise NoKey("the two passphrases differ; nothing was written")
    stored = Account.encrypt(bytes.fromhex(secret.removeprefix("0x")), passphrase, kdf="scrypt", iterations=iterations)
    _write(path, json.dumps(stored, indent=1) + "\n")
    return key.address


def _write(path: Path, text: str) -> None:
    """On disk when this returns: the key may exist nowhere else."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NoKey(f"cannot write {path}: {error.strerror}; name a file in a folder that is there and yours") from None
