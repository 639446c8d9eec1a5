"""What the auditor is shown is what the bot and the exchange hold, in plain numbers."""

from config.assembly.chaos_views import Account, seen_of
from oms.values import events as e
from oms.values.commands import Split
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.oms.words_event import EventFloor
from tests.sim.words_faults import FaultyFloor
from tests.sim.words_sim import spec
from tests.words import MARKET, NO, YES
from tests.words_bundles import given_bundle, given_split_bundle


def test_what_the_bot_holds_and_is_in_the_middle_of_is_shown() -> None:
    floor = EventFloor()
    first, second = floor.opens(given_bundle("a", "b", prices=(4_000, 4_000)))
    floor.tell(e.Acked(order_id=second.order_id))
    floor.fills(first)
    seen = seen_of(floor.state)
    assert (seen.cash, seen.tokens) == (992 * MICRO, {"a:YES": 20 * MICRO})
    assert seen.orders == {first.order_id: ("FILLED", 20 * MICRO), second.order_id: ("LIVE", 0)}
    assert (seen.bundles, seen.transfers) == (["7-b1"], {})


def test_a_transfer_is_open_until_it_is_done_or_refused() -> None:
    for fact, word in (
        (e.SetsChanged(market_id="a", shares_micro=20 * MICRO, command_id="7-b1/t1"), "done"),
        (e.TransferRefused(command_id="7-b1/t1", why="no"), "refused"),
    ):
        floor = EventFloor()
        floor.opens(given_split_bundle())
        (run,) = floor.state.bundles.in_flight.values()
        assert seen_of(floor.state).transfers == {"7-b1/t1": "open"}
        floor.engine.apply(fact, floor.now_ns)
        assert seen_of(floor.state).transfers == {"7-b1/t1": word}
        assert list(run.transfers) == ["7-b1/t1"]


def test_what_the_exchange_has_for_us_is_shown() -> None:
    floor = FaultyFloor()
    floor.place("a", spec(Side.BUY, 40, 20))
    floor.stranger(spec(Side.SELL, 40, 15))
    floor.send(Split(command_id="s", market_id=MARKET, shares_micro=10 * MICRO))
    floor.live(1)
    account = Account(floor.venue)
    truth = account.truth()
    assert (truth.cash, truth.tokens, truth.paid_in) == (984 * MICRO, {YES: 25 * MICRO, NO: 10 * MICRO}, 1_000 * MICRO)
    assert (truth.entered, truth.standing) == (["a"], {"a": (YES, "BUY", 4_000, 5 * MICRO)})
    assert truth.fills == {("t1", "a"): (YES, "BUY", 15 * MICRO, 6 * MICRO, 0, "MATCHED")}
    assert truth.moved == [("s", {"cash": -10 * MICRO, YES: 10 * MICRO, NO: 10 * MICRO})]
    floor.live(5)
    assert [stage for *_, stage in account.truth().fills.values()] == ["CONFIRMED"]
    now_ns = floor.now_ns
    floor.venue.act(lambda exchange: exchange.resolve(MARKET, Payout(yes_ppm=MICRO, no_ppm=0), now_ns), now_ns)
    paid = account.truth()
    assert (paid.cash, paid.tokens, paid.standing, paid.payouts) == (1_009 * MICRO, {}, {}, {MARKET: (MICRO, 0)})
