"""Messages become facts: sides and integers, one fact a token, hash context by what was told, all of a frame or nothing."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.polymarket import wire
from connectors.polymarket.market_facts import MarketFacts
from oms.values.events import BestTold, BookReset, Event, LevelsChanged, MarketResolved, TickChanged, Traded
from oms.values.levels import HashContext
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import BadNumber
from tests.connectors.frames import (
    CONDITION,
    EXCHANGE_NS,
    MARKET,
    MARKETS,
    MS,
    NO,
    OTHER_MARKET,
    OTHER_YES,
    YES,
    book,
    entry,
    frame,
    old_price_change,
    price_change,
    rest_book,
)


def read(message: object, facts: MarketFacts | None = None) -> Sequence[Event]:
    return (facts or MarketFacts(MARKETS)).read(wire.decode(frame(message)))


def the_book(message: object, facts: MarketFacts | None = None) -> BookReset:
    (event,) = read(message, facts)
    assert isinstance(event, BookReset)
    return event


def without(message: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key not in keys}


def test_a_book_is_its_levels_in_integers() -> None:  # req 1.25, 2.17, 2.37
    told = the_book(book())
    assert told.bids == ((4_800, 30_000_000), (4_900, 100_500_000))
    assert told.asks == ((5_100, 7_000_000),)
    assert (told.token, told.exchange_ns, told.hash, told.tick_pips, told.from_rest) == (YES, EXCHANGE_NS, "h", 100, False)


def test_a_market_that_was_dropped_is_another_of_which_the_stream_tells() -> None:
    facts = MarketFacts({**MARKETS, OTHER_YES: OTHER_MARKET})
    read(rest_book(), facts)
    facts.drop_market(MARKET)
    facts.drop_market(MARKET)
    assert read(book(), facts) == []
    assert (facts.other_tokens, YES in facts.markets, NO in facts.markets, OTHER_YES in facts.markets) == (1, False, False, True)


def test_a_price_finer_than_the_tick_is_legal_here() -> None:
    (event,) = read(price_change(entry(price="0.005", best_bid="0.0049")))
    assert isinstance(event, LevelsChanged)
    assert event.levels == ((Side.BUY, 50, 2_525_000_000),)
    assert event.best_bid_pips == 49


def test_one_price_change_is_one_fact_a_token_with_what_its_last_entry_tells() -> None:
    first = entry(price="0.37", hash="early", best_bid="0.4", best_ask="0.6")
    mirror = entry(NO, price="0.63", side="SELL", hash="mirror", best_bid="", best_ask="")
    last = entry(price="0.38", size="0", hash="late", best_bid="0", best_ask="1")
    assert read(price_change(first, mirror, last)) == [
        LevelsChanged(
            token=YES,
            levels=((Side.BUY, 3_700, 2_525_000_000), (Side.BUY, 3_800, 0)),
            exchange_ns=EXCHANGE_NS,
            hash="late",
            best_bid_pips=0,
            best_ask_pips=10_000,
        ),
        LevelsChanged(
            token=NO, levels=((Side.SELL, 6_300, 2_525_000_000),), exchange_ns=EXCHANGE_NS, hash="mirror", best_bid_pips=0, best_ask_pips=10_000
        ),
    ]


def test_the_price_change_of_2025_gives_the_same_kind_of_fact_without_best_prices_or_a_hash_that_means_anything() -> None:
    told = old_price_change({"price": "0.38", "side": "SELL", "size": "0"}, {"price": "0.37", "side": "SELL", "size": "6333.5"})
    levels = ((Side.SELL, 3_800, 0), (Side.SELL, 3_700, 6_333_500_000))
    assert read(told) == [LevelsChanged(token=YES, levels=levels, exchange_ns=EXCHANGE_NS)]


def test_a_trade_keeps_the_text_of_its_price() -> None:
    told = {"asset_id": YES, "price": "0.510", "size": "10", "side": "SELL", "timestamp": MS, "event_type": "last_trade_price"}
    assert read(told) == [
        Traded(token=YES, price_pips=5_100, shares_micro=10_000_000, taker_side=Side.SELL, exchange_ns=EXCHANGE_NS, price_text="0.510")
    ]


def test_tick_and_best_prices_and_resolution_become_facts() -> None:
    tick = {"event_type": "tick_size_change", "asset_id": YES, "new_tick_size": "0.001", "timestamp": MS}
    best = {"event_type": "best_bid_ask", "asset_id": NO, "best_bid": "0.73", "best_ask": "1", "timestamp": MS}
    won = {"event_type": "market_resolved", "market": CONDITION, "assets_ids": [YES, NO], "winning_asset_id": NO}
    assert read([tick, best, won]) == [
        TickChanged(token=YES, tick_pips=10, exchange_ns=EXCHANGE_NS),
        BestTold(token=NO, best_bid_pips=7_300, best_ask_pips=10_000, exchange_ns=EXCHANGE_NS),
        MarketResolved(market_id=CONDITION, payout=Payout(yes_ppm=0, no_ppm=1_000_000)),
    ]


def test_a_winner_that_is_no_token_of_the_market_is_refused() -> None:
    with pytest.raises(wire.Refusal) as caught:
        read({"event_type": "market_resolved", "market": CONDITION, "winning_asset_id": "5"})
    assert caught.value.name == "unknown_winner"


def test_new_markets_are_counted_as_not_read() -> None:
    facts = MarketFacts(MARKETS)
    assert read({"event_type": "new_market", "market": "0x1"}, facts) == []
    assert facts.not_read == {"new_market": 1}


def test_tokens_of_other_markets_are_counted_until_their_market_is_given() -> None:
    facts = MarketFacts(MARKETS)
    trade = {"asset_id": OTHER_YES, "price": "0.5", "size": "1", "side": "BUY", "timestamp": MS, "event_type": "last_trade_price"}
    foreign = {"event_type": "market_resolved", "market": "0x9", "winning_asset_id": "9"}
    assert read([book(OTHER_YES), trade, foreign], facts) == []
    assert [event.token for event in read(price_change(entry(OTHER_YES), entry(NO)), facts) if isinstance(event, LevelsChanged)] == [NO]
    assert facts.other_tokens == 4
    facts.add_market(OTHER_MARKET)
    assert the_book(book(OTHER_YES), facts).token == OTHER_YES


def test_a_book_that_tells_neither_minimum_nor_tick_is_hashed_as_in_2025() -> None:
    assert the_book(without(book(), "tick_size")).context == HashContext(recipe="A-2025-06", market=CONDITION)


def test_a_book_without_last_price_is_hashed_as_at_the_end_of_2025_and_one_with_as_in_2026() -> None:
    before = HashContext(recipe="B-2025-10", market=CONDITION, min_order_size="5", tick_size="0.01", neg_risk=False)
    assert the_book(book()).context == before
    assert the_book(book(last_trade_price="")).context == replace(before, recipe="C-2026-04")
    assert the_book(book(last_trade_price="0.500")).context == replace(before, recipe="C-2026-04", last_trade_price="0.500")


def test_a_stream_book_takes_minimum_and_negrisk_from_the_rest_book_before_it() -> None:
    facts = MarketFacts(MARKETS)
    rest = the_book(rest_book(), facts)
    assert rest.from_rest
    first = HashContext(recipe="C-2026-04", market=CONDITION, min_order_size="15", tick_size="0.01", neg_risk=True, last_trade_price="0.500")
    assert rest.context == first
    assert the_book(book(last_trade_price="0.7"), facts).context == replace(first, last_trade_price="0.7")
    read({"event_type": "tick_size_change", "asset_id": YES, "new_tick_size": "0.001", "timestamp": MS}, facts)
    later = without(book(last_trade_price="0.7"), "tick_size")
    assert the_book(later, facts).context == replace(first, tick_size="0.001", last_trade_price="0.7")


def test_a_book_without_market_or_hash_has_no_hash_context() -> None:
    assert the_book(without(book(), "market")).context is None
    assert the_book(without(book(), "hash")).context is None


def test_a_price_that_stands_twice_on_one_side_is_refused_and_on_both_sides_is_not() -> None:
    rung = {"price": "0.5", "size": "1"}
    assert the_book(book(bids=[rung], asks=[rung])).bids == the_book(book(bids=[rung], asks=[rung])).asks
    with pytest.raises(wire.Refusal, match=r"asks name the price 0\.5 twice") as caught:
        read(book(asks=[{"price": "0.6", "size": "1"}, rung, {"price": "0.50", "size": "2"}]))
    assert caught.value.name == "duplicate_level"


@pytest.mark.parametrize("price", ["0", "1", "1.01", "-0.5", "0.00005", "5e-1", "", " 0.5", "0,5", "½", "1" * 50])
def test_a_price_outside_the_dollar_or_finer_than_any_venue_is_refused(price: str) -> None:  # req 1.29
    for message in (book(bids=[{"price": price, "size": "1"}]), price_change(entry(price=price))):
        with pytest.raises(BadNumber, match="price"):
            read(message)


@pytest.mark.parametrize("size", ["-1", "1e30", "1" + "0" * 30, "0.0000001", "NaN", "Infinity", "", "1_000", "+5"])
def test_a_size_that_cannot_be_is_refused(size: str) -> None:
    for message in (book(asks=[{"price": "0.5", "size": size}]), price_change(entry(size=size))):
        with pytest.raises(BadNumber, match="size"):
            read(message)


def test_a_bad_last_part_leaves_nothing_of_the_frame() -> None:
    facts = MarketFacts(MARKETS)
    with pytest.raises(BadNumber):
        read([rest_book(min_order_size="99"), rest_book(NO, bids=[{"price": "7", "size": "1"}])], facts)
    context = the_book(book(last_trade_price=""), facts).context
    assert context is not None
    assert context.min_order_size == "5"  # the assumed one: what the refused frame told was not kept


def test_a_refused_frame_concerns_both_tokens_of_the_markets_it_names() -> None:
    facts = MarketFacts(MARKETS)
    facts.add_market(OTHER_MARKET)
    everybody = tuple(facts.markets)
    ours, both = (YES, NO), (*MARKETS, OTHER_MARKET.yes, OTHER_MARKET.no)
    assert everybody == both
    assert facts.concerned(frame(price_change(entry(NO)))) == ours
    assert facts.concerned(frame(without(book(asset_id=5), "bids"))) == ours
    assert facts.concerned(frame(without(old_price_change(), "market"))) == ours
    assert facts.concerned(frame([book(), book(OTHER_YES, market="")])) == both
    assert facts.concerned(frame({"event_type": "novelty", "asset_id": YES})) == ours


def test_a_refused_frame_that_names_nobody_concerns_everybody() -> None:
    facts = MarketFacts({YES: MARKET, NO: MARKET})
    for bad in (b"{", b"\xff", b"7", b"{}", b'[{"event_type":5}]', b'{"event_type":"price_change"}', b" " * (wire.FRAME_BYTES_MAX + 1)):
        assert facts.concerned(bad) == (YES, NO)


def test_a_refused_frame_about_others_or_without_levels_concerns_nobody() -> None:
    facts = MarketFacts({YES: MARKET, NO: MARKET})
    others = [book("8", market="0x8"), {"event_type": "last_trade_price", "asset_id": YES}, {"event_type": "novelty"}]
    assert [facts.concerned(frame(other)) for other in others] == [(), (), ()]
