"""Settlement as a stage of its own: a matched trade is a promise until it is confirmed, and is undone, once, when it fails (trap T5).

The exchange tells its own truth here; that the OMS reads it rightly is tested against it, so nothing is shared with the OMS's table.
"""

from collections import deque
from typing import Final

import msgspec

from oms.values.events import SettlementStage
from oms.values.market import MarketId
from oms.values.orders import TradeId
from sim.clearing import Clearing
from sim.outcomes import NotPossible, Outcome, SettlementStepped, Trade

REMEMBERED_MAX: Final = 5_000
"""Final trades that are remembered, half an hour at three a second, about 5 MB. One that is forgotten can neither fail nor be confirmed again."""
_FINAL: Final = (SettlementStage.CONFIRMED, SettlementStage.FAILED)


class TradeRecord(msgspec.Struct, eq=False, gc=False):
    """A trade and where its settlement stands."""

    trade: Trade
    stage: SettlementStage = SettlementStage.MATCHED

    @property
    def is_final(self) -> bool:
        """Confirmed or failed."""
        return self.stage in _FINAL


class Settlement:
    """All trades that are remembered, oldest first. `instant` confirms every trade as it is matched."""

    def __init__(self, clearing: Clearing, *, instant: bool) -> None:
        self._clearing = clearing
        self.instant = instant
        self.trades: dict[TradeId, TradeRecord] = {}
        self._final: deque[TradeId] = deque()
        self._count = 0

    def next_id(self) -> TradeId:
        """Names the next trade; counted, so that a replay gives the same ids."""
        self._count += 1
        return f"t{self._count}"

    def start(self, trade: Trade) -> None:
        """A match becomes a trade: move its money and shares."""
        self._clearing.settle(trade)
        record = self.trades[trade.trade_id] = TradeRecord(trade)
        if self.instant:
            self._move(record, SettlementStage.CONFIRMED)

    def step(self, trade_id: TradeId, stage: SettlementStage) -> list[Outcome]:
        """Move one trade. Repeating a stage, or telling a stage that a final trade has outlived, changes nothing and says nothing.

        Raises:
            NotPossible: no such trade, or CONFIRMED after FAILED or the reverse.
        """
        record = self.trades.get(trade_id)
        if record is None:
            raise NotPossible(f"no trade {trade_id!r}")
        if record.is_final and stage in _FINAL and stage is not record.stage:
            raise NotPossible(f"trade {trade_id} is {record.stage.name} for good, it cannot be {stage.name}")
        if record.is_final or stage in (record.stage, SettlementStage.MATCHED):
            return []
        return [self._move(record, stage)]

    def confirm_all(self, market_id: MarketId) -> list[Outcome]:
        """Confirm every open trade of a market: it is about to be paid out, and a trade is in a block before that or never."""
        waiting = [done.trade.trade_id for done in self._clearing.open_trades.values() if done.trade.market_id == market_id]
        return [self._move(self.trades[trade_id], SettlementStage.CONFIRMED) for trade_id in waiting]

    def _move(self, record: TradeRecord, stage: SettlementStage) -> SettlementStepped:
        trade_id = record.trade.trade_id
        if stage is SettlementStage.CONFIRMED:
            self._clearing.confirm(trade_id)
        elif stage is SettlementStage.FAILED:
            self._clearing.fail(trade_id)
        record.stage = stage
        if record.is_final:
            self._final.append(trade_id)
            if len(self._final) > REMEMBERED_MAX:
                del self.trades[self._final.popleft()]
        return SettlementStepped(trade=record.trade, stage=stage)
