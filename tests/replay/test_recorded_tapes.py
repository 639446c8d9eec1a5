"""Every recorded tape through the whole house: no crossed book is believed, money is conserved, parts add up, a second run is the same run."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from config.assembly.replay import Replay, open_tapes
from tests.config.words_runs import report_of, run_bot, without_machine
from tests.conftest import data_folder
from tests.replay.words_tapes import SETTINGS, Watched, assuming

MLB, UPDOWN, L2 = FOLDERS = ("polymarket-ws-mlb-2025", "polymarket-ws-updown-2026-04", "polymarket-l2-btc15m-2026-09")
TAPES = [path.relative_to(data_folder()) for folder in FOLDERS for path in sorted((data_folder() / folder).glob("*.jsonl.gz"))]
IDS = [path.name.split(".")[0] for path in TAPES]


def figures(report: dict[str, Any], seen: Counter[str]) -> str:
    books, tape = report["books"], report["tapes"][0]
    hashes = "; ".join(f"{kind} hashes {seen[f'{kind} hashes agreed']} of {seen[f'{kind} hashes checked']}" for kind in ("book", "change"))
    return (
        f"{tape['name']}: {tape['frames']} frames, {report['orders']['placed']} orders, {report['fills']['count']} fills; {hashes};"
        f" mirror {books['mirror_agreed']} of {books['mirror_judged']}; crossed and not believed {seen['crossed']} times"
    )


def assert_read_whole(report: dict[str, Any]) -> None:
    """Nothing was refused, or left out without a word. The recordings are what the venue sent, so a refusal would be our mistake."""
    for tape in report["tapes"]:
        assert (tape["refused_frames"], tape["bad_lines"], tape["first_bad_line"], tape["cut"]) == ({}, 0, None, None)
        assert tape["frames"] > 0
        assert tape["assumptions"]


def assert_hashes_agree(seen: Counter[str]) -> None:
    """What could be recomputed agrees, but for books that contradict their own hash (data/README.md knows of none)."""
    assert seen["book hashes checked"] - seen["book hashes agreed"] == seen["books that contradict their own hash"]
    assert seen["change hashes checked"] == seen["change hashes agreed"]


def assert_paid_and_valued(watched: Watched, report: dict[str, Any]) -> None:
    """A market whose payout is told is settled to cash; what is left is valued at the mark, or has no price, and at the worst."""
    state, cash, marks = watched.state, report["cash"], report["marks"]
    payouts = {key: payout for tape in watched.replay.tapes for key, payout in tape.recording.payouts.items()}
    assert {market_id for market_id in state.desks if state.inventory.is_resolved(market_id)} == set(payouts)
    for market_id, payout in payouts.items():
        assert state.desks[market_id].payout == payout
        assert all(state.inventory.held(book.token) == 0 for book in (state.desks[market_id].yes, state.desks[market_id].no))
    if len(payouts) == len(state.desks):
        assert cash["free_micro"] == cash["equity_worst_micro"] == cash["equity_mark_micro"]
    assert (cash["equity_mark_micro"] is None) == (marks["none"] > 0)
    if cash["equity_mark_micro"] is not None:
        assert cash["equity_worst_micro"] <= cash["equity_mark_micro"]


@pytest.mark.data
@pytest.mark.parametrize("tape", TAPES, ids=IDS)
def test_a_tape_is_replayed_without_a_wrong_book_a_lost_cent_or_a_second_result(data_dir: Path, tape: Path) -> None:  # req 0.3, 0.4, 2.9, 2.17, 2.27
    watched = Watched([data_dir / tape])
    report = watched.run()
    print(figures(report, watched.seen))
    assert watched.seen["snapshots"] > 0
    assert_read_whole(report)
    assert_hashes_agree(watched.seen)
    assert_paid_and_valued(watched, report)
    again = Replay(SETTINGS, open_tapes(SETTINGS, [data_dir / tape])).run()
    assert without_machine(again) == without_machine(report)


@pytest.mark.data
@pytest.mark.parametrize("tape", TAPES, ids=IDS)
def test_into_an_unknown_end_nothing_is_bought(data_dir: Path, tmp_path: Path, tape: Path) -> None:  # ruling 2.9
    alone = tmp_path / tape.name  # without the file beside it that tells ends
    alone.symlink_to((data_dir / tape).resolve())
    settings = assuming(end_after_first_s=None)
    report = Replay(settings, open_tapes(settings, [alone])).run()
    assert (report["orders"]["placed"], report["fills"]["count"]) == (0, 0)
    assert any("end of trading unknown: no new buys happen" in sentence for sentence in report["tapes"][0]["assumptions"])


@pytest.mark.data
@pytest.mark.parametrize("folder", [MLB, L2])
def test_all_tapes_of_a_kind_merge_into_one_wallet(data_dir: Path, folder: str) -> None:  # req 2.27
    paths = sorted((data_dir / folder).glob("*.jsonl.gz"))
    assert paths
    watched = Watched(paths)
    report = watched.run()
    print(figures(report, watched.seen))
    assert_read_whole(report)
    assert_hashes_agree(watched.seen)
    assert_paid_and_valued(watched, report)
    assert report["markets"]["known"] == len({market.market_id for tape in watched.replay.tapes for market in tape.recording.markets})
    assert report["cash"]["start_micro"] == SETTINGS.account.cash_usd * 1_000_000


@pytest.mark.data
@pytest.mark.parametrize("folder", [MLB, L2])
def test_fresh_interpreters_with_other_hash_seeds_give_the_same_run(data_dir: Path, tmp_path: Path, folder: str) -> None:  # req 0.4
    tape = min((data_dir / folder).glob("*.jsonl.gz"), key=lambda path: (path.stat().st_size, path.name))

    def report_with(hash_seed: str) -> dict[str, Any]:
        run = run_bot("replay", tape, "--report", tmp_path / hash_seed, env={"PYTHONHASHSEED": hash_seed})
        assert run.code == 0, run
        return without_machine(report_of(tmp_path / hash_seed))

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(report_with, ("1", "2"))
    here = Replay(SETTINGS, open_tapes(SETTINGS, [tape])).run()
    assert first == second == json.loads(json.dumps(without_machine(here)))
