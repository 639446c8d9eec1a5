"""What may be wrong with a channel although its socket is open: the venue's known ways of failing (polymarket.md §6.6), to be switched on in tests.

Pure: a `Mishap` is one client's share of the bad luck, from a seed and the client's number, so that a run repeats.
"""

import random
from typing import Final

import msgspec

from oms.values.units import NS_PER_MS, Nanos

_ALL: Final = 1_000_000


class Pathologies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often what goes wrong; `_ppm` is of a million frames. PONG is always sent at once."""

    duplicate_ppm: int = 0
    """A frame comes twice."""
    drop_ppm: int = 0
    """A frame never comes."""
    reorder_ppm: int = 0
    """A frame comes after the one that follows it."""
    delay_ms: int = 0
    """Everything comes so much later."""
    opening_shift_ms: int = 0
    """Added to the time stamps of opening books: negative, they pretend to be old; positive, changes follow that are stamped earlier."""
    is_mute: bool = False
    """No data at all, while PONG still comes: a frozen socket."""

    def __post_init__(self) -> None:
        for name in ("duplicate_ppm", "drop_ppm", "reorder_ppm"):
            if not 0 <= getattr(self, name) <= _ALL:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be from 0 to 1 000 000, a share of a million frames")
        if not 0 <= self.delay_ms <= 600_000:
            raise ValueError(f"delay_ms is {self.delay_ms}: it must be from 0 to 600 000 (ten minutes)")


HEALTHY: Final = Pathologies()


class Mishap:
    """One client's bad luck."""

    def __init__(self, seed: int, client: int) -> None:
        self._dice = random.Random(f"{seed}/{client}")
        self._held: bytes | None = None

    def strike(self, body: bytes, settings: Pathologies) -> list[bytes]:
        """What of this frame, and of one held back before, is sent now."""
        if settings is HEALTHY and self._held is None:
            return [body]
        if settings.is_mute or self._happens(settings.drop_ppm):
            return []
        copies = [body, body] if self._happens(settings.duplicate_ppm) else [body]
        if self._held is not None:
            held, self._held = self._held, None
            return [*copies, held]
        if self._happens(settings.reorder_ppm):
            self._held = body
            return copies[1:]
        return copies

    def _happens(self, ppm: int) -> bool:
        return bool(ppm) and self._dice.randrange(_ALL) < ppm


def due_ns(at_ns: Nanos, settings: Pathologies) -> Nanos:
    """When a frame that is written now is sent."""
    return at_ns + settings.delay_ms * NS_PER_MS
