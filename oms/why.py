"""Why an order existed and what became of it: its chain of causes in words, read from a journal alone.

The entries of the order are put through the same tables as in life, so the states told are the ones it had.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from oms.entries import Entry
from oms.machines.blotter import Blotter, FillVerdict, Order
from oms.machines.lifecycle import Happening, IllegalTransition, State
from oms.machines.reconcile import compare
from oms.machines.risk import Reason
from oms.values import events as e
from oms.values.bundles import Bundle
from oms.values.commands import AskOrder, BundleEnded, BundleOpened, Cancel, Place, Prepared
from oms.values.decisions import Quotes
from oms.values.market import Market
from oms.values.orders import OrderId, Side, TradeId
from oms.values.record import BookSeen, BundleBody, DecisionBody, Verdict
from oms.values.units import Nanos, micro_text, price_text

_HAPPENINGS: dict[type, tuple[Happening, str]] = {
    e.Acked: (Happening.ACK, "the venue acknowledged it"),
    e.Rejected: (Happening.REJECT, "the venue refused it"),
    e.CancelDone: (Happening.CANCEL_DONE, "it was cancelled"),
    e.CancelRefused: (Happening.CANCEL_REFUSED, "the venue did not cancel it"),
    e.Expired: (Happening.EXPIRE, "its end time passed"),
    e.ReplyLost: (Happening.REPLY_LOST, "no readable answer came"),
    e.ProvenAbsent: (Happening.PROVEN_ABSENT, "the venue proved not to know it"),
}


_SILENCE: Final = "no answer in time"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the story."""

    at_ns: Nanos
    text: str


class UnknownOrder(LookupError):
    """The journal has no such order; the message says which there are."""


def story(entries: Iterable[Entry], order_id: OrderId) -> list[Step]:
    """The steps of one order in the order in which they were committed.

    Raises:
        UnknownOrder: the journal never placed it.
        JournalFailed: from the entries, when the journal is damaged.
    """
    teller = _Teller(order_id)
    for entry in entries:
        teller.hear(entry)
    if teller.order is None:
        placed = f"it placed {teller.placed} orders, from {teller.first} to {teller.last}" if teller.placed else "it placed none"
        raise UnknownOrder(f"the journal has no order {order_id!r}; {placed}")
    return teller.steps


class _Teller:
    """Listens to a journal for one order."""

    def __init__(self, order_id: OrderId) -> None:
        self.steps: list[Step] = []
        self.order: Order | None = None
        self.placed = 0
        self.first = self.last = ""
        self._order_id = order_id
        self._blotter = Blotter()
        self._markets: dict[str, Market] = {}
        self._decisions: dict[int, DecisionBody | BundleBody] = {}
        """Those of the turn at hand, by entry."""
        self._bundles: dict[str, tuple[Nanos, Bundle]] = {}
        """Those under way, by id, and when they were opened."""
        self._bundle_id = ""
        """The one that the order belongs to."""
        self._stages: dict[TradeId, e.SettlementStage] = {}
        """How far the settlement of each of its trades was told."""
        self._asked_for = _SILENCE
        """Why the next question about it is asked."""
        self._turn = 0

    def hear(self, entry: Entry) -> None:
        """Take one entry in."""
        if entry.turn != self._turn:
            self._turn = entry.turn
            self._decisions.clear()
        body = entry.body
        if isinstance(body, DecisionBody | BundleBody):
            self._decisions[entry.seq] = body
        elif isinstance(body, Prepared):
            self._command(entry, body)
        elif isinstance(body, e.MarketListed):
            self._markets[body.market.market_id] = body.market
        elif getattr(body, "order_id", None) == self._order_id and self.order is not None:
            self._fact(entry.at_ns, body, self.order)
        elif self.order is not None:
            self._general(entry.at_ns, body, self.order)

    def _general(self, at_ns: Nanos, fact: object, order: Order) -> None:
        """Facts that are about more than one order."""
        if isinstance(fact, e.MarketResolved) and order.spec.market_id == fact.market_id:
            told = f"the market paid out: YES {micro_text(fact.payout.yes_ppm)}, NO {micro_text(fact.payout.no_ppm)} of a dollar"
            if order.is_terminal:
                self._say(at_ns, told)
            else:  # what still stood is gone with the market
                self._happen(at_ns, order, Happening.CANCEL_DONE, told)
        elif isinstance(fact, e.Restarted) and not order.is_terminal:
            self._asked_for = "so that nothing is missed"
            self._happen(at_ns, order, Happening.RESTART, "our process started again; what was on its way to it is lost")
        elif isinstance(fact, e.OpenOrdersReported):
            for _ in compare(fact, self._blotter).facts:
                self._happen(at_ns, order, Happening.ACK, "the venue reported it among what stands")
        elif isinstance(fact, e.TradesReported):
            told_again: tuple[e.Filled | e.SettlementMoved, ...] = (*fact.fills, *fact.settlements)
            for one in told_again:
                if one.order_id == self._order_id and not self._is_told(one, order):
                    self._fact(at_ns, one, order, "in a report of our trades: ")

    def _is_told(self, one: e.Filled | e.SettlementMoved, order: Order) -> bool:
        """Reports repeat what was heard before."""
        return one.trade_id in order.fills if isinstance(one, e.Filled) else self._stages.get(one.trade_id) is one.stage

    def _command(self, entry: Entry, prepared: Prepared) -> None:
        command = prepared.command
        if isinstance(command, BundleOpened):
            self._bundles[command.bundle_id] = entry.at_ns, command.bundle
        elif isinstance(command, BundleEnded):
            self._bundle_ended(entry.at_ns, command)
        elif isinstance(command, Place):
            self.placed += 1
            self.first, self.last = self.first or command.order_id, command.order_id
        if not isinstance(command, Place | Cancel | AskOrder) or command.order_id != self._order_id:
            return
        if isinstance(command, Place):
            self._place(entry, command, prepared.venue_order_id)
        elif self.order is not None and isinstance(command, Cancel):
            self._happen(entry.at_ns, self.order, Happening.CANCEL_ASKED, f"we asked to cancel it, because {command.why}")
        elif self.order is not None:
            words = f"{self._asked_for}: we asked the venue what became of it"
            if self.order.state is State.SENT:
                self._happen(entry.at_ns, self.order, Happening.REPLY_LOST, words)
            else:
                self._say(entry.at_ns, words)

    def _place(self, entry: Entry, place: Place, venue_order_id: str) -> None:
        spec = place.spec
        decision = self._decisions.get(entry.cause_seq or -1)
        market = self._markets.get(spec.market_id)
        verdict: Verdict | None = None
        if place.bundle:
            self._part_of_bundle(entry.at_ns, place, decision if isinstance(decision, BundleBody) else None)
        elif isinstance(decision, DecisionBody):
            title = spec.market_id if market is None else market.title
            for text in _decided(decision, title):
                self._say(entry.at_ns, text)
            verdict = next((verdict for verdict in decision.verdicts if verdict.order_id == place.order_id), None)
        self.order = self._blotter.open(place.order_id, spec, place.strategy, place.why)
        self._blotter.name(self.order, venue_order_id)
        outcome = market.outcome(spec.token) if market else spec.token
        size = f"${micro_text(spec.size_micro)} of" if spec.is_in_cash else micro_text(spec.size_micro)
        self._say(entry.at_ns, f"the gate approved: {spec.side.value} {size} {outcome} at {price_text(spec.price_pips)}{_set_aside(verdict)}")
        kind = f"{spec.lifetime.value}{', post-only' if spec.post_only else ''}"
        self._happen(
            entry.at_ns, self.order, Happening.SEND, f"committed and sent ({kind}), known to the venue as {venue_order_id or '?'}: {place.why}"
        )

    def _part_of_bundle(self, at_ns: Nanos, place: Place, body: BundleBody | None) -> None:
        """What was seen, and the bundle: of an order of a later round first how it was opened, then what was seen now."""
        self._bundle_id, _, number = place.bundle.rpartition("/")
        opened_ns, bundle = self._bundles.get(self._bundle_id, (at_ns, None))
        seen = [(at_ns, text) for text in ([] if body is None else _seen(body, self._markets))]
        opened = [(opened_ns, text) for text in ([] if bundle is None else _bundled(bundle, place.strategy, self._bundle_id))]
        for told_ns, text in (*seen, *opened) if number == "1" else (*opened, *seen):
            self._say(told_ns, text)
        self._say(at_ns, f"this order was of its round {number}")

    def _bundle_ended(self, at_ns: Nanos, ended: BundleEnded) -> None:
        self._bundles.pop(ended.bundle_id, None)
        if self.order is not None and ended.bundle_id == self._bundle_id:
            left = (
                f"at least ${micro_text(ended.result_micro)}" if ended.result_micro >= 0 else f"at worst a loss of ${micro_text(-ended.result_micro)}"
            )
            self._say(at_ns, f"its bundle {ended.bundle_id} ended {ended.end.name}, {left}: {ended.why}")

    def _fact(self, at_ns: Nanos, fact: object, order: Order, where: str = "") -> None:
        self._asked_for = _SILENCE
        if isinstance(fact, e.Filled):
            try:
                known = self._blotter.fill(order, fact, at_ns)
            except IllegalTransition as error:
                known = str(error)
            role = "maker" if fact.is_maker else "taker"
            what = f"{where}{micro_text(fact.shares_micro)} filled at {price_text(fact.price_pips)} for ${micro_text(fact.cash_micro)} as {role}"
            what += f", fee ${micro_text(fact.fee_cash_micro)}, trade {fact.trade_id}{' (inferred)' if fact.inferred else ''}"
            counted = "" if known is FillVerdict.NEW else f"; not counted: {known}"
            self._say(at_ns, f"{what}{counted} → {order.state.name}, {micro_text(order.filled_micro)} filled in all")
        elif isinstance(fact, e.SettlementMoved):
            undone = ": shares, cash and fee went back" if fact.stage is e.SettlementStage.FAILED else ""
            self._stages[fact.trade_id] = fact.stage
            self._say(at_ns, f"{where}trade {fact.trade_id} is {fact.stage.name}{undone}")
        elif isinstance(fact, e.CancelTaken):
            self._say(at_ns, f"the venue took the cancel ({fact.why}); how much was filled before is not told yet")
            self._asked_for = "not told in time how much was filled before the cancel"
        elif type(fact) in _HAPPENINGS:
            happening, words = _HAPPENINGS[type(fact)]
            why = getattr(fact, "why", "")
            self._happen(at_ns, order, happening, f"{words}{f' ({why})' if why else ''}")

    def _happen(self, at_ns: Nanos, order: Order, happening: Happening, text: str) -> None:
        try:
            self._blotter.happen(order, happening, at_ns)
        except IllegalTransition as error:
            self._say(at_ns, f"{text}: {error}")
            return
        self._say(at_ns, f"{text} → {order.state.name}")

    def _say(self, at_ns: Nanos, text: str) -> None:
        self.steps.append(Step(at_ns=at_ns, text=text))


def _seen(body: BundleBody, markets: Mapping[str, Market]) -> Iterator[str]:
    """What a step of a bundle saw: all of its markets."""
    frames = f" (tape frames {body.frames[0]} to {body.frames[1]})" if body.frames else ""
    for seen in body.markets:
        title = markets[seen.market_id].title if seen.market_id in markets else seen.market_id
        held = f"held {micro_text(seen.yes_holding.held_micro)} YES and {micro_text(seen.no_holding.held_micro)} NO"
        yield f"{body.strategy} saw “{title}”{frames}: {_book('YES', seen.yes)}; {_book('NO', seen.no_seen)}; we {held}"
    yield f"we had ${micro_text(body.cash_free_micro)} free"


def _decided(body: DecisionBody, title: str) -> Iterator[str]:
    """What was seen and what was wanted, and what of it the gate refused."""
    frames = f" (tape frames {body.frames[0]} to {body.frames[1]})" if body.frames else ""
    yield f"{body.strategy} saw “{title}”{frames}: {_book('YES', body.yes)}; {_book('NO', body.no_seen)}"
    held = f"held {micro_text(body.yes_holding.held_micro)} YES and {micro_text(body.no_holding.held_micro)} NO"
    yield f"we {held}, had ${micro_text(body.cash_free_micro)} free and {len(body.resting)} orders standing"
    wanted = f"wanted {len(body.decision.quotes)} quotes" if isinstance(body.decision, Quotes) else "stood aside"
    yield f"{body.strategy} {wanted}: {body.decision.why}"
    for verdict in body.verdicts:
        if verdict.refused:
            what = f"{verdict.side.value} {micro_text(verdict.shares_micro)} {'YES' if verdict.is_yes else 'NO'} at {price_text(verdict.price_pips)}"
            reason = Reason.__members__.get(verdict.refused)
            yield f"the gate refused another of them, {what}: {verdict.refused}{f' ({reason.value})' if reason else ''}"


def _bundled(bundle: Bundle, strategy: str, bundle_id: str) -> Iterator[str]:
    """The trade that an order is a part of."""
    yield f"{strategy} saw in {bundle.event_id}: {bundle.why}"
    yield (
        f"it opened bundle {bundle_id} of {len(bundle.legs)} legs: {bundle.shape.value}; {micro_text(bundle.sets_micro)} sets for"
        f" ${micro_text(bundle.capital_micro)} at most, which leave at least ${micro_text(bundle.worst_micro)} whoever wins"
    )


def _set_aside(verdict: Verdict | None) -> str:
    """What the approval reserved; nothing where the journal is too old to tell."""
    if verdict is None:
        return ""
    return (
        f", and set {'$' if verdict.side is Side.BUY else ''}{micro_text(verdict.reserve_micro)}{'' if verdict.side is Side.BUY else ' shares'} aside"
    )


def _book(outcome: str, book: BookSeen) -> str:
    bid = price_text(book.best_bid_pips) if book.bids else "none"
    ask = price_text(book.best_ask_pips) if book.asks else "none"
    return f"{outcome} bid {bid}, ask {ask}, {book.health.name}"
