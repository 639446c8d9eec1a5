"""Brackets without end are refused, also where a library has raised the recursion limit as eth-account does; they would kill the process."""

import sys
from collections.abc import Iterator

import pytest

from sim.gateway.admin import ADMIN
from sim.gateway.frames import NOT_AUTHENTICATED
from sim.gateway.keepalive import INVALID_OPERATION
from sim.gateway.market_channel import MarketSubscriber
from sim.gateway.market_feed import MarketFeed
from sim.gateway.rest import Reply
from sim.gateway.user_channel import UserSubscriber
from sim.gateway.wire import Asked
from tests.sim.gateway.words_gateway import Site, User

DEEP = '{"unknown":' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.fixture(autouse=True)
def raised_limit() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("path", ["/order", "/orders", "/v1/heartbeats"])
def test_a_request(path: str) -> None:
    site = Site()
    user = User(site)
    assert user.asks("POST", path, DEEP.encode())[0] == 400


def test_an_admins_deed() -> None:
    reply = Site().rest.answer(Asked(method="POST", path="/admin/faucet", body=DEEP.encode(), who=ADMIN))
    assert isinstance(reply, Reply)
    assert reply.status == 400


def test_a_message_on_either_channel() -> None:
    site = Site()
    assert MarketSubscriber(MarketFeed(site.catalogue), 0).receive(DEEP, 0) == [INVALID_OPERATION]
    assert UserSubscriber(site.keyring, 0).receive(DEEP, 0) == NOT_AUTHENTICATED
