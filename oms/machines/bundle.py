"""Bundles in flight: which orders and transfers are one trade, and what became of them. What to do next is said in bundle_steps.py.

A run knows its orders by id and its transfers by command id; what was filled is asked of the blotter, so that a fill has one home. Everything
here follows from commands and facts, so a journal that is folded leaves the same bundles half done, and they are gone on with.
"""

from collections import Counter
from typing import Final

import msgspec

from oms.values.bundles import Bundle, BundleEnd, Transfer
from oms.values.market import EventId, TokenId
from oms.values.orders import Lifetime, OrderId
from oms.values.units import CashMicro, Nanos, SharesMicro

KEPT_MAX: Final = 200
"""Bundles that ended and are remembered for people."""


class Asked(msgspec.Struct):
    """A transfer that was asked for."""

    transfer: Transfer
    at_ns: Nanos
    is_done: bool = False
    moved: tuple[tuple[TokenId, int], ...] = ()
    """Shares that it brought, or took."""
    cash_micro: CashMicro = 0
    refused: str = ""
    """Why the venue did not do it; empty: it did, or nothing is known yet."""

    @property
    def is_open(self) -> bool:
        """Nobody has told us what became of it."""
        return not (self.is_done or self.refused)


class Run:
    """One bundle from its first order to its end."""

    __slots__ = (
        *("bundle", "bundle_id", "is_settling", "kept", "mend_until_ns", "opened_ns", "orders", "rests_until_ns", "rounds", "strategy", "transfers"),
    )

    def __init__(self, bundle_id: str, strategy: str, bundle: Bundle, at_ns: Nanos) -> None:
        self.bundle_id = bundle_id
        self.strategy = strategy
        self.bundle = bundle
        self.opened_ns = at_ns
        self.orders: dict[OrderId, int] = {}
        """Its orders → the round in which each was sent: 1 the legs (or the leading one), later ones the others, chases and unwindings."""
        self.rounds = 0
        self.transfers: dict[str, Asked] = {}
        """By command id, in the order in which they were asked for."""
        self.kept: dict[TokenId, SharesMicro] = {}
        """What is set aside for it in the inventory."""
        self.is_settling = False
        """Nothing is missing of it; only its trades have to become final."""
        self.mend_until_ns: Nanos | None = None
        """What does not fit by then is held as it is; None: nothing had to be mended yet."""
        self.rests_until_ns: Nanos = 0
        """The gate let nothing of the last unwinding pass: the next is not tried before."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle that is over."""

    bundle_id: str
    strategy: str
    bundle: Bundle
    opened_ns: Nanos
    ended_ns: Nanos
    end: BundleEnd
    result_micro: CashMicro
    why: str


class Bundles:
    """All of them."""

    def __init__(self) -> None:
        self.in_flight: dict[str, Run] = {}
        self.count = 0
        """Ever opened."""
        self.ends: Counter[BundleEnd] = Counter()
        self.results: Counter[BundleEnd] = Counter()
        """What those of each end left at least, in sum."""
        self.legs: dict[Lifetime, list[int]] = {lifetime: [0, 0, 0] for lifetime in Lifetime}
        """Of bundles that ended: [orders, filled whole, filled in part]."""
        self.result_micro: CashMicro = 0
        """What those that ended left at least, in sum."""
        self.worst_micro: CashMicro = 0
        """The worst of these results."""
        self.latest: list[Ended] = []
        self.rests_until_ns: dict[EventId, Nanos] = {}
        """Events in which a bundle did not come off: no new one before."""
        self._by_transfer: dict[str, Run] = {}

    def open(self, bundle_id: str, strategy: str, bundle: Bundle, at_ns: Nanos) -> Run:
        """A bundle begins."""
        assert bundle_id not in self.in_flight, f"bundle {bundle_id} is opened twice"
        run = self.in_flight[bundle_id] = Run(bundle_id, strategy, bundle, at_ns)
        self.count += 1
        return run

    def begin_round(self, bundle_id: str) -> None:
        """Orders of it are about to leave together."""
        self.in_flight[bundle_id].rounds += 1

    def placed(self, bundle_id: str, order_id: OrderId) -> None:
        """An order of this round."""
        run = self.in_flight[bundle_id]
        run.orders[order_id] = run.rounds

    def replaced(self, name: str, order_id: OrderId) -> bool:
        """The same from a journal, where `name` is the bundle's id and the round: 7-b1/2. False: it belongs to no bundle in flight."""
        bundle_id, _, number = name.rpartition("/")
        run = self.in_flight.get(bundle_id)
        if run is None or not number.isdecimal():
            return False
        run.rounds = int(number)
        run.orders[order_id] = run.rounds
        return True

    def asked(self, bundle_id: str, command_id: str, transfer: Transfer, at_ns: Nanos) -> None:
        """A transfer of it was asked for."""
        run = self.in_flight[bundle_id]
        run.transfers[command_id] = Asked(transfer, at_ns)
        self._by_transfer[command_id] = run

    def transferred(self, command_id: str, moved: tuple[tuple[TokenId, int], ...], cash_micro: CashMicro) -> None:
        """A transfer was carried out, and moved so much; one that is no bundle's is passed over."""
        run = self._by_transfer.get(command_id)
        if run is not None:
            asked = run.transfers[command_id]
            asked.is_done, asked.refused, asked.moved, asked.cash_micro = True, "", moved, cash_micro

    def refused(self, command_id: str, why: str) -> None:
        """A transfer will not be carried out."""
        run = self._by_transfer.get(command_id)
        if run is not None and not run.transfers[command_id].is_done:
            run.transfers[command_id].refused = why or "no reason given"

    def is_open(self, command_id: str) -> bool:
        """Is it still unknown what became of this transfer?"""
        run = self._by_transfer.get(command_id)
        return run is not None and run.transfers[command_id].is_open

    def asked_ns(self, command_id: str) -> Nanos:
        """When this transfer was asked for. Raises KeyError: it is no bundle's."""
        return self._by_transfer[command_id].transfers[command_id].at_ns

    def open_transfers(self) -> list[str]:
        """Those of which it is still unknown what became."""
        return [command_id for command_id in self._by_transfer if self.is_open(command_id)]

    def end(self, bundle_id: str, end: BundleEnd, result_micro: CashMicro, why: str, at_ns: Nanos) -> Run:
        """Nothing more will be done for it."""
        run = self.in_flight.pop(bundle_id)
        for command_id in run.transfers:
            del self._by_transfer[command_id]
        self.ends[end] += 1
        self.results[end] += result_micro
        self.result_micro += result_micro
        self.worst_micro = min(self.worst_micro, result_micro)
        self.latest.append(
            Ended(
                bundle_id=bundle_id,
                strategy=run.strategy,
                bundle=run.bundle,
                opened_ns=run.opened_ns,
                ended_ns=at_ns,
                end=end,
                result_micro=result_micro,
                why=why,
            )
        )
        if len(self.latest) > KEPT_MAX:
            del self.latest[0]
        return run
