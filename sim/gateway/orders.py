"""From the body of POST /order to an order of the exchange, or to the venue's own words why not. Pure.

Everything is checked in the venue's order (polymarket.md §11 rule 7): owner, signer, body, market, tick, minimum, expiration, precision. What depends
on the book (post-only, the dollar, balance, match) the exchange refuses by name; `refusal_text` has the words. The order id is the EIP-712 hash.

**Prices.** What arrives are two integers. A resting order's price is exact or it is refused. What an immediate order asks was rounded by its client
to four decimals (three at a tick of 0.1), so its tick price is the nearest; if the rounding went against the other side the order's true limit is
one tick worse, as the contract would have it.
"""

import re
from typing import Final

import msgspec

from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND, PRICE_ONE_PIPS, SIZE_MICRO_MAX, Nanos, Pips, micro_text, price_text
from sim.gateway.authentication import ApiKey, Keyring
from sim.gateway.host import Host
from sim.gateway.ids import BadId, checksummed
from sim.gateway.records import OrderFacts
from sim.gateway.typed_data import Domains, SignedOrder, fits_word, owner_of, signing_digest
from sim.gateway.wire import WireError
from sim.listing import MarketState
from sim.outcomes import Refusal

GTD_THRESHOLD_S: Final = 60
"""A GTD order ends so long before its stated time."""
GTD_AHEAD_S: Final = 180
"""and must be stated at least so far ahead (polymarket.md §4.1)."""
_BYTES32: Final = re.compile("0x[0-9a-fA-F]{64}")
_SIGNATURE: Final = re.compile("0x(?:[0-9a-fA-F]{2}){0,1024}")
_NUMBER: Final = re.compile(r"\d{1,78}", re.ASCII)
_CLIENT_STEP: Final = 100
"""What clients round the asked side of an immediate order to: four decimals,"""
_CLIENT_STEP_COARSE: Final = 1_000
"""but three where the tick is 0.1."""
FOK_KILLED: Final = "order couldn't be fully filled. FOK orders are fully filled or killed."
FAK_UNMATCHED: Final = "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
POST_ONLY_CROSSES: Final = "invalid post-only order: order crosses book"
_BAD_BODY: Final = "Invalid order payload"


class WireOrder(msgspec.Struct, frozen=True):
    """The signed part, as sent."""

    salt: int
    maker: str
    signer: str
    tokenId: str  # noqa: N815 (the wire's names)
    makerAmount: str  # noqa: N815
    takerAmount: str  # noqa: N815
    side: str
    signatureType: int  # noqa: N815
    timestamp: str
    metadata: str
    builder: str
    signature: str
    expiration: str = "0"


class WireEntry(msgspec.Struct, frozen=True):
    """One element of POST /orders, or the body of POST /order."""

    order: WireOrder
    owner: str
    orderType: str  # noqa: N815
    deferExec: bool = False  # noqa: N815
    postOnly: bool = False  # noqa: N815


def entry_of(raw: object) -> WireEntry:
    """A parsed body as an entry. Raises WireError 400: not one, or of the first generation (`order_version_mismatch`)."""
    try:
        return msgspec.convert(raw, WireEntry)
    except msgspec.ValidationError:
        order = raw.get("order") if isinstance(raw, dict) else None
        if isinstance(order, dict) and {"nonce", "feeRateBps"} <= order.keys():
            raise WireError(400, "order_version_mismatch") from None
        raise WireError(400, _BAD_BODY) from None


class Door:
    """Checks orders by themselves."""

    def __init__(self, host: Host, keyring: Keyring) -> None:
        self._host = host
        self._keyring = keyring
        self._domains = Domains(host.settings.chain_id)

    def checked(self, entry: WireEntry, key: ApiKey) -> OrderFacts:
        """The order, ready for the book. Raises WireError with the venue's text."""
        if entry.owner != key.api_key:
            raise WireError(400, "the order owner has to be the owner of the API KEY")
        signed = _signed(entry.order)
        market = self._market(entry.order.tokenId)
        order_id = self._proven(signed, entry.order, market, key)
        account = self._keyring.bind(key, checksummed(entry.order.maker), signed.signature_type)
        if account is None:
            raise WireError(400, "maker address not allowed, please use the deposit wallet flow")
        at_ns = self._host.now_ns()
        if self._host.state(market.market_id) is not MarketState.OPEN:
            raise WireError(400, "the market is not yet ready to process new orders")
        if order_id in self._host.book.orders:
            raise WireError(400, f"order {order_id} is invalid. Duplicated.")
        lifetime = _lifetime(entry)
        spec = _spec(signed, market, lifetime, order_id, post_only=entry.postOnly)
        _check_size(spec, market, order_id)
        expiration_s = int(entry.order.expiration)
        expires_ns = _expires_ns(expiration_s, lifetime, at_ns)
        _check_precision(signed, spec)
        return OrderFacts(
            order_id=order_id,
            account=account,
            maker_address=checksummed(entry.order.maker),
            owner=key.api_key,
            spec=msgspec.structs.replace(spec, expires_ns=expires_ns),
            expiration_s=expiration_s,
            created_ns=at_ns,
        )

    def _market(self, token: str) -> Market:
        market_id = self._host.by_token.get(token)
        if market_id is None:
            raise WireError(404, "No orderbook exists for the requested token id")
        return self._host.market(market_id)

    def _proven(self, signed: SignedOrder, order: WireOrder, market: Market, key: ApiKey) -> str:
        """The order id, if the owner of the key signed this order for this market's exchange. Raises WireError."""
        signature = bytes.fromhex(order.signature[2:])
        where = self._domains.of(market.generation, neg_risk=market.neg_risk)
        if owner_of(signed, where, signature) != key.address:
            others = self._domains.of_other_generation(market.generation)
            if any(owner_of(signed, other, signature) == key.address for other in others):
                raise WireError(400, "order_version_mismatch")
            raise WireError(400, "invalid signature")
        signer, maker = checksummed(order.signer), checksummed(order.maker)
        if signer != (maker if signed.signature_type in {0, 3} else key.address):
            raise WireError(400, "invalid signature")
        if signed.signature_type == 0 and signer != key.address:
            raise WireError(400, "the order signer address has to be the address of the API KEY")
        return "0x" + signing_digest(where.separator, signed.struct_hash()).hex()


def _signed(order: WireOrder) -> SignedOrder:
    """The signed fields as numbers. Raises WireError 400."""
    numbers = (order.tokenId, order.makerAmount, order.takerAmount, order.timestamp, order.expiration)
    if not all(_NUMBER.fullmatch(text) and fits_word(int(text)) for text in numbers) or not fits_word(order.salt):
        raise WireError(400, _BAD_BODY)
    if not all(_BYTES32.fullmatch(text) for text in (order.metadata, order.builder)) or not _SIGNATURE.fullmatch(order.signature):
        raise WireError(400, _BAD_BODY)
    if order.side not in {"BUY", "SELL"} or order.signatureType not in {0, 1, 2, 3}:
        raise WireError(400, _BAD_BODY)
    try:
        maker, signer = (bytes.fromhex(checksummed(text)[2:]) for text in (order.maker, order.signer))
    except BadId:
        raise WireError(400, _BAD_BODY) from None
    return SignedOrder(
        salt=order.salt,
        maker=maker,
        signer=signer,
        token=int(order.tokenId),
        maker_amount=int(order.makerAmount),
        taker_amount=int(order.takerAmount),
        side=0 if order.side == "BUY" else 1,
        signature_type=order.signatureType,
        timestamp_ms=int(order.timestamp),
        metadata=bytes.fromhex(order.metadata[2:]),
        builder=bytes.fromhex(order.builder[2:]),
    )


def _lifetime(entry: WireEntry) -> Lifetime:
    try:
        lifetime = Lifetime(entry.orderType)
    except ValueError:
        raise WireError(400, _BAD_BODY) from None
    if entry.postOnly and lifetime in {Lifetime.FOK, Lifetime.FAK}:
        raise WireError(400, "invalid post-only order: only GTC and GTD orders can be post-only")
    return lifetime


def _spec(signed: SignedOrder, market: Market, lifetime: Lifetime, order_id: str, *, post_only: bool) -> OrderSpec:
    """Two amounts as side, price and size. Raises WireError: amounts that are no price of this market."""
    side = Side.SELL if signed.side else Side.BUY
    cash, shares = (signed.taker_amount, signed.maker_amount) if signed.side else (signed.maker_amount, signed.taker_amount)
    if not 0 < cash < shares or shares > SIZE_MICRO_MAX:
        raise WireError(400, "invalid price, price must be greater than 0 and less than 1")
    is_immediate = lifetime in {Lifetime.FOK, Lifetime.FAK}
    price = _immediate_price(signed, market, side) if is_immediate else _resting_price(cash, shares, market)
    if price is None:
        tick = price_text(market.tick_pips)
        raise WireError(400, f"order {order_id} is invalid. Price ({_ratio_text(cash, shares)}) breaks minimum tick size rule: {tick}")
    return OrderSpec(
        market_id=market.market_id,
        token=str(signed.token),
        side=side,
        price_pips=price,
        size_micro=cash if is_immediate and side is Side.BUY else shares,
        lifetime=lifetime,
        post_only=post_only,
    )


def _resting_price(cash: int, shares: int, market: Market) -> Pips | None:
    pips, rest = divmod(cash * PRICE_ONE_PIPS, shares)
    return pips if not rest and pips % market.tick_pips == 0 else None


def _immediate_price(signed: SignedOrder, market: Market, side: Side) -> Pips | None:
    """The limit: the price on the tick whose amounts these are, or one tick worse for the order where their rounding forbids it."""
    give, ask, tick = signed.maker_amount, signed.taker_amount, market.tick_pips
    cash, shares = (ask, give) if side is Side.SELL else (give, ask)
    near = (2 * cash * PRICE_ONE_PIPS + shares * tick) // (2 * shares * tick) * tick
    if not tick <= near <= PRICE_ONE_PIPS - tick:
        return None
    step = _CLIENT_STEP_COARSE if tick == 1_000 else _CLIENT_STEP
    exact = give * PRICE_ONE_PIPS // near if side is Side.BUY else give * near // PRICE_ONE_PIPS
    if abs(ask - exact) > step:
        return None
    if side is Side.BUY:
        limit = near if near * shares <= cash * PRICE_ONE_PIPS else near - tick
    else:
        limit = near if near * shares >= cash * PRICE_ONE_PIPS else near + tick
    return limit if tick <= limit <= PRICE_ONE_PIPS - tick else None


def _check_precision(signed: SignedOrder, spec: OrderSpec) -> None:
    if spec.is_immediate and (signed.maker_amount % 10_000 or signed.taker_amount % 100):
        what = "market buy" if spec.side is Side.BUY else "sell"
        raise WireError(
            400, f"invalid amounts, the {what} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"
        )


def _check_size(spec: OrderSpec, market: Market, order_id: str) -> None:
    if spec.is_in_cash:
        if spec.size_micro < MICRO:
            raise WireError(400, dollar_text(spec))
    elif not spec.is_immediate and spec.size_micro < market.min_shares_micro:
        size, least = micro_text(spec.size_micro), micro_text(market.min_shares_micro)
        raise WireError(400, f"order {order_id} is invalid. Size ({size}) lower than the minimum: {least}")


def dollar_text(spec: OrderSpec) -> str:
    """What the venue says to a BUY of less than a dollar that would trade at once."""
    cents = spec.cost_micro // 10_000
    return f"invalid amount for a marketable BUY order (${cents // 100}.{cents % 100:02d}), min size: $1"


def _expires_ns(expiration_s: int, lifetime: Lifetime, at_ns: Nanos) -> Nanos | None:
    """When it ends. Raises WireError: too near, or a time where none belongs."""
    if lifetime is not Lifetime.GTD:
        if expiration_s:
            raise WireError(400, "invalid expiration")
        return None
    if not at_ns + GTD_AHEAD_S * NS_PER_SECOND <= expiration_s * NS_PER_SECOND < 1 << 63:
        raise WireError(400, "invalid expiration")
    return (expiration_s - GTD_THRESHOLD_S) * NS_PER_SECOND


def _ratio_text(cash: int, shares: int) -> str:
    """cash / shares with up to ten decimals."""
    scaled = cash * 10**10 // shares
    return f"{scaled // 10**10}.{scaled % 10**10:010d}".rstrip("0").rstrip(".")


def refusal_text(reason: Refusal, order: OrderFacts, balance_micro: int) -> str:
    """The venue's words for a refusal of the exchange. `balance_micro`: what is free of what the order gives."""
    if reason in {Refusal.NOT_ENOUGH_CASH, Refusal.NOT_ENOUGH_SHARES}:
        amount = order.spec.cost_micro if order.spec.side is Side.BUY else order.spec.size_micro
        return f"not enough balance / allowance: the balance is not enough -> balance: {balance_micro}, order amount: {amount}"
    if reason is Refusal.BELOW_MINIMUM:
        return dollar_text(order.spec)
    if reason is Refusal.DUPLICATE_ORDER_ID:
        return f"order {order.order_id} is invalid. Duplicated."
    return _TEXTS.get(reason, "could not insert order")


_TEXTS: Final = {
    Refusal.POST_ONLY_WOULD_CROSS: POST_ONLY_CROSSES,
    Refusal.FOK_NOT_FILLABLE: FOK_KILLED,
    Refusal.NOTHING_TO_TAKE: FAK_UNMATCHED,
    Refusal.MARKET_CLOSED: "the market is not yet ready to process new orders",
    Refusal.EXPIRY_IN_PAST: "invalid expiration",
}
