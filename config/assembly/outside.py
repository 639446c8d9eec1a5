"""The venue as everybody finds it: sessions with its services, one rate budget, and the markets that were chosen.

What `record`, `paper`, `live` and `doctor` share. Nothing here needs a key.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from config.assembly.market_ends import with_end
from config.outside import MarketsSection, VenueSection
from config.refusals import SaidNo
from config.settings import BadSettings
from connectors.polymarket.catalog import Listing, Unlisted
from connectors.polymarket.catalog_fetch import Catalog
from connectors.polymarket.feed import FeedSettings
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.reads import Reads
from connectors.transport.backoff import Pace
from connectors.transport.budget import Budget
from connectors.transport.http import Http
from oms.values.market import EventGroup, EventId, Market, MarketId
from oms.values.units import NS_PER_SECOND, Nanos

WITNESS_MAX_S: Final = 10.0
"""REST is asked about a quiet book at least so often: a token that the venue dropped from a subscription looks quiet."""
_SHOWN_MAX: Final = 5
_USUAL: Final = Pace()


class VenueSaidNo(SaidNo):
    """The venue, or what stands between it and us, said no; one line says what and how to mend it."""


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Open sessions."""

    clob: Http
    gamma: Http
    budget: Budget

    def catalog(self) -> Catalog:
        """Asks what markets there are."""
        return Catalog(Reads(self.gamma, self.budget), Reads(self.clob, self.budget))


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The markets that were asked for and can be traded, and what cannot be, with the reason; and how to ask again (following.py)."""

    listings: tuple[Listing, ...]
    groups: tuple[EventGroup, ...] = ()
    refused: tuple[str, ...] = ()
    wanted: MarketsSection = MarketsSection()
    everything: bool = False
    """Nothing was named, and all open markets are meant: a local exchange."""

    @property
    def may_grow(self) -> bool:
        """Markets that nobody knows yet may come of it: the next window of a series, a new outcome of an event."""
        return bool(self.wanted.follow_s and (self.wanted.series or self.wanted.events or self.everything))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue says of what was asked for, before the CLOB confirms it."""

    listings: dict[MarketId, Listing]
    windows: dict[MarketId, Listing]
    """Those of them that only a series brought, which may be many: the first to end comes first."""
    groups: dict[EventId, EventGroup]
    unlisted: tuple[str, ...]
    missing: tuple[str, ...]
    """What could not be read: then nothing may be concluded from absence."""


@asynccontextmanager
async def services(venue: VenueSection) -> AsyncIterator[Services]:
    """Sessions with the CLOB and Gamma, closed at the end."""
    async with Http(venue.clob) as clob, Http(venue.gamma) as gamma:
        yield Services(clob=clob, gamma=gamma, budget=polymarket_budget())


def feed_settings(venue: VenueSection, given_up_ns: Nanos = 0, pace: Pace = _USUAL) -> FeedSettings:
    """How the market data is heard.

    Args:
        venue: where it is.
        given_up_ns: whoever hears it gives a book up after so long without a word; REST is asked about a quiet one after a third of it and again
            after two, so one answer may be missing. 0 = never.
        pace: of reconnecting.
    """
    audit_s = min(WITNESS_MAX_S, given_up_ns / 3 / NS_PER_SECOND) if given_up_ns else WITNESS_MAX_S
    return FeedSettings(url=f"{venue.stream}/market", audit_s=audit_s, given_up_ns=given_up_ns, pace=pace)


async def choose(
    wanted: MarketsSection, catalog: Catalog, *, all_of_them: bool = False, now_ns: Callable[[], Nanos] = time.time_ns
) -> Chosen:  # fmt: skip
    """Find the markets that were asked for. `all_of_them`: where none were asked for, as many open ones as may be (a local exchange).

    Of a series only as many windows as there is room for are taken, those that end first; the others come when there is room (following.py).

    Raises:
        BadSettings: no market was asked for, or more than `markets.at_most` came of it.
        VenueSaidNo: none of them can be traded, or the catalogue could not be read. A series that is followed may begin without a window.
    """
    if wanted.is_empty and not all_of_them:
        raise BadSettings(
            "which markets? Name them in [markets] as slugs, events, conditions or series, or on the command line with --slug, --event or --series"
        )
    told = await ask(wanted, catalog)
    named = {market_id: listing for market_id, listing in told.listings.items() if market_id not in told.windows}
    if len(named) > wanted.at_most:
        raise BadSettings(f"markets.at_most: {len(named)} markets were found and at most {wanted.at_most} are wanted; choose fewer, or raise it")
    windows = by_end([listing for listing in told.windows.values() if not is_ended(listing.market, now_ns())])
    room = wanted.at_most - len(named)
    return await _confirmed(wanted, catalog, told, [*named.values(), *windows[:room]], [listing.slug for listing in windows[room:]])


async def ask(wanted: MarketsSection, catalog: Catalog) -> Told:
    """What the catalogue says now of what was asked for; of all open markets, if nothing was. Never raises."""
    found = [("", await catalog.markets({"slug": slug})) for slug in wanted.slugs]
    found += [("", await catalog.markets({"condition_ids": condition})) for condition in wanted.conditions]
    found += [(slug, await catalog.events({"slug": slug})) for slug in wanted.events]
    if wanted.is_empty:
        found.append(("", await catalog.markets()))
    named = {one.market.market_id: with_end(one, wanted.ends, event_slug) for event_slug, fetched in found for one in fetched.listings}
    series = [await catalog.events({"series_id": number}) for number in wanted.series]
    windows = {
        one.market.market_id: with_end(one, wanted.ends) for fetched in series for one in fetched.listings if one.market.market_id not in named
    }
    all_found = [*[fetched for _, fetched in found], *series]
    return Told(
        listings={**named, **windows},
        windows=windows,
        groups={event.group.event_id: event.group for fetched in all_found for event in fetched.events},
        unlisted=tuple([f"{one.market_id[:20]}: {one.text}" for fetched in all_found for one in fetched.unlisted]),
        missing=tuple([text for fetched in all_found for text in fetched.missing]),
    )


def by_end(listings: Iterable[Listing]) -> list[Listing]:
    """Those that end first come first; those without an end come last."""
    return sorted(listings, key=lambda one: (one.market.end_ns is None, one.market.end_ns or 0, one.market.market_id))


def is_ended(market: Market, at_ns: Nanos) -> bool:
    """Has its time passed?"""
    return market.end_ns is not None and market.end_ns <= at_ns


async def _confirmed(
    wanted: MarketsSection, catalog: Catalog, told: Told, listings: Sequence[Listing], waiting: Sequence[str]
) -> Chosen:  # fmt: skip
    """What the CLOB knows of them too: a market fresh on Gamma may have no book yet (polymarket.md §5.3)."""
    refused = [*told.unlisted, *told.missing]
    if waiting:
        refused.append(f"{len(waiting)} more windows, {waiting[0]} first: they wait until there is room (markets.at_most = {wanted.at_most})")
    open_now: list[Listing] = []
    for listing in listings:
        now = await catalog.now(listing)
        if isinstance(now, Listing):
            open_now.append(now)
        else:
            refused.append(f"{listing.slug}: {now.text if isinstance(now, Unlisted) else 'the CLOB did not say anything of it'}")
    if not open_now and (told.missing or not (wanted.series and wanted.follow_s)):
        why = "; ".join(refused[:_SHOWN_MAX]) or "the venue knows none of them"
        raise VenueSaidNo(f"none of the chosen markets can be traded: {why}")
    known = {listing.market.market_id: True for listing in open_now}
    whole = tuple(group for group in told.groups.values() if any(market_id in known for market_id in group.market_ids))
    return Chosen(listings=tuple(open_now), groups=whole, refused=tuple(refused), wanted=wanted, everything=wanted.is_empty)


def broken_down(what: str, error: BaseException) -> VenueSaidNo:
    """A part of ours that ended with an error nobody expected, in one line: the innermost error of a group is the one that says something."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return VenueSaidNo(f"{what} broke down: {type(error).__name__}{f': {error}' if str(error) else ''}")
