"""Every effect the engine may ask for, in the imperative."""

import hashlib

import msgspec

from oms.values.market import MarketId, TokenId
from oms.values.orders import OrderId, OrderSpec, VenueOrderId
from oms.values.units import Nanos, SharesMicro


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Common shape of commands."""


class Place(_Command, frozen=True):
    """Put this order into the market. Sent at most once, whatever happens to the reply."""

    order_id: OrderId
    spec: OrderSpec
    strategy: str
    why: str


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


class Heartbeat(_Command, frozen=True):
    """Tell the venue's dead-man switch that the loop is healthy."""


class Alert(_Command, frozen=True):
    """Tell a person."""

    kind: str
    text: str


Command = Place | Cancel | Split | Merge | Convert | Redeem | AskOrder | AskOpenOrders | AskTrades | AskBalances | Heartbeat | Alert
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
