"""Until when a market is traded: to the end that the catalogue names, or to the one that a person set for it.

What the catalogue calls the end does not stop trading (polymarket.md §5.2: one open market in eight is past it), but it is all that is known in
advance, and near the real end quotes are most easily picked off. So a market is traded to its end and no longer, one without an end is not bought
(ruling 2.9), and who knows better says so in [markets.ends].
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from config.assembly.run_log import utc
from connectors.polymarket.catalog import Listing
from oms.values.units import NS_PER_SECOND, Nanos


def with_end(listing: Listing, ends: Mapping[str, datetime], event_slug: str = "") -> Listing:
    """The listing with the end that was set for it: by its slug, its condition id, or else for all of the event by which it was found."""
    for name in (listing.slug, listing.market.market_id, event_slug):
        if name and name in ends:
            end_ns = int(ends[name].timestamp()) * NS_PER_SECOND
            return msgspec.structs.replace(listing, market=msgspec.structs.replace(listing.market, end_ns=end_ns))
    return listing


def warnings(listings: Iterable[Listing], ends: Mapping[str, datetime], event_slugs: Iterable[str], now_ns: Nanos) -> list[str]:
    """What a person should know of the ends of these markets before they are traded, a line each."""
    listings = list(listings)
    names = {name for listing in listings for name in (listing.slug, listing.market.market_id)} | set(event_slugs)
    lines = [f"{name}: an end is set for it in [markets.ends], and it is none of these markets" for name in ends if name not in names]
    for listing in listings:
        end_ns = listing.market.end_ns
        if end_ns is None:
            lines.append(f'{listing.slug}: nobody says when it ends, so nothing is bought there; [markets.ends] "{listing.slug}" = …Z sets an end')
        elif end_ns <= now_ns:
            lines.append(
                f'{listing.slug}: its end has passed ({utc(end_ns)}), so it is not traded; [markets.ends] "{listing.slug}" = …Z sets a later one'
            )
    return lines
