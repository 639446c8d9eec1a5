"""The proof that the proof can fail: order management with one mistake is caught by the auditor, and the right one is clean on the same seed."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from oms.engine import Engine
from tests.simulation import wrong
from tests.simulation.words_chaos import Make, Watched, first_violation, given_chaos, given_settings

SEEDS = range(1, 7)
"""A mistake must be caught within these."""


class Mistake(msgspec.Struct, frozen=True):
    """One wrong engine, the misfortune in which it shows, and what the auditor must call it."""

    make: Make
    caught_as: str
    rates: Mapping[str, float]
    loss_max_usd: int = 60


MISTAKES = (
    Mistake(wrong.ForgetsWhenNoAnswerComes, "dead", {"place reply lost": 0.4, "query failed": 0.5}),
    Mistake(wrong.ForgetsWhenTheQueryFails, "dead", {"place reply lost": 0.4, "query failed": 0.5}),
    Mistake(wrong.SendsAgain, "doubled", {"place reply lost": 0.4, "query failed": 0.5}),
    Mistake(wrong.SendsAgainUnderANewName, "limits", {"place reply lost": 0.4, "query failed": 0.6}),
    Mistake(wrong.CountsPartFillsTwice, "money", {}),
    Mistake(wrong.CountsDoubledTradesTwice, "money", {"word doubled": 0.3}),
    Mistake(wrong.VoidsOnCancelAck, "money", {"word lost": 0.3}),
    Mistake(wrong.TakesAbsenceForDeath, "dead", {"answer stale": 0.2}),
    Mistake(wrong.TakesAbsenceForDeath, "dead", {"answer incomplete": 0.2}),
    Mistake(wrong.UndoesFailuresTwice, "money", {"settlement failed": 0.35}),
    Mistake(wrong.NeverUndoesFailures, "money", {"settlement failed": 0.35}),
    Mistake(wrong.ForgetsReservations, "limits", {"place reply lost": 0.7, "query failed": 0.5}, 20),
    Mistake(wrong.CountsOnSettlement, "limits", {"settlement failed": 0.35}, 30),
    Mistake(wrong.BooksTheBalance, "money", {"balance stale": 0.5}),
    Mistake(wrong.StartsAfresh, "dead", {"kill": 0.01}),
    Mistake(wrong.NeverAsks, "UNKNOWN", {"place reply lost": 0.2}),
)


def _name(mistake: Mistake) -> str:
    assert isinstance(mistake.make, type)
    return f"{mistake.make.__name__}, {', '.join(mistake.rates) or 'nothing else'}"


@pytest.mark.parametrize("mistake", MISTAKES, ids=_name)
def test_a_mistake_is_caught_and_doing_right_is_clean_on_the_same_seed(mistake: Mistake, tmp_path: Path) -> None:
    settings = given_settings(mistake.loss_max_usd)
    found, seed = "", 0
    for seed in SEEDS:
        found = first_violation(given_chaos(tmp_path, seed, rates=mistake.rates, make=mistake.make, settings=settings))
        if found:
            break
    assert mistake.caught_as in found, f"within {len(SEEDS)} seeds: {found!r}"
    assert first_violation(given_chaos(tmp_path, seed, rates=mistake.rates, settings=settings)) == ""


def test_an_order_that_left_before_it_was_written_is_caught(tmp_path: Path) -> None:
    rates = {"journal failed": 0.1}
    hasty = given_chaos(tmp_path, 1, rates=rates, kind=wrong.SendsBeforeItCommits)
    assert "orphan: order" in first_violation(hasty)
    assert hasty.deaths > 0
    right = given_chaos(tmp_path, 1, rates=rates)
    assert first_violation(right) == ""
    assert right.deaths > 0


def test_every_mistake_is_tried() -> None:
    """A wrong engine that nobody runs proves nothing."""
    engines = [kind for kind in vars(wrong).values() if isinstance(kind, type) and issubclass(kind, Engine | Watched)]
    there = [kind.__name__ for kind in engines if kind.__module__ == wrong.__name__]
    tried = [mistake.make.__name__ for mistake in MISTAKES if isinstance(mistake.make, type)]
    assert sorted(there) == sorted({*tried, wrong.Mishears.__name__, wrong.SendsBeforeItCommits.__name__})
