"""Windows of half a minute, one after the other: `live` and `paper` follow the series, `live` is killed in between, and a replay lives it again.

The exchange, both runs and the replay are processes. Nothing may be lost by the death, nothing may be left behind of windows that are over, and the
tape must tell of every window that paper traded.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.campaign.judge import Finding
from tests.campaign.size import Say, Size
from tests.config.words_live import QUOTING, Trader
from tests.config.words_runs import BOT, environment

WINDOW_S: Final = 30
FIRST_S: Final = 40
"""Of live, before it is killed."""
AWAY_S: Final = 8
SECOND_S: Final = 65
_MARKETS: Final = '[markets]\nseries = ["10001", "10002"]\nfollow_s = 2\n'
_STRATEGY: Final = "stop_buying_before_end_s = 5\nstop_buying_above_pips = 9900\n"


class Stage:
    """The processes in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: list[subprocess.Popen[bytes]] = []

    def begin(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """A verb in a process of its own; what it says goes to a file."""
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen([*BOT, *words], stdout=log, stderr=subprocess.STDOUT, env=environment({"PYTHONUNBUFFERED": "1"}))
        self._begun.append(process)
        return process

    def said(self, name: str) -> str:
        """What it said so far."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def exchange(self) -> str:
        """Serve it; its address."""
        (self._folder / "exchange.toml").write_text(f"[demo]\nmarkets = 2\nwindow_s = {WINDOW_S}\n")
        self.begin("exchange", "exchange", "--port", "0", "--config", str(self._folder / "exchange.toml"))
        end_s = time.monotonic() + 30
        while "a simulated Polymarket at " not in self.said("exchange"):
            assert time.monotonic() < end_s, self.said("exchange")
            time.sleep(0.1)
        return self.said("exchange").partition("a simulated Polymarket at ")[2].partition(",")[0]

    def ends(self) -> None:
        """Nobody is left."""
        for process in self._begun:
            if process.poll() is None:
                process.kill()
                process.wait(20)


def followed(_size: Size, say: Say) -> Iterator[Finding]:
    """Three minutes of following."""
    with TemporaryDirectory(prefix="followed-") as name:
        folder = Path(name)
        stage = Stage(folder)
        try:
            yield from _played(stage, folder, say)
        finally:
            stage.ends()


def _played(stage: Stage, folder: Path, say: Say) -> Iterator[Finding]:
    url = stage.exchange()
    trader = Trader(folder / "live")
    live_toml, paper_toml = trader.files(), folder / "paper.toml"
    live_toml.write_text(live_toml.read_text() + _STRATEGY + _MARKETS)
    quoting = "".join(f"{name} = {json.dumps(value)}\n" for name, value in QUOTING.items())
    paper_toml.write_text(f'[live]\nstate = "{folder}/paper"\n[strategy.market_making]\n{quoting}{_STRATEGY}{_MARKETS}')
    seconds = str(FIRST_S + AWAY_S + SECOND_S)
    words = ["--host", url, "--log-level", "info"]
    say("windows follow each other")
    paper = stage.begin("paper", "paper", *words, "--config", str(paper_toml), "--seconds", seconds, "--report", str(folder / "paper.json"))
    first = stage.begin("live-1", "live", "--live", *words, "--config", str(live_toml))
    time.sleep(FIRST_S)
    first.kill()
    first.wait(20)
    say("live was killed")
    time.sleep(AWAY_S)
    second = stage.begin("live-2", "live", "--live", *words, "--config", str(live_toml), "--report", str(folder / "live-2.json"))
    time.sleep(SECOND_S)
    second.send_signal(signal.SIGINT)
    for what, process in (("live-2", second), ("paper", paper)):
        yield _judged(stage, folder, what, process.wait(120))
    say("the tape is replayed")
    tape = [str(path) for path in sorted((folder / "paper" / "tape").glob("*.tape*"))]
    again = stage.begin("replay", "replay", *tape, "--config", str(paper_toml), "--report", str(folder / "replay.json"))
    again.wait(120)
    known, repeated = (_report(folder, what)["markets"]["known"] for what in ("paper", "replay"))
    yield Finding(what="a replay knows the windows that paper knew", ok=known == repeated, figures=f"{known} / {repeated}")


def _report(folder: Path, what: str) -> dict[str, Any]:
    path = folder / f"{what}.json"
    told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return told


def _judged(stage: Stage, folder: Path, what: str, code: int) -> Finding:
    """It went on from window to window, traded those that came, let those go that were over, and its books add up."""
    report, said = _report(folder, what), stage.said(what)
    if code or not report:
        return Finding(what=what, ok=False, figures=f"code {code}", table=said[-2_000:])
    markets, gone = report["markets"], said.count('what="market let go"')
    ok = report["conserved"] is True and markets["known"] >= 6 and markets["resolved"] >= 4 and gone >= 2 and report["fills"]["count"] > 0
    ok = ok and not report["oddities"] and not report["orders"]["unknown"]
    figures = f"{markets['known']} windows known, {markets['resolved']} paid, {gone} let go, {report['fills']['count']} fills"
    return Finding(what=f"{what} follows", ok=ok, figures=f"{figures}, conserved {report['conserved']}, oddities {report['oddities']}")
