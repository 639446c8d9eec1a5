"""The public's book of one market: sorted as the wire wants it, mirrored, whatever the order of the changes."""

from hypothesis import given
from hypothesis import strategies as st

from oms.values.events import LevelsChanged, TickChanged, Traded
from oms.values.levels import LevelChange
from oms.values.orders import Side
from oms.values.units import MICRO, micro_text, price_text
from sim.gateway.public_books import PublicBook
from tests.words import NO, NOON_NS, YES, given_market

changes = st.lists(st.tuples(st.sampled_from(list(Side)), st.integers(1, 9_999), st.sampled_from([0, MICRO, 2 * MICRO])), max_size=40)


def texts(levels: list[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(price_text(price), micro_text(size)) for price, size in levels]


@given(changes)
def test_rungs_are_sorted_with_the_best_last_and_no_is_the_mirror_of_yes(told: list[LevelChange]) -> None:
    book, naive = PublicBook(given_market()), {Side.BUY: dict[int, int](), Side.SELL: dict[int, int]()}
    for change in told:
        book.change(LevelsChanged(token=YES, levels=(change,), exchange_ns=NOON_NS))
        naive[change[0]][change[1]] = change[2]
    bids, asks = ({price: size for price, size in naive[side].items() if size} for side in (Side.BUY, Side.SELL))
    yes, no = book.signed(YES), book.signed(NO)
    assert [(rung.price, rung.size) for rung in yes.bids] == texts(sorted(bids.items()))
    assert [(rung.price, rung.size) for rung in yes.asks] == texts(sorted(asks.items(), reverse=True))
    assert [(rung.price, rung.size) for rung in no.bids] == texts(sorted((10_000 - price, size) for price, size in asks.items()))
    assert [(rung.price, rung.size) for rung in no.asks] == texts(sorted(((10_000 - price, size) for price, size in bids.items()), reverse=True))
    best_bid, best_ask = max(bids, default=0), min(asks, default=10_000)
    assert book.best(YES) == (best_bid, best_ask)
    assert book.best(NO) == (10_000 - best_ask, 10_000 - best_bid)


def test_a_trade_of_either_token_is_remembered_in_yes_terms_in_both_books() -> None:
    book = PublicBook(given_market())
    book.trade(Traded(token=NO, price_pips=3_000, shares_micro=MICRO, taker_side=Side.BUY, exchange_ns=NOON_NS))
    assert book.signed(YES).last_trade_price == book.signed(NO).last_trade_price == "0.700"
    book.trade(Traded(token=YES, price_pips=6_000, shares_micro=MICRO, taker_side=Side.BUY, exchange_ns=NOON_NS))
    assert book.signed(NO).last_trade_price == "0.600"


def test_a_tick_goes_into_both_hashes_at_once_but_each_token_remembers_what_it_was_told() -> None:
    book = PublicBook(given_market())
    before = book.signed(NO).hash
    assert book.change_tick(TickChanged(token=YES, tick_pips=10, exchange_ns=NOON_NS)) == 100
    assert book.signed(NO).hash != before
    assert book.change_tick(TickChanged(token=NO, tick_pips=10, exchange_ns=NOON_NS)) == 100
    assert book.signed(YES).tick_size == book.signed(NO).tick_size == "0.001"
