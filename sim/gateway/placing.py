"""POST /order and /orders: through the door, perhaps held for a while, into the book; and what is answered. No socket."""

from typing import Final

from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, micro_text
from sim.gateway.authentication import ApiKey, Keyring
from sim.gateway.conditions import Conditions
from sim.gateway.host import Host
from sim.gateway.orders import FOK_KILLED, Door, WireEntry, entry_of, refusal_text
from sim.gateway.records import OrderFacts, OrderMove, OrderMoved
from sim.gateway.wire import Answer, Asked, Later, Route, WireError
from sim.outcomes import Executed, Outcome, Refusal, Refused

BATCH_MAX: Final = 15


class Placing:
    """Takes orders."""

    def __init__(self, host: Host, keyring: Keyring, conditions: Conditions) -> None:
        self._host = host
        self._keyring = keyring
        self._conditions = conditions
        self._door = Door(host, keyring)

    def routes(self) -> list[Route]:
        """What the gateway serves of this."""
        who = self._keyring.who
        return [Route("POST", "/order", self._one, "place", who), Route("POST", "/orders", self._many, "place", who)]

    def _one(self, asked: Asked) -> Answer:
        key = self._keyring.authorized(asked)
        entry = entry_of(asked.parsed())
        self._check_venue(key, [entry], 1)
        return self._placed(entry, key)

    def _many(self, asked: Asked) -> Answer:
        """Each entry is taken or refused by itself, in the order given (the venue promises none)."""
        key = self._keyring.authorized(asked)
        rows = asked.parsed()
        if not isinstance(rows, list) or not rows:
            raise WireError(400, "Invalid order payload")
        if len(rows) > BATCH_MAX:
            raise WireError(400, f"Too many orders in payload: {len(rows)}, max allowed: {BATCH_MAX}")
        entries: list[WireEntry | WireError] = []
        for row in rows:
            try:
                entries.append(entry_of(row))
            except WireError as error:
                entries.append(error)
        self._check_venue(key, [entry for entry in entries if isinstance(entry, WireEntry)], len(rows))
        return _together([self._placed_in_batch(entry, key) for entry in entries])

    def _check_venue(self, key: ApiKey, entries: list[WireEntry], cost: int) -> None:
        at_ns = self._host.now_ns()
        self._conditions.check_place(at_ns, all_post_only=bool(entries) and all(entry.postOnly for entry in entries))
        self._conditions.check_rate(key.account, cost, at_ns, is_cancel=False)

    def _placed_in_batch(self, entry: WireEntry | WireError, key: ApiKey) -> Answer:
        try:
            if isinstance(entry, WireError):
                raise entry
            answer = self._placed(entry, key)
        except WireError as error:
            return _failed(error)
        return answer

    def _placed(self, entry: WireEntry, key: ApiKey) -> Answer:
        """The answer to one order. Raises WireError."""
        order = self._door.checked(entry, key)
        self._conditions.check_maker(order.account, order.maker_address)
        if order.account in self._conditions.unapproved:
            amount = order.spec.cost_micro if order.spec.side is Side.BUY else order.spec.size_micro
            raise WireError(400, f"not enough balance / allowance: the allowance is not enough -> allowance: 0, order amount: {amount}")
        terms = self._host.listed[order.spec.market_id].terms
        if terms.hold_ns and not order.spec.post_only and self._crosses(order):
            return self._held(order, keeps_reply=terms.hold_keeps_reply)
        outcomes = self._host.submit(order)
        refused = _refusal(order, outcomes)
        if refused is not None and refused.reason is Refusal.FOK_NOT_FILLABLE:
            self._tell_killed(order)
        return self._answer(order, outcomes)

    def _answer(self, order: OrderFacts, outcomes: list[Outcome]) -> dict[str, object]:
        refused = _refusal(order, outcomes)
        if refused is not None:
            raise WireError(400, refusal_text(refused.reason, order, self._free_micro(order)))
        if not any(isinstance(outcome, Executed) and outcome.trade.taker.order_key == order.order_id for outcome in outcomes):
            return _accepted(order, "live")
        shares, cash = micro_text(order.matched_micro), micro_text(order.paid_micro)
        making, taking = (cash, shares) if order.spec.side is Side.BUY else (shares, cash)
        return _accepted(order, "matched", making, taking, list(order.trade_ids))

    def _tell_killed(self, order: OrderFacts) -> None:
        """The private channel tells of a killed FOK as well, as a cancellation whose status is the sentence (captured, polymarket.md §3.5)."""
        order.status = f"CANCELED_{FOK_KILLED}"
        self._host.tell(OrderMoved(OrderMove.CANCELLATION, order), self._host.now_ns())

    def _free_micro(self, order: OrderFacts) -> int:
        view = self._host.exchange.account(order.account) if order.account in self._host.exchange.clearing.accounts else None
        if view is None:
            return 0
        if order.spec.side is Side.BUY:
            return view.cash.available_micro
        held = view.tokens.get(order.spec.token)
        return held.available_micro if held is not None else 0

    # The hold of orders that cross (polymarket.md §4.4). A held order cannot be cancelled.

    def _crosses(self, order: OrderFacts) -> bool:
        listing, spec = self._host.listing(order.spec.market_id), order.spec
        is_yes = spec.token == listing.market.yes
        yes_pips = spec.price_pips if is_yes else PRICE_ONE_PIPS - spec.price_pips
        if (spec.side is Side.BUY) is is_yes:
            return yes_pips >= listing.pool.best_ask_pips
        return yes_pips <= listing.pool.best_bid_pips

    def _held(self, order: OrderFacts, *, keeps_reply: bool) -> Answer:
        at_ns = self._host.now_ns()
        self._host.book.hold(order)
        later = Later()
        hold_ns = self._host.listed[order.spec.market_id].terms.hold_ns
        self._host.timers.set(at_ns + hold_ns, lambda _at_ns: self._let_go(order, later))
        if keeps_reply:
            return later
        self._host.tell(OrderMoved(OrderMove.PLACEMENT, order), at_ns)
        return _accepted(order, "delayed")

    def _let_go(self, order: OrderFacts, later: Later) -> None:
        self._host.book.release(order)
        outcomes = self._host.submit(order)
        if _refusal(order, outcomes) is not None:
            self._host.tell(self._host.book.drop(order), self._host.now_ns())
        try:
            later.finish(self._answer(order, outcomes))
        except WireError as error:
            later.finish(error)


def _refusal(order: OrderFacts, outcomes: list[Outcome]) -> Refused | None:
    return next((outcome for outcome in outcomes if isinstance(outcome, Refused) and outcome.order_key == order.order_id), None)


def _accepted(order: OrderFacts, status: str, making: str = "", taking: str = "", trade_ids: list[str] | None = None) -> dict[str, object]:
    return _reply(order_id=order.order_id, status=status, making=making, taking=taking, trade_ids=trade_ids)


def _failed(error: WireError) -> dict[str, object]:
    """An entry of a batch that was refused."""
    return _reply(error=str(error))


def _reply(
    *, order_id: str = "", status: str = "", error: str = "", making: str = "", taking: str = "", trade_ids: list[str] | None = None
) -> dict[str, object]:
    return {
        "success": not error,
        "errorMsg": error,
        "orderID": order_id,
        "status": status,
        "makingAmount": making,
        "takingAmount": taking,
        "transactionsHashes": [],
        "tradeIDs": trade_ids or [],
    }


def _together(answers: list[Answer]) -> Answer:
    """One answer of many, known when the last of them is."""
    waiting = [answer for answer in answers if isinstance(answer, Later)]
    if not waiting:
        return answers
    whole = Later()

    def look() -> None:
        if not whole.is_known and all(later.is_known for later in waiting):
            whole.finish([_settled(answer) for answer in answers])

    for later in waiting:
        later.then = look
    return whole


def _settled(answer: Answer) -> Answer:
    told = answer.answer if isinstance(answer, Later) else answer
    return _failed(told) if isinstance(told, WireError) else told
