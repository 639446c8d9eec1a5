from typing import Any

import msgspec
import pytest
from multidict import MultiDict, MultiDictProxy

from oms.values.market import FeeCurve, Market
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.market_data import BATCH_MAX
from sim.gateway.rest import Reply
from sim.gateway.wire import Asked
from tests.sim.gateway.words_gateway import Site, User

TEN = 10 * MICRO


def given_book(**more: Any) -> tuple[Site, Market]:  # noqa: ANN401 (what new_market takes)
    site = Site()
    market = site.lists(**more)
    user = User(site)
    for what, price in (("BUY YES", 4_800), ("BUY YES", 4_900), ("BUY NO", 4_900), ("BUY NO", 4_000)):
        user.rests(market, what, price, TEN)
    return site, market


def posted(site: Site, path: str, rows: object) -> tuple[int, Any]:
    return site.asks("POST", path, msgspec.json.encode(rows))


def test_a_book_has_its_best_prices_last_and_the_other_tokens_is_its_mirror() -> None:  # polymarket.md fact 6
    site, market = given_book()
    status, book = site.asks("GET", "/book", token_id=market.yes)
    assert status == 200
    assert [level["price"] for level in book["bids"]] == ["0.48", "0.49"]
    assert [level["price"] for level in book["asks"]] == ["0.6", "0.51"]
    assert (book["market"], book["tick_size"], book["min_order_size"], book["neg_risk"]) == (market.market_id, "0.01", "5", False)
    assert "version" not in book
    other = site.asks("GET", "/book", token_id=market.no)[1]
    assert [level["price"] for level in other["bids"]] == ["0.4", "0.49"]
    assert site.asks("GET", "/book", token_id=given_book(generation="v2")[1].yes)[0] == 404


def test_a_v2_book_says_so() -> None:
    site, market = given_book(generation="v2")
    assert site.asks("GET", "/book", token_id=market.yes)[1]["version"] == "v2"


def test_prices_are_asked_for_by_the_side_of_the_book() -> None:  # polymarket.md fact 7
    site, market = given_book()
    assert site.asks("GET", "/price", token_id=market.yes, side="BUY") == (200, {"price": "0.49"})
    assert site.asks("GET", "/price", token_id=market.yes, side="SELL") == (200, {"price": "0.51"})
    assert site.asks("GET", "/price", token_id=market.no, side="BUY") == (200, {"price": "0.49"})
    assert site.asks("GET", "/price", token_id=market.yes, side="buy") == (400, {"error": "Invalid side"})
    rows = [{"token_id": market.yes, "side": "BUY"}, {"token_id": market.yes, "side": "SELL"}, {"token_id": "17", "side": "BUY"}]
    assert posted(site, "/prices", rows) == (200, {market.yes: {"BUY": "0.49", "SELL": "0.51"}})


def test_middles_and_spreads_are_exact() -> None:
    site, market = given_book(tick_pips=1)
    assert site.asks("GET", "/midpoint", token_id=market.yes) == (200, {"mid": "0.5"})
    assert site.asks("GET", "/spread", token_id=market.yes) == (200, {"spread": "0.02"})
    User(site, "2").rests(market, "BUY YES", 4_901, TEN)
    assert posted(site, "/midpoints", [{"token_id": market.yes}]) == (200, {market.yes: "0.50005"})
    assert posted(site, "/spreads", [{"token_id": market.no}]) == (200, {market.no: "0.0199"})


def test_an_empty_book_reaches_from_nothing_to_a_dollar() -> None:
    site = Site()
    market = site.lists()
    assert site.asks("GET", "/price", token_id=market.yes, side="BUY") == (200, {"price": "0"})
    assert site.asks("GET", "/price", token_id=market.yes, side="SELL") == (200, {"price": "1"})
    assert site.asks("GET", "/midpoint", token_id=market.yes) == (200, {"mid": "0.5"})


def test_books_are_given_for_what_is_known_each_once() -> None:
    site, market = given_book()
    status, books = posted(site, "/books", [{"token_id": market.yes}, {"token_id": "17"}, {"token_id": market.no}, {"token_id": market.yes}])
    assert (status, [book["asset_id"] for book in books]) == (200, [market.yes, market.no])
    assert posted(site, "/books", [{"token_id": "1"}] * (BATCH_MAX + 1)) == (400, {"error": "Payload exceeds the limit"})
    wrong: tuple[object, ...] = ({}, [1], [{}], [{"token_id": 1}])
    for rows in wrong:
        assert posted(site, "/books", rows) == (400, {"error": "Invalid payload"})


def test_the_last_trade_is_the_markets_and_a_half_before_the_first() -> None:
    site, market = given_book()
    assert site.asks("GET", "/last-trade-price", token_id=market.yes) == (200, {"price": "0.5", "side": ""})
    assert posted(site, "/last-trades-prices", [{"token_id": market.yes}]) == (200, [])
    User(site, "2").sends(market, "BUY NO", 5_100, TEN)
    for token in (market.yes, market.no):
        assert site.asks("GET", "/last-trade-price", token_id=token) == (200, {"price": "0.490", "side": "BUY"})
    rows = posted(site, "/last-trades-prices", [{"token_id": market.no}, {"token_id": "17"}])[1]
    assert rows == [{"token_id": market.no, "price": "0.490", "side": "BUY"}]


def test_trading_parameters_have_the_types_of_the_venue() -> None:
    site, market = given_book(tick_pips=10, neg_risk=True, fee=FeeCurve(rate_bps=400))
    assert site.asks("GET", "/tick-size", token_id=market.yes) == (200, {"minimum_tick_size": 0.001})
    assert site.asks("GET", "/neg-risk", token_id=market.yes) == (200, {"neg_risk": True})
    assert site.asks("GET", "/fee-rate", token_id=market.yes) == (200, {"base_fee": 1000})
    site.host.change_tick(market.market_id, 100)
    assert site.asks("GET", "/tick-size", token_id=market.yes) == (200, {"minimum_tick_size": 0.01})


@pytest.mark.parametrize("path", ["/book", "/midpoint", "/spread", "/last-trade-price", "/tick-size", "/neg-risk", "/fee-rate"])
def test_a_token_without_a_book_is_404_and_no_token_is_400(path: str) -> None:
    site, market = given_book()
    assert site.asks("GET", path, token_id="17") == (404, {"error": "No orderbook exists for the requested token id"})
    for text in ("", "x", "٣"):
        assert site.asks("GET", path, token_id=text) == (400, {"error": "Invalid token id"})
    site.host.void(market.market_id)
    assert site.asks("GET", path, token_id=market.yes)[0] == 404


def test_the_venue_is_there_and_has_a_time() -> None:
    site = Site()
    assert site.asks("GET", "/ok") == (200, "OK")
    assert site.asks("GET", "/time") == (200, site.at_ns // NS_PER_SECOND)
    assert site.asks("GET", "/version") == (200, {"version": 2})


def test_history_is_told_in_a_span_or_for_an_interval() -> None:
    site, market = given_book()
    at_s = site.at_ns // NS_PER_SECOND
    wanted = (200, {"history": [{"t": at_s, "p": 0.5}]})
    assert site.asks("GET", "/prices-history", market=market.yes, interval="1h") == wanted
    assert site.asks("GET", "/prices-history", market=market.yes, startTs=str(at_s), endTs=str(at_s), fidelity="1") == wanted
    assert site.asks("GET", "/prices-history", market=market.yes, startTs=str(at_s + 1), endTs=str(at_s + 9))[1] == {"history": []}
    for query in ({"market": "17"}, {"market": market.yes, "interval": "2y"}, {"market": market.yes, "startTs": "-1"}):
        assert site.asks("GET", "/prices-history", b"", None, **query)[0] == 400


@pytest.mark.parametrize("side", [[], {}, None, 1, "buy"])
def test_a_side_that_is_none_is_refused_whatever_it_is(side: object) -> None:
    site = Site()
    market = site.lists()
    assert site.asks("POST", "/prices", msgspec.json.encode([{"token_id": market.yes, "side": side}])) == (400, {"error": "Invalid side"})


def test_a_history_is_asked_for_with_a_query_as_a_server_has_it() -> None:
    site = Site()
    market = site.lists()
    query = MultiDictProxy(MultiDict({"market": market.yes, "startTs": "soon"}))
    reply = site.rest.answer(Asked(method="GET", path="/prices-history", query=query))
    assert isinstance(reply, Reply)
    assert (reply.status, msgspec.json.decode(reply.body)) == (400, {"error": "Invalid startTs"})
