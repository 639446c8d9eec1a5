"""Which wallet an address is: against what the official SDK derives, and chain code as compilers and Solady leave it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.signing import SignatureType
from connectors.polymarket.typed_data import AMOY, BadAddress, address_word
from connectors.polymarket.wallet_kinds import Behind, behind, kind_of, wallets_of

EOA, PROXY, SAFE, DEPOSIT = SignatureType
DERIVED = {
    "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A": (
        "0x6Cd089333445c89b55B7693c6009DCc229613738",
        "0x75F00B003FBBBA193FABEB06284c3187a4C1232E",
        "0x8154deDBDAAA46c07453E47b5b6C0Ff60B8542b9",
        "0x7a57144fAfde87F5cE4a880D570BAe58eeBC83f2",
    ),
    "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf": (
        "0x909dEdA326ED2aE677F5F8c2527E32977c9838c3",
        "0x51b7C68A71dCcBc0b7FA4400934a293D8f4d3Ba8",
        "0x6F908B3B67b9F9C40413775fFf48b286aeF9a081",
        "0x73310C2E333fB7fb177Dcb43e164958a9D443d6f",
    ),
}
"""Key → proxy, Safe, deposit wallet behind the beacon, deposit wallet of the first kind: polymarket-client 0.14.0, run 2026-11-21."""
OWNER = next(iter(DERIVED))
PROXY_CODE = bytes.fromhex("363d3d373d3d3d363d7344e999d5c2f66ef0861317f9a4805ac2e90aeb4f5af43d82803e903d91602b57fd5bf3")
SAFE_130_CODE = bytes.fromhex(
    "608060405273ffffffffffffffffffffffffffffffffffffffff600054167fa619486e0000000000000000000000000000000000000000000000000000000060003514156050"
    "578060005260206000f35b3660008037600080366000845af43d6000803e60008114156070573d6000fd5b3d6000f3fe"
    "a2646970667358221220d1429297349653a4918076d650332de1a1068c5f3e07c5c82360c277770b955264736f6c63430007060033"
)
"""Safe 1.3.0, with which onchain.md §8 deploys."""
NAMES = address_word("0x00000000000Fb5C9ADea0298D729A0CB3823Cc07") + address_word(OWNER)
BEACON_CODE = bytes.fromhex(
    "363d3d373d3d363d602036600436635c60da1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50545afa5036515af43d6000803e"
    "604d573d6000fd5b3d6000f3"
)
UUPS_CODE = bytes.fromhex(
    "363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3"
)


@pytest.mark.parametrize("owner", DERIVED)
def test_a_keys_wallets_are_those_the_official_sdk_derives(owner: str) -> None:
    proxy, safe, beacon, uups = DERIVED[owner]
    assert wallets_of(owner.lower()) == {EOA: (owner,), PROXY: (proxy,), SAFE: (safe,), DEPOSIT: (beacon, uups)}


@pytest.mark.parametrize("owner", DERIVED)
def test_an_address_is_recognised_as_one_of_the_keys_wallets_in_any_case_of_letters(owner: str) -> None:
    for funder, kind in zip((owner, *DERIVED[owner]), (EOA, PROXY, SAFE, DEPOSIT, DEPOSIT), strict=True):
        assert kind_of(owner, funder.lower()) is kind
        other = next(one for one in DERIVED if one != owner)
        assert kind_of(other, funder) is None


def test_on_another_chain_only_the_keys_own_address_is_known() -> None:
    assert wallets_of(OWNER, AMOY) == {EOA: (OWNER,)}
    assert kind_of(OWNER, DERIVED[OWNER][0], AMOY) is None


@pytest.mark.parametrize("owner", ["", "0x12", "0x" + "g" * 40, OWNER.replace("A", "a")])
def test_what_is_no_address_is_refused(owner: str) -> None:
    with pytest.raises(BadAddress):
        wallets_of(owner)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (b"", Behind(EOA)),
        (bytes.fromhex("ef0100" + "22" * 20), Behind(EOA)),
        (PROXY_CODE, Behind(PROXY)),
        (SAFE_130_CODE, Behind(SAFE)),
        (BEACON_CODE + NAMES, Behind(DEPOSIT, OWNER)),
        (UUPS_CODE + NAMES, Behind(DEPOSIT, OWNER)),
        (PROXY_CODE.replace(b"\x44\xe9", b"\x44\xe8"), Behind(None)),
        (SAFE_130_CODE[:60], Behind(None)),
        (BEACON_CODE, Behind(None)),
        (BEACON_CODE + NAMES[:-1], Behind(None)),
        (BEACON_CODE + address_word(OWNER) * 2, Behind(None)),
        (BEACON_CODE + NAMES[:32] + b"\x01" + NAMES[33:], Behind(None)),
        (bytes.fromhex("ef0100"), Behind(None)),
    ],
)
def test_the_code_tells_the_kind_and_of_a_deposit_wallet_the_owner(code: bytes, found: Behind) -> None:
    assert behind(code) == found


@given(
    st.binary(max_size=200)
    | st.sampled_from([PROXY_CODE, SAFE_130_CODE, BEACON_CODE + NAMES]).flatmap(lambda code: st.binary(max_size=9).map(code.__add__))
)
def test_any_code_at_all_is_judged(code: bytes) -> None:
    assert behind(code).kind in {*SignatureType, None}
