"""Our own tapes as recordings: markets come from `market-listed` frames, nothing is assumed but what those markets say."""

from collections.abc import Iterator

import msgspec

from connectors.chunks import TapeCut, TapeError
from connectors.importers.recording import Recording, nothing_to_trade
from connectors.tape import CHANNEL_MARKET_LISTED, Frame, read_frames
from oms.values.market import Market, MarketId

_decoder = msgspec.json.Decoder(Market)


class OwnRecording(Recording):
    """A tape of ours; `connectors.tape.read_records` also gives its turns."""

    kind = "steelyard"
    trade_rule = "announced"

    def _survey(self) -> None:
        markets: dict[MarketId, Market] = {}
        try:
            for frame in read_frames(self.path):
                self.first_ns = self.first_ns or frame.at_ns
                self.last_ns = frame.at_ns
                if frame.channel == CHANNEL_MARKET_LISTED:
                    market = _decoder.decode(frame.payload)
                    markets[market.market_id] = market
        except TapeCut:
            pass  # `frames` comes to the same place and says so.
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TapeError(f"{self.path}: a market-listed frame holds no market ({error}); this tape was not written by us") from None
        if not markets:
            raise nothing_to_trade(self.path, f"it lists no market (no {CHANNEL_MARKET_LISTED} frame)")
        self.markets = tuple(markets.values())
        self._said(*(sentence for market in self.markets for sentence in market.assumptions))

    def frames(self) -> Iterator[Frame]:
        """The frames as recorded, with their own numbers; times that go back are clamped and counted."""
        self._restart()
        last_ns = 0
        for frame in read_frames(self.path):
            if frame.at_ns < last_ns:
                self.clamped += 1
                yield Frame(frame.seq, last_ns, frame.channel, frame.payload)
            else:
                last_ns = frame.at_ns
                yield frame
