from typing import Any

import msgspec
import pytest

from oms.values.market import FeeCurve, Payout
from oms.values.units import MICRO
from sim.gateway.admin import Admin
from sim.gateway.conditions import Mode, Rates
from sim.gateway.frames import Closing
from sim.gateway.pathologies import Pathologies
from sim.gateway.rest import Rest
from sim.gateway.wire import Asked
from sim.listing import MarketState
from tests.sim.gateway.words_gateway import TOKEN, Site, User
from tests.words import NOON_NS

TEN = 10 * MICRO


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}, {"Authorization": "Bearer é"}])
def test_without_the_token_nothing_is_done(headers: dict[str, str]) -> None:
    site = Site()
    assert site.asks("POST", "/admin/markets", b'{"title":"x"}', headers)[0] == 401
    assert site.asks("GET", "/admin/state", headers=headers)[0] == 401
    assert not site.host.listed


def test_a_market_is_listed_as_it_is_described() -> None:
    site = Site()
    status, told = site.admin(
        "markets", title="Up?", generation="v2", tick="0.001", min_size="15", fee_bps=700, end_s=NOON_NS // 10**9 + 60, outcomes=["Up", "Down"],
        hold_ms=50, hold_keeps_reply=True, event_id="e", slug="up", tags=["crypto"],
    )  # fmt: skip
    assert status == 200
    listed = site.host.listed[told["market"]]
    assert (listed.market.yes, listed.market.no) == tuple(told["tokens"])
    assert (listed.market.tick_pips, listed.market.min_shares_micro, listed.market.fee) == (10, 15 * MICRO, FeeCurve(rate_bps=700))
    assert (listed.terms.hold_ns, listed.terms.outcomes, listed.terms.tags, listed.market.event_id) == (50_000_000, ("Up", "Down"), ("crypto",), "e")
    site.passes(60)
    assert site.host.state(told["market"]) is MarketState.CLOSED


@pytest.mark.parametrize(
    ("word", "body", "words"),
    [
        ("markets", {}, "title"), ("markets", {"title": "x", "colour": "red"}, "colour"), ("markets", {"title": "x", "tick": "0.3"}, "divides"),
        ("markets", {"title": "x", "generation": "v9"}, "generation"), ("close", {"market": "x"}, "no market"),
        ("resolve", {"market": "x"}, "yes_ppm"),
        ("resolve", {"market": "x", "yes_ppm": 7_000_000}, "payout"), ("tick", {"market": "x", "tick": "0.01"}, "no market"),
        ("faucet", {"address": "0x1", "cash": "1"}, "not an address"), ("faucet", {"address": "0x" + "1" * 40}, "nothing is given"),
        ("faucet", {"address": "0x" + "1" * 40, "sets": "1"}, "no market"), ("faucet", {"address": "0x" + "1" * 40, "cash": "-1"}, "size '-1'"),
        ("settle", {"trade": "x", "stage": "MINED"}, "no trade"), ("settle", {"trade": "x", "stage": "LOST"}, "LOST"),
        ("conditions", {"mode": "party"}, "party"), ("conditions", {"standing": {"0x1": "banned"}}, "not an address"),
        ("faults", {"next": {"rain": 1}}, "no fault named 'rain'"), ("faults", {"rates": {"rain": 1.0}}, "no fault named 'rain'"),
        ("streams", {"channel": "market"}, "no channel"), ("disconnect", {"channel": "market"}, "no channel"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_line(word: str, body: dict[str, Any], words: str) -> None:
    status, told = Site().admin(word, **body)
    assert status == 400
    assert words in told["error"]
    assert "\n" not in told["error"]


def test_markets_close_resolve_and_are_voided() -> None:
    site = Site()
    one, two, three = (site.lists(title) for title in "abc")
    assert site.admin("close", market=one.market_id) == (200, {"ok": True})
    assert site.host.state(one.market_id) is MarketState.CLOSED
    assert site.admin("resolve", market=two.market_id, yes_ppm=1_000_000)[0] == 200
    assert site.host.payouts[two.market_id] == Payout(yes_ppm=1_000_000, no_ppm=0)
    assert site.admin("void", market=three.market_id, refund=True)[0] == 200
    assert site.host.payouts[three.market_id] is None
    assert site.admin("resolve", market=two.market_id, yes_ppm=0)[0] == 400


def test_a_tick_changes() -> None:
    site = Site()
    market = site.lists()
    assert site.admin("tick", market=market.market_id, tick="0.001")[0] == 200
    assert site.host.market(market.market_id).tick_pips == 10


def test_the_faucet_gives_cash_and_sets() -> None:
    site = Site()
    market, user = site.lists(), User(site)
    assert site.admin("faucet", address=user.key.address, cash="12.5", market=market.market_id, sets="7")[0] == 200
    account = site.host.exchange.account(user.account)
    assert account.cash.available_micro == 10_012_500_000
    assert [account.tokens[token].available_micro for token in (market.yes, market.no)] == [7 * MICRO] * 2
    site.host.void(market.market_id)
    assert site.admin("faucet", address=user.key.address, market=market.market_id, sets="1")[0] == 400
    assert site.host.exchange.audit() is None


def test_the_venue_cancels_what_stands_of_one_or_of_all() -> None:
    site = Site()
    market = site.lists()
    users = [User(site, digit) for digit in "12"]
    for user in users:
        user.rests(market, "BUY YES", 100, TEN)
    assert site.admin("cancel-all", address=users[0].key.address) == (200, {"canceled": 1})
    assert site.admin("cancel-all") == (200, {"canceled": 1})


def test_settlement_is_slowed_spoiled_and_forced() -> None:
    site = Site()
    market, alice, bob = site.lists(), User(site, "1"), User(site, "2")
    assert site.admin("settlement", mined_ms=10_000, confirmed_ms=20_000, failed_ppm=0)[0] == 200
    alice.rests(market, "BUY YES", 4_000, TEN)
    trade_id = bob.sends(market, "BUY NO", 6_000, TEN)[1]["tradeIDs"][0]
    site.passes(9)
    assert site.host.book.trades[trade_id].stage.value == "MATCHED"
    assert site.admin("settle", trade=trade_id, stage="FAILED")[0] == 200
    assert site.host.book.trades[trade_id].stage.value == "FAILED"
    assert site.host.exchange.cash_total(alice.account) == 10_000 * MICRO
    site.passes(20)
    assert site.host.book.trades[trade_id].stage.value == "FAILED"


def test_conditions_are_set_one_by_one_and_lifted_again() -> None:
    site = Site()
    user, conditions = User(site), site.conditions
    site.admin(
        "conditions", mode="cancel_only", geoblocked=True, is_limited=True, standing={user.key.address: "banned"}, approved={user.key.address: False}
    )
    assert (conditions.mode, conditions.geoblocked, conditions.rates) == (Mode.CANCEL_ONLY, True, Rates())
    assert (conditions.closed_only, conditions.unapproved) == ({user.account: "banned"}, {user.account: True})
    site.admin("conditions", restart_s=5)
    assert conditions.restarting_until_ns == NOON_NS + 5 * 10**9
    assert conditions.mode is Mode.CANCEL_ONLY
    site.admin("conditions", mode="open", geoblocked=False, is_limited=False, standing={user.key.address: ""}, approved={user.key.address: True})
    assert (conditions.mode, conditions.geoblocked, conditions.rates, conditions.closed_only, conditions.unapproved) == (
        Mode.OPEN,
        False,
        None,
        {},
        {},
    )
    site.admin("conditions", post_only_s=9, rates={"orders_per_s": 1, "orders_burst": 1})
    assert conditions.post_only_until_ns == NOON_NS + 9 * 10**9
    assert conditions.rates == Rates(orders_per_s=1, orders_burst=1)


def test_mishaps_are_ordered_and_counted() -> None:
    site = Site()
    user = User(site)
    site.admin("faults", next={"query failed": 2})
    assert [user.asks("GET", "/data/orders")[0] for _ in range(3)] == [500, 500, 200]
    site.admin("faults", seed=7, rates={"query failed": 1.0})
    user.asks("GET", "/data/orders")
    assert site.admin("faults") == (200, {"struck": {"query failed": 1}})


def test_the_state_tells_what_there_is_and_that_the_books_balance() -> None:
    site = Site()
    market = site.lists()
    User(site).rests(market, "BUY YES", 100, TEN)
    status, told = site.asks("GET", "/admin/state", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (status, told["orders_standing"], told["trades"], told["audit"]) == (200, 1, 0, "balanced")
    assert told["markets"] == [{"market": market.market_id, "state": "OPEN"}]


class Channels:
    """The streams, as an admin sees them."""

    def __init__(self) -> None:
        self.done: list[object] = []

    def spoil(self, channel: str, pathologies: Pathologies) -> None:
        self.done.append((channel, pathologies))

    def close_all(self, channel: str, closing: Closing) -> int:
        self.done.append((channel, closing))
        return 3


def test_streams_are_spoilt_and_closed() -> None:
    site, channels = Site(), Channels()
    rest = Rest(site.host, site.conditions, Admin(site.host, site.conditions, TOKEN, channels).routes())

    def post(word: str, body: object) -> Any:  # noqa: ANN401 (JSON)
        headers = {"authorization": f"Bearer {TOKEN}"}
        reply = rest.answer(Asked(method="POST", path=f"/admin/{word}", headers=headers, body=msgspec.json.encode(body)))
        return msgspec.json.decode(getattr(reply, "body"))  # noqa: B009

    assert post("streams", {"channel": "user", "pathologies": {"drop_ppm": 5}}) == {"ok": True}
    assert post("disconnect", {"channel": "market"}) == {"closed": 3}
    assert channels.done == [("user", Pathologies(drop_ppm=5)), ("market", Closing(1013, "slow consumer: send buffer full"))]


@pytest.mark.parametrize(
    ("word", "body"),
    [
        ("conditions", {"restart_s": 1e300}),
        ("conditions", {"post_only_s": 1e308}),
        ("conditions", {"restart_s": -1.0}),
        ("conditions", {"is_limited": True, "rates": {"orders_per_s": 0}}),
        ("conditions", {"is_limited": True, "rates": {"cancels_burst": -1}}),
        ("faults", {"rates": {"place late": 1e300}}),
        ("faults", {"rates": {"query failed": -0.1}}),
    ],
)
def test_what_cannot_be_a_time_a_rate_or_a_share_is_refused_and_changes_nothing(word: str, body: dict[str, Any]) -> None:
    site = Site()
    status, told = site.admin(word, **body)
    assert status == 400
    assert told["error"].startswith("Expected")
    assert (site.conditions.restarting_until_ns, site.conditions.post_only_until_ns, site.conditions.rates) == (0, 0, None)
    assert site.conditions.faults.rates == {}


def test_a_token_that_is_not_utf8_is_only_a_wrong_one() -> None:
    assert Site().asks("GET", "/admin/state", headers={"Authorization": "Bearer \udc80"})[0] == 401
