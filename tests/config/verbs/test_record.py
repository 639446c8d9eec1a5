"""The verb `record` against our own exchange: what it writes replays, without a refused frame and with every hash agreeing."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import run_bot
from config.assembly.outside import VenueSaidNo
from config.settings import BadSettings
from config.verbs import record
from connectors.chunks import TapeError
from connectors.importers import open_tape
from tests.config.words_runs import report_of
from tests.config.words_venue import OpenVenue, open_venue
from tests.conftest import ROOT

SECONDS = 6
FRAMES_BEGIN = 2_000
"""A segment of one market that is longer holds more than its head."""


def parsed(*words: str | Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    record.add_words(parser)
    return parser.parse_args([str(word) for word in words])


def recorded(venue: OpenVenue, folder: Path, *words: str | Path) -> int:
    return record.run(parsed("--host", venue.url, "--out", folder, *words))


def replayed(folder: Path, report: Path) -> dict[str, Any]:
    """The report of a replay that checks the hash of every whole book.

    That of a change between a trade and the book after it covers a last price that nobody has told yet (polymarket.md §6.3): it is not asked for.
    """
    settings = folder / "whole-books.toml"
    settings.write_text("[engine]\nhash_every = 1000000\n")
    assert run_bot.main(["replay", *map(str, sorted(folder.glob("*.tape*"))), "--config", str(settings), "--report", str(report)]) == 0
    return report_of(report)


def test_what_is_recorded_from_the_exchange_replays_with_every_hash_agreeing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # req 2.27, 2.65
    with open_venue() as venue:
        slug = venue.do(lambda: venue.gateway.catalogue.slug(next(iter(venue.gateway.host.listed.values()))))
        assert recorded(venue, tmp_path / "all", "--seconds", str(SECONDS)) == 0
        assert recorded(venue, tmp_path / "one", "--seconds", "1", "--slug", slug) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"record: 3 markets into {tmp_path / 'all'}, for {SECONDS} s\n")
    for words in ("frames ", "polymarket-market", "in 1 segment in", "replay     run_bot.py replay"):
        assert words in told
    (tape,) = sorted((tmp_path / "all").glob("*.tape*"))
    assert tape.name.endswith(".tape.zst")
    recording = open_tape(tape)
    assert sorted(Counter(market.generation for market in recording.markets).items()) == [("v1", 2), ("v2", 1)]
    assert sum(1 for _ in recording.frames()) > SECONDS
    report = replayed(tmp_path / "all", tmp_path / "report.json")
    books, (about,) = report["books"], report["tapes"]
    print(about["frames"], books)
    assert (about["refused_frames"], about["bad_lines"], about["cut"], about["clamped_times"]) == ({}, 0, None, 0)
    assert books["hash_checked"] > SECONDS
    assert books["hash_agreed"] == books["hash_checked"]
    assert report["markets"]["known"] == 3
    (one,) = sorted((tmp_path / "one").glob("*.tape*"))
    assert len(open_tape(one).markets) == 1


def when_it_records(folder: Path, then: Callable[[], None]) -> threading.Thread:
    """Do something from another thread as soon as frames were flushed to a segment in `folder`."""

    def wait() -> None:
        ends_s = time.monotonic() + 20
        while time.monotonic() < ends_s and not any(path.stat().st_size > FRAMES_BEGIN for path in folder.glob("*.tape")):
            time.sleep(0.05)
        then()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_the_first_signal_ends_a_recording_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_venue(markets=1) as venue:
        thread = when_it_records(tmp_path, lambda: os.kill(os.getpid(), signal.SIGINT))
        assert recorded(venue, tmp_path) == 0
        thread.join()
    assert "record: what became of it" in capsys.readouterr().out
    assert list(open_tape(next(tmp_path.glob("*.tape.zst"))).frames())


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ((), BadSettings, "which markets?"),
        (("--slug", "a b"), BadSettings, "'a b' is not a slug"),
        (("--series", "btc-updown-5m"), BadSettings, "'btc-updown-5m' is not the number of a series"),
        (("--condition", "0x12"), BadSettings, "'0x12' is not a condition id"),
        (("--host", "ftp://127.0.0.1"), BadSettings, "--host: 'ftp://127.0.0.1' is not an address"),
        (("--host", "http://127.0.0.1:9", "--slug", "x"), VenueSaidNo, "none of the chosen markets can be traded"),
    ],
)
def test_what_cannot_be_recorded_is_named(words: tuple[str, ...], error: type[Exception], text: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=text):
        record.run(parsed("--out", tmp_path / "none", *words))
    assert not (tmp_path / "none").exists()


def test_a_folder_that_another_recorder_writes_to_is_left_alone(tmp_path: Path) -> None:
    with open_venue(markets=1) as venue:
        failures: list[str] = []

        def second() -> None:
            try:
                recorded(venue, tmp_path, "--seconds", "1")
            except TapeError as error:
                failures.append(str(error))
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        thread = when_it_records(tmp_path, second)
        assert recorded(venue, tmp_path) == 0
        thread.join()
    assert len(failures) == 1
    assert failures[0].endswith("another recorder writes there; end it, or name another folder")


@pytest.mark.parametrize("words", [("--seconds", "0"), ("--seconds", "x"), ("--keep-gib", "-1"), ("--seconds", "٣")])
def test_numbers_that_are_none_are_refused(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(*words)
    assert "is not a whole number" in capsys.readouterr().err


def test_the_words_of_the_verb_load_no_network() -> None:
    code = "import sys, argparse; from config.verbs.record import add_words; add_words(argparse.ArgumentParser()); print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
