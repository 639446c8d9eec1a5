"""One input made of another: bytes, lines, words and JSON are changed as what they are, so that most inputs get past the first check.

Everything is decided by the dice that are passed in. JSON is taken apart into texts, so that what is not touched comes back as it was: numbers of any
length, keys that stand twice, odd escapes.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from tests.fuzz import nasty

BYTES_MAX: Final = 300_000
"""A longer input is cut: what is found with it is found with less."""
STEPS_MAX: Final = 4
"""So many changes at once, most often one."""
_INNER_MAX: Final = 200_000
_HEAD: Final = re.compile(rb"^(?:frame|turn) [0-9]{1,20} [0-9]{1,20} \S+ [0-9]{1,9}$", re.MULTILINE)
_CHANNELS: Final = (b"polymarket-market", b"continuity-lost", b"market-listed", b"origin")


class Raw(str):
    """JSON text that is written as it stands."""

    __slots__ = ()


class Table(list[Any]):
    """A JSON object as [key, value] pairs in order; keys may repeat."""


def mutated(data: bytes, other: bytes, shape: str, dice: random.Random) -> bytes:
    """`data` changed in one to STEPS_MAX ways; `other` is another input of the same kind to take pieces from. `shape`: a key of STEPS."""
    steps = STEPS[shape]
    for _ in range(min(dice.choice((1, 1, 1, 2, 2, 3)), STEPS_MAX)):
        data = dice.choice(steps)(data, other, dice)[:BYTES_MAX]
    return data


def flip(data: bytes, _other: bytes, dice: random.Random) -> bytes:
    """One bit, or one byte."""
    if not data:
        return bytes([dice.randrange(256)])
    spoilt = bytearray(data)
    at = dice.randrange(len(data))
    spoilt[at] = spoilt[at] ^ 1 << dice.randrange(8) if dice.randrange(2) else dice.randrange(256)
    return bytes(spoilt)


def insert(data: bytes, _other: bytes, dice: random.Random) -> bytes:
    """A piece that means something to somebody, put in or written over."""
    at, piece = dice.randint(0, len(data)), dice.choice(nasty.BYTES)
    return data[:at] + piece + data[at + dice.choice((0, len(piece))) :]


def cut(data: bytes, _other: bytes, dice: random.Random) -> bytes:
    """The end is missing, or a piece from the middle."""
    begin = dice.randint(0, len(data))
    return data[:begin] if dice.randrange(2) else data[:begin] + data[begin + dice.randint(1, 1 + len(data) // 4) :]


def repeat(data: bytes, _other: bytes, dice: random.Random) -> bytes:
    """A piece stands twice, or all of it."""
    begin = dice.randint(0, len(data))
    end = min(len(data), begin + dice.randint(1, 64))
    return data + data if dice.randrange(8) == 0 else data[:end] + data[begin:]


def splice(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """The head of one and the tail of another."""
    return data[: dice.randint(0, len(data))] + other[dice.randint(0, len(other)) :]


def pages(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """Blocks of a file exchanged, zeroed or taken from another file, as a disk does it."""
    size = dice.choice((512, 4_096))
    count = max(1, len(data) // size)
    one, two = dice.randrange(count) * size, dice.randrange(count) * size
    source = dice.choice((data, other, bytes(len(data))))
    return data[:one] + source[two : two + size].ljust(size, b"\x00") + data[one + size :]


def lines(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """Lines dropped, doubled, exchanged, cut together, or brought from elsewhere."""
    rows = data.split(b"\n")
    at, to = dice.randrange(len(rows)), dice.randrange(len(rows))
    match dice.randrange(6):
        case 0:
            del rows[at]
        case 1:
            rows.insert(to, rows[at])
        case 2:
            rows[at], rows[to] = rows[to], rows[at]
        case 3:
            rows.insert(at, dice.choice(other.split(b"\n")))
        case 4:
            rows[at : at + 2] = [b"".join(rows[at : at + 2])]
        case _:
            rows = rows[: at + 1]
    return b"\n".join(rows)


def in_a_line(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """One line changed as JSON."""
    rows = data.split(b"\n")
    at = dice.randrange(len(rows))
    rows[at] = in_json(rows[at], dice.choice(other.split(b"\n")), dice)
    return b"\n".join(rows)


def in_a_record(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """One record of a tape of ours: its payload with the right length beside it, or a word of its head."""
    heads = [match for match in _HEAD.finditer(data) if match.end() < len(data)]
    if not heads:
        return flip(data, other, dice)
    head = dice.choice(heads)
    words = head[0].split(b" ")
    if words[0] == b"turn" or dice.randrange(3) == 0:
        at = dice.randrange(1, len(words))
        words[at] = dice.choice((dice.choice(nasty.NUMBERS).encode(), dice.choice(words), b"%d" % dice.randrange(9), *_CHANNELS))
        return data[: head.start()] + b" ".join(words) + data[head.end() :]
    begin, length = head.end() + 1, int(words[4])
    payload = in_json(data[begin : begin + length], other, dice)
    return data[: head.start()] + b" ".join([*words[:4], b"%d" % len(payload)]) + b"\n" + payload + data[begin + length :]


def word(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """One line is another line, or a nasty one."""
    rows = data.split(b"\n")
    at = dice.randrange(len(rows))
    found = dice.choice(other.split(b"\n")) if dice.randrange(2) else dice.choice((*nasty.TEXTS, *nasty.NUMBERS)).encode("utf-8", "surrogatepass")
    if dice.randrange(2):
        rows[at] = found
    else:
        rows.insert(at, found)
    return b"\n".join(rows)


def setting(data: bytes, _other: bytes, dice: random.Random) -> bytes:
    """The value of one `key = value` line."""
    rows = data.split(b"\n")
    places = [number for number, row in enumerate(rows) if b"=" in row]
    if not places:
        return data
    at = dice.choice(places)
    key = rows[at].split(b"=", 1)[0]
    rows[at] = key + b"= " + dice.choice(nasty.VALUES).encode("utf-8", "surrogatepass")
    return b"\n".join(rows)


def in_json(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """One place of a JSON text; bytes are changed where it is none."""
    try:
        told = _read(data)
    except (ValueError, RecursionError):
        return flip(data, other, dice)
    holder = [told]
    place, key = _place(holder, dice)
    _change(place, key, other, dice)
    try:
        return "".join(map(_text, holder)).encode("utf-8", "surrogatepass")
    except RecursionError:
        return data


def _read(data: bytes) -> Any:  # noqa: ANN401 (JSON)
    # Numbers stay texts: a float would not come back as it was.
    return json.loads(data.decode(), object_pairs_hook=_table, parse_int=Raw, parse_float=Raw, parse_constant=Raw)


def _table(pairs: list[tuple[str, Any]]) -> Table:
    return Table([list(pair) for pair in pairs])


def _text(value: Any) -> str:  # noqa: ANN401 (JSON)
    """JSON as it was read."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Table):
        return "{" + ",".join([f"{_text(key)}:{_text(inner)}" for key, inner in value]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _place(holder: list[Any], dice: random.Random) -> tuple[list[Any], int]:
    """A place somewhere inside: (list, index). Deep places are as likely as shallow ones."""
    place, key = holder, 0
    while True:
        value = place[key]
        if not isinstance(value, list) or not value or dice.randrange(4) == 0:
            return place, key
        at = dice.randrange(len(value))
        place, key = (value[at], 1) if isinstance(value, Table) else (value, at)


def _change(place: list[Any], key: int, other: bytes, dice: random.Random) -> None:
    value = place[key]
    if isinstance(value, str) and not isinstance(value, Raw) and value[:1] in ("{", "[") and len(value) < _INNER_MAX:
        place[key] = in_json(value.encode("utf-8", "surrogatepass"), other, dice).decode("utf-8", "surrogateescape")
    elif isinstance(value, list) and value and dice.randrange(2):
        _rearrange(value, other, dice)
    elif dice.randrange(2):
        place[key] = _nudged(value, dice)
    elif dice.randrange(4):
        place[key] = Raw(dice.choice(nasty.VALUES if dice.randrange(8) == 0 else nasty.GOOD_VALUES))
    else:
        place[key] = _from_elsewhere(other, dice)


def _rearrange(rows: list[Any], other: bytes, dice: random.Random) -> None:
    """Elements of a list, or pairs of an object: dropped, doubled, exchanged, renamed, brought from elsewhere."""
    at, to = dice.randrange(len(rows)), dice.randrange(len(rows))
    match dice.randrange(5):
        case 0:
            del rows[at]
        case 1:
            rows.insert(to, rows[at])
        case 2:
            rows[at], rows[to] = rows[to], rows[at]
        case 3 if isinstance(rows, Table):
            rows[at] = [dice.choice((rows[to][0], Raw(f'"{dice.choice(nasty.TEXTS)}"'))), rows[at][1]]
        case _:
            found = _from_elsewhere(other, dice)
            rows.insert(at, [rows[to][0], found] if isinstance(rows, Table) else found)


def _nudged(value: Any, dice: random.Random) -> Any:  # noqa: ANN401 (JSON)
    """Nearly what it was: another digit, a sign, a power of ten; text for a number and the other way round."""
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return dice.choice((None, True, False, "", Raw("0")))
    digits = [at for at, letter in enumerate(value) if letter.isdigit()]
    if not digits or dice.randrange(6) == 0:
        return str(value) if isinstance(value, Raw) else Raw(value or "0")
    at = dice.choice(digits)
    other = dice.choice((*"0123456789" * 2, "", "-", ".", "e", value[at] * 2, value[at] + "0" * 12))
    text = value[:at] + other + value[at + 1 :]
    return Raw(text) if isinstance(value, Raw) else text


def _from_elsewhere(other: bytes, dice: random.Random) -> Any:  # noqa: ANN401 (JSON)
    """A value of another input."""
    try:
        holder = [_read(other)]
    except (ValueError, RecursionError):
        return Raw(dice.choice(nasty.VALUES))
    place, key = _place(holder, dice)
    return place[key]


Step = Callable[[bytes, bytes, random.Random], bytes]
_PLAIN: Final[tuple[Step, ...]] = (flip, insert, cut, repeat, splice)
STEPS: Final[dict[str, Sequence[Step]]] = {
    "bytes": _PLAIN,
    "pages": (*_PLAIN, pages, pages),
    "json": (*_PLAIN, *[in_json] * 30),
    "lines": (*_PLAIN, *[lines] * 5, *[in_a_line] * 10),
    "tape": (*_PLAIN, lines, lines, *[in_a_record] * 15),
    "rows": (lines, splice, *[in_a_line] * 20),
    "words": (flip, splice, *[lines] * 3, *[word] * 5),
    "toml": (*_PLAIN, *[lines] * 3, *[setting] * 6, word),
}
"""Shape of an input → what may be done to it, each as likely as it is named often."""
