"""A bundle found half done in the journal: the process is killed after every commit of a story, and another one brings it to the same end."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from oms.entries import Entry, RunRow, read_journal
from oms.journal import MemoryJournal, SqliteJournal
from oms.replay import RecoveryFailed, fold, recover
from oms.state import EventLine
from oms.values import events as e
from oms.values.bundles import BundleEnd
from oms.values.commands import AskOpenOrders, AskOrder, AskTransfer, BundleEnded, BundleOpened, Command, Convert, Merge, Place, Prepared, Split
from oms.values.orders import OrderId
from oms.values.units import MICRO, NS_PER_MS
from tests.oms.words_engine import STAGES, Floor, of_kind, ready
from tests.oms.words_event import STRATEGY, EventFloor
from tests.oms.words_oms import told_book
from tests.oms.words_stories import STORIES, Books, Story
from tests.words import NOON_NS
from tests.words_bundles import EVENT, given_split_bundle

STEPS_MAX = 40


class Venue:
    """What the venue knows: survives the death of our process. It never does a thing twice."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.orders: dict[OrderId, tuple[list[e.Event], list[e.SettlementMoved]]] = {}
        self.transfers: dict[str, e.Event] = {}
        self.placed: list[tuple[str, str]] = []

    def take(self, command: Command) -> None:
        """Something arrived."""
        if isinstance(command, Place):
            assert command.order_id not in self.orders, f"{command.order_id} was sent twice"
            self.placed.append((command.bundle, command.spec.token))
            self.orders[command.order_id] = self._matched(command)
        elif isinstance(command, Split | Merge | Convert):
            assert command.command_id not in self.transfers, f"{command.command_id} was asked for twice"
            self.transfers[command.command_id] = self._moved(command)

    def answers(self, commands: Sequence[Command]) -> Iterator[list[e.Event]]:
        """What it says to these, a turn each."""
        for command in commands:
            if isinstance(command, Place | AskOrder):
                facts, settled = self.orders.get(command.order_id, ([e.ProvenAbsent(order_id=command.order_id)], []))
                yield facts
                if settled:
                    yield [*settled]
            elif isinstance(command, Split | Merge | Convert | AskTransfer):
                yield [self.transfers.get(command.command_id, e.TransferRefused(command_id=command.command_id, why="it never arrived"))]

    def report(self, at_ns: int) -> list[e.Event]:
        """It is there, nothing rests, and these are all the trades."""
        facts = [fact for told, _ in self.orders.values() for fact in told if isinstance(fact, e.Filled)]
        settled = [moved for _, moves in self.orders.values() for moved in moves]
        there, nothing_rests, _ = ready(at_ns)
        trades = e.TradesReported(fills=tuple(facts), settlements=tuple(settled), since_ns=0, asked_ns=at_ns)
        return [there, nothing_rests, trades]

    def _matched(self, place: Place) -> tuple[list[e.Event], list[e.SettlementMoved]]:
        name = f"{place.bundle.partition('/')[2]} {place.spec.token}"
        spec, order_id, trade = place.spec, place.order_id, f"t-{place.order_id}"
        micro = round(self.story.fills.get(name, spec.shares_micro / MICRO) * MICRO)
        told: list[e.Event] = [e.Acked(order_id=order_id)]
        if micro:
            told.append(
                e.Filled(
                    order_id=order_id,
                    trade_id=trade,
                    price_pips=spec.price_pips,
                    shares_micro=micro,
                    cash_micro=micro * spec.price_pips // 10_000,
                    fee_cash_micro=0,
                    is_maker=False,
                    exchange_ns=NOON_NS,
                )
            )
        if micro < spec.shares_micro:
            told.append(e.CancelDone(order_id=order_id, why="killed", filled_micro=micro))
        stage = STAGES.FAILED if name in self.story.fails else STAGES.CONFIRMED
        return told, [e.SettlementMoved(trade_id=trade, order_id=order_id, stage=stage)] if micro else []

    def _moved(self, command: Split | Merge | Convert) -> e.Event:
        if command.command_id in self.story.refused:
            return e.TransferRefused(command_id=command.command_id, why="paused")
        if isinstance(command, Convert):
            others = tuple([name for name in self.story.names if name not in command.market_ids])
            return e.Converted(
                event_id=EVENT,
                market_ids=command.market_ids,
                shares_micro=command.shares_micro,
                cash_micro=(len(command.market_ids) - 1) * command.shares_micro,
                yes_market_ids=others,
                yes_micro=command.shares_micro,
                command_id=command.command_id,
            )
        shares = command.shares_micro if isinstance(command, Split) else -command.shares_micro
        return e.SetsChanged(market_id=command.market_id, shares_micro=shares, command_id=command.command_id)


class Heir(EventFloor):
    """Another process on the same journal."""

    def __init__(self, names: tuple[str, ...], entries: Sequence[Entry]) -> None:
        self.bundle, self.edge_pips, self.seen, self.names = None, 1_000, [], names
        Floor.__init__(self, MemoryJournal(), event_strategies=(EventLine(name=STRATEGY, evaluate=self.look, params=None),))
        self.now_ms = (recover(self.engine, entries) - NOON_NS) // NS_PER_MS


def told_books(floor: EventFloor, story: Story) -> list[e.Event]:
    plain: Books = {f"{name}:{outcome}": (((3_500, 100),), ((4_000, 100),)) for name in story.names for outcome in ("YES", "NO")}
    plain |= {f"{name}:NO": (((5_000, 100),), ((5_500, 100),)) for name in story.names}
    told = {**plain, **story.books}.items()  # at a time of their own each: these books are no mirrors of each other
    return [told_book(bids, asks, token=token, at_ms=floor.now_ms + number) for number, (token, (bids, asks)) in enumerate(told, start=1)]


def lives_on(floor: EventFloor, venue: Venue, sent: Sequence[Command]) -> None:
    """Every answer a turn of its own, in the order of the questions, until the bundle is over."""
    waiting: list[list[e.Event]] = []
    for _ in range(STEPS_MAX):
        for command in sent:
            venue.take(command)
        waiting += venue.answers(sent)
        if not waiting and not floor.state.bundles.in_flight:
            return
        sent = floor.tell(*waiting.pop(0)) if waiting else floor.tell(e.Tick(), after_ms=1_000)
    raise AssertionError("the bundle never ended")


def what_is_left(floor: EventFloor) -> dict[str, object]:
    """Money, shares, and how the bundle is remembered."""
    state = floor.state
    tokens = [f"{name}:{outcome}" for name in floor.names for outcome in ("YES", "NO")]
    return {
        "cash": (state.ledger.total("cash"), state.ledger.free("cash")),
        "held": {token: (state.ledger.total(token), state.inventory.held(token), state.inventory.sellable(token)) for token in tokens},
        "bundles": (state.bundles.count, state.bundles.ends, state.bundles.result_micro, state.bundles.worst_micro, state.bundles.in_flight),
        "ended": [(one.bundle_id, one.end, one.result_micro, one.why, one.bundle) for one in state.bundles.latest],
    }


def told_story(story: Story, path: Path) -> tuple[EventFloor, Venue, list[Entry]]:
    """The whole of it, in a journal."""
    journal = SqliteJournal(path, RunRow(run_id="r", commit_id="", config_hash="", seed=1, started_ns=0), money_is_real=False)
    floor, venue = EventFloor(*story.names, journal=journal), Venue(story)
    floor.tell(*told_books(floor, story))
    floor.tell(e.Tick(), after_ms=20)
    floor.bundle = story.bundle
    lives_on(floor, venue, floor.book("b:NO", ((4_900, 100),), ((5_500, 100),)))
    journal.close()
    return floor, venue, list(read_journal(path)[1])


def kills(entries: Sequence[Entry]) -> list[int]:
    """Turns after whose commit the process may die with the bundle begun."""
    begun = next(entry.turn for entry in entries if isinstance(entry.body, Prepared) and isinstance(entry.body.command, BundleOpened))
    return list(dict.fromkeys([entry.turn for entry in entries if entry.turn >= begun]))


@pytest.mark.parametrize("name", list(STORIES))
def test_killed_after_any_commit_the_bundle_comes_to_the_same_end_and_nothing_is_sent_twice(name: str, tmp_path: Path) -> None:  # issue 6
    story = STORIES[name]
    floor, venue, entries = told_story(story, tmp_path / "run.journal")
    assert floor.ended() == [(story.end, story.result_micro)]
    turns = kills(entries)
    assert len(turns) >= 2
    for turn in turns:
        written = [entry for entry in entries if entry.turn <= turn]
        there = Venue(story)
        for entry in written:
            if isinstance(entry.body, Prepared):
                there.take(entry.body.command)
        heir = Heir(story.names, written)
        sent = heir.tell(e.Tick())
        assert of_kind(sent, Place) == [], "nothing new before the venue has reported"
        heir.tell(*told_books(heir, story), *there.report(heir.now_ns + NS_PER_MS))
        lives_on(heir, there, [*sent, *heir.venue.last])
        assert what_is_left(heir) == what_is_left(floor), f"killed after turn {turn}"
        assert there.placed == venue.placed
        heir.assert_sound()


@pytest.mark.parametrize("name", list(STORIES))
def test_what_was_committed_and_never_arrived_is_a_leg_that_was_missed(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    _, _, entries = told_story(story, tmp_path / "run.journal")
    begun = kills(entries)[0]
    heir, there = Heir(story.names, [entry for entry in entries if entry.turn <= begun]), Venue(story)
    sent = heir.tell(e.Tick())
    assert any(isinstance(command, AskOrder | AskTransfer) for command in sent)
    heir.tell(*told_books(heir, story), *there.report(heir.now_ns + NS_PER_MS))
    lives_on(heir, there, [*sent, *heir.venue.last])
    assert heir.ended() == [(BundleEnd.MISSED, 0)]
    assert (heir.state.ledger.free("cash"), there.placed) == (1_000 * MICRO, [])
    heir.assert_sound()


@pytest.mark.parametrize("name", list(STORIES))
def test_a_journal_that_is_folded_leaves_what_was_left(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    floor, _, entries = told_story(story, tmp_path / "run.journal")
    fresh = Heir(story.names, [])
    for entry in entries:
        fold(fresh.engine, entry)
    assert what_is_left(fresh) == what_is_left(floor)
    assert fresh.state.bundles.ends == {story.end: 1}


def entries_of(*facts: e.Event | Command) -> list[Entry]:
    return [
        Entry(seq=seq, turn=seq, at_ns=seq, body=Prepared(command=fact) if isinstance(fact, Command) else fact, cause_seq=None)
        for seq, fact in enumerate(facts, start=1)
    ]


OPENED = BundleOpened(bundle_id="7-b1", strategy=STRATEGY, bundle=given_split_bundle())
SPLIT = Split(command_id="7-b1/t1", market_id="a", shares_micro=20 * MICRO)
CONTRADICTIONS = [
    ((OPENED, OPENED), "entry 2: bundle 7-b1 is opened twice"),
    ((BundleEnded(bundle_id="7-b1", end=BundleEnd.MISSED, result_micro=0, why="no"),), "entry 1: bundle 7-b1 ends and was never opened"),
    ((OPENED, SPLIT), "entry 2: 20000000 of cash for transfer 7-b1/t1 were not free"),
]


@pytest.mark.parametrize(("facts", "words"), CONTRADICTIONS)
def test_a_journal_whose_bundles_contradict_it_is_refused_at_the_entry(facts: tuple[Command, ...], words: str) -> None:
    with pytest.raises(RecoveryFailed, match=words):
        Heir(("a",), entries_of(*facts))


def test_a_transfer_that_is_under_way_is_asked_about_at_once_and_its_cash_stays_set_aside() -> None:
    heir = Heir(("a",), entries_of(e.Deposited(cash_micro=50 * MICRO, deposit_id="d"), OPENED, SPLIT))
    assert heir.state.ledger.free("cash") == 30 * MICRO
    sent = heir.tell(e.Tick())
    assert [ask.command_id for ask in of_kind(sent, AskTransfer)] == ["7-b1/t1"]
    assert of_kind(sent, AskOpenOrders) == []
