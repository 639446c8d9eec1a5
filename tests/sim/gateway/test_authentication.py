import json
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from connectors.polymarket.authentication import Credentials, login_headers
from connectors.polymarket.key import Key
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.authentication import TIMESTAMP_WINDOW_S, ApiKey
from tests.sim.gateway.words_gateway import Site, User

KEY = Key("1" * 64)


def asked_for_key(site: Site, method: str = "POST", path: str = "/auth/api-key", nonce: int = 0, late_s: int = 0) -> tuple[int, object]:
    return site.asks(method, path, headers=login_headers(KEY, 137, site.at_ns // NS_PER_SECOND + late_s, nonce))


def test_a_key_is_made_once_a_nonce_and_derived_as_often_as_asked() -> None:
    site = Site()
    status, made = asked_for_key(site)
    assert status == 200
    assert asked_for_key(site) == (400, {"error": "Could not create api key"})
    assert asked_for_key(site, "GET", "/auth/derive-api-key") == (200, made)
    assert asked_for_key(site, nonce=1)[1] != made


def test_the_same_wallet_gets_the_same_key_from_a_venue_that_was_restarted() -> None:
    assert asked_for_key(Site()) == asked_for_key(Site(), "GET", "/auth/derive-api-key")
    assert asked_for_key(Site(seed=1)) != asked_for_key(Site(seed=2))


def test_a_key_is_a_uuid_a_base64_secret_of_32_bytes_and_a_hex_passphrase() -> None:
    key = ApiKey(0, KEY.address, 0)
    assert len(urlsafe_b64decode(key.secret)) == 32
    assert len(key.api_key) == 36
    assert len(bytes.fromhex(key.passphrase)) == 32


def test_a_wallet_seen_for_the_first_time_has_its_grant() -> None:
    site = Site(grant_micro=7 * MICRO)
    asked_for_key(site)
    asked_for_key(site, nonce=1)
    assert site.host.exchange.cash_total(KEY.address.lower()) == 7 * MICRO


@pytest.mark.parametrize("late_s", [-TIMESTAMP_WINDOW_S - 1, TIMESTAMP_WINDOW_S + 1])
def test_a_login_of_another_time_is_refused(late_s: int) -> None:
    assert asked_for_key(Site(), late_s=late_s) == (401, {"error": "Invalid L1 Request headers"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POLY_ADDRESS", "0x12"), ("POLY_ADDRESS", "0x" + "1" * 40), ("POLY_SIGNATURE", "0x" + "1" * 130), ("POLY_SIGNATURE", "zz"),
        ("POLY_NONCE", "-1"), ("POLY_NONCE", "9" * 80), ("POLY_NONCE", "1"), ("POLY_TIMESTAMP", "now"), ("POLY_TIMESTAMP", "٣"),
    ],
)  # fmt: skip
def test_a_login_with_a_wrong_header_is_refused(name: str, value: str) -> None:
    site = Site()
    headers = login_headers(KEY, 137, site.at_ns // NS_PER_SECOND)
    assert site.asks("POST", "/auth/api-key", headers={**headers, name: value}) == (401, {"error": "Invalid L1 Request headers"})
    del headers[name]
    if name != "POLY_NONCE":  # a missing nonce is 0
        assert site.asks("POST", "/auth/api-key", headers=headers)[0] == 401


def test_a_login_for_another_chain_is_refused() -> None:
    site = Site()
    assert site.asks("POST", "/auth/api-key", headers=login_headers(KEY, 80_002, site.at_ns // NS_PER_SECOND))[0] == 401


def test_a_signed_request_is_let_in_whatever_the_case_of_its_headers() -> None:
    site = Site()
    user = User(site)
    headers = user.credentials.headers("GET", "/auth/api-keys", b"", user.now_s)
    for written in (headers, {name.lower(): value for name, value in headers.items()}):
        assert site.asks("GET", "/auth/api-keys", headers=written) == (200, {"apiKeys": [user.credentials.api_key]})


def test_the_query_is_outside_the_signature_and_the_path_is_inside() -> None:
    user = User(Site())
    assert user.asks("GET", "/data/orders", next_cursor="MA==")[0] == 200
    headers = user.credentials.headers("GET", "/data/trades", b"", user.now_s)
    assert user.site.asks("GET", "/data/orders", headers=headers) == (401, {"error": "Unauthorized/Invalid api key"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("POLY_API_KEY", "x"), ("POLY_PASSPHRASE", "x"), ("POLY_SIGNATURE", "é"), ("POLY_ADDRESS", "0x" + "1" * 40), ("POLY_TIMESTAMP", "1700000000")],
)
def test_a_request_with_a_wrong_header_is_refused(name: str, value: str) -> None:
    user = User(Site())
    headers = user.credentials.headers("GET", "/auth/api-keys", b"", user.now_s)
    assert user.site.asks("GET", "/auth/api-keys", headers={**headers, name: value}) == (401, {"error": "Unauthorized/Invalid api key"})
    del headers[name]
    assert user.site.asks("GET", "/auth/api-keys", headers=headers)[0] == 401


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:
    user = User(Site())
    headers = user.credentials.headers("DELETE", "/order", b'{"orderID":"0x1"}', user.now_s)
    assert user.site.asks("DELETE", "/order", b'{"orderID":"0x2"}', headers)[0] == 401


def test_a_deleted_key_opens_nothing_any_more() -> None:
    user = User(Site())
    assert user.asks("DELETE", "/auth/api-key") == (200, "OK")
    assert user.asks("GET", "/auth/api-keys")[0] == 401
    assert user.site.keyring.find(user.credentials.api_key) is None


def test_the_user_channel_opens_with_all_three_texts_only() -> None:
    site = Site()
    key = site.keyring.issue(KEY.address, 0)
    assert site.keyring.knows(key.api_key, key.secret, key.passphrase) is key
    for wrong in (("x", key.secret, key.passphrase), (key.api_key, "x", key.passphrase), (key.api_key, key.secret, "é")):
        assert site.keyring.knows(*wrong) is None


def test_no_secret_is_in_the_text_of_a_key() -> None:
    key = ApiKey(0, KEY.address, 0)
    assert key.secret not in repr(key)
    assert key.passphrase not in f"{key}"


def test_a_wallet_belongs_to_whoever_signed_for_it_first() -> None:
    site = Site()
    alice, bob = site.keyring.issue(Key("1" * 64).address, 0), site.keyring.issue(Key("2" * 64).address, 0)
    funder = "0x" + "Ab" * 20
    assert site.keyring.account_for(alice, 2) is None
    assert site.keyring.bind(alice, funder, 2) == funder.lower()
    assert site.keyring.bind(bob, funder, 2) is None
    assert site.keyring.bind(bob, alice.address, 1) is None
    assert site.keyring.accounts_of(alice) == [alice.account, funder.lower()]
    assert (site.keyring.account_for(alice, 0), site.keyring.account_for(alice, 2)) == (alice.account, funder.lower())
    assert site.host.exchange.cash_total(funder.lower()) == 10_000 * MICRO


@pytest.mark.data
def test_request_signatures_are_those_of_the_official_clients(data_dir: Path) -> None:
    rows = json.loads((data_dir / "vectors" / "hmac_l2.json").read_bytes())["vectors"]
    assert rows
    for row in rows:
        key = ApiKey(0, KEY.address, 0)
        key._secret = urlsafe_b64decode(row["secret"])
        message = f"{row['timestamp']}{row['method']}{row['path']}{row['body'] or ''}"
        assert key.signature(message.encode()) == row["expected"]


def test_the_connector_and_the_twin_sign_alike() -> None:
    key = ApiKey(0, KEY.address, 0)
    theirs = Credentials(KEY.address, key.api_key, key.secret, key.passphrase).signature("POST", "/order", b"{}", 1_700_000_000)
    assert theirs.decode() == key.signature(b"1700000000POST/order{}")


@pytest.mark.parametrize("name", ["poly_api_key", "poly_passphrase", "poly_signature", "poly_address", "poly_timestamp"])
def test_a_header_that_is_not_utf8_is_only_a_wrong_one(name: str) -> None:  # aiohttp makes lone surrogates of such bytes
    site = Site()
    user = User(site)
    headers = {one.lower(): text for one, text in user.credentials.headers("GET", "/data/orders", b"", user.now_s).items()}
    assert site.asks("GET", "/data/orders", headers=headers)[0] == 200
    assert site.asks("GET", "/data/orders", headers={**headers, name: "\udc80"}) == (401, {"error": "Unauthorized/Invalid api key"})
