"""The faulty wire: each fault does what its words say and nothing else; no place is carried twice; nothing comes later than it may."""

from collections.abc import Mapping
from functools import partial

import pytest

from oms.values import events as e
from oms.values.commands import Alert, AskOpenOrders, AskOrder, AskTrades, Cancel, Command, Place, Prepared
from oms.values.events import Event
from oms.values.orders import Side
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos
from sim.exchange import Exchange
from sim.faults import KINDS, Faults
from sim.latency import Latency
from sim.link import ABOUT_OUR_ORDERS, LATE_MAX_NS, FaultyLink
from sim.messenger import Doors
from sim.venue import SimVenue
from sim.world import MARKET as MARKET_RANK
from sim.world import World
from tests.sim.words_faults import QUICK
from tests.sim.words_sim import Ears, spec
from tests.words import MARKET, NOON_NS

ORDER_NS, REPLY_NS = 100 * NS_PER_MS, 50 * NS_PER_MS
PLACE = Place(order_id="1", spec=spec(Side.BUY, 40, 20), strategy="test", why="")
CANCEL = Cancel(order_id="1", why="")
QUESTIONS = (AskOrder(order_id="1"), AskOpenOrders(), AskTrades(since_ns=0))
FILLED = e.Filled(order_id="1", trade_id="t", price_pips=4_000, shares_micro=1, cash_micro=1, fee_cash_micro=0, is_maker=True, exchange_ns=NOON_NS)
WORDS: tuple[Event, ...] = (
    e.Acked(order_id="1", venue_order_id="v"),
    e.Rejected(order_id="1", why=""),
    FILLED,
    e.CancelDone(order_id="1"),
    e.CancelTaken(order_id="1", why=""),
    e.CancelRefused(order_id="1", why=""),
    e.Expired(order_id="1"),
    e.SettlementMoved(trade_id="t", order_id="1", stage=e.SettlementStage.MINED),
)
"""One of each kind that the private stream tells."""
OTHER: tuple[Event, ...] = (e.MarketClosed(market_id=MARKET), e.OpenOrdersReported(orders=(), asked_ns=NOON_NS))


class Wire:
    """Both ends of a link: what arrived at the venue, and what reached us, with the time it took."""

    def __init__(self, seed: int = 1, rates: Mapping[str, float] | None = None) -> None:
        self.world = World(NOON_NS)
        self.link = FaultyLink(self.world, Latency(QUICK, seed), Faults(seed, rates=rates or {}))
        self.ears = Ears(SimVenue(self.world, self.link, Exchange()))
        self.arrived: list[tuple[Nanos, Command]] = []
        self._doors: Doors = dict.fromkeys((Place, Cancel, AskOrder, AskOpenOrders, AskTrades), self._arrive)

    def _arrive(self, prepared: Prepared, at_ns: Nanos) -> None:
        self.arrived.append((at_ns - NOON_NS, prepared.command))

    def send(self, *commands: Command) -> None:
        self.link.carry_out([Prepared(command=command) for command in commands], self.world.now_ns(), self._doors)

    def answer(self, *words: Event) -> None:
        for word in words:
            self.link.answer(self.world.now_ns(), word)

    def live(self, seconds: float = 60) -> None:
        until_ns = self.world.now_ns() + int(seconds * NS_PER_SECOND)
        self.world.at(until_ns, MARKET_RANK, lambda _now: None)
        self.world.run(self.ears, until_ns=until_ns)

    def heard(self) -> list[tuple[Nanos, Event]]:
        return [(at_ns - NOON_NS, event) for at_ns, event in self.ears.heard]


def test_without_faults_everything_arrives_once_in_order_and_in_time() -> None:
    wire = Wire()
    wire.send(PLACE, CANCEL, *QUESTIONS, Alert(kind="", text=""))
    wire.answer(*WORDS, *OTHER)
    wire.link.reply(NOON_NS, OTHER[1])
    wire.live()
    assert wire.arrived == [(ORDER_NS, command) for command in (PLACE, CANCEL, *QUESTIONS)]
    assert wire.heard() == [(REPLY_NS, word) for word in (*WORDS, *OTHER, OTHER[1])]


@pytest.mark.parametrize(
    ("fault", "lost", "told"),
    [
        ("place lost", (PLACE,), ()),
        ("place 5xx", (PLACE,), (e.ReplyLost(order_id="1", why="503: service unavailable"),)),
        ("place 429", (PLACE,), (e.Rejected(order_id="1", why="429: too many requests"),)),
        ("cancel lost", (CANCEL,), ()),
        ("cancel 429", (CANCEL,), (e.ReplyLost(order_id="1", why="429: too many requests"),)),
        ("query failed", QUESTIONS, ()),
    ],
)
def test_a_request_that_is_stopped_never_arrives_and_the_others_do(fault: str, lost: tuple[Command, ...], told: tuple[Event, ...]) -> None:
    wire = Wire(1, {fault: 1.0})
    wire.send(PLACE, CANCEL, *QUESTIONS)
    wire.live()
    assert wire.arrived == [(ORDER_NS, command) for command in (PLACE, CANCEL, *QUESTIONS) if command not in lost]
    assert wire.heard() == [(REPLY_NS, word) for word in told]


@pytest.mark.parametrize(("fault", "late"), [("place late", PLACE), ("cancel late", CANCEL)])
def test_a_late_request_arrives_once_and_within_the_bound(fault: str, late: Command) -> None:
    for seed in range(20):
        wire = Wire(seed, {fault: 1.0})
        wire.send(PLACE, CANCEL, *QUESTIONS)
        wire.live()
        (when_ns,) = [at_ns for at_ns, command in wire.arrived if command == late]
        assert ORDER_NS + NS_PER_SECOND // 2 <= when_ns <= LATE_MAX_NS
        assert len(wire.arrived) == 5
        assert all(at_ns == ORDER_NS for at_ns, command in wire.arrived if command != late)
        assert wire.heard() == []


@pytest.mark.parametrize(
    ("fault", "lost"),
    [
        ("place reply lost", (e.Acked,)),
        ("cancel reply lost", (e.CancelDone,)),
        ("word lost", tuple(kind for kind in ABOUT_OUR_ORDERS if kind not in {e.Acked, e.CancelDone})),
    ],
)
def test_a_lost_word_is_lost_and_the_others_are_told(fault: str, lost: tuple[type, ...]) -> None:
    wire = Wire(1, {fault: 1.0})
    wire.answer(*WORDS, *OTHER)
    wire.live()
    assert wire.heard() == [(REPLY_NS, word) for word in (*WORDS, *OTHER) if not isinstance(word, lost)]


def test_a_doubled_word_is_told_twice_and_only_words_of_our_orders_are() -> None:
    wire = Wire(1, {"word doubled": 1.0})
    wire.answer(*WORDS, *OTHER)
    wire.live()
    told = [event for _, event in wire.heard()]
    assert [event for event in told if event in OTHER] == list(OTHER)
    assert [told.count(word) for word in WORDS] == [2] * len(WORDS)
    assert max(at_ns for at_ns, _ in wire.heard()) <= LATE_MAX_NS


def test_a_late_word_is_told_once_after_what_came_later_and_within_the_bound() -> None:
    for seed in range(20):
        wire = Wire(seed, {"word late": 1.0})
        wire.answer(*WORDS, *OTHER)
        wire.live()
        told = wire.heard()
        assert [event for _, event in told[: len(OTHER)]] == list(OTHER)
        assert sorted(WORDS.index(event) for _, event in told[len(OTHER) :]) == list(range(len(WORDS)))
        assert all(REPLY_NS + NS_PER_SECOND // 2 <= at_ns <= LATE_MAX_NS for at_ns, _ in told[len(OTHER) :])


def test_a_cancel_told_late_is_taken_at_once_and_done_later_with_what_was_filled() -> None:
    wire = Wire(rates={"cancel told late": 1.0})
    done = e.CancelDone(order_id="1", why="asked", filled_micro=3)
    wire.answer(done, FILLED)
    wire.live()
    (taken_ns, taken), (_, fill), (done_ns, told) = wire.heard()
    assert (taken, fill, told) == (e.CancelTaken(order_id="1", why="asked"), FILLED, done)
    assert taken_ns == REPLY_NS < done_ns <= REPLY_NS + LATE_MAX_NS


def test_late_words_do_not_hold_up_what_comes_after_them() -> None:
    wire = Wire(1, {"word late": 1.0})
    wire.answer(FILLED)
    wire.link.reply(NOON_NS, OTHER[1])
    wire.live()
    assert wire.heard()[0] == (REPLY_NS, OTHER[1])


def test_an_answer_to_a_question_meets_nothing_of_the_private_stream() -> None:
    wire = Wire(1, dict.fromkeys(("word lost", "place reply lost", "cancel reply lost", "word late", "word doubled"), 1.0))
    for word in WORDS:
        wire.link.reply(NOON_NS, word)
    wire.live()
    assert wire.heard() == [(REPLY_NS, word) for word in WORDS]


def test_while_the_venue_is_away_requests_meet_an_error_and_nothing_is_told() -> None:
    wire = Wire()
    wire.link.is_up = False
    wire.send(PLACE, CANCEL, *QUESTIONS)
    wire.answer(*WORDS, *OTHER)
    wire.link.reply(NOON_NS, OTHER[1])
    wire.live()
    lost = e.ReplyLost(order_id="1", why="425: the matching engine restarts")  # says nothing of what was sent (polymarket.md §3.6)
    assert wire.arrived == []
    assert wire.heard() == [(REPLY_NS, lost), (REPLY_NS, lost)]


def test_what_is_under_way_when_the_venue_goes_does_not_arrive_and_what_it_said_before_does() -> None:
    wire = Wire()
    wire.send(PLACE)
    wire.answer(FILLED)
    wire.link.is_up = False
    wire.live(1)
    wire.link.is_up = True
    wire.live()
    assert (wire.arrived, wire.heard()) == ([], [(REPLY_NS, FILLED)])


def test_a_process_that_died_hears_nothing_and_what_it_sent_still_arrives() -> None:
    wire = Wire(1, {"word late": 1.0})
    wire.send(PLACE)
    wire.answer(*WORDS, *OTHER)
    wire.link.reply(NOON_NS, OTHER[1])
    wire.link.hang_up()
    wire.live()
    assert wire.arrived == [(ORDER_NS, PLACE)]
    assert wire.heard() == []
    wire.link.answer(wire.world.now_ns(), OTHER[0])
    wire.live(1)
    assert [event for _, event in wire.heard()] == [OTHER[0]], "the next process hears what is said to it"


@pytest.mark.parametrize("seed", range(10))
def test_whatever_happens_no_place_is_carried_twice_nothing_is_invented_and_nothing_comes_too_late(seed: int) -> None:
    wire = Wire(seed, dict.fromkeys(KINDS, 0.3))
    sent_ns: dict[str, Nanos] = {}
    said: list[Event] = []

    def step(number: int, at_ns: Nanos) -> None:
        sent_ns[str(number)] = at_ns - NOON_NS
        word = e.Acked(order_id=f"w{number}", venue_order_id="")
        said.append(word)
        wire.send(Place(order_id=str(number), spec=PLACE.spec, strategy="", why=""))
        wire.answer(word)

    for number in range(100):
        wire.world.at(NOON_NS + number * NS_PER_SECOND // 5, MARKET_RANK, partial(step, number))
    wire.live()
    places = [(at_ns, command.order_id) for at_ns, command in wire.arrived if isinstance(command, Place)]
    assert 0 < len(places) == len({order_id for _, order_id in places}) < 100
    assert all(ORDER_NS <= at_ns - sent_ns[order_id] <= LATE_MAX_NS for at_ns, order_id in places)
    for at_ns, event in wire.heard():
        if isinstance(event, e.Acked):
            assert event in said
            assert REPLY_NS <= at_ns - sent_ns[event.order_id[1:]] <= LATE_MAX_NS
        else:
            assert isinstance(event, e.Rejected | e.ReplyLost)
            assert event.order_id not in {order_id for _, order_id in places}, "refused and carried"
