"""Who is asking: keys made for wallets that sign (L1), requests that carry an HMAC (L2). Told the time; knows no socket.

Keys, secrets and passphrases follow from (seed, wallet, nonce) alone, so a restarted simulator hands out the same ones and a run repeats. They guard
play money; still they have no text, so that a log of this process holds none (polymarket.md §2).
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from oms.values.units import NS_PER_SECOND
from sim.gateway.host import Host
from sim.gateway.ids import BadId, checksummed, keccak, uuid_text
from sim.gateway.typed_data import fits_word, login_signer
from sim.gateway.wire import Asked, Route, WireError

TIMESTAMP_WINDOW_S: Final = 60
"""How far a request's time may be from ours; the venue's own width is not published."""
NO_KEY: Final = "Unauthorized/Invalid api key"
BAD_LOGIN: Final = "Invalid L1 Request headers"


def is_same(right: str, told: str) -> bool:
    """`told` is the secret `right`; how long that takes says nothing about it."""
    return hmac.compare_digest(_bytes(right), _bytes(told))


def _bytes(text: str) -> bytes:
    """A text from a wire as bytes: aiohttp makes lone surrogates of header bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogatepass")


class ApiKey:
    """One key of one wallet. Its secret and passphrase appear in no text."""

    __slots__ = ("_secret", "account", "address", "api_key", "nonce", "passphrase", "secret")

    def __init__(self, seed: int, address: str, nonce: int) -> None:
        self.address = address
        """Of the key that signs (EOA), EIP-55."""
        self.account = address.lower()
        self.nonce = nonce
        self.api_key = uuid_text(seed, "api key", address, nonce)
        self._secret = keccak(f"{seed}/secret/{address}/{nonce}".encode())
        self.secret = urlsafe_b64encode(self._secret).decode()
        self.passphrase = keccak(f"{seed}/passphrase/{address}/{nonce}".encode()).hex()

    def __repr__(self) -> str:
        return f"<ApiKey {self.api_key}: withheld>"

    def signature(self, message: bytes) -> str:
        """The HMAC of a request, as URL-safe base64."""
        return urlsafe_b64encode(hmac.digest(self._secret, message, sha256)).decode()

    def as_answer(self) -> dict[str, object]:
        """What POST /auth/api-key says."""
        return {"apiKey": self.api_key, "secret": self.secret, "passphrase": self.passphrase}


class Keyring:
    """All keys of this venue, and which wallets belong to whom."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._keys: dict[str, ApiKey] = {}
        self._wallets: dict[str, dict[str, int]] = {}
        self._owner_of: dict[str, str] = {}

    def find(self, api_key: str) -> ApiKey | None:
        """A key that is valid now."""
        return self._keys.get(api_key)

    def keys_of(self, account: str) -> list[str]:
        """The valid API keys of a wallet, oldest first."""
        return [key.api_key for key in self._keys.values() if key.account == account]

    def knows(self, api_key: str, secret: str, passphrase: str) -> ApiKey | None:
        """The key, if all three texts are right: how the user channel is opened."""
        key = self._keys.get(api_key)
        if key is None or not is_same(key.secret, secret):
            return None
        return key if is_same(key.passphrase, passphrase) else None

    def issue(self, address: str, nonce: int) -> ApiKey:
        """The key of this wallet and nonce, valid from now on; a wallet that is seen for the first time gets its grant."""
        key = ApiKey(self._host.settings.seed, checksummed(address), nonce)
        if key.api_key in self._keys:
            return self._keys[key.api_key]
        self._keys[key.api_key] = key
        self._host.open_wallet(key.address)
        self._owner_of[key.account] = key.account
        self._wallets.setdefault(key.account, {})[key.account] = 0
        return key

    def revoke(self, key: ApiKey) -> None:
        """The key is not valid any more; what it placed stands."""
        self._keys.pop(key.api_key, None)

    def bind(self, key: ApiKey, wallet: str, signature_type: int) -> str | None:
        """The account of a wallet that this key's owner signs for; a new wallet becomes his, with a grant. None: it is somebody else's.

        The venue works wallets out from the owner's address; here whoever first signs for one has it.
        """
        account = wallet.lower()
        if self._owner_of.setdefault(account, key.account) != key.account:
            return None
        if account not in self._wallets[key.account]:
            self._host.open_wallet(wallet)
            self._wallets[key.account][account] = signature_type
        return account

    def accounts_of(self, key: ApiKey) -> list[str]:
        """Every account this key's owner signs for, his own first."""
        return list(self._wallets[key.account])

    def account_for(self, key: ApiKey, signature_type: int) -> str | None:
        """The latest wallet of this kind; None: none of it was seen yet."""
        found = [account for account, kind in self._wallets[key.account].items() if kind == signature_type]
        return found[-1] if found else None

    # Requests.

    def authorized(self, asked: Asked) -> ApiKey:
        """Whose request this is (L2). Raises WireError 401."""
        if asked.who is not None:
            known = self._keys.get(asked.who)
            if known is None:
                raise WireError(401, NO_KEY)
            return known
        headers = asked.headers
        key = self._keys.get(headers.get("poly_api_key", ""))
        timestamp = headers.get("poly_timestamp", "")
        if key is None or headers.get("poly_address", "").lower() != key.account or not self._is_now(timestamp):
            raise WireError(401, NO_KEY)
        right = key.signature(_bytes(f"{timestamp}{asked.method}{asked.path}") + asked.body)
        if not is_same(right, headers.get("poly_signature", "")) or not is_same(key.passphrase, headers.get("poly_passphrase", "")):
            raise WireError(401, NO_KEY)
        return key

    def who(self, asked: Asked) -> str:
        """The API key of a request (`Route.who`). Raises WireError 401."""
        return self.authorized(asked).api_key

    def who_logs_in(self, asked: Asked) -> str:
        """Wallet and nonce of a login (`Route.who`). Raises WireError 401."""
        address, nonce = self.logged_in(asked)
        return f"{address} {nonce}"

    def logged_in(self, asked: Asked) -> tuple[str, int]:
        """(wallet, nonce) of a request that the wallet's key signed (L1). Raises WireError 401."""
        if asked.who is not None:
            wallet, _, nonce_text = asked.who.partition(" ")
            if not wallet:
                raise WireError(401, BAD_LOGIN)
            return wallet, int(nonce_text)
        headers = asked.headers
        timestamp, nonce, signature = (headers.get(name, "") for name in ("poly_timestamp", "poly_nonce", "poly_signature"))
        try:
            address = checksummed(headers.get("poly_address", ""))
            number, signed = _number(nonce or "0"), bytes.fromhex(signature.removeprefix("0x"))
        except (BadId, ValueError):
            raise WireError(401, BAD_LOGIN) from None
        if not fits_word(number) or not self._is_now(timestamp):
            raise WireError(401, BAD_LOGIN)
        if login_signer(address, timestamp, number, self._host.settings.chain_id, signed) != address:
            raise WireError(401, BAD_LOGIN)
        return address, number

    def _is_now(self, timestamp: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
            return False
        return abs(int(timestamp) - self._host.now_ns() // NS_PER_SECOND) <= TIMESTAMP_WINDOW_S

    # Endpoints.

    def routes(self) -> list[Route]:
        """What the gateway serves of this."""
        return [
            Route("POST", "/auth/api-key", self._create, who=self.who_logs_in),
            Route("GET", "/auth/derive-api-key", self._derive, who=self.who_logs_in),
            Route("GET", "/auth/api-keys", lambda asked: {"apiKeys": self.keys_of(self.authorized(asked).account)}),
            Route("DELETE", "/auth/api-key", self._delete, who=self.who),
        ]

    def _create(self, asked: Asked) -> object:
        address, nonce = self.logged_in(asked)
        if ApiKey(self._host.settings.seed, address, nonce).api_key in self._keys:
            raise WireError(400, "Could not create api key")
        return self.issue(address, nonce).as_answer()

    def _derive(self, asked: Asked) -> object:
        return self.issue(*self.logged_in(asked)).as_answer()

    def _delete(self, asked: Asked) -> object:
        self.revoke(self.authorized(asked))
        return "OK"


def _number(text: str) -> int:
    """A plain decimal number. Raises ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 78):
        raise ValueError("not a plain decimal number")
    return int(text)
