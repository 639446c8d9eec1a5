"""What a decision entry leaves out comes back when it is read: nothing that the strategy was shown is lost but what other entries say."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.decisions import StandAside
from oms.values.orders import Side
from oms.values.record import BookSeen, BundleBody, BundleMade, DecisionBody, Made, Verdict, body_of, bundle_body_of, seen
from oms.values.snapshot import BookView, Doubt, Health, Snapshot
from oms.values.units import MICRO
from tests.words import MARKET, NO, YES, given_book_view, given_holding, given_mirror_of, given_resting, given_snapshot

LEVELS = st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 10**18)), max_size=4, unique_by=lambda level: level[0])


def made_of(snapshot: Snapshot, *verdicts: Verdict) -> Made:
    return Made(strategy="maker", snapshot=snapshot, decision=StandAside(why="w"), verdicts=verdicts, first=0, last=1)


def through_json(body: DecisionBody) -> DecisionBody:
    return msgspec.json.decode(msgspec.json.encode(body), type=DecisionBody)


def levels_of(book: BookSeen | BookView) -> tuple[object, object]:
    return book.bids, book.asks


@st.composite
def books(draw: st.DrawFn) -> tuple[BookView, BookView]:
    """Any two books; in half of the cases NO mirrors YES."""
    made = [
        msgspec.structs.replace(
            given_book_view(
                token, health=draw(st.sampled_from(Health)), doubts=Doubt(draw(st.integers(0, 255))), tick_pips=draw(st.sampled_from([1, 10, 100]))
            ),
            bids=tuple(sorted(draw(LEVELS), reverse=True)),
            asks=tuple(sorted(draw(LEVELS))),
            changed_ns=draw(st.integers(0, 2**62)),
            epoch=draw(st.integers(0, 9)),
        )
        for token in (YES, NO)
    ]
    mirror = given_mirror_of(made[0])
    no = msgspec.structs.replace(made[1], bids=mirror.bids, asks=mirror.asks) if draw(st.booleans()) else made[1]
    return made[0], no


@given(books())
def test_both_books_come_back_as_they_were_shown(pair: tuple[BookView, BookView]) -> None:  # req 0.18
    yes, no = pair
    body = body_of(made_of(given_snapshot(yes=yes, no=no)), None)
    back = through_json(body)
    assert back == body
    for found, shown in ((back.yes, yes), (back.no_seen, no)):
        assert levels_of(found) == levels_of(shown)
        assert (found.health, found.doubts, found.epoch, found.changed_ns, found.tick_pips) == (
            shown.health,
            shown.doubts,
            shown.epoch,
            shown.changed_ns,
            shown.tick_pips,
        )
        assert type(found.doubts) is Doubt
        assert (found.best_bid_pips, found.best_ask_pips) == (shown.bids[0][0] if shown.bids else 0, shown.asks[0][0] if shown.asks else 10_000)
    is_mirror = levels_of(no) == levels_of(given_mirror_of(yes))
    assert back.no_mirrors is is_mirror
    assert levels_of(back.no) == (((), ()) if is_mirror else levels_of(no))


def test_a_mirrored_no_book_costs_no_levels() -> None:
    snapshot = given_snapshot()
    text = msgspec.json.encode(body_of(made_of(snapshot), None))
    assert text.count(b"4900") == 1  # not again as 5100 of NO
    assert b'"no_mirrors":true' in text


def test_holdings_orders_cash_and_frames_come_back() -> None:
    held, owed = given_holding(30, provisional=5, resting_sell=10), given_holding(0, resting_buy=7)
    resting = [given_resting("o1", Side.BUY, 4_000, 9), given_resting("o2", Side.SELL, 6_000, 8, token=NO)]
    snapshot = given_snapshot(yes_holding=held, no_holding=owed, resting=resting, cash=77)
    body = through_json(body_of(made_of(snapshot), (5, 8)))
    assert (body.market_id, body.strategy, body.frames) == (MARKET, "maker", (5, 8))
    assert (body.yes_holding, body.no_holding, body.cash_free_micro) == (held, owed, 77 * MICRO)
    assert body.resting == (("o1", 9 * MICRO), ("o2", 8 * MICRO))
    assert through_json(body_of(made_of(given_snapshot()), None)).frames is None


@given(st.lists(books(), min_size=1, max_size=3))
def test_all_books_behind_a_step_of_a_bundle_come_back_as_they_were_shown(pairs: list[tuple[BookView, BookView]]) -> None:  # ruling 0.1
    snapshots = tuple(
        given_snapshot(yes=yes, no=no, yes_holding=given_holding(30), resting=[given_resting("o1", Side.BUY, 4_000, 9)], cash=77) for yes, no in pairs
    )
    made = BundleMade(strategy="arbitrage", bundle_id="7-b1", snapshots=snapshots, first=0, last=1)
    body = bundle_body_of(made, (5, 8))
    back = msgspec.json.decode(msgspec.json.encode(body), type=BundleBody)
    assert back == body
    assert (back.strategy, back.bundle_id, back.cash_free_micro, back.frames) == ("arbitrage", "7-b1", 77 * MICRO, (5, 8))
    for (yes, no), market in zip(pairs, back.markets, strict=True):
        assert (levels_of(market.yes), levels_of(market.no_seen)) == (levels_of(yes), levels_of(no))
        assert (market.market_id, market.yes_holding, market.resting) == (MARKET, given_holding(30), (("o1", 9 * MICRO),))
    assert back.oldest_ns == made.oldest_ns == min(book.changed_ns for pair in pairs for book in pair)


VERDICTS = (
    Verdict(side=Side.BUY, price_pips=4_000, shares_micro=9, order_id="o1", reserve_micro=5),
    Verdict(side=Side.SELL, price_pips=6_000, shares_micro=9, order_id="o2", reserve_micro=9, is_yes=False),
    Verdict(side=Side.BUY, price_pips=1, shares_micro=10**18, refused="CASH"),
)


def test_verdicts_come_back_and_leave_out_what_is_usual() -> None:
    body = body_of(made_of(given_snapshot(), *VERDICTS), None)
    assert through_json(body).verdicts == VERDICTS
    assert msgspec.json.encode(VERDICTS[2]) == b'{"side":"BUY","price_pips":1,"shares_micro":1000000000000000000,"refused":"CASH"}'


@pytest.mark.parametrize("kept", [True, False])
def test_a_book_is_seen_with_or_without_its_levels(*, kept: bool) -> None:
    view = given_book_view(health=Health.SUSPECT, doubts=Doubt.MIRROR, age_ms=3)
    found = seen(view, with_levels=kept)
    assert levels_of(found) == (levels_of(view) if kept else ((), ()))
    assert (found.health, found.doubts, found.changed_ns) == (Health.SUSPECT, Doubt.MIRROR, view.changed_ns)


def test_an_empty_book_has_no_best_prices() -> None:
    assert (BookSeen().best_bid_pips, BookSeen().best_ask_pips) == (0, 10_000)
