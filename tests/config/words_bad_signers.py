"""Test words: settings whose signer cannot be had or trusted, one fault each; they return the settings file."""

import socket
from contextlib import closing
from pathlib import Path

from tests.config.words_live import Trader


def without_signer(trader: Trader) -> Path:
    return trader.files(signer="")


def with_a_signer_that_is_not_there(trader: Trader) -> Path:
    return trader.files(signer="nosuch.toml")


def with_settings_that_others_may_write(trader: Trader) -> Path:
    path = trader.files()
    (trader.folder / "signer.toml").chmod(0o666)
    return path


def with_a_key_that_others_may_read(trader: Trader) -> Path:
    path = trader.files()
    (trader.folder / "key.json").chmod(0o644)
    return path


def with_words_that_others_may_read(trader: Trader) -> Path:
    path = trader.files()
    (trader.folder / "words").chmod(0o640)
    return path


def without_a_key(trader: Trader) -> Path:
    path = trader.files()
    (trader.folder / "key.json").unlink()
    return path


def with_a_credential_that_is_not_here(trader: Trader) -> Path:
    path = trader.files()
    settings = trader.folder / "signer.toml"
    text = settings.read_text()
    start, end = text.index("[key]"), text.index("[caps]")
    settings.write_text(text[:start] + '[key]\ncredential = "signer.key"\n' + text[end:])
    return path


def with_a_socket_where_nobody_listens(trader: Trader) -> Path:
    return trader.files(signer="", signer_socket=str(trader.folder / "nosuch.sock"))


def with_a_socket_that_is_a_file(trader: Trader) -> Path:
    path = trader.files(signer="", signer_socket=str(trader.folder / "a.sock"))
    (trader.folder / "a.sock").write_text("")
    return path


def with_a_socket_that_others_may_use(trader: Trader) -> Path:
    path = trader.files(signer="", signer_socket=str(trader.folder / "b.sock"))
    with closing(socket.socket(socket.AF_UNIX)) as listens:
        listens.bind(str(trader.folder / "b.sock"))
    (trader.folder / "b.sock").chmod(0o666)
    return path
