"""One client as the server sees it: its pace is that of its reading. (Whole conversations: test_server.py.)"""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from connectors.operator.control.bridge import Wanted
from connectors.operator.control.peer import NAME_SIGNS_MAX, UNREAD_BYTES_MAX, Peer
from connectors.operator.control.protocol import Ended, Shown, Told, line, told_decoder
from connectors.operator.control.screen import Gallery
from oms.values.panels import Overview, Topic
from tests.connectors.operator.control.words_control import WAIT_S

OVERVIEW = Wanted(Topic.OVERVIEW)
BIG = "x" * 1_000_000


def hang(gallery: Gallery, at_ns: int, why: str = "") -> None:
    gallery.hang(OVERVIEW, Overview(at_ns=at_ns, verb="demo", phase="trading", why=why, events=at_ns))


class Client:
    """The other end, which reads only when it is told to."""

    def __init__(self, ours: socket.socket) -> None:
        ours.settimeout(WAIT_S)
        self._file = ours.makefile("rb")

    async def hears(self) -> Told | None:
        text = await asyncio.to_thread(self._file.readline)
        return told_decoder.decode(text) if text.endswith(b"\n") else None

    def close(self) -> None:
        self._file.close()


def with_peer(work: Callable[[Peer, Gallery, Client], Awaitable[None]]) -> None:
    """`work` gets the peer, what it may be shown, and the client at the other end."""

    async def all_of_it() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            _, writer = await asyncio.open_connection(sock=ours)
            peer, gallery, client = Peer(7, writer), Gallery(lambda _: None), Client(theirs)
            peer.screen.watch((OVERVIEW,), 0.0)
            await work(peer, gallery, client)
            peer.abort()
            await asyncio.sleep(0)
            client.close()

    asyncio.run(all_of_it())


def moment(told: Told | None) -> int:
    assert isinstance(told, Shown)
    return told.view.at_ns


def test_its_label_is_its_name_made_harmless_and_a_number_that_nobody_else_has() -> None:
    async def work(peer: Peer, _gallery: Gallery, _client: Client) -> None:
        assert peer.label == "#7"
        peer.name("dash\nboard#1")
        assert peer.label == "dash board#1#7"
        peer.name("x" * 1_000)
        assert len(peer.label) == NAME_SIGNS_MAX + 2

    with_peer(work)


def test_who_reads_slowly_is_shown_the_latest_picture_next_and_none_that_is_older() -> None:
    async def work(peer: Peer, gallery: Gallery, client: Client) -> None:
        pump = asyncio.ensure_future(peer.pump(gallery, 10.0))
        hang(gallery, 1, BIG)
        peer.wake()
        await asyncio.sleep(0.02)
        for at_ns in range(2, 50):
            hang(gallery, at_ns)
            peer.wake()
        await asyncio.sleep(0.02)
        peer.tell(Ended(code=0, text="answers do not wait for pictures"))
        assert moment(await client.hears()) == 1
        assert isinstance(await client.hears(), Ended)
        assert moment(await client.hears()) == 49
        pump.cancel()

    with_peer(work)


def test_who_reads_nothing_is_given_up_after_a_while_with_the_reason() -> None:
    async def work(peer: Peer, gallery: Gallery, _client: Client) -> None:
        hang(gallery, 1, BIG)
        assert await peer.pump(gallery, 0.05) == "read nothing for 0.05 s"

    with_peer(work)


def test_who_has_hung_up_is_given_up_without_a_word() -> None:
    async def work(peer: Peer, gallery: Gallery, _client: Client) -> None:
        pump = asyncio.ensure_future(peer.pump(gallery, 10.0))
        await asyncio.sleep(0)
        peer.abort()
        hang(gallery, 1)
        peer.wake()
        assert await asyncio.wait_for(pump, 5) == ""
        peer.tell(Ended(code=0, text="nobody hears it"))

    with_peer(work)


def test_who_lets_answers_pile_up_is_cut() -> None:
    async def work(peer: Peer, _gallery: Gallery, client: Client) -> None:
        text = line(Ended(code=0, text=BIG))
        for _ in range(UNREAD_BYTES_MAX // len(text) + 2):
            peer.tell_line(text)
        peer.tell_line(text)
        assert await client.hears() is None, "what had left already is no whole line"

    with_peer(work)


def test_closing_lets_what_was_said_leave_but_waits_for_nobody() -> None:
    async def work(peer: Peer, _gallery: Gallery, client: Client) -> None:
        peer.tell(Ended(code=1, text="bye"))
        peer.close(0.05)
        assert await client.hears() == Ended(code=1, text="bye")
        assert await client.hears() is None

    async def stuck(peer: Peer, _gallery: Gallery, _client: Client) -> None:
        peer.tell(Ended(code=1, text=BIG))
        peer.close(0.05)
        await asyncio.wait_for(peer._writer.wait_closed(), 5)

    with_peer(work)
    with_peer(stuck)
