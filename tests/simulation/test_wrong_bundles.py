"""The proof that the proof can fail, for bundles: one mistake with them is caught by the auditor, and doing right is clean on the same seed."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from config.settings import FOLDER, Settings, load
from oms.engine import Engine
from tests.simulation import wrong_bundles as wrong
from tests.simulation.words_chaos import Make, first_violation, given_chaos

SETTINGS = load(FOLDER / "chaos.toml", {})


class Mistake(msgspec.Struct, frozen=True):
    """One wrong engine, the misfortune and the seeds in which it shows, and what the auditor must call it."""

    make: Make
    caught_as: str
    rates: Mapping[str, float]
    seeds: tuple[int, ...]
    bundle_loss_max_usd: int = 15


SECONDS = 30
MISTAKES = (
    Mistake(wrong.ForgetsBundles, "lost: bundle", {"kill": 0.01}, (8, 17, 35, 2)),
    Mistake(wrong.AsksTwice, "doubled: transfer", {"transfer word lost": 0.6}, (8, 35)),
    Mistake(wrong.AsksTwiceUnderANewName, "doubled: bundle", {"transfer word lost": 0.6}, (8, 35)),
    Mistake(wrong.TakesSilenceForRefusal, "dead: transfer", {"transfer word late": 0.8}, (8, 35)),
    Mistake(wrong.CountsSetsTwice, "money: ", {"transfer word doubled": 0.6}, (8, 35)),
    Mistake(wrong.KnowsNoBound, "bundle: ", {}, (5, 11, 26), 4),
    Mistake(wrong.BelievesTheProof, "ended: bundle", {}, (8, 35)),
)


def given_bound(usd: int) -> Settings:
    """What a bundle may cost: the strategies would go further."""
    return msgspec.structs.replace(SETTINGS, limits=msgspec.structs.replace(SETTINGS.limits, bundle_loss_max_usd=usd))


def _name(mistake: Mistake) -> str:
    assert isinstance(mistake.make, type)
    return mistake.make.__name__


@pytest.mark.parametrize("mistake", MISTAKES, ids=_name)
def test_a_mistake_with_bundles_is_caught_and_doing_right_is_clean_on_the_same_seed(mistake: Mistake, tmp_path: Path) -> None:
    settings = given_bound(mistake.bundle_loss_max_usd)
    found, seed = "", 0
    for seed in mistake.seeds:
        found = first_violation(given_chaos(tmp_path, seed, rates=mistake.rates, seconds=SECONDS, make=mistake.make, settings=settings))
        if found:
            break
    assert mistake.caught_as in found, f"with seeds {mistake.seeds}: {found!r}"
    assert first_violation(given_chaos(tmp_path, seed, rates=mistake.rates, seconds=SECONDS, settings=settings)) == ""


def test_every_mistake_with_bundles_is_tried() -> None:
    engines = [kind for kind in vars(wrong).values() if isinstance(kind, type) and issubclass(kind, Engine) and kind is not Engine]
    assert sorted(kind.__name__ for kind in engines) == sorted(_name(mistake) for mistake in MISTAKES)
