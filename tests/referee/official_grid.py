"""Every kind of order on both sides and both tokens by the official client, and each way of cancelling."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from official_words import Told, Trader  # type: ignore[import-not-found]  # beside this file; run in a Python of its own
from py_clob_client_v2.clob_types import OrderMarketCancelParams, OrderPayload, OrderType

RESTING = {"GTC": {}, "GTD": {"kind": OrderType.GTD}, "post-only": {"post_only": True}}
IMMEDIATE = {"FOK": OrderType.FOK, "FAK": OrderType.FAK}


class Cell(NamedTuple):
    """One side of one token of one market."""

    name: str
    token: str
    side: str
    version: int | None


def grid_steps(told: Told, alice: Trader, bob: Trader, condition: str, tokens: list[str], version: int | None) -> None:
    """Both wallets have cash and shares of both tokens; nothing else stands in the market, and nothing will."""
    cells = [
        Cell(f"{side} {outcome}", token, side, version)
        for outcome, token in zip(("YES", "NO"), tokens, strict=True)
        for side in ("BUY", "SELL")
    ]  # fmt: skip
    for cell, cancel in zip(cells, ways_of_cancelling(told, alice, condition, tokens), strict=True):
        cancel(cell.token, [rests(told, alice, f"{kind} {cell.name}", cell, **more) for kind, more in RESTING.items()])
        for kind, order_type in IMMEDIATE.items():
            bob.place(cell.token, "SELL" if cell.side == "BUY" else "BUY", 0.5, 10, version=cell.version)
            takes(told, alice, f"{kind} {cell.name}", cell, order_type)


def rests(told: Told, alice: Trader, step: str, cell: Cell, **more: Any) -> str:  # noqa: ANN401 (place's own)
    """One order far from the other side; its id."""
    if more.get("kind") is OrderType.GTD:
        more["expiration"] = int(time.time()) + 400
    price = 0.1 if cell.side == "BUY" else 0.9
    answer = told.good(
        step, lambda: alice.place(cell.token, cell.side, price, 10, version=cell.version, **more), lambda answer: answer["status"] == "live"
    )
    return str(answer.get("orderID", ""))


def takes(told: Told, alice: Trader, step: str, cell: Cell, order_type: str) -> None:
    """One order that meets another at a half, whole."""
    amount, gets = (5, "10") if cell.side == "BUY" else (10, "5")
    fits = {"status": "matched", "takingAmount": gets, "makingAmount": str(amount)}
    told.good(
        step,
        lambda: alice.market(cell.token, cell.side, amount, order_type, price=0.5, version=cell.version),
        lambda answer: {key: answer[key] for key in fits} == fits,
    )


def ways_of_cancelling(told: Told, alice: Trader, condition: str, tokens: list[str]) -> Iterator[Callable[[str, list[str]], None]]:
    """One, some, those of a token, those of a market; all of them are asked for in official_trades.py."""
    client = alice.client

    def one(_token: str, ids: list[str]) -> None:
        for order_id in ids:
            told.good("cancel one", lambda: client.cancel_order(OrderPayload(order_id)), lambda answer: answer["canceled"] == [order_id])  # noqa: B023

    def some(_token: str, ids: list[str]) -> None:
        told.good("cancel some", lambda: client.cancel_orders(ids), lambda answer: answer["canceled"] == ids)

    def of_token(token: str, ids: list[str]) -> None:
        other = tokens[1 - tokens.index(token)]
        told.good("cancel other token", lambda: client.cancel_market_orders(OrderMarketCancelParams(asset_id=other)), lambda it: not it["canceled"])
        told.good("cancel token", lambda: client.cancel_market_orders(OrderMarketCancelParams(asset_id=token)), lambda it: it["canceled"] == ids)

    def of_market(_token: str, ids: list[str]) -> None:
        told.good("cancel market", lambda: client.cancel_market_orders(OrderMarketCancelParams(market=condition)), lambda it: it["canceled"] == ids)

    yield from (one, some, of_token, of_market)
