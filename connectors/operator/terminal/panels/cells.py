"""Cells that many tables share: a market's title, a side, a price, shares, money, an age."""

from typing import Final

from connectors.operator.terminal.ink import Cell, Ink, gain
from connectors.operator.terminal.words import NONE, NOT_KNOWN, change, harmless, price, since, some_shares
from oms.values.units import Nanos, Pips

HEALTH: Final[dict[str, Ink]] = {"LIVE": "good", "SUSPECT": "warn", "STALE": "warn", "CLOSED": "dim"}
"""A book's health → ink; STALE is no alarm: the bot has cancelled there already."""
STAGES: Final[dict[str, Ink]] = {"CONFIRMED": "good", "FAILED": "alarm", "RETRYING": "warn"}
"""A settlement's stage → ink; of the others: dim."""
STATES: Final[dict[str, Ink]] = {"unknown": "warn", "rejected": "warn", "failed": "alarm", "filled": "good", "partial": "good"}
"""An order's public status → ink."""


def said(text: str, ink: Ink = "text") -> Cell:
    """A foreign text; a dash for none."""
    return Cell(harmless(text) or NONE, ink if text else "faint")


def side(outcome: str, way: str) -> Cell:
    """`BUY YES`; blue buys, violet sells."""
    return Cell(f"{harmless(way, 4):4} {harmless(outcome, 3)}", "bid" if way == "BUY" else "ask")


def priced(pips: Pips, ink: Ink = "text") -> Cell:
    """A price in cents; a dash for none."""
    text = price(pips)
    return Cell(text, ink if text != NONE else "faint")


def sized(shares_micro: int, ink: Ink = "text") -> Cell:
    """Shares; a dash for none."""
    return Cell(some_shares(shares_micro), ink if shares_micro else "faint")


def gained(cash_micro: int | None) -> Cell:
    """A result with its sign."""
    return Cell(change(cash_micro), gain(cash_micro))


def aged(then_ns: Nanos, now_ns: Nanos) -> Cell:
    """How long ago."""
    return Cell(since(then_ns, now_ns), "dim")


def stated(state: str, status: str) -> Cell:
    """An order's state: the public name, inked by what it means."""
    return Cell(harmless(status or state, 12) or NOT_KNOWN, STATES.get(status, "text"))
