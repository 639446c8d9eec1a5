"""A kill without a bot: log in, cancel everything of the account, look."""

from pathlib import Path

from config.assembly.account import open_account, signer_of
from config.assembly.kill import Killed, kill
from config.assembly.latch import Latch
from config.assembly.outside import services
from config.settings import Settings
from connectors.polymarket.venue import PolymarketVenue


async def kill_alone(settings: Settings, latch: Latch, folder: Path) -> Killed:
    """What came of it. `folder`: of the settings' file, where the signer's are. Raises VenueSaidNo: the account cannot be reached."""
    async with services(settings.venue) as venue, signer_of(settings.live, folder) as signer:
        account = await open_account(venue, signer)
        door = PolymarketVenue(account.parts, lambda _facts: None, lambda _alert: None)
        try:
            return await kill(latch, "", door, settings.live.kill_within_s)
        finally:
            await door.close()
