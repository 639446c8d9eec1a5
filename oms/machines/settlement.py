"""The second table: what becomes of a trade after the match.

A matched trade is a promise. It is mined, then confirmed; or it is retried and may fail, and a failed trade is undone: shares, cash and fee go
back, exactly once. CONFIRMED and FAILED are final, and a venue that says both about one trade contradicts itself (blank cells).
"""

from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from oms.values.events import SettlementStage
from oms.values.units import NS_PER_SECOND, Nanos

_S = SettlementStage

TRANSITIONS: Final[Mapping[SettlementStage, Mapping[SettlementStage, SettlementStage]]] = MappingProxyType(
    {
        _S.MATCHED: {
            _S.MATCHED: _S.MATCHED,
            _S.MINED: _S.MINED,
            _S.CONFIRMED: _S.CONFIRMED,
            _S.RETRYING: _S.RETRYING,
            _S.FAILED: _S.FAILED,
        },
        _S.MINED: {_S.MATCHED: _S.MINED, _S.MINED: _S.MINED, _S.CONFIRMED: _S.CONFIRMED, _S.RETRYING: _S.RETRYING, _S.FAILED: _S.FAILED},
        _S.RETRYING: {
            _S.MATCHED: _S.RETRYING,
            _S.MINED: _S.MINED,
            _S.CONFIRMED: _S.CONFIRMED,
            _S.RETRYING: _S.RETRYING,
            _S.FAILED: _S.FAILED,
        },
        _S.CONFIRMED: {_S.MATCHED: _S.CONFIRMED, _S.MINED: _S.CONFIRMED, _S.RETRYING: _S.CONFIRMED, _S.CONFIRMED: _S.CONFIRMED},
        _S.FAILED: {_S.MATCHED: _S.FAILED, _S.MINED: _S.FAILED, _S.RETRYING: _S.FAILED, _S.FAILED: _S.FAILED},
    }
)
"""Stage we hold × stage we are told → stage we hold then."""

FINAL: Final = (_S.CONFIRMED, _S.FAILED)
LATELY_NS: Final = 120 * NS_PER_SECOND
"""Trades confirmed so long ago are still told as confirmed lately."""


class IllegalSettlement(Exception):
    """The venue contradicted itself about a trade; nothing was changed."""


class Settlements:
    """Where every trade that is not yet final stands. Keyed by (trade id, order id): one trade may fill several of our orders."""

    def __init__(self) -> None:
        self._stage: dict[tuple[str, str], SettlementStage] = {}
        self._open_since: dict[tuple[str, str], Nanos] = {}
        """Trades that are not final, and when they were made."""
        self._confirmed: deque[tuple[Nanos, tuple[str, str]]] = deque()
        """Those that were confirmed lately, and when we heard of it."""

    def start(self, trade_id: str, order_id: str, at_ns: Nanos) -> None:
        """A fill was applied: its trade, made at that moment, is matched."""
        key = (trade_id, order_id)
        if key not in self._stage:
            self._stage[key] = _S.MATCHED
            self._open_since[key] = at_ns

    def oldest_open_ns(self, from_ns: Nanos = 0) -> Nanos | None:
        """When the oldest trade that is not final was made, of those since `from_ns`; None: all of these are final.

        A trade may be told long after it was made, so all are looked at.
        """
        return min([at_ns for at_ns in self._open_since.values() if at_ns >= from_ns], default=None)

    def orders_before(self, at_ns: Nanos) -> list[str]:
        """Orders with a trade that was made before then and is not final yet."""
        return list(dict.fromkeys(order_id for (_, order_id), made_ns in self._open_since.items() if made_ns < at_ns))

    def stage(self, trade_id: str, order_id: str) -> SettlementStage | None:
        """Where the trade stands; None when it is final and forgotten, or was never ours."""
        return self._stage.get((trade_id, order_id))

    def move(self, trade_id: str, order_id: str, told: SettlementStage) -> tuple[SettlementStage, SettlementStage]:
        """Apply what the venue says. Returns (stage before, stage after).

        A trade stays known here after it became final; the blotter forgets it together with its order.

        Raises:
            IllegalSettlement: CONFIRMED after FAILED or the reverse.
            KeyError: no such trade of ours.
        """
        key = (trade_id, order_id)
        before = self._stage[key]
        try:
            after = TRANSITIONS[before][told]
        except KeyError:
            raise IllegalSettlement(f"trade {trade_id} of order {order_id}: told {told.name} after {before.name}") from None
        self._stage[key] = after
        if after in FINAL:
            self._open_since.pop(key, None)
        return before, after

    def confirmed(self, trade_id: str, order_id: str, at_ns: Nanos) -> None:
        """It has just become final."""
        self._confirmed.append((at_ns, (trade_id, order_id)))
        while self._confirmed[0][0] < at_ns - LATELY_NS:
            self._confirmed.popleft()

    def confirmed_since(self, at_ns: Nanos) -> list[tuple[str, str]]:
        """(trade id, order id) of every trade of which we heard since then that it is confirmed; LATELY_NS back at the most."""
        return [key for heard_ns, key in self._confirmed if heard_ns >= at_ns]

    def open_trades(self) -> list[tuple[str, str]]:
        """(trade id, order id) of every trade that is not final yet."""
        return list(self._open_since)

    def forget(self, trade_id: str, order_id: str) -> None:
        """The order is history: drop what is known of its trade."""
        self._stage.pop((trade_id, order_id), None)
        self._open_since.pop((trade_id, order_id), None)

    @property
    def open_count(self) -> int:
        """Trades that are not final yet."""
        return len(self._open_since)
