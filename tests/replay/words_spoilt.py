"""A small tape of our own, watched while it is replayed, and the ways in which its frames can be spoilt."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from connectors.tape import CHANNEL_MARKET_LISTED, CHANNEL_POLYMARKET_MARKET, TapeWriter
from oms.machines.book import Book
from oms.values.snapshot import Health
from oms.values.units import NS_PER_MS, NS_PER_SECOND
from tests.connectors.frames import MARKET, NO, YES, book, entry, frame, price_change
from tests.replay.words_tapes import SETTINGS, Watched

FIRST_NS = 1_777_428_640 * NS_PER_SECOND
LISTED = msgspec.structs.replace(MARKET, end_ns=FIRST_NS + 3_600 * NS_PER_SECOND)
PATIENT = msgspec.structs.replace(SETTINGS, engine=msgspec.structs.replace(SETTINGS.engine, silence_s=0))
"""Without the verdict of silence, so that what a frame did to a book can still be seen at the end."""
RUNG = {"price": "0.4", "size": "9"}


def ms(after_s: float) -> str:
    return str(FIRST_NS // NS_PER_MS + int(after_s * 1_000))


def whole_books(at: str) -> list[bytes]:
    """Both books, mirror images."""
    yes = {"bids": [{"price": "0.48", "size": "300"}], "asks": [{"price": "0.52", "size": "300"}]}
    return [frame(book(YES, timestamp=at, hash="", **yes)), frame(book(NO, timestamp=at, hash="", **yes))]


def changes(at: str, size: int, price: str = "0.47") -> bytes:
    """One change of the pool as both tokens tell it, with right best prices."""
    mirrored = f"{1 - float(price):.2f}"
    told = {"hash": "", "best_bid": "0.48", "best_ask": "0.52", "size": str(size)}
    return frame(price_change(entry(YES, price, side="BUY", **told), entry(NO, mirrored, side="SELL", **told), timestamp=at))


GOOD = [*whole_books(ms(0)), *(changes(ms(second), 10 + second, price) for second in range(1, 9) for price in ("0.47", "0.46"))]


def given_tape(folder: Path, frames: Sequence[bytes], name: str = "tape.st") -> Path:
    """A tape of ours: the market, then the frames, half a second apart."""
    path = folder / name
    path.unlink(missing_ok=True)
    with TapeWriter(path) as tape:
        tape.frame(FIRST_NS, CHANNEL_MARKET_LISTED, msgspec.json.encode(LISTED))
        for number, payload in enumerate(frames):
            tape.frame(FIRST_NS + number * NS_PER_SECOND // 2, CHANNEL_POLYMARKET_MARKET, payload)
    return path


def replayed(path: Path) -> tuple[Watched, dict[str, Any]]:
    watched = Watched([path], PATIENT)
    return watched, watched.run()


def levels(watched: Watched) -> dict[str, tuple[object, object]]:
    return {token: (found.all_bids(), found.all_asks()) for token, (_, found) in watched.state.by_token.items()}


def healths(watched: Watched) -> list[Health]:
    found: list[Book] = [watched.state.by_token[token][1] for token in (YES, NO)]
    return [held.health for held in found]


Spoiler = Callable[[list[bytes], int, int, object], None]
"""(frames, which one, a number to choose by, a value to put)."""


def _double(frames: list[bytes], at: int, pick: int, _value: object) -> None:
    frames.insert(pick % len(frames), frames[at])


def _exchange(frames: list[bytes], at: int, pick: int, _value: object) -> None:
    to = pick % len(frames)
    frames[at], frames[to] = frames[to], frames[at]


def _cut(frames: list[bytes], at: int, pick: int, _value: object) -> None:
    frames[at] = frames[at][: pick % (len(frames[at]) + 1)]


def _flip(frames: list[bytes], at: int, pick: int, _value: object) -> None:
    payload = bytearray(frames[at] or b"x")
    payload[pick % len(payload)] ^= 1 + pick % 255
    frames[at] = bytes(payload)


def _rewrite(frames: list[bytes], at: int, pick: int, value: object) -> None:
    """Another value somewhere in a message, or a key less."""
    try:
        told = json.loads(frames[at])
    except ValueError:  # it was spoilt before
        return
    table = told
    while isinstance(table, dict | list) and table:
        key: Any = list(table)[pick % len(table)] if isinstance(table, dict) else pick % len(table)
        if isinstance(table[key], dict | list) and pick % 5:
            table = table[key]
            continue
        if pick % 7:
            table[key] = value
        else:
            del table[key]
        break
    frames[at] = json.dumps(told).encode()


SPOILERS: Final[tuple[Spoiler, ...]] = (_double, _exchange, _cut, _flip, _rewrite)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**40), 10**40), st.text(max_size=12), st.sampled_from(["NaN", "-1", "0.5", "1e9", "0", "10000"])
)


@st.composite
def spoilt_tapes(draw: st.DrawFn) -> list[bytes]:
    """GOOD, with frames doubled, exchanged, cut, flipped and rewritten."""
    frames = list(GOOD)
    for _ in range(draw(st.integers(1, 6))):
        spoil = draw(st.sampled_from(SPOILERS))
        spoil(frames, draw(st.integers(0, len(frames) - 1)), draw(st.integers(0, 10**6)), draw(VALUES))
    return frames
