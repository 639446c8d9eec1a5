"""Binance's frames as messages: what is documented, what was recorded, and names for everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.binance.wire import FRAME_BYTES_MAX, Answered, BookTicker, Message, NotRead, Refusal, Shutdown, TradeTold, decode

QUOTE = b'{"stream":"btcusdt@bookTicker","data":{"u":50093421613,"s":"BTCUSDT","b":"61685.99000000","B":"1.2","a":"61686.00000000","A":"2.4"}}'
"""Recorded on 2024-08-09."""
TRADE = (
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1777429381248,"s":"BTCUSDT","t":6259299460,"p":"76516.93000000",'
    b'"q":"0.00007000","T":1777429381247,"m":true,"M":true}}'
)
"""Recorded on 2026-04-29."""
AGGREGATE = TRADE.replace(b'@trade"', b'@aggTrade"').replace(b'"e":"trade"', b'"e":"aggTrade"').replace(b'"t":', b'"a":')
"""Shaped as the documentation has it (2026-07)."""


@pytest.mark.parametrize("frame", [QUOTE, QUOTE.replace(b'{"stream":"btcusdt@bookTicker",', b'{ "stream":"btcusdt@bookTicker",')])
def test_a_quote_is_read_on_either_road(frame: bytes) -> None:
    assert decode(frame) == BookTicker(s="BTCUSDT", u=50_093_421_613, b="61685.99000000", a="61686.00000000")


@pytest.mark.parametrize("frame", [TRADE, AGGREGATE])
def test_a_trade_is_read_from_both_streams(frame: bytes) -> None:
    assert decode(frame) == TradeTold(s="BTCUSDT", p="76516.93000000", T=1_777_429_381_247)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b'{"result":null,"id":1}', Answered()),
        (b'{"result":["btcusdt@trade"],"id":"x"}', Answered()),
        (b'{"e":"serverShutdown","E":1770123456789}', Shutdown()),
        (b'{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}', Shutdown()),
        (b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate"}}', NotRead("depth")),
        (b'{"stream":"btcusdt@kline_1m","data":{"e":"kline"}}', NotRead("kline")),
    ],
)
def test_answers_goodbyes_and_streams_of_no_use_are_told_apart(frame: bytes, message: object) -> None:
    assert decode(frame) == message


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"", "not_json"),
        (b"{cut", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 20_000, "not_json"),
        (b"[]", "wrong_shape"),
        (b"{}", "wrong_shape"),
        (b'{"lastUpdateId":1,"bids":[],"asks":[]}', "wrong_shape"),
        (b'{"stream":"btcusdt@trade"}', "wrong_shape"),
        (QUOTE.replace(b'"BTCUSDT"', b'"ETHUSDT"'), "wrong_shape"),
        (QUOTE.replace(b'"61685.99000000"', b"61685.99"), "wrong_shape"),
        (TRADE.replace(b'"T":1777429381247', b'"T":"x"'), "wrong_shape"),
        (b'{"stream":"btcusdt@wonder","data":{}}', "unknown_stream"),
        (b'{"error":{"code":2,"msg":"Invalid request"},"id":1}', "command_refused"),
        (b" " * (FRAME_BYTES_MAX + 1), "too_long"),
    ],
)
def test_every_other_frame_is_refused_by_name(frame: bytes, name: str) -> None:
    with pytest.raises(Refusal) as caught:
        decode(frame)
    assert caught.value.name == name
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@given(st.sampled_from([QUOTE, TRADE, AGGREGATE]), st.integers(0, 250), st.binary(max_size=4))
def test_a_spoilt_frame_is_a_message_or_a_refusal_and_nothing_else(frame: bytes, at: int, put: bytes) -> None:
    told: object = None
    name = ""
    try:
        told = decode(frame[:at] + put + frame[at + len(put) :])
    except Refusal as refusal:
        name = refusal.name
    assert (name == "") == isinstance(told, Message)
