"""The venue remembers balances and allowances, and may go on believing what is no longer so: it is told to read the chain anew (polymarket.md §3.8).

A question that changes nothing but the venue's memory. It is asked when there is a reason (an order refused for want of balance, a balance that does
not fit our books, the first balance of a journal), seldom for each asset, and never waits for the rate budget: there will be another reason.
"""

from typing import Final

from connectors.polymarket.venue_parts import Mouth, Parts
from connectors.transport.budget import Granted
from oms.values.market import TokenId
from oms.values.units import NS_PER_SECOND, Nanos

ROUTE: Final = "GET /balance-allowance/update"
EVERY_NS: Final = 10 * NS_PER_SECOND
"""For one asset no more often; the venue allows 50 in ten seconds for all of them."""
COLLATERAL: Final = ""
"""In place of a token."""


def asset_type_of(token: TokenId, generation: str) -> str:
    """The venue's word for a token's kind, or for cash."""
    return "COLLATERAL" if not token else "CONDITIONAL-V2" if generation == "v2" else "CONDITIONAL"


class Rereads:
    """Asks for one account."""

    def __init__(self, parts: Parts, mouth: Mouth) -> None:
        self._parts = parts
        self._mouth = mouth
        self._asked_ns: dict[TokenId, Nanos] = {}

    async def of(self, token: TokenId, generation: str = "v1") -> None:
        """Let the venue look at what there is of a token, or of COLLATERAL; whatever it answers, the next balance tells."""
        now_ns = self._mouth.now_ns()
        if now_ns < self._asked_ns.get(token, now_ns - EVERY_NS) + EVERY_NS or not isinstance(self._parts.budget.ask(ROUTE, now_ns), Granted):
            return
        self._asked_ns = {known: asked_ns for known, asked_ns in self._asked_ns.items() if asked_ns > now_ns - EVERY_NS} | {token: now_ns}
        kind = int(self._parts.form.wallet.signature_type)
        await self._parts.carrier.ask(self._parts.calls.reread(asset_type_of(token, generation), kind, token))
