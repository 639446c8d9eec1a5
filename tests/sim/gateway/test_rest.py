import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.units import MICRO
from sim.gateway.journal import JournalRefused, Kept
from sim.gateway.rest import Reply, Rest, reply_to
from sim.gateway.wire import Asked, Later, Route, WireError
from tests.sim.gateway.words_gateway import Site, User

TEN = 10 * MICRO


def given_user() -> tuple[Site, User]:
    site = Site()
    site.lists()
    return site, User(site)


def body_of(user: User) -> bytes:
    return user.body(next(iter(user.site.host.listed.values())).market, "BUY YES", 4_900, TEN)


def test_a_path_that_there_is_not_and_a_method_it_does_not_have() -> None:
    site, _ = given_user()
    assert site.asks("GET", "/nowhere") == (404, {"error": "not found"})
    assert site.asks("GET", "/data/order/") == (404, {"error": "not found"})
    assert site.asks("GET", "") == (404, {"error": "not found"})
    assert site.asks("PUT", "/order") == (405, {"error": "method not allowed"})


def test_two_endpoints_for_one_place_are_a_mistake_of_ours() -> None:
    site, _ = given_user()
    twice = [Route("GET", "/a/{x}", lambda _asked: 1), Route("GET", "/a/{y}", lambda _asked: 2)]
    with pytest.raises(AssertionError, match="two endpoints"):
        Rest(site.host, site.conditions, twice)


def test_a_refusal_is_its_status_and_its_text() -> None:
    reply = reply_to(WireError(503, "no", {"code": "c"}, {"Retry-After": "7"}))
    assert (reply.status, reply.headers, msgspec.json.decode(reply.body)) == (503, {"Retry-After": "7"}, {"error": "no", "code": "c"})


def test_a_lost_order_was_never_there_and_a_lost_reply_hides_one_that_stands() -> None:
    site, user = given_user()
    site.conditions.order("place lost")
    lost = user.raw("POST", "/order", body_of(user))
    assert isinstance(lost, Reply)
    assert lost.sent_bytes == 0
    assert not site.host.book.orders
    site.conditions.order("place reply lost")
    hidden = user.raw("POST", "/order", body_of(user))
    assert isinstance(hidden, Reply)
    assert hidden.sent_bytes == 0
    assert [order.rests for order in site.host.book.orders.values()] == [True]


@pytest.mark.parametrize(("kind", "status", "words"), [("place 5xx", 500, "could not insert order"), ("place 429", 429, "Too Many Requests")])
def test_a_broken_order_is_answered_and_not_done(kind: str, status: int, words: str) -> None:
    site, user = given_user()
    site.conditions.order(kind)
    assert user.asks("POST", "/order", body_of(user)) == (status, {"error": words})
    assert not site.host.book.orders


def test_a_late_order_is_done_seconds_later() -> None:
    site, user = given_user()
    site.conditions.order("place late")
    later = user.raw("POST", "/order", body_of(user))
    assert isinstance(later, Later)
    assert not later.is_known
    site.passes(4)
    assert isinstance(later.answer, Reply)
    assert later.answer.status == 200
    assert len(site.host.book.orders) == 1


def test_a_late_order_that_is_refused_is_refused_late() -> None:
    site, user = given_user()
    body = body_of(user)
    site.conditions.order("place late")
    later = user.raw("POST", "/order", body)
    assert isinstance(later, Later)
    user.asks("POST", "/order", body)
    site.passes(4)
    assert isinstance(later.answer, Reply)
    assert later.answer.status == 400


def test_an_answer_may_break_off() -> None:
    site, user = given_user()
    site.conditions.order("answer incomplete")
    reply = user.raw("GET", "/data/orders")
    assert isinstance(reply, Reply)
    assert reply.sent_bytes == len(reply.body) // 2


def test_cancels_and_questions_have_mishaps_of_their_own() -> None:
    site, user = given_user()
    user.asks("POST", "/order", body_of(user))
    site.conditions.order("cancel lost")
    assert user.asks("GET", "/data/orders")[1]["count"] == 1
    lost = user.raw("DELETE", "/cancel-all")
    assert isinstance(lost, Reply)
    assert lost.sent_bytes == 0
    site.conditions.order("query failed")
    assert user.asks("GET", "/data/orders")[0] == 500
    assert user.asks("GET", "/data/orders")[1]["count"] == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
PATHS = ["/order", "/orders", "/cancel-all", "/cancel-market-orders", "/v1/heartbeats", "/books", "/prices", "/midpoints", "/spreads",
         "/last-trades-prices", "/orders-scoring", "/book", "/price", "/data/orders", "/data/trades", "/balance-allowance", "/prices-history",
         "/markets", "/data/order/x", "/clob-markets/x"]  # fmt: skip
NAMES = ["token_id", "side", "market", "asset_id", "id", "next_cursor", "after", "before", "asset_type", "signature_type", "interval", "fidelity"]


@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    body=JSON,
    query=st.dictionaries(st.sampled_from(NAMES), st.text()),
)
def test_whatever_is_asked_is_answered_and_never_with_an_error_of_ours(path: str, method: str, body: object, query: dict[str, str]) -> None:
    _, user = given_user()
    raw = msgspec.json.encode(body)
    headers = {name.lower(): value for name, value in user.credentials.headers(method, path, raw, user.now_s).items()}
    reply = user.site.rest.answer(Asked(method=method, path=path, query=query, headers=headers, body=raw))
    assert isinstance(reply, Reply)
    assert reply.status in {200, 400, 401, 404, 405}


FIELDS = ["salt", "maker", "signer", "tokenId", "makerAmount", "takerAmount", "side", "expiration", "signatureType", "timestamp", "metadata",
          "builder", "signature"]  # fmt: skip


@given(changes=st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1, max_size=3))
def test_whatever_is_in_an_order_it_is_refused_in_words(changes: dict[str, object]) -> None:
    _, user = given_user()
    entry = msgspec.json.decode(body_of(user))
    entry["order"].update(changes)
    status, told = user.asks("POST", "/order", msgspec.json.encode(entry))
    assert status in {400, 404} or told["success"]


def test_a_path_in_braces_as_in_our_table_is_a_name_like_any_other() -> None:
    site, _ = given_user()
    assert site.asks("GET", "/markets-by-token/{}") == (404, {"error": "market not found"})


def test_whoever_is_proved_once_need_not_prove_it_again_and_nobody_stays_nobody() -> None:
    site, user = given_user()
    body, key = body_of(user), user.credentials.api_key
    for who, status in ((key, 200), ("", 401), ("another", 401)):
        reply = site.rest.answer(Asked(method="POST", path="/v1/heartbeats", body=b"{}", who=who))
        assert isinstance(reply, Reply)
        assert reply.status == status
    site.rest.again(Kept(at_ns=site.at_ns + 5, asked=Asked(method="POST", path="/order", body=body, who=key)))
    assert [order.created_ns for order in site.host.book.orders.values()] == [site.at_ns + 5]
    login = Asked(method="POST", path="/auth/api-key", who="")
    reply = site.rest.answer(login)
    assert isinstance(reply, Reply)
    assert reply.status == 401


def test_what_is_done_again_but_not_served_any_more_is_refused() -> None:
    site, _ = given_user()
    with pytest.raises(JournalRefused, match="POST /bridge was done, and is not served now"):
        site.rest.again(Kept(at_ns=1, asked=Asked(method="POST", path="/bridge", who="somebody")))


def test_a_deed_is_done_in_one_instant() -> None:
    site, user = given_user()
    seen: list[int] = []

    def looks(_asked: Asked) -> object:
        seen.append(site.host.now_ns())
        site.at_ns += 7
        seen.append(site.host.now_ns())
        return "done"

    rest = Rest(site.host, site.conditions, [Route("POST", "/deed", looks, who=site.keyring.who), Route("GET", "/look", looks)])
    headers = {name.lower(): value for name, value in user.credentials.headers("POST", "/deed", b"", user.now_s).items()}
    rest.answer(Asked(method="POST", path="/deed", headers=headers))
    rest.answer(Asked(method="GET", path="/look"))
    assert [later - now for now, later in zip(seen[::2], seen[1::2], strict=True)] == [0, 7]
