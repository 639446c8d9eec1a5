"""What is refused before anything is signed, each by its name: orders, keys, wallets."""

from typing import Any

import msgspec
import pytest

from connectors.polymarket.amounts import Unfit, UnfitOrder
from connectors.polymarket.key import Key
from connectors.polymarket.signing import OrderForm, SignatureType, Wallet, WrongKey
from connectors.polymarket.typed_data import BadAddress
from oms.values.orders import Lifetime
from oms.values.units import NS_PER_SECOND
from tests.connectors.polymarket.words_signing import (
    AT_NS,
    DEPOSIT_WALLET,
    EOA,
    POSITION,
    given_form,
    given_market,
    given_named,
    given_order,
    given_wallet,
)


@pytest.mark.parametrize(
    ("reason", "order"),
    [
        (Unfit.OFF_TICK, {"price": 4_950}),
        (Unfit.POST_ONLY_IMMEDIATE, {"post_only": True, "lifetime": Lifetime.FOK}),
        (Unfit.EXPIRY_MISSING, {"lifetime": Lifetime.GTD}),
        (Unfit.EXPIRY_MISSING, {"lifetime": Lifetime.GTC, "expires_ns": AT_NS + 600 * NS_PER_SECOND}),
        (Unfit.EXPIRY_TOO_SOON, {"lifetime": Lifetime.GTD, "expires_ns": AT_NS + 120 * NS_PER_SECOND - 1}),
    ],
)
def test_an_unfit_order_is_refused_by_name_before_it_has_an_id(reason: Unfit, order: dict[str, Any]) -> None:
    with pytest.raises(UnfitOrder) as refused:
        given_named(given_form(), **order)
    assert refused.value.reason is reason


def test_an_expiry_is_stated_a_minute_later_because_the_venue_ends_it_a_minute_sooner() -> None:
    named = given_named(given_form(), lifetime=Lifetime.GTD, expires_ns=AT_NS + 120 * NS_PER_SECOND)
    assert named.order.expiration_s == AT_NS // NS_PER_SECOND + 180


def test_a_token_of_the_other_ledger_and_an_unknown_generation_are_refused() -> None:
    for generation, token, reason in (("v1", POSITION, Unfit.WRONG_LEDGER), ("v4", POSITION, Unfit.UNKNOWN_GENERATION)):
        market = msgspec.structs.replace(given_market(generation), yes=token)
        with pytest.raises(UnfitOrder) as refused:
            given_form().named(given_order(market), market, 1, AT_NS)
        assert refused.value.reason is reason


def test_a_strangers_key_is_refused_and_not_shown() -> None:
    form, stranger = given_form(), "22" * 32
    with pytest.raises(WrongKey) as refused:
        form.signature(given_named(form), Key(stranger))
    assert EOA in str(refused.value)
    assert stranger not in str(refused.value)


@pytest.mark.parametrize(
    ("funder", "kind"),
    [(DEPOSIT_WALLET, SignatureType.EOA), (EOA, SignatureType.POLY_PROXY), (EOA.lower(), SignatureType.POLY_1271), ("0x12", SignatureType.EOA)],
)
def test_a_wallet_that_cannot_be_is_refused(funder: str, kind: SignatureType) -> None:
    with pytest.raises(BadAddress):
        Wallet(owner=EOA, funder=funder, signature_type=kind)


@pytest.mark.parametrize("api_key", ['a"b', "a b", "ключ", "a" * 65, "a\n"])
def test_an_api_key_that_would_break_the_body_is_refused(api_key: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        OrderForm(given_wallet(), api_key)
