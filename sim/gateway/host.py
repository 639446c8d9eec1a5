"""The venue behind the wire: one exchange, its time, its wallets and orders, and who is told what. Pure of sockets; tests drive it with a fake clock.

Everything that happens goes through `act`: it lets what is due happen first, performs the operation, then tells every listener the public facts and
after them what concerns single orders and trades, in order. Deeds that wait for a time (settlement, expiry, holds, the dead-man switch, the end of a
market) are timers; the server calls `run_due` no later than `next_due_ns`.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, Protocol

from oms.values.events import Event, SettlementStage, Traded
from oms.values.market import Market, MarketId, Payout, TokenId
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, CashMicro, Nanos, Pips
from sim.exchange import Exchange
from sim.gateway.ids import BadId, checksummed, is_position
from sim.gateway.records import Happening, HostSettings, Listed, OrderFacts, Terms, TradeMoved, VenueTrade
from sim.gateway.timers import Timers
from sim.gateway.venue_trades import VenueTrades
from sim.listing import Listing, MarketState
from sim.outcomes import MarketEnded, NotPossible, Outcome

Operation = Callable[[Exchange, Nanos], list[Outcome]]
"""Something done to the exchange at a time; returns what it said."""
Resolver = Callable[[MarketId, Nanos], Payout | None]
"""Who knows how a market ends; None: not (yet) known, an admin will say."""
Clock = Callable[[], Nanos]
_CONDITION: Final = re.compile("0x[0-9a-f]{64}")


class Listener(Protocol):
    """Somebody who is told what happens. Called in the order of registration, first with all public facts of an operation, then one by one."""

    def public(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        """Market facts of one operation: trades, then level changes of both tokens; `MarketListed`, `TickChanged`, `MarketClosed`, …"""

    def private(self, happening: Happening, at_ns: Nanos) -> None:
        """An order or a trade moved; its record is live, so read it now."""


class Host:
    """A venue that users reach through the gateway."""

    def __init__(
        self, clock: Clock, settings: HostSettings | None = None, exchange: Exchange | None = None, *, resolver: Resolver | None = None
    ) -> None:  # fmt: skip
        """`resolver`: who knows how markets end; None: only an admin does."""
        self.settings = settings or HostSettings()
        self.exchange: Final = exchange or Exchange()
        self.timers: Final = Timers()
        self.listeners: Final[list[Listener]] = []
        self.listed: Final[dict[MarketId, Listed]] = {}
        """In the order of listing. Their ticks are as at the beginning; see `market`. None is ever forgotten, as at the venue: 4 KB each."""
        self.by_token: Final[dict[TokenId, MarketId]] = {}
        self.resolver: Final = resolver
        self.book: Final = VenueTrades(self.exchange, self.settings.seed)
        """Orders and trades that users can ask for."""
        self.last_trades: Final[dict[MarketId, tuple[Pips, Side]]] = {}
        """Price of the latest trade in YES pips and the taker's side; markets that never traded are not in it."""
        self.payouts: Final[dict[MarketId, Payout | None]] = {}
        """Of markets that ended; None: refunded at cost."""
        self._past: dict[MarketId, Listing] = {}
        """Markets that were paid out: the exchange forgets them in time, users may ask for them as long as for their orders and trades."""
        self._clock = clock
        self._seen_ns: Nanos = 0
        self._held_ns: Nanos | None = None
        self._is_running_due = False

    # Time.

    def now_ns(self) -> Nanos:
        """The venue's time; never goes back. What is due by now is done first, so nothing happens late only because somebody looked at the clock."""
        if not self._is_running_due:
            at_ns = self._clock() if self._held_ns is None else self._held_ns
            self.run_due(at_ns)
            self._seen_ns = max(self._seen_ns, at_ns)
        return self._seen_ns

    @contextmanager
    def instant(self, at_ns: Nanos | None = None) -> Iterator[Nanos]:
        """Inside, time stands still; what was due before is done before. What one request does is done in one instant, so that it can be done again.

        `at_ns`: this instant in place of the clock's, to do again what happened then.
        """
        assert self._held_ns is None, "an instant has no instants"
        self._held_ns = self._clock() if at_ns is None else at_ns
        try:
            self._held_ns = self.now_ns()
            yield self._held_ns
        finally:
            self._held_ns = None

    def next_due_ns(self) -> Nanos | None:
        """When `run_due` is wanted next; None: nothing waits."""
        return self.timers.next_due_ns()

    def run_due(self, now_ns: Nanos) -> int:
        """Do what is due by now, each thing at its own time (but never before what has happened already). Returns how many."""
        assert not self._is_running_due, "a deed that is due does not wait for others"
        done = 0
        self._is_running_due = True
        try:
            while (due_ns := self.timers.next_due_ns()) is not None and due_ns <= now_ns:
                self._seen_ns = max(self._seen_ns, due_ns)
                done += self.timers.run_due(due_ns)
        finally:
            self._is_running_due = False
        return done

    # What happens.

    def act(self, operation: Operation) -> list[Outcome]:
        """Do something to the exchange and tell everybody. What was due before is done before."""
        at_ns = self.now_ns()
        outcomes = operation(self.exchange, at_ns)
        for outcome in outcomes:
            if isinstance(outcome, MarketEnded):
                self._past[outcome.market_id] = self.exchange.listings[outcome.market_id]
        public = self.exchange.drain_public()
        for fact in public:
            if isinstance(fact, Traded):
                self._remember_price(fact)
        if public:
            for listener in self.listeners:
                listener.public(public, at_ns)
        for happening in self.book.told(outcomes, at_ns):
            if isinstance(happening, TradeMoved) and happening.trade.stage is SettlementStage.MATCHED:
                self._plan_settlement(happening.trade)
            self.tell(happening, at_ns)
        return outcomes

    def tell(self, happening: Happening, at_ns: Nanos) -> None:
        """Let the listeners know."""
        for listener in self.listeners:
            listener.private(happening, at_ns)

    def submit(self, order: OrderFacts) -> list[Outcome]:
        """Send a checked order to the book; outcomes as of `Exchange.submit`. A GTD order ends by a timer."""
        self.book.draft(order)
        outcomes = self.act(lambda exchange, at_ns: exchange.submit(order.account, order.order_id, order.spec, at_ns))
        if order.rests and order.spec.expires_ns is not None:
            self.timers.set(order.spec.expires_ns, lambda _at_ns: self._expire())
        return outcomes

    def cancel(self, order: OrderFacts) -> list[Outcome]:
        """Take an order out of the book; outcomes as of `Exchange.cancel`."""
        return self.act(lambda exchange, at_ns: exchange.cancel(order.account, order.order_id, at_ns))

    def _expire(self) -> None:
        self.act(lambda exchange, at_ns: exchange.expire(at_ns))

    def _remember_price(self, fact: Traded) -> None:
        market_id = self.by_token.get(fact.token)
        if market_id is not None:
            is_yes = fact.token == self.listed[market_id].market.yes
            self.last_trades[market_id] = (fact.price_pips if is_yes else PRICE_ONE_PIPS - fact.price_pips, fact.taker_side)

    # Settlement.

    def _plan_settlement(self, trade: VenueTrade) -> None:
        settings = self.settings
        fails = zlib.crc32(f"{settings.seed}/settlement/{trade.number}".encode()) % 1_000_000 < settings.failed_ppm
        first, last = (SettlementStage.RETRYING, SettlementStage.FAILED) if fails else (SettlementStage.MINED, SettlementStage.CONFIRMED)
        self.timers.set(trade.matched_ns + settings.mined_ns, lambda _at_ns: self.settle(trade, first))
        self.timers.set(trade.matched_ns + settings.confirmed_ns, lambda _at_ns: self.settle(trade, last))

    def settle(self, trade: VenueTrade, stage: SettlementStage) -> None:
        """Move a trade's settlement; one that is final, or past this stage, stays as it is."""
        if trade.stage in (SettlementStage.CONFIRMED, SettlementStage.FAILED):
            return
        steps = trade.exchange_ids
        self.act(lambda exchange, _at_ns: [outcome for match in steps for outcome in exchange.settle_step(match, stage)])

    # Wallets.

    def open_wallet(self, address: str) -> str:
        """The account of a wallet; a new one is made, with the grant. Raises BadId: not an address."""
        account = checksummed(address).lower()
        if account not in self.exchange.clearing.accounts and self.settings.grant_micro:
            self.deposit(account, self.settings.grant_micro)
        return account

    def deposit(self, account: str, cash_micro: CashMicro) -> None:
        """Cash arrives from outside. Raises NotPossible."""
        self.exchange.deposit(account, cash_micro)

    # Markets.

    def list_market(self, market: Market, terms: Terms | None = None) -> Listed:
        """Open a market; it closes at its end and is paid out when the resolver knows how.

        Raises:
            NotPossible: ids that are taken, or not of the market's generation (polymarket.md §8.3, §8.4), or a tick that does not divide a dollar.
        """
        _check_ids(market)
        if market.market_id in self.listed or {market.yes, market.no} & self.by_token.keys():
            raise NotPossible(f"market {market.market_id!r}: the id or a token is in use")

        def open_market(exchange: Exchange, at_ns: Nanos) -> list[Outcome]:
            exchange.list_market(market, at_ns)
            self.listed[market.market_id] = listed
            self.by_token[market.yes] = self.by_token[market.no] = market.market_id
            return []

        listed = Listed(market=market, terms=terms or Terms(listed_ns=self.now_ns()))
        self.act(open_market)
        if market.end_ns is not None:
            self.timers.set(market.end_ns, lambda _at_ns: self.close(market.market_id))
            self.timers.set(market.end_ns + listed.terms.pays_after_ns, partial(self._resolve_by_itself, market.market_id))
        return listed

    def listing(self, market_id: MarketId) -> Listing:
        """A market's book and state as they are now, or were when it was paid out. Raises KeyError: no such market."""
        return self.exchange.listings.get(market_id) or self._past[market_id]

    def market(self, market_id: MarketId) -> Market:
        """A market as it is now. Raises KeyError: no such market."""
        return self.listing(market_id).market

    def state(self, market_id: MarketId) -> MarketState:
        """OPEN, CLOSED or RESOLVED. Raises KeyError: no such market."""
        return self.listing(market_id).state

    def locked_micro(self, market_id: MarketId) -> CashMicro:
        """Cash behind the sets of a market; none once it was paid out."""
        sets = self.exchange.clearing.sets.get(market_id)
        return 0 if sets is None else sets.locked_micro

    def change_tick(self, market_id: MarketId, tick_pips: Pips) -> None:
        """New orders must fit the new step; what rests stays. Raises NotPossible: no such market, or not a step."""

        def change(exchange: Exchange, at_ns: Nanos) -> list[Outcome]:
            exchange.change_tick(market_id, tick_pips, at_ns)
            return []

        self.act(change)

    def close(self, market_id: MarketId) -> None:
        """No more orders; what rests is cancelled. Raises NotPossible: no such market."""
        self.act(lambda exchange, at_ns: exchange.close(market_id, at_ns))

    def resolve(self, market_id: MarketId, payout: Payout) -> None:
        """Close and pay out. Raises NotPossible: no such market, or paid already."""
        self.act(lambda exchange, at_ns: exchange.resolve(market_id, payout, at_ns))
        self.payouts[market_id] = payout

    def void(self, market_id: MarketId, *, refund: bool = False) -> None:
        """Pay half a dollar a share, or (`refund`) what the shares cost. Raises NotPossible: no such market, or paid already."""
        self.act(lambda exchange, at_ns: exchange.void(market_id, at_ns, refund=refund))
        self.payouts[market_id] = None if refund else Payout(yes_ppm=500_000, no_ppm=500_000)

    def _resolve_by_itself(self, market_id: MarketId, at_ns: Nanos) -> None:
        if self.resolver is None or self.state(market_id) is MarketState.RESOLVED:
            return
        payout = self.resolver(market_id, at_ns)
        if payout is not None:
            self.resolve(market_id, payout)


def _check_ids(market: Market) -> None:
    """Raises NotPossible: ids that no official client could sign for, or would sign for the wrong contract."""
    try:
        if market.generation not in {"v1", "v2"} or any(is_position(token) is not (market.generation == "v2") for token in (market.yes, market.no)):
            raise NotPossible(f"market {market.market_id!r}: its tokens are not of generation {market.generation!r}")
    except BadId as error:
        raise NotPossible(f"market {market.market_id!r}: {error}") from None
    if not _CONDITION.fullmatch(market.market_id):
        raise NotPossible(f"market {market.market_id!r}: a condition id is 0x and 64 lower-case hexadecimal digits")
    if market.generation == "v2" and (int(market.yes) >> 8, int(market.no) - int(market.yes)) != (int(market.market_id, 16) >> 8, 1):
        raise NotPossible(f"market {market.market_id!r}: its positions are not outcomes 0 and 1 of its condition")
