"""The maintained SDK as a trader: polymarket-client on the simulated venue, unmodified, with nothing but its addresses changed.

    <environment with polymarket-client>/bin/python tests/referee/official_sdk_trades.py http://127.0.0.1:8711

As official_trades.py: one JSON line a call, 1 at any surprise, two new wallets a run. Its market and user streams are read as well.
"""

import asyncio
import contextlib
import dataclasses
import json
import secrets
import sys
import time
import urllib.request
from collections.abc import Awaitable
from decimal import Decimal
from typing import Any

from eth_account import Account
from polymarket import AsyncSecureClient  # type: ignore[import-not-found]
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


async def refusal_steps(told: Told, alice: Any, market: dict[str, Any]) -> None:  # noqa: ANN401
    """What the venue does not take, a batch."""
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


async def main(host: str) -> int:
    """All steps on one open market of each generation; 1 at any surprise."""
    told = Told()
    alice, bob = await trader(host), await trader(host)
    conditions = [row["condition_id"] for row in asked(f"{host}/sampling-simplified-markets")["data"]]
    every = [asked(f"{host}/clob-markets/{condition}") for condition in conditions]
    markets = {market.get("v"): market for market in every if not market.get("itode") and not market.get("oas")}
    told.line("a market of each generation", sorted(map(str, markets)), fits=len(markets) == 2)
    for market in markets.values():
        await order_steps(told, alice, bob, market)
        await refusal_steps(told, alice, market)
        await stream_steps(told, alice, market)
    await heartbeat_steps(told, alice)
    print(json.dumps({"surprises": told.surprises}))
    return min(1, told.surprises)


def asked(url: str) -> Any:  # noqa: ANN401
    """What a public endpoint of the simulated venue says."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (the address is the caller's own)
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
