"""One client's wishes on the public channel: what is asked, what is answered, what is heard."""

import msgspec
import pytest

from oms.values.market import Payout
from oms.values.units import NS_PER_SECOND
from sim.gateway.frames import RESOLVED
from sim.gateway.market_channel import ASSETS_KEPT_MAX, ASSETS_MAX
from tests.sim.gateway.words_streams import Feed, Subscriber, Venue
from tests.words import NOON_NS

YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)


def given(count: int = 1) -> tuple[Venue, Feed, Subscriber]:
    venue = Venue("alice", "bob")
    for number in range(count):
        venue.lists(f"market {number}")
    feed = Feed(venue)
    return venue, feed, Subscriber(feed)


def tokens(venue: Venue) -> list[str]:
    return list(venue.host.by_token)


def test_the_first_message_is_answered_with_one_array_of_books() -> None:
    venue, _, client = given(2)
    (answer,) = client.subscribes(*tokens(venue))
    assert [book["asset_id"] for book in msgspec.json.decode(answer)] == tokens(venue)


def test_unknown_assets_are_passed_over_without_a_word_but_heard_when_they_are_listed() -> None:
    venue, _, client = given()
    elsewhere = Venue().lists("later")
    assert client.subscribes(elsewhere.yes, custom=False) == [b"[]"]
    venue.lists("later")
    venue.sends("alice", elsewhere, "BUY YES", 4_900, 10)
    assert client.kinds() == ["price_change"]


def test_settled_assets_are_passed_over() -> None:
    venue, _, client = given()
    venue.host.resolve(next(iter(venue.host.listed)), YES_WINS)
    assert client.subscribes(*tokens(venue)) == [b"[]"]
    assert client.wishes.tokens == {}


def test_five_hundred_assets_get_their_books_and_one_more_gets_none() -> None:
    venue, _, client = given()
    others = [str(number) for number in range(ASSETS_MAX - 1)]
    (answer,) = client.subscribes(tokens(venue)[0], *others)
    assert len(msgspec.json.decode(answer)) == 1
    assert client.says(operation="subscribe", assets_ids=[tokens(venue)[1]]) == []
    late = Subscriber(given()[1])
    assert late.subscribes(tokens(venue)[0], *others, "another") == [b"[]"]


def test_more_than_the_bound_is_not_kept() -> None:
    _, _, client = given()
    client.subscribes(*[str(number) for number in range(ASSETS_KEPT_MAX + 5)])
    assert len(client.wishes.tokens) == ASSETS_KEPT_MAX


def test_a_later_subscription_is_answered_only_with_what_it_added() -> None:
    venue, _, client = given(2)
    first, second, third, _ = tokens(venue)
    client.subscribes(first)
    (answer,) = client.says(operation="subscribe", assets_ids=[first, second, third])
    assert [book["asset_id"] for book in msgspec.json.decode(answer)] == [second, third]
    assert client.says(operation="subscribe", assets_ids=[first]) == []


def test_naming_an_asset_again_only_switches_the_custom_messages() -> None:
    venue, _, client = given()
    client.subscribes(tokens(venue)[0], custom=False)
    client.says(operation="subscribe", assets_ids=[tokens(venue)[0]], custom_feature_enabled=True)
    client.messages()
    venue.lists("new")
    assert client.kinds() == ["new_market"]


def test_after_unsubscribing_nothing_is_heard() -> None:
    venue, _, client = given()
    market = venue.host.market(next(iter(venue.host.listed)))
    client.subscribes(*tokens(venue), custom=False)
    assert client.says(operation="unsubscribe", assets_ids=tokens(venue)) == []
    client.messages()
    venue.sends("alice", market, "BUY YES", 4_900, 10)
    assert client.messages() == []


def test_without_the_flag_no_custom_message_is_heard() -> None:
    venue, _, client = given()
    market = venue.host.market(next(iter(venue.host.listed)))
    client.subscribes(*tokens(venue), custom=False)
    client.messages()
    venue.sends("alice", market, "BUY YES", 4_900, 10)
    venue.lists("new")
    venue.host.resolve(market.market_id, YES_WINS)
    assert set(client.kinds()) == {"price_change"}


def test_who_subscribed_to_one_token_hears_the_message_of_both() -> None:
    venue, _, client = given()
    market = venue.host.market(next(iter(venue.host.listed)))
    client.subscribes(market.no, custom=False)
    client.messages()
    venue.sends("alice", market, "BUY YES", 4_900, 10)
    (change,) = client.messages()
    assert [entry["asset_id"] for entry in change["price_changes"]] == [market.yes, market.no]


def test_with_its_last_asset_settled_a_client_is_sent_away() -> None:
    venue, _, client = given(2)
    client.subscribes(*tokens(venue))
    first, second = venue.host.listed
    venue.host.resolve(first, YES_WINS)
    assert len(client.wishes.tokens) == 2
    venue.host.resolve(second, YES_WINS)
    assert client.closing == RESOLVED
    assert client.kinds()[-1] == "market_resolved"


def test_no_opening_is_sent_when_none_is_wanted() -> None:
    venue, _, client = given()
    assert client.says(type="market", assets_ids=tokens(venue), initial_dump=False) == []


def test_ping_is_answered_and_keeps_the_socket_for_125_seconds() -> None:
    _, _, client = given()
    assert client.wishes.keepalive.ends_ns == NOON_NS + 125 * NS_PER_SECOND
    assert client.wishes.receive("PING", NOON_NS + 7) == [b"PONG"]
    assert client.wishes.keepalive.ends_ns == NOON_NS + 7 + 125 * NS_PER_SECOND


@pytest.mark.parametrize(
    "text", ["", "ping", "{", "[]", "1", "null", '{"type":"user"}', '{"operation":"dance"}', '{"assets_ids":[1]}',
             '{"type":"market","assets_ids":"1"}', "\ud800", "[" * 100_000]
)  # fmt: skip
def test_what_is_no_message_of_this_channel_is_refused_and_changes_nothing(text: str) -> None:
    _, _, client = given()
    assert client.wishes.receive(text, NOON_NS) == [b"INVALID OPERATION"]
    assert client.wishes.tokens == {}
