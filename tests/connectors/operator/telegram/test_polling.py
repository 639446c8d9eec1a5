"""Long polling with a Telegram that follows a script: how long is waited, what is told, what ends it."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from connectors.operator.telegram.alerts import Item
from connectors.operator.telegram.api import Api, Heard, Kind, Trouble
from connectors.operator.telegram.polling import Clock, Poller, TokenRefused
from oms.values.units import NS_PER_SECOND

HEARD = Heard(update_id=1, text="/status")


class Scripted(Api):
    """Answers what the script says; at its end it is over."""

    def __init__(self, script: list[Trouble | list[Heard]]) -> None:
        self._script: Iterator[Trouble | list[Heard]] = iter(script)
        self.begun = 0

    async def name(self) -> str:
        return "bot"

    async def begin(self, commands: Mapping[str, str]) -> None:
        assert "kill" in commands
        self.begun += 1

    async def poll(self, wait_s: int) -> list[Heard]:
        assert wait_s == 25
        step = next(self._script, None)
        if step is None:
            raise asyncio.CancelledError
        if isinstance(step, Trouble):
            raise step
        return step


class Story:
    """What the poller did."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, script: list[Trouble | list[Heard]]) -> None:
        self.slept: list[float] = []
        self.heard: list[Heard] = []
        self.told: list[str] = []
        self.waited: list[int] = []
        self.answers = 0
        self.now_ns = 0
        self.api = Scripted(script)
        monkeypatch.setattr(asyncio, "sleep", self._sleep)
        self.poller = Poller(self.api, Clock(lambda: self.now_ns), 25, self)

    def run(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(self.poller.run())

    def hear(self, heard: Heard) -> None:
        self.heard.append(heard)

    def answered(self) -> None:
        self.answers += 1

    def waits(self, until_ns: int) -> None:
        self.waited.append(until_ns)

    def tell(self, item: Item) -> None:
        self.told.append(item.text)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_ns += int(seconds * NS_PER_SECOND)


def away() -> Trouble:
    return Trouble(Kind.AWAY, "nobody")


def test_each_try_waits_longer_up_to_half_a_minute_and_a_success_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, [*[away() for _ in range(7)], [HEARD], away()])
    story.run()
    assert story.slept == [1, 2, 4, 8, 16, 30, 30, 1]
    assert story.heard == [HEARD]
    assert story.told == ["Telegram did not answer this console for 1 min 31 s; commands of that time may not have been carried out"]
    assert (story.poller.name, story.api.begun, story.answers) == ("bot", 1, 1)


def test_a_short_absence_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, [away(), away(), []])
    story.run()
    assert story.told == []


def test_a_wait_that_telegram_names_is_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, [Trouble(Kind.WAIT, "429", 17 * NS_PER_SECOND), []])
    story.run()
    assert story.slept == [17]
    assert story.waited == [17 * NS_PER_SECOND]


def test_another_poller_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, [Trouble(Kind.CONFLICT, "409")])
    story.run()
    assert story.told == ["another process polls with our token, and commands may go to it: end it, or ask BotFather for a new token"]


def test_a_refused_token_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, [away(), Trouble(Kind.TOKEN, "Unauthorized")])
    with pytest.raises(TokenRefused, match="ask BotFather for it"):
        asyncio.run(story.poller.run())
    assert story.slept == [1]
