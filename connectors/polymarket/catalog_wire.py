"""What Gamma and the CLOB tell of markets, as typed structs: bytes to rows, one row at a time so that a bad one does not spoil its page.

Sources: polymarket.md §5.1, §5.2 (read 2026-11) and answers of 2021 to 2026-04. Only fields that a listing needs are named; unknown keys are passed
over. Numbers come as JSON numbers and become decimals, never floats. Nearly everything may be null or missing, in old rows above all.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from oms.values.nesting import check_nesting
from oms.values.texts import SAID_MAX, one_line
from oms.values.units import BadNumber

BODY_BYTES_MAX: Final = 32 * 1024 * 1024
CURSOR_BEGIN: Final = "MA=="
CURSOR_END: Final = "LTE="
"""The CLOB's pages begin and end with these (polymarket.md §3.8)."""
_DECIMAL_PLACES_MAX: Final = 30
_EXCERPT_MAX: Final = 120


class BadRow(ValueError):
    """A row, or a whole answer, that is not what it should be; the message says where it breaks."""

    def __init__(self, words: str) -> None:
        super().__init__(one_line(words, SAID_MAX))  # the decoder's words may quote the row


class _Row(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """Gamma writes its keys in camelCase."""


class FeeSchedule(_Row):
    """`feeSchedule`: the one source of a taker's fee (polymarket.md §7.1)."""

    exponent: Decimal | None = None
    rate: Decimal | None = None
    taker_only: bool | None = None


class ClobReward(_Row):
    """An element of `clobRewards`."""

    rewards_daily_rate: Decimal | None = None


class EventStub(_Row):
    """A market's own short copy of its event."""

    id: str = ""
    neg_risk_augmented: bool | None = None


class GammaMarket(_Row):
    """One market as Gamma tells it."""

    condition_id: str | None = None
    question: str | None = None
    slug: str | None = None
    version: str | None = None
    clob_token_ids: str | list[str] | None = None
    """JSON text, in old fixtures of others a list."""
    position_ids: str | list[str] | None = None
    outcomes: str | list[str] | None = None
    outcome_prices: str | list[str] | None = None
    question_id: str | None = msgspec.field(name="questionID", default=None)
    group_item_title: str | None = None
    description: str | None = None
    resolution_source: str | None = None
    uma_bond: str | None = None
    uma_resolution_status: str | None = None
    resolution_status: str | None = None
    enable_order_book: bool | None = None
    accepting_orders: bool | None = None
    active: bool | None = None
    closed: bool | None = None
    archived: bool | None = None
    order_price_min_tick_size: Decimal | None = None
    order_min_size: Decimal | None = None
    neg_risk: bool | None = None
    neg_risk_other: bool | None = None
    end_date: str | None = None
    game_start_time: str | None = None
    event_start_time: str | None = None
    seconds_delay: int | None = None
    clear_book_on_start: bool | None = None
    fees_enabled: bool | None = None
    fee_type: str | None = None
    fee_schedule: FeeSchedule | None = None
    rewards_min_size: Decimal | None = None
    rewards_max_spread: Decimal | None = None
    clob_rewards: list[ClobReward] | None = None
    events: list[EventStub] | None = None


class GammaEvent(_Row):
    """One event with its markets, which stay bytes until each is read by itself."""

    id: str
    title: str | None = None
    markets: list[msgspec.Raw] | None = None
    neg_risk: bool | None = None
    enable_neg_risk: bool | None = None
    neg_risk_augmented: bool | None = None


class CompactToken(msgspec.Struct, gc=False):
    """`t[]` of /clob-markets."""

    t: str
    o: str = ""


class CompactFee(msgspec.Struct, gc=False):
    """`fd` of /clob-markets."""

    r: Decimal | None = None
    e: Decimal | None = None
    to: bool | None = None


class CompactMarket(msgspec.Struct, gc=False):
    """GET /clob-markets/{condition}: short keys, the best single source of trading parameters (polymarket.md §5.1)."""

    c: str
    t: list[CompactToken]
    mos: Decimal | None = None
    mts: Decimal | None = None
    nr: bool | None = None
    ao: bool | None = None
    cbos: bool | None = None
    itode: bool | None = None
    oas: int | None = None
    gst: str | None = None
    fd: CompactFee | None = None
    v: str | None = None


class LongToken(msgspec.Struct, gc=False):
    """`tokens[]` of /markets of the CLOB."""

    token_id: str = ""
    outcome: str = ""


class RewardRate(msgspec.Struct, gc=False):
    """`rewards.rates[]`."""

    rewards_daily_rate: Decimal | None = None


class LongRewards(msgspec.Struct, gc=False):
    """`rewards`."""

    rates: list[RewardRate] | None = None
    min_size: Decimal | None = None
    max_spread: Decimal | None = None


class LongMarket(msgspec.Struct, gc=False):
    """A row of GET /markets, /sampling-markets or /markets/{condition} of the CLOB. It tells no protocol generation and no fee curve."""

    condition_id: str
    tokens: list[LongToken]
    question: str = ""
    market_slug: str = ""
    description: str | None = None
    enable_order_book: bool | None = None
    active: bool | None = None
    closed: bool | None = None
    archived: bool | None = None
    accepting_orders: bool | None = None
    minimum_order_size: Decimal | None = None
    minimum_tick_size: Decimal | None = None
    end_date_iso: str | None = None
    game_start_time: str | None = None
    seconds_delay: int | None = None
    neg_risk: bool | None = None
    rewards: LongRewards | None = None


class Page(msgspec.Struct, frozen=True):
    """Rows still as bytes, and where to go on; empty: this was the last page."""

    rows: Sequence[bytes]
    next_cursor: str


class _Enveloped(msgspec.Struct, gc=False):
    """The three envelopes that rows come in."""

    data: list[msgspec.Raw] | None = None
    markets: list[msgspec.Raw] | None = None
    events: list[msgspec.Raw] | None = None
    next_cursor: str | None = None


_pages: msgspec.json.Decoder[list[msgspec.Raw] | _Enveloped] = msgspec.json.Decoder(list[msgspec.Raw] | _Enveloped)
_texts = msgspec.json.Decoder(list[str])
_gamma_markets = msgspec.json.Decoder(GammaMarket)
_gamma_events = msgspec.json.Decoder(GammaEvent)
_compact = msgspec.json.Decoder(CompactMarket)
_long = msgspec.json.Decoder(LongMarket)
_R = TypeVar("_R")
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError, ArithmeticError)


def page_of(body: bytes) -> Page:
    """The rows of an answer: a bare list, or `data`, `markets` or `events` in an object. Raises BadRow."""
    if len(body) > BODY_BYTES_MAX:
        raise BadRow(f"an answer of {len(body)} bytes is longer than {BODY_BYTES_MAX}")
    try:
        check_nesting(body)
        told = _pages.decode(body)
    except _UNREADABLE as error:
        raise BadRow(f"{error} in {len(body)} bytes beginning {body[:_EXCERPT_MAX]!r}") from None
    if isinstance(told, list):
        return Page([bytes(row) for row in told], "")
    rows = next((rows for rows in (told.data, told.markets, told.events) if rows is not None), None)
    if rows is None:
        raise BadRow(f"neither data nor markets nor events in {len(body)} bytes beginning {body[:_EXCERPT_MAX]!r}")
    cursor = told.next_cursor or ""
    return Page([bytes(row) for row in rows], "" if cursor == CURSOR_END else cursor)


def gamma_market(row: bytes) -> GammaMarket:
    """One row of Gamma's markets. Raises BadRow."""
    return _read(_gamma_markets, row)


def gamma_event(row: bytes) -> GammaEvent:
    """One row of Gamma's events. Raises BadRow."""
    return _read(_gamma_events, row)


def compact_market(body: bytes) -> CompactMarket:
    """An answer of /clob-markets/{condition}. Raises BadRow."""
    return _read(_compact, body)


def long_market(row: bytes) -> LongMarket:
    """One row of the CLOB's /markets. Raises BadRow."""
    return _read(_long, row)


def _read(decoder: "msgspec.json.Decoder[_R]", row: bytes) -> _R:
    try:
        check_nesting(row)
        return decoder.decode(row)
    except _UNREADABLE as error:
        raise BadRow(f"{error} in {len(row)} bytes beginning {row[:_EXCERPT_MAX]!r}") from None


def texts_of(told: str | list[str] | None, what: str) -> list[str]:
    """A list that Gamma sends as JSON text inside JSON; [] when it is not there. Raises BadRow."""
    if not told:
        return []
    if isinstance(told, list):
        return told
    try:
        check_nesting(told.encode())
        return _texts.decode(told)
    except _UNREADABLE as error:
        raise BadRow(f"{what}: {error} in {told[:_EXCERPT_MAX]!r}") from None


def plain_text(number: Decimal) -> str:
    """A decimal as text without an exponent, for the parsers of oms/values/units.py. Raises BadNumber for one of absurd length."""
    if not number.is_finite() or abs(number.adjusted()) > _DECIMAL_PLACES_MAX:
        raise BadNumber(f"{str(number)[:40]!r} is no number of a price or size")
    return format(number, "f")
