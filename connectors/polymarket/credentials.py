"""The API key of a wallet: derived by a login of the signer, or created when there is none yet. It is kept in the bot's memory and nowhere else.

Why the secret may live in the bot, while the private key may not: each private request needs an HMAC of it, and what it opens is small. With it one
can cancel orders and read the account; placing an order needs the signer as well, and nothing can be withdrawn with either. It is derived anew at
each start (deterministic for address and nonce, polymarket.md §2.2), so it is in no file; who loses it deletes the key at the venue.
"""

from collections.abc import Callable
from typing import Final

from connectors.polymarket import wire_rest as wire
from connectors.polymarket.authentication import BadCredentials, Credentials
from connectors.polymarket.reads import Carrier
from connectors.polymarket.user_stream import Login
from connectors.signer_protocol import Signer, SignerGone, SignRefused
from connectors.transport.http import Absent, Answer, Failed, Found, Request
from oms.values.texts import SAID_MAX, one_line

_DERIVE: Final = "/auth/derive-api-key"
_CREATE: Final = "/auth/api-key"
_SAID_MAX: Final = 200


class NoApiKey(RuntimeError):
    """The venue gave us no API key; the message says why, and never holds one."""

    def __init__(self, words: str) -> None:
        super().__init__(one_line(words, 2 * SAID_MAX))  # the venue's own words are in it, perhaps twice


async def log_in(signer: Signer, carrier: Carrier, server_s: Callable[[], int], nonce: int = 0) -> Login:
    """The wallet's API key, its secret and passphrase.

    Args:
        signer: attests that we control the wallet.
        carrier: the CLOB's REST.
        server_s: Unix seconds by the venue's clock.
        nonce: another one is another key of the same wallet.

    Raises:
        NoApiKey: the signer or the venue refused, or the venue could not be reached.
    """
    try:
        derived = await carrier.ask(Request(method="GET", path=_DERIVE, headers=await signer.login(server_s(), nonce)))
        found = _login_in(derived)
        if found is not None:
            return found
        if not _says_no(derived):
            raise NoApiKey(f"no API key: {_said(derived)}; nothing was created")
        created = await carrier.act(Request(method="POST", path=_CREATE, headers=await signer.login(server_s(), nonce)))
    except (SignRefused, SignerGone) as error:
        raise NoApiKey(f"no API key: the login was not signed: {error}") from None
    found = _login_in(created)
    if found is None:
        raise NoApiKey(f"no API key: neither derived ({_said(derived)}) nor created ({_said(created)}); is the wallet known to the venue?")
    return found


def credentials_of(login: Login, address: str) -> Credentials:
    """What signs requests: `address` is the **key's**, also for proxy and deposit wallets. Raises NoApiKey for texts that cannot be used."""
    try:
        return Credentials(address, login.api_key, login.secret, login.passphrase)
    except BadCredentials as error:
        raise NoApiKey(f"the venue's API key cannot be used: {error}") from None


def _login_in(answer: Answer) -> Login | None:
    reply = wire.credentials_reply(answer.body) if isinstance(answer, Found) else None
    return None if reply is None else Login(reply.api_key, reply.secret, reply.passphrase)


def _says_no(answer: Answer) -> bool:
    """The venue answered, and has no key for us: a 4xx, or an answer without one. Not: no answer at all."""
    status = answer.status
    return isinstance(answer, Found | Absent) or (status is not None and 400 <= status < 500 and status not in {408, 425, 429})


def _said(answer: Answer) -> str:
    """The venue's words, of errors only: what it found is secret."""
    if isinstance(answer, Found):
        return "an answer that cannot be read"
    error = wire.error_reply(answer.text)
    words = error.text if error is not None else ""
    return (f"HTTP {answer.status}: {words}" if isinstance(answer, Absent) or words else _why(answer))[:_SAID_MAX]


def _why(answer: Absent | Failed) -> str:
    return answer.why if isinstance(answer, Failed) else f"HTTP {answer.status}"
