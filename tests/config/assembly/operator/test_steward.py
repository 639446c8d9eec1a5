"""The trading side of the bridge: every ticket is answered once, in words where there is nothing to show, and looking changes no command."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.assembly.demo import START_NS, Demo
from config.outside import GuardsSection
from config.settings import FOLDER, Settings, load
from connectors.operator.control import protocol as p
from connectors.operator.control.bridge import Last, Order, Question, Reply, Wanted
from oms.ports import Turned
from oms.values import events as e
from oms.values.commands import Alert, Prepared
from oms.values.panels import Alerts, Fills, Health, Ladder, Overview, Topic
from tests.config.assembly.operator.words_operator import CLIENT, TOPICS, answers, given_demo, given_speaker, given_steward, wanted
from tests.oms.words_engine import filled, given_floor, given_standing
from tests.oms.words_fingerprint import fingerprint
from tests.words import MARKET


@pytest.fixture(scope="module", params=["plain", "demo"])
def unwatched(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """(kind, commands_hash, how money ended) of a demo that nobody watches."""
    demo = given_demo(request.param)
    demo.joined.steward = None
    report = demo.run()
    return request.param, report["commands_hash"], str(report["cash"])


class Onlooker:
    """Watches and asks at instants of its choice, and cannot get enough."""

    def __init__(self, demo: Demo, chosen: Iterator[tuple[Wanted, ...]]) -> None:
        assert demo.joined.steward is not None
        self.steward = demo.joined.steward
        self.steward.bridge.every_ns = 0
        self.state = demo.joined.engine.state
        self.views = 0
        self._chosen = chosen
        self._ticket = 0

    def pace(self, _at_ns: int) -> bool:
        """Called after each look of the steward."""
        bridge = self.steward.bridge
        views, replies = bridge.fetch()
        self.views += len(views) + len(replies)
        bridge.watched = next(self._chosen, ())
        for one in bridge.watched:
            self._ticket += 1
            assert bridge.put(Question(self._ticket, one))
        return True

    def everything(self) -> Iterator[tuple[Wanted, ...]]:
        """Every topic, about markets and orders that are there and some that are not."""
        while True:
            orders = self.state.blotter.in_memory()
            yield wanted("", *list(self.state.desks)[-1:], *[order.order_id for order in orders[-1:]], "nobody's")


def test_everything_watched_and_asked_at_each_instant_changes_no_command(unwatched: tuple[str, str, str]) -> None:
    kind, digest, cash = unwatched
    demo = given_demo(kind)
    onlooker = Onlooker(demo, iter(()))
    onlooker._chosen = onlooker.everything()
    report = demo.run(onlooker.pace)
    assert (report["commands_hash"], str(report["cash"])) == (digest, cash)
    assert onlooker.views > 20 * len(TOPICS)


WANTED = st.builds(Wanted, st.sampled_from(Topic), st.sampled_from(["", "3-1", "nobody's", "demo-1"]))
CHOICES = st.lists(st.lists(WANTED, max_size=6, unique=True).map(tuple), max_size=300)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(choices=CHOICES)
def test_whatever_is_watched_and_whenever_no_command_changes(unwatched: tuple[str, str, str], choices: list[tuple[Wanted, ...]]) -> None:
    kind, digest, cash = unwatched
    demo = given_demo(kind)
    report = demo.run(Onlooker(demo, iter(choices)).pace)
    assert (report["commands_hash"], str(report["cash"])) == (digest, cash)


def test_a_demo_that_is_killed_over_the_bridge_is_halted_and_leaves_nothing_open() -> None:
    demo = given_demo("plain")
    steward = demo.joined.steward
    assert steward is not None

    def pace(at_ns: int) -> bool:
        if at_ns > START_NS + 6 * 10**9:
            assert steward.bridge.put(Order(1, p.Kill(why="enough"), CLIENT))
        return True

    demo.run(pace)
    (reply, *_) = steward.bridge.fetch()[1]
    assert isinstance(reply, Reply)
    assert reply.text.startswith("the kill has begun")
    assert demo.joined.killed == f"kill from the {CLIENT}: enough"
    assert demo.joined.engine.state.session.name == "halted"
    assert demo.joined.engine.state.blotter.open_count == 0


def guarded_demo(kind: str, dollars: int, confirm_s: int) -> Demo:
    """A demo whose account is guarded so closely."""
    plain = Settings() if kind == "plain" else load(FOLDER / "demo.toml", {})
    guards = GuardsSection(drawdown_max_usd=dollars, day_loss_max_usd=dollars, failing_max_percent=100, confirm_s=confirm_s)
    return Demo(msgspec.structs.replace(plain, guards=guards), seed=3, seconds=12)


def test_guards_that_do_not_trip_change_no_command(unwatched: tuple[str, str, str]) -> None:
    kind, digest, cash = unwatched
    demo = guarded_demo(kind, 1_000_000, 0)
    report = demo.run()
    assert (report["commands_hash"], str(report["cash"])) == (digest, cash)
    assert demo.joined.engine.state.guard.peak_micro is not None


def test_a_guard_that_trips_ends_a_demo_halted_with_nothing_open() -> None:
    demo = guarded_demo("plain", 1, 0)
    demo.joined.engine.state.guard.mark(5_000_000, START_NS)  # as if the result had been five dollars once
    report = demo.run()
    assert "below its best" in demo.joined.killed
    assert (demo.joined.engine.state.session.name, demo.joined.engine.state.session.why) == ("halted", demo.joined.killed)
    assert report["orders"]["resting"] == report["orders"]["unknown"] == 0
    assert report["virtual_s"] < 12


# Answers.


def test_every_topic_is_answered_with_its_view_and_the_unknown_in_words() -> None:
    floor = given_standing()
    steward = given_steward(floor.state)
    told = answers(steward, 9, *[Question(number, one) for number, one in enumerate(wanted(MARKET, "7-1", "nobody's"))])
    assert [reply.ticket for reply in told if isinstance(reply, Reply)] == list(range(3 * len(TOPICS)))
    for reply, one in zip(told, wanted(MARKET, "7-1", "nobody's"), strict=True):
        assert isinstance(reply, Reply)
        has_view = one.topic not in {Topic.LADDER, Topic.STORY} or one.subject == {Topic.LADDER: MARKET, Topic.STORY: "7-1"}[one.topic]
        assert (reply.ok, reply.view is not None, reply.text == "") == (has_view, has_view, has_view)
        assert reply.view is None or (type(reply.view).__name__.lower(), reply.view.at_ns) == (one.topic.value, 9)
        assert has_view or reply.text == f"there is no {one.topic.value} of {one.subject!r}"


SUBJECTS = st.text(max_size=200) | st.sampled_from([MARKET, "7-1", ""])
QUESTIONS = st.builds(Question, st.integers(), st.builds(Wanted, st.sampled_from(Topic), SUBJECTS))
INSTRUCTIONS = st.sampled_from([p.Pause(), p.Resume(), p.Kill(), p.CancelAll(), p.Confirm(word="x"), p.CancelOrder(order_id="7-1")])
ORDERS = st.builds(Order, st.integers(), INSTRUCTIONS, st.text(max_size=10))


@settings(max_examples=40, deadline=None)
@given(st.lists(QUESTIONS | ORDERS, max_size=12))
def test_each_ticket_is_answered_exactly_once_and_in_order_whatever_was_asked(put: list[Question | Order]) -> None:
    floor = given_standing()
    steward = given_steward(floor.state)
    before = fingerprint(floor.state)
    told = answers(steward, floor.now_ns, *put)
    assert [reply.ticket for reply in told if isinstance(reply, Reply)] == [one.ticket for one in put]
    assert all(reply.text or reply.view is not None for reply in told if isinstance(reply, Reply))
    assert fingerprint(floor.state) == before
    assert answers(steward, floor.now_ns) == []


def test_what_is_said_reaches_whoever_tells_the_engine_and_a_confirmation_comes_back() -> None:
    speaker = given_speaker()
    facts: list[e.Event] = []
    steward = given_steward(speaker.floor.state, tell=facts.append)
    said = p.PlaceOrder(market_id=MARKET, outcome="YES", side="BUY", price_pips=3_000, shares_micro=10_000_000)
    (asked,) = answers(steward, speaker.floor.now_ns, Order(4, said, CLIENT))
    assert isinstance(asked, Reply)
    assert (asked.ok, facts) == (True, [])
    (done, again) = answers(steward, 9, Order(5, p.Confirm(word=asked.confirm), CLIENT), Order(6, p.Confirm(word=asked.confirm), CLIENT))
    assert isinstance(done, Reply)
    assert isinstance(again, Reply)
    assert (done.ok, again.ok, len(facts)) == (True, False, 1)


# What only the run knows.


def test_the_overview_has_what_only_the_run_knows() -> None:
    steward = given_steward(given_floor().state)
    steward.recent.alarm(Alert(kind="k", text="t"), 5)
    view = steward.view(Wanted(Topic.OVERVIEW), 9)
    assert isinstance(view, Overview)
    assert (view.verb, view.version, view.commit, view.seed, view.since_ns) == ("demo", "0.1.0", "c0ffee", 3, START_NS)
    assert (view.alerts, view.events, view.commands_hash, view.conserved, view.phase) == (1, 7, "abc", "", "trading")


def test_health_has_the_engines_counts_and_both_kinds_of_guards() -> None:
    floor = given_standing()
    steward = given_steward(floor.state)
    floor.state.oddities["odd"] = 2
    steward.committed(Turned(number=8, at_ns=44, batch=()))
    view = steward.view(Wanted(Topic.HEALTH), 9)
    assert isinstance(view, Health)
    assert (view.at_ns, view.last_turn_ns, view.turns, view.oddities, view.guards) == (9, 44, 8, {"odd": 2}, {"disk": "full"})


def test_fills_and_alerts_of_a_turn_are_remembered_and_shown_with_their_market() -> None:
    floor = given_standing()
    steward = given_steward(floor.state)
    floor.tell(filled("t1", 30))
    steward.committed(Turned(number=1, at_ns=5, batch=[filled("t1", 30)], ready=[Prepared(command=Alert(kind="k", text="t"))]))
    fills, ladder, alerts = (steward.view(one, 9) for one in (Wanted(Topic.FILLS), Wanted(Topic.LADDER, MARKET), Wanted(Topic.ALERTS)))
    assert isinstance(fills, Fills)
    assert isinstance(ladder, Ladder)
    assert isinstance(alerts, Alerts)
    assert (fills.count, fills.shares_micro, fills.rows) == (1, 30_000_000, ladder.fills)
    assert [row.kind for row in alerts.rows] == ["k"]


def test_the_last_words_are_passed_on() -> None:
    steward = given_steward(given_floor().state)
    steward.ends(42, "killed")
    assert steward.bridge.fetch()[1] == [Last(42, "killed")]
