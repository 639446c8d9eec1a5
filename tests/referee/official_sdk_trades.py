"""The maintained SDK as a trader: polymarket-client on the simulated venue, unmodified, with nothing but its addresses changed.

    .venv-sdk/bin/python tests/referee/official_sdk_trades.py http://127.0.0.1:8711 TOKEN_FILE

As official_trades.py: one JSON line a call, 1 at any surprise, wallets and markets of its own. What its streams hear is looked at in sdk_streams.py.
"""

import asyncio
import contextlib
import dataclasses
import json
import secrets
import sys
import time
from collections.abc import Awaitable
from decimal import Decimal
from typing import Any

from eth_account import Account
from operating import Operator, operator_of  # type: ignore[import-not-found]  # beside this file; run in a Python of its own
from polymarket import AsyncSecureClient  # type: ignore[import-not-found]
from polymarket._internal.actions.orders.post import build_post_order_request  # type: ignore[import-not-found]
from polymarket._internal.environment import PRODUCTION_CONFIG, create_environment  # type: ignore[import-not-found]
from polymarket.errors import OrderHeartbeatMismatchError, RequestRejectedError  # type: ignore[import-not-found]
from polymarket.streams import MarketSpec, UserSpec  # type: ignore[import-not-found]


class Told:
    """What was answered so far."""

    def __init__(self) -> None:
        self.surprises = 0

    def line(self, step: str, answer: object, *, fits: bool) -> None:
        """Print one line."""
        self.surprises += not fits
        print(json.dumps({"step": step, "fits": bool(fits), "answer": answer}, default=str), flush=True)

    async def bad(self, step: str, call: Awaitable[Any], status: int, words: str) -> None:
        """A call that the venue refuses with this status and these words."""
        try:
            self.line(step, await call, fits=False)
        except RequestRejectedError as error:
            self.line(step, [error.status, str(error)], fits=error.status == status and words in str(error))


def environment(host: str) -> Any:  # noqa: ANN401 (the SDK's own)
    """The SDK's production settings with our address."""
    streams = host.replace("http", "ws", 1)
    config = dataclasses.replace(
        PRODUCTION_CONFIG,
        clob_url=host,
        gamma_url=host,
        data_url=host,
        relayer_url=host,
        clob_market_ws_url=f"{streams}/ws/market",
        clob_user_ws_url=f"{streams}/ws/user",
    )
    return create_environment(name="simulated", config=config)


async def trader(host: str) -> Any:  # noqa: ANN401
    """A new wallet's client."""
    key = "0x" + secrets.token_hex(32)
    return await AsyncSecureClient.create(private_key=key, wallet=Account.from_key(key).address, environment=environment(host))


async def pages(paginator: Any) -> list[Any]:  # noqa: ANN401
    """All rows of all pages."""
    return [row async for page in paginator for row in page.items]


async def order_steps(told: Told, alice: Any, bob: Any, market: dict[str, Any]) -> None:  # noqa: ANN401
    """Resting, crossing, settlement, reading, cancelling."""
    yes, no = (token["t"] for token in market["t"])
    price, size = Decimal("0.40"), Decimal(20)
    rest = await alice.place_limit_order(token_id=yes, price=price, size=size, side="BUY", post_only=True)
    told.line("rest", rest, fits=rest.ok and rest.status == "live")
    mint = await bob.place_limit_order(token_id=no, price=Decimal("0.60"), size=Decimal(10), side="BUY")
    told.line("mint", mint, fits=mint.ok and mint.status == "matched" and (mint.making_amount, mint.taking_amount) == (6, 10))
    hashes = await bob.wait_for_order_fill_settlement(mint)
    told.line("settled", hashes, fits=len(hashes) == 1)
    rows = await pages(alice.list_account_trades(market=market["c"]))
    told.line("maker's trade", rows, fits=len(rows) == 1 and rows[0].trader_side == "MAKER" and rows[0].maker_orders[0].price == price)
    asset = "CONDITIONAL-V2" if market.get("v") else "CONDITIONAL"
    held = await bob.get_balance_allowance(asset_type=asset, token_id=no)
    told.line("shares", held, fits=held.balance == 10_000_000)
    sold = await alice.place_limit_order(token_id=yes, price=Decimal("0.70"), size=Decimal(5), side="SELL")
    told.line("offer", sold, fits=sold.ok and sold.status == "live")
    bought = await bob.place_market_order(token_id=yes, side="BUY", amount=Decimal("3.5"), order_type="FOK")
    told.line("fok", bought, fits=bought.ok and bought.taking_amount == 5)
    later = int(time.time()) + 400
    timed = await alice.place_limit_order(token_id=yes, price=Decimal("0.10"), size=size, side="BUY", expiration=later)
    open_orders = await pages(alice.list_open_orders(market=market["c"]))
    told.line("open orders", open_orders, fits=[order.id for order in open_orders] == [rest.order_id, timed.order_id])
    one = await alice.get_order(order_id=rest.order_id)
    told.line("order", one, fits=(one.status, one.size_matched) == ("LIVE", 10))
    gone = await alice.cancel_orders(order_ids=[rest.order_id, "0x" + "17" * 32])
    told.line("cancel", gone, fits=list(gone.canceled) == [rest.order_id] and len(gone.not_canceled) == 1)
    gone = await alice.cancel_market_orders(market=market["c"])
    told.line("cancel market", gone, fits=list(gone.canceled) == [timed.order_id])


async def refusal_steps(told: Told, alice: Any, bob: Any, market: dict[str, Any]) -> None:  # noqa: ANN401
    """What the venue does not take, a batch. The SDK itself stops what is off the tick, too small or over."""
    yes = market["t"][0]["t"]
    signed = [await alice.create_limit_order(token_id=yes, price=Decimal("0.2"), size=Decimal(10), side="BUY") for _ in range(3)]
    batch = await alice.post_orders(signed)
    told.line("batch", batch, fits=all(row.ok for row in batch))
    again = await alice.post_orders(signed[:1])
    told.line("batch again", again, fits=not again[0].ok and "Duplicated" in again[0].message)
    await told.bad("twice", alice.post_order(signed[0]), 400, "Duplicated")
    dear = alice.place_limit_order(token_id=yes, price=Decimal("0.2"), size=Decimal(900_000), side="BUY")
    await told.bad("too much", dear, 400, "the balance is not enough")
    gone = await alice.cancel_all()
    told.line("cancel all", gone, fits=len(gone.canceled) == 3)
    fresh = await alice.create_limit_order(token_id=yes, price=Decimal("0.2"), size=Decimal(10), side="BUY")
    await told.bad("bad signature", alice.post_order(dataclasses.replace(fresh, signature=f"{fresh.signature[:-6]}000000")), 400, "invalid signature")
    await told.bad("another's key", bob.post_order(fresh), 400, "invalid signature")
    path, body = build_post_order_request(fresh, owner_api_key=bob._ctx.credentials.key)
    await told.bad("wrong owner", alice._ctx.secure_clob.post_json(path, json=body), 400, "the order owner has to be the owner of the API KEY")
    late = dataclasses.replace(fresh, order_type="GTD", expiration=int(time.time()) - 10)
    await told.bad("expired", alice.post_order(late), 400, "invalid expiration")
    small = alice.place_limit_order(token_id=yes, price=Decimal("0.2"), size=Decimal(4), side="BUY")
    await told.bad("too small", small, 400, "Size (4) lower than the minimum: 5")


async def crossing_steps(told: Told, alice: Any, bob: Any, tokens: list[str]) -> None:  # noqa: ANN401
    """What the book forbids; both wallets have shares."""
    await bob.place_limit_order(token_id=tokens[0], price=Decimal("0.5"), size=Decimal(10), side="SELL")
    crossing = alice.place_limit_order(token_id=tokens[0], price=Decimal("0.5"), size=Decimal(10), side="BUY", post_only=True)
    await told.bad("crossing post-only", crossing, 400, "invalid post-only order")
    mirrored = alice.place_limit_order(token_id=tokens[1], price=Decimal("0.5"), size=Decimal(10), side="SELL", post_only=True)
    await told.bad("crossing post-only on the other token", mirrored, 400, "invalid post-only order")
    whole = alice.place_market_order(token_id=tokens[0], side="BUY", amount=Decimal(50), max_price=Decimal("0.6"), order_type="FOK")
    await told.bad("unfillable fok", whole, 400, "FOK orders are fully filled or killed")
    nothing = alice.place_market_order(token_id=tokens[0], side="BUY", amount=Decimal(5), max_price=Decimal("0.4"), order_type="FAK")
    await told.bad("unfillable fak", nothing, 400, "no orders found to match with FAK order")
    await bob.cancel_all()


async def grid_steps(told: Told, alice: Any, bob: Any, condition: str, tokens: list[str]) -> None:  # noqa: ANN401
    """Every kind of order on both sides and both tokens, and each way of cancelling but all, which refusal_steps has."""
    for number, (outcome, token, side) in enumerate(
        (outcome, token, side) for outcome, token in zip(("YES", "NO"), tokens, strict=True) for side in ("BUY", "SELL")
    ):
        price, other = (Decimal("0.1"), "SELL") if side == "BUY" else (Decimal("0.9"), "BUY")
        ids = []
        for kind, more in (("GTC", {}), ("GTD", {"expiration": int(time.time()) + 400}), ("post-only", {"post_only": True})):
            rest = await alice.place_limit_order(token_id=token, price=price, size=Decimal(10), side=side, **more)
            told.line(f"{kind} {side} {outcome}", rest, fits=rest.ok and rest.status == "live")
            ids.append(rest.order_id)
        await cancel_step(told, alice, number, ids, {"market": condition} if number == 2 else {"token_id": token})
        for kind in ("FOK", "FAK"):
            await bob.place_limit_order(token_id=token, price=Decimal("0.5"), size=Decimal(10), side=other)
            terms = {"amount": Decimal(5), "max_price": Decimal("0.5")} if side == "BUY" else {"shares": Decimal(10), "min_price": Decimal("0.5")}
            taken = await alice.place_market_order(token_id=token, side=side, order_type=kind, **terms)
            told.line(
                f"{kind} {side} {outcome}", taken, fits=taken.ok and taken.status == "matched" and taken.taking_amount == (10 if side == "BUY" else 5)
            )


async def cancel_step(told: Told, alice: Any, number: int, ids: list[str], where: dict[str, str]) -> None:  # noqa: ANN401
    """One by one, some, those of a market, those of a token."""
    if number == 0:
        gone = [order_id for one in ids for order_id in (await alice.cancel_order(order_id=one)).canceled]
        told.line("cancel one", gone, fits=gone == ids)
    elif number == 1:
        gone = list((await alice.cancel_orders(order_ids=ids)).canceled)
        told.line("cancel some", gone, fits=gone == ids)
    else:
        gone = list((await alice.cancel_market_orders(**where)).canceled)
        told.line("cancel market" if number == 2 else "cancel token", gone, fits=gone == ids)


async def public_steps(told: Told, alice: Any, condition: str, tokens: list[str]) -> None:  # noqa: ANN401
    """Books, prices, ticks and fees, as anybody reads them."""
    bid = await alice.place_limit_order(token_id=tokens[0], price=Decimal("0.4"), size=Decimal(10), side="BUY")
    ask = await alice.place_limit_order(token_id=tokens[0], price=Decimal("0.6"), size=Decimal(10), side="SELL")
    book = await alice.get_order_book(token_id=tokens[0])
    told.line("book", book, fits=[str(book.bids[-1].price), str(book.asks[-1].price)] == ["0.4", "0.6"])
    told.line("books", len(await alice.get_order_books(token_ids=tokens)), fits=len(await alice.get_order_books(token_ids=tokens)) == 2)
    prices = [await alice.get_price(token_id=tokens[0], side=side) for side in ("BUY", "SELL")]
    told.line("price", prices, fits=prices == [Decimal("0.4"), Decimal("0.6")])
    middle, spread = await alice.get_midpoint(token_id=tokens[0]), await alice.get_spread(token_id=tokens[0])
    told.line("midpoint", [middle, spread], fits=(middle, spread) == (Decimal("0.5"), Decimal("0.2")))
    last = await alice.get_last_trade_price(token_id=tokens[0])
    told.line("last trade", last, fits=last is not None and last.price == Decimal("0.5"))
    (market,) = [one async for page in alice.list_markets(condition_ids=condition) for one in page.items]
    rate = market.trading.fee_schedule.rate if market.trading.fee_schedule else 0
    expected = Decimal("0.07") if market.version == "v2" else 0
    told.line("tick and fee", [market.trading.minimum_tick_size, rate], fits=(str(market.trading.minimum_tick_size), rate) == ("0.01", expected))
    gone = await alice.cancel_orders(order_ids=[bid.order_id, ask.order_id])
    told.line("cancelled", gone, fits=len(gone.canceled) == 2)


async def heartbeat_steps(told: Told, alice: Any) -> None:  # noqa: ANN401
    """Last, because they arm the dead-man switch."""
    beat = await alice.send_order_heartbeat()
    beat = await alice.send_order_heartbeat(heartbeat_id=beat.heartbeat_id)
    try:
        told.line("old heartbeat", await alice.send_order_heartbeat(heartbeat_id="old"), fits=False)
    except OrderHeartbeatMismatchError as error:
        told.line("old heartbeat", error.heartbeat_id, fits=error.heartbeat_id == beat.heartbeat_id)


async def stream_steps(told: Told, alice: Any, market: dict[str, Any]) -> None:  # noqa: ANN401
    """An order of ours is heard on both streams."""
    yes = market["t"][0]["t"]
    wanted = {"MarketBookEvent", "MarketPriceChangeEvent", "UserOrderEvent"}
    heard: set[str] = set()
    async with await alice.subscribe([MarketSpec(asset_ids=[yes]), UserSpec(markets=[market["c"]])]) as events:
        await asyncio.sleep(1)
        await alice.place_limit_order(token_id=yes, price=Decimal("0.05"), size=Decimal(25), side="BUY")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                async for event in events:
                    heard.add(type(event).__name__)
                    if wanted <= heard:
                        break
    told.line("streams", sorted(heard), fits=wanted <= heard)
    await alice.cancel_all()


async def main(operator: Operator) -> int:
    """All steps in a market of each kind; 1 at any surprise."""
    told = Told()
    alice, bob = await trader(operator.host), await trader(operator.host)
    for kind, (condition, tokens) in operator.lists_each().items():
        market = {"c": condition, "t": [{"t": token} for token in tokens], "v": kind if kind == "v2" else None}
        await order_steps(told, alice, bob, market)
        await refusal_steps(told, alice, bob, market)
        for wallet in (alice, bob):
            operator.gives_sets(wallet.wallet, condition, 100)
        await crossing_steps(told, alice, bob, tokens)
        await grid_steps(told, alice, bob, condition, tokens)
        await public_steps(told, alice, condition, tokens)
        await stream_steps(told, alice, market)
    await heartbeat_steps(told, alice)
    for wallet in (alice, bob):
        await wallet.close()
    print(json.dumps({"surprises": told.surprises}))
    return 1 if told.surprises else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(operator_of(sys.argv))))
