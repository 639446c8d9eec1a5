"""A tape written anew says the same: same commands, same report, same turns."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from config.assembly.recorder import Recorder
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, load
from connectors.chunks import TapeError
from connectors.importers import open_tape
from connectors.tape import (
    CHANNEL_CONTINUITY_LOST,
    CHANNEL_MARKET_LISTED,
    CHANNEL_ORIGIN,
    Frame,
    Origin,
    TapeWriter,
    TurnMark,
    read_frames,
    read_records,
)
from oms.values.market import Market
from oms.values.units import NS_PER_SECOND
from tests.config.words_runs import assert_refused, run_bot
from tests.connectors.frames import MARKET

T0 = 1_795_267_800 * NS_PER_SECOND
SAMPLE = next((FOLDER / "samples").glob("*.jsonl.gz"))


def replayed(tape: Path, *, record: Path | None = None) -> dict[str, Any]:
    settings = load(FOLDER / "replay.toml", {})
    tapes = open_tapes(settings, [tape])
    report = Replay(settings, tapes, seed=5, recorder=Recorder(record, tapes[0].recording) if record else None).run()
    return {key: part for key, part in report.items() if key not in {"machine", "tapes"}}


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_tape_of_ours_made_from_a_recording_replays_to_the_same_report(tmp_path: Path, suffix: str) -> None:  # ruling 0.1
    copy = tmp_path / f"copy.tape{suffix}"
    first = replayed(SAMPLE, record=copy)
    assert first["commands"] > 100
    assert replayed(copy) == first
    assert open_tape(copy).assumptions == open_tape(SAMPLE).assumptions


def test_the_boundaries_of_turns_are_on_it_and_a_copy_of_the_copy_has_the_same(tmp_path: Path) -> None:
    one, two = tmp_path / "one.tape", tmp_path / "two.tape"
    replayed(SAMPLE, record=one)
    replayed(one, record=two)
    (origin, *records), (other, *same) = read_records(one), read_records(two)
    assert records == same
    assert isinstance(origin, Frame)
    assert isinstance(other, Frame)
    assert (origin.seq, origin.channel, other.channel) == (1, CHANNEL_ORIGIN, CHANNEL_ORIGIN)
    marks = [record for record in records if isinstance(record, TurnMark)]
    frames = [record for record in records if isinstance(record, Frame)]
    claimed = [seq for mark in marks for seq in range(mark.first_seq, mark.last_seq + 1)]
    assert claimed == sorted(set(claimed))
    assert {frame.seq for frame in frames[1:]} == set(claimed)  # after the listing every frame belongs to one turn
    times = {frame.seq: frame.at_ns for frame in frames}
    assert all(times[seq] == mark.at_ns for mark in marks for seq in range(mark.first_seq, mark.last_seq + 1))


def test_one_tape_is_made_from_one(tmp_path: Path) -> None:
    new = tmp_path / "new.tape"
    assert_refused(run_bot("replay", str(SAMPLE), str(SAMPLE), "--record", str(new)), 2, "--record: makes one tape from one, and there are 2")
    assert not new.exists()
    new.write_text("precious")
    assert_refused(run_bot("replay", str(SAMPLE), "--record", str(new)), 3, "exists already")
    assert new.read_text() == "precious"


@pytest.mark.parametrize(("rule", "words"), [("guess", "by a rule 'guess' that we do not know"), (None, "origin frame cannot be read")])
def test_an_origin_that_we_cannot_follow_is_named(tmp_path: Path, rule: str | None, words: str) -> None:
    path = tmp_path / "odd.tape"
    payload = b"{}" if rule is None else msgspec.json.encode(Origin(name="n", kind="k", trade_rule=rule, assumptions=(), payouts={}))
    with TapeWriter(path) as tape:
        tape.frame(1, CHANNEL_ORIGIN, payload)
    with pytest.raises(TapeError, match=words):
        open_tape(path)


def test_what_is_listed_later_stays_where_it_is(tmp_path: Path) -> None:
    first, later = (replace(MARKET, end_ns=T0 + hours * 3_600 * NS_PER_SECOND) for hours in (1, 2))
    with TapeWriter(tmp_path / "one.tape") as tape:
        tape.frame(T0, CHANNEL_MARKET_LISTED, msgspec.json.encode(first))
        tape.frame(T0 + 1, CHANNEL_CONTINUITY_LOST, b"the socket closed")
        tape.frame(T0 + 2, CHANNEL_MARKET_LISTED, msgspec.json.encode(later))
    replayed(tmp_path / "one.tape", record=tmp_path / "two.tape")
    listed = [frame for frame in read_frames(tmp_path / "two.tape") if frame.channel == CHANNEL_MARKET_LISTED]
    assert [(frame.at_ns, msgspec.json.decode(frame.payload, type=Market)) for frame in listed] == [(T0, first), (T0 + 2, later)]
