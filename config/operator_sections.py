"""Settings for those who look from outside: the console in Telegram, the figures for a monitor."""

from ipaddress import ip_address
from typing import Final

from config.outside import check_url
from config.sections import Section, within

_ID_MAX: Final = 2**52
"""Telegram's ids have at most 52 significant bits (Bot API, User.id)."""


class TelegramSection(Section, frozen=True):
    """The console in a chat (`run_bot.py telegram`). Who may use it is named by number: of the chat, and of the person. Its token is no setting."""

    chats: tuple[int, ...] = ()
    """Ids of the chats it speaks in; alerts and summaries go to all of them. A group's is negative."""
    operators: tuple[int, ...] = ()
    """Ids of the people whose commands it obeys, in those chats only."""
    token_file: str = ""
    """File of the bot's token, readable by its owner alone; relative to this file's folder. A systemd credential telegram.token goes before it."""
    summary_hour_utc: int = 7
    """Full hour of the daily summary, UTC; -1 = none."""
    alerts_per_minute: int = 10
    """Messages with alerts in a minute and chat; what is more is merged. Telegram itself allows about 20 in a group."""
    api: str = "https://api.telegram.org"
    """Where the Bot API is."""

    def __post_init__(self) -> None:
        for name in ("chats", "operators"):
            ids = getattr(self, name)
            if len(ids) > 20 or len(dict.fromkeys(ids)) != len(ids):
                raise ValueError(f"telegram.{name}: name at most 20, each once")
            for one in ids:
                within(f"telegram.{name}", one, -_ID_MAX if name == "chats" else 1, _ID_MAX)
        if 0 in self.chats:
            raise ValueError("telegram.chats: 0 is no chat")
        within("telegram.summary_hour_utc", self.summary_hour_utc, -1, 23)
        within("telegram.alerts_per_minute", self.alerts_per_minute, 1, 60)
        check_url("telegram.api", self.api, ("http", "https"))


class MetricsSection(Section, frozen=True):
    """Figures for Prometheus at /metrics, and /health. Whoever reaches the port sees what the account is worth: there is no password."""

    port: int = 0
    """Of the daemon; 9464 is free by custom. 0 = none."""
    telegram_port: int = 0
    """Of the console in Telegram, which is a process of its own. 0 = none."""
    address: str = "127.0.0.1"
    """Where to listen: this machine only, unless another of its addresses is named."""

    def __post_init__(self) -> None:
        within("metrics.port", self.port, 0, 65_535)
        within("metrics.telegram_port", self.telegram_port, 0, 65_535)
        if self.port and self.port == self.telegram_port:
            raise ValueError("metrics.telegram_port: is metrics.port too; two processes cannot share one")
        try:
            ip_address(self.address)
        except ValueError:
            raise ValueError(f"metrics.address: {self.address[:80]!r} is no address of a machine such as 127.0.0.1 or ::1") from None
