"""Test words of the venue: a scripted carrier, a clock that sleeping moves, and the venue on top of both."""

import asyncio
import base64
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from connectors.polymarket.authentication import Credentials
from connectors.polymarket.key import Key
from connectors.polymarket.names import Names
from connectors.polymarket.presence import Presence
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.rest import Calls
from connectors.polymarket.signing import NamedOrder, OrderForm, salt_of
from connectors.polymarket.user_stream import PART as USER_CHANNEL
from connectors.polymarket.venue import PolymarketVenue
from connectors.polymarket.venue_mode import PART as EXCHANGE
from connectors.polymarket.venue_parts import SIGNER_PART, Parts
from connectors.transport.http import Answer, Failed, Found, Request
from oms.values.commands import Alert, Cancel, Command, Place
from oms.values.events import Event, MarketListed
from oms.values.market import Market
from oms.values.orders import OrderSpec
from tests.connectors.polymarket.words_signing import API_KEY, AT_NS, EOA, SECRET, given_form, given_market, given_order

PASSPHRASE = "opensesame"
API_SECRET = base64.urlsafe_b64encode(b"not the real one" * 2).decode()
SECOND = 1_000_000_000
LOST = Failed("POST /order: no answer", maybe_took_effect=True)


def given_credentials() -> Credentials:
    return Credentials(EOA, API_KEY, API_SECRET, PASSPHRASE)


def given_calls() -> Calls:
    return Calls(given_credentials(), lambda: AT_NS // SECOND)


class Script:
    """A carrier that answers from a list for each path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, deque[Answer | Callable[[Request], Answer]]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        """A path is answered only after its gate opened."""

    def on(self, path: str, *answers: Answer | Callable[[Request], Answer]) -> None:
        """The next answers of `METHOD path`; the last of them is given again and again."""
        self.answers.setdefault(path, deque()).extend(answers)

    async def _answer(self, request: Request) -> Answer:
        self.asked.append(request)
        where = f"{request.method} {request.path}"
        if where in self.gates:
            await self.gates[where].wait()
        queue = self.answers.get(where)
        assert queue, f"nothing is scripted for {where}"
        answer = queue[0] if len(queue) == 1 else queue.popleft()
        return answer(request) if callable(answer) else answer

    async def ask(self, request: Request) -> Answer:
        return await self._answer(request)

    async def act(self, request: Request) -> Answer:
        return await self._answer(request)

    def to(self, where: str) -> list[Request]:
        return [request for request in self.asked if f"{request.method} {request.path}" == where]


class SteadySigner:
    """Signs everything at once, with the key of the tests."""

    def __init__(self) -> None:
        self._key = Key(SECRET)
        self._form = given_form()

    async def sign(self, named: NamedOrder) -> bytes:
        return self._form.signature(named, self._key)

    async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:
        return {"POLY_ADDRESS": EOA, "POLY_TIMESTAMP": str(at_s), "POLY_NONCE": str(nonce)}

    async def back(self) -> None:
        """It is never gone."""


class Bench:
    """A venue with everything around it at hand."""

    def __init__(self, signer: Any = None, tier: str = "Standard") -> None:  # noqa: ANN401 (any signer)
        self.clock_ns = AT_NS
        self.script = Script()
        self.facts: list[Event] = []
        self.alarms: list[Alert] = []
        self.names = Names()
        self.presence = Presence(USER_CHANNEL, EXCHANGE, SIGNER_PART)
        self.presence.up(USER_CHANNEL)
        self.presence.up(SIGNER_PART)
        self.budget = polymarket_budget(tier)
        self.market = given_market()
        self.parts = Parts(
            form=OrderForm(given_form().wallet, API_KEY),
            signer=signer or SteadySigner(),
            calls=given_calls(),
            carrier=self.script,
            budget=self.budget,
            names=self.names,
            presence=self.presence,
        )
        self.venue = PolymarketVenue(self.parts, self.facts.extend, self.alarms.append, now_ns=lambda: self.clock_ns, sleep=self.sleep)
        self.venue.hear(MarketListed(market=self.market))

    async def sleep(self, seconds: float) -> None:
        self.clock_ns += max(1, round(seconds * SECOND))
        await asyncio.sleep(0)

    def send(self, *commands: Command) -> None:
        self.venue.send(self.venue.prepare(commands, self.clock_ns), self.clock_ns)

    async def carried(self, *commands: Command) -> list[Event]:
        """Send these, wait until nothing is under way; the facts they led to."""
        before = len(self.facts)
        self.send(*commands)
        await asyncio.sleep(0)
        await self.venue.settled()
        return self.facts[before:]


def bench_run(story: Callable[[Bench], Awaitable[None]], signer: Any = None, tier: str = "Standard") -> Bench:  # noqa: ANN401 (any signer)
    """Tell a story in a loop of its own."""

    async def told() -> Bench:
        bench = Bench(signer, tier)
        await story(bench)
        await bench.venue.close()
        return bench

    return asyncio.run(told())


def place(number: int, spec: OrderSpec | None = None) -> Place:
    return Place(order_id=f"o{number}", spec=spec or given_order(given_market()), strategy="s", why="w")


def cancel(number: int) -> Cancel:
    return Cancel(order_id=f"o{number}", why="w")


def name_of(number: int, spec: OrderSpec | None = None, market: Market | None = None, at_ns: int = AT_NS) -> str:
    """What the venue will call order `number`."""
    market = market or given_market()
    return given_form().named(spec or given_order(market), market, salt_of(f"o{number}"), at_ns).venue_order_id


def found(told: object) -> Found:
    return Found(told if isinstance(told, bytes) else msgspec.json.encode(told))


def placed(name: str, status: str = "live", **more: object) -> dict[str, object]:
    """A reply as the venue writes it (polymarket.md §3.4)."""
    reply = {"success": True, "errorMsg": "", "orderID": name, "status": status, "makingAmount": "", "takingAmount": "", "transactionsHashes": []}
    return {**reply, "tradeIDs": [], **more}


def refused(text: str) -> dict[str, object]:
    return placed("", "", success=False, errorMsg=text)


def order_json(name: str, *, status: str = "LIVE", matched: str = "0", **more: object) -> dict[str, object]:
    """An OpenOrder (polymarket.md §3.8)."""
    row = {"id": name, "status": status, "owner": API_KEY, "maker_address": EOA, "market": "m", "asset_id": given_market().yes, "side": "BUY"}
    row |= {"original_size": "10", "size_matched": matched, "price": "0.49", "outcome": "Yes", "expiration": "0", "order_type": "GTC"}
    return {**row, "associate_trades": [], "created_at": AT_NS // SECOND, **more}


def trade_json(trade_id: str, name: str, *, size: str = "10", status: str = "MATCHED", **more: object) -> dict[str, object]:
    """A Trade in which our order took (polymarket.md §3.8)."""
    row = {"id": trade_id, "taker_order_id": name, "market": "m", "asset_id": given_market().yes, "side": "BUY", "size": size, "fee_rate_bps": "0"}
    row |= {"price": "0.49", "status": status, "match_time": str(AT_NS // SECOND), "outcome": "Yes", "bucket_index": "0", "owner": API_KEY}
    maker = {"order_id": "0x" + "ee" * 32, "owner": "x", "maker_address": "0x", "matched_amount": size, "price": "0.49", "asset_id": row["asset_id"]}
    return {**row, "maker_address": EOA, "maker_orders": [{**maker, "side": "SELL"}], "trader_side": "TAKER", **more}


def page(rows: Sequence[object], cursor: str = "LTE=") -> Found:
    return found({"limit": 100, "count": len(rows), "next_cursor": cursor, "data": list(rows)})
