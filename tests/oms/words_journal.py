"""Test vocabulary of the journal: one of every fact and command, journals and turns."""

from pathlib import Path

from oms.entries import Entry, RunRow, read_journal
from oms.journal import SqliteJournal
from oms.ports import Turned
from oms.values import events as e
from oms.values.bundles import BundleEnd, Shape
from oms.values.commands import (
    AskBalances,
    AskOpenOrders,
    AskOrder,
    AskTrades,
    AskTransfer,
    BundleEnded,
    BundleOpened,
    Cancel,
    Command,
    Convert,
    Heartbeat,
    Merge,
    Place,
    Prepared,
    Redeem,
    Split,
    WindowClosed,
)
from oms.values.orders import Lifetime, OrderSpec, Side
from tests.oms.words_engine import NO_WINS, STAGES, filled, moved
from tests.oms.words_oms import given_spec, told_book, told_change
from tests.words import MARKET, NO, YES, given_market
from tests.words_bundles import given_bundle, given_group

RUN = RunRow(run_id="r1", commit_id="abc", config_hash="def", seed=7, started_ns=11)

OPEN = e.OpenOrder(venue_order_id="v", token=YES, side=Side.SELL, price_pips=1, shares_micro=2, filled_micro=3)
FACTS: list[e.Event] = [
    e.MarketListed(market=given_market()),
    e.EventListed(group=given_group("a", "b")),
    e.MarketClosed(market_id=MARKET),
    e.MarketResolved(market_id=MARKET, payout=NO_WINS),
    e.TickChanged(token=YES, tick_pips=10, exchange_ns=3),
    e.Acked(order_id="o1", venue_order_id="0xé"),
    e.Rejected(order_id="o1", why='not "enough"\n'),
    filled("t1", 40, fee_micro=-5, order_id="o1"),
    e.CancelDone(order_id="o1", why="asked"),
    e.CancelTaken(order_id="o1", why="by our wish"),
    e.CancelRefused(order_id="o1", why="matched"),
    e.Expired(order_id="o1"),
    e.ReplyLost(order_id="o1", why="timeout"),
    e.ProvenAbsent(order_id="o1"),
    moved("t1", STAGES.RETRYING, "o1"),
    e.SetsChanged(market_id=MARKET, shares_micro=-(10**18), command_id="c1"),
    e.Converted(event_id="e", market_ids=("a", "b"), shares_micro=3, cash_micro=3, yes_market_ids=("c",), yes_micro=3, command_id="7-b1/t1"),
    e.TransferRefused(command_id="7-b1/t1", why="paused"),
    e.Deposited(cash_micro=10**18, deposit_id="d1"),
    e.SharesArrived(token=YES, shares_micro=10**18, deposit_id="d2"),
    e.OpenOrdersReported(
        orders=(e.OpenOrder(venue_order_id="v", token=YES, side=Side.SELL, price_pips=1, shares_micro=2, filled_micro=3),),
        asked_ns=4,
        omitted=("row",),
    ),
    e.TradesReported(
        fills=(filled("t2", 5, order_id="o1"),), settlements=(moved("t2", STAGES.MINED, "o1"),), since_ns=1, asked_ns=2, omitted=("page 2",)
    ),
    e.BalancesReported(cash_micro=None, shares_micro=((YES, 10**18),), asked_ns=4),
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
    e.ResultMarked(result_micro=-(10**18)),
]
MARKET_ONLY: list[e.Event] = [
    told_change((Side.BUY, 4_800, 1)),
    told_book((), ()),
    e.Traded(token=YES, price_pips=1, shares_micro=1, taker_side=Side.BUY, exchange_ns=1),
    e.BestTold(token=YES, best_bid_pips=0, best_ask_pips=10_000, exchange_ns=1),
    e.LiquidityTaken(token=YES, side=Side.BUY, price_pips=1, debt_micro=1),
    e.ContinuityLost(tokens=(YES, NO), why="gone"),
    e.BooksConfirmed(tokens=(YES, NO), asked_ns=5),
    e.Tick(),
]
SPECS = [
    given_spec(),
    OrderSpec(
        market_id=MARKET, token=NO, side=Side.SELL, price_pips=9_999, size_micro=10**18, lifetime=Lifetime.GTD, post_only=False, expires_ns=2**62
    ),
]
COMMANDS: list[Command] = [
    *(Place(order_id=f"o{number}", spec=spec, strategy="maker", why="bid") for number, spec in enumerate(SPECS)),
    Cancel(order_id="o1", why="moved"),
    Split(command_id="c1", market_id=MARKET, shares_micro=1),
    Merge(command_id="c2", market_id=MARKET, shares_micro=2),
    Convert(command_id="c3", event_id="e", market_ids=(MARKET, "other"), shares_micro=3),
    Redeem(command_id="c4", market_id=MARKET),
    AskOrder(order_id="o1"),
    AskOpenOrders(),
    AskTrades(since_ns=5),
    AskBalances(tokens=(YES,)),
    AskTransfer(command_id="7-b1/t1"),
    Heartbeat(),
    BundleOpened(bundle_id="7-b1", strategy="negrisk_arbitrage", bundle=given_bundle("a", "b")),
    BundleEnded(bundle_id="7-b1", end=BundleEnd.COMPLETE, result_micro=2, why="every leg filled"),
    WindowClosed(event_id="e", strategy="negrisk_arbitrage", shape=Shape.BUY_ALL_YES, opened_ns=1, edge_pips=7, why="TOO_THIN: no"),
]


def given_journal(tmp_path: Path, name: str = "run.journal", *, money_is_real: bool = False) -> SqliteJournal:
    return SqliteJournal(tmp_path / name, RUN, money_is_real=money_is_real)


def entries_of(path: Path) -> list[Entry]:
    return list(read_journal(path)[1])


def turned(number: int, *, batch: list[e.Event] | None = None, commands: list[Command] | None = None) -> Turned:
    return Turned(number=number, at_ns=number * 100, batch=batch or [], ready=[Prepared(command=command) for command in commands or []])
