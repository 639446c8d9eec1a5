"""The venue is told to look at the chain anew when there is a reason, seldom, and never in the way of anything."""

import pytest
from msgspec.structs import replace

from connectors.polymarket.rereads import EVERY_NS, asset_type_of
from connectors.polymarket.venue_questions import SOON_NS
from connectors.transport.http import Absent
from oms.values.commands import AskBalances
from oms.values.events import BalancesReported, Rejected
from oms.values.orders import Side
from tests.connectors.polymarket.words_signing import POSITION, given_market, given_order
from tests.connectors.polymarket.words_venue import SECOND, Bench, bench_run, found, place

UPDATE, BALANCE, POST = "GET /balance-allowance/update", "GET /balance-allowance", "POST /order"
WANTING = Absent(400, '{"error":"not enough balance / allowance: the balance is not enough -> balance: 0"}')


def reread(bench: Bench) -> list[dict[str, str]]:
    return [dict(request.query) for request in bench.script.to(UPDATE)]


def test_each_kind_of_asset_has_the_venues_word() -> None:
    assert [asset_type_of(*asset) for asset in (("", "v1"), ("", "v2"), ("7", "v1"), ("7", "v2"))] == [
        "COLLATERAL",
        "COLLATERAL",
        "CONDITIONAL",
        "CONDITIONAL-V2",
    ]


@pytest.mark.parametrize(
    ("side", "generation", "kind"), [(Side.BUY, "v1", "COLLATERAL"), (Side.SELL, "v1", "CONDITIONAL"), (Side.SELL, "v2", "CONDITIONAL-V2")]
)
def test_an_order_refused_for_want_of_balance_has_the_venue_look_at_that_asset_again(side: Side, generation: str, kind: str) -> None:
    # user-asks 9: on this error refresh, re-check, back off
    async def story(bench: Bench) -> None:
        market = given_market(generation)
        bench.venue._keep(market)
        spec = replace(given_order(market), side=side)
        bench.script.on(POST, WANTING)
        bench.script.on(UPDATE, found({}))
        for number in (1, 2):
            (fact,) = await bench.carried(place(number, spec))
            assert isinstance(fact, Rejected)
        (asked,) = reread(bench)
        assert (asked["asset_type"], asked.get("token_id")) == (kind, None if side is Side.BUY else market.yes)
        bench.clock_ns += EVERY_NS
        await bench.carried(place(3, spec))
        assert len(reread(bench)) == 2

    bench_run(story)


def test_other_refusals_are_no_reason() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, Absent(400, '{"error":"invalid expiration"}'))
        await bench.carried(place(1))
        assert (reread(bench), bench.alarms) == ([], [])

    bench_run(story)


def test_balances_that_are_asked_for_again_soon_are_in_doubt_and_looked_at_anew() -> None:
    """A memory that is old would otherwise keep shares withheld that we have, and nothing would ever be sold."""

    async def story(bench: Bench) -> None:
        bench.venue.by_token[POSITION] = given_market("v2")
        told = ["5"]
        bench.script.on(BALANCE, lambda _request: found({"balance": told[0], "allowances": {}}))

        def look(_request: object) -> object:
            told[0] = "7"
            return found({})

        bench.script.on(UPDATE, look)  # type: ignore[arg-type]
        for asked_ns, cash in ((SECOND, 5), (SECOND + SOON_NS, 5), (SECOND + SOON_NS + SOON_NS // 2, 7)):
            (report,) = await bench.carried(AskBalances(tokens=(bench.market.yes, POSITION), asked_ns=asked_ns))
            assert isinstance(report, BalancesReported)
            assert report.cash_micro == cash
        assert [asked["asset_type"] for asked in reread(bench)] == ["COLLATERAL", "CONDITIONAL", "CONDITIONAL-V2"]

    bench_run(story)


def test_a_rate_budget_that_is_used_up_is_not_waited_for() -> None:
    async def story(bench: Bench) -> None:
        bench.budget.shut(UPDATE, bench.clock_ns + 100 * SECOND)
        before = bench.clock_ns
        await bench.venue.questions.rereads.of(bench.market.yes)
        assert (reread(bench), bench.clock_ns) == ([], before)

    bench_run(story)
