"""Every effect the engine may ask for, in the imperative."""

import hashlib

import msgspec

from oms.values.bundles import Bundle, BundleEnd, Shape
from oms.values.market import EventId, MarketId, TokenId
from oms.values.orders import OrderId, OrderSpec, VenueOrderId
from oms.values.units import CashMicro, Nanos, SharesMicro


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Common shape of commands."""


class Place(_Command, frozen=True, omit_defaults=True):
    """Put this order into the market. Sent at most once, whatever happens to the reply."""

    order_id: OrderId
    spec: OrderSpec
    strategy: str
    why: str
    bundle: str = ""
    """The bundle it belongs to; empty: it stands for itself."""


class Cancel(_Command, frozen=True):
    """Take this order out of the market; may be repeated."""

    order_id: OrderId
    why: str


class Split(_Command, frozen=True):
    """Turn cash into complete sets."""

    command_id: str
    market_id: MarketId
    shares_micro: SharesMicro


class Merge(_Command, frozen=True):
    """Turn complete sets into cash."""

    command_id: str
    market_id: MarketId
    shares_micro: SharesMicro


class Convert(_Command, frozen=True):
    """NegRisk: NO of several outcomes into cash and YES of the others (polymarket.md §9.2)."""

    command_id: str
    event_id: str
    market_ids: tuple[MarketId, ...]
    shares_micro: SharesMicro


class Redeem(_Command, frozen=True):
    """Collect the payout of a resolved market."""

    command_id: str
    market_id: MarketId


class AskOrder(_Command, frozen=True):
    """Ask the venue what became of this order: by id, then its trades (ruling 0.6). A question, never an effect."""

    order_id: OrderId


class AskOpenOrders(_Command, frozen=True):
    """Ask the venue for everything of ours that stands."""

    asked_ns: Nanos = 0
    """When, by our clock: the answer carries it back."""


class AskTrades(_Command, frozen=True):
    """Ask the venue for every trade of ours since `since_ns` (catch-up by trade id)."""

    since_ns: Nanos
    asked_ns: Nanos = 0
    """As in AskOpenOrders."""


class AskBalances(_Command, frozen=True):
    """Ask the venue how much collateral, and how many shares of these tokens, it has for us."""

    tokens: tuple[TokenId, ...]
    asked_ns: Nanos = 0
    """As in AskOpenOrders."""


class AskTransfer(_Command, frozen=True):
    """Ask the venue what became of a split, a merge or a conversion: the answer is the fact itself, a refusal, or nothing while it is under way."""

    command_id: str
    sent_ns: Nanos = 0
    """When it was asked for, by our clock: long ago and still unknown means that it never arrived."""


class Heartbeat(_Command, frozen=True):
    """Tell the venue's dead-man switch that the loop is healthy."""


class Alert(_Command, frozen=True):
    """Tell a person."""

    kind: str
    text: str


class BundleOpened(_Command, frozen=True):
    """A note for the record: these legs are one trade from now on. Goes nowhere."""

    bundle_id: str
    strategy: str
    bundle: Bundle


class BundleEnded(_Command, frozen=True):
    """A note for the record: nothing more will be done for this bundle. Goes nowhere."""

    bundle_id: str
    end: BundleEnd
    result_micro: CashMicro
    """What it left at least, whoever wins; of one that is held, when its markets have paid."""
    why: str


class WindowClosed(_Command, frozen=True, kw_only=True, omit_defaults=True):
    """A note for the record: an arbitrage could be seen from `opened_ns` to the turn of this note. Goes nowhere."""

    event_id: EventId
    strategy: str
    shape: Shape
    opened_ns: Nanos
    edge_pips: int
    """The best net edge of a set at the best prices."""
    worst_micro: CashMicro = 0
    """The best proven result of a bundle that was found; 0: none was allowed."""
    sets_micro: SharesMicro = 0
    """Of that bundle."""
    bundle_id: str = ""
    """The bundle that took it; empty: missed, and `why` says why."""
    why: str


Command = (
    Place | Cancel | Split | Merge | Convert | Redeem | AskOrder | AskOpenOrders | AskTrades | AskBalances | AskTransfer | Heartbeat
    | Alert | BundleOpened | BundleEnded | WindowClosed
)  # fmt: skip
NOTES: tuple[type, ...] = (BundleOpened, BundleEnded, WindowClosed)
"""Commands that are for the record alone: no venue hears of them."""
EFFECTS: tuple[type, ...] = (Place, Cancel, Split, Merge, Convert, Redeem)
"""Commands that change something at the venue; `commands_hash` covers exactly these (ruling 0.7)."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A command with what the venue will call it, known before any byte leaves."""

    command: Command
    venue_order_id: VenueOrderId = ""


_encoder = msgspec.json.Encoder(order="deterministic")


def canonical_line(command: Command) -> bytes:
    """The command as one canonical JSON line; no run id, no wall time (ruling 2.12)."""
    return _encoder.encode(command) + b"\n"


class CommandsHash:
    """SHA-256 over the canonical lines of all effects, in order: two runs of one seed, or a run and its audit, must agree."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.count = 0

    def add(self, command: Command) -> None:
        """Take one command into the hash; questions, heartbeats and alerts are passed over."""
        if isinstance(command, EFFECTS):
            self._digest.update(canonical_line(command))
            self.count += 1

    def hexdigest(self) -> str:
        """The hash so far."""
        return self._digest.hexdigest()
