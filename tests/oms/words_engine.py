"""Test vocabulary of the engine: a floor with one strategy that wants what the test says, a venue that only listens, and facts about orders.

Sizes in whole shares and dollars unless the name says micro; `told_…` builds a fact, `given_…` a thing.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from oms.engine import Engine
from oms.journal import MemoryJournal
from oms.machines.blotter import Order
from oms.machines.ladder import VIEW_DEPTH
from oms.machines.lifecycle import State as OrderState
from oms.ports import Journal
from oms.state import EngineSettings, State, StrategyLine
from oms.turn import Turner
from oms.values import events as e
from oms.values.commands import Alert, Cancel, Command, Place, Prepared
from oms.values.decisions import Decision, Quote, Quotes, StandAside
from oms.values.market import Market, Payout
from oms.values.orders import Side
from oms.values.snapshot import Snapshot
from oms.values.units import MICRO, NS_PER_MS
from tests.oms.words_oms import given_fill, told_book, told_change
from tests.words import MARKET, NO, NOON_NS, YES, given_market

C = TypeVar("C", bound=Command)
STAGES = e.SettlementStage
YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)
NO_WINS = Payout(yes_ppm=0, no_ppm=1_000_000)


class Script:
    """A strategy that wants what the test says, and remembers what it was shown. Unless told, it wants just what stands for certain."""

    def __init__(self, floor: "Floor") -> None:
        self._floor = floor
        self.decision: Decision | None = None
        self.shown: list[Snapshot] = []

    def __call__(self, snapshot: Snapshot, _params: object) -> Decision:
        if snapshot.market.market_id != MARKET:
            return StandAside(why="the script is about one market")
        self.shown.append(snapshot)
        return self.decision or Quotes(quotes=self.what_stands(), why="leave all as it is")

    def what_stands(self) -> tuple[Quote, ...]:
        orders = [order for order in self._floor.state.blotter.all_open() if order.state in {OrderState.SENT, OrderState.LIVE}]
        return tuple(
            Quote(token=o.spec.token, side=o.spec.side, price_pips=o.spec.price_pips, shares_micro=o.remaining_micro, why="as it is") for o in orders
        )

    def want(self, *quotes: Quote, patience_pips: int = 0, look_again_ns: int | None = None) -> None:
        self.decision = Quotes(quotes=quotes, why="the script says so", patience_pips=patience_pips, look_again_ns=look_again_ns)

    def want_nothing(self) -> None:
        self.decision = StandAside(why="the script stands aside")


class ListeningVenue:
    """Names orders `v-<id>` and keeps what was sent; answers nothing."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.last: list[Command] = []

    def prepare(self, commands: Sequence[Command], at_ns: int) -> list[Prepared]:  # noqa: ARG002 (the socket's shape)
        return [Prepared(command=command, venue_order_id=f"v-{command.order_id}" if isinstance(command, Place) else "") for command in commands]

    def send(self, ready: Sequence[Prepared], at_ns: int) -> None:  # noqa: ARG002 (the socket's shape)
        self.last = [prepared.command for prepared in ready]
        self.sent += self.last


class Floor:
    """An engine with its turner, a scripted strategy that looks so many levels deep, and a listening venue. Time: milliseconds after NOON_NS."""

    def __init__(
        self,
        journal: Journal | None = None,
        also: Sequence[StrategyLine] = (),
        *,
        levels: int = VIEW_DEPTH,
        **knobs: Any,  # noqa: ANN401
    ) -> None:
        self.script = Script(self)
        self.venue = ListeningVenue()
        self.journal = journal or MemoryJournal()
        lines = (StrategyLine(name="maker", evaluate=self.script, params=None, levels=levels), *also)
        self.engine = Engine(EngineSettings(strategies=lines, order_prefix="7-", **{"silence_ns": 0, **knobs}))
        self.turner = Turner(self.engine, self.venue, self.journal)
        self.now_ms = 0
        self.stirs = 0

    @property
    def state(self) -> State:
        return self.engine.state

    def tell(self, *events: e.Event, after_ms: int = 1) -> list[Command]:
        """One turn, `after_ms` after the last one. Returns what was sent."""
        self.now_ms += after_ms
        self.venue.last = []
        self.turner.turn(list(events), self.now_ns)
        return self.venue.last

    @property
    def now_ns(self) -> int:
        return NOON_NS + self.now_ms * NS_PER_MS

    def stir(self) -> e.LevelsChanged:
        """A far level changes, so that the strategy is asked again."""
        self.stirs += 1
        return told_change((Side.BUY, 100, 1_000 + self.stirs), at_ms=self.now_ms + 1)

    def rest(self, *quotes: Quote) -> list[str]:
        """For one turn the strategy wants these beside what stands; returns the ids of the orders placed, which the venue has not answered yet."""
        before = self.script.decision
        self.script.want(*(self.script.what_stands() if before is None else ()), *quotes)
        sent = self.tell(self.stir())
        self.script.decision = before
        return [command.order_id for command in sent if isinstance(command, Place)]

    def shown(self) -> Snapshot:
        """What the strategy was shown last."""
        return self.script.shown[-1]

    def order(self, order_id: str = "7-1") -> Order:
        """One of our orders, which is known."""
        order = self.state.blotter.find(order_id)
        assert order is not None, f"there is no order {order_id}"
        return order

    def money(self) -> dict[str, int]:
        """Every figure of the ledger that has one home, and the inventory."""
        ledger, inventory = self.state.ledger, self.state.inventory
        figures = {"fees": ledger.fees(), "market": inventory.market_cash(MARKET), "worst": inventory.total_worst_micro}
        for asset in ("cash", YES, NO):
            figures |= {f"{asset} total": ledger.total(asset), f"{asset} free": ledger.free(asset)}
        for token in (YES, NO):
            held = inventory.holding(token)
            figures |= {f"{token} confirmed": held.confirmed_micro, f"{token} provisional": held.provisional_micro}
            figures |= {
                f"{token} sellable": held.sellable_micro,
                f"{token} buying": held.resting_buy_micro,
                f"{token} selling": held.resting_sell_micro,
            }
        return figures

    def assert_sound(self) -> None:
        """Inventory and ledger agree, and no account is out of balance."""
        assert self.state.ledger.audit() == ""
        for market in self.state.inventory.markets():
            for token in (market.yes, market.no):
                assert self.state.inventory.held(token) == self.state.ledger.total(token)


def given_standing(
    quote: Quote | None = None,
    *,
    cash: int = 1_000,
    sets: int = 0,
    **knobs: Any,  # noqa: ANN401
) -> Floor:
    """A floor with one order, 7-1, that stands at the venue: a bid for 100 YES at 0.40 unless told otherwise."""
    floor = given_floor(cash=cash, sets=sets, **knobs)
    floor.rest(quote or buy())
    floor.tell(acked())
    return floor


def given_floor(
    *,
    cash: int = 1_000,
    sets: int = 0,
    market: Market | None = None,
    journal: Journal | None = None,
    **knobs: Any,  # noqa: ANN401
) -> Floor:
    """A floor that trades: market listed, money there, venue ready, both books LIVE; `sets` complete sets in hand."""
    floor = Floor(journal, **knobs)
    floor.tell(*opening_facts(cash=cash, sets=sets, market=market))
    return floor


def ready(at_ns: int = NOON_NS + NS_PER_MS, *, post_only: bool = False) -> tuple[e.Event, ...]:
    """The venue is there, and reports at once that nothing of ours stands and that we traded nothing."""
    reports = (e.OpenOrdersReported(orders=(), asked_ns=at_ns), e.TradesReported(fills=(), settlements=(), since_ns=0, asked_ns=at_ns))
    return e.VenueReady(post_only=post_only), *reports


def opening_facts(*, cash: int = 1_000, sets: int = 0, market: Market | None = None) -> list[e.Event]:
    """What `given_floor` is told first."""
    facts: list[e.Event] = [e.MarketListed(market=market or given_market()), e.Deposited(cash_micro=cash * MICRO, deposit_id="d1"), *ready()]
    if sets:
        facts.append(e.SetsChanged(market_id=MARKET, shares_micro=sets * MICRO, command_id="split-1"))
    books = ((YES, ((4_800, 100),), ((5_200, 100),)), (NO, ((4_800, 100),), ((5_200, 100),)))
    return [*facts, *(told_book(bids, asks, token=token) for token, bids, asks in books)]


def given_other_market(name: str) -> Market:
    """A second market, with tokens of its own."""
    return Market(market_id=name, title="And this?", yes=f"{name}-yes", no=f"{name}-no", end_ns=NOON_NS + 3_600_000 * NS_PER_MS)


def buy(price_pips: int = 4_000, shares: int = 100, token: str = YES) -> Quote:
    """A bid that should rest."""
    return Quote(token=token, side=Side.BUY, price_pips=price_pips, shares_micro=shares * MICRO, why=f"bid {price_pips}")


def sell(price_pips: int = 6_000, shares: int = 100, token: str = YES) -> Quote:
    """An offer that should rest."""
    return Quote(token=token, side=Side.SELL, price_pips=price_pips, shares_micro=shares * MICRO, why=f"ask {price_pips}")


def acked(order_id: str = "7-1") -> e.Acked:
    return e.Acked(order_id=order_id)


def filled(trade_id: str, shares: int, *, price_pips: int = 4_000, fee_micro: int = 0, order_id: str = "7-1") -> e.Filled:
    return given_fill(trade_id, shares, price_pips=price_pips, fee_micro=fee_micro, order_id=order_id)


def moved(trade_id: str, stage: e.SettlementStage, order_id: str = "7-1") -> e.SettlementMoved:
    return e.SettlementMoved(trade_id=trade_id, order_id=order_id, stage=stage)


def resolved(payout: Payout) -> e.MarketResolved:
    return e.MarketResolved(market_id=MARKET, payout=payout)


def of_kind(commands: Sequence[Command], kind: type[C]) -> list[C]:
    return [command for command in commands if isinstance(command, kind)]


def alerts(commands: Sequence[Command]) -> list[str]:
    """The kinds of the alerts among what was sent."""
    return [command.kind for command in commands if isinstance(command, Alert)]


def cancelled_ids(commands: Sequence[Command]) -> list[str]:
    return [command.order_id for command in commands if isinstance(command, Cancel)]
