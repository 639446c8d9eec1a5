"""What the auditor is shown after a turn: what the bot says of itself, and what the exchange says of our account. Plain numbers and names."""

from collections.abc import Iterator

from oms.machines.bundle import Asked
from oms.machines.ledger import CASH
from oms.state import State
from sim.faulty_venue import FaultyVenue
from sim.venue import US
from tests.auditor import Seen, Truth


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


def truth_of(venue: FaultyVenue) -> Truth:
    """Our account at the exchange, and everything that was done in it."""
    exchange = venue.exchange
    cash, tokens = exchange.account_totals(US)
    return Truth(
        cash=cash,
        tokens={token: held for token, held in tokens.items() if held},
        standing={
            record.order_key: (record.spec.token, record.spec.side.name, record.spec.price_pips, record.left_micro)
            for record in exchange.open_orders(US)
        },
        entered=list(venue.entered),
        fills=dict(_fills(venue)),
        moved=list(venue.moved),
        payouts={market_id: (payout.yes_ppm, payout.no_ppm) for market_id, payout in venue.payouts.items()},
        paid_in=venue.paid_in,
    )


def _fills(venue: FaultyVenue) -> Iterator[tuple[tuple[str, str], tuple[str, str, int, int, int, str]]]:
    """Every trade of ours as the exchange has it."""
    for fill in venue.answers.trades(0, 0).fills:
        record, trade = venue.exchange.find(US, fill.order_id), venue.exchange.trade(fill.trade_id)
        assert record is not None
        stage = "CONFIRMED" if trade is None else trade.stage.name
        what = (record.spec.token, record.spec.side.name, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro, stage)
        yield (fill.trade_id, fill.order_id), what
