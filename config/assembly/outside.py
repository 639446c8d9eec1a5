"""The venue as everybody finds it: sessions with its services, one rate budget, and the markets that were chosen.

What `record`, `paper`, `live` and `doctor` share. Nothing here needs a key.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from config.outside import MarketsSection, VenueSection
from config.refusals import SaidNo
from config.settings import BadSettings
from connectors.polymarket.catalog import Listing, Unlisted
from connectors.polymarket.catalog_fetch import Catalog, Fetched
from connectors.polymarket.feed import FeedSettings
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.reads import Reads
from connectors.transport.backoff import Pace
from connectors.transport.budget import Budget
from connectors.transport.http import Http
from oms.values.market import EventGroup
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
    """The markets that were asked for and can be traded, and what cannot be, with the reason."""

    listings: tuple[Listing, ...]
    groups: tuple[EventGroup, ...] = ()
    refused: tuple[str, ...] = ()


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


async def choose(wanted: MarketsSection, catalog: Catalog, *, all_of_them: bool = False) -> Chosen:
    """Find the markets that were asked for. `all_of_them`: where none were asked for, as many open ones as may be (a local exchange).

    Raises:
        BadSettings: no market was asked for, or more than `markets.at_most` came of it.
        VenueSaidNo: none of them can be traded, or the catalogue could not be read.
    """
    if wanted.is_empty and not all_of_them:
        raise BadSettings("which markets? Name them in [markets] as slugs, events or conditions, or on the command line with --slug or --event")
    found = [await catalog.markets({"slug": slug}) for slug in wanted.slugs]
    found += [await catalog.markets({"condition_ids": condition}) for condition in wanted.conditions]
    found += [await catalog.events({"slug": slug}) for slug in wanted.events]
    if wanted.is_empty:
        found.append(await catalog.markets())
    return await _confirmed(wanted, catalog, found)


async def _confirmed(wanted: MarketsSection, catalog: Catalog, found: Iterable[Fetched]) -> Chosen:
    """What the CLOB knows of them too: a market fresh on Gamma may have no book yet (polymarket.md §5.3)."""
    listings: dict[str, Listing] = {}
    groups: dict[str, EventGroup] = {}
    refused: list[str] = []
    for fetched in found:
        refused += [f"{one.market_id[:20]}: {one.text}" for one in fetched.unlisted]
        refused += list(fetched.missing)
        listings |= {listing.market.market_id: listing for listing in fetched.listings}
        groups |= {event.group.event_id: event.group for event in fetched.events}
    if len(listings) > wanted.at_most:
        raise BadSettings(f"markets.at_most: {len(listings)} markets were found and at most {wanted.at_most} are wanted; choose fewer, or raise it")
    open_now: list[Listing] = []
    for listing in listings.values():
        now = await catalog.now(listing)
        if isinstance(now, Listing):
            open_now.append(now)
        else:
            refused.append(f"{listing.slug}: {now.text if isinstance(now, Unlisted) else 'the CLOB did not say anything of it'}")
    if not open_now:
        why = "; ".join(refused[:_SHOWN_MAX]) or "the venue knows none of them"
        raise VenueSaidNo(f"none of the chosen markets can be traded: {why}")
    known = {listing.market.market_id: True for listing in open_now}
    whole = tuple(group for group in groups.values() if any(market_id in known for market_id in group.market_ids))
    return Chosen(listings=tuple(open_now), groups=whole, refused=tuple(refused))


def broken_down(what: str, error: BaseException) -> VenueSaidNo:
    """A part of ours that ended with an error nobody expected, in one line: the innermost error of a group is the one that says something."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return VenueSaidNo(f"{what} broke down: {type(error).__name__}{f': {error}' if str(error) else ''}")
