"""The pictures of markets."""

from config.report.markets import DRAWN_MAX, by_trade, pictures
from oms.values.history import FillPoint, MarketHistory
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import MICRO
from tests.config.report.words_history import Read, given_fill, given_market_history, given_point


def elements(markup: str, name: str) -> list[dict[str, str]]:
    return [attributes for element, attributes in Read(markup).elements if element == name]


def drawn_marks(market: MarketHistory) -> list[str]:
    figure = pictures((market,)).split("<figure", 1)[1]
    return [piece.split("<title>", 1)[1].split("</title>", 1)[0] for piece in figure.split("<use")[1:] if "<title>" in piece]


def test_quotes_stand_against_the_book_with_fills_and_holdings_under_it() -> None:
    drawn = pictures((given_market_history(),))
    kinds = [path.get("class", "") for path in elements(drawn, "path")]
    assert {"area book", "line bid", "line ask", "line our-bid", "line our-ask", "area yes", "area no", "line net"} <= set(kinds)
    assert {"block stale"} <= {rect.get("class", "") for rect in elements(drawn, "rect")}
    assert {"#up-yes", "#down-yes", "#up-no-inferred"} <= {use["href"] for use in elements(drawn, "use")}


def test_the_words_under_it_add_up() -> None:
    text = Read(pictures((given_market_history(),))).text
    assert "9 orders, 3 fills for 50 shares (1 YES bought, 1 YES sold, 1 NO bought; 1 on inferred trades)." in text
    assert "Not paid out yet; cash so far -$15.50, without what is still held." in text
    paid = [Payout(yes_ppm=yes, no_ppm=MICRO - yes) for yes in (MICRO, 0, MICRO // 2)]
    said = [Read(pictures((given_market_history(payout=payout),))).text for payout in paid]
    for words, text in zip(("YES was right", "NO was right", "$0.50 for YES, $0.50 for NO"), said, strict=True):
        assert f"Paid out: {words}; result -$15.50." in text


def test_nobodys_bid_is_a_gap_and_no_price_of_zero() -> None:
    points = (given_point(0), given_point(100, bid_pips=0, ask_pips=10_000), given_point(200))
    drawn = pictures((given_market_history(points=points, fills=()),))
    lines = {path["class"]: path["d"] for path in elements(drawn, "path") if path.get("class") in {"line bid", "line ask"}}
    assert {look: line.count("M") for look, line in lines.items()} == {"line bid": 2, "line ask": 2}
    labels = Read(drawn).text.split()
    assert "0.50" in labels
    assert not {"0.00", "1.00"} & set(labels)


def test_a_market_that_stood_still_is_drawn_up_to_the_edge_of_its_picture() -> None:
    points = (given_point(0), given_point(100, bid_pips=4_800), given_point(600, bid_pips=4_800, our_bid_pips=0))
    drawn = pictures((given_market_history(points=points, fills=()),))
    lines = {path["class"]: path["d"] for path in elements(drawn, "path") if path.get("class", "").startswith("line")}
    assert lines["line bid"].endswith("H1000")
    assert lines["line our-bid"].endswith("H1000")  # it was taken back in the time that is not drawn
    assert "the quiet time from then to 2025-06-15 15:16:40 UTC is not drawn" in Read(drawn).text


def test_a_marker_tells_its_fill() -> None:
    assert drawn_marks(given_market_history(fills=(given_fill(10, inferred=True),))) == [
        "15:06:50 bought 20 YES at 0.48 (resting, rests on an inferred trade), order 7-10"
    ]


def test_no_fill_is_left_out_when_there_are_too_many_to_draw_apart() -> None:
    fills = tuple(given_fill(number, side=Side.BUY if number % 3 else Side.SELL) for number in range(590))
    told = drawn_marks(given_market_history(fills=fills))
    assert len(told) <= 120
    assert sum(int(words.split(" ")[1]) if " fills: " in words else 1 for words in told) == 590


def test_all_fills_at_one_moment_share_a_marker_of_their_kind() -> None:
    fills: tuple[FillPoint, ...] = tuple(given_fill(10, price_pips=4_800 + number % 2) for number in range(300))
    assert drawn_marks(given_market_history(fills=fills)) == ["15:06:50 300 fills: bought 6,000 YES at 0.48 to 0.4801"]


def test_the_most_traded_come_first_and_the_others_are_counted() -> None:
    markets = [given_market_history(f"market {number}", fills=(given_fill(1, shares_micro=number * MICRO),)) for number in range(1, 15)]
    assert [market.market.title for market in by_trade(markets)][:2] == ["market 14", "market 13"]
    drawn = pictures(tuple(markets))
    assert len(elements(drawn, "figure")) == DRAWN_MAX
    assert "Not drawn: 2 markets with less trading, together 18 orders, 2 fills and -$31.00 in cash." in Read(drawn).text


def test_a_market_without_points_and_no_market_at_all_are_said_in_words() -> None:
    assert "9 orders, 0 fills for 0 shares." in Read(pictures((given_market_history(points=(), fills=()),))).text
    assert "no order and no complete set in any market" in pictures(())


def test_the_legend_says_only_what_there_is() -> None:
    calm = given_market_history(points=(given_point(0),), fills=())
    doubted = given_market_history(points=(given_point(0, health=Health.SUSPECT), given_point(9)), fills=(given_fill(1, inferred=True),))
    assert "inferred trade" not in Read(pictures((calm,))).text
    assert "book doubted" not in Read(pictures((calm,))).text
    assert "book doubted" in Read(pictures((calm, doubted))).text
    assert "with a bar at the tip: rests on an inferred trade" in Read(pictures((calm, doubted))).text
