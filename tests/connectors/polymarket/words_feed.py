"""Markets, books and answers of a feed as its tests need them."""

from typing import Any

from connectors.polymarket.shard_stream import ShardStream
from oms.values.market import Market
from oms.values.units import NS_PER_MS, NS_PER_SECOND
from tests.connectors.frames import frame

T0 = 1_777_428_647 * NS_PER_SECOND
SECOND = NS_PER_SECOND


def given_market(number: int) -> Market:
    """Market `number`, with tokens `1000 + number` and `2000 + number`."""
    return Market(market_id=f"0x{number:x}", title=f"market {number}", yes=str(1_000 + number), no=str(2_000 + number))


def given_markets(count: int) -> list[Market]:
    return [given_market(number) for number in range(count)]


def ms_text(at_ns: int) -> str:
    """The venue's timestamp of this time."""
    return str(at_ns // NS_PER_MS)


def book_of(token: str, at_ns: int, text: str, **other: object) -> dict[str, Any]:
    """A `book` of the stream with the hash `text`."""
    rungs = {"bids": [{"price": "0.49", "size": "100"}], "asks": [{"price": "0.51", "size": "7"}]}
    return {
        "event_type": "book",
        "asset_id": token,
        "market": "0x0",
        "timestamp": ms_text(at_ns),
        "hash": text,
        "tick_size": "0.01",
        **rungs,
        **other,
    }


def rest_book_of(token: str, at_ns: int, text: str) -> dict[str, Any]:
    """An element of the answer of POST /books."""
    told = book_of(token, at_ns, text, min_order_size="5", neg_risk=False, last_trade_price="0.500")
    del told["event_type"]
    return told


def hears(line: ShardStream, token: str, at_ns: int, text: str) -> None:
    """The line is told of one book."""
    line.receive(frame(book_of(token, at_ns, text)), at_ns)
