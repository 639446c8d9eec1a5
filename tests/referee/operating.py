"""What the referees ask of the operator of a simulated venue, so that each trades in markets of its own, whatever a crowd does elsewhere.

Nothing here but the standard library: it runs in the environments of the official clients.
"""

import json
import secrets
import sys
import urllib.request
from pathlib import Path
from typing import Any


class Operator:
    """The admin's side of one venue."""

    def __init__(self, host: str, token: str) -> None:
        self.host = host
        self._token = token
        self.run = secrets.token_hex(3)
        """In the titles of this run: a market's ids follow from its title."""

    def do(self, word: str, **body: object) -> Any:  # noqa: ANN401 (JSON)
        """Do what only the venue's operator can. Raises HTTPError: the venue says no."""
        sent = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.host}/admin/{word}", sent, {"Authorization": f"Bearer {self._token}"})  # noqa: S310 (our own host)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (our own host)
            return json.load(answer)

    def hurry(self) -> None:
        """From now on trades settle within a second, so that nobody has to wait."""
        self.do("settlement", mined_ms=200, confirmed_ms=500)

    def lists(self, title: str, **more: object) -> tuple[str, list[str]]:
        """A new market: its condition and its two tokens."""
        made = self.do("markets", title=f"{title} ({self.run})", **more)
        return made["market"], made["tokens"]

    def lists_each(self) -> dict[str, tuple[str, list[str]]]:
        """One market of each kind, by kind."""
        return {
            "v1": self.lists("Will the referee be content?"),
            "v2": self.lists("Will the referee be content again?", generation="v2", fee_bps=700),
            "negRisk": self.lists("Will Anna win?", neg_risk=True, event_id=f"Who will win? ({self.run})"),
        }

    def gives_sets(self, address: str, market: str, sets: int) -> None:
        """Shares of both tokens for a wallet."""
        self.do("faucet", address=address, market=market, sets=str(sets))


def operator_of(arguments: list[str]) -> Operator:
    """From the command line: HOST and the file with the admin's token. Ends the process with a word about the usage."""
    if len(arguments) != 3:
        sys.exit(f"usage: {Path(arguments[0]).name} http://HOST:PORT TOKEN_FILE (start one: run_bot.py exchange --port 0 --admin TOKEN_FILE)")
    return Operator(arguments[1].rstrip("/"), Path(arguments[2]).read_text(encoding="utf-8").strip())
