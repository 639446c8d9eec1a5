"""What `status` prints: every number with its age or its unit, what is not known as n/a, foreign texts harmless."""

import json

import msgspec
import pytest

from config.daemon_call import NoPicture
from config.status_lines import age, all_views, as_json, lines
from connectors.operator.control.protocol import Welcome
from oms.values import panels as v
from oms.values.panels import Topic, View
from oms.values.units import MICRO, NS_PER_SECOND

S = NS_PER_SECOND
NOW = 1_000_000 * S
WELCOME = Welcome(protocol=1, verb="live", version="1.2", pid=77)
OVERVIEW = v.Overview(
    at_ns=NOW, verb="live", phase="paused", why="lunch", since_ns=NOW - 7_380 * S, version="1.2", start_micro=1_000 * MICRO,
    cash_free_micro=900 * MICRO, cash_pending_micro=50 * MICRO, fees_micro=1_500_000, equity_mark_micro=1_003 * MICRO, equity_worst_micro=-MICRO,
    placed=1_234, filled=30, cancelled=1_190, resting=12, unknown=1, fills=31, settlements_open=2, settlements_failed=1,
    markets=50, books_live=47, books_suspect=1, books_stale=2, alerts=4,
)  # fmt: skip
HEALTH = v.Health(
    at_ns=NOW, lag_ms=1.25, turn_us={"p50": 210.0, "p99": 850.0}, last_turn_ns=NOW - S // 4, turns=99, memory_bytes=120 * 1024**2, hash_checked=10,
    hash_agreed=9, feeds=(v.FeedRow(name="market-0", is_open=True, heard_ns=NOW - 2 * S, frames=7, reconnects=3),
                          v.FeedRow(name="user", is_open=False, trouble="refused\x1b[2J")),
    guards={"drawdown": "$3.00 of $100.00"},
)  # fmt: skip
ORDER = v.OrderRow(
    order_id="1-1", market_id="m1", title="Rain?\n\x1b[31m\u202e", outcome="YES", side="BUY", price_pips=4_500, size_micro=20 * MICRO,
    filled_micro=5 * MICRO, state="LIVE", strategy="market_making", opened_ns=NOW - 90 * S,
)  # fmt: skip
VIEWS: dict[Topic, View] = {
    Topic.OVERVIEW: OVERVIEW,
    Topic.HEALTH: HEALTH,
    Topic.ORDERS: v.Orders(at_ns=NOW, open=(ORDER,)),
    Topic.ALERTS: v.Alerts(at_ns=NOW, rows=(v.AlertRow(at_ns=NOW - 5 * S, kind="guard", text="disk", count=3),)),
}


def told(**changes: object) -> str:
    views = VIEWS | {Topic.OVERVIEW: msgspec.structs.replace(OVERVIEW, **changes)}
    return "\n".join(lines(WELCOME, views.__getitem__))


def test_everything_a_person_asks_first_is_there_with_its_age() -> None:
    assert (
        told()
        == """\
status: live, paused (lunch); process 77, version 1.2, running for 2 h 03 min
  money      $1,003.00 at the mark, -$1.00 at worst; $1,000.00 paid in
             $900.00 free, $50.00 set aside, $1.50 paid in fees
             highest n/a; the day began with n/a
  orders     12 rest, 1 is UNKNOWN; 1,234 placed, 30 filled, 1,190 cancelled; 31 fills, 2 settling, 1 FAILED
  books      47 live, 1 SUSPECT, 2 STALE, of 50 markets; hash agreed in 9 of 10
  loop       last turn 0.2 s ago, 99 turns, a turn takes 210 µs, p99 850 µs, late by 1.2 ms, memory 120.0 MiB
  feeds      market-0: open, heard 2.0 s ago, 7 frames, came back 3 times
             user: CLOSED, never heard, 0 frames, came back 0 times; refused\\x1b[2J
  guards     drawdown: $3.00 of $100.00
  open       1-1  BUY 20 YES at 0.45, 5 filled, LIVE, for 1 min, market_making  Rain?\\x0a\\x1b[31m\\x202e
  alerts     4 since the start
             5.0 s ago  guard: disk (3 times)"""
    )


def test_books_that_do_not_fit_the_venues_are_told_loudly() -> None:
    assert "CONSERVED" not in told()
    assert "\n  CONSERVED  NO: cash differs by $1.00\n" in told(conserved="cash differs by $1.00")


def test_what_is_not_known_is_not_zero() -> None:
    assert "n/a at the mark" in told(equity_mark_micro=None)


def test_a_thousand_orders_fill_no_terminal() -> None:
    many = v.Orders(at_ns=NOW, open=(ORDER,) * 200, left_out=800)
    found = lines(WELCOME, (VIEWS | {Topic.ORDERS: many}).__getitem__)
    assert sum("1-1  BUY" in line for line in found) == 10
    assert "             and 990 more orders" in found


@pytest.mark.parametrize(
    ("passed_ns", "words"),
    [
        (0, "0.0 s"),
        (-S, "0.0 s"),
        (59_990_000_000, "59.9 s"),
        (60 * S, "1 min"),
        (3_599 * S, "59 min"),
        (3_600 * S, "1 h 00 min"),
        (90_000 * S, "1 d 1 h"),
    ],
)
def test_ages_are_rounded_down_and_never_negative(passed_ns: int, words: str) -> None:
    assert age(NOW - passed_ns, NOW) == words


def test_json_tells_every_field_also_those_that_are_zero() -> None:
    views = all_views(lambda topic: VIEWS[topic] if topic in VIEWS else v.Curve(at_ns=1, points=(v.CurvePoint(1, None, 2),)))
    found = json.loads(as_json(views))
    assert list(found) == [topic.value for topic in Topic if topic not in {Topic.LADDER, Topic.STORY}]
    assert found["overview"]["bundles"] == 0
    assert set(found["orders"]["open"][0]) == set(v.OrderRow.__struct_fields__)
    assert found["curve"]["points"] == [{"at_ns": 1, "mark_micro": None, "worst_micro": 2}]
    assert found["health"]["guards"] == {"drawdown": "$3.00 of $100.00"}


def test_what_a_daemon_does_not_have_is_left_out() -> None:
    def ask(topic: Topic) -> View:
        if topic is Topic.ARBITRAGE:
            raise NoPicture("there is no arbitrage")
        return v.Fills(at_ns=1)

    assert "arbitrage" not in all_views(ask)
    assert len(all_views(ask)) == 9
