"""The comparison of the two sets of books, and the proof that it can fail: each planted wrong is named in words."""

from collections import deque
from collections.abc import Callable

import pytest

from oms.apply import Applier
from oms.machines.ledger import CASH
from oms.machines.lifecycle import Happening
from oms.state import EngineSettings, State
from oms.values.events import (
    Acked,
    Converted,
    Deposited,
    Event,
    Filled,
    MarketListed,
    MarketResolved,
    SetsChanged,
    SettlementMoved,
    SettlementStage,
    Tick,
)
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import MICRO
from sim.conservation import FULL_EVERY, Conservation, Statement
from tests.oms.words_oms import given_fill
from tests.sim.words_sim import spec
from tests.words import MARKET, NO, NOON_NS, YES, given_market


class Shown:
    """A venue's books, written by hand."""

    def __init__(self) -> None:
        self.statements: deque[Statement] = deque()
        self.complaint = ""
        self.has: dict[str, int] = {}
        self.sets_aside: dict[str, int] = {}

    def audit(self) -> str:
        return self.complaint

    def held(self, asset: str) -> int:
        return self.has.get(asset, 0)

    def frozen(self, asset: str) -> int:
        return self.sets_aside.get(asset, 0)

    def moved(self, **now: int) -> None:
        """A movement of money: what we have right after it, by asset."""
        self.has |= {{"yes": YES, "no": NO}.get(name, name): amount for name, amount in now.items()}
        tokens = tuple((token, self.has[token]) for token in (YES, NO) if {YES: "yes", NO: "no"}[token] in now)
        self.statements.append(Statement(cash_micro=self.has[CASH], shares_micro=tuple(tokens)))


class Audit:
    """Our side, the venue's side, and the eyes on both."""

    def __init__(self) -> None:
        self.state = State(EngineSettings())
        self.applier = Applier(self.state)
        self.venue = Shown()
        self.eyes = Conservation(self.state, self.venue)
        self.venue.moved(cash=1_000 * MICRO)
        self.hear(Deposited(cash_micro=1_000 * MICRO, deposit_id="d"), MarketListed(market=given_market()))
        order = self.state.blotter.open("o1", spec(Side.BUY, 40, 100, post_only=True), "maker", "")
        self.state.ledger.reserve("o1", CASH, 40 * MICRO)
        order.sent_ns = NOON_NS
        self.state.blotter.happen(order, Happening.SEND, NOON_NS)
        self.venue.sets_aside[CASH] = 40 * MICRO
        self.hear(Acked(order_id="o1"))

    def hear(self, *events: Event) -> None:
        for event in events:
            self.applier.apply(event, NOON_NS)
            self.eyes.watch(event, NOON_NS)

    def fill(self, trade: str, shares: int = 10) -> Filled:
        return given_fill(trade, shares)


def given_filled() -> Audit:
    """Ten shares bought at 0.40, told and stated."""
    audit = Audit()
    audit.venue.moved(cash=996 * MICRO, yes=10 * MICRO)
    audit.venue.sets_aside[CASH] = 36 * MICRO
    audit.hear(audit.fill("t1"))
    return audit


def test_books_that_agree_are_conserved() -> None:  # ruling 0.8
    audit = given_filled()
    assert (audit.eyes.finish(), audit.eyes.statements_compared, audit.eyes.full_recounts) == ("", 2, 1)


def _wrong_size(audit: Audit) -> None:
    audit.venue.moved(cash=992 * MICRO, yes=20 * MICRO)
    audit.hear(audit.fill("t2", 9))


def _wrong_token_only(audit: Audit) -> None:
    audit.venue.moved(cash=992 * MICRO, yes=20 * MICRO + 1)
    audit.hear(audit.fill("t2"))


def _doubled(audit: Audit) -> None:
    audit.hear(audit.fill("t2"))


def _repeated(audit: Audit) -> None:
    audit.hear(audit.fill("t1"))


def _lost(audit: Audit) -> None:
    audit.venue.moved(cash=992 * MICRO, yes=20 * MICRO)


def _lost_without_a_statement(audit: Audit) -> None:
    audit.venue.moved(cash=992 * MICRO, yes=20 * MICRO)
    audit.venue.statements.clear()


def _leak_at_the_venue(audit: Audit) -> None:
    audit.venue.sets_aside[YES] = 1


def _leak_with_us(audit: Audit) -> None:
    audit.state.ledger.reserve("ghost", CASH, 5)


def _venue_complains(audit: Audit) -> None:
    audit.venue.complaint = "a planted complaint"


def _inventory_drifts(audit: Audit) -> None:
    audit.state.inventory.filled(YES, 3, 0, NOON_NS)


def _wrong_payout(audit: Audit) -> None:
    audit.venue.moved(cash=1_006 * MICRO - 1, yes=0, no=0)
    audit.hear(MarketResolved(market_id=MARKET, payout=Payout(yes_ppm=1_000_000, no_ppm=0)))


def _wrong_split(audit: Audit) -> None:
    audit.venue.moved(cash=991 * MICRO, yes=15 * MICRO, no=4 * MICRO)
    audit.hear(SetsChanged(market_id=MARKET, shares_micro=5 * MICRO, command_id="s"))


def _wrong_conversion(audit: Audit) -> None:
    audit.venue.moved(cash=991 * MICRO, yes=15 * MICRO, no=5 * MICRO)
    audit.hear(SetsChanged(market_id=MARKET, shares_micro=5 * MICRO, command_id="s"))
    audit.venue.moved(cash=991 * MICRO, no=0)
    four = Converted(
        event_id="e", market_ids=(MARKET,), shares_micro=4 * MICRO, cash_micro=0, yes_market_ids=(), yes_micro=4 * MICRO, command_id="c"
    )  # fmt: skip
    audit.hear(four)


def _failure_kept_by_the_venue(audit: Audit) -> None:
    audit.venue.moved(cash=996 * MICRO, yes=10 * MICRO)
    audit.hear(SettlementMoved(trade_id="t1", order_id="o1", stage=SettlementStage.FAILED))


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_wrong_size, "after Filled we hold 992400000 cash, the venue says 992000000"),
        (_wrong_token_only, "after Filled we hold 20000000 of yes-token, the venue says 20000001"),
        (_doubled, "Filled moved money that the venue did not move"),
        (_repeated, "Filled moved money that the venue did not move"),
        (_lost, "1 movements of money were never told to us"),
        (_lost_without_a_statement, "cash: in the end we hold 996000000, the venue says 992000000"),
        (_leak_at_the_venue, "yes-token: we have 0 reserved for orders, the venue 1"),
        (_leak_with_us, "cash: we have 36000005 reserved for orders, the venue 36000000"),
        (_venue_complains, "a planted complaint"),
        (_inventory_drifts, "inventory says 10000003, ledger 10000000"),
        (_wrong_payout, "after MarketResolved we hold 1006000000 cash, the venue says 1005999999"),
        (_wrong_split, "after SetsChanged we hold 5000000 of no-token, the venue says 4000000"),
        (_wrong_conversion, "after Converted we hold 1000000 of no-token, the venue says 0"),
        (_failure_kept_by_the_venue, "after SettlementMoved we hold 1000000000 cash, the venue says 996000000"),
    ],
)
def test_a_planted_wrong_is_caught_in_words(plant: Callable[[Audit], None], words: str) -> None:  # ruling 0.8, 2.13
    audit = given_filled()
    plant(audit)
    assert words in audit.eyes.finish()


def test_the_first_violation_stays() -> None:
    audit = given_filled()
    _doubled(audit)
    first = audit.eyes.violation
    _venue_complains(audit)
    _inventory_drifts(audit)
    assert audit.eyes.finish() == first != ""


def test_everything_is_recounted_every_so_many_facts() -> None:
    audit = given_filled()
    audit.hear(*([Tick()] * (2 * FULL_EVERY)))
    assert audit.eyes.full_recounts == 2
    audit.venue.complaint = "a planted complaint"
    audit.hear(*([Tick()] * FULL_EVERY))
    assert audit.eyes.violation == "a planted complaint"
