"""What a person, or a guard that stands in for one, told the bot: facts like all others, kept in the journal. Pausing all of it is in events.py."""

from oms.values.market import MarketId
from oms.values.market_events import Fact
from oms.values.orders import OrderId, OrderSpec
from oms.values.units import CashMicro


class MarketPaused(Fact, frozen=True):
    """No strategy trades in this market any more; what strategies have there is cancelled, orders placed by hand stay."""

    market_id: MarketId
    why: str


class MarketResumed(Fact, frozen=True):
    """Strategies trade in this market again. A person has looked, so its quarantine ends too."""

    market_id: MarketId
    why: str


class CancelAsked(Fact, frozen=True):
    """A person wants these orders gone, whoever placed them."""

    order_ids: tuple[OrderId, ...]
    why: str


class OrderAsked(Fact, frozen=True):
    """A person wants this order placed. It passes the gate like every other."""

    spec: OrderSpec
    why: str


class ParamsSet(Fact, frozen=True):
    """A person changed parameters of a strategy. It lasts until the process ends: a new one begins with its file of settings."""

    strategy: str
    values: dict[str, object]


class ResultMarked(Fact, frozen=True):
    """What the account had won or lost at the mark, written down now and then, so that the highest of it outlives the process."""

    result_micro: CashMicro
    best_micro: CashMicro | None = None
    """The highest until then, which may lie between two marks; None: the result itself."""
