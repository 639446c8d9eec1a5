"""Messages about our orders and trades become facts; what the user channel says and what GET /data/trades says is read by the same rules.

Who is meant is decided by order hashes alone: an order is ours when `Names` knows its hash. `trader_side` and owners are not asked, because one
trade may hold several orders of ours, even on both sides. Owner and address only tell, where a hash is unknown, that somebody else (a person,
another bot) trades on our account; addresses are compared without regard to case (nautilus PR 4662).

The money of a trade is what each maker's order moved: matched × price **in that order's own token**, rounded to whole 10⁻⁶ as the exchange
contract does: down when the maker sells, up when the maker buys. The taker's money is the sum of that, or, where maker and taker buy (or sell)
both tokens against each other, the rest of a dollar a share. A message whose maker orders do not add up to the taker's size tells only size ×
price; that is taken then. The taker's fee is the market's curve on each part at its price, rounded up part by part: no message tells it, and how the
venue rounds is not documented (polymarket.md §7.1; decision 0004: never too small). Makers pay none.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from connectors.polymarket.names import Names
from connectors.polymarket.wire import Refusal
from connectors.polymarket.wire_user import MakerOrder, OrderMessage, Trade, moment_ns
from oms.values.events import Acked, CancelDone, Event, Expired, Filled, Rejected, SettlementMoved, SettlementStage
from oms.values.market import FeeCurve, Market, TokenId
from oms.values.orders import OrderId, Side
from oms.values.units import PRICE_ONE_PIPS, BadNumber, CashMicro, Nanos, Pips, SharesMicro, size_micro_from_text

UNKNOWN_FEE: Final = FeeCurve(rate_bps=700)
"""For a market that we do not know: the dearest schedule there is (polymarket.md §7.1)."""
_STAGES: Final[Mapping[str, SettlementStage]] = {
    "MATCHED": SettlementStage.MATCHED,
    "MATCHED_NOT_BROADCASTED": SettlementStage.MATCHED,
    "MINED": SettlementStage.MINED,
    "CONFIRMED": SettlementStage.CONFIRMED,
    "RETRYING": SettlementStage.RETRYING,
    "FAILED": SettlementStage.FAILED,
}
_PRICE: Final = re.compile(r"0?\.(\d{1,40})", re.ASCII)
_SIDES: Final = frozenset({"BUY", "SELL"})
_EXCERPT_MAX: Final = 60
_KILLED: Final = {"couldn't be fully filled": "FOK_KILLED", "no orders found to match": "FAK_KILLED"}
"""Words of a status → our name of that refusal, as in rest.py. Only the first was ever captured."""


def killed(order_id: OrderId, status: str, filled_micro: SharesMicro) -> Rejected | None:
    """The fact of an order that was killed on arrival: its status holds the sentence of its refusal (polymarket.md §3.5). None: of any other.

    It is a refusal, not an end: its POST is answered with the same sentence, and an order cannot both be refused and have stood.
    """
    name = next((name for words, name in _KILLED.items() if words in status), None)
    if name is None or filled_micro:
        return None
    return Rejected(order_id=order_id, why=f"{name}: the venue says {status[:_EXCERPT_MAX]}")


class TradeTold(msgspec.Struct, frozen=True, gc=False):
    """What one trade message says about orders of ours."""

    fills: tuple[Filled, ...] = ()
    settlements: tuple[SettlementMoved, ...] = ()
    """Where the trade stands, one a fill; none while it is only matched."""
    foreign: int = 0
    """Orders in it that were placed on our account, but not by us."""


class _Price(msgspec.Struct, frozen=True, gc=False):
    """An exact price: `numerator` / `scale`."""

    numerator: int
    scale: int

    def cash_micro(self, shares_micro: SharesMicro, *, up: bool) -> CashMicro:
        """shares × price in whole micro-dollars, at least one.

        A price finer than any tick is itself a rounded quotient of two amounts ("0.0030000000012" of 5 dollars for 1666.666666 shares): where it is
        so close to a whole amount that the rounding explains the rest, that is the amount.
        """
        exact = shares_micro * self.numerator
        if self.scale > PRICE_ONE_PIPS:
            whole = (2 * exact + self.scale) // (2 * self.scale)
            if abs(exact - whole * self.scale) <= shares_micro:
                return max(1, whole)
        return max(1, -(-exact // self.scale) if up else exact // self.scale)


class UserFacts:
    """Reads messages for one account."""

    def __init__(self, names: Names, markets: Mapping[TokenId, Market], address: str, api_key: str = "") -> None:
        """`markets` may grow while this reads. `address` holds the funds; `api_key` names us as owner, if it is known."""
        self._names = names
        self._markets = markets
        self._address = address.lower()
        self._api_key = api_key

    def order(self, message: OrderMessage) -> list[Event] | None:
        """The facts of an `order` message; None: the order is not ours.

        Raises:
            Refusal: unknown_order_type.
            BadNumber: the size matched is none.
        """
        order_id = self._names.ours(message.id)
        if order_id is None:
            return None
        status = (message.status or "").removeprefix("ORDER_STATUS_")
        if message.type not in {"PLACEMENT", "UPDATE", "CANCELLATION"}:
            raise Refusal("unknown_order_type", f"an order message is of type {message.type[:_EXCERPT_MAX]!r}")
        if message.type == "CANCELLATION" or status.startswith(("CANCELED", "INVALID")):
            filled_micro = size_micro_from_text(message.size_matched) if message.size_matched else None
            if "EXPIRED" in status or "TIMED_OUT" in status:
                return [Expired(order_id=order_id, filled_micro=filled_micro)]
            refused = killed(order_id, status, filled_micro or 0)
            if refused is not None:
                return [refused]
            return [CancelDone(order_id=order_id, why=f"the venue says {status[:_EXCERPT_MAX] or message.type}", filled_micro=filled_micro)]
        return [Acked(order_id=order_id, venue_order_id=message.id.lower())]

    def trade(self, trade: Trade, at_ns: Nanos) -> TradeTold:
        """The fills of ours in one trade and where its settlement stands; `at_ns` stands in for a time that cannot be read.

        Raises:
            Refusal: unknown_trade_status, no_trade_id.
            BadNumber: a price or size that concerns us is none.
        """
        stage = _STAGES.get(trade.status.removeprefix("TRADE_STATUS_"))
        if stage is None:
            raise Refusal("unknown_trade_status", f"trade {trade.id[:_EXCERPT_MAX]} has the status {trade.status[:_EXCERPT_MAX]!r}")
        if not trade.id:
            raise Refusal("no_trade_id", "a trade without an id cannot be counted once")
        exchange_ns = moment_ns(trade.match_time, trade.matchtime, trade.timestamp) or at_ns
        fills: list[Filled] = []
        foreign = 0
        taker = self._names.ours(trade.taker_order_id)
        if taker is not None:
            fills.append(self._taken(trade, taker, exchange_ns))
        elif self._is_us(trade.owner, trade.maker_address):
            foreign += 1
        ours: dict[OrderId, list[MakerOrder]] = {}
        for entry in trade.maker_orders or ():
            maker = self._names.ours(entry.order_id)
            if maker is not None:
                ours.setdefault(maker, []).append(entry)
            elif self._is_us(entry.owner, entry.maker_address):
                foreign += 1
        fills += [_made(trade, entries, maker, exchange_ns) for maker, entries in ours.items()]
        if stage is SettlementStage.MATCHED:
            return TradeTold(tuple(fills), (), foreign)
        moves = tuple([SettlementMoved(trade_id=trade.id, order_id=fill.order_id, stage=stage) for fill in fills])
        return TradeTold(tuple(fills), moves, foreign)

    def _is_us(self, owner: str | None, address: str | None) -> bool:
        return (bool(self._api_key) and owner == self._api_key) or (bool(self._address) and (address or "").lower() == self._address)

    def _taken(self, trade: Trade, order_id: OrderId, exchange_ns: Nanos) -> Filled:
        """Our order came to the market: the top of the message."""
        shares = _shares(trade.size)
        parts = _met(trade, shares)
        cash = max(1, sum(part.cash_micro for part in parts))
        market = self._markets.get(trade.asset_id)
        fee = UNKNOWN_FEE if market is None else market.fee
        return Filled(
            order_id=order_id,
            trade_id=trade.id,
            price_pips=_nearest_pips(cash, shares),
            shares_micro=shares,
            cash_micro=cash,
            fee_cash_micro=sum(fee.fee_cash_micro(part.shares_micro, part.price_pips) for part in parts),
            is_maker=False,
            exchange_ns=exchange_ns,
        )


def _made(trade: Trade, entries: list[MakerOrder], order_id: OrderId, exchange_ns: Nanos) -> Filled:
    """Our order stood in the market: its entry, or entries, as one fill."""
    parts = [(_shares(entry.matched_amount), _price(entry.price), _side(trade, entry) is Side.BUY) for entry in entries]
    shares = sum(part for part, _, _ in parts)
    cash = sum(price.cash_micro(part, up=buying) for part, price, buying in parts)
    price = parts[0][1]
    return Filled(
        order_id=order_id,
        trade_id=trade.id,
        price_pips=_nearest_pips(price.numerator, price.scale) if len(parts) == 1 else _nearest_pips(cash, shares),
        shares_micro=shares,
        cash_micro=cash,
        fee_cash_micro=0,
        is_maker=True,
        exchange_ns=exchange_ns,
    )


def _side(trade: Trade, entry: MakerOrder) -> Side:
    """Which way the maker traded. Not told: opposite in the same token, the same way in the other one (polymarket.md §6.4)."""
    if entry.side in _SIDES:
        return Side(entry.side)
    return trade.side.opposite if entry.asset_id == trade.asset_id else trade.side


class _Part(NamedTuple):
    """What the taker traded with one maker; the price is in the maker's token, which makes no difference to the fee."""

    shares_micro: SharesMicro
    price_pips: Pips
    cash_micro: CashMicro


def _met(trade: Trade, shares_micro: SharesMicro) -> list[_Part]:
    """The taker's trade, a part for each maker; as one part where the makers that are told do not add up."""
    parts: list[_Part] = []
    for entry in trade.maker_orders or ():
        part_micro, price = _shares(entry.matched_amount), _price(entry.price)
        cash = price.cash_micro(part_micro, up=_side(trade, entry) is Side.BUY)
        pips = _nearest_pips(price.numerator, price.scale)
        parts.append(_Part(part_micro, pips, cash if entry.asset_id == trade.asset_id else part_micro - cash))
    if sum(part.shares_micro for part in parts) == shares_micro:
        return parts
    price = _price(trade.price)
    cash = price.cash_micro(shares_micro, up=trade.side is Side.BUY)
    return [_Part(shares_micro, _nearest_pips(price.numerator, price.scale), cash)]


def _shares(text: str) -> SharesMicro:
    micro = size_micro_from_text(text)
    if not micro:
        raise BadNumber(f"a trade of {text[:_EXCERPT_MAX]!r} shares is none")
    return micro


def _price(text: str) -> _Price:
    """An exact price between 0 and 1. Raises BadNumber."""
    found = _PRICE.fullmatch(text)
    numerator = int(found[1]) if found is not None else 0
    if found is None or not numerator:
        raise BadNumber(f"price {text[:_EXCERPT_MAX]!r} is not between 0 and 1")
    return _Price(numerator, 10 ** len(found[1]))


def _nearest_pips(cash: int, shares: int) -> Pips:
    """cash / shares as the nearest price there is."""
    return min(max((2 * cash * PRICE_ONE_PIPS + shares) // (2 * shares), 1), PRICE_ONE_PIPS - 1)
