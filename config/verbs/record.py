"""`record`: write every raw frame of chosen markets, and of the prices that decide them, to a tape; touches no money and needs no key.

What it needs of the network is imported when it runs, because `add_words` is called for every verb.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from config.outside import MarketsSection, VenueSection

_GIB: Final = 1024 * 1024 * 1024
_NAMES_MAX: Final = 5


def add_words(parser: argparse.ArgumentParser) -> None:
    """The words of this verb."""
    parser.add_argument("--slug", action="append", default=[], metavar="SLUG", help="record this market too; may be repeated")
    parser.add_argument("--event", action="append", default=[], metavar="SLUG", help="record all markets of this event too; may be repeated")
    parser.add_argument("--series", action="append", default=[], metavar="NUMBER", help="record all windows of this series too; may be repeated")
    parser.add_argument("--condition", action="append", default=[], metavar="ID", help="record the market of this condition id too; may be repeated")
    parser.add_argument("--host", metavar="URL", help="all of it is there, such as what `exchange` serves; without markets: all open ones")
    parser.add_argument("--seconds", type=_count, metavar="N", help="record so long (default: until stopped)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the tape's segments go (default: tapes in the folder live.state)")
    parser.add_argument("--keep-gib", type=_count, default=20, metavar="N", help="drop the oldest segments beyond so much (default: 20)")
    parser.add_argument("--no-prices", action="store_true", help="leave out the reference prices of Binance and Polymarket")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config/record.toml)")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < len(text) <= 9 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 999999999")
    return int(text)


def run(chosen: argparse.Namespace) -> int:
    """Record until a signal, and say what was recorded."""
    from config.settings import FOLDER, BadSettings, load  # noqa: PLC0415 (the docstring says why)

    settings = load(chosen.config or FOLDER / "record.toml")
    try:
        venue = settings.venue if chosen.host is None else settings.venue.at_host(chosen.host)
        wanted = replace(
            settings.markets,
            slugs=(*settings.markets.slugs, *chosen.slug),
            events=(*settings.markets.events, *chosen.event),
            conditions=(*settings.markets.conditions, *chosen.condition),
            series=(*settings.markets.series, *chosen.series),
        )
    except ValueError as error:
        raise BadSettings(str(error)) from None
    return asyncio.run(_record(chosen, venue, wanted, chosen.out or settings.live.folder / "tapes"))


async def _record(chosen: argparse.Namespace, venue: VenueSection, wanted: MarketsSection, folder: Path) -> int:
    from config.assembly.outside import choose, services  # noqa: PLC0415
    from config.assembly.record import LiveTape, RecordPlan  # noqa: PLC0415
    from config.console import folded, plain  # noqa: PLC0415
    from config.record_console import StatusLine, told  # noqa: PLC0415
    from connectors.tape_segments import SegmentLimits  # noqa: PLC0415

    async with services(venue) as open_services:
        found = await choose(wanted, open_services.catalog(), all_of_them=chosen.host is not None)
        limits = SegmentLimits(total_bytes=chosen.keep_gib * _GIB)
        tape = LiveTape(RecordPlan(venue=venue, chosen=found, folder=folder, with_prices=not chosen.no_prices, limits=limits), open_services)
        length = "until Ctrl-C" if chosen.seconds is None else f"for {chosen.seconds:,} s"
        print(folded(f"record: {len(found.listings)} markets into {folder}, {length}"))
        for listing in found.listings[:_NAMES_MAX]:
            print(folded(plain(f"      {listing.slug or listing.market.market_id}: {listing.market.title}")))
        if len(found.listings) > _NAMES_MAX:
            print(f"      and {len(found.listings) - _NAMES_MAX} more")
        for text in found.refused[:_NAMES_MAX]:
            print(folded(plain(f"      not recorded: {text}")))
        sys.stdout.flush()
        line = StatusLine()
        _stop_on_signals(tape.stop)
        await tape.run(chosen.seconds, line.show)
    line.end()
    print(folded(told(tape.summary(), folder)))
    if tape.failed is not None:
        raise tape.failed
    return 0


def _stop_on_signals(stop: Callable[[], None]) -> None:
    """The first signal ends the recording in order, the second at once."""
    loop = asyncio.get_running_loop()
    heard: list[int] = []

    def hear(number: int) -> None:
        if heard:
            raise SystemExit(130)
        heard.append(number)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, hear, number)
