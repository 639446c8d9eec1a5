"""Every endpoint that the server knows is asked anything by anybody: no error of ours, no effect without the right, no money made or lost.

About 3,000 requests in `make test`; STEELYARD_ENDPOINT_EXAMPLES=1000 asks each endpoint in so many worlds (usual: 7).
"""

import os
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.market import Payout
from sim import exchange
from sim.gateway.frames import Closing, UserFrame
from sim.gateway.keepalive import INVALID_OPERATION, PONG
from sim.gateway.market_channel import MarketSubscriber
from sim.gateway.rest import Reply
from sim.gateway.user_channel import UserSubscriber
from sim.gateway.wire import Asked, Later
from tests.sim.gateway.words_every_endpoint import MARKETS, ODD, SHAPES, Attempt, Whole, drawn_attempt
from tests.sim.gateway.words_gateway import TOKEN

EXAMPLES: Final = int(os.environ.get("STEELYARD_ENDPOINT_EXAMPLES", "7"))
REQUESTS: Final = 5
"""To one world: to the endpoint in question and to any other by turns."""
ROUTES: Final = {f"{route.method} {route.path}": route for route in Whole().rest.routes()}
ANSWERS_TO_ANYBODY: Final = """
    GET /  GET /ok  GET /time  GET /version
    GET /book  GET /midpoint  GET /price  GET /spread  GET /last-trade-price  GET /tick-size  GET /neg-risk  GET /fee-rate  GET /prices-history
    POST /books  POST /midpoints  POST /prices  POST /spreads  POST /last-trades-prices
    GET /markets  GET /simplified-markets  GET /sampling-markets  GET /sampling-simplified-markets
    GET /markets-by-token/{token}  GET /clob-markets/{condition}  GET /markets/{condition}  GET /fees/builder-fees/{code}
    GET /markets/keyset  GET /markets/slug/{slug}  GET /events  GET /events/keyset  GET /events/slug/{slug}  GET /events/{id}
    GET /gamma/markets  GET /gamma/markets/keyset  GET /gamma/markets/slug/{slug}  GET /gamma/markets/{id}
    GET /gamma/events  GET /gamma/events/keyset  GET /gamma/events/slug/{slug}  GET /gamma/events/{id}
    GET /positions  GET /trades  GET /activity  GET /value
    GET /v2/positions  GET /v2/trades  GET /v2/activity  GET /v2/holders  GET /v2/value  GET /v2/oi  GET /v2/resolutions
"""
PUBLIC: Final = [f"{method} {path}" for method, path in zip(*[iter(ANSWERS_TO_ANYBODY.split())] * 2, strict=True)]
CAN_BE_ORDERED: Final = {
    "could not insert order",
    "Trading is currently disabled. Check polymarket.com for updates",
    "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    "post-only mode: only post-only orders and cancels are allowed",
}
"""What an admin may make the venue say with a status of a server's error."""


def shown(reply: Reply) -> Any:  # noqa: ANN401 (JSON)
    """The answer, which is JSON and names its error if it is one."""
    told: Any = msgspec.json.decode(reply.body) if reply.sent_bytes != 0 else None
    if reply.status >= 400:
        assert isinstance(told["error"], str)
        assert told["error"]
    return told


def asked_of(site: Whole, attempt: Attempt) -> None:
    """Ask, and hold what happened against who asked."""
    accounts, venue = site.picture()
    paid_in = site.host.exchange.clearing.paid_in_micro
    found = site.rest.answer(attempt.asked)
    accounts_now, venue_now = site.picture()
    if not attempt.who:
        assert (accounts_now, venue_now) == (accounts, venue), "a stranger changed something"
        assert isinstance(found, Reply)
        assert found.status == 401 or site.is_spoilt or not is_private(attempt.asked)
        assert not any(text.encode() in found.body for _, *secrets in site.secrets.values() for text in secrets)
    elif attempt.who != "admin":
        only_fills_happened_to_others(site, attempt, accounts, accounts_now)
    if attempt.asked.path != "/admin/faucet":
        grants = len(accounts_now) - len(accounts)
        assert site.host.exchange.clearing.paid_in_micro == paid_in + grants * site.host.settings.grant_micro, "money was made or lost"
    assert site.host.exchange.audit() is None
    if isinstance(found, Later):
        site.passes(5)
        assert found.is_known
        assert isinstance(found.answer, Reply)
        found = found.answer
    told = shown(found)
    if found.status >= 500:
        assert site.is_spoilt
        assert told["error"] in CAN_BE_ORDERED


def only_fills_happened_to_others(site: Whole, attempt: Attempt, before: dict[str, Any], now: dict[str, Any]) -> None:
    """A user touches his own accounts; others lose orders only to fills, and only by an order."""
    key = next((key for user in site.users if user.account == attempt.who and (key := site.keyring.find(user.credentials.api_key))), None)
    mine = site.keyring.accounts_of(key) if key is not None else [attempt.who]
    for name, (view, standing, keys) in before.items():
        if name in mine or (view, standing, keys) == now[name]:
            continue
        assert attempt.asked.path in ("/order", "/orders"), f"{attempt.asked.path} of {attempt.who} changed {name}"
        assert attempt.asked.method == "POST"
        assert keys == now[name][2]
        left = dict(now[name][1])
        for order_id, filled in standing:
            assert left.get(order_id, filled) >= filled
            assert order_id in left or site.host.book.orders[order_id].status == "MATCHED", "another one's order was taken away"


def is_private(asked: Asked) -> bool:
    """The place is one of those that answer only who has a right."""
    head = asked.path.rpartition("/")[0]
    return any(
        route.method == asked.method and f"{route.method} {route.path}" not in PUBLIC
        and (route.path == asked.path or (route.path.endswith("}") and route.path.rpartition("/")[0] == head and not asked.path.endswith("/")))
        for route in ROUTES.values()
    )  # fmt: skip


@pytest.mark.parametrize("name", list(ROUTES))
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_whoever_asks_for_whatever_breaks_nothing_takes_nothing_and_makes_no_money(name: str, data: st.DataObject) -> None:
    site = Whole()
    attempt = drawn_attempt(data.draw, site, ROUTES[name])
    for step in range(REQUESTS):
        if step % 2 or not data.draw(st.booleans()):  # else what was asked is sent once more
            route = data.draw(st.sampled_from(list(ROUTES.values()))) if step % 2 else ROUTES[name]
            attempt = drawn_attempt(data.draw, site, route)
        asked_of(site, attempt)
        site.is_spoilt = site.is_spoilt or (attempt.who == "admin" and attempt.asked.path in ("/admin/conditions", "/admin/faults"))
    site.passes(100)
    assert site.host.exchange.audit() is None


def test_a_place_is_public_only_if_it_is_on_the_list() -> None:
    site = Whole()
    answered = [
        name
        for name, route in ROUTES.items()
        if isinstance(reply := site.rest.answer(Asked(method=route.method, path=route.path)), Reply) and reply.status != 401
    ]
    assert sorted(answered) == sorted(PUBLIC)


def test_every_endpoint_that_changes_something_says_who_may() -> None:
    assert [name for name, route in ROUTES.items() if route.method != "GET" and route.who is None and name not in PUBLIC] == [
        "POST /orders-scoring",  # a question
        "DELETE /notifications",  # of which there are none
    ]


def test_an_order_that_is_sent_again_is_not_taken_again() -> None:
    site = Whole()
    user = site.users[0]
    body = user.body(MARKETS[0], "BUY YES", 1_000, 10_000_000)
    headers = {name.lower(): value for name, value in user.credentials.headers("POST", "/order", body, user.now_s).items()}
    asked = Asked(method="POST", path="/order", headers=headers, body=body)
    replies = [site.rest.answer(asked) for _ in range(2)]
    assert [reply.status for reply in replies if isinstance(reply, Reply)] == [200, 400]
    assert len(site.host.exchange.open_orders(user.account)) == 2


# The channels.

WORDS: Final = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["market", "user", "MARKET", "USER", ""]) | ODD,
        "operation": st.sampled_from(["subscribe", "unsubscribe", ""]) | ODD,
        "assets_ids": st.lists(st.sampled_from([MARKETS[0].yes, MARKETS[1].no, "1"]) | ODD, max_size=3) | ODD,
        "markets": st.lists(st.sampled_from([MARKETS[0].market_id, "0x1"]) | ODD, max_size=3) | ODD,
        "auth": st.fixed_dictionaries({}, optional={"apiKey": ODD, "secret": ODD, "passphrase": ODD}) | ODD,
        "custom_feature_enabled": st.booleans() | ODD,
        "initial_dump": st.booleans() | ODD,
    },
)


def said(word: Any) -> str:  # noqa: ANN401 (JSON)
    """As a text message."""
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else msgspec.json.encode(word).decode()


@settings(max_examples=30 * EXAMPLES)
@given(words=st.lists(WORDS | SHAPES, max_size=3), borrowed=st.sampled_from([{}, {"apiKey"}, {"apiKey", "secret"}, {"secret", "passphrase"}]))
def test_whatever_is_said_on_a_channel_is_answered_and_gives_nobody_the_news_of_others(words: list[Any], borrowed: set[str]) -> None:
    site = Whole()
    right = dict(zip(("apiKey", "secret", "passphrase"), site.secrets[site.users[0].account], strict=True))
    stolen = {"type": "user", "auth": {name: text for name, text in right.items() if name in borrowed}}
    market, user = MarketSubscriber(site.gateway.streams.feed, 0), UserSubscriber(site.keyring, 0)
    for at_ns, word in enumerate([*words, stolen, *words]):
        for channel in (market, user):
            answers = channel.receive(said(word), at_ns)
            for answer in [] if isinstance(answers, Closing) else answers:
                assert answer in (PONG, INVALID_OPERATION) or isinstance(msgspec.json.decode(answer), list)
    assert user.key is None
    assert not any(user.hears(UserFrame(b"{}", one.account, MARKETS[0].market_id)) for one in site.users)
    user.receive(said({"type": "user", "auth": right}), 0)
    heard = [user.hears(UserFrame(b"{}", one.account, MARKETS[0].market_id)) for one in site.users]
    assert heard == [not user.markets or MARKETS[0].market_id in user.markets, False, False]


def given_past(kept: int, monkeypatch: pytest.MonkeyPatch) -> Whole:
    """All markets of a whole gateway are paid out, one of them as a refund; the exchange keeps so many."""
    site = Whole()
    with monkeypatch.context() as patched:
        patched.setattr(exchange, "RESOLVED_KEPT", kept)
        site.host.void(MARKETS[0].market_id, refund=True)
        site.host.void(MARKETS[1].market_id)
        site.host.resolve(MARKETS[2].market_id, Payout(yes_ppm=1_000_000, no_ppm=0))
    return site


def test_of_markets_that_the_exchange_has_forgotten_every_endpoint_says_what_it_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = given_past(100, monkeypatch), given_past(1, monkeypatch)
    assert (len(before.host.exchange.listings), len(after.host.exchange.listings)) == (3, 1)
    names = ("market", "token_id", "condition_id", "condition", "user", "asset_id", "slug")
    told: dict[str, int] = {}
    for route in before.rest.routes():
        for place in range(len(before.known)) if route.method == "GET" else ():
            first, second = (answers_about(site, route.path, site.known[place], names) for site in (before, after))
            assert first == second, (route.path, before.known[place])
            told[route.path] = told.get(route.path, 0) + sum(reply.status == 200 for reply in second)
    assert min(told[path] for path in ("/markets", "/clob-markets/{condition}", "/gamma/events/keyset", "/positions", "/data/trades"))


def answers_about(site: Whole, path: str, word: str, names: Sequence[str]) -> list[Reply]:
    """What a user and admin in one is told when the word stands in the path, or if it has no place, in each of these queries by turns."""
    head, brace, _ = path.partition("{")
    whole = head + word if brace else path
    user = site.users[0]
    headers = {"Authorization": f"Bearer {TOKEN}"} | user.credentials.headers("GET", whole, b"", user.now_s)
    queries: list[dict[str, str]] = [{}, {"closed": "true"}, *({name: word} for name in names)]
    asked = [Asked(method="GET", path=whole, query=query, headers={name.lower(): told for name, told in headers.items()}) for query in queries]
    replies = [site.rest.answer(one) for one in asked]
    return [reply for reply in replies if isinstance(reply, Reply)]
