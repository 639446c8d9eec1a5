import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.presence import Presence
from connectors.polymarket.user_stream import CATCH_UP_NS, EXPECT_NS, PART, PING_EVERY_NS, PONG_WAIT_NS, Login, UserStream
from oms.values.events import Acked, CancelDone, Event, Filled, SettlementMoved, VenueReady, VenueSyncing
from oms.values.market import Market
from tests.connectors.frames import frame
from tests.connectors.polymarket.words_user import (
    ADDRESS,
    AT_NS,
    KEY,
    MARKET,
    MINE,
    MINE_TOO,
    PASSPHRASE,
    SECRET,
    THEIRS,
    given_names,
    given_stream,
    maker,
    order,
    stranger,
    told,
    trade,
)

OTHER = Market(market_id="0x07her", title="another", yes="81", no="82")


def given_open_stream(*markets: Market) -> tuple[UserStream, Presence]:
    """Opened and heard of: the venue is ready."""
    stream, presence = given_stream(*markets)
    stream.opened(AT_NS)
    stream.bytes_to_send()
    assert [*stream.receive(b"PONG", AT_NS)] == [VenueReady()]
    return stream, presence


def test_a_socket_begins_with_who_we_are_and_a_ping() -> None:
    stream, _ = given_stream(MARKET, OTHER)
    stream.opened(AT_NS)
    first, ping = stream.bytes_to_send()
    auth = {"apiKey": KEY, "secret": SECRET, "passphrase": PASSPHRASE}
    assert json.loads(first) == {"type": "user", "auth": auth, "markets": ["0xc0nd", "0x07her"]}
    assert ping == b"PING"
    assert stream.bytes_to_send() == []


def test_without_markets_everything_of_the_account_is_subscribed() -> None:
    stream = UserStream(lambda: Login(KEY, SECRET, PASSPHRASE), given_names(), {}, ADDRESS, Presence(PART))
    stream.opened(AT_NS)
    assert "markets" not in json.loads(stream.bytes_to_send()[0])
    stream.add_market(OTHER)
    assert stream.bytes_to_send() == []


def test_a_market_is_added_at_once_or_with_the_next_socket() -> None:
    stream, _ = given_stream()
    stream.add_market(OTHER)
    stream.opened(AT_NS)
    assert json.loads(stream.bytes_to_send()[0])["markets"] == ["0xc0nd", "0x07her"]
    stream.add_market(OTHER)
    assert stream.bytes_to_send() == []
    stream.add_market(Market(market_id="0x3", title="third", yes="91", no="92"))
    assert [json.loads(message) for message in stream.bytes_to_send()] == [{"operation": "subscribe", "markets": ["0x3"]}]


def test_a_market_that_is_dropped_is_unsubscribed_once_and_not_asked_for_by_the_next_socket() -> None:
    stream, _ = given_open_stream(MARKET, OTHER)
    for _ in range(2):
        stream.drop_market(OTHER)
    assert [json.loads(message) for message in stream.bytes_to_send()] == [{"operation": "unsubscribe", "markets": [OTHER.market_id]}]
    stream.closed(AT_NS)
    stream.drop_market(MARKET)
    stream.add_market(OTHER)
    stream.opened(AT_NS)
    assert json.loads(stream.bytes_to_send()[0])["markets"] == [OTHER.market_id]


def test_no_text_of_stream_or_login_holds_a_secret() -> None:  # req 1.17
    login = Login(KEY, SECRET, PASSPHRASE)
    stream, _ = given_open_stream()
    for text in (repr(login), str(login), repr(stream), repr(vars(stream))):
        assert SECRET not in text
        assert PASSPHRASE not in text
    with pytest.raises(TypeError, match="never pickled"):
        __import__("pickle").dumps(login)


def test_the_secrets_are_asked_for_anew_with_every_socket() -> None:
    asked: list[int] = []

    def login() -> Login:
        asked.append(1)
        return Login(KEY, SECRET + str(len(asked)), PASSPHRASE)

    stream = UserStream(login, given_names(), {}, ADDRESS, Presence(PART))
    for number in (1, 2):
        stream.opened(AT_NS)
        assert json.loads(stream.bytes_to_send()[0])["auth"]["secret"] == SECRET + str(number)
        stream.closed(AT_NS)


def test_the_channel_is_there_with_the_first_frame_and_gone_with_the_socket() -> None:
    stream, presence = given_open_stream()
    assert told(stream, order()) == [Acked(order_id="our-1", venue_order_id=MINE)]
    assert [*stream.closed(AT_NS)] == [VenueSyncing(why="user channel: closed")]
    assert stream.wake_at_ns() is None
    assert [*stream.closed(AT_NS)] == []
    stream.opened(AT_NS)
    assert not presence.is_there
    assert told(stream, order(type="UPDATE")) == [Acked(order_id="our-1", venue_order_id=MINE), VenueReady()]


def test_facts_keep_the_order_of_the_messages_in_a_frame() -> None:
    stream, _ = given_open_stream()
    facts = told(stream, order(), trade(maker(), status="MINED"), order(MINE_TOO, type="CANCELLATION", status="CANCELED"))
    assert [type(fact) for fact in facts] == [Acked, Filled, SettlementMoved, CancelDone]


def test_what_is_not_ours_is_counted() -> None:
    stream, _ = given_open_stream()
    assert told(stream, order(THEIRS), trade(stranger()), trade(stranger(maker_address=ADDRESS), maker(), size="20"))[1:] == []
    assert stream.foreign == 3


def test_pings_leave_every_ten_seconds_and_an_early_wake_does_nothing() -> None:
    stream, _ = given_open_stream()
    assert stream.wake_at_ns() == AT_NS + PING_EVERY_NS
    assert [*stream.woken(AT_NS + PING_EVERY_NS - 1)] == []
    assert stream.bytes_to_send() == []
    assert [*stream.woken(AT_NS + PING_EVERY_NS)] == []
    assert stream.bytes_to_send() == [b"PING"]
    assert stream.wake_at_ns() == AT_NS + 2 * PING_EVERY_NS


def test_a_quiet_channel_that_answers_pings_is_fine_for_hours() -> None:
    stream, presence = given_open_stream()
    now = AT_NS
    for _ in range(1_000):
        now += PING_EVERY_NS
        assert [*stream.woken(now)] == []
        assert [*stream.receive(b"PONG", now)] == []
    assert presence.is_there
    assert not stream.wants_reconnect


def test_a_socket_that_answers_no_ping_is_left() -> None:
    stream, _ = given_open_stream()
    stream.woken(AT_NS + PING_EVERY_NS)
    stream.woken(AT_NS + 2 * PING_EVERY_NS)
    assert stream.wake_at_ns() == AT_NS + PONG_WAIT_NS
    assert [*stream.woken(AT_NS + PONG_WAIT_NS)] == [VenueSyncing(why="user channel: no frame for 25 s, PONGs included")]
    assert stream.wants_reconnect
    assert [*stream.receive(b"PONG", AT_NS + PONG_WAIT_NS)] == []
    assert [*stream.woken(AT_NS + 2 * PONG_WAIT_NS)] == []
    stream.closed(AT_NS + 2 * PONG_WAIT_NS)
    stream.opened(AT_NS + 2 * PONG_WAIT_NS)
    assert [*stream.receive(b"PONG", AT_NS + 2 * PONG_WAIT_NS)] == [VenueReady()]


def test_a_frame_that_is_owed_and_does_not_come_means_that_the_socket_is_frozen() -> None:
    stream, _ = given_open_stream()
    stream.expect(AT_NS)
    stream.expect(AT_NS + EXPECT_NS - 1)  # the first that is owed counts
    assert [*stream.receive(b"PONG", AT_NS + EXPECT_NS - 1)] == []  # a PONG is no proof
    (fact,) = stream.woken(AT_NS + EXPECT_NS)
    assert isinstance(fact, VenueSyncing)
    assert stream.wants_reconnect


def test_a_frame_that_is_owed_and_comes_settles_it() -> None:
    stream, _ = given_open_stream()
    stream.expect(AT_NS)
    told(stream, order())
    assert [*stream.woken(AT_NS + EXPECT_NS)] == []
    assert not stream.wants_reconnect
    stream.closed(AT_NS)
    stream.expect(AT_NS)  # nobody owes anything to a closed socket
    assert stream.wake_at_ns() is None


REFUSED = [
    (b"{", "not_json"),
    (b"INVALID OPERATION", "not_json"),
    (b'{"event_type":"trade"}', "wrong_shape"),
    (frame(trade(maker(), status="SETTLED")), "unknown_trade_status"),
    (frame(trade(maker(amount="ten"))), "bad_number"),
    (frame([order(MINE_TOO), trade(maker(price="2"))]), "bad_number"),
    (frame(order(type="REPLACED")), "unknown_order_type"),
]


@pytest.mark.parametrize(("bad", "name"), REFUSED)
def test_a_refused_frame_changes_nothing_is_counted_and_makes_the_engine_ask(bad: bytes, name: str) -> None:
    stream, presence = given_open_stream()
    assert [*stream.receive(bad, AT_NS)] == [VenueSyncing(why=f"user channel: a frame was refused: {name}")]
    assert stream.refusals == {name: 1}
    assert name in stream.last_refusal
    assert len(stream.last_refusal) <= 300
    assert stream.foreign == 0
    assert told(stream, order()) == [Acked(order_id="our-1", venue_order_id=MINE)]  # goes on, but is not trusted again yet
    assert stream.wake_at_ns() == AT_NS + CATCH_UP_NS
    assert [*stream.woken(AT_NS + CATCH_UP_NS)] == [VenueReady()]
    assert presence.is_there


def test_a_burst_of_bad_frames_makes_the_engine_ask_once() -> None:
    stream, _ = given_open_stream()
    facts = [fact for number in range(500) for fact in stream.receive(b"{", AT_NS + number)]
    facts += stream.woken(AT_NS + CATCH_UP_NS)
    assert [type(fact) for fact in facts] == [VenueSyncing, VenueReady]


def test_the_first_message_of_an_unknown_type_makes_the_engine_ask_and_the_next_are_counted() -> None:
    stream, _ = given_open_stream()
    news = {"event_type": "position", "size": 5}
    assert [type(fact) for fact in told(stream, order(), news)] == [Acked, VenueSyncing]
    assert [type(fact) for fact in stream.woken(AT_NS + CATCH_UP_NS)] == [VenueReady]
    assert told(stream, news) == []
    assert stream.not_read == {"position": 2}
    for number in range(100):
        told(stream, {"event_type": f"kind {number}"})
    assert len(stream.not_read) <= 17
    assert sum(stream.not_read.values()) == 102


def _known(facts: list[Event]) -> set[tuple[str, str, str]]:
    """What of the facts counts, whatever their order and number: fills and settlements by trade and order, ends by order."""
    known = set()
    for fact in facts:
        if isinstance(fact, Filled):
            known.add((fact.trade_id, fact.order_id, f"{fact.shares_micro} for {fact.cash_micro} + {fact.fee_cash_micro}"))
        elif isinstance(fact, SettlementMoved):
            known.add((fact.trade_id, fact.order_id, fact.stage.name))
        elif isinstance(fact, Acked | CancelDone):
            known.add(("", fact.order_id, type(fact).__name__))
    return known


_messages = st.one_of(
    st.builds(order, order_id=st.sampled_from([MINE, MINE_TOO, THEIRS]), type=st.sampled_from(["PLACEMENT", "UPDATE", "CANCELLATION"])),
    st.builds(
        lambda trade_id, status, taker, whose: trade(maker(whose), stranger("5"), taker=taker, id=trade_id, status=status, size="15"),
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from(["MATCHED", "MINED", "CONFIRMED", "RETRYING", "FAILED"]),
        st.sampled_from([MINE_TOO, THEIRS]),
        st.just(MINE),
    ),
)


@given(messages=st.lists(_messages, max_size=12), data=st.data())
def test_messages_doubled_and_in_any_order_tell_the_same_by_trade_id(messages: list[dict[str, Any]], data: st.DataObject) -> None:
    straight, _ = given_open_stream()
    mixed, _ = given_open_stream()
    again = data.draw(st.permutations(messages + data.draw(st.lists(st.sampled_from(messages), max_size=8) if messages else st.just([]))))
    facts = [fact for message in messages for fact in told(straight, message)]
    assert _known(facts) == _known([fact for message in again for fact in told(mixed, message)])
    fills = Counter((fact.trade_id, fact.order_id, fact.shares_micro, fact.cash_micro) for fact in facts if isinstance(fact, Filled))
    assert len({key[:2] for key in fills}) == len(fills)  # one trade and order, one amount


@given(frames=st.lists(st.binary(max_size=40) | st.builds(lambda m, cut: frame(m)[:cut], _messages, st.integers(0, 900)), max_size=15))
def test_no_frame_raises_and_every_loss_is_followed_by_a_return(frames: list[bytes]) -> None:
    stream, presence = given_open_stream()
    facts: list[Event] = []
    for number, noise in enumerate(frames):
        facts += stream.receive(noise, AT_NS + number)
    facts += stream.woken(AT_NS + len(frames) + CATCH_UP_NS)
    said = [type(fact) for fact in facts if isinstance(fact, VenueReady | VenueSyncing)]
    assert said in ([], [VenueSyncing, VenueReady])
    assert presence.is_there
    assert sum(stream.refusals.values()) <= stream.frames == len(frames) + 1


def test_every_message_that_goes_out_is_json_or_a_ping() -> None:
    stream, _ = given_stream()
    stream.opened(AT_NS)
    stream.add_market(OTHER)
    stream.woken(AT_NS + PING_EVERY_NS)
    for message in stream.bytes_to_send():
        assert message == b"PING" or msgspec.json.decode(message)
