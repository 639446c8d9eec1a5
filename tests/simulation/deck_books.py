"""Our own books beside a card: a real engine hears every fact in the order in which it came, and must come to the venue's money."""

from collections.abc import Sequence

from oms.engine import Engine
from oms.entries import Entry
from oms.machines.ledger import CASH
from oms.replay import RecoveryFailed, fold
from oms.state import EngineSettings
from oms.values import events as e
from oms.values.commands import Prepared
from oms.values.market import Market
from oms.values.units import Nanos, micro_text


class Books:
    """A real engine that decides nothing: our own books."""

    def __init__(self, market: Market, cash_micro: int) -> None:
        self._market = market
        self._engine = Engine(EngineSettings(silence_ns=0))
        for fact in (e.Deposited(cash_micro=cash_micro, deposit_id="the card's"), e.MarketListed(market=market)):
            self._engine.apply(fact, 0)

    def take(self, facts: Sequence[e.Event], at_ns: Nanos) -> None:
        """What reached us."""
        for fact in facts:
            if not isinstance(fact, e.Deposited | e.MarketListed):
                self._engine.apply(fact, at_ns)

    def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """What we sent. An order that our own gate would have stopped (the venue is to refuse it) is left out."""
        for prepared in ready:
            try:
                fold(self._engine, Entry(seq=0, turn=0, at_ns=at_ns, body=prepared, cause_seq=None))
            except RecoveryFailed:
                continue

    def words(self, venues: tuple[int, int, int] | None) -> str:
        """What we hold, and what the venue has for us if that is something else."""
        state, market = self._engine.state, self._market
        ours = tuple(state.ledger.total(asset) for asset in (CASH, market.yes, market.no))
        open_now = f", {state.blotter.open_count} open" if state.blotter.open_count else ""
        alarm = state.desks[market.market_id].quarantine or state.ledger.audit()
        differs = f" but the venue {_holding(venues)}" if venues not in {None, ours} else ""
        return f"{_holding(ours)}{open_now}{f' QUARANTINED {alarm}' if alarm else ''}{differs}"


def _holding(held: Sequence[int] | None) -> str:
    cash, *shares = held or (0,)
    return f"has {micro_text(cash)}" + "".join(
        f" and {micro_text(count)} {name}" for count, name in zip(shares, ("YES", "NO"), strict=False) if count
    )
