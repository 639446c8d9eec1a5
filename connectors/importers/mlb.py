"""polymarket-ws-mlb-2025: market-channel messages of mid-2025, one game a file, two tokens, the wire with one `changes` list a token.

Source: data/README.md; recorded June and July 2025 (github.com/MinesJA/SignalDrift). Lines are messages as sent, less some fields: the
condition id is missing in most files (Gamma's number or nothing instead). There are no receive times, no trades, no tick, no fee.
"""

from collections.abc import Sequence

import msgspec

from connectors.importers.foreign import UNREADABLE, BadLine, ForeignRecording, Piece, ns_from_ms
from connectors.importers.recording import nothing_to_trade
from connectors.tape import CHANNEL_POLYMARKET_MARKET
from oms.values.market import TokenId
from oms.values.units import Nanos

KEYS = frozenset({"event_type", "asset_id", "timestamp"})
"""The first line has these."""


class _Line(msgspec.Struct, gc=False):
    asset_id: str
    timestamp: str
    market: str = ""
    gamma_market_id: str | int = ""


_decoder = msgspec.json.Decoder(_Line)


class MlbRecording(ForeignRecording):
    """One game: messages pass through as they are; time is the exchange's."""

    kind = "mlb"
    trade_rule = "mlb-book"

    def _survey(self) -> None:
        ids: dict[TokenId, str] = {}
        for raw in self._surveyed_lines():
            try:
                line = _decoder.decode(raw)
                self.last_ns = _time_ns(line)
                self.first_ns = self.first_ns or self.last_ns
            except UNREADABLE:
                continue
            told = line.market or (f"gamma:{line.gamma_market_id}" if line.gamma_market_id else "")
            ids[line.asset_id] = ids.get(line.asset_id) or told
        if len(ids) < 2:
            raise nothing_to_trade(self.path, f"it holds messages of {len(ids)} token(s) and a market has two")
        self._said(
            "time is the exchange's: the recording has no receive times",
            "the first token seen is YES, the second is NO",
            "trades are inferred from the book message that follows each: the recording announces none",
        )
        rate_bps = self._say_fee(0, "sports markets of mid-2025 had none")
        self._say_grid()
        self._say_end()
        self._make_market(ids, rate_bps)

    def _make_market(self, ids: dict[TokenId, str], rate_bps: int) -> None:
        """One game is one market: the first two tokens. Others, if there are any, are left out and named."""
        yes, no, *others = ids
        market_id = ids[yes] or ids[no]
        if not market_id:
            market_id = f"tape:{self.name}"
            self._said(f"market id {market_id}: the recording tells none")
        for token in others:
            self._said(f"token {token} is left out: a game has two tokens and it is one more")
        self.markets = (self._market(market_id, self.name, (yes, no), rate_bps),)

    def _pieces(self, line: bytes) -> Sequence[Piece]:
        return [(_time_ns(_decoder.decode(line)), CHANNEL_POLYMARKET_MARKET, line)]


def _time_ns(line: _Line) -> Nanos:
    """The exchange's time of a line. Raises BadLine."""
    if not (line.timestamp.isdecimal() and line.timestamp.isascii() and len(line.timestamp) <= 14):
        raise BadLine(f"timestamp {line.timestamp[:40]!r} is not a number")
    return ns_from_ms(int(line.timestamp))
