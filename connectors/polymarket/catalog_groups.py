"""Events and their markets: which exclude each other, and whether the list is whole. The two are different questions (polymarket.md §9.3).

Exclusive: at most one resolves YES; negRisk promises it. Exhaustive: at least one does; only for an event that is not augmented and whose list of
outcomes has no hole: every question index from 0 on is there, and each outcome is either listed here or already resolved NO. Even then the venue's
own count is a claim about the contract (`getQuestionCount`); give it when it is known. Without it `is_counted` is False and the group's `questions`
are 0, and what trades on completeness should insist on it.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from connectors.polymarket.catalog import Listing, Unlisted, listed
from connectors.polymarket.catalog_wire import BadRow, GammaMarket, gamma_event, gamma_market, texts_of
from oms.values.market import EventGroup, EventId

_QUESTION: Final = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_BIPS: Final = re.compile(r"\d{1,5}", re.ASCII)
_BIPS_MAX: Final = 10_000
_EVENT_TEXT_MAX: Final = 40
_SAID_MAX: Final = 200


class _Fee(msgspec.Struct, gc=False):
    """The one key of an event that only a conversion needs."""

    bips: int | str | None = msgspec.field(name="negRiskFeeBips", default=None)


_fees = msgspec.json.Decoder(_Fee)


class EventRead(msgspec.Struct, frozen=True, kw_only=True):
    """One event: what of it is traded, what is not and why, and what may be concluded about the whole."""

    group: EventGroup
    title: str
    listings: tuple[Listing, ...]
    unlisted: tuple[Unlisted, ...]
    gaps: tuple[str, ...] = ()
    """As in its group."""
    is_counted: bool = False
    """The number of outcomes was held against the contract's."""


def event_of(row: bytes, *, questions: int | None = None, assume_v1: bool = False) -> EventRead:
    """One row of Gamma's /events.

    Args:
        row: its JSON, with its markets.
        questions: `getQuestionCount` of its negRisk market, if it is known.
        assume_v1: as in `listed`.

    Raises:
        BadRow: the event itself cannot be read (a market that cannot be is only unlisted).
    """
    told = gamma_event(row)
    is_negrisk = bool(told.neg_risk) or bool(told.enable_neg_risk)
    is_augmented = bool(told.neg_risk_augmented)
    rows = [bytes(market) for market in told.markets or ()]
    found = [listed(market, event_id=told.id, augmented=is_augmented, assume_v1=assume_v1) for market in rows]
    listings = tuple(one for one in found if isinstance(one, Listing))
    gaps: list[str] = []
    if not is_negrisk:
        gaps.append("the venue does not promise that one of its outcomes, and only one, comes true")
    if is_augmented:
        gaps.append("the event is augmented: an outcome without a name yet may win")
    if is_negrisk:
        gaps += _holes(rows, found, questions)
    group = EventGroup(
        event_id=told.id,
        market_ids=tuple(one.market.market_id for one in listings),
        exclusive=is_negrisk,
        exhaustive=is_negrisk and not gaps,
        augmented=is_augmented,
        questions=questions or 0,
        conversion_fee_bps=_conversion_fee_bps(row, listings) if is_negrisk else None,
        gaps=tuple(gaps),
    )
    unlisted = tuple(one for one in found if isinstance(one, Unlisted))
    title = told.title or told.id
    return EventRead(group=group, title=title, listings=listings, unlisted=unlisted, gaps=tuple(gaps), is_counted=questions is not None)


def _conversion_fee_bps(row: bytes, listings: Sequence[Listing]) -> int | None:
    """What the venue keeps of a conversion (`negRiskFeeBips`; none told: nothing, as a rule it is 0). None: there is none to reckon with.

    That is so where the fee cannot be read, and where a market is of v2, which converts outcome by outcome (polymarket.md §8.5, §9.2).
    """
    try:
        told = _fees.decode(row).bips
    except msgspec.DecodeError:
        return None
    if any(one.market.generation != "v1" for one in listings):
        return None
    if told is None:
        return 0
    bips = int(told) if isinstance(told, int) or _BIPS.fullmatch(told) else -1
    return bips if 0 <= bips <= _BIPS_MAX else None


def groups_of(listings: Sequence[Listing]) -> list[EventGroup]:
    """Groups from markets alone: an event's other markets may be missing, so none is exhaustive. Exclusive where all are negRisk."""
    of_event: dict[EventId, list[Listing]] = {}
    for one in listings:
        of_event.setdefault(one.market.event_id or one.market.market_id, []).append(one)
    return [
        EventGroup(
            event_id=event_id,
            market_ids=tuple(one.market.market_id for one in its),
            exclusive=all(one.market.neg_risk for one in its),
            exhaustive=False,
        )
        for event_id, its in of_event.items()
    ]


def _holes(rows: list[bytes], found: list[Listing | Unlisted], questions: int | None) -> list[str]:
    """What is missing from the list of outcomes, or cannot be vouched for."""
    holes: list[str] = []
    indices: list[int] = []
    families: dict[str, None] = {}
    for row, one in zip(rows, found, strict=True):
        try:
            told = gamma_market(row)
            index = _index(told, one)
            is_out = isinstance(one, Unlisted) and _resolved_no(told)
        except BadRow:
            index, is_out = None, False
        if index is None:
            holes.append(f"an outcome without a place among the questions: {_name(one)}")
        else:
            indices.append(index[1])
            families[index[0]] = None
        if isinstance(one, Listing):
            if not one.market.neg_risk:
                holes.append(f"an outcome that is not negRisk: {_name(one)}")
        elif not is_out:
            holes.append(f"an outcome that is not traded: {_name(one)}: {one.text[:_SAID_MAX]}")
    if sorted(indices) != list(range(len(rows))):
        holes.append(f"{len(rows)} outcomes, and their questions are not numbered 0 to {len(rows) - 1}")
    if questions is not None and questions != len(rows):
        holes.append(f"the contract counts {questions} outcomes, the venue tells {len(rows)}")
    if len(families) > 1:
        holes.append("its outcomes are questions of different markets, or of different protocol generations")
    return holes


def _resolved_no(told: GammaMarket) -> bool:
    """Whether this market is closed and was resolved NO: the outcome is out of its event for good."""
    is_resolved = "resolved" in {told.uma_resolution_status, told.resolution_status}
    prices = texts_of(told.outcome_prices, "outcomePrices")
    return bool(told.closed) and is_resolved and prices == ["0", "1"]


def _index(told: GammaMarket, one: Listing | Unlisted) -> tuple[str, int] | None:
    """Of which family of questions an outcome is, and its place there: the last byte of a v1 question id, the condition index of a v2 position."""
    if isinstance(one, Listing) and one.market.generation == "v2":
        return f"v2 {int(one.market.yes) >> 24}", int(one.market.yes) >> 8 & 0xFFFF
    question = told.question_id or ""
    return (question[:-2].lower(), int(question[-2:], 16)) if _QUESTION.fullmatch(question) else None


def _name(one: Listing | Unlisted) -> str:
    return (one.market.title if isinstance(one, Listing) else one.market_id)[:_EVENT_TEXT_MAX]
