"""What holds for every recording and every order: random books, trades and orders against the judge of paper fills."""

from collections import Counter
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS
from sim.paper_book import LENSES, QUEUE, THROUGH, TOUCH, PaperFill, PaperOrder
from sim.paper_fills import PaperFills
from tests.sim.words_sim import CENT, spec, told_book, told_level, told_trade
from tests.words import NO, YES, given_market

Step = tuple[Any, ...]
CENTS = st.integers(48, 52)
SIZES = st.integers(0, 30)
SIDES = st.sampled_from(list(Side))
TOKENS = st.sampled_from([YES, NO])
LADDERS = st.dictionaries(CENTS, SIZES.filter(bool), max_size=3)
BOOKS = st.tuples(st.just("book"), TOKENS, LADDERS, LADDERS)
WORLD = [
    BOOKS,
    st.tuples(st.just("level"), TOKENS, SIDES, CENTS, SIZES),
    st.tuples(st.just("level"), TOKENS, SIDES, CENTS, SIZES),
    st.tuples(st.just("trade"), TOKENS, CENTS, SIZES.filter(bool), SIDES, st.booleans()),
    st.tuples(st.just("lost"), TOKENS),
]
OURS = [
    st.tuples(st.just("order"), TOKENS, SIDES, CENTS, st.integers(1, 30), st.sampled_from([Lifetime.GTC] * 4 + [Lifetime.FAK, Lifetime.FOK])),
    st.tuples(st.just("order"), TOKENS, SIDES, CENTS, st.integers(1, 30), st.just(Lifetime.GTC)),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
]
STORIES = st.lists(st.one_of(*WORLD, *OURS), min_size=4, max_size=40)


class Life:
    """One story lived, with everything that was filled by order and lens."""

    def __init__(self) -> None:
        self.paper = PaperFills()
        self.paper.list_market(given_market())
        self.filled: dict[str, Counter[int]] = {}
        self.specs: dict[str, OrderSpec] = {}
        self.told: list[PaperFill] = []
        self._live(("book", YES, {48: 10}, {52: 10}))
        self._live(("book", NO, {48: 10}, {52: 10}))

    def step(self, step: Step) -> list[PaperFill]:
        """One thing happens. Returns its fills; an order that is full under the queue lens leaves, as the venue has it."""
        fills = self._live(step)
        for fill in fills:
            self.filled[fill.order_id][fill.lens] += fill.shares_micro
        self.told += fills
        for order in self.paper.standing():
            if not order.remaining[QUEUE]:
                self.paper.remove(order)
        return fills

    def _live(self, step: Step) -> list[PaperFill]:
        paper, (verb, *rest) = self.paper, step
        if verb == "book":
            return paper.reset(told_book(rest[1], rest[2], rest[0]), [])
        if verb == "level":
            return paper.changed(told_level(rest[1], rest[2], rest[3], rest[0]))
        if verb == "trade":
            return paper.traded(told_trade(rest[1], rest[2], rest[3], rest[0], inferred=rest[4]))
        if verb == "lost":
            paper.blind(rest[0])
        elif verb == "cancel":
            for order in paper.standing()[rest[0] : rest[0] + 1]:
                paper.remove(order)
        else:
            return self._arrive(*rest)
        return []

    def _arrive(self, token: str, side: Side, cents: int, size: int, lifetime: Lifetime) -> list[PaperFill]:
        name = f"o{len(self.specs)}"
        wish = self.specs[name] = spec(side, cents, size, token=token, lifetime=lifetime)
        self.filled[name] = Counter()
        return self.paper.arrive(name, wish)[1]


@given(STORIES)
@settings(max_examples=250)
@example([("order", YES, Side.BUY, 50, 20, Lifetime.GTC), ("level", YES, Side.SELL, 50, 15), ("order", YES, Side.BUY, 50, 20, Lifetime.FAK)])
def test_for_every_order_touch_gives_no_less_than_queue_and_queue_no_less_than_through(story: list[Step]) -> None:  # req 2.60; ruling 2.3
    life = Life()
    for step in story:
        life.step(step)
        for name, filled in life.filled.items():
            # In cash no theorem: the shares of each level are rounded on their own.
            if not life.specs[name].is_in_cash:
                assert filled[TOUCH] >= filled[QUEUE] >= filled[THROUGH], (name, dict(filled))


@given(STORIES)
@settings(max_examples=250)
def test_nobody_gets_more_than_was_ordered_nor_a_worse_price(story: list[Step]) -> None:
    life = Life()
    spent: Counter[tuple[str, int]] = Counter()
    for step in story:
        for fill in life.step(step):
            wish = life.specs[fill.order_id]
            spent[fill.order_id, fill.lens] += fill.cash_micro if wish.is_in_cash else fill.shares_micro
            assert spent[fill.order_id, fill.lens] <= wish.size_micro
            assert (fill.price_pips <= wish.price_pips) if wish.side is Side.BUY else (fill.price_pips >= wish.price_pips)
            assert fill.shares_micro > 0
    for name, wish in life.specs.items():
        if wish.lifetime is Lifetime.FOK:
            assert all(spent[name, lens] in (0, wish.size_micro) for lens in range(len(LENSES)))


@given(STORIES)
@settings(max_examples=250)
def test_what_is_taken_never_exceeds_what_is_displayed_and_a_trade_never_fills_more_than_its_size(story: list[Step]) -> None:  # ruling 0.5
    life = Life()
    for step in story:
        before = _available(life.paper)
        fills = life.step(step)
        after = _available(life.paper)
        for lens in range(len(LENSES)):
            filled = sum(fill.shares_micro for fill in fills if fill.lens == lens)
            if step[0] == "trade":
                assert filled <= step[3] * MICRO
            elif step[0] == "order":
                gone = sum(max(0, size - after[key]) for key, size in before.items() if key[:3] == (lens, step[1], step[2].opposite))
                assert filled <= gone if lens != THROUGH else filled <= sum(size for key, size in before.items() if key[0] == lens)
            elif filled:
                token = step[1]
                shown = sum(size for levels in life.paper.books[token].sides.values() for size in levels.values())
                assert filled <= shown


def _available(paper: PaperFills) -> dict[tuple[int, str, Side, int], int]:
    return {
        (lens, token, side, cents): paper.available(lens, token, side, cents * CENT)
        for lens in range(len(LENSES))
        for token in (YES, NO)
        for side in Side
        for cents in range(48, 53)
    }


@given(STORIES)
@settings(max_examples=150)
def test_the_queue_ahead_never_grows_and_never_exceeds_what_is_displayed(story: list[Step]) -> None:  # ruling 2.2
    life = Life()
    for step in story:
        before = {order.order_id: order.ahead for order in life.paper.standing()}
        life.step(step)
        for order in life.paper.standing():
            shown = _displayed(life.paper, order)
            if order.order_id in before:
                assert order.ahead <= before[order.order_id]
            if not life.paper.books[order.spec.token].blind:
                assert order.ahead <= shown
            if step[0] in {"level", "book"} and order.order_id in before and not life.paper.books[order.spec.token].blind:
                assert order.ahead == min(before[order.order_id], shown), "a mere change of size only caps"


def _displayed(paper: PaperFills, order: PaperOrder) -> int:
    return paper.books[order.spec.token].sides[order.spec.side].get(order.spec.price_pips, 0)


@given(STORIES)
@settings(max_examples=100)
def test_a_blind_book_fills_nothing(story: list[Step]) -> None:  # ruling 2.8
    life = Life()
    for step in story:
        blind = [token for token, book in life.paper.books.items() if book.blind]
        fills = life.step(step)
        if step[0] != "book":
            assert not [fill for fill in fills if fill.token in blind]


@given(STORIES)
@settings(max_examples=100)
def test_the_same_story_fills_the_same_and_its_mirror_image_fills_the_mirror_image(story: list[Step]) -> None:  # req 2.57
    told, again, mirrored = Life(), Life(), Life()
    for step in story:
        told.step(step)
        again.step(step)
        mirrored.step(_with_tokens_swapped(step))
    assert told.told == again.told
    swapped = {YES: NO, NO: YES}
    assert [(f.lens, f.order_id, f.token, f.price_pips, f.shares_micro) for f in told.told] == [
        (f.lens, f.order_id, swapped[f.token], f.price_pips, f.shares_micro) for f in mirrored.told
    ]
    assert all(0 < fill.price_pips < PRICE_ONE_PIPS for fill in told.told)


def _with_tokens_swapped(step: Step) -> Step:
    return tuple({YES: NO, NO: YES}.get(word, word) if isinstance(word, str) else word for word in step)
