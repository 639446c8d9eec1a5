"""The third party: the official client, unmodified, as a trader beside two bots, who keeps books of his own from what he is told.

    <environment with py-clob-client-v2>/bin/python tests/campaign/sockets_client.py http://127.0.0.1:8711 SEED ORDERS_A_SECOND

Logs a new wallet in and says its address; waits for a line on standard input, opens a book in every market, and says so; then trades until the next
line, lets everything settle with his books standing, cancels at the line after that, and tells on one line of JSON what he believes: his orders, what
was filled of each by his trades, his balances. Whole micro units.
"""

import json
import logging
import random
import secrets
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    BalanceAllowanceParams,
    OrderArgsV2,
    OrderMarketCancelParams,
    OrderType,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
    TradeParams,
)
from py_clob_client_v2.exceptions import PolyApiException

POLYGON = 137
MICRO = 1_000_000
READ_EVERY_S = 20.0
SETTLED_S = 20.0
HANDS = 8
"""Deeds at once: from an order that trades the official client returns only when it has seen the transaction, for which it looks every 250 ms."""


class Party:
    """One wallet of the official client."""

    def __init__(self, host: str, seed: int) -> None:
        key = "0x" + secrets.token_hex(32)
        self.client = ClobClient(host, POLYGON, key)
        self.client.set_api_creds(self.client.create_or_derive_api_key())
        self.dice = random.Random(seed)
        self.ids: list[str] = []
        """Every order that was taken."""
        self.trades: dict[str, dict[str, Any]] = {}
        self.markets: list[dict[str, Any]] = []
        self.believed: dict[str, int] = {}
        self._read_s = int(time.time())

    def opens(self) -> None:
        """Find the markets, stand in each."""
        for row in self.client.get_sampling_markets()["data"]:
            market = self.client.get_clob_market_info(row["condition_id"])
            self.markets.append(market)
            self.believed[market["c"]] = self.dice.randrange(40, 60)
            self.quotes(market)

    def quotes(self, market: dict[str, Any]) -> None:
        """Stand three and five cents away on both sides, with bids for either token."""
        yes, no = (token["t"] for token in market["t"])
        cents = self.believed[market["c"]]
        self.client.cancel_market_orders(OrderMarketCancelParams(market=market["c"]))
        wanted = [(yes, cents - 3), (no, 97 - cents), (yes, cents - 5), (no, 95 - cents)]
        args = [PostOrdersV2Args(order=self._signed(market, token, "BUY", at, 50), orderType=OrderType.GTC) for token, at in wanted]
        self.ids += [row["orderID"] for row in self.client.post_orders(args, post_only=True) if row["success"]]

    def _signed(self, market: dict[str, Any], token: str, side: str, cents: int, shares: int) -> Any:  # noqa: ANN401 (the client's own)
        options = PartialCreateOrderOptions(tick_size="0.01", neg_risk=False, version=3 if market.get("v") == "v2" else 2)
        return self.client.create_order(OrderArgsV2(token_id=token, price=cents / 100, size=shares, side=side), options)

    def takes(self, market: dict[str, Any]) -> None:
        """Buy what is offered best, or sell to who bids best."""
        token = self.dice.choice(market["t"])["t"]
        book = self.client.get_order_book(token)
        side, other = self.dice.choice((("BUY", "asks"), ("BUY", "asks"), ("SELL", "bids")))
        if book[other]:
            cents = round(float(book[other][-1]["price"]) * 100)
            shares = self.dice.choice((5, 7, 12, 30))
            answer = self.client.post_order(self._signed(market, token, side, cents, shares), OrderType.GTC)
            self.ids.append(answer["orderID"])

    def step(self) -> None:
        """One deed. A refusal is part of the business."""
        market = self.dice.choice(self.markets)
        try:
            if self.dice.random() < 0.75:
                self.takes(market)
            else:
                self.believed[market["c"]] = min(80, max(20, self.believed[market["c"]] + self.dice.choice((-2, -1, 1, 2))))
                self.quotes(market)
        except PolyApiException as error:
            if error.status_code != 400:
                raise

    def works(self, rate: float, stopped: threading.Event) -> None:
        """Do one thing after the other, as long as all hands together are not faster than so many orders a second."""
        began_s, opened = time.monotonic(), len(self.ids)
        while not stopped.is_set():
            self.step()
            time.sleep(max(0.0, began_s + (len(self.ids) - opened) / rate - time.monotonic()))

    def reads(self) -> None:
        """Take in what was traded since the last time; settlement may have gone on, so with some overlap."""
        since_s, self._read_s = self._read_s - 10, int(time.time())
        for row in self.client.get_trades(TradeParams(after=since_s)):
            self.trades[row["id"]] = row

    def settles(self) -> None:
        """Wait until every trade is confirmed."""
        end_s = time.monotonic() + SETTLED_S
        self.reads()
        while any(row["status"] != "CONFIRMED" for row in self.trades.values()) and time.monotonic() < end_s:
            time.sleep(0.5)
            self.reads()

    def fills(self) -> dict[str, list[int]]:
        """Order → shares and cash, by the trades."""
        mine = dict.fromkeys(self.ids)
        told: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for row in self.trades.values():
            parts = [(row["taker_order_id"], row["size"], row["price"])]
            parts += [(maker["order_id"], maker["matched_amount"], maker["price"]) for maker in row["maker_orders"]]
            for order_id, size, price in parts:
                if order_id in mine:
                    told[order_id][0] += int(Decimal(size) * MICRO)
                    told[order_id][1] += int(Decimal(size) * Decimal(price) * MICRO)
        return told

    def balances(self) -> Iterator[tuple[str, int]]:
        """Cash under the empty name, then every token."""
        yield "", int(self.client.get_balance_allowance(BalanceAllowanceParams(asset_type="COLLATERAL"))["balance"])
        for market in self.markets:
            kind = "CONDITIONAL-V2" if market.get("v") == "v2" else "CONDITIONAL"
            for token in market["t"]:
                told = self.client.get_balance_allowance(BalanceAllowanceParams(asset_type=kind, token_id=token["t"]))
                yield token["t"], int(told["balance"])

    def view(self) -> dict[str, Any]:
        """Everything he believes."""
        orders = {}
        for order_id in self.ids:
            row = self.client.get_order(order_id)
            orders[order_id] = [row["status"], int(Decimal(row["original_size"]) * MICRO), int(Decimal(row["size_matched"]) * MICRO)]
        open_ids = [row["id"] for row in self.client.get_open_orders()]
        return {"orders": orders, "fills": self.fills(), "balances": dict(self.balances()), "open": open_ids, "trades": len(self.trades)}


def say(told: object) -> None:
    """One line to whoever started us."""
    print(json.dumps(told), flush=True)


def hears(stopped: threading.Event) -> None:
    """Wait for the next line."""
    sys.stdin.readline()
    stopped.set()


def main(host: str, seed: int, rate: float) -> int:
    """As the words above say."""
    logging.disable()
    party = Party(host, seed)
    say(party.client.signer.address())
    sys.stdin.readline()
    party.opens()
    say("open")
    stopped = threading.Event()
    threading.Thread(target=hears, args=(stopped,), daemon=True).start()
    with ThreadPoolExecutor(HANDS) as hands:
        works = [hands.submit(party.works, rate, stopped) for _ in range(HANDS)]
        while not stopped.wait(READ_EVERY_S) and not any(work.done() for work in works):
            party.reads()
        stopped.set()
    for work in works:
        work.result()  # what went wrong in one hand ends all of it
    party.settles()
    say("settled")
    sys.stdin.readline()
    party.client.cancel_all()
    say(party.view())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
