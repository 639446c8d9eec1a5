"""Carriers of bytes: they know sockets and the clock, and nothing of what the bytes say."""
