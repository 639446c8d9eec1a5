"""What the world told about markets: books, listings, the end of trading. Nothing here moves an order or money."""

from collections.abc import Callable
from typing import Any

from oms.forgetting import forget_over
from oms.machines.quoting import in_yes_terms
from oms.state import State
from oms.values import events as e
from oms.values.snapshot import Doubt
from oms.values.units import PRICE_ONE_PIPS, Nanos


class MarketFacts:
    """Takes in facts about markets. A fact about a token or a market that was never listed is passed over: streams tell of more than we watch."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._by_token = state.by_token
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.LevelsChanged: self._levels_changed,
            e.BookReset: self._book_reset,
            e.Traded: self._traded,
            e.BestTold: self._best_told,
            e.TickChanged: self._tick_changed,
            e.LiquidityTaken: self._liquidity_taken,
            e.MarketListed: self._market_listed,
            e.EventListed: self._event_listed,
            e.MarketClosed: self._market_closed,
            e.ContinuityLost: self._continuity_lost,
            e.BooksConfirmed: self._books_confirmed,
        }

    def _levels_changed(self, event: e.LevelsChanged, at_ns: Nanos) -> None:
        entry = self._by_token.get(event.token)
        if entry is not None:
            desk, book = entry
            desk.mirror.before(event.exchange_ns)
            book.change(event, at_ns)
            if not desk.dirty:  # asked here, because nine facts in ten come this way: 0.05 µs of 1
                self.state.touch(desk)

    def _book_reset(self, event: e.BookReset, at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            desk, book = entry
            desk.mirror.before(event.exchange_ns)
            if book.reset(event, at_ns):
                self.state.touch(desk)
                self.state.listen(at_ns)

    def _traded(self, event: e.Traded, at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            desk, book = entry
            book.traded(event, at_ns)
            if event.price_text:
                # Inside a hash the last price is the market's: in YES terms on both books, with three decimals (polymarket.md §5, §6.3).
                yes_pips = event.price_pips if book is desk.yes else PRICE_ONE_PIPS - event.price_pips
                text = f"{yes_pips // PRICE_ONE_PIPS}.{yes_pips % PRICE_ONE_PIPS:04d}".removesuffix("0")
                desk.yes.last_price_may_be(text)
                desk.no.last_price_may_be(text)
            self.state.touch(desk)

    def _best_told(self, event: e.BestTold, at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            entry[1].told_best(event, at_ns)
            self.state.touch(entry[0])

    def _tick_changed(self, event: e.TickChanged, _at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            entry[1].change_tick(event)
            self.state.soil(entry[0])

    def _liquidity_taken(self, event: e.LiquidityTaken, _at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is None:
            return
        desk = entry[0]
        key = in_yes_terms(event.token, event.side, event.price_pips, desk.market.yes)
        if event.debt_micro:
            desk.debts[key] = event.debt_micro
        else:
            desk.debts.pop(key, None)
        self.state.soil(desk)

    def _market_listed(self, event: e.MarketListed, _at_ns: Nanos) -> None:
        state, market = self.state, event.market
        if market.market_id in state.past:
            return  # over and forgotten: a venue may tell of what was
        desk = state.desks.get(market.market_id)
        for token, twin in ((market.yes, "yes"), (market.no, "no")):
            owner = state.by_token.get(token)
            if (desk is not None and getattr(desk.market, twin) != token) or (owner is not None and owner[0] is not desk):
                state.alert("contradictory listing", f"market {market.market_id} is listed with other tokens than before; that listing is not taken")
                return
        state.soil(state.list_market(market))

    def _event_listed(self, event: e.EventListed, _at_ns: Nanos) -> None:
        state, group = self.state, event.group
        for market_id in group.market_ids:
            desk = state.desks.get(market_id)
            if desk is not None and desk.market.event_id != group.event_id:
                text = f"event {group.event_id} claims market {market_id}, which was listed as of another event; that word is not taken"
                state.alert("contradictory listing", text)
                return
        state.list_event(group)

    def _market_closed(self, event: e.MarketClosed, _at_ns: Nanos) -> None:
        desk = self.state.desks.get(event.market_id)
        if desk is not None:
            self.state.close(desk)
            self.state.soil(desk)
            forget_over(self.state)

    def _continuity_lost(self, event: e.ContinuityLost, _at_ns: Nanos) -> None:
        for token in event.tokens:
            entry = self.state.by_token.get(token)
            if entry is not None:
                entry[1].doubt(Doubt.CONTINUITY)
                self.state.soil(entry[0])

    def _books_confirmed(self, event: e.BooksConfirmed, at_ns: Nanos) -> None:
        """Younger than before, and perhaps young enough for a strategy that would not look at them: it is asked again."""
        for token in event.tokens:
            entry = self.state.by_token.get(token)
            if entry is not None and entry[1].confirm(min(event.asked_ns, at_ns)):
                self.state.soil(entry[0])
