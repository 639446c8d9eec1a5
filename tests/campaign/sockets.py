"""Exchange and bot as processes on loopback: both are killed at random moments while everything else goes wrong too, and afterwards nothing is amiss.

A round: they trade, with whatever misfortune the dice choose; one of them is killed and started again; misfortune ends; and as soon as nothing moves,
the bot's journal and the exchange's own books are held against each other. What must hold then: cash and every share to the last micro, every fill,
the same orders standing, no order at the exchange that was never ours, none sent twice.
"""

import random
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from oms.ports import JournalFailed
from oms.replay import RecoveryFailed
from tests.campaign.judge import Finding
from tests.campaign.size import SEED, Say, Size
from tests.campaign.sockets_books import Follower, differences
from tests.campaign.sockets_people import Street
from tests.campaign.sockets_processes import BotProcess, ExchangeProcess, Process, wait_for

SETTLES_S: Final = 75.0
"""After a round all must be quiet and equal by then. The bot audits every 2 s, and after `cancel-only` it leaves the venue alone for thirty."""
DECIDED_S: Final = 90.0
"""At the end nothing may be unknown any more: an order that never arrived is proven absent after half a minute (venue_questions.SETTLE_NS)."""
AWAY_S: Final = 16.0
"""So long that the exchange misses the bot's heartbeat and takes its orders away."""
LONG_EVERY: Final = 10
"""Rounds of which the last is a long one: the bot stays away, and then lives until it knows what became of every order of its dead processes."""
AGAIN: Final = 0.25
"""Of the kills so many are followed by another one, while what was killed comes back: recovery itself must be recovered from."""
STARTING_S: Final = 2.5
SAID_NO: Final = 3
"""The exit code of a bot that could not begin, because the venue did not answer."""
_DEED_S: Final = 0.04
_LOOK_S: Final = 0.3
STRATEGY: Final = """
[strategy.market_making]
fair = "mid"
half_spread_pips = 100
step_pips = 100
depth = 2
size_shares = 20
max_net_shares = 300
max_collateral_usd = 3000
"""
_REQUESTS: Final = (
    "place lost", "place reply lost", "place 5xx", "place 429", "place late", "cancel lost", "cancel reply lost", "cancel 429", "cancel late",
    "query failed", "answer incomplete",
)  # fmt: skip


class Scene:
    """One exchange, one bot, the people in the street."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(f"{seed} sockets")
        self.exchange = ExchangeProcess(folder, markets=4)
        self.exchange.start()
        self.exchange.admin("settlement", mined_ms=50, confirmed_ms=250)
        self.street = Street(self.exchange.url, seed)
        for person in self.street.people:
            self.exchange.admin("faucet", address=person.address, cash="10000000")
        self.street.opens()
        self.bot = BotProcess(folder / "bot", self.exchange.url, STRATEGY)
        self.follower = Follower(self.bot.journal)
        self.struck: Counter[str] = Counter()
        self._healed_ns = 0

    def begins(self) -> None:
        """The bot quotes, in a market in which nothing else moves."""
        self.bot.start()
        wait_for(self._quotes, self.bot, "the bot does not quote in a quiet market")

    def _quotes(self) -> bool:
        return bool(self.exchange.account(self.bot.address)["orders"]) if self.bot.journal.exists() else False

    def spoils(self) -> None:
        """Something goes wrong from now on: two of all kinds."""
        for _ in range(2):
            getattr(self, self.dice.choice(("_spoil_requests", "_spoil_streams", "_spoil_venue", "_spoil_settlement")))()

    def _spoil_requests(self) -> None:
        kinds = self.dice.sample(_REQUESTS, 4)
        self.exchange.admin("faults", seed=self.dice.randrange(10**6), rates={kind: self.dice.choice((0.05, 0.2)) for kind in kinds})

    def _spoil_streams(self) -> None:
        channel = self.dice.choice(("user", "market"))
        trouble = self.dice.choice(("duplicate_ppm", "drop_ppm", "reorder_ppm", "delay_ms", "is_mute", "disconnect"))
        self.struck[f"{channel} {trouble}"] += 1
        if trouble == "disconnect":
            self.exchange.admin("disconnect", channel=channel)
        else:
            bad = {"delay_ms": self.dice.choice((100, 900)), "is_mute": True}.get(trouble, 300_000)
            self.exchange.admin("streams", channel=channel, pathologies={trouble: bad})

    def _spoil_venue(self) -> None:
        trouble = self.dice.choice(("restart", "post only", "limits", "cancel only", "cancels all", "region"))
        self.struck[f"venue: {trouble}"] += 1
        if trouble == "cancels all":
            self.exchange.admin("cancel-all", address=self.bot.address)
        else:
            rates = {"orders_per_s": 5, "orders_burst": 5, "cancels_per_s": 10, "cancels_burst": 20}
            words: dict[str, dict[str, Any]] = {
                "restart": {"restart_s": 0.7},
                "post only": {"post_only_s": 1},
                "limits": {"rates": rates},
                "cancel only": {"mode": "cancel_only"},
                "region": {"geoblocked": True},
            }
            self.exchange.admin("conditions", **words[trouble])

    def _spoil_settlement(self) -> None:
        self.struck["settlement: a tenth fails"] += 1
        self.exchange.admin("settlement", failed_ppm=100_000)

    def trades(self, seconds: float) -> None:
        """The street is busy for so long."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.street.step()
            time.sleep(_DEED_S)

    def kills(self, victim: Process, after_s: float) -> None:
        """While the street is busy, kill −9 in the middle of whatever it is, and start it again a moment later."""
        timer = threading.Timer(after_s, victim.kill)
        timer.start()
        self.trades(after_s + self.dice.uniform(0.0, 0.5))
        timer.join()
        victim.start()
        if self.dice.random() < AGAIN:
            self.struck["killed while it starts again"] += 1
            self.trades(self.dice.uniform(0.0, STARTING_S))
            victim.kill()
            victim.start()

    def stays_away(self) -> None:
        """The bot hangs for so long that its heartbeat is missed."""
        self.struck["heartbeat missed"] += 1
        self.bot.signal(signal.SIGSTOP)
        time.sleep(AWAY_S)
        self.bot.signal(signal.SIGCONT)

    def heals(self) -> None:
        """Everything is well again."""
        self.struck += Counter(self.exchange.heals())
        self.exchange.admin("settlement", failed_ppm=0)
        self._healed_ns = time.time_ns()

    def _starts_again(self) -> str:
        """A supervisor starts the bot again when the venue did not answer its first questions; any other end is a fault of ours, in words."""
        if self.bot.is_alive:
            return ""
        if self.bot.end() != SAID_NO:
            return f"the bot ended by itself: {self.bot.last_words()}"
        self.struck["start in vain"] += 1
        time.sleep(_LOOK_S)
        self.bot.start()
        return ""

    def settled(self, *, all_decided: bool = False) -> str:
        """Wait until nothing moves; in what the two views differ then, empty if in nothing."""
        end_s = time.monotonic() + (DECIDED_S if all_decided else SETTLES_S)
        found, agreed = ["nobody looked"], 0
        while agreed < 2:
            if not self.exchange.is_alive:
                return f"the exchange ended by itself: {self.exchange.last_words()}"
            if ended := self._starts_again():
                return ended
            if time.monotonic() > end_s:
                return "; ".join(found[:5])
            time.sleep(_LOOK_S)
            try:
                found = differences(self.follower.look(), self.exchange.account(self.bot.address), all_decided=all_decided)
            except (JournalFailed, RecoveryFailed) as error:
                found = [str(error)]
            if self.follower.reported_ns <= self._healed_ns:
                found.append("the bot has not heard yet what stands")
            agreed = 0 if found else agreed + 1
        return self.exchange.audit()

    def ends_markets(self) -> str:
        """While the bot is dead one market is resolved and another one voided; whoever comes after it learns of both."""
        self.bot.kill()
        paid, voided = self.street.markets[:2]
        self.exchange.admin("resolve", market=paid.market_id, yes_ppm=1_000_000)
        self.exchange.admin("void", market=voided.market_id)
        self.bot.start()
        self.heals()
        return self.settled(all_decided=True)

    def closes(self) -> None:
        """Nobody is left behind."""
        for process in (self.bot, self.exchange):
            if process.is_alive:
                process.kill()


def sockets(size: Size, say: Say) -> Iterator[Finding]:
    """So many kills of each, among misfortune of every kind."""
    folder = Path(mkdtemp(prefix="steelyard-sockets-"))
    scene = Scene(folder, SEED)
    failed = ""
    began_s = time.monotonic()
    try:
        scene.begins()
        for number in range(2 * size.socket_kills):
            failed = one_round(scene, number)
            say(f"{number + 1}/{2 * size.socket_kills} kills")
            if failed:
                break
        else:
            failed = scene.ends_markets() if size.socket_patience else ""
        account = scene.exchange.account(scene.bot.address)
    finally:
        scene.closes()
    orders, trades = len(account["orders"]), len(account["trades"])
    figures = f"{size.socket_kills} of each, {orders:,} orders of the bot and {trades:,} trades at the exchange, {time.monotonic() - began_s:.0f} s"
    table = "\n".join(f"  {count:>6}  {kind}" for kind, count in sorted(scene.struck.items()))
    yield Finding(what="both sides agree after every kill", ok=not failed, figures=f"{failed}; look at {folder}" if failed else figures, table=table)
    if not failed:
        shutil.rmtree(folder)


def one_round(scene: Scene, number: int) -> str:
    """Trade, kill, settle: the bot and the exchange in turn. What is amiss afterwards, in words that say which round it was."""
    victim: Process = scene.exchange if number % 2 else scene.bot
    scene.spoils()
    scene.kills(victim, scene.dice.uniform(0.2, 4.0))
    is_long = number % LONG_EVERY == LONG_EVERY - 1
    if is_long:
        scene.stays_away()
    scene.heals()
    scene.trades(1.5)
    failed = scene.settled(all_decided=is_long)
    return f"kill {number + 1}, of the {'exchange' if number % 2 else 'bot'}: {failed}" if failed else ""
