"""Part `flows`: market making and both arbitrage strategies on one wallet, in stories drawn from a seed, under limits that bind, with a judge that
looks after every turn.

A flow is one story: an event of two or three outcomes and a market beside it, books that leave gaps, a venue that fills, loses, refuses and undoes,
restarts from the journal, and payouts.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

from oms.engine import Engine
from oms.entries import Entry
from oms.machines.risk import Limits
from oms.ports import Turned
from oms.replay import recover
from oms.state import EngineSettings, EventLine, StrategyLine
from oms.turn import Turner
from oms.values import events as e
from oms.values.commands import Alert, BundleEnded
from oms.values.market import EventGroup, FeeCurve, Market, Payout
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from strategies import binary_arbitrage, market_making, negrisk_arbitrage
from tests.campaign.flows_book import Group
from tests.campaign.flows_books import told_books
from tests.campaign.flows_judge import Judge
from tests.campaign.flows_venue import Odds, Venue
from tests.campaign.judge import Finding
from tests.campaign.size import Say, Size
from tests.words import NOON_NS

TURNS: Final = 32
_CHUNK: Final = 100
EVENT: Final = "event"
ALONE: Final = "alone"
_WAITS_MS: Final = (1, 1, 40, 300, 1_500, 6_000)
_ORDINARY: Final = frozenset(
    {"transfer refused", "settlement failed", "settlements fail", "bundle exposed", "settlement of an unknown trade", "incomplete report"}
)
"""Alerts that belong to what the venue does here; any other is a finding."""


class Kept:
    """A journal in memory: what a restart needs, every fact and command in order."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def commit(self, record: Turned) -> None:
        """Facts about ourselves, then commands."""
        bodies = [*(fact for fact in record.batch if type(fact) in e.IN_JOURNAL), *record.ready]
        first = len(self.entries) + 1
        self.entries += [
            Entry(seq=first + number, turn=record.number, at_ns=record.at_ns, body=body, cause_seq=None) for number, body in enumerate(bodies)
        ]


class Flow:
    """One story."""

    def __init__(self, seed: int) -> None:
        self.dice = dice = random.Random(seed)
        outcomes = [f"outcome-{number}" for number in range(dice.choice((2, 2, 3)))]
        fee = FeeCurve(rate_bps=dice.choice((0, 0, 400, 700)))
        self.markets = [_market(name, fee, EVENT) for name in outcomes] + [_market(ALONE, fee, "")]
        exhaustive = dice.random() < 0.7
        conversion = dice.choice((0, 0, 100, None))
        self.group = EventGroup(
            event_id=EVENT, market_ids=tuple(outcomes), exclusive=True, exhaustive=exhaustive, questions=len(outcomes), conversion_fee_bps=conversion
        )
        limits = _limits(dice)
        self.settings = _settings(dice, limits)
        self.venue = Venue(dice, Odds(), self.group, self.markets)
        self.journal = Kept()
        self.engine = Engine(self.settings)
        self.turner = Turner(self.engine, self.venue, self.journal)
        tokens = {token: (market.market_id, token == market.yes) for market in self.markets for token in (market.yes, market.no)}
        rates = {market.market_id: fee.rate_bps for market in self.markets}
        self.judge = Judge(limits, [Group(tuple(outcomes), exhaustive), Group((ALONE,), exhaustive=False)], tokens, rates)
        self.now_ns = NOON_NS
        self.counts: Counter[str] = Counter()

    def live(self, turns: int = TURNS) -> list[str]:
        """So many turns, or as many as it takes until something is wrong. Returns what."""
        dice = self.dice
        cash_micro = dice.choice((30, 80, 200, 600)) * MICRO
        listed = [e.MarketListed(market=market) for market in self.markets]
        sets = [e.SetsChanged(market_id=ALONE, shares_micro=10 * MICRO, command_id="sets")] if dice.random() < 0.3 else []
        wrong = self._turn([*listed, e.EventListed(group=self.group), e.Deposited(cash_micro=cash_micro, deposit_id="d"), e.VenueReady(), *sets])
        for number in range(turns):
            if wrong:
                break
            self.now_ns += dice.choice(_WAITS_MS) * NS_PER_MS
            facts = self.venue.happens(self.now_ns)
            if dice.random() < 0.1:
                dice.shuffle(facts)
            facts += self._session(number) + self._payouts(number, turns)
            wrong = self._turn([*facts, *told_books(dice, self.markets, self.venue.paid, self.now_ns)])
        return wrong

    def _turn(self, facts: Sequence[e.Event]) -> list[str]:
        for fact in facts:
            self.judge.heard(fact)
        if any(isinstance(fact, e.MarketResolved) for fact in facts):
            self.judge.paid_out()
        self.turner.turn(facts, self.now_ns)
        self.counts["turns"] += 1
        sent, self.venue.sent = self.venue.sent, []
        for command in sent:
            self.judge.committed(command)
            self.counts[type(command).__name__] += 1
            if isinstance(command, BundleEnded):
                self.counts[f"bundle {command.end.name.lower()}"] += 1
        return [*self.judge.check(), *[f"alert: {one.kind}: {one.text}" for one in sent if isinstance(one, Alert) and self._is_strange(one)]]

    def _is_strange(self, alert: Alert) -> bool:
        """What comes late to a market that has paid takes back more than is there for a moment: that is told, and is no harm."""
        return alert.kind not in _ORDINARY and not (alert.kind == "overdrawn" and any(name in alert.text for name in self.venue.paid))

    def _session(self, number: int) -> list[e.Event]:
        """The operator, the venue and the process, who come and go."""
        dice = self.dice
        lot = dice.randrange(100)
        if lot == 0:
            return [e.Paused(why="lunch")]
        if lot == 1:
            return [e.VenueSyncing(why="the venue restarts")]
        if lot == 2 and number > 2:
            self._restart()
        if lot < 30:
            return [dice.choice((e.Resumed(why="back"), e.VenueReady(), e.VenueReady(post_only=lot < 6)))]
        return []

    def _restart(self) -> None:
        """The process dies, and another goes on with the journal."""
        self.counts["restarts"] += 1
        self.engine = Engine(self.settings)
        recover(self.engine, self.journal.entries)
        self.journal.entries.append(
            Entry(seq=len(self.journal.entries) + 1, turn=0, at_ns=self.now_ns, body=e.Restarted(why="again"), cause_seq=None)
        )
        self.turner = Turner(self.engine, self.venue, self.journal)

    def _payouts(self, number: int, turns: int) -> list[e.Event]:
        """Late in the story markets pay: the whole event at once or outcome by outcome, the other market as it likes."""
        dice, venue = self.dice, self.venue
        if number < turns // 2 or dice.random() > 0.06:
            return []
        left = [market for market in self.group.market_ids if market not in venue.paid]
        if dice.random() < 0.4 or not left:
            return [] if ALONE in venue.paid else self._pays(ALONE, dice.choice((0, 333_333, 1_000_000)))
        has_won = any(venue.paid[market] for market in self.group.market_ids if market in venue.paid)
        if dice.random() < 0.5:
            return self._pays(left[0], 0 if has_won or len(left) > 1 else int(self.group.exhaustive) * 1_000_000)
        winner = "" if has_won or (not self.group.exhaustive and dice.random() < 0.3) else dice.choice(left)
        return [fact for market in left for fact in self._pays(market, int(market == winner) * 1_000_000)]

    def _pays(self, market_id: str, yes_ppm: int) -> list[e.Event]:
        told = self.venue.pays(market_id, yes=yes_ppm > 0)
        return [*told, e.MarketResolved(market_id=market_id, payout=Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm))]


def _market(name: str, fee: FeeCurve, event_id: str) -> Market:
    return Market(
        market_id=name,
        title=name,
        yes=f"{name}:YES",
        no=f"{name}:NO",
        event_id=event_id,
        fee=fee,
        end_ns=NOON_NS + 3_600 * NS_PER_SECOND,
        neg_risk=bool(event_id),
    )


def _limits(dice: random.Random) -> dict[str, int]:
    """Caps that are reached: micro-dollars and numbers."""
    return {
        "market": dice.randrange(4 * MICRO, 60 * MICRO),
        "event": dice.randrange(5 * MICRO, 80 * MICRO),
        "total": dice.randrange(8 * MICRO, 140 * MICRO),
        "bundle": dice.randrange(3 * MICRO, 40 * MICRO),
        "order": dice.randrange(5 * MICRO, 60 * MICRO),
        "day": dice.randrange(60 * MICRO, 3_000 * MICRO),
        "orders": dice.randrange(6, 30),
        "market_orders": dice.randrange(3, 12),
    }


def _settings(dice: random.Random, limits: Mapping[str, int]) -> EngineSettings:
    """Three strategies at work, sized to what they may."""
    making = market_making.Params(
        fair=dice.choice(("mid", "microprice")),
        half_spread_pips=dice.choice((50, 100, 200)),
        step_pips=dice.choice((50, 100)),
        depth=dice.choice((1, 2, 3)),
        size_shares=dice.choice((5, 10, 25)),
        lean_pips_per_100_shares=dice.choice((0, 200, 1_000)),
        max_net_shares=dice.choice((20, 60, 200)),
        patience_pips=dice.choice((0, 100)),
    )
    common: dict[str, Any] = {
        "min_edge_pips": dice.choice((1, 50)),
        "min_profit_cents": dice.choice((0, 5)),
        "capital_max_usd": max(1, limits["order"] * dice.choice((1, 2)) // MICRO),
        "broken_loss_max_usd": max(1, limits["bundle"] // MICRO),
        "depth_percent": dice.choice((100, 100, 300)),
        "levels": dice.choice((1, 2)),
    }
    return EngineSettings(
        strategies=(StrategyLine(name="market_making", evaluate=market_making.evaluate, params=making, levels=1),),
        event_strategies=(
            EventLine(name="negrisk_arbitrage", evaluate=negrisk_arbitrage.evaluate, params=negrisk_arbitrage.Params(**common)),
            EventLine(name="binary_arbitrage", evaluate=binary_arbitrage.evaluate, params=binary_arbitrage.Params(**common)),
        ),
        limits=Limits(**_caps(limits)),
        order_prefix="7-",
        silence_ns=0,
    )


def _caps(limits: Mapping[str, int]) -> dict[str, int]:
    names = {
        "market": "market_loss_max_micro",
        "event": "event_loss_max_micro",
        "total": "total_loss_max_micro",
        "bundle": "bundle_loss_max_micro",
        "order": "order_max_micro",
        "day": "day_spend_max_micro",
        "orders": "total_orders_max",
        "market_orders": "market_orders_max",
    }
    return {names[name]: value for name, value in limits.items()}


def told_of(seed: int) -> tuple[list[str], Counter[str]]:
    """One flow: what is wrong with it, and what happened in it."""
    flow = Flow(seed)
    wrong = flow.live()
    flow.counts["flows"] += 1
    return [f"seed={seed} turn={flow.counts['turns']}: {words}" for words in wrong], flow.counts


def flows(size: Size, say: Say) -> Iterator[Finding]:
    """Market making and arbitrage on one wallet: never against ourselves, and within every limit whatever fills."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with ProcessPoolExecutor(size.jobs) as workers:
        for found, counted in workers.map(told_of, range(size.flows), chunksize=_CHUNK):
            wrong += found[:1]
            counts += counted
            if counts["flows"] % _CHUNK == 0:
                say(f"{counts['flows']:,} of {size.flows:,}, {len(wrong)} wrong")
    told = ", ".join(f"{counts[name]:,} {words}" for name, words in FIGURES.items())
    figures = f"{len(wrong)} wrong: {'; '.join(wrong[:10])}" if wrong else told
    yield Finding(what="market making and arbitrage on one wallet", ok=not wrong, figures=figures)


FIGURES: Final = {
    "flows": "flows",
    "turns": "turns",
    "Place": "orders",
    "BundleOpened": "bundles",
    "bundle complete": "complete",
    "bundle missed": "missed",
    "bundle unwound": "unwound",
    "bundle exposed": "exposed",
    "restarts": "restarts",
}
"""What is counted, and what it is called."""
