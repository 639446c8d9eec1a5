"""Which socket tells of which market, and who takes over when one fails. Pure.

At most `tokens_max` tokens a socket (beyond 500 the venue silently sends no books; polymarket.md §6.1), both tokens of a market on the same. One
socket more than needed is open and empty: the standby. When a line with markets closes while the standby is open, the standby takes its markets
over by one message, without connection, handshake and waiting, and the line that failed becomes the next standby when it is back.
"""

from collections.abc import Callable, Iterable
from typing import Final

from connectors.polymarket.shard_stream import SILENCE_NS, ShardStream
from oms.values.market import Market, MarketId
from oms.values.units import Nanos

TOKENS_MAX: Final = 200
"""A socket; what the field has found to work (polymarket.md §0.11)."""


class Shards:
    """All lines of a feed. Whoever does the I/O takes `to_open`, `to_poke` and `to_fetch`, and empties them."""

    def __init__(
        self, stir: Callable[[], None], tokens_max: int = TOKENS_MAX, silence_ns: Nanos = SILENCE_NS, given_up_ns: Nanos = 0
    ) -> None:  # fmt: skip
        """`stir` is called when a line, by itself, gave reason to look at `to_poke` and `to_fetch`; the other bounds are the lines' (ShardStream)."""
        assert tokens_max >= 2, "a market has two tokens"
        self.lines: list[ShardStream] = []
        self.to_open: list[ShardStream] = []
        """New lines, which have no socket yet."""
        self.to_poke: list[ShardStream] = []
        """Lines that have something to send."""
        self.to_fetch: dict[int, ShardStream] = {}
        """Lines whose books are to be had from REST, by number: they just (re)opened or took over."""
        self.takeovers = 0
        self.is_ending = False
        """All lines are about to close: nobody takes anything over."""
        self._tokens_max = tokens_max
        self._bounds_ns = (silence_ns, given_up_ns)
        self._at: dict[MarketId, ShardStream] = {}
        self._stir = stir
        self._standby = self._new_line()

    @property
    def standby(self) -> ShardStream:
        """The line that waits."""
        return self._standby

    def add(self, markets: Iterable[Market]) -> None:
        """Tell of these too; of known ones the facts are taken as they are now. Lines are made as needed."""
        parts: dict[int, list[Market]] = {}
        for market in markets:
            if market.market_id in self._at:
                self._at[market.market_id].refresh(market)
            else:
                line = next((line for line in self.lines if self._has_room(line, parts)), None) or self._new_line()
                self._at[market.market_id] = line
                parts.setdefault(line.number, []).append(market)
        for number, its in parts.items():
            line = self.lines[number]
            line.take(its)
            if line.is_open:
                self.to_poke.append(line)
                self.to_fetch[number] = line

    def _has_room(self, line: ShardStream, parts: dict[int, list[Market]]) -> bool:
        return line is not self._standby and len(line.live) + 2 * len(parts.get(line.number, ())) + 2 <= self._tokens_max

    def drop(self, market: Market) -> None:
        """A market is over: its place is free."""
        line = self._at.pop(market.market_id, None)
        if line is not None:
            line.drop(market)
            if line.is_open:
                self.to_poke.append(line)

    def line_opened(self, line: ShardStream) -> None:
        """A socket opened: its books are fetched from REST too, which also tell what their hashes cover."""
        if line.live:
            self.to_fetch[line.number] = line
            self._stir()

    def line_closed(self, line: ShardStream) -> None:
        """A socket closed: the standby takes its markets, if it can."""
        self.to_fetch.pop(line.number, None)
        standby = self._standby
        if self.is_ending or line is standby or not line.live or not standby.is_open or standby.wants_reconnect:
            return
        markets = {market.market_id: market for market in line.live.values()}
        standby.audit.inherit(line.audit)
        line.clear()
        standby.take(markets.values())
        self._at.update(dict.fromkeys(markets, standby))
        self._standby = line
        self.takeovers += 1
        self.to_poke.append(standby)
        self.to_fetch[standby.number] = standby
        self._stir()

    def _new_line(self) -> ShardStream:
        line = ShardStream(len(self.lines), self, *self._bounds_ns)
        self.lines.append(line)
        self.to_open.append(line)
        return line
