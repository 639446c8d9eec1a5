"""The wire between a simulated venue and us when things go wrong: the messenger with faults on both ways.

What a fault may do is what the world can do: a request that never arrives, an answer that does not come back, a word told twice or late, a
question that nobody answers. What no fault may do is lie: everything that reaches us was true when it was said.

A place is never carried twice: nothing on our side ever sends one again, and a wire does not invent requests.

A split, a merge or a conversion is a transaction on a chain: it always ends up confirmed or refused, and what became of it can be read at any time.
So that word is never lost for good: it comes late, or once more when the venue or our process is there again, or it is there for who asks. Its
request may come twice, as whoever relays it may send it again; the venue knows it by its name.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from oms.values import events as e
from oms.values.commands import AskBalances, AskOpenOrders, AskOrder, AskTrades, AskTransfer, Cancel, Convert, Merge, Place, Prepared, Split
from oms.values.events import Event
from oms.values.units import NS_PER_SECOND, Nanos
from sim.conservation import Statement
from sim.faults import Faults
from sim.latency import Latency
from sim.messenger import Doors, Messenger
from sim.own_transfers import NEVER_ARRIVED
from sim.world import ANSWERS, ARRIVALS, World

LATE_S: Final = (0.5, 8.0)
"""How late a late message is."""
LATE_MAX_NS: Final = 10 * NS_PER_SECOND
"""Nothing that is under way arrives later than this after it was sent: the venue's settle time (ruling 0.6) must be longer."""
ABOUT_OUR_ORDERS: Final = (e.Acked, e.Rejected, e.Filled, e.CancelTaken, e.CancelDone, e.CancelRefused, e.Expired, e.SettlementMoved)
"""What the private stream tells; the rest of what reaches us are answers to questions, and facts about markets that are asked for anew."""
TRANSFERS: Final = (Split, Merge, Convert)
ABOUT_TRANSFERS: Final = (e.SetsChanged, e.Converted, e.TransferRefused)
"""What becomes of them."""
_NOTICED_S: Final = (1.0, 9.0)
"""So long after it was sent a transfer that is lost is known to be lost."""
_LOST: Final[Mapping[type, str]] = {e.Acked: "place reply lost", e.CancelDone: "cancel reply lost"}
_WORDS: Final[Mapping[type, str]] = {Place: "place", Cancel: "cancel"}


class FaultyLink(Messenger):
    """A messenger that loses, doubles and delays as `faults` say; `is_up` False: nothing passes, either way."""

    def __init__(self, world: World, latency: Latency, faults: Faults) -> None:
        super().__init__(world, latency)
        self.faults = faults
        self.is_up = True
        """False while the venue is away: requests meet an error, nothing is told."""
        self.last_said_ns: Nanos = 0
        """When the venue last had something to say of our orders and trades, whether or not it came through."""
        self._life = 0
        """Grows when our process dies: what was on its way to the dead one is lost."""
        self._is_heard = True
        """False while no process of ours runs."""
        self._unheard: list[Event] = []
        """What became of transfers, and what markets paid, for when it can be told."""
        self._told_last: tuple[Nanos, list[Event]] = (0, [])
        """The latest instant at which that was told, and what: a process that dies in that instant may have heard nothing."""

    def hang_up(self) -> None:
        """Our process died: what is on its way to it will reach nobody."""
        self._life += 1
        self.under_way = 0
        self._is_heard = False
        told_ns, told = self._told_last
        if told_ns == self.world.now_ns():
            self._unheard += told

    def pick_up(self) -> None:
        """A process of ours runs again."""
        self._is_heard = True
        self.tell_unheard()

    def tell_unheard(self) -> None:
        """What became of transfers and markets while nobody heard it is told now, if it can be."""
        unheard, self._unheard = self._unheard, []
        for event in unheard:
            self._tell_of_transfer(event, self.world.now_ns())

    def carry_out(self, ready: Sequence[Prepared], at_ns: Nanos, doors: Doors) -> None:
        """Carry each command to its door, if nothing happens to it on the way."""
        for prepared in ready:
            door = doors.get(type(prepared.command))
            if door is not None and isinstance(prepared.command, TRANSFERS):
                self._carry_transfer(door, prepared, at_ns)
            elif door is not None and not self._stopped(prepared, at_ns):
                self.world.at(at_ns + self.latency.draw_ns("order_ms") + self._delay_ns(prepared), ARRIVALS, partial(self._knock, door, prepared))

    def answer(self, at_ns: Nanos, event: Event, statement: Statement | None = None) -> None:  # noqa: ARG002 (nobody compares statements under faults)
        """The venue tells us something, if it comes through."""
        faults = self.faults
        self.last_said_ns = max(self.last_said_ns, at_ns)
        if isinstance(event, ABOUT_TRANSFERS):
            self._say_of_transfer(at_ns, event)
            return
        if not self.is_up:
            if isinstance(event, e.MarketResolved):  # what a market paid can be read at any time: we look when the venue is back
                self._unheard.append(event)
            return
        if not isinstance(event, ABOUT_OUR_ORDERS):
            self._tell(at_ns, event, 0)
            return
        if isinstance(event, e.CancelDone) and faults.strikes("cancel told late"):
            self._tell(at_ns, e.CancelTaken(order_id=event.order_id, why=event.why), 0)
            self._tell(at_ns, event, faults.how_long_ns("cancel told late", 0.01, LATE_S[1]))
            return
        if faults.strikes(_LOST.get(type(event), "word lost")):
            return
        late_ns = faults.how_long_ns("word late", *LATE_S) if faults.strikes("word late") else 0
        self._tell(at_ns, event, late_ns)
        if faults.strikes("word doubled"):
            self._tell(at_ns, event, faults.how_long_ns("word doubled", 0.0, LATE_S[1]))

    def reply(self, at_ns: Nanos, event: Event) -> None:
        """The answer to a question that arrived: it does not pass over the private stream, so nothing of that stream happens to it."""
        if self.is_up:
            self._tell(at_ns, event, 0)

    def _tell(self, at_ns: Nanos, event: Event, late_ns: Nanos) -> None:
        """Let it arrive; without a delay of its own, in the order in which it was said."""
        arrival_ns = at_ns + self.latency.draw_ns("reply_ms") + late_ns
        if not late_ns:
            self._last_answer_ns = arrival_ns = max(self._last_answer_ns, arrival_ns)
        self.world.at(arrival_ns, ANSWERS, partial(self._arrive, event, self._life))

    def _arrive(self, event: Event, life: int, _at_ns: Nanos) -> None:
        if life == self._life:
            self.world.tell(event)

    def _carry_transfer(self, door: Callable[[Prepared, Nanos], None], prepared: Prepared, at_ns: Nanos) -> None:
        faults = self.faults
        if not self.is_up or faults.strikes("transfer lost"):
            self._refuse_lost(prepared, at_ns + faults.how_long_ns("transfer lost", *_NOTICED_S))
            return
        late_ns = faults.how_long_ns("transfer late", *LATE_S) if faults.strikes("transfer late") else 0

        def arrive(now_ns: Nanos) -> None:
            if not self.is_up:
                self._refuse_lost(prepared, now_ns)
                return
            door(prepared, now_ns)
            if faults.strikes("transfer doubled"):
                self.world.at(now_ns + faults.how_long_ns("transfer doubled", 0.0, LATE_S[1]), ARRIVALS, partial(self._knock, door, prepared))

        self.world.at(at_ns + self.latency.draw_ns("order_ms") + late_ns, ARRIVALS, arrive)

    def _refuse_lost(self, prepared: Prepared, at_ns: Nanos) -> None:
        """It never arrives, and we are told so, unless that is lost too: then the venue says so when it is asked."""
        assert isinstance(prepared.command, TRANSFERS)
        if self.faults.strikes("transfer word lost"):
            return
        self.last_said_ns = max(self.last_said_ns, at_ns)
        refused = e.TransferRefused(command_id=prepared.command.command_id, why=NEVER_ARRIVED)
        self.world.at(at_ns, ANSWERS, partial(self._tell_of_transfer, refused))

    def _say_of_transfer(self, at_ns: Nanos, event: Event) -> None:
        """In the order in which it was said, or late; and perhaps again, or not at all."""
        faults = self.faults
        if faults.strikes("transfer word lost"):
            return
        arrival_ns = at_ns + self.latency.draw_ns("reply_ms")
        if faults.strikes("transfer word late"):
            arrival_ns += faults.how_long_ns("transfer word late", *LATE_S)
        else:
            self._last_answer_ns = arrival_ns = max(self._last_answer_ns, arrival_ns)
        self.world.at(arrival_ns, ANSWERS, partial(self._tell_of_transfer, event))
        if faults.strikes("transfer word doubled"):
            again_ns = arrival_ns + faults.how_long_ns("transfer word doubled", *LATE_S)
            self.world.at(again_ns, ANSWERS, partial(self._tell_of_transfer, event))

    def _tell_of_transfer(self, event: Event, at_ns: Nanos) -> None:
        """Now, or when there is somebody who tells and somebody who hears."""
        if not self.is_up or not self._is_heard:
            self._unheard.append(event)
            return
        if self._told_last[0] != at_ns:
            self._told_last = (at_ns, [])
        self._told_last[1].append(event)
        self.world.tell(event)

    def _stopped(self, prepared: Prepared, at_ns: Nanos) -> bool:
        """Did something keep the command from the venue? Then what we learn of it, if anything, is on its way."""
        command, faults = prepared.command, self.faults
        if isinstance(command, AskOrder | AskOpenOrders | AskTrades | AskBalances | AskTransfer):
            return faults.strikes("query failed") or not self.is_up
        if not isinstance(command, Place | Cancel):
            return not self.is_up
        word, order_id = _WORDS[type(command)], command.order_id
        if not self.is_up:
            self._tell(at_ns, e.ReplyLost(order_id=order_id, why="425: the matching engine restarts"), 0)
            return True
        if faults.strikes(f"{word} 429"):
            self._tell(at_ns, _limited(command), 0)
            return True
        if isinstance(command, Place) and faults.strikes("place 5xx"):
            self._tell(at_ns, e.ReplyLost(order_id=order_id, why="503: service unavailable"), 0)
            return True
        return faults.strikes(f"{word} lost")

    def _delay_ns(self, prepared: Prepared) -> Nanos:
        word = _WORDS.get(type(prepared.command))
        return self.faults.how_long_ns(f"{word} late", *LATE_S) if word and self.faults.strikes(f"{word} late") else 0

    def _knock(self, door: Callable[[Prepared, Nanos], None], prepared: Prepared, at_ns: Nanos) -> None:
        """Arrive, if the venue is there by then."""
        if self.is_up:
            door(prepared, at_ns)


def _limited(command: Place | Cancel) -> e.Event:
    """What a 429 says: this order was not taken; of a cancel, that nothing changed, so that it is asked for again."""
    why = "429: too many requests"
    return e.Rejected(order_id=command.order_id, why=why) if isinstance(command, Place) else e.ReplyLost(order_id=command.order_id, why=why)
