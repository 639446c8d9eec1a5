"""Arbitrage on a tape of ours: the events stand on it, so bundles are found, bought, converted and merged in a replay, and the money adds up."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from config.assembly.recorder import Recorder
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, load
from connectors.tape import CHANNEL_EVENT_LISTED, CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, TapeWriter, read_frames
from oms.values.events import Converted, SetsChanged
from oms.values.market import EventGroup, Market
from oms.values.units import MICRO, NS_PER_SECOND
from tests.config.words_runs import without_machine
from tests.connectors.frames import book, frame
from tests.replay.words_spoilt import FIRST_NS, ms
from tests.sim.words_events import given_group, given_question, names_of, no_of, yes_of

END_NS = FIRST_NS + 3_600 * NS_PER_SECOND
MARKETS = tuple(replace(given_question(name), end_ns=END_NS) for name in names_of(3))
GROUP = given_group(*names_of(3))
SECONDS = 40


def books(market: Market, bid: int, ask: int, after_s: float) -> list[bytes]:
    """Both tokens of a market whose YES has this bid and this ask, in cents, 50 shares each."""
    told = {"market": market.market_id, "timestamp": ms(after_s), "hash": ""}

    def one(token: str, bid: int, ask: int) -> bytes:
        rungs = {"bids": [{"price": f"{bid / 100:.2f}", "size": "50"}], "asks": [{"price": f"{ask / 100:.2f}", "size": "50"}]}
        return frame(book(token, **told, **rungs))

    return [one(yes_of(market.market_id), bid, ask), one(no_of(market.market_id), 100 - ask, 100 - bid)]


def given_tape(path: Path, bid: int, ask: int, groups: Sequence[EventGroup] = (GROUP,)) -> Path:
    """Three markets with the same prices, told anew every ten seconds."""
    with TapeWriter(path) as tape:
        for market in MARKETS:
            tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(market))
        for group in groups:
            tape.frame(FIRST_NS, CHANNEL_EVENT_LISTED, msgspec.json.encode(group))
        for second in range(1, SECONDS, 10):
            for market in MARKETS:
                for payload in books(market, bid, ask, second):
                    tape.frame(FIRST_NS + second * NS_PER_SECOND, CHANNEL_POLYMARKET_MARKET, payload)
    return path


def replayed(path: Path, shape: str, record: Path | None = None) -> tuple[dict[str, Any], list[Any]]:
    """The report of a replay that looks for one shape, and what became of its transfers."""
    settings = replace(load(FOLDER / "replay.toml", {}), strategy={"negrisk_arbitrage": {"shapes": [shape]}})
    tapes = open_tapes(settings, [path])
    run = Replay(settings, tapes, recorder=Recorder(record, tapes[0].recording) if record else None)
    told: dict[str, Any] = {}
    run.joined.watchers.append(lambda event, _at_ns: told.update({event.command_id: event}) if isinstance(event, SetsChanged | Converted) else None)
    return without_machine(run.run()), list(told.values())


def test_no_of_every_outcome_is_bought_and_converted_and_the_money_adds_up(tmp_path: Path) -> None:  # req 4.1
    report, told = replayed(given_tape(tmp_path / "no.tape", bid=38, ask=40), "BUY_NO_CONVERT")  # NO at 62 each: 1.86 for what is worth 2
    ((event_id, markets, shares, cash),) = [(fact.event_id, fact.market_ids, fact.shares_micro, fact.cash_micro) for fact in told]
    assert (event_id, markets, shares, cash) == (GROUP.event_id, GROUP.market_ids, 50 * MICRO, 100 * MICRO)
    assert (report["conserved"], report["arbitrage"]["bundles"]["complete"]) == (True, 1)
    assert report["cash"]["free_micro"] == 1_007 * MICRO  # 50 sets, 14 cents each


def test_sets_are_split_their_yes_sold_and_their_no_converted(tmp_path: Path) -> None:  # req 4.1
    report, told = replayed(given_tape(tmp_path / "yes.tape", bid=38, ask=40), "SPLIT_SELL_YES")
    assert [type(fact).__name__ for fact in told] == ["SetsChanged"] * 3 + ["Converted"]
    assert (report["conserved"], report["arbitrage"]["bundles"]["complete"]) == (True, 1)
    assert report["cash"]["free_micro"] == 1_007 * MICRO  # the same gap from the other side


@pytest.mark.parametrize("groups", [(), (replace(GROUP, conversion_fee_bps=None),)])
def test_without_word_that_it_can_be_converted_nothing_is_done(tmp_path: Path, groups: tuple[EventGroup, ...]) -> None:
    report, told = replayed(given_tape(tmp_path / "older.tape", bid=38, ask=40, groups=groups), "BUY_NO_CONVERT")
    assert (report["conserved"], report["commands"], told) == (True, 0, [])


def test_a_tape_made_from_such_a_tape_has_the_event_and_replays_alike(tmp_path: Path) -> None:  # ruling 0.1
    path, copy = given_tape(tmp_path / "one.tape", bid=38, ask=40), tmp_path / "copy.tape"
    (first, _), (again, _) = replayed(path, "BUY_NO_CONVERT", record=copy), replayed(copy, "BUY_NO_CONVERT")
    assert {key: part for key, part in first.items() if key != "tapes"} == {key: part for key, part in again.items() if key != "tapes"}
    (told,) = [told for told in read_frames(copy) if told.channel == CHANNEL_EVENT_LISTED]
    assert msgspec.json.decode(told.payload, type=EventGroup) == GROUP
