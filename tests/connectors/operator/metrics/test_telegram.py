"""The console's own figures."""

import asyncio

import aiohttp

from connectors.operator.metrics.telegram import LAST_SUCCESS, MESSAGES, REJECTED, TelegramFigures
from tests.connectors.operator.metrics.words_metrics import samples


def test_a_console_that_never_reaches_telegram_is_silent_since_it_began() -> None:
    now = [1_000.0]
    figures = TelegramFigures(wall=lambda: now[0])
    now[0] += 600
    assert samples(figures.text()) == {LAST_SUCCESS: 1_000.0, MESSAGES: 0, REJECTED: 0}
    figures.succeeded()
    assert samples(figures.text())[LAST_SUCCESS] == 1_600.0


def test_what_it_does_is_counted() -> None:
    figures = TelegramFigures()
    for _ in range(3):
        figures.sent()
    figures.rejected()
    told = samples(figures.text())
    assert (told[MESSAGES], told[REJECTED]) == (3, 1)


def test_it_is_served_on_a_port_of_its_own() -> None:
    async def story() -> str:
        pages = TelegramFigures().pages("127.0.0.1", 0)
        await pages.begin()
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{pages.port}/metrics") as answer:
            text = await answer.text()
        await pages.end()
        return text

    assert LAST_SUCCESS in asyncio.run(story())
