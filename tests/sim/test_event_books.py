"""Conversions in the clearing: the contract's own results, what stands behind the new shares, and that the audit can fail."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oms.values.units import MICRO
from sim.books import FEES
from sim.clearing import Clearing
from sim.exchange import Exchange
from sim.outcomes import Refusal
from tests.sim.words_events import EVENT, NO_WINS, YES_WINS, given_event, given_group, given_question, holds, names_of, no_of, yes_of
from tests.words import NOON_NS

VECTORS = "vectors/negrisk_convert.json"
CALLER = "caller"


def given_caller(vector: dict[str, Any]) -> Exchange:
    """As at the recording: the caller has 200 of every YES and NO."""
    exchange = given_event(vector["question_count"], CALLER, cash=2_000, conversion_fee_bps=vector["fee_bips"])
    for market_id in names_of(vector["question_count"]):
        assert exchange.split(CALLER, market_id, 200 * MICRO) is None
    return exchange


def named(mask: int) -> tuple[str, ...]:
    """The questions of an index set, those that there are not as well."""
    return tuple(f"q{bit}" for bit in range(mask.bit_length()) if mask >> bit & 1)


def changes(exchange: Exchange, account: str, before: tuple[int, dict[str, int]], count: int) -> dict[str, Any]:
    """What became different, as the vectors say it."""
    cash, tokens = exchange.account_totals(account)
    return {
        "collateral": str(cash - before[0]),
        "yes": [str(tokens.get(yes_of(one), 0) - before[1].get(yes_of(one), 0)) for one in names_of(count)],
        "no": [str(tokens.get(no_of(one), 0) - before[1].get(no_of(one), 0)) for one in names_of(count)],
    }


@pytest.mark.data
def test_conversions_move_what_the_contract_moved_and_are_refused_by_the_contracts_names(data_dir: Path) -> None:
    vectors = json.loads((data_dir / VECTORS).read_text(encoding="utf-8"))["vectors"]
    assert vectors
    for vector in vectors:
        exchange, count = given_caller(vector), vector["question_count"]
        before = {name: exchange.account_totals(name) for name in (CALLER, FEES)}
        refusal = exchange.convert(CALLER, EVENT, named(vector["index_set"]), int(vector["amount"]))
        assert (refusal and refusal.name.replace("_", "")) == (vector.get("revert", "").upper() or None)
        nothing = {"collateral": "0", "yes": ["0"] * count, "no": ["0"] * count}
        assert changes(exchange, CALLER, before[CALLER], count) == vector.get("caller_delta", nothing)
        assert changes(exchange, FEES, before[FEES], count) == vector.get("vault_delta", nothing)
        assert exchange.audit() is None


@pytest.mark.parametrize("winner", names_of(4))
def test_whoever_wins_converted_shares_are_paid_and_nothing_is_left_over(winner: str) -> None:
    exchange = given_event(4, conversion_fee_bps=100)
    for market_id in ("q0", "q1"):
        exchange.split("alice", market_id, 10 * MICRO)
    exchange.split("bob", "q3", 3 * MICRO)
    assert exchange.convert("alice", EVENT, ("q0", "q1"), 10 * MICRO) is None
    assert holds(exchange, "alice") == {"q0:YES": 10, "q1:YES": 10, "q2:YES": 9.9, "q3:YES": 9.9}
    assert (exchange.cash_total("alice"), exchange.cash_total(FEES), holds(exchange, FEES)) == (
        989_900_000,
        100_000,
        {"q2:YES": 0.1, "q3:YES": 0.1},
    )
    assert exchange.audit() is None
    exchange.resolve_event(EVENT, winner, NOON_NS)
    alice = 989_900_000 + (10 if winner in ("q0", "q1") else 9.9) * MICRO
    assert (exchange.cash_total("alice"), exchange.cash_total("bob")) == (alice, 1_000 * MICRO)
    assert (exchange.clearing.locked_micro, exchange.clearing.pots, exchange.audit()) == (0, {}, None)


def test_if_nobody_wins_what_was_converted_stays_with_the_venue() -> None:
    exchange = given_event(3, exhaustive=False)
    exchange.split("alice", "q0", 10 * MICRO)
    exchange.convert("alice", EVENT, ("q0",), 10 * MICRO)
    exchange.resolve_event(EVENT, "", NOON_NS)
    assert (exchange.cash_total("alice"), exchange.cash_total("venue:dust")) == (990 * MICRO, 10 * MICRO)
    assert (exchange.clearing.locked_micro, exchange.audit()) == (0, None)


def test_a_question_that_joins_later_gets_nothing_of_what_was_converted_before() -> None:  # polymarket.md §9.2
    exchange = given_event(2, exhaustive=False)
    for market_id in ("q0", "q1"):
        exchange.split("alice", market_id, 10 * MICRO)
    exchange.convert("alice", EVENT, ("q0",), 4 * MICRO)
    exchange.list_market(given_question("q2"), NOON_NS)
    exchange.list_event(given_group(*names_of(3), exhaustive=False), NOON_NS)
    assert "q2:YES" not in holds(exchange, "alice")
    exchange.convert("alice", EVENT, ("q0",), 6 * MICRO)
    assert holds(exchange, "alice") == {"q0:YES": 10, "q1:YES": 20, "q1:NO": 10, "q2:YES": 6}
    assert exchange.audit() is None
    exchange.resolve_event(EVENT, "q2", NOON_NS)
    assert (exchange.cash_total("alice"), exchange.cash_total("venue:dust"), exchange.audit()) == (996 * MICRO, 4 * MICRO, None)


def test_a_market_paid_out_before_takes_no_part_and_its_yes_is_not_made() -> None:
    exchange = given_event(3)
    for market_id in names_of(3):
        exchange.split("alice", market_id, 10 * MICRO)
    exchange.resolve("q0", NO_WINS, NOON_NS)
    assert exchange.convert("alice", EVENT, ("q0", "q1"), MICRO) is Refusal.EVENT_DECIDED
    assert exchange.convert("alice", EVENT, ("q1",), 10 * MICRO) is None
    assert holds(exchange, "alice") == {"q1:YES": 10, "q2:YES": 20, "q2:NO": 10}
    exchange.resolve("q2", YES_WINS, NOON_NS)
    assert exchange.convert("alice", EVENT, ("q1",), MICRO) is Refusal.EVENT_DECIDED
    assert exchange.split("alice", "q1", 5 * MICRO) is None
    assert exchange.audit() is None
    exchange.resolve("q1", NO_WINS, NOON_NS)
    assert (exchange.cash_total("alice"), exchange.clearing.locked_micro, exchange.audit()) == (1_000 * MICRO, 0, None)


def test_only_what_is_free_can_be_converted_and_a_refusal_moves_nothing() -> None:
    exchange = given_event(2)
    for market_id, shares in (("q0", 10), ("q1", 9)):
        exchange.split("alice", market_id, shares * MICRO)
    before = exchange.account("alice")
    assert exchange.convert("alice", EVENT, ("q0", "q1"), 10 * MICRO) is Refusal.NOT_ENOUGH_SHARES
    assert exchange.convert("bob", EVENT, ("q0",), 1) is Refusal.NOT_ENOUGH_SHARES
    assert exchange.account("alice") == before


def test_what_the_no_shares_had_cost_becomes_the_cost_of_what_came_for_them() -> None:
    exchange = given_event(4)
    for market_id in ("q0", "q1"):
        exchange.split("alice", market_id, 3)
    exchange.convert("alice", EVENT, ("q0", "q1"), 3)
    held = exchange.clearing.accounts["alice"].tokens
    assert [held[token].cost_micro for token in ("q0:NO", "q1:NO", "q2:YES", "q3:YES")] == [0, 0, 1, 0], "2 + 2 were paid, 3 came in cash"


def given_converted() -> Clearing:
    exchange = given_event(3)
    for market_id in names_of(3):
        exchange.split("alice", market_id, 5 * MICRO)
    exchange.convert("alice", EVENT, ("q0",), 2 * MICRO)
    return exchange.clearing


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda c: setattr(c.pots[EVENT], "pot_micro", 1), "cash 1985000000 + locked 13000001 is not"),
        (lambda c: setattr(c.pots[EVENT], "converted_micro", 1), "event event has 2000000 in its pot, but 1 were converted"),
        (
            lambda c: setattr(c.sets["q1"], "joined_micro", 1),
            "if q1 wins, event event owes 15000000 beside 1 of the venue's, but has 15000000 locked",
        ),
        (lambda c: setattr(c.accounts["alice"].tokens["q2:YES"], "available", 1), "if q2 wins, event event owes 8000001 beside 0"),
        (lambda c: setattr(c.accounts["alice"].tokens["q0:NO"], "available", 1), "if q1 wins, event event owes 12000001 beside 0"),
        (lambda c: setattr(c.pots[EVENT], "is_decided", True), "is decided and owes 13000000, but has 15000000 locked"),
        (lambda c: c.pots[EVENT].members.pop("q1"), "the markets of event event are not those that say so"),
    ],
)
def test_the_audit_names_what_is_wrong_with_an_event(spoil: Callable[[Clearing], object], complaint: str) -> None:
    # req 0.3
    clearing = given_converted()
    assert clearing.audit() is None
    assert all(clearing.balanced(market_id) for market_id in names_of(3))
    spoil(clearing)
    assert complaint in (clearing.audit() or "")
