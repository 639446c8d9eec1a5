"""`exchange`: the simulated venue on the wall clock behind Polymarket's wire, with markets of both generations that a crowd keeps alive.

Markets come in lines: one of each generation side by side, each followed by a new one when it ends; to Gamma a line is a series. A crowd trades in
them as in `demo`, under addresses of its own, so that a newcomer's client finds books, prices and trades at once.

With a journal the exchange is as old as its journal: whatever it was asked is done again before it is served (sim/gateway/journal.py).
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from config.refusals import SaidNo
from oms.values.market import FeeCurve, Market, Payout
from oms.values.units import NS_PER_SECOND, CashMicro, Nanos
from sim.exchange import Exchange
from sim.gateway.host import Host
from sim.gateway.ids import keccak, new_market
from sim.gateway.journal import JournalRefused, RequestJournal
from sim.gateway.records import HostSettings, Series, Terms
from sim.gateway.server import Gateway
from sim.latent import Latent
from sim.market_series import SeriesSettings
from sim.outcomes import Outcome
from sim.traders import PEOPLE, Crowd, fund

GENERATIONS: Final = ("v1", "v2")
PAYS_AFTER_NS: Final = 20 * NS_PER_SECOND
FIRST_SERIES: Final = 10_001
"""Gamma's number of the first line's series; the others count on."""
_NAMED: Final = {60: "hourly", 1_440: "daily"}
"""What Gamma calls windows of so many minutes; others by their number."""


class _Line(msgspec.Struct, frozen=True):
    """Markets that follow each other."""

    number: int
    generation: str


class Truths:
    """How markets will end: hidden walks, by market, until they are paid."""

    def __init__(self) -> None:
        self.latents: dict[str, Latent] = {}

    def payout(self, market_id: str, _at_ns: Nanos) -> Payout | None:
        """What a market pays, once (Resolver)."""
        latent = self.latents.pop(market_id, None)
        if latent is None:
            return None
        yes_ppm = 1_000_000 if latent.outcome_is_yes() else 0
        return Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm)


class Bazaar:
    """Markets on a host, opened one after the other; `traders` says whether anybody trades there but the users."""

    def __init__(self, host: Host, truths: Truths, settings: SeriesSettings, *, traders: bool) -> None:
        """`truths` is the resolver that `host` was made with."""
        self.exchange = host.exchange
        self._host = host
        self._settings = settings
        self._traders = traders
        self._truths = truths
        self._count = 0
        self._accounts: Mapping[str, str] = {name: "0x" + keccak(f"{settings.seed}/{name}".encode())[-20:].hex() for name in PEOPLE}
        if traders:
            fund(host.exchange, self._accounts)

    def begin(self) -> None:
        """Open the first market of each line; their first ends are spread over one window."""
        now_ns, settings = self._host.now_ns(), self._settings
        for number in range(settings.markets):
            line = _Line(number, GENERATIONS[number % len(GENERATIONS)])
            self._open(line, now_ns + settings.window_ns * (number + 1) // settings.markets, now_ns)

    def at(self, at_ns: Nanos, _rank: int, action: Callable[[Nanos], None], /) -> None:
        """Let this happen then (Timetable)."""
        self._host.timers.set(at_ns, action)

    def act(self, operation: Callable[[Exchange], list[Outcome]], _at_ns: Nanos, /) -> list[Outcome]:
        """Do something to the exchange, and let everybody know (Floor)."""
        return self._host.act(lambda exchange, _now_ns: operation(exchange))

    def _open(self, line: _Line, end_ns: Nanos, at_ns: Nanos) -> None:
        settings = self._settings
        self._count += 1
        title = f"Steelyard {settings.seed}: market {self._count} of line {line.number + 1}, will the hidden walk end above zero?"
        fee = FeeCurve(rate_bps=settings.fee_rate_bps)
        market = new_market(title, generation=line.generation, tick_pips=settings.tick_pips, fee=fee, end_ns=end_ns)
        slug = f"steelyard-{settings.seed}-{line.number + 1}-{self._count}"
        terms = Terms(slug=slug, description=_RULES, pays_after_ns=PAYS_AFTER_NS, listed_ns=at_ns, series=series_of(line.number, settings))
        self._host.list_market(market, terms)
        seed = f"{settings.seed} {slug}"
        latent = self._truths.latents[market.market_id] = Latent(seed, at_ns, end_ns)
        if self._traders:
            Crowd(self, self, market, latent, seed, self._accounts).open(at_ns)
        self._host.timers.set(end_ns, partial(self._follow, line))

    def _follow(self, line: _Line, at_ns: Nanos) -> None:
        self._open(line, at_ns + self._settings.window_ns, at_ns)

    def open_markets(self) -> list[Market]:
        """What can be traded now, oldest first."""
        return [self._host.market(market_id) for market_id in self._truths.latents]


def series_of(line: int, settings: SeriesSettings) -> Series:
    """What Gamma says of the line whose windows follow each other; `line` counts from 0."""
    minutes, seconds = divmod(settings.window_ns // NS_PER_SECOND, 60)
    recurrence = f"{seconds + 60 * minutes}s" if seconds else _NAMED.get(minutes, f"{minutes}m")
    return Series(number=str(FIRST_SERIES + line), title=f"Steelyard {settings.seed} line {line + 1}", recurrence=recurrence)


_RULES: Final = (
    "Resolves to Yes when a hidden random walk, drawn from the seed of this simulated exchange, ends above zero. Play money;"
    " it says nothing of any real event."
)


class JournalSaidNo(SaidNo):
    """The journal of an exchange cannot be gone on with, or not begun; one line names it and the way out."""


class ExchangeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a served exchange depends on besides what it is asked."""

    series: SeriesSettings
    grant_micro: CashMicro
    """Of a new wallet."""
    traders: bool
    """A crowd keeps the markets alive."""

    def named(self) -> dict[str, int | str | bool]:
        """As its journal holds them: one that was begun with others belongs to another exchange."""
        series: dict[str, int | str | bool] = msgspec.to_builtins(self.series)
        return {**series, "grant_micro": self.grant_micro, "traders": self.traders}


class Served:
    """An exchange, ready to be served: begun now, or done again from its journal."""

    def __init__(
        self, settings: ExchangeSettings, *, admin_token: str = "", journal: Path | None = None, now: Callable[[], Nanos] = time.time_ns
    ) -> None:
        """`admin_token`: empty: there is no admin. Raises JournalSaidNo."""
        truths = Truths()
        seed = settings.series.seed
        self.host: Final = Host(now, HostSettings(seed=seed, grant_micro=settings.grant_micro), resolver=truths.payout)
        self.bazaar: Final = Bazaar(self.host, truths, settings.series, traders=settings.traders)
        self.repeated = 0
        """Requests that were done again."""
        self._journal: RequestJournal | None = None
        try:
            if journal is not None:
                self._journal = RequestJournal(journal, now(), settings.named())
            self.gateway: Final = Gateway(self.host, admin_token=admin_token, journal=self._journal)
            with self.host.instant(now() if self._journal is None else self._journal.began_ns):
                self.bazaar.begin()
            if self._journal is not None:
                self.repeated = self._journal.repeat(self.gateway.rest.again)
        except JournalRefused as error:
            self.close()
            raise JournalSaidNo(f"--journal {error}") from None
        self.host.now_ns()  # what fell due while nobody was here

    def close(self) -> None:
        """Let go of the journal."""
        if self._journal is not None:
            self._journal.close()
