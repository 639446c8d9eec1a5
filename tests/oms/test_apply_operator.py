"""What a person said becomes state: in life, in the fold of a journal, and never by halves."""

from collections.abc import Mapping

import msgspec
import pytest

from oms.apply_operator import ORDERS_WAITING_MAX
from oms.engine import Engine
from oms.engine_settings import EngineSettings, StrategyLine
from oms.entries import Entry
from oms.machines.guard import GuardLimits
from oms.machines.session import OperatorPhase
from oms.replay import recover
from oms.values import events as e
from oms.values.commands import Alert, Place
from oms.values.decisions import StandAside
from oms.values.units import MICRO
from tests.oms.words_engine import Floor, alerts, buy, cancelled_ids, filled, given_floor, given_other_market, given_standing, of_kind
from tests.oms.words_oms import given_spec, told_book
from tests.words import MARKET, NOON_NS

PAUSED = e.MarketPaused(market_id=MARKET, why="lunch")
RESUMED = e.MarketResumed(market_id=MARKET, why="back")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a strategy that can be changed."""

    depth: int = 2


def changeable(values: Mapping[str, object]) -> StrategyLine:
    """A line that does nothing, and can be remade."""

    def remake(others: Mapping[str, object]) -> StrategyLine:
        return changeable({**values, **others})

    return StrategyLine(name="tuned", evaluate=lambda _view, _params: StandAside(why="idle"), params=msgspec.convert(values, Params), remake=remake)


def depth_of(floor: Floor) -> int:
    """What the tuned strategy is set to."""
    depth: int = next(line.params.depth for line in floor.state.settings.strategies if line.name == "tuned")
    return depth


def test_a_paused_market_loses_its_strategys_orders_and_gets_no_new_ones() -> None:
    floor = given_standing()
    floor.script.want(buy())
    assert cancelled_ids(floor.tell(PAUSED)) == ["7-1"]
    floor.tell(e.CancelDone(order_id="7-1"))
    assert of_kind(floor.tell(floor.stir()), Place) == []
    assert len(of_kind(floor.tell(RESUMED), Place)) == 1


def test_another_market_trades_on_while_one_is_paused() -> None:
    floor = given_standing()
    floor.script.want(buy())
    floor.tell(e.MarketListed(market=given_other_market("other")), e.MarketPaused(market_id="other", why=""))
    assert floor.tell(floor.stir()) == []
    assert floor.order().state.name == "LIVE"


def test_pausing_twice_is_pausing_once_and_the_last_reason_stays() -> None:
    floor = given_floor()
    floor.tell(PAUSED, e.MarketPaused(market_id=MARKET, why="dinner"))
    assert floor.state.by_hand.paused == {MARKET: "dinner"}
    floor.tell(RESUMED, RESUMED)
    assert floor.state.by_hand.paused == {}


def test_words_about_a_market_that_nobody_knows_harm_nothing() -> None:
    floor = given_floor()
    assert floor.tell(e.MarketPaused(market_id="gone", why=""), e.MarketResumed(market_id="never", why="")) == []
    floor.script.want(buy())
    assert len(of_kind(floor.tell(floor.stir()), Place)) == 1


def test_resuming_a_market_ends_its_quarantine_and_only_its_own() -> None:
    floor = given_standing()
    floor.tell(e.MarketListed(market=given_other_market("other")))
    for desk in floor.state.desks.values():
        desk.quarantine = "something broke"
    floor.tell(RESUMED)
    assert {name: desk.quarantine for name, desk in floor.state.desks.items()} == {MARKET: "", "other": "something broke"}


def test_a_pause_of_a_market_outlives_the_process_and_waiting_orders_do_not() -> None:
    engine = Engine(EngineSettings())
    facts: list[e.Event] = [e.MarketListed(market=given_other_market("m")), e.MarketPaused(market_id="m", why="lunch"), asked()]
    recover(engine, [Entry(seq=n, turn=n, at_ns=NOON_NS, body=fact, cause_seq=None) for n, fact in enumerate(facts, 1)])
    assert engine.state.by_hand.paused == {"m": "lunch"}
    assert engine.state.by_hand.orders == []


def asked(why: str = "by hand") -> e.OrderAsked:
    """An order that a person wants."""
    return e.OrderAsked(spec=given_spec(), why=why)


def test_more_orders_at_once_than_a_person_can_want_are_refused_by_name() -> None:
    floor = given_floor(cash=10**6)
    sent = floor.tell(*[asked() for _ in range(ORDERS_WAITING_MAX + 3)])
    assert "order by hand refused: 100 of them wait already" in {f"{alert.kind}: {alert.text}" for alert in of_kind(sent, Alert)}
    assert floor.state.by_hand.orders == []
    assert len(of_kind(sent, Place)) <= ORDERS_WAITING_MAX


def test_folding_a_journal_of_many_orders_by_hand_refuses_none_of_them() -> None:
    engine = Engine(EngineSettings())
    for number in range(3 * ORDERS_WAITING_MAX):
        engine.apply(asked(), NOON_NS + number)
    assert "order by hand refused" not in engine.state.oddities
    assert len(engine.state.by_hand.orders) == 1


def test_parameters_change_at_once_and_the_file_rules_again_after_a_restart() -> None:
    floor = given_floor(also=[changeable({"depth": 3})])
    floor.tell(e.ParamsSet(strategy="tuned", values={"depth": 7}))
    assert depth_of(floor) == 7
    floor.tell(e.ParamsSet(strategy="tuned", values={}))
    assert depth_of(floor) == 7
    floor.tell(e.Restarted(why="again"))
    assert depth_of(floor) == 3


def test_parameters_that_cannot_be_change_nothing_and_are_told() -> None:
    floor = given_floor(also=[changeable({"depth": 3})])
    flawed: tuple[dict[str, object], ...] = ({"depth": "deep"}, {"width": 1}, {"depth": 4, "width": 1})
    for values in flawed:
        assert "parameters refused" in alerts(floor.tell(e.ParamsSet(strategy="tuned", values=values)))
        assert depth_of(floor) == 3


@pytest.mark.parametrize("strategy", ["maker", "nobody"])
def test_parameters_of_a_strategy_that_cannot_be_changed_or_is_not_there_are_passed_over(strategy: str) -> None:
    floor = given_floor(also=[changeable({"depth": 3})])
    before = floor.state.settings.strategies
    assert floor.tell(e.ParamsSet(strategy=strategy, values={"depth": 9})) == []
    assert floor.state.settings.strategies == before


def test_a_changed_strategy_is_asked_again_without_waiting_for_the_market() -> None:
    floor = given_floor(also=[changeable({"depth": 3})])
    looks = len(floor.script.shown)
    floor.tell(e.ParamsSet(strategy="tuned", values={"depth": 4}))
    assert len(floor.script.shown) == looks + 1


def guarded(**limits: int) -> Floor:
    """A floor with 100 YES that cost $40, the mark at 0.50, and guards."""
    floor = given_standing(guards=GuardLimits(confirm_ns=0, **limits))
    floor.tell(filled("t1", 100))
    return floor


def test_a_best_that_was_written_down_outlives_the_process() -> None:
    floor = given_floor(guards=GuardLimits(drawdown_max_micro=100 * MICRO, confirm_ns=0))
    floor.tell(e.ResultMarked(result_micro=20 * MICRO, best_micro=101 * MICRO), after_ms=2_000)
    assert (floor.state.guard.peak_micro, floor.state.guard.latest_micro) == (101 * MICRO, 0)
    assert "below its best" in floor.state.guard.tripped
    assert floor.state.session.operator is OperatorPhase.HALTED


def test_a_mark_of_a_journal_without_a_best_is_its_own() -> None:
    floor = given_floor(guards=GuardLimits(drawdown_max_micro=100 * MICRO))
    floor.tell(e.ResultMarked(result_micro=20 * MICRO))
    assert floor.state.guard.peak_micro == 20 * MICRO


def test_a_clean_stop_and_a_new_start_keep_the_best_and_a_halt_that_is_lifted_does_not() -> None:
    floor = guarded(drawdown_max_micro=100 * MICRO)
    floor.tell(e.ResultMarked(result_micro=0, best_micro=90 * MICRO))
    floor.tell(e.Paused(why="the process ends"))
    floor.tell(e.Restarted(why="again"), e.Resumed(why="started again"))
    assert floor.state.guard.peak_micro == 90 * MICRO
    floor.tell(e.Halted(why="kill"))
    floor.tell(e.Resumed(why="looked at it"))
    assert floor.state.guard.peak_micro == floor.state.guard.latest_micro


def test_a_deposit_is_no_win_and_does_not_hide_a_loss() -> None:
    floor = guarded(drawdown_max_micro=100 * MICRO)
    floor.tell(floor.stir(), after_ms=1_000)
    before = floor.state.guard.latest_micro
    floor.tell(e.Deposited(cash_micro=500 * MICRO, deposit_id="d2"), after_ms=2_000)
    assert floor.state.guard.latest_micro == before
    assert floor.state.guard.peak_micro == before


def test_a_result_is_looked_at_once_a_second_however_many_turns_there_are() -> None:
    floor = guarded(drawdown_max_micro=10**12)
    floor.tell(floor.stir(), after_ms=1_000)
    before = floor.state.guard.latest_micro
    floor.tell(told_book(((5_800, 9),), ((6_200, 9),), at_ms=floor.now_ms), after_ms=999)
    assert floor.state.guard.latest_micro == before
    floor.tell(floor.stir())
    assert floor.state.guard.latest_micro == 20 * MICRO  # 100 YES at 0.60 that cost $40
