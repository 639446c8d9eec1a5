"""What is said between the bot and the process that holds the private key. Nothing secret is ever said.

A message is four bytes of length, big-endian, and so many bytes of msgpack. The bot asks, the signer answers with the same number, in any order.
The signer believes no hash: it is sent the order, or the chain transaction, and works the hash out itself; it sends back what it hashed, so that
the bot learns at once when the two disagree about the wallet. What is not in these messages cannot be asked for: caps, prices and the wallet are the
signer's own.
"""

from typing import Final, Protocol

import msgspec

from connectors.polymarket.signing import NamedOrder, VenueOrder, Wallet
from connectors.signer_transaction import Transaction
from oms.values.texts import SAID_MAX, one_line

FRAME_BYTES_MAX: Final = 16_384
"""Thirty times an order. A longer frame ends the connection: the other side is not who it should be. Nor can a shorter one be nested more deeply
than a decoder survives: a layer takes a byte (oms/values/nesting.py measures JSON, of which there is none here)."""
_LENGTH_BYTES: Final = 4


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Common shape: the asker's number comes back with the answer."""

    number: int


class AskIdentity(_Message, frozen=True):
    """Whose orders do you sign?"""


class SignOrder(_Message, frozen=True):
    """Please sign this order."""

    order: VenueOrder


class SignLogin(_Message, frozen=True):
    """Please attest that you control the wallet (ClobAuth, polymarket.md §2.2), which opens the drawer of API keys."""

    at_s: int
    nonce: int


class SignTransaction(_Message, frozen=True):
    """Please sign this chain transaction."""

    transaction: Transaction


class Identity(_Message, frozen=True):
    """The wallet whose orders are signed."""

    wallet: Wallet


class Signed(_Message, frozen=True):
    """A signature, and the 32 bytes that the signer worked out for what it was asked."""

    digest: bytes
    signature: bytes


class SignedTransaction(_Message, frozen=True):
    """A chain transaction ready to be sent, what the chain will call it, and the signature in it."""

    raw: bytes
    transaction_hash: bytes
    signature: bytes


class Refused(_Message, frozen=True):
    """No, and why; nothing was signed."""

    reason: str
    text: str


Request = AskIdentity | SignOrder | SignLogin | SignTransaction
Answer = Identity | Signed | SignedTransaction | Refused

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class BadFrame(ValueError):
    """A frame that is too long or no message of ours; the message says which."""

    def __init__(self, words: str) -> None:
        super().__init__(one_line(words, SAID_MAX))  # the decoder's words may quote the frame


class SignRefused(RuntimeError):
    """The signer will not sign this; nothing was signed. `reason` is the short name, the message also says with what."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(one_line(f"{reason}: {text}", SAID_MAX))
        self.reason = reason


class SignerGone(RuntimeError):
    """The signer does not answer any more; nothing that was asked and not answered may be taken as signed."""


class Signer(Protocol):
    """Where signatures come from, in this process or another."""

    async def sign(self, named: NamedOrder) -> bytes:
        """The order's signature. Raises SignRefused or SignerGone; then no signature exists."""
        ...

    async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:
        """The L1 headers of `/auth/*`. Raises SignRefused or SignerGone."""
        ...

    async def back(self) -> None:
        """After SignerGone: returns when it answers again, and never if it will not."""
        ...


def framed(message: Request | Answer) -> bytes:
    """One message as the bytes of its frame."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH_BYTES) + body


def request_of(body: bytes) -> Request:
    """A frame's body as a request. Raises BadFrame."""
    _check_length(len(body))
    try:
        return _requests.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(f"no request of ours: {error}") from None


def answer_of(body: bytes) -> Answer:
    """A frame's body as an answer. Raises BadFrame."""
    _check_length(len(body))
    try:
        return _answers.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(f"no answer of ours: {error}") from None


def _check_length(length: int) -> None:
    if length > FRAME_BYTES_MAX:
        raise BadFrame(f"a frame of {length} bytes is longer than {FRAME_BYTES_MAX}")


class Frames:
    """Puts frames together from whatever pieces the socket gives."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        """The bodies that are whole now. Raises BadFrame for a length beyond FRAME_BYTES_MAX; then the connection is of no more use."""
        held = self._held
        held += piece
        bodies: list[bytes] = []
        while len(held) >= _LENGTH_BYTES:
            length = int.from_bytes(held[:_LENGTH_BYTES])
            _check_length(length)
            end = _LENGTH_BYTES + length
            if len(held) < end:
                break
            bodies.append(bytes(held[_LENGTH_BYTES:end]))
            del held[:end]
        return bodies
