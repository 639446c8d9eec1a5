from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from oms.machines.ledger import CASH, Answer, Ledger, Leg, Role
from oms.values.units import MICRO
from tests.campaign.properties import ledger_against_arithmetic
from tests.words import YES

SCRIPTS = {
    "a buy that fills in two parts and is cancelled": """
        deposit d1 1000         | applied         | cash   1000 free 1000 fees 0 | shares   0 free   0
        reserve o1 cash 600     | applied         | cash   1000 free  400 fees 0 | shares   0 free   0
        buy     t1 o1 400 240 0 | applied         | cash    760 free  400 fees 0 | shares 400 free 400
        buy     t1 o1 400 240 0 | already applied | cash    760 free  400 fees 0 | shares 400 free 400
        buy     t1 o1 400 241 0 | conflicts       | cash    760 free  400 fees 0 | shares 400 free 400
        shrink  o1 300          | -               | cash    760 free  460 fees 0 | shares 400 free 400
        buy     t2 o1 100 60 5  | applied         | cash    695 free  460 fees 5 | shares 500 free 500
        void    o1              | -               | cash    695 free  695 fees 5 | shares 500 free 500
        void    o1              | -               | cash    695 free  695 fees 5 | shares 500 free 500
    """,
    "a sale, its fee, and the settlement that failed": """
        deposit d1 100          | applied         | cash    100 free  100 fees 0 | shares   0 free   0
        reserve o1 cash 100     | applied         | cash    100 free    0 fees 0 | shares   0 free   0
        buy     t1 o1 200 100 0 | applied         | cash      0 free    0 fees 0 | shares 200 free 200
        reserve o2 yes 150      | applied         | cash      0 free    0 fees 0 | shares 200 free  50
        reserve o3 yes 51       | not enough      | cash      0 free    0 fees 0 | shares 200 free  50
        sell    t2 o2 150 90 10 | applied         | cash     80 free   80 fees 10 | shares  50 free  50
        undo    t2              | applied         | cash      0 free    0 fees 0 | shares 200 free 200
        undo    t2              | already applied | cash      0 free    0 fees 0 | shares 200 free 200
        sell    t2 o2 150 90 10 | already applied | cash      0 free    0 fees 0 | shares 200 free 200
    """,
    "a reservation twice, and one that is too large": """
        deposit d1 100          | applied         | cash    100 free  100 fees 0 | shares   0 free   0
        reserve o1 cash 101     | not enough      | cash    100 free  100 fees 0 | shares   0 free   0
        reserve o1 cash 100     | applied         | cash    100 free    0 fees 0 | shares   0 free   0
        reserve o1 cash 100     | already applied | cash    100 free    0 fees 0 | shares   0 free   0
        reserve o1 cash 99      | conflicts       | cash    100 free    0 fees 0 | shares   0 free   0
        reserve o1 yes 100      | conflicts       | cash    100 free    0 fees 0 | shares   0 free   0
        undo    t9              | conflicts       | cash    100 free    0 fees 0 | shares   0 free   0
    """,
    "a rebate comes in": """
        deposit d1 100          | applied         | cash    100 free  100 fees 0 | shares   0 free   0
        buy     t1 o1 10 5 -2   | applied         | cash     97 free   97 fees -2 | shares  10 free  10
    """,
}


def _trade_legs(word: str, shares: int, cash: int, fee: int) -> list[Leg]:
    out, back = (CASH, YES) if word == "buy" else (YES, CASH)
    given, got = (cash, shares) if word == "buy" else (shares, cash)
    legs: list[Leg] = [(out, Role.FREE, Role.WORLD, given), (back, Role.WORLD, Role.FREE, got)]
    if fee:
        legs.append((CASH, Role.FREE, Role.FEES, fee) if fee > 0 else (CASH, Role.FEES, Role.FREE, -fee))
    return legs


def _say(ledger: Ledger, line: str) -> Answer | None:
    """Do what one line of a script says."""
    word, *rest = line.split()
    match word, rest:
        case "deposit", [name, amount]:
            return ledger.post(name, [(CASH, Role.DEPOSITS, Role.FREE, int(amount))])
        case "reserve", [key, asset, amount]:
            return ledger.reserve(key, CASH if asset == "cash" else YES, int(amount))
        case (("buy" | "sell"), [name, key, shares, cash, fee]):
            return ledger.post(name, _trade_legs(word, int(shares), int(cash), int(fee)), draw=key)
        case "undo", [name]:
            return ledger.reverse(name)
        case "shrink", [key, amount]:
            ledger.shrink(key, int(amount))
        case "void", [key]:
            ledger.void(key)
        case _:
            raise AssertionError(line)
    return None


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_books_read_like_a_bank_statement(name: str) -> None:
    # req 0.3, 0.6, 0.7, 0.8
    ledger = Ledger()
    for line in SCRIPTS[name].strip().splitlines():
        say, answer, cash, shares = (part.strip() for part in line.split("|"))
        told = _say(ledger, say)
        assert answer == "-" if told is None else told.value.startswith(answer), line
        seen_cash = f"cash {ledger.total(CASH)} free {ledger.free(CASH)} fees {ledger.fees()}"
        assert seen_cash.split() == cash.split(), line
        assert f"shares {ledger.total(YES)} free {ledger.free(YES)}".split() == shares.split(), line
        assert ledger.pending(CASH) == ledger.total(CASH) - ledger.free(CASH), line
        assert ledger.audit() == "", line
    assert ledger.overdrawn == []


class LedgerAgainstArithmetic(RuleBasedStateMachine):
    """Whatever orders do, the cash we started with is free, pending, spent or gone in fees."""

    orders: Bundle[str] = Bundle("orders")
    trades: Bundle[tuple[str, int, int]] = Bundle("trades")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.start = 1_000 * MICRO
        self.ledger.post("start", [(CASH, Role.DEPOSITS, Role.FREE, self.start)])
        self.pending: dict[str, int] = {}
        self.spent = self.fees = self.shares = self.count = 0

    @rule(target=orders, amount=st.integers(1, 2_000 * MICRO))
    def reserve(self, amount: int) -> str:
        self.count += 1
        key = f"o{self.count}"
        fits = amount <= self.start - self.spent - self.fees - sum(self.pending.values())
        assert self.ledger.reserve(key, CASH, amount) is (Answer.APPLIED if fits else Answer.INSUFFICIENT)
        self.pending[key] = amount if fits else 0
        return key

    @rule(target=trades, order=orders, part=st.integers(1, 100), shares=st.integers(1, 10**9), fee=st.integers(0, 50))
    def fill(self, order: str, part: int, shares: int, fee: int) -> tuple[str, int, int]:
        self.count += 1
        cash = self.pending.get(order, 0) * part // 100
        if not cash:
            return ("nothing", 0, 0)
        fee = min(fee, self.pending[order] - cash)
        assert self.ledger.post(f"t{self.count}", _trade_legs("buy", shares, cash, fee), draw=order) is Answer.APPLIED
        self.pending[order] -= cash + fee
        self.spent, self.fees, self.shares = self.spent + cash, self.fees + fee, self.shares + shares
        return (f"t{self.count}", cash + fee, shares)

    @rule(trade=consumes(trades))
    def fail(self, trade: tuple[str, int, int]) -> None:
        name, paid, shares = trade
        fees = self.ledger.fees()
        answer = self.ledger.reverse(name)
        assert answer is (Answer.APPLIED if paid else Answer.CONFLICTS)
        fee = fees - self.ledger.fees()
        self.spent, self.fees, self.shares = self.spent - (paid - fee), self.fees - fee, self.shares - shares

    @rule(order=orders, left=st.integers(0, 10**9))
    def shrink(self, order: str, left: int) -> None:
        self.ledger.shrink(order, left)
        if order in self.pending:
            self.pending[order] = min(self.pending[order], left)

    @rule(order=consumes(orders))
    def cancel(self, order: str) -> None:
        self.ledger.void(order)
        self.pending.pop(order, None)

    @invariant()
    def nothing_appears_and_nothing_leaks(self) -> None:
        ledger = self.ledger
        assert ledger.free(CASH) + ledger.pending(CASH) + self.spent + self.fees == self.start
        assert ledger.pending(CASH) == sum(self.pending.values())
        assert (ledger.fees(), ledger.total(YES), ledger.deposits()) == (self.fees, self.shares, self.start)
        assert ledger.audit() == ""
        assert ledger.overdrawn == []


TestLedgerAgainstArithmetic = LedgerAgainstArithmetic.TestCase
TestLedgerAgainstArithmetic.settings = settings(max_examples=60, stateful_step_count=40)


def test_twenty_thousand_random_events_are_what_plain_sums_say() -> None:
    # req 0.3, 0.8
    assert ledger_against_arithmetic(20_000, seed=3) == 20_000


def given_books() -> Ledger:
    ledger = Ledger()
    ledger.post("d1", [(CASH, Role.DEPOSITS, Role.FREE, 100 * MICRO)])
    ledger.reserve("o1", CASH, 40 * MICRO)
    ledger.post("t1", _trade_legs("buy", 50 * MICRO, 20 * MICRO, 10), draw="o1")
    assert ledger.audit() == ""
    return ledger


def _account(ledger: Ledger, role: Role, asset: str = CASH) -> object:
    return ledger._accounts[ledger.place, asset, role]


PLANTED: dict[str, tuple[Callable[[Ledger], None], str]] = {
    "a micro-dollar appears": (lambda books: _add(books, Role.FREE, "credits", 1), "debits and credits differ by 1"),
    "a micro-share leaks": (lambda books: _add(books, Role.FREE, "debits", 1, YES), "debits and credits differ by -1"),
    "a fee is booked twice": (lambda books: _add(books, Role.FEES, "credits", 10), "debits and credits differ by 10"),
    "a reservation is forgotten": (lambda books: books._pending.clear(), "reservations add up to 0"),
    "a reservation is released twice": (lambda books: _add(books, Role.FREE, "pending_released", 5), "pending, but reservations add up to"),
}


def _add(books: Ledger, role: Role, counter: str, amount: int, asset: str = CASH) -> None:
    account = _account(books, role, asset)
    setattr(account, counter, getattr(account, counter) + amount)


@pytest.mark.parametrize("error", PLANTED)
def test_the_audit_finds_a_planted_error(error: str) -> None:
    # req 0.3: the proof can fail
    plant, words = PLANTED[error]
    books = given_books()
    plant(books)
    assert words in books.audit()


def test_a_late_fill_beyond_what_is_free_is_followed_and_alarmed() -> None:
    # req 0.18, 0.19
    books = given_books()
    books.void("o1")
    books.reserve("o2", CASH, 75 * MICRO)
    assert books.post("late", _trade_legs("buy", 20 * MICRO, 10 * MICRO, 0), draw="o1") is Answer.APPLIED
    assert books.free(CASH) == 5 * MICRO - 10 - 10 * MICRO
    assert books.overdrawn == ["late: cash"]
    assert "owned, but" in books.audit()


def test_the_alarms_kept_are_bounded() -> None:
    books = Ledger()
    for number in range(1_000):
        books.post(f"t{number}", [(CASH, Role.FREE, Role.WORLD, 1)])
    assert books.overdrawn == [f"t{number}: cash" for number in range(900, 1_000)]


def test_a_fill_beyond_its_reservation_takes_the_rest_from_what_is_free() -> None:
    # req 0.7
    books = given_books()
    books.post("t2", _trade_legs("buy", 50 * MICRO, 30 * MICRO, 0), draw="o1")
    assert (books.reserved("o1"), books.free(CASH), books.overdrawn) == (0, 50 * MICRO - 10, [])


def test_undoing_a_sale_raises_no_alarm_while_the_fee_is_on_its_way_back() -> None:
    books = Ledger()
    books.post("gift", [(YES, Role.WORLD, Role.FREE, 10)])
    books.post("t1", _trade_legs("sell", 10, 500, 30))
    assert books.reverse("t1") is Answer.APPLIED
    assert (books.total(CASH), books.total(YES), books.fees(), books.overdrawn) == (0, 10, 0, [])


@pytest.mark.parametrize("leg", [(CASH, Role.FREE, Role.WORLD, 0), (CASH, Role.FREE, Role.WORLD, -1), (CASH, Role.FREE, Role.FREE, 1)])
def test_a_transfer_with_an_impossible_leg_moves_none_of_its_legs(leg: Leg) -> None:
    books = given_books()
    with pytest.raises(AssertionError):
        books.post("t2", [(CASH, Role.FREE, Role.WORLD, 7), leg])
    assert (books.total(CASH), books.audit()) == (80 * MICRO - 10, "")


def test_a_forgotten_transfer_keeps_its_effect() -> None:
    books = given_books()
    books.reverse("t1")
    books.forget("t1")
    assert (books.total(CASH), books.transfer_count) == (100 * MICRO, 3)
    assert books.reverse("t1") is Answer.CONFLICTS
    assert list(books._applied) == ["d1"]
    assert books.audit() == ""


def test_a_forgotten_token_leaves_the_sums_as_they_are() -> None:  # req 2.57
    books = given_books()
    books.reverse("t1")
    before = (books.total(CASH), books.free(CASH), books.fees(), books.transfer_count)
    books.forget_asset(YES)
    books.forget_asset("never seen")
    assert {asset for _place, asset, _role in books._accounts} == {CASH}
    assert (books.total(CASH), books.free(CASH), books.fees(), books.transfer_count) == before
    assert (books.total(YES), books.audit()) == (0, "")


def test_a_token_of_which_something_is_left_cannot_be_forgotten() -> None:
    books = given_books()
    with pytest.raises(AssertionError, match="forgotten with"):
        books.forget_asset(YES)


def test_an_empty_ledger_owns_nothing_and_is_in_order() -> None:
    books = Ledger()
    assert (books.total(CASH), books.free(CASH), books.pending(CASH), books.fees(), books.deposits(), books.reserved("o1")) == (0, 0, 0, 0, 0, 0)
    books.void("o1")
    books.shrink("o1", 0)
    assert books.audit() == ""
