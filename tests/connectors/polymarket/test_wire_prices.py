"""Polymarket's price frames: the exact text of a price, whichever way it was written, and names for what is none."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.wire import Refusal
from connectors.polymarket.wire_prices import FRAME_BYTES_MAX, Point, bolt_frame, bolt_payload, exact_text, points_of, rtds_frame, rtds_payload

RELAYED = (
    b'{"connection_id": "TOWCmcf1LPECGcQ=", "payload": {"full_accuracy_value": "3929.01000000", "symbol": "ethusdt", "timestamp": 1761765906000,'
    b' "value": 3929.01}, "timestamp": 1761765906177, "topic": "crypto_prices", "type": "update"}'
)
"""Recorded on 2025-10-29."""
CHAINLINK = (
    b'{"connection_id":"cj1p9eu3LPECFMQ=","payload":{"full_accuracy_value":"84107586855989290000","symbol":"sol/usd","timestamp":1777428853000,'
    b'"value":84.1075868559893},"timestamp":1777428854361,"topic":"crypto_prices_chainlink","type":"update"}'
)
"""Recorded on 2026-04-29."""
SNAPSHOT = (
    b'{"payload":{"data":[{"timestamp":1777428595000,"value":76579.44275333079},{"timestamp":1777428596000,"value":76578.51}],"symbol":"btc/usd"},'
    b'"timestamp":1777428655000,"topic":"crypto_prices","type":"subscribe"}'
)
"""Recorded on 2026-04-29, shortened: Chainlink's, under the other topic."""


def given_point(value: str | None, full: str | None) -> Point:
    return Point(timestamp=1, value=None if value is None else Decimal(value), full_accuracy_value=full)


def test_recorded_frames_are_read() -> None:
    relayed = rtds_frame(RELAYED)
    (point,) = points_of(rtds_payload(relayed.payload))
    assert (relayed.topic, point.timestamp, exact_text(point, is_scaled=False)) == ("crypto_prices", 1_761_765_906_000, "3929.01000000")
    (point,) = points_of(rtds_payload(rtds_frame(CHAINLINK).payload))
    assert exact_text(point, is_scaled=True) == "84.10758685598929"
    payload = rtds_payload(rtds_frame(SNAPSHOT).payload)
    assert [exact_text(point, is_scaled=True) for point in points_of(payload)] == ["76579.44275333079", "76578.51"]


@pytest.mark.parametrize(
    ("value", "full", "is_scaled", "text"),
    [
        ("0.5", "500000000000000000", True, "0.5"),
        ("64000", "64000000000000000000000", True, "64000"),
        (None, "1", True, "0.000000000000000001"),
        ("64000.123", "64000.123000000000000001", False, "64000.123000000000000001"),
        (None, "61035", False, "61035"),
        ("1E+2", None, True, "100"),
        ("1E-7", None, False, "0.0000001"),
    ],
)
def test_a_price_keeps_all_digits_that_were_told(value: str | None, full: str | None, is_scaled: bool, text: str) -> None:  # noqa: FBT001 (a table)
    assert exact_text(given_point(value, full), is_scaled=is_scaled) == text


@given(st.integers(1, 10**27))
def test_scaled_integers_lose_nothing(scaled: int) -> None:
    text = exact_text(given_point(None, str(scaled)), is_scaled=True)
    assert Decimal(text).scaleb(18) == scaled


@pytest.mark.parametrize(
    ("value", "full", "is_scaled", "name"),
    [
        (None, None, True, "no_price"),
        ("NaN", None, True, "bad_number"),
        ("1E+999999", None, True, "bad_number"),
        ("1", "1.5", True, "bad_number"),
        ("1", "-1000000000000000000", True, "bad_number"),
        ("1", "٣", True, "bad_number"),
        ("1", "", True, "bad_number"),
        ("1", "x", False, "bad_number"),
        ("1", "9" * 41, True, "bad_number"),
        ("64000", "64000.123", True, "bad_number"),
        ("64000", "64001", False, "contradiction"),
        ("64000", "64000000000000000000000", False, "contradiction"),
        ("64000", "64000", True, "contradiction"),
        ("NaN", "64000", False, "contradiction"),
        ("1", "Infinity", False, "contradiction"),
    ],
)
def test_what_is_no_price_or_two_prices_is_refused(value: str | None, full: str | None, is_scaled: bool, name: str) -> None:  # noqa: FBT001 (a table)
    with pytest.raises(Refusal) as caught:
        exact_text(given_point(value, full), is_scaled=is_scaled)
    assert caught.value.name == name


def test_a_payload_with_neither_time_nor_points_is_refused() -> None:
    with pytest.raises(Refusal, match="a price of 'btc/usd' without a time"):
        points_of(rtds_payload(b'{"symbol":"btc/usd","value":1}'))
    assert points_of(bolt_payload(b'{"symbol":"btcusd","data":[]}')) == []


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 20_000, "not_json"),
        (b"[]", "wrong_shape"),
        (b'{"topic":1}', "wrong_shape"),
        (b" " * (FRAME_BYTES_MAX + 1), "too_long"),
    ],
)
def test_what_is_no_frame_is_refused_by_name(frame: bytes, name: str) -> None:
    for read in (rtds_frame, rtds_payload):
        with pytest.raises(Refusal) as caught:
            read(frame)
        assert caught.value.name == name
    assert msgspec.structs.asdict(bolt_frame(b"{}"))["channel"] == ""
