"""The operator's console in a Telegram chat: a client of the daemon's control socket, in a process of its own, for which trading never waits."""
