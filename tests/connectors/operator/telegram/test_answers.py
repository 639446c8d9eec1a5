"""The daemon's pictures in words: the figures are there, exact, and what nobody knows is said to be unknown."""

import pytest

from connectors.operator.telegram import answers
from connectors.operator.telegram.markup import SIGNS_MAX, signs
from oms.values.panel_rows import NearRow, OrderRow
from oms.values.panels import Alerts, Arbitrage, Fills, Health, Inventory, Orders, Topic
from oms.values.units import MICRO, NS_PER_SECOND
from tests.connectors.operator.telegram.words_telegram import AT_NS, TITLE, alert, fill, overview, pictures


def test_the_status_says_what_matters_first() -> None:
    told = answers.status(overview(why="all is well")).split("\n")
    assert told[0] == "<b>TRADING</b>: <code>all is well</code> (live, up 1 h 1 min)"
    assert told[1:5] == [
        "equity $1,012.30 at the mark, $950.00 at worst",
        "result +$12.30 since the start, +$2.30 since 00:00 UTC",
        "cash $800.00 free, $150.00 set aside",
        "orders 120 placed, 40 filled, 60 cancelled, 18 resting, 0 unknown",
    ]


def test_a_result_without_an_honest_price_is_unknown() -> None:
    for words in (answers.status, answers.result):
        told = words(overview(equity_mark_micro=None))
        assert "result unknown: a holding has no honest price" in told
        assert "equity unknown at the mark, $950.00" in told


def test_books_that_do_not_fit_are_shouted() -> None:
    for words in (answers.status, answers.result):
        assert "DO NOT FIT THE VENUE'S</b>: <code>cash</code>" in words(overview(conserved="cash"))
        assert "DO NOT FIT" not in words(overview())


def test_the_result_tells_how_far_it_is_below_its_peak() -> None:
    assert "$7.70 below its peak of $1,020.00" in answers.result(overview())
    assert "below its peak" not in answers.result(overview(peak_micro=None))


def test_positions_are_those_that_are_held_or_asked_for() -> None:
    view = pictures()[Topic.INVENTORY]
    assert isinstance(view, Inventory)
    told = answers.positions(view)
    assert "<b>Positions</b> 1," in told
    assert "YES 12.34, marked 0.53005, worst -$3.00 <code>Will it rain?</code>" in told
    assert "DIFFERS from the venue: <code>Will it rain?</code>" in told


def test_orders_tell_their_size_in_shares_or_in_cash_and_how_many_are_not_shown() -> None:
    row = OrderRow(order_id="o", market_id="m", title=TITLE, outcome="YES", side="BUY", price_pips=5_000, size_micro=7 * MICRO, in_cash=True)
    told = answers.orders(Orders(at_ns=AT_NS, open=(row,), left_out=3))
    assert "<b>Open orders</b> 4," in told
    assert "BUY YES $7.00 at 0.5" in told
    assert told.endswith("and 3 more")


def test_a_fill_tells_price_role_fee_and_how_far_it_is_settled() -> None:
    told = answers.fills(Fills(at_ns=AT_NS, rows=(fill(), fill(is_maker=False, stage="")), count=2, shares_micro=20 * MICRO)).split("\n")
    assert told[0] == "<b>Recent fills</b>, 2 in all for 20 shares, as of 2026-09-21 14:13:20 UTC"
    assert told[1] == "14:13:20 BUY YES 10 at 0.53 for $5.30 (maker, fee $0.01, MATCHED) <code>Will it rain?</code>"
    assert "(taker, fee $0.01)" in told[2]


def test_a_near_miss_tells_what_is_missing_or_gained_a_set() -> None:
    rows = [NearRow(event_id="e", title=TITLE, strategy="s", shape="long", edge_pips=edge, sets_micro=MICRO) for edge in (-12, 0, 35)]
    told = answers.near(Arbitrage(at_ns=AT_NS, near=tuple(rows), seen=3, missed={"<thin>": 2}))
    assert [line.split(" for ")[0] for line in told.split("\n")[3:]] == ["$0.0012 a set is missing", "$0 a set", "$0.0035 a set"]
    assert "missed: <code>&lt;thin&gt;</code> 2" in told


def test_health_names_what_is_closed_and_what_is_unknown() -> None:
    view = pictures()[Topic.HEALTH]
    assert isinstance(view, Health)
    told = answers.health(view)
    assert "loop late by 1.5 ms, clock off by unknown" in told
    assert "feed <code>market 1</code> <b>CLOSED</b>, heard 1 s ago, <code>Will it rain?</code>" in told
    assert "memory unknown, journal unknown, disk free unknown" in told
    full = Health(at_ns=AT_NS, turn_us={"p50": 61.2, "p99": 250.0}, memory_bytes=300 * 2**20, last_turn_ns=AT_NS - 2 * NS_PER_SECOND)
    assert "turn: p50 61 µs, p99 250 µs" in answers.health(full)
    assert "memory 300 MiB" in answers.health(full)
    assert "the last 2 s ago" in answers.health(full)


def test_many_refusals_are_the_most_frequent_by_name_and_the_rest_summed() -> None:
    told = answers.health(Health(at_ns=AT_NS, refusals={f"R{count}": count for count in range(1, 13)}))
    assert "refused by our own gate: <code>R12</code> 12," in told
    assert told.endswith("<code>R5</code> 5, others 10")


def test_alerts_tell_how_often() -> None:
    told = answers.alerts(Alerts(at_ns=AT_NS, rows=(alert(count=3), alert(text="x"))))
    assert "2026-09-21 14:13:20 UTC slow 3×: <code>the venue is slow</code>" in told
    assert told.endswith("slow: <code>x</code>")


@pytest.mark.parametrize("title", ["<b>&</b>", "a" * 10_000, "\x00\x1b]0;x\x07\n\u202e\ud800", ""])
def test_a_thousand_rows_with_hostile_titles_are_one_message(title: str) -> None:
    differing = Inventory(at_ns=AT_NS, differences=tuple([title or "x"] * 1_000))
    assert "lines more that did not fit" in answers.positions(differing)
    assert signs(answers.positions(differing)) <= SIGNS_MAX
    told = answers.fills(Fills(at_ns=AT_NS, rows=tuple(fill(title=title) for _ in range(1_000)), count=1_000))
    assert signs(told) <= SIGNS_MAX
    assert told.count("BUY") <= answers.ROWS_MAX
    assert told.count("<code>") == told.count("</code>")
    told.encode()


def test_of_many_rows_the_first_are_told_and_the_others_counted() -> None:
    row = OrderRow(order_id="o", market_id="m", title=TITLE, outcome="YES", side="BUY", price_pips=5_000, size_micro=MICRO)
    told = answers.orders(Orders(at_ns=AT_NS, open=(row,) * 40, left_out=5))
    assert told.startswith("<b>Open orders</b> 45,")
    assert told.endswith("and 20 more")
    near = NearRow(event_id="e", title=TITLE, strategy="s", shape="long", edge_pips=1)
    assert answers.near(Arbitrage(at_ns=AT_NS, near=(near,) * 30)).endswith("and 5 more")
