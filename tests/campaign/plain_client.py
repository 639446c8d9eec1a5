"""A client of a daemon's socket that watches everything as often as it may, and says a line a picture, until somebody kills it.

python tests/campaign/plain_client.py SOCKET
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from connectors.operator.control.client import ControlClient
from connectors.operator.control.protocol import EVERY_MS_MIN, Shown
from oms.values.panels import Topic

ABOUT_SOMETHING = (Topic.LADDER, Topic.STORY)
"""These need a market or an order."""


async def watch(path: Path) -> None:
    """Until the daemon ends."""
    client = await ControlClient.connect(path, "plain client", 60.0)
    client.watch(tuple(topic for topic in Topic if topic not in ABOUT_SOMETHING), every_ms=EVERY_MS_MIN)
    async for told in client:
        if isinstance(told, Shown):
            print(told.topic.value, flush=True)


if __name__ == "__main__":
    asyncio.run(watch(Path(sys.argv[1])))
