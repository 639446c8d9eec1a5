"""What a paper venue knows of its markets: listings that come again, ends that move, and what is forgotten."""

import pytest
from msgspec.structs import replace

from oms.values.market import Market, Payout
from sim.inference import RULES
from sim.paper_markets import PaperMarkets
from tests.words import MARKET, NO, YES, given_market

YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)
HOUR, LATER = given_market(), given_market(left_s=7_200)


def given_closed() -> PaperMarkets:
    markets = PaperMarkets({})
    assert markets.take(HOUR)
    assert [markets.close(MARKET), markets.close(MARKET)] == [True, False]
    return markets


def test_a_listing_that_comes_again_brings_new_facts_and_does_not_open_what_is_closed() -> None:
    markets = given_closed()
    finer = replace(HOUR, tick_pips=10)
    assert not markets.take(finer)
    assert not markets.take(given_market(left_s=60))
    assert not markets.take(given_market(left_s=None))
    assert (markets.known[MARKET], markets.by_token[NO]) == (given_market(left_s=None), given_market(left_s=None))


def test_an_end_that_moves_to_later_opens_it_again_and_the_old_end_counts_no_more() -> None:
    markets = given_closed()
    assert markets.take(LATER)
    assert (markets.is_closed(MARKET), markets.is_still(HOUR), markets.is_still(LATER)) == (False, False, True)


def test_what_is_paid_out_stays_closed_whatever_its_end() -> None:
    markets = given_closed()
    markets.paid[MARKET] = YES_WINS
    assert not markets.take(LATER)
    assert markets.is_closed(MARKET)


@pytest.mark.parametrize(
    "other", [replace(HOUR, no="another token"), replace(HOUR, yes=NO, no=YES), replace(LATER, market_id="a thief", no="another token")]
)
def test_a_listing_that_contradicts_an_earlier_one_about_tokens_changes_nothing(other: Market) -> None:
    markets = PaperMarkets({})
    assert markets.take(HOUR)
    assert not markets.take(other)
    assert (markets.known, markets.by_token, markets.is_closed(MARKET)) == ({MARKET: HOUR}, {YES: HOUR, NO: HOUR}, False)


def test_only_what_is_paid_out_is_forgotten() -> None:
    markets = given_closed()
    markets.forget(HOUR)
    assert MARKET in markets.known
    markets.paid[MARKET] = YES_WINS
    markets.forget(HOUR)
    markets.forget(HOUR)
    assert (markets.known, markets.by_token, markets.paid, markets.is_still(HOUR)) == ({}, {}, {}, False)
    with pytest.raises(KeyError):
        markets.inference(YES)


def test_trades_are_told_by_the_rule_of_the_token_or_else_announced() -> None:
    markets = PaperMarkets({YES: "mlb-book"})
    other = replace(HOUR, market_id="other", yes="3", no="4")
    for market in (HOUR, other):
        markets.take(market)
    assert [markets.inference(token)._infer for token in (YES, NO, "4")] == [RULES["mlb-book"], RULES["mlb-book"], RULES["announced"]]
