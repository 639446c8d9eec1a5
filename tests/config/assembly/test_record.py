"""A recording of our own exchange while things go wrong: sockets close, segments end, markets end, the disk fills up."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from config.assembly.outside import Chosen, choose, services
from config.assembly.record import SEEN_BY_A_REPLAY, LiveTape, RecordPlan
from config.assembly.replay import Replay, open_tapes
from config.outside import MarketsSection, VenueSection
from config.settings import FOLDER, load
from connectors.polymarket.market_stream import MarketStream
from connectors.polymarket.reference import Source
from connectors.tape import (
    CHANNEL_BOOKS_CONFIRMED,
    CHANNEL_CONTINUITY_LOST,
    CHANNEL_EVENT_LISTED,
    CHANNEL_MARKET_LISTED,
    CHANNEL_POLYMARKET_MARKET,
    Frame,
    read_frames,
)
from connectors.tape_segments import SegmentLimits
from oms.values.events import BookReset, BooksConfirmed, ContinuityLost, MarketResolved
from oms.values.market import EventGroup, Market, Payout
from tests.config.assembly.test_price_sockets import given_listing
from tests.config.words_venue import OpenVenue, open_venue
from tests.connectors.frames import AT_NS, MARKETS
from tests.connectors.transport.words_sockets import QUICK
from tests.words_disk import no_file_longer_than

WHOLE_BOOKS = replace(load(FOLDER / "replay.toml", {}), engine=replace(load(FOLDER / "replay.toml", {}).engine, hash_every=1_000_000))
Meddle = Callable[[LiveTape], Coroutine[Any, Any, None]]


async def nothing(_tape: LiveTape) -> None:
    """Let it record."""


ONCE = MarketsSection(follow_s=0)


def recorded(
    venue: OpenVenue, folder: Path, seconds: float, meddle: Meddle = nothing, limits: SegmentLimits | None = None, wanted: MarketsSection = ONCE
) -> LiveTape:  # fmt: skip
    """A recording of everything that is open there, while somebody meddles."""

    async def play() -> LiveTape:
        section = VenueSection().at_host(venue.url)
        async with services(section) as open_services:
            chosen = await choose(wanted, open_services.catalog(), all_of_them=True)
            plan = RecordPlan(venue=section, chosen=chosen, folder=folder, limits=limits or SegmentLimits(), pace=QUICK)
            tape = LiveTape(plan, open_services)
            meddling = asyncio.create_task(meddle(tape))
            await tape.run(seconds)
            await meddling
            return tape

    return asyncio.run(play())


def frames_in(folder: Path) -> list[Frame]:
    return [frame for path in sorted(folder.glob("*.tape*")) for frame in read_frames(path)]


def replayed(folder: Path) -> dict[str, Any]:
    return Replay(WHOLE_BOOKS, open_tapes(WHOLE_BOOKS, sorted(folder.glob("*.tape*")))).run()


def tokens_told_whole(frames: list[Frame], venue: OpenVenue) -> set[str]:
    """Tokens whose whole book is among these frames."""
    markets = {token: market for market in venue.do(venue.bazaar.open_markets) for token in (market.yes, market.no)}
    stream = MarketStream(markets)
    facts = [fact for frame in frames if frame.channel == CHANNEL_POLYMARKET_MARKET for fact in stream.receive(frame.payload, frame.at_ns)]
    return {fact.token for fact in facts if isinstance(fact, BookReset)}


def test_a_closed_socket_is_a_hole_and_the_books_come_whole_again(tmp_path: Path) -> None:  # req 2.65
    async def cut(_tape: LiveTape) -> None:
        await asyncio.sleep(1.5)
        await asyncio.to_thread(venue.do, lambda: venue.gateway.streams.close_all("market"))

    with open_venue() as venue:
        tape = recorded(venue, tmp_path, 4.0, cut)
        frames = frames_in(tmp_path)
        holes = [number for number, frame in enumerate(frames) if frame.channel == CHANNEL_CONTINUITY_LOST]
        assert [frames[number].payload for number in holes] == [b"the market channel was closed"] * len(holes)
        assert tape.holes == {"the market channel was closed": len(holes)}
        assert len(holes) == 1  # the standby has no books to lose
        assert len(tokens_told_whole(frames[holes[0] :], venue)) == 6
    report = replayed(tmp_path)
    books = report["books"]
    assert report["tapes"][0]["refused_frames"] == {}
    assert 0 < books["hash_checked"] == books["hash_agreed"]


def test_each_segment_has_the_markets_and_soon_whole_books_and_together_they_replay(tmp_path: Path) -> None:
    with open_venue() as venue:
        tape = recorded(venue, tmp_path, 6.5, limits=SegmentLimits(segment_s=2))  # four times as long as the feed takes to ask
        paths = sorted(tmp_path.glob("*.tape*"))
        assert len(paths) == tape.tape.rotations + 1 >= 3
        assert all(path.name.endswith(".zst") for path in paths)
        for path in paths[:-1]:
            frames = list(read_frames(path))
            assert [frame.channel for frame in frames[:3]] == [CHANNEL_MARKET_LISTED] * 3
            assert len(tokens_told_whole(frames, venue)) == 6
    seqs = [frame.seq for frame in frames_in(tmp_path)]
    assert seqs == list(range(1, len(seqs) + 1))
    report = replayed(tmp_path)
    assert all(about["refused_frames"] == {} for about in report["tapes"])
    assert 0 < report["books"]["hash_checked"] == report["books"]["hash_agreed"]


def test_when_the_last_market_is_resolved_the_recording_is_over(tmp_path: Path) -> None:
    async def resolve(tape: LiveTape) -> None:
        await asyncio.sleep(0.5)
        markets = [*tape.head.markets.values()]
        payout = Payout(yes_ppm=1_000_000, no_ppm=0)
        tape._heard([MarketResolved(market_id=market.market_id, payout=payout) for market in markets], tape._now())
        assert tape.view().markets == 0

    with open_venue(markets=2) as venue:
        tape = recorded(venue, tmp_path, 60.0, resolve)
    assert (tape.failed, tape.summary()["markets_open"]) == (None, 0)
    assert all(not line.live for line in tape.feed.shards.lines)


def test_while_markets_may_come_a_recording_is_not_over_and_those_that_come_are_on_the_tape_before_their_frames(tmp_path: Path) -> None:
    async def resolve(tape: LiveTape) -> None:
        payout = Payout(yes_ppm=1_000_000, no_ppm=0)
        first = [*tape.head.markets.values()]
        tape._heard([MarketResolved(market_id=market.market_id, payout=payout) for market in first], tape._now())
        await tape.following.look()
        assert tape.following.roster.followed.keys() == tape.head.markets.keys()
        assert not any(market.market_id in tape.head.markets for market in first)

    with open_venue(markets=1, window_s=3) as venue:
        tape = recorded(venue, tmp_path, 9.0, resolve, SegmentLimits(segment_s=2), MarketsSection(follow_s=1))
    assert tape.failed is None
    recordings = [one.recording for one in open_tapes(WHOLE_BOOKS, sorted(tmp_path.glob("*.tape*")))]
    listed = {market.market_id: market for recording in recordings for market in recording.markets}
    assert len(listed) >= 3
    assert sum(isinstance(told, Market) for recording in recordings for told in recording.later) >= 2
    known: dict[str, Market] = {}
    for frame in frames_in(tmp_path):
        if frame.channel == CHANNEL_MARKET_LISTED:
            market = msgspec.json.decode(frame.payload, type=Market)
            known |= {market.yes: market, market.no: market}
        elif frame.channel == CHANNEL_POLYMARKET_MARKET:
            assert all(token in known for token in _books_in(frame))
    report = replayed(tmp_path)
    assert report["markets"]["known"] == len(listed)
    assert 0 < report["books"]["hash_checked"] == report["books"]["hash_agreed"]


def _books_in(frame: Frame) -> list[str]:
    """Tokens of whole books in a frame."""
    rows = msgspec.json.decode(frame.payload) if frame.payload[:1] in {b"[", b"{"} else []
    return [row["asset_id"] for row in (rows if isinstance(rows, list) else [rows]) if "bids" in row]


def test_a_full_disk_ends_the_recording_with_a_name_and_what_was_flushed_can_be_read(tmp_path: Path) -> None:
    with open_venue() as venue, no_file_longer_than(40_000):
        tape = recorded(venue, tmp_path, 60.0)
    assert tape.failed is not None
    assert "make room or name another disk" in str(tape.failed)
    frames = frames_in(tmp_path)
    assert len(frames) > 3
    assert len(frames) < tape.tape.seq
    assert open_tapes(WHOLE_BOOKS, sorted(tmp_path.glob("*.tape")))[0].recording.markets


def test_a_loss_that_a_replay_sees_in_the_frame_itself_is_no_hole() -> None:
    stream = MarketStream(MARKETS)
    (loss,) = stream.receive(b"rubbish", AT_NS)
    assert isinstance(loss, ContinuityLost)
    assert loss.why.startswith(SEEN_BY_A_REPLAY)


def test_the_view_and_the_summary_count_what_came(tmp_path: Path) -> None:
    with open_venue(markets=1) as venue:
        tape = recorded(venue, tmp_path, 2.0)
    view, summary = tape.view(), tape.summary()
    assert summary["frames"] == {CHANNEL_POLYMARKET_MARKET: view.frames}
    assert (view.markets, view.sockets, view.sockets_open, view.holes, view.latest) == (1, 2, 0, 0, ())
    assert (summary["segments"], summary["refused"], summary["holes"], summary["prices"]) == (1, {}, {}, [])
    assert 0 < summary["written_bytes"] == view.written_bytes
    assert view.last_ns is not None


@pytest.mark.parametrize("with_prices", [True, False])
def test_prices_are_recorded_only_where_markets_are_decided_by_them(tmp_path: Path, with_prices: bool) -> None:  # noqa: FBT001 (a table)
    async def sources(chosen: Chosen) -> int:
        async with services(VenueSection()) as open_services:
            tape = LiveTape(RecordPlan(venue=VenueSection(), chosen=chosen, folder=tmp_path, with_prices=with_prices), open_services)
            tape.tape.close()
            tape.tape.release()
            return len(tape.price_sockets)

    decided = Chosen(listings=(given_listing(Source.CHAINLINK, "btc/usd"),))
    undecided = Chosen(listings=(given_listing(Source.UMA),))
    assert [asyncio.run(sources(decided)), asyncio.run(sources(undecided))] == [2 * with_prices, 0]


def test_each_segment_begins_with_the_markets_and_the_events_that_are_not_over(tmp_path: Path) -> None:
    listing = given_listing(Source.UMA)
    market = replace(listing.market, event_id="event")
    group = EventGroup(event_id="event", market_ids=(market.market_id, "over"), exclusive=True, exhaustive=True)
    other = replace(group, event_id="other", market_ids=("else",))
    chosen = Chosen(listings=(replace(listing, market=market),), groups=(group, other))

    async def head() -> list[tuple[str, bytes]]:
        async with services(VenueSection()) as open_services:
            tape = LiveTape(RecordPlan(venue=VenueSection(), chosen=chosen, folder=tmp_path), open_services)
            tape.tape.close()
            tape.tape.release()
            return list(tape.head.frames())

    assert asyncio.run(head()) == [(CHANNEL_MARKET_LISTED, msgspec.json.encode(market)), (CHANNEL_EVENT_LISTED, msgspec.json.encode(group))]
    (path,) = tmp_path.glob("*.tape*")
    assert (open_tapes(WHOLE_BOOKS, [path])[0].recording.groups, [told.seq for told in read_frames(path)]) == ((group,), [1, 2])


def test_what_a_witness_confirmed_is_on_the_tape(tmp_path: Path) -> None:
    told = BooksConfirmed(tokens=("1", "2"), asked_ns=7)

    async def confirm(tape: LiveTape) -> None:
        await asyncio.sleep(0.5)
        tape._heard([told], tape._now())
        await asyncio.sleep(0.2)
        tape.stop()

    with open_venue(markets=1) as venue:
        recorded(venue, tmp_path, 60.0, confirm)
    frames = [frame.payload for frame in frames_in(tmp_path) if frame.channel == CHANNEL_BOOKS_CONFIRMED]
    assert [fact for payload in frames for fact in MarketStream({}).confirmed(payload)] == [told]
