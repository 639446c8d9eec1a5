"""What holds for every event: nothing loses, order does not matter, more depth does no harm."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.bundles import EventSnapshot, Look
from oms.values.levels import Level
from oms.values.snapshot import Snapshot
from oms.values.units import MICRO
from strategies import binary_arbitrage, negrisk_arbitrage
from tests.strategies.grid_arbitrage import BINARY, NEGRISK
from tests.strategies.referee_arbitrage import replayed
from tests.strategies.words_arbitrage import given_event, given_outcome

PRICES = st.integers(1, 99).map(lambda cents: cents * 100)
DEPTHS = st.integers(1, 200)


@st.composite
def outcomes(draw: st.DrawFn) -> Snapshot:
    """One market with any books, of up to three levels a side."""

    def side(*, up: bool) -> list[tuple[int, int]]:
        prices = sorted(draw(st.sets(PRICES, max_size=3)), reverse=not up)
        return [(price, draw(DEPTHS)) for price in prices]

    return given_outcome(
        yes_asks=side(up=True),
        yes_bids=side(up=False),
        no_asks=side(up=True),
        no_bids=side(up=False),
        rate_bps=draw(st.sampled_from([0, 300, 700])),
        min_shares=draw(st.sampled_from([1, 5, 15])),
    )


@st.composite
def events(draw: st.DrawFn) -> EventSnapshot:
    """Two to four of them."""
    books = draw(st.lists(outcomes(), min_size=2, max_size=4))
    fee = draw(st.sampled_from([None, 0, 33, 250]))
    exhaustive = draw(st.booleans())
    return given_event([renumbered(view, number) for number, view in enumerate(books)], fee_bps=fee, exhaustive=exhaustive)


def renumbered(view: Snapshot, number: int) -> Snapshot:
    """The same market under another number."""
    plain = [[(price, size // MICRO) for price, size in side] for side in (view.yes.asks, view.yes.bids, view.no.asks, view.no.bids)]
    market = view.market
    return given_outcome(
        number,
        yes_asks=plain[0],
        yes_bids=plain[1],
        no_asks=plain[2],
        no_bids=plain[3],
        rate_bps=market.fee.rate_bps,
        min_shares=market.min_shares_micro // MICRO,
    )


def both(event: EventSnapshot) -> tuple[Look, Look]:
    return negrisk_arbitrage.evaluate(event, NEGRISK), binary_arbitrage.evaluate(event, BINARY)


def worst(look: Look) -> int:
    return look.bundle.worst_micro if look.bundle else 0


@given(events())
@settings(max_examples=300, deadline=None)
def test_no_bundle_loses_under_any_winner_and_its_proof_is_what_happens(event: EventSnapshot) -> None:  # req 4.9, 4.24
    for look in both(event):
        assert look.why
        if look.bundle is not None:
            found = replayed(look.bundle, event)
            assert min(found.values()) > 0
            assert {end.winner: end.result_micro for end in look.bundle.ends} == found
            assert look.edge_pips is not None
            assert look.edge_pips > 0


@given(events(), st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_outcomes_changes_nothing(event: EventSnapshot, seed: int) -> None:
    views = list(event.markets)
    Random(seed).shuffle(views)
    shuffled = given_event(views, fee_bps=event.group.conversion_fee_bps, exhaustive=event.group.exhaustive)
    for look, other in zip(both(event), both(shuffled), strict=True):
        assert (worst(look), look.shape, look.edge_pips, look.raw_pips) == (worst(other), other.shape, other.edge_pips, other.raw_pips)
        if look.bundle is not None and other.bundle is not None and look.shape is other.shape:
            assert look.bundle.sets_micro == other.bundle.sets_micro


@given(events(), st.integers(1, 500))
@settings(max_examples=150, deadline=None)
def test_more_behind_the_worst_level_of_every_book_never_leaves_less(event: EventSnapshot, more: int) -> None:
    """Nothing that could be done before becomes impossible or dearer."""

    def deeper(levels: tuple[Level, ...]) -> list[tuple[int, int]]:
        plain = [(price, size // MICRO) for price, size in levels]
        return [*plain[:-1], (plain[-1][0], plain[-1][1] + more)] if plain else []

    views = [
        given_outcome(
            number,
            yes_asks=deeper(view.yes.asks),
            yes_bids=deeper(view.yes.bids),
            no_asks=deeper(view.no.asks),
            no_bids=deeper(view.no.bids),
            rate_bps=view.market.fee.rate_bps,
            min_shares=view.market.min_shares_micro // MICRO,
        )
        for number, view in enumerate(event.markets)
    ]
    deep = given_event(views, fee_bps=event.group.conversion_fee_bps, exhaustive=event.group.exhaustive)
    for look, other in zip(both(event), both(deep), strict=True):
        assert worst(other) >= worst(look)


@given(events(), st.sampled_from([0, 1]))
@settings(max_examples=150, deadline=None)
def test_deeper_levels_of_a_whole_book_leave_no_less_where_no_leg_is_too_small(event: EventSnapshot, which: int) -> None:
    """Twice of everything: at most the rounding of the legs is lost. (A leg that becomes too small is joined at its own price, and may lose more.)"""

    def scaled(view: Snapshot, number: int, factor: int) -> Snapshot:
        sides = [
            [(price, size // MICRO * 100 * factor) for price, size in side] for side in (view.yes.asks, view.yes.bids, view.no.asks, view.no.bids)
        ]
        return given_outcome(
            number, yes_asks=sides[0], yes_bids=sides[1], no_asks=sides[2], no_bids=sides[3], rate_bps=view.market.fee.rate_bps, min_shares=1
        )

    small = given_event([scaled(view, k, 1) for k, view in enumerate(event.markets)], fee_bps=event.group.conversion_fee_bps)
    large = given_event([scaled(view, k, 2 if k == which else 1) for k, view in enumerate(event.markets)], fee_bps=event.group.conversion_fee_bps)
    for look, other in zip(both(small), both(large), strict=True):
        assert worst(other) >= worst(look) - 4 * 3 * 10_700
