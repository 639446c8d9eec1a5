"""Messages of the market channel become facts of the house: texts turn into integers here, all of a frame or nothing of it.

What it decides: which tokens are ours to speak of (those of the markets it was given), which hash recipe a book follows, what an empty
side looks like. What it does not: whether a book is right (that is the book machine's) and what to do about a bad frame (the stream's).
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from connectors.polymarket import wire
from connectors.polymarket.book_hash import RECIPE_2025_06, RECIPE_2025_10, RECIPE_2026_04
from oms.values.events import BestTold, BookReset, Event, LevelsChanged, MarketResolved, TickChanged, Traded
from oms.values.levels import HashContext, Level
from oms.values.market import PAYOUT_ONE_PPM, Market, Payout, TokenId
from oms.values.units import Pips, micro_text, price_pips_from_text, price_text, size_micro_from_text, tick_pips_from_text


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What the hash of a token's book covers and a stream message does not always repeat."""

    min_order_size: str | None = None
    tick_size: str | None = None
    neg_risk: bool | None = None


class MarketFacts:
    """Turns decoded messages into facts about the markets it was given; tokens of other markets are counted, not read."""

    def __init__(self, markets: Mapping[TokenId, Market]) -> None:
        self.markets: dict[TokenId, Market] = dict(markets)
        self.other_tokens = 0
        """Books, entries and other messages about tokens we were not given."""
        self.not_read: dict[str, int] = {}
        """Messages of types that the house does not use yet, by type."""
        self._tokens: dict[str, TokenId] = {token: token for token in self.markets}
        """One text object a token, so that the dicts further up find its hash ready."""
        self._told: dict[TokenId, _Told] = {}
        self._prices = wire.TextMemo(price_pips_from_text)
        self._sizes = wire.TextMemo(size_micro_from_text)
        """For whole books and the changes of 2025, which repeat four sizes in five; for today's changes a memo costs more than it saves."""
        self._best_bids = wire.TextMemo(wire.best_bid_pips_from_text)
        self._best_asks = wire.TextMemo(wire.best_ask_pips_from_text)

    def add_market(self, market: Market) -> None:
        """Read this market's tokens too from now on."""
        for token in (market.yes, market.no):
            self.markets[token] = market
            self._tokens[token] = token

    def drop_market(self, market: Market) -> None:
        """Read this market's tokens no more: what still comes of them is counted as another's."""
        for token in (market.yes, market.no):
            for known in (self.markets, self._tokens, self._told):
                known.pop(token, None)

    def read(self, told: wire.PriceChanges | list[wire.Message]) -> Sequence[Event]:
        """The facts of one frame, in its order.

        Raises:
            wire.Refusal, BadNumber: some part of the frame is bad; then nothing was taken from any part of it.
        """
        if isinstance(told, wire.PriceChanges):
            return self._levels(told.price_changes, told.timestamp)
        events: list[Event] = []
        for message in told:
            events += self._read_one(message)
        for message in told:
            self._remember(message)
        return events

    def _read_one(self, message: wire.Message) -> Sequence[Event]:
        if isinstance(message, wire.BookMessage | wire.RestBook):
            return self._book(message)
        if isinstance(message, wire.PriceChangeMessage):
            if message.price_changes is None:
                return self._old_levels(message)
            return [replace(fact, hash="") for fact in self._levels(message.price_changes, message.timestamp)]
        if isinstance(message, wire.MarketResolvedMessage):
            return self._resolution(message)
        if isinstance(message, wire.NewMarket):
            return []
        token = self._tokens.get(message.asset_id)
        return [] if token is None else [self._simple(message, token)]

    def _levels(self, changes: list[wire.PriceChange], timestamp: str) -> list[LevelsChanged]:
        """One LevelsChanged a token: levels in the order told, hash and best prices of the token's last entry."""
        exchange_ns = wire.exchange_ns_from_text(timestamp)
        tokens, prices, best_bids, best_asks = self._tokens, self._prices, self._best_bids, self._best_asks
        facts: list[LevelsChanged] = []
        others, size_text, size = 0, "0", 0
        for change in changes:
            token = tokens.get(change.asset_id)
            if token is None:
                others += 1
                continue
            if change.size != size_text:  # the other token's entry repeats it
                size_text = change.size
                size = size_micro_from_text(size_text)
            bid, ask = change.best_bid, change.best_ask
            facts.append(
                LevelsChanged(
                    token=token,
                    levels=((change.side, prices[change.price], size),),
                    exchange_ns=exchange_ns,
                    hash=change.hash,
                    best_bid_pips=None if bid is None else best_bids[bid],
                    best_ask_pips=None if ask is None else best_asks[ask],
                )
            )
        self.other_tokens += others
        return _joined(facts)

    def _old_levels(self, message: wire.PriceChangeMessage) -> list[LevelsChanged]:
        """The one-asset shape. Its hash follows no known recipe (measured on the recordings of 2025), so it is no evidence of anything."""
        changes = message.changes
        if changes is None or not message.asset_id:
            raise wire.Refusal("wrong_shape", "a price_change holds neither price_changes nor asset_id with changes")
        exchange_ns = wire.exchange_ns_from_text(message.timestamp)
        token = self._tokens.get(message.asset_id)
        if token is None:
            self.other_tokens += len(changes)
            return []
        prices, sizes = self._prices, self._sizes
        levels = tuple([(change.side, prices[change.price], sizes[change.size]) for change in changes])
        return [LevelsChanged(token=token, levels=levels, exchange_ns=exchange_ns)] if levels else []

    def _book(self, book: wire.BookMessage | wire.RestBook) -> list[Event]:
        token = self._tokens.get(book.asset_id)
        if token is None:
            return []
        return [
            BookReset(
                token=token,
                bids=self._side(book.bids, "bids"),
                asks=self._side(book.asks, "asks"),
                exchange_ns=wire.exchange_ns_from_text(book.timestamp),
                hash=book.hash,
                context=self._hash_context(book, token),
                tick_pips=None if book.tick_size is None else tick_pips_from_text(book.tick_size),
                from_rest=isinstance(book, wire.RestBook),
            )
        ]

    def _side(self, rungs: list[wire.BookLevel], name: str) -> tuple[Level, ...]:
        prices, sizes = self._prices, self._sizes
        levels = [(prices[rung.price], sizes[rung.size]) for rung in rungs]
        if len(dict(levels)) != len(levels):
            twice = _first_repeated([price for price, _ in levels])
            raise wire.Refusal("duplicate_level", f"{name} name the price {price_text(twice)} twice in one book")
        return tuple(levels)

    def _hash_context(self, book: wire.BookMessage | wire.RestBook, token: TokenId) -> HashContext | None:
        """What this book's hash covers, or None when the message names no market or no hash.

        The recipe follows from what is told: mid-2025 messages tell neither minimum nor tick; last_trade_price came in 2026. A stream
        message never tells min_order_size and neg_risk: they come from the last REST book of the token, else from its Market.
        """
        if not book.hash or not book.market:
            return None
        told = _merged(book, self._told.get(token))
        if told.min_order_size is None and told.tick_size is None:
            return HashContext(recipe=RECIPE_2025_06, market=book.market)
        market = self.markets[token]
        last = book.last_trade_price
        return HashContext(
            recipe=RECIPE_2025_10 if last is None else RECIPE_2026_04,
            market=book.market,
            min_order_size=micro_text(market.min_shares_micro) if told.min_order_size is None else told.min_order_size,
            tick_size=price_text(market.tick_pips) if told.tick_size is None else told.tick_size,
            neg_risk=market.neg_risk if told.neg_risk is None else told.neg_risk,
            last_trade_price=last or "",
        )

    def _simple(self, message: wire.LastTradePrice | wire.TickSizeChange | wire.BestBidAsk, token: TokenId) -> Event:
        """The messages that are one fact about one token."""
        exchange_ns = wire.exchange_ns_from_text(message.timestamp)
        if isinstance(message, wire.TickSizeChange):
            return TickChanged(token=token, tick_pips=tick_pips_from_text(message.new_tick_size), exchange_ns=exchange_ns)
        if isinstance(message, wire.BestBidAsk):
            bid, ask = self._best_bids[message.best_bid], self._best_asks[message.best_ask]
            return BestTold(token=token, best_bid_pips=bid, best_ask_pips=ask, exchange_ns=exchange_ns)
        return Traded(
            token=token,
            price_pips=self._prices[message.price],
            shares_micro=self._sizes[message.size],
            taker_side=message.side,
            exchange_ns=exchange_ns,
            price_text=message.price,
        )

    def _resolution(self, message: wire.MarketResolvedMessage) -> list[Event]:
        market = self._named_market(message)
        if market is None:
            return []
        if message.winning_asset_id not in (market.yes, market.no):
            raise wire.Refusal("unknown_winner", f"winner {message.winning_asset_id[:80]!r} is no token of market {market.market_id}")
        yes_ppm = PAYOUT_ONE_PPM if message.winning_asset_id == market.yes else 0
        return [MarketResolved(market_id=market.market_id, payout=Payout(yes_ppm=yes_ppm, no_ppm=PAYOUT_ONE_PPM - yes_ppm))]

    def _named_market(self, message: wire.MarketResolvedMessage) -> Market | None:
        for token in (message.winning_asset_id, *message.assets_ids):
            if token in self.markets:
                return self.markets[token]
        return next((market for market in self.markets.values() if market.market_id == message.market), None)

    def _remember(self, message: wire.Message) -> None:
        """Count and keep what a whole frame that was read has taught."""
        if isinstance(message, wire.NewMarket):
            self.not_read["new_market"] = self.not_read.get("new_market", 0) + 1
        elif isinstance(message, wire.MarketResolvedMessage):
            self.other_tokens += self._named_market(message) is None
        elif isinstance(message, wire.PriceChangeMessage):
            pass  # Its entries were counted one by one.
        elif message.asset_id not in self._tokens:
            self.other_tokens += 1
        elif isinstance(message, wire.BookMessage | wire.RestBook):
            self._told[message.asset_id] = _merged(message, self._told.get(message.asset_id))
        elif isinstance(message, wire.TickSizeChange):
            known = self._told.get(message.asset_id, _Told())
            self._told[message.asset_id] = _Told(known.min_order_size, message.new_tick_size, known.neg_risk)

    def concerned(self, frame: bytes) -> tuple[TokenId, ...]:
        """Tokens whose books a refused frame may have been about.

        A frame is about the markets it names, and both tokens of a market are concerned when one is. A frame that names nobody we can
        read is about everybody. Types without levels, and unknown types that name none of ours, are about nobody's book.
        """
        rows = wire.rows_of(frame)
        if rows is None:
            return tuple(self.markets)
        named: set[str] = set()
        for row in rows:
            names = _names(row)
            if names is None:
                return tuple(self.markets)
            named.update(names)
        return tuple(token for token, market in self.markets.items() if not named.isdisjoint((market.market_id, market.yes, market.no)))


def _joined(facts: list[LevelsChanged]) -> list[LevelsChanged]:
    """The facts of a frame's entries as one a token. Most frames hold one change of a market, an entry for each token: nothing to join."""
    if len(facts) < 2 or (len(facts) == 2 and facts[0].token is not facts[1].token):
        return facts
    of_token: dict[TokenId, list[LevelsChanged]] = {}
    for fact in facts:
        of_token.setdefault(fact.token, []).append(fact)
    return [replace(its[-1], levels=tuple([level for fact in its for level in fact.levels])) for its in of_token.values()]


def _first_repeated(prices: list[Pips]) -> Pips:
    """The first price that was there before; one must be."""
    seen: set[Pips] = set()
    for price in prices:
        if price in seen:
            break
        seen.add(price)
    return price


def _merged(book: wire.BookMessage | wire.RestBook, before: _Told | None) -> _Told:
    """What a book tells, with what an earlier one told where it is silent."""
    if before is None:
        return _Told(book.min_order_size, book.tick_size, book.neg_risk)
    return _Told(
        before.min_order_size if book.min_order_size is None else book.min_order_size,
        before.tick_size if book.tick_size is None else book.tick_size,
        before.neg_risk if book.neg_risk is None else book.neg_risk,
    )


def _names(row: object) -> list[str] | None:
    """Market and tokens that one message of a refused frame names; [] when no book can be meant, None when that cannot be told."""
    if not isinstance(row, dict):
        return None
    kind = row.get("event_type", "book")
    if not isinstance(kind, str):
        return None
    if kind in wire.LEVELS_FREE:
        return []
    entries = row.get("price_changes")
    rows = [row, *(entry for entry in entries if isinstance(entry, dict))] if isinstance(entries, list) else [row]
    names = [name for part in rows for name in (part.get("market"), part.get("asset_id")) if isinstance(name, str)]
    return names if names or kind not in wire.TYPES else None
