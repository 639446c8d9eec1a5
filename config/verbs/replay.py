"""`replay`: recorded tapes, merged into one wallet or each on its own; without a tape the sample that ships."""

import argparse
from collections.abc import Iterator
from typing import Any

from config.assembly.recorder import Recorder
from config.assembly.replay import RECORDED, Replay, Tape, add_up, open_tapes
from config.console import Progress, folded, lens_lines, note, summary
from config.settings import FOLDER, BadSettings, Settings, load
from config.verbs.ending import check_report, conclude, keep_of, logged, until_stopped
from oms.ports import JournalFailed
from oms.report import progress


def run(chosen: argparse.Namespace) -> int:
    """Replay and say what became of it."""
    check_report(chosen.report, chosen.config, chosen.journal, chosen.record, *chosen.tapes)
    if chosen.each and chosen.journal:
        raise BadSettings("--journal: a journal belongs to one run, and --each makes several; leave one of them out")
    with logged(chosen, load(chosen.config or FOLDER / "replay.toml")) as settings:
        return _replay(chosen, settings)


def _replay(chosen: argparse.Namespace, settings: Settings) -> int:
    tapes = open_tapes(settings, chosen.tapes or sorted((FOLDER / "samples").glob("*.jsonl.gz")))
    if chosen.record and len(tapes) != 1:
        raise BadSettings(f"--record: makes one tape from one, and there are {len(tapes)}; replay them one by one")
    together = "each on its own" if chosen.each else "one wallet, merged by time"
    print(f"replay: {len(tapes)} {'tape' if len(tapes) == 1 else 'tapes'}, {together}", flush=True)
    report = add_up(list(_each(settings, tapes, chosen))) if chosen.each else _one(settings, tapes, chosen)[0]
    print(folded(summary(report, "replay: what became of it")))
    print(folded(lens_lines(report)))
    print(folded(note(RECORDED)))
    return conclude(chosen.report, report)


def _each(settings: Settings, tapes: list[Tape], chosen: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The reports one by one, up to the tape at which somebody asked to stop."""
    for tape in tapes:
        report, is_stopped = _one(settings, [tape], chosen)
        yield report
        if is_stopped:
            return


def _one(settings: Settings, tapes: list[Tape], chosen: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """The report of one run, and whether it was asked to stop."""
    keep = keep_of(chosen, f"replay of {', '.join(tape.recording.name for tape in tapes)}")
    recorder = Recorder(chosen.record, tapes[0].recording) if chosen.record else None
    try:
        one = Replay(settings, tapes, seed=chosen.seed, keep=keep, recorder=recorder)
    except JournalFailed:
        if recorder is not None:
            recorder.close()
            chosen.record.unlink()  # the run did not begin: the next attempt shall not stumble over its empty tape
        raise
    joined = one.joined
    shown = Progress(one.first_ns, one.length_s, lambda at_ns: progress(joined.engine.state, at_ns, joined.turner.event_count))
    return until_stopped(shown, one.run), shown.stop
