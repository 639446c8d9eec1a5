"""A game of everything that can happen in an exclusive event, in any order, with a full audit after each step and all money paid out at the end."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oms.values.events import SettlementStage
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO
from sim.books import DUST, FEES
from sim.exchange import Exchange
from sim.outcomes import Executed, NotPossible, Outcome, Paid
from tests.sim.words_events import EVENT, NO_WINS, YES_WINS, given_event, given_group, given_question, no_of, wish, yes_of
from tests.words import NOON_NS

TRADERS = ("alice", "bob", "carol")
EVERYBODY = (*TRADERS, FEES, DUST)
CASH = 100
NAMES = st.sampled_from(TRADERS)
CENTS = st.sampled_from([20, 45, 50, 55, 80])


class EventKeepsItsBooks(RuleBasedStateMachine):
    """Whatever anybody does, every possible winner can be paid exactly, and in the end everything is."""

    def __init__(self) -> None:
        super().__init__()
        self.exchange = Exchange()
        self.asked: list[str] = []
        self.named = 0
        self.count = 0
        self.mine: dict[str, Counter[str]] = {}

    @initialize(count=st.integers(2, 5), fee_bps=st.sampled_from([0, 33, 250]), exhaustive=st.booleans(), instant=st.booleans())
    def begin(self, count: int, fee_bps: int, exhaustive: bool, instant: bool) -> None:  # noqa: FBT001
        self.exhaustive, self.fee_bps = exhaustive, fee_bps
        self.exchange = given_event(
            count, *TRADERS, cash=CASH, fee_bps=700, conversion_fee_bps=fee_bps, exhaustive=exhaustive, instant=instant
        )  # fmt: skip
        self.asked = [f"q{number}" for number in range(count)]
        self.named = count
        self.mine = {name: Counter({"cash": CASH * MICRO}) for name in TRADERS}
        for name in TRADERS:
            for market_id in self.asked:
                self.split(name, market_id, 12 * MICRO)

    @property
    def open(self) -> tuple[str, ...]:
        return self.exchange.events.open_markets(EVENT)

    def told(self, outcomes: list[Outcome]) -> None:
        """Follow the outcomes as a trader would."""
        for one in outcomes:
            if isinstance(one, Executed):
                for leg in (one.trade.taker, one.trade.maker):
                    sign = 1 if leg.side is Side.BUY else -1
                    self.mine[leg.account].update({"cash": -sign * leg.cash_micro - leg.fee_cash_micro, leg.token: sign * leg.shares_micro})
            elif isinstance(one, Paid) and one.account in self.mine:
                self.mine[one.account]["cash"] += one.cash_micro
                for token in (yes_of(one.market_id), no_of(one.market_id)):
                    self.mine[one.account].pop(token, None)

    def split(self, who: str, market_id: str, shares: int) -> None:
        if self.exchange.split(who, market_id, shares) is None:
            self.mine[who].update({"cash": -shares, yes_of(market_id): shares, no_of(market_id): shares})

    @rule(who=NAMES, data=st.data(), shares=st.integers(1, 10 * MICRO), is_split=st.booleans())
    def sets(self, who: str, data: st.DataObject, shares: int, is_split: bool) -> None:  # noqa: FBT001
        market_id = data.draw(st.sampled_from(self.asked))
        if is_split:
            self.split(who, market_id, shares)
        elif self.exchange.merge(who, market_id, shares) is None:
            self.mine[who].update({"cash": shares, yes_of(market_id): -shares, no_of(market_id): -shares})

    @rule(who=NAMES, data=st.data(), cents=CENTS, size=st.integers(5, 15), side=st.sampled_from(["BUY", "SELL"]), is_yes=st.booleans())
    def order(self, who: str, data: st.DataObject, cents: int, size: int, side: str, is_yes: bool) -> None:  # noqa: FBT001
        token = (yes_of if is_yes else no_of)(data.draw(st.sampled_from(self.asked)))
        lifetime = data.draw(st.sampled_from([Lifetime.GTC, Lifetime.GTC, Lifetime.FAK]))
        self.count += 1
        self.told(self.exchange.submit(who, str(self.count), wish(f"{side} {token}", cents, size, lifetime), NOON_NS))

    @rule(who=NAMES, data=st.data(), shares=st.one_of(st.integers(1, 12 * MICRO), st.just(5 * MICRO)))
    def convert(self, who: str, data: st.DataObject, shares: int) -> None:
        given = data.draw(st.lists(st.sampled_from(self.asked), max_size=5, unique=True))
        others = [market_id for market_id in self.open if market_id not in given]
        if self.exchange.convert(who, EVENT, given, shares) is None:
            kept = shares - shares * self.fee_bps // 10_000
            self.mine[who].update({"cash": (len(given) - 1) * kept})
            self.mine[who].update({no_of(market_id): -shares for market_id in given})
            self.mine[who].update({yes_of(market_id): kept for market_id in others})

    @rule(data=st.data(), stage=st.sampled_from([*SettlementStage]))
    def settle(self, data: st.DataObject, stage: SettlementStage) -> None:
        waiting = list(self.exchange.clearing.open_trades)
        if not waiting:
            return
        trade = self.exchange.clearing.open_trades[data.draw(st.sampled_from(waiting))].trade
        self.exchange.settle_step(trade.trade_id, stage)
        if stage is SettlementStage.FAILED:
            for leg in (trade.taker, trade.maker):
                sign = 1 if leg.side is Side.BUY else -1
                self.mine[leg.account].update({"cash": sign * leg.cash_micro + leg.fee_cash_micro, leg.token: -sign * leg.shares_micro})

    @rule()
    def a_question_joins(self) -> None:
        if self.named >= 7:
            return
        market_id = f"q{self.named}"
        self.named += 1
        self.exchange.list_market(given_question(market_id, fee_bps=700), NOON_NS)
        group = given_group(*self.open, market_id, exhaustive=self.exhaustive, conversion_fee_bps=self.fee_bps)
        try:
            self.exchange.list_event(group, NOON_NS)
        except NotPossible:
            self.told(self.exchange.resolve(market_id, NO_WINS, NOON_NS))
        else:
            self.asked.append(market_id)

    @rule(data=st.data(), wins=st.integers(0, 5))
    def a_market_ends(self, data: st.DataObject, wins: int) -> None:
        if self.count < 4:
            return
        market_id = data.draw(st.sampled_from(self.asked))
        try:
            self.told(self.exchange.resolve(market_id, YES_WINS if wins == 0 else NO_WINS, NOON_NS))
        except NotPossible:
            return

    @invariant()
    def every_winner_can_be_paid(self) -> None:
        # req 0.3, 0.8, 0.19
        assert self.exchange.audit() is None
        assert all(self.exchange.clearing.balanced(market_id) for market_id in self.exchange.clearing.sets)

    @invariant()
    def every_account_is_what_its_owner_was_told(self) -> None:
        for name, mine in self.mine.items():
            cash, tokens = self.exchange.account_totals(name)
            assert {"cash": cash, **{token: held for token, held in tokens.items() if held}} == {
                key: n for key, n in mine.items() if n or key == "cash"
            }

    def teardown(self) -> None:
        """Somebody wins, or nobody where that may be; then everybody takes his money home."""
        if self.open:
            winner = self.exchange.events._events[EVENT].winner or self.open[self.count % len(self.open)]
            nobody = not self.exhaustive and self.count % 3 == 0 and winner in self.open
            self.told(self.exchange.resolve_event(EVENT, "" if nobody else winner, NOON_NS))
        clearing = self.exchange.clearing
        assert (clearing.locked_micro, clearing.pots, [n for n in clearing.shares_held_micro.values() if n]) == (0, {}, [])
        assert self.exchange.audit() is None
        if self.mine:
            assert sum(self.exchange.cash_total(name) for name in EVERYBODY) == CASH * MICRO * len(TRADERS)
        for name in self.mine:
            everything = self.exchange.cash_total(name)
            assert everything == self.mine[name]["cash"]
            assert not everything or self.exchange.withdraw(name, everything)
        assert self.exchange.audit() is None


TestEventKeepsItsBooks = EventKeepsItsBooks.TestCase
TestEventKeepsItsBooks.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
