"""The CLOB's private REST: requests are written and answers are read here, and nothing is sent. Pure.

How an answer to an order is judged (polymarket.md §3.4, §3.6; rulings 0.6). What is not certain stays unknown, because only a refusal that is one
lets go of an order's reservation:

    200, our id, no error text      Acked. `matched` is no fill: fills come from the user channel and the trades query. `delayed` stands too
    200, no id, an error text       Rejected
    200, another id than ours       an alarm, and unknown: what we signed and what the venue took are not the same
    4xx                             Rejected; unless the text is `Duplicated` (then it exists) or cannot be read where it matters (400)
    never left us                   Rejected
    408, 425, 429 apart, 5xx, …     unknown: the engine asks
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from connectors.polymarket import wire_rest as wire
from connectors.polymarket.authentication import Credentials
from connectors.polymarket.signing import batch_body
from connectors.transport.http import Absent, Answer, Failed, Found, Request
from oms.values.events import Acked, CancelRefused, CancelTaken, Rejected, ReplyLost
from oms.values.orders import OrderId, VenueOrderId

SAID_MAX: Final = 200
_BAD_REQUEST: Final = 400
_NAMES: Final = (
    ("duplicated", "DUPLICATED"),
    ("order_version_mismatch", "WRONG_GENERATION"),
    ("invalid order version", "WRONG_GENERATION"),
    ("invalid order payload", "BAD_PAYLOAD"),
    ("owner has to be the owner", "WRONG_OWNER"),
    ("signer address has to be", "WRONG_SIGNER"),
    ("invalid signature", "BAD_SIGNATURE"),
    ("closed only mode", "CLOSED_ONLY"),
    ("banned", "BANNED"),
    ("maker address not allowed", "MAKER_NOT_ALLOWED"),
    ("allowance is not enough", "ALLOWANCE"),
    ("not enough balance", "BALANCE"),
    ("insufficient balance", "BALANCE"),
    ("invalid_order_not_enough_balance", "BALANCE"),
    ("minimum tick size", "TICK"),
    ("invalid_order_min_tick_size", "TICK"),
    ("lower than the minimum", "MINIMUM_SIZE"),
    ("invalid_order_min_size", "MINIMUM_SIZE"),
    ("marketable buy order", "MINIMUM_CASH"),
    ("invalid amounts", "PRECISION"),
    ("invalid price", "PRICE"),
    ("invalid expiration", "EXPIRATION"),
    ("invalid_order_expiration", "EXPIRATION"),
    ("post-only mode", "POST_ONLY_MODE"),
    ("post-only", "WOULD_CROSS"),
    ("invalid_post_only", "WOULD_CROSS"),
    ("crosses", "WOULD_CROSS"),
    ("fully filled or killed", "FOK_KILLED"),
    ("fok_order_not_filled", "FOK_KILLED"),
    ("fok orders are filled or killed", "FOK_KILLED"),
    ("no orders found to match", "FAK_KILLED"),
    ("no matching orders", "FAK_KILLED"),
    ("not yet ready", "MARKET_NOT_READY"),
    ("market_not_ready", "MARKET_NOT_READY"),
    ("match delayed", "DELAYED"),
    ("order_delayed", "DELAYED"),
    ("delaying_order", "DELAYED"),
    ("canceled in the ctf exchange", "CANCELLED_ON_CHAIN"),
    ("too many orders in payload", "TOO_MANY"),
    ("too many requests", "RATE_LIMITED"),
    ("restricted in your region", "REGION"),
    ("trading is currently disabled", "DISABLED"),
    ("cancel-only", "CANCEL_ONLY"),
    ("unauthorized", "UNAUTHORIZED"),
    ("api key", "UNAUTHORIZED"),
    ("invalid l1 request headers", "UNAUTHORIZED"),
    ("market not found", "NO_MARKET"),
    ("no orderbook", "NO_MARKET"),
)
"""Part of the venue's text, in lower case → our short name. The first that fits."""
_BY_STATUS: Final = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 413: "BAD_PAYLOAD", 429: "RATE_LIMITED"}
NOT_LET_IN: Final = frozenset({401, 403})
"""Who asks is refused, whatever was asked."""
_NOT_HEARD: Final = NOT_LET_IN | {429}
"""Answers to a cancel after which its order is as it was: it is cancelled once more, at the engine's pace and not at the network's."""
_IN_DOUBT: Final = frozenset({"DUPLICATED", "DELAYED"})
"""Words that do not say that the order is not there: rather that it is."""
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)


def named_refusal(text: str, status: int | None = None) -> str:
    """The venue's words with a short name of ours before them: "BALANCE: not enough balance / allowance"."""
    lower = text.lower()
    name = next((name for part, name in _NAMES if part in lower), None) or _BY_STATUS.get(status or 0, "OTHER")
    return f"{name}: {text[:SAID_MAX]}"


def _name(refusal: str) -> str:
    return refusal.partition(":")[0]


class Judged(msgspec.Struct, frozen=True):
    """What an answer means: facts, and what a person must be told."""

    facts: Sequence[Acked | Rejected | ReplyLost | CancelTaken | CancelRefused]
    alarms: Sequence[str] = ()


Names = Mapping[VenueOrderId, OrderId]
"""The orders an answer is about, in the order they were sent: the venue's name → ours."""


def judge_placed(answer: Answer, names: Names) -> Judged:
    """What became of the orders of one POST. Every order gets exactly one fact."""
    if isinstance(answer, Found):
        replies = wire.batch_reply(answer.body) if len(names) > 1 else _single(answer.body)
        if replies is not None:
            return _matched_up(replies, names)
        return _all_lost(names, f"HTTP {answer.status} with an answer that cannot be read")
    if isinstance(answer, Failed):
        if answer.maybe_took_effect:
            return _all_lost(names, answer.why)
        return Judged([Rejected(order_id=order_id, why=f"NOT_SENT: {answer.why[:SAID_MAX]}") for order_id in names.values()])
    error = wire.error_reply(answer.text)
    text = error.text if error is not None else ""
    refusal = named_refusal(text or f"HTTP {answer.status}", answer.status)
    if (not text and answer.status == _BAD_REQUEST) or _name(refusal) in _IN_DOUBT:
        return _all_lost(names, f"HTTP {answer.status}: {text[:SAID_MAX] or 'no readable reason'}")
    return Judged([Rejected(order_id=order_id, why=refusal) for order_id in names.values()])


def _single(body: bytes) -> list[wire.PlaceReply] | None:
    reply = wire.place_reply(body)
    return None if reply is None else [reply]


def _all_lost(names: Names, why: str) -> Judged:
    return Judged([ReplyLost(order_id=order_id, why=why[:SAID_MAX]) for order_id in names.values()])


def _matched_up(replies: Sequence[wire.PlaceReply], names: Names) -> Judged:
    """Which reply is about which order.

    The venue takes a batch in parallel and promises no order, so a reply is matched by the id it names: in `orderID`, or in its words. Replies
    that name none are refusals. If there are as many as orders left over, all of those were refused, and only whose reason is whose is a guess.
    """
    facts: dict[OrderId, Acked | Rejected | ReplyLost] = {}
    alarms: list[str] = []
    nameless: list[str] = []
    for reply in replies:
        told, error = (reply.order_id or "").lower(), reply.error or ""
        if not told:
            in_words = _HASH.search(error)
            told = in_words[0].lower() if in_words and in_words[0].lower() in names else ""
        if not told:
            nameless.append(error)
        elif told not in names:
            alarms.append(f"the venue answers for order {told[:70]!r}, which is not one we sent with that request")
        else:
            facts[names[told]] = _one(reply, names[told], told)
    left = [order_id for order_id in names.values() if order_id not in facts]
    sure = len(nameless) == len(left) and not alarms and all(error and _name(named_refusal(error)) not in _IN_DOUBT for error in nameless)
    for order_id, error in zip(left, nameless if sure else [""] * len(left), strict=True):
        if sure:
            facts[order_id] = Rejected(order_id=order_id, why=named_refusal(error))
        else:
            facts[order_id] = ReplyLost(order_id=order_id, why="the answer does not say what became of this order")
    return Judged([facts[order_id] for order_id in names.values()], alarms)


def _one(reply: wire.PlaceReply, order_id: OrderId, venue_order_id: VenueOrderId) -> Acked | Rejected | ReplyLost:
    """A reply that names our order: judged by `orderID` and `errorMsg`, never by `success` alone (polymarket.md §3.4)."""
    if not reply.error:
        if reply.success is False:
            return ReplyLost(order_id=order_id, why="the answer names the order and no error, and says that it failed")
        return Acked(order_id=order_id, venue_order_id=venue_order_id)
    refusal = named_refusal(reply.error)
    if reply.order_id or _name(refusal) in _IN_DOUBT:  # an id of its own and an error: which of the two holds?
        return ReplyLost(order_id=order_id, why=refusal)
    return Rejected(order_id=order_id, why=refusal)


def judge_cancelled(answer: Answer, names: Names) -> Judged:
    """What became of the cancels of one DELETE. Every order gets exactly one fact; lost ones are cancelled once more by the engine."""
    if isinstance(answer, Found):
        reply = wire.cancel_reply(answer.body)
        if reply is None:
            return _all_lost(names, f"HTTP {answer.status} with an answer that cannot be read")
        gone = {name.lower() for name in reply.canceled or ()}
        kept = {name.lower(): why for name, why in (reply.not_canceled or {}).items()}
        return Judged([_cancel_fact(name, order_id, name in gone, kept.get(name)) for name, order_id in names.items()])
    if isinstance(answer, Failed):
        return _all_lost(names, answer.why)
    why = said(answer)
    if answer.status in _NOT_HEARD:
        return _all_lost(names, why)
    return Judged([CancelRefused(order_id=order_id, why=why) for order_id in names.values()])


def said(answer: Absent) -> str:
    """A refusal of a whole request, with our name for it."""
    text = (wire.error_reply(answer.text) or wire.ErrorReply()).text
    return named_refusal(text or f"HTTP {answer.status}", answer.status)


def _cancel_fact(name: VenueOrderId, order_id: OrderId, is_gone: bool, why_kept: str | None) -> CancelTaken | CancelRefused | ReplyLost:  # noqa: FBT001
    if is_gone is (why_kept is not None):
        return ReplyLost(
            order_id=order_id, why=f"the answer says {'both' if is_gone else 'neither'} that {name[:20]} is cancelled and that it is not"
        )
    if is_gone:
        return CancelTaken(order_id=order_id, why="by our wish")
    return CancelRefused(order_id=order_id, why=(why_kept or "no reason given")[:SAID_MAX])


class Calls:
    """Writes requests in the name of one API key. What it writes holds the passphrase: it is never logged."""

    def __init__(self, credentials: Credentials, server_s: Callable[[], int]) -> None:
        """`server_s`: Unix seconds by the **venue's** clock, which is the one that judges a header's age."""
        self._credentials = credentials
        self._server_s = server_s
        self.api_key: Final = credentials.api_key

    def _request(self, method: str, path: str, body: bytes = b"", query: Sequence[tuple[str, str]] = ()) -> Request:
        headers = self._credentials.headers(method, path, body, self._server_s())
        return Request(method=method, path=path, query=tuple(query), body=body, headers=headers)

    def place(self, bodies: Sequence[bytes]) -> Request:
        """POST one order, or up to 15."""
        if len(bodies) == 1:
            return self._request("POST", "/order", bodies[0])
        return self._request("POST", "/orders", batch_body(bodies))

    def cancel(self, names: Sequence[VenueOrderId]) -> Request:
        """DELETE one order, or up to 1,000."""
        if len(names) == 1:
            return self._request("DELETE", "/order", msgspec.json.encode({"orderID": names[0]}))
        return self._request("DELETE", "/orders", msgspec.json.encode(list(names)))

    def cancel_all(self) -> Request:
        """DELETE every order of the API key."""
        return self._request("DELETE", "/cancel-all")

    def cancel_market(self, market_id: str, token: str = "") -> Request:
        """DELETE the orders of a market, or of one of its tokens. The width of a v2 condition id here is unknown: prefer ids (§3.9)."""
        told = {"market": market_id, "asset_id": token} if token else {"market": market_id}
        return self._request("DELETE", "/cancel-market-orders", msgspec.json.encode(told))

    def order(self, name: VenueOrderId) -> Request:
        """One order, whatever became of it."""
        return self._request("GET", f"/data/order/{name}")

    def open_orders(self, cursor: str) -> Request:
        """A page of what stands."""
        return self._request("GET", "/data/orders", query=[("next_cursor", cursor)])

    def trades(self, cursor: str, *, after_s: int | None = None, trade_id: str = "") -> Request:
        """A page of our trades since a second, or of one trade. Never by market: its filter misses maker fills against the other token (§3.8)."""
        query = [("id", trade_id)] if trade_id else []
        if after_s is not None:
            query.append(("after", str(after_s)))
        return self._request("GET", "/data/trades", query=[*query, ("next_cursor", cursor)])

    def balance(self, asset_type: str, signature_type: int, token: str = "") -> Request:
        """What there is of COLLATERAL, or of a CONDITIONAL or CONDITIONAL-V2 token, and who may move it."""
        return self._request("GET", "/balance-allowance", query=_asset(asset_type, signature_type, token))

    def reread(self, asset_type: str, signature_type: int, token: str = "") -> Request:
        """Let the venue read that from the chain anew: it remembers what it read before."""
        return self._request("GET", "/balance-allowance/update", query=_asset(asset_type, signature_type, token))

    def heartbeat(self, heartbeat_id: str) -> Request:
        """The next link of the dead-man switch's chain (§4.5)."""
        return self._request("POST", "/v1/heartbeats", msgspec.json.encode({"heartbeat_id": heartbeat_id}))


def _asset(asset_type: str, signature_type: int, token: str) -> list[tuple[str, str]]:
    return [("asset_type", asset_type), *([("token_id", token)] if token else []), ("signature_type", str(signature_type))]
