"""A game of everything that can happen on the exchange, in any order, with a full audit after each step."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from oms.values.events import LevelsChanged, SettlementStage
from oms.values.market import FeeCurve, Payout
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS
from sim.exchange import Exchange
from sim.listing import MarketState
from sim.outcomes import Executed, Outcome, Paid
from tests.sim.exchange_words import spec
from tests.words import MARKET, NO, NOON_NS, YES, given_market

TRADERS = ("alice", "bob", "carol")
WHATS = ("BUY YES", "SELL YES", "BUY NO", "SELL NO")
PRICES = st.sampled_from([4_500, 4_900, 5_000, 5_100, 5_010, 5_500])
SIZES = st.one_of(st.integers(5, 20).map(lambda whole: whole * MICRO), st.integers(5 * MICRO, 20 * MICRO))


def given_game() -> Exchange:
    """Three traders with $60 and 30 complete sets each, fees, and settlement by hand."""
    exchange = Exchange()
    exchange.list_market(given_market(fee=FeeCurve(rate_bps=700)), NOON_NS)
    for name in TRADERS:
        exchange.deposit(name, 90 * MICRO)
        exchange.split(name, MARKET, 30 * MICRO)
    return exchange


class ExchangeKeepsItsBooks(RuleBasedStateMachine):
    """Whatever anybody does, nothing appears, nothing leaks, and nobody is below zero; each account's change is told in the outcomes."""

    def __init__(self) -> None:
        super().__init__()
        self.exchange = given_game()
        self.now, self.count = NOON_NS, 0
        self.books: dict[str, dict[tuple[Side, int], int]] = {YES: {}, NO: {}}
        self.mine = {name: self.exchange.account_totals(name) for name in TRADERS}

    def told(self, outcomes: list[Outcome]) -> None:
        """Follow the outcomes as a trader would; the exchange's totals must be what they say."""
        for one in outcomes:
            if isinstance(one, Executed):
                for leg in (one.trade.taker, one.trade.maker):
                    sign = 1 if leg.side is Side.BUY else -1
                    self.add(leg.account, -sign * leg.cash_micro - leg.fee_cash_micro, {leg.token: sign * leg.shares_micro})
            elif isinstance(one, Paid):
                cash, _ = self.mine[one.account]
                self.mine[one.account] = cash + one.cash_micro, {}

    def add(self, account: str, cash: int, tokens: dict[str, int]) -> None:
        had, held = self.mine[account]
        self.mine[account] = had + cash, {token: held.get(token, 0) + tokens.get(token, 0) for token in (YES, NO)}

    def send(self, who: str, wish: OrderSpec) -> None:
        self.count += 1
        self.told(self.exchange.submit(who, str(self.count), wish, self.now))

    @rule(who=st.sampled_from(TRADERS), what=st.sampled_from(WHATS), price=PRICES, size=SIZES, lasts=st.integers(0, 4))
    def limit(self, who: str, what: str, price: int, size: int, lasts: int) -> None:
        if lasts:
            self.send(who, spec(what, price, size / MICRO))
        else:
            self.send(who, spec(what, price, size / MICRO, Lifetime.GTD, expires_ns=self.now + 3))

    @rule(who=st.sampled_from(TRADERS), what=st.sampled_from(WHATS), price=PRICES, cents=st.integers(100, 1_500), all_of_it=st.booleans())
    def immediate(self, who: str, what: str, price: int, cents: int, all_of_it: bool) -> None:  # noqa: FBT001
        self.send(who, spec(what, price, cents / 100, Lifetime.FOK if all_of_it else Lifetime.FAK))

    @rule(who=st.sampled_from(TRADERS), what=st.sampled_from(WHATS), price=st.integers(-5, 10_005), size=st.integers(-5, 10**7))
    def nonsense(self, who: str, what: str, price: int, size: int) -> None:
        self.send(who, spec(what, price, size / MICRO))

    @rule(who=st.sampled_from(TRADERS), data=st.data())
    def cancel(self, who: str, data: st.DataObject) -> None:
        self.told(self.exchange.cancel(who, str(data.draw(st.integers(1, self.count + 1))), self.now))

    @rule(steps=st.integers(1, 4))
    def time_passes(self, steps: int) -> None:
        self.now += steps
        self.told(self.exchange.expire(self.now))

    @rule(who=st.sampled_from(TRADERS), shares=st.integers(1, 20 * MICRO), is_split=st.booleans())
    def sets(self, who: str, shares: int, is_split: bool) -> None:  # noqa: FBT001
        done = self.exchange.split(who, MARKET, shares) if is_split else self.exchange.merge(who, MARKET, shares)
        if done is None:
            sign = 1 if is_split else -1
            self.add(who, -sign * shares, {YES: sign * shares, NO: sign * shares})

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
                self.add(leg.account, sign * leg.cash_micro + leg.fee_cash_micro, {leg.token: -sign * leg.shares_micro})

    @rule()
    def a_finer_tick(self) -> None:
        if self.exchange.listings[MARKET].state is MarketState.OPEN:
            self.exchange.change_tick(MARKET, 10, self.now)

    @rule(how=st.sampled_from(["yes", "half", "third", "refund", "close"]))
    def the_end(self, how: str) -> None:
        if self.count < 12 or self.exchange.listings[MARKET].state is not MarketState.OPEN:
            return
        if how == "close":
            self.told(self.exchange.close(MARKET, self.now))
        elif how in ("half", "refund"):
            self.told(self.exchange.void(MARKET, self.now, refund=how == "refund"))
        else:
            yes_ppm = MICRO if how == "yes" else 333_333
            self.told(self.exchange.resolve(MARKET, Payout(yes_ppm=yes_ppm, no_ppm=MICRO - yes_ppm), self.now))

    @invariant()
    def nothing_appears_and_nothing_leaks(self) -> None:
        # req 0.3, 0.8, 0.19
        assert self.exchange.audit() is None
        assert self.exchange.clearing.balanced(MARKET)

    @invariant()
    def every_account_is_what_its_owner_was_told(self) -> None:
        for name in TRADERS:
            cash, tokens = self.exchange.account_totals(name)
            mine, held = self.mine[name]
            assert cash == mine
            assert {token: n for token, n in tokens.items() if n} == {token: n for token, n in held.items() if n}

    @invariant()
    def the_public_book_rebuilds_to_the_real_one(self) -> None:
        for event in self.exchange.drain_public():
            if isinstance(event, LevelsChanged):
                for side, price, size in event.levels:
                    self.books[event.token][side, price] = size
        for token, levels in self.books.items():
            book = self.exchange.book(token)
            real = {(Side.BUY, price): size for price, size in book.bids} | {(Side.SELL, price): size for price, size in book.asks}
            assert real == {key: size for key, size in levels.items() if size}
        mirrored = tuple((PRICE_ONE_PIPS - price, size) for price, size in self.exchange.book(YES).bids)
        assert self.exchange.book(NO).asks == mirrored


TestExchangeKeepsItsBooks = ExchangeKeepsItsBooks.TestCase
TestExchangeKeepsItsBooks.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
