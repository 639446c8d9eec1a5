"""Test words of the catalog: rows as Gamma and the CLOB write them today, and recorded ones."""

import gzip
import json
from pathlib import Path
from typing import Any

from tests.connectors.polymarket.words_signing import CTF_TOKEN, POSITION

CONDITION = "0x" + "5f" * 32
POSITION_CONDITION = "0x017791f201d5a788e0039e511fc1900e5f000000000000000000000000000000"
"""The condition of POSITION (polymarket.md §8.4)."""
NEG_RISK_MARKET = "0x" + "2c" * 31
"""A negRisk market id without its last byte."""


def gamma_row(**changes: Any) -> bytes:  # noqa: ANN401 (JSON)
    """A market of version v1 that is open, with what a listing reads (polymarket.md §5.2)."""
    row: dict[str, Any] = {
        "id": "1",
        "question": "Will it?",
        "conditionId": CONDITION,
        "slug": "will-it",
        "version": "v1",
        "clobTokenIds": json.dumps([CTF_TOKEN, str(int(CTF_TOKEN) + 1)]),
        "positionIds": [POSITION, str(int(POSITION) + 1)],
        "outcomes": '["Yes", "No"]',
        "outcomePrices": '["0.4", "0.6"]',
        "questionID": NEG_RISK_MARKET + "00",
        "groupItemTitle": "Somebody",
        "description": "Rules.",
        "resolutionSource": "",
        "umaBond": "500",
        "enableOrderBook": True,
        "acceptingOrders": True,
        "active": True,
        "closed": False,
        "archived": False,
        "orderPriceMinTickSize": 0.01,
        "orderMinSize": 5,
        "negRisk": False,
        "negRiskOther": False,
        "endDate": "2026-12-31T12:00:00Z",
        "feesEnabled": True,
        "feeType": "crypto_fees_v2",
        "feeSchedule": {"exponent": 1, "rate": 0.07, "takerOnly": True, "rebateRate": 0.2},
        "rewardsMinSize": 50,
        "rewardsMaxSpread": 4.5,
        "clobRewards": [{"rewardsDailyRate": 2.5}],
        "events": [{"id": "9", "negRiskAugmented": False}],
        "aKeyOfTomorrow": {"x": [1]},
    }
    return json.dumps({**row, **changes}).encode()


def v2_row(**changes: Any) -> bytes:  # noqa: ANN401 (JSON)
    """A market of version v2 as the guides write it: 62 digits of condition, no clobTokenIds."""
    return gamma_row(**{"version": "v2", "conditionId": POSITION_CONDITION[:64], "clobTokenIds": None, **changes})


def compact(**changes: Any) -> bytes:  # noqa: ANN401 (JSON)
    """GET /clob-markets of the v2 canary of 2026-10-05 (polymarket.md §5.1), without the keys given as None."""
    row: dict[str, Any] = {
        "r": {"mi": 50, "ma": 4.5, "moas": 30},
        "t": [{"t": POSITION, "o": "Up"}, {"t": str(int(POSITION) + 1), "o": "Down"}],
        "c": POSITION_CONDITION,
        "mos": 5,
        "mts": 0.001,
        "mbf": 1000,
        "tbf": 1000,
        "ao": True,
        "cbos": True,
        "aot": "2026-10-05T22:20:54Z",
        "itode": True,
        "fd": {"r": 0.05, "e": 1, "to": True},
        "v": "v2",
    }
    return json.dumps({key: told for key, told in {**row, **changes}.items() if told is not None}).encode()


def negrisk_event(count: int, *, augmented: bool = False, left_out: int | None = None, changes: dict[int, dict[str, Any]] | None = None) -> bytes:
    """An event of `count` outcomes numbered from 0; `left_out` is missing from the list, `changes` are made to some."""
    rows = []
    for index in range(count):
        if index == left_out:
            continue
        tokens = json.dumps([str(int(CTF_TOKEN) + 2 * index), str(int(CTF_TOKEN) + 2 * index + 1)])
        row = gamma_row(
            conditionId=f"0x{index + 1:064x}",
            clobTokenIds=tokens,
            questionID=f"{NEG_RISK_MARKET}{index:02x}",
            negRisk=True,
            groupItemTitle=f"N{index}",
        )
        rows.append({**json.loads(row), **(changes or {}).get(index, {})})
    return json.dumps({"id": "9", "title": "Who?", "negRisk": True, "enableNegRisk": True, "negRiskAugmented": augmented, "markets": rows}).encode()


def recorded(path: Path) -> bytes:
    """A file, unpacked when it is packed."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
