"""The clearing's books of exclusive events: what a conversion moves, and which cash stands behind what it made.

A conversion of `a` NO shares of k of an event's markets burns them, and makes a YES share of each other market, without a NO beside it. The k·a that
were locked for the burnt shares become (k − 1)·a of free cash and `a` in the event's pot. So there is exactly, after everything that may happen:

    NO outstanding = locked, market by market;  YES outstanding = locked + what was converted since the market joined;
    pot = all that was converted, until the winner is paid; then nothing.

If market w wins, its YES and the NO of the others are due: what all have locked, and what was converted since w joined. Locked and pot together are
that much, and beyond it only what was converted before w joined, which is the venue's, as it is when nobody wins (the dust account).
"""

from collections.abc import Sequence

from oms.values.market import EventId, MarketId
from oms.values.units import CashMicro, SharesMicro
from sim.accounts import Account, EventPot, LockedSets
from sim.books import FEES, Books
from sim.payouts import Conversion, conversion


class EventBooks(Books):
    """Joining an event, converting in it, and leaving it at a market's end."""

    def open_event(self, event_id: EventId, fee_bps: int) -> None:
        """Make the pot of an event, which has no markets yet."""
        self.pots[event_id] = EventPot(event_id, fee_bps)

    def join_event(self, event_id: EventId, market_id: MarketId) -> None:
        """From now on the market is one of the event's: conversions make YES of it too."""
        pot, sets = self.pots[event_id], self.sets[market_id]
        pot.members[market_id] = sets
        sets.pot, sets.joined_micro = pot, pot.converted_micro

    def convert(self, name: str, event_id: EventId, market_ids: Sequence[MarketId], shares_micro: SharesMicro) -> bool:
        """NO shares of these markets become cash and YES shares of the event's others. False: not that many of each are free.

        Raises KeyError: no such account or event, or a market that is not its, or paid out. YES of a market that is paid out is not made any more.
        """
        account, pot = self.accounts[name], self.pots[event_id]
        given = [pot.members[market_id] for market_id in market_ids]
        assert not pot.is_decided, "nothing is converted when the winner has been paid"
        held = [account.tokens.get(sets.no) for sets in given]
        if not all(holding is not None and holding.available >= shares_micro for holding in held):
            return False
        due = conversion(len(given), shares_micro, pot.fee_bps)
        cost = self._burn(account, given, shares_micro)
        pot.converted_micro += shares_micro
        self._fill(pot, shares_micro)
        for receiver, cash in ((account, due.cash_micro), (self.accounts[FEES], due.fee_cash_micro)):
            receiver.cash.available += cash
            self.cash_held_micro += cash
        self._make(account, [sets for sets in pot.members.values() if sets not in given], due, max(0, cost - due.cash_micro))
        return True

    def _burn(self, account: Account, given: Sequence[LockedSets], shares_micro: SharesMicro) -> CashMicro:
        """Take the NO shares away, and what is locked for them. Returns what they had cost."""
        total = 0
        for sets in given:
            holding = account.tokens[sets.no]
            cost = holding.cost_of(shares_micro)
            holding.cost_micro -= cost
            holding.available -= shares_micro
            self.shares_held_micro[sets.no] -= shares_micro
            self._lock(sets, -shares_micro)
            total += cost
        return total

    def _make(self, account: Account, others: Sequence[LockedSets], due: Conversion, cost_micro: CashMicro) -> None:
        """New YES shares for the account and the venue. They cost what the NO had cost beyond the cash that came; an odd rest is the first's."""
        each, odd = divmod(cost_micro, len(others)) if others else (0, 0)
        for sets in others:
            holding = account.holding(sets.yes)
            holding.cost_micro += each + odd
            odd = 0
            for receiver, shares in ((account, due.yes_micro), (self.accounts[FEES], due.fee_yes_micro)):
                if shares:
                    receiver.holding(sets.yes).available += shares
                    self.shares_held_micro[sets.yes] += shares

    def _leave_event(self, sets: LockedSets, *, is_winner: bool) -> None:
        """A market is about to be paid out. The winner takes the pot with it; if nobody wins, the last market does, and its dust it will be."""
        pot = sets.pot
        if pot is None:
            return
        del pot.members[sets.market_id]
        sets.pot = None
        if is_winner or not pot.members:
            sets.locked_micro += pot.pot_micro
            pot.pot_micro = 0
            pot.is_decided = True
        if not pot.members:
            del self.pots[pot.event_id]

    def _fill(self, pot: EventPot, cash_micro: CashMicro) -> None:
        pot.pot_micro += cash_micro
        self.locked_micro += cash_micro
