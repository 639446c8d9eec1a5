"""What a venue told, in words that are the same for every venue: echoes are left out, and what is no difference to an OMS makes no difference here.

Sizes are shares, prices cents, money dollars. The rules, all of them:

1. A fact told again is an echo. So is word of an order that has outlived it (ruling 0.6): "it stands" of one that was known, "it is over" of one
   that is filled or over.
2. What is told of one order in one line is in the order of its life, whichever of two sockets was faster.
3. Fills of one order at one price in one line are one: some venues tell each match, some put those of one price together.
4. Of several settlement steps of an order in one line only the last is told.
5. Nothing heard of an order that was sent is the same as an answer that was lost: it is unknown. So with a cancel.
6. Reasons of refusals are translated; one that is not known is shown as it came.
7. Books, and that a market closed (Polymarket's streams have no word for that), are not part of the story; ticks and payouts are.
"""

import copy
from collections.abc import Sequence
from typing import Final

import msgspec

from oms.values import events as e
from oms.values.market import Market
from oms.values.orders import OrderId, OrderSpec, TradeId, VenueOrderId
from oms.values.units import PRICE_ONE_PIPS, Pips, micro_text, price_text

REASONS: Final = {
    "post-only, and it would cross": "would cross",
    "WOULD_CROSS": "would cross",
    "cannot be filled completely now": "not all at once",
    "FOK_KILLED": "not all at once",
    "nothing to match at this price": "nothing to take",
    "FAK_KILLED": "nothing to take",
    "not enough cash that is free": "not enough",
    "not enough shares that are free": "not enough",
    "BALANCE": "not enough",
    "the price breaks the tick": "off tick",
    "OFF_TICK": "off tick",
    "TICK": "off tick",
    "below the minimum size": "too small",
    "BELOW_MINIMUM_SHARES": "too small",
    "BELOW_MINIMUM_CASH": "too small",
    "MINIMUM_SIZE": "too small",
    "MINIMUM_CASH": "too small",
    "the market takes no orders": "closed",
    "MARKET_NOT_READY": "closed",
    "429": "too many",
    "RATE_LIMITED": "too many",
    "post-only cannot be immediate": "post-only rests",
    "POST_ONLY_IMMEDIATE": "post-only rests",
}
"""The simulated venues say a sentence, the connector a name before a colon."""
_LIFE: Final = ("refused", "accepted", "takes", "makes", "mined", "confirmed", "retrying", "failed", "cancelled", "expired")


def cents(price_pips: Pips) -> str:
    """4900 → "49", 5130 → "51.3"."""
    return micro_text(price_pips * 10_000)


class Asked(msgspec.Struct, kw_only=True):
    """What we wanted in one line."""

    placed: list[OrderId] = []
    cancelled: list[OrderId] = []
    orders: list[OrderId] = []
    """Asked about, one by one."""
    questions: int = 0
    """All questions."""


class _Heard:
    """What one line brought, before it is put into words."""

    def __init__(self) -> None:
        self.words: list[tuple[OrderId, int, int, str]] = []
        """(order, when in its life, when told, word); without an order at the end."""
        self.fills: dict[tuple[OrderId, Pips, bool], list[int]] = {}
        self.stages: dict[OrderId, e.SettlementStage] = {}
        self.about: dict[OrderId, None] = {}
        """Orders that a fact was about which says more than that an answer was lost."""
        self.answers = 0

    def say(self, order_id: OrderId, word: str) -> None:
        rank = next((rank for rank, life in enumerate(_LIFE) if word.startswith(life)), len(_LIFE))
        self.words.append((order_id, rank, len(self.words), f"{order_id} {word}"))

    def say_besides(self, word: str) -> None:
        if word:
            self.words.append(("~", 0, len(self.words), word))

    def text(self) -> str:
        return ", ".join(dict.fromkeys(word for *_, word in sorted(self.words)))


class Teller:
    """Puts facts into words, line by line, and remembers what is an echo by now."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.specs: dict[OrderId, OrderSpec] = {}
        self.names: dict[VenueOrderId, OrderId] = {}
        self._known: dict[OrderId, None] = {}
        self._over: dict[OrderId, None] = {}
        self._filled: dict[OrderId, int] = {}
        self._trades: dict[tuple[TradeId, OrderId], e.SettlementStage] = {}

    def try_to_tell(self, facts: Sequence[e.Event], asked: Asked) -> str:
        """As `tell`, without remembering anything: to see whether all has come that should."""
        return copy.deepcopy(self).tell(facts, asked)

    def tell(self, facts: Sequence[e.Event], asked: Asked) -> str:
        """The facts of one line in words."""
        heard = _Heard()
        for fact in facts:
            self._take(fact, asked, heard)
        for fact in facts:
            if isinstance(fact, e.CancelDone | e.CancelTaken | e.Expired):
                self._ended(fact, asked, heard)
        self._told_trades(heard)
        for order_id in asked.placed:
            if order_id not in heard.about:
                heard.say(order_id, "unknown")
        for order_id in asked.cancelled:
            if order_id not in heard.about:
                heard.say_besides(f"cancel of {order_id} unknown")
        if asked.questions > heard.answers:
            heard.say_besides("no answer")
        return heard.text()

    def settle_givens(self) -> None:
        """What was given is known from now on, also where nobody told it."""
        self._known |= dict.fromkeys(self.specs)

    def _take(self, fact: e.Event, asked: Asked, heard: _Heard) -> None:
        if isinstance(fact, e.Acked):
            self._acked(fact, asked, heard)
        elif isinstance(fact, e.Rejected):
            self._refused(fact, heard)
        elif isinstance(fact, e.Filled):
            self._fill(fact, heard)
        elif isinstance(fact, e.SettlementMoved):
            self._move(fact, heard)
        elif isinstance(fact, e.CancelRefused):
            heard.about[fact.order_id] = None
            heard.say_besides(f"cancel of {fact.order_id} refused")
        elif isinstance(fact, e.ProvenAbsent | e.TradesReported | e.OpenOrdersReported | e.BalancesReported):
            self._answered(fact, heard)
        else:
            heard.say_besides(_about_the_venue(fact))

    def _answered(self, fact: e.ProvenAbsent | e.TradesReported | e.OpenOrdersReported | e.BalancesReported, heard: _Heard) -> None:
        heard.answers += not (isinstance(fact, e.TradesReported) and fact.order_id)
        if isinstance(fact, e.ProvenAbsent):
            heard.say(fact.order_id, "absent")
        elif isinstance(fact, e.TradesReported):
            self._report_trades(fact, heard)
        else:
            heard.say_besides(self._open_words(fact) if isinstance(fact, e.OpenOrdersReported) else self._balance_words(fact))

    def _acked(self, fact: e.Acked, asked: Asked, heard: _Heard) -> None:
        order_id = fact.order_id
        heard.about[order_id] = None
        if order_id in asked.orders:
            heard.answers += 1
            heard.say(order_id, "found filled" if self._is_whole(order_id) else "found standing")
        elif order_id not in self._known and order_id not in self._over:
            heard.say(order_id, "accepted")
        self._known[order_id] = None

    def _refused(self, fact: e.Rejected, heard: _Heard) -> None:
        heard.about[fact.order_id] = None
        if fact.order_id not in self._over:
            heard.say(fact.order_id, f"refused: {_reason(fact.why)}")
        self._over[fact.order_id] = None

    def _fill(self, fact: e.Filled, heard: _Heard) -> None:
        heard.about[fact.order_id] = None
        key = (fact.trade_id, fact.order_id)
        if key in self._trades:
            return
        self._trades[key] = e.SettlementStage.MATCHED
        self._filled[fact.order_id] = self._filled.get(fact.order_id, 0) + fact.shares_micro
        total = heard.fills.setdefault((fact.order_id, fact.price_pips, fact.is_maker), [0, 0, 0])
        for at, more in enumerate((fact.shares_micro, fact.cash_micro, fact.fee_cash_micro)):
            total[at] += more

    def _move(self, fact: e.SettlementMoved, heard: _Heard) -> None:
        key = (fact.trade_id, fact.order_id)
        if self._trades.get(key) is not fact.stage:
            self._trades[key] = heard.stages[fact.order_id] = fact.stage

    def _told_trades(self, heard: _Heard) -> None:
        for (order_id, price, is_maker), (shares, cash, fee) in heard.fills.items():
            heard.say(order_id, f"{'makes' if is_maker else 'takes'} {_trade_words(price, shares, cash, fee)}")
        for order_id, stage in heard.stages.items():
            heard.say(order_id, stage.name.lower())

    def _ended(self, fact: e.CancelDone | e.CancelTaken | e.Expired, asked: Asked, heard: _Heard) -> None:
        """Over. A cancel that was taken is in a card's words done: what was filled before is told in the same line, or was told before."""
        order_id = fact.order_id
        heard.about[order_id] = None
        filled = self._filled.get(order_id, 0)
        told_micro = None if isinstance(fact, e.CancelTaken) else fact.filled_micro
        if order_id in asked.orders:
            heard.answers += 1
            is_whole = max(filled, told_micro or 0) >= self.specs[order_id].shares_micro
            heard.say(order_id, "found filled" if is_whole else f"found over after {micro_text(filled)}")
        elif order_id not in self._over and not self._is_whole(order_id):
            word = "expired" if isinstance(fact, e.Expired) else "cancelled"
            says = "" if told_micro in {None, filled} else f" (it says {micro_text(told_micro or 0)})"
            heard.say(order_id, f"{word} after {micro_text(filled)}{says}")
        self._over[order_id] = None

    def _is_whole(self, order_id: OrderId) -> bool:
        return self._filled.get(order_id, 0) >= self.specs[order_id].shares_micro

    def _report_trades(self, fact: e.TradesReported, heard: _Heard) -> None:
        """Of one order: its trades as if they had been told. Of all: in words of a report, echoes or not."""
        if fact.order_id:
            self._take_all(fact, heard)
            return
        self._take_all(fact, _Heard())
        stages = {(moved.trade_id, moved.order_id): moved.stage.name.lower() for moved in fact.settlements}
        rows = [
            f"{fill.order_id} {_trade_words(fill.price_pips, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro)}"
            f" {stages.get((fill.trade_id, fill.order_id), 'matched')}"
            for fill in fact.fills
        ]
        heard.say_besides(f"traded: {'; '.join(rows) or 'nothing'}{' and more' if fact.omitted else ''}")

    def _take_all(self, fact: e.TradesReported, heard: _Heard) -> None:
        for fill in fact.fills:
            self._fill(fill, heard)
        for moved in fact.settlements:
            self._move(moved, heard)

    def _open_words(self, fact: e.OpenOrdersReported) -> str:
        rows = [
            f"{self.names.get(row.venue_order_id, '?')} {row.side.value} {self.market.outcome(row.token)}"
            f" {micro_text(row.shares_micro)}@{cents(row.price_pips)} filled {micro_text(row.filled_micro)}"
            for row in fact.orders
        ]
        return f"stands: {'; '.join(sorted(rows)) or 'nothing'}{' and more' if fact.omitted else ''}"

    def _balance_words(self, fact: e.BalancesReported) -> str:
        shares = [f" and {micro_text(held)} {self.market.outcome(token)}" for token, held in fact.shares_micro if held]
        return f"has {'?' if fact.cash_micro is None else micro_text(fact.cash_micro)}{''.join(shares)}"


def _about_the_venue(fact: e.Event) -> str:
    if isinstance(fact, e.VenueSyncing):
        return "away"
    if isinstance(fact, e.VenueReady):
        return "back, post-only" if fact.post_only else "back"
    if isinstance(fact, e.TickChanged):
        return f"tick {price_text(fact.tick_pips)}"
    return f"YES pays {micro_text(fact.payout.yes_ppm)}" if isinstance(fact, e.MarketResolved) else ""


def _trade_words(price_pips: Pips, shares: int, cash: int, fee: int) -> str:
    """Size and price; the money where it is not their product; the fee where there is one."""
    money = "" if cash * PRICE_ONE_PIPS == shares * price_pips else f" for {micro_text(cash)}"
    return f"{micro_text(shares)}@{cents(price_pips)}{money}{f' fee {micro_text(fee)}' if fee else ''}"


def _reason(why: str) -> str:
    return REASONS.get(why) or REASONS.get(why.partition(":")[0]) or why
