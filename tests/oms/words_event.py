"""A floor with an event of two or three outcomes, and an event strategy that sees in it what the test says."""

from typing import Any

from oms.journal import MemoryJournal
from oms.ports import Journal
from oms.state import EventLine
from oms.values import events as e
from oms.values.bundles import Bundle, BundleEnd, EventSnapshot, Look, Shape
from oms.values.commands import BundleEnded, Command, Place
from oms.values.market import FeeCurve
from oms.values.units import MICRO, NS_PER_MS
from tests.oms.words_engine import STAGES, Floor, of_kind, ready
from tests.oms.words_oms import told_book
from tests.words import Ladder
from tests.words_bundles import EVENT, given_group, given_outcome

STRATEGY = "arbitrage"


class EventFloor(Floor):
    """Outcomes a, b (and c), each with bids and asks for both tokens, 1,000 dollars, and a strategy that sees `bundle` once."""

    def __init__(
        self,
        *names: str,
        journal: Journal | None = None,
        exhaustive: bool = True,
        fee: FeeCurve | None = None,
        **knobs: Any,  # noqa: ANN401
    ) -> None:
        self.bundle: Bundle | None = None
        self.edge_pips = 1_000
        self.seen: list[EventSnapshot] = []
        super().__init__(journal or MemoryJournal(), event_strategies=(EventLine(name=STRATEGY, evaluate=self.look, params=None),), **knobs)
        self.names = names or ("a", "b")
        markets = [given_outcome(name, fee=fee or FeeCurve()) for name in self.names]
        self.tell(*[e.MarketListed(market=market) for market in markets], e.EventListed(group=given_group(*self.names, exhaustive=exhaustive)))
        self.tell(e.Deposited(cash_micro=1_000 * MICRO, deposit_id="d1"), *ready(self.now_ns + NS_PER_MS))
        for name in self.names:
            self.book(f"{name}:YES", ((3_500, 100),), ((4_000, 100),))
            self.book(f"{name}:NO", ((5_000, 100),), ((5_500, 100),))

    def look(self, snapshot: EventSnapshot, _params: object) -> Look:
        self.seen.append(snapshot)
        bundle, self.bundle = self.bundle, None
        if bundle is None:
            return Look(shape=Shape.BUY_ALL_YES, edge_pips=-50, raw_pips=10_050, why="NO_GAP: the asks add up to more than a dollar")
        return Look(shape=bundle.shape, edge_pips=self.edge_pips, raw_pips=9_000, bundle=bundle, why=bundle.why)

    def book(self, token: str, bids: Ladder, asks: Ladder) -> list[Command]:
        """The whole book of a token changes."""
        return self.tell(told_book(bids, asks, token=token, at_ms=self.now_ms + 1))

    def opens(self, bundle: Bundle) -> list[Place]:
        """The strategy sees this bundle; the orders that leave at once."""
        self.bundle = bundle
        return of_kind(self.book(f"{self.names[0]}:YES", ((3_600, 100),), ((4_000, 100),)), Place)

    def fills(self, place: Place, shares: float | None = None, *, settled: bool = True) -> list[Command]:
        """The venue takes the order and fills so many shares of it (all of them unless told) at its limit; the rest is cancelled."""
        spec = place.spec
        micro = spec.shares_micro if shares is None else round(shares * MICRO)
        trade = f"t-{place.order_id}"
        facts: list[e.Event] = [e.Acked(order_id=place.order_id)]
        if micro:
            cash = micro * spec.price_pips // 10_000
            facts.append(
                e.Filled(
                    order_id=place.order_id,
                    trade_id=trade,
                    price_pips=spec.price_pips,
                    shares_micro=micro,
                    cash_micro=cash,
                    fee_cash_micro=0,
                    is_maker=False,
                    exchange_ns=self.now_ns,
                )
            )
        if micro < spec.shares_micro:
            facts.append(e.CancelDone(order_id=place.order_id, why="killed", filled_micro=micro))
        if micro and settled:
            facts.append(e.SettlementMoved(trade_id=trade, order_id=place.order_id, stage=STAGES.CONFIRMED))
        return self.tell(*facts)

    def settles(self, place: Place, stage: e.SettlementStage = STAGES.CONFIRMED) -> list[Command]:
        """The trade of this order is final."""
        return self.tell(e.SettlementMoved(trade_id=f"t-{place.order_id}", order_id=place.order_id, stage=stage))

    def ended(self) -> list[tuple[BundleEnd, int]]:
        """How bundles ended so far, with what they left."""
        return [(note.end, note.result_micro) for note in of_kind(self.venue.sent, BundleEnded)]

    def group(self) -> str:
        return EVENT
