"""The simulated exchange served over Polymarket's own wire, so that an unmodified official client can trade on it."""
