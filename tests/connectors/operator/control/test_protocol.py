"""The words of the protocol: each is itself again after the socket, on one line, and version 1 looks as it did when it was made."""

import msgspec
import pytest

from connectors.operator.control import protocol as p
from oms.values.panels import Fills, Topic
from tests.connectors.operator.control.test_server import INSTRUCTIONS
from tests.connectors.operator.control.words_control import given_view

SAID: tuple[p.Said, ...] = (
    p.Hello(protocol=p.PROTOCOL, client="dashboard"),
    p.Watch(topics=tuple(Topic), subject="m\n1", every_ms=250),
    p.Ask(id=7, topic=Topic.STORY, subject="1-1"),
    *(p.Do(id=number, what=what) for number, what in enumerate(INSTRUCTIONS)),
)
TOLD: tuple[p.Told, ...] = (
    p.Welcome(protocol=p.PROTOCOL, verb="live", version="1.2", pid=7),
    p.Refused(why="a\nb"),
    p.Answer(id=1, ok=True, text="sure?", confirm="a1b2"),
    p.Ended(code=42, text="killed"),
    *(p.Shown(topic=topic, view=view) for topic in Topic if (view := given_view(topic, "m1")) is not None),
)


@pytest.mark.parametrize("said", SAID, ids=repr)
def test_what_a_client_says_is_one_line_and_itself_again(said: p.Said) -> None:
    text = p.line(said)
    assert text.count(b"\n") == 1
    assert text.endswith(b"\n")
    assert p.said_decoder.decode(text) == said


@pytest.mark.parametrize("told", TOLD, ids=lambda told: type(told).__name__)
def test_what_the_daemon_says_is_one_line_and_itself_again(told: p.Told) -> None:
    text = p.line(told)
    assert text.count(b"\n") == 1
    assert p.told_decoder.decode(text) == told


def test_no_instruction_is_left_out_above() -> None:
    assert {type(what) for what in INSTRUCTIONS} == {*p.Instruction.__args__}


def test_what_one_side_says_the_other_side_does_not() -> None:
    for told in TOLD:
        with pytest.raises(msgspec.ValidationError):
            p.said_decoder.decode(p.line(told))
    for said in SAID:
        with pytest.raises(msgspec.ValidationError):
            p.told_decoder.decode(p.line(said))


def test_version_1_looks_so() -> None:
    assert p.line(p.Hello(protocol=1, client="dashboard")) == b'{"type":"Hello","protocol":1,"client":"dashboard"}\n'
    assert p.line(p.Do(id=3, what=p.Kill(why="mad"))) == b'{"type":"Do","id":3,"what":{"type":"Kill","why":"mad"}}\n'
    assert p.line(p.Shown(topic=Topic.FILLS, view=Fills(at_ns=5))) == b'{"type":"Shown","topic":"fills","view":{"type":"Fills","at_ns":5}}\n'
    assert p.PROTOCOL == 1, "another version has another look: add its lines, and keep these for clients that speak the old one"
