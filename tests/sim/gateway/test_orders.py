import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.market import Market
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO, NS_PER_SECOND, micro_text, price_text
from sim.gateway.ids import new_market
from sim.gateway.orders import Door, entry_of
from sim.gateway.records import OrderFacts
from sim.gateway.wire import WireError
from tests.sim.gateway.words_gateway import Site, User
from tests.words import NOON_NS

FOK, FAK, GTD = Lifetime.FOK, Lifetime.FAK, Lifetime.GTD


def checked(user: User, market: Market, what: str, price: int, micro: int, lifetime: Lifetime = Lifetime.GTC, **more: Any) -> OrderFacts:  # noqa: ANN401
    body = user.body(market, what, price, micro, lifetime, **more)
    key = user.site.keyring.find(user.credentials.api_key)
    assert key is not None
    return Door(user.site.host, user.site.keyring).checked(entry_of(msgspec.json.decode(body)), key)


def refusal(user: User, market: Market, what: str, price: int, micro: int, lifetime: Lifetime = Lifetime.GTC, **more: Any) -> str:  # noqa: ANN401
    with pytest.raises(WireError) as told:
        checked(user, market, what, price, micro, lifetime, **more)
    return f"{told.value.status} {told.value}"


def given_user(**market: Any) -> tuple[User, Market]:  # noqa: ANN401 (what new_market takes)
    site = Site()
    return User(site), site.lists(**market)


@pytest.mark.parametrize("generation", ["v1", "v2"])
@pytest.mark.parametrize("neg_risk", [False, True])
@pytest.mark.parametrize("what", ["BUY YES", "SELL NO"])
def test_an_order_is_read_as_it_was_meant(generation: str, what: str, *, neg_risk: bool) -> None:
    user, market = given_user(generation=generation, neg_risk=neg_risk)
    order = checked(user, market, what, 4_900, 10 * MICRO, post_only=True)
    assert (order.spec.side.value, order.spec.token) == (what.partition(" ")[0], market.yes if what.endswith("YES") else market.no)
    assert (order.spec.price_pips, order.spec.size_micro, order.spec.post_only) == (4_900, 10 * MICRO, True)
    assert (order.account, order.maker_address, order.owner) == (user.account, user.key.address, user.credentials.api_key)
    assert (order.created_ns, order.spec.expires_ns, len(order.order_id)) == (NOON_NS, None, 66)


@pytest.mark.parametrize("tick", [1_000, 100, 50, 25, 10, 1])
@given(data=st.data())
def test_every_price_of_every_tick_comes_back_from_the_amounts_of_a_resting_order(data: st.DataObject, tick: int) -> None:
    user, market = given_user(tick_pips=tick)
    price = tick * data.draw(st.integers(1, 10_000 // tick - 1))
    cents = data.draw(st.integers(500, 10_000_000))
    for what in ("BUY YES", "SELL YES"):
        order = checked(user, market, what, price, cents * 10_000)
        assert (order.spec.price_pips, order.spec.size_micro) == (price, cents * 10_000)


@pytest.mark.data
def test_amounts_of_the_official_clients_are_read_as_they_meant_them(data_dir: Path) -> None:  # data/vectors/order_amounts.json
    rows = json.loads((data_dir / "vectors" / "order_amounts.json").read_bytes())["vectors"]
    users: dict[int, tuple[User, Market]] = {}
    counted = 0
    for row in rows:
        amounts = int(row["maker_amount"]), int(row["taker_amount"])
        tick = round(float(row["tick_size"]) * 10_000)
        wanted = round(float(row["price"]) * 10_000)
        is_limit = row["kind"] == "limit"
        if wanted % tick or min(amounts) <= 0 or not _is_tradable(row, amounts, is_limit=is_limit):
            continue
        user, market = users.setdefault(tick, given_user(tick_pips=tick))
        told = _read(user, market, row["side"], amounts, Lifetime.GTC if is_limit else FAK)
        worse = (wanted, wanted - tick if row["side"] == "BUY" else wanted + tick)
        assert told.split()[0] in {str(price) for price in ((wanted,) if is_limit else worse)}, row
        counted += 1
    assert counted > len(rows) // 4


def _is_tradable(row: dict[str, Any], amounts: tuple[int, int], *, is_limit: bool) -> bool:
    """Big enough, and (immediate) not finer than the venue takes."""
    shares = amounts[1] if row["side"] == "BUY" else amounts[0]
    if is_limit:
        return shares >= 5 * MICRO
    return amounts[0] % 10_000 == 0 and amounts[1] % 100 == 0 and amounts[0] >= MICRO


def _read(user: User, market: Market, side: str, amounts: tuple[int, int], lifetime: Lifetime) -> str:
    try:
        order = checked(user, market, f"{side} YES", 5_000, 10 * MICRO, lifetime, amounts=amounts)
    except WireError as error:
        return str(error)
    return f"{order.spec.price_pips} {order.spec.size_micro}"


@pytest.mark.parametrize(
    ("side", "amounts", "told"),
    [
        ("BUY", (20_000_000, 39_215_600), "5100 20000000"),  # rounded down: crosses at its limit (polymarket.md §3.3)
        ("BUY", (10_000_000, 19_230_800), "5100 10000000"),  # rounded up from 0.52, so the contract would not let it pay 0.52
        ("SELL", (3_330_000, 1_698_300), "5100 3330000"),
        ("SELL", (3_330_000, 1_698_400), "5200 3330000"),
        ("BUY", (10_000_000, 19_000_000), None),
    ],
)
def test_an_immediate_orders_limit_is_what_its_ratio_allows(side: str, amounts: tuple[int, int], told: str | None) -> None:
    user, market = given_user()
    found = _read(user, market, side, amounts, FAK)
    assert found == told if told is not None else "breaks minimum tick size rule" in found


def test_refusals_have_the_venues_words() -> None:  # polymarket.md §3.6
    user, market = given_user()
    told = refusal(user, market, "BUY YES", 4_950, 10 * MICRO)
    assert told.endswith("is invalid. Price (0.495) breaks minimum tick size rule: 0.01")
    assert refusal(user, market, "BUY YES", 4_900, 4_990_000).endswith("is invalid. Size (4.99) lower than the minimum: 5")
    told = refusal(user, market, "BUY YES", 4_900, 840_000, FAK)
    assert told == "400 invalid amount for a marketable BUY order ($0.84), min size: $1"
    told = refusal(user, market, "BUY YES", 4_900, 1, amounts=(10, 5))
    assert told == "400 invalid price, price must be greater than 0 and less than 1"
    assert "400 invalid price" in refusal(user, market, "SELL YES", 4_900, 1, amounts=(0, 0))


@pytest.mark.parametrize(
    ("what", "amounts", "words"),
    [
        ("BUY YES", (1_005_000, 2_010_000), "market buy"),
        ("BUY YES", (1_000_000, 2_000_010), "market buy"),
        ("SELL YES", (5_005_000, 2_502_500), "sell"),
    ],
)
def test_amounts_of_immediate_orders_may_not_be_too_fine(what: str, amounts: tuple[int, int], words: str) -> None:
    user, market = given_user()
    told = refusal(user, market, what, 5_000, 1, FOK, amounts=amounts)
    assert told == f"400 invalid amounts, the {words} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"


def test_a_resting_price_must_be_exact() -> None:
    user, market = given_user()
    assert "breaks minimum tick size rule" in refusal(user, market, "BUY YES", 4_900, 1, amounts=(4_900_001, 10_000_000))


@pytest.mark.parametrize(("ahead_s", "fits"), [(179, False), (180, True), (100_000, True), (0, False)])
def test_gtd_is_stated_three_minutes_ahead_and_ends_a_minute_early(ahead_s: int, *, fits: bool) -> None:
    user, market = given_user()
    stated = user.now_s + ahead_s
    if fits:
        order = checked(user, market, "BUY YES", 4_900, 10 * MICRO, GTD, expiration_s=stated)
        assert (order.expiration_s, order.spec.expires_ns) == (stated, (stated - 60) * NS_PER_SECOND)
    else:
        assert refusal(user, market, "BUY YES", 4_900, 10 * MICRO, GTD, expiration_s=stated) == "400 invalid expiration"


def test_only_gtd_has_an_expiration() -> None:
    user, market = given_user()
    for lifetime in (Lifetime.GTC, FOK, FAK):
        assert refusal(user, market, "SELL YES", 5_000, 10 * MICRO, lifetime, expiration_s=user.now_s + 500) == "400 invalid expiration"
    assert refusal(user, market, "SELL YES", 5_000, 10 * MICRO, GTD) == "400 invalid expiration"


def test_the_owner_is_the_key_that_asks() -> None:
    alice, market = given_user()
    bob = User(alice.site, "2")
    entry = entry_of(msgspec.json.decode(alice.body(market, "BUY YES", 4_900, 10 * MICRO)))
    key = alice.site.keyring.find(bob.credentials.api_key)
    assert key is not None
    with pytest.raises(WireError, match="the order owner has to be the owner of the API KEY"):
        Door(alice.site.host, alice.site.keyring).checked(entry, key)
    with pytest.raises(WireError, match="invalid signature"):
        Door(alice.site.host, alice.site.keyring).checked(msgspec.structs.replace(entry, owner=key.api_key), key)


@pytest.mark.parametrize(
    ("listed", "signed_as", "words"),
    [
        ({}, {"generation": "v2"}, "order_version_mismatch"), ({"generation": "v2"}, {}, "order_version_mismatch"),
        ({"generation": "v2"}, {"neg_risk": True}, "order_version_mismatch"), ({}, {"neg_risk": True}, "invalid signature"),
        ({"neg_risk": True}, {}, "invalid signature"),
    ],
)  # fmt: skip
def test_a_signature_for_another_exchange_is_told_by_generation(listed: dict[str, Any], signed_as: dict[str, Any], words: str) -> None:
    user, market = given_user(**listed)
    assert refusal(user, market, "BUY YES", 4_900, 10 * MICRO, market_as=new_market("x", **signed_as)) == f"400 {words}"


def test_a_market_that_is_unknown_or_closed_takes_nothing() -> None:
    user, market = given_user()
    assert refusal(user, new_market("other"), "BUY YES", 4_900, 10 * MICRO).startswith("404 No orderbook exists")
    user.site.host.close(market.market_id)
    assert refusal(user, market, "BUY YES", 4_900, 10 * MICRO) == "400 the market is not yet ready to process new orders"


def test_an_order_of_the_first_generation_is_named() -> None:
    raw = {"order": {"salt": 1, "nonce": "0", "feeRateBps": "0"}, "owner": "x", "orderType": "GTC"}
    with pytest.raises(WireError, match="order_version_mismatch"):
        entry_of(raw)


@pytest.mark.parametrize("raw", [None, [], 1, "x", {}, {"order": 1}, {"order": {}, "owner": "x", "orderType": "GTC"}])
def test_what_is_no_order_is_refused(raw: object) -> None:
    with pytest.raises(WireError, match="Invalid order payload"):
        entry_of(raw)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("salt", -1), ("salt", 1 << 256), ("maker", "0x12"), ("signer", ""), ("tokenId", "x"), ("makerAmount", "-1"), ("takerAmount", "1e6"),
        ("makerAmount", "٣"), ("side", "buy"), ("signatureType", 4), ("timestamp", str(1 << 256)), ("metadata", "0x"), ("builder", "0x" + "g" * 64),
        ("signature", "0x1"), ("signature", "0x" + "11" * 2_000), ("expiration", "soon"), ("salt", "1"), ("makerAmount", 5),
    ],
)  # fmt: skip
def test_a_field_that_is_no_such_thing_is_refused(name: str, value: object) -> None:
    user, market = given_user()
    raw = msgspec.json.decode(user.body(market, "BUY YES", 4_900, 10 * MICRO))
    raw["order"][name] = value
    key = user.site.keyring.find(user.credentials.api_key)
    assert key is not None
    with pytest.raises(WireError) as told:
        Door(user.site.host, user.site.keyring).checked(entry_of(raw), key)
    assert told.value.status in {400, 404}


def test_post_only_cannot_be_immediate_and_kinds_must_be_known() -> None:
    user, market = given_user()
    assert "only GTC and GTD orders can be post-only" in refusal(user, market, "SELL YES", 5_000, 10 * MICRO, FOK, post_only=True)
    raw = msgspec.json.decode(user.body(market, "BUY YES", 4_900, 10 * MICRO))
    key = user.site.keyring.find(user.credentials.api_key)
    assert key is not None
    with pytest.raises(WireError, match="Invalid order payload"):
        Door(user.site.host, user.site.keyring).checked(entry_of({**raw, "orderType": "IOC"}), key)


def test_texts_of_the_reference_are_shortest_decimals() -> None:
    assert (micro_text(4_990_000), price_text(100), Side.BUY.value) == ("4.99", "0.01", "BUY")
