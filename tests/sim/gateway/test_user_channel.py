"""The private channel: who may hear what, and how orders and trades look from both sides."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from oms.values.events import SettlementStage
from oms.values.units import NS_PER_SECOND
from sim.gateway.authentication import ApiKey, Keyring
from sim.gateway.frames import NOT_AUTHENTICATED
from sim.gateway.records import Happening, Terms
from sim.gateway.user_channel import UserFeed, UserSubscriber, owner_of
from tests.sim.gateway.words_streams import FAK, Venue
from tests.words import NOON_NS

ALICE, BOB, CAROL = ("0x" + digit * 40 for digit in "abc")
KEYS = {"owner", "order_owner", "maker_address", "trade_owner"}


class Listening:
    """A venue with wallets, each with a key and a client on the user channel."""

    def __init__(self, *wallets: str, **settings: Any) -> None:  # noqa: ANN401
        self.venue = Venue(**settings)
        self.keyring = Keyring(self.venue.host)
        self.keys = {wallet: self.keyring.issue(wallet, 0) for wallet in wallets or (ALICE, BOB, CAROL)}
        self.market = self.venue.lists(terms=Terms(outcomes=("Up", "Down")))
        self.feed = UserFeed(self.venue.host)
        self.clients = {wallet: UserSubscriber(self.keyring, NOON_NS) for wallet in self.keys}
        self.heard: dict[str, list[dict[str, Any]]] = {wallet: [] for wallet in self.keys}
        self.venue.host.listeners.append(self)

    def opens(self, *wallets: str, **more: Any) -> None:  # noqa: ANN401
        for wallet in wallets or self.keys:
            assert self.says(wallet, type="user", auth=credentials(self.keys[wallet]), **more) == []

    def says(self, wallet: str, **message: Any) -> Any:  # noqa: ANN401
        return self.clients[wallet].receive(msgspec.json.encode(message).decode(), NOON_NS)

    def public(self, facts: Any, at_ns: int) -> None: ...  # noqa: ANN401

    def private(self, happening: Happening, at_ns: int) -> None:
        for frame in self.feed.told(happening, at_ns):
            for wallet, client in self.clients.items():
                if client.hears(frame):
                    self.heard[wallet].append(msgspec.json.decode(frame.body))

    def told(self, wallet: str) -> list[dict[str, Any]]:
        found, self.heard[wallet] = self.heard[wallet], []
        return found

    def kinds(self, wallet: str) -> list[str]:
        return [f"{message['type']} {message['status']}" for message in self.told(wallet)]


def credentials(key: ApiKey) -> dict[str, str]:
    return {"apiKey": key.api_key, "secret": key.secret, "passphrase": key.passphrase}


@pytest.fixture
def room() -> Iterator[Listening]:
    listening = Listening()
    listening.opens()
    yield listening
    assert listening.venue.host.exchange.audit() is None


def test_a_resting_order_is_a_placement_for_its_owner_alone(room: Listening) -> None:
    key, _ = room.venue.sends(ALICE, room.market, "BUY YES", 4_900, 10)
    (placed,) = room.told(ALICE)
    assert room.told(BOB) == []
    facts = room.venue.host.book.facts(ALICE, key)
    assert facts is not None
    assert {name: value for name, value in placed.items() if name not in KEYS} == {
        "event_type": "order", "type": "PLACEMENT", "id": facts.order_id, "market": room.market.market_id, "asset_id": room.market.yes, "side": "BUY",
        "original_size": "10", "size_matched": "0", "price": "0.49", "associate_trades": None, "outcome": "Up",
        "created_at": str(NOON_NS // NS_PER_SECOND), "expiration": "0", "order_type": "GTC", "status": "LIVE", "timestamp": str(NOON_NS // 1_000_000),
    }  # fmt: skip
    assert (placed["maker_address"], placed["owner"]) == (facts.maker_address, owner_of(facts))


def test_a_cancel_is_told_with_its_reason(room: Listening) -> None:
    asked, _ = room.venue.sends(ALICE, room.market, "BUY YES", 4_900, 10)
    room.venue.sends(ALICE, room.market, "BUY YES", 4_800, 10)
    room.venue.cancels(ALICE, asked)
    room.venue.host.close(room.market.market_id)
    assert room.kinds(ALICE) == ["PLACEMENT LIVE", "PLACEMENT LIVE", "CANCELLATION CANCELED", "CANCELLATION CANCELED_MARKET_RESOLVED"]


def test_both_sides_hear_a_match_and_every_step_of_its_settlement(room: Listening) -> None:
    room.venue.splits(ALICE, room.market, 50)
    room.venue.sends(ALICE, room.market, "SELL YES", 5_000, 20)
    room.venue.sends(BOB, room.market, "BUY YES", 5_000, 15)
    room.venue.passes(10_000)
    assert room.kinds(ALICE) == ["PLACEMENT LIVE", "TRADE MATCHED", "UPDATE LIVE", "TRADE MINED", "TRADE CONFIRMED"]
    assert room.kinds(BOB) == ["PLACEMENT LIVE", "TRADE MATCHED", "UPDATE MATCHED", "TRADE MINED", "TRADE CONFIRMED"]
    assert room.told(CAROL) == []


def test_a_failed_settlement_is_told_as_retrying_and_failed() -> None:
    room = Listening(failed_ppm=1_000_000)
    room.opens()
    room.venue.sends(ALICE, room.market, "BUY NO", 5_000, 20)
    room.venue.sends(BOB, room.market, "BUY YES", 5_000, 20)
    room.venue.passes(10_000)
    trades = [message for message in room.told(ALICE) if message["type"] == "TRADE"]
    assert [trade["status"] for trade in trades] == ["MATCHED", "RETRYING", "FAILED"]
    assert len({trade["id"] for trade in trades}) == 1


def matched(room: Listening, what: str, price: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bob takes 10 of what Alice has resting; (Alice's MATCHED, Bob's)."""
    room.venue.sends(BOB, room.market, what, price, 10)
    alice, bob = ([m for m in room.told(wallet) if m["type"] == "TRADE"] for wallet in (ALICE, BOB))
    return alice[0], bob[0]


def test_a_maker_finds_his_part_in_maker_orders_and_the_top_level_is_the_takers(room: Listening) -> None:
    room.venue.splits(ALICE, room.market, 50)
    key, _ = room.venue.sends(ALICE, room.market, "SELL YES", 5_000, 20)
    alice, bob = matched(room, "BUY YES", 5_200)
    assert (alice["trader_side"], bob["trader_side"]) == ("MAKER", "TAKER")
    assert {**alice, "trader_side": ""} == {**bob, "trader_side": ""}
    facts = room.venue.host.book.facts(ALICE, key)
    assert facts is not None
    assert (bob["side"], bob["size"], bob["price"], bob["outcome"], bob["asset_id"]) == ("BUY", "10", "0.5", "Up", room.market.yes)
    (part,) = alice["maker_orders"]
    assert part == {
        "order_id": facts.order_id, "owner": owner_of(facts), "maker_address": facts.maker_address, "matched_amount": "10", "price": "0.5",
        "fee_rate_bps": "0", "asset_id": room.market.yes, "outcome": "Up", "outcome_index": 0, "side": "SELL",
    }  # fmt: skip
    assert bob["maker_address"] != part["maker_address"]


@pytest.mark.parametrize(("rests", "takes", "side"), [("BUY NO", "BUY YES", "BUY"), ("SELL NO", "SELL YES", "SELL")])
def test_across_tokens_the_makers_part_names_his_own_token_side_and_price(room: Listening, rests: str, takes: str, side: str) -> None:
    for wallet in (ALICE, BOB):
        room.venue.splits(wallet, room.market, 50)
    room.venue.sends(ALICE, room.market, rests, 4_000, 20)
    alice, bob = matched(room, takes, 6_000)
    (part,) = alice["maker_orders"]
    assert (bob["asset_id"], bob["side"], bob["price"], bob["outcome"]) == (room.market.yes, side, "0.6", "Up")
    assert (part["asset_id"], part["side"], part["price"], part["outcome"], part["outcome_index"]) == (room.market.no, side, "0.4", "Down", 1)


def test_several_makers_at_one_price_are_one_trade_and_each_hears_all_parts(room: Listening) -> None:
    for wallet in (ALICE, CAROL):
        room.venue.sends(wallet, room.market, "BUY NO", 5_000, 10)
    room.venue.sends(BOB, room.market, "BUY YES", 5_000, 10, lifetime=FAK)
    for wallet in (ALICE, BOB, CAROL):
        (trade,) = [message for message in room.told(wallet) if message["type"] == "TRADE"]
        assert (trade["size"], [part["matched_amount"] for part in trade["maker_orders"]]) == ("20", ["10", "10"])


def test_who_trades_with_himself_hears_the_trade_once_as_taker(room: Listening) -> None:
    room.venue.sends(ALICE, room.market, "BUY NO", 5_000, 10)
    room.venue.sends(ALICE, room.market, "BUY YES", 5_000, 10)
    assert [message["trader_side"] for message in room.told(ALICE) if message["type"] == "TRADE"] == ["TAKER"]


def test_a_filter_leaves_other_markets_out_and_can_be_changed() -> None:
    room = Listening()
    other = room.venue.lists("another")
    room.opens(ALICE, markets=[room.market.market_id.upper().replace("0X", "0x")])

    def heard() -> list[str]:
        for market in (room.market, other):
            room.venue.sends(ALICE, market, "BUY YES", 4_900, 10)
        return [message["market"] for message in room.told(ALICE)]

    first, second = room.market.market_id, other.market_id
    assert heard() == [first]
    room.says(ALICE, operation="subscribe", markets=[second])
    assert heard() == [first, second]
    room.says(ALICE, operation="unsubscribe", markets=[first])
    assert heard() == [second]
    room.says(ALICE, operation="unsubscribe", markets=[second])
    assert heard() == [first, second]  # an empty filter means all, as the SDK relies on


@pytest.mark.parametrize("wrong", ["apiKey", "secret", "passphrase"])
def test_wrong_credentials_end_the_socket(wrong: str) -> None:
    room = Listening()
    auth = {**credentials(room.keys[ALICE]), wrong: "x"}
    assert room.says(ALICE, type="user", auth=auth) == NOT_AUTHENTICATED
    room.venue.sends(ALICE, room.market, "BUY YES", 4_900, 10)
    assert room.told(ALICE) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"type":"user"}', '{"operation":"subscribe","markets":["0x1"]}', '{"auth":1}', "\ud800"])
def test_who_has_not_said_who_he_is_is_sent_away(text: str) -> None:
    room = Listening()
    assert room.clients[ALICE].receive(text, NOON_NS) == NOT_AUTHENTICATED


@pytest.mark.parametrize("text", ["{", '{"type":"market"}', '{"operation":"dance"}', '{"markets":"0x1"}'])
def test_after_good_credentials_a_bad_message_is_only_refused(room: Listening, text: str) -> None:
    assert room.clients[ALICE].receive(text, NOON_NS) == [b"INVALID OPERATION"]
    room.venue.sends(ALICE, room.market, "BUY YES", 4_900, 10)
    assert room.kinds(ALICE) == ["PLACEMENT LIVE"]


def test_a_key_that_was_revoked_hears_nothing_more(room: Listening) -> None:
    room.keyring.revoke(room.keys[ALICE])
    room.venue.sends(ALICE, room.market, "BUY YES", 4_900, 10)
    assert room.told(ALICE) == []


def test_ping_is_answered_before_and_after_the_credentials(room: Listening) -> None:
    assert room.clients[ALICE].receive("PING", NOON_NS) == [b"PONG"]
    assert Listening().clients[ALICE].receive("PING", NOON_NS) == [b"PONG"]


@pytest.mark.data
def test_our_messages_have_the_keys_of_the_recorded_ones(data_dir: Path, room: Listening) -> None:
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    order, trade = (json.loads((folder / f"py-{name}.json").read_bytes()) for name in ("order_placement", "user_trade3"))
    room.venue.sends(ALICE, room.market, "BUY NO", 5_000, 10)
    room.venue.sends(BOB, room.market, "BUY YES", 5_000, 10)
    placed, ours = room.told(ALICE)[:2]
    assert placed.keys() == order.keys()
    assert ours.keys() == trade.keys()
    assert ours["maker_orders"][0].keys() == {*trade["maker_orders"][0], "outcome_index"}


def test_a_step_that_an_operator_makes_is_told_too(room: Listening) -> None:
    room.venue.sends(ALICE, room.market, "BUY NO", 5_000, 10)
    room.venue.sends(BOB, room.market, "BUY YES", 5_000, 10)
    (trade,) = room.venue.host.book.trades.values()
    room.venue.host.settle(trade, SettlementStage.CONFIRMED)
    assert room.kinds(BOB)[-1] == "TRADE CONFIRMED"
