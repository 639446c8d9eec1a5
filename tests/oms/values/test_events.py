from typing import get_args

import msgspec
import pytest

from oms.values import events as e
from oms.values.levels import HashContext
from oms.values.market import Payout
from oms.values.orders import Side
from tests.oms.words_oms import given_spec
from tests.words import MARKET, NO, NOON_NS, YES, given_market
from tests.words_bundles import given_group

ROW = e.OpenOrder(venue_order_id="0x1", token=YES, side=Side.SELL, price_pips=5_100, shares_micro=9, filled_micro=2)
CONTEXT = HashContext(recipe="C-2026-04", market="0x2", min_order_size="5", tick_size="0.01", last_trade_price="0.49")
FILL = e.Filled(
    order_id="o1", trade_id="t1", price_pips=1, shares_micro=2, cash_micro=3, fee_cash_micro=-4, is_maker=True, exchange_ns=5, inferred=True
)
SETTLED = e.SettlementMoved(trade_id="t1", order_id="o1", stage=e.SettlementStage.FAILED)

SAMPLES: tuple[e.Event, ...] = (
    e.BookReset(token=YES, bids=((4_900, 1),), asks=((5_100, 2),), exchange_ns=NOON_NS, hash="ab", context=CONTEXT, tick_pips=100, from_rest=True),
    e.LevelsChanged(token=YES, levels=((Side.BUY, 4_900, 0), (Side.SELL, 5_100, 3)), exchange_ns=NOON_NS, best_bid_pips=0, best_ask_pips=5_100),
    e.Traded(token=YES, price_pips=5_000, shares_micro=1, taker_side=Side.SELL, exchange_ns=NOON_NS, price_text="0.50", inferred=True),
    e.BestTold(token=YES, best_bid_pips=0, best_ask_pips=10_000, exchange_ns=NOON_NS),
    e.TickChanged(token=YES, tick_pips=10, exchange_ns=NOON_NS),
    e.LiquidityTaken(token=YES, side=Side.BUY, price_pips=4_900, debt_micro=1),
    e.MarketListed(market=given_market()),
    e.MarketClosed(market_id=MARKET),
    e.MarketResolved(market_id=MARKET, payout=Payout(yes_ppm=1_000_000, no_ppm=0)),
    e.ContinuityLost(tokens=(YES, NO), why="the socket closed"),
    e.BooksConfirmed(tokens=(YES, NO), asked_ns=NOON_NS),
    e.Acked(order_id="o1", venue_order_id="0x1"),
    e.Rejected(order_id="o1", why="not enough balance"),
    FILL,
    e.CancelTaken(order_id="o1", why="by our wish"),
    e.CancelDone(order_id="o1", why="we asked", filled_micro=3),
    e.CancelRefused(order_id="o1", why="matched"),
    e.Expired(order_id="o1", filled_micro=0),
    e.ReplyLost(order_id="o1", why="timeout"),
    e.ProvenAbsent(order_id="o1"),
    SETTLED,
    e.SetsChanged(market_id=MARKET, shares_micro=-5, command_id="m1"),
    e.Converted(event_id="e", market_ids=("a", "b"), shares_micro=3, cash_micro=3, yes_market_ids=("c",), yes_micro=3, command_id="t1"),
    e.TransferRefused(command_id="t1", why="paused"),
    e.EventListed(group=given_group("a", "b")),
    e.Deposited(cash_micro=1, deposit_id="d1"),
    e.SharesArrived(token=YES, shares_micro=5, deposit_id="d2"),
    e.OpenOrdersReported(orders=(ROW,), asked_ns=NOON_NS, omitted=("row 3",)),
    e.TradesReported(fills=(FILL,), settlements=(SETTLED,), since_ns=1, asked_ns=2, omitted=("page 2",)),
    e.BalancesReported(cash_micro=1, shares_micro=((YES, 2),), asked_ns=3),
    e.Restarted(why="again"),
    e.VenueSyncing(why="restart"),
    e.VenueReady(post_only=True),
    e.Paused(why="lunch"),
    e.Resumed(why="back"),
    e.Halted(why="kill"),
    e.MarketPaused(market_id=MARKET, why="lunch"),
    e.MarketResumed(market_id=MARKET, why="back"),
    e.CancelAsked(order_ids=("o1", "o2"), why="gone"),
    e.OrderAsked(spec=given_spec(), why="a feeling"),
    e.ParamsSet(strategy="maker", values={"depth": 3, "fair": "mid"}),
    e.ResultMarked(result_micro=-5, best_micro=7),
    e.Tick(),
)


def test_every_fact_has_a_sample_here() -> None:
    assert {type(sample) for sample in SAMPLES} == set(get_args(e.Event))
    assert len(SAMPLES) == len(get_args(e.Event))


@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: type(fact).__name__)
def test_a_fact_comes_back_from_the_journal_as_it_was(fact: e.Event) -> None:
    # req 1.26; the union's tags are the schema
    assert msgspec.json.decode(msgspec.json.encode(fact), type=e.Event) == fact


@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: type(fact).__name__)
def test_a_fact_is_frozen_and_carries_no_clock_of_ours(fact: e.Event) -> None:
    # a correction is a new fact; the turn that applies it names the time
    assert type(fact).__struct_config__.frozen
    assert "at_ns" not in fact.__struct_fields__


def test_the_journal_keeps_what_we_own_or_may_do_and_leaves_the_books_to_the_tape() -> None:
    from_the_tape = {e.BookReset, e.LevelsChanged, e.Traded, e.BestTold, e.LiquidityTaken, e.ContinuityLost, e.BooksConfirmed, e.Tick}
    assert frozenset(get_args(e.Event)) - from_the_tape == e.IN_JOURNAL


def test_a_fact_of_no_known_kind_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="Invalid value 'Rumoured'"):
        msgspec.json.decode(b'{"type":"Rumoured"}', type=e.Event)
