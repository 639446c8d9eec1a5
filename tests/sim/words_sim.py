"""Test words of the simulated venues. In stories prices are whole cents and sizes whole shares, so that one can check them in one's head."""

from collections.abc import Mapping, Sequence

import msgspec

from oms.engine import Engine
from oms.journal import MemoryJournal
from oms.ports import Venue
from oms.state import EngineSettings
from oms.turn import Turner
from oms.values.commands import Cancel, Command, Place, Prepared
from oms.values.events import BookReset, Event, LevelsChanged, Traded
from oms.values.levels import Level, LevelChange
from oms.values.market import FeeCurve, Market, Payout
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger
from sim.paper_book import LENSES, QUEUE, PaperFill
from sim.paper_fills import PaperFills
from sim.paper_venue import PaperVenue
from sim.world import MARKET as MARKET_RANK
from sim.world import World
from tests.words import MARKET, NO, NOON_NS, YES, given_market

TOKENS = {"YES": YES, "NO": NO}
CENT = 100
"""In pips."""


def spec(side: Side, cents: int, size: int, *, token: str = YES, lifetime: Lifetime = Lifetime.GTC, post_only: bool = False) -> OrderSpec:
    """`size` in whole shares, or whole dollars for an immediate buy."""
    return OrderSpec(
        market_id=MARKET, token=token, side=side, price_pips=cents * CENT, size_micro=size * MICRO, lifetime=lifetime, post_only=post_only
    )  # fmt: skip


def told_book(bids: Mapping[int, int], asks: Mapping[int, int], token: str = YES) -> BookReset:
    """Cents → shares."""
    return BookReset(token=token, bids=_levels(bids), asks=_levels(asks), exchange_ns=NOON_NS)


def told_level(side: Side, cents: int, shares: int, token: str = YES) -> LevelsChanged:
    """One level's new size."""
    levels: tuple[LevelChange, ...] = ((side, cents * CENT, shares * MICRO),)
    return LevelsChanged(token=token, levels=levels, exchange_ns=NOON_NS)


def told_trade(cents: int, shares: int, taker: Side, token: str = YES, *, inferred: bool = False) -> Traded:
    """A public trade."""
    return Traded(token=token, price_pips=cents * CENT, shares_micro=shares * MICRO, taker_side=taker, exchange_ns=NOON_NS, inferred=inferred)


def _levels(ladder: Mapping[int, int]) -> tuple[Level, ...]:
    return tuple((cents * CENT, shares * MICRO) for cents, shares in ladder.items())


def retold(story: str) -> str:
    """Live a story line by line, each `what happens => who was filled`, and write down what really came of it; a good story is retold unchanged.

    What happens:   book YES 49:100 48:50 | 51:100     the whole book, bids | asks
                    bid YES 49:60   ask YES 51:0       a level's new size
                    trade YES 49 x120 SELL [inferred]  a taker sold
                    BUY a YES 49 x50   SELL …          our limit order a; BUY:FAK and BUY:FOK with x in dollars
                    cancel a        lost YES           out of the market; continuity lost
                    and …                              at the same moment as the line before; else an hour later
    Who was filled: touch a 50@49, queue a 20@49; "inferred" is marked by ?, taking by !
    """
    paper = PaperFills()
    paper.list_market(given_market())
    told, at_ns = [], NOON_NS
    for line in story.strip().splitlines():
        words = line.split("=>")[0].split()
        at_ns += 0 if words[0] == "and" else 3_600 * NS_PER_SECOND
        told.append(_retold(paper, words, at_ns))
    return "\n".join(told)


def _retold(paper: PaperFills, words: list[str], at_ns: int) -> str:
    fills = _live(paper, at_ns, *(words[1:] if words[0] == "and" else words))
    for order in paper.standing():
        if not order.remaining[QUEUE]:
            paper.remove(order)
    said = ", ".join(_said(fill) for fill in sorted(fills, key=lambda fill: fill.lens))
    return f"{' '.join(words):<40} => {said}".rstrip()


def _said(fill: PaperFill) -> str:
    mark = "?" if fill.inferred else "" if fill.is_maker else "!"
    return f"{LENSES[fill.lens]} {fill.order_id} {fill.shares_micro / MICRO:g}@{fill.price_pips // CENT}{mark}"


def _live(paper: PaperFills, at_ns: int, verb: str, *rest: str) -> list[PaperFill]:
    if verb == "lost":
        paper.blind(TOKENS[rest[0]])
        return []
    if verb == "cancel":
        order = paper.order(rest[0])
        assert order is not None, f"{rest[0]} does not rest"
        paper.remove(order)
        return []
    if verb == "book":
        bids, asks = " ".join(rest[1:]).split("|")
        book = told_book(_ladder(bids), _ladder(asks), TOKENS[rest[0]])
        return paper.reset(msgspec.structs.replace(book, exchange_ns=at_ns), [])
    if verb in {"bid", "ask"}:
        ((cents, shares),) = _ladder(rest[1]).items()
        level = told_level(Side.BUY if verb == "bid" else Side.SELL, cents, shares, TOKENS[rest[0]])
        return paper.changed(msgspec.structs.replace(level, exchange_ns=at_ns))
    if verb == "trade":
        token, cents_text, size, taker = rest[:4]
        trade = told_trade(int(cents_text), int(size[1:]), Side[taker], TOKENS[token], inferred=rest[4:] == ("inferred",))
        return paper.traded(msgspec.structs.replace(trade, exchange_ns=at_ns))
    side, _, lifetime = verb.partition(":")
    name, token, cents_text, size = rest
    return paper.arrive(name, spec(Side[side], int(cents_text), int(size[1:]), token=TOKENS[token], lifetime=Lifetime[lifetime or "GTC"]))[1]


def _ladder(text: str) -> dict[int, int]:
    return {int(cents): int(shares) for cents, shares in (rung.split(":") for rung in text.split())}


class Ears(Turner):
    """A turner that only writes down what reached us, and when."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(Engine(EngineSettings(silence_ns=0)), venue, MemoryJournal())
        self.heard: list[tuple[Nanos, Event]] = []
        self.turns: list[Nanos] = []

    def turn(self, batch: object, at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:  # noqa: ARG002 (the shape of a turn)
        """Listen, decide nothing."""
        assert isinstance(batch, list)
        self.turns.append(at_ns)
        self.heard += [(at_ns, event) for event in batch]


class PaperDesk:
    """A paper venue with one market, or some more, and somebody who listens."""

    def __init__(
        self,
        *,
        cash: int = 1_000,
        market: Market | None = None,
        more: Sequence[Market] = (),
        fee_bps: int = 0,
        payout: Payout | None = None,
        trade_rule: str = "announced",
        latency: LatencySettings | None = None,
    ) -> None:
        self.market = market or given_market(fee=FeeCurve(rate_bps=fee_bps))
        self.world = World(NOON_NS)
        self.messenger = Messenger(self.world, Latency(latency or LatencySettings(), 1))
        rules = dict.fromkeys([token for one in (self.market, *more) for token in (one.yes, one.no)], trade_rule)
        self.venue = PaperVenue(self.world, self.messenger, trade_rules=rules, payouts={self.market.market_id: payout} if payout else {})
        self.venue.open_account(cash * MICRO, NOON_NS)
        for one in (self.market, *more):
            self.venue.list_market(one)
        self.ears = Ears(self.venue)

    def told(self, event: Event) -> None:
        """The recording says something now."""
        now_ns = self.world.now_ns()
        self.world.at(now_ns, MARKET_RANK, lambda at_ns: self.venue.recorded(event, at_ns))
        self.live(0)

    def command(self, command: Command) -> None:
        """We ask for something now."""
        self.venue.send([Prepared(command=command)], self.world.now_ns())

    def place(self, order_id: str, wish: OrderSpec) -> None:
        """Ask, and wait until it arrived and we were told."""
        self.command(Place(order_id=order_id, spec=wish, strategy="test", why="a test wants it"))
        self.live(1)

    def cancel(self, order_id: str) -> None:
        """Ask, and wait until we were told."""
        self.command(Cancel(order_id=order_id, why="a test wants it"))
        self.live(1)

    def live(self, seconds: float) -> None:
        """Let time pass."""
        until_ns = self.world.now_ns() + round(seconds * NS_PER_SECOND)
        self.world.at(until_ns, MARKET_RANK, lambda _now: None)
        self.world.run(self.ears, until_ns=until_ns)

    def names(self) -> list[str]:
        """What we heard since the last question, by name."""
        heard, self.ears.heard = self.ears.heard, []
        return [type(event).__name__ for _, event in heard]

    def facts(self, *kinds: type) -> list[Event]:
        """What we heard of these kinds since the last question."""
        heard, self.ears.heard = self.ears.heard, []
        return [event for _, event in heard if isinstance(event, kinds)]
