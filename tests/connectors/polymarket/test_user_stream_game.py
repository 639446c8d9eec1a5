"""The user stream against a venue that shares no code with it: after any trading, what it told adds up to the account at the exchange."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.polymarket.names import Names
from connectors.polymarket.presence import Presence
from connectors.polymarket.user_stream import PART, Login, UserStream
from oms.values.events import Acked, CancelDone, Event, Filled, SettlementMoved, SettlementStage
from oms.values.market import FeeCurve, Market
from oms.values.orders import Lifetime, OrderId, Side
from oms.values.units import MICRO
from sim.gateway.authentication import Keyring
from sim.gateway.records import Happening
from sim.gateway.user_channel import UserFeed
from tests.sim.gateway.words_streams import CASH, Venue

ALICE, BOB = ("0x" + digit * 40 for digit in "ab")
KEYS = {ALICE: "alice's", BOB: "bob's"}


class Room:
    """One market, two wallets; Alice's messages are heard by a UserStream, some twice."""

    def __init__(self, fee_bps: int, failed_ppm: int) -> None:
        self.venue = Venue(failed_ppm=failed_ppm, grant_micro=CASH * MICRO)
        keyring = Keyring(self.venue.host)
        for wallet in (ALICE, BOB):
            keyring.issue(wallet, 0)
        self.market: Market = self.venue.lists(fee=FeeCurve(rate_bps=fee_bps))
        for wallet in (ALICE, BOB):
            self.venue.splits(wallet, self.market, 500)
        self.feed = UserFeed(self.venue.host)
        self.venue.host.listeners.append(self)
        self.names = Names()
        tokens = {self.market.yes: self.market, self.market.no: self.market}
        self.stream = UserStream(lambda: Login("k", "s", "p"), self.names, tokens, ALICE, Presence(PART))
        self.stream.opened(self.venue.at_ns)
        self.sides: dict[OrderId, tuple[str, Side]] = {}
        self.waiting: list[bytes] = []
        self.facts: list[Event] = []

    def public(self, facts: Any, at_ns: int) -> None: ...  # noqa: ANN401

    def private(self, happening: Happening, at_ns: int) -> None:
        self.waiting += [frame.body for frame in self.feed.told(happening, at_ns) if frame.account == ALICE]

    def sends(self, wallet: str, what: str, price: int, size: float, lifetime: Lifetime) -> None:
        key, _ = self.venue.sends(wallet, self.market, what, price, size, lifetime=lifetime)
        order = self.venue.host.book.facts(wallet, key)
        if order is None:
            return  # refused at the door
        if wallet == ALICE:
            self.names.learn(f"our-{key}", order.order_id)
            self.sides[f"our-{key}"] = (order.spec.token, order.spec.side)

    def hears(self, *, twice: bool) -> None:
        """Everything that waits; the names are known by now, as they are in life before an order leaves."""
        bodies, self.waiting = self.waiting, []
        for body in bodies + bodies * twice:
            self.facts += self.stream.receive(body, self.venue.at_ns)

    def sums(self) -> dict[str, int]:
        """What the facts say Alice gained of each asset, trades that failed left out."""
        failed = {(fact.trade_id, fact.order_id) for fact in self.facts if isinstance(fact, SettlementMoved) and fact.stage is SettlementStage.FAILED}
        fills = {(fact.trade_id, fact.order_id): fact for fact in self.facts if isinstance(fact, Filled)}
        gained = {"cash": 0, self.market.yes: 0, self.market.no: 0}
        for key, fill in fills.items():
            if key not in failed:
                token, side = self.sides[fill.order_id]
                sign = 1 if side is Side.BUY else -1
                gained[token] += sign * fill.shares_micro
                gained["cash"] -= sign * fill.cash_micro + fill.fee_cash_micro
        return gained


_moves = st.tuples(
    st.sampled_from([ALICE, BOB]),
    st.sampled_from(["BUY YES", "SELL YES", "BUY NO", "SELL NO"]),
    st.integers(40, 60),
    st.integers(500, 4_000),
    st.sampled_from([Lifetime.GTC, Lifetime.GTC, Lifetime.FAK]),
    st.booleans(),
)


@settings(max_examples=40)
@given(moves=st.lists(_moves, min_size=4, max_size=25), fee_bps=st.sampled_from([0, 700]), failed_ppm=st.sampled_from([0, 300_000]))
def test_what_the_stream_told_adds_up_to_the_account_at_the_venue(moves: list[Any], fee_bps: int, failed_ppm: int) -> None:  # req 0.3, 0.5, 2.24
    room = Room(fee_bps, failed_ppm)
    before = room.venue.host.exchange.account(ALICE)
    for wallet, what, cents, hundredths, lifetime, twice in moves:
        room.sends(wallet, what, cents * 100, hundredths / 100, lifetime)
        room.hears(twice=twice)
        room.venue.passes(1_500)
        room.hears(twice=twice)
    room.venue.passes(20_000)
    room.hears(twice=True)
    after = room.venue.host.exchange.account(ALICE)
    gained = room.sums()
    assert gained[room.market.yes] == after.tokens[room.market.yes].total_micro - before.tokens[room.market.yes].total_micro
    assert gained[room.market.no] == after.tokens[room.market.no].total_micro - before.tokens[room.market.no].total_micro
    assert gained["cash"] == after.cash.total_micro - before.cash.total_micro
    assert (room.stream.refusals, room.stream.foreign, room.stream.not_read) == ({}, 0, {})


def test_each_order_of_ours_that_stood_was_told_and_its_end_too() -> None:
    room = Room(0, 0)
    for cents in (40, 41, 42):
        room.sends(ALICE, "BUY YES", cents * 100, 10, Lifetime.GTC)
    room.hears(twice=False)
    assert [fact.order_id for fact in room.facts if isinstance(fact, Acked)] == list(room.sides)
    room.venue.cancels(ALICE, "o2")
    room.hears(twice=False)
    (ended,) = [fact for fact in room.facts if isinstance(fact, CancelDone)]
    assert (ended.order_id, ended.filled_micro) == ("our-o2", 0)
    assert msgspec.json.decode(room.stream.bytes_to_send()[0])["type"] == "user"
