"""A journal tells what its run came to: the run's own totals, at every commit the truth of that moment, and nothing flattering."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assembly.demo import Demo
from config.assembly.replay import Replay
from oms.entries import SCHEMA, read_journal
from oms.history import history_of
from oms.journal import SqliteJournal
from oms.machines.ledger import CASH
from oms.ports import JournalFailed
from oms.state import StrategyLine
from oms.totals import COMPARED
from oms.values import events as e
from oms.values.commands import Cancel, Command, Place
from oms.values.decisions import Decision, Quotes, StandAside
from oms.values.history import History
from oms.values.market import Payout
from oms.values.snapshot import Snapshot
from oms.values.units import MICRO, NS_PER_SECOND
from tests.conftest import data_folder
from tests.oms.words_engine import STAGES, YES_WINS, acked, buy, filled, given_other_market, moved, resolved, sell
from tests.oms.words_journal import RUN, given_journal, turned
from tests.oms.words_oms import given_spec, told_book
from tests.oms.words_record import (
    SHORT_WINDOWS,
    Report,
    assert_adds_up,
    change,
    given_demo,
    given_recorded,
    given_replay,
    given_session,
)
from tests.words import MARKET, given_market

SESSIONS = range(40)


def assert_tells_what_the_run_said(path: Path, run: Demo | Replay, report: Report) -> History:
    told = history_of(path)
    assert {key: told.totals[key] for key in COMPARED} == {key: report[key] for key in COMPARED}
    assert {key: part for key, part in told.totals.items() if key not in {"commit", "latency_us"}} == {
        key: part for key, part in report.items() if key not in {"commit", "latency_us", "machine"}
    }
    assert (told.disagreement, told.status, told.schema) == ("", "finished", SCHEMA)
    assert_adds_up(told, run.joined.engine.state.ledger.total(CASH))
    assert told.equity[-1].worst_micro == report["cash"]["equity_worst_micro"]
    assert told.equity[-1].mark_micro == report["cash"]["equity_mark_micro"]
    return told


@pytest.mark.parametrize("seed", [1, 2])
def test_the_journal_of_a_demo_comes_to_the_runs_own_totals(tmp_path: Path, seed: int) -> None:
    demo = given_demo(tmp_path / "j", seed=seed, seconds=30)
    assert_tells_what_the_run_said(tmp_path / "j", demo, demo.run())


def test_the_journal_of_a_demo_with_payouts_voids_and_failed_settlements_comes_to_the_runs_own_totals(tmp_path: Path) -> None:
    demo = given_demo(tmp_path / "j", seconds=150, env=SHORT_WINDOWS)
    exchange: Any = demo.venue.exchange
    step, trades = exchange.settle_step, [0]

    def settle_step(trade_id: str, stage: e.SettlementStage) -> object:
        trades[0] += stage is STAGES.CONFIRMED
        fails = stage is STAGES.CONFIRMED and trades[0] % 3 == 0
        return step(trade_id, STAGES.FAILED if fails else stage)

    exchange.settle_step = settle_step
    report = demo.run()
    assert report["fills"]["settlements_failed"] > 3
    assert report["markets"]["resolved"] > 1
    assert report["conserved"] is True
    told = assert_tells_what_the_run_said(tmp_path / "j", demo, report)
    failed = told.measures[-1]
    assert failed.value is not None
    assert (failed.count, round(failed.value * failed.count)) == (report["fills"]["count"], report["fills"]["settlements_failed"])


def test_the_journal_of_an_arbitrage_comes_to_the_runs_own_totals(tmp_path: Path) -> None:  # req 4.15
    demo = given_demo(tmp_path / "j", seconds=150, config="arbitrage.toml")
    report = demo.run()
    assert report["arbitrage"]["bundles"]["opened"] > 5
    assert report["arbitrage"]["windows"]["taken"] > 5
    told = assert_tells_what_the_run_said(tmp_path / "j", demo, report)
    near = told.totals["arbitrage"]["near_misses"]
    assert near == report["arbitrage"]["near_misses"] != []


def test_the_journal_of_a_replay_comes_to_the_runs_own_totals(tmp_path: Path) -> None:
    replay = given_replay(tmp_path / "j")
    told = assert_tells_what_the_run_said(tmp_path / "j", replay, replay.run())
    assert [lens.name for lens in told.lenses[-1].lenses] == ["touch", "queue", "through"]
    for lens in told.lenses[-1].lenses:
        said = told.totals["lenses"][lens.name]
        assert (lens.fills, lens.inferred, lens.result_worst_micro, lens.result_mark_micro) == tuple(
            said[part] for part in ("fills", "inferred", "result_worst_micro", "result_mark_micro")
        )


TAPES = [
    path.relative_to(data_folder())
    for folder in ("polymarket-ws-mlb-2025", "polymarket-ws-updown-2026-04", "polymarket-l2-btc15m-2026-09")
    for path in sorted((data_folder() / folder).glob("*.jsonl.gz"), key=lambda path: path.stat().st_size)[:1]
]


@pytest.mark.data
@pytest.mark.parametrize("tape", TAPES, ids=lambda tape: str(tape).split("/")[0])
def test_the_journal_of_a_recorded_tape_comes_to_the_runs_own_totals(data_dir: Path, tmp_path: Path, tape: Path) -> None:
    replay = given_replay(tmp_path / "j", [data_dir / tape])
    assert_tells_what_the_run_said(tmp_path / "j", replay, replay.run())


def test_whatever_a_venue_does_the_journal_comes_to_what_the_engine_held(tmp_path: Path) -> None:
    """Facts in any order, more than once, about orders that are not ours: what counts is what was applied."""
    fills = told_fills = 0
    for seed in SESSIONS:
        session, recorded = given_session(tmp_path / f"{seed}", seed)
        session.live(60)
        truth = recorded.end()
        told = history_of(recorded.path)
        assert {key: told.totals[key] for key in truth} == truth
        assert_adds_up(told, session.floor.state.ledger.total(CASH))
        fills += told.totals["fills"]["count"]
        told_fills += sum(isinstance(entry.body, e.Filled) for entry in read_journal(recorded.path)[1])
        for measure in told.measures:
            assert measure.value is None or (0 <= measure.value <= 1) or measure.unit == "usd"
        assert told.measures[1].count == truth["orders"]["placed"] - truth["orders"]["resting"] - truth["orders"]["unknown"]
        assert told.measures[2].value in {None, 1.0}
        settled = truth["fills"]["count"] - truth["fills"]["settlements_open"]
        assert told.measures[4].count == settled
    assert told_fills > fills > 300


def test_a_run_that_never_traded_has_totals_and_no_verdict(tmp_path: Path) -> None:
    recorded = given_recorded(tmp_path / "j")
    recorded.floor.tell(e.Tick())
    truth = recorded.end()
    told = history_of(recorded.path)
    assert {key: told.totals[key] for key in truth} == truth
    assert (told.markets, [measure.value for measure in told.measures]) == ((), [None] * 5)
    assert told.verdict.startswith("No verdict: 0 fills")
    assert [(point.worst_micro, point.mark_micro) for point in told.equity] == [(1_000 * MICRO,) * 2] * len(told.equity)
    assert told.drawdown_mark_micro == 0


def test_a_journal_that_holds_nothing_is_told_as_such(tmp_path: Path) -> None:
    recorded = given_recorded(tmp_path / "j")
    recorded.journal.close("running")
    change(recorded.path, "DELETE FROM entry")
    told = history_of(recorded.path)
    assert (told.totals["orders"]["placed"], told.equity, told.markets, told.drawdown_mark_micro) == (0, (), (), None)
    assert (told.totals["conserved"], told.totals["events"], told.totals["refused_by_gate"], told.totals["oddities"]) == (None,) * 4
    assert told.totals["books"]["hash_checked"] is None


def test_a_fill_that_was_told_twice_is_one_fill_in_every_share(tmp_path: Path) -> None:  # req 2.12
    recorded = given_recorded(tmp_path / "j")
    floor = recorded.floor
    floor.rest(buy())
    floor.tell(acked(), filled("t1", 10), filled("t1", 10), filled("t9", 5, order_id="somebody else's"))
    floor.tell(moved("t1", STAGES.CONFIRMED), moved("t1", STAGES.CONFIRMED), moved("t8", STAGES.CONFIRMED))
    recorded.end()
    told = history_of(recorded.path)
    maker, settled = told.measures[2], told.measures[4]
    assert (maker.value, maker.count, settled.value, settled.count) == (1.0, 1, 0.0, 1)
    assert [len(market.fills) for market in told.markets] == [1]


def test_orders_that_are_part_filled_and_open_do_not_count_as_ended(tmp_path: Path) -> None:
    recorded = given_recorded(tmp_path / "j")
    floor = recorded.floor
    floor.rest(buy(4_000, 10), buy(3_900, 10), buy(3_800, 10))
    floor.tell(*(acked(f"7-{n}") for n in (1, 2, 3)), *(filled(f"t{n}", 4, order_id=f"7-{n}", price_pips=3_800) for n in (1, 2, 3)))
    floor.tell(filled("t4", 6, order_id="7-1"), moved("t1", STAGES.FAILED), moved("t4", STAGES.FAILED))
    told_before_end = history_of(recorded.path).measures[1]
    assert (told_before_end.value, told_before_end.count) == (0.0, 1)  # the one that ended was undone by its settlement
    floor.tell(e.CancelDone(order_id="7-2"))
    recorded.end()
    told = history_of(recorded.path)
    assert (told.measures[1].value, told.measures[1].count) == (0.5, 2)
    assert len(told.markets[0].fills) == 4  # also the undone ones are told: they happened


def _bids_low_in_m0(snapshot: Snapshot, _params: object) -> Decision:
    if snapshot.market.market_id != "m0":
        return StandAside(why="another market")
    return Quotes(quotes=(buy(100, 5, snapshot.market.yes),), why="nobody sells at a cent")


def test_a_market_in_which_nothing_was_filled_is_no_result(tmp_path: Path) -> None:
    """A zero for each market that only passed by would make chance look smaller than it is."""
    recorded = given_recorded(tmp_path / "j", every_ns=1, also=(StrategyLine(name="idle", evaluate=_bids_low_in_m0, params=None),))
    floor = recorded.floor
    others = [given_other_market(f"m{number}") for number in range(6)]
    tokens = [token for market in others for token in (market.yes, market.no)]
    floor.script.want(buy(4_000, 10))
    floor.tell(floor.stir())
    floor.script.want_nothing()
    floor.tell(filled("t1", 10), moved("t1", STAGES.CONFIRMED))
    floor.tell(*(e.MarketListed(market=market) for market in others), *(told_book(((4_000, 5),), ((6_000, 5),), token=token) for token in tokens))
    floor.tell(*(e.MarketResolved(market_id=market.market_id, payout=YES_WINS) for market in others), resolved(YES_WINS))
    recorded.end()
    told = history_of(recorded.path)
    assert [(market.market.market_id, market.orders, len(market.fills)) for market in told.markets] == [(MARKET, 1, 1), ("m0", 1, 0)]
    assert (told.measures[0].value, told.measures[0].count) == (6.0, 1)
    assert told.markets[0].points[-1].yes_micro == 0  # paid out: nothing is held any more


@pytest.mark.parametrize("yes_ppm", [0, 333_333, 500_000, 1_000_000])
def test_a_market_that_was_paid_out_brought_its_cash_to_the_micro_dollar(tmp_path: Path, yes_ppm: int) -> None:
    recorded = given_recorded(tmp_path / "j", sets=50)
    floor = recorded.floor
    floor.rest(buy(4_100, 33), sell(6_000, 20))
    floor.tell(acked("7-1"), acked("7-2"), filled("t1", 7, price_pips=4_100, fee_micro=12_345), filled("t2", 20, price_pips=6_000, order_id="7-2"))
    floor.tell(moved("t1", STAGES.CONFIRMED), moved("t2", STAGES.FAILED, "7-2"))
    floor.tell(resolved(Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm)))
    recorded.end()
    told = history_of(recorded.path)
    spent = 50 * MICRO + 7 * 410_000 + 12_345
    paid = (57 * MICRO * yes_ppm) // 1_000_000 + (50 * MICRO * (1_000_000 - yes_ppm)) // 1_000_000
    assert told.markets[0].cash_micro == paid - spent
    assert_adds_up(told, floor.state.ledger.total(CASH))


def test_a_pause_in_the_middle_is_told_with_nothing_of_ours_standing(tmp_path: Path) -> None:
    demo = given_demo(tmp_path / "j", seconds=40)
    start = demo.world.now_ns()
    demo.world.at(start + 10 * NS_PER_SECOND, 0, lambda _now: demo.world.tell(e.Paused(why="lunch")))
    demo.world.at(start + 30 * NS_PER_SECOND, 0, lambda _now: demo.world.tell(e.Resumed(why="back")))
    told = assert_tells_what_the_run_said(tmp_path / "j", demo, demo.run())
    paused = [point for point in told.markets[0].points if start + 15 * NS_PER_SECOND < point.at_ns < start + 30 * NS_PER_SECOND]
    assert {(point.our_bid_pips, point.our_ask_pips) for point in paused} == {(0, 10_000)}


def test_a_journal_that_contradicts_itself_is_refused_at_the_entry(tmp_path: Path) -> None:
    place = Place(order_id="7-1", spec=given_spec(), strategy="maker", why="bid")
    stories: dict[str, list[Command]] = {
        "entry 4: order 7-1 is placed twice": [place, place],
        "entry 3: order 7-9 is cancelled but was never placed": [Cancel(order_id="7-9", why="w")],
    }
    for number, (words, commands) in enumerate(stories.items()):
        journal = given_journal(tmp_path, f"run-{number}")
        opening: list[e.Event] = [e.MarketListed(market=given_market()), e.Deposited(cash_micro=100 * MICRO, deposit_id="d")]
        journal.commit(turned(1, batch=opening, commands=commands))
        journal.close("running")
        with pytest.raises(JournalFailed, match=rf"run-{number} contradicts itself \(entry \d: {words}"):
            history_of(journal.path)


def test_a_contradiction_is_told_in_one_line_whatever_the_journal_calls_its_orders(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    journal.commit(turned(1, commands=[Cancel(order_id="7\x00\n\x1b[31m9", why="w")]))
    journal.close("running")
    with pytest.raises(JournalFailed, match=r"order 7\\x00 \\x1b\[31m9 is cancelled but was never placed") as caught:
        history_of(journal.path)
    assert str(caught.value).isprintable()


SAID: list[dict[str, Any]] = [
    {"tapes": "x"},
    {"tapes": [5]},
    {"tapes": [{"refused_frames": [1]}]},
    {"notes": 5},
    {"strategies": []},
    {"lenses": {"queue": {"fills": "many"}}},
]


@pytest.mark.parametrize("said", SAID, ids=str)
def test_what_a_run_says_of_itself_is_damage_where_no_report_can_be_made_of_it(tmp_path: Path, said: dict[str, Any]) -> None:
    for name, about, conclusion in (("about", said, None), ("conclusion", {}, said)):
        journal = SqliteJournal(tmp_path / name, msgspec.structs.replace(RUN, about=about), money_is_real=False)
        journal.close(conclusion=conclusion)
        with pytest.raises(JournalFailed, match=rf"{name} is damaged \(what it says of its run cannot be: Expected"):
            history_of(journal.path)
