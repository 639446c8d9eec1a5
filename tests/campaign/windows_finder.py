"""Every moment of a run at which a set cost less than a dollar, or sold for more: when it began, how long it was there, and what there was behind it.

A set is the two tokens of one market, or YES of every outcome of an exclusive event. The finder looks on: after each fact about a book (what a bot
would see that decides on every message), and after each turn (what ours sees). Books, their doubts and the ends of markets are the engine's own.

Of one market the two books are one pool told in two halves, so a gap between them is first of all a reason to doubt what we hold. `Verdict`
(windows_verdict.py) says what it came down to. That the halves agree is judged as oms/machines/mirror.py does it, at the end of an exchange time that
both carry, but here by best prices alone and without its code. Two halves that agree and show a gap are one book whose bid reaches its ask: there is
no other way.
"""

from collections.abc import Sequence
from typing import Final

from oms.machines.book import Book
from oms.machines.ladder import NO_ASK, NO_BID
from oms.state import Desk, State
from oms.values.events import BookReset, ContinuityLost, Event, EventListed, LevelsChanged, MarketListed
from oms.values.market import EventGroup, FeeCurve, Market, TokenId
from oms.values.orders import Side
from oms.values.snapshot import STALE_DOUBTS
from oms.values.units import NS_PER_MS, PRICE_ONE_PIPS, Nanos, Pips, SharesMicro
from strategies.stairs import PICO, PIP_PICO, net_pico
from tests.campaign.windows_verdict import LATENCIES_MS, Verdict, Window

_STALE: Final = int(STALE_DOUBTS)
_FREE: Final = FeeCurve()


class _Open:
    """One gap that is there."""

    def __init__(self, token: TokenId, exchange_ns: Nanos, at_ns: Nanos) -> None:
        self.token, self.exchange_ns, self.at_ns = token, exchange_ns, at_ns
        self.edge_pips = 0
        self.limits: tuple[Pips, ...] = ()
        self.sets_micro: SharesMicro = 0
        self.at_turn = self.believed = False
        self.is_standing = True
        """What was first seen could still be had after the latest fact."""
        self.survived: list[bool] = []
        self.retold: list[bool] = []
        self.is_retold = False
        self.judged: list[bool] = []
        """At the ends of exchange times: did the tokens agree?"""
        self.answered = False
        """Another token has had a message since it began."""

    def live_until(self, at_ns: Nanos) -> None:
        """Nothing has changed before `at_ns`: whoever acted before met what stood."""
        for delay_ms in LATENCIES_MS[len(self.survived) :]:
            if self.at_ns + delay_ms * NS_PER_MS >= at_ns:
                break
            self.survived.append(self.is_standing)
            self.retold.append(self.is_standing and self.is_retold)
        self.is_retold = self.is_retold or at_ns > self.at_ns


class Basket:
    """The books of one set."""

    def __init__(self, where: str, members: Sequence[tuple[Desk, Book]], sides: tuple[Side, ...], curves: Sequence[FeeCurve]) -> None:
        self.where = where
        self.desks = [desk for desk, _ in members]
        self.books = [book for _, book in members]
        self.sides = sides
        self.curves = tuple(curves)
        """What a taker pays, book by book."""
        self.is_pair = len({desk.market.market_id for desk in self.desks}) == 1
        self.open: dict[tuple[Side, bool], _Open] = {}
        self.agreed: bool | None = None
        """Do the tokens agree, should this exchange time be over? None: they do not stand at one."""
        self.stamp_ns: Nanos = 0

    def is_believable(self) -> bool:
        """Its markets trade and no book is history."""
        return not any(desk.closed for desk in self.desks) and not any(book.doubts & _STALE for book in self.books)

    def prices(self, side: Side) -> tuple[Pips, ...] | None:
        """What a taker meets first in each book; None: one of them is empty."""
        prices = tuple([book.best_ask if side is Side.BUY else book.best_bid for book in self.books])
        return None if NO_BID in prices or NO_ASK in prices else prices

    def edge_pico(self, side: Side, prices: tuple[Pips, ...], *, charged: bool) -> int:
        """What a set leaves, in 10⁻¹² dollars."""
        curves = self.curves if charged else (_FREE,) * len(prices)
        base = PICO if side is Side.BUY else -PICO
        return base + sum([net_pico(curve, side, price) for curve, price in zip(curves, prices, strict=True)])

    def had_at(self, side: Side, limits: tuple[Pips, ...]) -> SharesMicro:
        """How many sets could be had at these prices or better."""
        return min([_within(book, side, limit) for book, limit in zip(self.books, limits, strict=True)])

    def judge(self) -> bool | None:
        """As `agreed`, for what the books say now."""
        if not self.is_pair:
            return None
        yes, no = self.books
        if yes.exchange_ns != no.exchange_ns:
            return None
        return yes.best_bid + no.best_ask == PRICE_ONE_PIPS and yes.best_ask + no.best_bid == PRICE_ONE_PIPS


class Finder:
    """Looks on at one run: `fact` after each applied fact, `turn` at the end of each turn, `finish` when it is over."""

    def __init__(self, state: State, rate_bps: int | None = None) -> None:
        """`rate_bps`: what takers pay; None: what each market's own curve says."""
        self._state = state
        self._rate_bps = rate_bps
        self._baskets: dict[str, Basket] = {}
        self._of_token: dict[TokenId, list[Basket]] = {}
        self._heard_ns: Nanos = 0
        """When the latest word of the markets came: a run goes on for a while after its recording, and nothing is known of that time."""
        self.windows: list[Window] = []
        self.views = 0
        """How often a set of books was looked at, all of them believable."""
        self.judged = self.disagreed = 0
        """Ends of exchange times at which the two tokens of a market could be compared; at which they did not agree."""
        self.events = 0
        """Exclusive events of which every outcome is there."""

    def fact(self, event: Event, at_ns: Nanos) -> None:
        """A fact was applied."""
        if isinstance(event, LevelsChanged | BookReset | ContinuityLost):
            self._heard_ns = at_ns
        if isinstance(event, LevelsChanged | BookReset):
            for basket in self._of_token.get(event.token, ()):
                self._look(basket, event.token, at_ns)
        elif isinstance(event, MarketListed):
            self._learn_market(event.market)
        elif isinstance(event, EventListed):
            self._learn_event(event.group)

    def turn(self, _at_ns: Nanos) -> None:
        """A turn is over: what is there now is what a strategy was shown."""
        for basket in self._baskets.values():
            if basket.open and not basket.is_believable():
                self._close_all(basket, self._heard_ns)
            for (side, _), window in basket.open.items():
                if not window.at_turn:
                    window.at_turn = True
                    self._measure(basket, side, window)
                window.believed = window.believed or not any(book.doubts for book in basket.books)

    def finish(self) -> None:
        """The recording is over."""
        for basket in self._baskets.values():
            self._close_all(basket, self._heard_ns)

    def _learn_market(self, market: Market) -> None:
        desk = self._state.desks.get(market.market_id)
        if desk is not None and market.market_id not in self._baskets:
            self._add(Basket(market.market_id, [(desk, desk.yes), (desk, desk.no)], (Side.BUY, Side.SELL), [self._curve(market)] * 2))

    def _learn_event(self, group: EventGroup) -> None:
        """An exclusive event of which every market is known. All asks are worth a dollar only if one of the outcomes must win."""
        desks = [self._state.desks[market_id] for market_id in group.market_ids if market_id in self._state.desks]
        if group.exclusive and len(group.market_ids) == len(desks) > 1 and group.event_id not in self._baskets:
            self.events += 1
            sides = (Side.BUY, Side.SELL) if group.exhaustive else (Side.SELL,)
            self._add(Basket(group.event_id, [(desk, desk.yes) for desk in desks], sides, [self._curve(desk.market) for desk in desks]))

    def _curve(self, market: Market) -> FeeCurve:
        return market.fee if self._rate_bps is None else FeeCurve(rate_bps=self._rate_bps)

    def _add(self, basket: Basket) -> None:
        self._baskets[basket.where] = basket
        for book in basket.books:
            self._of_token.setdefault(book.token, []).append(basket)

    def _look(self, basket: Basket, token: TokenId, at_ns: Nanos) -> None:
        """A book of the basket has just changed."""
        exchange_ns = next(book.exchange_ns for book in basket.books if book.token == token)
        self._judge_before(basket, exchange_ns)
        for window in basket.open.values():
            window.live_until(at_ns)
        if not basket.is_believable():
            self._close_all(basket, at_ns)
            return
        self.views += 1
        for side in basket.sides:
            prices = basket.prices(side)
            for charged in (False, True):
                edge_pico = 0 if prices is None else basket.edge_pico(side, prices, charged=charged)
                self._see(basket, (side, charged), edge_pico, token, at_ns)
        basket.agreed, basket.stamp_ns = basket.judge(), exchange_ns

    def _judge_before(self, basket: Basket, exchange_ns: Nanos) -> None:
        """Something later came, so the exchange time before it is over."""
        if basket.agreed is None or exchange_ns <= basket.stamp_ns:
            return
        self.judged += 1
        self.disagreed += not basket.agreed
        for window in basket.open.values():
            window.judged.append(basket.agreed)
        basket.agreed = None

    def _see(self, basket: Basket, key: tuple[Side, bool], edge_pico: int, token: TokenId, at_ns: Nanos) -> None:
        window = basket.open.get(key)
        if edge_pico <= 0:
            if window is not None:
                self._close(basket, key, at_ns, by=token)
            return
        if window is None:
            window = basket.open[key] = _Open(token, self._exchange_ns(basket), at_ns)
            self._measure(basket, key[0], window)
        elif window.at_turn:
            window.is_standing = basket.had_at(key[0], window.limits) >= window.sets_micro
        window.answered = window.answered or token != window.token
        window.edge_pips = max(window.edge_pips, edge_pico // PIP_PICO)

    def _measure(self, basket: Basket, side: Side, window: _Open) -> None:
        """What is there at first sight: what an order would be made for."""
        prices = basket.prices(side)
        assert prices is not None, "a gap between books of which one is empty"
        window.limits = prices
        window.sets_micro = basket.had_at(side, prices)

    def _close_all(self, basket: Basket, at_ns: Nanos) -> None:
        for key in list(basket.open):
            self._close(basket, key, at_ns, by=None)
        basket.agreed = None

    def _close(self, basket: Basket, key: tuple[Side, bool], at_ns: Nanos, *, by: TokenId | None) -> None:
        """`by`: the token whose message ended it; None: it was cut."""
        window = basket.open.pop(key)
        window.live_until(at_ns)
        exchange_ns = self._exchange_ns(basket)
        self.windows.append(
            Window(
                where=basket.where,
                side=key[0],
                charged=key[1],
                opened_ns=window.at_ns,
                life_ns=at_ns - window.at_ns,
                exchange_life_ns=max(0, exchange_ns - window.exchange_ns),
                edge_pips=window.edge_pips,
                sets_micro=window.sets_micro,
                at_turn=window.at_turn,
                believed=window.believed,
                survived=_filled_up(window.survived),
                retold=_filled_up(window.retold),
                cut=by is None,
                verdict=_verdict(basket, window, by, exchange_ns),
            )
        )

    @staticmethod
    def _exchange_ns(basket: Basket) -> Nanos:
        """The latest time the venue has told of any of its books."""
        return max(book.exchange_ns for book in basket.books)


def _verdict(basket: Basket, window: _Open, by: TokenId | None, exchange_ns: Nanos) -> Verdict:
    if True in window.judged:
        return Verdict.CONSISTENT
    if basket.is_pair and by not in (None, window.token) and not window.answered and exchange_ns == window.exchange_ns:
        return Verdict.HALF_TOLD
    if not window.at_turn:
        return Verdict.WITHIN_TURN
    if not basket.is_pair:
        return Verdict.OUTCOMES
    return Verdict.DISAGREED if window.judged else Verdict.UNPAIRED


def _within(book: Book, side: Side, limit_pips: Pips) -> SharesMicro:
    """Shares at this price or better, as deep as a strategy is shown."""
    if side is Side.BUY:
        return sum([size for price, size in book.top_asks() if price <= limit_pips])
    return sum([size for price, size in book.top_bids() if price >= limit_pips])


def _filled_up(so_far: list[bool]) -> tuple[bool, ...]:
    """It ended before the others."""
    return (*so_far, *[False] * (len(LATENCIES_MS) - len(so_far)))
