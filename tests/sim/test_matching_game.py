"""The pool against a naive model: one list sorted anew each time, and exact fractions."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from oms.values.units import MICRO, PRICE_ONE_PIPS
from sim.matching import Pool
from sim.pool_orders import DUST_MICRO, Kind, Match, PoolOrder


class Naive:
    """The referee: one list, sorted anew each time; exact fractions decide what may trade."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []  # [number, is_yes, is_buy, own price, left], in order of arrival

    def opposite(self, *, is_bid: bool, yes_limit: int) -> list[list[int]]:
        side = [row for row in self.rows if (row[1] == row[2]) is not is_bid]
        side = [row for row in side if (yes_price(row) <= yes_limit if is_bid else yes_price(row) >= yes_limit)]
        return sorted(side, key=lambda row: yes_price(row) if is_bid else -yes_price(row))  # stable: arrival breaks ties

    def meet(self, row: list[int], *, cash: bool, rests: bool) -> list[tuple[int, int]]:
        fills = []
        for maker in self.opposite(is_bid=row[1] == row[2], yes_limit=yes_price(row)):
            own_price = maker[3] if maker[1] == row[1] else PRICE_ONE_PIPS - maker[3]
            unit = Fraction(own_price, PRICE_ONE_PIPS)
            affordable = int(row[4] / unit) if cash else row[4]
            shares = min(affordable, maker[4]) // unit.denominator * unit.denominator
            if shares:
                fills.append((maker[0], shares))
                maker[4] -= shares
                row[4] -= int(shares * unit) if cash else shares
            if maker[4] >= unit.denominator:  # nobody trades past a better order that still stands
                break
        self.rows = [kept for kept in self.rows if kept[4] >= Fraction(kept[3], PRICE_ONE_PIPS).denominator]
        would_cross = self.opposite(is_bid=row[1] == row[2], yes_limit=yes_price(row))
        if rests and not would_cross and row[4] >= Fraction(row[3], PRICE_ONE_PIPS).denominator:
            self.rows.append(row)
        return fills


def yes_price(row: list[int]) -> int:
    return row[3] if row[1] else PRICE_ONE_PIPS - row[3]


PRICES = st.sampled_from([3_000, 4_800, 4_900, 5_000, 5_100, 5_200, 7_000])
FINE_PRICES = st.sampled_from([4_990, 5_010, 5_013, 4_987])
SIZES = st.one_of(st.integers(1, 20).map(lambda whole: whole * MICRO), st.integers(1, 30_000_000))


class PoolAgainstTheNaiveModel(RuleBasedStateMachine):
    """Whatever comes, the pool trades with whom, at what price and how much the sorted list says, and holds what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.naive, self.count = Pool(100), Naive(), 0

    def both(self, is_yes: bool, is_buy: bool, price: int, size: int) -> tuple[PoolOrder, list[int]]:  # noqa: FBT001
        self.count += 1
        return PoolOrder(self.count, "x", is_yes, is_buy, price, size), [self.count, is_yes, is_buy, price, size]

    def agree(self, matches: list[Match], fills: list[tuple[int, int]]) -> None:
        assert [(m.maker.order_id, m.shares_micro) for m in matches] == fills
        for m in matches:
            is_same_token = m.maker.is_yes is m.taker.is_yes
            assert (m.kind is Kind.COMPLEMENTARY) is is_same_token
            assert m.maker_price_pips == (m.taker_price_pips if is_same_token else PRICE_ONE_PIPS - m.taker_price_pips)
            assert m.shares_micro * m.maker_price_pips % PRICE_ONE_PIPS == 0
            worse = m.taker_price_pips - m.taker.price_pips
            assert worse <= 0 if m.taker.is_buy else worse >= 0

    @rule(is_yes=st.booleans(), is_buy=st.booleans(), price=PRICES, size=SIZES)
    def limit(self, is_yes: bool, is_buy: bool, price: int, size: int) -> None:  # noqa: FBT001
        ours, theirs = self.both(is_yes, is_buy, price, size)
        crosses = self.pool.would_cross(ours)
        assert crosses is bool(self.naive.opposite(is_bid=is_yes == is_buy, yes_limit=yes_price(theirs)))
        self.agree(self.pool.submit(ours), self.naive.meet(theirs, cash=False, rests=True))
        assert ours.size_micro == theirs[4]

    @rule(is_yes=st.booleans(), is_buy=st.booleans(), price=FINE_PRICES, size=SIZES)
    def limit_on_a_finer_grid(self, is_yes: bool, is_buy: bool, price: int, size: int) -> None:  # noqa: FBT001
        self.pool.regrid(1)
        self.limit(is_yes, is_buy, price, size)

    @rule(is_yes=st.booleans(), is_buy=st.booleans(), price=PRICES, size=SIZES, all_or_nothing=st.booleans())
    def immediate(self, is_yes: bool, is_buy: bool, price: int, size: int, all_or_nothing: bool) -> None:  # noqa: FBT001
        ours, theirs = self.both(is_yes, is_buy, price, size)
        ours.is_in_cash = is_buy
        before = [row.copy() for row in self.naive.rows]
        fills = self.naive.meet(theirs, cash=is_buy, rests=False)
        if all_or_nothing and theirs[4] >= DUST_MICRO:
            self.naive.rows, fills, theirs[4] = before, [], size
        self.agree(self.pool.take(ours, all_or_nothing=all_or_nothing), fills)
        assert ours.size_micro == theirs[4]

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, self.count + 1))
        was_there = any(row[0] == number for row in self.naive.rows)
        assert (self.pool.cancel(number) is not None) is was_there
        self.naive.rows = [row for row in self.naive.rows if row[0] != number]

    @invariant()
    def they_hold_the_same_and_it_is_not_crossed(self) -> None:
        for is_bid in (True, False):
            levels: dict[int, int] = {}
            for row in self.naive.opposite(is_bid=not is_bid, yes_limit=0 if is_bid else PRICE_ONE_PIPS):
                levels[yes_price(row)] = levels.get(yes_price(row), 0) + row[4]
            assert self.pool.depth(is_bid=is_bid) == list(levels.items())
        assert self.pool.best_bid_pips < self.pool.best_ask_pips
        assert set(self.pool.orders) == {row[0] for row in self.naive.rows}


TestPoolAgainstTheNaiveModel = PoolAgainstTheNaiveModel.TestCase
TestPoolAgainstTheNaiveModel.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
