from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket import wire
from connectors.polymarket.wire_user import MakerOrder, NotRead, OrderMessage, Trade, decode, moment_ns
from oms.values.orders import Side
from oms.values.texts import SAID_MAX
from oms.values.units import NS_PER_MS, NS_PER_SECOND
from tests.connectors.frames import frame
from tests.connectors.polymarket.words_user import MATCH_NS, MATCH_S, MINE, maker, order, trade


def test_an_order_and_a_trade_are_read_alone_and_in_a_list() -> None:
    told = OrderMessage(id=MINE, type="PLACEMENT", status="LIVE", size_matched="0")
    assert decode(frame(order())) == [told]
    both = decode(b" " + frame([order(), trade(maker())]))
    assert both[0] == told
    assert isinstance(both[1], Trade)
    assert both[1].side is Side.BUY
    assert both[1].maker_orders is not None
    assert isinstance(both[1].maker_orders[0], MakerOrder)


def test_a_pong_and_an_empty_list_hold_no_message() -> None:
    assert decode(b"PONG") == []
    assert decode(b"[]") == []


def test_a_message_without_an_event_type_is_known_by_its_type() -> None:
    without = [{key: value for key, value in message.items() if key != "event_type"} for message in (order(type="UPDATE"), trade(maker()))]
    assert [type(message) for message in decode(frame(without))] == [OrderMessage, Trade]


def test_what_may_be_missing_or_null_may() -> None:
    bare = {
        key: value for key, value in trade().items() if key in {"event_type", "id", "taker_order_id", "asset_id", "side", "size", "price", "status"}
    }
    assert isinstance(decode(frame(bare))[0], Trade)
    assert isinstance(decode(frame(trade(maker_orders=None, owner=None, match_time=None)))[0], Trade)
    assert isinstance(decode(frame(trade(maker(side=None, owner=None))))[0], Trade)
    assert isinstance(decode(frame(order(status=None, size_matched=None)))[0], OrderMessage)


def test_a_message_of_another_type_is_not_read_and_says_its_type() -> None:
    assert decode(frame({"event_type": "balance", "amount": 5})) == [NotRead("balance")]
    assert decode(b"{}") == [NotRead("")]


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        (b"", "not_json"),
        (b"INVALID OPERATION", "not_json"),
        (b'{"event_type":"order"', "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 5_000, "not_json"),
        (b"[1]", "wrong_shape"),
        (b'"text"', "wrong_shape"),
        (b'{"event_type":7}', "wrong_shape"),
        (b'{"event_type":"order","type":"PLACEMENT"}', "wrong_shape"),
        (frame(trade(maker(matched_amount=5))), "wrong_shape"),
        (frame(trade(side="HOLD")), "wrong_shape"),
        (b" " * (wire.FRAME_BYTES_MAX + 1), "too_long"),
    ],
)
def test_a_bad_frame_is_a_refusal_with_a_name(bad: bytes, name: str) -> None:
    with pytest.raises(wire.Refusal) as caught:
        decode(bad)
    assert caught.value.name == name


def test_a_refusal_is_one_short_line_whatever_a_frame_quotes() -> None:
    with pytest.raises(wire.Refusal, match="Invalid enum value") as caught:
        decode(frame(trade(side="\x1b[31m\n" + "B" * 10**6)))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= SAID_MAX


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)).map(msgspec.json.encode)
)
def test_no_frame_raises_anything_but_a_refusal(noise: bytes) -> None:
    messages: list[OrderMessage | Trade | NotRead] = []
    with suppress(wire.Refusal):
        messages = decode(noise)
    assert all(isinstance(message, OrderMessage | Trade | NotRead) for message in messages)


@pytest.mark.parametrize(
    ("text", "at_ns"),
    [
        (str(MATCH_S), MATCH_NS),
        (f"{MATCH_S}257", MATCH_NS + 257 * NS_PER_MS),
        (f"{MATCH_S}000000", MATCH_NS),
        (f"{MATCH_S}000000001", MATCH_NS + 1),
        ("2024-01-01T00:00:00Z", int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) * NS_PER_SECOND),
        ("2024-02-29T23:59:59.123+00:00", int(datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC).timestamp()) * NS_PER_SECOND),
    ],
)
def test_a_time_is_read_whatever_its_unit(text: str, at_ns: int) -> None:
    assert moment_ns(text) == at_ns
    assert moment_ns(None, "", "soon", text, "1") == at_ns


@pytest.mark.parametrize("text", [None, "", "0", "-5", "99999999999", "9" * 25, "٣", "2024-13-01T00:00:00Z", "2024-01-01", "1.5"])
def test_a_time_that_is_none_of_our_age_is_none(text: str | None) -> None:
    assert moment_ns(text) is None


@pytest.mark.data
def test_every_user_message_that_other_projects_kept_is_read(data_dir: Path) -> None:
    kept = [path for path in sorted((data_dir / "polymarket-fixtures").rglob("*.json")) if "user_" in path.name or "py-order" in path.name]
    assert kept, "no user message in polymarket-fixtures"
    for path in kept:
        (message,) = decode(path.read_bytes())
        assert isinstance(message, Trade if "trade" in path.name else OrderMessage), path
        if isinstance(message, Trade):
            assert moment_ns(message.match_time) is not None, path


@pytest.mark.data
def test_trades_of_rest_have_the_shape_of_the_channel(data_dir: Path) -> None:
    pages = sorted((data_dir / "polymarket-fixtures").rglob("*http_trades_page.json"))
    assert pages, "no page of trades in polymarket-fixtures"
    for path in pages:
        assert msgspec.json.decode(path.read_bytes(), type=dict[str, list[Trade] | str])["data"]
