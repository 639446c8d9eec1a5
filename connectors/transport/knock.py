"""Is anybody at home? Opens a websocket and closes it again; nothing is said. For preflight checks."""

import logging
from typing import Final

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from connectors.transport.http import USER_AGENT

WAIT_S: Final = 5.0
_silent: Final = logging.getLogger("steelyard.websocket")
"""A logger that is off, as in websocket.py."""
_silent.disabled = True


async def knock(url: str, wait_s: float = WAIT_S) -> str:
    """Why no websocket could be opened there; empty when it could."""
    try:
        async with connect(url, logger=_silent, user_agent_header=USER_AGENT, proxy=None, open_timeout=wait_s, close_timeout=1):
            return ""
    except TimeoutError:
        return f"not open within {wait_s:g} s"
    except (OSError, WebSocketException) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        return f"{type(error).__name__}{f' ({words})' if words else ''}"[:200]
