"""Frames of the market channel, alone and in sequence, and the texts in them."""

import json
import re
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from connectors.polymarket.book_hash import digest
from connectors.polymarket.market_stream import MarketStream
from oms.engine import Engine
from oms.state import EngineSettings
from oms.values import events as e
from oms.values.snapshot import Health
from oms.values.texts import SAID_MAX
from oms.values.units import BadNumber, price_pips_from_text, size_micro_from_text, tick_pips_from_text
from tests.connectors.frames import (
    AT_NS,
    CONDITION,
    MARKET,
    MARKETS,
    MS,
    NO,
    OTHER_MARKET,
    OTHER_YES,
    YES,
    book,
    entry,
    frame,
    old_price_change,
    price_change,
    rest_book,
)
from tests.fuzz.engine import REFUSED, Target
from tests.fuzz.facts import TICKS, assert_book, assert_valid

PARSERS: Final = (
    ("price", price_pips_from_text, 10_000, 1, 9_999),
    ("size", size_micro_from_text, 10**6, 0, 10**18),
    ("tick", tick_pips_from_text, 10_000, 1, 1_000),
)
"""What is read, by what, how many units are one, from how many to how many."""
CLOSED: Final = b"(closed)"
"""A line of a sequence that stands for the end of the connection."""
_PLAIN: Final = re.compile(r"[0-9]*\.?[0-9]*", re.ASCII)
ALL_MARKETS: Final = {**MARKETS, OTHER_YES: OTHER_MARKET, OTHER_MARKET.no: OTHER_MARKET}
OLD: Final = {"price": "0.37", "size": "12.5", "side": "SELL"}
RESOLVED: Final = {"event_type": "market_resolved", "id": "1", "market": CONDITION, "assets_ids": [YES, NO], "winning_asset_id": YES, "timestamp": MS}
TOLD: Final[tuple[object, ...]] = (
    book(),
    book(NO, bids=[], asks=[], last_trade_price="", hash=""),
    [book(), book(NO)],
    rest_book(),
    [rest_book(), rest_book(NO)],
    price_change(entry(), entry(NO, price="0.63", side="SELL")),
    price_change(entry(size="0"), entry(OTHER_YES), market="0xother"),
    {**price_change(entry()), "event_type": "price_change", "extra": {"a": [1, 2.5, None]}},
    old_price_change(OLD, {**OLD, "side": "BUY", "price": "0.3"}),
    {"event_type": "last_trade_price", "asset_id": YES, "price": "0.51", "size": "10", "side": "BUY", "fee_rate_bps": "0", "timestamp": MS},
    {"event_type": "tick_size_change", "market": CONDITION, "asset_id": YES, "old_tick_size": "0.01", "new_tick_size": "0.001", "timestamp": MS},
    {"event_type": "best_bid_ask", "market": CONDITION, "asset_id": NO, "best_bid": "0.73", "best_ask": "0.77", "spread": "0.04", "timestamp": MS},
    RESOLVED,
    {"event_type": "new_market", "id": "1", "question": "…", "market": "0x9", "assets_ids": ["1", "2"], "tags": [], "timestamp": MS},
    [],
)  # fmt: skip
FRAMES: Final = (*map(frame, TOLD), b"PONG")


def check_frame(data: bytes) -> str:
    """One frame: true facts, or one refusal and perhaps a loss of continuity, and nothing in between."""
    stream = MarketStream(ALL_MARKETS)
    events = stream.receive(data, AT_NS)
    for fact in events:
        assert_valid(fact)
    if stream.refusals:
        assert sum(stream.refusals.values()) == 1
        assert all(isinstance(fact, e.ContinuityLost) for fact in events)
        assert stream.last_refusal
        assert stream.last_refusal.isprintable()
        assert len(stream.last_refusal) < 2 * SAID_MAX
        words = re.sub("[0-9]+", "", stream.last_refusal.partition(": ")[2])
        return f"{REFUSED}{next(iter(stream.refusals))}:{len(events)} {words[:40]}"
    assert_true(events, data)
    return f"facts:{' '.join([type(fact).__name__ for fact in events[:4]])} {sum(stream.not_read.values())} {min(stream.other_tokens, 3)}"


def assert_true(events: list[e.Event] | Any, data: bytes) -> None:  # noqa: ANN401 (a sequence of facts)
    """The levels told are the levels in the frame, read once more by other means (json and Decimal)."""
    if data == b"PONG":
        return
    told = json.loads(data.decode("utf-8", "replace"), parse_int=str)  # in what is passed over there may be anything
    levels: list[tuple[str, str, int, int]] = []
    for row in told if isinstance(told, list) else [told]:
        if row.get("event_type", "book") == "book" and row["asset_id"] in ALL_MARKETS:
            levels += [(row["asset_id"], side, *_naive(rung)) for side in ("bids", "asks") for rung in row[side]]
        elif row.get("event_type") == "price_change":
            changes = row.get("price_changes")
            rows = row["changes"] if changes is None else changes
            tokens = [row["asset_id"] if changes is None else change["asset_id"] for change in rows]
            levels += [(token, change["side"], *_naive(change)) for token, change in zip(tokens, rows, strict=True) if token in ALL_MARKETS]
    found: list[tuple[str, str, int, int]] = []
    for fact in events:
        if isinstance(fact, e.BookReset):
            found += [(fact.token, side, *level) for side, levels_told in (("bids", fact.bids), ("asks", fact.asks)) for level in levels_told]
        elif isinstance(fact, e.LevelsChanged):
            found += [(fact.token, side.value, price, size) for side, price, size in fact.levels]
    assert sorted(found) == sorted(levels)


def _naive(rung: dict[str, str]) -> tuple[int, int]:
    return int(Decimal(rung["price"]) * 10_000), int(Decimal(rung["size"]) * 1_000_000)


def check_stream(data: bytes) -> str:
    """Frames in sequence through a stream and an engine: no book is ever LIVE while crossed, or after a loss without a whole book."""
    stream = MarketStream(ALL_MARKETS)
    engine = Engine(EngineSettings(digest=digest, hash_every=2))
    for market in (MARKET, OTHER_MARKET):
        engine.apply(e.MarketListed(market=market), AT_NS)
    seen: list[str] = []
    for number, line in enumerate(data.split(b"\n")[:200]):
        at_ns = AT_NS + number * 500_000_000
        events = stream.closed(at_ns) if line == CLOSED else stream.receive(line, at_ns)
        for fact in events:
            assert_valid(fact)
            engine.apply(fact, at_ns)
            _assert_books(engine, fact)
        seen += [type(fact).__name__[:4] for fact in events[:2]]
    healths = [held.health.name for _, held in engine.state.by_token.values()]
    return f"{'facts, and some refused' if stream.refusals else 'facts'}:{' '.join(sorted(stream.refusals))} {' '.join(healths)} {' '.join(seen[:8])}"


def _assert_books(engine: Engine, fact: e.Event) -> None:
    for token, (_, held) in engine.state.by_token.items():
        assert_book(held)
        if isinstance(fact, e.ContinuityLost) and token in fact.tokens:
            assert held.health is Health.STALE


def check_number(data: bytes) -> str:
    """A price, a size and a tick from one text: exactly what Decimal reads, or a refusal of what is no plain decimal in range."""
    text = data.decode("utf-8", "surrogateescape")
    exact = Fraction(Decimal(text)) if _PLAIN.fullmatch(text) and text.strip(".") and len(text) < 60 else None
    answers: list[str] = []
    for what, parse, scale, low, high in PARSERS:
        value: object = None
        with suppress(BadNumber):
            value = parse(text)
        fits = exact is not None and (exact * scale).denominator == 1 and low <= exact * scale <= high
        if value is None:
            assert not fits or (what == "tick" and exact is not None and exact * scale not in TICKS) or _is_long(text), text
        else:
            assert exact is not None, text
            assert type(value) is int
            assert fits, text
            assert value == exact * scale, text
            answers.append(what)
    return f"{', '.join(answers) or f'{REFUSED}BadNumber'}:{re.sub('[0-9]+', '9', text)[:12]}"


def _is_long(text: str) -> bool:
    """More digits than any venue writes: may be refused although it would fit."""
    whole, _, part = text.partition(".")
    return len(whole) > 19 or len(part) > 40


def targets() -> list[Target]:
    """Those of this file."""
    opening = [frame(book()), frame(book(NO, bids=[{"price": "0.49", "size": "7"}], asks=[{"price": "0.52", "size": "30"}]))]
    changes = [frame(price_change(entry(YES, price), entry(NO, f"{1 - float(price):.2f}", side="SELL"))) for price in ("0.37", "0.46", "0.5")]
    sequences = [opening, [*opening, *changes], [*opening, CLOSED, *changes, *opening], [*changes, *FRAMES]]
    numbers = (b"0.49", b"0.0001", b"12.5", b"0", b"1", b"1000000", b"0.001", b"123456789012.123456", b"1000000000000")
    return [
        Target(name="frame", about="one frame of the market channel", check=check_frame, seeds=FRAMES, shape="json", share=300),
        Target(
            name="stream",
            about="frames in sequence, into books",
            check=check_stream,
            seeds=[b"\n".join(rows) for rows in sequences],
            shape="lines",
            share=90,
            bytes_max=20_000,
        ),
        Target(name="number", about="a price, size or tick as text", check=check_number, seeds=numbers, shape="words", share=120, bytes_max=80),
    ]
