"""Venue (c): the connector on answers and frames that were recorded at Polymarket (polymarket-fixtures).

The market is one of Polymarket's recorded catalogue (polymarket-rest). A recorded body is played as it stands, only with our ids in it: each order's,
each token's, the market's. Everything else, numbers and words, is the venue's, and the cards are written so that it fits. A line of which nothing was
recorded is passed over in silence; a card whose story cannot be told from recordings is in EXCEPTIONS of deck.py.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from connectors.polymarket.catalog import Listing, listed
from connectors.polymarket.market_stream import MarketStream
from connectors.polymarket.user_stream import Login, UserStream
from connectors.polymarket.venue_mode import PART as EXCHANGE
from connectors.transport.http import Answer, Failed, Found
from oms.values import events as e
from oms.values.commands import Command, Place, Prepared
from oms.values.market import Market
from oms.values.orders import OrderId, OrderSpec
from oms.values.units import NS_PER_SECOND, Nanos
from tests.connectors.polymarket.words_catalog import recorded
from tests.connectors.polymarket.words_signing import API_KEY, EOA
from tests.connectors.polymarket.words_venue import Bench
from tests.simulation.deck_player import Card

_R: Final = "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef12"
_B: Final = "0xb816482a1234567890abcdef1234567890abcdef1234567890abcdef12345678"
ORDERS_IN: Final = {
    "nautilus/rs-http_order_response_ok.json": (_R,),
    "nautilus/rs-http_open_order.json": (_R,),
    "nautilus/rs-http_trades_page.json": (_R,),
    "nautilus/rs-ws_user_order_msg.json": (_R,),
    "nautilus/rs-ws_user_order_update.json": (_R,),
    "nautilus/rs-ws_user_order_cancellation.json": (_R,),
    "nautilus/rs-ws_user_trade.json": (_R,),
    "nautilus/rs-http_cancel_response_ok.json": (_B,),
    "nautilus/rs-http_cancel_response_failed.json": (_B,),
    "nautilus/rs-http_batch_cancel_response.json": ("0x" + "1" * 64, "0x" + "2" * 64, "0x" + "3" * 64),
    "nautilus/rs-http_open_order_sell_fok.json": ("0x" + "deadbeef" * 8,),
    "nautilus/rs-http_open_orders_page.json": (f"0xaaaa{1:060d}", f"0xbbbb{2:060d}"),
    "nautilus/rs-ws_user_order_fok_killed.json": ("0x78xx",),
    "nautilus/rs-ws_user_order_venue_cancel.json": ("0x0e",),
    "nautilus/py-user_trade1.json": ("0xab679e56242324e15e59cfd488cd0f12e4fd71b153b9bfb57518898b9983145e",),
    "nautilus/py-user_trade2.json": ("0x5b605a0e8e40f3402d3cb3bc19edad6733ed23fbc079d2a09ee399c3487ace81",),
    "nautilus/py-user_trade3.json": ("0x3ad09f225ebe141dfbdb3824f31cb457e8e0301ca4e0a06311e543f5328b9dea",),
    "nautilus/py-user_trade4.json": (
        "0x3ad09f225ebe141dfbdb3824f31cb457e8e0301ca4e0a06311e543f5328b9dea",
        "0x67b598cab933c71389176573822be763192a35a8c37e49999a11d611a5882e7d",
    ),
    "jkorf/PlaceOrder.txt": ("0x12",),
}
"""File → the orders in it that are ours, in the order in which a Play names them."""
YES_IDS: Final = (
    "71321045679252212594626385532706912750332728571942532289631379312455583992563",
    "21742633143463906290569050155826241533067272736897614950488156847949938836455",
    "76043073756653678226373981964075571318267289248134717369284518995922789326425",
)
NO_IDS: Final = (
    "52114319501245915516055106046884209969926127482827954674443846427813813222426",
    "48331043336612883890938759509493159234755048973500640148014422747788308965732",
    "31690934263385727664202099278545688007799199447969475608906331829650099442770",
)
CONDITIONS: Final = (
    "0xdd22472e552920b8438158ea7238bfadfa4f736aa4cee91a6b86c39ead110917",
    "0x311d0c4b6671ab54af4970c06fcf58662516f5168997bdda209ec3db5aa6b0c1",
)
"""Tokens and markets of the recordings; all of them are ours in a card."""


class Play(msgspec.Struct, frozen=True):
    """A recorded body: the answer to a request, or a frame."""

    where: str
    """`METHOD path` with orders in braces, USER or MARKET for a frame of that channel."""
    file: str
    """Empty: there is no body, because the connection broke."""
    orders: tuple[OrderId, ...] = ()
    status: int = 200


USER: Final = "user channel"
MARKET: Final = "market channel"
_PLACED: Final = Play("POST /order", "nautilus/rs-http_order_response_ok.json", ("o1",))
_DELETED: Final = Play("DELETE /order", "nautilus/rs-http_cancel_response_ok.json", ("o1",))
_GONE: Final = Play(USER, "nautilus/rs-ws_user_order_cancellation.json", ("o1",))
"""Of an order of which nothing was filled; of another, what is known to be filled stands."""
_NOT_DELETED: Final = Play("DELETE /order", "nautilus/rs-http_cancel_response_failed.json", ("o1",))
_STANDS: Final = Play("GET /data/order/{o1}", "nautilus/rs-http_open_order.json", ("o1",))
_ERROR: Final = Play("POST /order", "nautilus/rs-http_order_response_error_500.json", status=500)
_OTHERS_TRADES: Final = Play("GET /data/trades", "nautilus/rs-http_trades_page.json")
_NO_BALANCE: Final = Play("GET /balance-allowance", "nautilus/rs-http_balance_allowance_no_allowance.json")
"""In dollars, not in base units: the reader refuses it and leaves it out."""

RECORDINGS: Final[dict[int, tuple[tuple[Play, ...], ...]]] = {
    1: ((_PLACED, Play(USER, "nautilus/rs-ws_user_order_msg.json", ("o1",))),),
    2: ((Play("POST /order", "jkorf/PlaceOrder.txt", ("o1",)), Play(USER, "nautilus/py-user_trade2.json", ("o1",))),),
    3: ((Play(USER, "nautilus/py-user_trade3.json", ("o1",)),),),
    4: (
        (_PLACED, Play(USER, "nautilus/rs-ws_user_order_update.json", ("o1",)), Play(USER, "nautilus/rs-ws_user_trade.json", ("o1",))),
        (_DELETED, _GONE),
    ),
    5: ((_DELETED, _GONE),),
    6: ((_NOT_DELETED,),),
    7: ((_DELETED, _GONE), (_NOT_DELETED,)),
    8: ((Play("DELETE /orders", "nautilus/rs-http_batch_cancel_response.json", ("o1", "o2", "o3")),),),
    10: ((Play(USER, "nautilus/py-user_trade4.json", ("o1", "o2")),),),
    11: ((Play(USER, "nautilus/py-user_trade1.json", ("o1",)),),),
    25: ((_STANDS, _OTHERS_TRADES),),
    26: ((Play("GET /data/order/{o1}", "nautilus/rs-http_open_order_sell_fok.json", ("o1",)), _OTHERS_TRADES),),
    28: ((Play("GET /data/orders", "nautilus/rs-http_open_orders_page.json", ("o1", "o2")),),),
    30: ((Play("GET /data/trades", "nautilus/rs-http_trades_page.json", ("o2",)),),),
    31: ((Play("GET /balance-allowance", "nautilus/rs-http_balance_allowance_collateral.json"), _NO_BALANCE, _NO_BALANCE),),
    35: ((), (Play(MARKET, "nautilus/rs-ws_market_tick_size_msg.json"),), (Play("POST /order", "jkorf/PlaceOrder.txt", ("o2",)),)),
    38: ((Play("POST /order", "nautilus/rs-http_order_response_failed.json"),),),
    43: ((Play(USER, "nautilus/rs-ws_user_order_venue_cancel.json", ("o1",)),),),
    44: ((_ERROR,), (_STANDS, _OTHERS_TRADES)),
    47: ((_ERROR,),),
    54: ((Play(MARKET, "nautilus/rs-ws_market_resolved_msg.json"),),),
    55: ((Play("POST /order", ""), Play(USER, "nautilus/rs-ws_user_order_fok_killed.json", ("o1",))),),
}
"""Card → for each of its lines that are told what was recorded of it; lines at the end may be missing."""


class RecordedStand:
    """The connector on a script of recorded bodies. Needs a running loop."""

    def __init__(self, card: Card, data_dir: Path) -> None:
        self._folder = data_dir / "polymarket-fixtures"
        self._lines = RECORDINGS[card.number]
        self._bench = Bench()
        self.market = card.terms(_catalogued(data_dir))
        self.facts: list[e.Event] = self._bench.facts
        by_token = {self.market.yes: self.market, self.market.no: self.market}
        login = Login(API_KEY, "", "")
        self._user = UserStream(lambda: login, self._bench.names, by_token, EOA, self._bench.presence)
        self._public = MarketStream(by_token)
        self._plays: tuple[Play, ...] = ()
        self._is_given = False
        self._bench.venue.hear(e.MarketListed(market=self.market))
        self._bench.presence.up(EXCHANGE)
        self._user.opened(self.now_ns())
        self._user.receive(b"PONG", self.now_ns())
        self.facts.clear()

    def now_ns(self) -> Nanos:
        return self._bench.clock_ns

    def begin_line(self, told: int | None) -> None:
        self._is_given = told is None
        self._plays = self._lines[told] if told is not None and told < len(self._lines) else ()
        self._bench.script.answers.clear()

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:
        ready = self._bench.venue.prepare(commands, at_ns)
        for one in ready:
            if isinstance(one.command, Place) and one.venue_order_id:
                self._bench.names.learn(one.command.order_id, one.venue_order_id)
        return ready

    async def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """What is given was sent in another life; else the recorded answers wait for the requests."""
        if self._is_given:
            return
        for play in self._plays:
            if play.where not in {USER, MARKET}:
                self._bench.script.on(self._named(play.where), self._answer(play))
        before = len(self._bench.script.asked)
        self._bench.venue.send(ready, at_ns)
        await asyncio.sleep(0)
        await self._bench.venue.settled()
        asked = [f"{request.method} {request.path}" for request in self._bench.script.asked[before:]]
        unread = [where for where in self._bench.script.answers if where not in asked]
        assert not unread, f"recorded, but not asked for: {unread}"

    def _answer(self, play: Play) -> Answer:
        if not play.file:
            return Failed("no answer: the connection broke", maybe_took_effect=True)
        body = self._body(play)
        if play.status != 200:
            return Failed(f"HTTP {play.status}", maybe_took_effect=True, status=play.status, text=body.decode())
        return Found(body)

    def _body(self, play: Play) -> bytes:
        """The recorded bytes with our ids in them."""
        raw = (self._folder / play.file).read_bytes()
        text = (raw.rstrip().rpartition(b"\n")[2] if play.file.endswith(".txt") else raw).decode()
        ids = dict.fromkeys(YES_IDS, self.market.yes) | dict.fromkeys(NO_IDS, self.market.no) | dict.fromkeys(CONDITIONS, self.market.market_id)
        for theirs, order_id in zip(ORDERS_IN.get(play.file, ()), play.orders, strict=False):
            ids[theirs] = self._bench.names.venue_id(order_id) or ""
        for theirs, ours in ids.items():
            text = text.replace(f'"{theirs}"', f'"{ours}"')
        return text.encode()

    def _named(self, where: str) -> str:
        head, _, rest = where.partition("{")
        return where if not rest else f"{head}{self._bench.names.venue_id(rest[:-1])}"

    async def they(self, spec: OrderSpec) -> None:
        """They did, when it was recorded."""

    async def split(self, shares_micro: int) -> None:
        self.facts.append(e.SetsChanged(market_id=self.market.market_id, shares_micro=shares_micro, command_id="split"))

    async def settle(self, stages: Sequence[e.SettlementStage]) -> None:
        """It did."""

    async def passes(self, seconds: int) -> None:
        self._bench.clock_ns += seconds * NS_PER_SECOND

    async def happens(self, what: str) -> None:
        """It did."""

    async def until(self, is_so: Callable[[], bool] | None) -> None:  # noqa: ARG002 (all of it is here)
        """The frames of this line come now."""
        for play in self._plays:
            if play.where == USER:
                self.facts += self._user.receive(self._body(play), self.now_ns())
                assert not self._user.refusals, self._user.last_refusal
            elif play.where == MARKET:
                told = self._public.receive(self._body(play), self.now_ns())
                for fact in told:
                    self._bench.venue.hear(fact)
                self.facts += told

    def holdings(self) -> None:
        """A recording keeps no books."""


def _catalogued(data_dir: Path) -> Market:
    """The first binary market of the recorded catalogue, as the connector lists it."""
    rows = msgspec.json.decode(recorded(data_dir / "polymarket-rest" / "gamma_markets_active_2026.json.gz"), type=list[msgspec.Raw])
    found = (listed(bytes(row), assume_v1=True) for row in rows)
    return next(listing.market for listing in found if isinstance(listing, Listing))
