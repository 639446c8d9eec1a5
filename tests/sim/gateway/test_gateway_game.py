"""Users do anything through the wire; whatever they do, the books balance and what each is told of orders and trades adds up."""

from collections import Counter

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from oms.values.market import FeeCurve
from oms.values.orders import Lifetime
from oms.values.units import MICRO, NS_PER_MS, size_micro_from_text
from sim.gateway.records import Terms
from sim.gateway.wire import Later
from tests.sim.gateway.words_gateway import Site, User

USERS = st.sampled_from([0, 1, 2])
WHATS = st.sampled_from(["BUY YES", "SELL YES", "BUY NO", "SELL NO"])


class Game(RuleBasedStateMachine):
    """Three users, a market that holds crossing orders and one that does not."""

    def __init__(self) -> None:
        super().__init__()
        self.site = Site(failed_ppm=300_000)
        self.markets = [self.site.lists("a", fee=FeeCurve(rate_bps=700)), self.site.lists("b", Terms(hold_ns=500 * NS_PER_MS), generation="v2")]
        self.users = [User(self.site, digit) for digit in "123"]
        for user in self.users:
            user.holds_sets(self.markets[0], 100 * MICRO)

    @rule(
        who=USERS,
        which=st.sampled_from([0, 1]),
        what=WHATS,
        cents=st.integers(1, 99),
        shares=st.integers(500, 5_000),
        kind=st.sampled_from(Lifetime),
        post_only=st.booleans(),
    )
    def place(self, who: int, which: int, what: str, cents: int, shares: int, kind: Lifetime, *, post_only: bool) -> None:
        user = self.users[who]
        expiration_s = user.now_s + 200 if kind is Lifetime.GTD else 0
        body = user.body(self.markets[which], what, cents * 100, shares * 10_000, kind, post_only=post_only, expiration_s=expiration_s)
        reply = user.raw("POST", "/order", body)
        assert not isinstance(reply, Later)
        assert reply.status in {200, 400}

    @rule(who=USERS)
    def cancel(self, who: int) -> None:
        rows = self.users[who].reads("/data/orders")[1]["data"]
        if rows:
            told = self.users[who].asks("DELETE", "/order", msgspec.json.encode({"orderID": rows[0]["id"]}))[1]
            assert told == {"canceled": [rows[0]["id"]], "not_canceled": {}}

    @rule(seconds=st.sampled_from([0.25, 1, 5, 200]))
    def wait(self, seconds: float) -> None:
        self.site.passes(seconds)

    @invariant()
    def the_books_balance(self) -> None:
        assert self.site.host.exchange.audit() is None

    @invariant()
    def what_users_are_told_of_orders_is_what_the_exchange_has(self) -> None:
        for user in self.users:
            rows = user.reads("/data/orders")[1]["data"]
            standing = self.site.host.exchange.open_orders(user.account)
            assert [(row["id"], size_micro_from_text(row["size_matched"])) for row in rows] == [
                (record.order_key, record.filled_shares_micro) for record in standing
            ]

    @invariant()
    def trades_add_up_to_what_orders_say(self) -> None:
        filled: Counter[str] = Counter()
        for trade in self.site.host.book.trades.values():
            filled[trade.taker.order_id] += trade.shares_micro
            for order, leg in trade.makers:
                filled[order.order_id] += leg.shares_micro
        assert {name: order.matched_micro for name, order in self.site.host.book.orders.items() if order.matched_micro} == dict(filled)

    @invariant()
    def a_balance_is_never_more_than_the_exchange_has_for_the_wallet(self) -> None:
        for user in self.users:
            told = int(user.reads("/balance-allowance", asset_type="COLLATERAL")[1]["balance"])
            assert told <= self.site.host.exchange.cash_total(user.account)


TestGame = Game.TestCase
