"""Two inventories: what we asked for (resting) and what we own (filled: provisional until settled, then confirmed), and their worst case.

What an order contributes is tracked by order: whenever an order changes, `track` takes its old contribution out and puts its new one in, so no
sequence of events can count anything twice. Everything asked for often is O(1).

The worst case of a market: for each outcome, what we would end with if that outcome won, of our resting orders exactly those filled that hurt us
under it, and of our trades that are not settled exactly those failed that helped us under it. With binary payouts the minimum over the two outcomes
also covers every split payout in between (the worst case is concave in the payout).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from oms.machines.blotter import Order
from oms.machines.counters import MarketCounters, TokenCounters, foreign_worst, held_of, outcome_worsts, sale_cash_micro, worst_winner
from oms.values.events import Converted
from oms.values.market import PAYOUT_ONE_PPM, EventGroup, Market, MarketId, Payout, TokenId
from oms.values.orders import OpenOrder, Side
from oms.values.snapshot import TokenHolding
from oms.values.units import NS_PER_DAY, CashMicro, Nanos, SharesMicro, cost_cash_micro


class Inventory:
    """What everybody asks for about our holdings."""

    def __init__(self) -> None:
        self._markets: dict[MarketId, MarketCounters] = {}
        self._tokens: dict[TokenId, tuple[MarketCounters, TokenCounters]] = {}
        self._contributions: dict[str, tuple[TokenCounters, Side, SharesMicro, CashMicro]] = {}
        self.resting_buy_cash_micro: CashMicro = 0
        self.total_worst_micro: CashMicro = 0
        """The sum of the worst results of all unresolved markets: what is at risk, as a negative number. Kept up with every change."""
        self.foreign_micro: CashMicro = 0
        """What orders on our account that are not ours may cost at worst, by the venue's latest report."""
        self.coming_micro: CashMicro = 0
        """What unsettled sales brought in all markets: ours, but not to be spent yet, for they may fail."""
        self.missing_cash_micro: CashMicro = 0
        """What the venue has less than our books, by its own lasting word (balances.py): not to be spent."""
        self._day = 0
        self._day_spent: CashMicro = 0

    def list_market(self, market: Market) -> None:
        """A market became known; again with new facts is fine."""
        book = self._markets.get(market.market_id)
        if book is not None:
            book.market = market
            return
        book = self._markets[market.market_id] = MarketCounters(market)
        self._tokens[market.yes] = (book, book.yes)
        self._tokens[market.no] = (book, book.no)

    def holding(self, token: TokenId) -> TokenHolding:
        """What we own and asked for in one token."""
        counters = self._tokens[token][1]
        return TokenHolding(
            confirmed_micro=counters.confirmed,
            provisional_micro=counters.provisional,
            at_risk_micro=counters.at_risk,
            resting_buy_micro=counters.buy_shares,
            resting_sell_micro=counters.sell_shares,
            sellable_micro=self.sellable(token),
        )

    def held(self, token: TokenId) -> int:
        """Filled inventory of a token, provisional included."""
        counters = self._tokens[token][1]
        return counters.confirmed + counters.provisional

    def sellable(self, token: TokenId) -> SharesMicro:
        """confirmed − provisional sales − resting sells − what the venue does not have − what bundles hold (ruling 1.14: a purchase must settle)."""
        counters = self._tokens[token][1]
        return max(0, counters.confirmed - counters.leaving - counters.sell_shares - counters.missing - counters.kept)

    def keep(self, token: TokenId, shares_micro: SharesMicro) -> None:
        """So many more shares (fewer, below 0) belong to bundles."""
        if token in self._tokens:
            self._tokens[token][1].kept += shares_micro

    def pledge(self, market_id: MarketId, cash_micro: CashMicro) -> None:
        """So much more (less, below 0) of what bundles hold there if NO wins may be given away again."""
        if market_id in self._markets:
            self._markets[market_id].pledged += cash_micro
            self._reckon(self._markets[market_id])

    def track(self, order: Order, reserved_micro: int) -> None:
        """Count what `order` contributes now in place of what it contributed before.

        `reserved_micro` is what the ledger holds for it: for a buy the cash, fees included; for a sell the shares.
        """
        spec = order.spec
        book = self._tokens[spec.token][0]
        old = self._contributions.pop(order.order_id, None)
        if old is not None:
            self._count(old, -1)
        if order.is_terminal:
            self._reckon(book)
            return
        shares = order.remaining_shares_micro
        if spec.side is Side.BUY:
            cash = max(reserved_micro, cost_cash_micro(shares, spec.price_pips))
        else:
            cash = sale_cash_micro(spec, shares, book.market.fee)
        new = (self._tokens[spec.token][1], spec.side, shares, cash)
        self._contributions[order.order_id] = new
        self._count(new, 1)
        self._reckon(book)

    def filled(self, token: TokenId, shares_micro: int, cash_micro: CashMicro, at_ns: Nanos) -> None:
        """A fill was posted: signed shares of the token (provisional), signed cash including fees."""
        book, counters = self._tokens[token]
        counters.provisional += shares_micro
        if shares_micro < 0:
            counters.leaving -= shares_micro
        book.cash += cash_micro
        self._count_unsettled(book, token, shares_micro, cash_micro, 1)
        if cash_micro < 0:
            self._roll_day(at_ns)
            self._day_spent -= cash_micro
        self._reckon(book)

    def confirmed(self, token: TokenId, shares_micro: int, cash_micro: CashMicro) -> None:
        """A fill settled for good: it is provisional no longer. After the payout there is nothing left to move."""
        book, counters = self._tokens[token]
        if book.payout is not None:
            return
        counters.provisional -= shares_micro
        counters.confirmed += shares_micro
        if shares_micro < 0:
            counters.leaving += shares_micro
        self._count_unsettled(book, token, shares_micro, cash_micro, -1)
        self._reckon(book)

    def failed(self, token: TokenId, shares_micro: int, cash_micro: CashMicro) -> None:
        """A fill was undone: both legs go back (after the payout only the cash is left to take back)."""
        book, counters = self._tokens[token]
        if book.payout is None:
            counters.provisional -= shares_micro
            if shares_micro < 0:
                counters.leaving += shares_micro
            self._count_unsettled(book, token, shares_micro, cash_micro, -1)
        book.cash -= cash_micro
        self._reckon(book)

    def at_risk(self, token: TokenId, shares_micro: int) -> None:
        """The settlement of so many shares (signed) is being tried again, or (taken back with the other sign) is not any more."""
        self._tokens[token][1].at_risk += shares_micro

    def sets_changed(self, market_id: MarketId, shares_micro: int) -> None:
        """Complete sets were made (positive) or merged (negative), a dollar each; confirmed at once."""
        book = self._markets[market_id]
        book.yes.confirmed += shares_micro
        book.no.confirmed += shares_micro
        book.cash -= shares_micro
        self._reckon(book)

    def converted(self, event: Converted) -> None:
        """NO shares of some outcomes became cash and YES shares of others, confirmed at once. The cash is shared out among those that gave."""
        each, odd = divmod(event.cash_micro, len(event.market_ids))
        for market_id in event.market_ids:
            book = self._markets[market_id]
            book.no.confirmed -= event.shares_micro
            book.cash += each + odd
            odd = 0
            self._reckon(book)
        for market_id in event.yes_market_ids:
            book = self._markets[market_id]
            book.yes.confirmed += event.yes_micro
            self._reckon(book)

    def resolved(self, market_id: MarketId, payout: Payout, cash_micro: CashMicro) -> None:
        """Every share became cash."""
        book = self._markets[market_id]
        book.cash += cash_micro
        book.payout = payout
        self.coming_micro -= book.coming
        book.coming = book.hope_yes = book.hope_no = 0
        for counters in (book.yes, book.no):
            counters.at_risk = 0
            counters.confirmed = 0
            counters.provisional = 0
            counters.leaving = 0
        self._reckon(book)

    def is_resolved(self, market_id: MarketId) -> bool:
        """The market has paid out."""
        return self._markets[market_id].payout is not None

    def forget_market(self, market_id: MarketId) -> CashMicro:
        """The market is over, and nothing of it is held, asked for or unsettled. Returns its part of `total_worst_micro`, which stays in there.

        What a market lost counts against the limit until it is paid out; then its part is 0.
        """
        book = self._markets.pop(market_id)
        assert not book.coming, f"market {market_id} is forgotten while sales in it are unsettled"
        for token in (book.market.yes, book.market.no):
            del self._tokens[token]
        return book.worst

    def arrived(self, token: TokenId, shares_micro: SharesMicro) -> None:
        """Confirmed shares that were there before our books began."""
        book, counters = self._tokens[token]
        counters.confirmed += shares_micro
        self._reckon(book)

    def missing(self, token: TokenId, shares_micro: SharesMicro) -> None:
        """The venue has so many shares of the token less than we: not to be sold."""
        if token in self._tokens:
            self._tokens[token][1].missing = shares_micro

    def foreign(self, rows: Iterable[OpenOrder], *, all_of_them: bool) -> None:
        """Orders on our account that somebody else placed: they spend the same money. Only `all_of_them` prove that one is gone."""
        cost = sum(foreign_worst(row) for row in rows)
        self.foreign_micro = cost if all_of_them else max(cost, self.foreign_micro)

    def market_cash(self, market_id: MarketId) -> CashMicro:
        """Cash the market brought or cost so far."""
        return self._markets[market_id].cash

    def outcome_worsts(self, market_id: MarketId) -> tuple[CashMicro, CashMicro]:
        """(if YES wins, if NO wins): the result of this market if the outcome comes and every resting order that hurts under it fills."""
        return outcome_worsts(self._markets[market_id])

    def market_worst(self, market_id: MarketId) -> CashMicro:
        """The worst result of this market, resting orders included; negative is a loss."""
        return min(self.outcome_worsts(market_id))

    def event_worst(self, group: EventGroup, changed: Mapping[MarketId, tuple[CashMicro, CashMicro]] = MappingProxyType({})) -> CashMicro:
        """The worst result of a group (`worst_winner`); a market of it that is not listed may win too. `changed`: if these outcome worsts were so."""
        paid = [book.cash for name in group.market_ids if (book := self._markets.get(name)) and book.payout is not None]
        return sum(paid) + self._left_worst(group, changed)

    def total_if(self, group: EventGroup, changed: Mapping[MarketId, tuple[CashMicro, CashMicro]] = MappingProxyType({})) -> CashMicro:
        """`total_worst_micro`, but of this group, if it is exclusive, at most one market wins."""
        return self.total_worst_micro + self._left_worst(group, changed) - sum(self._markets[n].worst for n in group.market_ids if n in self._markets)

    def _left_worst(self, group: EventGroup, changed: Mapping[MarketId, tuple[CashMicro, CashMicro]]) -> CashMicro:
        """Of the markets of a group that have not paid; once one of them has won no other can."""
        books = [self._markets[name] for name in group.market_ids if name in self._markets]
        pairs = [changed.get(book.market.market_id) or outcome_worsts(book) for book in books if book.payout is None]
        one_wins = group.exhaustive and len(books) == len(group.market_ids)
        if group.exclusive and any(book.payout is not None and book.payout.yes_ppm == PAYOUT_ONE_PPM for book in books):
            pairs, one_wins = [(if_no, if_no) for _, if_no in pairs], False
        return worst_winner(pairs, exclusive=group.exclusive, one_wins=one_wins)

    def holdings_worst(self, groups: Iterable[EventGroup] = ()) -> CashMicro:
        """What unresolved holdings are worth at least, orders aside: a set a dollar, an exclusive one of `groups` what its worst winner leaves."""
        worth: CashMicro = 0
        together: dict[MarketId, None] = {}
        for group in groups:
            books = [self._markets[name] for name in group.market_ids if name in self._markets and self._markets[name].payout is None]
            if group.exclusive and len(books) > 1:
                together |= dict.fromkeys(book.market.market_id for book in books)
                if_nobody = sum(held_of(book.no) for book in books)
                ends = [if_nobody - held_of(book.no) + held_of(book.yes) for book in books]
                worth += max(0, min(ends if group.exhaustive and len(books) == len(group.market_ids) else [*ends, if_nobody]))
        alone = [book for name, book in self._markets.items() if book.payout is None and name not in together]
        return worth + sum(max(0, min(held_of(book.yes), held_of(book.no))) for book in alone)

    def day_spent(self, at_ns: Nanos) -> CashMicro:
        """Cash spent on buys in this UTC day."""
        self._roll_day(at_ns)
        return self._day_spent

    def held_tokens(self) -> tuple[TokenId, ...]:
        """Tokens of unresolved markets of which we hold, or are owed, anything."""
        held = [(token, counters) for token, (book, counters) in self._tokens.items() if book.payout is None]
        return tuple([token for token, counters in held if counters.confirmed or counters.provisional or counters.missing])

    def markets(self) -> list[Market]:
        """Every market we know of."""
        return [book.market for book in self._markets.values()]

    def _count(self, contribution: tuple[TokenCounters, Side, SharesMicro, CashMicro], sign: int) -> None:
        counters, side, shares, cash = contribution
        if side is Side.BUY:
            counters.buy_shares += sign * shares
            counters.buy_cash += sign * cash
            self.resting_buy_cash_micro += sign * cash
        else:
            counters.sell_shares += sign * shares
            counters.sell_cash += sign * cash

    def _count_unsettled(self, book: MarketCounters, token: TokenId, shares_micro: int, cash_micro: CashMicro, sign: int) -> None:
        """Count what one trade that may still fail would bring under each outcome, where it brings anything; `sign` −1 takes it out again."""
        is_yes = token == book.market.yes
        book.hope_yes += sign * max(0, cash_micro + (shares_micro if is_yes else 0))
        book.hope_no += sign * max(0, cash_micro + (0 if is_yes else shares_micro))
        book.coming += sign * max(0, cash_micro)
        self.coming_micro += sign * max(0, cash_micro)

    def _roll_day(self, at_ns: Nanos) -> None:
        day = at_ns // NS_PER_DAY
        if day > self._day:
            self._day, self._day_spent = day, 0

    def _reckon(self, book: MarketCounters) -> None:
        """Keep the total in step with one market."""
        worst = 0 if book.payout is not None else min(outcome_worsts(book))
        self.total_worst_micro += worst - book.worst
        book.worst = worst
