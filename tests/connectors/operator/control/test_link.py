"""The link that comes back by itself: what its listener hears, what is watched again, what is never sent twice."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.operator.control import link as module
from connectors.operator.control import protocol as p
from connectors.operator.control.client import NoDaemon
from connectors.operator.control.link import ControlLink
from oms.values.panels import Topic
from tests.connectors.operator.control.words_control import Daemon, Raw, until


class Heard:
    """A listener that writes down what it hears."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.pictures: list[p.Shown] = []

    def joined(self, welcome: p.Welcome) -> None:
        self.said.append(f"joined {welcome.verb}")

    def lost(self, why: str) -> None:
        self.said.append(f"lost {why.partition(': ')[2]}")

    def shown(self, shown: p.Shown) -> None:
        self.pictures.append(shown)

    def ended(self, ended: p.Ended) -> None:
        self.said.append(f"ended {ended.code}")


async def comes(is_so: Callable[[], object]) -> None:
    await asyncio.to_thread(until, is_so)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_S", (0.01, 0.02))


def test_it_comes_back_to_a_new_daemon_and_looks_at_the_same_again(tmp_path: Path) -> None:
    path, heard = tmp_path / "c.sock", Heard()

    async def work() -> None:
        link = ControlLink(path, "dashboard")
        link.watch((Topic.LADDER,), "m1", 100)
        running = asyncio.ensure_future(link.run(heard))
        await comes(lambda: heard.said)
        assert heard.said[0].startswith("lost no daemon answers there")
        for _ in range(2):
            heard.pictures.clear()
            daemon = await asyncio.to_thread(Daemon(path).__enter__)
            await comes(lambda: heard.pictures)
            assert (heard.pictures[0].topic, heard.pictures[0].subject) == (Topic.LADDER, "m1")
            link.watch((Topic.LADDER, Topic.FILLS), "m1", 100)
            await comes(lambda: any(one.topic is Topic.FILLS for one in heard.pictures))
            await asyncio.to_thread(daemon.__exit__, None, None, None)
            await comes(lambda: link.why_away)
            link.watch((Topic.LADDER,), "m1", 100)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(work())
    kinds = [said for said in heard.said if not said.startswith("lost no daemon")]
    assert kinds == ["joined demo", "ended 0", "lost the daemon has ended (code 0): done"] * 2
    assert not any(one == other for one, other in pairwise(heard.said)), "the same reason is said once"


def test_without_a_connection_nothing_is_sent_then_or_later_and_the_answer_says_so(tmp_path: Path) -> None:
    path, heard = tmp_path / "c.sock", Heard()

    async def work() -> None:
        link = ControlLink(path, "dashboard")
        answer = await link.do(p.CancelAll())
        assert (answer.ok, answer.text) == (False, f"{path}: not connected yet")
        with pytest.raises(NoDaemon, match="not connected yet"):
            link.client()
        shown = await link.ask(Topic.OVERVIEW)
        assert isinstance(shown, p.Answer)
        running = asyncio.ensure_future(link.run(heard))
        with Daemon(path) as daemon:
            await comes(lambda: not link.why_away)
            assert link.client().welcome.verb == "demo"
            assert isinstance(await link.ask(Topic.OVERVIEW), p.Shown)
            assert (await link.do(p.Pause())).ok
            assert [type(order.instruction) for order in daemon.heard] == [p.Pause]
            running.cancel()
            await asyncio.wait([running])
            assert link.why_away == f"{path}: the link was closed"

    asyncio.run(work())


def test_a_daemon_that_has_no_room_is_tried_again(tmp_path: Path) -> None:
    heard = Heard()

    async def work(path: Path) -> None:
        others = [Raw(path).greeted() for _ in range(32)]
        running = asyncio.ensure_future(ControlLink(path, "dashboard").run(heard))
        await comes(lambda: heard.said)
        for other in others:
            other.close()
        await comes(lambda: "joined demo" in heard.said)
        running.cancel()
        await asyncio.wait([running])

    with Daemon(tmp_path / "c.sock") as daemon:
        asyncio.run(work(daemon.path))
    assert heard.said[0] == "lost the daemon refused us: 32 clients are connected already; close one of them"
