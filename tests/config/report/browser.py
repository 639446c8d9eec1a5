"""A real browser for tests of pages: headless Chromium, spoken to over two pipes (the DevTools protocol), so that no port is opened.

Chromium is part of what the checks need (.ci/run installs it); a machine without it fails the tests that ask for it and says so.
"""

import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE_S: Final = 30
_WORDS: Final = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe")


class Browser:
    """One page in a browser. Messages are JSON, each ended by a zero byte; one command at a time."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to = to_browser
        self._from = from_browser
        self._number = 0
        self._session = ""
        self._rest = b""
        self.heard: list[dict[str, Any]] = []
        """What the browser told unasked, in order."""

    def attach(self) -> None:
        """Open an empty page and listen to what it does."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **given: object) -> dict[str, Any]:
        """One command and its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": given} | ({"sessionId": self._session} if self._session else {})
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.heard.append(answer)
        assert "error" not in answer, answer
        told: dict[str, Any] = answer["result"]
        return told

    def show(self, path: Path, width: int, *, scheme: str = "light") -> None:
        """Load a file at a width, in light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.heard.clear()
        self.ask("Page.navigate", url=path.as_uri())
        while not any(message["method"] == "Page.loadEventFired" for message in self.heard):
            self.heard.append(self._next())

    def value(self, expression: str) -> Any:  # noqa: ANN401 (whatever the expression comes to)
        """What an expression comes to in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def requests(self) -> list[str]:
        """Addresses asked for since `show`."""
        return [message["params"]["request"]["url"] for message in self.heard if message["method"] == "Network.requestWillBeSent"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._from], [], [], _PATIENCE_S)[0], "the browser says nothing any more"
            piece = os.read(self._from, 1 << 16)
            assert piece, "the browser has gone"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


@contextmanager
def opened(folder: Path) -> Iterator[Browser]:
    """A browser with its profile in `folder`; gone at the end."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("no Chromium: the page is judged in a real browser; install it (Debian: apt-get install chromium)")
    to_child, to_browser = os.pipe()
    from_browser, from_child = os.pipe()
    # Chromium reads from descriptor 3 and writes to 4; bash puts our pipes there.
    words = ["bash", "-c", f'exec "$@" 3<&{to_child} 4>&{from_child}', "bash", program, *_WORDS, f"--user-data-dir={folder}", "about:blank"]
    child = subprocess.Popen(words, pass_fds=(to_child, from_child), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(to_child)
    os.close(from_child)
    try:
        browser = Browser(to_browser, from_browser)
        browser.attach()
        yield browser
    finally:
        os.close(to_browser)
        child.terminate()
        child.wait(timeout=30)
        os.close(from_browser)
