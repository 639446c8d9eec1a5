"""Seeded sessions of a whole engine against a tiny venue that may do anything a venue may do, in any order: for recovery and audit."""

import random

from oms.machines.lifecycle import State as OrderState
from oms.ports import Journal
from oms.values import events as e
from oms.values.decisions import Quote
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.oms.words_engine import STAGES, Floor, acked, buy, filled, given_floor, moved, resolved, sell
from tests.words import MARKET, NO, YES

_STEPS = (STAGES.MATCHED, STAGES.MINED, STAGES.RETRYING)
_LAST = (STAGES.CONFIRMED, STAGES.CONFIRMED, STAGES.FAILED)


class Session:
    """One seed, one story: the same every time it is told."""

    _BACK = (e.Resumed(why="back"), e.VenueReady(), e.VenueReady(post_only=True))

    def __init__(self, seed: int, journal: Journal | None = None) -> None:
        self.dice = random.Random(seed)
        self.floor = given_floor(cash=2_000, sets=300, journal=journal)
        self.told: list[e.Event] = []
        self.trades: list[tuple[str, str, e.SettlementStage]] = []

    def live(self, turns: int) -> Floor:
        """Live so many turns; one in three ends with the market."""
        for _ in range(turns):
            self.live_one()
        if self.dice.randrange(3) == 0:
            yes_ppm = self.dice.choice((0, 333_333, 500_000, 1_000_000))
            self.floor.tell(resolved(Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm)))
        return self.floor

    def live_one(self) -> None:
        """One turn."""
        self._want_something()
        facts = [fact for _ in range(self.dice.randrange(4)) if (fact := self._fact()) is not None]
        self.told += facts
        self.floor.tell(*facts, self.floor.stir(), after_ms=self.dice.choice((1, 40, 3_000, 6_000)))

    def _want_something(self) -> None:
        dice, script = self.dice, self.floor.script
        if dice.randrange(8) == 0:
            script.want_nothing()
        elif dice.randrange(2):
            script.want(*self._quotes(), patience_pips=dice.choice((0, 200)))

    def _quotes(self) -> list[Quote]:
        dice = self.dice
        bids = [buy(4_000 - 100 * dice.randrange(9), dice.randrange(5, 60), YES) for _ in range(dice.randrange(3))]
        asks = [sell(6_000 + 100 * dice.randrange(9), dice.randrange(5, 60), YES) for _ in range(dice.randrange(3))]
        mirrored = [buy(3_500 - 100 * dice.randrange(9), dice.randrange(5, 60), NO) for _ in range(dice.randrange(2))]
        return [*bids, *asks, *mirrored]

    def _fact(self) -> e.Event | None:
        dice = self.dice
        lot = dice.randrange(20)
        if lot == 0:
            return dice.choice((e.Paused(why="lunch"), e.VenueSyncing(why="restart"), *self._BACK, *self._BACK))
        if lot == 1:
            return e.Deposited(cash_micro=dice.randrange(1, 10**8), deposit_id=f"more-{len(self.told)}")
        if lot == 2:
            return e.SetsChanged(market_id=MARKET, shares_micro=dice.choice((7 * MICRO, -1 * MICRO)), command_id=f"sets-{len(self.told)}")
        if lot < 5 and self.told:
            return dice.choice(self.told)
        if lot < 9 and self.trades:
            trade_id, order_id, last = dice.choice(self.trades)
            return moved(trade_id, dice.choice((*_STEPS, last)) if dice.randrange(99) else dice.choice(_LAST), order_id)
        return self._about_an_order()

    def _about_an_order(self) -> e.Event | None:
        dice, blotter = self.dice, self.floor.state.blotter
        orders = blotter.all_open() if dice.randrange(4) else blotter.in_memory()[-6:]
        if not orders:
            return None
        order = dice.choice(orders)
        order_id = order.order_id
        if order.state is not OrderState.REJECTED and order.remaining_micro >= MICRO and dice.randrange(3) == 0:
            return self._fill(order_id, order.spec.side, order.spec.price_pips, order.remaining_micro // MICRO)
        if order.state is OrderState.SENT and dice.randrange(6) == 0:
            return e.Rejected(order_id=order_id, why="no")
        if order.state is OrderState.UNKNOWN and dice.randrange(3) == 0:
            return e.ProvenAbsent(order_id=order_id)
        if order.state is OrderState.CANCELLING and dice.randrange(3) == 0:
            return e.CancelDone(order_id=order_id)  # what replaces it waits for this
        answers: list[e.Event] = [
            acked(order_id),
            acked(order_id),
            e.CancelDone(order_id=order_id),
            e.CancelRefused(order_id=order_id, why="matched"),
        ]
        return dice.choice([*answers, e.Expired(order_id=order_id), e.ReplyLost(order_id=order_id)])

    def _fill(self, order_id: str, side: Side, price_pips: int, shares: int) -> e.Filled:
        dice = self.dice
        trade_id = f"t{len(self.told)}-{len(self.trades)}"
        self.trades.append((trade_id, order_id, dice.choice(_LAST)))
        better = 100 if side is Side.SELL else -100
        return filled(
            trade_id,
            dice.randrange(1, shares + 1),
            price_pips=price_pips + dice.choice((0, better)),
            fee_micro=dice.choice((0, 0, 12_340, -560)),
            order_id=order_id,
        )
