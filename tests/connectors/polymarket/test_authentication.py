"""Headers: every recorded HMAC and login, and a secret that stays one."""

import base64
import hmac
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.authentication import BadCredentials, Credentials, login_headers
from connectors.polymarket.key import Key
from connectors.polymarket.typed_data import AMOY, POLYGON, BadAddress
from tests.connectors.polymarket.words_signing import API_KEY, EOA, SECRET, vectors

NO_SECRET = "A" * 43 + "="


def given_credentials(secret: str = NO_SECRET, passphrase: str = "phrase") -> Credentials:
    return Credentials(EOA.lower(), API_KEY, secret, passphrase)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b'{"hash": "0x123"}', b"ZwAdJKvoYRlEKDkNMwd5BuwNNtg93kNaR_oU2HrfVvc="),
        (b"", b"MJr-p2bluLi29SYDJMqY0bWepw-jS6pq3QvpMLL92LU="),
        (b'{"orderID":"0xabc"}', b"xKwv3Ax1fgucYaM4rznPjVGEkqGKYZWnl3GIB9JB61M="),
    ],
)
def test_signatures_are_those_of_the_reference(body: bytes, signature: bytes) -> None:
    assert given_credentials().signature("test-sign", "/orders", body, 1_000_000) == signature


@pytest.mark.data
def test_every_recorded_hmac_is_ours(data_dir: Path) -> None:  # req 2.29
    rows = vectors(data_dir, "hmac_l2.json")["vectors"]
    assert rows
    for row in rows:
        body = (row["body"] or "").encode()
        found = given_credentials(row["secret"]).signature(row["method"], row["path"], body, int(row["timestamp"]))
        assert found.decode() == row["expected"], row


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_the_hmac_is_the_standard_librarys(secret: bytes, body: bytes) -> None:
    found = given_credentials(base64.urlsafe_b64encode(secret).decode()).signature("POST", "/order", body, 1)
    assert base64.urlsafe_b64decode(found) == hmac.digest(secret, b"1POST/order" + body, "sha256")


def test_headers_name_the_key_owner_and_say_the_time_that_was_signed() -> None:
    headers = given_credentials().headers("POST", "/order", b"{}", 1_700_000_000)
    assert headers == {
        "POLY_ADDRESS": EOA,
        "POLY_SIGNATURE": given_credentials().signature("POST", "/order", b"{}", 1_700_000_000).decode(),
        "POLY_TIMESTAMP": "1700000000",
        "POLY_API_KEY": API_KEY,
        "POLY_PASSPHRASE": "phrase",
    }


def test_the_lines_of_the_order_path_say_the_same_as_the_headers() -> None:
    credentials = given_credentials()
    lines = credentials.header_lines("POST", "/order", b"{}", 1_700_000_000).decode()
    assert lines.endswith("\r\n")
    told = dict(line.split(": ", 1) for line in lines.removesuffix("\r\n").split("\r\n"))
    assert told == credentials.headers("POST", "/order", b"{}", 1_700_000_000)


@pytest.mark.parametrize("secret", ["A", "AAAA=AAA", "Ä" * 44, "AA\nA", "A*AA"])
def test_a_bad_secret_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(BadCredentials) as refused:
        given_credentials(secret)
    assert len(secret) < 2 or secret not in str(refused.value)


def test_a_text_that_would_forge_a_header_is_refused() -> None:
    with pytest.raises(BadCredentials, match="printable ASCII"):
        given_credentials(passphrase="a\r\nX-Other: b")
    with pytest.raises(BadAddress):
        Credentials("0x12", API_KEY, NO_SECRET, "phrase")


def test_the_login_is_the_one_of_the_reference() -> None:
    headers = login_headers(Key(SECRET), POLYGON, 1_700_000_000)
    assert headers == {
        "POLY_ADDRESS": EOA,
        "POLY_SIGNATURE": "0x0f08c184141f23f61012ba15fef7303dff47a1da48c10ae8a6737eff59618f6e"
        "568b2868fedf252be3eb6e80f3a5f09bfdf609cd8f1c9725f9862742b33dc5fc1b",
        "POLY_TIMESTAMP": "1700000000",
        "POLY_NONCE": "0",
    }


@pytest.mark.data
def test_every_recorded_login_is_ours(data_dir: Path) -> None:
    rows: list[dict[str, Any]] = vectors(data_dir, "eip712_orders.json")["clob_auth"]
    upstream = [row for row in vectors(data_dir, "upstream_signatures.json")["vectors"] if "nonce" in row]
    assert rows
    assert upstream
    for row in rows + upstream:
        headers = login_headers(Key(row["private_key"]), row["chain_id"], int(row["timestamp"]), row["nonce"])
        assert headers["POLY_SIGNATURE"] == (row.get("signature") or row["expected_signature"])
        assert row["chain_id"] in {POLYGON, AMOY}
