"""The totals of a journal: what only pictures know is as of the last one, what nobody knows is None, and a difference is named."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from oms.entries import Ending, Entry, encode, read_head, sealed
from oms.history import history_of
from oms.ports import JournalFailed
from oms.report import run_report
from oms.totals import COMPARED, Tally, disagreement, equity_mark_micro, totals
from oms.values import events as e
from oms.values.bundles import Shape
from oms.values.commands import AskOrder, Cancel, Command, CommandsHash, Prepared, WindowClosed
from oms.values.decisions import StandAside
from oms.values.record import BookSeen, DecisionBody
from oms.values.snapshot import Health
from oms.values.units import MICRO
from oms.values.views import LensView, MarketView, Picture
from tests.oms.words_engine import Floor, acked, buy, filled, given_floor, given_other_market
from tests.oms.words_journal import RUN
from tests.oms.words_record import Report, change, given_demo
from tests.words import MARKET

UNFINISHED = Ending(schema=2, status="running", conclusion=None)
LENS = LensView(name="queue", fills=3, inferred=1, result_worst_micro=-5, result_mark_micro=None)


def heard(*bodies: object, apart_ns: int = 10**9) -> Tally:
    tally = Tally(RUN)
    for seq, body in enumerate(bodies, 1):
        tally.hear(Entry(seq=seq, turn=seq, at_ns=RUN.started_ns + seq * apart_ns, body=body, cause_seq=None))  # type: ignore[arg-type]
    return tally


def given_holding_floor() -> Floor:
    """Ten YES bought at 0.40."""
    floor = given_floor()
    floor.rest(buy(4_000, 10))
    floor.tell(acked(), filled("t1", 10))
    return floor


def told_by(floor: Floor, tally: Tally, *views: MarketView, ending: Ending = UNFINISHED) -> Report:
    return totals(tally, floor.state, {view.market_id: view for view in views}, ending)


def test_without_a_picture_what_only_a_picture_knows_is_none_and_never_nothing() -> None:  # ruling 2.16
    told = told_by(given_floor(), heard(acked()))
    for key in ("refused_by_gate", "oddities", "conserved", "conservation", "lenses", "events"):
        assert told[key] is None, key
    assert {told["books"][name] for name in ("hash_checked", "hash_agreed", "mirror_judged", "hash_agreement")} == {None}
    assert (told["latency_us"], told["markouts"], told["arbitrage"]) == ({"age_at_decision": None}, None, None)


def test_the_last_picture_gives_refusals_evidence_lenses_and_conservation() -> None:
    first = Picture(events=1, refusals={"CASH": 1})
    last = Picture(
        events=9,
        turns=4,
        refusals={"CASH": 3},
        oddities={"x": 1},
        hash_checked=8,
        hash_agreed=6,
        lenses=(LENS,),
        statements_compared=5,
        full_recounts=2,
    )
    told = told_by(given_floor(), heard(first, acked(), last, acked()))
    assert (told["events"], told["turns"], told["refused_by_gate"], told["oddities"]) == (9, 4, {"CASH": 3}, {"x": 1})
    assert (told["conserved"], told["conservation"]) == (True, {"statements_compared": 5, "full_recounts": 2})
    assert (told["books"]["hash_agreement"], told["books"]["mirror_agreement"]) == (0.75, None)
    assert told["lenses"] == {"queue": {"fills": 3, "inferred": 1, "result_worst_micro": -5, "result_mark_micro": None}}


def test_where_nothing_was_ever_compared_no_comparison_is_counted() -> None:
    told = told_by(given_floor(), heard(Picture(events=9)))
    assert (told["conserved"], told["conservation"]) == (True, None)
    assert told_by(given_floor(), heard(Picture(full_recounts=1)))["conservation"] == {"statements_compared": 0, "full_recounts": 1}


def test_a_violation_in_a_picture_is_what_conserved_says() -> None:
    assert told_by(given_floor(), heard(Picture(violation="we hold 1 more")))["conserved"] == "we hold 1 more"


def test_commands_and_their_hash_are_those_of_the_effects_alone() -> None:
    commands: list[Command] = [Cancel(order_id="o1", why="w"), AskOrder(order_id="o1"), Cancel(order_id="o1", why="w")]
    expected = CommandsHash()
    for command in commands:
        expected.add(command)
    told = told_by(given_floor(), heard(*(Prepared(command=command) for command in commands)))
    assert (told["commands"], told["commands_hash"]) == (2, expected.hexdigest())
    assert (told["seed"], told["config_hash"], told["commit"], told["virtual_s"]) == (7, "def", "abc", 3)


def test_how_old_the_books_were_is_told_from_the_older_of_the_two() -> None:
    def decided(*, yes_age_us: int, no_age_us: int, at_ns: int) -> DecisionBody:
        yes, no = (BookSeen(changed_ns=at_ns - age_us * 1_000) for age_us in (yes_age_us, no_age_us))
        return DecisionBody(strategy="m", market_id=MARKET, yes=yes, no=no, decision=StandAside(why="w"))

    times = [RUN.started_ns + seq * 10**9 for seq in range(1, 201)]
    tally = heard(*(decided(yes_age_us=number, no_age_us=number // 2, at_ns=at_ns) for number, at_ns in enumerate(times, 1)))
    assert told_by(given_floor(), tally)["latency_us"]["age_at_decision"] == {"p50": 100.0, "p99": 198.0, "max": 200.0, "mean": 100.5}


VIEW = MarketView(market_id=MARKET, bid_pips=6_000, ask_pips=6_200, mark_half_pips=12_200)
MARKS = [
    (VIEW, 6_100_000, "live"),
    (MarketView(market_id=MARKET, bid_pips=6_000, ask_pips=6_200, mark_half_pips=12_200, yes_health=Health.SUSPECT), 6_100_000, "old"),
    (MarketView(market_id=MARKET, mark_half_pips=12_200), 6_100_000, "old"),  # from the mirror of NO: YES has no price
    (MarketView(market_id=MARKET, bid_pips=6_000, mark_half_pips=12_000), 6_000_000, "live"),  # nobody asks
    (MarketView(market_id=MARKET, bid_pips=7_000, ask_pips=6_200, mark_half_pips=12_200), 6_100_000, "old"),  # crossed: not its own price
    (MarketView(market_id=MARKET), None, "none"),
]


@pytest.mark.parametrize(("view", "value_micro", "kind"), MARKS)
def test_holdings_are_valued_at_the_mark_of_the_picture_and_said_how_good_it_is(view: MarketView, value_micro: int | None, kind: str) -> None:
    told = told_by(given_holding_floor(), heard(), view)
    assert told["cash"]["equity_mark_micro"] == (None if value_micro is None else 996 * MICRO + value_micro)
    assert told["marks"] == {"live": 0, "old": 0, "none": 0, kind: 1}
    assert told["cash"]["equity_worst_micro"] == 996 * MICRO


def test_a_holding_in_a_market_without_a_picture_has_no_mark() -> None:
    floor = given_holding_floor()
    assert equity_mark_micro(floor.state, {}) is None
    assert told_by(floor, heard())["marks"] == {"live": 0, "old": 0, "none": 1}
    assert equity_mark_micro(given_floor(sets=5).state, {}) == 1_000 * MICRO  # complete sets are worth a dollar without any price


def test_books_are_counted_by_health_and_those_of_closed_markets_as_such() -> None:
    floor = given_floor()
    floor.tell(*(e.MarketListed(market=given_other_market(name)) for name in ("closed", "ended", "unseen")), e.MarketClosed(market_id="closed"))
    ended = MarketView(market_id="ended", is_closed=True)  # by its end time, of which no fact tells
    told = told_by(floor, heard(), MarketView(market_id=MARKET, no_health=Health.SUSPECT), ended)
    assert told["books"]["health"] == {"LIVE": 1, "SUSPECT": 1, "STALE": 2, "CLOSED": 4}


def test_what_only_the_run_knew_comes_from_its_conclusion_and_nothing_else_does() -> None:
    forged = {"orders": {"placed": 0}, "demo": {"markets_paid": 3}, "lenses": {"queue": {"fills": 3, "shares_micro": 9}}, "seed": 99}
    told = told_by(given_floor(), heard(Picture(lenses=(LENS,))), ending=Ending(schema=2, status="finished", conclusion=forged))
    assert (told["demo"], told["lenses"]) == ({"markets_paid": 3}, {"queue": {"fills": 3, "shares_micro": 9}})
    assert (told["seed"], told["orders"]["placed"]) == (7, 0)
    assert set(run_report(given_floor().state)) <= set(told)


CLOSED = WindowClosed(event_id="e", strategy="arbitrage", shape=Shape.BUY_ALL_YES, opened_ns=1, edge_pips=7, why="TOO_THIN: no")


def given_arbitrage_floor() -> Floor:
    """One window closed, too thin to be taken."""
    floor = given_floor()
    floor.state.windows.hear(CLOSED, 2)
    return floor


def test_near_misses_and_windows_that_are_open_are_not_known_without_a_conclusion() -> None:  # ruling 2.16
    told = told_by(given_arbitrage_floor(), heard())["arbitrage"]
    windows = {name: told["windows"][name] for name in ("seen", "taken", "missed", "open")}
    assert windows == {"seen": 1, "taken": 0, "missed": {"TOO_THIN": 1}, "open": None}
    assert told["near_misses"] is None
    assert told_by(given_floor(), heard())["arbitrage"] is None


def concluded(*, seen: int, missed: int = 1, opened: int = 0) -> Report:
    """What a run said of its arbitrage: one window still open, one event nearly paid."""
    told = run_report(given_arbitrage_floor().state)["arbitrage"]
    windows = {**told["windows"], "seen": seen, "missed": {"TOO_THIN": missed}, "open": seen - missed}
    return {"arbitrage": {**told, "windows": windows, "bundles": {**told["bundles"], "opened": opened}, "near_misses": [{"edge_pips": -9}]}}


def test_what_only_the_run_knew_of_its_arbitrage_comes_from_its_conclusion_and_the_rest_must_agree() -> None:
    for floor, seen, missed, is_equal in (
        (given_arbitrage_floor(), 2, 1, True),
        (given_arbitrage_floor(), 3, 2, False),
        (given_floor(), 0, 0, True),  # it looked, and saw nothing: no entry tells
    ):
        conclusion = concluded(seen=seen, missed=missed)
        told = told_by(floor, heard(), ending=Ending(schema=2, status="finished", conclusion=conclusion))["arbitrage"]
        assert (told["windows"]["open"], told["near_misses"]) == (seen - missed, [{"edge_pips": -9}])
        assert (told == conclusion["arbitrage"]) is is_equal
    none = told_by(given_floor(), heard(), ending=Ending(schema=2, status="finished", conclusion=concluded(seen=0, missed=0, opened=3)))
    assert none["arbitrage"] is None


def test_no_conclusion_is_no_disagreement() -> None:
    assert disagreement({"orders": 1}, None) == ""


@pytest.mark.parametrize("key", COMPARED)
def test_every_compared_key_is_named_with_both_when_it_differs(key: str) -> None:
    told = dict.fromkeys(COMPARED, 1)
    assert disagreement(told, told) == ""
    assert disagreement(told, {**told, key: 2}) == f"{key}: the journal comes to 1, the run said 2"
    assert disagreement(told, {name: part for name, part in told.items() if name != key}) == f"{key}: the journal comes to 1, the run said None"


FORGED = [
    "UPDATE run SET conclusion = json_set(conclusion, '$.cash.free_micro', 7)",
    "UPDATE run SET conclusion = NULL",
    "UPDATE run SET status = 'interrupted'",
    "UPDATE run SET seal = NULL",
    "UPDATE run SET run_id = 'another'",
    "UPDATE run SET about = json_set(about, '$.notes', json('[]'))",
    "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Report]:
    """The journal of a short demo, and its report."""
    path = tmp_path_factory.mktemp("finished") / "j"
    report = given_demo(path, seconds=10).run()
    return path.read_bytes(), report


@pytest.mark.parametrize("statement", FORGED)
def test_a_finished_journal_whose_end_was_tampered_with_is_refused(finished: tuple[bytes, Report], tmp_path: Path, statement: str) -> None:
    (tmp_path / "j").write_bytes(finished[0])
    assert history_of(tmp_path / "j").disagreement == ""
    change(tmp_path / "j", statement)
    with pytest.raises(JournalFailed, match="j is damaged"):
        history_of(tmp_path / "j")


def test_a_conclusion_that_the_sums_do_not_come_to_is_told_with_both(finished: tuple[bytes, Report], tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(finished[0])
    conclusion = {**(read_head(tmp_path / "j")[1].conclusion or {}), "conserved": "we hold 1 more"}
    with closing(sqlite3.connect(tmp_path / "j", isolation_level=None)) as connection:
        ((crc,),) = connection.execute("SELECT crc FROM entry ORDER BY seq DESC LIMIT 1").fetchall()
        seal = sealed(crc, "finished", conclusion)
        connection.execute("UPDATE run SET conclusion = ?, seal = ?", (encode(conclusion).decode(), seal))
    told = history_of(tmp_path / "j")
    assert told.disagreement == "conserved: the journal comes to True, the run said we hold 1 more"
    assert told.totals["conserved"] is True
