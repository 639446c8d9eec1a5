"""`live`: real orders, after two switches and a signer. Ends in order on Ctrl-C or SIGTERM; SIGUSR1 and the kill file halt for good."""

import argparse
import asyncio
import signal
from pathlib import Path
from typing import Any, Final

from config.assembly.account import open_account, signer_of
from config.assembly.engines import without_chain
from config.assembly.kill import in_words
from config.assembly.live import Live
from config.assembly.live_books import reading_words
from config.assembly.lock import locked
from config.assembly.operator.side import served
from config.assembly.outside import Chosen, choose, services
from config.console import folded, note, summary
from config.settings import FOLDER, BadSettings, Settings, load
from config.verbs.ending import HALTED as HALTED
from config.verbs.ending import check_report, conclude, logged
from config.verbs.paper import begins, is_halted, outside_of
from connectors.operator.control.bridge import Last
from connectors.operator.control.protocol import SOCKET_NAME
from connectors.systemd import Notifier

READ_BEFORE: Final = (
    "Real orders with real money, by software without any warranty. It can lose all that its limits allow, and more if the venue or the chain fails."
    " Nothing here is advice. Read docs/live.md before you leave it alone."
)


def run(chosen: argparse.Namespace) -> int:
    """Trade until ended. 0 ended in order, 42 halted."""
    check_report(chosen.report, chosen.config)
    path: Path = chosen.config or FOLDER / "live.toml"
    settings = outside_of(load(path), chosen)
    _check_switches(settings, path, typed=chosen.live)
    without_chain(settings)
    if is_halted("live", settings, path):
        return HALTED
    with locked(settings.live.folder), logged(chosen, settings) as told:
        live, report = asyncio.run(_run(chosen, told, path.resolve().parent))
    print(folded(summary(report, "live: what became of it")))
    if report["left_open"]:
        print(folded(f"live: {report['left_open']} orders of ours were not confirmed gone; `run_bot.py kill` cancels everything and looks"))
    if live.killed is not None:
        print(folded(f"live: {in_words(live.killed)}"))
        conclude(chosen.report, report)
        return HALTED
    return conclude(chosen.report, report)


def _check_switches(settings: Settings, path: Path, *, typed: bool) -> None:
    """Both switches, or a refusal that says which one is missing."""
    if not settings.live.live:
        raise BadSettings(f"{path}: live.live is false, so no order is sent; set it to true when you mean it (`paper` needs no switch)")
    if not typed:
        raise BadSettings("--live: the file says live, the command line does not; type --live as well when you mean real orders")


async def _run(chosen: argparse.Namespace, settings: Settings, folder: Path) -> tuple[Live, dict[str, Any]]:
    async with services(settings.venue) as venue, signer_of(settings.live, folder) as signer:
        account = await open_account(venue, signer)
        found: Chosen = await choose(settings.markets, venue.catalog(), all_of_them=chosen.host is not None)
        notifier = Notifier.from_environment()
        live = Live(settings, found, venue, account, notifier=notifier)
        for line in begins("live", found, settings):
            print(folded(line))
        print(folded(f"      wallet {account.wallet.funder}; state in {settings.live.folder}; Ctrl-C cancels what is ours and ends"))
        print(folded(note(READ_BEFORE)), flush=True)
        if words := reading_words(live.books.journal.path):
            print(folded(f"      {words}"), flush=True)
            notifier.status(words)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, live.end, f"{signal.Signals(number).name} was sent")
        loop.add_signal_handler(signal.SIGUSR1, lambda: live.end("SIGUSR1 was sent", for_good=True))
        with served(live.keeper.steward, "live", settings.live.folder / SOCKET_NAME, settings, live.books.journal.path) as side:
            report = await live.run()
            side.last = Last(0, "ended in order") if live.killed is None else Last(HALTED, in_words(live.killed))
            return live, report
