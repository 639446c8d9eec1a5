"""TOML and environment → one frozen Settings. Refuses what it does not know, and says what, where and how to mend it.

A setting of the file may be overridden by an environment variable STEELYARD__SECTION__NAME holding a TOML value, such as
STEELYARD__LIMITS__ORDER_MAX_USD=50; one that names nothing known is refused like any other unknown setting.
Secrets are not settings and do not belong here.
"""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from config.operator_sections import MetricsSection, TelegramSection
from config.outside import GuardsSection, LiveSection, MarketsSection, VenueSection
from config.sections import DemoSection as DemoSection
from config.sections import Section, step, within
from config.tape_section import TapeSection
from connectors.importers import Assumptions
from oms.machines.risk import Limits
from oms.values.texts import one_line
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from sim.latency import LatencySettings
from strategies import UnknownStrategy, params_from

FOLDER: Final = Path(__file__).resolve().parent
FILE_BYTES_MAX: Final = 1024 * 1024
"""A longer file of settings is a mistake."""
_ENVIRONMENT_PREFIX: Final = "STEELYARD__"


class BadSettings(ValueError):
    """The configuration cannot be used; one line says what, where and how to mend it."""

    def __init__(self, words: str) -> None:
        super().__init__(one_line(words))  # names and values in it are quoted, and may hold anything


class AccountSettings(Section, frozen=True):
    """The account of a simulation or replay."""

    cash_usd: int = 1_000
    """Collateral to begin with."""

    def __post_init__(self) -> None:
        within("account.cash_usd", self.cash_usd, 1, 1_000_000_000)


class LimitSettings(Section, frozen=True):
    """Every cap, in whole dollars or numbers of orders; resting orders count at their worst."""

    order_max_usd: int = 100
    """Most that one order may cost."""
    market_loss_max_usd: int = 300
    """Most that one market may lose."""
    event_loss_max_usd: int = 600
    """Most that all markets of one event may lose together."""
    day_spend_max_usd: int = 50_000
    """Most that may be spent on purchases in one UTC day."""
    total_loss_max_usd: int = 900
    """Most that everything may lose together."""
    market_orders_max: int = 40
    """Open orders in one market."""
    total_orders_max: int = 1_000
    """Open orders altogether."""
    bundle_loss_max_usd: int = 100
    """Most that one arbitrage may come to lose, whichever of its legs fill and whoever wins."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            within(f"limits.{name}", getattr(self, name), 0, 1_000_000_000)

    def limits(self) -> Limits:
        """As the gate wants them."""
        return Limits(
            order_max_micro=self.order_max_usd * MICRO,
            market_loss_max_micro=self.market_loss_max_usd * MICRO,
            event_loss_max_micro=self.event_loss_max_usd * MICRO,
            day_spend_max_micro=self.day_spend_max_usd * MICRO,
            total_loss_max_micro=self.total_loss_max_usd * MICRO,
            market_orders_max=self.market_orders_max,
            total_orders_max=self.total_orders_max,
            bundle_loss_max_micro=self.bundle_loss_max_usd * MICRO,
        )


class EngineSection(Section, frozen=True):
    """How long is too long, and how often the book hash is checked."""

    silence_s: int = 30
    """A book of which neither the stream nor a second witness (REST, asked three times as often) says anything for so long is STALE; 0 = never."""
    reply_timeout_ms: int = 5_000
    """An order without an answer for this long is UNKNOWN and asked about."""
    ask_again_ms: int = 2_000
    """From one question about an order to the next."""
    audit_s: int = 60
    """The venue is asked for everything of ours that stands, and for our trades, this often; 0 = only when we are (back) in touch."""
    hash_every: int = 64
    """The book hash is checked at one in so many changes (a full book and a doubted one always)."""

    def __post_init__(self) -> None:
        within("engine.silence_s", self.silence_s, 0, 86_400)
        within("engine.reply_timeout_ms", self.reply_timeout_ms, 100, 600_000)
        within("engine.ask_again_ms", self.ask_again_ms, 100, 600_000)
        within("engine.audit_s", self.audit_s, 0, 86_400)
        within("engine.hash_every", self.hash_every, 1, 1_000_000)

    @property
    def silence_ns(self) -> int:
        """In nanoseconds."""
        return self.silence_s * NS_PER_SECOND

    @property
    def reply_timeout_ns(self) -> int:
        """In nanoseconds."""
        return self.reply_timeout_ms * NS_PER_MS

    @property
    def ask_again_ns(self) -> int:
        """In nanoseconds."""
        return self.ask_again_ms * NS_PER_MS


class JournalSection(Section, frozen=True):
    """The journal, where one is kept."""

    picture_s: int = 5
    """A picture of books, marks, refusals and lenses at least this many seconds apart, for the report."""
    paper_kept: int = 20
    """`paper` keeps a journal of each run in live.state; so many of the latest stay."""

    def __post_init__(self) -> None:
        within("journal.picture_s", self.picture_s, 1, 86_400)
        within("journal.paper_kept", self.paper_kept, 1, 100_000)

    @property
    def picture_ns(self) -> int:
        """In nanoseconds."""
        return self.picture_s * NS_PER_SECOND


class LogSection(Section, frozen=True):
    """What is told on stderr while a run goes on; `--log-level` wins. The commands of a run do not depend on it, and no journal is refused for it."""

    level: Literal["debug", "info", "warning", "error"] = "warning"
    """From this level up."""
    file: str = ""
    """A file that is written as well, and rotated; empty: stderr alone, which a service manager keeps."""
    file_mb: int = 10
    """The file is put aside when it is this long,"""
    files: int = 5
    """and so many of those put aside are kept."""

    def __post_init__(self) -> None:
        within("log.file_mb", self.file_mb, 1, 10_000)
        within("log.files", self.files, 1, 100)


def _check_assumptions(assume: Assumptions) -> None:
    """What a recording may be assumed to be; the importers take it as it comes."""
    if assume.fee_rate_bps is not None:
        within("assume.fee_rate_bps", assume.fee_rate_bps, 0, 10_000)
    step("assume.tick_pips", assume.tick_pips)
    within("assume.min_shares_micro", assume.min_shares_micro, 1, 1_000_000 * MICRO)
    if assume.end_after_first_s is not None:
        within("assume.end_after_first_s", assume.end_after_first_s, 1, 1_000_000_000)
    within("assume.reopened_after_s", assume.reopened_after_s, 1, 86_400)


class Settings(Section, frozen=True):
    """Everything."""

    account: AccountSettings = AccountSettings()
    limits: LimitSettings = LimitSettings()
    engine: EngineSection = EngineSection()
    journal: JournalSection = JournalSection()
    log: LogSection = LogSection()
    latency: LatencySettings = LatencySettings()
    demo: DemoSection = DemoSection()
    assume: Assumptions = Assumptions()
    venue: VenueSection = VenueSection()
    markets: MarketsSection = MarketsSection()
    live: LiveSection = LiveSection()
    guards: GuardsSection = GuardsSection()
    tape: TapeSection = TapeSection()
    telegram: TelegramSection = TelegramSection()
    metrics: MetricsSection = MetricsSection()
    strategy: dict[str, dict[str, Any]] = msgspec.field(default_factory=lambda: {"market_making": {}})

    def __post_init__(self) -> None:
        _check_assumptions(self.assume)
        for name, given in self.strategy.items():
            params_from(name, given)

    def hash(self) -> str:
        """SHA-256 over the canonical JSON of all settings but those of who looks on: two runs with one hash were told the same."""
        told = msgspec.structs.replace(self, log=LogSection(), telegram=TelegramSection(), metrics=MetricsSection(), tape=TapeSection())
        return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def load(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from a file and the environment.

    Raises:
        BadSettings: unreadable, not TOML, an unknown setting, a wrong type, or a value out of range.
    """
    environment = os.environ if environment is None else environment
    try:
        tables = _toml(_text(path))
    except OSError as error:
        raise BadSettings(f"{path}: cannot be read ({error.strerror}); name another file with --config") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{path}: is not UTF-8 text; save it as such") from None
    except _NotToml as error:
        raise BadSettings(f"{path}: is not TOML ({error})") from None
    where = _override(tables, environment, str(path))
    try:
        return msgspec.convert(tables, Settings)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{where}: {_in_words(str(error))}") from None
    except (ValueError, UnknownStrategy) as error:
        raise BadSettings(f"{where}: {error}") from None


def _text(path: Path) -> str:
    """What the file says, as far as anybody writes settings: /dev/zero has no end."""
    with path.open("rb") as file:
        told = file.read(FILE_BYTES_MAX + 1)
    if len(told) > FILE_BYTES_MAX:
        raise BadSettings(f"{path}: is longer than {FILE_BYTES_MAX} bytes, which no settings are; name another file with --config")
    return told.decode("utf-8").replace("\r\n", "\n")


class _NotToml(ValueError):
    """A text that is not TOML, or TOML that nobody writes."""


def _toml(text: str) -> dict[str, Any]:
    """Read TOML; also what the parser itself trips over (numbers of thousands of digits, brackets in brackets without end) has a name."""
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError is one, and so is what int() says about too many digits
        raise _NotToml(str(error)) from None
    except RecursionError:
        raise _NotToml("nested too deeply") from None


def _override(tables: dict[str, Any], environment: Mapping[str, str], where: str) -> str:
    """Put environment values in. Returns what to name in an error."""
    for name in sorted(environment):
        if not name.startswith(_ENVIRONMENT_PREFIX):
            continue
        keys = name.removeprefix(_ENVIRONMENT_PREFIX).lower().split("__")
        try:
            told = _toml(f"value = {environment[name]}")
        except _NotToml:
            told = {}
        if list(told) != ["value"]:
            raise BadSettings(f"environment variable {name}: {environment[name][:60]!r} is not a TOML value; quote text")
        table = tables
        for key in keys[:-1]:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise BadSettings(f"environment variable {name}: there is no such section")
        table[keys[-1]] = told["value"]
        where = f"{where} with the environment variables STEELYARD__…"
    return where


def _in_words(text: str) -> str:
    """msgspec's message with a path a user of TOML knows."""
    message, _, place = text.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if message.startswith("Object contains unknown field `"):
        field = message.split("`", 1)[1].rstrip("`")
        return f"unknown setting {place + '.' if place else ''}{field}; docs/generated/settings.md lists the known ones; mend or remove it"
    if not place or message.startswith(f"{place}."):
        return message  # it names its place itself
    return f"{place}: {message[0].lower()}{message[1:]}"
