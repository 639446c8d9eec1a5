"""What every verb takes on the command line that speaks to the running daemon. Light, because the words of all verbs are known to `--help`."""

import argparse
from pathlib import Path
from typing import Any


def added(verbs: Any, name: str, words: str) -> argparse.ArgumentParser:  # noqa: ANN401 (argparse's own type is private)
    """A verb that speaks to the daemon."""
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=words)
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings, whose live.state is the daemon's folder (default: config/live.toml, or config/paper.toml if only paper runs)",
    )
    add_socket(parser)
    return parser


def add_to_resume(parser: argparse.ArgumentParser) -> None:
    """What `resume` takes for a pause; it has its --config for a halt."""
    add_socket(parser)
    parser.add_argument("--market", metavar="ID", help="end the pause, or the quarantine, of this market alone")


def add_socket(parser: argparse.ArgumentParser) -> None:
    """For a verb that has its own --config, such as `kill`."""
    parser.add_argument("--socket", type=Path, metavar="PATH", help="the daemon's socket, where it is not in its state folder, as a demo's")
