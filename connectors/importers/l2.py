"""polymarket-l2-btc15m-2026-09: the top 20 levels of both tokens about once a second, one market a file, and `markets.json` beside them.

Source: data/README.md; PyPI resolvedkit 0.1.0 (Resolved Markets), MIT. A line is a snapshot; it becomes a `book` message of the market
channel with synthetic asset ids "<slug>:UP" and "<slug>:DOWN", without hash. Numbers are copied as decimal text and never become floats.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from connectors.chunks import TapeError
from connectors.importers.foreign import UNREADABLE, BadLine, ForeignRecording, Piece, ns_from_ms
from connectors.importers.recording import nothing_to_trade
from connectors.tape import CHANNEL_POLYMARKET_MARKET
from oms.values.market import PAYOUT_ONE_PPM, MarketId, Payout
from oms.values.nesting import check_nesting
from oms.values.units import NS_PER_MS, Nanos

KEYS: Final = frozenset({"ts", "side", "bids", "asks"})
"""The first line has these."""
SIDE_FILE: Final = "markets.json"
FEE_RATE_BPS: Final = 700
"""Crypto up/down markets since 2026: 0.07 (polymarket.md §7.1)."""
_BOOK: Final = b'{"event_type":"book","market":%s,"asset_id":%s,"timestamp":"%d","bids":[%s],"asks":[%s]}'
_NUMBER: Final = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")


class _Line(msgspec.Struct, gc=False):
    ts: int
    side: Literal["UP", "DOWN"]
    bids: list[tuple[msgspec.Raw, msgspec.Raw]]
    asks: list[tuple[msgspec.Raw, msgspec.Raw]]


class _Told(msgspec.Struct):
    """One row of the side file."""

    slug: str
    market_id: MarketId
    question: str = ""
    end_ts: int | None = None
    payout_up: Decimal | None = None
    payout_down: Decimal | None = None


_decoder = msgspec.json.Decoder(_Line)
_side_decoder = msgspec.json.Decoder(list[_Told])


class L2Recording(ForeignRecording):
    """One 15-minute market: a `book` message a line; UP is YES."""

    kind = "l2"
    trade_rule = "l2-vanish"

    def _survey(self) -> None:
        side_file = self.path.parent / SIDE_FILE
        told = _side_row(side_file, self.name)
        self._market_id = self.name if told is None else told.market_id
        self.first_ns = self._first_time_ns()
        self._said(
            "time is the recorder's `ts`, one time for both tokens",
            "UP is YES, DOWN is NO; asset ids are made up from the slug",
            "books are the top 20 levels a side: what lies deeper is not known",
            "trades are inferred only where a level vanished and the opposite best reached it: the recording announces none",
        )
        rate_bps = self._say_fee(FEE_RATE_BPS, "crypto up/down markets of 2026")
        self._say_grid()
        end_ns = None if told is None or told.end_ts is None else told.end_ts * NS_PER_MS
        if end_ns is None:
            self._said(f"no row for {self.name} in a {SIDE_FILE} beside the file tells when trading ends")
            self._say_end()
            end_ns = self._end_assumed_ns()
        self.last_ns = end_ns or 0
        title = self.name if told is None else told.question or self.name
        market = self._market(self._market_id, title, (f"{self.name}:UP", f"{self.name}:DOWN"), rate_bps)
        self.markets = (msgspec.structs.replace(market, end_ns=end_ns),)
        payout = None if told is None else _payout(side_file, told)
        if payout is not None:
            self.payouts = {self._market_id: payout}

    def _first_time_ns(self) -> Nanos:
        for raw in self._surveyed_lines():
            try:
                return ns_from_ms(_decoder.decode(raw).ts)
            except UNREADABLE:
                continue
        raise nothing_to_trade(self.path, "it holds no readable snapshot")

    def _pieces(self, line: bytes) -> Sequence[Piece]:
        snapshot = _decoder.decode(line)
        at_ns = ns_from_ms(snapshot.ts)
        payload = _BOOK % (
            msgspec.json.encode(self._market_id),
            msgspec.json.encode(f"{self.name}:{snapshot.side}"),
            snapshot.ts,
            b",".join([_level(*rung) for rung in reversed(snapshot.bids)]),
            b",".join([_level(*rung) for rung in reversed(snapshot.asks)]),
        )
        return [(at_ns, CHANNEL_POLYMARKET_MARKET, payload)]


def _level(price: msgspec.Raw, size: msgspec.Raw) -> bytes:
    """One rung as the venue writes it."""
    return b'{"price":"%s","size":"%s"}' % (_shortest(bytes(price)), _shortest(bytes(size)))


@lru_cache(maxsize=16_384)
def _shortest(number: bytes) -> bytes:
    """A JSON number as the shortest decimal text: 205.0 → 205. Raises BadLine for anything but plain decimals."""
    if not _NUMBER.fullmatch(number):
        raise BadLine(f"{number[:40]!r} is not a plain decimal number")
    return number.rstrip(b"0").rstrip(b".") if b"." in number else number


def _side_row(path: Path, slug: str) -> _Told | None:
    """The market's row of the side file; None without file or row. Raises TapeError when the file cannot be understood."""
    if not path.exists():
        return None
    try:
        told = path.read_bytes()
        check_nesting(told)
        rows = _side_decoder.decode(told)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TapeError(f"{path}: is no list of markets with slug and market_id ({error}); mend it or move it away") from None
    return next((row for row in rows if row.slug == slug), None)


def _payout(path: Path, told: _Told) -> Payout | None:
    """The payout vector of a row; None when it is not told. Raises TapeError when the two parts do not make a dollar."""
    up, down = told.payout_up, told.payout_down
    if up is None or down is None:
        return None
    try:
        return Payout(yes_ppm=_ppm(up), no_ppm=_ppm(down))
    except (ValueError, ArithmeticError) as error:  # to compare what is no number is an ArithmeticError
        raise TapeError(f"{path}: payouts of {told.slug[:80]}: {error}; mend the row") from None


def _ppm(part: Decimal) -> int:
    """Part of a dollar in parts per million. Raises ValueError for what is none, before anything is made of it: 1e999999 is a number too."""
    if not 0 <= part <= 1:
        raise ValueError(f"{str(part)[:40]} is no part of a dollar")
    return round(part * PAYOUT_ONE_PPM)
