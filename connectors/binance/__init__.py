"""Binance: spot prices of the public combined stream, for reference only; nothing is traded there."""
