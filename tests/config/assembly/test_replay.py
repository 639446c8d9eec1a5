"""The replay: tapes merge by time into one wallet, separate runs add up, what cannot be added is None."""

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assembly.recorder import Recorder
from config.assembly.replay import Replay, add_up, open_tapes
from connectors.tape import CHANNEL_BOOKS_CONFIRMED, CHANNEL_CONTINUITY_LOST, CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, TapeWriter
from oms.values.events import BookReset, BooksConfirmed, Event
from oms.values.units import NS_PER_DAY, NS_PER_SECOND
from tests.config.words_runs import SAMPLE, assert_adds_up, without_machine
from tests.connectors.frames import MARKET, OTHER_MARKET, OTHER_NO, OTHER_YES, YES, book, frame
from tests.replay.words_spoilt import FIRST_NS, GOOD, LISTED, changes, given_tape, healths, ms, replayed, whole_books
from tests.replay.words_tapes import SETTINGS


def given_replay(*paths: Path, seed: int = 0) -> Replay:
    return Replay(SETTINGS, open_tapes(SETTINGS, paths), seed=seed)


def given_other_tape(folder: Path, after_s: float) -> Path:
    """Another market on another tape, its books half a second apart."""
    path = folder / "other.st"
    with TapeWriter(path) as tape:
        tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(OTHER_MARKET))
        for number in range(4):
            at_ns = FIRST_NS + int((after_s + number / 2) * NS_PER_SECOND)
            payload = frame(book((OTHER_YES, OTHER_NO)[number % 2], market="0xother", hash="", timestamp=ms(after_s + number)))
            tape.frame(at_ns, CHANNEL_POLYMARKET_MARKET, payload)
    return path


def test_tapes_merge_by_time_into_one_wallet(tmp_path: Path) -> None:
    replay = given_replay(given_tape(tmp_path, GOOD), given_other_tape(tmp_path, 0.75))
    told: list[tuple[int, Event]] = []
    replay.joined.watchers.append(lambda event, at_ns: told.append((at_ns, event)))
    report = replay.run()
    assert [at_ns for at_ns, _ in told] == sorted(at_ns for at_ns, _ in told)
    resets = [event.token for _, event in told if isinstance(event, BookReset)]
    assert [token in (OTHER_YES, OTHER_NO) for token in resets] == [False, False, True, True, True, True]
    assert [tape["frames"] for tape in report["tapes"]] == [1 + len(GOOD), 5]
    assert report["markets"]["known"] == 2
    assert_adds_up(report)


def test_the_seed_decides_latencies_and_nothing_else_is_left_to_chance() -> None:  # req 0.4
    first, same, other = (given_replay(SAMPLE, seed=seed).run() for seed in (1, 1, 2))
    assert without_machine(first) == without_machine(same)
    assert other["commands_hash"] != first["commands_hash"]


def test_a_hole_in_a_recording_makes_its_books_history(tmp_path: Path) -> None:  # req 2.10
    path = tmp_path / "hole.st"
    with TapeWriter(path) as tape:
        tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(LISTED))
        for payload in whole_books(ms(0)):
            tape.frame(FIRST_NS, CHANNEL_POLYMARKET_MARKET, payload)
        tape.frame(FIRST_NS + 1, CHANNEL_CONTINUITY_LOST, b"the socket closed")
        tape.frame(FIRST_NS + 2, CHANNEL_POLYMARKET_MARKET, changes(ms(1), 5))
        tape.frame(FIRST_NS + 3, "a-channel-of-tomorrow", b"what")
    watched, report = replayed(path)
    assert [health.name for health in healths(watched)] == ["STALE", "STALE"]
    assert report["orders"]["placed"] == 0 or report["orders"]["filled"] == 0
    assert report["tapes"][0]["frames"] == 6


@pytest.mark.parametrize(("is_confirmed", "health"), [(True, "LIVE"), (False, "STALE")])
def test_quiet_books_that_were_confirmed_to_the_run_are_believed_in_its_replay_too(tmp_path: Path, health: str, *, is_confirmed: bool) -> None:
    # user-asks 17: no false halt on a quiet market
    path, at_ns = tmp_path / "quiet.st", FIRST_NS
    with TapeWriter(path) as tape:
        tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(LISTED))
        for payload in whole_books(ms(0)):
            tape.frame(FIRST_NS, CHANNEL_POLYMARKET_MARKET, payload)
        for number in range(1, 10):
            at_ns = FIRST_NS + number * SETTINGS.engine.silence_ns // 2
            told = BooksConfirmed(tokens=(LISTED.yes, LISTED.no), asked_ns=at_ns - 5)
            tape.frame(at_ns, CHANNEL_BOOKS_CONFIRMED if is_confirmed else "a-channel-of-tomorrow", msgspec.json.encode(told))
        tape.frame(at_ns + 1, CHANNEL_BOOKS_CONFIRMED, b"rubbish")
    replay, healths_then = given_replay(path), list[str]()
    books = replay.joined.engine.state.by_token
    replay.world.at(at_ns + 2, 0, lambda _now: healths_then.extend(books[token][1].health.name for token in (LISTED.yes, LISTED.no)))
    report = replay.run()
    assert healths_then == [health, health]
    assert report["tapes"][0]["refused_frames"] == {"books_confirmed": 1}


def test_a_market_that_ends_a_year_after_its_recording_costs_no_more_turns_than_one_that_ends_a_day_after(tmp_path: Path) -> None:
    reports = []
    for days in (1, 365):
        path = tmp_path / f"{days}.st"
        with TapeWriter(path) as tape:
            listed = msgspec.structs.replace(LISTED, end_ns=FIRST_NS + days * NS_PER_DAY)
            tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(listed))
            for number, payload in enumerate(GOOD):
                tape.frame(FIRST_NS + number * NS_PER_SECOND // 2, CHANNEL_POLYMARKET_MARKET, payload)
        reports.append(given_replay(path).run())
    day, year = reports
    assert (day["virtual_s"], year["virtual_s"]) == (86_400, 365 * 86_400)
    assert day["books"]["health"]["CLOSED"] == 2
    assert SETTINGS.engine.audit_s
    assert day["orders"]["placed"]
    same = ("turns", "events", "orders", "fills", "cash", "books", "commands_hash", "conserved")
    assert {key: day[key] for key in same} == {key: year[key] for key in same}


def test_what_was_assumed_of_a_market_stands_in_the_report(tmp_path: Path) -> None:
    assumed = msgspec.structs.replace(MARKET, assumptions=("the end is a guess",))
    path = tmp_path / "guess.st"
    with TapeWriter(path) as tape:
        tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(assumed))
        tape.frame(FIRST_NS, CHANNEL_POLYMARKET_MARKET, frame(book(YES)))
    assert given_replay(path).run()["tapes"][0]["assumptions"] == ["the end is a guess"]


@pytest.fixture(scope="module")
def one() -> dict[str, Any]:
    return given_replay(SAMPLE).run()


def test_one_report_added_up_is_itself(one: dict[str, Any]) -> None:
    assert add_up([one]) is one


def test_reports_add_up_and_their_runs_stay_readable(one: dict[str, Any]) -> None:
    added = add_up([one, one, one])
    assert_adds_up(added)
    assert added["runs"] == [one, one, one]
    assert len(added["tapes"]) == 3
    for section, field in (("orders", "placed"), ("fills", "count"), ("cash", "start_micro"), ("cash", "equity_worst_micro"), ("markets", "known")):
        assert added[section][field] == 3 * one[section][field]
    assert added["lenses"]["queue"]["fills"] == 3 * one["lenses"]["queue"]["fills"]
    assert added["lenses"]["note"] == one["lenses"]["note"]
    assert added["books"]["mirror_agreement"] == one["books"]["mirror_agreement"]
    assert added["commands_hash"] not in {one["commands_hash"], add_up([one, one])["commands_hash"]}
    assert added["latency_us"] == {"age_at_decision": None}, "percentiles cannot be added"


def test_what_one_run_does_not_know_the_sum_does_not_know(one: dict[str, Any]) -> None:  # req 3.47
    unknown, violated = copy.deepcopy(one), copy.deepcopy(one)
    unknown["cash"]["equity_mark_micro"] = None
    violated["conserved"] = "at 5: something is missing"
    added = add_up([one, unknown, violated])
    assert added["cash"]["equity_mark_micro"] is None
    assert added["conserved"] == "at 5: something is missing"
    assert added["books"]["hash_agreement"] is None


def test_runs_too_short_to_be_timed_have_no_rate(one: dict[str, Any]) -> None:
    short = {**one, "machine": {**one["machine"], "wall_s": 0.0}}
    assert add_up([short, short])["machine"]["events_per_s"] is None


@pytest.mark.data
def test_reference_prices_on_a_tape_are_read_counted_and_never_refused(data_dir: Path, tmp_path: Path) -> None:  # req 2.18
    path = max((data_dir / "polymarket-ws-updown-2026-04").glob("*.jsonl.gz"), key=lambda path: path.stat().st_size)
    own_path = tmp_path / "own.tape.zst"
    tapes = open_tapes(SETTINGS, [path])
    foreign = Replay(SETTINGS, tapes, recorder=Recorder(own_path, tapes[0].recording)).run()
    own = given_replay(own_path).run()
    prices, again = (report["tapes"][0]["reference_prices"] for report in (foreign, own))
    assert prices["told"]
    assert prices["refused"] == {}
    assert again["frames"] == prices["frames"]
    assert [(row["symbol"], row["count"], row["latest"]) for row in again["told"]] == [
        (row["symbol"], row["count"], row["latest"]) for row in prices["told"]
    ]
    assert own["commands_hash"] == foreign["commands_hash"]
