"""Properties that can be run for as long as one likes: bounded in the tests, long in `make campaign`.

Each takes how much and a seed, returns how much it did, and raises AssertionError naming the seed when the property does not hold.
"""

import itertools
import random
from collections.abc import Sequence

from oms.machines.blotter import Blotter, FillVerdict, Order
from oms.machines.ledger import CASH, Answer, Ledger, Leg, Role
from oms.machines.lifecycle import TERMINAL, Happening, State
from oms.values.events import Filled
from tests.oms.words_oms import given_fill, given_spec

Fact = Happening | Filled
Story = tuple[Fact, ...]
"""What a venue says about one order, in the order in which it happened."""

_H = Happening
_ORDER_SHARES = 100
_FILLS: tuple[tuple[Filled, ...], ...] = (
    (),
    (given_fill("t1", 40, fee_micro=7),),
    (given_fill("t1", 40, fee_micro=7), given_fill("t2", 25)),
    (given_fill("t1", _ORDER_SHARES),),
    (given_fill("t1", 40, fee_micro=7), given_fill("t2", _ORDER_SHARES - 40)),
)

OUR_ASKINGS: tuple[tuple[Happening, ...], ...] = (
    (_H.SEND,),
    (_H.SEND, _H.REPLY_LOST),
    (_H.SEND, _H.CANCEL_ASKED),
    (_H.SEND, _H.ACK, _H.CANCEL_ASKED),
)
"""How far we got before the venue's facts come in any order. Our own askings have an order of their own and are not permuted (ruling 0.6)."""


def all_stories() -> list[Story]:
    """Every consistent story: acknowledged or not, reply lost or not, filled in any degree, cancelled, expired, cancel refused; or rejected."""
    stories: list[Story] = []
    for ack, lost, fills, refused, done, expired in itertools.product((0, 1), (0, 1), _FILLS, (0, 1), (0, 1), (0, 1)):
        ends = [_H.CANCEL_REFUSED] * refused + [_H.CANCEL_DONE] * done + [_H.EXPIRE] * expired
        stories.append((*[_H.ACK] * ack, *[_H.REPLY_LOST] * lost, *fills, *ends))
    for ack, lost, refused in itertools.product((0, 1), (0, 1), (0, 1)):
        stories.append((*[_H.ACK] * ack, *[_H.REPLY_LOST] * lost, *[_H.CANCEL_REFUSED] * refused, _H.REJECT))
    return stories


Ending = tuple[State, int, int, int, int, int, tuple[int, ...]]


def tell(askings: Sequence[Happening], facts: Sequence[Fact]) -> Ending:
    """Tell a fresh blotter the facts in this order. Returns state, quantities and counters at the end."""
    blotter = Blotter()
    order = blotter.open("o1", given_spec(shares=_ORDER_SHARES), "maker", "a test wants it")
    for happening in askings:
        blotter.happen(order, happening, 1)
    for fact in facts:
        if isinstance(fact, Happening):
            blotter.happen(order, fact, 1)
        else:
            assert blotter.fill(order, fact, 1) in {FillVerdict.NEW, FillVerdict.ALREADY_APPLIED}
    assert_counted(blotter, [order])
    return _ending(blotter, order)


def _ending(blotter: Blotter, order: Order) -> Ending:
    ended = tuple(blotter.ended.values())
    return order.state, order.filled_micro, order.filled_cash_micro, order.fees_micro, blotter.fill_count, blotter.part_filled_ended, ended


def assert_counted(blotter: Blotter, orders: Sequence[Order]) -> None:
    """The running counters equal a recount of `orders`, which must be all there ever were."""
    for state, count in blotter.ended.items():
        assert count == sum(order.state is state for order in orders), state
    ended_early = [order for order in orders if order.state in TERMINAL and order.state is not State.FILLED]
    assert blotter.part_filled_ended == sum(bool(order.fills) for order in ended_early)
    undone = [order for order in orders if order.state is State.FILLED and order.failed_fills == len(order.fills)]
    assert blotter.undone == len(undone)
    standing = [order for order in orders if order.state not in TERMINAL]
    assert blotter.open_count == len(standing) == len(blotter.all_open())
    assert blotter.placed == len(orders)
    assert blotter.fill_count == sum(len(order.fills) for order in orders)
    for order in orders:
        done = order.filled_cash_micro if order.spec.is_in_cash else order.filled_micro
        assert order.remaining_micro == max(0, order.spec.size_micro - done)
        assert order.filled_micro == sum(fill.shares_micro for fill in order.fills.values())


def lifecycle_permutations(trials: int, seed: int) -> int:
    """Random stories in random order with random repetitions end as they end when told in order, once each. Returns the trials done."""
    dice = random.Random(seed)
    expected = {(askings, story): tell(askings, story) for askings in OUR_ASKINGS for story in all_stories()}
    cases = list(expected)
    for trial in range(trials):
        askings, story = case = dice.choice(cases)
        told = [*story, *dice.choices(story, k=dice.randrange(4))] if story else []
        dice.shuffle(told)
        assert tell(askings, told) == expected[case], f"seed={seed} trial={trial}: {askings} then {told}"
    return trials


_TOKENS = ("yes-token", "no-token")
_KEPT_MAX = 400
"""Orders and transfers remembered at once, so that a million events need no more memory than a thousand."""


class _Arithmetic:
    """What a child with a notebook would write down."""

    def __init__(self) -> None:
        self.owned = dict.fromkeys((CASH, *_TOKENS), 0)
        self.aside: dict[str, tuple[str, int]] = {}
        self.fees = 0
        self.deposits = 0

    def free(self, asset: str) -> int:
        """What is owned less what is set aside."""
        return self.owned[asset] - sum(left for kept, left in self.aside.values() if kept == asset)

    def move(self, legs: Sequence[Leg]) -> None:
        """Add and subtract."""
        for asset, source, target, amount in legs:
            self.owned[asset] += amount * ((target is Role.FREE) - (source is Role.FREE))
            self.fees += amount * ((target is Role.FEES) - (source is Role.FEES))
            self.deposits += amount * ((source is Role.DEPOSITS) - (target is Role.DEPOSITS))

    def draw(self, key: str, asset: str, amount: int) -> None:
        """Take as much as is left from what was set aside."""
        if key in self.aside and self.aside[key][0] == asset:
            left = self.aside[key][1]
            self.aside[key] = (asset, left - min(left, amount))


class LedgerWalk:
    """A ledger and plain arithmetic, driven by the same dice."""

    def __init__(self, seed: int) -> None:
        self.ledger = Ledger()
        self.sums = _Arithmetic()
        self._dice = random.Random(seed)
        self._count = 0
        self._orders: list[str] = []
        self._transfers: dict[str, tuple[Leg, ...]] = {}
        self._steps = (
            self._deposit,
            self._reserve,
            self._reserve,
            self._fill,
            self._fill,
            self._fill,
            self._again,
            self._undo,
            self._shrink,
            self._void,
        )

    def step(self) -> None:
        """One random event, and the comparison."""
        self._count += 1
        self._dice.choice(self._steps)()
        ledger, sums = self.ledger, self.sums
        for asset, owned in sums.owned.items():
            assert ledger.total(asset) == owned, asset
            assert ledger.free(asset) == sums.free(asset), asset
            assert ledger.pending(asset) == owned - sums.free(asset), asset
        assert ledger.fees() == sums.fees
        assert ledger.deposits() == sums.deposits

    def audit(self) -> None:
        """The ledger's own recount complains exactly when something is overdrawn."""
        overdrawn = any(self.sums.free(asset) < 0 for asset in self.sums.owned)
        assert bool(self.ledger.audit()) == overdrawn, self.ledger.audit()

    def _deposit(self) -> None:
        self._post([(CASH, Role.DEPOSITS, Role.FREE, self._dice.randint(1, 10**9))])

    def _reserve(self) -> None:
        asset = self._dice.choice((CASH, *_TOKENS))
        amount, key = self._dice.randint(1, 10**8), f"order {self._count}"
        if self.sums.free(asset) < amount:
            assert self.ledger.reserve(key, asset, amount) is Answer.INSUFFICIENT
            return
        assert self.ledger.reserve(key, asset, amount) is Answer.APPLIED
        assert self.ledger.reserve(key, asset, amount) is Answer.ALREADY_APPLIED
        assert self.ledger.reserve(key, asset, amount + 1) is Answer.CONFLICTS
        self.sums.aside[key] = (asset, amount)
        self._orders.append(key)
        if len(self._orders) > _KEPT_MAX // 10:
            self._forget_order(self._orders[0])

    def _fill(self) -> None:
        """A match: of an order that rests, or late, of one whose reservation is long gone."""
        key = self._dice.choice(self._orders) if self._orders and self._dice.random() < 0.9 else "a cancelled order"
        asset, left = self.sums.aside.get(key, (self._dice.choice((CASH, *_TOKENS)), 10**6))
        given = self._dice.randint(1, max(1, left))
        got, fee = self._dice.randint(1, 10**8), self._dice.choice((0, 0, 10, 990, -330))
        received = self._dice.choice(_TOKENS) if asset == CASH else CASH
        legs: list[Leg] = [(asset, Role.FREE, Role.WORLD, given), (received, Role.WORLD, Role.FREE, got)]
        if fee:
            legs.append((CASH, Role.FREE, Role.FEES, fee) if fee > 0 else (CASH, Role.FEES, Role.FREE, -fee))
        self._post(legs, draw=key)

    def _again(self) -> None:
        """A doubled message moves nothing; the same id with other numbers is named."""
        if self._transfers:
            transfer_id, legs = self._dice.choice(list(self._transfers.items()))
            asset, source, target, amount = legs[0]
            assert self.ledger.post(transfer_id, legs) is Answer.ALREADY_APPLIED
            assert self.ledger.post(transfer_id, [(asset, source, target, amount + 1), *legs[1:]]) is Answer.CONFLICTS

    def _undo(self) -> None:
        if self._transfers:
            transfer_id = self._dice.choice(list(self._transfers))
            legs = self._transfers.pop(transfer_id)
            assert self.ledger.reverse(transfer_id) is Answer.APPLIED
            assert self.ledger.reverse(transfer_id) is Answer.ALREADY_APPLIED
            self.sums.move([(asset, target, source, amount) for asset, source, target, amount in legs])
            self.ledger.forget(transfer_id)

    def _shrink(self) -> None:
        if self._orders:
            key = self._dice.choice(self._orders)
            asset, left = self.sums.aside[key]
            target = self._dice.randint(0, left + 5)
            self.ledger.shrink(key, target)
            self.sums.aside[key] = (asset, min(left, target))

    def _void(self) -> None:
        if self._orders:
            self._forget_order(self._dice.choice(self._orders))

    def _forget_order(self, key: str) -> None:
        self.ledger.void(key)
        self.ledger.void(key)
        assert self.ledger.reserved(key) == 0
        del self.sums.aside[key]
        self._orders.remove(key)

    def _post(self, legs: list[Leg], draw: str = "") -> None:
        transfer_id = f"transfer {self._count}"
        assert self.ledger.post(transfer_id, legs, draw=draw) is Answer.APPLIED
        for asset, source, _target, amount in legs:
            if source is Role.FREE:
                self.sums.draw(draw, asset, amount)
        self.sums.move(legs)
        self._transfers[transfer_id] = tuple(legs)
        if len(self._transfers) > _KEPT_MAX:
            oldest = next(iter(self._transfers))
            del self._transfers[oldest]
            self.ledger.forget(oldest)


def ledger_against_arithmetic(events: int, seed: int) -> int:
    """Random deposits, reservations, fills, repetitions, reversals and cancels: the ledger says what plain sums say. Returns the events done."""
    walk = LedgerWalk(seed)
    for number in range(events):
        try:
            walk.step()
            if number % 100 == 0:
                walk.audit()
        except AssertionError as error:
            raise AssertionError(f"seed={seed} event={number}: {error}") from error
    walk.audit()
    return events
