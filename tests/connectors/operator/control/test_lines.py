"""Lines and messages: however bytes are cut the same comes out, and whatever they are, a message or a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.control.lines import ID_MAX, BadLine, Lines, read_hello, read_said, read_told
from connectors.operator.control.protocol import PROTOCOL, Ask, Confirm, Do, Ended, Hello, SetParams, Watch, line
from oms.values.panels import Topic

GOOD = (
    Hello(protocol=PROTOCOL, client="dashboard"),
    Watch(topics=(Topic.OVERVIEW, Topic.LADDER), subject="m1", every_ms=250),
    Ask(id=ID_MAX, topic=Topic.STORY, subject="1-1"),
    Do(id=0, what=SetParams(strategy="market_making", values={"depth": 2, "lean": 0.5, "on": True, "name": "x"})),
    Do(id=1, what=Confirm(word="a1b2")),
)
BAD = (
    b"",
    b"{}",
    b"null",
    b"[]",
    b"Hello",
    b'{"type":"Hello"}',
    b'{"type":"Shout","id":1}',
    b'{"type":"Watch","topics":["weather"]}',
    b'{"type":"Ask","id":1,"topic":"overview","more":1}',
    b'{"type":"Ask","id":-1,"topic":"overview"}',
    b'{"type":"Ask","id":%d,"topic":"overview"}' % (ID_MAX + 1),
    b'{"type":"Ask","id":%d,"topic":"overview"}' % 2**70,
    b'{"type":"Ask","id":1.0,"topic":"overview"}'.replace(b"1.0", b"1.5"),
    b'{"type":"Hello","protocol":1,"client":"\xff"}',
    b'{"type":"Hello","protocol":1,"client":"\\ud800"}',
    b'{"type":"Do","id":1,"what":{"type":"Pause","id":1}}',
    b'{"type":"Do","id":1,"what":{"type":"SetParams","strategy":"a","values":{"n":' + b"9" * 5_000 + b"}}}",
    b'{"type":"Do","id":1,"what":{"type":"SetParams","strategy":"a","values":{"n":1e999}}}',
    b'{"type":"Do","id":1,"what":{"type":"SetParams","strategy":"a","values":{"n":' + b"[" * 20_000 + b"]" * 20_000 + b"}}}",
)


@pytest.mark.parametrize("said", GOOD, ids=lambda said: type(said).__name__)
def test_what_a_client_says_is_read_as_it_was_said(said: Hello | Watch | Ask | Do) -> None:
    assert read_said(line(said).rstrip(b"\n")) == said


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:40].decode(errors="replace"))
def test_what_cannot_be_read_has_a_reason_in_one_line_that_can_be_shown(text: bytes) -> None:
    with pytest.raises(BadLine) as refused:
        read_said(text)
    why = str(refused.value)
    assert why.startswith("unreadable: ")
    assert why.isprintable()
    assert len(why) < 300


def test_a_client_of_another_version_is_told_which_one_is_spoken_even_if_it_says_more_than_we_know() -> None:
    for text in (b'{"type":"Hello","protocol":2,"client":"x"}', b'{"type":"Hello","protocol":2,"client":"x","colours":true}'):
        with pytest.raises(BadLine, match=f"version {PROTOCOL} of the protocol is spoken here, not 2"):
            read_hello(text)


def test_the_first_line_is_a_hello_or_nothing() -> None:
    assert read_hello(line(GOOD[0])) == GOOD[0]
    for text in (b"", b"{}", line(GOOD[1]), b"GET / HTTP/1.1\r", b"[" * 20_000):
        with pytest.raises(BadLine, match="the first line must be a Hello"):
            read_hello(text)
    with pytest.raises(BadLine, match="unreadable"):
        read_hello(b'{"type":"Hello","protocol":1,"client":"x","colours":true}')


def test_what_a_daemon_says_is_read_or_refused() -> None:
    assert read_told(line(Ended(code=42, text="killed"))) == Ended(code=42, text="killed")
    for text in BAD:
        with pytest.raises(BadLine, match="unreadable: "):
            read_told(text)


@given(st.lists(st.binary(max_size=20).filter(lambda text: b"\n" not in text), max_size=10), st.lists(st.integers(0, 250), max_size=20))
def test_lines_are_the_same_however_they_are_cut(texts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(text + b"\n" for text in texts) + b"the rest"
    lines, found, start = Lines(100), list[bytes](), 0
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        found += lines.feed(data[start:cut])
        start = cut
    assert found == texts
    assert list(lines.feed(b"\n")) == [b"the rest"]


@given(st.integers(0, 20), st.integers(1, 30))
def test_a_line_that_is_too_long_is_refused_after_those_before_it_and_before_it_ends(before: int, piece: int) -> None:
    data = b"short\n" * before + b"x" * 101
    lines, found = Lines(100), list[bytes]()

    def feed() -> None:
        for start in range(0, len(data), piece):
            for text in lines.feed(data[start : start + piece]):
                found.append(text)

    with pytest.raises(BadLine, match="more than 100 bytes"):
        feed()
    assert found == [b"short"] * before


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_reason(text: bytes) -> None:
    for read in (read_hello, read_said, read_told):
        try:
            read(text)
        except BadLine as error:
            assert str(error).isprintable()  # noqa: PT017 (either is right)
