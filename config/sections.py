"""How a section of the settings is checked, and the section of the built-in exchange; the others are in settings.py and outside.py."""

import msgspec


def within(name: str, value: int, low: int, high: int) -> None:
    """A number that is not in its range is refused by name. Raises ValueError."""
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high}, not {value}")


def step(name: str, value: int) -> None:
    """A step of prices, in pips, is one that there is. Raises ValueError."""
    if value not in {1, 10, 25, 50, 100, 1_000}:
        raise ValueError(f"{name} must be one of 1, 10, 25, 50, 100, 1000, not {value}")


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Common shape of sections."""


class DemoSection(Section, frozen=True):
    """The built-in exchange of `demo`."""

    markets: int = 3
    """Markets open at the same time; each is followed by a new one."""
    window_s: int = 900
    """Life of a market."""
    outage_s: int = 30
    """Length of the stream outage in the middle of the run; 0 = none."""
    fee_rate_bps: int = 700
    """Taker fee rate in hundredths of a percent: fee = shares × rate × p × (1 − p)."""
    tick_pips: int = 100
    """Step of prices, in hundredths of a cent."""
    event_count: int = 0
    """Exclusive events of several outcomes open at the same time, beside the markets, with rival arbitrageurs in them."""
    outcomes: tuple[int, int] = (2, 8)
    """Fewest and most outcomes of an event; how many one has is drawn."""
    rivals: int = 2
    """Rival arbitrageurs in each event."""
    failing_ppm: int = 0
    """Of a million trades so many fail to settle and are undone."""

    def __post_init__(self) -> None:
        within("demo.markets", self.markets, 0 if self.event_count else 1, 50)
        within("demo.event_count", self.event_count, 0, 50)
        within("demo.rivals", self.rivals, 0, 20)
        within("demo.failing_ppm", self.failing_ppm, 0, 1_000_000)
        if not 2 <= self.outcomes[0] <= self.outcomes[1] <= 30:
            raise ValueError(f"demo.outcomes must be two numbers from 2 to 30, the smaller first, not {list(self.outcomes)}")
        within("demo.window_s", self.window_s, 30, 86_400)
        within("demo.outage_s", self.outage_s, 0, 3_600)
        within("demo.fee_rate_bps", self.fee_rate_bps, 0, 10_000)
        step("demo.tick_pips", self.tick_pips)
