"""Intentionally wrong handling of bundles and sets, one mistake each, as small changes of the right engine: what the auditor must catch too."""

import msgspec

from oms.decide import Decided
from oms.engine import Engine
from oms.state import EngineSettings
from oms.values.bundles import Transfer, TransferKind
from oms.values.commands import AskTransfer, BundleEnded, Command, Convert, Merge, Split
from oms.values.events import Event, Restarted, SetsChanged
from oms.values.units import Nanos


class ForgetsBundles(Engine):
    """A bundle that was half done when the process died is nobody's any more."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """Begin without them."""
        super().apply(event, at_ns)
        if isinstance(event, Restarted):
            self.state.bundles.in_flight.clear()


class AsksTwice(Engine):
    """No answer to a split, a merge or a conversion: once more, instead of a question."""

    def decide(self, at_ns: Nanos) -> Decided:
        """As ever, with deeds for questions."""
        decided = super().decide(at_ns)
        return msgspec.structs.replace(decided, commands=tuple([self._deed(one, at_ns) for one in decided.commands]), decisions=())

    def _deed(self, command: Command, at_ns: Nanos) -> Command:
        if not isinstance(command, AskTransfer):
            return command
        bundle_id = command.command_id.rpartition("/")[0]
        run = self.state.bundles.in_flight[bundle_id]
        transfer = run.transfers[command.command_id].transfer
        return self.deed(self.name_for(command.command_id, bundle_id, transfer, at_ns), transfer)

    def name_for(self, command_id: str, _bundle_id: str, _transfer: Transfer, _at_ns: Nanos) -> str:
        """What it is called the second time."""
        return command_id

    def deed(self, command_id: str, transfer: Transfer) -> Command:
        """The same once more."""
        market_id, shares = transfer.market_ids[0], transfer.shares_micro
        if transfer.kind is TransferKind.SPLIT:
            return Split(command_id=command_id, market_id=market_id, shares_micro=shares)
        if transfer.kind is TransferKind.MERGE:
            return Merge(command_id=command_id, market_id=market_id, shares_micro=shares)
        event_id = self.state.desks[market_id].market.event_id
        return Convert(command_id=command_id, event_id=event_id, market_ids=transfer.market_ids, shares_micro=shares)


class AsksTwiceUnderANewName(AsksTwice):
    """The same, as a new wish: nobody can know that it is the old one."""

    def name_for(self, _command_id: str, bundle_id: str, transfer: Transfer, at_ns: Nanos) -> str:
        """The next name."""
        new_id = f"{bundle_id}/t{len(self.state.bundles.in_flight[bundle_id].transfers) + 1}"
        self.state.bundles.asked(bundle_id, new_id, transfer, at_ns)
        return new_id


class TakesSilenceForRefusal(Engine):
    """No answer in time means that nothing was moved."""

    def decide(self, at_ns: Nanos) -> Decided:
        """As ever, and give up what was not answered."""
        decided = super().decide(at_ns)
        for command in decided.commands:
            if isinstance(command, AskTransfer):
                self.state.ledger.void(command.command_id)
                self.state.bundles.refused(command.command_id, "no answer")
        return decided


class CountsSetsTwice(Engine):
    """Sets that are told of twice were made twice."""

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        self._told: dict[str, None] = {}

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """A word told again is another word."""
        if isinstance(event, SetsChanged):
            if event.command_id in self._told:
                event = msgspec.structs.replace(event, command_id=f"{event.command_id} again")
            self._told[event.command_id] = None
        super().apply(event, at_ns)


class KnowsNoBound(Engine):
    """What a bundle may cost is not looked at."""

    def __init__(self, settings: EngineSettings) -> None:
        limits = msgspec.structs.replace(settings.limits, bundle_loss_max_micro=10**15)
        super().__init__(msgspec.structs.replace(settings, limits=limits))


class BelievesTheProof(Engine):
    """A bundle that is over left what was promised of it, whatever came of its legs."""

    def decide(self, at_ns: Nanos) -> Decided:
        """As ever, with better news."""
        promised = {run.bundle_id: run.bundle.worst_micro for run in self.state.bundles.in_flight.values()}
        decided = super().decide(at_ns)
        told = [
            msgspec.structs.replace(one, result_micro=promised.get(one.bundle_id, one.result_micro)) if isinstance(one, BundleEnded) else one
            for one in decided.commands
        ]
        return msgspec.structs.replace(decided, commands=tuple(told))
