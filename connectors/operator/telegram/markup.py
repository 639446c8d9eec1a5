"""How things are written in a Telegram message: HTML of which no sign is obeyed that somebody else chose, and never longer than a message may be.

A foreign text stands in <code>: there Telegram makes no link, no mention and, above all, no command of it that a finger could touch
(a market might be titled `/resume`).
"""

import html
import time
from collections.abc import Sequence
from typing import Final

from oms.values.texts import one_line
from oms.values.units import MICRO, NS_PER_SECOND, CashMicro, Nanos, Pips, price_text

SIGNS_MAX: Final = 4_096
"""Of one message (Bot API, sendMessage). Telegram counts what is left when the markup is gone; here the markup counts too, to be safe."""
TITLE_SIGNS_MAX: Final = 60
"""Of a title among others; who wants all of it looks at the venue."""
SAID_SIGNS_MAX: Final = 300
"""Of a reason or an alert."""
_NOTE_SIGNS: Final = 60
_CENT_MICRO: Final = MICRO // 100
_SECONDS_MAX: Final = 253_402_300_799
"""The end of the year 9999; nobody writes a later one."""


def signs(text: str) -> int:
    """Its length as Telegram counts: in UTF-16 units, so an emoji is two."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def foreign(text: str, signs_max: int = TITLE_SIGNS_MAX) -> str:
    """What others wrote, in one line, cut, and obeyed by nobody. Nothing stays nothing."""
    plain = one_line(text, signs_max)
    return f"<code>{html.escape(plain, quote=False)}</code>" if plain else ""


def own(text: str, signs_max: int = TITLE_SIGNS_MAX) -> str:
    """A word of our own (a state, a side, a kind of alert), which needs no <code>; harmless all the same."""
    return html.escape(one_line(text, signs_max), quote=False)


def fit(lines: Sequence[str], signs_max: int = SIGNS_MAX) -> str:
    """The lines as one message; what does not fit is left out from the end, whole lines at a time, and said so."""
    if signs("\n".join(lines)) <= signs_max:
        return "\n".join(lines)
    taken: list[str] = []
    left = signs_max - _NOTE_SIGNS
    for line in lines:
        left -= signs(line) + 1
        if left < 0:
            break
        taken.append(line)
    return "\n".join([*taken, f"… and {len(lines) - len(taken):,} lines more that did not fit"])


def usd(cash_micro: CashMicro | None) -> str:
    """Dollars and cents, the sign in front; None is said as unknown."""
    if cash_micro is None:
        return "unknown"
    cents = (abs(cash_micro) + _CENT_MICRO // 2) // _CENT_MICRO
    return f"{'-' if cash_micro < 0 and cents else ''}${cents // 100:,}.{cents % 100:02}"


def change(cash_micro: CashMicro | None) -> str:
    """The same of a difference: a gain has its sign too."""
    told = usd(cash_micro)
    return f"+{told}" if cash_micro is not None and cash_micro > 0 and told != usd(0) else told


def shares(shares_micro: int) -> str:
    """Shares with two digits behind the point, cut towards zero: nobody is told of more than there is."""
    hundredths = abs(shares_micro) // (MICRO // 100)
    return f"{'-' if shares_micro < 0 and hundredths else ''}{hundredths // 100:,}.{hundredths % 100:02}".removesuffix(".00")


def price(price_pips: Pips) -> str:
    """As venues write it: 4900 → 0.49."""
    return price_text(price_pips)


def moment(at_ns: Nanos) -> str:
    """Date and time, UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", _utc(at_ns))


def hour(at_ns: Nanos) -> str:
    """The time of the day only."""
    return time.strftime("%H:%M:%S", _utc(at_ns))


def span(length_ns: Nanos) -> str:
    """A length of time in its two largest units: 3 d 4 h."""
    seconds = max(0, length_ns) // NS_PER_SECOND
    parts = [(seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[:2]) or "0 s"


def _utc(at_ns: Nanos) -> time.struct_time:
    return time.gmtime(min(max(0, at_ns) // NS_PER_SECOND, _SECONDS_MAX))
