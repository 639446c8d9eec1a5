"""Commands to answers: what a person types in the chat, what is asked of the daemon for it, and what is said back. Knows no Telegram and no clock.

Looking is free; pausing and going on are done at once; killing takes a second step, a button that is good once and for half a minute. The console is
one of several ways to kill and not the surest: whenever the daemon does not answer it says how to do it on the machine.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from connectors.operator.control.protocol import CONFIRM_S, Answer, Instruction, Kill, Pause, Resume, Shown
from connectors.operator.telegram import answers
from connectors.operator.telegram.confirmations import Confirmations
from connectors.operator.telegram.markup import SAID_SIGNS_MAX, foreign, own, usd
from connectors.operator.telegram.outbox import Button, Reply
from connectors.operator.telegram.senders import Sender
from oms.values.panels import Alerts, Arbitrage, Fills, Health, Inventory, Orders, Overview, Topic, View
from oms.values.texts import one_line
from oms.values.units import Nanos

KILL_DATA: Final = "kill:"
WHY_SIGNS_MAX: Final = 200
COMMANDS: Final[Mapping[str, str]] = {
    "status": "may we trade, what are we worth, is anything wrong",
    "positions": "what is held, and the worst case",
    "orders": "what stands in the market",
    "fills": "recent trades",
    "near": "near misses and bundles",
    "result": "profit or loss so far",
    "health": "how the daemon itself does",
    "alerts": "the latest alerts",
    "pause": "no new orders, cancel what rests; a reason may follow",
    "resume": "trade again after a pause",
    "kill": "halt for good: asks once more",
    "help": "this list",
}
"""Each command and what it does: the menu in Telegram, and /help."""
_BY_HAND: Final = "On its machine, <code>run_bot.py kill</code> halts it without Telegram."


def _if(kind: type[View], words: Callable[..., str]) -> Callable[[View], str]:
    """The words for a picture of this kind; of another one (a daemon of another mind) that it is."""
    return lambda view: words(view) if isinstance(view, kind) else f"The daemon showed {type(view).__name__} instead."


_PICTURES: Final[Mapping[str, tuple[Topic, Callable[[View], str]]]] = {
    "status": (Topic.OVERVIEW, _if(Overview, answers.status)),
    "positions": (Topic.INVENTORY, _if(Inventory, answers.positions)),
    "orders": (Topic.ORDERS, _if(Orders, answers.orders)),
    "fills": (Topic.FILLS, _if(Fills, answers.fills)),
    "near": (Topic.ARBITRAGE, _if(Arbitrage, answers.near)),
    "result": (Topic.OVERVIEW, _if(Overview, answers.result)),
    "health": (Topic.HEALTH, _if(Health, answers.health)),
    "alerts": (Topic.ALERTS, _if(Alerts, answers.alerts)),
}


class Daemon(Protocol):
    """Whoever answers for the daemon: connectors/operator/control/link.py."""

    async def ask(self, topic: Topic) -> Shown | Answer:
        """A picture, or why there is none: also when the daemon is away, or does not answer in time."""
        ...

    async def do(self, what: Instruction) -> Answer:
        """What became of an instruction. Not ok: the text says why, and whether it may have been done all the same."""
        ...


class Asked(msgspec.Struct, frozen=True):
    """A command as it was typed."""

    name: str
    """Without its slash, in small letters."""
    rest: str
    """What followed."""


class Pressed(msgspec.Struct, frozen=True):
    """What comes of a button."""

    toast: str
    """Plain, 200 signs at most: shown above the chat for a moment."""
    is_done: bool = False
    """The button is to be taken away."""
    reply: Reply | None = None


def asked(text: str, bot_name: str) -> Asked | None:
    """The command in a message; None: it holds none, or one for another bot (`/status@other_bot`)."""
    head, _, rest = text.strip().partition(" ")
    if not head.startswith("/") or len(head) < 2:
        return None
    name, at, whom = head[1:].partition("@")
    if at and whom.lower() != bot_name.lower():
        return None
    return Asked(name.lower(), rest.strip())


class Console:
    """One daemon's."""

    def __init__(self, daemon: Daemon, confirmations: Confirmations) -> None:
        self._daemon = daemon
        self._confirmations = confirmations

    async def answer(self, command: Asked, sender: Sender, now_ns: Nanos) -> Reply:
        """What is said back; every command gets an answer."""
        if command.name in {"help", "start"}:  # Telegram's own first button says /start: it must never start anything
            return Reply(_help())
        if command.name in _PICTURES:
            return Reply(await self._picture(command.name))
        if command.name == "pause":
            return Reply(await self._done(Pause(why=_why(command.rest, sender)), "Pause"))
        if command.name == "resume":
            return Reply(await self._done(Resume(why=_why(command.rest, sender)), "Resume"))
        if command.name == "kill":
            return await self._kill_question(command, sender, now_ns)
        return Reply(f"There is no command {foreign('/' + command.name)}. /help lists those there are.")

    async def press(self, data: str, sender: Sender, now_ns: Nanos) -> Pressed:
        """A button was pressed; one that is good is carried out here."""
        if not data.startswith(KILL_DATA):
            return Pressed("this button is not known")
        pending, refusal = self._confirmations.press(data.removeprefix(KILL_DATA), sender, now_ns)
        if pending is None:
            return Pressed(refusal)
        told = await self._done(Kill(why=pending.why), "Kill")
        return Pressed("kill: see the answer in the chat", is_done=True, reply=Reply(told))

    async def pictures(self, *topics: Topic) -> dict[Topic, View]:
        """Those of the topics that could be had."""
        found: dict[Topic, View] = {}
        for topic in topics:
            told = await self._daemon.ask(topic)
            if isinstance(told, Shown):
                found[topic] = told.view
        return found

    def shown(self, nonce: str, now_ns: Nanos) -> None:
        """The message with this button is being sent."""
        self._confirmations.shown(nonce, now_ns)

    async def _picture(self, name: str) -> str:
        topic, words = _PICTURES[name]
        told = await self._daemon.ask(topic)
        return words(told.view) if isinstance(told, Shown) else f"No answer to that: {foreign(told.text, SAID_SIGNS_MAX)}"

    async def _done(self, what: Instruction, name: str) -> str:
        told = await self._daemon.do(what)
        text = foreign(told.text, SAID_SIGNS_MAX)
        if told.ok:
            return f"{name}: {text or 'done'}"
        return f"{name}: <b>NOT CONFIRMED</b>: {text}" + (f". {_BY_HAND}" if isinstance(what, Kill) else "")

    async def _kill_question(self, command: Asked, sender: Sender, now_ns: Nanos) -> Reply:
        overview = (await self.pictures(Topic.OVERVIEW)).get(Topic.OVERVIEW)
        state = "The daemon does not answer now; the button tries all the same."
        if isinstance(overview, Overview):
            state = f"Now {own(overview.phase.upper())}, {overview.resting:,} orders rest, equity {usd(overview.equity_mark_micro)}."
        lines = [
            "<b>Halt for good?</b> It cancels every order, looks that none is open, ends, and stays off until <code>run_bot.py resume</code>.",
            state,
            f"The button is good for {CONFIRM_S} s, once, for you.",
        ]
        nonce = self._confirmations.issue(sender, _why(command.rest, sender), now_ns)
        return Reply("\n".join(lines), (Button("Yes, kill it", f"{KILL_DATA}{nonce}"),), nonce)


def _why(rest: str, sender: Sender) -> str:
    """For the journal and the latch: who, and what they said."""
    said = one_line(rest, WHY_SIGNS_MAX)
    return f"Telegram, operator {sender.user_id}" + (f": {said}" if said else "")


def _help() -> str:
    return "\n".join([f"/{name} – {what}" for name, what in COMMANDS.items()])
