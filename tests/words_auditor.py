"""Test words of the auditor: a case in which all is well, to be spoilt."""

from typing import Any

from oms.values.commands import Place
from oms.values.events import Deposited, Filled, MarketListed, SettlementMoved, SettlementStage
from oms.values.orders import OrderSpec, Side
from tests.auditor import ONE, Auditor, Seen, Truth
from tests.words import MARKET, NOON_NS, YES, given_market


class Case:
    """All is well: of an order to buy 20 YES at 40 cents half is filled, the rest stands. A test spoils one thing and looks."""

    def __init__(self, market_loss_max: int = 60, total_loss_max: int = 60) -> None:
        self.auditor = Auditor(market_loss_max * ONE, total_loss_max * ONE)
        self.seen = Seen(cash=996 * ONE, tokens={YES: 10 * ONE}, orders={"1": ("LIVE", 10 * ONE)})
        self.truth = Truth(
            cash=996 * ONE,
            tokens={YES: 10 * ONE},
            standing={"1": (YES, "BUY", 4_000, 10 * ONE)},
            entered=["1"],
            fills={("t1", "1"): (YES, "BUY", 10 * ONE, 4 * ONE, 0, "MATCHED")},
        )
        self.hear(Deposited(cash_micro=1_000 * ONE, deposit_id="d"), MarketListed(market=given_market()), given_fill())
        self.commit("1")

    def hear(self, *facts: Any) -> None:  # noqa: ANN401 - as the auditor itself
        for fact in facts:
            self.auditor.heard(fact)

    def commit(self, order_id: str, side: Side = Side.BUY, token: str = YES) -> None:
        spec = OrderSpec(market_id=MARKET, token=token, side=side, price_pips=4_000, size_micro=20 * ONE, post_only=True)
        self.auditor.committed(Place(order_id=order_id, spec=spec, strategy="test", why=""))

    def found(self) -> str:
        self.auditor.check(NOON_NS, self.seen, self.truth)
        return self._words()

    def found_after(self) -> str:
        self.auditor.check_alive(NOON_NS, self.seen, self.truth)
        return self._words()

    def _words(self) -> str:
        assert all(words.startswith("at 1750000000.000 s") for words in self.auditor.violations)
        return "; ".join(words.partition(" s")[2].lstrip(", :") for words in self.auditor.violations)


def given_fill(trade_id: str = "t1", order_id: str = "1", *, shares: int = 10 * ONE, cash: int = 4 * ONE, fee: int = 0) -> Filled:
    return Filled(
        order_id=order_id,
        trade_id=trade_id,
        price_pips=4_000,
        shares_micro=shares,
        cash_micro=cash,
        fee_cash_micro=fee,
        is_maker=True,
        exchange_ns=NOON_NS,
    )


def given_step(stage: SettlementStage) -> SettlementMoved:
    return SettlementMoved(trade_id="t1", order_id="1", stage=stage)
