"""The desk of the signer: one request's bytes in, one answer's bytes out. It has the key, the caps and the file; it has no socket.

It signs three kinds of thing: an order of its own wallet for an exchange it knows, within its caps; the login that opens the drawer of API keys; and,
where its settings say so, a chain transaction that signer_chain.py lets pass.
It never raises for what it is sent: whatever is wrong is refused with a name.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from connectors.polymarket.amounts import UnfitOrder
from connectors.polymarket.authentication import login_hash, login_headers_of
from connectors.polymarket.key import Key, signer_of
from connectors.polymarket.signing import NamedOrder, OrderForm, Wallet, WrongKey
from connectors.polymarket.typed_data import checksummed, is_exchange
from connectors.signer_caps import SECONDS_PER_DAY, BadState, Caps, OverCap, Spent, SpentFile, ahead, counted, covers
from connectors.signer_chain import BarredCall, judged
from connectors.signer_protocol import (
    Answer,
    AskIdentity,
    BadFrame,
    Identity,
    Refused,
    Request,
    Signed,
    SignedTransaction,
    SignLogin,
    SignOrder,
    SignRefused,
    SignTransaction,
    framed,
    request_of,
)
from connectors.signer_transaction import RawTransaction, Transaction, raw_transaction, signing_hash

LOGIN_SKEW_S: Final = 600
"""A login says when it was made; one for a time so far from our clock is not signed, so nobody gathers logins for next year."""
_NONCE_MAX: Final = (1 << 63) - 1


class SignerDesk:
    """Signs, refuses, counts. Restart it with the same file and it goes on counting."""

    def __init__(self, wallet: Wallet, key: Key, caps: Caps, file: SpentFile, now_s: Callable[[], int]) -> None:
        """Take up the count where the file left it.

        Raises:
            WrongKey: the key is not the wallet owner's.
            BadState: the file cannot be read.
        """
        if key.address != checksummed(wallet.owner):
            raise WrongKey(f"the wallet's orders are signed by {wallet.owner}, and this is the key of {key.address}")
        self.wallet: Final = wallet
        self._form = OrderForm(wallet, api_key="")
        self._key = key
        self._caps = caps
        self._file = file
        self._now_s = now_s
        self._spent = self._written = file.load()

    def close(self) -> None:
        """Nothing more will be signed: what was counted ahead and not used is given back, if that can be written."""
        if self._written != self._spent:
            with suppress(BadState):  # then it counts too much, which harms nobody
                self._file.save(self._spent)
        self._file.close()

    def answer(self, body: bytes) -> bytes:
        """One frame's body in, the whole frame of the answer out."""
        try:
            request = request_of(body)
        except BadFrame as error:
            return framed(Refused(number=-1, reason="BAD_REQUEST", text=str(error)))
        return framed(self._judge(request))

    def _judge(self, request: Request) -> Answer:
        if isinstance(request, AskIdentity):
            return Identity(number=request.number, wallet=self.wallet)
        if isinstance(request, SignLogin):
            return self._login(request)
        if isinstance(request, SignTransaction):
            return self._transaction(request)
        return self._order(request)

    def _login(self, request: SignLogin) -> Answer:
        if abs(request.at_s - self._now_s()) > LOGIN_SKEW_S or not 0 <= request.nonce <= _NONCE_MAX:
            text = f"a login for second {request.at_s} with nonce {request.nonce}; our clock shows {self._now_s()}"
            return Refused(number=request.number, reason="BAD_LOGIN", text=text)
        digest = login_hash(self._key.address, self.wallet.chain_id, request.at_s, request.nonce)
        return Signed(number=request.number, digest=digest, signature=self._key.sign(digest))

    def _order(self, request: SignOrder) -> Answer:
        order = request.order
        if not is_exchange(order.exchange, self.wallet.chain_id):
            text = f"{order.exchange.contract[:50]!r} version {order.exchange.version[:10]!r} on chain {order.exchange.chain_id}"
            return Refused(number=request.number, reason="UNKNOWN_EXCHANGE", text=text)
        try:
            spent = counted(order, self._caps, self._spent, self._now_s() // SECONDS_PER_DAY)
            named = self._form.hashed(order)
        except OverCap as error:
            return Refused(number=request.number, reason=error.reason.name, text=str(error))
        except UnfitOrder as error:
            return Refused(number=request.number, reason=error.reason.name, text=str(error))
        try:
            self._write(spent)  # before the signature exists: a count that is too high harms nobody
        except BadState as error:
            return Refused(number=request.number, reason="STATE_NOT_WRITTEN", text=str(error))
        self._spent = spent
        return Signed(number=request.number, digest=named.order_hash, signature=self._form.signature(named, self._key))

    def _transaction(self, request: SignTransaction) -> Answer:
        transaction = request.transaction
        try:
            spent = judged(transaction, self._caps, self.wallet.chain_id, self._spent, self._now_s() // SECONDS_PER_DAY)
        except (BarredCall, OverCap) as error:
            return Refused(number=request.number, reason=error.reason.name, text=str(error))
        try:
            self._write(spent)  # as for an order: on disk before the signature exists
        except BadState as error:
            return Refused(number=request.number, reason="STATE_NOT_WRITTEN", text=str(error))
        self._spent = spent
        signature = self._key.sign(signing_hash(transaction))
        sent = raw_transaction(transaction, signature)
        return SignedTransaction(number=request.number, raw=sent.raw, transaction_hash=sent.transaction_hash, signature=signature)

    def _write(self, spent: Spent) -> None:
        """See to it that the file counts at least this much. Raises BadState."""
        if not covers(self._written, spent):
            written = ahead(spent, self._caps)
            self._file.save(written)
            self._written = written


def order_signature(answer: Answer, named: NamedOrder) -> bytes:
    """The signature in an answer about this order. Raises SignRefused, also when the signer hashed something else than we did."""
    if isinstance(answer, Signed):
        if answer.digest != named.order_hash:
            raise SignRefused("OTHER_HASH", "the signer works out another order id than we: its wallet is not the one in our settings")
        return answer.signature
    raise _refusal(answer)


def login_from(answer: Answer, owner: str, at_s: int, nonce: int) -> dict[str, str]:
    """The login headers in an answer; `owner` in EIP-55 case. Raises SignRefused."""
    if isinstance(answer, Signed):
        return login_headers_of(owner, answer.signature, at_s, nonce)
    raise _refusal(answer)


def transaction_from(answer: Answer, transaction: Transaction) -> RawTransaction:
    """The signed transaction in an answer about this one. Raises SignRefused, also when the signer signed something else than we asked for."""
    if isinstance(answer, SignedTransaction):
        told = RawTransaction(raw=answer.raw, transaction_hash=answer.transaction_hash)
        if signer_of(signing_hash(transaction), answer.signature) is None or told != raw_transaction(transaction, answer.signature):
            raise SignRefused("OTHER_HASH", "the signer answers with another transaction than the one we asked for")
        return told
    raise _refusal(answer)


def _refusal(answer: Answer) -> SignRefused:
    if isinstance(answer, Refused):
        return SignRefused(answer.reason, answer.text)
    return SignRefused("ODD_ANSWER", f"the signer answered {type(answer).__name__}")
