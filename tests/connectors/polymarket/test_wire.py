"""Bytes become messages: the golden frames of others, both shapes of price_change, the lean road and the tagged one."""

from pathlib import Path

import pytest

from connectors.polymarket import wire
from oms.values.orders import Side
from oms.values.units import BadNumber
from tests.connectors.frames import book, entry, frame, old_price_change, price_change, rest_book


def given_golden(data_dir: Path, name: str) -> bytes:
    return (data_dir / "polymarket-fixtures" / "nautilus" / f"{name}.json").read_bytes()


def one(frame_bytes: bytes) -> wire.Message:
    told = wire.decode(frame_bytes)
    assert isinstance(told, list)
    (message,) = told
    return message


def test_todays_price_change_takes_the_lean_road_and_says_the_same_as_the_tagged_one() -> None:
    compact = frame(price_change(entry(), entry(side="SELL")))
    lean, tagged = wire.decode(compact), one(compact + b" ")
    assert isinstance(lean, wire.PriceChanges)
    assert isinstance(tagged, wire.PriceChangeMessage)
    assert (lean.price_changes, lean.timestamp) == (tagged.price_changes, tagged.timestamp)


def test_the_price_change_of_2025_is_read_wherever_its_type_stands() -> None:
    told = old_price_change({"price": "0.38", "side": "SELL", "size": "0"})
    for message in (told, {key: told[key] for key in sorted(told, key=lambda key: key == "event_type")}):
        read = one(frame(message))
        assert isinstance(read, wire.PriceChangeMessage)
        assert read.changes == [wire.OldChange("0.38", "0", Side.SELL)]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("py-book", wire.BookMessage),
        ("py-price_change_v2", wire.PriceChangeMessage),
        ("py-last_trade_price", wire.LastTradePrice),
        ("py-tick_size_change", wire.TickSizeChange),
        ("rs-ws_market_book_msg", wire.BookMessage),
        ("rs-ws_market_price_change_msg", wire.PriceChangeMessage),
        ("rs-ws_market_best_bid_ask_msg", wire.BestBidAsk),
        ("rs-ws_market_new_market_msg", wire.NewMarket),
        ("rs-ws_market_resolved_msg", wire.MarketResolvedMessage),
        ("rs-ws_book_snapshot", wire.RestBook),
    ],
)
def test_the_golden_frames_of_nautilus_are_read(data_dir: Path, name: str, shape: type) -> None:
    assert type(one(given_golden(data_dir, name))) is shape


@pytest.mark.data
def test_the_single_level_price_change_of_2024_is_refused_by_name(data_dir: Path) -> None:
    message = one(given_golden(data_dir, "py-price_change"))
    assert isinstance(message, wire.PriceChangeMessage)
    assert message.changes is None
    assert message.price_changes is None  # which market_facts refuses as wrong_shape


def test_a_frame_may_hold_several_messages_or_none() -> None:
    told = wire.decode(frame([book(), book("2")]))
    assert isinstance(told, list)
    assert [type(message) for message in told] == [wire.BookMessage, wire.BookMessage]
    assert wire.decode(b"[]") == []


def test_books_of_rest_are_read_alone_and_in_lists() -> None:
    assert isinstance(one(frame(rest_book())), wire.RestBook)
    assert isinstance(one(frame([rest_book()])), wire.RestBook)


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        (b"", "not_json"),
        (b"hello", "not_json"),
        (frame(book())[:-1], "not_json"),
        (frame(price_change(entry()))[:-30], "not_json"),
        (frame(book()).replace(b'"0.48"', b"NaN"), "not_json"),
        (frame(book()).replace(b"0.48", b"0.\xff8"), "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"event_type":' * 100_000, "not_json"),
        (b'{"event_type":"book","bids":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
        (b"{}", "wrong_shape"),
        (b"null", "wrong_shape"),
        (b"[1,2]", "wrong_shape"),
        (frame(book()).replace(b'"0.48"', b"0.48"), "wrong_shape"),
        (frame(book(asset_id=5)), "wrong_shape"),
        (frame(book(bids=None)), "wrong_shape"),
        (frame(book(event_type=5)), "wrong_shape"),
        (frame(price_change(entry(side="HOLD"))), "wrong_shape"),
        (frame(price_change(entry(price=None))), "wrong_shape"),
        (frame({"event_type": "price_change"}), "wrong_shape"),
        (frame({"event_type": "comment", "text": "nice"}), "unknown_event_type"),
        (b" " * (wire.FRAME_BYTES_MAX + 1), "too_long"),
    ],
)
def test_a_bad_frame_is_refused_by_name(bad: bytes, name: str) -> None:
    with pytest.raises(wire.Refusal) as caught:
        wire.decode(bad)
    assert caught.value.name == name
    assert len(str(caught.value)) < 400


def test_a_time_is_whole_milliseconds() -> None:
    assert wire.exchange_ns_from_text("1777428645794") == 1_777_428_645_794_000_000
    for bad in ("", "-1", "1e3", "1.5", "١٢", "1" * 15):
        with pytest.raises(wire.Refusal, match="milliseconds") as caught:
            wire.exchange_ns_from_text(bad)
        assert caught.value.name == "bad_timestamp"


def test_told_best_prices_say_when_a_side_is_empty() -> None:
    assert [wire.best_bid_pips_from_text(text) for text in ("", "0", "0.001")] == [0, 0, 10]
    assert [wire.best_ask_pips_from_text(text) for text in ("", "1", "0.99")] == [10_000, 10_000, 9_900]
    for read, bad in ((wire.best_bid_pips_from_text, "1"), (wire.best_ask_pips_from_text, "0")):
        with pytest.raises(BadNumber):
            read(bad)


def test_a_memo_answers_as_its_parser_and_stays_bounded() -> None:
    asked: list[str] = []

    def parse(text: str) -> int:
        asked.append(text)
        return int(text)

    memo = wire.TextMemo(parse)
    assert [memo["7"], memo["7"]] == [7, 7]
    assert asked == ["7"]
    for number in range(40_000):
        assert memo[str(number)] == number
        assert len(memo) <= 16_384
    with pytest.raises(ValueError, match="invalid literal"):
        memo["x"]
    assert "x" not in memo


def test_a_refusal_is_one_line_that_can_be_printed_whatever_the_frame_held() -> None:
    with pytest.raises(wire.Refusal) as caught:
        wire.decode(b'{"event_type":"\\n\\u001b[31mred\\u2028"}')
    assert str(caught.value).isprintable()
    assert "\\x1b[31mred" in str(caught.value)
