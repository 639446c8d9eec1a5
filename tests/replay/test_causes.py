"""Every command of a run points back to what it follows from: its decision, what that had seen, and the frames behind it."""

from pathlib import Path

from config.assembly.demo import Demo
from config.assembly.replay import Replay
from oms.entries import Entry, read_journal
from oms.machines.blotter import Order
from oms.machines.risk import reserve_micro
from oms.state import StrategyLine
from oms.values import events as e
from oms.values.commands import (
    Alert,
    AskBalances,
    AskOpenOrders,
    AskOrder,
    AskTrades,
    BundleOpened,
    Cancel,
    Convert,
    Merge,
    Place,
    Prepared,
    Split,
)
from oms.values.decisions import Decision, Quotes, StandAside
from oms.values.orders import OrderId, Side
from oms.values.record import BundleBody, DecisionBody, Verdict
from oms.values.snapshot import Snapshot
from oms.why import story
from tests.oms.words_engine import buy, given_floor, sell
from tests.oms.words_journal import entries_of, given_journal
from tests.oms.words_record import given_demo, given_replay, given_session
from tests.words import MARKET

AGAIN = "no answer to the cancel: once more"


def decision_behind(entries: list[Entry], entry: Entry) -> DecisionBody | None:
    """The decision of the same turn that a command names."""
    if entry.cause_seq is None:
        return None
    cause = entries[entry.cause_seq - 1]
    assert cause.seq == entry.cause_seq < entry.seq
    assert (cause.turn, cause.at_ns) == (entry.turn, entry.at_ns)
    assert isinstance(cause.body, DecisionBody)
    return cause.body


def assert_causes(entries: list[Entry], orders: dict[OrderId, Order], reserved: dict[OrderId, int]) -> list[Verdict]:
    """Returns the verdicts of all orders placed."""
    found = []
    for entry in entries:
        if not isinstance(entry.body, Prepared):
            assert entry.cause_seq is None
            continue
        command, decision = entry.body.command, decision_behind(entries, entry)
        if isinstance(command, Place):
            assert decision is not None
            assert (decision.market_id, decision.strategy) == (command.spec.market_id, command.strategy)
            (verdict,) = (verdict for verdict in decision.verdicts if verdict.order_id == command.order_id)
            spec = command.spec
            assert (verdict.side, verdict.price_pips, verdict.shares_micro, verdict.refused) == (spec.side, spec.price_pips, spec.size_micro, "")
            assert verdict.reserve_micro == reserved[command.order_id]
            assert isinstance(decision.decision, Quotes)
            assert command.why in {quote.why for quote in decision.decision.quotes}
            found.append(verdict)
        elif isinstance(command, Cancel):
            assert (decision is None) is (command.why == AGAIN or command.why.startswith("no strategy named"))
            if decision is not None:
                assert (decision.market_id, decision.decision.why) == (orders[command.order_id].spec.market_id, command.why)
                assert command.order_id in dict(decision.resting)
        else:
            assert isinstance(command, AskOrder | AskOpenOrders | AskTrades | AskBalances | Alert)
            assert decision is None
    return found


def lived(run: Demo | Replay, path: Path) -> list[Entry]:
    """The entries of the run, each command of which has its cause."""
    run.run()
    state = run.joined.engine.state
    orders = {order.order_id: order for order in state.blotter.in_memory()}
    reserved = {order_id: reserve_micro(order.spec, state.desks[order.spec.market_id].market) for order_id, order in orders.items()}
    entries = entries_of(path)
    assert len(assert_causes(entries, orders, reserved)) == len(orders) > 100
    causes = {entry.cause_seq for entry in entries}
    assert {entry.seq for entry in entries if isinstance(entry.body, DecisionBody)} == causes - {None}
    return entries


def test_every_order_of_a_demo_points_to_the_decision_that_wanted_it(tmp_path: Path) -> None:  # req 2.36
    entries = lived(given_demo(tmp_path / "j", seconds=60), tmp_path / "j")
    assert {entry.body.frames for entry in entries if isinstance(entry.body, DecisionBody)} == {None}


def test_every_order_of_a_replay_points_on_to_the_frames_of_the_tape_that_were_seen(tmp_path: Path) -> None:  # req 2.36; ruling 0.1
    frames = {frame.seq: frame.at_ns for frame in given_replay(None).tapes[0].recording.frames()}
    entries = lived(given_replay(tmp_path / "j"), tmp_path / "j")
    behind = [(entry.at_ns, entry.body.frames) for entry in entries if isinstance(entry.body, DecisionBody) and entry.body.frames is not None]
    assert len(behind) > 100
    for at_ns, (first, last) in behind:
        assert first <= last
        assert {frames[seq] for seq in range(first, last + 1)} == {at_ns}


def behind_step(entries: list[Entry], entry: Entry, bundle_id: str) -> BundleBody:
    """What the step of that bundle had seen, of the same turn."""
    assert entry.cause_seq is not None
    cause = entries[entry.cause_seq - 1]
    assert (cause.turn, cause.at_ns) == (entry.turn, entry.at_ns)
    assert isinstance(cause.body, BundleBody)
    assert cause.body.bundle_id == bundle_id
    return cause.body


def assert_seen(seen: BundleBody, place: Place) -> None:
    """The book that an immediate order was to trade with stood there at its limit or better."""
    spec = place.spec
    (market,) = (market for market in seen.markets if market.market_id == spec.market_id)
    book = market.yes if spec.token.endswith(":YES") else market.no_seen
    if spec.side is Side.BUY:
        assert any(price <= spec.price_pips for price, _ in book.asks)
    else:
        assert any(price >= spec.price_pips for price, _ in book.bids)


def test_every_order_and_transfer_of_a_bundle_points_to_what_its_step_had_seen(tmp_path: Path) -> None:  # req 2.36, 4.15; ruling 0.1
    given_demo(tmp_path / "j", seconds=300, config="arbitrage.toml").run()
    entries = entries_of(tmp_path / "j")
    steps, places = set[int | None](), 0
    for entry in entries:
        command = entry.body.command if isinstance(entry.body, Prepared) else None
        if isinstance(command, BundleOpened):
            seen = behind_step(entries, entry, command.bundle_id)
            assert {leg.market_id for leg in command.bundle.legs} <= {market.market_id for market in seen.markets}
        elif isinstance(command, Place):
            assert_seen(behind_step(entries, entry, command.bundle.partition("/")[0]), command)
            places += 1
        elif isinstance(command, Split | Merge | Convert):
            behind_step(entries, entry, command.command_id.partition("/")[0])
        else:
            continue
        steps.add(entry.cause_seq)
    assert {entry.seq for entry in entries if isinstance(entry.body, BundleBody)} == steps
    assert len(steps) > 20
    assert places > 50


def test_the_story_of_an_order_of_a_bundle_tells_what_its_step_had_seen_and_when_the_bundle_was_opened(tmp_path: Path) -> None:  # req 2.36
    given_demo(tmp_path / "j", seconds=120, seed=5, config="arbitrage.toml").run()
    entries = entries_of(tmp_path / "j")
    commands = [(entry, entry.body.command) for entry in entries if isinstance(entry.body, Prepared)]
    opened_ns = {command.bundle_id: entry.at_ns for entry, command in commands if isinstance(command, BundleOpened)}
    rounds = set[bool]()
    for entry, command in commands:
        if isinstance(command, Place):
            bundle_id, _, number = command.bundle.partition("/")
            steps = story(entries, command.order_id)
            times = [step.at_ns for step in steps]
            assert times == sorted(times)
            assert times[0] == (entry.at_ns if number == "1" else opened_ns[bundle_id])
            (opened,) = (step for step in steps if step.text.startswith(f"it opened bundle {bundle_id} "))
            assert opened.at_ns == opened_ns[bundle_id]
            seen = [step for step in steps if " saw “event-" in step.text]
            assert len(seen) == len(behind_step(entries, entry, bundle_id).markets)
            assert {step.at_ns for step in seen} == {entry.at_ns}
            rounds.add(number == "1")
    assert rounds == {True, False}


def test_in_a_stormy_session_a_cancel_that_is_repeated_after_silence_has_no_decision(tmp_path: Path) -> None:
    repeated = 0
    for seed in range(12):
        session, recorded = given_session(tmp_path / f"{seed}", seed)
        ledger = session.floor.state.ledger
        reserve, reserved = ledger.reserve, dict[str, int]()

        def noted(key: str, asset: str, amount: int, reserve: object = reserve, reserved: dict[str, int] = reserved) -> object:
            reserved.setdefault(key, amount)
            return reserve(key, asset, amount)  # type: ignore[operator]

        ledger.reserve = noted  # type: ignore[method-assign, assignment]
        floor = session.live(60)
        recorded.end()
        entries = entries_of(recorded.path)
        orders = {order.order_id: order for order in floor.state.blotter.in_memory()}
        assert len(assert_causes(entries, orders, reserved)) == len(orders)
        commands = [entry.body.command for entry in entries if isinstance(entry.body, Prepared)]
        repeated += sum(isinstance(command, Cancel) and command.why == AGAIN for command in commands)
    assert repeated > 5


def test_two_strategies_in_one_market_have_each_their_own_commands(tmp_path: Path) -> None:
    def second(snapshot: Snapshot, _params: object) -> Decision:
        if snapshot.market.market_id != MARKET or snapshot.resting:
            return StandAside(why="enough")
        return Quotes(quotes=(sell(7_000, 10), buy(2_000, 10), buy(1_000, 10_000_000)), why="the second wants")

    journal = given_journal(tmp_path)
    line = StrategyLine(name="second", evaluate=second, params=None)
    floor = given_floor(sets=100, journal=journal, also=(line,))
    floor.script.want(buy(4_000, 10), buy(4_100, 10))
    floor.tell(floor.stir())
    floor.tell(*(e.Acked(order_id=order.order_id) for order in floor.state.blotter.all_open()), floor.stir())
    floor.script.want_nothing()
    floor.tell(floor.stir())
    journal.close()
    entries = list(read_journal(journal.path)[1])
    found: dict[str, list[str]] = {}
    for entry in entries:
        decision = decision_behind(entries, entry)
        if isinstance(entry.body, Prepared) and decision is not None:
            command = entry.body.command
            words = f"{type(command).__name__} {getattr(command, 'order_id', '')}"
            found.setdefault(decision.strategy, []).append(words)
    assert sorted(found["maker"] + found["second"]) == sorted(
        f"{type(command).__name__} {getattr(command, 'order_id', '')}" for command in floor.venue.sent if isinstance(command, Place | Cancel)
    )
    owner = {order.order_id: order.strategy for order in floor.state.blotter.in_memory()}
    for strategy, commands in found.items():
        assert {owner[words.split()[1]] for words in commands} == {strategy}
    refused = [v for entry in entries if isinstance(entry.body, DecisionBody) for v in entry.body.verdicts if v.refused]
    assert {(verdict.price_pips, verdict.order_id) for verdict in refused} == {(1_000, "")}
