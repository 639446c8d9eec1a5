"""`telegram`: the console in a Telegram chat, a process of its own beside the daemon; trading never waits for it, and it may come and go.

What it needs of the network is imported when it runs: aiogram alone takes seconds.
"""

import argparse
import asyncio
import os
import signal
from pathlib import Path
from typing import Any, Final

from config.daemon_words import added
from config.operator_sections import MetricsSection, TelegramSection

_LEVELS: Final = ("debug", "info", "warning", "error")
_STOPPED: Final = 130


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    parser = added(verbs, "telegram", "serve the console in the Telegram chats of [telegram]: look, pause, resume, kill; alerts and a daily summary")
    parser.add_argument("--log-level", choices=_LEVELS, help="what is told on stderr while it runs (default: as [log] level says, else warning)")


def run(chosen: argparse.Namespace) -> int:
    """Serve until a signal. Raises BadSettings, or SaidNo: no token, or one that Telegram does not know."""
    from config.daemon_call import socket_of  # noqa: PLC0415 (the docstring says why)
    from config.logs import SECRETS, on_stderr  # noqa: PLC0415
    from config.refusals import SaidNo  # noqa: PLC0415
    from config.settings import FOLDER, BadSettings, load  # noqa: PLC0415
    from connectors.operator.telegram.bot_token import NoToken, read_token  # noqa: PLC0415

    path: Path = chosen.config or FOLDER / "live.toml"
    settings = load(path)
    section = settings.telegram
    for name in ("chats", "operators"):
        if not getattr(section, name):
            raise BadSettings(f"{path}: telegram.{name} names nobody, so there is nobody to talk to; write ids there, such as {name} = [123456789]")
    where = path.resolve().parent / Path(section.token_file).expanduser()
    try:
        token = read_token(str(where) if section.token_file else "", os.environ)
    except NoToken as error:
        raise SaidNo(str(error)) from None
    SECRETS.register(token)
    SECRETS.register(token.partition(":")[2])
    with on_stderr(chosen.log_level or settings.log.level):
        return asyncio.run(_serve(section, settings.metrics, token, socket_of(chosen)))


async def _serve(section: TelegramSection, metrics: MetricsSection, token: str, socket: Path) -> int:
    from config.logs import SECRETS  # noqa: PLC0415
    from config.refusals import SaidNo  # noqa: PLC0415
    from connectors.operator.control.link import ControlLink  # noqa: PLC0415
    from connectors.operator.metrics.server import CannotListen  # noqa: PLC0415
    from connectors.operator.metrics.telegram import TelegramFigures  # noqa: PLC0415
    from connectors.operator.telegram.api import Api  # noqa: PLC0415
    from connectors.operator.telegram.bot import Rules, TelegramBot  # noqa: PLC0415
    from connectors.operator.telegram.confirmations import Confirmations  # noqa: PLC0415
    from connectors.operator.telegram.console import Console  # noqa: PLC0415
    from connectors.operator.telegram.news import EVERY_MS, TOPICS  # noqa: PLC0415
    from connectors.operator.telegram.polling import TokenRefused  # noqa: PLC0415

    rules = Rules(
        chats=section.chats,
        operators=section.operators,
        alerts_per_minute=section.alerts_per_minute,
        summary_hour_utc=section.summary_hour_utc if section.summary_hour_utc >= 0 else None,
    )
    link, figures = ControlLink(socket, "telegram"), TelegramFigures()
    link.watch(TOPICS, every_ms=EVERY_MS)
    bot = TelegramBot(rules, Api(token, section.api), Console(link, Confirmations()), figures)
    pages = figures.pages(metrics.address, metrics.telegram_port)
    try:
        if metrics.telegram_port:
            await pages.begin()
        serving = asyncio.create_task(bot.run(link.run(bot)))
        _stop_on_signals(serving)
        print(f"telegram: {len(section.chats)} chats, {len(section.operators)} operators, for the daemon at {socket}", flush=True)
        await serving
    except asyncio.CancelledError:
        print("telegram: stopped", flush=True)
    except (CannotListen, TokenRefused) as error:
        raise SaidNo(SECRETS.hidden(str(error))) from None
    finally:
        await pages.end()
    return 0


def _stop_on_signals(serving: asyncio.Task[None]) -> None:
    """The first signal ends it in order, the second at once."""
    loop = asyncio.get_running_loop()

    def hear() -> None:
        if not serving.cancel() or serving.cancelling() > 1:
            raise SystemExit(_STOPPED)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, hear)
