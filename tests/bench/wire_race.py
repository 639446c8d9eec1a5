"""What wire.py tells of, in an interpreter of its own: `python tests/bench/wire_race.py order|gateway COUNT ROUNDS` prints one JSON object.

The servers are processes of their own (wire_servers.py). The one that takes orders notes when it has read a whole request, by the clock that all
processes of a machine share, and answers with that time: so everybody is timed alike, and what an answer costs counts for nobody.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]
if __name__ == "__main__":  # in the referee's environment another package is called `tests`
    sys.path.insert(0, str(_ROOT))
    sys.modules["tests"] = ModuleType("tests")
    sys.modules["tests"].__path__ = [str(_ROOT / "tests")]

from connectors.polymarket.authentication import Credentials, login_headers  # noqa: E402
from connectors.polymarket.key import Key  # noqa: E402
from connectors.polymarket.rest import Calls  # noqa: E402
from connectors.polymarket.signing import NamedOrder, OrderForm, SignatureType, Wallet, salt_of  # noqa: E402
from connectors.signer_caps import Cap, Caps, SpentFile  # noqa: E402
from connectors.signer_client import LocalSigner  # noqa: E402
from connectors.signer_desk import SignerDesk  # noqa: E402
from connectors.transport.http import Found, Http, Request  # noqa: E402
from oms.values.events import Event  # noqa: E402
from oms.values.market import Market  # noqa: E402
from oms.values.orders import OrderSpec, Side  # noqa: E402
from oms.values.units import MICRO, Nanos  # noqa: E402
from sim.gateway.ids import new_market  # noqa: E402
from tests.bench.frames import Tape  # noqa: E402
from tests.bench.rounds import percentile, significant  # noqa: E402
from tests.bench.turn import PaperDesk, StoppedTurner  # noqa: E402
from tests.bench.wire import AS_INSTALLED, FLOOR, OFFICIAL, OURS  # noqa: E402

SECRET: Final = "11" * 32
OWNER: Final = "00000000-0000-0000-0000-000000000001"
BACKENDS: Final = {OFFICIAL: "eth_keys.backends.CoinCurveECCBackend", AS_INSTALLED: "eth_keys.backends.NativeECCBackend"}
MARKET: Final = new_market("bench")
"""Of the gateway."""
_PART_OF_SLOW: Final = 10
"""Of what takes milliseconds a tenth is done."""


@contextmanager
def _server(kind: str) -> Iterator[int]:
    """A server's port, while it runs."""
    words = [sys.executable, str(Path(__file__).with_name("wire_servers.py")), kind]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


# One order a frame.


class _Road:
    """An order's way out, as the live venue goes it: named, signed at a desk, written as a request, sent."""

    def __init__(self, port: int, folder: str) -> None:
        key = Key(SECRET)
        wallet = Wallet(owner=key.address, funder=key.address, signature_type=SignatureType.EOA)
        cap = Cap(order_micro=10**15, day_micro=10**18, total_micro=10**18)
        caps = Caps(buy=cap, sell=cap, price_min_pips=1, price_max_pips=9_999)
        self._form = OrderForm(wallet, OWNER)
        self._signer = LocalSigner(SignerDesk(wallet, key, caps, SpentFile(Path(folder) / "signer.json"), lambda: int(time.time())))
        self._calls = Calls(Credentials(key.address, OWNER, "A" * 43 + "=", "phrase"), lambda: int(time.time()))
        self._loop = asyncio.new_event_loop()
        self._http = Http(f"http://127.0.0.1:{port}")
        self._loop.run_until_complete(self._http.open())

    def go(self, spec: OrderSpec, market: Market, name: str, at_ns: Nanos) -> int:
        """When the server had read it."""
        return self._loop.run_until_complete(self._post(self._form.named(spec, market, salt_of(name), at_ns)))

    async def _post(self, named: NamedOrder) -> int:
        signature = await self._signer.sign(named)
        answer = await self._http.act(self._calls.place([self._form.body(named, signature)]))
        assert isinstance(answer, Found), answer
        return int(json.loads(answer.body)["at_ns"])

    def close(self) -> None:
        """End the session and the loop."""
        self._loop.run_until_complete(self._http.close())
        self._loop.close()


class _WiredTurner(StoppedTurner):
    """After the whole turn for a frame a bid at the best price goes out: the market maker itself cancels first and places when that is answered."""

    def __init__(self, desk: "WireDesk", road: _Road) -> None:
        super().__init__(desk.engine, desk.venue, desk.journal)
        self._desk = desk
        self._road = road
        self.took_ns: list[int] = []

    def turn(self, batch: Sequence[Event], at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:
        """One turn; of a frame, until the server has read the order."""
        is_frame = bool(self.began_ns)
        super().turn(batch, at_ns, frames)
        if is_frame:
            market = self._desk.tape.markets[0]
            best = self.engine.state.desks[market.market_id].yes.best_bid
            spec = OrderSpec(market_id=market.market_id, token=market.yes, side=Side.BUY, price_pips=best, size_micro=10 * MICRO)
            self.took_ns.append(self._road.go(spec, market, f"wire {len(self.took_ns)}", at_ns) - self._desk.began_ns)


class WireDesk(PaperDesk):
    """A market maker that knows when the bytes of a frame arrived, on the clock of the wall."""

    began_ns = 0

    def _take(self, frame: bytes, at_ns: Nanos) -> None:
        self.began_ns = time.monotonic_ns()
        super()._take(frame, at_ns)


def ours(tape: Tape, port: int) -> list[int]:
    """Nanoseconds from each frame until the server had read the order."""
    desk = WireDesk(tape)
    with tempfile.TemporaryDirectory() as folder:
        road = _Road(port, folder)
        desk.turner = turner = _WiredTurner(desk, road)
        desk.run()
        road.close()
    return turner.took_ns[1:]  # the first also connects


def official(tape: Tape, port: int, backend: str, part: int = 1) -> list[int]:
    """A plain bot: the frame's JSON, its best bid, create_order with everything known, post_order."""
    from py_clob_client_v2.client import ClobClient  # noqa: PLC0415 (a peer: may not be there)
    from py_clob_client_v2.clob_types import ApiCreds, OrderArgsV2, PartialCreateOrderOptions  # noqa: PLC0415

    os.environ["ECC_BACKEND_CLASS"] = BACKENDS[backend]
    client = ClobClient(f"http://127.0.0.1:{port}", 137, SECRET, ApiCreds(OWNER, "A" * 43 + "=", "phrase"))
    options = PartialCreateOrderOptions(tick_size="0.001", neg_risk=False, version=2)
    took: list[int] = []
    for token in (tape.markets[0].yes, tape.markets[0].no):  # the client asks about a token once, and not while it is timed
        client.create_order(OrderArgsV2(token_id=token, price=0.5, size=10.0, side="BUY"), options)
    for _, frame in tape.frames[:: 2 * part]:
        began_ns = time.monotonic_ns()
        change = json.loads(frame)["price_changes"][0]
        order = client.create_order(OrderArgsV2(token_id=change["asset_id"], price=float(change["best_bid"]), size=10.0, side="BUY"), options)
        took.append(client.post_order(order)["at_ns"] - began_ns)
    return took[1:]


def floor(tape: Tape, port: int) -> list[int]:
    """No decision, no signature: bytes of an order's length that lie ready."""
    body = b"x" * 600
    request = b"POST /order HTTP/1.1\r\nHost: x\r\n" + b"POLY: " + b"x" * 300 + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    took: list[int] = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in tape.frames[::2]:
            began_ns = time.monotonic_ns()
            connection.sendall(request)
            took.append(json.loads(connection.recv(4_096).partition(b"\r\n\r\n")[2])["at_ns"] - began_ns)
    return took


def order(frames: int, rounds: int) -> dict[str, dict[str, Any]]:
    """Everybody in turn on the same frames: contestant → the median of each round; and the 99th percentiles, in the middle of the rounds."""
    tape = Tape(markets=1, frames=frames, restless=True)
    found: dict[str, list[list[int]]] = {}
    with _server("orders") as port:
        ready: dict[str, Callable[[], list[int]]] = {OURS: lambda: ours(tape, port), FLOOR: lambda: floor(tape, port)}
        if find_spec("py_clob_client_v2"):
            ready |= {OFFICIAL: lambda: official(tape, port, OFFICIAL), AS_INSTALLED: lambda: official(tape, port, AS_INSTALLED, _PART_OF_SLOW)}
        names = list(ready)
        for number in range(rounds):
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                found.setdefault(name, []).append(sorted(ready[name]()))
    p99 = {f"p99 {name}": significant(statistics.median(percentile(took, 0.99) for took in runs) / 1_000) for name, runs in found.items()}
    return {"p50": {name: [percentile(took, 0.5) / 1_000 for took in runs] for name, runs in found.items()}, "p99": p99}


# Our gateway.


async def _in_flight(http: Http, calls: Calls, bodies: list[bytes], width: int) -> float:
    """Orders a second with so many on their way at once."""
    waiting = iter(bodies)

    async def client() -> None:
        for body in waiting:
            answer = await http.act(calls.place([body]))
            assert isinstance(answer, Found), answer

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(width)))
    return len(bodies) / (time.perf_counter() - began)


async def _orders_s(port: int, orders: int, rounds: int) -> dict[str, list[float]]:
    """Width → orders a second of each round; orders are signed before, and all of them rest."""
    key = Key(SECRET)
    async with Http(f"http://127.0.0.1:{port}") as http:
        login = await http.act(Request(method="POST", path="/auth/api-key", headers=login_headers(key, 137, int(time.time()))))
        assert isinstance(login, Found), login
        told = json.loads(login.body)
        calls = Calls(Credentials(key.address, told["apiKey"], told["secret"], told["passphrase"]), lambda: int(time.time()))
        form = OrderForm(Wallet(owner=key.address, funder=key.address, signature_type=SignatureType.EOA), told["apiKey"])
        found: dict[str, list[float]] = {"1": [], "8": []}
        for number in range(rounds):
            for width in ("1", "8") if number % 2 else ("8", "1"):
                bodies = [_signed(form, key, f"{number} {width} {one}", 1 + one % 40) for one in range(orders)]
                found[width].append(await _in_flight(http, calls, bodies, int(width)))
                await http.act(calls.cancel_all())
    return found


def _signed(form: OrderForm, key: Key, name: str, cents: int) -> bytes:
    """The body of a bid for five shares."""
    spec = OrderSpec(market_id=MARKET.market_id, token=MARKET.yes, side=Side.BUY, price_pips=100 * cents, size_micro=5 * MICRO)
    named = form.named(spec, MARKET, salt_of(name), time.time_ns())
    return form.body(named, form.signature(named, key))


def gateway(orders: int, rounds: int) -> dict[str, list[float]]:
    """The same, with a gateway of its own."""
    with _server("gateway") as port:
        return asyncio.run(_orders_s(port, orders, rounds))


if __name__ == "__main__":
    print(json.dumps({"order": order, "gateway": gateway}[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))))
