"""A price that does not change between two updates: nothing is divided by, nothing fills twice, and no fill that is due is passed over.

Once, elsewhere, a simulator looked for the sign of the change of a price to see who would be filled, and divided by it (text 2, "flip check").
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.assembly.demo import Demo
from config.settings import Settings
from oms.values.events import Filled
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.config.words_runs import assert_adds_up
from tests.connectors.frames import YES as TAPE_YES
from tests.connectors.frames import frame
from tests.replay.words_spoilt import changes, given_tape, ms, replayed, whole_books
from tests.sim.exchange_words import given_exchange, trades
from tests.sim.exchange_words import spec as asked
from tests.sim.words_sim import PaperDesk, retold, spec, told_book, told_trade
from tests.words import MARKET, NO, NOON_NS

WAITING = """
book YES 49:100 | 51:30                  =>
BUY a YES 49 x20                         =>
book YES 49:100 | 51:30                  =>
bid YES 49:100                           =>
ask YES 51:30                            =>
trade YES 49 x100 SELL                   => touch a 20@49
bid YES 49:100                           =>
trade YES 49 x15 SELL                    => queue a 15@49
trade YES 49 x15 SELL                    => queue a 5@49
"""
"""The best prices never move; the queue before us is traded away all the same, and then we are."""

REACHED = """
book YES 49:100 | 51:30                  =>
BUY a YES 50 x50                         =>
ask YES 50:10                            => touch a 10@50, queue a 10@50
ask YES 50:10                            =>
book YES 49:100 | 50:10 51:30            =>
ask YES 50:25                            => touch a 15@50, queue a 15@50
ask YES 50:0                             =>
ask YES 50:5                             => touch a 5@50, queue a 5@50
ask YES 49:7                             => touch a 7@50, queue a 7@50, through a 7@50
ask YES 49:7                             =>
"""
"""The other side stands at our price and stays there: once is once, more of it is more, and gone and back is new."""


@pytest.mark.parametrize("story", [WAITING, REACHED])
def test_what_is_due_at_an_unchanged_price_is_filled_once(story: str) -> None:  # req 2.59
    assert retold(story) == story.strip()


LEVELS = st.tuples(st.sampled_from(["bid", "ask"]), st.integers(46, 54), st.integers(0, 60)).map(lambda t: f"{t[0]} YES {t[1]}:{t[2]}")
BOOKS = st.tuples(st.integers(45, 49), st.integers(1, 90), st.integers(50, 54), st.integers(1, 90)).map(
    lambda t: f"book YES {t[0]}:{t[1]} | {t[2]}:{t[3]}"
)
TRADES = st.tuples(st.integers(46, 54), st.integers(1, 60), st.sampled_from(["BUY", "SELL"])).map(lambda t: f"trade YES {t[0]} x{t[1]} {t[2]}")


@given(st.lists(LEVELS | BOOKS | TRADES, max_size=14), st.integers(46, 54), st.integers(46, 54))
def test_a_book_told_again_as_it_is_fills_nobody_and_takes_no_fill_away(told: list[str], bid: int, ask: int) -> None:  # req 2.59
    begin = ["book YES 45:50 | 55:50", f"BUY a YES {bid} x40", f"SELL b YES {ask} x40"]
    once = retold("\n".join([*begin, *told])).splitlines()
    twice = retold("\n".join([*begin, *(line for one in told for line in ([one] if one.startswith("trade") else [one, one]))])).splitlines()
    expected = once[: len(begin)]
    for line in once[len(begin) :]:
        expected += [line] if line.startswith("trade") else [line, line.split("=>")[0] + "=>"]
    assert twice == expected


def test_an_unchanged_book_implies_no_trade_and_less_at_the_same_price_implies_one() -> None:  # req 2.59
    desk = PaperDesk(trade_rule="mlb-book")
    for token in (None, NO):
        desk.told(told_book({49: 100}, {51: 100}, *([token] if token else [])))
    desk.place("a", spec(Side.BUY, 49, 20))
    for _ in range(5):
        desk.told(told_book({49: 100}, {51: 100}))
        desk.live(1)
    assert (desk.venue.inferred_trades, desk.facts(Filled)) == (0, [])
    desk.told(told_book({49: 0, 48: 1}, {51: 100}))
    desk.live(1)
    assert (desk.venue.inferred_trades, desk.facts(Filled)) == (1, []), "those before us were filled, not we"
    for expected in (15, 5):
        desk.told(told_trade(49, 15, Side.SELL))
        desk.live(1)
        (fill,) = desk.facts(Filled)
        assert isinstance(fill, Filled)
        assert (fill.price_pips, fill.shares_micro) == (4_900, expected * MICRO)
    assert desk.venue.audit() == ""


def test_the_exchange_matches_again_and_again_at_one_price() -> None:  # req 2.59
    exchange = given_exchange()
    exchange.split("bob", MARKET, 100 * MICRO)
    exchange.submit("alice", "a", asked("BUY YES", 5_000, 30), NOON_NS)
    for number in range(3):
        out = exchange.submit("bob", f"b{number}", asked("SELL YES", 5_000, 10), NOON_NS + number)
        assert trades(out) == [("bob", "alice", "COMPLEMENTARY", 10, 5_000, 5_000)]
    assert trades(exchange.submit("bob", "b3", asked("SELL YES", 5_000, 10), NOON_NS)) == []
    assert exchange.audit() is None


def test_a_market_whose_truth_never_moves_is_quoted_filled_and_paid(monkeypatch: pytest.MonkeyPatch) -> None:  # req 2.59
    monkeypatch.setattr("sim.latent.Latent.probability", lambda _latent, _at_ns: 0.5)
    monkeypatch.setattr("random.Random.gauss", lambda _dice, mean, _spread: mean)
    report = Demo(Settings(), seed=3, seconds=60).run()
    assert_adds_up(report)
    assert report["orders"]["placed"] > 0
    assert report["fills"]["count"] > 0


def trade(after_s: float, size: str) -> bytes:
    """An announced trade at the unchanged best bid."""
    told = {"asset_id": TAPE_YES, "price": "0.48", "size": size, "side": "SELL", "timestamp": ms(after_s), "event_type": "last_trade_price"}
    return frame(told)


def test_a_recording_whose_price_never_moves_fills_only_what_its_trades_fill(tmp_path: Path) -> None:  # req 2.59
    still = [payload for second in range(40) for payload in (*whole_books(ms(second)), changes(ms(second), 10 + second % 2))]
    _, quiet = replayed(given_tape(tmp_path, still, "quiet.st"))
    assert quiet["orders"]["placed"] > 0
    assert (quiet["fills"]["count"], quiet["inferred_trades"], quiet["conserved"]) == (0, 0, True)
    assert quiet["commands"] == 2 * quiet["orders"]["placed"], "quotes stand as long as nothing moves, and are taken away at the end"
    busy = [*still[:60], *[trade(20 + part / 10, "5000") for part in range(5)], *still[60:]]
    _, traded = replayed(given_tape(tmp_path, busy, "busy.st"))
    assert traded["fills"]["count"] > 0
    assert traded["conserved"] is True
