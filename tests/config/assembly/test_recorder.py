"""A tape written anew says the same: same commands, same report, same turns."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assembly.recorder import Recorder
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, load
from connectors.chunks import TapeError
from connectors.importers import open_tape
from connectors.tape import CHANNEL_ORIGIN, Frame, Origin, TapeWriter, TurnMark, read_records
from tests.config.words_runs import assert_refused, run_bot

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
