"""Every verdict of the examination: fine, bad with one step, or open; from answers as the venue and the chain give them."""

from typing import Any

import pytest
from msgspec.structs import replace

from connectors.polymarket.answers import Balance
from connectors.polymarket.chain import NoAnswer, OnChain
from connectors.polymarket.doctor import (
    COLLATERAL,
    LEDGERS,
    Check,
    Mark,
    cash_check,
    clock_check,
    contracts_of,
    reach_check,
    region_check,
    shares_check,
    standing_check,
    wallet_check,
    why_not,
)
from connectors.polymarket.signing import SignatureType, Wallet
from connectors.polymarket.typed_data import AMOY
from connectors.transport.http import Absent, Answer, Failed, Found
from connectors.transport.server_clock import ServerClock
from oms.values.units import MICRO, NS_PER_SECOND
from tests.connectors.polymarket.test_wallet_kinds import BEACON_CODE, DERIVED, NAMES, OWNER, PROXY_CODE, SAFE_130_CODE
from tests.connectors.polymarket.words_signing import given_market

EOA, PROXY, SAFE, DEPOSIT = SignatureType
PROXY_AT, SAFE_AT, DEPOSIT_AT, _ = DERIVED[OWNER]
STRANGER = "0x" + "33" * 20
V2, NEG_RISK, V3 = (
    "0xE111180000d2663C0091e4f400237545B87B996B",
    "0xe2222d279d744050d28e00520010520000310F59",
    "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
)
ALL = (1 << 256) - 1
URL = "https://polymarket.com/api/geoblock"
GONE = Failed("GET /time at https://clob: ClientConnectorError (refused)", maybe_took_effect=False)


def assert_bad(check: Check, *pieces: str) -> None:
    assert check.mark is Mark.BAD, check
    assert check.step
    for piece in pieces:
        assert piece in f"{check.text} | {check.step}", check


def assert_not_bad(check: Check, mark: Mark, *pieces: str) -> None:
    assert (check.mark, check.step) == (mark, ""), check
    for piece in pieces:
        assert piece in check.text, check


# The venue.


def test_a_server_that_answers_is_fine_and_one_that_does_not_is_named_with_a_command() -> None:
    assert_not_bad(reach_check("CLOB", "https://c", ""), Mark.FINE, "https://c")
    assert_bad(reach_check("CLOB", "https://c", "HTTP 502"), "https://c does not answer: HTTP 502", "curl -sv https://c`")
    assert_bad(reach_check("stream", "wss://s/ws", "refused"), "curl -sv https://s/ws`")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Found(b"1"), ""),
        (Absent(404, "<html>"), "HTTP 404"),
        (Failed("x", maybe_took_effect=False, status=403, text="<html>"), "HTTP 403 (refused on the way, as Cloudflare does)"),
        (GONE, "ClientConnectorError (refused)"),
        (Failed("too slow", maybe_took_effect=False), "too slow"),
    ],
)
def test_why_there_was_no_answer_is_short_and_never_a_page(answer: Answer, told: str) -> None:
    assert why_not(answer) == told


def heard(off_s: float) -> ServerClock:
    clock = ServerClock()
    at_ns = 1_000 * NS_PER_SECOND
    clock.heard(1_000, at_ns - int(off_s * NS_PER_SECOND), at_ns - int(off_s * NS_PER_SECOND))
    return clock


def test_a_clock_is_fine_within_bounds_and_else_told_which_way_it_is_off() -> None:
    assert_not_bad(clock_check(ServerClock(), NS_PER_SECOND), Mark.OPEN)
    assert_not_bad(clock_check(heard(0.5), 5 * NS_PER_SECOND), Mark.FINE, "differ by at most")
    assert_bad(clock_check(heard(60), 5 * NS_PER_SECOND), "ours is 60.0 s behind", "timedatectl set-ntp true")
    assert_bad(clock_check(heard(-60), 5 * NS_PER_SECOND), "ours is 59.0 s ahead of")


@pytest.mark.parametrize(
    ("answer", "mark", "text"),
    [
        (Found(b'{"blocked":false,"ip":"203.0.113.42","country":"IE","region":"L"}'), Mark.FINE, "(IE, L)"),
        (Found(b'{"blocked":false,"country":"\\u001b[31m\\n"}'), Mark.FINE, "(\\x1b[31m)"),
        (
            Found(b'{"blocked":true,"ip":"203.0.113.42","country":"US","region":"NY"}'),
            Mark.BAD,
            "takes no orders from where this machine is (US, NY)",
        ),
        (Found(b"{}"), Mark.OPEN, "cannot be read"),
        (Found(b"<html>"), Mark.OPEN, "cannot be read"),
        (Absent(404, ""), Mark.OPEN, "nobody at"),
        (Failed("x", maybe_took_effect=False, status=403, text="<html>blocked</html>"), Mark.BAD, "blocked: not even the question"),
        (GONE, Mark.OPEN, "could not be asked"),
    ],
)
def test_the_region_is_told_plainly_without_the_address_and_without_a_way_round(answer: Answer, mark: Mark, text: str) -> None:
    check = region_check(answer, URL)
    assert check.text.isprintable()
    assert check.mark is mark
    assert text in check.text
    assert "203.0.113.42" not in check.text + check.step
    assert "html" not in check.text
    assert not {"vpn", "proxy"} & {word.lower() for word in check.step.split()}


def test_an_account_that_may_only_close_is_told() -> None:
    assert_not_bad(standing_check(Found(b'{"closed_only":false}')), Mark.FINE)
    assert_bad(standing_check(Found(b'{"closed_only":true}')), "only close positions")
    for answer in (Found(b"[]"), Absent(404, "")):
        assert_not_bad(standing_check(answer), Mark.OPEN)


# The wallet.


def wallet(kind: SignatureType, funder: str, **more: Any) -> Wallet:  # noqa: ANN401 (what a wallet takes)
    return Wallet(owner=OWNER, funder=funder, signature_type=kind, **more)


def seen(code: bytes, chain_id: int = 137) -> OnChain:
    return OnChain(chain_id=chain_id, code=code)


@pytest.mark.parametrize(
    ("kind", "funder", "code"),
    [(EOA, OWNER, b""), (PROXY, PROXY_AT, PROXY_CODE), (SAFE, SAFE_AT, SAFE_130_CODE), (DEPOSIT, DEPOSIT_AT, BEACON_CODE + NAMES)],
)
def test_each_kind_of_wallet_that_is_the_keys_and_deployed_is_fine(kind: SignatureType, funder: str, code: bytes) -> None:
    assert_not_bad(wallet_check(wallet(kind, funder), seen(code)), Mark.FINE, funder)


def test_a_deposit_wallet_at_another_address_is_the_keys_if_its_code_says_so_and_else_is_another_keys() -> None:
    assert_not_bad(wallet_check(wallet(DEPOSIT, STRANGER), seen(BEACON_CODE + NAMES)), Mark.FINE)
    others = BEACON_CODE + NAMES[:44] + bytes.fromhex("44" * 20)
    assert_bad(wallet_check(wallet(DEPOSIT, STRANGER), seen(others)), "the deposit wallet of another key", DEPOSIT_AT)


@pytest.mark.parametrize(("kind", "funder"), [(DEPOSIT, DEPOSIT_AT), (SAFE, SAFE_AT), (PROXY, PROXY_AT)])
def test_a_wallet_that_is_not_deployed_is_found_out_and_told_apart_from_a_wrong_key(kind: SignatureType, funder: str) -> None:
    assert_bad(wallet_check(wallet(kind, funder), seen(b"")), "is not deployed", "make the first deposit")
    assert_bad(wallet_check(wallet(kind, STRANGER), seen(b"")), f"{STRANGER} is no wallet of the key of {OWNER}", PROXY_AT, SAFE_AT, DEPOSIT_AT)


def test_a_wrong_signature_type_is_told_with_the_right_one_without_any_node() -> None:
    assert_bad(wallet_check(wallet(PROXY, SAFE_AT), None), f"{SAFE_AT} is this key's Safe", "signature_type = 2")
    assert_bad(wallet_check(wallet(SAFE, DEPOSIT_AT), None), "signature_type = 3")


def test_another_contract_at_the_wallets_address_is_told() -> None:
    assert_bad(wallet_check(wallet(PROXY, PROXY_AT), seen(b"\x60\x80")), "stands a contract that is not a proxy wallet")
    assert_bad(wallet_check(wallet(EOA, OWNER), seen(PROXY_CODE)), "stands a contract that is not the key's own address")


def test_a_node_of_another_chain_is_told_before_anything_is_concluded_from_it() -> None:
    assert_bad(wallet_check(wallet(DEPOSIT, DEPOSIT_AT), seen(b"", 1)), "chain 1, the wallet on 137", "name a node of chain 137")


@pytest.mark.parametrize("on_chain", [None, NoAnswer("it answers HTTP 401")])
def test_without_a_node_a_contract_wallet_stays_open_and_a_keys_own_address_is_fine(on_chain: NoAnswer | None) -> None:
    assert_not_bad(wallet_check(wallet(DEPOSIT, DEPOSIT_AT), on_chain), Mark.OPEN, "was not looked at", "HTTP 401" if on_chain else "venue.rpc")
    assert_not_bad(wallet_check(wallet(EOA, OWNER), on_chain), Mark.FINE)
    assert_not_bad(wallet_check(wallet(DEPOSIT, DEPOSIT_AT, chain_id=AMOY), on_chain), Mark.OPEN, "chain 137 only")


# Money.


def balance(held: int, **allowances: int) -> Balance:
    return Balance(held_micro=held * MICRO, allowances_micro=tuple((address, micro) for address, micro in allowances.items()))


V1_MARKET, V2_MARKET = given_market(), given_market("v2")
CONTRACTS = contracts_of([V1_MARKET, V2_MARKET], 137)
APPROVED = Balance(held_micro=5 * MICRO, allowances_micro=((V2.lower(), ALL), (NEG_RISK, ALL), (V3, ALL)))


def test_the_exchanges_of_the_markets_generations_are_needed_and_no_others() -> None:
    assert CONTRACTS == {"v1": [V2, NEG_RISK], "v2": [V3]}
    assert contracts_of([replace(V2_MARKET, neg_risk=True)], 137) == {"v2": [V3]}
    assert contracts_of([], 137) == {}


def test_money_that_every_exchange_may_move_is_fine_with_the_smallest_allowance() -> None:
    key = wallet(EOA, OWNER)
    assert_not_bad(cash_check(key, APPROVED, {}, CONTRACTS), Mark.FINE, "$5.00; allowance unlimited")
    less = replace(APPROVED, allowances_micro=((V2, 3 * MICRO), (NEG_RISK, ALL), (V3, ALL)))
    assert_not_bad(cash_check(key, less, {}, CONTRACTS), Mark.FINE, "allowance $3.00")
    assert_not_bad(cash_check(key, balance(5), {}, CONTRACTS), Mark.FINE, "the venue names no allowances")
    assert_not_bad(cash_check(key, Balance(held_micro=MICRO, allowances_micro=(("", ALL),)), {}, CONTRACTS), Mark.FINE)


def test_an_exchange_without_an_allowance_is_named_with_the_call_or_the_way_of_its_kind_of_wallet() -> None:
    lacking = replace(APPROVED, allowances_micro=((V2, 0), (NEG_RISK, ALL)))
    check = cash_check(wallet(EOA, OWNER), lacking, {}, CONTRACTS)
    assert_bad(check, f"the exchanges {V2}, {V3} may not move it", f'cast send {COLLATERAL} "approve(address,uint256)" {V2} AMOUNT')
    assert_bad(cash_check(wallet(SAFE, SAFE_AT), lacking, {}, CONTRACTS), "place one small order by hand")
    one_for_all = Balance(held_micro=MICRO, allowances_micro=(("", 0),))
    assert_bad(cash_check(wallet(EOA, OWNER), one_for_all, {}, CONTRACTS), V2)


def test_an_empty_wallet_is_told_with_where_to_send_to_or_where_the_money_is() -> None:
    assert_bad(cash_check(wallet(EOA, OWNER), balance(0), {PROXY: 0, SAFE: 0}, CONTRACTS), f"{OWNER} holds no pUSD", COLLATERAL)
    check = cash_check(wallet(EOA, OWNER), balance(0), {PROXY: 0, SAFE: 7 * MICRO}, CONTRACTS)
    assert_bad(check, "this key's Safe holds $7.00", "signature_type = 2", SAFE_AT)
    assert_bad(cash_check(wallet(EOA, OWNER), None, {}, CONTRACTS), "does not tell")


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_shares_that_no_exchange_may_move_cannot_be_sold_and_that_is_told(generation: str) -> None:
    key = wallet(EOA, OWNER)
    needed = CONTRACTS[generation]
    allowed = Balance(held_micro=0, allowances_micro=tuple((contract, ALL) for contract in needed))
    assert_not_bad(shares_check(key, generation, allowed, CONTRACTS), Mark.FINE)
    assert_not_bad(shares_check(key, generation, balance(0), CONTRACTS), Mark.FINE, "names no allowances")
    refused = replace(allowed, allowances_micro=((needed[0], 0), *allowed.allowances_micro[1:]))
    call = f'cast send {LEDGERS[generation]} "setApprovalForAll(address,bool)" {needed[0]} true'
    assert_bad(shares_check(key, generation, refused, CONTRACTS), "nothing can be sold", call)
    assert_bad(shares_check(key, generation, None, CONTRACTS), "does not tell")
