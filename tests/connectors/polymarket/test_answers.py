"""What is concluded from answers to questions: found, unknown to the venue, or nothing at all; and that no damaged answer is taken for either."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.answers import (
    Balance,
    Fate,
    Seen,
    Unknown,
    facts_of,
    fate_of,
    read_balance,
    read_open_orders,
    read_order,
    read_trades,
)
from connectors.polymarket.catalog_wire import page_of
from connectors.polymarket.names import Names
from connectors.polymarket.user_facts import UserFacts
from connectors.transport.http import Absent, Answer, Failed, Found
from oms.values.events import Acked, CancelDone, Expired, Rejected, SettlementStage
from oms.values.units import MICRO
from tests.connectors.polymarket.words_signing import API_KEY, AT_NS, EOA, given_market
from tests.connectors.polymarket.words_venue import found, order_json, trade_json

NAME = "0x" + "ab" * 32


def given_reader(*ours: tuple[str, str]) -> UserFacts:
    names, market = Names(), given_market()
    for order_id, name in ours:
        names.learn(order_id, name)
    return UserFacts(names, {market.yes: market, market.no: market}, EOA, API_KEY)


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        ("LIVE", Fate.STANDS),
        ("ORDER_STATUS_LIVE", Fate.STANDS),
        ("DELAYED", Fate.STANDS),
        ("UNMATCHED", Fate.STANDS),
        ("MATCHED", Fate.FILLED),
        ("CANCELED", Fate.CANCELLED),
        ("ORDER_STATUS_CANCELED", Fate.CANCELLED),
        ("CANCELED_MARKET_RESOLVED", Fate.CANCELLED),
        ("CANCELED_NOT_ENOUGH_BALANCE", Fate.CANCELLED),
        ("CANCELED_EXPIRED_ORDER", Fate.EXPIRED),
        ("CANCELED_ORDER_TIMED_OUT", Fate.EXPIRED),
        ("CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.", Fate.CANCELLED),
        ("INVALID", Fate.CANCELLED),
        ("", None),
        ("SOMETHING NEW", None),
    ],
)
def test_a_status_is_read_by_its_beginning_and_an_unknown_one_says_nothing(status: str, fate: Fate | None) -> None:
    assert fate_of(status) is fate


def test_an_order_that_is_over_says_how_much_of_it_was_filled() -> None:
    seen = read_order(found(order_json(NAME, status="CANCELED", matched="2.5", associate_trades=["t1"])), NAME.upper().replace("0X", "0x"))
    assert seen == Seen(fate=Fate.CANCELLED, status="CANCELED", filled_micro=2_500_000, trade_ids=("t1",), created_ns=AT_NS)
    assert isinstance(seen, Seen)
    assert facts_of(seen, "o1", NAME) == CancelDone(order_id="o1", why="the venue says CANCELED", filled_micro=2_500_000)
    whole = msgspec.structs.replace(seen, fate=Fate.FILLED, status="MATCHED", filled_micro=10 * MICRO)
    assert facts_of(whole, "o1", NAME) == CancelDone(order_id="o1", why="the venue says MATCHED", filled_micro=10 * MICRO)
    assert facts_of(msgspec.structs.replace(seen, fate=Fate.EXPIRED), "o1", NAME) == Expired(order_id="o1", filled_micro=2_500_000)
    assert facts_of(msgspec.structs.replace(seen, fate=Fate.STANDS), "o1", NAME) == Acked(order_id="o1", venue_order_id=NAME)
    for words, name in (("order couldn't be fully filled.", "FOK_KILLED"), ("no orders found to match with FAK order.", "FAK_KILLED")):
        killed = msgspec.structs.replace(seen, status=f"CANCELED_{words}", filled_micro=0)
        assert facts_of(killed, "o1", NAME) == Rejected(order_id="o1", why=f"{name}: the venue says CANCELED_{words}")


@pytest.mark.parametrize("answer", [found(b"null"), found(b'""'), found(b""), Absent(404, '{"error":"order not found"}'), Absent(404, "")])
def test_the_venue_may_say_in_several_ways_that_it_does_not_know_an_order(answer: Answer) -> None:
    assert read_order(answer, NAME) == Unknown()


@pytest.mark.parametrize(
    "answer",
    [
        Absent(404, "<html>404 page not found</html>"),
        Absent(410, '{"error":"gone"}'),
        Failed("timeout", False),  # noqa: FBT003 (as Failed takes it)
        Failed("?", False, 401, '{"error":"Unauthorized/Invalid api key"}'),  # noqa: FBT003
        found({}),
        found([]),
        found(order_json("0x" + "cd" * 32)),
        found(order_json(NAME, status="NEW")),
        found(order_json(NAME, matched="x")),
        found(order_json(NAME, matched="-1")),
    ],
)
def test_from_anything_else_nothing_follows(answer: Answer) -> None:
    assert read_order(answer, NAME) is None


@given(st.integers(1, 400))
def test_an_order_cut_anywhere_is_no_answer(cut: int) -> None:
    body = msgspec.json.encode(order_json(NAME))
    assert read_order(Found(body[: min(cut, len(body) - 1)]), NAME) is None


def rows(*told: object) -> list[bytes]:
    return [msgspec.json.encode(row) for row in told]


def test_of_open_orders_only_what_stands_is_listed_and_what_cannot_be_read_is_named() -> None:
    orders, omitted = read_open_orders(
        rows(
            order_json(NAME, matched="2"),
            order_json(NAME, status="CANCELED"),
            order_json(NAME, status="NEW"),
            order_json(NAME, price="0.123456"),
            {"id": NAME},
            None,
            order_json("\x1b[31m", price="x"),
            order_json(NAME, status="\x1b[31m\n" * 10_000),
        )
    )
    assert [(order.venue_order_id, order.shares_micro, order.filled_micro, order.price_pips) for order in orders] == [
        (NAME, 10 * MICRO, 2 * MICRO, 4_900)
    ]
    assert len(omitted) == 6
    assert all(text.isprintable() and len(text) < 200 for text in omitted)
    assert "NEW" in omitted[0]
    assert "finer than" in omitted[1]


def test_trades_of_other_peoples_orders_are_not_ours_and_what_cannot_be_read_is_named() -> None:
    other = "0x" + "77" * 32
    later = trade_json("t2", NAME, size="3", status="CONFIRMED", match_time=str(AT_NS // 10**9 + 5))
    read = read_trades(
        rows(
            later,
            trade_json("t1", NAME, size="7"),
            trade_json("t3", other, owner="x", maker_address="0x"),
            {"id": "t4"},
            trade_json("t5", NAME, status="?"),
        ),
        given_reader(("o1", NAME)),
        AT_NS,
    )
    assert [(fill.trade_id, fill.shares_micro) for fill in read.fills] == [("t1", 7 * MICRO), ("t2", 3 * MICRO)]  # oldest first
    assert [(moved.trade_id, moved.stage) for moved in read.settlements] == [("t2", SettlementStage.CONFIRMED)]
    assert len(read.omitted) == 2
    assert read.foreign == 0
    assert read.of("o2").fills == ()
    assert read.of("o1").fills == read.fills


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_damaged_rows_are_named_one_by_one_and_raise_nothing(bodies: list[bytes]) -> None:
    assert len(read_trades(bodies, given_reader(), AT_NS).omitted) == len(bodies)
    assert len(read_open_orders(bodies)[1]) == len(bodies)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"balance": "1000000000", "allowances": {"0xE1": "5"}}, Balance(held_micro=10**9, allowances_micro=(("0xE1", 5),))),
        ({"balance": "7", "allowance": "9"}, Balance(held_micro=7, allowances_micro=(("", 9),))),
        ({"balance": "0"}, Balance(held_micro=0, allowances_micro=())),
        ({"balance": "250.500000"}, None),
        ({"balance": "-1"}, None),
        ({"balance": 5}, None),
        ({"balance": "1", "allowances": {"0x": "much"}}, None),
        ({}, None),
    ],
)
def test_balances_are_whole_base_units_or_not_told(body: dict[str, Any], told: Balance | None) -> None:
    assert read_balance(found(body)) == told
    assert read_balance(Absent(404, "")) is None


@pytest.mark.data
def test_recorded_pages_are_read(data_dir: Path) -> None:
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    orders, omitted = read_open_orders(page_of((folder / "rs-http_open_orders_page.json").read_bytes()).rows)
    assert [(order.shares_micro, order.filled_micro, order.price_pips) for order in orders] == [
        (200 * MICRO, 0, 6_000),
        (150 * MICRO, 50 * MICRO, 4_000),
    ]
    assert not omitted
    mine = "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef12"
    read = read_trades(page_of((folder / "rs-http_trades_page.json").read_bytes()).rows, given_reader(("o1", mine)), AT_NS)
    assert [(fill.trade_id, fill.shares_micro, fill.is_maker) for fill in read.fills] == [("trade-0x001", 10 * MICRO, False)]
    assert read.settlements[0].stage is SettlementStage.MINED
    killed = read_order(Found((folder / "rs-http_open_order_sell_fok.json").read_bytes()), "0x" + "deadbeef" * 8)
    assert isinstance(killed, Seen)
    assert (killed.fate, killed.filled_micro) == (Fate.FILLED, 50 * MICRO)
    balance = read_balance(Found((folder / "rs-http_balance_allowance_collateral.json").read_bytes()))
    assert balance is not None
    assert balance.held_micro == 1_000 * MICRO
