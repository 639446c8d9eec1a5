"""What a journal keeps beside facts and commands: what was decided on what was seen, and from time to time how everything looked.

Bodies leave out what they need not say: fields at their defaults, the levels of a NO book that mirrors YES, the market (a fact listed it).
A strategy that quotes decides about one market (`DecisionBody`), a bundle is begun and brought on in several at once (`BundleBody`).
"""

import msgspec

from oms.values.decisions import Decision
from oms.values.levels import Level
from oms.values.market import MarketId
from oms.values.orders import OrderId, Side
from oms.values.snapshot import BookView, Doubt, Health, Snapshot, TokenHolding
from oms.values.units import PRICE_ONE_PIPS, CashMicro, Nanos, Pips, SharesMicro


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What the gate said to one quote."""

    is_yes: bool = True
    """Which of the market's two tokens."""
    side: Side
    price_pips: Pips
    shares_micro: SharesMicro
    order_id: OrderId = ""
    """Of the order it became; empty: refused."""
    reserve_micro: int = 0
    """What was set aside for it: micro-dollars for a buy, micro-shares for a sale."""
    refused: str = ""
    """The name of the refusal (machines/risk.py); empty: approved."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One decision that led to commands: those from `first` up to, not including, `last` among the commands of its turn."""

    strategy: str
    snapshot: Snapshot
    decision: Decision
    verdicts: tuple[Verdict, ...]
    first: int
    last: int

    @property
    def oldest_ns(self) -> Nanos:
        """When the book changed that had changed longest ago."""
        return min(self.snapshot.yes.changed_ns, self.snapshot.no.changed_ns)


class BundleMade(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a bundle that led to commands: those from `first` up to, not including, `last` among the commands of its turn."""

    strategy: str
    bundle_id: str
    snapshots: tuple[Snapshot, ...]
    """Of the markets it is about, before the step; never empty."""
    first: int
    last: int

    @property
    def oldest_ns(self) -> Nanos:
        """As in Made, of all its books."""
        return min(min(snapshot.yes.changed_ns, snapshot.no.changed_ns) for snapshot in self.snapshots)


class BookSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The top of one token's book as a strategy saw it."""

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    health: Health = Health.LIVE
    doubts: Doubt = Doubt(0)
    epoch: int = 0
    changed_ns: Nanos = 0
    tick_pips: Pips = 100

    @property
    def best_bid_pips(self) -> Pips:
        """0: there is none."""
        return self.bids[0][0] if self.bids else 0

    @property
    def best_ask_pips(self) -> Pips:
        """10 000: there is none."""
        return self.asks[0][0] if self.asks else PRICE_ONE_PIPS


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a decision entry holds since schema 2: all that the strategy was shown, what it wanted, and what the gate made of it."""

    strategy: str
    market_id: MarketId
    yes: BookSeen
    no: BookSeen
    no_mirrors: bool = False
    """The levels of `no` are left out: they are those of `yes`, mirrored."""
    yes_holding: TokenHolding = TokenHolding()
    no_holding: TokenHolding = TokenHolding()
    resting: tuple[tuple[OrderId, SharesMicro], ...] = ()
    """Our orders that stood or might stand, with what was left of them."""
    cash_free_micro: CashMicro = 0
    decision: Decision
    verdicts: tuple[Verdict, ...] = ()
    frames: tuple[int, int] | None = None
    """First and last tape frame behind the turn; None: its facts came from no tape."""

    @property
    def no_seen(self) -> BookSeen:
        """The NO book with its levels, also where they were left out."""
        return _with_levels(self.no, self.yes) if self.no_mirrors else self.no

    @property
    def oldest_ns(self) -> Nanos:
        """As in Made."""
        return min(self.yes.changed_ns, self.no.changed_ns)


class MarketSeen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of several markets as they were seen, and what we had there."""

    market_id: MarketId
    yes: BookSeen
    no: BookSeen
    no_mirrors: bool = False
    """As in DecisionBody."""
    yes_holding: TokenHolding = TokenHolding()
    no_holding: TokenHolding = TokenHolding()
    resting: tuple[tuple[OrderId, SharesMicro], ...] = ()
    """As in DecisionBody."""

    @property
    def no_seen(self) -> BookSeen:
        """The NO book with its levels, also where they were left out."""
        return _with_levels(self.no, self.yes) if self.no_mirrors else self.no


class BundleBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a decision entry of the kind `BundleMade` holds, since schema 3: what was seen when a bundle was begun or taken a step on.

    What was wanted stands in the commands that point to it: the bundle itself in BundleOpened, each order's reason in its Place.
    """

    strategy: str
    bundle_id: str
    markets: tuple[MarketSeen, ...]
    cash_free_micro: CashMicro = 0
    frames: tuple[int, int] | None = None
    """As in DecisionBody."""

    @property
    def oldest_ns(self) -> Nanos:
        """As in BundleMade."""
        return min((min(market.yes.changed_ns, market.no.changed_ns) for market in self.markets), default=0)


def bundle_body_of(made: BundleMade, frames: tuple[int, int] | None) -> BundleBody:
    """The entry of one step of a bundle."""
    return BundleBody(
        strategy=made.strategy,
        bundle_id=made.bundle_id,
        markets=tuple([_market_seen(snapshot) for snapshot in made.snapshots]),
        cash_free_micro=made.snapshots[0].cash_free_micro,
        frames=frames,
    )


def body_of(made: Made, frames: tuple[int, int] | None) -> DecisionBody:
    """The entry of one decision."""
    snapshot = made.snapshot
    market = _market_seen(snapshot)
    return DecisionBody(
        strategy=made.strategy,
        market_id=market.market_id,
        yes=market.yes,
        no=market.no,
        no_mirrors=market.no_mirrors,
        yes_holding=market.yes_holding,
        no_holding=market.no_holding,
        resting=market.resting,
        cash_free_micro=snapshot.cash_free_micro,
        decision=made.decision,
        verdicts=made.verdicts,
        frames=frames,
    )


def seen(view: BookView, *, with_levels: bool = True) -> BookSeen:
    """One book as it was shown."""
    return BookSeen(
        bids=view.bids if with_levels else (),
        asks=view.asks if with_levels else (),
        health=view.health,
        doubts=view.doubts,
        epoch=view.epoch,
        changed_ns=view.changed_ns,
        tick_pips=view.tick_pips,
    )


def _market_seen(snapshot: Snapshot) -> MarketSeen:
    yes, no = snapshot.yes, snapshot.no
    no_mirrors = no.bids == _mirrored(yes.asks) and no.asks == _mirrored(yes.bids)
    return MarketSeen(
        market_id=snapshot.market.market_id,
        yes=seen(yes),
        no=seen(no, with_levels=not no_mirrors),
        no_mirrors=no_mirrors,
        yes_holding=snapshot.yes_holding,
        no_holding=snapshot.no_holding,
        resting=tuple([(order.order_id, order.remaining_micro) for order in snapshot.resting]),
    )


def _with_levels(no: BookSeen, yes: BookSeen) -> BookSeen:
    return msgspec.structs.replace(no, bids=_mirrored(yes.asks), asks=_mirrored(yes.bids))


def _mirrored(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """A bid at p is the other token's ask at 1 − p."""
    return tuple([(PRICE_ONE_PIPS - price, size) for price, size in levels])
