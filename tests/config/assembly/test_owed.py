"""What the private channel owes: told and answered in any order, and nothing for what it cannot know."""

from hypothesis import given
from hypothesis import strategies as st

from config.assembly import owed as module
from config.assembly.owed import Owed
from oms.values.commands import Cancel, Place, Prepared
from oms.values.events import Acked, CancelDone, CancelRefused, CancelTaken, Event, Expired, Filled, Rejected, ReplyLost
from oms.values.orders import OrderSpec, Side

SPEC = OrderSpec(market_id="m", token="1", side=Side.BUY, price_pips=1, size_micro=1)
PLACED = Prepared(command=Place(order_id="o", spec=SPEC, strategy="s", why="w"))
CANCELLED = Prepared(command=Cancel(order_id="o", why="w"))
ACKED = Acked(order_id="o")
GONE = CancelTaken(order_id="o", why="by our wish")
TOLD_GONE = CancelDone(order_id="o", why="the venue says CANCELED", filled_micro=0)
FILL = Filled(
    order_id="o", trade_id="t", price_pips=1, shares_micro=1, cash_micro=1, fee_cash_micro=0, is_maker=True, exchange_ns=0
)  # fmt: skip


def given_sent(*ready: Prepared) -> Owed:
    owed = Owed()
    owed.sent(ready)
    return owed


def test_an_order_that_stands_by_the_answer_alone_is_owed_once() -> None:
    owed = given_sent(PLACED)
    assert owed.answered([ACKED])
    assert not owed.answered([ACKED])


def test_what_the_channel_told_first_is_not_owed() -> None:
    for told in (ACKED, FILL, TOLD_GONE, Expired(order_id="o")):
        owed = given_sent(PLACED)
        owed.told([told])
        assert not owed.answered([ACKED])


def test_a_cancel_by_our_wish_is_owed_unless_the_channel_told_it() -> None:
    assert given_sent(CANCELLED).answered([GONE])
    owed = given_sent(CANCELLED)
    owed.told([TOLD_GONE])
    assert not owed.answered([GONE])


def test_nothing_is_owed_for_orders_of_yesterday_for_withdrawn_ones_and_for_answers_to_questions() -> None:
    assert not Owed().answered([ACKED, GONE])
    withdrawn = CancelDone(order_id="o", why="withdrawn before it left", filled_micro=0)
    assert not given_sent(PLACED, CANCELLED).answered([withdrawn])


def test_refusals_and_lost_answers_are_owed_nothing() -> None:
    others: list[Event] = [Rejected(order_id="o", why="w"), ReplyLost(order_id="o"), CancelRefused(order_id="o", why="w")]
    assert not given_sent(PLACED, CANCELLED).answered(others)


@given(st.lists(st.sampled_from([ACKED, TOLD_GONE, FILL]), max_size=6), st.lists(st.sampled_from([ACKED, GONE]), max_size=6))
def test_a_channel_that_told_of_each_step_before_the_answer_owes_nothing(more: list[Event], answers: list[Event]) -> None:
    owed = given_sent(PLACED, CANCELLED)
    owed.told([ACKED, TOLD_GONE, *more])
    assert not owed.answered(answers)


def test_it_forgets_the_oldest_beyond_its_bound() -> None:
    owed = Owed()
    for number in range(module.REMEMBERED_MAX + 1):
        owed.sent([Prepared(command=Cancel(order_id=str(number), why="w"))])
    assert not owed.answered([CancelTaken(order_id="0", why="by our wish")])
    assert owed.answered([CancelTaken(order_id="1", why="by our wish")])
