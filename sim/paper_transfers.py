"""Splits, merges and conversions on a paper venue: transactions on a chain, which are done, and told, some seconds after they were asked for.

One is judged when it is carried out, once mined and confirmed, as the contract would then; until then nothing of the account is set aside for it. The
street is the other side. What became of each is remembered, and told again to whoever asks; of one that is under way, or that has not arrived yet,
nothing is said.
"""

from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Final

from oms.values import events as e
from oms.values.commands import AskTransfer, Convert, Merge, Prepared, Split
from oms.values.market import EventGroup, EventId, Market, MarketId, Payout, TokenId
from oms.values.units import Nanos
from sim.conservation import Statement
from sim.messenger import Doors, Messenger
from sim.outcomes import Refusal
from sim.paper_account import PaperAccount
from sim.payouts import conversion
from sim.world import MARKET, World

REMEMBERED_MAX: Final = 20_000
Transfer = Split | Merge | Convert


class PaperTransfers:
    """The doors for what is done with sets."""

    def __init__(
        self, world: World, messenger: Messenger, account: PaperAccount, markets: Mapping[MarketId, Market], paid: Mapping[MarketId, Payout]
    ) -> None:
        """`markets`, `paid`: the venue's own, which grow while it is used."""
        self._world = world
        self._messenger = messenger
        self._account = account
        self._markets = markets
        self._paid = paid
        self.groups: dict[EventId, EventGroup] = {}
        self._under_way: dict[str, Transfer] = {}
        self._told: OrderedDict[str, e.Event] = OrderedDict()
        """What became of each, by its name."""
        self.doors: Doors = {Split: self._begin, Merge: self._begin, Convert: self._begin, AskTransfer: self._answer_about}

    @property
    def under_way(self) -> int:
        """How many are not done yet."""
        return len(self._under_way)

    def list_event(self, group: EventGroup) -> None:
        """Know which markets are outcomes of one event; again with new facts is fine."""
        self.groups[group.event_id] = group

    def _begin(self, prepared: Prepared, at_ns: Nanos) -> None:
        command = prepared.command
        assert isinstance(command, Transfer)
        if command.command_id in self._under_way or command.command_id in self._told:
            return  # the same transaction once more
        self._under_way[command.command_id] = command
        latency = self._messenger.latency
        due_ns = at_ns + latency.draw_ns("mined_ms") + latency.draw_ns("confirmed_ms")
        self._world.at(due_ns, MARKET, partial(self._carry_out, command))

    def _carry_out(self, command: Transfer, at_ns: Nanos) -> None:
        del self._under_way[command.command_id]
        done = self._convert(command) if isinstance(command, Convert) else self._change_sets(command)
        fact = e.TransferRefused(command_id=command.command_id, why=done.value) if isinstance(done, Refusal) else done
        self._told[command.command_id] = fact
        if len(self._told) > REMEMBERED_MAX:
            self._told.popitem(last=False)
        self._tell(fact, at_ns)

    def _change_sets(self, command: Split | Merge) -> e.Event | Refusal:
        market = self._markets.get(command.market_id)
        if command.shares_micro <= 0:
            return Refusal.BAD_SIZE
        if market is None:
            return Refusal.MARKET_UNKNOWN
        if command.market_id in self._paid:
            return Refusal.MARKET_CLOSED
        is_split = isinstance(command, Split)
        sets = command.shares_micro if is_split else -command.shares_micro
        if not self._account.change_sets(market, sets):
            return Refusal.NOT_ENOUGH_CASH if is_split else Refusal.NOT_ENOUGH_SHARES
        return e.SetsChanged(market_id=command.market_id, shares_micro=sets, command_id=command.command_id)

    def _convert(self, command: Convert) -> e.Event | Refusal:
        group = self.groups.get(command.event_id)
        refusal = self._conversion_refusal(command, group)
        if refusal is not None or group is None:
            return refusal or Refusal.EVENT_UNKNOWN
        others = [name for name in group.market_ids if name not in command.market_ids and name in self._markets and name not in self._paid]
        due = conversion(len(command.market_ids), command.shares_micro, group.conversion_fee_bps or 0)
        given = [self._markets[name].no for name in command.market_ids]
        if not self._account.convert(given, command.shares_micro, [self._markets[name].yes for name in others], due):
            return Refusal.NOT_ENOUGH_SHARES
        return e.Converted(
            event_id=command.event_id,
            market_ids=command.market_ids,
            shares_micro=command.shares_micro,
            cash_micro=due.cash_micro,
            yes_market_ids=tuple(others),
            yes_micro=due.yes_micro,
            command_id=command.command_id,
        )

    def _conversion_refusal(self, command: Convert, group: EventGroup | None) -> Refusal | None:
        """What the contract would say no to, in the order in which the built-in exchange does (event_register.py)."""
        names = command.market_ids
        if command.shares_micro <= 0:
            return Refusal.BAD_SIZE
        if group is None:
            return Refusal.EVENT_UNKNOWN
        if max(group.questions, len(group.market_ids)) <= 1 or group.conversion_fee_bps is None:
            return Refusal.NO_CONVERTIBLE_POSITIONS
        if not names or len(dict.fromkeys(names)) < len(names) or any(name not in group.market_ids or name not in self._markets for name in names):
            return Refusal.INVALID_INDEX_SET
        has_winner = any(name in self._paid and self._paid[name].yes_ppm for name in group.market_ids)
        return Refusal.EVENT_DECIDED if has_winner or any(name in self._paid for name in names) else None

    def _answer_about(self, prepared: Prepared, at_ns: Nanos) -> None:
        assert isinstance(prepared.command, AskTransfer)
        fact = self._told.get(prepared.command.command_id)
        if fact is not None:
            self._tell(fact, at_ns)

    def _tell(self, fact: e.Event, at_ns: Nanos) -> None:
        """With what the account holds now: told again, it is compared again."""
        if isinstance(fact, e.TransferRefused):
            self._messenger.answer(at_ns, fact)
            return
        shares = tuple([(token, self._account.held(token)) for token in self._tokens(fact)])
        self._messenger.answer(at_ns, fact, Statement(cash_micro=self._account.cash, shares_micro=shares))

    def _tokens(self, fact: e.Event) -> list[TokenId]:
        """Those that it moved."""
        if isinstance(fact, e.SetsChanged):
            return [self._markets[fact.market_id].yes, self._markets[fact.market_id].no]
        assert isinstance(fact, e.Converted)
        return [self._markets[name].no for name in fact.market_ids] + [self._markets[name].yes for name in fact.yes_market_ids]
