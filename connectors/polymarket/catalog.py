"""Metadata of the venue become markets we can trade, or a refusal with a name. Pure readers over rows; who fetches them is catalog_fetch.py.

What it decides: which protocol generation a market is of (by `version`, never by which field of ids is there, polymarket.md §1.2), whether its ids
are of that generation, its grid, its fee curve, when it ends, what it pays, and by what it is resolved. What cannot be told for certain is refused,
or assumed in the dear direction and said so in `Market.assumptions`.

What it does not: whether an event's outcomes are all there (catalog_groups.py), and whether the CLOB already knows the market (polymarket.md §5.3).
"""

import enum
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import msgspec

from connectors.polymarket.amounts import UnfitOrder
from connectors.polymarket.catalog_wire import BadRow, FeeSchedule, GammaMarket, gamma_market, plain_text, texts_of
from connectors.polymarket.reference import Reference, reference_in
from connectors.polymarket.typed_data import check_ledger
from oms.values.market import FeeCurve, Market, MarketId, TokenId
from oms.values.texts import one_line
from oms.values.units import (
    MICRO,
    MS_MAX,
    NS_PER_SECOND,
    BadNumber,
    CashMicro,
    Nanos,
    Pips,
    SharesMicro,
    size_micro_from_text,
    tick_pips_from_text,
)

TICKS_PIPS: Final = (1_000, 100, 50, 25, 10, 1)
"""The steps the venue has (polymarket.md §4.2)."""
DEAREST_FEE: Final = FeeCurve(rate_bps=700)
"""What is assumed where fees are on and no schedule is told (polymarket.md §7.1)."""
_EXPONENTS: Final = (1, 2)
"""1 on all current schedules; 2 on old crypto markets (`crypto_15_min`). FeeCurve is exact for both; others nobody has seen."""
_CONDITION: Final = re.compile(r"0x[0-9a-f]{62}(?:[0-9a-f]{2})?", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BPS: Final = 10_000
_OUTCOMES: Final = 2
_SAID_MAX: Final = 200
ID_SHOWN_MAX: Final = 70
"""Of an id that may be none: a condition has 66 signs."""


class Why(enum.Enum):
    """Why a market is not traded."""

    UNREADABLE = "its row cannot be read"
    NO_VERSION = "it does not say of which protocol generation it is"
    UNKNOWN_VERSION = "it is of a protocol generation we do not know"
    NO_CONDITION = "it has no condition id of its generation"
    NOT_BINARY = "it does not have two outcomes with an id each"
    WRONG_LEDGER = "its ids are not of its generation"
    NOT_OPEN = "it is closed, archived, or not active"
    NO_BOOK = "it has no order book"
    NOT_ACCEPTING = "it takes no orders"
    UNKNOWN_TICK = "its tick is none the venue has"
    BAD_MINIMUM = "its minimum size is not told"
    UNKNOWN_FEE = "its fee follows no curve we know"
    OTHER_OUTCOME = "it is the 'Other' of an augmented event, and shrinks when outcomes get names"
    PLACEHOLDER = "it is an outcome of an augmented event that has no name yet"
    CONTRADICTION = "Gamma and the CLOB contradict each other about it"


class Unlisted(msgspec.Struct, frozen=True, kw_only=True):
    """A market that is not traded, and why."""

    market_id: MarketId
    """As far as it could be read."""
    why: Why
    text: str


class UnlistedError(ValueError):
    """Raised while a row is read; becomes an Unlisted."""

    def __init__(self, why: Why, text: object) -> None:
        super().__init__(f"{why.value}: {one_line(str(text), _SAID_MAX)}")
        self.why = why


class Rewards(msgspec.Struct, frozen=True, kw_only=True):
    """What resting near the middle earns (polymarket.md §7.3)."""

    min_shares_micro: SharesMicro
    """Smaller orders do not count."""
    max_spread_pips: Pips
    """Farthest from the middle that counts: 4.5 cents is 450."""
    daily_cash_micro: CashMicro
    """Paid a day to all makers together; 0: not told."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A market we can trade, with what the OMS does not need to know of it."""

    market: Market
    slug: str
    outcomes: tuple[str, str]
    """Names of the YES and the NO token: also Up and Down, or two teams."""
    reference: Reference
    rewards: Rewards | None = None
    window_start_ns: Nanos | None = None
    """When what is measured begins (up/down markets)."""
    game_start_ns: Nanos | None = None
    clears_book_at_start: bool = False
    """All resting orders are cancelled at `game_start_ns` (polymarket.md §4.4)."""
    delay_s: int = 0
    """Marketable orders wait so long, and cannot be cancelled meanwhile."""
    holds_takers: bool = False
    """Crypto up/down (`itode`): the answer to a marketable order is held for a fraction of a second."""


def listed(row: bytes, *, event_id: str = "", augmented: bool = False, assume_v1: bool = False) -> Listing | Unlisted:
    """One row of Gamma's /markets, or a market inside one of /events.

    Args:
        row: its JSON.
        event_id: the event that held the row; empty: the row's own `events` tells.
        augmented: that event is augmented; the row's own `events` may tell it too.
        assume_v1: take a row without `version` as v1: right for recordings of before September 2026, never for a live answer.
    """
    name = ""
    try:
        told = gamma_market(row)
        name = told.condition_id or ""
        return _listing(told, event_id, augmented=augmented, assume_v1=assume_v1)
    except UnlistedError as error:
        return Unlisted(market_id=one_line(name, ID_SHOWN_MAX), why=error.why, text=str(error))
    except (BadRow, BadNumber) as error:
        return Unlisted(market_id=one_line(name, ID_SHOWN_MAX), why=Why.UNREADABLE, text=f"{Why.UNREADABLE.value}: {str(error)[:_SAID_MAX]}")


def _listing(told: GammaMarket, event_id: str, *, augmented: bool, assume_v1: bool) -> Listing:
    _check_open(told, augmented=augmented or any(stub.neg_risk_augmented for stub in told.events or ()))
    generation, assumptions = generation_of(told.version, assume_v1=assume_v1)
    yes, no = tokens_of(told, generation)
    fee = fee_of(told, assumptions)
    outcomes = texts_of(told.outcomes, "outcomes")
    if len(outcomes) != _OUTCOMES:
        raise UnlistedError(Why.NOT_BINARY, f"outcomes {outcomes}")
    market_id = condition_of(told.condition_id, generation, yes)
    market = Market(
        market_id=market_id,
        title=told.question or told.slug or market_id,
        yes=yes,
        no=no,
        event_id=event_id or (told.events[0].id if told.events else ""),
        tick_pips=tick_of(told.order_price_min_tick_size),
        min_shares_micro=minimum_of(told.order_min_size),
        fee=fee,
        end_ns=moment_ns(told.end_date),
        neg_risk=bool(told.neg_risk),
        generation=generation,
        assumptions=tuple(assumptions),
    )
    return Listing(
        market=market,
        slug=told.slug or "",
        outcomes=(outcomes[0], outcomes[1]),
        reference=reference_in(told.resolution_source or "", told.description or "", has_uma_bond=bool(told.uma_bond)),
        rewards=rewards_of(told.rewards_min_size, told.rewards_max_spread, [reward.rewards_daily_rate for reward in told.clob_rewards or ()]),
        window_start_ns=moment_ns(told.event_start_time),
        game_start_ns=moment_ns(told.game_start_time),
        clears_book_at_start=bool(told.clear_book_on_start) and told.game_start_time is not None,
        delay_s=max(0, told.seconds_delay or 0),
    )


_PLACEHOLDER: Final = re.compile(r"(?:another |other )?[a-z]+(?: [a-z]+)? [A-Z]{1,2}", re.ASCII)
"""`Person C`, `Team AB`, `Movie Title D`: a common noun and a letter. Tried on the title with its words but the last in lower case."""


def _check_open(told: GammaMarket, *, augmented: bool) -> None:
    """Refuse what is not open, and what in an augmented event has no name of its own (polymarket.md §9.3). The most lasting reason first."""
    if told.neg_risk_other:
        raise UnlistedError(Why.OTHER_OUTCOME, told.group_item_title)
    words = (told.group_item_title or "").strip().rsplit(" ", 1)
    if augmented and (told.active is False or (len(words) > 1 and _PLACEHOLDER.fullmatch(f"{words[0].lower()} {words[1]}"))):
        raise UnlistedError(Why.PLACEHOLDER, told.group_item_title)
    if told.closed or told.archived or not told.active:
        raise UnlistedError(Why.NOT_OPEN, f"closed {told.closed}, archived {told.archived}, active {told.active}")
    if not told.enable_order_book:
        raise UnlistedError(Why.NO_BOOK, f"enableOrderBook {told.enable_order_book}")
    if not told.accepting_orders:
        raise UnlistedError(Why.NOT_ACCEPTING, f"acceptingOrders {told.accepting_orders}")


def generation_of(version: str | None, *, assume_v1: bool = False) -> tuple[str, list[str]]:
    """The protocol generation, and what was assumed for it. Raises UnlistedError."""
    if version is None or not version:
        if not assume_v1:
            raise UnlistedError(Why.NO_VERSION, "no version")
        return "v1", ["protocol generation v1: the recording names none"]
    if version not in {"v1", "v2"}:
        raise UnlistedError(Why.UNKNOWN_VERSION, version)
    return version, []


def tokens_of(told: GammaMarket, generation: str) -> tuple[TokenId, TokenId]:
    """YES and NO, from the field of the generation. Raises UnlistedError or BadRow."""
    field, name = (told.position_ids, "positionIds") if generation == "v2" else (told.clob_token_ids, "clobTokenIds")
    tokens = texts_of(field, name)
    if len(tokens) != _OUTCOMES or tokens[0] == tokens[1]:
        raise UnlistedError(Why.NOT_BINARY, f"{name} {tokens}")
    check_tokens(tokens[0], tokens[1], generation)
    return tokens[0], tokens[1]


def check_tokens(yes: TokenId, no: TokenId, generation: str) -> None:
    """Refuse ids of the other generation, and position ids that are not the two outcomes of one condition. Raises UnlistedError."""
    try:
        check_ledger(yes, generation)
        check_ledger(no, generation)
    except UnfitOrder as error:
        raise UnlistedError(Why.WRONG_LEDGER, error) from None
    if generation == "v2" and (int(yes) & 0xFF or int(no) != int(yes) + 1):
        raise UnlistedError(Why.WRONG_LEDGER, f"{yes} and {no} are not outcomes 0 and 1 of one condition")


def condition_of(told: str | None, generation: str, yes: TokenId) -> MarketId:
    """The condition id as books and streams write it: 0x and 64 digits. Gamma tells 62 for v2; 00 is missing at their end. Raises UnlistedError."""
    condition = (told or "").lower()
    if not _CONDITION.fullmatch(condition) or (generation == "v1" and len(condition) != 66):
        raise UnlistedError(Why.NO_CONDITION, repr(told))
    condition = condition.ljust(66, "0")
    if generation == "v2" and int(condition, 16) != int(yes):  # the id of YES is the condition with outcome 0 in its last byte
        raise UnlistedError(Why.WRONG_LEDGER, f"condition {condition} is not the one of position {yes}")
    return condition


def tick_of(told: Decimal | None) -> Pips:
    """The grid. Raises UnlistedError or BadNumber."""
    tick_pips = tick_pips_from_text(plain_text(told)) if told is not None else 0
    if tick_pips not in TICKS_PIPS:
        raise UnlistedError(Why.UNKNOWN_TICK, told)
    return tick_pips


def minimum_of(told: Decimal | None) -> SharesMicro:
    """The smallest order in shares. Raises UnlistedError or BadNumber."""
    if told is None:
        raise UnlistedError(Why.BAD_MINIMUM, told)
    return size_micro_from_text(plain_text(told))


def fee_of(told: GammaMarket, assumptions: list[str]) -> FeeCurve:
    """The taker's fee; an assumption is added to the list. Raises UnlistedError."""
    if not told.fees_enabled or told.fee_type == "zero_fees":
        return FeeCurve()
    if told.fee_schedule is None:
        assumptions.append("taker fee 0.07: fees are on and no schedule is told")
        return DEAREST_FEE
    return curve_of(told.fee_schedule)


def curve_of(told: FeeSchedule) -> FeeCurve:
    """A schedule as a curve. Raises UnlistedError for an exponent nobody has seen, a fee for makers, or a rate that is no basis points."""
    rate, exponent = told.rate, told.exponent
    if told.taker_only is False:
        raise UnlistedError(Why.UNKNOWN_FEE, "makers pay too")
    if rate is None or not rate.is_finite() or not 0 <= rate <= 1 or (rate * _BPS) % 1:
        raise UnlistedError(Why.UNKNOWN_FEE, f"rate {rate}")
    if not rate:
        return FeeCurve()
    if exponent not in _EXPONENTS:
        raise UnlistedError(Why.UNKNOWN_FEE, f"exponent {exponent}")
    return FeeCurve(rate_bps=int(rate * _BPS), exponent=int(exponent))


def rewards_of(min_size: Decimal | None, max_spread_cents: Decimal | None, daily: list[Decimal | None]) -> Rewards | None:
    """What is paid for resting; None where no order could earn anything. Raises BadNumber."""
    if not min_size or not max_spread_cents:
        return None
    spread_micro = size_micro_from_text(plain_text(max_spread_cents))  # millionths of a cent, and a cent is 100 pips
    cash = sum(size_micro_from_text(plain_text(rate)) for rate in daily if rate)
    least = size_micro_from_text(plain_text(min_size))
    return Rewards(min_shares_micro=least, max_spread_pips=spread_micro * 100 // MICRO, daily_cash_micro=cash)


def moment_ns(told: str | None) -> Nanos | None:
    """An ISO time as Gamma writes it ("2026-03-12T09:25:00Z", "2026-04-05 15:10:00+00"); None when there is none that can be read."""
    if not told:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    at_s = int((moment - _EPOCH).total_seconds())
    return at_s * NS_PER_SECOND if 0 < at_s < MS_MAX // 1_000 else None
