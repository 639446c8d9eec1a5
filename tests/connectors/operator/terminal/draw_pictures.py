"""Draw docs/pictures/*.svg from a demo that runs for this: `python -m tests.connectors.operator.terminal.draw_pictures [FOLDER]`."""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from connectors.operator.control.link import ControlLink
from connectors.operator.terminal.app import Dashboard
from connectors.operator.terminal.table import Table
from oms.values.panels import Overview, Topic
from oms.values.units import NS_PER_SECOND

ROOT: Final = Path(__file__).resolve().parents[4]
SIZE: Final = (120, 36)
AFTER_S: Final = 1_500
"""So much virtual time makes curves, bundles and fills worth looking at."""
PATIENCE_S: Final = 400.0


async def _until_there_is_something(app: Dashboard, pilot: Pilot[None]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        await pilot.pause(0.5)
        view = app.sight.overview
        if isinstance(view, Overview) and view.at_ns - view.since_ns > AFTER_S * NS_PER_SECOND and view.equity_mark_micro is not None:
            return
    raise SystemExit("the demo did not get that far in time")


async def _open(app: Dashboard, pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await pilot.pause(3.0)


async def _open_a_quoted_market(app: Dashboard, pilot: Pilot[None]) -> None:
    await _open(app, pilot, "2")
    table = app.query_one("#markets-table", Table)
    for _ in range(100):
        for i, row in enumerate(table.rows):
            if row.orders >= 4 and row.our_bid_pips and row.end_ns is not None and row.end_ns - app.sight.now_ns > 200 * NS_PER_SECOND:
                await _open(app, pilot, *["down"] * i, "enter")
                return
        await pilot.pause(0.5)


async def _open_a_filled_order(app: Dashboard, pilot: Pilot[None]) -> None:
    await _open(app, pilot, "3", "tab")
    table = app.query_one("#orders-ended", Table)
    for _ in range(100):
        if table.row is not None and table.row.status == "filled" and table.row.strategy.startswith("market"):
            break
        await pilot.press("down")
    await _open(app, pilot, "enter")
    while app.workers and any(worker.group == "story" for worker in app.workers):  # the journal is read for it
        await pilot.pause(0.2)


async def draw(socket: Path, folder: Path) -> None:
    """All five, one after the other."""
    app = Dashboard(ControlLink(socket, "pictures"))

    def save(name: str) -> None:
        (folder / f"{name}.svg").write_text(app.export_screenshot(title=f"run_bot.py dashboard: {name}", simplify=True), encoding="utf-8")

    async with app.run_test(size=SIZE) as pilot:
        await _until_there_is_something(app, pilot)
        save("overview")
        await _open_a_quoted_market(app, pilot)
        save("ladder")
        for name, keys in {"arbitrage": ("5",), "health": ("6",)}.items():
            await _open(app, pilot, *keys)
            save(name)
        await _open_a_filled_order(app, pilot)
        save("why")
        assert app.sight.view(Topic.OVERVIEW) is not None


def main() -> None:
    """Run a demo, draw, end it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        socket, journal = Path(name) / "demo.sock", Path(name) / "demo.sqlite"
        words = ["demo", "--no-dashboard", "--seconds=7200", "--speed=60", f"--socket={socket}", f"--journal={journal}"]
        run = subprocess.Popen([sys.executable, str(ROOT / "run_bot.py"), *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            asyncio.run(draw(socket, folder))
        finally:
            run.terminate()
            run.wait(120)


if __name__ == "__main__":
    main()
