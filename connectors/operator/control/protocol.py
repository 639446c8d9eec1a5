"""What is said over the daemon's socket: one JSON object a line, each with its `type`, both ways. Version 1.

A client says Hello first and is told Welcome or Refused; a client of another version is refused, and told which one is spoken here. After that it
watches topics, asks once, or gives an instruction, in any order. Whatever cannot be read is answered with Refused and ends the connection: a client
that writes nonsense is not one of ours. A client that reads too slowly is shown fewer pictures, never older ones.
"""

from typing import Final

import msgspec

from oms.values.market import MarketId
from oms.values.orders import OrderId
from oms.values.panels import Topic, View
from oms.values.units import Pips, SharesMicro

PROTOCOL: Final = 1
LINE_BYTES_MAX: Final = 64 * 1024
"""Of what a client may say in one line."""
VIEW_BYTES_MAX: Final = 8 * 1024 * 1024
"""Of what the daemon says in one line: the pictures of 3,000 markets."""
EVERY_MS_MIN: Final = 100
EVERY_MS_MAX: Final = 60_000
CONFIRM_S: Final = 30
"""A confirmation is good for so long, and once."""
SOCKET_NAME: Final = "control.sock"
"""In the state folder, for its owner alone (0600)."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=True, forbid_unknown_fields=True):
    """Common shape."""


# Instructions: what a person wants done.


class Pause(Message, frozen=True):
    """No new orders, resting ones are cancelled, until Resume."""

    why: str = ""


class Resume(Message, frozen=True):
    """Trade again after a pause. A halt is not ended by it: that takes a new start (`run_bot.py resume`)."""

    why: str = ""


class Kill(Message, frozen=True):
    """Halt for good: latch, cancel everything, look whether anything is open, exit 42. Never asks back."""

    why: str = ""


class PauseMarket(Message, frozen=True):
    """No strategy trades in this market until ResumeMarket; its orders there are cancelled, those placed by hand stay."""

    market_id: MarketId
    why: str = ""


class ResumeMarket(Message, frozen=True):
    """Strategies trade in this market again; also ends its quarantine: a person has looked."""

    market_id: MarketId
    why: str = ""


class CancelOrder(Message, frozen=True):
    """Take this order away. Its strategy may place another."""

    order_id: OrderId


class CancelMarket(Message, frozen=True):
    """Take every order of ours in this market away."""

    market_id: MarketId


class CancelAll(Message, frozen=True):
    """Take every order of ours away; strategies may place others at once (Pause keeps them from it)."""


class SetParams(Message, frozen=True):
    """Change parameters of a strategy until the process ends; refused whole when one of them is not allowed."""

    strategy: str
    values: dict[str, object]


class PlaceOrder(Message, frozen=True):
    """One order by hand. Answered with what it would cost, what the gate says and a word to Confirm it with; only that places it."""

    market_id: MarketId
    outcome: str
    """YES or NO."""
    side: str
    """BUY or SELL."""
    price_pips: Pips
    shares_micro: SharesMicro
    takes: bool = False
    """True: fill at once and whole or not at all (FOK); False: rest, post-only."""


class Confirm(Message, frozen=True):
    """Do what was answered with this word."""

    word: str


Instruction = Pause | Resume | Kill | PauseMarket | ResumeMarket | CancelOrder | CancelMarket | CancelAll | SetParams | PlaceOrder | Confirm


# What a client says.


class Hello(Message, frozen=True):
    """The first line."""

    protocol: int
    client: str
    """Who it is, for the log: dashboard, telegram, command line."""


class Watch(Message, frozen=True):
    """From now on show these topics, and no others, at most this often each. Nothing changed: nothing is shown."""

    topics: tuple[Topic, ...]
    subject: str = ""
    """Of Topic.LADDER: the market."""
    every_ms: int = 500


class Ask(Message, frozen=True):
    """Show one topic once. `id` comes back with the answer."""

    id: int
    topic: Topic
    subject: str = ""
    """Of LADDER the market, of STORY the order."""


class Do(Message, frozen=True):
    """Carry this out. `id` comes back with the answer."""

    id: int
    what: Instruction


Said = Hello | Watch | Ask | Do


# What the daemon says.


class Welcome(Message, frozen=True):
    """The first answer."""

    protocol: int
    verb: str
    version: str
    pid: int


class Refused(Message, frozen=True):
    """The connection ends here, and why."""

    why: str


class Shown(Message, frozen=True):
    """A picture of a topic that is watched, or (`id`) was asked for."""

    topic: Topic
    view: View
    subject: str = ""
    id: int | None = None


class Answer(Message, frozen=True):
    """What became of an Ask that cannot be answered, or of a Do."""

    id: int
    ok: bool
    text: str
    """For people: what was done or why not."""
    confirm: str = ""
    """Not empty: nothing was done yet; Confirm with this word does it."""


class Ended(Message, frozen=True):
    """The daemon ends, with this exit code and these last words."""

    code: int
    text: str


Told = Welcome | Refused | Shown | Answer | Ended

said_decoder: Final = msgspec.json.Decoder(Said)
told_decoder: Final = msgspec.json.Decoder(Told)
_encoder: Final = msgspec.json.Encoder()


def line(message: Said | Told) -> bytes:
    """As it goes over the socket, with its end."""
    return _encoder.encode(message) + b"\n"
