"""Two sets of books, compared: the venue's clearing and our ledger, account by account (ruling 0.8).

Whenever the venue tells us something that moved money, it writes down, on the side, what our account held right after (a Statement). When our
side has applied that fact, the ledger must hold exactly the same; facts travel in order, so this is exact in the middle of everything. Every
`FULL_EVERY` facts both sides recount themselves in full, and at the end, when nothing is on its way, what is frozen must agree too.
"""

from collections import deque
from typing import Final, Protocol

import msgspec

from oms.machines.ledger import CASH
from oms.state import State
from oms.values.events import Converted, Deposited, Event, Filled, MarketResolved, SetsChanged, SettlementMoved, SettlementStage
from oms.values.market import TokenId
from oms.values.units import CashMicro, Nanos, SharesMicro

FULL_EVERY: Final = 1_000


class Statement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the venue held for us right after it moved money."""

    cash_micro: CashMicro
    shares_micro: tuple[tuple[TokenId, SharesMicro], ...]
    """The tokens that moved."""


class Books(Protocol):
    """What a venue shows the auditor."""

    @property
    def statements(self) -> deque[Statement]:
        """One for each fact told that moved our money, in the order told."""
        ...

    def audit(self) -> str:
        """Recount the venue's side; empty when all is well."""
        ...

    def held(self, asset: str) -> int:
        """What the venue has for us: "cash" or a token, frozen or not."""
        ...

    def frozen(self, asset: str) -> int:
        """What the venue has set aside for our orders."""
        ...


class Conservation:
    """Watches a run. `violation` is the first one in words; empty while all is well."""

    def __init__(self, state: State, books: Books) -> None:
        self._state = state
        self._books = books
        self._since_full = 0
        self.violation = ""
        self.statements_compared = 0
        self.full_recounts = 0

    def watch(self, event: Event, at_ns: Nanos) -> None:
        """Called after each applied fact."""
        if _moves_money(event) and not self.violation:
            self._compare(event, at_ns)
        self._since_full += 1
        if self._since_full >= FULL_EVERY:
            self._since_full = 0
            self.recount()

    def recount(self) -> None:
        """Both sides in full, and the inventory against the ledger."""
        self.full_recounts += 1
        found = self._state.ledger.audit() or self._books.audit() or self._inventory_differs()
        if found and not self.violation:
            self.violation = found

    def finish(self) -> str:
        """After the last turn, with nothing on its way: everything once more, what is held and what is frozen."""
        self.recount()
        if not self.violation and self._books.statements:
            self.violation = f"{len(self._books.statements)} movements of money were never told to us"
        if not self.violation:
            self.violation = self._ends_differ()
        return self.violation

    def _compare(self, event: Event, at_ns: Nanos) -> None:
        if not self._books.statements:
            self.violation = f"at {at_ns}: {type(event).__name__} moved money that the venue did not move"
            return
        statement = self._books.statements.popleft()
        self.statements_compared += 1
        ledger = self._state.ledger
        if ledger.total(CASH) != statement.cash_micro:
            self.violation = f"at {at_ns}: after {type(event).__name__} we hold {ledger.total(CASH)} cash, the venue says {statement.cash_micro}"
            return
        for token, shares in statement.shares_micro:
            if ledger.total(token) != shares:
                self.violation = f"at {at_ns}: after {type(event).__name__} we hold {ledger.total(token)} of {token[:24]}, the venue says {shares}"

    def _inventory_differs(self) -> str:
        inventory, ledger = self._state.inventory, self._state.ledger
        for market in inventory.markets():
            for token in (market.yes, market.no):
                if inventory.held(token) != ledger.total(token):
                    return f"token {token[:24]}: inventory says {inventory.held(token)}, ledger {ledger.total(token)}"
        return ""

    def _ends_differ(self) -> str:
        ledger, books = self._state.ledger, self._books
        tokens = [token for market in self._state.inventory.markets() for token in (market.yes, market.no)]
        for asset in (CASH, *tokens):
            if ledger.total(asset) != books.held(asset):
                return f"{asset[:24]}: in the end we hold {ledger.total(asset)}, the venue says {books.held(asset)}"
            if ledger.pending(asset) != books.frozen(asset):
                return f"{asset[:24]}: we have {ledger.pending(asset)} reserved for orders, the venue {books.frozen(asset)}"
        return ""


def _moves_money(event: Event) -> bool:
    if isinstance(event, (Filled, MarketResolved, SetsChanged, Converted, Deposited)):
        return True
    return isinstance(event, SettlementMoved) and event.stage is SettlementStage.FAILED
