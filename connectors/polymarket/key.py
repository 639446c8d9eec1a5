"""The private key, and the manners of everything that must never be written down."""

import re
from typing import Final, NoReturn

from coincurve import PrivateKey, PublicKey

from connectors.polymarket.typed_data import checksummed, keccak

_RECOVERY: Final = (b"\x1b", b"\x1c")
"""Ethereum writes which of two public keys it was as 27 or 28."""
_SIGNATURE_BYTES: Final = 65
_HEX64: Final = re.compile("[0-9a-fA-F]{64}")


class BadKey(ValueError):
    """Not a private key. The message never contains the text that was given."""


class Withheld:
    """A secret: it has no text, cannot be pickled or copied, and so does not get into logs, journals, exceptions or other processes by accident.

    Whoever inspects the memory of the process on purpose finds it all the same.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: withheld>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is never pickled or copied")


class Key(Withheld):
    """A private key of secp256k1 that signs hashes; deterministic (RFC 6979), low s."""

    __slots__ = ("_sign", "address")

    def __init__(self, secret: str) -> None:
        """Take the key from its text: 64 hexadecimal digits, with or without 0x. Raises BadKey, without the text."""
        digits = secret.strip().removeprefix("0x")
        if not _HEX64.fullmatch(digits):
            raise BadKey("a private key is 64 hexadecimal digits")
        try:
            private = PrivateKey(bytes.fromhex(digits))
        except ValueError:
            raise BadKey("a private key is a number between zero and the order of secp256k1") from None
        self._sign = private.sign_recoverable
        self.address: Final = address_of(private.public_key)
        """Whose key it is, in EIP-55 case."""

    def __repr__(self) -> str:
        return f"<Key of {self.address}>"

    def sign(self, digest: bytes) -> bytes:
        """65 bytes r ‖ s ‖ v over a 32-byte hash."""
        signed = self._sign(digest, None)
        return signed[:64] + _RECOVERY[signed[64]]


def address_of(public: PublicKey) -> str:
    """The address that belongs to a public key, in EIP-55 case."""
    return checksummed("0x" + keccak(public.format(compressed=False)[1:])[12:].hex())


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """The address whose key made this 65-byte signature of `digest`; None when none can have."""
    if len(signature) != _SIGNATURE_BYTES or signature[64:] not in _RECOVERY:
        return None
    try:
        public = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except ValueError:
        return None
    return address_of(public)
