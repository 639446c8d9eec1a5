"""What the auditor was told and may look at: plain records, and how facts and commands are written down. Shares no code with `oms`."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

ONE = 1_000_000
"""Micro-dollars a dollar, micro-shares a share; also parts per million of a payout."""
CASH = "cash"
TRANSFERS = {"Split", "Merge", "Convert"}


@dataclass
class Seen:
    """What the bot says of itself after a turn: plain numbers and names."""

    cash: int
    tokens: dict[str, int]
    orders: dict[str, tuple[str, int]]
    """Order id → (name of its state, micro-shares filled)."""
    bundles: list[str] = field(default_factory=list)
    """Those in flight."""
    transfers: dict[str, str] = field(default_factory=dict)
    """Of bundles in flight: split, merge or conversion → "open", "done" or "refused"."""


@dataclass
class Truth:
    """What the exchange says of our account."""

    cash: int
    tokens: dict[str, int]
    standing: dict[str, tuple[str, str, int, int]]
    """Order id → (token, side, price in pips, micro-shares left)."""
    entered: list[str]
    """Order ids the exchange let in, one for each time."""
    fills: dict[tuple[str, str], tuple[str, str, int, int, int, str]]
    """(trade, order) → (token, side, micro-shares, cash, fee, stage)."""
    moved: list[tuple[str, dict[str, int]]] = field(default_factory=list)
    """Splits, merges and conversions that were done, one for each time: (name, "cash" or token → change)."""
    payouts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Market that was paid → parts per million of a dollar for its (YES, NO)."""
    paid_in: int = 0


@dataclass
class Book:
    """The auditor's own record."""

    deposits: dict[str, int] = field(default_factory=dict)
    fills: dict[tuple[str, str], Any] = field(default_factory=dict)
    stages: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    payouts: dict[str, tuple[int, int]] = field(default_factory=dict)
    markets: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Market → (its YES token, its NO token)."""
    groups: dict[str, Any] = field(default_factory=dict)
    """Event → which markets it has, and what is promised of them."""
    moved: dict[str, dict[str, int]] = field(default_factory=dict)
    """Split, merge or conversion that the bot heard was done → "cash" or token → change."""
    refused: dict[str, str] = field(default_factory=dict)
    placed: dict[str, Any] = field(default_factory=dict)
    """Order id → what was asked for."""
    placed_times: Counter[str] = field(default_factory=Counter)
    bundle_of: dict[str, str] = field(default_factory=dict)
    """Order or transfer → the bundle it belongs to."""
    asked: dict[str, Any] = field(default_factory=dict)
    """Split, merge or conversion → the command."""
    asked_times: Counter[str] = field(default_factory=Counter)
    opened: dict[str, Any] = field(default_factory=dict)
    """Bundle → what it is."""
    opened_times: Counter[str] = field(default_factory=Counter)
    ended: dict[str, Any] = field(default_factory=dict)

    def heard(self, fact: Any) -> None:  # noqa: ANN401 - on purpose: only names are looked at
        """The bot was told this."""
        kind = type(fact).__name__
        if kind == "Deposited":
            self.deposits[fact.deposit_id] = fact.cash_micro
        elif kind == "MarketListed":
            self.markets[fact.market.market_id] = (fact.market.yes, fact.market.no)
        elif kind == "EventListed":
            self.groups[fact.group.event_id] = fact.group
        elif kind == "MarketResolved":
            self.payouts.setdefault(fact.market_id, (fact.payout.yes_ppm, fact.payout.no_ppm))
        elif kind == "Filled":
            self.fills.setdefault((fact.trade_id, fact.order_id), fact)
        elif kind == "SettlementMoved":
            self.stages.setdefault((fact.trade_id, fact.order_id), set()).add(fact.stage.name)
        elif kind in {"SetsChanged", "Converted"}:
            self.moved.setdefault(fact.command_id, self._changes(fact))
        elif kind == "TransferRefused":
            self.refused.setdefault(fact.command_id, fact.why)
        elif kind == "TradesReported":
            for part in (*fact.fills, *fact.settlements):
                self.heard(part)

    def committed(self, command: Any) -> None:  # noqa: ANN401
        """The bot wrote this into its journal."""
        kind = type(command).__name__
        if kind == "Place":
            self.placed[command.order_id] = command.spec
            self.placed_times[command.order_id] += 1
            if command.bundle:
                self.bundle_of[command.order_id] = command.bundle.rpartition("/")[0]
        elif kind in TRANSFERS:
            self.asked[command.command_id] = command
            self.asked_times[command.command_id] += 1
            self.bundle_of[command.command_id] = command.command_id.rpartition("/")[0]
        elif kind == "BundleOpened":
            self.opened[command.bundle_id] = command.bundle
            self.opened_times[command.bundle_id] += 1
        elif kind == "BundleEnded":
            self.ended[command.bundle_id] = command

    def owners(self) -> dict[str, tuple[str, int]]:
        """Token → (its market, 0: YES or 1: NO)."""
        return {token: (market, which) for market, pair in self.markets.items() for which, token in enumerate(pair)}

    def _changes(self, fact: Any) -> dict[str, int]:  # noqa: ANN401
        """What it moves of ours. Sets are a dollar each; a conversion takes NO and gives cash and the others' YES."""
        if type(fact).__name__ == "SetsChanged":
            shares = fact.shares_micro
            yes, no = self.markets[fact.market_id]
            return {CASH: -shares, yes: shares, no: shares}
        given = {self.markets[market][1]: -fact.shares_micro for market in fact.market_ids}
        return {CASH: fact.cash_micro, **given, **{self.markets[market][0]: fact.yes_micro for market in fact.yes_market_ids}}


def summed(deposits: int, moves: list[dict[str, int]], payouts: dict[str, tuple[int, int]], owners: dict[str, tuple[str, int]]) -> dict[str, int]:
    """What all of these moves leave, asset by asset; shares of a market that was paid are cash, rounded down once a token."""
    left = Counter({CASH: deposits})
    for changes in moves:
        for asset, change in changes.items():
            left[asset] += change
    for token, shares in list(left.items()):
        if token != CASH and owners[token][0] in payouts:
            market, which = owners[token]
            left[CASH] += shares * payouts[market][which] // ONE
            left[token] = 0
    return {asset: amount for asset, amount in left.items() if amount or asset == CASH}


def traded(token: str, side: str, shares: int, cash: int, fee: int) -> dict[str, int]:
    """What one trade moves of ours."""
    sign = 1 if side == "BUY" else -1
    return {CASH: -sign * cash - fee, token: sign * shares}
