"""Test words of the auditor's part about bundles: a bundle half done in which all is well, to be spoilt."""

from typing import Any

from oms.values.bundles import Bundle, BundleEnd
from oms.values.commands import BundleEnded, BundleOpened, Command, Place
from oms.values.events import Converted, Deposited, EventListed, Filled, MarketListed, SetsChanged, SettlementMoved, SettlementStage
from oms.values.orders import OrderSpec, Side
from tests.auditor import ONE, Auditor, Seen, Truth
from tests.words import NOON_NS
from tests.words_bundles import given_group, given_outcome

NAMES = ("a", "b", "c")
STAGES = SettlementStage


class BundleCase:
    """An event of three outcomes, one of which wins, and an account with 1,000 dollars. A test lets things happen, at both sides, and looks."""

    def __init__(self, *, market: int = 1_000, event: int = 1_000, total: int = 1_000, bundle: int = 1_000, exhaustive: bool = True) -> None:
        self.auditor = Auditor(market * ONE, total * ONE, event_loss_max=event * ONE, bundle_loss_max=bundle * ONE)
        self.seen = Seen(cash=1_000 * ONE, tokens={}, orders={})
        self.truth = Truth(cash=1_000 * ONE, tokens={}, standing={}, entered=[], fills={}, paid_in=1_000 * ONE)
        self.hear(Deposited(cash_micro=1_000 * ONE, deposit_id="d"), *[MarketListed(market=given_outcome(name)) for name in NAMES])
        self.hear(EventListed(group=given_group(*NAMES, exhaustive=exhaustive)))

    def hear(self, *facts: Any) -> None:  # noqa: ANN401 - as the auditor itself
        for fact in facts:
            self.auditor.heard(fact)

    def commit(self, *commands: Command) -> None:
        for command in commands:
            self.auditor.committed(command)

    def open(self, bundle: Bundle, name: str = "b1") -> None:
        """The bot opens it and knows it."""
        self.commit(BundleOpened(bundle_id=name, strategy="arbitrage", bundle=bundle))
        self.seen.bundles.append(name)

    def end(self, dollars: float, name: str = "b1") -> None:
        """The bot ends it, and says what it leaves."""
        self.commit(BundleEnded(bundle_id=name, end=BundleEnd.COMPLETE, result_micro=round(dollars * ONE), why=""))
        self.seen.bundles.remove(name)

    def trade(self, order_id: str, token: str, side: Side, shares: int, dollars: float, stage: SettlementStage = STAGES.CONFIRMED) -> None:
        """An order of bundle b1 is placed, enters, fills whole, and is heard of; both sides hold what it moved."""
        micro, cash = shares * ONE, round(dollars * ONE)
        spec = OrderSpec(market_id=token.partition(":")[0], token=token, side=side, price_pips=5_000, size_micro=micro)
        self.commit(Place(order_id=order_id, spec=spec, strategy="arbitrage", why="", bundle="b1/1"))
        self.truth.entered.append(order_id)
        self.seen.orders[order_id] = ("FILLED", micro)
        self.truth.fills[f"t{order_id}", order_id] = (token, side.value, micro, cash, 0, stage.name)
        self.hear(
            Filled(
                order_id=order_id,
                trade_id=f"t{order_id}",
                price_pips=5_000,
                shares_micro=micro,
                cash_micro=cash,
                fee_cash_micro=0,
                is_maker=False,
                exchange_ns=NOON_NS,
            ),
            SettlementMoved(trade_id=f"t{order_id}", order_id=order_id, stage=stage),
        )
        sign = 1 if side is Side.BUY else -1
        if stage is not STAGES.FAILED:
            self.hold({"cash": -sign * cash, token: sign * micro})

    def move(self, command: Any, *, heard: bool = True, done: bool = True) -> None:  # noqa: ANN401 - a split, a merge or a conversion
        """It is asked for, and as told done and heard of."""
        self.commit(command)
        fact, changes = _what_it_does(command)
        self.seen.transfers[command.command_id] = "open"
        if done:
            self.truth.moved.append((command.command_id, changes))
            self._add(self.truth, changes)
        if heard:
            self.hear(fact)
            self._add(self.seen, changes)
            self.seen.transfers[command.command_id] = "done"

    def hold(self, changes: dict[str, int]) -> None:
        """Both sides hold so much more."""
        self._add(self.seen, changes)
        self._add(self.truth, changes)

    def _add(self, side: Seen | Truth, changes: dict[str, int]) -> None:
        side.cash += changes["cash"]
        for token, change in changes.items():
            if token != "cash":
                side.tokens[token] = side.tokens.get(token, 0) + change
                if not side.tokens[token]:
                    del side.tokens[token]

    def found(self) -> str:
        self.auditor.check(NOON_NS, self.seen, self.truth)
        self.auditor.check_exchange(NOON_NS, self.truth)
        return self._words()

    def found_after(self) -> str:
        self.auditor.check_alive(NOON_NS, self.seen, self.truth)
        return self._words()

    def _words(self) -> str:
        words = "; ".join(words.partition(" s")[2].lstrip(", :") for words in self.auditor.violations)
        self.auditor.violations.clear()
        return words


def _what_it_does(command: Any) -> tuple[Any, dict[str, int]]:  # noqa: ANN401
    """The fact that tells of it, and what it moves: the conversions of these tests take no fee."""
    name, shares = command.command_id, command.shares_micro
    if type(command).__name__ == "Convert":
        given = command.market_ids
        others = tuple([market for market in NAMES if market not in given])
        cash = (len(given) - 1) * shares
        fact = Converted(
            event_id=command.event_id,
            market_ids=given,
            shares_micro=shares,
            cash_micro=cash,
            yes_market_ids=others,
            yes_micro=shares,
            command_id=name,
        )
        return fact, {"cash": cash, **{f"{market}:NO": -shares for market in given}, **{f"{market}:YES": shares for market in others}}
    made = shares if type(command).__name__ == "Split" else -shares
    market = command.market_id
    return SetsChanged(market_id=market, shares_micro=made, command_id=name), {"cash": -made, f"{market}:YES": made, f"{market}:NO": made}
