"""The person who runs the bot, as one more party outside: the daemon's socket, the terminal, Telegram, the figures for Prometheus."""
