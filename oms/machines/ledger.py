"""Double entry: pending, post, void, reverse. Nothing appears, nothing leaks.

Two nouns, accounts and transfers. An account belongs to a place (a venue), an asset (cash, or a token id) and a role:

    FREE      ours
    WORLD     whoever trades with us; the other end of every purchase and sale
    FEES      what venues took
    DEPOSITS  where collateral came from

A resting order is a **pending** transfer FREE → WORLD: the money is still ours but not free. A fill **posts** legs and draws the pending amount
down; a cancel **voids** what is left; a failed settlement is a new transfer with the legs turned round. Nothing is edited or deleted: balances
are derived from counters that only grow.

Invariants: for each asset the debits equal the credits, posted and pending alike; FREE never goes below zero, except by a late fill of an order
whose reservation was already voided: the venue moved that money, so the ledger follows and says so (`overdrawn`).
"""

import enum
from collections.abc import Sequence
from typing import Final

from oms.values.units import CashMicro

CASH: Final = "cash"
"""The asset name of collateral; every other asset is a token id."""


class Role(enum.Enum):
    """Whose an account is."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash goes through the name, in Python

    FREE = "FREE"
    WORLD = "WORLD"
    FEES = "FEES"
    DEPOSITS = "DEPOSITS"


class Answer(enum.Enum):
    """What became of a transfer."""

    APPLIED = "applied"
    ALREADY_APPLIED = "already applied"
    CONFLICTS = "conflicts with the transfer applied under this id"
    INSUFFICIENT = "not enough that is free"


Leg = tuple[str, Role, Role, int]
"""(asset, from role, to role, amount above zero in the asset's micro unit)."""


class _Account:
    """Four counters that only grow."""

    __slots__ = ("credits", "debits", "pending_made", "pending_released")

    def __init__(self) -> None:
        self.debits = 0
        self.credits = 0
        self.pending_made = 0
        self.pending_released = 0

    @property
    def total(self) -> int:
        return self.credits - self.debits

    @property
    def pending(self) -> int:
        return self.pending_made - self.pending_released


class _Reservation:
    """What is still set aside under one key."""

    __slots__ = ("asset", "left", "made")

    def __init__(self, asset: str, made: int) -> None:
        self.asset = asset
        self.made = made
        self.left = made


class Ledger:
    """The books of one account at one place."""

    def __init__(self, place: str = "polymarket") -> None:
        self.place = place
        self._accounts: dict[tuple[str, str, Role], _Account] = {}
        self._pending: dict[str, _Reservation] = {}
        self._applied: dict[str, tuple[Leg, ...]] = {}
        self.transfer_count = 0
        self.overdrawn: list[str] = []
        """Transfers that took FREE below zero, by id, with the asset: an alarm each, bounded to the last 100."""

    def total(self, asset: str) -> int:
        """What is ours, reserved or not."""
        account = self._accounts.get((self.place, asset, Role.FREE))
        return account.total if account else 0

    def free(self, asset: str) -> int:
        """What is ours and not reserved."""
        account = self._accounts.get((self.place, asset, Role.FREE))
        return account.total - account.pending if account else 0

    def pending(self, asset: str) -> int:
        """What is ours and reserved for resting orders."""
        account = self._accounts.get((self.place, asset, Role.FREE))
        return account.pending if account else 0

    def fees(self) -> CashMicro:
        """Fees paid so far, net of rebates."""
        account = self._accounts.get((self.place, CASH, Role.FEES))
        return account.total if account else 0

    def deposits(self) -> CashMicro:
        """Collateral brought in so far."""
        account = self._accounts.get((self.place, CASH, Role.DEPOSITS))
        return -account.total if account else 0

    def reserve(self, key: str, asset: str, amount: int) -> Answer:
        """Set `amount` aside under `key` (an order id). INSUFFICIENT changes nothing."""
        known = self._pending.get(key)
        if known is not None:
            return Answer.ALREADY_APPLIED if (known.asset, known.made) == (asset, amount) else Answer.CONFLICTS
        assert amount > 0, "a reservation is above zero"
        if self.free(asset) < amount:
            return Answer.INSUFFICIENT
        self._pending[key] = _Reservation(asset, amount)
        self._account(asset, Role.FREE).pending_made += amount
        return Answer.APPLIED

    def reserved(self, key: str) -> int:
        """What is still set aside under `key`."""
        entry = self._pending.get(key)
        return entry.left if entry else 0

    def shrink(self, key: str, target: int) -> None:
        """Void so much of the reservation that at most `target` is left."""
        assert target >= 0, f"reservation {key}: shrunk to {target}"
        self._release(key, self.reserved(key) - target)

    def void(self, key: str) -> None:
        """Void the rest of the reservation; harmless when there is none."""
        self._release(key, self.reserved(key))
        self._pending.pop(key, None)

    def post(self, transfer_id: str, legs: Sequence[Leg], *, draw: str = "") -> Answer:
        """Move money and shares for good, once per `transfer_id`, drawing on the reservation `draw` first.

        A leg out of FREE in the reserved asset draws the reservation down by as much as is left of it.
        """
        legs = tuple(legs)
        known = self._applied.get(transfer_id)
        if known is not None:
            return Answer.ALREADY_APPLIED if known == legs else Answer.CONFLICTS
        entry = self._pending.get(draw) if draw else None
        for _asset, source, target, amount in legs:
            assert amount > 0, f"transfer {transfer_id}: a leg of {amount}"
            assert source is not target
        for asset, source, target, amount in legs:
            if entry is not None and source is Role.FREE and entry.asset == asset:
                self._release(draw, min(amount, self.reserved(draw)))
            self._account(asset, source).debits += amount
            self._account(asset, target).credits += amount
        # Judged when all legs are done: while a sale is undone, the fee may come back after the proceeds went.
        for asset in dict.fromkeys(asset for asset, source, _target, _amount in legs if source is Role.FREE):
            if self.free(asset) < 0:
                self.overdrawn.append(f"{transfer_id}: {asset[:24]}")
                del self.overdrawn[:-100]
        self._applied[transfer_id] = legs
        self.transfer_count += 1
        return Answer.APPLIED

    def reverse(self, transfer_id: str) -> Answer:
        """Undo a transfer with a new one the other way round, exactly once. CONFLICTS when there is no such transfer."""
        legs = self._applied.get(transfer_id)
        if legs is None:
            return Answer.CONFLICTS
        return self.post(f"{transfer_id}/reversed", [(asset, target, source, amount) for asset, source, target, amount in legs])

    def forget(self, transfer_id: str) -> None:
        """Drop the memory of a transfer that can neither come again nor be undone; its effect on the counters stays."""
        self._applied.pop(transfer_id, None)
        self._applied.pop(f"{transfer_id}/reversed", None)

    @property
    def remembered(self) -> int:
        """Transfers whose names are in memory, so that they are not applied twice."""
        return len(self._applied)

    def forget_asset(self, asset: str) -> None:
        """Drop the accounts of a token that nobody holds, reserves or will trade again; with nothing in them no sum changes."""
        for role in Role:
            account = self._accounts.pop((self.place, asset, role), None)
            assert account is None or account.total == account.pending == 0, f"{asset[:24]}: forgotten with {account.total} {role.name}"

    def audit(self) -> str:
        """Recount everything. Empty when all is well, else the first violation in words."""
        by_asset: dict[str, int] = {}
        reserved: dict[str, int] = {}
        for entry in self._pending.values():
            reserved[entry.asset] = reserved.get(entry.asset, 0) + entry.left
        for (_place, asset, role), account in self._accounts.items():
            by_asset[asset] = by_asset.get(asset, 0) + account.total
            if role is Role.FREE and account.pending != reserved.get(asset, 0):
                return f"{asset[:24]}: {account.pending} pending, but reservations add up to {reserved.get(asset, 0)}"
            if role is Role.FREE and account.total < account.pending:
                return f"{asset[:24]}: {account.total} owned, but {account.pending} reserved"
        for asset, total in by_asset.items():
            if total:
                return f"{asset[:24]}: debits and credits differ by {total}"
        return ""

    def _account(self, asset: str, role: Role) -> _Account:
        key = (self.place, asset, role)
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = _Account()
        return account

    def _release(self, key: str, amount: int) -> None:
        if amount > 0:
            entry = self._pending[key]
            entry.left -= amount
            self._account(entry.asset, Role.FREE).pending_released += amount
