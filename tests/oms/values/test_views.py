import msgspec
import pytest

from oms.values.views import OrderView, ProgressView, TransitionView

STEP = TransitionView(at_ns=1, happening="ACK", state="LIVE", filled_micro=0)
ORDER = OrderView(
    order_id="o1", venue_order_id="0x1", market_id="m", token="t", side="BUY", price_pips=4_900, size_micro=5, filled_micro=0, state="LIVE",
    status="pending", strategy="maker", why="below the mid", history=(STEP,),
)  # fmt: skip
PROGRESS = ProgressView(
    at_ns=1, events=2, placed=3, filled=4, cancelled=5, resting=6, cash_free_micro=7, equity_mark_micro=None, equity_worst_micro=-8, books="2 LIVE"
)


@pytest.mark.parametrize("view", [STEP, ORDER, PROGRESS])
def test_a_picture_survives_the_wire_and_cannot_be_painted_over(view: msgspec.Struct) -> None:
    # req 2.36
    assert msgspec.json.decode(msgspec.json.encode(view), type=type(view)) == view
    with pytest.raises(AttributeError, match="immutable"):
        view.at_ns = 9  # type: ignore[attr-defined]


def test_an_unknown_mark_is_said_to_be_unknown() -> None:
    # trap T22: no price is not a price of a half
    assert msgspec.json.decode(msgspec.json.encode(PROGRESS))["equity_mark_micro"] is None
