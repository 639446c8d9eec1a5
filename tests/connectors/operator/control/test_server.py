"""The daemon's socket from outside: every message, everything that is none, many clients, slow, silent and dead ones."""

import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.operator.control import protocol as p
from connectors.operator.control import server as module
from connectors.operator.control.bridge import Last, Reply, Wanted
from connectors.operator.control.switchboard import ANSWERS_MAX, BUSY
from oms.values.panels import Overview, Topic
from tests.connectors.operator.control.words_control import WELCOME, Daemon, Raw, given_view, until

INSTRUCTIONS: tuple[p.Instruction, ...] = (
    p.Pause(why="lunch"),
    p.Resume(),
    p.Kill(why="mad"),
    p.PauseMarket(market_id="m1"),
    p.ResumeMarket(market_id="m1"),
    p.CancelOrder(order_id="1-1"),
    p.CancelMarket(market_id="m1"),
    p.CancelAll(),
    p.SetParams(strategy="market_making", values={"depth": 3}),
    p.PlaceOrder(market_id="m1", outcome="YES", side="BUY", price_pips=4_500, shares_micro=20_000_000),
    p.Confirm(word="a1b2"),
)
HELLO = p.line(p.Hello(protocol=p.PROTOCOL, client="x"))
REFUSED = (
    (b"\n", "the first line must be a Hello"),
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "the first line must be a Hello"),
    (p.line(p.Ask(id=1, topic=Topic.OVERVIEW)), "the first line must be a Hello"),
    (p.line(p.Hello(protocol=2, client="x")), "version 1 of the protocol is spoken here, not 2"),
    (b'{"type":"Hello","protocol":7,"client":"x","colours":1}\n', "version 1 of the protocol is spoken here, not 7"),
    (b"x" * (p.LINE_BYTES_MAX + 1), f"a line of more than {p.LINE_BYTES_MAX} bytes"),
    (HELLO + HELLO, "Hello was said already"),
    (HELLO + b"{\n", "unreadable: "),
    (HELLO + b"\xff\xfe\n", "unreadable: "),
    (HELLO + b'{"type":"Ask","id":1,"topic":"overview","more":1}\n', "unreadable: Object contains unknown field `more`"),
    (HELLO + b'{"type":"Ask","id":%d,"topic":"overview"}\n' % 2**70, "unreadable: an id is from 0 to"),
    (HELLO + b"[" * 30_000 + b"\n", "unreadable: "),
    (HELLO + b"x" * (p.LINE_BYTES_MAX + 1), f"a line of more than {p.LINE_BYTES_MAX} bytes"),
)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path / "c.sock") as running:
        yield running
    assert [pairs for level, _, pairs in running.logged if level >= logging.ERROR] == []


def test_every_instruction_reaches_the_trading_side_with_who_gave_it_and_is_answered(daemon: Daemon) -> None:
    with Raw(daemon.path).greeted("dash\nboard") as client:
        for number, instruction in enumerate(INSTRUCTIONS):
            answer = client.say(p.Do(id=number, what=instruction)).hear()
            assert answer == p.Answer(id=number, ok=True, text=f"dash board#1: {instruction}")
    assert [order.instruction for order in daemon.heard] == list(INSTRUCTIONS)


def test_an_order_is_confirmed_by_the_word_that_the_trading_side_gave(daemon: Daemon) -> None:
    daemon.answer = lambda order: Reply(order.ticket, ok=True, text="sure?", confirm="a1b2")
    with Raw(daemon.path).greeted() as client:
        assert client.say(p.Do(id=5, what=INSTRUCTIONS[-2])).hear() == p.Answer(id=5, ok=True, text="sure?", confirm="a1b2")
    assert "a1b2" not in str(daemon.logged)


def test_every_topic_is_shown_to_whoever_asks_and_what_is_not_there_is_said(daemon: Daemon) -> None:
    subjects = {Topic.LADDER: "m1", Topic.STORY: "1-1"}
    with Raw(daemon.path).greeted() as client:
        for number, topic in enumerate(Topic):
            shown = client.say(p.Ask(id=number, topic=topic, subject=subjects.get(topic, ""))).hear()
            assert isinstance(shown, p.Shown)
            assert (shown.id, shown.topic, shown.subject) == (number, topic, subjects.get(topic, ""))
            assert shown.view == given_view(topic, shown.subject, shown.view.at_ns)
        assert client.say(p.Ask(id=99, topic=Topic.LADDER, subject="m2")).hear() == p.Answer(id=99, ok=False, text="there is no ladder")


def test_what_is_watched_is_shown_and_nothing_else_and_not_more_often_than_asked_for(daemon: Daemon) -> None:
    with Raw(daemon.path).greeted() as client:
        client.say(p.Watch(topics=(Topic.OVERVIEW, Topic.LADDER), subject="m1", every_ms=100))
        began_s = time.monotonic()
        shown = [client.hear() for _ in range(6)]
        took_s = time.monotonic() - began_s
        kinds = [(one.topic, one.subject) for one in shown if isinstance(one, p.Shown) and one.id is None]
        assert len(kinds) == 6
        assert kinds.count((Topic.LADDER, "m1")) == 1, "it never changed"
        assert took_s > 0.39, "five pictures of the overview need four tenths of a second"
        client.say(p.Watch(topics=()))
        until(lambda: daemon.bridge.watched == ())
        client.say(p.Ask(id=1, topic=Topic.FILLS))
        while (told := client.hear()) is not None and not (isinstance(told, p.Shown) and told.topic is Topic.FILLS):
            assert isinstance(told, p.Shown), "pictures that were on their way"


def test_the_trading_side_is_told_what_somebody_watches_and_how_often_at_most(daemon: Daemon) -> None:
    assert (daemon.bridge.watched, daemon.bridge.every_ns) == ((), 500_000_000)
    with Raw(daemon.path).greeted() as one, Raw(daemon.path).greeted() as two:
        one.say(p.Watch(topics=(Topic.OVERVIEW, Topic.OVERVIEW), subject="of no use", every_ms=1))
        two.say(p.Watch(topics=(Topic.OVERVIEW, Topic.LADDER), subject="m1", every_ms=10**9))
        until(lambda: daemon.bridge.watched == (Wanted(Topic.OVERVIEW), Wanted(Topic.LADDER, "m1")))
        assert daemon.bridge.every_ns == p.EVERY_MS_MIN * 1_000_000
        one.close()
        until(lambda: daemon.bridge.every_ns == p.EVERY_MS_MAX * 1_000_000)
    until(lambda: daemon.bridge.watched == ())


@pytest.mark.parametrize(("said", "why"), REFUSED, ids=lambda part: None if isinstance(part, bytes) else part[:30])
def test_what_is_no_message_is_refused_with_a_reason_hung_up_on_and_logged_once(daemon: Daemon, said: bytes, why: str) -> None:
    with Raw(daemon.path) as client, Raw(daemon.path).greeted("other") as other:
        client.say(said)
        told = client.hear()
        if isinstance(told, p.Welcome):
            told = client.hear()
        assert isinstance(told, p.Refused)
        assert told.why.startswith(why)
        assert client.hear() is None
        assert isinstance(other.say(p.Ask(id=1, topic=Topic.FILLS)).hear(), p.Shown), "others are not touched"
    until(lambda: len(daemon.logs("client refused")) == 1)
    assert daemon.logs("client refused")[0]["why"] == told.why


def test_a_name_that_would_forge_a_line_of_the_log_is_made_harmless_and_cut(daemon: Daemon) -> None:
    with Raw(daemon.path).greeted("\x1b[2J\nlevel=error what=dead " + "x" * 1_000):
        until(lambda: daemon.logs("client connected"))
    name = str(daemon.logs("client connected")[0]["client"])
    assert name.isprintable()
    assert name.startswith("\\x1b[2J level=error")
    assert len(name) < 50


def test_the_thirty_third_client_is_refused_and_has_its_place_when_another_leaves(daemon: Daemon) -> None:
    clients = [Raw(daemon.path).greeted() for _ in range(module.CLIENTS_MAX)]
    with Raw(daemon.path) as one_more:
        assert one_more.say(HELLO).hear() == p.Refused(why="32 clients are connected already; close one of them")
    clients.pop().close()
    until(lambda: len(daemon.logs("client gone")) == 2)
    with Raw(daemon.path).greeted():
        pass
    for client in clients:
        client.close()


def test_connections_that_say_nothing_are_bounded_and_lose_their_place(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = [Raw(daemon.path) for _ in range(module.CONNECTIONS_MAX)]
    until(lambda: len(daemon.server._connections) == module.CONNECTIONS_MAX)
    with Raw(daemon.path) as one_more:
        assert one_more.hear() is None, "cut without a word"
    for client in silent:
        client.close()
    until(lambda: not daemon.server._connections)
    monkeypatch.setattr(module, "HELLO_S", 0.05)
    with Raw(daemon.path) as late:
        assert late.hear() == p.Refused(why="nothing was said for 0.05 s; the first line must be a Hello")
        assert late.hear() is None


def test_a_client_that_does_not_read_is_cut_and_neither_the_others_nor_the_trading_side_wait_for_it(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_S", 0.5)
    long = "x" * 1_000_000
    daemon.view = lambda _topic, _subject, at_ns: Overview(at_ns=at_ns, verb="demo", phase="trading", events=at_ns, why=long)
    watch = p.Watch(topics=(Topic.OVERVIEW,), every_ms=100)
    with Raw(daemon.path).greeted("stuck") as stuck, Raw(daemon.path).greeted("good") as good:
        stuck.say(watch)
        good.say(watch)
        moments_ns: list[int] = []
        fresh = Overview(at_ns=1, verb="demo", phase="trading")
        while not daemon.logs("client cut"):
            told = good.hear()
            assert isinstance(told, p.Shown)
            for _ in range(50):
                began_ns = time.perf_counter_ns()
                daemon.bridge.show(Wanted(Topic.FILLS), fresh)
                moments_ns.append(time.perf_counter_ns() - began_ns)
        assert daemon.logs("client cut") == [{"client": "stuck#1", "why": "read nothing for 0.5 s"}]
        assert isinstance(good.hear(), p.Shown)
    assert statistics.quantiles(moments_ns, n=20)[-1] < 1_000_000, "showing a picture takes the trading side less than a millisecond"


def test_a_client_that_asks_without_end_and_reads_nothing_is_cut(daemon: Daemon) -> None:
    daemon.view = lambda _topic, _subject, at_ns: Overview(at_ns=at_ns, verb="demo", phase="trading", why="x" * 4_000_000)
    with Raw(daemon.path).greeted() as greedy:
        for number in range(40):
            greedy.say(p.Ask(id=number, topic=Topic.OVERVIEW))
        until(lambda: daemon.logs("client gone"))


def test_what_comes_faster_than_it_is_answered_is_refused_as_busy_but_never_a_kill_and_the_rest_is_answered_later(daemon: Daemon) -> None:
    daemon.hangs = True
    clients = [Raw(daemon.path).greeted(str(number)) for number in range(11)]
    for client in clients:
        for number in range(ANSWERS_MAX + 5):
            client.say(p.Do(id=number, what=p.CancelAll()))
    busy = [[client.hear() for _ in range(5)] for client in clients[:9]]
    assert busy == [[p.Answer(id=ANSWERS_MAX + more, ok=False, text=BUSY) for more in range(5)]] * 9
    for client in clients[9:]:
        assert {client.hear() for _ in range(ANSWERS_MAX + 5)} == {p.Answer(id=n, ok=False, text=BUSY) for n in range(ANSWERS_MAX + 5)}
    clients[0].say(p.Do(id=1_000, what=p.Kill()))
    clients[10].say(p.Do(id=1_000, what=p.Kill()))
    until(lambda: len(daemon.bridge._waiting) == 9 * ANSWERS_MAX + 2)
    daemon.hangs = False
    for client in clients[:9]:
        answers = [client.hear() for _ in range(ANSWERS_MAX)]
        assert [(one.id, one.ok) for one in answers if isinstance(one, p.Answer)] == [(number, True) for number in range(ANSWERS_MAX)]
    for client in (clients[0], clients[10]):
        killed = client.hear()
        assert isinstance(killed, p.Answer)
        assert killed.ok, "no flood keeps a kill out"
    for client in clients:
        assert client.say(p.Do(id=7, what=p.CancelAll())).hear() is not None
        client.close()


def test_a_picture_that_cannot_be_sent_is_said_and_logged_and_the_others_are_shown(daemon: Daemon) -> None:
    daemon.view = lambda topic, subject, at_ns: (
        Overview(at_ns=at_ns, verb="\ud800", phase="") if topic is Topic.OVERVIEW else given_view(topic, subject, at_ns)
    )
    with Raw(daemon.path).greeted() as client:
        told = client.say(p.Ask(id=1, topic=Topic.OVERVIEW)).hear()
        assert told == p.Answer(id=1, ok=False, text="the picture cannot be sent: it is too long, or holds what no line can")
        told = client.say(p.Watch(topics=(Topic.OVERVIEW, Topic.FILLS), every_ms=100)).hear()
        assert isinstance(told, p.Shown)
        assert told.topic is Topic.FILLS
    until(lambda: daemon.logs("picture not shown"))
    assert len(daemon.logs("picture not shown")) == 1


def test_the_last_words_reach_everybody_once_and_the_socket_is_gone(tmp_path: Path) -> None:
    with Daemon(tmp_path / "c.sock") as daemon:
        one, two = Raw(daemon.path).greeted(), Raw(daemon.path).greeted()
        daemon.bridge.reply(Last(42, "killed from the dashboard"))
        assert one.hear() == two.hear() == p.Ended(code=42, text="killed from the dashboard")
        with Raw(daemon.path) as late:
            assert late.say(HELLO).hear() == p.Refused(why="the daemon is ending (code 42): killed from the dashboard")
        daemon.thread.stop(Last(0, "other words"))
        for client in (one, two):
            assert client.hear() is None
            client.close()
        assert not daemon.path.exists()
        assert daemon.bridge.watched == ()
    assert [pairs for level, _, pairs in daemon.logged if level >= logging.ERROR] == []


DYING = """
import os, signal, socket, sys
for _ in range(10):
    children = []
    for _ in range(10):
        told, tell = os.pipe()
        child = os.fork()
        if not child:
            client = socket.socket(socket.AF_UNIX)
            client.connect(sys.argv[1])
            client.sendall(sys.argv[2].encode())
            client.recv(1)
            os.write(tell, b"x")
            signal.pause()
        os.read(told, 1)
        children.append(child)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
"""


def test_clients_that_are_killed_a_hundred_times_leave_nothing_behind(daemon: Daemon) -> None:
    said = HELLO + p.line(p.Watch(topics=tuple(Topic)[:-1], subject="m1", every_ms=100)) + p.line(p.Ask(id=1, topic=Topic.MARKETS))
    subprocess.run([sys.executable, "-I", "-S", "-c", DYING, str(daemon.path), said.decode()], check=True, timeout=120)
    until(lambda: len(daemon.logs("client gone")) == 100)
    assert daemon.bridge.watched == ()
    assert not daemon.server._connections
    with Raw(daemon.path).greeted() as client:
        assert client.say(p.Do(id=1, what=p.CancelAll())).hear() is not None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans())
def test_whatever_is_said_is_answered_or_refused_and_the_server_lives_on(daemon: Daemon, data: bytes, is_greeted: bool) -> None:  # noqa: FBT001
    with Raw(daemon.path) as client:
        if is_greeted:
            client.greeted()
        client.say(data + b"\n")
        assert isinstance(client.hear(), p.Refused)
        assert client.hear() is None
    with Raw(daemon.path).greeted() as other:
        assert isinstance(other.say(p.Ask(id=1, topic=Topic.FILLS)).hear(), p.Shown)


def test_whoever_connects_is_told_who_answers(daemon: Daemon) -> None:
    with Raw(daemon.path) as client:
        assert client.say(HELLO).hear() == WELCOME
