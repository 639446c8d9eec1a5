"""Which prices are wanted for which markets, and that a socket brings them to the tape and to the count."""

import asyncio
import json
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection

from config.assembly.price_sockets import pairs_of, price_sockets
from config.outside import VenueSection
from connectors.polymarket.catalog import Listing
from connectors.polymarket.reference import Reference, Source
from connectors.reference_frames import Tallies
from oms.values.market import Market
from oms.values.units import Nanos
from tests.connectors.binance.test_wire import QUOTE
from tests.connectors.polymarket.test_wire_prices import SNAPSHOT
from tests.connectors.transport.words_sockets import QUICK, served


def given_listing(source: Source, symbol: str = "") -> Listing:
    market = Market(market_id=f"0x{symbol}", title="up or down", yes=f"{symbol}1", no=f"{symbol}2")
    return Listing(market=market, slug=symbol, outcomes=("Up", "Down"), reference=Reference(source=source, symbol=symbol, average_s=60))


def test_the_markets_say_whose_prices_are_wanted_each_once() -> None:
    listings = [
        given_listing(Source.CHAINLINK, "btc/usd"),
        given_listing(Source.UMA),
        given_listing(Source.BINANCE, "ethusdt"),
        given_listing(Source.BINANCE, "btcusdt"),
        given_listing(Source.BINANCE, "ethbtc"),
        given_listing(Source.UNKNOWN, "x"),
    ]
    assert pairs_of(listings) == ["btc/usd", "eth/usd"]


def test_without_pairs_nothing_is_opened() -> None:
    assert price_sockets(VenueSection(), [], lambda *_frame: None, Tallies(), QUICK, lambda: 0) == []


def test_frames_of_both_sources_reach_the_tape_and_the_count() -> None:  # req 2.18, 2.65
    asked: list[str] = []

    async def binance(connection: ServerConnection) -> None:
        asked.append(str(await connection.recv()))
        await connection.send('{"result":null,"id":1}')
        await connection.send(QUOTE.decode())
        await connection.wait_closed()

    async def polymarket(connection: ServerConnection) -> None:
        asked.append(str(await connection.recv()))
        await connection.send(SNAPSHOT.decode())
        await connection.send("rubbish")
        await connection.wait_closed()

    taped: list[tuple[str, bytes, Nanos]] = []
    tallies = Tallies()

    async def play() -> list[list[tuple[str, str]]]:
        async with served(binance) as one, served(polymarket) as two, asyncio.timeout(10):
            venue = msgspec.structs.replace(VenueSection(), binance=one, prices=two)
            whole = asyncio.Event()

            def take(*frame: Any) -> None:  # noqa: ANN401 (channel, payload, time)
                taped.append(frame)
                if len(taped) == 4:
                    asyncio.get_running_loop().call_soon(whole.set)  # when the fourth has been read, too

            sources = price_sockets(venue, ["btc/usd"], take, tallies, QUICK, lambda: 1)
            tasks = [asyncio.create_task(source.socket.run()) for source in sources]
            await whole.wait()
            never = [source.never_came() for source in sources]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert sources[1].stream.refusals == {"not_json": 1}
            return never

    never = asyncio.run(play())
    assert sorted(json.loads(message).get("method", "RTDS") for message in asked) == ["RTDS", "SUBSCRIBE"]
    assert [payload for channel, payload, _ in taped if channel == "binance"] == [b'{"result":null,"id":1}', QUOTE]
    assert [payload for channel, payload, _ in taped if channel == "polymarket-prices"] == [SNAPSHOT, b"rubbish"]
    assert sorted((tally.symbol, tally.kind, tally.count) for tally in tallies.all()) == [("btc/usd", "price", 2), ("btcusdt", "quote", 1)]
    assert never == [[], [("crypto_prices", "btcusdt"), ("crypto_prices_chainlink", "btc/usd"), ("crypto_prices_twap_sixty", "btc/usd")]]
