"""The judge of the flows: a naive reckoning of what may become of our account. After every turn it adds up what
flows_book.py wrote down, again and from nothing, in the plainest way there is. Both share no code with `oms`.

    crosses  no two orders of ours that may stand could trade with each other, in the same token, through a mint or through a merge
    losses   whoever wins: of our orders exactly those filled that hurt then, of our unsettled trades exactly those failed that helped; no market, no
             event, no bundle in flight and not everything together loses more than its limit
    cash     every purchase filled with its worst fee, every split made, every unsettled sale undone: nothing is overdrawn
    shares   every sale filled, every transfer made, no unsettled purchase settled: nothing is sold that is not there
    counts   no more orders, no larger order and no more spent in a day than allowed

An order is a purchase in shares, an immediate one in cash. What hurts under one winner is a sum, so the worst subset is exact and not a bound.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.campaign.flows_book import ONE, Group, Holding, Order, Record

NOBODY: Final = ""
"""The winner when none of the markets resolves YES."""


class Judge(Record):
    """Holds what is written down against the limits."""

    def __init__(self, limits: Mapping[str, int], groups: Sequence[Group], tokens: Mapping[str, tuple[str, bool]], rates: Mapping[str, int]) -> None:
        """`limits`: market, event, total, bundle, order, day in micro-dollars; orders and market_orders in numbers."""
        super().__init__(groups, tokens, rates)
        self.limits = limits
        self.total = limits["total"]
        """What everything may lose; more for as long as a payout took away what set it off."""
        self.in_all = 0

    def check(self) -> Iterator[str]:
        """What is wrong after a turn, in words."""
        yield from self._crosses()
        yield from self._counts()
        yield from self._overdrawn()
        yield from self._losses()
        yield from self._broken()

    def _crosses(self) -> Iterator[str]:
        bids: dict[str, int] = {}
        asks: dict[str, int] = {}
        for order in self.orders.values():
            if order.owed is not None:
                continue  # it does not stand any more
            price = order.price if order.is_yes else ONE - order.price
            if order.is_buy is order.is_yes:
                bids[order.market] = max(price, bids.get(order.market, 0))
            else:
                asks[order.market] = min(price, asks.get(order.market, ONE))
        for market, bid in bids.items():
            if bid >= asks.get(market, ONE):
                yield f"crosses: in {market} we bid {bid} and ask {asks[market]} in YES's prices"

    def _counts(self) -> Iterator[str]:
        each: dict[str, int] = defaultdict(int)
        most = 0
        for order in self.orders.values():
            each[order.market] += 1
            cost = order.cost() + order.fee(self.rates[order.market]) if order.is_buy else order.left * order.price // ONE
            most = max(most, cost)
            if cost > self.limits["order"]:
                yield f"counts: an order of {cost}, at most {self.limits['order']}"
        if len(self.orders) > self.limits["orders"] or max(each.values(), default=0) > self.limits["market_orders"]:
            yield f"counts: {len(self.orders)} orders in all, at most {self.limits['orders']}; {dict(each)}, at most {self.limits['market_orders']}"

    def _overdrawn(self) -> Iterator[str]:
        buys = sum(order.cost() + order.fee(self.rates[order.market]) for order in self.orders.values() if order.is_buy)
        coming = sum(max(0, trade.cash) for market, book in self.books.items() if market not in self.paid for trade in book.open.values())
        splits = sum(move.shares_micro for move in self.moves.values() if type(move).__name__ == "Split")
        if self.cash - buys - coming - splits < 0:
            yield f"cash: {self.cash}, less {buys} for purchases, {coming} of sales that may fail and {splits} for splits"
        if self.spent + buys > self.limits["day"]:
            yield f"counts: {self.spent} spent and {buys} to be spent, {self.limits['day']} allowed a day"
        given: dict[tuple[str, bool], int] = defaultdict(int)
        for order in self.orders.values():
            if not order.is_buy:
                given[order.market, order.is_yes] += order.left
        for move in self.moves.values():
            for token in _taken_by(move):
                given[token] += 0 if token[0] in self.paid else move.shares_micro
        for (market, is_yes), shares in given.items():
            book = self.books[market]
            sold = sum(min(0, trade.shares) for trade in book.open.values() if trade.is_yes is is_yes)
            if shares and book.shares[market, is_yes] + sold < shares:
                yield f"shares: {shares} of {market} {'YES' if is_yes else 'NO'} are given or offered, of {book.shares[market, is_yes]} less {-sold}"

    def _losses(self) -> Iterator[str]:
        in_all = 0
        for group in self.groups:
            left = [market for market in group.markets if market not in self.paid]
            if not left:
                continue
            pairs = {market: (self._result(market, wins=True), self._result(market, wins=False)) for market in left}
            for market, pair in pairs.items():
                if -min(pair) > self.limits["market"]:
                    yield f"losses: market {market} may come to {min(pair)}, the limit is {self.limits['market']}"
            worst = min(sum(pair[0 if market == winner else 1] for market, pair in pairs.items()) for winner in self._winners(group, left))
            realised = sum(self._realised(market) for market in group.markets if market in self.paid)
            if -(worst + realised) > self.limits["event"]:
                yield f"losses: event of {group.markets[0]} may come to {worst} and {realised} that is paid, the limit is {self.limits['event']}"
            in_all += worst
        self.in_all = in_all
        if -in_all > self.total:
            yield f"losses: everything may come to {in_all}, the limit is {self.total}"
        elif -in_all <= self.limits["total"]:
            self.total = self.limits["total"]

    def paid_out(self) -> None:
        """Markets have just paid: what they brought for certain set off losses elsewhere, and is cash now.

        That alone breaks no limit; an order that then adds to it does.
        """
        for _ in self._losses():
            self.total = max(self.total, -self.in_all)

    def _winners(self, group: Group, left: Sequence[str]) -> list[str]:
        if any(self.paid.get(market) for market in group.markets):
            return [NOBODY]
        return [*left] if group.exhaustive else [*left, NOBODY]

    def _realised(self, market: str) -> int:
        """Of a market that has paid, trades that are not final count as they are."""
        book = self.books[market]
        return book.cash + sum(trade.cash + self.worth(market, trade.is_yes, trade.shares) for trade in book.open.values())

    def _result(self, market: str, *, wins: bool) -> int:
        """What one market comes to at worst if its YES wins, or not."""
        book, rate = self.books[market], self.rates[market]
        result = book.cash + book.shares[market, wins]
        result += sum(min(0, trade.effect(wins=trade.is_yes is wins)) for trade in book.open.values())
        return result + sum(min(0, order.effect(rate, wins=order.is_yes is wins)) for order in self.orders.values() if order.market == market)

    def _broken(self) -> Iterator[str]:
        """The worst of each bundle in flight, whichever of its orders fill and whoever wins; fees as at the limits (docs/arbitrage.md)."""
        for name, own in self.bundles.items():
            mine = [order for order in self.orders.values() if order.bundle == name]
            markets = {order.market for order in mine} | {token[0] for token in own.shares} | {trade.market for trade in own.open.values()}
            group = next((group for group in self.groups if markets <= {*group.markets}), None)
            if group is None or not markets:
                continue
            left = [market for market in group.markets if market not in self.paid]
            worst = min((self._end(own, mine, winner) for winner in self._winners(group, left)), default=0)
            if -worst > self.limits["bundle"]:
                yield f"losses: bundle {name} may come to {worst}, the limit is {self.limits['bundle']}"

    def _end(self, own: Holding, mine: Sequence[Order], winner: str) -> int:
        end = own.cash + sum(shares for (market, is_yes), shares in own.shares.items() if (market == winner) is is_yes)
        for trade in own.open.values():
            if trade.market in self.paid:
                end += min(0, trade.cash + self.worth(trade.market, trade.is_yes, trade.shares))
            else:
                end += min(0, trade.effect(wins=(trade.market == winner) is trade.is_yes))
        return end + sum(
            min(0, order.effect(self.rates[order.market], wins=(order.market == winner) is order.is_yes, at_limit=True)) for order in mine
        )


def _taken_by(move: Any) -> list[tuple[str, bool]]:  # noqa: ANN401
    """Tokens that a transfer takes."""
    kind = type(move).__name__
    if kind == "Merge":
        return [(move.market_id, True), (move.market_id, False)]
    return [(market, False) for market in move.market_ids] if kind == "Convert" else []
