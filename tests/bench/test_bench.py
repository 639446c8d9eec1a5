"""The benchmarks run, every path of them, and print lines that a machine can read. Nothing here is timed."""

import gc
import json

import pytest
from msgspec.structs import replace

from oms.values.snapshot import Health
from oms.values.units import price_text
from tests.bench import backtest, collector, run
from tests.bench.frames import Tape
from tests.bench.market_data import given_engine
from tests.bench.matching import bare_pool, operations, two_heaps
from tests.bench.naive import NaiveBooks
from tests.bench.pauses import Pauses, census
from tests.bench.peers import found
from tests.bench.rounds import Aim, Line, compared, in_turn, median_ratio, percentile, tell
from tests.bench.run import GROUPS, main


@pytest.mark.parametrize("group", list(GROUPS))
def test_every_path_runs_and_prints_well_formed_lines(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--only", group]) == 0
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert lines
    for line in lines:
        assert {"bench", "value", "unit", "rounds"} <= set(line)
        assert isinstance(line["bench"], str)
        assert line["rounds"] >= 1
        assert line["value"] >= 0
        assert all(ratio >= 0 for ratio in line.get("ratio_to", {}).values())
        assert set(line.get("verdicts", {})) == {aim["against"] for aim in line.get("aims", [])}
        assert line["bench"] in said.err, "people see it too"


def test_what_takes_an_hour_runs_only_when_it_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(bench="a figure", value=1.0, unit="us", rounds=1)
    monkeypatch.setattr(run, "GROUPS", {name: lambda _size, name=name: [replace(line, bench=name)] for name in GROUPS})
    assert main([]) == 0
    assert [json.loads(said)["bench"] for said in capsys.readouterr().out.splitlines()] == [name for name in GROUPS if name != "day"]


def test_a_peer_that_is_not_here_is_named_and_left_out(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "PEERS", {"no_such_project": "a project that is nowhere", "json": "one that is here"})
    found.tell_missing()
    said = capsys.readouterr().err
    assert "a project that is nowhere" in said
    assert "one that is here" not in said
    assert "make peers" in said


def test_an_aim_is_reached_missed_or_not_judged() -> None:
    aim = Aim("a peer", 6, 9)
    assert [aim.verdict(ratio) for ratio in (None, 5.9, 6.0, 9.0)] == ["not here", "A missed", "A reached", "M reached"]
    assert Aim("a peer", 6).verdict(100.0) == "A reached"
    line = compared("path", "us", {"ours": [1.0, 2.0, 4.0], "a peer": [10.0, 10.0, 10.0]}, aims=(aim, Aim("another", 2)), more_is_better=False)
    assert (line.value, line.figures, line.ratio_to) == (2.0, {"a peer": 10.0}, {"a peer": 5.0})
    assert line.judged().verdicts == {"a peer": "A missed", "another": "not here"}


def test_a_row_for_people_says_whether_the_aim_was_reached(capsys: pytest.CaptureFixture[str]) -> None:
    tell(compared("path", "us", {"ours": [2.0], "a peer": [1.0], "a bystander": [8.0]}, aims=(Aim("a peer", 6, 9),)))
    rows = capsys.readouterr().err.splitlines()
    assert [row.split()[:2] for row in rows] == [["path", "2"], ["a", "peer"], ["a", "bystander"]]
    assert "A missed" in rows[1]
    assert "M 9 ×" in rows[1]


def test_the_collector_is_heard_and_what_it_walks_over_is_told() -> None:
    pauses = Pauses()
    gc.collect()
    pauses.over()
    gc.collect()
    assert (len(pauses.seconds), pauses.full) == (1, 1)
    assert pauses.longest_ms > 0
    assert "dict" in census()


def test_a_history_of_dicts_stops_us_and_one_of_facts_does_not() -> None:
    stopped, ours = (collector.grown(kind, 40_000) for kind in ("dicts", "facts"))
    assert stopped["longest_ms"] > 0
    assert ours["longest_ms"] == 0


def test_the_tape_is_the_same_for_our_backtest_and_for_theirs() -> None:
    tape = Tape(markets=1, frames=200, restless=True)
    _, histories = backtest.decoded(tape)
    stream, engine = given_engine(tape)
    for at_ns, frame in tape.frames:
        for event in stream.receive(frame, at_ns):
            engine.apply(event, at_ns)
    for history in histories:
        book = engine.state.by_token[history.token][1]
        sides: dict[bool, dict[int, int]] = {True: {}, False: {}}
        for is_bid, price, size in [*history.opening, *(change for _, changes in history.changes for change in changes)]:
            sides[is_bid][price] = size
        assert max(price for price, size in sides[True].items() if size) == book.best_bid
        assert min(price for price, size in sides[False].items() if size) == book.best_ask


def test_a_group_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--only", "nonsense"])
    assert stopped.value.code == 2
    assert "nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("restless", [False, True])
def test_made_up_frames_are_what_a_venue_could_have_sent(restless: bool) -> None:  # noqa: FBT001
    tape = Tape(markets=2, frames=300, restless=restless)
    stream, engine = given_engine(tape)
    naive = NaiveBooks()
    for frame in tape.opening:
        naive.receive(frame)
    for at_ns, frame in tape.frames:
        naive.receive(frame)
        for event in stream.receive(frame, at_ns):
            engine.apply(event, at_ns)
    assert stream.refusals == {}
    assert stream.other_tokens == 0
    for token, (desk, book) in engine.state.by_token.items():
        assert book.health is Health.LIVE
        assert 0 < book.hash_checked == book.hash_agreed
        assert 0 < desk.mirror.judged == desk.mirror.agreed
        assert [float(price_text(pips)) for pips in (book.best_bid, book.best_ask)] == [float(price or 0) for price in naive.best(token)]


def test_a_seed_decides_every_byte() -> None:
    one, same, other = (Tape(markets=2, frames=20, seed=seed) for seed in (1, 1, 2))
    assert (one.opening, one.frames) == (same.opening, same.frames)
    assert one.frames != other.frames


@pytest.mark.parametrize("deep", [False, True])
def test_both_pools_make_the_same_matches(deep: bool) -> None:  # noqa: FBT001
    todo = operations(2_000, deep=deep)
    assert bare_pool(todo, 10 if deep else 100)() == two_heaps(todo)() > 0


def test_rounds_are_interleaved_and_each_contestant_runs_once_a_round() -> None:
    order: list[str] = []

    def given_contestant(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = in_turn({name: lambda name=name: given_contestant(name) for name in "abc"}, 3)  # type: ignore[misc]
    assert order == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
    assert {name: len(values) for name, values in found.items()} == {"a": 3, "b": 3, "c": 3}


def test_a_ratio_says_how_many_times_as_good_ours_is() -> None:
    assert median_ratio([10.0, 20.0, 30.0], [5.0, 5.0, 5.0]) == 4.0
    assert median_ratio([10.0, 20.0, 30.0], [5.0, 5.0, 5.0], more_is_better=False) == 0.25
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert percentile([1.0], 0.99) == 1.0
