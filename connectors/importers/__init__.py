"""Other people's recordings, and ours, behind one door."""

from connectors.importers.recording import Assumptions, Recording, TradeRule
from connectors.importers.registry import KINDS, open_tape

__all__ = ["KINDS", "Assumptions", "Recording", "TradeRule", "open_tape"]
