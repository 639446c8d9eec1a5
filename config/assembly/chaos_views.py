"""What the auditor is shown after a turn: what the bot says of itself, and what the exchange says of our account. Plain numbers and names."""

from oms.machines.bundle import Asked
from oms.machines.ledger import CASH
from oms.state import State
from oms.values.orders import TradeId
from sim.faulty_venue import FaultyVenue
from sim.venue import US
from tests.auditor import Seen, Truth

Key = tuple[str, str]
"""(trade, order)."""
Fill = tuple[str, str, int, int, int, str]
"""(token, side, micro-shares, cash, fee, stage)."""


def seen_of(state: State) -> Seen:
    """What the bot holds, stands for and is in the middle of."""
    tokens = [token for market in state.inventory.markets() for token in (market.yes, market.no)]
    runs = state.bundles.in_flight
    return Seen(
        cash=state.ledger.total(CASH),
        tokens={token: total for token in tokens if (total := state.ledger.total(token))},
        orders={order.order_id: (order.state.name, order.filled_micro) for order in state.blotter.in_memory()},
        bundles=list(runs),
        transfers={name: _word(asked) for run in runs.values() for name, asked in run.transfers.items()},
    )


def _word(asked: Asked) -> str:
    return "done" if asked.is_done else "refused" if asked.refused else "open"


class Account:
    """Our account at the exchange, as the exchange has it."""

    def __init__(self, venue: FaultyVenue) -> None:
        self._venue = venue
        self._fills: dict[Key, Fill] = {}
        self._open: dict[Key, TradeId] = {}
        """Those that are not final; the others are not looked up again."""

    def truth(self) -> Truth:
        """What is in it, and everything that was done with it."""
        venue, exchange = self._venue, self._venue.exchange
        cash, tokens = exchange.account_totals(US)
        return Truth(
            cash=cash,
            tokens={token: held for token, held in tokens.items() if held},
            standing={
                record.order_key: (record.spec.token, record.spec.side.name, record.spec.price_pips, record.left_micro)
                for record in exchange.open_orders(US)
            },
            entered=list(venue.entered),
            fills=self._all_fills(),
            moved=list(venue.moved),
            payouts={market_id: (payout.yes_ppm, payout.no_ppm) for market_id, payout in venue.payouts.items()},
            paid_in=venue.paid_in,
        )

    def _all_fills(self) -> dict[Key, Fill]:
        venue, exchange = self._venue, self._venue.exchange
        if venue.answers.remembered > len(self._fills):
            for fill in venue.answers.trades(0, 0).fills:
                key, record = (fill.trade_id, fill.order_id), exchange.find(US, fill.order_id)
                assert record is not None
                if key not in self._fills:
                    self._fills[key] = (record.spec.token, record.spec.side.name, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro, "MATCHED")
                    self._open[key] = fill.trade_id
        for key, trade_id in list(self._open.items()):
            trade = exchange.trade(trade_id)
            assert trade is not None, "what is not final is remembered"
            self._fills[key] = (*self._fills[key][:5], trade.stage.name)
            if trade.is_final:
                del self._open[key]
        return dict(self._fills)
