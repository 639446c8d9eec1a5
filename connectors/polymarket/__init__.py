"""Polymarket: its wire, its book hash, its streams."""
