"""Two bots and the official client on one exchange: at the end everybody's view of every order and balance is the exchange's own, to the last micro.

The bots rest orders only (their strategy never takes), so they stand beside each other and trade with the client, who rests and takes; he keeps his
books from what the venue's own client tells him.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from oms.ports import JournalFailed
from tests.campaign.judge import Finding
from tests.campaign.size import SEED, Say, Size
from tests.campaign.sockets_books import Follower, differences
from tests.campaign.sockets_processes import BotProcess, ExchangeProcess, wait_for
from tests.house.tree import ROOT

OFFICIAL: Final = ROOT / ".venv-referee" / "bin" / "python"
SETTLES_S: Final = 60.0
BOTS: Final = 2
_LOOK_S: Final = 0.5
STRATEGY: Final = """
[strategy.market_making]
fair = "mid"
half_spread_pips = 100
step_pips = 100
depth = 2
size_shares = 20
lean_pips_per_100_shares = 0
max_net_shares = 500
max_collateral_usd = 5000
"""


class Client:
    """The official client, in its own environment (`make referees`)."""

    def __init__(self, folder: Path, url: str, rate: float) -> None:
        script = Path(__file__).with_name("sockets_client.py")
        self._log = (folder / "client.log").open("wb")
        self._process = subprocess.Popen(
            [str(OFFICIAL), str(script), url, str(SEED), str(rate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self.address = str(self.heard())

    def heard(self) -> Any:  # noqa: ANN401 - JSON
        """What it says next. Raises RuntimeError: it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the official client has ended; its last words are in {self._log.name}")
        return json.loads(line)

    def goes_on(self) -> None:
        """Tell it to do the next thing."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def ends(self) -> None:
        """Nobody is left behind."""
        self._process.kill()
        self._process.communicate()
        self._log.close()


class Trio:
    """The exchange and its three parties."""

    def __init__(self, folder: Path, rate: float) -> None:
        self.exchange = ExchangeProcess(folder, markets=4)
        self.exchange.start()
        self.exchange.admin("settlement", mined_ms=100, confirmed_ms=500)
        self.client = Client(folder, self.exchange.url, rate)
        self.exchange.admin("faucet", address=self.client.address, cash="10000000")
        self.bots = [BotProcess(folder / f"bot-{number}", self.exchange.url, STRATEGY) for number in range(1, BOTS + 1)]
        self.followers = [Follower(bot.journal) for bot in self.bots]

    def begins(self) -> None:
        """Everybody stands."""
        self.client.goes_on()
        self.client.heard()
        for bot in self.bots:
            bot.start()
        for bot in self.bots:
            wait_for(lambda bot=bot: bot.journal.exists() and bool(self.exchange.account(bot.address)["orders"]), bot, "the bot does not quote")  # type: ignore[misc]

    def follow(self) -> None:
        """Read on in the journals, so that no order has ended and is forgotten there before anybody looked."""
        for follower in self.followers:
            follower.look()

    def bots_differ(self) -> str:
        """Wait until the bots' views are the exchange's; in what they are not at last."""
        end_s = time.monotonic() + SETTLES_S
        while True:
            found: list[str] = []
            for number, (bot, follower) in enumerate(zip(self.bots, self.followers, strict=True), 1):
                try:
                    one = differences(follower.look(), self.exchange.account(bot.address), all_decided=True)
                except JournalFailed as error:
                    one = [str(error)]
                found += [f"bot {number}: {words}" for words in one]
            if not found or time.monotonic() > end_s:
                return "; ".join(found[:5])
            time.sleep(_LOOK_S)

    def placed(self) -> int:
        """Orders of all three at the exchange."""
        return sum(len(self.exchange.account(address)["orders"]) for address in (self.client.address, *(bot.address for bot in self.bots)))

    def closes(self) -> None:
        """Nobody is left behind."""
        self.client.ends()
        for process in (*self.bots, self.exchange):
            if process.is_alive:
                process.kill()


def three(size: Size, say: Say) -> Iterator[Finding]:
    """Trade, rest, hold the views against each other; then cancel, and hold them against each other once more."""
    if not OFFICIAL.exists():
        yield Finding(what="the official client", ok=False, figures=f"{OFFICIAL} is not there: make referees")
        return
    folder = Path(mkdtemp(prefix="steelyard-three-"))
    trio = Trio(folder, size.three_client_rate)
    try:
        trio.begins()
        before, began_s = trio.placed(), time.monotonic()
        while (gone_s := time.monotonic() - began_s) < size.three_seconds:
            say(f"{gone_s:.0f}/{size.three_seconds} s")
            trio.follow()
            time.sleep(min(5.0, size.three_seconds - gone_s))
        after, seconds = trio.placed(), time.monotonic() - began_s
        trio.client.goes_on()
        trio.client.heard()
        failed = trio.bots_differ()
        yield Finding(what="while orders stand, the bots' views are the exchange's", ok=not failed, figures=failed or _figures(trio))
        codes = [bot.end() for bot in trio.bots]
        trio.client.goes_on()
        view = trio.client.heard()
        account = trio.exchange.account(trio.client.address)
        failed = "; ".join(filter(None, (trio.bots_differ(), client_differs(view, account), trio.exchange.audit())))
        failed = failed or ("" if codes == [0] * BOTS else f"the bots ended with {codes}")
        yield Finding(what="at the end all three views are the exchange's", ok=not failed, figures=failed or _figures(trio))
        rate = (after - before) / seconds
        yield Finding(what="orders a second", ok=rate >= size.three_rate_min, figures=f"{rate:.1f} in {seconds:.0f} s, {after - before:,} in all")
    finally:
        trio.closes()
    if not failed:
        shutil.rmtree(folder)


def _figures(trio: Trio) -> str:
    parties = [("client", trio.client.address), *((f"bot {number}", bot.address) for number, bot in enumerate(trio.bots, 1))]
    told = []
    for name, address in parties:
        account = trio.exchange.account(address)
        standing = sum(row["stands"] for row in account["orders"])
        told.append(f"{name} {len(account['orders']):,} orders ({standing} stand), {len(account['trades']):,} trades")
    return "; ".join(told)


def client_differs(view: dict[str, Any], theirs: dict[str, Any]) -> str:
    """In what the official client's view is not the exchange's; empty if in nothing."""
    there = {row["id"]: row for row in theirs["orders"]}
    found = [f"{order_id} is only one side's" for order_id in view["orders"].keys() ^ there.keys()]
    for order_id, (status, shares, matched) in view["orders"].items():
        row = there.get(order_id)
        if row is None:
            continue
        if (status, shares, matched) != (row["status"], row["shares_micro"], row["matched_micro"]):
            found.append(f"{order_id}: the client has {(status, shares, matched)}, the exchange {row}")
        filled = view["fills"].get(order_id, [0, 0])
        if filled != [row["matched_micro"], row["paid_micro"]]:
            found.append(f"{order_id}: the client's trades make {filled}, the exchange has {row}")
        if row["stands"] is not (order_id in view["open"]):
            found.append(f"{order_id}: the client and the exchange do not agree whether it stands")
    balances = {"": sum(theirs["cash"].values()), **{token: sum(parts.values()) for token, parts in theirs["tokens"].items()}}
    for asset in balances.keys() | view["balances"].keys():
        if balances.get(asset, 0) != view["balances"].get(asset, 0):
            found.append(f"{asset[:12] or 'cash'}: the client has {view['balances'].get(asset, 0)}, the exchange {balances.get(asset, 0)}")
    return "; ".join(found[:5])
