"""A second, naive model of money and orders. It shares no code with `oms`, not even its words: it looks at what facts are called and what they hold.

It is told every fact the bot heard and every command the bot committed, and it may look into the exchange itself (the truth). After every turn it
adds everything up again from nothing, in the plainest way there is, and compares. Slow on purpose; what it finds is told in words.

Safety (at any moment, whatever goes wrong):
    money      what the bot's ledger holds is what the fills it heard, and the sets it heard of, come to, each once, failed ones not at all
    invented   every fill that the bot heard is a trade of the exchange, with the same numbers
    doubled    every order at the exchange was committed by the bot before, and once
    dead       no order that the bot takes for dead stands at the exchange
    self       no order of ours traded with another one of ours
    limits     what is true of our account and may still become true never loses more than the limits allow
    exchange   what our account holds there is what its trades, sets and payouts come to
    …          and what is asked of bundles (auditor_bundles.py)
Liveness (some seconds after the faults stopped): nothing is unknown or half done, both sides hold the same orders, fills and money.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests import auditor_bundles as bundles
from tests.auditor_book import CASH, Book, summed, traded
from tests.auditor_book import ONE as ONE
from tests.auditor_book import Seen as Seen
from tests.auditor_book import Truth as Truth

DEAD = {"FILLED", "CANCELLED", "EXPIRED", "REJECTED", "ABSENT"}
UNSURE = {"UNKNOWN", "SENT", "STAGED"}
UNBOUND = 10**18
SET_OFF_NS = 60 * 10**9
"""By so long after a payout the bot has heard of it, and every order that it had sent before has arrived."""


class Auditor:
    """Watches one bot, through all its deaths."""

    def __init__(self, market_loss_max: int, total_loss_max: int, *, event_loss_max: int = UNBOUND, bundle_loss_max: int = UNBOUND) -> None:
        self.book = Book()
        self.market_loss_max = market_loss_max
        self.total_loss_max = total_loss_max
        self.event_loss_max = event_loss_max
        self.bundle_loss_max = bundle_loss_max
        self.violations: list[str] = []
        self.checks = 0
        self._ends: list[str] = []
        """Bundles that ended since the last look."""
        self._sure: Mapping[str, int] = {}
        self._paid: dict[str, None] = {}
        self._set_off: list[tuple[int, int]] = []
        """When a market paid, and what it would have brought for certain."""

    # What it is told.

    def heard(self, fact: Any) -> None:  # noqa: ANN401 - on purpose: only names are looked at
        """The bot was told this."""
        self.book.heard(fact)

    def committed(self, command: Any) -> None:  # noqa: ANN401
        """The bot wrote this into its journal."""
        self.book.committed(command)
        if type(command).__name__ == "BundleEnded":
            self._ends += bundles.ended(self.book, command.bundle_id)

    # What it compares.

    def check(self, at_ns: int, seen: Seen, truth: Truth) -> None:
        """After a turn."""
        self.checks += 1
        book = self.book
        found = [
            *self._money(seen),
            *self._invented(truth),
            *self._doubled(truth),
            *self._dead(seen, truth),
            *self._self(truth),
            *self._limits(truth, at_ns),
        ]
        found += [*self._ends, *bundles.lost(book, seen, truth), *bundles.doubled(book, truth), *bundles.invented(book, truth)]
        found += bundles.costs(book, truth, self.bundle_loss_max)
        self._ends.clear()
        self.violations += [f"at {at_ns / 1e9:.3f} s: {words}" for words in found]

    def nothing_new(self) -> None:
        """After a turn since which neither side is other than when nothing was found, and nothing was told: it is as right as it was."""
        self.checks += 1

    def check_exchange(self, at_ns: int, truth: Truth) -> None:
        """The exchange against itself: its account of us is what it did for us."""
        moves = [traded(*fill[:5]) for fill in truth.fills.values() if fill[5] != "FAILED"] + [changes for _, changes in truth.moved]
        due = summed(truth.paid_in, moves, truth.payouts, self.book.owners())
        if due != {CASH: truth.cash, **truth.tokens}:
            words = f"our account holds {truth.cash} cash and {truth.tokens}, what was done with it comes to {due}"
            self.violations.append(f"at {at_ns / 1e9:.3f} s: exchange: {words}")

    def check_alive(self, at_ns: int, seen: Seen, truth: Truth) -> None:
        """Some seconds after the faults stopped."""
        found = [f"order {name} is still {state}" for name, (state, _) in seen.orders.items() if state in UNSURE]
        found += [f"bundle {name} is still in flight" for name in seen.bundles]
        found += [f"transfer {name} is still unknown" for name, state in seen.transfers.items() if state == "open"]
        alive = {name for name, (state, _) in seen.orders.items() if state not in DEAD}
        found += [f"order {name} stands for the bot and not at the exchange" for name in sorted(alive - set(truth.standing))]
        found += [f"order {name} stands at the exchange and not for the bot" for name in sorted(set(truth.standing) - alive)]
        found += [f"fill {key} was never heard of" for key in sorted(set(truth.fills) - set(self.book.fills))]
        found += [f"transfer {name} was done and never heard of" for name, _ in truth.moved if name not in self.book.moved]
        if seen.cash != truth.cash:
            found.append(f"the bot holds {seen.cash} cash, the exchange {truth.cash}")
        for token in sorted({*seen.tokens, *truth.tokens}):
            if seen.tokens.get(token, 0) != truth.tokens.get(token, 0):
                found.append(f"the bot holds {seen.tokens.get(token, 0)} of {token}, the exchange {truth.tokens.get(token, 0)}")
        self.violations += [f"at {at_ns / 1e9:.3f} s, after the faults: {words}" for words in found]

    def _money(self, seen: Seen) -> list[str]:
        """Everything once more from nothing."""
        book = self.book
        moves = list(book.moved.values())
        for (trade, order), fill in book.fills.items():
            spec = book.placed.get(order)
            if spec is not None and "FAILED" not in book.stages.get((trade, order), ()):  # one without an order is told by `invented`
                moves.append(traded(spec.token, spec.side.name, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro))
        due = summed(sum(book.deposits.values()), moves, book.payouts, book.owners())
        cash = due.pop(CASH)
        found = [] if cash == seen.cash else [f"money: the bot's ledger holds {seen.cash}, what it heard comes to {cash}"]
        for token in sorted({*due, *seen.tokens}):
            if due.get(token, 0) != seen.tokens.get(token, 0):
                found.append(f"money: the bot's ledger holds {seen.tokens.get(token, 0)} of {token}, what it heard comes to {due.get(token, 0)}")
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

    def _self(self, truth: Truth) -> list[str]:
        """A trade has two sides, and one of them is a stranger's."""
        times = Counter(trade for trade, _ in truth.fills)
        return [f"self: both orders of trade {trade} are ours" for trade, count in times.items() if count > 1]

    def _limits(self, truth: Truth, at_ns: int) -> list[str]:
        """The worst that may become of each market and event: trades that may fail count only where they hurt, orders fill where they hurt."""
        results, together = self._results(truth), bundles.joined(truth, self.book.owners())
        events = bundles.events(self.book, results)
        alone = {market: min(pair) for market, pair in results.items()}
        worsts = [("market", name, worst, self.market_loss_max) for name, worst in alone.items() if name not in together]
        worsts += [("event", name, worst, self.event_loss_max) for name, (_, worst) in events.items()]
        found = [f"limits: {what} {name} may lose {-worst}, the limit is {limit}" for what, name, worst, limit in worsts if -worst > limit]
        sure = {name: worst for name, worst in alone.items() if not any(name in markets for markets, _ in events.values())}
        sure |= {name: worst for name, (_, worst) in events.items()}
        total = sum(sure.values())
        if -total > self.total_loss_max + self._taken_away(sure, truth, at_ns):
            found.append(f"limits: everything may lose {-total}, the limit is {self.total_loss_max}")
        if -total <= self.total_loss_max:
            self._set_off = [set_off for set_off in self._set_off if at_ns <= set_off[0] + SET_OFF_NS]
        return found

    def _taken_away(self, sure: Mapping[str, int], truth: Truth, at_ns: int) -> int:
        """What markets that have just paid would have brought for certain. It set off losses elsewhere, and is cash now.

        That alone breaks no limit, nor do orders that left before the bot heard of it. `sure`: event, or market of none, → its worst.
        """
        events = {market: event for event, group in self.book.groups.items() if group.exclusive for market in group.market_ids}
        paid = [market for market in truth.payouts if market not in self._paid]
        for name in dict.fromkeys(events.get(market, market) for market in paid):
            gain = max(0, self._sure.get(name, 0)) - max(0, sure.get(name, 0))
            if gain > 0:
                self._set_off.append((at_ns, gain))
        self._sure = sure
        self._paid |= dict.fromkeys(paid)
        return sum(gain for _, gain in self._set_off)

    def _results(self, truth: Truth) -> dict[str, tuple[int, int]]:
        """Market that has not paid → what it brings if YES wins, and if NO does, and everything undecided goes against us."""
        owners, results = self.book.owners(), {market: [0, 0] for market in self.book.markets}
        for token, side, shares, cash, fee, stage in truth.fills.values():
            market, which = owners[token]
            sign = 1 if side == "BUY" else -1
            for winner in (0, 1) if stage != "FAILED" else ():
                effect = sign * ((shares if winner == which else 0) - cash) - fee
                results[market][winner] += effect if stage == "CONFIRMED" else min(0, effect)
        for token, side, price, shares in truth.standing.values():
            market, which = owners[token]
            sign = 1 if side == "BUY" else -1
            for winner in (0, 1):
                results[market][winner] += min(0, sign * ((shares if winner == which else 0) - shares * price // 10_000))
        bundles.sets_result(truth, results, owners)
        paid = {**self.book.payouts, **truth.payouts}
        return {market: (if_yes, if_no) for market, (if_yes, if_no) in results.items() if market not in paid}
