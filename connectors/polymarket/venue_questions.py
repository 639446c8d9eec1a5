"""The road of questions: one order, everything that stands, our trades, balances. Nothing here changes anything at the venue.

A question that fails is answered with nothing, and the engine asks again. `ProvenAbsent` needs three things (ruling 0.6): the venue does not know the
order, `SETTLE_NS` have passed since its POST ended, and a whole trades query has nothing of it.

A venue that is slow is not asked more for it: there is one question about an order at a time, and one trades query for all orders that wait for one.
What was asked meanwhile is asked when that one is answered, so an answer that is older than the question never stands for it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from connectors.polymarket.answers import Balance, Seen, TradesRead, Unknown, facts_of, read_balance, read_open_orders, read_order, read_trades
from connectors.polymarket.catalog_wire import CURSOR_BEGIN
from connectors.polymarket.reads import Reads
from connectors.polymarket.rereads import COLLATERAL, asset_type_of
from connectors.polymarket.user_facts import UserFacts
from connectors.polymarket.venue_orders import OrderRoad
from connectors.polymarket.venue_parts import Mouth, Parts
from connectors.transport.http import Request
from oms.values.commands import AskBalances, AskOpenOrders, AskTrades
from oms.values.events import BalancesReported, Event, OpenOrdersReported, ProvenAbsent, TradesReported
from oms.values.market import Market, TokenId
from oms.values.orders import OrderId, VenueOrderId
from oms.values.units import NS_PER_DAY, NS_PER_SECOND, Nanos, SharesMicro

SETTLE_NS: Final = 30 * NS_PER_SECOND
"""A POST that timed out may still become an order for a while (polymarket.md §11); the longest that ours is under way is 10 s."""
OVERLAP_NS: Final = 60 * NS_PER_SECOND
"""Trades of an order are looked for from so long before it: two clocks and whole seconds."""
LOOK_BACK_NS: Final = NS_PER_DAY
"""Trades of an order that an earlier process sent are looked for from so long before this one began."""
SOON_NS: Final = 20 * NS_PER_SECOND
"""Balances asked for again within this time are in doubt (oms/machines/balances.py asks every ten seconds then)."""
TRADES_BY_ID_MAX: Final = 20
"""More trades than that are asked for by time."""


class _Look(msgspec.Struct, frozen=True):
    """One trades query for orders that the venue does not know."""

    since_ns: Nanos
    number: int
    read: TradesRead


class Questions:
    """Asks and answers."""

    def __init__(self, parts: Parts, reads: Reads, reader: UserFacts, road: OrderRoad, mouth: Mouth) -> None:
        self.rereads: Final = road.rereads
        self._calls = parts.calls
        self._names = parts.names
        self._reads = reads
        self._reader = reader
        self._road = road
        self._mouth = mouth
        self._began_ns = mouth.now_ns()
        self._balances_ns: Nanos | None = None
        """When the balances were last asked for."""
        self._nameless: dict[OrderId, None] = {}
        self._asking: dict[OrderId, Nanos | None] = {}
        """Orders that are being asked about → when they were asked about again meanwhile."""
        self._looking = asyncio.Lock()
        self._looks_begun = 0
        self._look: _Look | None = None
        """The latest."""
        self.foreign = 0
        """Orders in trades that were placed on our account, but not by us."""

    async def about(self, order_id: OrderId, at_ns: Nanos) -> None:
        """What became of one order."""
        name = self._names.venue_id(order_id)
        if name is None:
            if order_id not in self._nameless:
                self._nameless[order_id] = None
                self._mouth.alarm("order without a name", f"order {order_id} cannot be asked about: the venue's name of it is not known")
            return
        self._names.ours(name)  # who is asked about keeps its name
        if self._road.is_under_way(order_id):
            return
        if order_id in self._asking:
            self._asking[order_id] = at_ns
            return
        try:
            again_ns: Nanos | None = at_ns
            while again_ns is not None:
                self._asking[order_id] = None
                await self._about_named(order_id, name, again_ns)
                again_ns = self._asking[order_id]
        finally:
            del self._asking[order_id]

    async def _about_named(self, order_id: OrderId, name: VenueOrderId, at_ns: Nanos) -> None:
        answer = await self._reads.ask("GET /data/order", lambda: self._calls.order(name))
        self._mouth.heard(answer)
        seen = read_order(answer, name)
        if isinstance(seen, Seen):
            await self._about_seen(seen, order_id, name, at_ns)
        elif isinstance(seen, Unknown):
            await self._about_unknown(order_id, at_ns)

    async def _about_seen(self, seen: Seen, order_id: OrderId, name: VenueOrderId, at_ns: Nanos) -> None:
        facts: list[Event] = []
        if seen.filled_micro:
            since_ns = (seen.created_ns or self._sent_ns(order_id)) - OVERLAP_NS
            trades = await self._trades_by_id(seen.trade_ids, at_ns) if 0 < len(seen.trade_ids) <= TRADES_BY_ID_MAX else None
            if trades is None:
                trades = await self._trades(since_ns, at_ns)
            told = trades.of(order_id)
            if told.fills or told.settlements:
                facts.append(
                    TradesReported(fills=told.fills, settlements=told.settlements, since_ns=max(0, since_ns), asked_ns=at_ns, order_id=order_id)
                )
        self._mouth.tell([*facts, facts_of(seen, order_id, name)])

    async def _about_unknown(self, order_id: OrderId, at_ns: Nanos) -> None:
        sent_ns = self._sent_ns(order_id)
        quiet_ns = self._road.quiet_since_ns(order_id) or self._began_ns
        if self._mouth.now_ns() - quiet_ns < SETTLE_NS:
            return
        trades = await self._trades_for_all(sent_ns - OVERLAP_NS, at_ns)
        told = trades.of(order_id)
        if told.fills or told.settlements:
            since_ns = max(0, sent_ns - OVERLAP_NS)
            self._mouth.tell([TradesReported(fills=told.fills, settlements=told.settlements, since_ns=since_ns, asked_ns=at_ns, order_id=order_id)])
        elif not trades.omitted:
            self._mouth.tell([ProvenAbsent(order_id=order_id)])

    async def _trades_for_all(self, since_ns: Nanos, at_ns: Nanos) -> TradesRead:
        """All our trades since then, by a query that begins after this call; whoever waits at the same time shares it."""
        begun_before = self._looks_begun
        async with self._looking:
            look = self._look
            if look is None or look.number <= begun_before or look.since_ns > since_ns:
                self._looks_begun += 1
                number = self._looks_begun
                look = self._look = _Look(since_ns, number, await self._trades(since_ns, at_ns))
            return look.read

    def _sent_ns(self, order_id: OrderId) -> Nanos:
        """Not later than this the order was sent."""
        quiet_ns = self._road.quiet_since_ns(order_id)
        return self._began_ns - LOOK_BACK_NS if quiet_ns is None else quiet_ns

    async def _trades_by_id(self, trade_ids: Sequence[str], at_ns: Nanos) -> TradesRead | None:
        """The trades an order names; None: not all of them could be had."""
        rows: list[bytes] = []
        for trade_id in trade_ids:
            pages = await self._reads.pages("GET /data/trades", partial(self._calls.trades, trade_id=trade_id), CURSOR_BEGIN)
            if pages.missing or not pages.rows:
                return None
            rows += pages.rows
        return read_trades(rows, self._reader, at_ns)

    async def _trades(self, since_ns: Nanos, at_ns: Nanos) -> TradesRead:
        """All our trades since then; what is not to be had is in `omitted`."""
        after_s = max(0, since_ns // NS_PER_SECOND - 1)
        pages = await self._reads.pages("GET /data/trades", partial(self._calls.trades, after_s=after_s), CURSOR_BEGIN)
        read = read_trades(pages.rows, self._reader, at_ns)
        return TradesRead(fills=read.fills, settlements=read.settlements, foreign=read.foreign, omitted=(*pages.missing, *read.omitted))

    async def open_orders(self, command: AskOpenOrders) -> OpenOrdersReported:
        """Everything of ours that stands, all pages. What stands keeps its name, however long ago it was placed."""
        pages = await self._reads.pages("GET /data/orders", self._calls.open_orders, CURSOR_BEGIN)
        orders, omitted = read_open_orders(pages.rows)
        for order in orders:
            self._names.ours(order.venue_order_id)
        return OpenOrdersReported(orders=tuple(orders), asked_ns=command.asked_ns, omitted=(*pages.missing, *omitted))

    async def trades(self, command: AskTrades, at_ns: Nanos) -> TradesReported:
        """Every trade of ours since then, all pages, in every market (§12.16)."""
        read = await self._trades(command.since_ns, at_ns)
        self.foreign += read.foreign
        return TradesReported(
            fills=read.fills, settlements=read.settlements, since_ns=command.since_ns, asked_ns=command.asked_ns, omitted=read.omitted
        )

    async def balance(self, signature_type: int, token: TokenId = "", generation: str = "v1") -> Balance | None:
        """Collateral, or the shares of a token; None: no readable answer."""

        def request() -> Request:
            return self._calls.balance(asset_type_of(token, generation), signature_type, token)

        return read_balance(await self._reads.ask("GET /balance-allowance", request))

    async def balances(self, command: AskBalances, signature_type: int, markets: Mapping[TokenId, Market]) -> BalancesReported:
        """Collateral and the shares of these tokens; what could not be read is not in it.

        Asked again soon, something did not fit our books: then the venue is to look at the chain first.
        """
        is_in_doubt = self._balances_ns is not None and command.asked_ns - self._balances_ns < SOON_NS
        self._balances_ns = command.asked_ns
        cash = await self._balance_now(COLLATERAL, signature_type, "v1", reread=is_in_doubt)
        shares: list[tuple[TokenId, SharesMicro]] = []
        for token in command.tokens:
            market = markets.get(token)
            held = None if market is None else await self._balance_now(token, signature_type, market.generation, reread=is_in_doubt)
            if held is not None:
                shares.append((token, held.held_micro))
        return BalancesReported(cash_micro=None if cash is None else cash.held_micro, shares_micro=tuple(shares), asked_ns=command.asked_ns)

    async def _balance_now(self, token: TokenId, signature_type: int, generation: str, *, reread: bool) -> Balance | None:
        if reread:
            await self.rereads.of(token, generation)
        return await self.balance(signature_type, token, generation)
