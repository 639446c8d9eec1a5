"""Which trades a recording implies: by hand, and on recorded tapes against a referee that was written from the ruling alone."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from connectors.importers import open_tape
from connectors.polymarket.market_stream import MarketStream
from connectors.tape import CHANNEL_CONTINUITY_LOST, CHANNEL_POLYMARKET_MARKET
from oms.values.events import BookReset, ContinuityLost, Event, LevelsChanged, Traded
from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.units import MICRO
from sim.inference import RULES, Inference, Levels
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger
from sim.paper_venue import PaperVenue
from sim.world import World
from tests.sim.words_sim import CENT, told_book
from tests.words import NO, YES

Found = tuple[int, int, Side]
"""(price in pips, micro-shares, taker's side)."""


def inferred(rule: str, before: tuple[dict[int, int], dict[int, int]], after: tuple[dict[int, int], dict[int, int]]) -> list[tuple[int, int, str]]:
    """Ladders in cents and shares; trades as (cents, shares, taker)."""
    old = told_book(*before)
    trades = RULES[rule](dict(old.bids), dict(old.asks), told_book(*after))
    assert all(trade.inferred for trade in trades)
    return [(trade.price_pips // CENT, trade.shares_micro // MICRO, trade.taker_side.name) for trade in trades]


BOOK = ({49: 10, 48: 20}, {51: 10, 52: 20})


@pytest.mark.parametrize(
    ("after", "trades"),
    [
        (BOOK, []),
        (({49: 4, 48: 20}, {51: 10, 52: 20}), [(49, 6, "SELL")]),
        (({48: 20}, {51: 10, 52: 20}), [(49, 10, "SELL")]),
        (({49: 10, 48: 20}, {52: 20}), [(51, 10, "BUY")]),
        (({49: 11, 48: 1}, {51: 12, 52: 1}), []),
        (({}, {}), [(49, 10, "SELL"), (51, 10, "BUY")]),
        (({50: 5, 49: 9}, {51: 10}), [(49, 1, "SELL")]),
    ],
)
def test_mlb_book_infers_what_is_missing_at_the_old_touch_and_nothing_deeper(  # ruling 2.1
    after: tuple[dict[int, int], dict[int, int]], trades: list[tuple[int, int, str]]
) -> None:
    assert inferred("mlb-book", BOOK, after) == trades


@pytest.mark.parametrize(
    ("after", "trades"),
    [
        (BOOK, []),
        (({48: 20}, {51: 10, 52: 20}), []),
        (({48: 20}, {49: 1, 51: 10}), [(49, 10, "SELL")]),
        (({48: 20}, {50: 1, 51: 10}), []),
        (({47: 1}, {48: 1}), [(49, 10, "SELL"), (48, 20, "SELL")]),
        (({49: 10, 51: 3}, {52: 20}), [(51, 10, "BUY")]),
        (({52: 3}, {53: 20}), [(51, 10, "BUY"), (52, 20, "BUY")]),
        (({49: 4, 48: 20}, {49: 1}), []),
        (({}, {}), []),
    ],
)
def test_l2_infers_only_a_vanished_level_that_the_opposite_best_reached(  # ruling 2.1
    after: tuple[dict[int, int], dict[int, int]], trades: list[tuple[int, int, str]]
) -> None:
    assert inferred("l2-vanish", BOOK, after) == trades


def test_a_recording_that_announces_its_trades_implies_none() -> None:
    assert inferred("announced", BOOK, ({}, {})) == []


# The referee keeps sorted lists, and is told nothing but events.

Rungs = list[tuple[int, int]]


def _mlb_referee(bids: Rungs, asks: Rungs, event: BookReset) -> list[Found]:
    found: list[Found] = []
    for rungs, told, taker in ((bids[::-1], event.bids, Side.SELL), (asks, event.asks, Side.BUY)):
        for price, size in rungs[:1]:
            left = sum(told_size for told_price, told_size in told if told_price == price)
            found += [(price, size - left, taker)] if left < size else []
    return found


def _l2_referee(bids: Rungs, asks: Rungs, event: BookReset) -> list[Found]:
    told_bids, told_asks = {price for price, _ in event.bids}, {price for price, _ in event.asks}
    gone_bids = [(price, size, Side.SELL) for price, size in bids[::-1] if price not in told_bids and any(ask <= price for ask in told_asks)]
    gone_asks = [(price, size, Side.BUY) for price, size in asks if price not in told_asks and any(bid >= price for bid in told_bids)]
    return gone_bids + gone_asks


REFEREES: dict[str, Callable[[Rungs, Rungs, BookReset], list[Found]]] = {"mlb-book": _mlb_referee, "l2-vanish": _l2_referee}


class Referee:
    """One token's book as a list, and what the rule says at each full book."""

    def __init__(self, rule: str) -> None:
        self._rule = REFEREES[rule]
        self._rungs: dict[tuple[Side, int], int] | None = None

    def hear(self, event: Event) -> list[Found]:
        if isinstance(event, ContinuityLost):
            self._rungs = None
        elif isinstance(event, LevelsChanged) and self._rungs is not None:
            self._rungs.update({(side, price): size for side, price, size in event.levels})
        elif isinstance(event, BookReset):
            found = [] if self._rungs is None else self._rule(self._side(Side.BUY), self._side(Side.SELL), event)
            self._rungs = {(Side.BUY, price): size for price, size in event.bids} | {(Side.SELL, price): size for price, size in event.asks}
            return found
        return []

    def _side(self, side: Side) -> Rungs:
        assert self._rungs is not None
        return sorted((price, size) for (of, price), size in self._rungs.items() if of is side and size)


def test_a_trade_that_both_tokens_books_show_is_told_once_and_only_what_the_second_adds_is_told_after() -> None:  # req 2.60; ruling 0.4
    inference = Inference("mlb-book", YES)
    yes_before, no_before = told_book({49: 10}, {51: 10}), told_book({49: 10}, {51: 10}, token=NO)

    def trades(before: BookReset, after: BookReset) -> list[tuple[str, int, int]]:
        told = inference.trades(dict(before.bids), dict(before.asks), after)
        return [(trade.token, trade.price_pips // CENT, trade.shares_micro // MICRO) for trade in told]

    assert trades(yes_before, told_book({49: 4}, {51: 10})) == [(YES, 49, 6)]
    assert trades(no_before, told_book({49: 10}, {51: 4}, token=NO)) == [], "the same six shares, seen from NO"
    assert trades(no_before, told_book({49: 10}, {51: 1}, token=NO)) == [(NO, 51, 3)], "nine in all: three are new"
    later = msgspec.structs.replace(told_book({49: 4}, {51: 10}), exchange_ns=yes_before.exchange_ns + 1)
    assert trades(yes_before, later) == [(YES, 49, 6)], "another exchange time is another trade"


def _tapes(data_dir: Path) -> Iterator[Path]:
    """The smallest few of each kind, so that the test is quick on any folder."""
    for folder in ("polymarket-ws-mlb-2025", "polymarket-l2-btc15m-2026-09"):
        yield from sorted((data_dir / folder).glob("*.jsonl.gz"), key=lambda path: (path.stat().st_size, path.name))[:4]


@pytest.mark.data
def test_on_recorded_tapes_trades_are_inferred_exactly_where_the_ruling_says(data_dir: Path) -> None:  # req 2.37; ruling 0.4
    books = 0
    for path in _tapes(data_dir):
        recording = open_tape(path)
        by_token = {token: market for market in recording.markets for token in (market.yes, market.no)}
        world = World(recording.first_ns)
        rules = dict.fromkeys(by_token, recording.trade_rule)
        venue = PaperVenue(world, Messenger(world, Latency(LatencySettings(), 0)), trade_rules=rules, payouts={})
        told: list[Traded] = []
        for market in recording.markets:
            venue.list_market(market)
        for inference in venue.listed._inferences.values():
            inference._infer = _overheard(inference._infer, told)
        referees: dict[TokenId, Referee] = {token: Referee(recording.trade_rule) for token in by_token}
        stream = MarketStream(by_token)
        for frame in recording.frames():
            events: Sequence[Event] = ()
            if frame.channel == CHANNEL_POLYMARKET_MARKET:
                events = stream.receive(frame.payload, frame.at_ns)
            elif frame.channel == CHANNEL_CONTINUITY_LOST:
                events = stream.closed(frame.at_ns)
            for event in events:
                told.clear()
                venue.recorded(event, frame.at_ns)
                world.inbox.clear()
                tokens = event.tokens if isinstance(event, ContinuityLost) else (getattr(event, "token", ""),)
                expected = [found for token in tokens if token in referees for found in referees[token].hear(event)]
                assert [(trade.price_pips, trade.shares_micro, trade.taker_side) for trade in told] == expected, f"{path.name}: {event}"
                books += isinstance(event, BookReset)
    assert books, "there was something to judge"


def _overheard(rule: Callable[[Levels, Levels, BookReset], list[Traded]], told: list[Traded]) -> Callable[[Levels, Levels, BookReset], list[Traded]]:
    def listen(bids: Levels, asks: Levels, event: BookReset) -> list[Traded]:
        trades = rule(bids, asks, event)
        told.extend(trades)
        return trades

    return listen
