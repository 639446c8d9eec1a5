"""PolyBolt without a socket, after its documentation: the login, what is believed, what was lost, and a login that is refused."""

import json
from typing import Any

import msgspec
import pytest

from connectors.polymarket.polybolt_stream import CHANNEL_AVERAGE, CHANNEL_SPOT, PING_EVERY_NS, PolyBoltStream
from connectors.polymarket.price_lines import SILENCE_NS
from connectors.polymarket.user_stream import Login
from oms.values.reference import PriceSource, ReferencePrice
from oms.values.units import NS_PER_SECOND

T0 = 1_777_428_654 * NS_PER_SECOND
MS = 1_777_428_654_000


def given_stream(*pairs: str) -> PolyBoltStream:
    return PolyBoltStream(lambda: Login("key", "sesame", "open"), pairs)


def given_authed(*pairs: str) -> PolyBoltStream:
    stream = given_stream(*pairs)
    stream.opened(T0)
    stream.receive(b'{"op":"authed","rid":"auth"}', T0)
    stream.bytes_to_send()
    return stream


def given_frame(channel: str, seq: int, *points: tuple[int, str], source: str = "chainlink", **other: Any) -> bytes:  # noqa: ANN401 (JSON)
    """One point is an update, several are a snapshot."""
    rows = [{"timestamp": ms, "value": float(text), "full_accuracy_value": text} for ms, text in points]
    window = {"window_seconds": 60} if channel == CHANNEL_AVERAGE else {}
    payload = {"symbol": "btcusd", "source": source, **window, **(rows[0] if len(rows) == 1 else {"data": rows})}
    return msgspec.json.encode({"v": 1, "channel": channel, "seq": seq, "ts": MS, "payload": payload} | other)


def test_the_login_goes_first_and_the_wishes_after_it_was_taken() -> None:
    stream = given_stream("btc/usd")
    stream.opened(T0)
    (auth,) = stream.bytes_to_send()
    assert json.loads(auth) == {"op": "auth", "rid": "auth", "auth": {"apiKey": "key", "secret": "sesame", "passphrase": "open"}}
    stream.receive(b'{"op":"authed","rid":"auth"}', T0)
    (wishes,) = stream.bytes_to_send()
    assert json.loads(wishes)["subscriptions"] == [
        {"channel": "price.crypto.twap", "filter": {"symbol": "btcusd", "window_seconds": 60}},
        {"channel": "price.crypto", "filter": {"symbol": "btcusd", "provider": "chainlink"}},
    ]
    assert "sesame" not in repr(stream.__dict__)


def test_prices_are_plain_decimals_and_pairs_are_written_as_chainlink_does() -> None:
    stream = given_authed("btc/usd")
    (price,) = stream.receive(given_frame(CHANNEL_AVERAGE, 1, (MS, "64000.123456789012345678")), T0)
    assert price == ReferencePrice(
        source=PriceSource.CHAINLINK,
        symbol="btc/usd",
        price_nano=64_000_123_456_789,
        exact="64000.123456789012345678",
        exchange_ms=MS,
        average_s=60,
        is_relayed=True,
    )
    told = stream.receive(given_frame(CHANNEL_SPOT, 1, (MS, "1.5"), (MS + 1_000, "2.5"), snapshot=True), T0)
    assert [(price.symbol, price.exact, price.average_s) for price in told if isinstance(price, ReferencePrice)] == [
        ("btc/usd", "1.5", 0),
        ("btc/usd", "2.5", 0),
    ]
    assert stream.missed == 0


def test_each_channel_counts_by_itself_and_a_gap_is_counted() -> None:
    stream = given_authed("btc/usd")
    for channel, seq in ((CHANNEL_SPOT, 1), (CHANNEL_AVERAGE, 1), (CHANNEL_SPOT, 2), (CHANNEL_AVERAGE, 5), (CHANNEL_SPOT, 3)):
        stream.receive(given_frame(channel, seq, (MS + seq, "1.5")), T0)
    assert stream.missed == 3
    stream.receive(given_frame(CHANNEL_SPOT, 4, (MS, "1.5"), dropped=7), T0)
    assert stream.missed == 10
    stream.closed(T0)
    stream.opened(T0)
    stream.receive(given_frame(CHANNEL_SPOT, 1, (MS, "1.5")), T0)
    assert stream.missed == 10


def test_a_refused_login_is_not_tried_again() -> None:
    stream = given_stream("btc/usd")
    stream.opened(T0)
    assert list(stream.receive(b'{"op":"error","rid":"auth","code":"auth_invalid"}', T0)) == []
    assert (stream.barred, stream.refusals) == ("auth_invalid", {"request_refused": 1})
    stream.woken(T0 + 100 * SILENCE_NS)
    assert (stream.wants_reconnect, stream.wake_at_ns()) == (False, None)
    stream.closed(T0)
    stream.opened(T0)
    assert stream.bytes_to_send() == []


def test_another_error_bars_nobody() -> None:
    stream = given_authed("btc/usd")
    stream.receive(b'{"op":"error","rid":"prices","code":"rate_limited"}', T0)
    assert (stream.barred, stream.refusals) == ("", {"request_refused": 1})


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (given_frame(CHANNEL_SPOT, 1, (MS, "1.5"), source="pyth"), "other_source"),
        (given_frame(CHANNEL_SPOT, 1, (0, "1.5")), "bad_timestamp"),
        (given_frame(CHANNEL_AVERAGE, 1, (MS, "1.5")).replace(b'"window_seconds":60', b'"window_seconds":30'), "contradiction"),
        (given_frame(CHANNEL_SPOT, 1, (MS, "1.5")).replace(b'"1.5"', b'"-1.5"'), "contradiction"),
        (given_frame(CHANNEL_SPOT, 1, (MS, "0.0")), "bad_number"),
        (b'{"op":"dance"}', "wrong_shape"),
        (b"{}", "wrong_shape"),
        (b"rubbish", "not_json"),
    ],
)
def test_what_cannot_be_believed_is_refused_by_name(frame: bytes, name: str) -> None:
    stream = given_authed("btc/usd")
    assert list(stream.receive(frame, T0)) == []
    assert stream.refusals == {name: 1}


def test_answers_and_other_channels_are_counted_and_bounded() -> None:
    stream = given_authed()
    stream.receive(b'{"op":"pong"}', T0)
    for number in range(40):
        stream.receive(b'{"channel":"price.equity%d","payload":{}}' % number, T0)
    assert stream.not_read["pong"] == 1
    assert len(stream.not_read) <= 17


def test_a_frozen_socket_is_given_up_though_it_answers_pings() -> None:  # req 2.65
    stream = given_authed("btc/usd")
    stream.receive(given_frame(CHANNEL_SPOT, 1, (MS, "1.5")), T0)
    stream.receive(b'{"op":"pong"}', T0 + SILENCE_NS - 1)
    assert stream.wake_at_ns() == T0 + SILENCE_NS
    stream.woken(T0 + SILENCE_NS)
    assert stream.wants_reconnect


def test_a_ping_is_due_every_thirty_seconds() -> None:
    stream = given_authed("btc/usd")
    for after_s in range(1, 31):
        at_ns = T0 + after_s * NS_PER_SECOND
        stream.receive(given_frame(CHANNEL_SPOT, after_s, (MS + after_s, "1.5")), at_ns)
        stream.woken(at_ns)
    assert PING_EVERY_NS == 30 * NS_PER_SECOND
    assert stream.bytes_to_send() == [b'{"op":"ping"}']
