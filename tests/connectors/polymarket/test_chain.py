"""What a node tells, and that nothing of its address is ever told on."""

import asyncio

import msgspec
import pytest

from connectors.polymarket.chain import NoAnswer, OnChain, look, read_hex
from connectors.transport.http import Absent, Answer, Failed, Found
from tests.connectors.polymarket.words_venue import Script

ADDRESS = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


def result(told: object) -> Found:
    return Found(msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "result": told}))


@pytest.mark.parametrize(("told", "read"), [("0x", b""), ("0x89", b"\x89"), ("0x1", b"\x01"), ("0x6080", b"\x60\x80")])
def test_quantities_and_data_are_bytes(told: str, read: bytes) -> None:
    assert read_hex(result(told)) == read


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Failed("POST at https://node/KEY: reset", maybe_took_effect=False), "it does not answer"),
        (Failed("POST at https://node/KEY", maybe_took_effect=False, status=503), "it answers HTTP 503"),
        (Absent(401, "KEY is not known"), "it answers HTTP 401"),
        (Found(b"<html>"), "its answer is no JSON-RPC"),
        (Found(b"[" * 10_000), "its answer is no JSON-RPC"),
        (Found(b'{"error":{"code":-32601,"message":"no such\\nmethod"}}'), "it refuses: 'no such\\nmethod'"),
        (result(None), "its answer has no result that can be read"),
        (result("0xzz"), "its answer has no result that can be read"),
        (result("0x" + "00" * 70_000), "its answer has no result that can be read"),
        (result("89"), "its answer has no result that can be read"),
    ],
)
def test_anything_else_is_no_answer_with_a_reason_that_names_no_address(answer: Answer, why: str) -> None:
    read = read_hex(answer)
    assert isinstance(read, NoAnswer)
    assert read.why == why
    assert "KEY" not in read.why


def test_the_chain_and_the_code_are_asked_for_in_plain_json_rpc() -> None:
    script = Script()
    script.on("POST ", result("0x89"), result("0x6080"))
    assert asyncio.run(look(script, ADDRESS)) == OnChain(chain_id=137, code=b"\x60\x80")
    calls = [msgspec.json.decode(request.body) for request in script.asked]
    assert [(call["method"], call["params"]) for call in calls] == [("eth_chainId", []), ("eth_getCode", [ADDRESS, "latest"])]


@pytest.mark.parametrize("answers", [(Absent(403, ""),), (result("0x89"), Absent(403, ""))])
def test_a_node_that_refuses_half_of_it_has_told_nothing(answers: tuple[Answer, ...]) -> None:
    script = Script()
    script.on("POST ", *answers)
    assert asyncio.run(look(script, ADDRESS)) == NoAnswer("it answers HTTP 403")
