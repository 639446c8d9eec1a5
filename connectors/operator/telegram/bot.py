"""The console at work: Telegram on one side, the daemon's socket on the other, and what waits between them. It decides nothing itself.

Five tasks: one polls, one sends, one answers commands, one carries out presses of buttons, one looks at the clock. A press never stands behind a
command, and neither behind anything that is to be sent. Whatever Telegram does, only a refused token ends the console; the daemon may come and go.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import msgspec

from connectors.operator.control.protocol import Ended, Shown, Welcome
from connectors.operator.metrics.telegram import TelegramFigures
from connectors.operator.telegram.alerts import Degree, Item
from connectors.operator.telegram.api import Api, Heard, Kind, Trouble
from connectors.operator.telegram.console import Asked, Console, asked
from connectors.operator.telegram.markup import fit, foreign, moment
from connectors.operator.telegram.news import News
from connectors.operator.telegram.outbox import Outbox, Parcel, Reply
from connectors.operator.telegram.polling import POLL_S, Clock, Poller, say, token_refused
from connectors.operator.telegram.senders import Door, Sender, too_old
from connectors.operator.telegram.summary import Pictures, next_due_ns, summary
from oms.values.panels import Arbitrage, Health, Inventory, Overview, Topic
from oms.values.texts import one_line
from oms.values.units import NS_PER_SECOND, Nanos

WAITING_MAX: Final = 50
"""Commands that wait for their turn; more are not carried out, and that is told."""
LOOK_S: Final = 1.0
"""How often the clock is looked at."""
_TELEGRAM: Final = "telegram"
_SUMMARY: Final = "daily summary"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What is set."""

    chats: tuple[int, ...]
    operators: tuple[int, ...]
    alerts_per_minute: int = 10
    summary_hour_utc: int | None = None
    """None: no summary."""
    poll_s: int = POLL_S


class TelegramBot:
    """One console, and a listener of the daemon's link (control/link.py)."""

    def __init__(self, rules: Rules, api: Api, console: Console, figures: TelegramFigures, clock: Clock | None = None) -> None:
        self.outbox = Outbox(rules.chats, rules.alerts_per_minute)
        self.door = Door(rules.chats, rules.operators)
        self.too_late = 0
        """Commands that were too old to be carried out."""
        self._rules = rules
        self._api = api
        self._console = console
        self._figures = figures
        self._clock = clock or Clock()
        self._news = News()
        self._commands: asyncio.Queue[Heard] = asyncio.Queue(WAITING_MAX)
        self._presses: asyncio.Queue[Heard] = asyncio.Queue(WAITING_MAX)
        self._to_send = asyncio.Event()
        self._poller = Poller(api, self._clock, rules.poll_s, self)
        self._before: Overview | None = None

    def joined(self, welcome: Welcome) -> None:
        """The daemon is there."""
        say(logging.INFO, "daemon is there", verb=welcome.verb, process=welcome.pid)
        self._tell(*self._news.joined(welcome, self._clock.now_ns()))

    def lost(self, why: str) -> None:
        """The daemon is not there."""
        say(logging.WARNING, "daemon is not there", why=why)
        self._tell(*self._news.lost(why))

    def shown(self, shown: Shown) -> None:
        """The daemon shows something that is watched (news.TOPICS)."""
        self._tell(*self._news.shown(shown, self._clock.now_ns()))

    def ended(self, ended: Ended) -> None:
        """The daemon's last words."""
        say(logging.WARNING, "daemon ends", code=ended.code, text=ended.text)
        self._tell(*self._news.ended(ended))

    async def run(self, *beside: Awaitable[None]) -> None:
        """Until cancelled; what is to run `beside` it (the daemon's link) ends with it. Raises TokenRefused."""
        lines = ((self._commands, self._answer), (self._presses, self._press))
        jobs = (self._poller.run(), self._send(), *[self._serve(line, serve) for line, serve in lines], self._watch_clock())
        tasks = [asyncio.ensure_future(job) for job in (*jobs, *beside)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # they end only by raising
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._api.close()

    # What Telegram brings.

    def answered(self) -> None:
        """Telegram answered the poller."""
        self._figures.succeeded()

    def waits(self, until_ns: Nanos) -> None:
        """Telegram wants the poller to wait, and everything else with it."""
        self.outbox.hold(until_ns)

    def tell(self, item: Item) -> None:
        """People should hear of something that the poller met."""
        self._tell(item)

    def hear(self, heard: Heard) -> None:
        """Let in or not; then it waits for its turn."""
        sender = self.door.admitted(heard.chat_id, heard.user_id)
        if sender is None:
            self._figures.rejected()
            if count := self.door.to_log(self._clock.now_ns()):
                say(logging.WARNING, "stranger refused", count=count, chat=heard.chat_id, user=heard.user_id, text=one_line(heard.text, 60))
            return
        line = self._presses if heard.press_id else self._commands
        if line.full():
            self._tell(Item(_TELEGRAM, "too many commands at once: some were not carried out", Degree.URGENT), chat_id=sender.chat_id)
            return
        line.put_nowait(heard)

    async def _serve(self, line: asyncio.Queue[Heard], serve: Callable[[Heard, Sender], Awaitable[None]]) -> NoReturn:
        while True:
            heard = await line.get()
            assert heard.chat_id is not None  # it was let in
            assert heard.user_id is not None
            await serve(heard, Sender(heard.chat_id, heard.user_id))

    async def _answer(self, heard: Heard, sender: Sender) -> None:
        command = asked(heard.text, self._poller.name)
        if command is None:
            if heard.is_private:  # in a group people talk to each other
                self._reply(sender.chat_id, Reply("That is no command; /help lists them."))
            return
        if why := too_old(heard.date_s, self._clock.wall_ns() // NS_PER_SECOND):
            self.too_late += 1
            text = f"not carried out, because it is {why}: {foreign('/' + command.name)}; type it again if it is still meant"
            self._tell(Item("old command", text, Degree.URGENT), chat_id=sender.chat_id)
            return
        say(logging.INFO, "command", name=one_line(command.name, 40), operator=sender.user_id)
        reply = await self._console.answer(command, sender, self._clock.now_ns())
        self._reply(sender.chat_id, self._with_us(reply, command))

    async def _press(self, heard: Heard, sender: Sender) -> None:
        """First it is done, then it is talked about."""
        pressed = await self._console.press(heard.data, sender, self._clock.now_ns())
        say(logging.WARNING, "button", operator=sender.user_id, toast=pressed.toast, done=pressed.is_done)
        if pressed.reply is not None:
            self._reply(sender.chat_id, pressed.reply)
        try:
            await self._api.toast(heard.press_id, pressed.toast)
            if pressed.is_done:
                text = f"Confirmed by operator {sender.user_id} on {moment(self._clock.wall_ns())}."
                await self._api.take_button(sender.chat_id, heard.message_id, text)
        except Trouble as trouble:
            say(logging.WARNING, "press not answered", why=trouble)

    # What goes to Telegram.

    async def _send(self) -> NoReturn:
        while True:
            self._to_send.clear()
            now_ns = self._clock.now_ns()
            parcel = self.outbox.take(now_ns, self._clock.wall_ns())
            if parcel is not None:
                await self._deliver(parcel)
                continue
            wake_ns = self.outbox.wake_ns()
            try:
                async with asyncio.timeout(None if wake_ns is None else max(0.01, (wake_ns - now_ns) / NS_PER_SECOND)):
                    await self._to_send.wait()
            except TimeoutError:
                continue

    async def _deliver(self, parcel: Parcel) -> None:
        if parcel.nonce:
            self._console.shown(parcel.nonce, self._clock.now_ns())
        try:
            await self._api.send(parcel)
        except Trouble as trouble:
            if trouble.kind is not Kind.UNREADABLE:  # then it was sent
                self._unsent(parcel, trouble)
                return
        self.outbox.sent(parcel, self._clock.now_ns())
        self._figures.sent()
        self._figures.succeeded()

    def _unsent(self, parcel: Parcel, trouble: Trouble) -> None:
        now_ns = self._clock.now_ns()
        say(logging.WARNING, "message not sent", kind=trouble.kind, chat=parcel.chat_id, why=trouble)
        if trouble.kind is Kind.TOKEN:
            raise token_refused(trouble)
        if trouble.kind is Kind.BARRED:
            self.outbox.barred(parcel, now_ns)
        elif trouble.kind is Kind.REFUSED:
            self.outbox.refused(parcel, str(trouble), now_ns, self._clock.wall_ns())
        else:
            self.outbox.later(parcel, now_ns, trouble.wait_ns or None)

    def _reply(self, chat_id: int, reply: Reply) -> None:
        self.outbox.answer(chat_id, reply, self._clock.now_ns(), self._clock.wall_ns())
        self._to_send.set()

    def _tell(self, *items: Item, chat_id: int | None = None) -> None:
        for item in items:
            self.outbox.tell(item, self._clock.now_ns(), self._clock.wall_ns(), chat_id)
        self._to_send.set()

    # The clock.

    async def _watch_clock(self) -> NoReturn:
        hour = self._rules.summary_hour_utc
        due_ns = None if hour is None else next_due_ns(self._clock.wall_ns(), hour)
        while True:
            await asyncio.sleep(LOOK_S)
            self._tell(*self._news.silence(self._clock.now_ns()))
            if hour is not None and due_ns is not None and self._clock.wall_ns() >= due_ns:
                due_ns = next_due_ns(self._clock.wall_ns(), hour)
                await self._summarise()

    async def _summarise(self) -> None:
        views = await self._console.pictures(Topic.OVERVIEW, Topic.HEALTH, Topic.INVENTORY, Topic.ARBITRAGE)
        overview = views.get(Topic.OVERVIEW)
        if not isinstance(overview, Overview):
            self._tell(Item(_SUMMARY, "there is none: the daemon does not answer"))
            return
        health, inventory, arbitrage = views.get(Topic.HEALTH), views.get(Topic.INVENTORY), views.get(Topic.ARBITRAGE)
        pictures = Pictures(
            overview,
            health if isinstance(health, Health) else None,
            inventory if isinstance(inventory, Inventory) else None,
            arbitrage if isinstance(arbitrage, Arbitrage) else None,
        )
        text = summary(pictures, self._before)
        self._before = overview
        for chat_id in self._rules.chats:
            self._reply(chat_id, Reply(text, lasts=True))

    def _with_us(self, reply: Reply, command: Asked) -> Reply:
        """Of the console's own health, where the daemon's is told."""
        if command.name != "health":
            return reply
        counts = {
            "messages sent": self.outbox.sent_count,
            "answers dropped": self.outbox.dropped,
            "commands too old": self.too_late,
            "strangers refused": self.door.strangers,
            "updates that could not be read": self._api.unreadable,
        }
        ours = f"console: {', '.join([f'{what} {count:,}' for what, count in counts.items()])}"
        return msgspec.structs.replace(reply, text=fit([*reply.text.split("\n"), ours]))
