"""The deck: numbered cards that every venue behind `oms.ports.Venue` plays, and tells in the same words (deck_player.py has the language).

    .venv/bin/python -m tests.simulation.deck [NUMBER …]        plays the cards at all venues and prints a table; 1 if one is told otherwise

(a) the simulated exchange behind its socket, (b) the connector on the gateway over real sockets, (c) the connector on recorded answers of Polymarket.
A card that a venue cannot play, or tells in another way, is in EXCEPTIONS with the reason; test_deck.py holds that list to be exactly right.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from tests.conftest import data_folder
from tests.simulation.deck_gateway import CardLoop, gateway_stand
from tests.simulation.deck_player import Card, Player
from tests.simulation.deck_questions import QUESTIONS
from tests.simulation.deck_recorded import RecordedStand
from tests.simulation.deck_sim import SimStand
from tests.simulation.deck_trades import TRADES

DECK: Final[tuple[Card, ...]] = (*TRADES, *QUESTIONS)
VENUES: Final = {"a": "simulated exchange", "b": "connector on the gateway", "c": "connector on recordings"}

_NO_ANSWER: Final = "no answer of this kind was recorded"
_NO_SECOND: Final = "of no trade or order was more than one word recorded that fits the other"
_NO_TAKER: Final = "the recorded takers met one price, as plain limit orders, without a fee"
_NO_REFUSAL: Final = "one refusal of an order was recorded, for want of money (card 38)"
_NOTHING_SENT: Final = "nothing is asked of the venue"
_NO_MARKET: Final = "no private answer of such a market was recorded"

EXCEPTIONS: Final[dict[str, dict[int, str]]] = {
    "a": {},
    "b": {},
    "c": {
        9: _NO_ANSWER,
        **dict.fromkeys((12, 13, 15, 16, 17, 18, 20), _NO_TAKER),
        14: _NO_SECOND,
        **dict.fromkeys((19, 21, 22, 34, 36, 37, 39, 40, 41), _NO_REFUSAL),
        **dict.fromkeys((23, 24, 27, 29), _NO_ANSWER),
        **dict.fromkeys((32, 33, 42, 52, 53), _NO_SECOND),
        **dict.fromkeys((45, 46, 48, 49, 50, 51), _NO_ANSWER),
        **dict.fromkeys((56, 57), _NO_MARKET),
    },
}
"""Venue → card → why not."""


def play(card: Card, venue: str, data_dir: Path | None = None) -> list[str]:
    """The card as this venue tells it, line by line; `data_dir` for the recordings."""

    async def played() -> list[str]:
        if venue == "a":
            return await Player(card, SimStand(card)).play()
        if venue == "b":
            async with gateway_stand(card) as stand:
                return await Player(card, stand).play()
        return await Player(card, RecordedStand(card, data_dir or data_folder())).play()

    with asyncio.Runner(loop_factory=CardLoop) as runner:
        return runner.run(played())


def _verdict(card: Card, venue: str) -> tuple[str, list[str]]:
    """One cell of the table, and the lines that were told otherwise."""
    if venue == "c" and (card.number in EXCEPTIONS["c"] or not data_folder().is_dir()):
        return "-", []
    retold = play(card, venue)
    differing = [f"      {line}\n    ! {told}" for line, told in zip(card.lines, retold, strict=True) if line != told]
    if card.number in EXCEPTIONS[venue]:
        return "differs" if differing else "TOLD AS WRITTEN", []
    return ("TOLD OTHERWISE" if differing else "yes"), differing


def main(numbers: list[int]) -> int:
    """Print the table; 1 if a card was told otherwise than it is written."""
    failed = 0
    print(f"{'':>4}  {'card':<95}" + "".join(f"{venue:<10}" for venue in VENUES))
    for card in DECK:
        if numbers and card.number not in numbers:
            continue
        cells = {venue: _verdict(card, venue) for venue in VENUES}
        print(f"{card.number:>4}  {card.title:<95}" + "".join(f"{cell:<10}" for cell, _ in cells.values()))
        for venue, (cell, lines) in cells.items():
            failed += cell.isupper()
            print("".join(f"    {venue}\n{line}\n" for line in lines), end="")
    print()
    for venue, name in VENUES.items():
        print(f"({venue}) {name}: {len(DECK) - len(EXCEPTIONS[venue])} of {len(DECK)} cards")
        for why in dict.fromkeys(EXCEPTIONS[venue].values()):
            cards = ", ".join(str(number) for number, reason in EXCEPTIONS[venue].items() if reason == why)
            print(f"      not {cards}: {why}")
    if not data_folder().is_dir():
        print(f"(c) was not played: there is no folder {data_folder()}")
    return min(1, failed)


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]]))
