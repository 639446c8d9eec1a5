"""What the command line adds to the settings of verbs that reach outside: another venue, more markets. Light: a kill must not wait for imports."""

import argparse

import msgspec

from config.outside import MarketsSection, VenueSection
from config.settings import BadSettings, Settings


def outside_of(settings: Settings, chosen: argparse.Namespace) -> Settings:
    """The settings with what the command line adds. Raises BadSettings."""
    markets = settings.markets
    try:
        venue: VenueSection = settings.venue if chosen.host is None else settings.venue.at_host(chosen.host)
        wanted: MarketsSection = msgspec.structs.replace(
            markets, slugs=(*markets.slugs, *chosen.slug), events=(*markets.events, *chosen.event), series=(*markets.series, *chosen.series)
        )
    except ValueError as error:
        raise BadSettings(str(error)) from None
    return msgspec.structs.replace(settings, venue=venue, markets=wanted)
