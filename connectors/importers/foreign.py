"""Other people's recordings: files of lines, each line some frames.

A file is read twice: `_survey` (when it is opened) finds the markets, `frames` streams it. Both hold one line at a time. Each kind is one
small file with one class that says how to survey and how one line becomes frames of Polymarket's market channel, so that the same
`MarketStream` reads live sockets, our tapes and other people's files.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from connectors.chunks import TapeCut, read_lines
from connectors.importers.recording import JUMP_NS_MAX, Recording
from connectors.tape import CHANNEL_CONTINUITY_LOST, Frame
from oms.values.market import FeeCurve, Market, MarketId, TokenId
from oms.values.nesting import check_nesting
from oms.values.texts import one_line
from oms.values.units import MS_MAX, NS_PER_DAY, NS_PER_MS, NS_PER_SECOND, Nanos, micro_text, price_text

Piece = tuple[Nanos, str, bytes]
"""(time, channel, payload) of a frame before it has a number."""
_WORDS_MAX: Final = 200
MS_MIN: Final = 1_262_304_000_000
"""2010-01-01: nothing that we read was recorded before. A first line from 1970 would make years of every one after it."""


class BadLine(ValueError):
    """A line that cannot become frames; counted, and the stream is told that something is missing."""


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, BadLine)
"""Everything that reading one line of anybody's can raise."""


class ForeignRecording(Recording):
    """A recording of lines. A kind supplies `_survey` and `_pieces`."""

    @abstractmethod
    def _pieces(self, line: bytes) -> Sequence[Piece]:
        """The frames of one line. Raises one of UNREADABLE."""

    def frames(self) -> Iterator[Frame]:
        """As Recording.frames; a bad line becomes a `continuity-lost` frame."""
        self._restart()
        seq, last_ns = 0, self.first_ns
        for number, line in enumerate(read_lines(self.path), start=1):
            if not line.strip():
                continue
            try:
                check_nesting(line)
                pieces = self._pieces(line)
                if pieces and pieces[-1][0] > last_ns + JUMP_NS_MAX:
                    raise BadLine(f"its time is {(pieces[-1][0] - last_ns) // NS_PER_DAY} days after that of the line before it")
            except UNREADABLE as error:
                self.bad_lines += 1
                words = one_line(f"line {number}: {error}; it begins {line[:60]!r}")[:_WORDS_MAX]
                self.first_bad_line = self.first_bad_line or words
                pieces = [(last_ns, CHANNEL_CONTINUITY_LOST, words.encode())]
            for at_ns, channel, payload in pieces:
                self.clamped += at_ns < last_ns
                last_ns = max(last_ns, at_ns)
                seq += 1
                yield Frame(seq, last_ns, channel, payload)

    def _surveyed_lines(self) -> Iterator[bytes]:
        """Lines for the survey: where the file breaks the survey ends, because `frames` will come to the same place and say so."""
        lines = read_lines(self.path)
        while True:
            try:
                line = next(lines, None)
                check_nesting(line or b"")
            except TapeCut:
                return
            except RecursionError:  # a bad line, counted when the frames are read
                continue
            if line is None:
                return
            yield line

    def _market(self, market_id: MarketId, title: str, pair: tuple[TokenId, TokenId], rate_bps: int) -> Market:
        """A market of two tokens, YES first, with tick, minimum and end from the assumptions, which it carries as far as they were said."""
        return Market(
            market_id=market_id,
            title=title,
            yes=pair[0],
            no=pair[1],
            tick_pips=self.assume.tick_pips,
            min_shares_micro=self.assume.min_shares_micro,
            fee=FeeCurve(rate_bps=rate_bps),
            end_ns=self._end_assumed_ns(),
            assumptions=self.assumptions,
        )

    def _end_assumed_ns(self) -> Nanos | None:
        after_s = self.assume.end_after_first_s
        return None if after_s is None else self.first_ns + after_s * NS_PER_SECOND

    def _say_fee(self, default_bps: int, why: str) -> int:
        """The fee rate to use, said aloud."""
        told = self.assume.fee_rate_bps
        if told is None:
            self._said(f"taker fee rate {default_bps} bps: {why}")
            return default_bps
        self._said(f"taker fee rate {told} bps: as configured")
        return told

    def _say_grid(self) -> None:
        tick, least = price_text(self.assume.tick_pips), micro_text(self.assume.min_shares_micro)
        self._said(f"tick {tick} and minimum order {least} shares: the recording tells neither")

    def _say_end(self) -> None:
        after_s = self.assume.end_after_first_s
        if after_s is None:
            self._said("end of trading unknown: no new buys happen without a configured end (end_after_first_s)")
        else:
            self._said(f"trading ends {after_s} s after the first frame: as configured")


def ns_from_ms(ms: int) -> Nanos:
    """A recorded time in nanoseconds. Raises BadLine when it cannot be milliseconds of our age."""
    if not MS_MIN <= ms < MS_MAX:
        raise BadLine(f"time {ms} is not a number of milliseconds since 1970 that is of our age")
    return ms * NS_PER_MS
