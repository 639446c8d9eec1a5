"""What comes late, and what stands in the way: fills after their order's end, orders of our own where a bundle's next one would trade."""

from msgspec.structs import replace

from oms.machines.risk import Reason
from oms.state import StrategyLine
from oms.values import events as e
from oms.values.bundles import BundleEnd, Terms
from oms.values.commands import Convert, Place
from oms.values.decisions import Decision, Quote, Quotes, StandAside
from oms.values.orders import Side
from oms.values.snapshot import Snapshot
from oms.values.units import MICRO
from tests.oms.words_engine import STAGES, of_kind, ready
from tests.oms.words_event import EventFloor
from tests.oms.words_oms import given_fill
from tests.words_bundles import given_bundle, given_no_bundle

ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))


class Maker:
    """Wants one quote in its token's market, and nothing elsewhere."""

    def __init__(self, token: str, side: Side, price_pips: int) -> None:
        self.quote: Quote | None = Quote(token=token, side=side, price_pips=price_pips, shares_micro=10 * MICRO, why="a quote")

    def __call__(self, snapshot: Snapshot, _params: object) -> Decision:
        if self.quote is None or self.quote.token not in (snapshot.market.yes, snapshot.market.no):
            return StandAside(why="nothing is wanted here")
        return Quotes(quotes=(self.quote,), why="making a market")


def given_made(*makers: Maker) -> EventFloor:
    """The floor, where these quotes rest."""
    lines = [StrategyLine(name=f"maker {number}", evaluate=maker, params=None) for number, maker in enumerate(makers)]
    floor = EventFloor(also=tuple(lines))
    floor.tell(*[e.Acked(order_id=order.order_id) for order in floor.state.blotter.all_open()])
    assert floor.state.blotter.open_count == len(makers)
    return floor


def test_a_missing_leg_is_not_bought_from_ourselves() -> None:  # req 2.9: not through a mint either
    floor = given_made(Maker("b:NO", Side.BUY, 4_100))
    first, second = floor.opens(ALL_YES)
    floor.book("b:YES", ((3_500, 100),), ((5_900, 100),))
    floor.fills(first)
    floor.book("a:YES", ((3_900, 100),), ((4_000, 100),))
    (unwound,) = of_kind(floor.fills(second, 0), Place)
    assert (unwound.spec.token, unwound.spec.side) == ("a:YES", Side.SELL)
    assert floor.state.refusals == {Reason.OWN_CROSS: 2}
    floor.fills(unwound)
    assert floor.ended() == [(BundleEnd.UNWOUND, -200_000)]
    floor.assert_sound()


def test_a_leg_that_would_meet_a_quote_of_ours_stops_the_whole_bundle() -> None:
    floor = given_made(Maker("b:NO", Side.BUY, 6_000))
    assert floor.opens(ALL_YES) == []
    assert floor.state.refusals == {Reason.OWN_CROSS: 1}


def test_an_unwinding_that_would_meet_a_quote_of_ours_waits_until_it_is_gone() -> None:
    maker = Maker("a:YES", Side.BUY, 3_600)
    floor = given_made(maker)
    first, second = floor.opens(ALL_YES)
    floor.book("b:YES", ((3_500, 100),), ((6_100, 100),))
    floor.fills(second, 0)
    assert of_kind(floor.fills(first), Place) == []
    for _ in range(100):
        floor.tell(e.Tick())
    (run,) = floor.state.bundles.in_flight.values()
    assert run.rounds == 2, "one try a quarter of a second, not one a turn"
    maker.quote = None
    floor.book("a:YES", ((3_600, 100),), ((4_100, 100),))
    (order,) = floor.state.blotter.all_open()
    floor.tell(e.CancelDone(order_id=order.order_id))
    (unwound,) = of_kind(floor.tell(e.Tick(), after_ms=250), Place)
    assert (unwound.spec.side, unwound.spec.price_pips, unwound.bundle) == (Side.SELL, 3_600, "7-b1/3")


def test_what_could_not_be_sold_stays_kept_in_the_same_turn() -> None:
    floor = given_made(Maker("b:NO", Side.BUY, 4_100), Maker("a:YES", Side.BUY, 3_600))
    first, second = floor.opens(replace(ALL_YES, terms=Terms(chases_max=3)))
    floor.book("b:YES", ((3_500, 100),), ((5_900, 100),))
    floor.fills(second, 0)
    floor.fills(first)
    assert floor.state.refusals == {Reason.OWN_CROSS: 4}
    assert floor.state.inventory.sellable("a:YES") == 0


def test_a_halt_leaves_what_is_bought_as_it_is_and_a_venue_that_is_away_is_waited_for() -> None:
    for word, converts in ((e.Halted(why="kill"), False), (e.VenueSyncing(why="restart"), True)):
        floor = EventFloor("a", "b", "c")
        first, second = floor.opens(given_no_bundle("a", "b", others=("c",)))
        floor.fills(first)
        floor.tell(word)
        assert of_kind(floor.fills(second), Convert) == []
        assert floor.ended() == ([] if converts else [(BundleEnd.COMPLETE, MICRO)])
        floor.tell(e.Tick(), after_ms=60_000)
        sent = floor.tell(*(ready(floor.now_ns + MICRO) if converts else ()))
        assert bool(of_kind(sent, Convert)) is converts


def told_late(place: Place, trade_id: str = "late") -> e.Filled:
    return given_fill(trade_id, 20, price_pips=place.spec.price_pips, order_id=place.order_id)


def test_a_fill_that_comes_after_its_orders_end_still_belongs_to_the_bundle_in_flight() -> None:
    floor = EventFloor()
    first, second = floor.opens(ALL_YES)
    floor.book("b:YES", ((3_500, 100),), ((9_000, 100),))
    floor.fills(second, 0)
    assert of_kind(floor.fills(first, settled=False), Place) == []
    floor.tell(told_late(second), e.SettlementMoved(trade_id="late", order_id=second.order_id, stage=STAGES.CONFIRMED))
    floor.settles(first)
    assert floor.ended() == [(BundleEnd.COMPLETE, 4 * MICRO)]
    floor.assert_sound()


def test_a_fill_that_comes_after_the_bundles_end_is_ours_to_sell_and_changes_no_end() -> None:
    floor = EventFloor()
    legs = floor.opens(ALL_YES)
    for leg in legs:
        floor.fills(leg, 0)
    assert floor.ended() == [(BundleEnd.MISSED, 0)]
    floor.tell(told_late(legs[0]))
    floor.tell(e.SettlementMoved(trade_id="late", order_id=legs[0].order_id, stage=STAGES.CONFIRMED))
    assert floor.state.inventory.sellable("a:YES") == 20 * MICRO
    assert floor.ended() == [(BundleEnd.MISSED, 0)]
    floor.assert_sound()


def test_what_one_bundle_holds_the_next_may_not_sell() -> None:
    floor = EventFloor()
    for leg in floor.opens(ALL_YES):
        floor.fills(leg)
    first, second = floor.opens(ALL_YES)
    floor.book("b:YES", ((3_500, 100),), ((9_000, 100),))
    floor.fills(second, 0)
    assert of_kind(floor.fills(first, 8), Place) != []
    (unwound,) = [order for order in floor.state.blotter.all_open() if order.spec.side is Side.SELL]
    assert unwound.spec.size_micro == 8 * MICRO
    floor.assert_sound()
