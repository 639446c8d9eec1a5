"""Who is asking: the HMAC of every private request (L2) and the wallet's signature that opens the key drawer (L1). Pure.

Nothing made here may be logged: the headers carry the passphrase.
"""

from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final

from connectors.polymarket.key import Key, Withheld
from connectors.polymarket.typed_data import address_word, checksummed, keccak, signing_hash

ATTESTATION: Final = "This message attests that I control the given wallet"
_AUTH_DOMAIN_TYPE: Final = keccak(b"EIP712Domain(string name,string version,uint256 chainId)")
_AUTH_TYPE: Final = keccak(b"ClobAuth(address address,string timestamp,uint256 nonce,string message)")
_AUTH_DOMAIN: Final = _AUTH_DOMAIN_TYPE + keccak(b"ClobAuthDomain") + keccak(b"1")
"""Version 1 in every generation (polymarket.md §2.2)."""
_HMAC_BLOCK: Final = 64
_ATTESTATION_HASH: Final = keccak(ATTESTATION.encode())


class BadCredentials(ValueError):
    """An API secret that is not base64, or a text that cannot be a header. The message never contains it."""


class Credentials(Withheld):
    """API key, secret and passphrase of one wallet; signs requests for it.

    The HMAC covers timestamp, method, path **without** the query, and the exact body (polymarket.md §2.3).
    """

    __slots__ = ("_after_signature", "_before_signature", "_inner", "_outer", "_passphrase", "address", "api_key")

    def __init__(self, address: str, api_key: str, secret: str, passphrase: str) -> None:
        """Take the three texts of POST /auth/api-key, and the address of the **key** (also for proxy and deposit wallets).

        Raises:
            BadAddress: not an address.
            BadCredentials: a secret that is not URL-safe base64, or a text with anything but printable ASCII.
        """
        if not all(text.isascii() and text.isprintable() for text in (api_key, secret, passphrase)):
            raise BadCredentials("API key, secret and passphrase are printable ASCII")
        try:
            block = b64decode(secret, b"-_", validate=True)
        except ValueError:
            raise BadCredentials("an API secret is URL-safe base64") from None
        # HMAC-SHA256 (RFC 2104) with the secret's two blocks taken in once: half the time of hmac.digest, which looks for its hash each time.
        block = (block if len(block) <= _HMAC_BLOCK else sha256(block).digest()).ljust(_HMAC_BLOCK, b"\0")
        self._inner, self._outer = (sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
        self.address = checksummed(address)
        self.api_key = api_key
        self._passphrase = passphrase
        self._before_signature = f"POLY_ADDRESS: {self.address}\r\nPOLY_SIGNATURE: ".encode()
        self._after_signature = f"\r\nPOLY_API_KEY: {api_key}\r\nPOLY_PASSPHRASE: {passphrase}\r\nPOLY_TIMESTAMP: ".encode()

    def signature(self, method: str, path: str, body: bytes, at_s: int) -> bytes:
        """The request's HMAC-SHA256 as URL-safe base64, 44 bytes.

        Args:
            method: upper case.
            path: without host and query.
            body: exactly what is sent; empty for none.
            at_s: Unix seconds now, as the header says them.
        """
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{at_s}{method}{path}".encode() + body)
        outer.update(inner.digest())
        return urlsafe_b64encode(outer.digest())

    def headers(self, method: str, path: str, body: bytes, at_s: int) -> dict[str, str]:
        """The five headers, for an HTTP client that takes a mapping."""
        return {
            "POLY_ADDRESS": self.address,
            "POLY_SIGNATURE": self.signature(method, path, body, at_s).decode(),
            "POLY_TIMESTAMP": str(at_s),
            "POLY_API_KEY": self.api_key,
            "POLY_PASSPHRASE": self._passphrase,
        }

    def header_lines(self, method: str, path: str, body: bytes, at_s: int) -> bytes:
        """The same headers as lines of HTTP/1.1, each ended: for the order path's own writer."""
        return b"%b%b%b%d\r\n" % (self._before_signature, self.signature(method, path, body, at_s), self._after_signature, at_s)


def login_hash(address: str, chain_id: int, at_s: int, nonce: int) -> bytes:
    """What the owner of `address` signs to log in: 32 bytes. Raises BadAddress."""
    separator = keccak(_AUTH_DOMAIN + chain_id.to_bytes(32))
    struct_hash = keccak(_AUTH_TYPE + address_word(address) + keccak(str(at_s).encode()) + nonce.to_bytes(32) + _ATTESTATION_HASH)
    return signing_hash(separator, struct_hash)


def login_headers_of(address: str, signature: bytes, at_s: int, nonce: int) -> dict[str, str]:
    """L1: the four headers, when the signature of `login_hash` was made elsewhere. `address` in EIP-55 case."""
    return {
        "POLY_ADDRESS": address,
        "POLY_SIGNATURE": "0x" + signature.hex(),
        "POLY_TIMESTAMP": str(at_s),
        "POLY_NONCE": str(nonce),
    }


def login_headers(key: Key, chain_id: int, at_s: int, nonce: int = 0) -> dict[str, str]:
    """L1: the headers that create or derive API keys (`/auth/api-key`, `/auth/derive-api-key`)."""
    return login_headers_of(key.address, key.sign(login_hash(key.address, chain_id, at_s, nonce)), at_s, nonce)
