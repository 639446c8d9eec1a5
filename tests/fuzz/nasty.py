"""What decoders have tripped over, here and elsewhere: numbers, texts and shapes that are almost right."""

from typing import Final

import msgspec

_DEEP: Final = 500

NUMBERS: Final = (
    *("0", "-0", "1", "-1", "7", "00", "1.0", "0.5", "-0.5", "1e0", "1e5", "-1e-5", "1E400", "-1e400", "0.1e1", "5e-324", "1e999999999"),
    *(str(2**31), str(2**53 + 1), str(2**63 - 1), str(2**63), str(-(2**63) - 1), str(2**64), str(10**30), "9" * 400, "9" * 5_000),
    *("NaN", "Infinity", "-Infinity", "0x10", "1_0", "+1", ".5", "5.", "1,5", "true", "false", "null"),
)
"""As they would stand in JSON or TOML; some are no numbers there."""
TEXTS: Final = (
    *("", " ", "0", "1", "-0.5", "0.5", "0.50", "00.5", "+1", " 1", "1 ", "1_0", ".5", "5.", ".", "-", "1e5", "0x10", "NaN", "inf", "1/2", "1,5"),
    *("0.12345", "0.1234567", "0.9999", "0.0001", "1.0000", "10000", "9" * 20, "9" * 5_000, "0." + "0" * 45 + "1", "1" + "0" * 30),
    *(
        "\\u0000",
        "0.5\\u0000",
        "\\ud800",
        "\\udfff\\ud800",
        "１",
        "٣",
        "½",
        "é",
        "\\u202e",
        "\\n",
        '\\"',
        "\\\\",
        "'",
        "%s",
        "{}",
        "../..",
        "x" * 300,
    ),
    *("BUY", "SELL", "book", "price_change", "last_trade_price", "market_resolved", "new_market", "UP", "DOWN", "LIVE", "1777428645794"),
)
"""As they would stand between quotes in JSON."""
SHAPES: Final = (
    *("{}", "[]", "[[]]", "[{}]", '{"":""}', "[null]", '[""]', '{"a":{"a":{"a":1}}}', '{"type":"Filled"}', '["0.5","1"]', "[0.5,1]"),
    *("[" * 2_000 + "]" * 2_000, "[" * 100_000, '{"a":' * 2_000 + "1" + "}" * 2_000, '"' + "x" * 20_000 + '"', "[" + "0," * 3_000 + "0]"),
)
"""Whole values that are no scalar."""
VALUES: Final = (*NUMBERS, *(f'"{text}"' for text in TEXTS), *SHAPES)
"""Anything that may stand where a JSON value stands."""


def _is_json(text: str) -> bool:
    if text.count("[") + text.count("{") > _DEEP:  # whether a reader takes those depends on what was imported before
        return False
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


GOOD_VALUES: Final = tuple([text for text in VALUES if _is_json(text)])
"""Those that a JSON reader takes, so that what comes after it sees them."""
BYTES: Final = (
    *(
        b"\x00",
        b"\xff",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xf4\x90\x80\x80",
        b"\r\n",
        b"\n",
        b"\n\n",
        b"\x1a",
        b" ",
        b"\t",
    ),
    *(b'"', b"'", b"{", b"}", b"[", b"]", b":", b",", b"=", b"#", b"\\", b"\\u", b"-", b".", b"e", b"_", b"0", b"9" * 30, b"[" * 2_000, b"x" * 5_000),
    *(b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18", b"steelyard-tape 1\n", b"frame ", b"turn ", b"SQLite format 3\x00", b"PONG"),
)
"""Pieces of bytes that mean something to somebody."""
