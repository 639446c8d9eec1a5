"""Private answers: every recorded one is read, and no body however damaged raises."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket import wire_rest as wire

READERS = [
    wire.place_reply,
    wire.batch_reply,
    wire.cancel_reply,
    wire.order_row,
    wire.balance_reply,
    wire.heartbeat_reply,
    wire.error_reply,
    wire.credentials_reply,
    wire.says_nothing,
]


@given(st.one_of(st.binary(max_size=60), st.sampled_from([b"null", b'""', b"[]", b"{}", b"1e999", b'{"id":1}', b"[" * 5_000, b'"\xff"'])))
def test_no_body_however_damaged_raises(body: bytes) -> None:
    for read in READERS:
        assert read(body) is None or read(body) is not None


@pytest.mark.data
def test_recorded_answers_are_read(data_dir: Path) -> None:
    folder = data_dir / "polymarket-fixtures"

    def body(name: str) -> bytes:
        text = (folder / name).read_bytes()
        return text.split(b"\n", 3)[3] if name.endswith(".txt") else text

    placed = wire.place_reply(body("nautilus/rs-http_order_response_ok.json"))
    assert placed is not None
    assert placed.order_id == "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef12"
    failed = wire.place_reply(body("nautilus/rs-http_order_response_failed.json"))
    assert failed is not None
    assert (failed.success, failed.order_id, failed.error) == (False, None, "Insufficient balance")
    with_status = wire.place_reply(body("jkorf/PlaceOrder.txt"))
    assert with_status is not None
    assert with_status.status == "live"
    cancelled = wire.cancel_reply(body("nautilus/rs-http_batch_cancel_response.json"))
    assert cancelled is not None
    assert (len(cancelled.canceled or ()), list((cancelled.not_canceled or {}).values())) == (2, ["already canceled or matched"])
    assert wire.cancel_reply(body("jkorf/CancelOrder.txt")) == wire.CancelReply(canceled=["0x12"], not_canceled={})
    order = wire.order_row(body("nautilus/rs-http_open_order.json"))
    assert order is not None
    assert (order.status, order.size_matched, order.associate_trades) == ("LIVE", "25.0000", ["0xabc001"])
    assert wire.order_row(body("jkorf/GetOrder.txt")) is not None
    balance = wire.balance_reply(body("nautilus/rs-http_balance_allowance_collateral.json"))
    assert balance is not None
    assert (balance.balance, balance.allowance) == ("1000000000", "999999999000000")
    error = wire.error_reply(body("nautilus/rs-http_order_response_error_500.json"))
    assert error is not None
    assert error.text == "Internal server error"


def test_a_cancel_answer_needs_both_keys() -> None:
    assert wire.cancel_reply(b'{"canceled":[]}') is None
    assert wire.cancel_reply(b"{}") is None


def test_an_error_is_read_under_either_key_and_an_api_key_is_never_shown() -> None:
    assert [reply.text for body in (b'{"error":"a"}', b'{"error_msg":"b"}', b"{}") if (reply := wire.error_reply(body))] == ["a", "b", ""]
    shown = wire.credentials_reply(b'{"apiKey":"k1","secret":"s1","passphrase":"p1"}')
    assert shown is not None
    assert "s1" not in f"{shown!r} {shown} {[shown]}"


def test_null_an_empty_text_and_an_empty_body_say_nothing() -> None:
    assert [wire.says_nothing(body) for body in (b"", b" \n", b"null", b'""', b"{}", b"[]", b"0", b"nul")] == [True] * 4 + [False] * 4
