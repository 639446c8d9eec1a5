"""A dashboard in a test: a daemon that is not there, a clock that stands still until it is moved, a screen as text."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from msgspec.structs import replace
from rich.console import Console
from textual.pilot import Pilot

from connectors.operator.control.link import Listener
from connectors.operator.control.protocol import Answer, Instruction, Shown
from connectors.operator.terminal.app import Dashboard
from oms.values.panels import Orders, Story, Topic, View
from tests.connectors.operator.terminal import made_up, made_up_days

Told = TypeVar("Told")
SMALL, LARGE = (80, 24), (200, 60)


class FakeLink:
    """Shows what is watched as soon as it is watched, remembers what it is told."""

    def __init__(self, views: dict[Topic, View] | None = None, *, answers: bool = True) -> None:
        self.views = made_up_days.everything() if views is None else views
        self.watched: list[tuple[tuple[Topic, ...], str, int]] = []
        self.done: list[Instruction] = []
        self.say: Callable[[Instruction], Answer] = lambda _what: Answer(id=1, ok=True, text="done")
        self.listener: Listener | None = None
        self.is_open = answers

    async def run(self, listener: Listener) -> None:
        """Stand until cancelled."""
        self.listener = listener
        if self.is_open:
            listener.joined(made_up.WELCOME)
        self.show()
        await asyncio.Event().wait()

    def watch(self, topics: tuple[Topic, ...], subject: str = "", every_ms: int = 500) -> None:
        """Remember it, show it."""
        self.watched.append((topics, subject, every_ms))
        self.show()

    def show(self) -> None:
        """All that is watched."""
        if self.listener is not None and self.is_open and self.watched:
            topics, subject, _ = self.watched[-1]
            for topic in topics:
                if topic in self.views:
                    self.listener.shown(Shown(topic=topic, view=self.views[topic], subject=subject if topic is Topic.LADDER else ""))

    async def ask(self, topic: Topic, subject: str = "") -> Shown | Answer:
        """What is there of it."""
        if not self.is_open or topic not in self.views:
            return Answer(id=0, ok=False, text="/run/control.sock: no daemon answers there")
        view = self.views[topic]
        if isinstance(view, Story) and isinstance(orders := self.views.get(Topic.ORDERS), Orders):
            for row in (*orders.open, *orders.ended):
                view = replace(view, order=row) if row.order_id == subject else view
        return Shown(topic=topic, view=view, subject=subject, id=1)

    async def do(self, what: Instruction) -> Answer:
        """Remember it."""
        if not self.is_open:
            return Answer(id=0, ok=False, text="/run/control.sock: no daemon answers there")
        self.done.append(what)
        return self.say(what)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


class Stage:
    """A dashboard that runs."""

    def __init__(self, app: Dashboard, pilot: Pilot[None], link: FakeLink, clock: Clock) -> None:
        self.app, self.pilot, self.link, self.clock = app, pilot, link, clock

    async def press(self, *keys: str) -> None:
        """Press them, and let everything come to rest."""
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Letters into a field."""
        await self.press(*["space" if sign == " " else "full_stop" if sign == "." else sign for sign in text])

    async def show(self, topic: Topic, view: View) -> None:
        """Another picture comes."""
        self.link.views[topic] = view
        self.link.show()
        await self.pilot.pause()

    async def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.s += seconds
        self.app.tick()
        await self.pilot.pause()

    def lines(self) -> list[str]:
        """The screen as a person reads it, styles left out."""
        console = Console(
            width=self.app.size.width, height=self.app.size.height, file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True
        )
        console.print(self.app.screen._compositor.render_update(full=True, screen_stack=self.app._background_screens))
        return [line.rstrip() for line in console.export_text(styles=False).splitlines()][: self.app.size.height]

    def text(self) -> str:
        """The same in one piece."""
        return "\n".join(self.lines())


@asynccontextmanager
async def staged(size: tuple[int, int] = SMALL, link: FakeLink | None = None) -> AsyncIterator[Stage]:
    """A dashboard of this size, come to rest."""
    link = FakeLink() if link is None else link
    clock = Clock()
    app = Dashboard(link, clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        app.animation_level = "none"
        await pilot.pause()
        await pilot.pause()
        yield Stage(app, pilot, link, clock)


def play(scene: Callable[[Stage], Awaitable[Told]], size: tuple[int, int] = SMALL, link: FakeLink | None = None) -> Told:
    """Run one scene in a loop of its own."""

    async def whole() -> Told:
        async with staged(size, link) as stage:
            return await scene(stage)

    return asyncio.run(whole())
