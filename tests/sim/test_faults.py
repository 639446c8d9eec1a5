"""Misfortune is a function of seed, kind and number; it can be told as a list of strikes, and had again."""

import ast
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.units import NS_PER_SECOND
from sim.faults import KINDS, Faults, Strike, swarm
from tests.house.tree import ROOT


def _strikes(faults: Faults, kind: str, times: int) -> list[bool]:
    return [faults.strikes(kind) for _ in range(times)]


@given(st.integers(0, 2**32), st.permutations(["kill", "word lost", "frame late"] * 30))
def test_whether_it_strikes_depends_on_seed_kind_and_number_alone(seed: int, order: list[str]) -> None:
    rates = dict.fromkeys(order, 0.3)
    mixed, straight = Faults(seed, rates=rates), Faults(seed, rates=rates)
    answers: dict[str, list[bool]] = {kind: [] for kind in rates}
    for kind in order:
        answers[kind].append(mixed.strikes(kind))
    assert answers == {kind: _strikes(straight, kind, 30) for kind in rates}


def test_two_seeds_and_two_kinds_differ() -> None:
    one, two = Faults(1, rates={"kill": 0.5, "word lost": 0.5}), Faults(2, rates={"kill": 0.5})
    kill = _strikes(one, "kill", 100)
    assert kill != _strikes(two, "kill", 100)
    assert kill != _strikes(one, "word lost", 100)


@pytest.mark.parametrize("seed", range(4))
def test_the_strikes_of_a_run_told_as_only_are_exactly_the_same_strikes(seed: int) -> None:
    first = Faults(seed, rates=dict.fromkeys(KINDS, 0.2))
    said = [first.strikes(kind) for _ in range(50) for kind in KINDS]
    again = Faults(seed, rates={}, only=frozenset(first.struck))
    assert [again.strikes(kind) for _ in range(50) for kind in KINDS] == said
    assert again.struck == first.struck


def test_only_one_strike_is_one_strike_where_it_was() -> None:
    faults = Faults(1, rates={"kill": 1.0}, only=frozenset({Strike("kill", 3)}))
    assert _strikes(faults, "kill", 5) == [False, False, True, False, False]
    assert faults.struck == [Strike("kill", 3)]


def test_rates_are_kept() -> None:
    faults = Faults(7, rates={"kill": 0.1, "word lost": 1.0, "frame lost": 0.0})
    counts = {kind: sum(_strikes(faults, kind, 10_000)) for kind in ("kill", "word lost", "frame lost", "frame late")}
    assert 900 < counts.pop("kill") < 1_100
    assert counts == {"word lost": 10_000, "frame lost": 0, "frame late": 0}, "a kind without a rate does not exist"
    assert list(faults.counts()) == ["word lost", "kill"], "in the order of KINDS, those that struck"
    assert faults.counts()["word lost"] == 10_000


def test_what_is_not_active_does_not_strike_and_still_counts_its_occasions() -> None:
    """So that calm before or after does not move the numbers of what follows."""
    calm, ever = Faults(1, rates={"kill": 0.5}), Faults(1, rates={"kill": 0.5})
    calm.active = False
    assert not any(_strikes(calm, "kill", 50))
    calm.active = True
    assert _strikes(calm, "kill", 50) == _strikes(ever, "kill", 100)[50:]


def test_how_long_is_decided_by_the_number_and_stays_within_its_bounds() -> None:
    faults, again = Faults(3, rates={"kill": 1.0}), Faults(3, rates={}, only=frozenset({Strike("kill", 40)}))
    lengths = []
    for _ in range(200):
        faults.strikes("kill")
        lengths.append(faults.how_long_ns("kill", 0.5, 8.0))
    assert all(NS_PER_SECOND // 2 <= length <= 8 * NS_PER_SECOND for length in lengths)
    assert max(lengths) - min(lengths) > 7 * NS_PER_SECOND
    _strikes(again, "kill", 40)
    assert again.how_long_ns("kill", 0.5, 8.0) == lengths[39]


def test_a_kind_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="there is no fault named 'earthquake'; there are place lost, "):
        Faults(1, rates={"earthquake": 0.1})


def test_a_seed_picks_which_kinds_there_are_and_seeds_differ() -> None:
    picked = [swarm(seed) for seed in range(200)]
    assert swarm(5) == picked[5] == Faults(5).rates
    assert len({tuple(rates) for rates in picked}) == 200, "another set of kinds in each"
    often = Counter(kind for rates in picked for kind in rates)
    assert list(KINDS) == [kind for kind in KINDS if 60 < often[kind] < 140], "each kind is there in about half of them"
    assert all(0 < rate < 0.26 for rates in picked for rate in rates.values())


def test_every_kind_has_words_and_is_asked_for_somewhere() -> None:
    assert all(kind and words and not words.endswith(".") for kind, words in KINDS.items())
    said = ""
    for name in ("sim/link.py", "sim/faulty_venue.py", *(str(path.relative_to(ROOT)) for path in (ROOT / "config/assembly").glob("chaos*.py"))):
        said += " ".join(
            node.value for node in ast.walk(ast.parse((ROOT / name).read_text())) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
    assembled = {f"{word} {what}" for word in ("place", "cancel") for what in ("429", "lost", "late")}  # f"{word} lost" in sim/link.py
    assert [kind for kind in KINDS if kind not in said and kind not in assembled] == []
