"""Settings of the tape that `paper` and `live` keep of what they hear."""

from config.sections import Section, within
from connectors.tape_segments import SegmentLimits

_MB = 1_000_000
_GB = 1_000 * _MB


class TapeSection(Section, frozen=True):
    """The tape of `paper` and `live`: every frame of the market data, in the folder tape of live.state. It never stops trading: it ends before."""

    record: bool = True
    """Keep it."""
    total_gb: int = 10
    """All closed segments together take so much; beyond it the oldest go."""
    segment_mb: int = 256
    """A segment ends when it is so long, unpacked; packed it is about a tenth,"""
    segment_s: int = 3_600
    """or after so many seconds."""
    free_min_mb: int = 2_000
    """With less room than this on its disk, or twice guards.disk_free_min_mb, the tape ends, and trading goes on."""

    def __post_init__(self) -> None:
        within("tape.total_gb", self.total_gb, 1, 1_000_000)
        within("tape.segment_mb", self.segment_mb, 1, 10_000)
        within("tape.segment_s", self.segment_s, 1, 86_400)
        within("tape.free_min_mb", self.free_min_mb, 0, 1_000_000_000)
        if self.segment_mb * _MB > self.total_gb * _GB:
            raise ValueError(f"tape.segment_mb: {self.segment_mb} MB do not fit into tape.total_gb = {self.total_gb}; make it smaller")

    def limits(self) -> SegmentLimits:
        """As the tape wants them."""
        return SegmentLimits(segment_bytes=self.segment_mb * _MB, segment_s=self.segment_s, total_bytes=self.total_gb * _GB)
