"""Numbers and times as people read them. Money as on the terminal; what is not known is n/a, never 0. Times are UTC."""

import datetime as dt
from typing import Final

from config.console import usd
from oms.values.units import MICRO, NS_PER_SECOND, PRICE_ONE_PIPS, CashMicro, Nanos, Pips

NOT_KNOWN: Final = "n/a"


def money(cash_micro: CashMicro | None) -> str:
    """Dollars and cents."""
    return NOT_KNOWN if cash_micro is None else usd(cash_micro)


def change(cash_micro: CashMicro | None) -> str:
    """Dollars and cents with the sign in front, also of a gain."""
    return f"+{usd(cash_micro)}" if cash_micro is not None and usd(cash_micro).strip("-$0.,") and cash_micro > 0 else money(cash_micro)


def count(number: int | None) -> str:
    """A number of things."""
    return NOT_KNOWN if number is None else f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 fill, 2 fills."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def shares(shares_micro: int) -> str:
    """Shares, to the hundredth; whole ones without."""
    return f"{shares_micro // MICRO:,}" if shares_micro % MICRO == 0 else f"{shares_micro / MICRO:,.2f}"


def price(pips: Pips) -> str:
    """A price a share, in dollars: two digits behind the point, more only where the tick is finer."""
    text = f"{pips / PRICE_ONE_PIPS:.4f}"
    return text.removesuffix("00")


def percent(part: float | None, digits: int = 1) -> str:
    """A share of one in percent; a share that is not nothing never reads as 0 %, one that is not all never as 100 %."""
    if part is None:
        return NOT_KNOWN
    text = f"{part:.{digits}%}"
    least = 10.0**-digits
    if 0 < part < 1 and float(text[:-1]) == 0:
        text = f"<{least:.{digits}f}%"
    elif 0 < part < 1 and float(text[:-1]) == 100:
        text = f">{100 - least:.{digits}f}%"
    return text


def ratio(part: int, whole: int) -> str:
    """`part` of `whole` in percent; n/a of nothing."""
    return percent(part / whole if whole else None)


def measured(value: float | None, unit: str) -> str:
    """A result in its unit: share (0 to 1) or usd."""
    if value is None:
        return NOT_KNOWN
    if unit == "share":
        return percent(value, 2)
    if unit == "usd":
        return f"{'-' if value < 0 else ''}${abs(value):,.{2 if abs(value) >= 0.1 or value == 0 else 4}f}"
    return f"{value:,.4g} {unit}"


def moment(at_ns: Nanos) -> dt.datetime:
    """The second of it, in UTC."""
    return dt.datetime.fromtimestamp(at_ns // NS_PER_SECOND, tz=dt.UTC)


def stamp(at_ns: Nanos) -> str:
    """2026-09-28 08:45:12 UTC."""
    return f"{moment(at_ns):%Y-%m-%d %H:%M:%S} UTC"


def clock(at_ns: Nanos) -> str:
    """08:45:12."""
    return f"{moment(at_ns):%H:%M:%S}"


def between(first_ns: Nanos, last_ns: Nanos) -> str:
    """2026-09-28 08:45:12 to 09:00:00 UTC."""
    one_day = moment(first_ns).date() == moment(last_ns).date()
    return f"{moment(first_ns):%Y-%m-%d %H:%M:%S} to {clock(last_ns) + ' UTC' if one_day else stamp(last_ns)}"


def lasting(span_ns: Nanos) -> str:
    """1:02:03 as 1 h 02 min 03 s, the parts that are nothing in front left out."""
    whole = span_ns // NS_PER_SECOND
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours:,} h {minutes:02} min {seconds:02} s"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def shortened(text: str, most: int) -> str:
    """At most so many signs, cut between words where that does not cost half of it; that something was cut shows."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    between = cut.rfind(" ")
    return f"{(cut[:between] if between > most // 2 else cut).rstrip(' ,-')}…"
