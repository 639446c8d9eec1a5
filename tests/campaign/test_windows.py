"""The finder of windows on frames made by hand: what is torn is found as torn, what is real as real, and lives and survivals are right."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, load
from connectors.tape import CHANNEL_CONTINUITY_LOST, CHANNEL_EVENT_LISTED, CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, TapeWriter
from oms.values.market import EventGroup, Market
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_MS, Nanos
from tests.campaign.windows import findings, is_recording, look_at, summed, watched
from tests.campaign.windows_finder import Finder
from tests.campaign.windows_table import as_json, as_text, spread
from tests.campaign.windows_verdict import Verdict, Window
from tests.connectors.frames import book, entry, frame, price_change
from tests.replay.words_spoilt import FIRST_NS, ms
from tests.sim.words_events import given_group, given_question, names_of, no_of, yes_of

Q = "q0"
SAMPLE = next((FOLDER / "samples").glob("*.jsonl.gz"))
QUIET = replace(load(FOLDER / "replay.toml", {}), strategy={})
Moment = tuple[int, bytes]
"""(our time in milliseconds, frame)."""


def told(token: str, bid: int, ask: int, stamp: int, size: int = 50) -> bytes:
    """The whole book of a token: best prices in cents, one size, and the exchange's time in milliseconds."""
    rungs = {"bids": [{"price": f"{bid / 100:.2f}", "size": str(size)}], "asks": [{"price": f"{ask / 100:.2f}", "size": str(size)}]}
    return frame(book(token, market=token[:2], timestamp=ms(stamp / 1_000), hash="", **rungs))


def pair(bid: int, ask: int, stamp: int, at: int | None = None) -> list[Moment]:
    """Both tokens of q0 in agreement; `bid` and `ask` are those of YES."""
    when = stamp if at is None else at
    return [(when, told(yes_of(Q), bid, ask, stamp)), (when, told(no_of(Q), 100 - ask, 100 - bid, stamp))]


def given_tape(
    folder: Path,
    moments: Sequence[Moment],
    markets: Sequence[Market] = (given_question(Q),),
    group: EventGroup | None = None,
    *,
    ends_ns: Nanos = FIRST_NS + 3_600 * 1_000 * NS_PER_MS,
) -> Path:
    path = folder / "hand.tape"
    with TapeWriter(path) as tape:
        for market in markets:
            listed = replace(market, end_ns=ends_ns)
            tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(listed))
        if group is not None:
            tape.frame(FIRST_NS, CHANNEL_EVENT_LISTED, msgspec.json.encode(group))
        for at, payload in moments:
            channel = CHANNEL_POLYMARKET_MARKET if payload.startswith(b"{") else CHANNEL_CONTINUITY_LOST
            tape.frame(FIRST_NS + at * NS_PER_MS, channel, payload)
    return path


def looked(path: Path, rate_bps: int | None = None) -> Finder:
    run = Replay(QUIET, open_tapes(QUIET, [path]))
    finder = watched(run, rate_bps)
    run.run()
    finder.finish()
    return finder


def found(folder: Path, *moments: Moment) -> list[Window]:
    """Raw windows of one market."""
    return [window for window in looked(given_tape(folder, moments)).windows if not window.charged]


def test_an_agreeing_pair_has_no_window_however_it_moves(tmp_path: Path) -> None:
    moments = [*pair(49, 51, 0), *pair(49, 51, 100), *pair(50, 51, 200)]
    finder = looked(given_tape(tmp_path, moments))
    assert (finder.windows, finder.views) == ([], 5)  # the first message is of one book alone
    assert (finder.judged, finder.disagreed, finder.events) == (2, 0, 0)  # nothing came after the last exchange time


def test_one_half_that_comes_a_moment_before_the_other_is_a_torn_view(tmp_path: Path) -> None:
    """YES falls from 50 to 40 at the exchange in one step; for two milliseconds we hold the new YES and the old NO."""
    (window,) = found(tmp_path, *pair(49, 51, 0), (1_000, told(yes_of(Q), 39, 41, 990)), (1_002, told(no_of(Q), 59, 61, 990)), *pair(39, 41, 2_000))
    assert (window.verdict, window.verdict.is_torn, window.cut) == (Verdict.HALF_TOLD, True, False)
    assert (window.side, window.where, window.edge_pips, window.sets_micro) == (Side.BUY, Q, 800, 50 * MICRO)  # 41 and 51
    assert (window.life_ns, window.exchange_life_ns, window.opened_ns) == (2 * NS_PER_MS, 0, FIRST_NS + 1_000 * NS_PER_MS)
    assert (window.at_turn, window.believed, window.survived) == (True, True, (False, False, False))


def test_two_halves_in_one_turn_or_in_one_frame_are_seen_by_nobody(tmp_path: Path) -> None:
    at_once = found(tmp_path, *pair(49, 51, 0), *pair(59, 61, 990, at=1_000))
    told_best = {"size": "50", "hash": ""}
    changes = price_change(
        entry(yes_of(Q), "0.45", side="SELL", best_bid="0.40", best_ask="0.45", **told_best),
        entry(no_of(Q), "0.55", side="BUY", best_bid="0.55", best_ask="0.60", **told_best),
        market=Q,
        timestamp=ms(0.99),
    )
    (tmp_path / "hand.tape").unlink()
    in_a_frame = found(tmp_path, *pair(40, 55, 0), (1_000, frame(changes)))
    assert [(window.side, window.verdict, window.at_turn, window.life_ns) for window in at_once] == [(Side.SELL, Verdict.HALF_TOLD, False, 0)]
    assert in_a_frame == []  # YES asked at 45 beside NO asked at 60: no gap, as only the touch narrowed


def test_what_opens_and_ends_with_the_same_token_within_a_turn_is_torn_too(tmp_path: Path) -> None:
    (window,) = found(tmp_path, *pair(49, 51, 0), (1_000, told(yes_of(Q), 39, 41, 990)), (1_000, told(yes_of(Q), 49, 51, 995)))
    assert (window.verdict, window.at_turn, window.life_ns, window.exchange_life_ns) == (Verdict.WITHIN_TURN, False, 0, 5 * NS_PER_MS)


def test_a_gap_that_both_tokens_agree_on_is_real_and_no_book_of_it_is_believed(tmp_path: Path) -> None:
    """Both say: YES is bid at 55 and asked at 50. It stays for a quarter of a second, and is told once more meanwhile."""
    both = found(tmp_path, *pair(49, 51, 0), *pair(55, 50, 1_000), *pair(55, 50, 1_080), *pair(49, 51, 1_250))
    (sell, buy) = [window for window in both if window.verdict is Verdict.CONSISTENT]
    for window in (buy, sell):
        assert (window.verdict.is_torn, window.at_turn, window.believed, window.cut) == (False, True, False, False)
        assert (window.life_ns, window.exchange_life_ns) == (250 * NS_PER_MS, 250 * NS_PER_MS)
        assert (window.survived, window.retold) == ((True, True, False), (True, True, False))
        assert (window.edge_pips, window.sets_micro) == (500, 50 * MICRO)
    assert (buy.side, sell.side) == (Side.BUY, Side.SELL)


def test_a_gap_about_which_nothing_was_heard_is_alive_only_because_nobody_looked(tmp_path: Path) -> None:
    windows = found(tmp_path, *pair(49, 51, 0), *pair(55, 50, 1_000), *pair(49, 51, 2_000))
    assert {(window.survived, window.retold) for window in windows} == {((True, True, True), (False, False, False))}


def test_one_half_that_never_comes_is_torn_however_long_it_lasts(tmp_path: Path) -> None:
    (window,) = found(tmp_path, *pair(49, 51, 0), (1_000, told(yes_of(Q), 39, 41, 990)), (1_350, told(yes_of(Q), 49, 51, 1_340)))
    assert (window.verdict, window.believed, window.survived) == (Verdict.UNPAIRED, True, (True, True, True))
    assert (window.life_ns, window.exchange_life_ns) == (350 * NS_PER_MS, 350 * NS_PER_MS)


def test_two_tokens_that_disagree_when_their_exchange_time_is_over_show_nothing_real(tmp_path: Path) -> None:
    odd = [(1_000, told(yes_of(Q), 44, 46, 990)), (1_000, told(no_of(Q), 49, 51, 990))]
    finder = looked(given_tape(tmp_path, [*pair(49, 51, 0), *odd, *pair(44, 46, 1_150)]))
    (window,) = [window for window in finder.windows if not window.charged]
    assert (window.verdict, window.survived, finder.judged, finder.disagreed) == (Verdict.DISAGREED, (True, False, False), 2, 1)


@pytest.mark.parametrize(
    ("later", "survived"),
    [
        (told(yes_of(Q), 39, 41, 1_140, size=20), (True, False, False)),  # 50 were seen, and 20 are left
        (told(yes_of(Q), 39, 42, 1_140), (True, False, False)),  # dearer than the limit, and a gap still
        (told(yes_of(Q), 39, 40, 1_140), (True, True, True)),  # cheaper is as good
        (told(yes_of(Q), 39, 41, 1_140, size=90), (True, True, True)),
    ],
)
def test_it_survives_only_with_its_size_at_its_prices(tmp_path: Path, later: bytes, survived: tuple[bool, ...]) -> None:
    (window,) = found(tmp_path, *pair(49, 51, 0), (1_000, told(yes_of(Q), 39, 41, 990)), (1_150, later), (1_400, told(yes_of(Q), 49, 51, 1_390)))
    assert (window.survived, window.life_ns) == (survived, 400 * NS_PER_MS)


def test_an_order_that_arrives_in_the_instant_of_the_end_is_too_late(tmp_path: Path) -> None:
    (window,) = found(tmp_path, *pair(49, 51, 0), (1_000, told(yes_of(Q), 39, 41, 990)), (1_200, told(yes_of(Q), 49, 51, 1_190)))
    assert window.survived == (True, False, False)


@pytest.mark.parametrize("rate_bps", [700, None])
def test_fees_leave_nothing_of_a_small_gap_and_some_of_a_large_one(tmp_path: Path, rate_bps: int | None) -> None:
    """Asks of 48 and 50, then of 40 and 50; 0.07 takes 3.497 and 3.43 cents. Without a rate the market's own is taken."""
    small, large = (1_000, told(yes_of(Q), 47, 48, 990)), (3_000, told(yes_of(Q), 39, 40, 2_990))
    path = given_tape(tmp_path, [*pair(50, 51, 0), small, *pair(50, 51, 2_000), large, *pair(50, 51, 4_000)], [given_question(Q, fee_bps=700)])
    windows = looked(path, rate_bps).windows
    assert [[window.edge_pips for window in windows if window.charged is net] for net in (False, True)] == [[200, 1_000], [657]]


def test_what_does_not_end_by_a_price_is_cut_there(tmp_path: Path) -> None:
    opening = [*pair(49, 51, 0), (1_000, told(yes_of(Q), 39, 41, 990))]
    (lost,) = found(tmp_path, *opening, (1_050, b"the socket was closed"), *pair(39, 41, 1_200))
    (tmp_path / "hand.tape").unlink()
    (over,) = found(tmp_path, *opening, (1_150, told(yes_of(Q), 39, 41, 1_140)))
    assert [(window.cut, window.life_ns // NS_PER_MS, window.survived[0]) for window in (lost, over)] == [
        (True, 50, False),
        (True, 150, True),
    ]  # not until the silence is noticed


def test_nothing_is_seen_in_a_market_that_is_over_or_whose_books_are_history(tmp_path: Path) -> None:
    moments = [*pair(49, 51, 0), (1_000, told(yes_of(Q), 39, 41, 990))]
    path = given_tape(tmp_path, moments, ends_ns=FIRST_NS + NS_PER_MS)
    finder = looked(path)
    assert (finder.windows, finder.views) == ([], 1)
    path.unlink()
    assert looked(given_tape(tmp_path, [*pair(49, 51, 0), (500, b"lost"), (1_000, told(yes_of(Q), 39, 41, 990))])).windows == []


@pytest.mark.parametrize(("exhaustive", "sides"), [(True, [Side.BUY, Side.SELL]), (False, [Side.SELL])])
def test_all_outcomes_of_an_exclusive_event_are_one_set(tmp_path: Path, exhaustive: bool, sides: list[Side]) -> None:  # noqa: FBT001 (a table)
    markets = [given_question(name) for name in names_of(3)]
    cheap, dear, fair = ((name, bid, ask) for name, bid, ask in zip(("cheap", "dear", "fair"), (29, 35, 32), (31, 37, 35), strict=True))
    moments: list[Moment] = []
    for second, (_, bid, ask) in enumerate((fair, cheap, fair, dear, fair)):
        for market in markets:
            moments.append((second * 1_000, told(market.yes, bid, ask, second * 1_000)))
            moments.append((second * 1_000, told(market.no, 100 - ask, 100 - bid, second * 1_000)))
    finder = looked(given_tape(tmp_path, moments, markets, given_group(*names_of(3), exhaustive=exhaustive)))
    windows = [window for window in finder.windows if not window.charged and window.where == "event"]
    assert finder.events == 1
    assert [window.side for window in windows] == sides
    assert all(window.verdict is Verdict.OUTCOMES and window.believed and window.life_ns == 1_000 * NS_PER_MS for window in windows)
    assert [window.edge_pips for window in windows] == ([700, 500] if exhaustive else [500])


def test_an_event_of_which_an_outcome_is_missing_is_no_set(tmp_path: Path) -> None:
    path = given_tape(tmp_path, pair(49, 51, 0), group=given_group(*names_of(2)))
    assert looked(path).events == 0


def test_spreads_are_of_what_there_is() -> None:
    assert spread([]) is None
    assert spread([3.0]) == {"p50": 3.0, "p90": 3.0, "max": 3.0}
    assert spread(range(1, 11)) == {"p50": 5, "p90": 9, "max": 10}


def test_a_tape_becomes_figures_that_add_up_and_say_what_the_strategies_made_of_it(tmp_path: Path) -> None:
    torn = [(1_000, told(yes_of(Q), 39, 41, 990)), (1_002, told(no_of(Q), 59, 61, 990))]
    one = look_at(given_tape(tmp_path, [*pair(49, 51, 0), *torn, *pair(55, 50, 2_000), *pair(49, 51, 2_500)]))
    assert (one.kind, one.markets, one.events, one.free.sound, one.charged.sound) == ("steelyard", 1, 0, "", "")
    assert (one.free.seen, one.free.bundles["opened"]) == (2, 0)  # neither the torn view nor the crossed books were believed
    told_ = list(findings([one]))
    assert all(finding.ok for finding in told_)
    sums = summed([one])
    rows = [total.figures() for total in sums]
    assert [(row["kind"], row["fees"]) for row in rows] == [("steelyard", "none"), ("steelyard", "2026"), ("all", "none"), ("all", "2026")]
    assert all((row["windows"], row["torn"], row["believed"], row["verdicts"]["crossed"]) == (3, 1, 1, 2) for row in rows)
    assert rows[0]["alive"] == {"100": 2, "200": 2, "300": 2}
    assert rows[0]["alive_and_believed"] == {"100": 0, "200": 0, "300": 0}
    lines = [msgspec.json.decode(line) for line in as_json(sums).splitlines()]
    assert [line["windows"] for line in lines[:2]] == [2, 1]
    assert "steelyard" in as_text(sums)


def test_a_tape_that_shows_nothing_or_loses_money_is_a_failure(tmp_path: Path) -> None:
    one = look_at(given_tape(tmp_path, [*pair(49, 51, 0), *pair(49, 51, 1_000)]))
    assert all(finding.ok for finding in findings([one]))
    blind = replace(one, views=0)
    poorer = replace(one, free=replace(one.free, sound="100 micro are gone"))
    assert [next(findings([bad])).ok for bad in (blind, poorer)] == [False, False]


def test_what_can_be_replayed_is_told_from_what_cannot(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.jsonl"
    rubbish.write_bytes(b"{}\n")
    assert [is_recording(SAMPLE), is_recording(rubbish)] == [True, False]
