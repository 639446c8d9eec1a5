from oms.values.units import MICRO
from tests.sim.gateway.words_gateway import TOKEN, Site, User


def looked(site: Site, address: str) -> tuple[int, object]:
    return site.asks("GET", f"/admin/account/{address}", headers={"Authorization": f"Bearer {TOKEN}"})


def test_an_admin_sees_a_wallet_as_the_exchange_has_it() -> None:
    site = Site(grant_micro=100 * MICRO)
    market = site.lists()
    alice, bob = User(site, "1"), User(site, "2")
    rests = alice.rests(market, "BUY YES", 4_000, 20 * MICRO)
    _, took = bob.sends(market, "BUY NO", 6_000, 5 * MICRO)
    status, told = looked(site, alice.key.address)
    assert status == 200
    assert told == {
        "cash": {"available": 92 * MICRO, "frozen": 6 * MICRO, "unsettled": 0},
        "tokens": {market.yes: {"available": 0, "frozen": 0, "unsettled": 5 * MICRO}},
        "orders": [
            {
                "id": rests,
                "token": market.yes,
                "side": "BUY",
                "price_pips": 4_000,
                "status": "LIVE",
                "stands": True,
                "shares_micro": 20 * MICRO,
                "matched_micro": 5 * MICRO,
                "paid_micro": 2 * MICRO,
                "trades": took["tradeIDs"],
            }
        ],
        "trades": {took["tradeIDs"][0]: "MATCHED"},
    }
    site.passes(6)
    _, settled = looked(site, alice.account)
    assert isinstance(settled, dict)
    assert settled["tokens"] == {market.yes: {"available": 5 * MICRO, "frozen": 0, "unsettled": 0}}
    assert settled["trades"] == {took["tradeIDs"][0]: "CONFIRMED"}


def test_who_is_no_admin_sees_nothing_and_what_is_no_wallet_is_not_found() -> None:
    site = Site()
    user = User(site)
    assert site.asks("GET", f"/admin/account/{user.account}")[0] == 401
    assert user.reads(f"/admin/account/{user.account}")[0] == 401
    assert looked(site, "0x" + "9" * 40) == (404, {"error": f"there is no wallet 0x{'9' * 40}"})
    assert looked(site, "nobody")[0] == 404
