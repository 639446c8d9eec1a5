"""The outputs shown in the README are what the commands print: run them, and put what they say into its blocks. `make docs` does."""

import re
import subprocess
import sys
from typing import Final

from tests.house.tree import ROOT

README: Final = ROOT / "README.md"
SHOWN: Final = {"demo": ("demo", "--seconds", "600", "--speed", "0", "--seed", "7"), "replay": ("replay",)}
"""Name of a block → the words that print it."""
CLIENT: Final = "official client"
"""The block that the code before it prints, in the environment of the official client, against `run_bot.py exchange`."""
CLIENT_PYTHON: Final = ROOT / ".venv-referee" / "bin" / "python"
_TOLD_HOST: Final = "http://127.0.0.1:8080"
_WALL: Final = re.compile(r"in \d+\.\d s;")


def printed(name: str) -> str:
    """What the command of this block prints, without a terminal."""
    done = subprocess.run(
        [sys.executable, "run_bot.py", *SHOWN[name]], cwd=ROOT, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    return done.stdout.rstrip("\n")


def client_printed(text: str) -> str:
    """What the README's code for the official client prints, on an exchange of ours that is served for it."""
    code = block(text, f"{CLIENT}: code", "python")[0]
    assert _TOLD_HOST in code
    with subprocess.Popen([sys.executable, "run_bot.py", "exchange", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as exchange:
        try:
            assert exchange.stdout is not None
            host = re.search(r"http://127\.0\.0\.1:\d+", exchange.stdout.readline())
            assert host
            words = [str(CLIENT_PYTHON), "-c", code.replace(_TOLD_HOST, host[0])]
            done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
        finally:
            exchange.terminate()
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def block(text: str, name: str, language: str = "") -> re.Match[str]:
    """The fenced block after the marker `<!-- name -->`."""
    found = re.search(rf"(?<=<!-- {name} -->\n```{language}\n).*?(?=\n```)", text, re.DOTALL)
    assert found, f"README.md has no block after <!-- {name} -->"
    return found


def without_wall_time(text: str) -> str:
    """How long it took is the one thing that differs from machine to machine."""
    return _WALL.sub("in … s;", text)


def main() -> int:
    """Write the blocks again."""
    text = README.read_text(encoding="utf-8")
    for name in SHOWN:
        found = block(text, name)
        text = text[: found.start()] + printed(name) + text[found.end() :]
    found = block(text, CLIENT)
    text = text[: found.start()] + client_printed(text) + text[found.end() :]
    README.write_text(text, encoding="utf-8")
    sys.stdout.write(f"drew the outputs in {README}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
