"""What catalogues read out of a query: lists, numbers, yes and no, pages. Refusals are 422, as Gamma's."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from sim.gateway.wire import WireError

Row = TypeVar("Row")
_NUMBER_DIGITS_MAX: Final = 12


def values_of(query: Mapping[str, str], name: str) -> list[str]:
    """Every value of a parameter: sent several times, or once with commas."""
    getall = getattr(query, "getall", None)
    told = getall(name, []) if getall is not None else [query[name]] if name in query else []
    return [part for text in told for part in text.split(",") if part]


def number_of(query: Mapping[str, str], name: str, otherwise: int, status: int = 422) -> int:
    """A plain number. Raises WireError."""
    text = query.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) <= _NUMBER_DIGITS_MAX):
        raise WireError(status, f"{name} is invalid")
    return int(text)


def flag_of(query: Mapping[str, str], name: str) -> bool | None:
    """True, false or not said. Raises WireError 422."""
    text = query.get(name, "").lower()
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    if text:
        raise WireError(422, f"{name} is invalid")
    return None


def page_after(rows: list[Row], cursor: str | None, limit: int) -> tuple[list[Row], str | None]:
    """(rows of this page, the next page's cursor or None). Raises ValueError: not a cursor of ours."""
    start = _position(cursor) if cursor else 0
    end = start + max(1, limit)
    return rows[start:end], b64encode(f"at:{end}".encode()).decode() if end < len(rows) else None


def _position(cursor: str) -> int:
    word, _, number = b64decode(cursor, validate=True).decode().partition(":")
    if word != "at" or not (number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS_MAX):
        raise ValueError("not a cursor of ours")
    return int(number)


def json_number(text: str) -> msgspec.Raw:
    """A decimal text as a JSON number, digit for digit: these services send numbers, and no float is needed for it."""
    return msgspec.Raw(text.encode())
