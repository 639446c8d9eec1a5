"""Parts are whole when they are made: nothing has to be handed in later, in the right order or at all.

Once, elsewhere, a simulator was handed to the algorithm after the algorithm had begun (text 2). Here constructors take what they need; the few things
that are set from outside are listed with the reason why their moment does not matter, and held to it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.assembly.demo import START_NS, Demo
from config.assembly.joined import Joined, Keep, Sight
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, Settings, load
from oms.camera import Camera
from oms.entries import read_journal
from oms.values.commands import Place
from oms.values.units import NS_PER_SECOND
from oms.values.views import Picture
from sim.exchange import Exchange
from sim.latency import Latency
from sim.market_series import MarketSeries, SeriesSettings
from sim.messenger import Messenger
from sim.traders import fund
from sim.venue import US, SimVenue
from sim.world import World
from tests.house.tree import product_files, tree_of
from tests.simulation.words_chaos import given_chaos

SECONDS = 30
SAMPLES = sorted((FOLDER / "samples").glob("*.jsonl.gz"))
SET_FROM_OUTSIDE = {
    ("joined.py", "self.turner.camera"): "in the constructor itself; pictures change nothing (below)",
    ("joined.py", "self.world.inbox"): "the turn takes what has arrived",
    ("live.py", "self.turner.camera"): "in the constructor itself; pictures change nothing (below)",
    ("live.py", "self.turner.count"): "a process that goes on counts on, before its first turn (test_live.py)",
    ("live.py", "self.keeper.is_halting"): "the run ends: a step of the run, not of its assembly",
    ("paper.py", "self.joined.steward"): "in the constructor itself, before the first turn; whoever looks changes nothing",
    ("roster.py", "one.missed"): "a count in the roster's own entry, while it runs",
    ("roster.py", "self.followed[market_id].missed"): "the same",
    ("realtime.py", "world.inbox"): "the turn takes what has arrived",
    ("realtime.py", "world.frames"): "the turn takes what has arrived",
    ("record.py", "shards.to_fetch"): "a wish of the run: whole books after a hole",
    ("chaos.py", "self.faults.active"): "the faults stop: a step of the run, not of its assembly",
    ("chaos.py", "self._bot.count"): "a process that goes on counts on, before its first turn (below)",
}
"""Attribute of another part that is set from config/assembly → why its moment does not matter."""


def assembly() -> list[Path]:
    return [path for path in product_files() if path.parts[:2] == ("config", "assembly")]


def targets(node: ast.AST) -> Iterator[ast.Attribute]:
    """Attributes that a statement sets, also inside a tuple."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from (part for part in ast.walk(target) if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store))


def is_own(target: ast.Attribute) -> bool:
    return isinstance(target.value, ast.Name) and target.value.id == "self"


def test_no_part_is_completed_from_outside() -> None:  # req 2.59
    found = {
        (path.name, ast.unparse(target)): f"{path}:{target.lineno}"
        for path in assembly()
        for node in ast.walk(tree_of(path))
        for target in targets(node)
        if not is_own(target)
    }
    unknown = {what: where for what, where in found.items() if what not in SET_FROM_OUTSIDE}
    assert unknown == {}, "hand it to the constructor, or show here that its moment does not matter"


def test_what_a_part_is_made_of_is_there_when_its_constructor_is_done() -> None:  # req 2.59
    late = []
    for path in assembly():
        for made in [node for node in tree_of(path).body if isinstance(node, ast.ClassDef)]:
            methods = [node for node in made.body if isinstance(node, ast.FunctionDef)]
            own = {method.name: {target.attr for node in ast.walk(method) for target in targets(node) if is_own(target)} for method in methods}
            begun = own.get("__init__", set())
            late += [f"{path}: {made.name}.{name} first sets {sorted(sets - begun)}" for name, sets in own.items() if sets - begun]
    assert late == []


def test_a_run_that_is_only_made_can_be_looked_at_and_ended(tmp_path: Path) -> None:  # req 2.59
    settings = load(FOLDER / "replay.toml", {})
    for run in (
        Demo(Settings(), seed=3, seconds=SECONDS, keep=Keep(path=tmp_path / "demo", run_id="d")),
        Replay(settings, open_tapes(settings, SAMPLES), keep=Keep(path=tmp_path / "replay", run_id="r")),
    ):
        assert run.report()["events"] == 0
        run.joined.wind_down("before it began")
        assert run.joined.conclude(run.report())["conserved"] is True


def test_the_first_turn_that_may_trade_already_reaches_the_venue(monkeypatch: pytest.MonkeyPatch) -> None:  # req 2.59
    demo, arrived = Demo(Settings(), seed=3, seconds=5), list[str]()
    submit = demo.venue.exchange.submit

    def watched(account: str, key: str, *rest: object) -> object:
        arrived.append(account)
        return submit(account, key, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(demo.venue.exchange, "submit", watched)
    demo.run()
    placed = [prepared for record in demo.joined.journal.tail for prepared in record.ready if isinstance(prepared.command, Place)]
    assert 0 < len(placed) == arrived.count(US)


def given_other_order(*, journal: Path | None, venue_first: bool) -> str:
    """The demo's parts, made and begun in another order; the hash of what they did."""
    settings, seed = Settings(), 3
    world = World(START_NS)
    venue = SimVenue(world, Messenger(world, Latency(settings.latency, seed)), Exchange())
    keep = None if journal is None else Keep(path=journal, run_id="d")

    def open_markets() -> None:
        venue.open_account(settings.account.cash_usd * 1_000_000, START_NS)
        fund(venue.exchange)
        demo = settings.demo
        kind = SeriesSettings(
            markets=demo.markets, window_ns=demo.window_s * NS_PER_SECOND, fee_rate_bps=demo.fee_rate_bps, tick_pips=demo.tick_pips, seed=seed
        )
        MarketSeries(world, venue, kind).begin(START_NS)

    if venue_first:
        open_markets()
    joined = Joined(settings, seed, world, venue, Sight(digest=None, own_orders_in_book=True), keep=keep)
    if not venue_first:
        open_markets()
    joined.live(until_ns=START_NS + SECONDS * NS_PER_SECOND)
    return joined.journal.hash.hexdigest()


def test_the_order_in_which_parts_are_made_does_not_matter(tmp_path: Path) -> None:  # req 2.59
    hashes = {
        given_other_order(journal=tmp_path / "j" if kept else None, venue_first=first)
        for kept, first in ((False, False), (False, True), (True, True))
    }
    assert len(hashes) == 1


@pytest.mark.parametrize("turns_before", [0, 50])
def test_who_looks_on_changes_nothing_whenever_he_comes(turns_before: int) -> None:  # req 2.59
    alone, watched = (Demo(Settings(), seed=3, seconds=SECONDS) for _ in range(2))
    seen: list[object] = []

    def come(_at_ns: int) -> bool:
        if watched.joined.turner.count == turns_before and not seen:
            watched.joined.turner.camera = Camera(watched.joined.engine.state, NS_PER_SECOND, Picture)
            watched.joined.watchers.append(lambda event, _: seen.append(event))
        return True

    assert watched.run(come)["commands_hash"] == alone.run()["commands_hash"]
    assert seen


def test_a_process_that_goes_on_counts_its_turns_on(tmp_path: Path) -> None:
    chaos = given_chaos(tmp_path, 2, rates={"kill": 0.01}, seconds=30)
    assert chaos.run().deaths > 0
    turns = [entry.turn for entry in read_journal(chaos._path)[1]]
    assert turns == sorted(turns)
