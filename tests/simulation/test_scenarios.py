"""Four stories that cost somebody money, told to the whole bot."""

from pathlib import Path

import pytest

from config.assembly.demo import START_NS
from config.settings import FOLDER, Settings, load
from oms.machines.risk import Reason
from oms.ports import Turned
from oms.values.commands import Place
from oms.values.units import NS_PER_SECOND
from sim.faults import Faults, Strike
from sim.venue import US
from tests.auditor import DEAD
from tests.simulation.words_chaos import Make, Watched, first_violation, given_chaos, given_settings, quoting_alone

SILENCE_BEGINS_S = 20
SILENCE_S = 30 * 60
DEAF_AND_DUMB = dict.fromkeys(
    ("place lost", "cancel lost", "query failed", "place reply lost", "cancel reply lost", "word lost", "frame lost", "first book missing"), 1.0
)
"""The name of the venue cannot be resolved: nothing we send arrives, nothing it says reaches us, and nobody tells us so."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_a_third_of_settlements_failing_no_limit_is_breached_and_the_alarm_is_raised(seed: int, tmp_path: Path) -> None:
    chaos = given_chaos(tmp_path, seed, rates={"settlement failed": 0.35}, seconds=90, settings=given_settings(40))
    assert first_violation(chaos) == ""
    state = chaos._bot.engine.state
    failed = chaos.faults.counts()["settlement failed"]
    assert state.settlements_failed == failed >= 8, "every one that failed was undone, and once"
    assert state.oddities["settlements fail"] > 0
    assert state.refusals[Reason.MARKET_LOSS_CAP] + state.refusals[Reason.EVENT_LOSS_CAP] > 0, "the limit was reached, so that it could be breached"


class Silence(Watched):
    """All is well; then, with the first order after some seconds already written and not yet sent, thirty minutes of silence; then all is well."""

    def __init__(self, settings: Settings, faults: Faults, folder: Path, *, seconds: int, make: Make) -> None:
        faults.active = False
        self.resting_before: list[str] = []
        self.placed_before: list[str] = []
        super().__init__(settings, faults, folder, seconds=seconds, make=make)

    def committed(self, record: Turned) -> None:
        """The silence begins between commit and send."""
        super().committed(record)
        is_time = self.world.now_ns() >= START_NS + SILENCE_BEGINS_S * NS_PER_SECOND
        if is_time and not self.placed_before and any(isinstance(prepared.command, Place) for prepared in record.ready):
            self.resting_before = [order.order_key for order in self.venue.exchange.open_orders(US)]
            self.placed_before = list(self.auditor.book.placed)
            self.faults.active = True


@pytest.mark.parametrize("seed", [1, 2])
def test_after_half_an_hour_of_failed_name_resolution_both_sides_hold_the_same_orders_and_nothing_was_placed_again(seed: int, tmp_path: Path) -> None:
    one_market = {"DEMO__WINDOW_S": "7200", "DEMO__MARKETS": "1"}
    wide = {"LIMITS__MARKET_LOSS_MAX_USD": "300", "LIMITS__EVENT_LOSS_MAX_USD": "600", "LIMITS__TOTAL_LOSS_MAX_USD": "900"}
    one_long_market = quoting_alone(load(FOLDER / "chaos.toml", {f"STEELYARD__{name}": value for name, value in {**one_market, **wide}.items()}))
    seconds = SILENCE_BEGINS_S + SILENCE_S
    chaos = given_chaos(tmp_path, seed, rates=DEAF_AND_DUMB, seconds=seconds, settings=one_long_market, kind=Silence)
    assert isinstance(chaos, Silence)
    assert first_violation(chaos) == "", "at the end both sides hold the same orders, fills and money (Auditor.check_alive)"
    assert len(chaos.resting_before) >= 2
    counts, book, entered = chaos.faults.counts(), chaos.auditor.book, chaos.venue.entered
    assert counts["cancel lost"] > 100, "the bot did try to take its orders away"
    assert counts["query failed"] > 100
    assert counts["place lost"] > 0, "an order was on its way"
    assert counts["word lost"] > 0, "meanwhile they were filled, and nobody said so"
    assert max(book.placed_times.values()) == 1
    assert len(entered) == len(set(entered))
    state = chaos._bot.engine.state
    lost = [name for name in book.placed if name not in entered]
    assert {order.state.name for order in state.blotter.in_memory() if order.order_id in lost} == {"ABSENT"}, "what never arrived is proven absent"
    assert len(book.placed) > len(chaos.placed_before) + len(lost), "trading goes on"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_when_the_venue_takes_everything_away_unseen_the_bot_finds_out_and_trades_on(seed: int, tmp_path: Path) -> None:
    chaos = given_chaos(tmp_path, seed, rates={"venue cancels all": 0.08, "cancel reply lost": 1.0, "word lost": 0.2})
    assert first_violation(chaos) == ""
    counts = chaos.faults.counts()
    assert counts["venue cancels all"] >= 2
    assert counts["cancel reply lost"] >= 8
    assert len(chaos.venue.entered) > 40


# Killed between commit and send.


class Noted(Watched):
    """Writes down which sending carried which order."""

    def __init__(self, settings: Settings, faults: Faults, folder: Path, *, seconds: int, make: Make) -> None:
        self.sendings = 0
        self.carried: dict[str, int] = {}
        super().__init__(settings, faults, folder, seconds=seconds, make=make)

    def committed(self, record: Turned) -> None:
        """One sending for each turn that commits commands."""
        super().committed(record)
        if record.ready:
            self.sendings += 1
            self.carried.update({prepared.command.order_id: self.sendings for prepared in record.ready if isinstance(prepared.command, Place)})


FIRST = 30
KILLED_SEED = 5


def test_killed_between_commit_and_send_of_each_of_the_first_orders_none_is_doubled_and_none_orphaned(tmp_path: Path) -> None:
    undisturbed = given_chaos(tmp_path, KILLED_SEED, only=frozenset(), seconds=12, kind=Noted)
    assert first_violation(undisturbed) == ""
    assert isinstance(undisturbed, Noted)
    first = list(undisturbed.carried.items())[:FIRST]
    assert len(first) == FIRST
    for sending in dict.fromkeys(number for _, number in first):
        lost = [name for name, number in first if number == sending]
        strike = Strike("kill before send", sending)
        chaos = given_chaos(tmp_path, KILLED_SEED, only=frozenset({strike}), seconds=12, kind=Noted)
        assert first_violation(chaos) == "", strike
        assert (chaos.deaths, chaos.faults.struck) == (1, [strike])
        book, state = chaos.auditor.book, chaos._bot.engine.state
        for name in lost:
            assert book.placed_times[name] == 1, f"{name} is committed, and once"
            assert name not in chaos.venue.entered, f"{name} never left, and is not sent by the next process"
            order = state.blotter.find(name)
            assert order is not None
            assert order.state.name in DEAD
        assert len(chaos.venue.entered) > 0, "the next process trades"
