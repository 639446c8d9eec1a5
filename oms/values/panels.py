"""What a person who runs the bot is shown: frozen pictures of its state, one kind a topic. Filled by oms/show.py; nothing decides on them.

Ages are taken against `at_ns` of the view they are in (virtual in a demo). Money is in micro-dollars, shares in micro-shares, prices in pips.
"""

import enum

import msgspec

from oms.values.market import TokenId
from oms.values.panel_rows import AlertRow as AlertRow
from oms.values.panel_rows import BundleRow as BundleRow
from oms.values.panel_rows import CurvePoint as CurvePoint
from oms.values.panel_rows import FeedRow as FeedRow
from oms.values.panel_rows import FillRow as FillRow
from oms.values.panel_rows import HoldingRow as HoldingRow
from oms.values.panel_rows import LadderLevel as LadderLevel
from oms.values.panel_rows import LogRow as LogRow
from oms.values.panel_rows import MarketRow as MarketRow
from oms.values.panel_rows import NearRow as NearRow
from oms.values.panel_rows import OrderRow as OrderRow
from oms.values.panel_rows import StrategyRow as StrategyRow
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro


class Topic(enum.Enum):
    """What can be asked for, or watched."""

    OVERVIEW = "overview"
    CURVE = "curve"
    MARKETS = "markets"
    LADDER = "ladder"
    ORDERS = "orders"
    FILLS = "fills"
    INVENTORY = "inventory"
    ARBITRAGE = "arbitrage"
    HEALTH = "health"
    ALERTS = "alerts"
    STRATEGIES = "strategies"
    STORY = "story"


class _View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, gc=False):
    """Common shape of views."""

    at_ns: Nanos
    """When it was so."""


class Overview(_View, frozen=True):
    """The first thing to look at: may we trade, what are we worth, is anything wrong."""

    verb: str
    """demo, paper or live."""
    phase: str
    """One word: starting, syncing, trading, post-only, paused, halted."""
    why: str = ""
    since_ns: Nanos = 0
    """When this process began."""
    version: str = ""
    commit: str = ""
    seed: int = 0
    cash_free_micro: CashMicro = 0
    cash_pending_micro: CashMicro = 0
    fees_micro: CashMicro = 0
    start_micro: CashMicro = 0
    """What was paid in."""
    equity_mark_micro: CashMicro | None = None
    """None: a holding has no honest price."""
    equity_worst_micro: CashMicro = 0
    peak_micro: CashMicro | None = None
    """The highest equity at the mark so far; None: none was known yet."""
    day_start_micro: CashMicro | None = None
    """Equity at the mark when this UTC day began for us."""
    placed: int = 0
    filled: int = 0
    cancelled: int = 0
    resting: int = 0
    unknown: int = 0
    fills: int = 0
    settlements_open: int = 0
    settlements_failed: int = 0
    markets: int = 0
    """Open ones."""
    books_live: int = 0
    books_suspect: int = 0
    books_stale: int = 0
    alerts: int = 0
    """Raised since the start."""
    near: int = 0
    """Near misses in the pool."""
    bundles: int = 0
    """In flight."""
    conserved: str = ""
    """Empty: our books fit the venue's; else the first difference."""
    events: int = 0
    """Facts since this process began."""
    commands_hash: str = ""
    """Of every effect asked for so far."""


class Curve(_View, frozen=True):
    """Equity over the run, thinned to a few hundred points."""

    points: tuple[CurvePoint, ...] = ()


class Markets(_View, frozen=True):
    """All markets that are not over, in the order in which they were listed."""

    rows: tuple[MarketRow, ...] = ()


class Ladder(_View, frozen=True):
    """One market closely: its book with our orders in it."""

    market: MarketRow
    bids: tuple[LadderLevel, ...] = ()
    """Best first."""
    asks: tuple[LadderLevel, ...] = ()
    tick_pips: Pips = 100
    epoch: int = 0
    fee_rate_bps: int = 0
    yes_token: TokenId = ""
    no_token: TokenId = ""
    hash_checked: int = 0
    hash_agreed: int = 0
    orders: tuple[OrderRow, ...] = ()
    fills: tuple[FillRow, ...] = ()
    """The latest here, newest first."""


class Orders(_View, frozen=True):
    """Open orders, oldest first, and those that ended last, newest first."""

    open: tuple[OrderRow, ...] = ()
    ended: tuple[OrderRow, ...] = ()
    left_out: int = 0
    """Open orders beyond those shown."""


class Fills(_View, frozen=True):
    """The latest fills, newest first."""

    rows: tuple[FillRow, ...] = ()
    count: int = 0
    shares_micro: SharesMicro = 0


class Inventory(_View, frozen=True):
    """Everything held or asked for, and what the worst case is."""

    rows: tuple[HoldingRow, ...] = ()
    cash_free_micro: CashMicro = 0
    cash_pending_micro: CashMicro = 0
    worst_micro: CashMicro = 0
    """Equity if everything goes against us."""
    day_spent_micro: CashMicro = 0
    differences: tuple[str, ...] = ()
    """Where the venue says we hold something else, in words."""


class Arbitrage(_View, frozen=True):
    """Near misses, bundles, and what became of windows."""

    near: tuple[NearRow, ...] = ()
    in_flight: tuple[BundleRow, ...] = ()
    ended: tuple[BundleRow, ...] = ()
    """Newest first."""
    seen: int = 0
    taken: int = 0
    missed: dict[str, int] = {}
    ends: dict[str, int] = {}
    result_micro: CashMicro = 0


class Health(_View, frozen=True):
    """How the daemon itself does. A figure that nobody has is None."""

    lag_ms: float | None = None
    """How late the latest round of the loop began."""
    turn_us: dict[str, float] | None = None
    """p50, p99, max, mean of a turn."""
    age_us: dict[str, float] | None = None
    """The same of how old books were at decisions."""
    commit_us: dict[str, float] | None = None
    """The same of a commit of the journal."""
    last_turn_ns: Nanos = 0
    turns: int = 0
    memory_bytes: int | None = None
    journal_bytes: int | None = None
    disk_free_bytes: int | None = None
    feeds: tuple[FeedRow, ...] = ()
    budgets: dict[str, int] = {}
    """What is left of each rate budget, in units of its limit."""
    clock_off_ms: float | None = None
    """Our clock − the venue's."""
    hash_checked: int = 0
    hash_agreed: int = 0
    mirror_judged: int = 0
    mirror_agreed: int = 0
    settlements_failed: int = 0
    settlements_done: int = 0
    refusals: dict[str, int] = {}
    """By our own gate."""
    oddities: dict[str, int] = {}
    guards: dict[str, str] = {}
    """Each guard → how far it is from tripping, in words."""


class Alerts(_View, frozen=True):
    """The latest alerts, and the log's latest lines; newest first."""

    rows: tuple[AlertRow, ...] = ()
    log: tuple[LogRow, ...] = ()


class Strategies(_View, frozen=True):
    """All of them."""

    rows: tuple[StrategyRow, ...] = ()
    limits: dict[str, int] = {}


class Story(_View, frozen=True):
    """Why one order exists and what became of it, in words; from the journal where there is one."""

    order: OrderRow
    lines: tuple[str, ...] = ()


View = Overview | Curve | Markets | Ladder | Orders | Fills | Inventory | Arbitrage | Health | Alerts | Strategies | Story
