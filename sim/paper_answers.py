"""What a paper venue answers when it is asked what stands and what was traded: the truth once more, since nothing is lost on such a link."""

from collections.abc import Iterable

from oms.values import events as e
from oms.values.commands import AskBalances, AskOpenOrders, AskTrades, Command
from oms.values.units import Nanos
from sim.paper_account import PaperAccount
from sim.paper_book import QUEUE
from sim.paper_fills import PaperFills


def report(asked: Command, paper: PaperFills, told: Iterable[tuple[Nanos, e.Filled]], account: PaperAccount) -> e.Event:
    """What stands, what was traded since (`told`: when, what) or what we hold, as it was asked."""
    if isinstance(asked, AskOpenOrders):
        return open_orders(paper, asked.asked_ns)
    if isinstance(asked, AskTrades):
        return trades(told, asked)
    assert isinstance(asked, AskBalances)
    return balances(account, asked)


def open_orders(paper: PaperFills, asked_ns: Nanos) -> e.OpenOrdersReported:
    """All that stands, as the queue lens has it."""
    rows = tuple(
        [
            e.OpenOrder(
                venue_order_id=f"paper-{order.order_id}",
                token=order.spec.token,
                side=order.spec.side,
                price_pips=order.spec.price_pips,
                shares_micro=order.spec.size_micro,
                filled_micro=order.spec.size_micro - order.remaining[QUEUE],
            )
            for order in paper.standing()
        ]
    )
    return e.OpenOrdersReported(orders=rows, asked_ns=asked_ns)


def trades(told: Iterable[tuple[Nanos, e.Filled]], asked: AskTrades) -> e.TradesReported:
    """The fills since then, each with the time at which it was told; settlements were told in order and are not repeated."""
    fills = tuple([fill for told_ns, fill in told if told_ns >= asked.since_ns])
    return e.TradesReported(fills=fills, settlements=(), since_ns=asked.since_ns, asked_ns=asked.asked_ns)


def balances(account: PaperAccount, asked: AskBalances) -> e.BalancesReported:
    """What the paper account holds: its trades are all settled as far as it knows."""
    shares = tuple([(token, account.held(token)) for token in asked.tokens])
    return e.BalancesReported(cash_micro=account.held("cash"), shares_micro=shares, asked_ns=asked.asked_ns)
