"""What a node of the chain is asked before trading begins: which chain it is on, and what code stands at an address. Plain JSON-RPC, no web3.

The URL of a node often holds the account's key, so nothing here repeats it: an answer that did not come is told by its status only.
"""

from typing import Any

import msgspec

from connectors.polymarket.reads import Carrier
from connectors.transport.http import Answer, Found, Request
from oms.values.nesting import check_nesting

_HEX_DIGITS_MAX = 2 * 65_536
"""Code on the chain has at most 24,576 bytes (EIP-170)."""


class NoAnswer(msgspec.Struct, frozen=True):
    """Nothing was learnt; `why` holds nothing of the node's address."""

    why: str


class OnChain(msgspec.Struct, frozen=True, kw_only=True):
    """What a node told."""

    chain_id: int
    code: bytes


class _Error(msgspec.Struct):
    message: str = ""


class _Reply(msgspec.Struct):
    result: Any = None
    error: _Error | None = None


_reply: msgspec.json.Decoder[_Reply] = msgspec.json.Decoder(_Reply)


def read_hex(answer: Answer) -> bytes | NoAnswer:
    """The result of a call as bytes: quantities ("0x89") and data ("0x6080…") alike."""
    if not isinstance(answer, Found):
        return NoAnswer("it does not answer" if answer.status is None else f"it answers HTTP {answer.status}")
    try:
        check_nesting(answer.body)
        reply = _reply.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NoAnswer("its answer is no JSON-RPC")
    if reply.error is not None:
        return NoAnswer(f"it refuses: {reply.error.message[:100]!r}")
    text = reply.result
    if not isinstance(text, str) or not text.startswith("0x") or len(text) > _HEX_DIGITS_MAX:
        return NoAnswer("its answer has no result that can be read")
    digits = text[2:]
    try:
        return bytes.fromhex("0" * (len(digits) % 2) + digits)
    except ValueError:
        return NoAnswer("its answer has no result that can be read")


async def look(node: Carrier, address: str) -> OnChain | NoAnswer:
    """The chain the node is on, and the code at an address as of its latest block."""
    chain_id = read_hex(await node.ask(_call("eth_chainId", [])))
    if isinstance(chain_id, NoAnswer):
        return chain_id
    code = read_hex(await node.ask(_call("eth_getCode", [address, "latest"])))
    return code if isinstance(code, NoAnswer) else OnChain(chain_id=int.from_bytes(chain_id), code=code)


def _call(method: str, words: list[str]) -> Request:
    return Request(method="POST", path="", body=msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": words}))
