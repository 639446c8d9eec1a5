"""A second, naive model of money and orders. It shares no code with `oms`, not even its words: it looks at what facts are called and what they hold.

It is told every fact the bot heard and every command the bot committed, and it may look into the exchange itself (the truth). After every turn it
adds everything up again from nothing, in the plainest way there is, and compares. Slow on purpose; what it finds is told in words.

Safety (at any moment, whatever goes wrong):
    money      what the bot's ledger holds is what the fills it heard come to, each counted once, failed ones not at all
    invented   every fill that the bot heard is a trade of the exchange, with the same numbers
    doubled    every order at the exchange was committed by the bot before, and once
    dead       no order that the bot takes for dead stands at the exchange
    limits     what is true of our account and may still become true never loses more than the limits allow
Liveness (some seconds after the faults stopped): nothing is unknown, both sides hold the same orders, fills and money.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

DEAD = {"FILLED", "CANCELLED", "EXPIRED", "REJECTED", "ABSENT"}
ONE = 1_000_000
"""Micro-dollars a dollar, micro-shares a share; also parts per million of a payout."""


@dataclass
class Seen:
    """What the bot says of itself after a turn: plain numbers and names."""

    cash: int
    tokens: dict[str, int]
    orders: dict[str, tuple[str, int]]
    """Order id → (name of its state, micro-shares filled)."""


@dataclass
class Truth:
    """What the exchange says of our account."""

    cash: int
    tokens: dict[str, int]
    standing: dict[str, tuple[str, str, int, int]]
    """Order id → (token, side, price in pips, micro-shares left)."""
    entered: list[str]
    """Order ids the exchange let in, one for each time."""
    fills: dict[tuple[str, str], tuple[str, str, int, int, int, str]]
    """(trade, order) → (token, side, micro-shares, cash, fee, stage)."""


@dataclass
class Book:
    """The auditor's own record."""

    deposits: dict[str, int] = field(default_factory=dict)
    fills: dict[tuple[str, str], Any] = field(default_factory=dict)
    stages: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    payouts: dict[str, tuple[int, int]] = field(default_factory=dict)
    markets: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Market → (its YES token, its NO token)."""
    placed: dict[str, Any] = field(default_factory=dict)
    """Order id → what was asked for."""
    placed_times: Counter[str] = field(default_factory=Counter)


class Auditor:
    """Watches one bot, through all its deaths."""

    def __init__(self, market_loss_max: int, total_loss_max: int) -> None:
        self.book = Book()
        self.market_loss_max = market_loss_max
        self.total_loss_max = total_loss_max
        self.violations: list[str] = []
        self.checks = 0

    # What it is told.

    def heard(self, fact: Any) -> None:  # noqa: ANN401 - on purpose: only names are looked at
        """The bot was told this."""
        kind, book = type(fact).__name__, self.book
        if kind == "Deposited":
            book.deposits[fact.deposit_id] = fact.cash_micro
        elif kind == "MarketListed":
            book.markets[fact.market.market_id] = (fact.market.yes, fact.market.no)
        elif kind == "MarketResolved":
            book.payouts.setdefault(fact.market_id, (fact.payout.yes_ppm, fact.payout.no_ppm))
        elif kind == "Filled":
            book.fills.setdefault((fact.trade_id, fact.order_id), fact)
        elif kind == "SettlementMoved":
            book.stages.setdefault((fact.trade_id, fact.order_id), set()).add(fact.stage.name)
        elif kind == "TradesReported":
            for part in (*fact.fills, *fact.settlements):
                self.heard(part)

    def committed(self, command: Any) -> None:  # noqa: ANN401
        """The bot wrote this into its journal."""
        if type(command).__name__ == "Place":
            self.book.placed[command.order_id] = command.spec
            self.book.placed_times[command.order_id] += 1

    # What it compares.

    def check(self, at_ns: int, seen: Seen, truth: Truth) -> None:
        """After a turn."""
        self.checks += 1
        found = [*self._money(seen), *self._invented(truth), *self._doubled(truth), *self._dead(seen, truth), *self._limits(truth)]
        self.violations += [f"at {at_ns / 1e9:.3f} s: {words}" for words in found]

    def check_alive(self, at_ns: int, seen: Seen, truth: Truth) -> None:
        """Some seconds after the faults stopped."""
        found = [f"order {name} is still {state}" for name, (state, _) in seen.orders.items() if state in {"UNKNOWN", "SENT", "STAGED"}]
        alive = {name for name, (state, _) in seen.orders.items() if state not in DEAD}
        found += [f"order {name} stands for the bot and not at the exchange" for name in sorted(alive - set(truth.standing))]
        found += [f"order {name} stands at the exchange and not for the bot" for name in sorted(set(truth.standing) - alive)]
        missing = sorted(set(truth.fills) - set(self.book.fills))
        found += [f"fill {key} was never heard of" for key in missing]
        if seen.cash != truth.cash:
            found.append(f"the bot holds {seen.cash} cash, the exchange {truth.cash}")
        for token in sorted({*seen.tokens, *truth.tokens}):
            if seen.tokens.get(token, 0) != truth.tokens.get(token, 0):
                found.append(f"the bot holds {seen.tokens.get(token, 0)} of {token}, the exchange {truth.tokens.get(token, 0)}")
        self.violations += [f"at {at_ns / 1e9:.3f} s, after the faults: {words}" for words in found]

    def _money(self, seen: Seen) -> list[str]:
        """Everything once more from nothing."""
        book = self.book
        cash, tokens, owner = sum(book.deposits.values()), Counter[str](), {}
        for market, pair in book.markets.items():
            owner[pair[0]], owner[pair[1]] = (market, 0), (market, 1)
        for (trade, order), fill in book.fills.items():
            if "FAILED" in book.stages.get((trade, order), ()):
                continue
            spec = book.placed.get(order)
            if spec is None:
                continue  # told by `invented`
            sign = 1 if spec.side.name == "BUY" else -1
            cash -= sign * fill.cash_micro + fill.fee_cash_micro
            tokens[spec.token] += sign * fill.shares_micro
        for token, shares in list(tokens.items()):
            market, which = owner[token]
            if market in book.payouts:
                cash += shares * book.payouts[market][which] // ONE
                tokens[token] = 0
        found = []
        if cash != seen.cash:
            found.append(f"money: the bot's ledger holds {seen.cash}, what it heard comes to {cash}")
        for token in sorted({*tokens, *seen.tokens}):
            if tokens[token] != seen.tokens.get(token, 0):
                found.append(f"money: the bot's ledger holds {seen.tokens.get(token, 0)} of {token}, what it heard comes to {tokens[token]}")
        return found

    def _invented(self, truth: Truth) -> list[str]:
        found = []
        for key, fill in self.book.fills.items():
            true = truth.fills.get(key)
            if true is None:
                found.append(f"invented: fill {key} is no trade of the exchange")
            elif (fill.shares_micro, fill.cash_micro, fill.fee_cash_micro) != true[2:5]:
                found.append(f"invented: fill {key} is {true[2:5]} at the exchange")
        return found

    def _doubled(self, truth: Truth) -> list[str]:
        times = Counter(truth.entered)
        found = [f"doubled: order {name} entered the exchange {count} times" for name, count in times.items() if count > 1]
        found += [f"doubled: order {name} was committed {count} times" for name, count in self.book.placed_times.items() if count > 1]
        return found + [f"orphan: order {name} is at the exchange and in no journal" for name in times if name not in self.book.placed]

    def _dead(self, seen: Seen, truth: Truth) -> list[str]:
        return [
            f"dead: order {name} is {seen.orders[name][0]} for the bot and stands"
            for name in truth.standing
            if seen.orders.get(name, ("", 0))[0] in DEAD
        ] + [f"lost: order {name} stands and the bot has forgotten it" for name in truth.standing if name not in seen.orders]

    def _limits(self, truth: Truth) -> list[str]:
        """The worst that may become of each market: trades that may fail count only where they hurt, orders fill where they hurt."""
        found, total = [], 0
        for market, pair in self.book.markets.items():
            if market in self.book.payouts:
                continue
            worst = min(self._result(pair, truth, winner) for winner in (0, 1))
            total += worst
            if -worst > self.market_loss_max:
                found.append(f"limits: market {market} may lose {-worst}, the limit is {self.market_loss_max}")
        if -total > self.total_loss_max:
            found.append(f"limits: everything may lose {-total}, the limit is {self.total_loss_max}")
        return found

    def _result(self, pair: tuple[str, str], truth: Truth, winner: int) -> int:
        """What one market brings if that outcome wins and everything undecided goes against us."""
        result = 0
        for token, side, shares, cash, fee, stage in truth.fills.values():
            if token not in pair or stage == "FAILED":
                continue
            gain = shares if token == pair[winner] else 0
            effect = gain - cash - fee if side == "BUY" else cash - gain - fee
            result += effect if stage == "CONFIRMED" else min(0, effect)
        for token, side, price, shares in truth.standing.values():
            if token in pair:
                cash = shares * price // 10_000
                gain = shares if token == pair[winner] else 0
                result += min(0, gain - cash if side == "BUY" else cash - gain)
        return result
