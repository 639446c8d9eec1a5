"""What happened lately, for people: fills with how far they are settled, alerts with how often, equity over the run. Bounded; outside the core."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from oms.machines.guard import DAY_NS
from oms.marks import equity_mark_micro, equity_worst_micro
from oms.ports import Turned
from oms.state import State
from oms.values.commands import Alert
from oms.values.events import Filled, SettlementMoved, TradesReported
from oms.values.market import MarketId
from oms.values.orders import OrderId, TradeId
from oms.values.panels import AlertRow, CurvePoint, FillRow
from oms.values.units import NS_PER_SECOND, CashMicro, Nanos

FILLS_MAX: Final = 500
ALERTS_MAX: Final = 200
CURVE_MAX: Final = 720
"""Points; beyond them every second one goes, and the next are taken half as often."""


class Recent:
    """One run's."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._fills: OrderedDict[tuple[TradeId, OrderId], FillRow] = OrderedDict()
        self._dropped_ns: Nanos = 0
        """The latest moment of the fills that are not kept any more."""
        self._alerts: OrderedDict[tuple[str, str], AlertRow] = OrderedDict()
        self.alert_count = 0
        self.peak_micro: CashMicro | None = None
        """The highest equity at the mark that was seen here; the guard, where one is set, knows better."""
        self.day_start_micro: CashMicro | None = None
        """The first of this UTC day."""
        self._day = -1
        self._curve: list[CurvePoint] = []
        self._every_ns = NS_PER_SECOND

    def committed(self, record: Turned) -> None:
        """A turn is on the record."""
        for event in record.batch:
            kind = type(event)
            if kind is Filled or kind is SettlementMoved or kind is TradesReported:
                self._heard(event, record.at_ns)  # type: ignore[arg-type]
        for prepared in record.ready:
            if type(prepared.command) is Alert:
                self.alarm(prepared.command, record.at_ns)

    def alarm(self, alert: Alert, at_ns: Nanos) -> None:
        """A person must know; the same again is counted, and comes to the front."""
        self.alert_count += 1
        key = (alert.kind, alert.text)
        before = self._alerts.pop(key, None)
        self._alerts[key] = AlertRow(at_ns=at_ns, kind=alert.kind, text=alert.text, count=1 if before is None else before.count + 1)
        if len(self._alerts) > ALERTS_MAX:
            self._alerts.popitem(last=False)

    def sample(self, at_ns: Nanos) -> None:
        """Equity now, when a point is due."""
        curve = self._curve
        if not self._state.ledger.deposits():
            return  # nothing was paid in yet: a curve that begins at nothing would dwarf the rest
        if curve and at_ns - curve[-1].at_ns < self._every_ns:
            return
        mark = equity_mark_micro(self._state)
        curve.append(CurvePoint(at_ns=at_ns, mark_micro=mark, worst_micro=equity_worst_micro(self._state)))
        if mark is not None:
            self.peak_micro = mark if self.peak_micro is None else max(self.peak_micro, mark)
            if at_ns // DAY_NS != self._day:
                self._day, self.day_start_micro = at_ns // DAY_NS, mark
        if len(curve) > CURVE_MAX:
            del curve[1::2]
            self._every_ns *= 2

    def curve(self) -> tuple[CurvePoint, ...]:
        """Oldest first."""
        return tuple(self._curve)

    def fills(self, most: int = FILLS_MAX, market_id: MarketId = "") -> tuple[FillRow, ...]:
        """The latest, newest first; of one market, or of all."""
        found = [row for row in reversed(self._fills.values()) if not market_id or row.market_id == market_id]
        return tuple(found[:most])

    def alerts(self) -> tuple[AlertRow, ...]:
        """The latest, newest first."""
        return tuple(reversed(self._alerts.values()))

    def _heard(self, event: Filled | SettlementMoved | TradesReported, at_ns: Nanos) -> None:
        if isinstance(event, Filled):
            self._filled(event, at_ns)
        elif isinstance(event, TradesReported):
            for fill in event.fills:  # told again and again as long as one of them is not final: what was dropped is no news
                if (fill.exchange_ns or at_ns) > self._dropped_ns:
                    self._filled(fill, fill.exchange_ns or at_ns)
            self._moved(event.settlements)
        else:
            self._moved((event,))

    def _filled(self, fill: Filled, at_ns: Nanos) -> None:
        order = self._state.blotter.find(fill.order_id)
        key = (fill.trade_id, fill.order_id)
        if order is None or key in self._fills or order.spec.market_id not in self._state.desks:
            return
        market = self._state.desks[order.spec.market_id].market
        stage = self._state.settlements.stage(*key)
        self._fills[key] = FillRow(
            at_ns=at_ns,
            order_id=fill.order_id,
            market_id=market.market_id,
            title=market.title,
            outcome=market.outcome(order.spec.token),
            side=order.spec.side.value,
            price_pips=fill.price_pips,
            shares_micro=fill.shares_micro,
            cash_micro=fill.cash_micro,
            fee_micro=fill.fee_cash_micro,
            is_maker=fill.is_maker,
            strategy=order.strategy,
            stage="" if stage is None else stage.name,
        )
        if len(self._fills) > FILLS_MAX:
            _, dropped = self._fills.popitem(last=False)
            self._dropped_ns = max(self._dropped_ns, dropped.at_ns)

    def _moved(self, moves: Iterable[SettlementMoved]) -> None:
        for move in moves:
            row = self._fills.get((move.trade_id, move.order_id))
            if row is not None:
                self._fills[move.trade_id, move.order_id] = msgspec.structs.replace(row, stage=move.stage.name)
