"""The servers of wire.py, each a process of its own that says its port on stdout and runs until it is killed: `orders` or `gateway`."""

import asyncio
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.server import Gateway, start


def answer_orders(connection: socket.socket) -> None:
    """Read request after request; say of each when it had been read, and what the official client asks once about a token."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = b""
    while part := connection.recv(65_536):
        waiting += part
        head, found, body = waiting.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            continue
        at_ns = time.monotonic_ns()
        waiting = body[_length(head) :]
        told = b'{"success":true,"minimum_tick_size":"0.001","neg_risk":false,"at_ns":%d}' % at_ns
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told))


def _length(head: bytes) -> int:
    """Of the body that a request's head announces."""
    return next((int(line.partition(b":")[2]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)


def orders() -> None:
    """Take connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            threading.Thread(target=answer_orders, args=(listener.accept()[0],), daemon=True).start()


async def gateway() -> None:
    """Our venue with one market and the clock of the wall."""
    host = Host(time.time_ns)
    host.list_market(new_market("bench"))
    _, port = await start(Gateway(host))
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1] == "orders":
        orders()
    else:
        asyncio.run(gateway())
