"""What the judge of the flows (flows_judge.py) writes down: orders that may stand, trades that are not final, what is final. It shares no code with
`oms`, not even its words: it looks at what facts and commands are called and at what they hold.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

ONE: Final = 10_000
"""Pips in a dollar, basis points in a whole."""
DUST: Final = 10_000
"""Less than a cent of an order in cash is nothing."""


@dataclass
class Order:
    """One that was committed and of whose end nobody told."""

    market: str
    is_yes: bool
    is_buy: bool
    price: int
    left: int
    """Micro-shares; micro-dollars of an immediate purchase."""
    in_cash: bool
    takes: bool
    bundle: str
    filled: int = 0
    owed: int | None = None
    """It is over at the venue, and so many shares were filled of it in all: the fills are on their way."""

    def effect(self, rate: int, *, wins: bool, at_limit: bool = False) -> int:
        """What it brings, in micro-dollars, if all that is left of it fills, and its token wins or not. `at_limit`: at no better price than that."""
        if self.in_cash:
            shares = self.left * ONE // self.price
            return (shares if wins else 0) - self.left - self.fee(rate, at_limit=at_limit)
        if self.is_buy:
            return (self.left if wins else 0) - self.cost()
        return self.left * self.price // ONE - self.fee(rate) - (self.left if wins else 0)

    def cost(self) -> int:
        """Of a purchase, before fees."""
        return self.left if self.in_cash else -(-self.left * self.price // ONE)

    def fee(self, rate: int, *, at_limit: bool = False) -> int:
        """At worst. A dollar spent at p costs rate × (1 − p), so the rate itself is never reached; what a sale leaves grows with its price."""
        if not self.takes or not rate:
            return 0
        if self.in_cash:
            return -(-self.left * rate * (ONE - self.price) // ONE**2) if at_limit else -(-self.left * rate // ONE)
        return -(-self.left * rate * self.price * (ONE - self.price) // ONE**3)


@dataclass
class Trade:
    """One fill that is not final."""

    market: str
    is_yes: bool
    shares: int
    """Below zero: sold."""
    cash: int
    """What it brought, fee paid."""

    def effect(self, *, wins: bool) -> int:
        """What it brings if its token wins, or not."""
        return self.cash + (self.shares if wins else 0)


@dataclass
class Holding:
    """What is final: cash of a market (or bundle), shares of its tokens."""

    cash: int = 0
    shares: defaultdict[tuple[str, bool], int] = field(default_factory=lambda: defaultdict(int))
    open: dict[tuple[str, str], Trade] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Markets of which at most one resolves YES; exhaustive: exactly one."""

    markets: tuple[str, ...]
    exhaustive: bool


class Record:
    """Told of every fact and every command of one flow."""

    def __init__(self, groups: Sequence[Group], tokens: Mapping[str, tuple[str, bool]], rates: Mapping[str, int]) -> None:
        self.groups = groups
        self.tokens = tokens
        self.rates = rates
        self.cash = self.spent = 0
        self.orders: dict[str, Order] = {}
        """Those that may stand."""
        self.known: dict[str, Order] = {}
        self.books = {market: Holding() for group in groups for market in group.markets}
        self.paid: dict[str, int] = {}
        """Market → what a YES became, in millionths of a dollar."""
        self.bundles: dict[str, Holding] = {}
        self.moves: dict[str, Any] = {}
        """Transfers that were asked for and not answered."""
        self.made: dict[str, bool] = {}
        """Transfers that were made."""
        self.fills: dict[tuple[str, str], bool] = {}
        """Those that were told: is it final?"""
        self.early: dict[tuple[str, str], Any] = {}
        """How a trade ended whose fill was not told yet."""

    def committed(self, command: Any) -> None:  # noqa: ANN401 - on purpose: only names are looked at
        """We wrote this down and are about to send it."""
        kind = type(command).__name__
        if kind == "Place":
            spec = command.spec
            market, is_yes = self.tokens[spec.token]
            takes = spec.lifetime.name in {"FOK", "FAK"}
            is_buy = spec.side.name == "BUY"
            bundle = command.bundle.rpartition("/")[0]
            order = Order(market, is_yes, is_buy, spec.price_pips, spec.size_micro, is_buy and takes, takes, bundle)
            self.orders[command.order_id] = self.known[command.order_id] = order
        elif kind == "BundleOpened":
            self.bundles[command.bundle_id] = Holding()
        elif kind == "BundleEnded":
            del self.bundles[command.bundle_id]
        elif kind in {"Split", "Merge", "Convert"}:
            self.moves[command.command_id] = command

    def heard(self, fact: Any) -> None:  # noqa: ANN401
        """We were told this."""
        kind = type(fact).__name__
        if kind == "Filled":
            self._filled(fact)
        elif kind in {"Rejected", "CancelDone", "Expired", "ProvenAbsent"}:
            order = self.orders.get(fact.order_id)
            if order is not None and (getattr(fact, "filled_micro", 0) or 0) > order.filled:
                order.owed = fact.filled_micro
            else:
                self.orders.pop(fact.order_id, None)
        elif kind == "SettlementMoved":
            self._settled(fact)
        elif kind in {"SetsChanged", "Converted", "TransferRefused"}:
            self._moved(kind, fact)
        elif kind == "MarketResolved":
            self._resolved(fact.market_id, fact.payout.yes_ppm)
        elif kind == "Deposited":
            self.cash += fact.cash_micro
        elif kind == "TradesReported":
            for part in (*fact.fills, *fact.settlements):
                self.heard(part)

    def _filled(self, fact: Any) -> None:  # noqa: ANN401
        key = (fact.trade_id, fact.order_id)
        if key in self.fills:
            return
        self.fills[key] = False
        order = self.known[fact.order_id]
        sign = 1 if order.is_buy else -1
        trade = Trade(order.market, order.is_yes, sign * fact.shares_micro, -sign * fact.cash_micro - fact.fee_cash_micro)
        self.cash += trade.cash + (self.worth(trade.market, trade.is_yes, trade.shares) if trade.market in self.paid else 0)
        self.spent += max(0, -trade.cash)
        for book in self._books_of(order):
            book.open[key] = trade
        order.filled += fact.shares_micro
        order.left -= fact.cash_micro if order.in_cash else fact.shares_micro
        is_whole = order.left < DUST if order.in_cash else order.left <= 0
        if is_whole or (order.owed is not None and order.filled >= order.owed):
            self.orders.pop(fact.order_id, None)
        if key in self.early:
            self._settled(self.early.pop(key))

    def _settled(self, fact: Any) -> None:  # noqa: ANN401
        """A trade becomes final, once; one that failed leaves nothing."""
        key = (fact.trade_id, fact.order_id)
        if fact.stage.name not in {"CONFIRMED", "FAILED"} or self.fills.get(key):
            return
        if key not in self.fills:
            self.early[key] = fact
            return
        self.fills[key] = True
        order = self.known[fact.order_id]
        for number, book in enumerate(self._books_of(order)):
            trade = book.open.pop(key)
            if fact.stage.name == "CONFIRMED":
                self._gain(book, (trade.market, trade.is_yes), trade.shares, trade.cash)
            elif not number:
                self.cash -= trade.cash
                if trade.market in self.paid:
                    self.cash -= self.worth(trade.market, trade.is_yes, trade.shares)

    def _moved(self, kind: str, fact: Any) -> None:  # noqa: ANN401
        asked = self.moves.pop(fact.command_id, None)
        if kind == "TransferRefused" or fact.command_id in self.made:
            return
        self.made[fact.command_id] = True
        bundle = self.bundles.get(fact.command_id.rpartition("/")[0]) if asked is not None else None
        if kind == "SetsChanged":
            moved = {(fact.market_id, True): fact.shares_micro, (fact.market_id, False): fact.shares_micro}
            cash = {fact.market_id: -fact.shares_micro}
        else:
            moved = {(market, False): -fact.shares_micro for market in fact.market_ids}
            moved |= {(market, True): fact.yes_micro for market in fact.yes_market_ids}
            each, odd = divmod(fact.cash_micro, len(fact.market_ids))
            cash = {market: each + (odd if not number else 0) for number, market in enumerate(fact.market_ids)}
        for (market, is_yes), shares in moved.items():
            self._gain(self.books[market], (market, is_yes), shares, 0)
            self.cash += self.worth(market, is_yes, shares) if market in self.paid else 0
            if bundle is not None:
                self._gain(bundle, (market, is_yes), shares, 0)
        for market, amount in cash.items():
            self.books[market].cash += amount
            self.cash += amount
            if bundle is not None:
                bundle.cash += amount

    def _gain(self, book: Holding, token: tuple[str, bool], shares: int, cash: int) -> None:
        """Shares and cash are final; shares of a market that has paid are cash at once."""
        book.cash += cash
        if token[0] in self.paid:
            book.cash += self.worth(*token, shares)
        else:
            book.shares[token] += shares

    def worth(self, market: str, is_yes: bool, shares: int) -> int:  # noqa: FBT001
        """What so many shares became."""
        ppm = self.paid[market]
        return shares * (ppm if is_yes else ONE * 100 - ppm) // (ONE * 100)

    def _resolved(self, market: str, yes_ppm: int) -> None:
        """Every share becomes cash, those of unsettled trades too; orders there are gone."""
        if market in self.paid:
            return
        self.paid[market] = yes_ppm
        for name in [name for name, order in self.orders.items() if order.market == market]:
            del self.orders[name]
        book = self.books[market]
        for is_yes in (True, False):
            unsettled = sum(trade.shares for trade in book.open.values() if trade.is_yes is is_yes)
            self.cash += self.worth(market, is_yes, book.shares[market, is_yes] + unsettled)
        for holding in (book, *self.bundles.values()):
            for is_yes in (True, False):
                holding.cash += self.worth(market, is_yes, holding.shares.pop((market, is_yes), 0))

    def _books_of(self, order: Order) -> list[Holding]:
        """The market's, and its bundle's while that is under way."""
        own = self.bundles.get(order.bundle)
        return [self.books[order.market]] if own is None else [self.books[order.market], own]
