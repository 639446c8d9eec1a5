"""Settings for the world outside: where the venue is, which markets are wanted, and what has to be said before real money moves."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from config.sections import Section, within
from oms.machines.guard import GuardLimits
from oms.values.units import MICRO, NS_PER_SECOND

_CONDITION: Final = re.compile("0x[0-9a-fA-F]{62,64}")
_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
_SERIES: Final = re.compile(r"[1-9][0-9]{0,11}")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}|[0-9a-f:]{2,45}")
_LOCAL: Final = ("127.0.0.1", "localhost", "::1")


class VenueSection(Section, frozen=True):
    """Where Polymarket is. `--host` puts another place for all of them, such as the exchange that `run_bot.py exchange` serves."""

    clob: str = "https://clob.polymarket.com"
    """Orders, books, prices."""
    gamma: str = "https://gamma-api.polymarket.com"
    """What markets there are."""
    stream: str = "wss://ws-subscriptions-clob.polymarket.com/ws"
    """The market and user channels are below it."""
    geoblock: str = "https://polymarket.com"
    """Asked by `doctor` whether trading is allowed from here."""
    prices: str = "wss://ws-live-data.polymarket.com"
    """Reference prices as Polymarket tells them; only recorded."""
    binance: str = "wss://stream.binance.com:9443/stream"
    """Reference prices as Binance tells them; only recorded."""
    rpc: str = ""
    """A node of the chain, which only `doctor` asks, whether the wallet is deployed. Never shown, as it may hold a key. Empty: nobody is asked."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            schemes = ("ws", "wss") if name in {"stream", "prices", "binance"} else ("http", "https")
            url = getattr(self, name)
            if name != "rpc":
                check_url(f"venue.{name}", url, schemes)
            elif url and not is_url(url, schemes):
                raise ValueError("venue.rpc: is not an address such as https://host/… or http://127.0.0.1:8545 (it is not shown: it may hold a key)")

    def at_host(self, host: str) -> "VenueSection":
        """All of it at one place, given as http(s)://HOST[:PORT], which has no chain. Raises ValueError in words."""
        check_url("--host", host, ("http", "https"))
        base = host.rstrip("/")
        socket = "ws" + base.removeprefix("http")
        return VenueSection(clob=base, gamma=base, stream=f"{socket}/ws", geoblock=base, prices=f"{socket}/ws/prices", binance=self.binance)


class MarketsSection(Section, frozen=True):
    """Which markets to trade, or to record. A market that cannot be traded safely is refused by name, and the others go on."""

    slugs: tuple[str, ...] = ()
    """Markets by their slug, the last part of their page's address."""
    events: tuple[str, ...] = ()
    """All markets of these events, by the event's slug."""
    conditions: tuple[str, ...] = ()
    """Markets by condition id."""
    series: tuple[str, ...] = ()
    """All windows of these series (hourly, five minutes, …), by the series' number at Gamma, such as "10684"; those that end first come first."""
    ends: dict[str, datetime] = msgspec.field(default_factory=dict)
    """Until when a market is traded, in place of the end that the catalogue names: by its slug, its condition id, or the slug of a chosen event."""
    at_most: int = 50
    """More than this many markets are refused: a whole event may hold hundreds. While it runs it bounds those that are open at one time."""
    follow_s: int = 60
    """The catalogue is asked again this often for what was chosen: new markets are taken up, ended ones let go of. 0 = only at the start."""

    def __post_init__(self) -> None:
        for slug in (*self.slugs, *self.events):
            if not _SLUG.fullmatch(slug):
                raise ValueError(f"markets: {slug!r} is not a slug; it is the last part of a market's or event's address, such as btc-above-100k")
        for condition in self.conditions:
            if not _CONDITION.fullmatch(condition):
                raise ValueError(f"markets.conditions: {condition[:80]!r} is not a condition id; it is 0x and 64 hexadecimal digits")
        for number in self.series:
            if not _SERIES.fullmatch(number):
                raise ValueError(f"markets.series: {number[:80]!r} is not the number of a series at Gamma, such as 10684; a slug belongs in events")
        for name, moment in self.ends.items():
            if not (_SLUG.fullmatch(name) or _CONDITION.fullmatch(name)):
                raise ValueError(f"markets.ends: {name[:80]!r} is neither a slug nor a condition id")
            if moment.tzinfo is None:
                raise ValueError(f"markets.ends: {name}: {moment.isoformat()} has no time zone; write it as {moment.isoformat()}Z for UTC")
            within(f"markets.ends: {name}: the year", moment.year, 2020, 2099)
        within("markets.at_most", self.at_most, 1, 3_000)
        within("markets.follow_s", self.follow_s, 0, 3_600)

    @property
    def is_empty(self) -> bool:
        """Nothing was chosen."""
        return not (self.slugs or self.events or self.conditions or self.series)


class LiveSection(Section, frozen=True):
    """What must be there before orders are real. `live` alone is not enough: `--live` has to be typed as well, and the signer needs its key."""

    live: bool = False
    """The first of the two switches."""
    signer: str = ""
    """The signer's own settings file; it is started and ended with the bot. Relative to this file's folder."""
    signer_socket: str = ""
    """Instead: the Unix socket of a signer that runs by itself."""
    state: str = "~/.local/state/steelyard"
    """Folder of the journal, the latch and the tape."""
    heartbeat_s: int = 5
    """The venue's dead-man switch is fed this often, as long as the loop turns: ten seconds of silence cancel every order. 0 = never armed."""
    lag_max_ms: int = 2_000
    """A loop that is later than this does not feed the switch."""
    kill_within_s: int = 10
    """How long a kill goes on cancelling and looking before it says that it could not verify."""

    def __post_init__(self) -> None:
        if self.signer and self.signer_socket:
            raise ValueError("live.signer and live.signer_socket: name one of them, not both")
        for name, low, high in (("heartbeat_s", 0, 8), ("lag_max_ms", 100, 60_000), ("kill_within_s", 1, 600)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"live.{name} must be from {low} to {high}, not {value}")

    @property
    def folder(self) -> Path:
        """The folder of what lasts."""
        return Path(self.state).expanduser()


class GuardsSection(Section, frozen=True):
    """When the bot halts by itself, as if a person had killed it: cancel all, look, stay off until `resume`. 0 = never for that."""

    drawdown_max_usd: int = 0
    """The result, at the mark, may fall so far below its best; the best outlives restarts."""
    day_loss_max_usd: int = 0
    """So much may be lost since the UTC day began."""
    failing_max_percent: int = 0
    """Of the last hour's trades so many may fail to settle, once there are `failing_min` failures."""
    failing_min: int = 10
    """Fewer failures within the hour halt nothing."""
    confirm_s: int = 5
    """It must have been so for this long: one torn book is no loss."""
    user_stream_silent_s: int = 120
    """The account's own stream may be without any sign of life for so long (`live` only)."""
    clock_off_max_ms: int = 5_000
    """Our clock and the venue's may differ so much."""
    disk_free_min_mb: int = 200
    """So much must be free where the journal is."""

    def __post_init__(self) -> None:
        for name in ("drawdown_max_usd", "day_loss_max_usd"):
            within(f"guards.{name}", getattr(self, name), 0, 1_000_000_000)
        within("guards.failing_max_percent", self.failing_max_percent, 0, 100)
        within("guards.failing_min", self.failing_min, 1, 1_000_000)
        within("guards.confirm_s", self.confirm_s, 0, 3_600)
        within("guards.user_stream_silent_s", self.user_stream_silent_s, 0, 86_400)
        within("guards.clock_off_max_ms", self.clock_off_max_ms, 0, 3_600_000)
        within("guards.disk_free_min_mb", self.disk_free_min_mb, 0, 1_000_000_000)

    def limits(self) -> GuardLimits:
        """Those that the engine judges by."""
        return GuardLimits(
            drawdown_max_micro=self.drawdown_max_usd * MICRO,
            day_loss_max_micro=self.day_loss_max_usd * MICRO,
            failing_max_ppm=self.failing_max_percent * 10_000,
            failing_min=self.failing_min,
            confirm_ns=self.confirm_s * NS_PER_SECOND,
        )


def check_url(name: str, url: str, schemes: tuple[str, ...]) -> None:
    """Raises ValueError: not an address of this kind, or one that would carry orders in the clear to another machine."""
    if is_url(url, schemes):
        return
    if is_url(url, schemes, in_clear=True):
        parts = urlsplit(url)
        safe = f"{schemes[-1]}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
        raise ValueError(f"{name}: {url[:200]!r} would go to another machine in the clear; use {safe}")
    raise ValueError(f"{name}: {url[:200]!r} is not an address such as {schemes[-1]}://host or {schemes[0]}://127.0.0.1:8080")


def is_url(url: str, schemes: tuple[str, ...], *, in_clear: bool = False) -> bool:
    """Is it an address of this kind? `in_clear`: the open one of the two schemes may go to another machine."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme not in schemes or not host or not _HOST.fullmatch(host) or parts.query or parts.fragment or parts.username is not None:
        return False
    return in_clear or parts.scheme != schemes[0] or host in _LOCAL
