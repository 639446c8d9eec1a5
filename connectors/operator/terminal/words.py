"""Numbers, moments and foreign texts as the dashboard shows them. What is not known is n/a, never 0; the units stand in the heads of columns.

Every text that somebody else wrote goes through `harmless` before it is drawn: no sign of it moves a cursor, opens markup or turns the line around.
"""

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from oms.values.texts import one_line
from oms.values.units import MICRO, NS_PER_SECOND, PRICE_ONE_PIPS, CashMicro, Nanos, Pips, SharesMicro

NOT_KNOWN: Final = "n/a"
NONE: Final = "–"
"""There is none, as against: nobody knows."""
TEXT_MAX: Final = 400
"""Signs of a foreign text that are looked at."""
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_MARKS_MAX: Final = 2
"""Accents upon one letter; more of them climb into the lines above."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_STEPS: Final = "▁▂▃▄▅▆▇█"
_CENTS: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?", re.ASCII)
_PIPS_A_CENT: Final = 100


@functools.lru_cache(maxsize=16_384)
def harmless(text: str, signs_max: int = TEXT_MAX) -> str:
    """A foreign text in one line that a terminal only draws: control signs, marks of direction and letters that run from right to left by number.

    A title in Hebrew is thereby hard to read; drawn as it is, a terminal would move the numbers beside it to its other side.
    """
    kept: list[str] = []
    marks = 0
    for sign in one_line(text[: signs_max + 1], signs_max):
        if unicodedata.combining(sign):
            marks += 1
            if marks > _MARKS_MAX:
                continue
        else:
            marks = 0
        kept.append(f"\\u{ord(sign):04x}" if unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT else sign)
    return "".join(kept)


def money(cash_micro: CashMicro | None) -> str:
    """Dollars and cents, the sign in front."""
    if cash_micro is None:
        return NOT_KNOWN
    cents = (abs(cash_micro) + MICRO // 200) // (MICRO // 100)
    return f"{'-' if cash_micro < 0 and cents else ''}${cents // 100:,}.{cents % 100:02}"


def fee(cash_micro: CashMicro) -> str:
    """Dollars to the hundredth of a cent, rounded up: a fee that is not nothing never reads as 0."""
    hundredths = -(-cash_micro * 10_000 // MICRO)
    return f"{hundredths // 10_000:,}.{hundredths % 10_000:04}" if hundredths > 0 else NONE


def change(cash_micro: CashMicro | None) -> str:
    """Dollars and cents with the sign in front, also of a gain."""
    text = money(cash_micro)
    return f"+{text}" if cash_micro is not None and cash_micro > 0 and text != "$0.00" else text


def shares(shares_micro: int) -> str:
    """Shares in at most nine signs: to the hundredth, thousands and millions of them shorter; what is not nothing never reads as 0."""
    size = abs(shares_micro)
    if size >= 10**9 * MICRO:
        text = f"{size / MICRO:.1e}"
    elif size >= 1_000_000 * MICRO:
        text = f"{size / MICRO / 1e6:,.2f}M"
    elif size % MICRO == 0:
        text = f"{size // MICRO:,}"
    elif size >= 100_000 * MICRO:
        text = f"{size / MICRO:,.0f}"
    else:
        text = f"{size / MICRO:,.2f}" if size >= MICRO // 200 else "<0.01"
    return f"-{text}" if shares_micro < 0 else text


def some_shares(shares_micro: int) -> str:
    """The same, nothing being a dash."""
    return shares(shares_micro) if shares_micro else NONE


def price(pips: Pips) -> str:
    """A price in cents: one digit behind the point, two where the tick is finer; 0 and a dollar are no prices."""
    if not 0 < pips < PRICE_ONE_PIPS:
        return NONE
    whole, part = divmod(pips, _PIPS_A_CENT)
    return f"{whole}.{part:02}" if part % 10 else f"{whole}.{part // 10}"


def edge(pips: int) -> str:
    """A gain or a loss a set in cents, with its sign."""
    return f"{'+' if pips > 0 else '-' if pips < 0 else ''}{abs(pips) // _PIPS_A_CENT}.{abs(pips) % _PIPS_A_CENT:02}"


def raw(pips: int | None) -> str:
    """A sum of prices in dollars: 1.0200."""
    return NOT_KNOWN if pips is None else f"{'-' if pips < 0 else ''}{abs(pips) // PRICE_ONE_PIPS}.{abs(pips) % PRICE_ONE_PIPS:04}"


def count(number: int | None) -> str:
    """A number of things, from a million on shorter."""
    if number is None:
        return NOT_KNOWN
    return f"{number:,}" if abs(number) < 1_000_000 else f"{number / 1e6:,.2f}M" if abs(number) < 10**9 else f"{number / 1e9:,.2f}G"


def share_of(part: int, whole: int) -> str:
    """`part` of `whole` in percent; n/a of nothing, and never 100 % or 0 % of what is not."""
    if not whole:
        return NOT_KNOWN
    percent = 100 * part / whole
    if 0 < part < whole:
        percent = min(max(percent, 0.01), 99.99)
    return f"{percent:.2f}%".replace("100.00%", "100%")


def age(span_ns: int | None) -> str:
    """How old: 0.4s, 12s, 3m05s, 2h10m, 4d03h; a moment that is yet to come is 0.0s old."""
    if span_ns is None:
        return NOT_KNOWN
    tenths = max(0, span_ns) * 10 // NS_PER_SECOND
    return f"{tenths // 10}.{tenths % 10}s" if tenths < 100 else until(span_ns)


def since(then_ns: Nanos, now_ns: Nanos) -> str:
    """The age of what happened then; 0: it never did."""
    return age(now_ns - then_ns) if then_ns else "never"


def until(span_ns: int | None) -> str:
    """How long, in whole seconds; n/a: unknown; what is over is a dash."""
    if span_ns is None:
        return NOT_KNOWN
    if span_ns < 0:
        return NONE
    whole = span_ns // NS_PER_SECOND
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole // 60 % 60:02}m" if whole < 86_400 else f"{whole // 86_400}d{whole // 3600 % 24:02}h"


def micros(span_us: float | None) -> str:
    """A duration from microseconds: 12 µs, 1.2 ms, 3.4 s."""
    if span_us is None:
        return NOT_KNOWN
    if span_us < 1_000:
        return f"{span_us:.0f} µs"
    return f"{span_us / 1e3:.1f} ms" if span_us < 1_000_000 else f"{span_us / 1e6:,.1f} s"


def millis(span_ms: float | None) -> str:
    """A duration from milliseconds, with its sign."""
    return NOT_KNOWN if span_ms is None else f"{'-' if span_ms < 0 else ''}{micros(abs(span_ms) * 1e3)}"


def size(octets: int | None) -> str:
    """Bytes as MB or GB of a thousand each."""
    if octets is None:
        return NOT_KNOWN
    return f"{octets / 1e6:,.1f} MB" if octets < 10**9 else f"{octets / 1e9:,.1f} GB"


def _moment(at_ns: Nanos) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(at_ns // NS_PER_SECOND, tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def clock(at_ns: Nanos) -> str:
    """08:45:12, in UTC; n/a where a calendar does not reach."""
    moment = _moment(at_ns) if at_ns else None
    return NOT_KNOWN if moment is None else f"{moment:%H:%M:%S}"


def stamp(at_ns: Nanos) -> str:
    """2026-09-28 08:45:12 UTC."""
    moment = _moment(at_ns) if at_ns else None
    return NOT_KNOWN if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def bar(part: float, width: int) -> str:
    """`part` of `width` signs filled, to an eighth of a sign; what is not nothing shows."""
    eighths = round(min(max(part, 0.0), 1.0) * width * 8)
    if part > 0:
        eighths = max(eighths, 1)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(width)


def sparkline(values: Sequence[float], width: int) -> str:
    """The latest values as steps between nothing and their highest."""
    latest = values[-width:]
    highest = max(latest, default=0.0)
    if highest <= 0:
        return "▁" * len(latest)
    return "".join([_STEPS[min(7, int(max(value, 0.0) / highest * 8))] for value in latest])


def pips_from_cents(text: str) -> Pips | None:
    """What a person typed as a price in cents, such as 49 or 49.5; None: not a price between 0 and 100 cents."""
    match = _CENTS.fullmatch(text.strip())
    pips = int(match[1]) * _PIPS_A_CENT + int((match[2] or "0").ljust(2, "0")) if match else 0
    return pips if 0 < pips < PRICE_ONE_PIPS else None


def shares_spelled(shares_micro: SharesMicro) -> str:
    """Shares to the last digit, for forms and confirmations."""
    whole, part = divmod(abs(shares_micro), MICRO)
    digits = f".{part:06}".rstrip("0").rstrip(".")
    return f"{'-' if shares_micro < 0 else ''}{whole:,}{digits}"
