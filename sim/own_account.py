"""Our account at the simulated exchange: what the clearing has for us, beside what the facts told of it add up to."""

from collections.abc import Mapping
from typing import Final

from oms.values.market import TokenId
from oms.values.units import CashMicro, SharesMicro
from sim.conservation import Statement
from sim.exchange import Exchange

US: Final = "us"
"""Our account's name."""


class OwnAccount:
    """Built leg by leg from what we are told, and held against the clearing's own totals after each operation."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._cash: CashMicro = 0
        self._shares: dict[TokenId, SharesMicro] = {}
        self.mismatch = ""
        """The first time that our running statement and the clearing's own totals differed."""

    def audit(self) -> str:
        """Recount the exchange in full."""
        return self.mismatch or self.exchange.audit() or ""

    def held(self, asset: str) -> int:
        """What the clearing has for us, "cash" or a token: free, frozen and unsettled."""
        return self.exchange.cash_total(US) if asset == "cash" else self.exchange.token_total(US, asset)

    def frozen(self, asset: str) -> int:
        """What is set aside for our orders."""
        view = self.exchange.account(US)
        if asset == "cash":
            return view.cash.frozen_micro
        held = view.tokens.get(asset)
        return held.frozen_micro if held else 0

    def _state(self, moved: Mapping[TokenId, SharesMicro]) -> Statement:
        """Move the running totals of these tokens and write them down, with the cash."""
        for token, shares in moved.items():
            self._shares[token] = self._shares.get(token, 0) + shares
        return Statement(cash_micro=self._cash, shares_micro=tuple([(token, self._shares[token]) for token in moved]))

    def _compare_totals(self) -> None:
        """Do the statements that were handed out and the clearing's own totals say the same?"""
        for asset, said in (("cash", self._cash), *self._shares.items()):
            held = self.held(asset)
            if held != said and not self.mismatch:
                self.mismatch = f"the clearing holds {held} of {asset[:24]} for us, our statements say {said}"
