"""The API key: derived, else created, never twice created for want of an answer, and never shown."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from connectors.polymarket.credentials import NoApiKey, credentials_of, log_in
from connectors.polymarket.user_stream import Login
from connectors.signer_client import LocalSigner
from connectors.signer_protocol import SignerGone
from connectors.transport.http import Absent, Answer, Failed, Found
from oms.values.texts import SAID_MAX
from tests.connectors.polymarket.words_signing import EOA
from tests.connectors.polymarket.words_venue import API_SECRET, Script, SteadySigner, given_credentials
from tests.connectors.words_signer import NOW_S, given_desk

DERIVE, CREATE = "GET /auth/derive-api-key", "POST /auth/api-key"
KEY = Found(b'{"apiKey":"00000000-0000-0000-0000-000000000001","secret":"%b","passphrase":"opensesame"}' % API_SECRET.encode())
NONE_YET = Failed("HTTP 400", False, 400, '{"error":"Could not derive api key!"}')  # noqa: FBT003 (as Failed takes it)


def logged_in(script: Script, signer: object = None) -> Login:
    return asyncio.run(log_in(signer or SteadySigner(), script, lambda: NOW_S))  # type: ignore[arg-type]


def refusal(script: Script, signer: object = None) -> str:
    with pytest.raises(NoApiKey) as refused:
        logged_in(script, signer)
    assert API_SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_key_that_exists_is_derived_and_nothing_is_created(tmp_path: Path) -> None:
    script = Script()
    script.on(DERIVE, KEY)
    login = logged_in(script, LocalSigner(given_desk(tmp_path)))
    assert (login.api_key, login.secret, login.passphrase) == ("00000000-0000-0000-0000-000000000001", API_SECRET, "opensesame")
    assert script.asked[0].headers["POLY_SIGNATURE"].startswith("0x0f08c184")  # polymarket.md §2.2
    made = credentials_of(login, EOA)
    assert made.signature("GET", "/x", b"", 1) == given_credentials().signature("GET", "/x", b"", 1)


@pytest.mark.parametrize("answer", [NONE_YET, Absent(404, '{"error":"not found"}'), Found(b"null")])
def test_a_key_that_does_not_exist_is_created(answer: Answer) -> None:
    script = Script()
    script.on(DERIVE, answer)
    script.on(CREATE, KEY)
    assert logged_in(script).secret == API_SECRET
    assert [request.method for request in script.asked] == ["GET", "POST"]
    assert script.asked[1].body == b""


@pytest.mark.parametrize("answer", [Failed("timeout", False), Failed("HTTP 500", False, 500), Failed("HTTP 429", False, 429)])  # noqa: FBT003
def test_without_an_answer_nothing_is_created(answer: Answer) -> None:
    script = Script()
    script.on(DERIVE, answer)
    assert "nothing was created" in refusal(script)
    assert len(script.asked) == 1


def test_what_cannot_be_had_is_said_in_one_line() -> None:
    script = Script()
    script.on(DERIVE, NONE_YET)
    script.on(CREATE, Absent(401, '{"error":"Invalid L1 Request headers"}'), Found(b'{"apiKey":1}'), Failed("no answer", True))  # noqa: FBT003
    assert "neither derived (HTTP 400: Could not derive api key!) nor created (HTTP 401: Invalid L1 Request headers)" in refusal(script)
    assert "an answer that cannot be read" in refusal(script)
    assert "nor created (no answer)" in refusal(script)


def test_the_venues_own_words_are_one_short_line() -> None:
    script = Script()
    script.on(DERIVE, NONE_YET)
    script.on(CREATE, Absent(401, msgspec.json.encode({"error": "\x1b[31m\n" + "x" * 400}).decode()))
    assert refusal(script).isprintable()
    assert len(str(NoApiKey("x" * 10**6))) == 2 * SAID_MAX


def test_a_signer_that_will_not_or_cannot_is_named() -> None:
    class Gone(SteadySigner):
        async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:
            raise SignerGone(f"it hung up at {at_s} with {nonce}")

    assert "the login was not signed: it hung up at 1700000000 with 0" in refusal(Script(), Gone())


def test_a_key_that_cannot_be_used_is_refused_without_showing_it() -> None:
    with pytest.raises(NoApiKey) as refused:
        credentials_of(Login("k", "not*base64", "p"), EOA)
    assert "not*base64" not in str(refused.value)
