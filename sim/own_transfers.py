"""Splits, merges and conversions of our account at the simulated exchange: done once each, told with a statement, and told again when asked."""

from collections.abc import Mapping
from typing import Final

from oms.values import events as e
from oms.values.commands import AskTransfer, Convert, Merge, Prepared, Split
from oms.values.market import Market, MarketId, TokenId
from oms.values.units import NS_PER_SECOND, Nanos, SharesMicro
from sim.exchange import Exchange
from sim.messenger import Messenger
from sim.outcomes import Refusal
from sim.own_account import US, OwnAccount
from sim.payouts import conversion

REMEMBERED_MAX: Final = 1_000
NEVER_ARRIVED: Final = "it never arrived"
LOST_AFTER_NS: Final = 12 * NS_PER_SECOND
"""A transfer of which the venue does not know so long after it was sent will not come any more, and is not taken if it does."""


class OwnTransfers(OwnAccount):
    """What is done with sets for us."""

    def __init__(self, exchange: Exchange, messenger: Messenger) -> None:
        super().__init__(exchange)
        self._messenger = messenger
        self._open_markets: dict[MarketId, Market] = {}
        self._transfers: dict[str, e.SetsChanged | e.Converted | e.TransferRefused] = {}
        """What became of the latest ones."""

    def _change_sets(self, prepared: Prepared, at_ns: Nanos) -> None:
        command = prepared.command
        assert isinstance(command, Split | Merge)
        if command.command_id in self._transfers:
            return
        splitting = isinstance(command, Split)
        move = self.exchange.split if splitting else self.exchange.merge
        if self._refuses(command.command_id, move(US, command.market_id, command.shares_micro), at_ns):
            return
        market = self._open_markets[command.market_id]
        shares = command.shares_micro if splitting else -command.shares_micro
        self._cash -= shares
        fact = e.SetsChanged(market_id=command.market_id, shares_micro=shares, command_id=command.command_id)
        self._tell_moved(fact, {market.yes: shares, market.no: shares}, at_ns)

    def _convert(self, prepared: Prepared, at_ns: Nanos) -> None:
        command = prepared.command
        assert isinstance(command, Convert)
        if command.command_id in self._transfers:
            return
        refusal = self.exchange.convert(US, command.event_id, command.market_ids, command.shares_micro)
        if self._refuses(command.command_id, refusal, at_ns):
            return
        gained = tuple([one for one in self.exchange.events.open_markets(command.event_id) if one not in command.market_ids])
        due = conversion(len(command.market_ids), command.shares_micro, self.exchange.events.fee_bps(command.event_id))
        self._cash += due.cash_micro
        fact = e.Converted(
            event_id=command.event_id,
            market_ids=command.market_ids,
            shares_micro=command.shares_micro,
            cash_micro=due.cash_micro,
            yes_market_ids=gained,
            yes_micro=due.yes_micro,
            command_id=command.command_id,
        )
        moved = {self._open_markets[one].no: -command.shares_micro for one in command.market_ids}
        moved |= {self._open_markets[one].yes: due.yes_micro for one in gained}
        self._tell_moved(fact, moved, at_ns)

    def _refuses(self, command_id: str, refusal: Refusal | None, at_ns: Nanos) -> bool:
        """Tell why a transfer was refused, if it was."""
        if refusal is not None:
            self._refuse(command_id, refusal.value, at_ns)
        return refusal is not None

    def _tell_moved(self, fact: e.SetsChanged | e.Converted, moved: Mapping[TokenId, SharesMicro], at_ns: Nanos) -> None:
        self._remember(fact)
        self._messenger.answer(at_ns, fact, self._state(moved))
        self._compare_totals()

    def _refuse(self, command_id: str, why: str, at_ns: Nanos) -> None:
        fact = e.TransferRefused(command_id=command_id, why=why)
        self._remember(fact)
        self._messenger.answer(at_ns, fact)

    def _remember(self, fact: e.SetsChanged | e.Converted | e.TransferRefused) -> None:
        self._transfers[fact.command_id] = fact
        if len(self._transfers) > REMEMBERED_MAX:
            del self._transfers[next(iter(self._transfers))]

    def _answer_transfer(self, prepared: Prepared, at_ns: Nanos) -> None:
        """What became of it; nothing while it may still arrive."""
        command = prepared.command
        assert isinstance(command, AskTransfer)
        fact = self._transfers.get(command.command_id)
        if fact is not None:
            self._messenger.answer(at_ns, fact, None if isinstance(fact, e.TransferRefused) else self._state({}))
        elif at_ns - command.sent_ns > LOST_AFTER_NS:
            self._refuse(command.command_id, NEVER_ARRIVED, at_ns)
