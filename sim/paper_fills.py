"""Our quotes against a recorded or live book: what would have filled, seen through three lenses.

The book moves as recorded; our orders stand in it only here. Whether one would have been filled cannot be known, so every order is judged three
times, from flattering to harsh, and each lens keeps its own remaining size, debts, cash and position:

    touch     filled as soon as the other side, or a trade, reaches our price
    queue     the default, and the one that drives our inventory: a trade at our price first eats what stood there before us; an opposite
              price at or through ours fills us, because it would have met our order first
    through   filled only when a trade or the opposite best goes strictly through our price

The other two are shadows on the same orders with the same lifetimes: not what one would have quoted under them. The queue ahead is the displayed
size at arrival; a decrease without a trade only caps it (ahead = min(ahead, displayed)): it never moves us forward (ruling 2.2).

**What we take stays taken.** Taking displayed size makes a debt at its price; a later fall of the recorded size pays the debt down, and it ends
with the level. A YES ask at p and a NO bid at 1 − p are the same size: one debt (ruling 2.4). The through lens also respects what the queue lens
took. So for every order in shares filled(touch) ≥ filled(queue) ≥ filled(through), at any moment.

While the recording is blind (continuity lost) nothing fills, and what arrives then stands behind everything that the next full book shows.
"""

from oms.values.events import BookReset, LevelsChanged, Traded
from oms.values.market import FeeCurve, Market, TokenId
from oms.values.orders import Lifetime, OrderId, OrderSpec, Side
from oms.values.units import PRICE_ONE_PIPS, Pips, SharesMicro, cost_cash_micro, shares_for_cash_micro
from sim.paper_book import (
    HARSH_FIRST,
    LENSES,
    NOT_KNOWN,
    QUEUE,
    THROUGH,
    Key,
    PaperFill,
    PaperOrder,
    Recorded,
    by_priority,
    cash_for,
    fill_maker,
    inward,
    reaches,
)


class PaperFills:
    """The judge of our orders in recorded markets."""

    def __init__(self) -> None:
        self.books: dict[TokenId, Recorded] = {}
        self._fees: dict[TokenId, FeeCurve] = {}
        self._others: dict[TokenId, TokenId] = {}
        self._resting: dict[TokenId, dict[OrderId, PaperOrder]] = {}
        self._by_id: dict[OrderId, PaperOrder] = {}
        self._arrivals = 0
        self._debts: tuple[dict[Key, SharesMicro], ...] = tuple({} for _ in LENSES)
        self.debts_changed: dict[Key, SharesMicro] = {}
        """Debts of the queue lens that changed since somebody last emptied this: what the OMS must not see as available."""

    def list_market(self, market: Market) -> None:
        """Begin to keep both tokens' books."""
        for token in (market.yes, market.no):
            self.books.setdefault(token, Recorded())
            self._resting.setdefault(token, {})
            self._fees[token] = market.fee
            self._others[token] = market.other(token)

    def forget_market(self, market: Market) -> None:
        """The market is over and nothing of ours rests there: its books and debts are kept no longer."""
        for token in (market.yes, market.no):
            assert not self._resting[token], "a market is forgotten when its orders are gone"
            del self.books[token], self._resting[token], self._fees[token], self._others[token]
            for debts in self._debts:
                for key in [key for key in debts if key[0] == token]:
                    del debts[key]

    def order(self, order_id: OrderId) -> PaperOrder | None:
        """A resting order."""
        return self._by_id.get(order_id)

    def orders(self, token: TokenId) -> list[PaperOrder]:
        """All resting orders of a token, oldest first."""
        return list(self._resting[token].values())

    def standing(self) -> list[PaperOrder]:
        """All resting orders, oldest first."""
        return list(self._by_id.values())

    def blind(self, token: TokenId) -> None:
        """Continuity was lost: nothing fills until a full book comes."""
        if token in self.books:
            self.books[token].blind = True

    def changed(self, event: LevelsChanged) -> list[PaperFill]:
        """Some levels got new sizes: debts are paid down, queues capped, crossings fill."""
        book = self.books[event.token]
        if book.blind:
            return []
        for side, price, size in event.levels:
            self._set_level(event, book, side, price, size)
        return self._cross(event.token)

    def reset(self, event: BookReset, traded: list[Traded]) -> list[PaperFill]:
        """The whole book was told. `traded` are the trades this book implies (sim/inference.py), applied first."""
        book = self.books[event.token]
        fills = [fill for trade in traded for fill in self.traded(trade)]
        for side, levels in ((Side.BUY, dict(event.bids)), (Side.SELL, dict(event.asks))):
            for price in [price for price in book.sides[side] if price not in levels]:
                self._set_level(event, book, side, price, 0)
            for price, size in levels.items():
                if book.sides[side].get(price) != size:
                    self._set_level(event, book, side, price, size)
        book.blind = False
        for order in self._resting[event.token].values():
            order.ahead = min(order.ahead, book.sides[order.spec.side].get(order.spec.price_pips, 0))
        return fills + self._cross(event.token)

    def traded(self, event: Traded) -> list[PaperFill]:
        """A trade happened: it fills what it would have met in the one pool of both tokens, once."""
        met = self._met_by_trade(event.token, event.price_pips, event.taker_side.opposite)
        met += self._met_by_trade(self._others[event.token], PRICE_ONE_PIPS - event.price_pips, event.taker_side)
        return self._eat(sorted(met), event)

    def arrive(self, order_id: OrderId, spec: OrderSpec) -> tuple[PaperOrder, list[PaperFill]]:
        """Our order reaches the venue: it takes what crosses (all lenses alike), and what is left of it rests, behind what is displayed."""
        self._arrivals += 1
        order = PaperOrder(order_id, spec, self._arrivals)
        fills = self._take(order)
        if not spec.is_immediate and order.remaining[QUEUE]:
            is_blind = self.books[spec.token].blind
            order.ahead = NOT_KNOWN if is_blind else self.available(QUEUE, spec.token, spec.side, spec.price_pips)
            self._resting[spec.token][order_id] = self._by_id[order_id] = order
        return order, fills

    def would_cross(self, spec: OrderSpec) -> bool:
        """Would this order trade on arrival? What we took is there no more."""
        opposite = spec.side.opposite
        return any(
            reaches(spec.side, spec.price_pips, price) and self.available(QUEUE, spec.token, opposite, price)
            for price in self.books[spec.token].sides[opposite]
        )

    def takeable(self, spec: OrderSpec) -> int:
        """How much of the order could trade on arrival, in the order's own unit (queue lens)."""
        return spec.size_micro - self._walk(QUEUE, spec, spec.size_micro, [])

    def remove(self, order: PaperOrder) -> None:
        """Our order leaves (cancelled, expired, or filled under the queue lens); the shadows end with it."""
        del self._resting[order.spec.token][order.order_id], self._by_id[order.order_id]

    def available(self, lens: int, token: TokenId, side: Side, price_pips: Pips) -> SharesMicro:
        """Displayed size less what we took of it, on whichever token we took it."""
        owed = self.owed(lens, token, side, price_pips)
        if lens == THROUGH:
            owed = max(owed, self.owed(QUEUE, token, side, price_pips))
        return max(0, self.books[token].sides[side].get(price_pips, 0) - owed)

    def owed(self, lens: int, token: TokenId, side: Side, price_pips: Pips) -> SharesMicro:
        """What we took at a level and the recording has not shown as gone, on both tokens together."""
        debts = self._debts[lens]
        mirrored = (self._others[token], side.opposite, PRICE_ONE_PIPS - price_pips)
        return debts.get((token, side, price_pips), 0) + debts.get(mirrored, 0)

    def _set_level(self, event: LevelsChanged | BookReset, book: Recorded, side: Side, price: Pips, size: SharesMicro) -> None:
        token = event.token
        fall = book.set(side, price, size) - size
        if fall > 0:
            for lens, debts in enumerate(self._debts):
                debt = debts.get((token, side, price))
                if debt is not None:
                    self._set_debt(lens, (token, side, price), max(0, debt - fall))
        for order in self._resting[token].values():
            if order.spec.side is side and order.spec.price_pips == price:
                order.cap(size, event.exchange_ns)

    def _set_debt(self, lens: int, key: Key, debt: SharesMicro) -> None:
        if debt:
            self._debts[lens][key] = debt
        else:
            self._debts[lens].pop(key, None)
        if lens == QUEUE:
            self.debts_changed[key] = debt

    def _cross(self, token: TokenId) -> list[PaperFill]:
        """Opposite levels at or through our resting orders would have met them first: fill at our price, and owe what was met."""
        fills: list[PaperFill] = []
        resting = self._resting[token]
        if not resting:
            return fills
        book = self.books[token]
        ask, bid = book.best(Side.SELL) or PRICE_ONE_PIPS, book.best(Side.BUY) or 0
        reached = {
            key: order
            for key, order in resting.items()
            if (order.spec.price_pips >= ask if order.spec.side is Side.BUY else order.spec.price_pips <= bid)
        }
        for side in (Side.BUY, Side.SELL) if reached else ():
            for order in by_priority(reached, side):
                for lens in HARSH_FIRST:
                    fills += self._meet(lens, order)
        return fills

    def _meet(self, lens: int, order: PaperOrder) -> list[PaperFill]:
        spec = order.spec
        opposite = spec.side.opposite
        shares = 0
        for price in inward(self.books[spec.token].sides[opposite], opposite):
            through = price < spec.price_pips if spec.side is Side.BUY else price > spec.price_pips
            if not reaches(spec.side, spec.price_pips, price) or (lens == THROUGH and not through):
                break
            met = min(self.available(lens, spec.token, opposite, price), order.remaining[lens] - shares)
            if met:
                shares += met
                self._owe(lens, (spec.token, opposite, price), met)
        return [fill_maker(order, lens, shares, inferred=False)] if shares else []

    def _owe(self, lens: int, key: Key, shares: SharesMicro) -> None:
        self._set_debt(lens, key, self._debts[lens].get(key, 0) + shares)

    def _met_by_trade(self, token: TokenId, price: Pips, side: Side) -> list[tuple[int, int, PaperOrder]]:
        """(− how far its limit is beyond the trade's price, arrival, order): sorted, best price first, then oldest, on both tokens alike."""
        resting = self._resting[token]
        if not resting or self.books[token].blind:
            return []
        return [
            (-abs(order.spec.price_pips - price), order.number, order)
            for order in resting.values()
            if order.spec.side is side and reaches(side, order.spec.price_pips, price)
        ]

    def _eat(self, met: list[tuple[int, int, PaperOrder]], event: Traded) -> list[PaperFill]:
        """Hand a trade's size out: under the queue lens first to what stood before us, and that once, not once for each of our orders."""
        fills: list[PaperFill] = []
        left = [event.shares_micro] * len(LENSES)
        eaten = 0
        for distance, _, order in met:
            if not distance:
                # What the book has shown as gone a moment ago is the same trade, seen twice: it is eaten first.
                before = max(0, order.ahead + order.just_capped(event.exchange_ns) - eaten)
                bite = min(before, left[QUEUE])
                order.ahead = min(order.ahead, before - bite)
                order.capped = before - bite - order.ahead
                left[QUEUE] -= bite
                eaten += bite
            for lens in range(len(LENSES)):
                shares = min(left[lens], order.remaining[lens])
                if shares and (distance or lens != THROUGH):
                    left[lens] -= shares
                    fills.append(fill_maker(order, lens, shares, inferred=event.inferred))
        return fills

    def _take(self, order: PaperOrder) -> list[PaperFill]:
        fills: list[PaperFill] = []
        spec = order.spec
        for lens in HARSH_FIRST:
            steps: list[tuple[Pips, SharesMicro]] = []
            left = self._walk(lens, spec, order.remaining[lens], steps)
            if left and spec.lifetime is Lifetime.FOK:
                continue
            order.remaining[lens] = left
            for price, shares in steps:
                self._owe(lens, (spec.token, spec.side.opposite, price), shares)
                fills.append(
                    PaperFill(
                        lens=lens,
                        order_id=order.order_id,
                        token=spec.token,
                        side=spec.side,
                        price_pips=price,
                        shares_micro=shares,
                        cash_micro=cash_for(spec.side, shares, price),
                        fee_micro=self._fees[spec.token].fee_cash_micro(shares, price),
                        is_maker=False,
                        inferred=False,
                    )
                )
        return fills

    def _walk(self, lens: int, spec: OrderSpec, remaining: int, steps: list[tuple[Pips, SharesMicro]]) -> int:
        """Walk the opposite side up to the limit, noting (price, shares). Returns what remains, in the order's own unit."""
        book = self.books[spec.token]
        opposite = spec.side.opposite
        if book.blind:
            return remaining
        for price in inward(book.sides[opposite], opposite):
            if not remaining or not reaches(spec.side, spec.price_pips, price):
                break
            wanted = shares_for_cash_micro(remaining, price) if spec.is_in_cash else remaining
            shares = min(wanted, self.available(lens, spec.token, opposite, price))
            if shares:
                steps.append((price, shares))
                remaining -= cost_cash_micro(shares, price) if spec.is_in_cash else shares
                if spec.is_in_cash and shares == wanted:
                    break
        return remaining
