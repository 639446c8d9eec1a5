"""No more than wanted: whatever stands, wherever it is on its way, a side never gets more than is wanted there; and then it gets all of it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.machines.blotter import Blotter, Order
from oms.machines.lifecycle import Happening, State
from oms.machines.quoting import Difference, difference
from oms.values.decisions import Quote, Quotes
from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.units import MICRO, Pips, SharesMicro
from tests.oms.words_oms import given_fill, given_order, given_spec
from tests.words import MARKET, NO, YES

BUY, SELL = Side.BUY, Side.SELL
H = Happening
PLENTY = dict.fromkeys((YES, NO), 10**6 * MICRO)
ROADS = {State.SENT: (), State.LIVE: (H.ACK,), State.CANCELLING: (H.ACK, H.CANCEL_ASKED), State.UNKNOWN: (H.REPLY_LOST,)}
"""How an order came to be where it is: every state that stands or may stand."""
YES_BIDS = ((YES, BUY), (NO, SELL))
"""The two ways to want the market up; the other two are YES asks."""

Place = tuple[TokenId, Side, Pips]
Standing = tuple[Place, int, State, int]
"""(where, whole shares, how far it is, whole shares of it already filled)."""


def places(yes_bids: range, yes_asks: range) -> st.SearchStrategy[Place]:
    """Any token and side, at a price whose meaning in YES terms is in the range of its side."""
    bids = [(token, side, price if token == YES else 10_000 - price) for token, side in YES_BIDS for price in yes_bids]
    asks = [(token, side, price if token == YES else 10_000 - price) for token, side in ((YES, SELL), (NO, BUY)) for price in yes_asks]
    return st.sampled_from([*bids, *asks])


ANYWHERE = places(range(4_600, 5_500, 100), range(4_600, 5_500, 100))
APART = places(range(4_600, 5_000, 100), range(5_000, 5_400, 100))
"""Bids below asks: nothing of it meets anything of it."""
sizes = st.sampled_from((20, 60, 100))
crowds = st.lists(st.tuples(ANYWHERE, sizes, st.sampled_from(list(ROADS)), st.sampled_from((0, 0, 15))), max_size=6)


def wishes(where: st.SearchStrategy[Place], *patience_pips: Pips) -> st.SearchStrategy[Quotes]:
    """Up to five quotes, also several at one place."""
    quotes = st.lists(st.tuples(where, sizes), max_size=5)
    return st.builds(lambda told, patience: quotes_of(*told, patience_pips=patience), quotes, st.sampled_from(patience_pips))


def quotes_of(*told: tuple[Place, int], patience_pips: Pips = 0) -> Quotes:
    quotes = tuple(
        Quote(token=token, side=side, price_pips=price, shares_micro=shares * MICRO, why="a test wants it") for (token, side, price), shares in told
    )
    return Quotes(quotes=quotes, why="a test wants them", patience_pips=patience_pips)


class Market:
    """Our orders of one strategy in one market, and a venue that does what the test says."""

    def __init__(self, crowd: list[Standing]) -> None:
        self.blotter = Blotter()
        self.count = 0
        for (token, side, price), shares, state, filled in crowd:
            order = self._order(token, side, price, shares * MICRO, *ROADS[state])
            if filled and state is not State.UNKNOWN:
                self.blotter.fill(order, given_fill(f"t{self.count}", filled, price_pips=price), 1)

    def mine(self) -> list[Order]:
        return list(self.blotter.open_orders(MARKET).values())

    def stands(self) -> dict[bool, SharesMicro]:
        """Is a YES bid → all that stands or may stand there."""
        found = {True: 0, False: 0}
        for order in self.mine():
            found[(order.spec.token, order.spec.side) in YES_BIDS] += order.remaining_micro
        return found

    def ask_for(self, wanted: Quotes | None) -> Difference:
        """Take the difference, and send it: cancels are on their way, places too."""
        found = difference(wanted, self.mine(), self.mine(), YES, PLENTY)
        for order in found.cancels:
            self.blotter.happen(order, H.CANCEL_ASKED, 1)
        for place in found.places:
            self._order(place.token, place.side, place.price_pips, place.shares_micro)
        return found

    def answer(self) -> None:
        """The venue answers everything: what was sent stands, what was unknown never came, what was to be cancelled is gone."""
        answers = {State.SENT: H.ACK, State.UNKNOWN: H.PROVEN_ABSENT, State.CANCELLING: H.CANCEL_DONE}
        for order in self.mine():
            if order.state in answers:
                self.blotter.happen(order, answers[order.state], 1)

    def _order(self, token: TokenId, side: Side, price: Pips, shares_micro: SharesMicro, *happenings: Happening) -> Order:
        self.count += 1
        spec = given_spec(side, price, shares_micro // MICRO, token=token)
        return given_order(spec, *happenings, order_id=f"o{self.count}", blotter=self.blotter)


def sides_of(wanted: Quotes) -> dict[bool, SharesMicro]:
    found = {True: 0, False: 0}
    for quote in wanted.quotes:
        found[(quote.token, quote.side) in YES_BIDS] += quote.shares_micro
    return found


@given(crowd=crowds, wanted=wishes(ANYWHERE, 0, 100))
def test_a_side_never_gets_more_than_is_wanted_there(crowd: list[Standing], wanted: Quotes) -> None:  # req 0.12
    market = Market(crowd)
    before, most = market.stands(), sides_of(wanted)
    found = market.ask_for(wanted)
    for is_bid, stands in market.stands().items():
        # More may have stood before, as after a change of mind; then nothing is added to it.
        assert stands <= max(before[is_bid], most[is_bid])
    assert len(found.places) + found.waiting <= len(wanted.quotes)


@given(crowd=crowds, wishes=st.lists(wishes(ANYWHERE, 0, 100), min_size=1, max_size=4))
def test_minds_that_change_faster_than_the_venue_answers_pile_nothing_up(crowd: list[Standing], wishes: list[Quotes]) -> None:
    market = Market(crowd)
    most = market.stands()
    for wanted in wishes:
        market.ask_for(wanted)
        most = {is_bid: max(most[is_bid], shares) for is_bid, shares in sides_of(wanted).items()}
        stands = market.stands()
        assert (stands[True] <= most[True], stands[False] <= most[False]) == (True, True)


@given(crowd=crowds, wanted=wishes(APART, 0))
def test_once_the_venue_has_answered_just_what_is_wanted_stands(crowd: list[Standing], wanted: Quotes) -> None:  # req 2.44
    market = Market(crowd)
    for _ in range(3):  # what was sent is first seen to stand, then cancelled, then replaced
        market.ask_for(wanted)
        market.answer()
    last = market.ask_for(wanted)
    assert (last.cancels, last.places, last.waiting) == ((), (), 0)
    places = Counter((order.spec.token, order.spec.side, order.spec.price_pips) for order in market.mine())
    assert places == Counter((quote.token, quote.side, quote.price_pips) for quote in wanted.quotes)
    for is_bid, shares in sides_of(wanted).items():
        assert shares <= 2 * market.stands()[is_bid] <= 2 * shares  # an order that is half there is left in its place


BID, LOWER_BID, MINTED_ASK, ASK = (YES, BUY, 4_900), (YES, BUY, 4_800), (NO, BUY, 4_900), (YES, SELL, 5_200)


@pytest.mark.parametrize("state", ROADS)
def test_whatever_may_stand_takes_room_on_its_side_and_none_on_the_other(state: State) -> None:
    market = Market([(BID, 100, state, 0)])
    found = market.ask_for(quotes_of((LOWER_BID, 100), (ASK, 100), (MINTED_ASK, 100)))
    assert [(place.token, place.side) for place in found.places] == [(YES, SELL), (NO, BUY)]
    assert found.waiting == 1


def test_an_ask_minted_from_the_other_token_takes_the_room_of_an_ask() -> None:
    market = Market([(MINTED_ASK, 100, State.CANCELLING, 0)])
    found = market.ask_for(quotes_of((ASK, 100), (BID, 100)))
    assert ([place.side for place in found.places], found.waiting) == ([BUY], 1)


@pytest.mark.parametrize(("second", "placed"), [(60, [100]), (59, [59])], ids=["just enough", "a share too little for the first"])
def test_room_is_counted_in_what_is_left_of_an_order_to_the_share(second: int, placed: list[int]) -> None:  # req 2.12
    market = Market([(LOWER_BID, 100, State.CANCELLING, 40)])  # 60 left
    found = market.ask_for(quotes_of((BID, 100), (LOWER_BID, second)))
    assert ([place.shares_micro // MICRO for place in found.places], found.waiting) == (placed, 1)


def test_a_quote_too_large_for_the_room_lets_a_smaller_one_pass() -> None:
    found = Market([(LOWER_BID, 100, State.CANCELLING, 0)]).ask_for(quotes_of((BID, 100), (LOWER_BID, 20)))
    assert ([place.shares_micro for place in found.places], found.waiting) == ([20 * MICRO], 1)
