"""What a client says over the daemon's own socket, and what a daemon says to a client."""

from typing import Final

from connectors.operator.control import protocol as p
from connectors.operator.control.lines import BadLine, Lines, read_hello, read_said, read_told
from oms.values.panels import Topic
from tests.connectors.operator.control.words_control import WELCOME, given_view
from tests.fuzz.engine import Target

INSTRUCTIONS: Final[tuple[p.Instruction, ...]] = (
    p.Pause(why="lunch"),
    p.Resume(),
    p.Kill(why="mad"),
    p.PauseMarket(market_id="m1"),
    p.ResumeMarket(market_id="m1"),
    p.CancelOrder(order_id="1-1"),
    p.CancelMarket(market_id="m1"),
    p.CancelAll(),
    p.SetParams(strategy="market_making", values={"depth": 3, "lean": 0.5, "on": True, "name": "x", "more": [1, {"a": None}]}),
    p.PlaceOrder(market_id="m1", outcome="YES", side="BUY", price_pips=4_500, shares_micro=20_000_000, takes=True),
    p.Confirm(word="a1b2"),
)
HELLO: Final = p.line(p.Hello(protocol=p.PROTOCOL, client="dashboard"))
SAID: Final = (
    p.line(p.Watch(topics=(Topic.OVERVIEW, Topic.LADDER), subject="m1", every_ms=250)),
    p.line(p.Ask(id=7, topic=Topic.STORY, subject="1-1")),
    *(p.line(p.Do(id=number, what=what)) for number, what in enumerate(INSTRUCTIONS)),
)
TOLD: Final = (
    p.line(WELCOME),
    p.line(p.Refused(why="unreadable")),
    p.line(p.Answer(id=1, ok=True, text="sure?", confirm="a1b2")),
    p.line(p.Ended(code=42, text="killed")),
    *(
        p.line(p.Shown(topic=topic, view=view))
        for topic in Topic
        if (view := given_view(topic, "m1" if topic is Topic.LADDER else "1-1")) is not None
    ),
)


def check_said(data: bytes) -> str:
    """A client's bytes: the same messages however they are cut, each one that is itself again when it is said anew."""
    whole, cut = Lines(p.LINE_BYTES_MAX), Lines(p.LINE_BYTES_MAX)
    texts = list(whole.feed(data))
    assert [text for at in range(0, len(data), 7) for text in cut.feed(data[at : at + 7])] == texts
    kinds = []
    for number, text in enumerate(texts):
        said = read_said(text) if number else read_hello(text)
        assert read_said(p.line(said).removesuffix(b"\n")) == said
        kinds.append(type(said.what if isinstance(said, p.Do) else said).__name__)
    return f"said:{' '.join(kinds)}"


def check_told(data: bytes) -> str:
    """A daemon's line."""
    told = read_told(data.removesuffix(b"\n"))
    assert read_told(p.line(told).removesuffix(b"\n")) == told
    return f"told:{type(told.view if isinstance(told, p.Shown) else told).__name__}"


def targets() -> list[Target]:
    """Those of this file."""
    return [
        Target(
            name="control-said",
            about="what a client says over the daemon's socket",
            check=check_said,
            seeds=[HELLO, HELLO + b"".join(SAID), *(HELLO + said for said in SAID)],
            shape="lines",
            refusals=(BadLine,),
            share=60,
        ),
        Target(name="control-told", about="what a daemon says", check=check_told, seeds=TOLD, shape="json", refusals=(BadLine,), share=40),
    ]
