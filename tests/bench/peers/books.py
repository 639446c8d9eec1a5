"""Other people's ways from raw bytes to a book: nautilus' Polymarket adapter, a C book of levels, SortedDict with a faster parser."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from statistics import median
from time import perf_counter_ns as clock_ns

from sortedcontainers import SortedDict

from oms.values.market import Market, TokenId
from tests.bench.frames import Tape
from tests.bench.peers.found import Theirs, here, load
from tests.bench.rounds import timed


def raw_to_best(tape: Tape) -> dict[str, Callable[[], float]]:
    """Contestants that are here; each returns frames a second. Best prices are read after each change, or after each frame."""
    found: dict[str, Callable[[], float]] = {}
    if here("nautilus_trader", "py_clob_client"):
        found["nautilus adapter"] = lambda: len(tape.frames) / NautilusAdapter(tape).run()
    if here("orjson"):
        found["orjson+SortedDict+float"] = lambda: len(tape.frames) / _run(tape, _sorted_side)
    if here("orjson", "order_book"):
        found["orjson+C book+float"] = lambda: len(tape.frames) / _run(tape, load("order_book").SortedDict)
    return found


class NautilusAdapter:
    """The data client of nautilus' Polymarket adapter, fed frames as its socket would feed it.

    It decodes, makes deltas and keeps its local books. What it hands on goes to a sink that reads the best prices, not to nautilus' DataEngine,
    which would cost it another quarter.
    """

    def __init__(self, tape: Tape) -> None:
        component, polymarket = load("nautilus_trader.common.component"), "nautilus_trader.adapters.polymarket"
        clock = component.LiveClock()
        bus = component.MessageBus(load("nautilus_trader.model.identifiers").TraderId("BENCH-001"), clock)
        cache = load("nautilus_trader.cache.cache").Cache()
        # Neither the HTTP client nor an event loop is used by what is measured here.
        loop = load("asyncio").new_event_loop()
        http = load("py_clob_client.client").ClobClient("http://127.0.0.1:1")
        provider = load(f"{polymarket}.providers").PolymarketInstrumentProvider(http, clock)
        config = load(f"{polymarket}.config").PolymarketDataClientConfig()
        client = load(f"{polymarket}.data").PolymarketDataClient(loop, http, bus, cache, clock, provider, config, None)
        loop.close()
        bus.register("DataEngine.process", self._sink)
        for market in tape.markets:
            for token in (market.yes, market.no):
                cache.add_instrument(instrument(market, token))
        self._receive: Callable[[bytes], None] = client._handle_raw_ws_message
        self._books: dict[Theirs, Theirs] = client._local_books
        self._frames = [frame for _, frame in tape.frames]
        self.best: tuple[Theirs, Theirs] = (None, None)
        for frame in tape.opening:
            self._receive(frame)
        assert len(self._books) == 2 * len(tape.markets), "every book was opened"

    def _sink(self, deltas: Theirs) -> None:
        book = self._books[deltas.instrument_id]
        self.best = book.best_bid_price(), book.best_ask_price()

    def run(self) -> float:
        """Seconds for every frame."""
        receive, frames = self._receive, self._frames

        def work() -> None:
            for frame in frames:
                receive(frame)

        return timed(work)

    def view(self) -> float:
        """Microseconds to see ten levels a side after each frame."""
        book, spent_ns = next(iter(self._books.values())), []
        for frame in self._frames:
            self._receive(frame)
            began_ns = clock_ns()
            book.bids()[:10]
            book.asks()[:10]
            spent_ns.append(clock_ns() - began_ns)
        return median(spent_ns) / 1e3


def instrument(market: Market, token: TokenId) -> Theirs:
    """A token as nautilus' adapter describes it."""
    about = {
        "condition_id": market.market_id,
        "question": market.title,
        "minimum_tick_size": f"{market.tick_pips / 10_000:g}",
        "minimum_order_size": 5,
        "end_date_iso": "2027-01-01T00:00:00Z",
        "maker_base_fee": 0,
        "taker_base_fee": 0,
    }
    return load("nautilus_trader.adapters.polymarket.common.parsing").parse_instrument(about, token, "Yes" if token == market.yes else "No", 0)


def _run(tape: Tape, new_side: Callable[..., Theirs]) -> float:
    books = FastNaiveBooks(new_side)
    for frame in tape.opening:
        books.receive(frame)

    def work() -> object:
        best: object = None
        for _, frame in tape.frames:
            best = books.receive(frame)
        return best

    return timed(work)


def _sorted_side(ordering: str) -> Theirs:
    return SortedDict() if ordering == "ASC" else SortedDict(_negative)


def _negative(price: float) -> float:
    return -price


class FastNaiveBooks:
    """As naive.NaiveBooks, with orjson and floats; a side is anything that keeps its keys in order, best first."""

    def __init__(self, new_side: Callable[..., Theirs]) -> None:
        self._loads = load("orjson").loads
        self._new_side = partial(new_side)
        self.sides: dict[tuple[str, str], Theirs] = {}
        self._peek = _first_of_sorted if new_side is _sorted_side else _first_of_c

    def receive(self, frame: bytes) -> tuple[float, float]:
        """Apply one frame; best bid and best ask of the last token it speaks of."""
        message = self._loads(frame)
        token = ""
        if message["event_type"] == "book":
            token = message["asset_id"]
            for side, name, ordering in (("BUY", "bids", "DESC"), ("SELL", "asks", "ASC")):
                levels = self.sides[token, side] = self._new_side(ordering=ordering)
                for row in message[name]:
                    levels[float(row["price"])] = float(row["size"])
            return self.best(token)
        for change in message["price_changes"]:
            token = change["asset_id"]
            levels = self.sides[token, change["side"]]
            price, size = float(change["price"]), float(change["size"])
            if size:
                levels[price] = size
            elif price in levels:
                del levels[price]
        return self.best(token)

    def best(self, token: str) -> tuple[float, float]:
        """Best bid and ask."""
        return self._peek(self.sides[token, "BUY"]), self._peek(self.sides[token, "SELL"])


def _first_of_sorted(side: Theirs) -> float:
    best: float = next(islice(side, 1))
    return best


def _first_of_c(side: Theirs) -> float:
    best: float = side.index(0)[0]
    return best
