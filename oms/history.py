"""A journal folded into what a report tells: the run's totals, how they came about, and how sure they are.

Money, orders and fills are what the facts in the journal come to when they go through the same machines as in life; books, marks, refusals and
lenses are as of the last picture. A run that was killed is told up to its last commit.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from oms.engine import Engine
from oms.entries import Ending, Entry, RunRow, read_head, read_journal
from oms.machines.ledger import CASH
from oms.machines.lifecycle import State as OrderState
from oms.machines.quoting import in_yes_terms
from oms.measures import Counts, measures_of, verdict_of
from oms.ports import JournalFailed
from oms.replay import RecoveryFailed, fold
from oms.report import equity_worst_micro, held_value_micro
from oms.series import Series
from oms.state import EngineSettings, State
from oms.totals import Tally, disagreement, flaw_of_said, totals
from oms.values.commands import Place, Prepared
from oms.values.events import Converted, Filled, SetsChanged, TradesReported
from oms.values.history import EquityPoint, FillPoint, HealthPoint, History, LensPoint, MarketHistory, MarketPoint
from oms.values.market import Market, MarketId
from oms.values.record import DecisionBody
from oms.values.snapshot import Health
from oms.values.texts import one_line
from oms.values.units import PRICE_ONE_PIPS, CashMicro, Nanos
from oms.values.views import MarketView, Picture

_STANDING = (OrderState.LIVE, OrderState.CANCELLING, OrderState.UNKNOWN)


def history_of(path: Path) -> History:
    """Everything a journal tells.

    Raises:
        JournalFailed: not there, not ours, damaged, or contradicting itself; the message names the file, and the entry where there is one.
    """
    run, ending = read_head(path)
    flaw = flaw_of_said(run, ending)
    if flaw:
        raise JournalFailed(f"{path} is damaged (what it says of its run cannot be: {flaw})")
    told = _Historian(run, ending)
    at = 0
    try:
        for entry in _entries(path):
            at = entry.seq
            told.hear(entry)
    except (RecoveryFailed, AssertionError, LookupError) as error:
        raise JournalFailed(f"{path} contradicts itself (entry {at}: {one_line(str(error))}); it was not written by us as it is") from error
    return told.history()


def _entries(path: Path) -> Iterator[Entry]:
    return read_journal(path)[1]


class _Track:
    """One market while the journal is read."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.points: Series[MarketPoint] = Series()
        self.fills: list[FillPoint] = []
        self.orders = 0


class _Historian:
    """Listens to a journal from its first entry to its last."""

    def __init__(self, run: RunRow, ending: Ending) -> None:
        self._run = run
        self._ending = ending
        self._state: State
        self._engine = Engine(EngineSettings(over_kept=sys.maxsize))  # a report tells of every market there was
        self._state = self._engine.state
        self._tally = Tally(run)
        self._views: dict[MarketId, MarketView] = {}
        self._tracks: dict[MarketId, _Track] = {}
        self._equity: Series[EquityPoint] = Series()
        self._health: Series[HealthPoint] = Series()
        self._lenses: Series[LensPoint] = Series()
        self._peak: CashMicro | None = None
        self._drawdown: CashMicro | None = None

    def hear(self, entry: Entry) -> None:
        """Take one entry in."""
        body = entry.body
        new = {(fill.order_id, fill.trade_id): fill for fill in _fills_of(body) if not self._has(fill)}
        fold(self._engine, entry)
        self._tally.hear(entry)
        for fill in new.values():
            if self._has(fill):
                self._filled(fill, entry.at_ns)
        if isinstance(body, Prepared) and isinstance(body.command, Place):
            self._track(body.command.spec.market_id).orders += 1
        elif isinstance(body, SetsChanged | Converted):  # money or shares went in or came out, also without an order
            for market_id in _moved(body):
                if market_id in self._state.desks:
                    self._track(market_id)
        elif isinstance(body, Picture):
            self._views.update({view.market_id: view for view in body.markets})
            self._look(entry.at_ns)
            if body.lenses:
                self._lenses.add(LensPoint(at_ns=entry.at_ns, lenses=body.lenses))
        elif isinstance(body, DecisionBody) and self._ending.schema == 1:  # which has no pictures: what strategies saw must do
            self._views[body.market_id] = _view_of(body)
            self._look(entry.at_ns)

    def history(self) -> History:
        """After the last entry."""
        told = totals(self._tally, self._state, self._views, self._ending)
        counts = self._counts(told["orders"])
        measures = measures_of(counts)
        return History(
            run_id=self._run.run_id,
            status=self._ending.status,
            schema=self._ending.schema,
            about=self._run.about,
            first_ns=self._run.started_ns,
            last_ns=self._tally.last_ns,
            totals=told,
            measures=measures,
            verdict=verdict_of(measures, counts.fills, is_whole=self._ending.status == "finished", is_simulated=not self._run.about.get("real")),
            disagreement=disagreement(told, self._ending.conclusion),
            drawdown_mark_micro=self._drawdown,
            equity=tuple(self._equity.points()),
            health=tuple(self._health.points()),
            lenses=tuple(self._lenses.points()),
            markets=tuple(self._markets()),
        )

    def _counts(self, orders: dict[str, int]) -> Counts:
        """From what was applied, never from what was told: facts come more than once, and about orders that are not ours."""
        state = self._state
        fills = state.blotter.fill_count
        return Counts(
            filled_orders=orders["filled"] + orders["of_which_part_filled"],
            ended_orders=sum(state.blotter.ended.values()),
            maker_fills=sum(fill.is_maker for track in self._tracks.values() for fill in track.fills),
            fills=fills,
            inferred_fills=state.inferred_fills,
            failed=state.settlements_failed,
            settled=fills - state.settlements.open_count,
            results_micro=tuple(self._results()),
        )

    def _results(self) -> Iterator[CashMicro]:
        """What each event brought that is over: what its markets brought cannot be told apart, as one of them pays for the others."""
        inventory = self._state.inventory
        events: dict[str, list[_Track]] = {}
        for market_id, track in self._tracks.items():
            events.setdefault(track.market.event_id or market_id, []).append(track)
        for tracks in events.values():
            market_ids = [track.market.market_id for track in tracks]
            if any(track.fills for track in tracks) and all(map(inventory.is_resolved, market_ids)):
                yield sum(map(inventory.market_cash, market_ids))

    def _markets(self) -> Iterator[MarketHistory]:
        state = self._state
        for market_id, desk in state.desks.items():
            track = self._tracks.get(market_id)
            if track is None:
                continue
            yield MarketHistory(
                market=desk.market,
                points=tuple(track.points.points()),
                fills=tuple(track.fills),
                orders=track.orders,
                cash_micro=state.inventory.market_cash(market_id),
                payout=desk.payout,
            )

    def _track(self, market_id: MarketId) -> _Track:
        track = self._tracks.get(market_id)
        if track is None:
            track = self._tracks[market_id] = _Track(self._state.desks[market_id].market)
        return track

    def _has(self, fill: Filled) -> bool:
        """It was applied: facts come more than once, and about orders that are not ours."""
        order = self._state.blotter.find(fill.order_id)
        return order is not None and fill.trade_id in order.fills

    def _filled(self, fill: Filled, at_ns: Nanos) -> None:
        order = self._state.blotter.find(fill.order_id)
        assert order is not None
        spec, track = order.spec, self._track(order.spec.market_id)
        is_yes = spec.token == track.market.yes
        track.fills.append(
            FillPoint(
                at_ns=at_ns,
                order_id=fill.order_id,
                trade_id=fill.trade_id,
                outcome="YES" if is_yes else "NO",
                side=spec.side,
                price_pips=fill.price_pips,
                yes_price_pips=fill.price_pips if is_yes else PRICE_ONE_PIPS - fill.price_pips,
                shares_micro=fill.shares_micro,
                fee_cash_micro=fill.fee_cash_micro,
                is_maker=fill.is_maker,
                inferred=fill.inferred,
            )
        )

    def _look(self, at_ns: Nanos) -> None:
        """A moment at which books and marks are known."""
        state = self._state
        mark = state.ledger.total(CASH)
        is_marked = True
        counts = dict.fromkeys(Health, 0)
        for market_id, desk in state.desks.items():
            view = self._views.get(market_id)
            if view is not None and market_id in self._tracks:
                self._point(desk.market, view, at_ns)
            if desk.payout is not None:
                self._views.pop(market_id, None)
                continue
            if view is not None and not view.is_closed:
                counts[view.health] += 1
            value = held_value_micro(
                state.inventory.held(desk.market.yes), state.inventory.held(desk.market.no), None if view is None else view.mark_half_pips
            )
            is_marked = is_marked and value is not None
            mark += value or 0
        point = EquityPoint(
            at_ns=at_ns, cash_free_micro=state.ledger.free(CASH), worst_micro=equity_worst_micro(state), mark_micro=mark if is_marked else None
        )
        self._equity.add(point)
        self._health.add(HealthPoint(at_ns=at_ns, live=counts[Health.LIVE], suspect=counts[Health.SUSPECT], stale=counts[Health.STALE]))
        if point.mark_micro is not None:
            self._peak = point.mark_micro if self._peak is None else max(self._peak, point.mark_micro)
            self._drawdown = max(self._drawdown or 0, self._peak - point.mark_micro)

    def _point(self, market: Market, view: MarketView, at_ns: Nanos) -> None:
        """How one market looks now."""
        state = self._state
        our_bid, our_ask = 0, PRICE_ONE_PIPS
        for order in state.blotter.open_orders(market.market_id).values():
            if order.state in _STANDING:
                is_bid, price = in_yes_terms(order.spec.token, order.spec.side, order.spec.price_pips, market.yes)
                our_bid, our_ask = (max(our_bid, price), our_ask) if is_bid else (our_bid, min(our_ask, price))
        self._track(market.market_id).points.add(
            MarketPoint(
                at_ns=at_ns,
                bid_pips=view.bid_pips,
                ask_pips=view.ask_pips,
                our_bid_pips=our_bid,
                our_ask_pips=our_ask,
                yes_micro=state.inventory.held(market.yes),
                no_micro=state.inventory.held(market.no),
                health=view.health,
            )
        )


def _fills_of(body: object) -> tuple[Filled, ...]:
    """The fills that an entry tells: one by one, or caught up with in a report of our trades."""
    return (body,) if isinstance(body, Filled) else body.fills if isinstance(body, TradesReported) else ()


def _moved(fact: SetsChanged | Converted) -> tuple[MarketId, ...]:
    """The markets that a transfer was about."""
    return (fact.market_id,) if isinstance(fact, SetsChanged) else (*fact.market_ids, *fact.yes_market_ids)


def _view_of(body: DecisionBody) -> MarketView:
    """What a strategy saw, as a picture shows it. Its books leave our own orders out."""
    bid, ask = body.yes.best_bid_pips, body.yes.best_ask_pips
    is_two_sided = 0 < bid < ask < PRICE_ONE_PIPS
    return MarketView(
        market_id=body.market_id,
        bid_pips=bid,
        ask_pips=ask,
        mark_half_pips=bid + ask if is_two_sided else None,
        yes_health=body.yes.health,
        no_health=body.no.health,
    )
