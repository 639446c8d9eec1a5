"""A gateway for referees to talk to: four markets of both generations and play money, on a free port of this machine.

    .venv/bin/python tests/referee/sdk_venue.py        prints {"host": "http://127.0.0.1:…"} and serves until it is stopped

Trades settle within a second, so that a referee sees MATCHED, MINED and CONFIRMED without waiting.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace

from oms.values.market import FeeCurve
from oms.values.units import NS_PER_DAY, NS_PER_MS
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.records import HostSettings, Terms
from sim.gateway.server import Gateway, start

ADMIN = "referee"
"""No secret: play money on this machine, for the length of a test."""


def given_venue() -> Gateway:
    """A venue with a plain v1 market, a v2 market with a fee, and the two legs of a negRisk event."""
    host = Host(time.time_ns, HostSettings(mined_ns=300 * NS_PER_MS, confirmed_ns=600 * NS_PER_MS))
    end_ns = time.time_ns() + NS_PER_DAY
    plain = new_market("Will the referee be content?", end_ns=end_ns)
    second = new_market("Bitcoin up or down?", generation="v2", fee=FeeCurve(rate_bps=700), end_ns=end_ns)
    legs = [replace(new_market(f"Will {name} win?", neg_risk=True, end_ns=end_ns), event_id="Who will win?") for name in ("Anna", "Bert")]
    host.list_market(plain, Terms(tags=("Tests",), listed_ns=host.now_ns()))
    host.list_market(second, Terms(outcomes=("Up", "Down"), listed_ns=host.now_ns()))
    for leg in legs:
        host.list_market(leg, Terms(listed_ns=host.now_ns()))
    return Gateway(host, admin_token=ADMIN)


async def main() -> None:
    """Serve until stopped."""
    runner, port = await start(given_venue())
    print(json.dumps({"host": f"http://127.0.0.1:{port}"}), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
