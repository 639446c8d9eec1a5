"""What Gamma says of markets that ended, and what of it is believed."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from connectors.polymarket.catalog_wire import BadRow
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.reads import Reads
from connectors.polymarket.resolutions import Resolutions, payout_in
from connectors.transport.http import Answer, Failed, Found, Request
from oms.values.market import Market, Payout

YES, NO = "24562219887228338414816147117273773130585266890238955950561115743462293630250", "8668440422569555194712113553365084312587"
MARKET = Market(market_id="0x17", title="Will it?", yes=YES, no=NO)
YES_PAYS, NO_PAYS = Payout(yes_ppm=1_000_000, no_ppm=0), Payout(yes_ppm=0, no_ppm=1_000_000)


def given_row(**changes: Any) -> bytes:  # noqa: ANN401
    told: dict[str, Any] = {
        "conditionId": "0x17",
        "clobTokenIds": json.dumps([YES, NO]),
        "outcomePrices": '["1", "0"]',
        "closed": True,
        "umaResolutionStatus": "resolved",
        **changes,
    }
    return msgspec.json.encode(told)


@pytest.mark.parametrize(
    ("changes", "payout"),
    [
        ({}, YES_PAYS),
        ({"outcomePrices": '["0", "1"]'}, NO_PAYS),
        ({"outcomePrices": ["0.5", "0.5"]}, Payout(yes_ppm=500_000, no_ppm=500_000)),
        ({"clobTokenIds": json.dumps([NO, YES])}, NO_PAYS),
        ({"umaResolutionStatus": None, "resolutionStatus": "resolved"}, YES_PAYS),
        ({"closed": False}, None),
        ({"umaResolutionStatus": "proposed"}, None),
        ({"umaResolutionStatus": "disputed"}, None),
        ({"clobTokenIds": json.dumps([YES, "99"])}, None),
    ],
)
def test_a_payout_is_read_when_it_is_certain(changes: dict[str, Any], payout: Payout | None) -> None:  # req 2.41
    assert payout_in(given_row(**changes), MARKET) == payout


@pytest.mark.parametrize(
    "changes",
    [
        {"outcomePrices": '["0.9995", "0.0005"]'},
        {"outcomePrices": '["0", "0"]'},
        {"outcomePrices": '["1"]'},
        {"outcomePrices": None},
        {"outcomePrices": "nonsense"},
        {"clobTokenIds": None},
        {"clobTokenIds": json.dumps([YES])},
    ],
)
def test_a_resolution_that_does_not_say_what_it_pays_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRow):
        payout_in(given_row(**changes), MARKET)


class Gamma:
    """Answers with what it was given, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    async def ask(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.answers.pop(0)

    async def act(self, request: Request) -> Answer:
        raise AssertionError(f"{request} would change something")


def page(*rows: bytes) -> Found:
    return Found(b'{"markets":[' + b",".join(rows) + b"]}")


def told(gamma: Gamma, market: Market = MARKET) -> tuple[Payout | None, int]:
    resolutions = Resolutions(Reads(gamma, polymarket_budget()))
    return asyncio.run(resolutions.payout(market)), resolutions.unreadable


def test_gamma_is_asked_for_closed_markets_by_the_token_of_the_generation() -> None:
    gamma = Gamma(page(given_row(clobTokenIds=json.dumps([YES, "99"])), given_row()))
    assert told(gamma) == (YES_PAYS, 0)
    assert [(one.path, one.query) for one in gamma.asked] == [("/markets/keyset", (("closed", "true"), ("clob_token_ids", YES)))]
    second = Gamma(page())
    assert told(second, msgspec.structs.replace(MARKET, generation="v2")) == (None, 0)
    assert second.asked[0].query == (("closed", "true"), ("position_ids", YES))


def test_what_cannot_be_had_or_read_is_not_known() -> None:
    assert told(Gamma(Failed("no answer", maybe_took_effect=False))) == (None, 0)
    assert told(Gamma(page(given_row(outcomePrices='["0.7", "0.3"]')))) == (None, 1)
