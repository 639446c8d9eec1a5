"""Test vocabulary of what a person asks for."""

from oms.values import events as e
from oms.values.commands import Place
from oms.values.decisions import StandAside
from oms.values.orders import OrderSpec
from tests.oms.words_engine import Floor, acked, of_kind
from tests.oms.words_oms import given_spec


def cancel(*order_ids: str) -> e.CancelAsked:
    return e.CancelAsked(order_ids=order_ids, why="gone")


def order(spec: OrderSpec | None = None, why: str = "a feeling") -> e.OrderAsked:
    return e.OrderAsked(spec=spec or given_spec(), why=why)


def by_hand(floor: Floor, spec: OrderSpec | None = None) -> str:
    """An order by hand that stands, on a floor whose strategy wants nothing unless the test says so; its id."""
    floor.script.decision = floor.script.decision or StandAside(why="nothing is wanted")
    (place,) = of_kind(floor.tell(order(spec)), Place)
    floor.tell(acked(place.order_id))
    return place.order_id
