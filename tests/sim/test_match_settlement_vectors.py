"""The real contract's matchOrders, scenario by scenario (data/vectors/match_settlement.json), and the refusals its scenarios do not reach.

No scenario is skipped. Two things in which the contract differs from our pool and clearing are what these vectors are *for*, not errors: makers may
be charged fees and accounts may trade with themselves (the operator decides both), so `settle` takes fills and fees as given.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from oms.values.orders import Side
from sim.settle import FEE_RECEIVER, PerOrder, Reverted, Settled, SignedOrder, settle

SIDES = (Side.BUY, Side.SELL)


def given_order(row: dict[str, Any]) -> SignedOrder:
    return SignedOrder(
        party=row["party"], token=row["token"], side=SIDES[row["side"]], maker_amount=int(row["makerAmount"]), taker_amount=int(row["takerAmount"])
    )


def settled(row: dict[str, Any]) -> Settled:
    return settle(
        given_order(row["taker"]),
        tuple(given_order(maker) for maker in row["makers"]),
        PerOrder(int(row["taker_fill"]), tuple(int(fill) for fill in row["maker_fills"])),
        PerOrder(int(row["taker_fee"]), tuple(int(fee) for fee in row["maker_fees"])),
    )


def told_moves(result: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The scenario's balance changes, without zeros, in our names for the assets."""
    names = {"collateral": "collateral", "yes": "YES", "no": "NO"}
    moves = {party: {names[asset]: int(n) for asset, n in row.items() if int(n)} for party, row in result["deltas"].items()}
    return {party: changes for party, changes in moves.items() if changes}


def told_events(settled: Settled) -> list[dict[str, Any]]:
    """Our fillings written as the contract's log."""
    log = [
        {
            "event": "OrderFilled", "maker": one.party, "side": SIDES.index(one.side), "token": one.token,
            "making": str(one.making), "taking": str(one.taking), "taker": one.counterparty, "fee": str(one.fee),
        }
        for one in settled.fillings
    ]  # fmt: skip
    matched = {key: log[-1][key] for key in ("maker", "side", "token", "making", "taking")}
    return [*log, {"event": "OrdersMatched", **matched}]


@pytest.mark.data
def test_every_recorded_match_moves_what_the_contract_moved_or_reverts_by_its_name(data_dir: Path) -> None:
    # req 0.9, 0.20
    scenarios = json.loads((data_dir / "vectors" / "match_settlement.json").read_text())["scenarios"]
    assert scenarios
    for row in scenarios:
        result = row["result"]
        if "revert" in result:
            with pytest.raises(Reverted, match=f"^{result['revert']}$"):
                settled(row)
            continue
        ours = settled(row)
        assert ours.moved == told_moves(result), row["id"]
        assert [(left == 0, str(left)) for left in ours.remaining] == [(s["filled"], s["remaining"]) for s in result["status"]], row["id"]
        assert told_events(ours) == result["events"], row["id"]


def given_signed(party: str, token: str, side: Side, maker_amount: int, taker_amount: int) -> SignedOrder:
    return SignedOrder(party=party, token=token, side=side, maker_amount=maker_amount, taker_amount=taker_amount)


BUYER = given_signed("t", "YES", Side.BUY, 600, 1_000)
SELLER = given_signed("m", "YES", Side.SELL, 1_000, 500)


@pytest.mark.parametrize(
    ("taker", "makers", "fills", "fees", "name"),
    [
        (BUYER, (), PerOrder(600, ()), PerOrder(0, ()), "NoMakerOrders"),
        (BUYER, (SELLER,), PerOrder(600, ()), PerOrder(0, (0,)), "MismatchedArrayLengths"),
        (BUYER, (SELLER,), PerOrder(600, (1_001,)), PerOrder(0, (0,)), "MakingGtRemaining"),
        (BUYER, (SELLER,), PerOrder(499, (1_000,)), PerOrder(0, (0,)), "ComplementaryFillExceedsTakerFill"),
        (BUYER, (given_signed("m", "NO", Side.SELL, 1_000, 500),), PerOrder(600, (1_000,)), PerOrder(0, (0,)), "MismatchedTokenIds"),
        (given_signed("t", "YES", Side.BUY, 0, 1_000), (SELLER,), PerOrder(0, (0,)), PerOrder(0, (0,)), "ZeroMakerAmount"),
        (BUYER, (given_signed("m", "NO", Side.BUY, 500, 1_000),), PerOrder(600, (100,)), PerOrder(0, (0,)), "TooLittleTokensReceived"),
        (BUYER, (given_signed("m", "NO", Side.BUY, 500, 1_000),), PerOrder(10, (500,)), PerOrder(0, (0,)), "TransferFailed"),
    ],
)
def test_a_match_outside_what_was_signed_is_refused_by_name(
    taker: SignedOrder, makers: tuple[SignedOrder, ...], fills: PerOrder, fees: PerOrder, name: str
) -> None:
    with pytest.raises(Reverted, match=f"^{name}$"):
        settle(taker, makers, fills, fees)


def test_a_mint_makes_a_share_of_each_token_for_one_dollar_of_both_payments() -> None:
    maker = given_signed("m", "NO", Side.BUY, 500, 1_000)
    done = settle(BUYER, (maker,), PerOrder(600, (500,)), PerOrder(3, (0,)))
    assert done.moved == {"t": {"collateral": -503, "YES": 1_000}, "m": {"collateral": -500, "NO": 1_000}, FEE_RECEIVER: {"collateral": 3}}
