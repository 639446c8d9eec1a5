"""Flows in small: no story breaks a rule, the stories are about something, and the judge sees what he is there to see."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from oms import decide_bundles
from oms.machines import bundle_gate, quoting, risk
from oms.machines.inventory import Inventory
from oms.values import events as e
from oms.values.commands import BundleOpened, Place, Prepared
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from tests.campaign.flows import FIGURES, Flow, flows, told_of
from tests.campaign.flows_book import Group
from tests.campaign.flows_judge import Judge
from tests.campaign.size import QUICK

LIMITS = {"market": 10, "event": 10, "total": 10, "bundle": 4, "order": 10, "day": 100, "orders": 3, "market_orders": 2}
TOKENS = {f"{name}:{side}": (name, side == "YES") for name in ("a", "b") for side in ("YES", "NO")}


def given_judge(**limits: int) -> Judge:
    """Two outcomes of one event, an hundred dollars, and limits in whole dollars."""
    caps = {name: cap if "orders" in name else cap * MICRO for name, cap in {**LIMITS, **limits}.items()}
    judge = Judge(caps, [Group(("a", "b"), exhaustive=False)], TOKENS, {"a": 0, "b": 700})
    judge.heard(e.Deposited(cash_micro=100 * MICRO, deposit_id="d"))
    return judge


def given_place(order_id: str, token: str, side: Side, price_pips: int, size: int, *, lifetime: Lifetime = Lifetime.GTC, bundle: str = "") -> Place:
    """An order of whole shares; an immediate purchase of whole dollars."""
    spec = OrderSpec(market_id=token[0], token=token, side=side, price_pips=price_pips, size_micro=size * MICRO, lifetime=lifetime)
    return Place(order_id=order_id, spec=spec, strategy="s", why="w", bundle=bundle)


def given_fill(order_id: str, shares: int, price_pips: int) -> e.Filled:
    """Of so many whole shares at this price."""
    return e.Filled(
        order_id=order_id,
        trade_id=f"t-{order_id}",
        price_pips=price_pips,
        shares_micro=shares * MICRO,
        cash_micro=shares * 100 * price_pips,
        fee_cash_micro=0,
        is_maker=True,
        exchange_ns=1,
    )


def test_short_flows_break_no_rule_and_much_happens_in_them() -> None:
    # No self-trade, also through mint and merge; no limit is passed though every resting order filled at once: req 2.36, 4.9, trap T13.
    (found,) = flows(QUICK, lambda _text: None)
    assert found.ok, found.figures
    counts: Counter[str] = sum((told_of(seed)[1] for seed in range(QUICK.flows)), Counter())
    assert [name for name in FIGURES if not counts[name]] == []
    assert counts["turns"] >= 30 * counts["flows"]


def test_a_seed_alone_decides_a_flow() -> None:
    assert [told_of(seed) for seed in (3, 4)] == [told_of(seed) for seed in (3, 4)]
    assert told_of(3)[1] != told_of(4)[1]


def first_wrong(seeds: int = 60) -> str:
    """What the judge finds first in so many flows."""
    return next((words[0] for seed in range(seeds) if (words := Flow(seed).live())), "")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda m: m.setattr(quoting, "_without_own_crosses", lambda places, *_: tuple(places)), "crosses: "),
        (lambda m: [m.setattr(home, "own_cross", lambda *_: None) for home in (bundle_gate, decide_bundles)], "crosses: "),
        (lambda m: m.setattr(risk.Gate, "_caps", lambda *_: None), ""),
        (lambda m: m.setattr(Inventory, "outcome_worsts", lambda *_: (0, 0)), "losses: "),
    ],
)  # fmt: skip
def test_an_oms_without_one_of_its_guards_is_caught(monkeypatch: pytest.MonkeyPatch, broken: Callable[[Any], None], words: str) -> None:
    broken(monkeypatch)
    try:
        found = first_wrong()
    except AssertionError as error:  # the ledger itself refuses what the gate should have refused
        found = str(error)
        assert words == ""
    assert found
    assert words in found


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        (("a:YES", Side.BUY, 4_000), ("a:YES", Side.SELL, 4_000), True),
        (("a:YES", Side.BUY, 4_000), ("a:YES", Side.SELL, 4_100), False),
        (("a:YES", Side.BUY, 4_000), ("a:NO", Side.BUY, 6_000), True),
        (("a:YES", Side.BUY, 4_000), ("a:NO", Side.BUY, 5_900), False),
        (("a:YES", Side.SELL, 4_000), ("a:NO", Side.SELL, 6_000), True),
        (("a:YES", Side.SELL, 4_000), ("a:NO", Side.SELL, 6_100), False),
        (("a:YES", Side.BUY, 4_000), ("b:YES", Side.SELL, 4_000), False),
    ],
)
def test_orders_that_could_trade_with_each_other_are_seen(first: tuple[str, Side, int], second: tuple[str, Side, int], meet: bool) -> None:  # noqa: FBT001
    judge = given_judge()
    for name, (token, side, price) in (("1", first), ("2", second)):
        judge.committed(given_place(name, token, side, price, 5))
    assert any(words.startswith("crosses: ") for words in judge.check()) is meet
    judge.heard(e.CancelDone(order_id="2"))
    assert not any(words.startswith("crosses: ") for words in judge.check())


def test_what_rests_counts_as_filled_where_it_hurts() -> None:
    judge = given_judge()
    judge.committed(given_place("1", "a:YES", Side.BUY, 5_000, 20))
    assert list(judge.check()) == []
    judge.committed(given_place("2", "b:YES", Side.BUY, 1_000, 1))
    assert [words.split(" may")[0] for words in judge.check()] == ["losses: event of a", "losses: everything"], "if neither wins both are lost"
    judge.heard(given_fill("2", 1, 1_000))
    judge.heard(e.SettlementMoved(trade_id="t-2", order_id="2", stage=e.SettlementStage.FAILED))
    assert list(judge.check()) == [], "a trade that failed leaves nothing"


def test_a_sale_counts_until_it_may_not_fail_any_more_and_its_cash_is_not_spent_before() -> None:
    judge = given_judge(market=60, event=60, total=60, order=45)
    judge.heard(e.SetsChanged(market_id="a", shares_micro=50 * MICRO, command_id="sets"))
    judge.committed(given_place("1", "a:YES", Side.SELL, 9_000, 50))
    judge.heard(given_fill("1", 50, 9_000))
    judge.committed(given_place("2", "a:NO", Side.SELL, 5_000, 50))
    assert list(judge.check()) == []
    judge.committed(given_place("3", "b:YES", Side.BUY, 5_000, 19, lifetime=Lifetime.FOK))
    assert list(judge.check()) == [], "fifty dollars are left, and 19 with the worst fee are less"
    judge.committed(given_place("4", "b:NO", Side.BUY, 7_000, 44))
    assert "cash: 95000000, less 51130000 for purchases, 45000000 of sales that may fail and 0 for splits" in list(judge.check())


def test_what_is_not_there_is_not_sold() -> None:
    judge = given_judge(market=90, event=90, total=90)
    judge.heard(e.SetsChanged(market_id="a", shares_micro=10 * MICRO, command_id="sets"))
    judge.committed(given_place("1", "a:YES", Side.SELL, 9_000, 11))
    assert list(judge.check()) == ["shares: 11000000 of a YES are given or offered, of 10000000 less 0"]


def test_a_bundle_in_flight_counts_with_all_that_may_go_wrong_with_it() -> None:
    judge = given_judge()
    opened = next(command for seed in range(40) for command in bundles_of(seed))
    judge.committed(opened)
    name = opened.bundle_id
    judge.committed(given_place("1", "a:YES", Side.BUY, 4_000, 4, lifetime=Lifetime.FOK, bundle=f"{name}/1"))
    assert list(judge.check()) == []
    judge.committed(given_place("2", "b:YES", Side.BUY, 5_000, 1, lifetime=Lifetime.FOK, bundle=f"{name}/1"))
    assert [words.split(" may")[0] for words in judge.check()] == [f"losses: bundle {name}"]


def bundles_of(seed: int) -> list[BundleOpened]:
    """The bundles that a flow opened."""
    flow = Flow(seed)
    flow.live()
    commands = [entry.body.command for entry in flow.journal.entries if isinstance(entry.body, Prepared)]
    return [command for command in commands if isinstance(command, BundleOpened)]
