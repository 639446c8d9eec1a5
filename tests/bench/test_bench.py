"""The benchmarks run, every path of them, and print lines that a machine can read. Nothing here is timed."""

import json

import pytest

from oms.values.snapshot import Health
from oms.values.units import price_text
from tests.bench.frames import Tape
from tests.bench.market_data import given_engine
from tests.bench.matching import bare_pool, operations, two_heaps
from tests.bench.naive import NaiveBooks
from tests.bench.rounds import in_turn, median_ratio, percentile
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
        assert line["bench"] in said.err, "people see it too"


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
