"""`replay`: recorded frames through the same streams and the same engine, against the simulated venue that judges fills by three lenses.

Several tapes are one wallet and one merged run, by time. What a recording lacks is assumed in the open: every assumption is a sentence in the
report. A tape that breaks off is replayed to where it breaks, and the break is said.
"""

import hashlib
import heapq
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from config.assembly.joined import Joined, Keep, Pace, Sight, told
from config.assembly.lensed import LENSES_SAY, Lensed
from config.assembly.recorder import Recorder
from config.assembly.run_log import STREAM, Counted
from config.settings import Settings
from connectors.chunks import TapeCut, TapeError
from connectors.importers import Recording, open_tape
from connectors.polymarket.book_hash import digest
from connectors.polymarket.market_stream import MarketStream
from connectors.reference_frames import CHANNELS, ReferenceFrames
from connectors.tape import (
    CHANNEL_BOOKS_CONFIRMED,
    CHANNEL_CONTINUITY_LOST,
    CHANNEL_EVENT_LISTED,
    CHANNEL_MARKET_LISTED,
    CHANNEL_POLYMARKET_MARKET,
    Frame,
)
from oms.ports import JournalFailed
from oms.values.events import Event, EventListed, MarketListed
from oms.values.market import EventGroup, Market
from oms.values.units import NS_PER_SECOND, Nanos
from sim.latency import Latency
from sim.messenger import Messenger
from sim.paper_venue import PaperVenue
from sim.world import Action, Feed, World

RECORDED = (
    "Recorded books did not react to our orders, and no simulated fill rate here has ever been compared with real own trades. Few windows of one day"
    " prove nothing: take the result as a test of the machinery."
)


class Tape:
    """One recording being replayed: its frames, through a stream of its own, into the venue."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.stream = MarketStream({token: market for market in recording.markets for token in (market.yes, market.no)})
        self.prices = ReferenceFrames()
        """Reference prices on the tape: read and counted; nothing in the engine uses them yet."""
        self.frames = 0
        self.cut = ""

    def feed(self, venue: PaperVenue, world: World, recorder: Recorder | None) -> Feed:
        """(time, what happens then), frame by frame."""
        frames = self.recording.frames()
        while True:
            try:
                frame = next(frames, None)
            except TapeCut as error:
                self.cut = str(error)
                return
            if frame is None:
                return
            yield frame.at_ns, partial(self._take, frame, venue, world, recorder)

    def _take(self, frame: Frame, venue: PaperVenue, world: World, recorder: Recorder | None, at_ns: Nanos) -> None:
        self.frames += 1
        events: Sequence[Event]
        seq = frame.seq if recorder is None else recorder.frame(frame)
        if frame.channel == CHANNEL_POLYMARKET_MARKET:
            events = self.stream.receive(frame.payload, at_ns)
        elif frame.channel == CHANNEL_CONTINUITY_LOST:
            events = self.stream.closed(at_ns)
        elif frame.channel == CHANNEL_BOOKS_CONFIRMED:
            events = self.stream.confirmed(frame.payload)
        else:
            if frame.channel in CHANNELS:
                self.prices.receive(frame.channel, frame.payload, at_ns)
            events = listed_by(frame, venue)
            if not events:
                return
            for market in [event.market for event in events if isinstance(event, MarketListed)]:
                self.stream.add_market(market)
        world.saw_frame(seq)
        for event in events:
            venue.recorded(event, at_ns)

    def about(self) -> dict[str, Any]:
        """What is known of it before it is read."""
        recording = self.recording
        return {
            "name": recording.name,
            "kind": recording.kind,
            "trade_rule": recording.trade_rule,
            "markets": [market.market_id for market in recording.markets],
            "assumptions": list(recording.assumptions),
        }

    def summary(self) -> dict[str, Any]:
        """What was read and what was not."""
        recording = self.recording
        return {
            **self.about(),
            "frames": self.frames,
            "refused_frames": dict(sorted(self.stream.refusals.items())),
            "bad_lines": recording.bad_lines,
            "first_bad_line": recording.first_bad_line or None,
            "clamped_times": recording.clamped,
            "not_read": dict(sorted(recording.not_read.items())),
            "reference_prices": self.prices.summary(),
            "cut": self.cut or None,
        }


def listed_by(frame: Frame, venue: PaperVenue) -> list[Event]:
    """What a frame lists that the venue does not know yet, or not so: nothing at the head of a tape, whose markets are listed before it begins."""
    if frame.channel == CHANNEL_MARKET_LISTED:
        market = msgspec.json.decode(frame.payload, type=Market)
        return [] if venue.markets.get(market.market_id) == market else [MarketListed(market=market)]
    if frame.channel == CHANNEL_EVENT_LISTED:
        group = msgspec.json.decode(frame.payload, type=EventGroup)
        return [] if venue.transfers.groups.get(group.event_id) == group else [EventListed(group=group)]
    return []


def open_tapes(settings: Settings, paths: Sequence[Path]) -> list[Tape]:
    """Open every tape. Raises TapeError for one that is nothing we know."""
    return [Tape(open_tape(path, settings.assume)) for path in paths]


class Replay:
    """One merged run over some tapes."""

    def __init__(self, settings: Settings, tapes: list[Tape], *, seed: int = 0, keep: Keep | None = None, recorder: Recorder | None = None) -> None:
        """`recorder`: writes what is read as a tape of ours; only for a single tape."""
        assert recorder is None or len(tapes) == 1
        self.tapes = tapes
        self._recorder = recorder
        first_ns = self.first_ns = min(tape.recording.first_ns for tape in tapes)
        last_ns = max(tape.recording.last_ns for tape in tapes)
        self.length_s = (last_ns - first_ns) / NS_PER_SECOND if last_ns > first_ns else None
        """Market time from the first to about the last frame; None: not known before it is read."""
        self.world = World(first_ns)
        rules = {token: tape.recording.trade_rule for tape in tapes for market in tape.recording.markets for token in (market.yes, market.no)}
        payouts = {market_id: payout for tape in tapes for market_id, payout in tape.recording.payouts.items()}
        self.venue = PaperVenue(self.world, Messenger(self.world, Latency(settings.latency, seed)), trade_rules=rules, payouts=payouts)
        self.lensed = Lensed(self.venue, lambda: self.joined.engine.state)
        self.joined = Joined(
            settings,
            seed,
            self.world,
            self.venue,
            Sight(
                digest=digest,
                own_orders_in_book=False,
                lenses=self.lensed.views,
                before=None if recorder is None else recorder.turn,
                counted=tuple(Counted(STREAM, "frame refused", tape.stream.refusals, {"tape": tape.recording.name}) for tape in tapes),
            ),
            keep=keep and told(keep, settings, notes=(LENSES_SAY, RECORDED), tapes=[tape.about() for tape in tapes]),
        )
        self.venue.open_account(settings.account.cash_usd * 1_000_000, first_ns)
        for market in self._markets():
            self.venue.list_market(market)
        for group in {group.event_id: group for recording in self._listed_at_once() for group in recording.groups}.values():
            self.venue.list_event(group)

    def run(self, pace: Pace | None = None) -> dict[str, Any]:
        """Replay to the end, wind down, report."""
        self.joined.log.begins("replay", seed=self.joined.seed, tapes=len(self.tapes), config_hash=self.joined.settings.hash())
        try:
            self.joined.live(feed=self._merged(), pace=pace)
            self.joined.wind_down("the recording is over")
        except (JournalFailed, TapeError):
            with suppress(TapeError):  # what broke the run off is what is told
                self._close_tape()
            raise
        self._close_tape()
        return self.joined.conclude(self.report())

    def report(self) -> dict[str, Any]:
        """The run report with what only a replay knows."""
        return {
            **self.joined.report(),
            "lenses": self.lensed.report(),
            "inferred_trades": self.venue.inferred_trades,
            "tapes": [tape.summary() for tape in self.tapes],
        }

    def _close_tape(self) -> None:
        if self._recorder is not None:
            self._recorder.close()

    def _markets(self) -> list[Market]:
        """Every market that is there from the beginning once, in the order of the tapes."""
        return list({market.market_id: market for recording in self._listed_at_once() for market in recording.begins_with}.values())

    def _listed_at_once(self) -> list[Recording]:
        """Recordings whose markets are there from the beginning. A tape of ours that begins later, such as the next segment, lists them then."""
        recordings = [tape.recording for tape in self.tapes]
        return [recording for recording in recordings if recording.first_ns == self.first_ns or not recording.lists_itself]

    def _merged(self) -> Iterator[tuple[Nanos, Action]]:
        """All tapes by time; at one instant in the order given."""
        feeds = [
            ((at_ns, index, action) for at_ns, action in tape.feed(self.venue, self.world, self._recorder)) for index, tape in enumerate(self.tapes)
        ]
        return ((at_ns, action) for at_ns, _, action in heapq.merge(*feeds, key=lambda item: (item[0], item[1])))


def add_up(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Reports of separate runs as one: numbers add up, what cannot be added is None, each run stays readable under `runs`."""
    first = reports[0]
    if len(reports) == 1:
        return first
    conserved = next((report["conserved"] for report in reports if report["conserved"] is not True), True)
    added = {
        key: _sum([report[key] for report in reports])
        for key in ("orders", "fills", "cash", "marks", "books", "refused_by_gate", "oddities", "markets", "conservation", "lenses")
    }
    books = added["books"]
    books["hash_agreement"] = round(books["hash_agreed"] / books["hash_checked"], 6) if books["hash_checked"] else None
    books["mirror_agreement"] = round(books["mirror_agreed"] / books["mirror_judged"], 6) if books["mirror_judged"] else None
    digest = hashlib.sha256("".join(report["commands_hash"] for report in reports).encode()).hexdigest()
    totals = {key: sum(report[key] for report in reports) for key in ("events", "turns", "virtual_s", "commands", "inferred_trades")}
    wall_s = sum(report["machine"]["wall_s"] for report in reports)
    return {
        **first,
        **added,
        **totals,
        "conserved": conserved,
        "commands_hash": digest,
        "tapes": [tape for report in reports for tape in report["tapes"]],
        "latency_us": {"age_at_decision": None},
        "machine": {"wall_s": round(wall_s, 3), "events_per_s": round(totals["events"] / wall_s) if wall_s else None, "latency_us": {"turn": None}},
        "runs": list(reports),
    }


def _sum(values: Sequence[Any]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Add numbers; tables key by key; a None makes the sum None; text that is everywhere the same stays."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, dict) for value in present):
        keys = list(dict.fromkeys(key for value in present for key in value))
        return {key: _sum([value[key] for value in present if key in value]) for key in keys}
    if len(present) < len(values) or not present:
        return None
    return present[0] if isinstance(present[0], str) else sum(present)
