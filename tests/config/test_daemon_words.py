"""The words that all verbs share which speak to the daemon; light enough for `--help`."""

import argparse
from pathlib import Path

from config.daemon_words import add_to_resume, added
from tests.test_house import fresh_interpreter


def test_a_verb_knows_where_the_daemon_is_by_its_settings_or_its_socket() -> None:
    parser = argparse.ArgumentParser()
    added(parser.add_subparsers(dest="verb"), "status", "how it does")
    assert vars(parser.parse_args(["status"])) == {"verb": "status", "config": None, "socket": None}
    chosen = parser.parse_args(["status", "--config", "a.toml", "--socket", "b.sock"])
    assert (chosen.config, chosen.socket) == (Path("a.toml"), Path("b.sock"))


def test_resume_knows_of_markets() -> None:
    parser = argparse.ArgumentParser()
    add_to_resume(parser)
    assert vars(parser.parse_args(["--market", "m1"])) == {"socket": None, "market": "m1"}


def test_the_words_of_the_verbs_load_neither_a_loop_nor_the_protocol() -> None:
    verbs = ", ".join(f"config.verbs.{name}" for name in ("status", "pause", "cancel", "set", "order"))
    heavy = ["asyncio", "aiohttp", "connectors.operator.control.protocol", "config.settings"]
    assert fresh_interpreter(f"import sys, {verbs}; print(*[name for name in {heavy} if name in sys.modules])") == ""
