"""Brackets without end are no message and no answer, also where a library has raised the recursion limit as eth-account does."""

import sys
from collections.abc import Callable, Iterator

import pytest

from connectors.polymarket import catalog_wire, wire_rest
from connectors.polymarket.answers import read_trades
from connectors.polymarket.book_audit import hashes
from connectors.polymarket.chain import NoAnswer, read_hex
from connectors.polymarket.doctor import Mark, region_check, standing_check
from connectors.polymarket.user_facts import UserFacts
from connectors.polymarket.wire import Refusal
from connectors.polymarket.wire_user import decode
from connectors.transport.http import Found
from oms.values.nesting import NESTED_MAX
from tests.connectors.polymarket.words_user import ADDRESS, AT_NS, MARKET, given_names

LAYERS = 99_000
BODIES = [
    b"[" * LAYERS,
    b'{"a":' * LAYERS,
    b'{"event_type":"order","x":' + b"[" * LAYERS + b"]" * LAYERS + b"}",
    b'{"x":"' + b"]" * LAYERS + b'","result":' + b"[" * LAYERS,
]
ROWS: list[Callable[[bytes], object]] = [
    catalog_wire.page_of,
    catalog_wire.gamma_market,
    catalog_wire.gamma_event,
    catalog_wire.compact_market,
    catalog_wire.long_market,
    lambda body: catalog_wire.texts_of(body.decode(), "outcomes"),
]
ANSWERS: list[Callable[[bytes], object]] = [
    wire_rest.place_reply,
    wire_rest.batch_reply,
    wire_rest.cancel_reply,
    wire_rest.order_row,
    wire_rest.balance_reply,
    wire_rest.heartbeat_reply,
    wire_rest.error_reply,
    wire_rest.credentials_reply,
    lambda body: wire_rest.error_reply(body.decode()),
    hashes,
]


@pytest.fixture(autouse=True)
def raised_limit() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("body", BODIES)
def test_a_frame_of_the_user_channel(body: bytes) -> None:
    with pytest.raises(Refusal, match=rf"recursion ends at {NESTED_MAX}") as refused:
        decode(body)
    assert refused.value.name == "not_json"


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("read", ROWS)
def test_a_page_or_a_row_of_the_catalog(read: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(catalog_wire.BadRow, match=rf"recursion ends at {NESTED_MAX}"):
        read(body)


@pytest.mark.parametrize("body", BODIES)
def test_an_answer_of_the_venue_or_of_a_node(body: bytes) -> None:
    assert [read(body) for read in ANSWERS] == [None] * len(ANSWERS)
    assert not wire_rest.says_nothing(body)
    assert read_hex(Found(body)) == NoAnswer("its answer is no JSON-RPC")
    told = read_trades([body], UserFacts(given_names(), {MARKET.yes: MARKET, MARKET.no: MARKET}, ADDRESS), AT_NS)
    assert [text.startswith("a trade: nested") for text in told.omitted] == [True]
    assert [check.mark for check in (region_check(Found(body), "url"), standing_check(Found(body)))] == [Mark.OPEN] * 2
