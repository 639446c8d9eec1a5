"""Test vocabulary of whoever runs the bot: a person at the bridge of a demo, and one who speaks to a floor."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from config.assembly.demo import START_NS, Demo
from config.assembly.engines import strategy_line
from config.assembly.joined import Keep
from config.assembly.operator.instructions import Instructions, Said
from config.assembly.operator.steward import About, Around, Steward
from config.settings import FOLDER, Settings, load
from connectors.operator.control import protocol as p
from connectors.operator.control.bridge import Bridge, Last, Order, Question, Reply, Wanted
from oms.state import State
from oms.values import events as e
from oms.values.commands import Command
from oms.values.decisions import StandAside
from oms.values.panels import Health, Topic
from oms.values.units import Nanos
from tests.oms.words_engine import Floor, buy, given_standing

CLIENT = "dashboard#1"
TOPICS = tuple(Topic)


def given_around() -> Around:
    """Nothing is round this run."""

    def health(at_ns: Nanos) -> Health:
        return Health(at_ns=at_ns, guards={"disk": "full"})

    return Around(events=lambda: 7, commands_hash=lambda: "abc", conserved=lambda: "", health=health)


def given_steward(state: State, *, tell: Callable[[e.Event], None] = lambda _fact: None, kill: Callable[[str], str] = lambda why: why) -> Steward:
    """A steward with a bridge of its own."""
    about = About(verb="demo", version="0.1.0", commit="c0ffee", seed=3, since_ns=START_NS)
    return Steward(state, Bridge(), about, given_around(), tell=tell, kill=kill)


class Speaker:
    """A person who speaks to a floor, one turn an instruction unless told otherwise."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.told: list[e.Event] = []
        self.killed: list[str] = []
        self.instructions = Instructions(floor.state, self.told.append, self._kill)

    def _kill(self, why: str) -> str:
        self.killed.append(why)
        return "the kill has begun"

    def says(self, instruction: p.Instruction, client: str = CLIENT) -> Said:
        """What is answered; nothing has reached the engine yet."""
        return self.instructions.carry_out(instruction, client, self.floor.now_ns)

    def turn(self) -> list[Command]:
        """Everything said so far reaches the engine; what is sent."""
        facts, self.told[:] = list(self.told), []
        return self.floor.tell(*facts)

    def does(self, instruction: p.Instruction, client: str = CLIENT) -> list[Command]:
        """Say it, and let it reach the engine."""
        ok, text, _ = self.says(instruction, client)
        assert ok, text
        return self.turn()


def given_demo(kind: str, *, seconds: int = 12, keep: Keep | None = None) -> Demo:
    """A demo with its steward: `plain`, or `demo` with arbitrage beside it."""
    settings = Settings() if kind == "plain" else load(FOLDER / "demo.toml", {})
    demo = Demo(settings, seed=3, seconds=seconds, keep=keep)
    demo.joined.steward = given_steward(demo.joined.engine.state, tell=demo.world.tell, kill=demo.joined.halt)
    return demo


class Visitor:
    """Somebody who speaks to a demo at instants of chance, the same at the same instant whenever the run is done again.

    Args:
        after_ns: nothing is said up to this time: it was said before.
    """

    def __init__(self, demo: Demo, seed: int, *, every: int = 12, after_ns: Nanos = -1) -> None:
        assert demo.joined.steward is not None
        self.steward = demo.joined.steward
        self.state = demo.joined.engine.state
        self.seed = seed
        self.every = every
        self.after_ns = after_ns
        self.instants = 0
        self.replies: list[Reply] = []
        self._ticket = 0

    def pace(self, at_ns: Nanos) -> bool:
        """Called before each instant."""
        self.instants += 1
        dice = random.Random(f"{self.seed}/{self.instants}")
        if dice.randrange(self.every) == 0 and at_ns > self.after_ns:
            self._speak(dice, at_ns)
        return True

    def _speak(self, dice: random.Random, at_ns: Nanos) -> None:
        for instruction in self._words(dice):
            reply = self._asks(instruction, at_ns)
            if reply.confirm and dice.randrange(4):
                self._asks(p.Confirm(word=reply.confirm), at_ns)

    def _asks(self, instruction: p.Instruction, at_ns: Nanos) -> Reply:
        self._ticket += 1
        bridge = self.steward.bridge
        assert bridge.put(Order(self._ticket, instruction, CLIENT))
        self.steward.look(at_ns)
        (reply,) = (one for one in bridge.fetch()[1] if isinstance(one, Reply))
        assert reply.ticket == self._ticket
        self.replies.append(reply)
        return reply

    def _words(self, dice: random.Random) -> list[p.Instruction]:
        markets, standing = list(self.state.desks) or ["none"], self.state.blotter.all_open()
        market_id = dice.choice(markets)
        order_id = dice.choice(standing).order_id if standing else "none"
        words: list[list[p.Instruction]] = [
            [p.Pause(why="lunch")],
            [p.Resume()],
            [p.Pause(), p.Resume()],
            [p.Resume()],
            [p.PauseMarket(market_id=market_id)],
            [p.ResumeMarket(market_id=market_id, why="back")],
            [p.ResumeMarket(market_id=name) for name in markets],
            [p.CancelOrder(order_id=order_id)],
            [p.CancelMarket(market_id=market_id)],
            [p.CancelAll()],
            [p.SetParams(strategy="market_making", values={"depth": dice.randrange(1, 4)})],
            [p.SetParams(strategy="market_making", values={"depth": "deep"})],
            [_placed(dice, market_id), _placed(dice, market_id)],
            [_placed(dice, market_id), p.CancelAll()],
        ]
        return dice.choice(words)


def _placed(dice: random.Random, market_id: str) -> p.PlaceOrder:
    return p.PlaceOrder(
        market_id=market_id,
        outcome=dice.choice(("YES", "NO")),
        side=dice.choice(("BUY", "BUY", "SELL")),
        price_pips=100 * dice.randrange(1, 100),
        shares_micro=dice.randrange(5, 30) * 1_000_000,
        takes=dice.randrange(2) == 0,
    )


def answers(steward: Steward, at_ns: Nanos, *put: Question | Order) -> Sequence[Reply | Last]:
    """What a steward answers to these."""
    for one in put:
        assert steward.bridge.put(one)
    steward.look(at_ns)
    return steward.bridge.fetch()[1]


def wanted(*subjects: str) -> tuple[Wanted, ...]:
    """Every topic, about each of these."""
    return tuple([Wanted(topic, subject) for topic in TOPICS for subject in subjects])


def given_speaker(**knobs: Any) -> Speaker:  # noqa: ANN401
    """Somebody who speaks to a floor with one order that stands and market making at work, which wants nothing until it is changed."""
    idle = msgspec.structs.replace(
        strategy_line("market_making", {"half_spread_pips": 4_000}), evaluate=lambda _view, _params: StandAside(why="idle")
    )
    floor = given_standing(also=[idle], **knobs)
    floor.script.want(buy())
    return Speaker(floor)
