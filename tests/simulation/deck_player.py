"""Plays a card at a venue: reads its lines, lets them happen, and writes down what was told. A venue that plays well retells the card unchanged.

A line is `deed then deed => what is told`; a line that begins with `given` leads to the story and is not told. Deeds:

    we BUY o1 YES 100@50 & SELL o2 NO 5@51.3 post-only      our orders, sent together; also GTD 150s, FOK, FAK ($5 for a BUY of five dollars)
    we cancel o1 o2      we send o1 again      we split 100      we beat
    we ask about o1      we ask what stands      we ask what was traded      we ask what we have
    they SELL YES 5@52                                      a stranger's order
    all mined      all settle      all fail                 the trades of until now
    30s pass
    trouble: …      operator: …                             what each venue makes happen in its own way (TROUBLES, DEEDS_OF_OPERATORS)
    books                                                   what our own OMS holds after all that, in its own books, and the venue's if they differ

All facts, in the order in which they came, also go through a real engine: it must come to the same money as the venue.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from oms.values import events as e
from oms.values.commands import AskBalances, AskOpenOrders, AskOrder, AskTrades, Cancel, Command, Heartbeat, Place, Prepared
from oms.values.market import FeeCurve, Market
from oms.values.orders import Lifetime, OrderId, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND, Nanos, size_micro_from_text, tick_pips_from_text
from tests.simulation.deck_books import Books
from tests.simulation.deck_words import Asked, Teller

TROUBLES: Final = ("place lost", "place reply lost", "place 5xx", "place 429", "query failed", "silent stream", "no heartbeat", "restart")
"""`query failed` one question meets an error; `silent stream` what is told of our own orders is lost from now on; `restart` of 5 s."""
DEEDS_OF_OPERATORS: Final = ("the tick becomes 0.01", "the market closes", "YES wins")
ASKED_BACK_S: Final = 60
"""`what was traded` asks for so long back."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered card."""

    number: int
    title: str
    story: str
    tick: str = "0.001"
    fee_bps: int = 0
    cash: int = 1_000
    kind: str = "v1"
    """Of market, where that makes a difference: v1, v2 or negRisk."""

    @property
    def lines(self) -> list[str]:
        """As written, without the margin."""
        return [line.strip() for line in self.story.strip().splitlines()]

    @property
    def has_trouble(self) -> bool:
        """Something goes wrong on purpose."""
        return "trouble:" in self.story

    def terms(self, market: Market) -> Market:
        """The market as this card wants it."""
        return replace(market, tick_pips=tick_pips_from_text(self.tick), fee=FeeCurve(rate_bps=self.fee_bps))


class Stand(Protocol):
    """A venue that a card can be played at, with the hands of everybody else there."""

    market: Market

    @property
    def facts(self) -> list[e.Event]:
        """All that reached us, in order."""

    def now_ns(self) -> Nanos:
        """Our time."""

    def begin_line(self, told: int | None) -> None:
        """The line with this number among those that are told begins; None: a given one."""

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:
        """The venue's socket."""

    async def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """The venue's socket; then until nothing is under way."""

    async def they(self, spec: OrderSpec) -> None:
        """A stranger's order."""

    async def split(self, shares_micro: int) -> None:
        """Cash of ours becomes sets."""

    async def settle(self, stages: Sequence[e.SettlementStage]) -> None:
        """All trades take these steps."""

    async def passes(self, seconds: int) -> None:
        """Time passes."""

    async def happens(self, what: str) -> None:
        """One of TROUBLES or DEEDS_OF_OPERATORS."""

    async def until(self, is_so: Callable[[], bool] | None) -> None:
        """Until that is so or patience ends (None: nobody knows what will come), and a moment longer for what should not come."""

    def holdings(self) -> tuple[int, int, int] | None:
        """Cash, YES and NO that the venue has for us, in micro; None: it keeps no books."""


_WISH: Final = re.compile(r"(BUY|SELL) (?:(o\d+) )?(YES|NO) (\$?)([\d.]+)@([\d.]+)(?: (?:(GTD) (\d+)s|(FOK|FAK)|(post-only)))?")


def wish(text: str, market: Market, now_ns: Nanos) -> tuple[OrderId, OrderSpec]:
    """An order as the cards write it."""
    found = _WISH.fullmatch(text)
    assert found is not None, f"no order: {text!r}"
    side, order_id, outcome, dollars, size, price, until, seconds, immediate, post_only = found.groups()
    assert bool(dollars) is (side == "BUY" and bool(immediate)), f"dollars belong to a BUY that is immediate, and only there: {text!r}"
    pips, rest = divmod(size_micro_from_text(price), 10_000)
    assert not rest, f"price finer than a pip: {text!r}"
    spec = OrderSpec(
        market_id=market.market_id,
        token=market.yes if outcome == "YES" else market.no,
        side=Side(side),
        price_pips=pips,
        size_micro=size_micro_from_text(size),
        lifetime=Lifetime(until or immediate or "GTC"),
        post_only=bool(post_only),
        expires_ns=now_ns + int(seconds) * NS_PER_SECOND if seconds else None,
    )
    return order_id or "", spec


_STAGES: Final = {
    "mined": (e.SettlementStage.MINED,),
    "settle": (e.SettlementStage.MINED, e.SettlementStage.CONFIRMED),
    "fail": (e.SettlementStage.RETRYING, e.SettlementStage.FAILED),
}


class Player:
    """One card at one venue."""

    def __init__(self, card: Card, stand: Stand) -> None:
        self._card = card
        self._stand = stand
        self._teller = Teller(stand.market)
        self._books = Books(stand.market, card.cash * MICRO)
        self._booked = 0
        self._told = 0
        self._asked = Asked()
        self._sent: dict[OrderId, tuple[Place, Nanos]] = {}
        self._answer = ""
        """What a deed of this line answers itself."""

    async def play(self) -> list[str]:
        """The card as this venue tells it, line by line."""
        retold: list[str] = []
        number = 0
        for line in self._card.lines:
            action, _, expected = line.partition(" => ")
            given = action.startswith("given ")
            self._stand.begin_line(None if given else number)
            number += not given
            text = await self._live(action.removeprefix("given "), expected.strip(), given=given)
            retold.append(line if given else f"{action} => {text}")
        return retold

    async def _live(self, action: str, expected: str, *, given: bool) -> str:
        stand, teller = self._stand, self._teller
        self._asked, self._answer = Asked(), ""
        for deed in action.split(" then "):
            await self._do(deed)
        if not self._answer:
            await stand.until(
                None if given else lambda: teller.try_to_tell(stand.facts[self._told :], self._asked) == expected.removeprefix("nothing")
            )
        told = teller.tell(stand.facts[self._told :], self._asked)
        self._told = len(stand.facts)
        if given:
            teller.settle_givens()
        return ", ".join(part for part in (told, self._answer) if part) or "nothing"

    async def _do(self, deed: str) -> None:
        stand = self._stand
        kind, _, what = deed.partition(": ")
        if kind in {"trouble", "operator"}:
            assert what in (TROUBLES if kind == "trouble" else DEEDS_OF_OPERATORS), f"nobody knows {deed!r}"
            await stand.happens(what)
            return
        for pattern, act in self._deeds():
            found = re.fullmatch(pattern, deed)
            if found is not None:
                await act(*found.groups())
                return
        raise AssertionError(f"no deed: {deed!r}")

    def _deeds(self) -> tuple[tuple[str, Callable[..., Awaitable[None]]], ...]:
        return (
            (r"we ((?:BUY|SELL) .+)", self._place),
            (r"we cancel (o\d+(?: o\d+)*)", self._cancel),
            (r"we send (o\d+) again", self._repeat),
            (r"we split (\d+)", self._split),
            (r"we beat", self._beat),
            (r"we ask about (o\d+)", self._ask_about),
            (r"we ask what (stands|was traded|we have)", self._ask),
            (r"they (.+)", self._they),
            (r"all (mined|settle|fail)", self._settle),
            (r"(\d+)s pass", self._pass),
            (r"books", self._look_up),
        )

    async def _send(self, commands: Sequence[Command], at_ns: Nanos | None = None) -> None:
        stand = self._stand
        now_ns = stand.now_ns() if at_ns is None else at_ns
        self._book()
        ready = stand.prepare(commands, now_ns)
        self._teller.names |= {one.venue_order_id: one.command.order_id for one in ready if isinstance(one.command, Place)}
        self._books.send(ready, now_ns)
        await stand.send(ready, now_ns)

    def _book(self) -> None:
        facts = self._stand.facts
        self._books.take(facts[self._booked :], self._stand.now_ns())
        self._booked = len(facts)

    async def _place(self, text: str) -> None:
        now_ns = self._stand.now_ns()
        places: list[Command] = []
        for part in text.split(" & "):
            order_id, spec = wish(part, self._stand.market, now_ns)
            place = Place(order_id=order_id, spec=spec, strategy="card", why="a card wants it")
            self._sent[order_id] = (place, now_ns)
            self._teller.specs[order_id] = spec
            self._asked.placed.append(order_id)
            places.append(place)
        await self._send(places, now_ns)

    async def _repeat(self, order_id: str) -> None:
        """The same order, named at the same time: the same hash."""
        place, at_ns = self._sent[order_id]
        self._asked.placed.append(order_id)
        await self._send([place], at_ns)

    async def _cancel(self, text: str) -> None:
        self._asked.cancelled += text.split()
        await self._send([Cancel(order_id=order_id, why="a card wants it") for order_id in text.split()])

    async def _split(self, shares: str) -> None:
        await self._stand.split(int(shares) * MICRO)

    async def _beat(self) -> None:
        await self._send([Heartbeat()])

    async def _ask_about(self, order_id: str) -> None:
        self._asked.orders.append(order_id)
        self._asked.questions += 1
        await self._send([AskOrder(order_id=order_id)])

    async def _ask(self, what: str) -> None:
        now_ns, market = self._stand.now_ns(), self._stand.market
        questions: dict[str, Command] = {
            "stands": AskOpenOrders(asked_ns=now_ns),
            "was traded": AskTrades(since_ns=now_ns - ASKED_BACK_S * NS_PER_SECOND, asked_ns=now_ns),
            "we have": AskBalances(tokens=(market.yes, market.no), asked_ns=now_ns),
        }
        self._asked.questions += 1
        await self._send([questions[what]])

    async def _they(self, text: str) -> None:
        _, spec = wish(text, self._stand.market, self._stand.now_ns())
        await self._stand.they(spec)

    async def _settle(self, how: str) -> None:
        await self._stand.settle(_STAGES[how])

    async def _pass(self, seconds: str) -> None:
        await self._stand.passes(int(seconds))

    async def _look_up(self) -> None:
        self._book()
        self._answer = self._books.words(self._stand.holdings())
